//! A mail in the thread of an old case that is a case of its own: it comes long after the end, or tells of something else.
use crate::desk::case::Case;
use crate::desk::decision::Decision;
use crate::desk::manners;
use crate::desk::open;
use crate::desk::wording;
use crate::mail::body::Part;
use crate::mail::message::Hand;
use crate::reading::note::{Kind, Verdict, Zone};
use crate::spanish::fold::fold;
use crate::spanish::when::day_of;
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;

/// Words below which a late mail only says thanks, or nothing.
const FEWEST_WORDS: usize = 4;
/// Words above which a mail says more than thanks, and those by which one does.
const MOST_THANKS: usize = 15;
const THANKS: &[&str] = &["gracias", "agradezco", "agradecemos", "agradecido", "agradecida"];
/// Characters of a subject that are looked at.
const SUBJECT: usize = 200;
/// Letters of a word by which two subjects are known to speak of one thing.
const TELLING: usize = 4;

/// Opens the case that the mail is, if it is one, linked with the old one. Who has opened all that he may opens none so either.
pub fn open(case: Case<'_>, ticket: &Ticket) -> Option<Decision> {
    let own = case.speaks_for(ticket) && case.mail.hand == Hand::Person && !case.situation.truncated;
    let is_full = || manners::overrun(case.office, case.mail, case.situation).is_some();
    let is_one = own && (is_late(case, ticket) && asks(case) || is_other(case, ticket)) && !is_full();
    is_one.then(|| open::open_linked(case, ticket))
}

/// The open case in which one that was closed long ago goes on: whoever answers the old letter once more speaks of that one.
pub fn goes_on<'a>(case: Case<'a>, ticket: &Ticket) -> Option<&'a Ticket> {
    let asks = asks(case) || case.reading.dice.verdict == Some(Verdict::Pregunta);
    let mut later = case.situation.earlier.iter().filter(|other| other.estado.is_open() && other.id > ticket.id);
    let linked = later.find(|other| other.seguimiento.relacionados.contains(&ticket.id))?;
    (asks && is_late(case, ticket) && case.speaks_for(ticket) && case.speaks_for(linked)).then_some(linked)
}

/// The case was closed more days ago than a reply may come.
fn is_late(case: Case<'_>, ticket: &Ticket) -> bool {
    let Some(since) = case.situation.since.filter(|_| ticket.estado == Estado::Cerrado) else { return false };
    let days = day_of(since).until(day_of(case.received)).map_or(0, |span| i64::from(span.get_days()));
    days > case.office.service.reopen_days
}

/// The mail wants something, and is no mere thanks.
fn asks(case: Case<'_>) -> bool {
    let said = &case.reading.dice;
    said.rating.is_none()
        && match said.verdict {
            Some(Verdict::Sigue) => true,
            Some(Verdict::Confirma | Verdict::Cancela | Verdict::Pregunta) => false,
            None => {
                let text = &case.reading.texto_nuevo;
                // The subject is still that of the old case.
                let matter = &case.reading.categoria;
                let names_something = !matter.words.is_empty() && matter.zone == Zone::Texto;
                text.split_whitespace().count() >= FEWEST_WORDS && (names_something || !is_thanks(text))
            }
        }
}

/// A few words of thanks.
fn is_thanks(text: &str) -> bool {
    let text = fold(text);
    let short = text.split_whitespace().count() <= MOST_THANKS;
    short && text.split(|c: char| !c.is_alphanumeric()).any(|word| THANKS.contains(&word))
}

/// Somebody took an old mail to write a new one: a subject of its own that answers nothing, nothing quoted, no word on how
/// the old case goes and nothing of what it still asks for, and a matter of another kind. In doubt it stays where it is, and
/// the technician takes it out.
fn is_other(case: Case<'_>, ticket: &Ticket) -> bool {
    let (mail, reading) = (case.mail, case.reading);
    let quotes = mail.body.segments.iter().any(|segment| segment.part == Part::Quoted);
    let says = reading.dice.verdict.is_some() || reading.dice.rating.is_some();
    let missing = reading.fields.missing();
    let gives = ticket.faltan.iter().any(|what| !missing.contains(what));
    let named = !reading.categoria.words.is_empty() && reading.categoria.value != ticket.categoria;
    matches!(reading.kind.value, Kind::Solicitud | Kind::ConceptoTecnico)
        && named
        && is_own(&mail.subject)
        && !quotes
        && !says
        && !gives
        && !speaks_of(&mail.subject, &ticket.asunto)
}

/// Without «RE:», «RV:» or the number of a case before it.
fn is_own(subject: &str) -> bool {
    wording::subject(subject) == wording::line(subject, SUBJECT)
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

    #[test]
    fn thanks_are_short() {
        for (text, thanks) in [
            ("Muchas gracias por toda su ayuda, que tengan buen día.", true),
            ("Les agradezco su pronta atención", true),
            ("El aparato de la entrada volvió a fallar", false),
            ("gracias ".repeat(20).as_str(), false),
            ("", false),
        ] {
            assert_eq!(is_thanks(text), thanks, "{text}");
        }
    }

    #[test]
    fn subjects_of_their_own() {
        for (subject, own) in [
            ("Crear usuario", true),
            ("  Crear   usuario ", true),
            ("Reunión: video beam", true),
            ("RE: Crear usuario", false),
            ("Rv: Crear usuario", false),
            ("[TIC-2026-00001] Crear usuario", false),
        ] {
            assert_eq!(is_own(subject), own, "{subject}");
        }
    }
}
