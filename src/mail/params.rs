//! The file name that a part's headers give (RFC 2231 and RFC 2047), from raw bytes: a letter may be split between two pieces.
use crate::mail::charset::{decode, undoubled};
use crate::mail::header::text;
use std::collections::BTreeMap;

/// Pieces of one continued parameter; bytes of a header that are looked at.
const MOST_PIECES: usize = 100;
const LONGEST_HEADER: usize = 64 * 1024;

/// `filename` of Content-Disposition, else `name` of Content-Type.
pub(crate) fn file_name(disposition: &[u8], content_type: &[u8]) -> Option<String> {
    value(disposition, "filename").or_else(|| value(content_type, "name")).filter(|name| !name.is_empty())
}

/// One parameter, however it is spelt: `name=`, `name*=`, `name*0=`, `name*0*=`.
fn value(header: &[u8], wanted: &str) -> Option<String> {
    let mut plain = None;
    let mut pieces: BTreeMap<usize, (bool, Vec<u8>)> = BTreeMap::new();
    for (name, value) in parameters(header.get(..LONGEST_HEADER).unwrap_or(header)) {
        let Some(rest) = name.strip_prefix(wanted) else { continue };
        match rest.strip_prefix('*') {
            None if rest.is_empty() => _ = plain.get_or_insert(value),
            Some("") => _ = pieces.insert(0, (true, value)),
            Some(numbered) => {
                let (number, encoded) = numbered.strip_suffix('*').map_or((numbered, false), |n| (n, true));
                if let Ok(number) = number.parse::<usize>()
                    && number < MOST_PIECES
                {
                    pieces.entry(number).or_insert((encoded, value));
                }
            }
            None => {}
        }
    }
    if pieces.is_empty() { plain.map(|value| text(&value)) } else { Some(joined(pieces)) }
}

/// The pieces in order, decoded only when they are together; the first names the charset: `utf-8'es'`.
fn joined(pieces: BTreeMap<usize, (bool, Vec<u8>)>) -> String {
    let mut charset = None;
    let mut bytes = Vec::new();
    for (nth, (encoded, value)) in pieces.into_values().enumerate() {
        let mut value = value.as_slice();
        if nth == 0 && encoded {
            let mut marked = value.splitn(3, |b| *b == b'\'');
            if let (Some(named), Some(_), Some(rest)) = (marked.next(), marked.next(), marked.next()) {
                charset = Some(String::from_utf8_lossy(named).into_owned());
                value = rest;
            }
        }
        if encoded { unescape(value, &mut bytes) } else { bytes.extend_from_slice(value) }
    }
    undoubled(decode(charset.as_deref().filter(|c| !c.is_empty()), &bytes).text).0
}

fn unescape(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((first, tail)) = rest.split_first() {
        rest = match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |d: u8| (d as char).to_digit(16).unwrap_or(0) as u8;
                out.push(digit(*high) << 4 | digit(*low));
                after
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
}

/// The `name=value` pairs after the first `;`; quotes and their escapes undone, names in lower case.
fn parameters(header: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let (mut name, mut value) = (Vec::new(), Vec::new());
    let (mut quoted, mut in_value) = (false, false);
    let mut bytes = header.iter().copied().skip_while(|b| *b != b';');
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {}
            b'"' if in_value => quoted = !quoted,
            // A backslash escapes a quote; before anything else it is a Windows path.
            b'\\' if quoted => match bytes.next() {
                Some(escaped @ (b'"' | b'\\')) => value.push(escaped),
                other => value.extend(std::iter::once(b'\\').chain(other)),
            },
            b';' if !quoted => {
                end(&mut found, &mut name, &mut value);
                in_value = false;
            }
            b'=' if !in_value => in_value = true,
            _ if in_value => value.push(byte),
            _ => name.push(byte),
        }
    }
    end(&mut found, &mut name, &mut value);
    found
}

fn end(found: &mut Vec<(String, Vec<u8>)>, name: &mut Vec<u8>, value: &mut Vec<u8>) {
    let key = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
    if !key.is_empty() {
        found.push((key, value.trim_ascii().to_vec()));
    }
    name.clear();
    value.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_spelling() {
        let table: &[(&str, &str)] = &[
            ("attachment; filename=\"Oficio 12.pdf\"", "Oficio 12.pdf"),
            ("attachment; filename=acta.pdf; size=3", "acta.pdf"),
            ("attachment; filename*=utf-8''Resoluci%C3%B3n.pdf", "Resolución.pdf"),
            ("attachment; filename*=iso-8859-1'es'A%F1o.pdf; filename=\"A_o.pdf\"", "Año.pdf"),
            (
                "attachment;\r\n filename*0*=utf-8''Auditor%C3;\r\n filename*1*=%ADas;\r\n filename*2=\".pdf\"",
                "Auditorías.pdf",
            ),
            ("attachment; filename=\"=?utf-8?Q?Resoluci=C3=B3n=2Epdf?=\"", "Resolución.pdf"),
            ("attachment; filename=\"C:\\fotos\\uno.jpg\"", "C:\\fotos\\uno.jpg"),
            ("attachment; filename=\"comillas \\\"a\\\".txt\"", "comillas \"a\".txt"),
            ("attachment; FILENAME=\r\n \"doblada.txt\"", "doblada.txt"),
        ];
        for (header, name) in table {
            assert_eq!(file_name(header.as_bytes(), b"").as_deref(), Some(*name), "{header}");
        }
        assert_eq!(file_name(b"inline", b"image/png; name=\"a\xf1o.png\"").as_deref(), Some("año.png"));
        assert_eq!(file_name(b"attachment", b"text/plain"), None);
    }
}
