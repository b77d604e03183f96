//! `#programar`: the visit at the hour that the technician says, unless something stands in its way.
use crate::desk::diary::Obstacle;
use crate::desk::orders::bench::{Bench, Effect};
use crate::desk::visits::Request;
use crate::office::people::{Person, Role};
use crate::spanish::date_words::{self, Hour};
use crate::spanish::fold::fold;
use crate::spanish::when::{day_of, instant, say_short, say_span};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use jiff::civil::{Date, Time, time};

const USAGE: &str = "se escribe así: #programar mañana 10 am, o #programar jueves 3 de diciembre 2:30 p. m.";
/// Free hours that are offered in the place of one that cannot be.
const OFFERED: usize = 3;

/// A visit, and whether it stands only because the technician insists.
type Slot = (Visit, bool);

pub fn book(bench: Bench<'_>, ticket: &Ticket, words: &str) -> Result<Effect, String> {
    if !ticket.estado.is_open() {
        return Err(format!("el caso está «{}»; primero reábralo con #estado reabierto", ticket.estado));
    }
    let person = who(bench, ticket)?;
    let (words, insists) = confirmed(words);
    let case = bench.case;
    let when = date_words::parse(words, case.day()).map_err(|why| format!("{why}; {USAGE}"))?;
    let others = case.others(ticket);
    let request = case.request(ticket, &others);
    let (visit, pinned) = match when.hour {
        Hour::At(time) => at(&request, person, when.day, time, insists)?,
        Hour::Morning => within(&request, person, when.day, (time(0, 0, 0, 0), time(12, 0, 0, 0)))?,
        Hour::Afternoon => within(&request, person, when.day, (time(12, 0, 0, 0), time(23, 59, 0, 0)))?,
        Hour::Unsaid => within(&request, person, when.day, (time(0, 0, 0, 0), time(23, 59, 0, 0)))?,
    };
    let line = Some(format!("la cita queda para el {}, con {}", say_span(visit.start, visit.end), person.nombre));
    let mut events = Vec::new();
    if ticket.tecnico.as_ref() != Some(&person.usuario) {
        events.push(Event::Assigned { tecnico: person.usuario.clone() });
        if ticket.estado == Estado::Nuevo {
            events.push(Event::Moved { estado: Estado::Asignado, motivo: None });
        }
    }
    if ticket.visita.as_ref() != Some(&visit) {
        events.push(if pinned { Event::Pinned(visit) } else { Event::Booked(visit) });
    }
    Ok(Effect { line, ..events.into() })
}

/// Who goes: who has the case, or the technician who gives the order about a case that nobody has.
fn who<'a>(bench: Bench<'a>, ticket: &Ticket) -> Result<&'a Person, String> {
    let own = bench.actor.person.filter(|person| person.role == Role::Tecnico);
    bench
        .case
        .in_charge(ticket)
        .or(own)
        .ok_or_else(|| "nadie tiene el caso; asígnelo también: #asignar usuario".to_owned())
}

/// «… confirmo» at the end: whatever stands in its way.
fn confirmed(words: &str) -> (&str, bool) {
    let words = words.trim().trim_end_matches(['.', ',']);
    let last = words.rsplit(char::is_whitespace).next().unwrap_or_default();
    match fold(last).as_str() {
        "confirmo" | "confirmado" => {
            let rest = words.get(..words.len() - last.len()).unwrap_or_default();
            (rest.trim_end().trim_end_matches([',', '.', ';']), true)
        }
        _ => (words, false),
    }
}

fn at(request: &Request<'_>, person: &Person, day: Date, time: Time, insists: bool) -> Result<Slot, String> {
    let start = instant(day, time).ok_or_else(|| format!("esa fecha no existe; {USAGE}"))?;
    if start < request.now {
        return Err(passed(request, person, day));
    }
    let visit = request.visit_at(person, start).ok_or_else(|| format!("esa fecha no existe; {USAGE}"))?;
    let why = match request.obstacle(person, &visit) {
        None => return Ok((visit, false)),
        // Nobody lets him in.
        Some(Obstacle::Closed) if !request.office.hours.is_open(start) => {
            return Err(format!("a esa hora la oficina no atiende; {}", offer(request, person, start)));
        }
        Some(_) if insists => return Ok((visit, true)),
        Some(Obstacle::Closed) => {
            format!("a esa hora {} no trabaja, o la visita no cabe antes de cerrar", person.nombre)
        }
        Some(Obstacle::Away) => format!("{} no está ese día", person.nombre),
        Some(Obstacle::Busy(other)) => {
            format!("{} tiene otra visita, el {}", person.nombre, say_span(other.start, other.end))
        }
    };
    Err(format!("{why}; {}; para citar de todos modos, agregue «confirmo» al final", offer(request, person, start)))
}

fn within(request: &Request<'_>, person: &Person, day: Date, hours: (Time, Time)) -> Result<Slot, String> {
    let bounds = (instant(day, hours.0), instant(day, hours.1));
    let (Some(from), Some(to)) = bounds else { return Err(format!("esa fecha no existe; {USAGE}")) };
    if to < request.now {
        return Err(passed(request, person, day));
    }
    let first = request.free_from(person, from.max(request.now), 1).into_iter().next().filter(|visit| visit.start < to);
    first
        .map(|visit| (visit, false))
        .ok_or_else(|| format!("{} no tiene hora libre entonces; {}", person.nombre, offer(request, person, from)))
}

fn passed(request: &Request<'_>, person: &Person, day: Date) -> String {
    let what = if day < day_of(request.now) { "ese día" } else { "esa hora" };
    format!("{what} ya pasó; {}", offer(request, person, request.now))
}

fn offer(request: &Request<'_>, person: &Person, from: Timestamp) -> String {
    let free = request.free_from(person, from.max(request.now), OFFERED);
    let hours: Vec<String> = free.iter().map(|visit| say_short(visit.start)).collect();
    match hours.is_empty() {
        true => format!("por ahora {} no tiene horas libres", person.nombre),
        false => format!("horas libres de {}: {}", person.nombre, hours.join("; ")),
    }
}
