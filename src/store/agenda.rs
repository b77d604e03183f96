//! The visits that are still to come, kept at hand: each mail asks for them all, and they change by one at a time.
use crate::spanish::when::{bogota, day_of};
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::store::tickets::{ticket, ticket_columns};
use crate::ticket::agenda::Agenda;
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use crate::ticket::visit::{Booked, Visit};
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::Row;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Visits of open tickets that end after the beginning of `day`.
pub(crate) struct Coming {
    day: Timestamp,
    /// SQLite's mark of what others wrote: when it moves, all is read again.
    version: i64,
    visits: Arc<Agenda>,
}

impl Coming {
    /// A ticket as it stands now: its visit in its place, or none.
    fn put(&mut self, ticket: &Ticket, is_new: bool) {
        let visits = Arc::make_mut(&mut self.visits);
        if !is_new {
            visits.remove(ticket.id);
        }
        let booked = Booked::of(ticket).filter(|b| ticket.estado.is_open() && b.visit.end > self.day);
        booked.into_iter().for_each(|booked| visits.put(booked));
    }
}

impl Store {
    /// Visits of every technician from today on.
    pub(crate) fn visits(&mut self, now: Timestamp) -> Result<Arc<Agenda>> {
        let day = start_of_day(now);
        let version = self.cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if let Some(agenda) = self.agenda.as_ref().filter(|a| a.day == day && a.version == version) {
            return Ok(Arc::clone(&agenda.visits));
        }
        let visits = Arc::new(self.read_visits(day)?);
        self.agenda = Some(Coming { day, version, visits: Arc::clone(&visits) });
        Ok(visits)
    }

    fn read_visits(&self, day: Timestamp) -> Result<Agenda> {
        let mut coming = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            " FROM caso WHERE visita_fin > ?1 AND estado NOT IN ('resuelto', 'cerrado')"
        ))?;
        let tickets = coming.query_map([Instant(day)], ticket)?.collect::<rusqlite::Result<Vec<Ticket>>>()?;
        Ok(tickets.iter().filter_map(Booked::of).collect())
    }

    /// Cases of whatever estado whose visit lies at least in part between two instants, by its start.
    pub fn visited(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Ticket>> {
        let mut rows = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            " FROM caso WHERE visita_fin > ?1 AND visita_inicio < ?2 ORDER BY visita_inicio, id"
        ))?;
        Ok(rows.query_map([Instant(from), Instant(to)], ticket)?.collect::<rusqlite::Result<_>>()?)
    }

    /// As [`Store::visited`], of those whose visit was booked before that of a case which was booked at an instant: its batch
    /// booked those of lower numbers first.
    pub fn visited_then(
        &self,
        from: Timestamp,
        to: Timestamp,
        booked: Timestamp,
        case: TicketId,
    ) -> Result<Vec<Ticket>> {
        let mut rows = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            ", (SELECT max(cuando) FROM hecho WHERE hecho.caso = caso.id
                 AND (evento ->> '$.Booked' IS NOT NULL OR evento ->> '$.Pinned' IS NOT NULL)) AS citado
             FROM caso WHERE visita_fin > ?1 AND visita_inicio < ?2 AND (citado < ?3 OR citado = ?3 AND id < ?4)
             ORDER BY visita_inicio, id"
        ))?;
        let found = rows.query_map((Instant(from), Instant(to), Instant(booked), TicketKey(case)), ticket)?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Open cases by technician, of those with a lower number than this one.
    pub fn load_before(&self, case: TicketId) -> Result<BTreeMap<String, u32>> {
        let mut load = self.cached(
            "SELECT tecnico, count(*) FROM caso
             WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'reabierto') AND tecnico IS NOT NULL AND id < ?1
             GROUP BY tecnico",
        )?;
        let rows = load.query_map([TicketKey(case)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
