//! A letter's bytes as they may go over the line.
use std::borrow::Cow;

/// Every line ends in CRLF, no CR or LF stands alone (RFC 5321 section 2.3.8: a lone LF before a dot is how a second letter
/// is smuggled in), and the last line end is left for the final dot to bring. Borrowed when it was so already.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let clean = if is_clean(bytes) { Cow::Borrowed(bytes) } else { Cow::Owned(clean(bytes)) };
    match clean {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.strip_suffix(b"\r\n").unwrap_or(bytes)),
        Cow::Owned(mut bytes) => {
            if bytes.ends_with(b"\r\n") {
                bytes.truncate(bytes.len() - 2);
            }
            Cow::Owned(bytes)
        }
    }
}

fn is_clean(bytes: &[u8]) -> bool {
    let mut last = b'\n';
    for byte in bytes {
        if (last == b'\r') != (*byte == b'\n') {
            return false;
        }
        last = *byte;
    }
    last != b'\r'
}

fn clean(bytes: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\r' => {
                rest.next_if_eq(&b'\n');
                clean.extend_from_slice(b"\r\n");
            }
            b'\n' => clean.extend_from_slice(b"\r\n"),
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_end_as_the_wire_wants() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"a\r\nb\r\n", b"a\r\nb"),
            (b"a\nb\n", b"a\r\nb"),
            (b"a\r.\rb", b"a\r\n.\r\nb"),
            (b"\n.\nMAIL FROM:<x>\n", b"\r\n.\r\nMAIL FROM:<x>"),
            (b"\r", b""),
            (b"", b""),
        ];
        for (given, expected) in cases {
            assert_eq!(text(given).as_ref(), expected);
        }
        assert!(matches!(text(b"a\r\n\r\nb\r\n"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_stands_alone_and_only_line_ends_change(bytes in proptest::collection::vec(prop::sample::select(vec![b'\r', b'\n', b'.', b'x']), 0..60)) {
            let out = text(&bytes);
            prop_assert!(is_clean(&out) || out.is_empty());
            let kept = |bytes: &[u8]| bytes.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect::<Vec<_>>();
            prop_assert_eq!(kept(&out), kept(&bytes));
        }
    }
}
