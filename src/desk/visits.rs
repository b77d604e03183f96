//! Who comes, and when: the technician by skill and load, then his first free hour, or one beside a visit on the same floor.
//!
//! Nobody is booked twice, outside his hours or the office's, across the midday break, on a holiday or while away. Only
//! what is critical knows no hours: it begins at once, with whoever is free, else in the place of what can wait.
use crate::desk::decision::{Away, Office};
use crate::desk::diary::{Diary, Errand, Obstacle, quarters, round_up};
use crate::office::fields::{Categoria, Prioridad};
use crate::office::people::{Person, Role};
use crate::spanish::when::day_of;
use crate::ticket::agenda::Agenda;
use crate::ticket::visit::{Booked, Place, Visit};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What the allotment looks at.
#[derive(Clone)]
pub struct Request<'a> {
    pub office: &'a Office,
    pub now: Timestamp,
    /// No sooner: a visit that must move stays on its day, or goes to a later one.
    pub from: Timestamp,
    pub categoria: &'a Categoria,
    pub prioridad: Prioridad,
    pub place: Place,
    pub agenda: &'a Agenda,
    /// Open tickets by technician.
    pub load: &'a BTreeMap<String, u32>,
    /// Who said that he is away, beside the roster.
    pub away: &'a [Away],
}

/// Working time that a visit leaves free for what is more pressing, by priority.
pub fn lead(prioridad: Prioridad) -> SignedDuration {
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

    /// That technician's hour: at once when it is critical and he is not away, else in turn.
    pub fn slot(&self, person: &Person) -> Option<Visit> {
        let diary = self.diary(person);
        let now = || self.now_with(&diary).filter(|chance| !chance.away).map(|chance| chance.visit);
        match self.prioridad {
            Prioridad::Critica => now().or_else(|| self.in_hours(&diary)),
            Prioridad::Alta | Prioridad::Media | Prioridad::Baja => self.in_hours(&diary),
        }
    }

    /// A visit that begins then, as long as the categoría takes.
    pub fn visit_at(&self, person: &Person, start: Timestamp) -> Option<Visit> {
        self.diary(person).at(start)
    }

    pub fn obstacle(&self, person: &Person, visit: &Visit) -> Option<Obstacle> {
        self.diary(person).obstacle(visit)
    }

    /// That technician's free hours from an instant on, as many as are asked for.
    pub fn free_from(&self, person: &Person, from: Timestamp, most: usize) -> Vec<Visit> {
        self.diary(person).free_from(from).take(most).collect()
    }

    /// The visits that this one takes the place of, the way to it included.
    pub fn displaced(&self, visit: &Visit) -> Vec<Booked> {
        let person = self.office.people.by_usuario(&visit.tecnico);
        person.map(|person| self.diary(person).crossed(visit).into_iter().cloned().collect()).unwrap_or_default()
    }

    /// That technician's days, as this request looks at them.
    pub fn diary<'b>(&'b self, person: &'b Person) -> Diary<'b>
    where
        'a: 'b,
    {
        let minutes = self.office.work.get(self.categoria).map_or(60, |work| work.minutes);
        let errand = Errand {
            length: quarters(minutes),
            place: Some(&self.place).filter(|_| !self.office.is_remote(self.categoria)),
            pressing: matches!(self.prioridad, Prioridad::Critica | Prioridad::Alta),
        };
        Diary::open(self.office, self.away, self.agenda, person, errand)
    }

    /// His first free hour, well placed.
    fn in_hours(&self, diary: &Diary<'_>) -> Option<Visit> {
        self.well_placed(diary, diary.first(self.earliest()?)?)
    }

    /// What presses stays at the first free hour; what can wait goes beside a visit on the same floor, if there is one by the next working day
    /// and before the case's time is up.
    fn well_placed(&self, diary: &Diary<'_>, first: Visit) -> Option<Visit> {
        if matches!(self.prioridad, Prioridad::Critica | Prioridad::Alta) {
            return Some(first);
        }
        let hours = &self.office.hours;
        let next_day = hours.stretches(None, first.start).find(|(open, _)| day_of(*open) > day_of(first.start));
        let bounds = next_day
            .map(|(_, close)| close)
            .into_iter()
            .chain(hours.after(self.now, self.office.service.to_solve(self.prioridad)));
        let until = bounds.min().unwrap_or(first.start);
        Some(diary.beside(first.start, until).unwrap_or(first))
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

    /// The first day on which somebody fit is free, with the first of those who are free that day: so nothing that presses
    /// more is later for whose turn it is. Only when nobody fit has an hour, with any technician.
    fn in_turn(&self) -> Option<Visit> {
        let earliest = self.earliest()?;
        let (fit, others): (Vec<&Person>, Vec<&Person>) =
            self.candidates().into_iter().partition(|person| self.answers_for(person));
        let offer = |person: &&'a Person| {
            let first = self.diary(person).first(earliest)?;
            Some(((day_of(first.start), !person.takes(self.categoria), first.start), *person, first))
        };
        let soonest = |people: Vec<&'a Person>| people.iter().filter_map(offer).min_by_key(|(when, ..)| *when);
        let (_, person, first) = soonest(fit).or_else(|| soonest(others))?;
        self.well_placed(&self.diary(person), first)
    }

    /// Now: with the first candidate on shift who is free, else in the place of what can wait, else with the first who is
    /// not away. When all of them are in critical cases, with whoever is free first.
    fn at_once(&self) -> Option<Visit> {
        let candidates = self.candidates();
        let chances = candidates.iter().filter_map(|person| self.now_with(&self.diary(person)));
        let best = chances.filter(|chance| !chance.away).min_by_key(Chance::rank);
        best.map(|chance| chance.visit)
    }

    /// From now on, or as soon as what he is in is over that gives way to nothing: a critical case, or a visit at an hour that
    /// somebody insisted on.
    fn now_with(&self, diary: &Diary<'_>) -> Option<Chance> {
        let mut start = round_up(self.now)?;
        let mut visit = diary.at(start)?;
        let stays = |b: &&Booked| b.prioridad == Prioridad::Critica || b.pinned;
        while let Some(held) = diary.crossed(&visit).into_iter().filter(stays).map(|b| b.visit.end).max() {
            start = round_up(held.max(start))?;
            let next = diary.at(start)?;
            if next == visit {
                break;
            }
            visit = next;
        }
        let crossed = diary.crossed(&visit);
        let cost = crossed.iter().map(|booked| booked.prioridad).min();
        Some(Chance {
            off_shift: !diary.is_on_shift(self.now),
            away: diary.is_away(day_of(self.now)) || diary.is_away(day_of(visit.start)),
            running: crossed.iter().any(|booked| booked.visit.start <= self.now),
            cost,
            visit,
        })
    }

    /// Has he the skill, or does he answer for the categoría?
    pub fn answers_for(&self, person: &Person) -> bool {
        let responsable = self.office.work.get(self.categoria).and_then(|w| w.responsable.as_deref());
        person.takes(self.categoria) || responsable == Some(person.usuario.as_str())
    }

    /// The first instant that the visit may begin at.
    pub fn earliest(&self) -> Option<Timestamp> {
        Some(self.office.hours.after(self.now, lead(self.prioridad))?.max(self.from))
    }
}

/// A technician who could take a critical case, and what it would cost.
struct Chance {
    visit: Visit,
    off_shift: bool,
    away: bool,
    /// He would have to leave a visit that has begun.
    running: bool,
    /// The highest priority of what it takes the place of.
    cost: Option<Prioridad>,
}

impl Chance {
    /// The smaller the better: soon, on shift, and at little cost. Candidates who are alike stay in their order.
    fn rank(&self) -> (Timestamp, bool, bool, bool, Reverse<Option<Prioridad>>) {
        (self.visit.start, self.off_shift, self.cost.is_some(), self.running, Reverse(self.cost))
    }
}
