//! What time alone brings: a solved case closes, a wait ends, word that a term runs out, and the morning's digest.
//!
//! Pure, and asked again and again: each thing that is due has keys, and what was done under a key is not done again.
use crate::desk::asking;
use crate::desk::blanks;
use crate::desk::decision::{Away, Blanks, Decision, Disposition, Form, Letter, Office};
use crate::desk::digest;
use crate::desk::invite::{self, Post};
use crate::desk::manners;
use crate::desk::orders::waiting;
use crate::desk::reminder;
use crate::desk::replan;
use crate::desk::terms::Stand;
use crate::desk::warning;
use crate::mail::message::MessageId;
use crate::reading::note::Kind;
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A case that is not closed.
#[derive(Clone, Debug)]
pub struct Watched {
    pub ticket: Ticket,
    /// When it came to the estado it is in.
    pub since: Timestamp,
    /// From when to when it stood still, «en espera» or solved, oldest first; the last may go on.
    pub waits: Vec<Stand>,
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
    timely.extend(warning::due(office, now, cases, done));
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
    let to = after.requester();
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
