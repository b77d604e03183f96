//! How the terms of a case came about, step by step, for a person who asks.
use crate::desk::decision::Office;
use crate::desk::reasons;
use crate::desk::terms::{self, Pause, Stage, Stop, Term};
use crate::office::fields::Prioridad;
use crate::office::holidays::holidays;
use crate::office::legal::{Peticion, Uncounted, days_after};
use crate::spanish::duration;
use crate::spanish::when::{day_of, instant, say, say_day};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// How one term came about.
#[derive(Clone, Debug, Serialize)]
pub struct Plazo {
    pub nombre: String,
    /// Of the law's terms, the last second of the day.
    pub vence: Option<Timestamp>,
    pub cumplido: Option<Timestamp>,
    pub pasos: Vec<String>,
}

/// When the case came in, and from when on the office's time counts.
pub fn received(office: &Office, ticket: &Ticket) -> Vec<String> {
    let at = ticket.seguimiento.recibido.unwrap_or(ticket.abierto);
    let mut steps = vec![format!("Llegó el {}.", say(at))];
    if at != ticket.abierto {
        steps.push(format!("La mesa lo trabajó el {}.", say(ticket.abierto)));
    }
    let from = office.hours.after(ticket.abierto, SignedDuration::ZERO);
    match from {
        Some(from) if from == ticket.abierto => {
            steps.push("La oficina estaba abierta: el tiempo corre desde entonces.".to_owned())
        }
        Some(from) => steps.push(format!(
            "{}: el tiempo de la oficina corre desde el {}.",
            closed(office, ticket.abierto),
            say(from)
        )),
        None => steps.push("La oficina no vuelve a abrir.".to_owned()),
    }
    tidy(steps)
}

fn closed(office: &Office, at: Timestamp) -> String {
    let day = day_of(at);
    let holiday = holidays(day.year()).into_iter().find(|(date, _)| *date == day).map(|(_, name)| name);
    let decree =
        office.hours.closure(at, at + SignedDuration::from_secs(1), None).map(|closure| closure.reason.clone());
    match holiday.or(decree) {
        Some(reason) => format!("Ese día la oficina no atiende ({reason})"),
        None => "A esa hora la oficina no atiende".to_owned(),
    }
}

/// The terms of a case, from its facts in their order; `orders` is when somebody of the office gave one about it, oldest first.
/// Of a case that was opened again, the first answer is the first after that, and the solution the last one.
pub fn terms(
    office: &Office,
    ticket: &Ticket,
    facts: &[(Timestamp, &Event)],
    orders: &[Timestamp],
    now: Timestamp,
) -> Vec<Plazo> {
    let reopens = |event: &Event| matches!(event, Event::Moved { estado: Estado::Reabierto, .. });
    let reopened = facts.iter().rev().find(|(_, event)| reopens(event));
    let since = reopened.map_or(ticket.abierto, |(at, _)| *at);
    let taken = orders.iter().copied().find(|at| *at >= since);
    let pauses = terms::pauses(facts.iter().copied());
    let solved = pauses.last().filter(|last| last.why == Stop::Solved && last.to.is_none()).map(|last| last.from);
    let mut all = vec![answer(office, ticket, since, taken, now)];
    all.push(solution(office, ticket, &pauses, solved, now));
    all.extend(law(office, ticket, solved, now));
    all
}

fn answer(office: &Office, ticket: &Ticket, since: Timestamp, taken: Option<Timestamp>, now: Timestamp) -> Plazo {
    let term = terms::answer(office, ticket, since);
    let counted = if ticket.prioridad == Prioridad::Critica { "de corrido" } else { "hábiles" };
    let from = if term.from > since { "desde la hora de la visita" } else { "desde que se asignó" };
    let mut steps = vec![format!("{} {counted} {from}, {}.", span(term.allowed), say(term.from))];
    if ticket.prioridad != Prioridad::Critica {
        steps.extend(days(office, &term));
    }
    steps.push(end(term.due, taken, now));
    Plazo { nombre: "primera respuesta".to_owned(), vence: term.due, cumplido: taken, pasos: tidy(steps) }
}

fn solution(office: &Office, ticket: &Ticket, pauses: &[Pause], solved: Option<Timestamp>, now: Timestamp) -> Plazo {
    // What came after the solution takes nothing from the time for it.
    let before = pauses.iter().filter(|pause| solved.is_none_or(|solved| pause.from < solved));
    let stands: Vec<_> = before.clone().map(|pause| (pause.from, pause.to)).collect();
    let term = terms::solution(office, ticket, &stands, now);
    let mut steps = vec![format!(
        "{} hábiles por prioridad {}, desde el {}.",
        span(term.allowed),
        ticket.prioridad,
        say(term.from)
    )];
    for pause in before {
        let end = pause.to.map_or("y sigue".to_owned(), |to| format!("hasta el {}", say(to)));
        let length = office.hours.between(pause.from, pause.to.unwrap_or(now));
        steps.push(format!(
            "No cuentan {} hábiles {}: desde el {} {end}.",
            span(length),
            stop(pause.why),
            say(pause.from)
        ));
    }
    if !term.paused.is_zero() {
        steps.push(format!("Con las pausas son {} hábiles.", span(term.allowed.saturating_add(term.paused))));
    }
    steps.extend(days(office, &term));
    steps.push(end(term.due, solved, now));
    Plazo { nombre: "solución".to_owned(), vence: term.due, cumplido: solved, pasos: tidy(steps) }
}

/// Day by day, how its working time passes.
fn days(office: &Office, term: &Term) -> impl Iterator<Item = String> {
    let all = reasons::term("", &office.hours, term.from, term.allowed.saturating_add(term.paused));
    all.lineas.into_iter().skip(1)
}

fn law(office: &Office, ticket: &Ticket, solved: Option<Timestamp>, now: Timestamp) -> Option<Plazo> {
    let term = terms::legal(office, ticket)?;
    let what = match term.sort {
        Peticion::General => "una petición",
        Peticion::Informacion => "una petición de documentos o de información",
        Peticion::Consulta => "una consulta",
    };
    let count = term.days.len();
    let mut steps =
        vec![format!("La pide alguien de fuera y es {what}: {count} días hábiles (Ley 1755 de 2015, artículo 14).")];
    steps.push(format!("Llegó el {}; se cuenta desde el día siguiente.", say_day(term.received)));
    let skipped = days_after(&office.hours, term.received).take_while(|(day, _)| *day < term.last);
    for (day, why) in skipped {
        match why {
            Some(Uncounted::Holiday(name)) => steps.push(format!("No cuenta el {}: {name}.", say_day(day))),
            Some(Uncounted::Suspended(decree)) => {
                steps.push(format!(
                    "No cuenta el {}: términos suspendidos ({}).",
                    say_day(day),
                    decree.trim_end_matches('.')
                ));
            }
            Some(Uncounted::Weekend) | None => {}
        }
    }
    let begins = |stage: Stage| term.begins(stage).map(say_day).unwrap_or_default();
    steps.push(format!(
        "Se avisa a la mitad ({}), al 80 % ({}), la víspera ({}) y al vencer.",
        begins(Stage::Half),
        begins(Stage::FourFifths),
        begins(Stage::Eve)
    ));
    let due = last_second(term.last);
    steps.push(end(due, solved, now));
    Some(Plazo { nombre: "término de ley".to_owned(), vence: due, cumplido: solved, pasos: tidy(steps) })
}

fn last_second(day: Date) -> Option<Timestamp> {
    instant(day, Time::constant(23, 59, 59, 0))
}

fn stop(why: Stop) -> String {
    match why {
        Stop::Waits(Some(causa)) => format!("en espera de {causa}"),
        Stop::Waits(None) => "en espera".to_owned(),
        Stop::Solved => "ya resuelto".to_owned(),
    }
}

fn end(due: Option<Timestamp>, done: Option<Timestamp>, now: Timestamp) -> String {
    let Some(due) = due else { return "No vence: la oficina no vuelve a abrir.".to_owned() };
    match done {
        Some(done) if done <= due => format!("Vencía el {}; se cumplió el {}.", say(due), say(done)),
        Some(done) => format!("Vencía el {}; se cumplió tarde, el {}.", say(due), say(done)),
        None if due < now => format!("Venció el {}.", say(due)),
        None => format!("Vence el {}.", say(due)),
    }
}

fn span(length: SignedDuration) -> String {
    minutes_of(length.as_mins())
}

fn minutes_of(minutes: i64) -> String {
    duration::say(u32::try_from(minutes).unwrap_or(0))
}

/// «p. m.» ends a sentence by itself.
fn tidy(steps: Vec<String>) -> Vec<String> {
    steps.into_iter().map(|step| step.replace("m..", "m.")).collect()
}
