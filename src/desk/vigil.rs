//! What time alone brings: a solved case closes, a wait ends, a case that nobody takes is told of, and the morning begins
//! with a digest.
//!
//! Pure, and asked again and again: each thing that is due has keys, and what was done under a key is not done again.
use crate::desk::asking;
use crate::desk::blanks;
use crate::desk::decision::{Away, Blanks, Decision, Disposition, Form, Letter, Office};
use crate::desk::digest::{self, LISTED};
use crate::desk::invite::{self, Post};
use crate::desk::manners;
use crate::desk::orders::waiting;
use crate::desk::reminder;
use crate::desk::replan;
use crate::mail::message::{Address, MessageId};
use crate::office::fields::Prioridad;
use crate::reading::note::Kind;
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// A case that is not closed.
#[derive(Clone, Debug)]
pub struct Watched {
    pub ticket: Ticket,
    /// When it came to the estado it is in.
    pub since: Timestamp,
    /// From when to when it stood «en espera», oldest first; the last may go on.
    pub waits: Vec<(Timestamp, Option<Timestamp>)>,
    /// When somebody of the office last gave an order about it.
    pub ordered: Option<Timestamp>,
    /// When its visit was given the hour that it has.
    pub booked: Option<Timestamp>,
    /// Message-IDs that its requester knows, oldest first.
    pub thread: Vec<MessageId>,
}

/// What is due, once.
#[derive(Clone, Debug, PartialEq)]
pub struct Timely {
    pub keys: Vec<String>,
    pub decision: Decision,
}

/// All that is due now and was not done under its key.
pub fn due(office: &Office, now: Timestamp, cases: &[Watched], away: &[Away], done: &BTreeSet<String>) -> Vec<Timely> {
    let mut timely: Vec<Timely> = cases.iter().filter_map(|case| closing(office, now, case)).collect();
    timely.extend(escalation(office, now, cases, done));
    timely.extend(cases.iter().filter_map(|case| waking(office, now, case)));
    timely.extend(digest::morning(office, now, cases, away));
    timely.extend(reminder::due(office, now, cases, done));
    timely.extend(cases.iter().filter_map(|case| asking::due(office, now, case)));
    timely.extend(replan::due(office, now, cases, away));
    timely.retain(|t| !t.keys.iter().all(|key| done.contains(key)));
    for decision in timely.iter_mut().map(|one| &mut one.decision) {
        let ids: BTreeSet<TicketId> = decision.facts.iter().map(|(id, _)| *id).collect();
        for case in cases.iter().filter(|case| ids.contains(&case.ticket.id)) {
            let post = Post { office, now, thread: &case.thread, to_technician: true, to_requester: true };
            invite::settle(post, &case.ticket, decision);
        }
    }
    timely.extend(elsewhere(office, now, cases, &timely));
    timely
}

/// The calendars of visits whose place was corrected by nobody's mail.
fn elsewhere(office: &Office, now: Timestamp, cases: &[Watched], timely: &[Timely]) -> Vec<Timely> {
    let touched: BTreeSet<TicketId> = timely.iter().flat_map(|one| &one.decision.facts).map(|(id, _)| *id).collect();
    let behind = cases.iter().filter(|case| invite::overdue(office, now, &case.ticket));
    let moved = behind.filter(|case| !touched.contains(&case.ticket.id)).map(|case| {
        let mut one =
            told(vec![format!("lugar {} {now}", case.ticket.id)], Vec::new(), "otro lugar en los calendarios");
        let post = Post { office, now, thread: &case.thread, to_technician: true, to_requester: true };
        invite::settle(post, &case.ticket, &mut one.decision);
        one
    });
    moved.filter(|one| !one.decision.facts.is_empty()).collect()
}

pub(crate) fn told(keys: Vec<String>, letters: Vec<Letter>, why: &str) -> Timely {
    let why = why.to_owned();
    Timely {
        keys,
        decision: Decision { disposition: Disposition::Propio, facts: Vec::new(), letters, away: Vec::new(), why },
    }
}

/// Nobody said within the days for it that a solved case is not solved. Quiet hours are those in which the office is closed.
fn closing(office: &Office, now: Timestamp, case: &Watched) -> Option<Timely> {
    let days = office.service.confirm_days;
    let ticket = &case.ticket;
    if ticket.estado != Estado::Resuelto || !office.hours.is_open(now) {
        return None;
    }
    let (solved, today) = (when::day_of(case.since), when::day_of(now));
    let later = std::iter::successors(solved.tomorrow().ok(), |day| day.tomorrow().ok()).take_while(|d| *d <= today);
    let passed = later.filter(|day| !office.hours.on(*day).is_empty()).take(usize::try_from(days).unwrap_or(0) + 1);
    if i64::try_from(passed.count()).unwrap_or(0) <= days {
        return None;
    }
    let motivo = format!("No recibimos respuesta en {days} días hábiles y lo damos por bien resuelto.");
    let event = Event::Moved { estado: Estado::Cerrado, motivo: Some(motivo.clone()) };
    let after = ticket.clone().apply(&event);
    let own = after.contacto.correo.as_deref() == Some(after.solicitante.as_str());
    let to = Address { correo: after.solicitante.clone(), nombre: after.contacto.nombre.clone().filter(|_| own) };
    let reachable = manners::is_readable(office, &to.correo) && after.clase != Kind::Alarma.word();
    let letter = reachable.then(|| {
        let saludo = blanks::greeting(office, &after, &to);
        let blanks = Blanks { saludo, motivo: Some(motivo), ..blanks::of(office, &after, now) };
        blanks::tell(Form::Estado, &after, to, &case.thread, blanks)
    });
    let why = format!("{}: cerrado sin respuesta", after.id);
    let facts = vec![(after.id, event)];
    let letters = letter.into_iter().collect();
    let decision = Decision { disposition: Disposition::Propio, facts, letters, away: Vec::new(), why };
    Some(Timely { keys: vec![format!("cierre {} {}", after.id, case.since)], decision })
}

/// The day has come until which a case waited: who has it is reminded when the office opens.
fn waking(office: &Office, now: Timestamp, case: &Watched) -> Option<Timely> {
    let until = case.ticket.seguimiento.espera.as_ref()?.hasta?;
    let decision = waiting::wake(office, &case.ticket, now).filter(|_| office.hours.is_open(now))?;
    Some(Timely { keys: vec![format!("espera {} {} {until}", case.ticket.id, case.since)], decision })
}

/// Coordinator and jefe hear once of each case that nobody takes, or whose time runs out; of all of one moment in one letter.
fn escalation(office: &Office, now: Timestamp, cases: &[Watched], done: &BTreeSet<String>) -> Option<Timely> {
    let is_open = office.hours.is_open(now);
    let loud = |case: &&Watched| is_open || case.ticket.prioridad == Prioridad::Critica;
    let new = |(key, _): &(String, &Watched)| !done.contains(key);
    let waiting = cases.iter().filter(loud).filter(|case| is_untaken(office, now, case));
    let untaken: Vec<_> =
        waiting.map(|case| (format!("sin tomar {} {}", case.ticket.id, case.since), case)).filter(new).collect();
    let ending = cases.iter().filter(loud).filter(|case| is_ending(office, now, case));
    let ending: Vec<_> = ending.map(|case| (format!("plazo {}", case.ticket.id), case)).filter(new).collect();
    let keys: Vec<String> = untaken.iter().chain(&ending).map(|(key, _)| key.clone()).collect();
    if keys.is_empty() {
        return None;
    }
    let parts = [("Nadie los ha tomado", bare(untaken)), ("Cerca de vencer o vencidos", bare(ending))];
    let secciones = digest::sections(office, now, parts, LISTED);
    let what = "Casos que necesitan su atención";
    let text = "Estos casos se están demorando. Hable con quien los tiene a su cargo.";
    let to = office.people.heads().map(|person| digest::letter(person, what.to_owned(), text, secciones.clone()));
    Some(told(keys, to.collect(), "casos que se demoran"))
}

fn bare(cases: Vec<(String, &Watched)>) -> Vec<&Watched> {
    cases.into_iter().map(|(_, case)| case).collect()
}

/// Waiting for its technician since it was his, or since the hour of its visit.
fn is_untaken(office: &Office, now: Timestamp, case: &Watched) -> bool {
    let ticket = &case.ticket;
    let idle = matches!(ticket.estado, Estado::Nuevo | Estado::Asignado | Estado::Reabierto) && case.ordered.is_none();
    let from = ticket.visita.as_ref().map_or(case.since, |visit| visit.start.max(case.since));
    let within = office.service.to_take(ticket.prioridad);
    let limit = match ticket.prioridad {
        Prioridad::Critica => from.checked_add(within).ok(),
        Prioridad::Alta | Prioridad::Media | Prioridad::Baja => office.hours.after(from, within),
    };
    idle && limit.is_some_and(|limit| limit <= now)
}

/// Four fifths of its time are gone, not counting that in which it waited for somebody else.
pub(crate) fn is_ending(office: &Office, now: Timestamp, case: &Watched) -> bool {
    let ticket = &case.ticket;
    let runs = ticket.estado.is_open() && ticket.estado != Estado::EnEspera;
    let waited = case.waits.iter().map(|(from, to)| office.hours.between(*from, to.unwrap_or(now)));
    let time = waited.fold(office.service.to_worry(ticket.prioridad), SignedDuration::saturating_add);
    let limit = office.hours.after(ticket.abierto, time);
    runs && limit.is_some_and(|limit| limit <= now)
}
