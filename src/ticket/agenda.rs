//! Everybody's visits that are still to come, each technician's in the order of time: what an allotment looks at.
use crate::spanish::when::day_of;
use crate::ticket::id::TicketId;
use crate::ticket::visit::Booked;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// No visit takes so long, the way to it included: the rules allow no longer one than a stretch of the office's hours.
pub const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// Visits by the technician's `usuario`. No technician without any is kept, so that agendas with the same visits are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda(BTreeMap<String, Own>);

/// One technician's visits, by start, then by number of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Own {
    visits: Vec<Booked>,
    /// The same, as an allotment walks through them: close together.
    spans: Vec<Span>,
    /// Seconds of the visits that begin on a day; no day without any is kept.
    taken: BTreeMap<Date, i64>,
}

impl Own {
    fn take(&mut self, booked: &Booked) {
        let day = day_of(booked.visit.start);
        let taken = self.taken.remove(&day).unwrap_or(0) + Span::of(booked).length();
        self.keep(day, taken);
    }

    fn release(&mut self, booked: &Booked) {
        let day = day_of(booked.visit.start);
        let left = self.taken.remove(&day).unwrap_or(0) - Span::of(booked).length();
        self.keep(day, left);
    }

    fn keep(&mut self, day: Date, taken: i64) {
        if taken > 0 {
            self.taken.insert(day, taken);
        }
    }
}

/// When a visit begins and ends, in whole seconds of the epoch that hold all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: i64,
    pub end: i64,
}

impl Span {
    fn of(booked: &Booked) -> Span {
        Span { start: booked.visit.start.as_second(), end: ceil(booked.visit.end) }
    }

    fn length(self) -> i64 {
        self.end - self.start
    }
}

/// The next whole second of the epoch.
pub fn ceil(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

impl Agenda {
    /// One technician's.
    pub fn of(&self, usuario: &str) -> &[Booked] {
        self.0.get(usuario).map(|own| own.visits.as_slice()).unwrap_or_default()
    }

    /// The spans of [`Agenda::of`], in its order.
    pub fn spans(&self, usuario: &str) -> &[Span] {
        self.0.get(usuario).map(|own| own.spans.as_slice()).unwrap_or_default()
    }

    /// Days from one on, each with how long the visits of one technician take that begin on it; none without any.
    pub fn taken_from(&self, usuario: &str, day: Date) -> impl Iterator<Item = (Date, SignedDuration)> {
        let days = self.0.get(usuario).map(|own| own.taken.range(day..));
        days.into_iter().flatten().map(|(day, taken)| (*day, SignedDuration::from_secs(*taken)))
    }

    /// One technician's visits that may touch a span of time: all that do, and some of the days before and after.
    pub fn around(&self, usuario: &str, from: Timestamp, until: Timestamp) -> impl Iterator<Item = &Booked> {
        let (from, until) = (from.saturating_sub(MARGIN), until.saturating_add(MARGIN));
        let (from, until) = (from.unwrap_or(Timestamp::MIN), until.unwrap_or(Timestamp::MAX));
        let own = self.of(usuario);
        let first = own.partition_point(|booked| booked.visit.start < from);
        own.iter().skip(first).take_while(move |booked| booked.visit.start <= until)
    }

    /// All of them, technician by technician.
    pub fn iter(&self) -> impl Iterator<Item = &Booked> {
        self.0.values().flat_map(|own| &own.visits)
    }

    pub fn len(&self) -> usize {
        self.0.values().map(|own| own.visits.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Books a visit of a case that has none.
    pub fn put(&mut self, booked: Booked) {
        let own = self.0.entry(booked.visit.tecnico.clone()).or_default();
        let at = own.visits.partition_point(|other| order(other) < order(&booked));
        own.spans.insert(at, Span::of(&booked));
        own.take(&booked);
        own.visits.insert(at, booked);
    }

    /// Takes a case's visit out.
    pub fn remove(&mut self, caso: TicketId) -> Option<Booked> {
        let found = |own: &Own| own.visits.iter().position(|booked| booked.caso == caso);
        let (usuario, at) = self.0.iter().find_map(|(usuario, own)| Some((usuario.clone(), found(own)?)))?;
        let own = self.0.get_mut(&usuario)?;
        own.spans.remove(at);
        let booked = own.visits.remove(at);
        own.release(&booked);
        if own.visits.is_empty() {
            self.0.remove(&usuario);
        }
        Some(booked)
    }

    /// The agenda as it would be without this case.
    pub fn without(&self, caso: TicketId) -> Agenda {
        let mut others = self.clone();
        others.remove(caso);
        others
    }
}

impl FromIterator<Booked> for Agenda {
    fn from_iter<T: IntoIterator<Item = Booked>>(visits: T) -> Agenda {
        let mut all: BTreeMap<String, Own> = BTreeMap::new();
        for booked in visits {
            let own = all.entry(booked.visit.tecnico.clone()).or_default();
            own.take(&booked);
            own.visits.push(booked);
        }
        for own in all.values_mut() {
            own.visits.sort_by_key(order);
            own.spans = own.visits.iter().map(Span::of).collect();
        }
        Agenda(all)
    }
}

fn order(booked: &Booked) -> (Timestamp, TicketId) {
    (booked.visit.start, booked.caso)
}
