//! No address and no id that others write is taken for a token of ours; one of ours is, however it is capitalised, and not when
//! one letter of it is another.
use jiff::Timestamp;
use mesa_tic::mail;
use mesa_tic::mail::message::MessageId;
use mesa_tic::seal::context::{Sent, context};
use mesa_tic::seal::ring::Ring;
use mesa_tic::seal::token::Purpose;
use mesa_tic::ticket::id::TicketId;
use std::sync::LazyLock;

const TICKET: TicketId = TicketId { year: 2026, number: 17 };

struct Sealed {
    now: Timestamp,
    ring: Ring,
    /// A token of ours for Ana.
    token: String,
}

static SEALED: LazyLock<Sealed> = LazyLock::new(|| {
    let now: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
    let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
    let token = ring.sign(Purpose::Reply, TICKET, "1 x 0", "ana@x.co", now).unwrap();
    Sealed { now, ring, token }
});

pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().take(4).collect();
    let line = |n: usize| lines.get(n).copied().unwrap_or_default();
    let raw = format!(
        "From: a@x.co\r\nTo: {}\r\nDelivered-To: {}\r\nIn-Reply-To: {}\r\nReferences: {}\r\n\r\nx\r\n",
        line(0),
        line(1),
        line(2),
        line(3)
    );
    assert!(!is_ours(&raw), "{raw}");
    let [at, by, ..] = bytes else { return };
    if !by.is_ascii_alphanumeric() {
        return;
    }
    let at = usize::from(*at) % SEALED.token.len();
    let (before, rest) = SEALED.token.split_at(at);
    let (letter, after) = rest.split_at(1);
    let by = char::from(*by);
    let token = format!("{before}{by}{after}");
    let raw = format!("From: ana@x.co\r\nIn-Reply-To: <{token}@magdalena.gov.co>\r\n\r\nx\r\n");
    assert_eq!(is_ours(&raw), letter.eq_ignore_ascii_case(&by.to_string()), "{token}");
}

/// Is a mail taken for an answer to one of our letters? Every letter that is asked for was written, to Ana, about that case: the
/// mac alone tells.
fn is_ours(raw: &str) -> bool {
    let sent = |_: &MessageId| Ok(Some(Sent { to: "ana@x.co".into(), ticket: Some(TICKET) }));
    context(&SEALED.ring, "mesa@magdalena.gov.co", &mail::parse(raw.as_bytes()), SEALED.now, sent).unwrap().is_some()
}
