//! Finds where an earlier mail begins within a text: the attribution line, the separator or the header block of a mail client.
use crate::mail::page::{Hint, Line};
use crate::mail::phrases::{Label, inline_separator, is_cut_mark, is_rule, label, pattern, separator};
use crate::spanish::fold::fold;
use regex::Regex;
use std::sync::LazyLock;

/// The lines that introduce an earlier mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Opener {
    /// The first line after them.
    pub(crate) end: usize,
    /// The client says «forwarded».
    pub(crate) forwarded: bool,
    /// A header block or separator: without quote marks all that follows belongs to the earlier mail.
    pub(crate) block: bool,
    pub(crate) subject: Option<String>,
    /// The `De:` line as written.
    pub(crate) sender: Option<String>,
}

/// Lines that an attribution may be wrapped over.
const LONGEST_ATTRIBUTION: usize = 4;
/// Octets of them all.
const WIDEST_ATTRIBUTION: usize = 500;
/// Lines that a header block may take, wrapped lists of recipients included.
const LONGEST_BLOCK: usize = 40;
/// Lines of one header that is wrapped.
const LONGEST_WRAP: usize = 12;

/// Does an earlier mail begin at this line?
pub(crate) fn opener(lines: &[Line], at: usize) -> Option<Opener> {
    let words = lines.get(at)?.words();
    let first = words.chars().next()?;
    let ruled = matches!(first, '-' | '_' | '=' | '*' | '–' | '—');
    if (ruled || may_separate(words))
        && let Some(found) = separated(lines, at, words)
    {
        return Some(found);
    }
    attribution(lines, at).or_else(|| block(lines, at, false)).or_else(|| hinted(lines, at))
}

/// A cheap look before a line is folded.
fn may_separate(words: &str) -> bool {
    words.ends_with([':', '-', '=', '#']) || HINT.is_match(words)
}

/// A piece of every cut mark, and of what our own letters say of themselves.
static HINT: LazyLock<Regex> = LazyLock::new(|| pattern("nea|line|ecibimos su|asta con responder"));

/// «-----Mensaje original-----», a long rule above a header block, or our own cut mark.
fn separated(lines: &[Line], at: usize, words: &str) -> Option<Opener> {
    let next = skip_blank(lines, at + 1);
    if is_rule(words) {
        return block(lines, next, false);
    }
    let folded = fold(words);
    if is_cut_mark(&folded) {
        return Some(Opener { end: at + 1, block: true, ..Opener::default() });
    }
    if let Some((forwarded, rest)) = inline_separator(words).filter(|(_, rest)| !rest.is_empty()) {
        return one_line(rest, at).map(|found| Opener { forwarded, ..found });
    }
    let forwarded = separator(&folded)?;
    let bare = Opener { end: at + 1, block: true, ..Opener::default() };
    let found = block(lines, next, true).unwrap_or(bare);
    Some(Opener { forwarded, ..found })
}

fn skip_blank(lines: &[Line], from: usize) -> usize {
    let blank = lines.get(from..).unwrap_or_default().iter().take(3).take_while(|l| l.is_blank()).count();
    from + blank
}

/// «El jue, 5 mar 2026 a la(s) 10:15, Ana (<a@x.co>) escribió:», wrapped as it may be.
fn attribution(lines: &[Line], at: usize) -> Option<Opener> {
    let first = lines.get(at)?.words().trim_start_matches(['-', ' ', '*', '>']);
    let begins = starts_with_any(first, &["el ", "on ", "em ", "le "]);
    let window = lines.get(at..)?.iter().take(if begins { LONGEST_ATTRIBUTION } else { 1 });
    let mut octets = 0;
    for (nth, line) in window.enumerate() {
        octets += line.words().len() + 1;
        if line.is_blank() || octets > WIDEST_ATTRIBUTION {
            break;
        }
        let end = at + nth + 1;
        let closes = line.words().trim_end_matches(['-', ' ', '*']).ends_with(':');
        if !closes || !is_attribution(lines.get(at..end)?, begins) {
            continue;
        }
        let quotes_follow =
            lines.get(skip_blank(lines, end)).is_some_and(|l| l.level > lines.get(at).map_or(0, |l| l.level));
        return (begins || quotes_follow).then(|| Opener { end, ..Opener::default() });
    }
    None
}

fn starts_with_any(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|s| text.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)))
}

fn is_attribution(lines: &[Line], begins: bool) -> bool {
    let words: Vec<&str> = lines.iter().map(Line::words).collect();
    let folded = fold(&words.join(" "));
    let text = folded.trim_end_matches(['-', ' ', '*', ':']);
    const VERBS: &[&str] = &["escribio", "escribe", "wrote", "ha escrito", "a ecrit", "escreveu"];
    let verb = VERBS.iter().any(|v| text.ends_with(v)) || text.starts_with("citando a ") || is_stamp(text);
    let dated = text.chars().take(60).any(|c| c.is_ascii_digit());
    verb && (dated || !begins)
}

/// «2026-03-05 9:00 GMT-05:00 Ana Polo <a@x.co>:»
fn is_stamp(text: &str) -> bool {
    let mut digits = text.split(|c: char| !c.is_ascii_digit()).take(5).map(str::len);
    digits.next() == Some(4) && digits.all(|n| n == 1 || n == 2) && text.ends_with('>') && text.contains('@')
}

/// `De:` / `Enviado el:` / `Para:` / `Asunto:`. After a separator the order is free and little is enough; alone it must
/// look like a mail's: people also write memos with «De: … Para: … Asunto: …».
fn block(lines: &[Line], at: usize, after_separator: bool) -> Option<Opener> {
    let (first, value) = label(lines.get(at)?.words())?;
    if first != Label::From && !after_separator {
        return None;
    }
    if let Some(opener) = one_line(lines.get(at)?.words(), at) {
        return Some(opener);
    }
    let mut seen = vec![first];
    let mut found = Opener { end: at + 1, block: true, ..Opener::default() };
    note(&mut found, first, value);
    let mut wrapped = 0;
    let mut next = at + 1;
    while let Some(line) = lines.get(next).filter(|_| next < at + LONGEST_BLOCK) {
        if let Some((label, value)) = label(line.words()) {
            if label != Label::Other && seen.contains(&label) {
                break;
            }
            seen.push(label);
            note(&mut found, label, value);
            found.end = next + 1;
            wrapped = 0;
        } else if line.is_blank() {
            let more = lines.get(next + 1).is_some_and(|l| label(l.words()).is_some_and(|(l, _)| !seen.contains(&l)));
            if !more {
                break;
            }
        } else {
            wrapped += 1;
            if wrapped > LONGEST_WRAP || !continues(lines, next, &seen) {
                break;
            }
        }
        next += 1;
    }
    let addressed = found.sender.as_ref().is_some_and(|s| s.contains('@'));
    let sent = seen.contains(&Label::Sent);
    let others = seen.iter().filter(|l| matches!(l, Label::To | Label::Subject)).count();
    let mail = seen.contains(&Label::From)
        && (addressed || sent)
        && others + usize::from(sent) >= 2
        && (addressed || others > 0);
    let real = addressed || found_sent(lines, at, found.end);
    (after_separator || mail && real).then_some(found)
}

/// «Enviado:» is a mail client's word; «Fecha:» is a memo's too.
fn found_sent(lines: &[Line], from: usize, to: usize) -> bool {
    let block = lines.get(from..to).unwrap_or_default();
    block.iter().any(|l| starts_with_any(l.words().trim_start_matches('*'), &["enviado", "sent"]))
}

/// A wrapped header goes on only when another label still follows.
fn continues(lines: &[Line], at: usize, seen: &[Label]) -> bool {
    let ahead = lines.get(at..).unwrap_or_default().iter().take(LONGEST_WRAP).take_while(|l| !l.is_blank());
    ahead.filter_map(|l| label(l.words())).any(|(l, _)| !seen.contains(&l))
}

fn note(found: &mut Opener, label: Label, value: &str) {
    match label {
        Label::From => found.sender = Some(value.to_owned()),
        Label::Subject => found.subject = Some(value.to_owned()),
        Label::Sent | Label::To | Label::Other => {}
    }
}

/// Yahoo writes the whole block on one line.
fn one_line(words: &str, at: usize) -> Option<Opener> {
    let labels: &[&str] = &[" Para:", " Asunto:", " Enviado:", " To:", " Subject:", " Sent:"];
    let present = labels.iter().filter(|l| words.contains(*l)).count();
    let sender = label(words)?.1;
    let end = labels.iter().filter_map(|l| sender.find(l)).min()?;
    (present >= 2).then(|| Opener {
        end: at + 1,
        block: true,
        subject: words.split_once(" Asunto:").or(words.split_once(" Subject:")).map(|(_, s)| s.trim().to_owned()),
        sender: sender.get(..end).map(str::to_owned),
        ..Opener::default()
    })
}

/// The client's markup says that the history begins, in words nobody here knows: an attribution above quoted lines, or a
/// block of labels with an address among them.
fn hinted(lines: &[Line], at: usize) -> Option<Opener> {
    const LONGEST_HEAD: usize = 8;
    let line = lines.get(at).filter(|l| l.hint == Hint::History)?;
    let ahead: Vec<&Line> =
        lines.get(at..)?.iter().take(LONGEST_HEAD).take_while(|l| l.level == line.level && !l.is_blank()).collect();
    let end = at + ahead.len();
    let quotes_follow = lines.get(skip_blank(lines, end)).is_some_and(|l| l.level > line.level);
    let labels = ahead.iter().filter(|l| l.words().split_once(": ").is_some_and(|(name, _)| name.len() < 16)).count();
    let block = labels >= 3 && ahead.iter().any(|l| l.words().contains('@'));
    (block || quotes_follow && ahead.len() <= LONGEST_ATTRIBUTION).then(|| Opener { end, block, ..Opener::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::page::plain;

    fn open(text: &str) -> Option<Opener> {
        opener(&plain(text, false, false).lines, 0)
    }

    #[test]
    fn attributions_of_the_clients() {
        for text in [
            "El jue, 5 mar 2026 a la(s) 10:15, Ana Polo (<a@x.co>) escribió:",
            "El mié, 27 oct 2021 a las 9:31, Ana (<a@x.co>)\nescribió:",
            "El lun, 3 feb 2025 a las 10:00, Mesa TIC\n(<soporte.tic@magdalena.gov.co>)\nescribió:",
            "El 10/8/26 a las 11:02, Ana escribió:",
            "El 26 oct 2021, a las 14:25, Ana <a@x.co> escribió:",
            "El martes, 2 de noviembre de 2021, 09:26:50 GMT-5, Ana <a@x.co> escribió:",
            "----- El 3 de marzo de 2026, a las 8:00, Ana a@x.co escribió:",
            "On Thu, Mar 5, 2026 at 10:15 AM Ana <a@x.co> wrote:",
            "Ana Polo escribió:\n> hola",
            "2026-03-05 9:00 GMT-05:00 Ana Polo <a@x.co>:\n> hola",
            "Citando a Ana Polo <a@x.co>:\n> hola",
        ] {
            assert!(open(text).is_some(), "{text}");
        }
        for text in ["El 13 ago me llegó un correo raro", "Ana escribió:\nhola", "El jefe me escribió: venga"] {
            assert_eq!(open(text), None, "{text}");
        }
    }

    #[test]
    fn header_blocks_of_the_clients() {
        for text in [
            "De: Ana <a@x.co>\nEnviado el: lunes, 2 de marzo de 2026 9:00\nPara: TIC\nAsunto: red",
            "________________________________\nFrom: Ana <a@x.co>\nSent: Monday\nTo: TIC\nSubject: red",
            "-----Mensaje original-----\nDe: Ana [mailto:a@x.co]\nEnviado el: lunes\nPara: TIC\nAsunto: red",
            "*De:* Ana <a@x.co>\n*Fecha:* lunes\n*Para:* uno <b@x.co>,\n dos <c@x.co>\n*Asunto:* red",
            "De: Ana <a@x.co> Para: TIC <t@x.co> Enviado: lunes Asunto: red",
            "----- Mensaje reenviado ----- De: Ana <a@x.co> Para: TIC <t@x.co> Enviado: lunes Asunto: red",
            "-------- Mensaje reenviado --------\nAsunto: red\nFecha: lunes\nDe: Ana <a@x.co>\nPara: TIC",
        ] {
            let opener = open(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(opener.subject.as_deref(), Some("red"), "{text}");
            assert!(opener.sender.is_some_and(|s| s.contains("Ana")), "{text}");
        }
        for memo in [
            "De: Secretaría de Cultura",
            "De: Secretaría de Cultura\nPara: Oficina TIC\nFecha: 3 de marzo\nAsunto: impresora",
        ] {
            assert_eq!(open(memo), None, "{memo}");
        }
    }
}
