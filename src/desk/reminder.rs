//! The business day before a visit: who asked reads of it again, and each technician reads what his next day holds.
use crate::desk::blanks;
use crate::desk::decision::{Blanks, Form, Letter, Office};
use crate::desk::digest;
use crate::desk::manners;
use crate::desk::round;
use crate::desk::vigil::{Timely, Watched, told};
use crate::reading::note::Kind;
use crate::spanish::when::{day_of, instant, say_day, say_relative};
use crate::ticket::visit::Visit;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Who is reminded later than this before the hour has no use of it.
const LATE: SignedDuration = SignedDuration::from_hours(1);

/// The reminders of all visits whose time for it has come. An hour that was given later than that is fresh in everybody's mind.
pub fn due(office: &Office, now: Timestamp, cases: &[Watched], done: &BTreeSet<String>) -> Vec<Timely> {
    let mut hours: BTreeMap<Date, Option<Timestamp>> = BTreeMap::new();
    let mut due: Vec<(&Watched, &Visit)> = Vec::new();
    for case in cases.iter().filter(|case| case.ticket.estado.is_open()) {
        let Some(visit) = case.ticket.visita.as_ref().filter(|visit| now.duration_until(visit.start) > LATE) else {
            continue;
        };
        let day = day_of(visit.start);
        let hour = *hours.entry(day).or_insert_with(|| hour(office, day));
        if hour.is_some_and(|hour| hour <= now && case.booked.is_none_or(|booked| booked <= hour)) {
            due.push((case, visit));
        }
    }
    let requesters = due.iter().filter_map(|(case, visit)| {
        let key = vec![format!("recordar {} {}", case.ticket.id, visit.start)];
        Some(told(key, vec![to_requester(office, now, case)?], "recordatorio de la cita"))
    });
    requesters.chain(to_technicians(office, now, &due, done)).collect()
}

/// The hour for it on the last business day before.
fn hour(office: &Office, day: Date) -> Option<Timestamp> {
    instant(office.hours.opened_before(day)?, office.service.remind)
}

fn to_requester(office: &Office, now: Timestamp, case: &Watched) -> Option<Letter> {
    let ticket = &case.ticket;
    if !manners::is_readable(office, &ticket.solicitante) || ticket.clase == Kind::Alarma.word() {
        return None;
    }
    let to = ticket.requester();
    let blanks = Blanks { saludo: blanks::greeting(office, ticket, &to), ..blanks::of(office, ticket, now) };
    Some(blanks::tell(Form::Recordatorio, ticket, to, &case.thread, blanks))
}

/// One letter to each, with all that his next day holds so far; of today the morning's letter tells.
fn to_technicians(office: &Office, now: Timestamp, due: &[(&Watched, &Visit)], done: &BTreeSet<String>) -> Vec<Timely> {
    let mut days: BTreeMap<(&str, Date), Vec<&Watched>> = BTreeMap::new();
    let coming = due.iter().filter(|(_, visit)| day_of(visit.start) > day_of(now));
    for (case, visit) in coming.filter(|(case, visit)| !done.contains(&key(case, visit))) {
        days.entry((visit.tecnico.as_str(), day_of(visit.start))).or_default().push(case);
    }
    let letters = days.into_iter().filter_map(|((usuario, day), cases)| {
        let person = office.people.by_usuario(usuario).filter(|person| person.active)?;
        let relative = say_relative(day, day_of(now)).map_or("del".to_owned(), |word| format!("de {word},"));
        let text = format!("Estas son sus citas {relative} {}.", say_day(day));
        let parts = round::sections(office, &cases);
        let keys = cases.iter().filter_map(|case| Some(key(case, case.ticket.visita.as_ref()?))).collect();
        let letter = digest::letter(person, format!("Recordatorio: sus citas del {}", say_day(day)), &text, parts);
        Some(told(keys, vec![letter], "recordatorio de las visitas"))
    });
    letters.collect()
}

fn key(case: &Watched, visit: &Visit) -> String {
    format!("recordar al técnico {} {}", case.ticket.id, visit.start)
}
