//! Content-Transfer-Encoding undone, damaged or cut short as it may be: every readable byte comes through.

/// The bytes behind a transfer encoding (RFC 2045 section 6). An unknown encoding is taken for none.
pub(crate) fn decode(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let encoding = encoding.split(['(', ';', ' ']).find(|word| !word.is_empty()).unwrap_or_default();
    if encoding.eq_ignore_ascii_case("quoted-printable") {
        quoted_printable(bytes)
    } else if encoding.eq_ignore_ascii_case("base64") {
        base64(bytes)
    } else {
        bytes.to_vec()
    }
}

/// An `=` that begins no escape stands for itself.
pub(crate) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| *b == b'=') {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let after = from.get(1..).unwrap_or_default();
        rest = if let Some(line) = soft_break(after) {
            line
        } else if let [high, low, tail @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            tail
        } else {
            out.push(b'=');
            after
        };
    }
    out.extend_from_slice(rest);
    out
}

/// What follows `=`, blanks and a line end; also `=` at the very end of a text that was cut.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    let blanks = after.iter().take(80).take_while(|b| matches!(b, b' ' | b'\t')).count();
    match after.get(blanks..).unwrap_or_default() {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => Some(rest),
        [] => Some(&[]),
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|d| d as u8)
}

/// Skips what is not of the alphabet, also padding in the middle (parts that were glued together).
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0u32, 0u8);
    for byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                held = 0;
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_costs_no_more_than_itself() {
        let table: &[(&str, &[u8], &[u8])] = &[
            ("quoted-printable", b"se=F1al", b"se\xf1al"),
            ("Quoted-Printable ", b"uno=\r\ndos= \ntres", b"unodostres"),
            ("quoted-printable", b"a=b 50%=", b"a=b 50%"),
            ("quoted-printable", b"cut =C", b"cut =C"),
            ("base64", b"aG9s\r\nYQ==", b"hola"),
            ("BASE64", b"aG9sYQ", b"hola"),
            ("base64", b"aG9sYQ==aG9sYQ==", b"holahola"),
            ("base64", b"aG9 !s", b"hol"),
            ("base64 (mine)", b"aG9sYQ==", b"hola"),
            ("8bit", b"=41", b"=41"),
        ];
        for (encoding, bytes, expected) in table {
            assert_eq!(decode(encoding, bytes), *expected, "{encoding} {bytes:?}");
        }
    }
}
