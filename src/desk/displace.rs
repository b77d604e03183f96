//! What a critical case takes the place of: its technician reads it with the case, and it stands in the office's record.
use crate::desk::case::Case;
use crate::desk::decision::{Decision, Form, Letter, Office};
use crate::office::fields::Prioridad;
use crate::spanish::when::say_short;
use crate::ticket::agenda::Agenda;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::visit::{Booked, Visit};
use jiff::Timestamp;

/// The visits that have to move for this one: what is critical itself, or was insisted on, does not.
pub fn displaced<'a>(agenda: &'a Agenda, now: Timestamp, caso: TicketId, visit: &Visit) -> Vec<&'a Booked> {
    let gives_way = |b: &&Booked| b.prioridad != Prioridad::Critica && !b.pinned && b.visit.end > now;
    let near = agenda.around(&visit.tecnico, visit.start, visit.end);
    near.filter(|b| b.caso != caso && b.visit.crosses(visit)).filter(gives_way).collect()
}

/// The decision of a mail, with what its critical visits take the place of.
pub fn displace(case: Case<'_>, mut decision: Decision) -> Decision {
    let s = case.situation;
    let booked: Vec<(TicketId, Visit)> = decision.facts.iter().filter_map(booking).collect();
    for (id, visit) in booked {
        let known = s.ticket.iter().chain(&s.papers.cases).chain(&s.papers.visits).find(|ticket| ticket.id == id);
        let gone = displaced(&s.agenda, case.now, id, &visit);
        if gone.is_empty() {
            continue;
        }
        let facts = decision.facts.iter().filter(|(of, _)| *of == id).map(|(_, fact)| fact);
        let after = Ticket::sum(known.cloned(), facts);
        let stands = |t: &Ticket| t.prioridad == Prioridad::Critica && t.visita.as_ref() == Some(&visit);
        if let Some(after) = after.filter(stands) {
            tell(case.office, &after, &gone, &mut decision.facts, &mut decision.letters);
        }
    }
    decision
}

fn booking((id, event): &(TicketId, Event)) -> Option<(TicketId, Visit)> {
    if let Event::Booked(visit) | Event::Pinned(visit) = event { Some((*id, visit.clone())) } else { None }
}

/// A note on the critical case, and a line for each displaced one in the letter that its technician gets about it.
pub fn tell(
    office: &Office,
    ticket: &Ticket,
    gone: &[&Booked],
    facts: &mut Vec<(TicketId, Event)>,
    letters: &mut [Letter],
) {
    if gone.is_empty() {
        return;
    }
    let lines: Vec<String> = gone.iter().map(|booked| line(office, booked)).collect();
    facts.push((ticket.id, Event::Noted { texto: format!("Toma la hora de: {}.", lines.join("; ")) }));
    let person = ticket.tecnico.as_ref().and_then(|usuario| office.people.by_usuario(usuario));
    let fits = |letter: &&mut Letter| {
        letter.about == Some(ticket.id)
            && person.is_some_and(|person| person.correo == letter.to.correo)
            && matches!(letter.form, Form::Asignacion | Form::Novedad | Form::Ordenes)
    };
    if let Some(letter) = letters.iter_mut().find(fits) {
        letter.blanks.desplaza = lines;
    }
}

/// «TIC-2026-00012, vie 27 nov, 10:00 a. m. (impresoras y escáneres)»
fn line(office: &Office, booked: &Booked) -> String {
    let what = office.work.get(&booked.categoria).map_or(booked.categoria.0.as_str(), |work| work.titulo.as_str());
    format!("{}, {} ({what})", booked.caso, say_short(booked.visit.start))
}
