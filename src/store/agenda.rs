//! The visits that are still to come, kept at hand: each mail asks for them all, and they change by one at a time.
use crate::spanish::when::{bogota, day_of};
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use crate::ticket::visit::Visit;
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::Row;
use std::sync::Arc;

/// Visits of open tickets that end after the beginning of `day`, by start.
pub(crate) struct Agenda {
    day: Timestamp,
    /// SQLite's mark of what others wrote: when it moves, all is read again.
    version: i64,
    owners: Vec<TicketId>,
    visits: Arc<Vec<Visit>>,
}

impl Agenda {
    /// A ticket as it stands now: its visit in its place, or none.
    fn put(&mut self, ticket: &Ticket, is_new: bool) {
        let visits = Arc::make_mut(&mut self.visits);
        let before = if is_new { None } else { self.owners.iter().position(|owner| *owner == ticket.id) };
        if let Some(at) = before {
            self.owners.remove(at);
            visits.remove(at);
        }
        let visit = ticket.visita.as_ref().filter(|v| ticket.estado.is_open() && v.end > self.day);
        if let Some(visit) = visit {
            // By start, then by number: the order in which they are read from the cabinet.
            let first = visits.partition_point(|v| v.start < visit.start);
            let last = visits.partition_point(|v| v.start <= visit.start);
            let same_start = self.owners.get(first..last).unwrap_or_default();
            let at = first + same_start.partition_point(|owner| *owner < ticket.id);
            self.owners.insert(at, ticket.id);
            visits.insert(at, visit.clone());
        }
    }
}

impl Store {
    /// Visits of every technician from today on.
    pub(crate) fn visits(&mut self, now: Timestamp) -> Result<Arc<Vec<Visit>>> {
        let day = start_of_day(now);
        let version = self.cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if let Some(agenda) = self.agenda.as_ref().filter(|a| a.day == day && a.version == version) {
            return Ok(Arc::clone(&agenda.visits));
        }
        let (owners, visits) = self.read_visits(day)?;
        let visits = Arc::new(visits);
        self.agenda = Some(Agenda { day, version, owners, visits: Arc::clone(&visits) });
        Ok(visits)
    }

    fn read_visits(&self, day: Timestamp) -> Result<(Vec<TicketId>, Vec<Visit>)> {
        let mut coming = self.cached(
            "SELECT id, visita_tecnico, visita_inicio, visita_fin FROM caso
             WHERE visita_fin > ?1 AND estado NOT IN ('resuelto', 'cerrado')",
        )?;
        let owned = |row: &Row<'_>| Ok((row.get::<_, TicketKey>(0)?.0, visit(row, 1)?));
        let mut found =
            coming.query_map([Instant(day)], owned)?.collect::<rusqlite::Result<Vec<(TicketId, Option<Visit>)>>>()?;
        found.sort_by_key(|(id, visit)| (visit.as_ref().map(|v| v.start), *id));
        Ok(found.into_iter().filter_map(|(id, visit)| Some((id, visit?))).unzip())
    }

    /// Keeps the agenda true to a ticket that has just been written.
    pub(crate) fn note_visit(&mut self, ticket: &Ticket, is_new: bool) {
        if let Some(agenda) = &mut self.agenda {
            agenda.put(ticket, is_new);
        }
    }
}

/// Technician, start and end in three columns from `at` on; all there or none.
pub(crate) fn visit(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Visit>> {
    let Some(tecnico) = row.get::<_, Option<String>>(at)? else { return Ok(None) };
    Ok(Some(Visit { tecnico, start: row.get::<_, Instant>(at + 1)?.0, end: row.get::<_, Instant>(at + 2)?.0 }))
}

/// Midnight in Bogotá: a day of the office begins.
fn start_of_day(now: Timestamp) -> Timestamp {
    now.to_zoned(bogota()).start_of_day().map_or(now, |day| day.timestamp())
}

/// The year that numbers of tickets are counted in.
pub(crate) fn year(now: Timestamp) -> i16 {
    day_of(now).year()
}
