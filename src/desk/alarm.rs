//! Monitoring mails: an alarm opens one case, whatever else its system says of it goes on that case, and nobody is answered.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::decision::{Decision, Disposition};
use crate::desk::follow;
use crate::desk::manners;
use crate::desk::open;
use crate::reading::alarm::{self, Signal};
use crate::ticket::facts::{Event, Ticket};

/// What the technician reads of an alarm that is over. Whether the case is solved is for him to say.
const OVER: &str = "El sistema avisa que ya pasó. Si no queda nada por hacer, responda con #resuelto y lo que ocurrió.";

pub fn alarm(case: Case<'_>) -> Decision {
    let known = known(case);
    match (alarm::signal(&case.mail.subject), known) {
        (Signal::Begins, Some(ticket)) if ticket.estado.is_open() => again(case, ticket),
        (Signal::Begins, Some(_) | None) => open::open(case),
        (Signal::Over, Some(ticket)) => over(case, ticket),
        (Signal::Noted, Some(ticket)) => again(case, ticket),
        (Signal::Over, None) => {
            follow::filed(Disposition::Alarma, "una alarma que ya pasó y de la que no hay caso abierto")
        }
        (Signal::Noted, None) => follow::filed(Disposition::Alarma, "un comentario a una alarma de la que no hay caso"),
    }
}

/// The newest case of this system about the same alarm, unless it is closed.
fn known(case: Case<'_>) -> Option<&Ticket> {
    let text = case.mail.body.new_text();
    let said = (case.mail.subject.as_str(), text.as_str());
    case.situation.alarms.iter().find(|ticket| alarm::is_same(said, (&ticket.asunto, &ticket.problema)))
}

/// The same once more: on its case, and the technician hears of it only when it has become graver.
fn again(case: Case<'_>, ticket: &Ticket) -> Decision {
    let graver = case.reading.prioridad.value;
    let is_graver = graver < ticket.prioridad && ticket.estado.is_open();
    let mut draft = Draft::of(ticket);
    draft.add(case.received_event());
    if is_graver {
        draft.add(Event::Ranked { prioridad: graver, quien: None });
    }
    let told = is_graver.then_some("El sistema avisa otra vez, y ahora es más grave.");
    tell(case, draft, told, "la alarma de ese caso, otra vez")
}

fn over(case: Case<'_>, ticket: &Ticket) -> Decision {
    let mut draft = Draft::of(ticket);
    draft.add(case.received_event());
    let told = ticket.estado.is_open().then_some(OVER);
    tell(case, draft, told, "la alarma de ese caso ya pasó")
}

fn tell(case: Case<'_>, draft: Draft, told: Option<&str>, why: &str) -> Decision {
    let ticket = &draft.ticket;
    let person = case.in_charge(ticket).filter(|_| !manners::is_flooded(case.situation));
    let letter = told.zip(person).map(|(told, person)| {
        let said = (case.writer(), case.mail.subject.trim().to_owned());
        blanks::news(case.office, ticket, person, &case.situation.thread, case.now, said, &[told])
    });
    let why = format!("{}: {why}", ticket.id);
    draft.decide(Disposition::Alarma, letter.into_iter().collect(), why)
}
