//! A mail of one plain text, for a word that must not depend on templates, rules or keys: those may be what ails.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// Characters of base64 in a line (RFC 2045 section 6.8), and octets of an encoded word (RFC 2047).
const LINE: usize = 76;
const WORD: usize = 42;

/// `from` and `to` are addresses, the others any text.
pub fn plain(from: &str, to: &str, subject: &str, text: &str, now: Timestamp) -> Vec<u8> {
    let date = rfc2822::to_string(&now.to_zoned(TimeZone::UTC)).unwrap_or_default();
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let encoded = STANDARD.encode(text.replace('\n', "\r\n"));
    let lines: Vec<String> =
        encoded.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <alarma.{}@{domain}>\r\n\
         Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; \
         charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        encoded_words(subject),
        now.as_nanosecond(),
        lines.join("\r\n")
    )
    .into_bytes()
}

/// The text in encoded words, none of which cuts a letter in two.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for letter in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + letter.len_utf8() <= WORD => word.push(letter),
            Some(_) | None => words.push(letter.to_string()),
        }
    }
    let encode = |word: &String| format!("=?utf-8?B?{}?=", STANDARD.encode(word));
    words.iter().map(encode).collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mail;

    #[test]
    fn any_reader_reads_it() {
        let subject = "ALARMA de la mesa de ayuda: «ñandú» y mucho más que no cabe en una línea\r\nBcc: x@y.co";
        let text = "Está caído.\n\n.\nFrom aquí 🙂\n".repeat(20);
        let bytes = plain("a@x.co", "b@y.co", subject, &text, "2026-11-25T15:00:00Z".parse().unwrap());
        assert!(String::from_utf8(bytes.clone()).unwrap().split("\r\n").all(|line| line.len() <= 78));
        let mail = mail::parse(&bytes);
        assert_eq!((mail.from.correo.as_str(), mail.to.first().unwrap().correo.as_str()), ("a@x.co", "b@y.co"));
        assert_eq!(mail.subject.split_whitespace().collect::<Vec<_>>().join(" "), subject.replace("\r\n", " "));
        assert_eq!(mail.body.text.trim(), text.trim());
        assert_eq!(mail.date.unwrap().to_string(), "2026-11-25T15:00:00Z");
    }
}
