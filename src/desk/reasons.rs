//! Why a visit has its hour and a term its end, step by step: for whoever asks why it is not sooner.
use crate::desk::diary::Diary;
use crate::desk::visits::{Request, lead};
use crate::office::fields::Prioridad;
use crate::office::holidays::holidays;
use crate::office::hours::{Exception, Hours, Open};
use crate::office::people::Person;
use crate::spanish::duration;
use crate::spanish::number::counted;
use crate::spanish::when::{day_of, say_short, say_short_day, say_span, say_time, time_of};
use crate::ticket::visit::{Booked, Visit};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::iter::successors;

/// Lines of one step; what is longer is cut, and says so.
const LINES: usize = 12;
/// Visits that are named of one day.
const NAMED: usize = 3;

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub titulo: String,
    pub lineas: Vec<String>,
}

fn step(titulo: &str, lineas: Vec<String>) -> Step {
    let more = lineas.len().saturating_sub(LINES);
    let mut lineas: Vec<String> = lineas.into_iter().take(LINES).collect();
    lineas.extend((more > 0).then(|| format!("… y {more} más")));
    Step { titulo: titulo.to_owned(), lineas }
}

/// How a visit came about. `ask` is the question as it was when the visit was booked, and its agenda that of then, without
/// the case itself.
pub fn visit(ask: &Request<'_>, visit: &Visit, pinned: bool) -> Vec<Step> {
    let mut steps = vec![step("Cuánto dura", length(ask)), step("Desde cuándo", since(ask))];
    steps.push(step("Quién puede", candidates(ask, visit)));
    if let Some(person) = ask.office.people.by_usuario(&visit.tecnico) {
        steps.push(step("Por qué no antes", before(ask, person, visit)));
    }
    steps.push(step("La cita", outcome(ask, visit, pinned)));
    steps
}

fn length(ask: &Request<'_>) -> Vec<String> {
    let work = ask.office.work.get(ask.categoria);
    let minutes = work.map_or(60, |work| work.minutes);
    let titulo = work.map_or(ask.categoria.0.as_str(), |work| work.titulo.as_str());
    let mut lines = vec![format!("{}, por la categoría «{titulo}».", say_minutes(minutes))];
    lines.push(match (ask.office.is_remote(ask.categoria), &ask.place.edificio, &ask.place.piso) {
        (true, _, _) => "Se atiende a distancia, con una llamada: no cuenta traslado.".to_owned(),
        (false, Some(edificio), Some(piso)) => format!("En el lugar: {edificio}, piso {piso}."),
        (false, Some(edificio), None) => format!("En el lugar: {edificio}."),
        (false, None, _) => "En el lugar; el edificio no se sabe, y no se cuenta traslado.".to_owned(),
    });
    lines
}

fn since(ask: &Request<'_>) -> Vec<String> {
    let mut lines = vec![ended(&format!("Se citó el {}", say_short(ask.now)))];
    lines.push(match ask.prioridad {
        Prioridad::Critica => "Es crítica: se atiende de inmediato, a cualquier hora.".to_owned(),
        Prioridad::Alta | Prioridad::Media | Prioridad::Baja => {
            let minutes = lead(ask.prioridad).as_mins();
            let from = ask.earliest().map(say_short).unwrap_or_default();
            let kept = say_minutes(minutes);
            ended(&format!(
                "Con prioridad {} se dejan {kept} de trabajo a lo que apremia más: no antes del {from}",
                ask.prioridad
            ))
        }
    });
    if ask.from > ask.now {
        lines.push(format!("No antes del {}, que era la hora prometida.", say_short(ask.from)));
    }
    lines
}

/// Those who answer for the categoría; everybody else only where nobody does.
fn candidates(ask: &Request<'_>, visit: &Visit) -> Vec<String> {
    let (fit, others): (Vec<&Person>, Vec<&Person>) =
        ask.candidates().into_iter().partition(|person| ask.answers_for(person));
    let asked = if fit.is_empty() { others } else { fit };
    let one = |person: &Person| {
        let skill = if person.takes(ask.categoria) { "atiende la categoría" } else { "no es su categoría" };
        let open = ask.load.get(&person.usuario).map_or(0, |open| usize::try_from(*open).unwrap_or(usize::MAX));
        let open = counted(open, "caso abierto", "casos abiertos");
        let first = ask.earliest().and_then(|earliest| ask.diary(person).first(earliest));
        let first =
            first.map_or("sin hora libre".to_owned(), |visit| format!("libre desde el {}", say_short(visit.start)));
        let chosen = if person.usuario == visit.tecnico { " ← le correspondió" } else { "" };
        format!("{}: {skill}; {open}; {first}{chosen}", person.usuario)
    };
    asked.into_iter().map(one).collect()
}

/// Day by day, what stood in the way from the first possible hour to that of the visit.
fn before(ask: &Request<'_>, person: &Person, visit: &Visit) -> Vec<String> {
    let Some(earliest) = ask.earliest().filter(|earliest| *earliest < visit.start) else {
        return vec!["Es la primera hora posible.".to_owned()];
    };
    let diary = ask.diary(person);
    let days = successors(Some(day_of(earliest)), |day| day.tomorrow().ok()).take_while(|d| *d <= day_of(visit.start));
    let lines: Vec<String> = days.filter_map(|day| obstacles(ask, &diary, day, earliest, visit)).collect();
    if lines.is_empty() { vec!["Es su primera hora libre.".to_owned()] } else { lines }
}

fn obstacles(ask: &Request<'_>, diary: &Diary<'_>, day: Date, earliest: Timestamp, visit: &Visit) -> Option<String> {
    if let Some(why) = closed(&ask.office.hours, day) {
        return Some(format!("{}: {why}", say_short_day(day)));
    }
    let edificio = ask.place.edificio.as_deref().filter(|_| !ask.office.is_remote(ask.categoria));
    let shut = |e: &&Exception| !e.open && !e.is_for_all() && e.concerns(edificio);
    if let Some(closure) = ask.office.hours.exceptions_on(day).rfind(shut) {
        return Some(format!("{}: no se atiende en ese edificio: {}", say_short_day(day), closure.reason));
    }
    if diary.is_away(day) {
        return Some(format!("{}: {} no está", say_short_day(day), diary.person.usuario));
    }
    if !diary.is_present(day) {
        return Some(format!("{}: {} no trabaja ese día", say_short_day(day), diary.person.usuario));
    }
    let in_the_way = |booked: &&Booked| {
        day_of(booked.visit.start) == day && booked.visit.end > earliest && booked.visit.start < visit.start
    };
    let busy: Vec<&Booked> = ask.agenda.of(&diary.person.usuario).iter().filter(in_the_way).collect();
    let said = say_busy(&busy);
    let reserved = !ask.office.hours.on(day).is_empty() && !diary.leaves_room(day) && day != day_of(visit.start);
    let reserved =
        reserved.then(|| format!("el {} % de su día queda libre para lo urgente", ask.office.service.reserve));
    let parts: Vec<String> =
        Some(said).filter(|s| !s.is_empty()).map(|s| format!("ocupado: {s}")).into_iter().chain(reserved).collect();
    (!parts.is_empty()).then(|| format!("{}: {}", say_short_day(day), parts.join("; ")))
}

/// A few visits by their numbers, more by how many they are.
fn say_busy(busy: &[&Booked]) -> String {
    let hours = |from: &Booked, to: &Booked| format!("de {} a {}", hour(from.visit.start), hour(to.visit.end));
    match busy {
        [first, .., last] if busy.len() > NAMED => format!("{} visitas, {}", busy.len(), hours(first, last)),
        few => few.iter().map(|one| format!("{} ({})", hours(one, one), one.caso)).collect::<Vec<_>>().join(", "),
    }
}

fn hour(at: Timestamp) -> String {
    say_time(time_of(at))
}

/// A sentence has one full stop, also after «a. m.».
fn ended(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

/// Why the office does not open on a day on which it usually does.
fn closed(hours: &Hours, day: Date) -> Option<String> {
    if !hours.on(day).is_empty() || hours.week().on(day).is_empty() {
        return None;
    }
    let decree =
        hours.exceptions_on(day).rfind(|e| !e.open && e.is_for_all()).map(|e| format!("no se atiende: {}", e.reason));
    let holiday = || holidays(day.year()).into_iter().find(|(date, _)| *date == day);
    decree.or_else(|| holiday().map(|(_, name)| format!("festivo, {name}")))
}

fn outcome(ask: &Request<'_>, visit: &Visit, pinned: bool) -> Vec<String> {
    let mut lines = vec![ended(&format!("{}: {}", visit.tecnico, say_span(visit.start, visit.end)))];
    if pinned {
        lines.push("La fijó una orden: ninguna regla la mueve.".to_owned());
        return lines;
    }
    let beside = ask.agenda.of(&visit.tecnico).iter().find(|booked| {
        (booked.visit.end == visit.start || booked.visit.start == visit.end) && booked.place.is_beside(&ask.place)
    });
    if let Some(booked) = beside {
        lines.push(format!("Va junto al {}, que es en el mismo piso.", booked.caso));
    }
    lines.extend(
        ask.displaced(visit).iter().map(|booked| format!("Toma el lugar del {}, que puede esperar.", booked.caso)),
    );
    lines.push(match ask.allot() {
        Some(same) if same == *visit => "Es la hora que dan las reglas.".to_owned(),
        Some(other) => format!(
            "Se acordó así o la agenda ha cambiado: las reglas, con lo que hoy se sabe, darían {} a {}.",
            say_short(other.start),
            other.tecnico
        ),
        None => "Hoy las reglas no encontrarían hora.".to_owned(),
    });
    lines
}

/// How a term in working time runs from one instant to its end, day by day.
pub fn term(titulo: &str, hours: &Hours, from: Timestamp, work: SignedDuration) -> Step {
    let mut left = work;
    let mut days: Vec<(Date, Vec<Open>)> = Vec::new();
    let mut due = None;
    for open in hours.open_from(None, from) {
        let length = open.from.duration_until(open.until);
        let until = if left <= length { open.from.checked_add(left).unwrap_or(open.until) } else { open.until };
        match days.last_mut().filter(|(day, _)| *day == open.day) {
            Some((_, stretches)) => stretches.push(Open { until, ..open }),
            None => days.push((open.day, vec![Open { until, ..open }])),
        }
        if left <= length {
            due = Some(until);
            break;
        }
        left -= length;
    }
    let head = due.map_or("no vence nunca".to_owned(), |due| format!("vence el {}", say_short(due)));
    let allowed = say_minutes(work.as_mins());
    let mut lines = vec![ended(&format!("{allowed} de trabajo desde el {}: {head}", say_short(from)))];
    let mut last: Option<Date> = None;
    for (day, stretches) in days {
        let skipped = last.into_iter().flat_map(|last| successors(last.tomorrow().ok(), |d| d.tomorrow().ok()));
        for between in skipped.take_while(|between| *between < day) {
            lines.extend(closed(hours, between).map(|why| format!("{}: {why}", say_short_day(between))));
        }
        let spent: SignedDuration = stretches.iter().map(|open| open.from.duration_until(open.until)).sum();
        let said = stretches.iter().map(|open| format!("de {} a {}", hour(open.from), hour(open.until)));
        let said = said.collect::<Vec<_>>().join(" y ");
        lines.push(format!("{}: {said} ({})", say_short_day(day), say_minutes(spent.as_mins())));
        last = Some(day);
    }
    step(titulo, lines)
}

fn say_minutes(minutes: i64) -> String {
    duration::say(u32::try_from(minutes).unwrap_or(0))
}
