//! After the hour of a visit, when its technician has said nothing since: did it take place? Asked once for each hour that was given.
use crate::desk::blanks;
use crate::desk::decision::{Blanks, Form, Office};
use crate::desk::vigil::{Timely, Watched, told};
use jiff::{SignedDuration, Timestamp};

/// What was to be longer ago is asked about no more: the morning's letter has it.
const OLD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The question to the technician, in office hours.
pub fn due(office: &Office, now: Timestamp, case: &Watched) -> Option<Timely> {
    let ticket = &case.ticket;
    let visit = ticket.visita.as_ref().filter(|visit| ticket.estado.is_open() && visit.end <= now)?;
    let is_old = visit.end.duration_until(now) > OLD;
    let said = case.ordered.max(Some(case.since)) >= Some(visit.start);
    if is_old || said || !office.hours.is_open(now) {
        return None;
    }
    let grace = SignedDuration::from_mins(office.service.ask);
    office.hours.after(visit.end, grace).filter(|at| *at <= now)?;
    let person = office.people.by_usuario(&visit.tecnico).filter(|person| person.active)?;
    let cuando = Some(blanks::say(visit, now));
    let blanks = Blanks { cuando, ..blanks::for_technician(office, ticket, person, now) };
    let root = case.thread.get(..1).unwrap_or_default();
    let letter = blanks::tell(Form::Realizada, ticket, blanks::address(person), root, blanks);
    let why = format!("{}: se pregunta si se realizó la visita", ticket.id);
    Some(told(vec![format!("realizada {} {}", ticket.id, visit.start)], vec![letter], &why))
}
