//! Who asked wants another hour, in plain words: he gets it where it is free, else three that are to choose from.
use crate::desk::case::{Case, Draft};
use crate::desk::decision::Letter;
use crate::desk::invited::{Outcome, agreed, declined, farthest, free, hours_letter, offer};
use crate::desk::visits::Request;
use crate::office::people::Person;
use crate::reading::note::Wish;
use crate::spanish::when::{day_of, instant};
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// Free hours that are looked at for one between two.
const LOOKED_AT: usize = 40;

/// What comes of it, while the case is open and its visit has not begun.
pub fn granted(case: Case<'_>, draft: &mut Draft) -> Option<Outcome> {
    let wish = case.reading.dice.wish?;
    let ticket = draft.ticket.clone();
    let person = case.in_charge(&ticket).filter(|_| ticket.estado.is_open())?;
    let visit = ticket.visita.as_ref();
    if visit.is_some_and(|visit| visit.start <= case.now) {
        return None;
    }
    match wish {
        // With no visit there is no hour that he could refuse: what was offered since is his to choose from.
        Wish::NotThen { day, from, to } => {
            let visit = visit.filter(|visit| lies_within(visit, (day, from, to)))?;
            // On the day that he refuses nothing is offered, or only what comes after the hours that he names.
            let from = day.and_then(|day| instant(day, to)).unwrap_or(case.now);
            Some(declined(case, draft, visit, from))
        }
        // «Los espero hoy», and they come today: he agrees.
        Wish::Then { day, from, to } if visit.is_some_and(|visit| lies_within(visit, (day, from, to))) => None,
        Wish::Then { day, from, to } => {
            let day = day.or(visit.map(|visit| day_of(visit.start))).unwrap_or_else(|| day_of(case.now));
            Some(moved(case, draft, &ticket, person, (day, from, to)))
        }
    }
}

/// Does it begin on that day, between the two hours?
fn lies_within(visit: &Visit, (day, from, to): (Option<Date>, Time, Time)) -> bool {
    let day = day.unwrap_or_else(|| day_of(visit.start));
    let bounds = instant(day, from).zip(instant(day, to));
    bounds.is_some_and(|(from, to)| from == visit.start || from < visit.start && visit.start < to)
}

fn asked(letter: Letter) -> Outcome {
    Outcome { letter: Some(letter), ..Outcome::default() }
}

/// The visit at the hour, or between the hours, that he names; else the free ones from that day on, and the visit stands.
fn moved(
    case: Case<'_>,
    draft: &mut Draft,
    ticket: &Ticket,
    person: &Person,
    (day, from, to): (Date, Time, Time),
) -> Outcome {
    let others = case.others(ticket);
    let request = case.request(ticket, &others);
    let found = match (instant(day, from), instant(day, to)) {
        (Some(at), Some(end)) if at == end => free(&request, person, at),
        (Some(begin), Some(end)) => between(&request, person, begin, end),
        (_, _) => Err("esa fecha no existe"),
    };
    match found {
        Ok(visit) => {
            draft.add(Event::Booked(visit));
            agreed(case, &draft.ticket)
        }
        Err(why) => {
            let coming = case.now..=farthest(case.now);
            let near = instant(day, Time::midnight()).filter(|near| coming.contains(near)).unwrap_or(case.now);
            let hours = offer(case, ticket, near, ticket.visita.as_ref());
            let detail = ticket.visita.is_some().then(|| "La cita sigue a la misma hora.".to_owned());
            Outcome { detail, ..asked(hours_letter(case, ticket, &hours, Some(why))) }
        }
    }
}

/// The first free hour that begins between the two.
fn between(request: &Request<'_>, person: &Person, begin: Timestamp, end: Timestamp) -> Result<Visit, &'static str> {
    if end <= request.now {
        return Err("esa hora ya pasó");
    }
    if begin > farthest(request.now) {
        return Err("esa fecha está muy lejos");
    }
    let hours = request.free_from(person, begin.max(request.now), LOOKED_AT);
    let first = hours.into_iter().find(|visit| visit.start >= begin && visit.start < end);
    first.ok_or("no hay una hora libre entonces")
}
