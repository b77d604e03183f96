//! Who comes, and when: the technician by skill and load, then his first free hour.
//!
//! Nobody is booked twice, outside his hours or the office's, across the midday break, on a holiday or while away. Only
//! what is critical knows no hours: it begins at once, with whoever is free.
use crate::desk::decision::{Away, Office};
use crate::office::fields::{Categoria, Prioridad};
use crate::office::people::{Person, Role};
use crate::spanish::when::day_of;
use crate::ticket::visit::Visit;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Visits begin and end on a quarter of an hour.
const QUARTER: i64 = 15 * 60;

/// What the allotment looks at.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub office: &'a Office,
    pub now: Timestamp,
    pub categoria: &'a Categoria,
    pub prioridad: Prioridad,
    pub agenda: &'a [Visit],
    /// Open tickets by technician.
    pub load: &'a BTreeMap<String, u32>,
    /// Who said that he is away, beside the roster.
    pub away: &'a [Away],
}

/// What stands in the way of a visit at an hour that somebody names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The office is closed then, or closes before the end.
    Closed,
    Away,
    Busy(Visit),
}

/// Working time that a visit leaves free for what is more pressing, by priority.
fn lead(prioridad: Prioridad) -> SignedDuration {
    match prioridad {
        Prioridad::Critica => SignedDuration::ZERO,
        Prioridad::Alta => SignedDuration::from_mins(30),
        Prioridad::Media => SignedDuration::from_hours(4),
        Prioridad::Baja => SignedDuration::from_hours(8),
    }
}

impl<'a> Request<'a> {
    /// The technician and the hour. `None` only when nobody has a free hour in two years.
    pub fn allot(&self) -> Option<Visit> {
        match self.prioridad {
            Prioridad::Critica => self.at_once().or_else(|| self.in_turn()),
            Prioridad::Alta | Prioridad::Media | Prioridad::Baja => self.in_turn(),
        }
    }

    /// That technician's hour: at once when it is critical and he is not away, else his first free one.
    pub fn slot(&self, person: &Person) -> Option<Visit> {
        let now = || {
            let visit = self.now_with(person)?;
            (!self.is_away(person, day_of(self.now)) && !self.is_away(person, day_of(visit.start))).then_some(visit)
        };
        match self.prioridad {
            Prioridad::Critica => now().or_else(|| self.in_hours(person)),
            Prioridad::Alta | Prioridad::Media | Prioridad::Baja => self.in_hours(person),
        }
    }

    /// A visit that begins then, as long as the categoría takes.
    pub fn visit_at(&self, person: &Person, start: Timestamp) -> Option<Visit> {
        let end = start.checked_add(self.length()).ok()?;
        Some(Visit { tecnico: person.usuario.clone(), start, end })
    }

    pub fn obstacle(&self, person: &'a Person, visit: &Visit) -> Option<Obstacle> {
        if self.is_away(person, day_of(visit.start)) {
            return Some(Obstacle::Away);
        }
        let hours = self.office.hours.stretches(person.horario.as_ref(), visit.start).next();
        if !hours.is_some_and(|(open, close)| open == visit.start && visit.end <= close) {
            return Some(Obstacle::Closed);
        }
        let busy = self.busy(person);
        let crossed = busy.iter().find(|other| other.start < visit.end && visit.start < other.end);
        crossed.map(|other| Obstacle::Busy((*other).clone()))
    }

    /// That technician's free hours from an instant on, one after the other.
    pub fn free_from(&self, person: &'a Person, from: Timestamp) -> impl Iterator<Item = Visit> + '_ {
        std::iter::successors(self.first_from(person, from), move |last| self.first_from(person, last.end))
    }

    fn in_hours(&self, person: &Person) -> Option<Visit> {
        self.first_from(person, self.earliest()?)
    }

    fn first_from(&self, person: &Person, from: Timestamp) -> Option<Visit> {
        let length = self.length();
        let busy = self.busy(person);
        let mut over = 0;
        self.working(person, from).find_map(|(open, close)| {
            // What is over before this stretch is not looked at again: an agenda full for a year is walked once.
            over += busy.iter().skip(over).take_while(|v| v.end <= open).count();
            let (start, end) = free(busy.get(over..).unwrap_or_default(), open, length)?;
            (end <= close).then(|| Visit { tecnico: person.usuario.clone(), start, end })
        })
    }

    /// From now on, if that person is in no visit just then; only as long as the next visit leaves room.
    fn now_with(&self, person: &Person) -> Option<Visit> {
        let mut start = round_up(self.now)?;
        let mut end = start.checked_add(self.length()).ok()?;
        for visit in self.busy(person).iter().filter(|v| v.end > self.now) {
            if start < visit.start {
                end = end.min(visit.start);
                break;
            }
            start = round_up(visit.end.max(start))?;
            end = start.checked_add(self.length()).ok()?;
        }
        Some(Visit { tecnico: person.usuario.clone(), start, end })
    }

    /// Who would take it: by skill, then by load, then in the order of the roster; then who answers for the categoría;
    /// then the other technicians.
    pub fn candidates(&self) -> Vec<&'a Person> {
        let active = || self.office.people.people.iter().filter(|p| p.active);
        let mut skilled: Vec<&Person> = active().filter(|p| p.takes(self.categoria)).collect();
        skilled.sort_by_key(|p| self.load.get(&p.usuario).copied().unwrap_or(0));
        let responsable = self.office.work.get(self.categoria).and_then(|w| w.responsable.as_deref());
        let mut all = skilled;
        let rest = active().filter(|p| responsable == Some(p.usuario.as_str()));
        let mut others: Vec<&Person> = active().filter(|p| p.role == Role::Tecnico).collect();
        others.sort_by_key(|p| self.load.get(&p.usuario).copied().unwrap_or(0));
        for person in rest.chain(others) {
            if !all.iter().any(|p| p.usuario == person.usuario) {
                all.push(person);
            }
        }
        all
    }

    fn in_turn(&self) -> Option<Visit> {
        let day = day_of(self.earliest()?);
        let candidates = self.candidates();
        let is_fit = |p: &&&Person| self.answers_for(p) && self.is_present(p, day);
        let first = candidates.iter().find(is_fit).and_then(|person| self.in_hours(person));
        // Nobody fit is in that day: whoever is fit and back first, else any technician.
        let fit = || candidates.iter().filter(|p| self.answers_for(p)).filter_map(|p| self.in_hours(p));
        let any = || candidates.iter().filter_map(|p| self.in_hours(p));
        first.or_else(|| fit().min_by_key(|v| v.start)).or_else(|| any().min_by_key(|v| v.start))
    }

    /// Now, with the first candidate who is in and free; outside hours with the first who is not away. When all of them
    /// are busy, with whoever is free first.
    fn at_once(&self) -> Option<Visit> {
        let start = round_up(self.now)?;
        let on_shift = |p: &Person| self.working(p, self.now).next().is_some_and(|(open, _)| open == self.now);
        let candidates = self.candidates();
        let here = candidates.iter().filter(|p| !self.is_away(p, day_of(self.now)));
        let visits =
            here.filter_map(|p| Some((on_shift(p), self.now_with(p).filter(|v| !self.is_away(p, day_of(v.start)))?)));
        let visits: Vec<(bool, Visit)> = visits.collect();
        let now = |(_, visit): &&(bool, Visit)| visit.start == start;
        let best = visits.iter().find(|v| v.0 && now(v)).or_else(|| visits.iter().find(now));
        best.or_else(|| visits.iter().min_by_key(|(_, visit)| visit.start)).map(|(_, visit)| visit.clone())
    }

    fn answers_for(&self, person: &Person) -> bool {
        let responsable = self.office.work.get(self.categoria).and_then(|w| w.responsable.as_deref());
        person.takes(self.categoria) || responsable == Some(person.usuario.as_str())
    }

    fn is_present(&self, person: &Person, day: Date) -> bool {
        !self.is_away(person, day) && person.horario.as_ref().is_none_or(|week| !week.on(day).is_empty())
    }

    fn earliest(&self) -> Option<Timestamp> {
        self.office.hours.after(self.now, lead(self.prioridad))
    }

    fn length(&self) -> SignedDuration {
        let minutes = self.office.work.get(self.categoria).map_or(60, |work| work.minutes);
        SignedDuration::from_secs((minutes * 60 + QUARTER - 1).div_euclid(QUARTER) * QUARTER)
    }

    /// What that person has in the agenda, in the order of time.
    fn busy(&self, person: &Person) -> Vec<&'a Visit> {
        let mut busy: Vec<&Visit> = self.agenda.iter().filter(|v| v.tecnico == person.usuario).collect();
        busy.sort_by_key(|v| v.start);
        busy
    }

    fn is_away(&self, person: &Person, day: Date) -> bool {
        is_away(self.away, person, day)
    }

    fn working(&self, person: &'a Person, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
        let away = self.away;
        let hours = self.office.hours.stretches(person.horario.as_ref(), from);
        hours.filter(move |(start, _)| !is_away(away, person, day_of(*start)))
    }
}

/// By the roster, or by his own word.
fn is_away(away: &[Away], person: &Person, day: Date) -> bool {
    let said = |a: &Away| a.tecnico == person.usuario && a.first <= day && day <= a.last;
    person.is_away(day) || away.iter().any(said)
}

/// The first time so long, from an instant on, that crosses none of these visits; they stand in the order of time.
fn free(busy: &[&Visit], from: Timestamp, length: SignedDuration) -> Option<(Timestamp, Timestamp)> {
    let mut start = round_up(from)?;
    for visit in busy.iter().filter(|v| v.end > from) {
        if start.checked_add(length).ok()? <= visit.start {
            break;
        }
        start = round_up(visit.end.max(start))?;
    }
    Some((start, start.checked_add(length).ok()?))
}

fn round_up(at: Timestamp) -> Option<Timestamp> {
    let over = at.as_second().rem_euclid(QUARTER);
    let whole = over == 0 && at.subsec_nanosecond() == 0;
    if whole { Some(at) } else { Timestamp::from_second(at.as_second() - over + QUARTER).ok() }
}
