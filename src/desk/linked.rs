//! A mail in the thread of an old case that is a case of its own: it comes long after the end, or tells of something else.
use crate::desk::case::Case;
use crate::desk::decision::Decision;
use crate::desk::open;
use crate::mail::body::Part;
use crate::mail::message::Hand;
use crate::reading::note::{Kind, Verdict};
use crate::spanish::fold::fold;
use crate::spanish::when::day_of;
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;

/// Words below which a late mail only says thanks, or nothing.
const FEWEST_WORDS: usize = 4;
/// Letters of a word by which two subjects are known to speak of one thing.
const TELLING: usize = 4;

/// Opens the case that the mail is, if it is one, linked with the old one.
pub fn open(case: Case<'_>, ticket: &Ticket) -> Option<Decision> {
    let own = case.speaks_for(ticket) && case.mail.hand == Hand::Person && !case.situation.truncated;
    (own && (is_late(case, ticket) || is_other(case, ticket))).then(|| open::open_linked(case, ticket))
}

/// The case was closed more days ago than a reply may come, and the mail asks for something.
fn is_late(case: Case<'_>, ticket: &Ticket) -> bool {
    let Some(since) = case.situation.since.filter(|_| ticket.estado == Estado::Cerrado) else { return false };
    let days = day_of(since).until(day_of(case.received)).map_or(0, |span| i64::from(span.get_days()));
    let said = &case.reading.dice;
    let asks = said.rating.is_none()
        && match said.verdict {
            Some(Verdict::Sigue) => true,
            Some(Verdict::Confirma | Verdict::Cancela | Verdict::Pregunta) => false,
            None => case.reading.texto_nuevo.split_whitespace().count() >= FEWEST_WORDS,
        };
    days > case.office.service.reopen_days && asks
}

/// Somebody took an old mail to write a new one: a subject of its own that answers nothing, nothing quoted, no word on how
/// the old case goes and nothing of what it still asks for.
fn is_other(case: Case<'_>, ticket: &Ticket) -> bool {
    let (mail, reading) = (case.mail, case.reading);
    let quotes = mail.body.segments.iter().any(|segment| segment.part == Part::Quoted);
    let says = reading.dice.verdict.is_some() || reading.dice.rating.is_some();
    let missing = reading.fields.missing();
    let gives = ticket.faltan.iter().any(|what| !missing.contains(what));
    matches!(reading.kind.value, Kind::Solicitud | Kind::ConceptoTecnico)
        && !quotes
        && !says
        && !gives
        && !speaks_of(&mail.subject, &ticket.asunto)
}

/// Do the subjects share a word that tells something? An empty one says nothing else.
fn speaks_of(subject: &str, of: &str) -> bool {
    let (subject, of) = (fold(subject), fold(of));
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= TELLING);
        words.map(str::to_owned).collect()
    };
    let (said, known) = (words(&subject), words(&of));
    said.is_empty() || said.iter().any(|word| known.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_one_thing() {
        for (subject, of, same) in [
            ("Impresora", "La impresora no imprime", true),
            ("", "La impresora no imprime", true),
            ("hola", "La impresora no imprime", false),
            ("Crear usuario nuevo", "La impresora no imprime", false),
            ("RV: no imprime", "La impresora no imprime", true),
        ] {
            assert_eq!(speaks_of(subject, of), same, "{subject}");
        }
    }
}
