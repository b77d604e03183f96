//! How IMAP writes names, sets of numbers and dates.
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD};
use jiff::Timestamp;
use jiff::fmt::strtime;

/// A UID set on one command line is no longer than this: servers limit lines to about 8,000 octets.
const SET: usize = 2000;

/// A quoted string (RFC 9051 section 4.3). `None` for what only a literal could carry.
pub(crate) fn quoted(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// The name of a folder as it goes over the line: modified UTF-7 (RFC 3501 section 5.1.3), quoted.
pub(crate) fn folder(name: &str) -> String {
    let (mut ascii, mut run) = (String::new(), Vec::new());
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            shift(&mut ascii, &mut run);
            ascii.push(c);
            if c == '&' {
                ascii.push('-');
            }
        } else {
            run.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    shift(&mut ascii, &mut run);
    quoted(&ascii).unwrap_or_default()
}

fn shift(ascii: &mut String, run: &mut Vec<u8>) {
    const ENGINE: &GeneralPurpose = &STANDARD_NO_PAD;
    if !run.is_empty() {
        let _ = write!(ascii, "&{}-", ENGINE.encode(&run).replace('/', ","));
        run.clear();
    }
}

/// UIDs as sets: `[1, 2, 3, 7]` is «1:3,7». Several when one line could not hold them.
pub(crate) fn sets(uids: &[u32]) -> Vec<String> {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in sorted {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            Some(_) | None => runs.push((uid, uid)),
        }
    }
    let mut sets: Vec<String> = Vec::new();
    for (first, last) in runs {
        let run = if first == last { first.to_string() } else { format!("{first}:{last}") };
        match sets.last_mut() {
            Some(set) if set.len() + run.len() < SET => {
                set.push(',');
                set.push_str(&run);
            }
            Some(_) | None => sets.push(run),
        }
    }
    sets
}

/// INTERNALDATE: « 2-Nov-2026 08:03:00 -0500» (RFC 9051 section 9, date-time). One that is none counts as very old, so
/// that no answer goes out by mistake.
pub(crate) fn date(text: &str) -> Timestamp {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim())
        .and_then(|parsed| parsed.to_timestamp())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_are_modified_utf7() {
        assert_eq!(folder("INBOX"), "\"INBOX\"");
        assert_eq!(folder("Atención"), "\"Atenci&APM-n\"");
        assert_eq!(folder("TIC & más/«Año»"), "\"TIC &- m&AOE-s/&AKs-A&APE-o&ALs-\"");
        assert_eq!(folder("台北"), "\"&U,BTFw-\"");
        assert_eq!(folder("a\"b\\c"), "\"a\\\"b\\\\c\"");
        assert_eq!(folder("😀"), "\"&2D3eAA-\"");
    }

    #[test]
    fn what_a_quoted_string_cannot_hold_is_none() {
        assert_eq!(quoted("a \"b\""), Some("\"a \\\"b\\\"\"".to_owned()));
        assert_eq!(quoted("contraseña"), None);
        assert_eq!(quoted("x\r\nA1 LOGOUT"), None);
    }

    #[test]
    fn sets_join_neighbours_and_keep_lines_short() {
        assert_eq!(sets(&[3, 1, 2, 7, 7, 9]), ["1:3,7,9"]);
        assert_eq!(sets(&[u32::MAX]), [u32::MAX.to_string()]);
        assert!(sets(&[]).is_empty());
        let many: Vec<u32> = (1..5000).map(|n| n * 2).collect();
        let sets = sets(&many);
        assert!(sets.iter().all(|set| set.len() <= SET));
        assert_eq!(sets.iter().map(|set| set.split(',').count()).sum::<usize>(), many.len());
    }

    #[test]
    fn dates_of_the_server() {
        assert_eq!(date(" 2-Nov-2026 08:03:00 -0500").to_string(), "2026-11-02T13:03:00Z");
        assert_eq!(date("17-Jul-1996 02:44:25 +0000").to_string(), "1996-07-17T02:44:25Z");
        assert_eq!(date("ayer"), Timestamp::UNIX_EPOCH);
    }
}
