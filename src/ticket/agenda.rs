//! Everybody's visits that are still to come, each technician's in the order of time: what an allotment looks at.
use crate::ticket::id::TicketId;
use crate::ticket::visit::Booked;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// No visit takes so long, the way to it included: the rules allow no longer one than a stretch of the office's hours.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// Visits by the technician's `usuario`; his own by start, then by number of the case. No technician without any is kept, so
/// that agendas with the same visits are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda(BTreeMap<String, Vec<Booked>>);

impl Agenda {
    /// One technician's.
    pub fn of(&self, usuario: &str) -> &[Booked] {
        self.0.get(usuario).map(Vec::as_slice).unwrap_or_default()
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
        self.0.values().flatten()
    }

    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Books a visit of a case that has none.
    pub fn put(&mut self, booked: Booked) {
        let own = self.0.entry(booked.visit.tecnico.clone()).or_default();
        let at = own.partition_point(|other| order(other) < order(&booked));
        own.insert(at, booked);
    }

    /// Takes a case's visit out.
    pub fn remove(&mut self, caso: TicketId) -> Option<Booked> {
        let found = |own: &Vec<Booked>| own.iter().position(|booked| booked.caso == caso);
        let (usuario, at) = self.0.iter().find_map(|(usuario, own)| Some((usuario.clone(), found(own)?)))?;
        let own = self.0.get_mut(&usuario)?;
        let booked = own.remove(at);
        if own.is_empty() {
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
        let mut all: BTreeMap<String, Vec<Booked>> = BTreeMap::new();
        for booked in visits {
            all.entry(booked.visit.tecnico.clone()).or_default().push(booked);
        }
        all.values_mut().for_each(|own| own.sort_by_key(order));
        Agenda(all)
    }
}

fn order(booked: &Booked) -> (Timestamp, TicketId) {
    (booked.visit.start, booked.caso)
}
