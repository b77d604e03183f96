//! An order that is not proven: its words are kept, nothing changes, and only the person in whose name it came is asked.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::decision::{Blanks, Decision, Disposition, Form};
use crate::desk::obey;
use crate::desk::wording;
use crate::office::people::Person;
use crate::seal::order::Lack;
use crate::spanish::fold::fold;
use crate::ticket::facts::{Event, Ticket, Unproven};
use crate::ticket::id::TicketId;

/// Lines of the order that the letter repeats.
const LINES: usize = 20;
/// With these a person says yes, as the first word of an answer, or behind a «sí».
const YES: &[&str] = &["confirmo", "confirmado", "confirmada", "confirmar", "autorizo", "apruebo"];

/// Keeps the words, and asks once an hour at most. The sender hears nothing: he may be anybody.
pub fn hold(case: Case<'_>, ticket: &Ticket, person: &Person, lacks: &[Lack]) -> Decision {
    let said: Vec<String> = lacks.iter().map(|lack| lack.say().to_owned()).collect();
    let mut draft = Draft::of(ticket);
    draft.add(Event::Unproven(Box::new(Unproven {
        de: case.mail.from.correo.clone(),
        quien: person.usuario.clone(),
        mensaje: case.mail.id.clone(),
        texto: wording::kept(&case.reading.texto_nuevo),
        falta: said.clone(),
    })));
    let letter = (!case.situation.asked).then(|| {
        let asked = case.reading.commands.iter().flatten().take(LINES).map(wording::order);
        let blanks = Blanks {
            texto: Some(asked.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty()),
            detalle: said,
            ..blanks::for_technician(case.office, ticket, person, case.now)
        };
        let thread = case.situation.thread.get(..1).unwrap_or_default();
        blanks::tell(Form::Confirmacion, ticket, blanks::address(person), thread, blanks)
    });
    let why = format!("{}: orden no autenticada, no se cumple", ticket.id);
    draft.decide(Disposition::Respuesta, letter.into_iter().collect(), why)
}

/// The answer to such a letter: the order is carried out, if the answer says so and proves itself.
pub fn confirmed(case: Case<'_>, ticket: &Ticket) -> Option<Decision> {
    let order = case.situation.held.as_ref()?;
    let standing = &case.situation.standing;
    let authority = standing.approval(&case.office.people, &case.tickets(ticket))?;
    let carta = standing.context()?.letter().clone();
    if !says_yes(&case.reading.texto_nuevo) {
        return None;
    }
    let quien = authority.person().usuario.clone();
    let opening = vec![case.received_event(), Event::Confirmed { quien, carta }];
    let case = Case { reading: &order.reading, written: order.received, ..case };
    let mut decision = obey::carry_out(case, ticket, &authority, opening);
    remind(&mut decision, &order.besides);
    Some(decision)
}

/// What else came in his name meanwhile was kept without a word: now he hears of it.
fn remind(decision: &mut Decision, besides: &[TicketId]) {
    let cases: Vec<String> = besides.iter().map(TicketId::to_string).collect();
    let told = decision.letters.iter_mut().find(|letter| letter.form == Form::Ordenes);
    if let Some(letter) = told.filter(|_| !cases.is_empty()) {
        letter.blanks.detalle.push(format!(
            "siguen sin cumplirse otras órdenes que llegaron a su nombre ({}); si son suyas, envíelas de nuevo",
            cases.join(", ")
        ));
    }
}

/// «Si no fui yo…» begins as «Sí» does: by itself that is a yes only where nothing else stands on its line, and a «no» beside a
/// yes makes it none.
fn says_yes(text: &str) -> bool {
    let text = fold(text.trim());
    let sentence = text.split(['.', '\n', ';', '!', '?']).next().unwrap_or_default();
    let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        ["si"] => true,
        ["si", word, ..] | [word, ..] => YES.contains(word) && !words.contains(&"no"),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (text, yes) in [
            ("CONFIRMO", true),
            ("Sí, confirmo. Gracias", true),
            ("  si\n\nKevin", true),
            ("Sí confirmo, gracias", true),
            ("Si no es molestia, ¿de qué se trata? Yo no envié nada.", false),
            ("Si no fui yo, ¿quién fue?", false),
            ("Sí, pero no confirmo", false),
            ("Sí señora, ¿qué orden?", false),
            ("Confirmo que no fui yo", false),
            ("No fui yo", false),
            ("no confirmo", false),
            ("Estoy de vacaciones", false),
            ("siempre", false),
            ("", false),
        ] {
            assert_eq!(says_yes(text), yes, "{text}");
        }
    }
}
