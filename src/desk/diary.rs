//! One technician's days as they look to a request: the hours he works, the visits he has, and the way from one to the next.
use crate::desk::decision::{Away, Office};
use crate::office::people::Person;
use crate::spanish::when::{day_of, instant};
use crate::ticket::visit::{Booked, Place, Visit};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

/// Visits begin and end on a quarter of an hour.
const QUARTER: i64 = 15 * 60;

/// What is asked of a diary.
#[derive(Clone, Copy)]
pub struct Errand<'a> {
    pub length: SignedDuration,
    /// Where it is; `None` when it is done from a distance, and there is no way to it.
    pub place: Option<&'a Place>,
    /// It cannot wait: the hours that each day keeps free are for it.
    pub pressing: bool,
}

/// What stands in the way of a visit at an hour that somebody names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The office is closed then, or closes before the end.
    Closed,
    Away,
    Busy(Visit),
}

pub struct Diary<'a> {
    office: &'a Office,
    away: &'a [Away],
    pub person: &'a Person,
    errand: Errand<'a>,
    busy: Vec<Busy<'a>>,
}

/// A visit, and the way between it and the errand.
struct Busy<'a> {
    booked: &'a Booked,
    way: SignedDuration,
}

impl Busy<'_> {
    fn visit(&self) -> &Visit {
        &self.booked.visit
    }

    /// From when on the technician is on his way to it, or in it.
    fn from(&self) -> Timestamp {
        self.visit().start.saturating_sub(self.way).unwrap_or(self.visit().start)
    }

    /// Until when he is in it, or on his way back.
    fn until(&self) -> Timestamp {
        self.visit().end.saturating_add(self.way).unwrap_or(self.visit().end)
    }
}

impl<'a> Diary<'a> {
    /// `agenda` is everybody's.
    pub fn open(
        office: &'a Office,
        away: &'a [Away],
        agenda: &'a [Booked],
        person: &'a Person,
        errand: Errand<'a>,
    ) -> Diary<'a> {
        let own = agenda.iter().filter(|booked| booked.visit.tecnico == person.usuario);
        let way = |booked: &Booked| match errand.place {
            Some(place) if !office.is_remote(&booked.categoria) && place.is_far_from(&booked.place) => {
                SignedDuration::from_mins(office.service.travel)
            }
            Some(_) | None => SignedDuration::ZERO,
        };
        let mut busy: Vec<Busy<'a>> = own.map(|booked| Busy { booked, way: way(booked) }).collect();
        busy.sort_by_key(|busy| busy.visit().start);
        Diary { office, away, person, errand, busy }
    }

    /// The first free hour from an instant on.
    pub fn first(&self, from: Timestamp) -> Option<Visit> {
        let mut over = 0;
        self.working(from).find_map(|(open, close)| {
            // What is over before this stretch is not looked at again: an agenda full for a year is walked once.
            over += self.busy.iter().skip(over).take_while(|busy| busy.until() <= open).count();
            let (start, end) = self.free(self.busy.get(over..).unwrap_or_default(), open)?;
            (end <= close && self.leaves_room(day_of(start))).then(|| self.visit(start, end))
        })
    }

    /// The free hours from an instant on, one after the other.
    pub fn free_from(&self, from: Timestamp) -> impl Iterator<Item = Visit> + '_ {
        std::iter::successors(self.first(from), |last| self.first(last.end))
    }

    /// A free hour just before or just after a visit on the same floor, in a span of time: one way for two.
    pub fn beside(&self, from: Timestamp, until: Timestamp) -> Option<Visit> {
        let place = self.errand.place?;
        let near = self
            .busy
            .iter()
            .filter(|busy| !self.office.is_remote(&busy.booked.categoria) && busy.booked.place.is_beside(place));
        let ends = near.flat_map(|busy| {
            let before = busy.visit().start.checked_sub(self.errand.length).ok();
            before.into_iter().chain([busy.visit().end])
        });
        let fits = |start: &Timestamp| from <= *start && *start <= until;
        let mut visits = ends.filter(fits).filter_map(|start| {
            let visit = self.visit(start, start.checked_add(self.errand.length).ok()?);
            (self.obstacle(&visit).is_none() && self.leaves_room(day_of(start))).then_some(visit)
        });
        let first = visits.next()?;
        Some(visits.fold(first, |best, visit| if visit.start < best.start { visit } else { best }))
    }

    /// What stands in the way of a visit then.
    pub fn obstacle(&self, visit: &Visit) -> Option<Obstacle> {
        if self.is_away(day_of(visit.start)) {
            return Some(Obstacle::Away);
        }
        let hours = self.office.hours.stretches(self.person.horario.as_ref(), visit.start).next();
        if !hours.is_some_and(|(open, close)| open == visit.start && visit.end <= close) {
            return Some(Obstacle::Closed);
        }
        self.crossed(visit).next().map(|booked| Obstacle::Busy(booked.visit.clone()))
    }

    /// The visits that one at this hour would displace, the way to it included.
    pub fn crossed(&self, visit: &Visit) -> impl Iterator<Item = &'a Booked> {
        let (start, end) = (visit.start, visit.end);
        self.busy.iter().filter(move |busy| busy.from() < end && start < busy.until()).map(|busy| busy.booked)
    }

    /// The errand, begun then.
    pub fn at(&self, start: Timestamp) -> Option<Visit> {
        Some(self.visit(start, start.checked_add(self.errand.length).ok()?))
    }

    /// Does he work at this instant?
    pub fn is_on_shift(&self, at: Timestamp) -> bool {
        self.working(at).next().is_some_and(|(open, _)| open == at)
    }

    pub fn is_away(&self, day: Date) -> bool {
        is_away(self.away, self.person, day)
    }

    pub fn is_present(&self, day: Date) -> bool {
        !self.is_away(day) && self.person.horario.as_ref().is_none_or(|week| !week.on(day).is_empty())
    }

    fn visit(&self, start: Timestamp, end: Timestamp) -> Visit {
        Visit { tecnico: self.person.usuario.clone(), start, end }
    }

    /// A share of each day stays free for what cannot wait; a day on which he has nothing yet takes any errand. Asked of days
    /// on which he works.
    fn leaves_room(&self, day: Date) -> bool {
        if self.errand.pressing {
            return true;
        }
        let bounds = (instant(day, Time::MIN), day.tomorrow().ok().and_then(|next| instant(next, Time::MIN)));
        let (Some(from), Some(to)) = bounds else { return false };
        let first = self.busy.partition_point(|busy| busy.visit().start < from);
        let today = self.busy.iter().skip(first).take_while(|busy| busy.visit().start < to);
        let taken: SignedDuration = today.map(|busy| busy.visit().start.duration_until(busy.visit().end)).sum();
        let open = self.office.hours.on_working_day(day, self.person.horario.as_ref());
        let open: SignedDuration = open.iter().map(|(from, to)| from.duration_until(*to)).sum();
        let share = self.office.service.reserve;
        taken.is_zero() || (taken + self.errand.length).as_secs() * 100 <= open.as_secs() * (100 - share)
    }

    /// The first time so long, from an instant on, that crosses none of these visits; they stand in the order of time.
    fn free(&self, busy: &[Busy<'a>], from: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let mut start = round_up(from)?;
        for busy in busy.iter().filter(|busy| busy.until() > from) {
            if start.checked_add(self.errand.length).ok()? <= busy.from() {
                break;
            }
            start = round_up(busy.until().max(start))?;
        }
        Some((start, start.checked_add(self.errand.length).ok()?))
    }

    fn working(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
        let (away, person) = (self.away, self.person);
        let hours = self.office.hours.stretches(person.horario.as_ref(), from);
        hours.filter(move |(start, _)| !is_away(away, person, day_of(*start)))
    }
}

/// By the roster, or by his own word.
pub fn is_away(away: &[Away], person: &Person, day: Date) -> bool {
    let said = |a: &Away| a.tecnico == person.usuario && a.first <= day && day <= a.last;
    person.is_away(day) || away.iter().any(said)
}

/// The next quarter of an hour.
pub fn round_up(at: Timestamp) -> Option<Timestamp> {
    let over = at.as_second().rem_euclid(QUARTER);
    let whole = over == 0 && at.subsec_nanosecond() == 0;
    if whole { Some(at) } else { Timestamp::from_second(at.as_second() - over + QUARTER).ok() }
}

/// So many minutes as whole quarters of an hour.
pub fn quarters(minutes: i64) -> SignedDuration {
    SignedDuration::from_secs((minutes * 60 + QUARTER - 1).div_euclid(QUARTER) * QUARTER)
}
