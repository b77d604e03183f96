//! Header values from their raw bytes: encoded words, ids, and text that no control character survives.
use crate::mail::charset::{decode, patched, undoubled};
use crate::mail::message::MessageId;
use crate::mail::transfer::{base64, quoted_printable};

/// Characters of a subject or a name that are kept; more is an attack or an accident.
pub(crate) const LONGEST_TEXT: usize = 250;
/// Bytes of one header that are looked at.
const LONGEST_HEADER: usize = 64 * 1024;
/// RFC 5322 bounds a line to 998; ids beyond that are noise.
const LONGEST_ID: usize = 998;
/// References kept, the newest first.
const MOST_REFS: usize = 50;

/// Text of an unstructured header: encoded words read (RFC 2047), unfolded, one line, at most `LONGEST_TEXT` characters.
pub(crate) fn text(raw: &[u8]) -> String {
    let text = undoubled(decode_words(bounded(raw))).0;
    one_line(&text).chars().take(LONGEST_TEXT).collect::<String>().trim_end().to_owned()
}

fn bounded(raw: &[u8]) -> &[u8] {
    raw.get(..LONGEST_HEADER).unwrap_or(raw)
}

/// Bytes of encoded words that follow each other under one charset: a letter may be split between two of them.
#[derive(Default)]
struct Run {
    charset: String,
    bytes: Vec<u8>,
}

impl Run {
    fn end(&mut self, out: &mut String) {
        if !self.bytes.is_empty() {
            out.push_str(&decode(Some(&self.charset), &self.bytes).text);
            self.bytes.clear();
        }
    }
}

fn decode_words(raw: &[u8]) -> String {
    let (mut out, mut run) = (String::new(), Run::default());
    let mut rest = raw;
    while let Some(at) = find(rest, b"=?") {
        let (before, from) = rest.split_at(at);
        let after_word = !run.bytes.is_empty() || (out.is_empty() && run.charset.is_empty());
        if !(after_word && before.iter().all(u8::is_ascii_whitespace)) {
            run.end(&mut out);
            out.push_str(&patched(before));
        }
        match encoded_word(from) {
            Some((charset, bytes, tail)) => {
                if !run.charset.eq_ignore_ascii_case(charset) {
                    run.end(&mut out);
                    run.charset = charset.to_owned();
                }
                run.bytes.extend_from_slice(&bytes);
                rest = tail;
            }
            None => {
                run.end(&mut out);
                out.push_str("=?");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    run.end(&mut out);
    out.push_str(&patched(rest));
    out
}

/// Charset, bytes and what follows. A word without its end (the header was cut) reaches to the end.
fn encoded_word(from: &[u8]) -> Option<(&str, Vec<u8>, &[u8])> {
    let head = from.get(2..)?;
    let mark = head.iter().take(60).position(|b| *b == b'?')?;
    let charset = std::str::from_utf8(head.get(..mark)?).ok()?.split('*').next()?;
    let [encoding, b'?', body @ ..] = head.get(mark + 1..)? else { return None };
    if charset.is_empty() || charset.contains(char::is_whitespace) {
        return None;
    }
    let end = find(body, b"?=").unwrap_or(body.len());
    let word = body.get(..end)?;
    let bytes = match encoding {
        b'b' | b'B' => base64(word),
        b'q' | b'Q' => {
            let spaced: Vec<u8> = word.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
            quoted_printable(&spaced)
        }
        _ => return None,
    };
    Some((charset, bytes, body.get(end + 2..).unwrap_or_default()))
}

pub(crate) fn find(haystack: &[u8], needle: &[u8; 2]) -> Option<usize> {
    haystack.windows(2).position(|pair| pair == needle)
}

/// One line without control, bidirectional and invisible characters; runs of blanks become one space.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4 * LONGEST_TEXT));
    let mut gap = false;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() || c.is_control() {
            gap = !line.is_empty();
        } else {
            if std::mem::take(&mut gap) {
                line.push(' ');
            }
            line.push(c);
        }
    }
    line
}

/// Zero-width and bidirectional marks: nothing a reader sees, much that a trickster uses.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The ids of a Message-ID, In-Reply-To or References header in order, without their brackets; without duplicates.
pub(crate) fn ids(raw: &[u8]) -> Vec<MessageId> {
    let value = String::from_utf8_lossy(bounded(raw));
    let mut found = Vec::new();
    if value.contains('<') {
        for piece in value.split('<').skip(1) {
            keep(&mut found, piece.split('>').next().unwrap_or_default());
        }
    } else {
        for word in value.split_whitespace() {
            keep(&mut found, word);
        }
    }
    found
}

fn keep(found: &mut Vec<MessageId>, id: &str) {
    let id: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(*c)).collect();
    if !id.is_empty() && id.len() <= LONGEST_ID {
        found.push(MessageId(id));
    }
}

/// In-Reply-To first, then References from the newest to the oldest.
pub(crate) fn refs(in_reply_to: &[u8], references: &[u8]) -> Vec<MessageId> {
    // The last of the references are the near ones: a giant header is cut at its front.
    let near = references.get(references.len().saturating_sub(LONGEST_HEADER)..).unwrap_or_default();
    let mut refs: Vec<MessageId> = Vec::new();
    for id in ids(in_reply_to).into_iter().chain(ids(near).into_iter().rev()) {
        if refs.len() == MOST_REFS {
            break;
        }
        if !refs.contains(&id) {
            refs.push(id);
        }
    }
    refs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words() {
        let table: &[(&[u8], &str)] = &[
            (b"=?utf-8?Q?Re=3A_a=C3=B1o?=", "Re: año"),
            (b"=?UTF-8?B?w7E=?=\r\n =?utf-8?B?w7E=?=", "ññ"),
            (b"=?utf-8?B?w7HD?= =?utf-8?B?sQ==?=", "ññ"),
            (b"=?iso-8859-1?q?ma=F1ana_a_las 3?= pm", "mañana a las 3 pm"),
            (b"RE: =?utf-8?Q?s=C3=AD?= y =?utf-8?Q?no?=", "RE: sí y no"),
            (b"cruda \xf1 y \xc3\xb1", "cruda ñ y ñ"),
            (b"=?utf-8?B?Y29ydGFk", "cortad"),
            (b"=?utf-8?Q?corta=C3", "cortaÃ"),
            (b"=?x?z?nada?= =?? =?", "=?x?z?nada?= =?? =?"),
            (b"=?utf-8*es?Q?hola?=", "hola"),
            (b"a\r\n\tb\x00c\xe2\x80\xae", "a b c"),
            (b"=?utf-8?B?YQ0KQmNjOiB4QHk=?=", "a Bcc: x@y"),
        ];
        for (raw, expected) in table {
            assert_eq!(text(raw), *expected, "{}", String::from_utf8_lossy(raw));
        }
    }

    #[test]
    fn ids_lose_their_brackets_and_controls() {
        let show = |raw: &[u8]| ids(raw).into_iter().map(|i| i.0).collect::<Vec<_>>();
        assert_eq!(show(b" <a@b> (x) <c\r\n d@e>"), ["a@b", "cd@e"]);
        assert_eq!(show(b"naked@id"), ["naked@id"]);
        assert!(show(b"<> <\x00>").is_empty());
    }

    #[test]
    fn refs_are_near_first_once_and_bounded() {
        let many: String = (0..100).map(|n| format!("<{n}@x> ")).collect();
        let refs = refs(b"<99@x>", many.as_bytes());
        assert_eq!(refs.len(), 50);
        assert_eq!((refs[0].0.as_str(), refs[1].0.as_str(), refs[49].0.as_str()), ("99@x", "98@x", "50@x"));
    }
}
