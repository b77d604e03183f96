//! By when a case must be taken, solved and, where the law says so, answered: each from its data, less what does not count.
//!
//! The office's own terms run while it is open and stop while the case waits for somebody else. Those of the law run in working
//! days whatever the case waits for.
use crate::desk::decision::Office;
use crate::office::fields::{Origen, Prioridad};
use crate::office::legal::{Peticion, term};
use crate::reading::note::Kind;
use crate::spanish::when::day_of;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::seguimiento::Causa;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// From when to when a case stood still; the last may go on.
pub type Stand = (Timestamp, Option<Timestamp>);

/// Why the term of a case does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// For whom or what, if anybody said.
    Waits(Option<Causa>),
    /// It was solved or closed, and then not.
    Solved,
}

/// A time in which the term of a case does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    pub from: Timestamp,
    pub to: Option<Timestamp>,
    pub why: Stop,
}

/// Working time from an instant on, and when it is up; never, beyond the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub from: Timestamp,
    pub allowed: SignedDuration,
    /// Working time in which it did not run.
    pub paused: SignedDuration,
    /// When four fifths of it are gone.
    pub worry: Option<Timestamp>,
    pub due: Option<Timestamp>,
}

/// The working days that the law gives, in order; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalTerm {
    pub sort: Peticion,
    /// The day before the first one.
    pub received: Date,
    pub days: Vec<Date>,
    pub last: Date,
}

/// How far a term of the law has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Half,
    FourFifths,
    /// The working day before the last, or the last one.
    Eve,
    Overdue,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Half, Stage::FourFifths, Stage::Eve, Stage::Overdue];
}

impl LegalTerm {
    /// The day on which a stage begins, if the term has days enough for it.
    pub fn begins(&self, stage: Stage) -> Option<Date> {
        let count = self.days.len();
        let nth = |n: usize| self.days.get(n.checked_sub(1)?).copied();
        match stage {
            Stage::Half => nth(count.div_ceil(2)),
            Stage::FourFifths => nth((count * 4).div_ceil(5)),
            Stage::Eve => nth(count - 1),
            Stage::Overdue => self.last.tomorrow().ok(),
        }
    }

    /// The last stage that has begun.
    pub fn stage(&self, today: Date) -> Option<Stage> {
        let begun = |stage: &Stage| self.begins(*stage).is_some_and(|day| day <= today);
        Stage::ALL.into_iter().rev().find(begun)
    }
}

/// What a case asks for, as the law parts it, where it gives a term: to who is not of the house, and to no machine.
pub fn sort(office: &Office, ticket: &Ticket) -> Option<Peticion> {
    if ticket.origen != Origen::Externa || ticket.clase == Kind::Alarma.word() {
        return None;
    }
    let by_words = || office.service.legal.sort(&format!("{} . {}", ticket.asunto, ticket.problema));
    Some(match ticket.clase == Kind::ConceptoTecnico.word() {
        true => Peticion::Consulta,
        // The words may have been taken out.
        false => ticket.seguimiento.peticion.unwrap_or_else(by_words),
    })
}

/// What the law gives for the answer.
pub fn legal(office: &Office, ticket: &Ticket) -> Option<LegalTerm> {
    let (sort, legal) = (sort(office, ticket)?, &office.service.legal);
    let received = day_of(ticket.seguimiento.recibido.unwrap_or(ticket.abierto));
    let days = term(&office.hours, received, legal.days(sort));
    let last = days.last().copied().filter(|_| days.len() == legal.days(sort))?;
    Some(LegalTerm { sort, received, days, last })
}

/// Somebody must have taken it: since it came to its estado, or since the hour of its visit. What is critical keeps no hours.
pub fn answer(office: &Office, ticket: &Ticket, since: Timestamp) -> Term {
    let from = ticket.visita.as_ref().map_or(since, |visit| visit.start.max(since));
    let allowed = office.service.to_take(&ticket.clase, ticket.prioridad);
    let due = match ticket.prioridad {
        Prioridad::Critica => from.checked_add(allowed).ok(),
        Prioridad::Alta | Prioridad::Media | Prioridad::Baja => office.hours.after(from, allowed),
    };
    Term { from, allowed, paused: SignedDuration::ZERO, worry: None, due }
}

/// It must be solved, not counting the working time in which it stood still.
pub fn solution(office: &Office, ticket: &Ticket, stands: &[Stand], now: Timestamp) -> Term {
    let from = ticket.abierto;
    let allowed = office.service.to_solve_a(&ticket.clase, ticket.prioridad);
    let stood = stands.iter().map(|(start, end)| office.hours.between(*start, end.unwrap_or(now)));
    let paused = stood.fold(SignedDuration::ZERO, SignedDuration::saturating_add);
    let after = |work: SignedDuration| office.hours.after(from, work.saturating_add(paused));
    let four_fifths = SignedDuration::from_secs(allowed.as_secs() / 5 * 4);
    Term { from, allowed, paused, worry: after(four_fifths), due: after(allowed) }
}

/// Does the office's own term for the solution run now?
pub fn runs(ticket: &Ticket) -> bool {
    ticket.estado.is_open() && ticket.estado != Estado::EnEspera
}

/// The times in which a case stood still, oldest first, from its facts in their order.
pub fn pauses<'a>(facts: impl IntoIterator<Item = (Timestamp, &'a Event)>) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = Vec::new();
    for (at, event) in facts {
        let Some(stop) = stops(event) else { continue };
        if let Some(last) = pauses.last_mut().filter(|last| last.to.is_none()) {
            if stop == Some(last.why) {
                continue;
            }
            last.to = Some(at);
        }
        pauses.extend(stop.map(|why| Pause { from: at, to: None, why }));
    }
    pauses
}

/// Whether this fact makes the term stand still, and why; absent when it says nothing of it.
fn stops(event: &Event) -> Option<Option<Stop>> {
    match event {
        Event::Waiting { causa, .. } => Some(Some(Stop::Waits(Some(*causa)))),
        Event::Moved { estado: Estado::EnEspera, .. } => Some(Some(Stop::Waits(None))),
        Event::Moved { estado: Estado::Resuelto | Estado::Cerrado, .. } | Event::Merged { .. } => {
            Some(Some(Stop::Solved))
        }
        Event::Moved { estado: Estado::Nuevo | Estado::Asignado | Estado::EnProceso | Estado::Reabierto, .. } => {
            Some(None)
        }
        Event::Opened(_)
        | Event::Assigned { .. }
        | Event::Ranked { .. }
        | Event::Filed { .. }
        | Event::Booked(_)
        | Event::Pinned(_)
        | Event::Released { .. }
        | Event::Invited(_)
        | Event::Answered { .. }
        | Event::Completed(_)
        | Event::Corrected(_)
        | Event::Received { .. }
        | Event::Undelivered { .. }
        | Event::Noted { .. }
        | Event::Tagged { .. }
        | Event::Spent { .. }
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
    use jiff::civil::date;

    fn of(days: usize) -> LegalTerm {
        let first = date(2026, 12, 1);
        let days: Vec<Date> = first.series(jiff::Span::new().days(1)).take(days).collect();
        LegalTerm { sort: Peticion::General, received: date(2026, 11, 30), last: days.last().copied().unwrap(), days }
    }

    #[test]
    fn the_stages_of_a_term() {
        let begins = |days: usize| {
            let term = of(days);
            Stage::ALL.map(|stage| term.begins(stage).map_or(0, |day| day.day()))
        };
        assert_eq!(begins(15), [8, 12, 14, 16]);
        assert_eq!(begins(10), [5, 8, 9, 11]);
        assert_eq!(begins(30), [15, 24, 29, 31]);
        assert_eq!(begins(1), [1, 1, 0, 2], "a day has no eve");
        let stage = |day: i8| of(10).stage(date(2026, 12, day));
        assert_eq!(stage(4), None);
        assert_eq!(stage(5), Some(Stage::Half));
        assert_eq!(stage(8), Some(Stage::FourFifths));
        assert_eq!(stage(10), Some(Stage::Eve), "the last day is no later than due");
        assert_eq!(stage(11), Some(Stage::Overdue));
    }

    #[test]
    fn what_stands_still_is_read_from_the_facts() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let moved = |estado| Event::Moved { estado, motivo: None };
        let waiting = |causa| Event::Waiting { causa, hasta: None, detalle: None };
        let facts = [
            (at(1), moved(Estado::Asignado)),
            (at(2), waiting(Causa::Repuesto)),
            (at(3), waiting(Causa::Repuesto)),
            (at(4), waiting(Causa::Presupuesto)),
            (at(5), Event::Noted { texto: "nota".to_owned() }),
            (at(6), moved(Estado::EnProceso)),
            (at(7), moved(Estado::Resuelto)),
            (at(8), moved(Estado::Cerrado)),
            (at(9), moved(Estado::Reabierto)),
            (at(10), moved(Estado::EnEspera)),
        ];
        let found = pauses(facts.iter().map(|(at, event)| (*at, event)));
        let pause = |from, to: Option<i64>, why| Pause { from: at(from), to: to.map(at), why };
        assert_eq!(
            found,
            [
                pause(2, Some(4), Stop::Waits(Some(Causa::Repuesto))),
                pause(4, Some(6), Stop::Waits(Some(Causa::Presupuesto))),
                pause(7, Some(9), Stop::Solved),
                pause(10, None, Stop::Waits(None)),
            ]
        );
    }
}
