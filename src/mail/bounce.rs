//! What a delivery report says (RFC 3464), read from its machine part or, failing that, from its words.
use crate::mail::header::ids;
use crate::mail::message::{Bounce, MessageId};

/// Bytes of a report that are read.
const LONGEST: usize = 64 * 1024;

/// Reads the fields of a message/delivery-status part.
pub(crate) fn status(report: &str) -> Bounce {
    let report = report.get(..LONGEST).unwrap_or(report);
    let mut bounce = Bounce { failed: true, recipient: None, status: None, about: None };
    let mut action = None;
    for line in report.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "action" => _ = action.get_or_insert(value.to_ascii_lowercase()),
            "status" => _ = bounce.status.get_or_insert(code(value).unwrap_or_default()),
            "final-recipient" => _ = bounce.recipient.get_or_insert_with(|| recipient(value)),
            "original-recipient" if bounce.recipient.is_none() => bounce.recipient = Some(recipient(value)),
            _ => {}
        }
    }
    bounce.status = bounce.status.filter(|s| !s.is_empty());
    bounce.failed = match action.as_deref() {
        Some("failed") => true,
        Some(_) => false,
        None => bounce.status.as_ref().is_none_or(|s| s.starts_with('5')),
    };
    bounce
}

/// «rfc822; a@x.co» or the bare address.
fn recipient(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    address
        .trim()
        .trim_matches(['<', '>'])
        .chars()
        .filter(|c| !c.is_control())
        .take(320)
        .collect::<String>()
        .to_lowercase()
}

/// Will no later letter arrive either? The address does not exist, or no longer; a full mailbox, a letter taken for
/// advertisement or a server in trouble is no such thing (RFC 3463 section 3).
pub(crate) fn is_for_good(why: &str) -> bool {
    code(why).is_some_and(|code| {
        let (class, detail) = code.split_once('.').unwrap_or_default();
        class == "5" && (detail.starts_with("1.") && detail != "1.7" && detail != "1.8" || FOR_GOOD.contains(&detail))
    })
}

/// Mailbox disabled; no such host; «access denied», as Exchange Online says of an unknown mailbox.
const FOR_GOOD: &[&str] = &["2.1", "4.4", "4.1"];
/// What servers without such codes say of an address that does not exist.
const UNKNOWN: &[&str] = &[
    "user unknown",
    "unknown user",
    "unknown recipient",
    "unrouteable address",
    "no such user",
    "no such address",
    "no mailbox here by that name",
    "account that you tried to reach does not exist",
    "account does not exist",
    "address rejected",
    "la cuenta no existe",
    "el buzón no existe",
    "no se encontró la dirección",
    "no se encontró el destinatario",
    "la dirección de correo electrónico que ha especificado no",
];

/// «5.1.1», wherever it stands in the text.
pub(crate) fn code(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let parts: Vec<&str> = word.trim_matches('.').split('.').collect();
        let fits = |p: &&str| (1..=3).contains(&p.len());
        let real = parts.len() == 3 && parts.iter().all(fits) && matches!(parts.first(), Some(&"2" | &"4" | &"5"));
        real.then(|| parts.join("."))
    })
}

/// A report in words only, as qmail and some gateways write it.
pub(crate) fn words(text: &str, subject: &str) -> Bounce {
    let head: String = text.chars().take(8000).collect();
    let lower = head.to_lowercase();
    let delayed = ["delayed", "retras", "aplazad", "will be retried", "se seguirá", "se seguira", "sigue intent"];
    let delayed = delayed.iter().any(|d| subject.to_lowercase().contains(d) || lower.contains(d));
    let recipient = head
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"'))
        .map(|word| word.trim_matches([':', '.', '\'']))
        .find(|word| {
            word.contains('@')
                && !word.to_lowercase().starts_with("postmaster")
                && !word.to_lowercase().starts_with("mailer-daemon")
        })
        .map(str::to_lowercase);
    let unknown = || UNKNOWN.iter().any(|said| lower.contains(said)).then(|| "5.1.1".to_owned());
    Bounce { failed: !delayed, recipient, status: code(&head).or_else(unknown), about: None }
}

/// The Message-ID in the header of the returned mail.
pub(crate) fn about(headers: &[u8]) -> Option<MessageId> {
    let headers = headers.get(..LONGEST).unwrap_or(headers);
    let mut lines = headers.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        // Some gateways indent or quote the header that they give back.
        let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'>')).unwrap_or(line.len());
        let line = line.get(start..).unwrap_or_default();
        let named = line.get(..11).is_some_and(|n| n.eq_ignore_ascii_case(b"message-id:"));
        if named {
            let mut value = line.get(11..).unwrap_or_default().to_vec();
            while let Some(more) = lines.next_if(|l| matches!(l.first(), Some(b' ' | b'\t'))) {
                value.extend_from_slice(more);
            }
            return ids(&value).into_iter().next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_that_does_not_exist_is_told_from_one_that_cannot_take_more() {
        for (why, for_good) in [
            ("5.1.1", true),
            ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", true),
            ("5.2.1", true),
            ("550 5.4.1 Recipient address rejected: Access denied", true),
            ("552 5.2.2 mailbox full", false),
            ("550 5.7.1 message rejected as spam", false),
            ("5.1.8", false),
            ("4.4.7", false),
            ("Undelivered Mail Returned to Sender", false),
        ] {
            assert_eq!(is_for_good(why), for_good, "{why}");
        }
    }

    #[test]
    fn reports_in_words_only() {
        let qmail = "Hi. This is the qmail-send program at x.co.\nI'm afraid I wasn't able to deliver your message.\n\n\
                     <ana@x.co>:\nSorry, no mailbox here by that name. (#5.1.1)\n";
        let exim = "This message was created automatically by mail delivery software.\n\nA message that you sent could not be \
                    delivered to one or more of its recipients.\n\n  ana@x.co\n    Unrouteable address\n";
        let exchange = "No se pudo entregar el mensaje a ana@x.co.\nNo se encontró el destinatario en x.co.\n";
        for text in [qmail, exim, exchange] {
            let bounce = words(text, "failure notice");
            assert!(bounce.failed && is_for_good(bounce.status.as_deref().unwrap()), "{text}");
            assert_eq!(bounce.recipient.as_deref(), Some("ana@x.co"), "{text}");
        }
        assert!(!words("<ana@x.co>: connection timed out; message delivery delayed", "Delayed").failed);
    }

    #[test]
    fn the_letter_is_found_in_what_is_given_back() {
        for header in [
            "Message-ID: <r.1@x.co>",
            "Subject: x\r\nmessage-id:\r\n <r.1@x.co>",
            "> Message-Id: <r.1@x.co>",
            "  Message-ID: <r.1@x.co>",
        ] {
            assert_eq!(about(header.as_bytes()), Some(MessageId("r.1@x.co".to_owned())), "{header}");
        }
    }
}
