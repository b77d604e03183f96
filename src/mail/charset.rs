//! Bytes to text, whatever the sender claims they are: the declared charset is a hint, the bytes decide.
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Text and, when the declaration was wrong, what was found instead.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) oddity: Option<String>,
}

/// Decodes a text whose sender declared `label`, or nothing at all.
///
/// Valid UTF-8 with letters beyond ASCII is UTF-8 even when a single-byte charset was declared: such bytes make no sense
/// otherwise. What is not valid is read as windows-1252, byte by byte, around the pieces that are.
pub(crate) fn decode(label: Option<&str>, bytes: &[u8]) -> Decoded {
    let declared = label.map(|l| l.trim_matches(['"', '\'', ' ']));
    let encoding = declared.and_then(|l| utf16(l, bytes).or_else(|| Encoding::for_label(l.as_bytes())));
    let encoding = encoding.filter(|e| *e != REPLACEMENT);
    let stateful = encoding.is_some_and(|e| !e.is_ascii_compatible());
    if bytes.is_ascii() && !stateful {
        return Decoded { text: String::from_utf8_lossy(bytes).into_owned(), oddity: unknown(declared, encoding) };
    }
    match encoding {
        Some(encoding) if stateful || !(encoding == UTF_8 || encoding.is_single_byte()) => {
            let (text, _, damaged) = encoding.decode(bytes);
            let oddity = damaged.then(|| format!("bytes that are not {}", encoding.name().to_lowercase()));
            Decoded { text: text.into_owned(), oddity }
        }
        Some(_) | None => by_the_bytes(declared, encoding, bytes),
    }
}

/// «utf-16» without a byte order mark: Spanish has its zero bytes where the high ones are.
fn utf16(label: &str, bytes: &[u8]) -> Option<&'static Encoding> {
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    (label.eq_ignore_ascii_case("utf-16") && !marked).then(|| {
        let zeros = |from: usize| bytes.iter().skip(from).step_by(2).take(1000).filter(|b| **b == 0).count();
        if zeros(0) > zeros(1) { UTF_16BE } else { UTF_16LE }
    })
}

fn by_the_bytes(declared: Option<&str>, encoding: Option<&'static Encoding>, bytes: &[u8]) -> Decoded {
    let unknown = unknown(declared, encoding);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let surprise = encoding.is_some_and(|e| e != UTF_8);
        let oddity = surprise.then(|| found(declared, "utf-8")).or(unknown);
        return Decoded { text: text.to_owned(), oddity };
    }
    match encoding.filter(|e| *e != UTF_8) {
        Some(single) => Decoded { text: single.decode_without_bom_handling(bytes).0.into_owned(), oddity: None },
        None => Decoded { text: patched(bytes), oddity: Some(found(declared, "windows-1252")) },
    }
}

fn found(declared: Option<&str>, what: &str) -> String {
    format!("{} declared, {what} found", short(declared.unwrap_or("no charset")))
}

fn unknown(declared: Option<&str>, encoding: Option<&'static Encoding>) -> Option<String> {
    declared.filter(|_| encoding.is_none()).map(|label| format!("unknown charset {}", short(label)))
}

fn short(label: &str) -> String {
    label.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(40).collect::<String>().to_lowercase()
}

/// UTF-8 where it is valid, windows-1252 for the bytes that are not.
pub(crate) fn patched(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

/// Undoes UTF-8 that was read as windows-1252 once too often («dÃ\u{ad}as» → «días»); any other text comes back as it was.
pub(crate) fn undoubled(text: String) -> (String, bool) {
    if !text.contains(['Ã', 'Â', 'â']) {
        return (text, false);
    }
    let mut mended = String::with_capacity(text.len());
    let (mut run, mut changed) = (String::new(), false);
    for c in text.chars() {
        if c.is_ascii() {
            changed |= flush(&mut run, &mut mended);
            mended.push(c);
        } else {
            run.push(c);
        }
    }
    changed |= flush(&mut run, &mut mended);
    (mended, changed)
}

/// Moves one run of letters beyond ASCII over, as what its bytes spell if they spell anything.
fn flush(run: &mut String, mended: &mut String) -> bool {
    if run.is_empty() {
        return false;
    }
    let (bytes, _, lost) = WINDOWS_1252.encode(run);
    let spelt = if lost { None } else { std::str::from_utf8(&bytes).ok().filter(|s| s.len() < run.len()) };
    mended.push_str(spelt.unwrap_or(run));
    let changed = spelt.is_some();
    run.clear();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide() {
        type Row = (Option<&'static str>, &'static [u8], &'static str, Option<&'static str>);
        let table: &[Row] = &[
            (Some("utf-8"), "señal".as_bytes(), "señal", None),
            (Some("utf-8"), b"se\xf1al \x93ok\x94", "señal “ok”", Some("utf-8 declared, windows-1252 found")),
            (Some("iso-8859-1"), "dañado".as_bytes(), "dañado", Some("iso-8859-1 declared, utf-8 found")),
            (Some("iso-8859-1"), b"da\xf1ado", "dañado", None),
            (None, b"da\xf1ado", "dañado", Some("no charset declared, windows-1252 found")),
            (None, "dañado".as_bytes(), "dañado", None),
            (Some("x-inventado"), b"hola", "hola", Some("unknown charset x-inventado")),
            (Some("utf-16le"), b"h\0o\0l\0a\0", "hola", None),
            (Some("utf-16"), b"\0h\0o\0l\0a", "hola", None),
            (Some("hz-gb-2312"), b"hola", "hola", Some("unknown charset hz-gb-2312")),
            (Some("us-ascii"), "día".as_bytes(), "día", Some("us-ascii declared, utf-8 found")),
            (
                Some("utf-8"),
                b"dif\xc3\xadcil, ma\xf1ana",
                "difícil, mañana",
                Some("utf-8 declared, windows-1252 found"),
            ),
        ];
        for (label, bytes, text, oddity) in table {
            let decoded = decode(*label, bytes);
            assert_eq!((decoded.text.as_str(), decoded.oddity.as_deref()), (*text, *oddity), "{label:?}");
        }
    }

    #[test]
    fn double_encoding_is_undone_and_nothing_else_is_touched() {
        for (twice, once) in
            [("Buenos dÃ\u{ad}as", "Buenos días"), ("â€œhuelleroâ€\u{9d}", "“huellero”"), ("Â¿ya?", "¿ya?")]
        {
            assert_eq!(undoubled(twice.to_owned()), (once.to_owned(), true));
        }
        for right in ["SÃO PAULO", "Âmbar", "año", "Ã"] {
            assert_eq!(undoubled(right.to_owned()), (right.to_owned(), false));
        }
    }
}
