//! The bytes as they came, made fit for the parser: envelopes off, line ends found, header in UTF-8, nesting bounded.
use crate::mail::charset::patched;
use crate::mail::message::TOO_DEEP;
use regex::bytes::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Mails within mails that the parser may see: it frees them recursively, and 100,000 of them end the process.
const MOST_NESTED: usize = 100;

static NESTING: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is a constant that every test compiles")]
    Regex::new(r"(?i-u)rfc822|/digest|message/global").expect("a constant pattern")
});

/// Bytes for the parser, and what was odd about them.
pub(crate) struct Raw<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) oddities: Vec<String>,
}

pub(crate) fn prepare(raw: &[u8]) -> Raw<'_> {
    let mut prepared = Raw { bytes: Cow::Borrowed(without_envelope(raw)), oddities: Vec::new() };
    if !prepared.bytes.contains(&b'\n') && prepared.bytes.contains(&b'\r') {
        let ends = prepared.bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect();
        prepared.change(ends, "bare CR line ends");
    }
    let head = head_of(&prepared.bytes);
    if std::str::from_utf8(prepared.bytes.get(..head).unwrap_or_default()).is_err() {
        let (head, body) = prepared.bytes.split_at(head);
        let mended = [patched(head).as_bytes(), body].concat();
        prepared.change(mended, "8-bit header");
    }
    if let Some(deep) = NESTING.find_iter(&prepared.bytes).nth(MOST_NESTED) {
        let bytes = defused(&prepared.bytes, deep.start());
        prepared.change(bytes, TOO_DEEP);
    }
    prepared
}

impl Raw<'_> {
    fn change(&mut self, bytes: Vec<u8>, oddity: &str) {
        self.bytes = Cow::Owned(bytes);
        self.oddities.push(oddity.to_owned());
    }
}

/// Without a byte order mark, the blank lines on top and the «From » line of an mbox.
fn without_envelope(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    if raw.starts_with(b"From ") || raw.starts_with(b">From ") {
        let line = raw.iter().position(|b| *b == b'\n').map_or(raw.len(), |at| at + 1);
        return raw.get(line..).unwrap_or_default();
    }
    raw
}

/// The length of the header block.
fn head_of(raw: &[u8]) -> usize {
    let ends = raw.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    let blank = |at: &usize| matches!(raw.get(*at..), Some([b'\n', ..] | [b'\r', b'\n', ..]));
    ends.into_iter().find(blank).unwrap_or(raw.len())
}

/// From there on no part can pass for a mail.
fn defused(raw: &[u8], from: usize) -> Vec<u8> {
    let mut bytes = raw.to_vec();
    for found in NESTING.find_iter(raw).skip_while(|m| m.start() < from) {
        bytes.get_mut(found.range()).unwrap_or_default().fill(b'x');
    }
    bytes
}

/// The header block with every parameter on the line of its `=`: the parser loses a boundary that is folded after it.
pub(crate) fn unfolded(raw: &[u8]) -> Option<Vec<u8>> {
    let (head, body) = raw.split_at(head_of(raw));
    let mut mended = Vec::with_capacity(raw.len());
    let mut rest = head;
    while let Some(at) = rest.windows(2).position(|w| matches!(w, b"=\r" | b"=\n")) {
        let (before, after) = rest.split_at(at + 1);
        mended.extend_from_slice(before);
        let folded = matches!(after, [b'\r', b'\n', b' ' | b'\t', ..] | [b'\n', b' ' | b'\t', ..]);
        rest = if folded { after.trim_ascii_start() } else { after };
    }
    mended.extend_from_slice(rest);
    let changed = mended.len() != head.len();
    mended.extend_from_slice(body);
    changed.then_some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_and_line_ends() {
        let table: &[(&[u8], &[u8], &[&str])] = &[
            (b"\xef\xbb\xbfSubject: a\r\n\r\nb", b"Subject: a\r\n\r\nb", &[]),
            (b"From ana Mon Jan  1\nSubject: a\n\nb", b"Subject: a\n\nb", &[]),
            (b"\r\n\r\n", b"", &[]),
            (b"Subject: a\r\rb", b"Subject: a\n\nb", &["bare CR line ends"]),
            (b"Subject: a\xf1o\n\n\xf1", b"Subject: a\xc3\xb1o\n\n\xf1", &["8-bit header"]),
        ];
        for (given, expected, oddities) in table {
            let raw = prepare(given);
            let noted: Vec<&str> = raw.oddities.iter().map(String::as_str).collect();
            assert_eq!((raw.bytes.as_ref(), noted.as_slice()), (*expected, *oddities), "{given:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "Content-Type: message/RFC822\r\n\r\n".repeat(1000);
        let raw = prepare(deep.as_bytes());
        assert_eq!(NESTING.find_iter(&raw.bytes).count(), MOST_NESTED);
        assert_eq!(raw.oddities, ["nested too deep"]);
    }

    #[test]
    fn a_boundary_folded_after_its_sign_is_joined() {
        let mail = b"Content-Type: multipart/mixed; boundary=\r\n\t\"b\"\r\n\r\na=\r\n b";
        assert_eq!(unfolded(mail).unwrap(), b"Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\na=\r\n b");
        assert_eq!(unfolded(b"Subject: a=b\n\nc=\n d"), None);
    }
}
