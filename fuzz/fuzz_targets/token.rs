//! No address and no id that others write is taken for a token of ours; one of ours is, however it is capitalised, and not when
//! one letter of it is another.
#![no_main]
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use mesa_tic::mail;
use mesa_tic::mail::message::MessageId;
use mesa_tic::seal::context::{Sent, context};
use mesa_tic::seal::ring::Ring;
use mesa_tic::seal::token::Purpose;
use mesa_tic::ticket::id::TicketId;

const TICKET: TicketId = TicketId { year: 2026, number: 17 };

fuzz_target!(|bytes: &[u8]| {
    let now: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
    let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
    // Every letter that is asked for was written, to Ana, about that case: the mac alone tells.
    let holds = |raw: String| {
        let sent = |_: &MessageId| Ok(Some(Sent { to: "ana@x.co".into(), ticket: Some(TICKET) }));
        context(&ring, "mesa@magdalena.gov.co", &mail::parse(raw.as_bytes()), now, sent).unwrap().is_some()
    };
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
    assert!(!holds(raw.clone()), "{raw}");
    let [at, by, ..] = bytes else { return };
    let mut token = ring.sign(Purpose::Reply, TICKET, "1 x 0", "ana@x.co", now).unwrap().into_bytes();
    let at = usize::from(*at) % token.len();
    let same = token[at].eq_ignore_ascii_case(by);
    if by.is_ascii_alphanumeric() {
        token[at] = *by;
        let token = String::from_utf8(token).unwrap();
        assert_eq!(
            holds(format!("From: ana@x.co\r\nIn-Reply-To: <{token}@magdalena.gov.co>\r\n\r\nx\r\n")),
            same,
            "{token}"
        );
    }
});
