//! What was promised and what came of it: every hour that a case was given, and when it really was attended, by its facts.
use crate::office::fields::words;
use crate::spanish::when::day_of;
use crate::ticket::estado::Estado;
use crate::ticket::facts::Event;
use crate::ticket::seguimiento::Causa;
use crate::ticket::visit::Visit;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Work that is told of sooner than this before the hour is no visit come early.
const EARLY: SignedDuration = SignedDuration::from_hours(2);

words! {
    /// What came of a promised hour.
    Desenlace {
        /// It has not come yet.
        Pendiente = "pendiente",
        /// Somebody of the office told of work on it.
        Atendida = "atendida",
        /// Another hour was given in its place.
        Movida = "movida",
        /// It was called off, or the case needed it no more.
        SinEfecto = "sin efecto",
        /// It passed, and nobody told what came of it.
        SinNoticia = "sin noticia",
    }
}

/// One hour that was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    pub visita: Visit,
    /// When it was given.
    pub dada: Timestamp,
    pub desenlace: Desenlace,
    /// When that came: for what was attended, when the office told of it.
    pub cuando: Option<Timestamp>,
}

impl Promise {
    /// Minutes from the promised beginning until the office told of the work; less than none when it came early.
    pub fn minutes(&self) -> Option<i64> {
        let told = self.cuando.filter(|_| self.desenlace == Desenlace::Atendida)?;
        Some(self.visita.start.duration_until(told).as_secs().div_euclid(60))
    }

    fn end(&mut self, desenlace: Desenlace, at: Timestamp) {
        (self.desenlace, self.cuando) = (desenlace, Some(at));
    }
}

/// The hours that a case was promised, oldest first. `facts` are all of the case, with their instants, in their order.
pub fn promises<'a>(facts: impl IntoIterator<Item = (Timestamp, &'a Event)>, now: Timestamp) -> Vec<Promise> {
    let mut all: Vec<Promise> = Vec::new();
    let mut waits = None;
    for (at, event) in facts {
        if is_wake(waits, event, at) {
            continue;
        }
        if let Event::Waiting { causa, hasta, .. } = event {
            waits = hasta.map(|day| (*causa, day));
        }
        let mut open = all.last_mut().filter(|promise| promise.desenlace == Desenlace::Pendiente);
        if let Event::Booked(visita) | Event::Pinned(visita) = event {
            let hours = (visita.start, visita.end);
            match open {
                // The same hour with somebody else: the promise stands.
                Some(promise) if (promise.visita.start, promise.visita.end) == hours => promise.visita = visita.clone(),
                open => {
                    open.into_iter().for_each(|promise| promise.end(Desenlace::Movida, at));
                    let desenlace = Desenlace::Pendiente;
                    all.push(Promise { visita: visita.clone(), dada: at, desenlace, cuando: None });
                }
            }
        } else if let Some(promise) = &mut open
            && let Some(desenlace) = outcome(event, at, &promise.visita)
        {
            promise.end(desenlace, at);
        }
    }
    let passed = all.last_mut().filter(|p| p.desenlace == Desenlace::Pendiente && p.visita.end <= now);
    if let Some(promise) = passed {
        promise.desenlace = Desenlace::SinNoticia;
    }
    all
}

/// The desk's own note that the day has come until which a case waited. It tells of nobody's work.
fn is_wake(until: Option<(Causa, Date)>, event: &Event, at: Timestamp) -> bool {
    let Event::Waiting { causa, hasta: None, detalle: None } = event else { return false };
    until.is_some_and(|(why, day)| why == *causa && day <= day_of(at))
}

/// What a fact makes of the hour that stands.
fn outcome(event: &Event, at: Timestamp, visit: &Visit) -> Option<Desenlace> {
    let begun = visit.start <= at;
    let near = at.duration_until(visit.start) <= EARLY;
    match event {
        Event::Moved { estado, .. } => match estado {
            Estado::Resuelto => Some(Desenlace::Atendida),
            Estado::EnProceso => near.then_some(Desenlace::Atendida),
            Estado::Cerrado => Some(if begun { Desenlace::Atendida } else { Desenlace::SinEfecto }),
            Estado::EnEspera => begun.then_some(Desenlace::Atendida),
            Estado::Nuevo | Estado::Asignado | Estado::Reabierto => None,
        },
        Event::Waiting { .. } | Event::Spent { .. } | Event::Tagged { .. } => begun.then_some(Desenlace::Atendida),
        Event::Released { .. } | Event::Merged { .. } => Some(Desenlace::SinEfecto),
        Event::Opened(_)
        | Event::Assigned { .. }
        | Event::Ranked { .. }
        | Event::Filed { .. }
        | Event::Booked(_)
        | Event::Pinned(_)
        | Event::Invited(_)
        | Event::Answered { .. }
        | Event::Completed(_)
        | Event::Corrected(_)
        | Event::Received { .. }
        | Event::Undelivered { .. }
        | Event::Noted { .. }
        | Event::Approved { .. }
        | Event::Returned { .. }
        | Event::Absorbed { .. }
        | Event::Split { .. }
        | Event::Linked { .. }
        | Event::Rated { .. }
        | Event::Said { .. }
        | Event::Unproven(_)
        | Event::Confirmed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(hour: &str) -> Timestamp {
        format!("2026-11-{hour}:00Z").parse().unwrap()
    }

    fn booked(tecnico: &str, hour: &str) -> Event {
        let start = at(hour);
        Event::Booked(Visit { tecnico: tecnico.into(), start, end: start + SignedDuration::from_hours(1) })
    }

    fn moved(estado: Estado) -> Event {
        Event::Moved { estado, motivo: None }
    }

    #[test]
    fn what_came_of_each_hour() {
        use Desenlace::{Atendida, Movida, Pendiente, SinEfecto, SinNoticia};
        let released = || Event::Released { motivo: String::new() };
        let waits = || Event::Waiting { causa: Causa::Repuesto, hasta: None, detalle: None };
        let waits_for_a_day =
            || Event::Waiting { causa: Causa::Repuesto, hasta: Some("2026-11-27".parse().unwrap()), detalle: None };
        let first = || ("25T13:00", booked("kbarros", "26T15:00"));
        type Row<'a> = (Vec<(&'a str, Event)>, Vec<(Desenlace, Option<i64>)>);
        let rows: Vec<Row<'_>> = vec![
            (vec![first()], vec![(SinNoticia, None)]),
            (vec![("25T13:00", booked("kbarros", "28T15:00"))], vec![(Pendiente, None)]),
            (vec![first(), ("26T16:20", moved(Estado::Resuelto))], vec![(Atendida, Some(80))]),
            (vec![first(), ("26T14:50", moved(Estado::EnProceso))], vec![(Atendida, Some(-10))]),
            (vec![first(), ("25T14:00", moved(Estado::EnProceso))], vec![(SinNoticia, None)]),
            (vec![first(), ("25T14:00", waits()), ("26T15:30", waits())], vec![(Atendida, Some(30))]),
            (vec![first(), ("25T14:00", waits_for_a_day()), ("27T13:30", waits())], vec![(SinNoticia, None)]),
            (vec![first(), ("25T14:00", waits_for_a_day()), ("26T15:30", waits())], vec![(Atendida, Some(30))]),
            (vec![first(), ("25T14:00", booked("agranados", "26T15:00"))], vec![(SinNoticia, None)]),
            (
                vec![first(), ("26T16:20", booked("kbarros", "27T15:00")), ("27T15:10", moved(Estado::EnProceso))],
                vec![(Movida, None), (Atendida, Some(10))],
            ),
            (vec![first(), ("25T20:00", released())], vec![(SinEfecto, None)]),
            (vec![first(), ("25T20:00", moved(Estado::Cerrado))], vec![(SinEfecto, None)]),
            (
                vec![first(), ("26T15:20", moved(Estado::Resuelto)), ("27T15:00", released())],
                vec![(Atendida, Some(20))],
            ),
        ];
        for (facts, expected) in rows {
            let told = promises(facts.iter().map(|(hour, event)| (at(hour), event)), at("27T17:00"));
            let told: Vec<_> = told.iter().map(|promise| (promise.desenlace, promise.minutes())).collect();
            assert_eq!(told, expected, "{facts:?}");
        }
    }
}
