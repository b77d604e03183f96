//! What the cabinet knows that time may bring about, and what it has brought about already.
use crate::desk::dispatch::Route;
use crate::desk::obey::{REFUSED, TOLD};
use crate::desk::vigil::{Timely, Watched};
use crate::letter::parcel::Parcel;
use crate::store::batch::Batch;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::store::tickets::{ticket, ticket_columns};
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Keys of what was done stand among the daemon's notes under this name.
const DONE: &str = "tiempo/";
/// So long they are kept at least; after that as long as their case is not closed.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Keys that are forgotten at once.
const HANDFUL: usize = 1_000;

impl Store {
    /// Every case that is not closed. A fact begins with its kind: to compare a few letters costs a tenth of parsing it.
    pub fn watched(&self) -> Result<Vec<Watched>> {
        self.at_once(Store::open_cases)
    }

    fn open_cases(&self) -> Result<Vec<Watched>> {
        let mut open = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            ", ifnull((SELECT max(cuando) FROM hecho
                        WHERE hecho.caso = caso.id AND substr(evento, 3, 8) IN ('Moved\":{', 'Waiting\"')),
                      abierto) AS desde,
             nullif(max(
                ifnull((SELECT max(decidido) FROM correo
                         WHERE correo.caso = caso.id AND destino = 'comando' AND instr(ifnull(motivo, ''), ?1) = 0), ''),
                ifnull((SELECT max(cuando) FROM hecho
                         WHERE hecho.caso = caso.id AND hecho.correo IS NULL AND substr(evento, 3, 6) = 'Noted\"'
                           AND instr(evento, ?2) > 0), '')), '') AS ordenado,
             CASE WHEN visita_inicio IS NOT NULL THEN
                (SELECT max(cuando) FROM hecho
                  WHERE hecho.caso = caso.id AND substr(evento, 3, 7) IN ('Booked\"', 'Pinned\"'))
             END AS citado
             FROM caso WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'resuelto', 'reabierto') ORDER BY id"
        ))?;
        let rows = open.query_map([REFUSED, TOLD], |row| {
            let last = |name: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<Instant>>(name)?.map(|at| at.0));
            Ok((ticket(row)?, row.get::<_, Instant>("desde")?.0, last("ordenado")?, last("citado")?))
        })?;
        let rows: Vec<(Ticket, Timestamp, Option<Timestamp>, Option<Timestamp>)> =
            rows.collect::<rusqlite::Result<_>>()?;
        let watched = rows.into_iter().map(|(ticket, since, ordered, booked)| {
            let thread = self.thread(&ticket)?;
            let waits = self.waits(ticket.id)?;
            Ok(Watched { ticket, since, waits, ordered, booked, thread })
        });
        watched.collect()
    }

    /// From when to when a ticket stood still, «en espera» or solved, oldest first.
    pub fn waits(&self, id: TicketId) -> Result<Vec<(Timestamp, Option<Timestamp>)>> {
        let mut moves = self.cached(
            "SELECT cuando, evento ->> '$.Waiting' IS NOT NULL
                    OR ifnull(evento ->> '$.Moved.estado', '') IN ('en espera', 'resuelto', 'cerrado')
             FROM hecho WHERE caso = ?1 AND substr(evento, 3, 8) IN ('Moved\":{', 'Waiting\"')
             ORDER BY orden",
        )?;
        let moves =
            moves.query_map([TicketKey(id)], |row| Ok((row.get::<_, Instant>(0)?.0, row.get::<_, bool>(1)?)))?;
        let mut waits: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
        for step in moves {
            let (at, stands) = step?;
            match (waits.last_mut().filter(|(_, end)| end.is_none()), stands) {
                (None, true) => waits.push((at, None)),
                (Some((_, end)), false) => *end = Some(at),
                (Some(_), true) | (None, false) => {}
            }
        }
        Ok(waits)
    }

    /// Keys of what time has brought about.
    pub fn timely_done(&self) -> Result<BTreeSet<String>> {
        let mut keys =
            self.cached("SELECT substr(clave, 8) FROM apunte WHERE clave >= 'tiempo/' AND clave < 'tiempo0'")?;
        Ok(keys.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}

impl Store {
    /// Forgets what was brought about long ago: nobody asks for it any more once its case is closed.
    fn forget_done(&self, now: Timestamp) -> Result<()> {
        let long_ago = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN).to_string();
        let mut old =
            self.cached("SELECT clave FROM apunte WHERE clave >= 'tiempo/' AND clave < 'tiempo0' AND valor < ?1")?;
        let (mut rows, mut over) = (old.query([long_ago])?, Vec::new());
        while let Some(row) = rows.next()?.filter(|_| over.len() < HANDFUL) {
            let key: String = row.get(0)?;
            if !self.names_an_open_case(&key)? {
                over.push(key);
            }
        }
        let mut forget = self.cached("DELETE FROM apunte WHERE clave = ?1")?;
        for key in over {
            forget.execute([key])?;
        }
        Ok(())
    }

    fn names_an_open_case(&self, key: &str) -> Result<bool> {
        for id in TicketId::in_text(key) {
            if self.ticket(id)?.is_some_and(|ticket| ticket.estado != Estado::Cerrado) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Batch<'_> {
    /// What is due, with its keys, so that a restart does not do it again.
    pub fn commit_timely(
        &mut self,
        timely: &Timely,
        parcels: &[Parcel],
        routes: &[Route],
        now: Timestamp,
    ) -> Result<()> {
        self.commit_own(&timely.decision, parcels, routes, now)?;
        for key in &timely.keys {
            self.store().put(&format!("{DONE}{key}"), &now.to_string())?;
        }
        self.store().forget_done(now)
    }
}
