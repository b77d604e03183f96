//! One technician's days as they look to a request: the hours he works, the visits he has, and the way from one to the next.
use crate::desk::decision::{Away, Office};
use crate::office::fields::Categoria;
use crate::office::hours::Open;
use crate::office::people::Person;
use crate::spanish::when::day_of;
use crate::ticket::agenda::{Agenda, MARGIN, Span, ceil};
use crate::ticket::visit::{Booked, Place, Visit};
use jiff::civil::Date;
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

/// A visit beside an errand, and how long those take that lie between the two.
struct Near<'a> {
    span: Span,
    booked: &'a Booked,
    busy: i64,
}

pub struct Diary<'a> {
    office: &'a Office,
    pub person: &'a Person,
    errand: Errand<'a>,
    agenda: &'a Agenda,
    /// His visits, in the order of time.
    own: &'a [Booked],
    spans: &'a [Span],
    /// When he said that he is away.
    away: Vec<&'a Away>,
    /// What is done from a distance: there is no way to it.
    remote: Vec<&'a Categoria>,
}

impl<'a> Diary<'a> {
    pub fn open(
        office: &'a Office,
        away: &'a [Away],
        agenda: &'a Agenda,
        person: &'a Person,
        errand: Errand<'a>,
    ) -> Diary<'a> {
        let (own, spans) = (agenda.of(&person.usuario), agenda.spans(&person.usuario));
        let away = away.iter().filter(|away| away.tecnico == person.usuario).collect();
        let remote = office.work.iter().filter(|(_, work)| work.remote).map(|(categoria, _)| categoria).collect();
        Diary { office, person, errand, agenda, own, spans, away, remote }
    }

    /// The first free hour from an instant on. An agenda that is full for a year is walked once, in whole seconds, day by day: it is
    /// the most that an allotment does.
    pub fn first(&self, from: Timestamp) -> Option<Visit> {
        let (mut next, length) = (0, self.errand.length.as_secs());
        let mut taken = self.agenda.taken_from(&self.person.usuario, day_of(from)).peekable();
        let days = self.office.hours.days_from(self.person.horario.as_ref(), from).filter(|day| {
            while taken.next_if(|(earlier, _)| *earlier < day.date).is_some() {}
            let taken = taken.next_if(|(today, _)| *today == day.date).map_or(SignedDuration::ZERO, |(_, taken)| taken);
            self.is_room(taken, day.length()) && !self.is_away(day.date)
        });
        let open = days.flat_map(|day| day.open.into_owned()).filter(|open| open.until > from);
        open.flat_map(|open| self.in_the_building(open)).find_map(|open| {
            let start = quarter(ceil(open.from.max(from)));
            let start = self.gap(&mut next, start, open.until.as_second() - length)?;
            Some(self.visit(Timestamp::from_second(start).ok()?, Timestamp::from_second(start + length).ok()?))
        })
    }

    /// When the errand can begin between the visits from the `next` on: not before `start`, and by `latest`. Leaves at `next` the
    /// first visit that ends later.
    ///
    /// To tell the way between two places takes longer than all the rest. So it is asked only where no visit crosses the errand.
    fn gap(&self, next: &mut usize, mut start: i64, latest: i64) -> Option<i64> {
        let length = self.errand.length.as_secs();
        while start <= latest {
            *next += self.spans.iter().skip(*next).take_while(|span| span.end <= start).count();
            let mut near = self.spans.iter().skip(*next).take_while(|span| span.start < start + length);
            let crossed = near.find(|span| start < span.end).map(|span| span.end);
            let later = crossed.or_else(|| self.on_the_way(*next, start).next().map(|(later, _)| later));
            match later {
                Some(later) => start = quarter(later),
                None => return Some(start),
            }
        }
        None
    }

    /// The visits from which, or to which, there is no time for the way, each with the instant before which that stays so. `next`
    /// is the first visit that ends after the start.
    fn on_the_way(&self, next: usize, start: i64) -> impl Iterator<Item = (i64, &'a Booked)> {
        let (length, travel) = (self.errand.length.as_secs(), self.travel());
        let end = start + length;
        let after = next + self.spans.iter().skip(next).take_while(|span| span.start < end).count();
        let visits = || self.spans.iter().zip(self.own);
        let from = self.neighbour(visits().take(next).rev(), |span| start - span.end);
        let to = self.neighbour(visits().skip(after), |span| span.start - end);
        // Behind the next visit, whatever it is, he may come from another place.
        let next_end = self.spans.get(after).map_or(i64::MAX, |span| span.end);
        let (from, to) = match (self.errand.place, from, to) {
            (Some(place), from, to) => {
                let is_far = |near: &Near<'_>| near.booked.place.is_far_from(place);
                (from.filter(is_far), to.filter(is_far))
            }
            // What is done from a distance takes from the time in which he goes from one to the other.
            (None, Some(from), Some(to)) => {
                let free = to.span.start - from.span.end - from.busy - to.busy - length;
                (None, Some(to).filter(|to| free < travel && to.booked.place.is_far_from(&from.booked.place)))
            }
            (None, _, _) => (None, None),
        };
        let from = from.map(|near| ((near.span.end + near.busy + travel).min(next_end), near.booked));
        from.into_iter().chain(to.map(|near| (near.span.end, near.booked)))
    }

    /// The nearest visit on one side of the errand whose building is known, if so little time (`room`, in seconds) lies between
    /// the two that a way does not fit into it. Whoever attends somebody from a distance is not on his way meanwhile.
    fn neighbour<'b>(
        &self,
        side: impl Iterator<Item = (&'b Span, &'a Booked)>,
        room: impl Fn(&Span) -> i64,
    ) -> Option<Near<'a>> {
        let mut busy = 0;
        for (span, booked) in side {
            if room(span) - busy >= self.travel() {
                return None;
            }
            if self.is_remote(booked) {
                busy += span.end - span.start;
            } else if booked.place.edificio.is_some() {
                return Some(Near { span: *span, booked, busy });
            }
        }
        None
    }

    /// The way between two places, in seconds.
    fn travel(&self) -> i64 {
        self.office.service.travel * 60
    }

    fn is_remote(&self, booked: &Booked) -> bool {
        self.remote.contains(&&booked.categoria)
    }

    /// The free hours from an instant on, one after the other.
    pub fn free_from(&self, from: Timestamp) -> impl Iterator<Item = Visit> + '_ {
        std::iter::successors(self.first(from), |last| self.first(last.end))
    }

    /// A free hour just before or just after a visit on the same floor, in a span of time: one way for two.
    pub fn beside(&self, from: Timestamp, until: Timestamp) -> Option<Visit> {
        let place = self.errand.place?;
        let near = self
            .agenda
            .around(&self.person.usuario, from, until)
            .filter(|booked| booked.place.is_beside(place) && !self.is_remote(booked));
        let ends = near.flat_map(|booked| {
            let before = booked.visit.start.checked_sub(self.errand.length).ok();
            before.into_iter().chain([booked.visit.end])
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
        let hours = self.working(visit.start).next();
        if !hours.is_some_and(|open| open.from == visit.start && visit.end <= open.until) {
            return Some(Obstacle::Closed);
        }
        self.crossed(visit).first().map(|booked| Obstacle::Busy(booked.visit.clone()))
    }

    /// The visits that one at this hour would displace, the way to it included.
    pub fn crossed(&self, visit: &Visit) -> Vec<&'a Booked> {
        let (start, end) = (visit.start.as_second(), ceil(visit.end));
        let next = self.first_after(start);
        let near = self.spans.iter().zip(self.own).skip(next).take_while(|(span, _)| span.start < end);
        let crossed = near.filter(|(span, _)| start < span.end).map(|(_, booked)| booked);
        crossed.chain(self.on_the_way(next, start).map(|(_, booked)| booked)).collect()
    }

    /// The first visit that ends after an instant.
    fn first_after(&self, start: i64) -> usize {
        let first = self.spans.partition_point(|span| span.start < start - MARGIN.as_secs());
        first + self.spans.iter().skip(first).take_while(|span| span.end <= start).count()
    }

    /// The errand, begun then.
    pub fn at(&self, start: Timestamp) -> Option<Visit> {
        Some(self.visit(start, start.checked_add(self.errand.length).ok()?))
    }

    /// Does he work at this instant?
    pub fn is_on_shift(&self, at: Timestamp) -> bool {
        let hours = self.office.hours.open_from(self.person.horario.as_ref(), at);
        hours.take(1).any(|open| open.from == at && !self.is_away(open.day))
    }

    pub fn is_away(&self, day: Date) -> bool {
        self.person.is_away(day) || self.away.iter().any(|away| away.first <= day && day <= away.last)
    }

    pub fn is_present(&self, day: Date) -> bool {
        !self.is_away(day) && self.person.horario.as_ref().is_none_or(|week| !week.on(day).is_empty())
    }

    fn visit(&self, start: Timestamp, end: Timestamp) -> Visit {
        Visit { tecnico: self.person.usuario.clone(), start, end }
    }

    /// A share of each day stays free for what cannot wait; a day on which he has nothing yet takes any errand. Asked of days
    /// on which he works.
    pub fn leaves_room(&self, day: Date) -> bool {
        let today = self.agenda.taken_from(&self.person.usuario, day).next().filter(|(taken, _)| *taken == day);
        let taken = today.map_or(SignedDuration::ZERO, |(_, taken)| taken);
        self.is_room(taken, self.office.hours.length(self.person.horario.as_ref(), day))
    }

    /// [`Diary::leaves_room`] on a day of which so much is taken, of so much that is open.
    fn is_room(&self, taken: SignedDuration, open: SignedDuration) -> bool {
        let left = 100 - self.office.service.reserve;
        self.errand.pressing || taken.is_zero() || (taken + self.errand.length).as_secs() * 100 <= open.as_secs() * left
    }

    /// The hours in which the errand can be done: his, and the building's.
    fn working(&self, from: Timestamp) -> impl Iterator<Item = Open> {
        let hours = self.office.hours.open_from(self.person.horario.as_ref(), from);
        hours.filter(|open| !self.is_away(open.day)).flat_map(|open| self.in_the_building(open))
    }

    /// What is left of them where a building is closed by itself.
    fn in_the_building(&self, open: Open) -> Vec<Open> {
        self.office.hours.open_in(open, self.errand.place.and_then(|place| place.edificio.as_deref()))
    }
}

/// By the roster, or by his own word.
pub fn is_away(away: &[Away], person: &Person, day: Date) -> bool {
    let said = |a: &Away| a.tecnico == person.usuario && a.first <= day && day <= a.last;
    person.is_away(day) || away.iter().any(said)
}

/// The next quarter of an hour.
pub fn round_up(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(quarter(ceil(at))).ok()
}

/// The next quarter of an hour, in seconds of the epoch.
fn quarter(at: i64) -> i64 {
    at + (-at).rem_euclid(QUARTER)
}

/// So many minutes as whole quarters of an hour.
pub fn quarters(minutes: i64) -> SignedDuration {
    SignedDuration::from_secs(quarter(minutes * 60))
}
