//! Where letters stop on their way out: addresses that give letters back, how many went to whom today, what was held.
use crate::desk::decision::{Decision, Office};
use crate::desk::dispatch::{self, Reach, Route, Withheld};
use crate::mail::bounce;
use crate::store::batch::Batch;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;
use std::collections::BTreeSet;

/// Letters that were held longer ago than this are told of no more.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An address that gave a letter back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marked {
    pub correo: String,
    /// The enhanced status code (RFC 3463), «5.1.1»; absent where the report named none.
    pub codigo: Option<String>,
    /// For good: nothing is sent there until it writes, or somebody takes the mark away.
    pub dura: bool,
    pub motivo: String,
    pub desde: Timestamp,
}

impl Store {
    /// Addresses that gave letters back and have not written since, the newest first.
    pub fn marked(&self, limit: usize) -> Result<Vec<Marked>> {
        let mut all = self
            .cached("SELECT correo, codigo, dura, motivo, desde FROM direccion ORDER BY desde DESC, correo LIMIT ?1")?;
        Ok(all.query_map([i64::try_from(limit)?], marked)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes the mark from an address. False when it had none.
    pub fn unmark(&mut self, correo: &str) -> Result<bool> {
        self.together(|store| store.forget(correo))
    }

    pub(crate) fn forget(&self, correo: &str) -> Result<bool> {
        let mut mark = self.cached("DELETE FROM direccion WHERE correo = ?1")?;
        Ok(!correo.is_empty() && mark.execute([correo])? == 1)
    }

    /// Marks the addresses of letters that came back. A failure for good is not made less by a later one.
    pub(crate) fn mark(&self, facts: &[(TicketId, Event)], now: Timestamp) -> Result<()> {
        for (_, event) in facts {
            let Event::Undelivered { a, motivo, marca: true } = event else { continue };
            let mut mark = self.cached(
                "INSERT INTO direccion (correo, codigo, dura, motivo, desde) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (correo) DO UPDATE SET codigo = excluded.codigo, dura = excluded.dura,
                    motivo = excluded.motivo, desde = excluded.desde
                 WHERE excluded.dura >= dura",
            )?;
            mark.execute((a, bounce::code(motivo), bounce::is_for_good(motivo), motivo, Instant(now)))?;
        }
        Ok(())
    }

    /// Keeps a letter that was taken from the queue from going out.
    pub fn hold(&mut self, row: i64, why: &str, now: Timestamp) -> Result<()> {
        self.together(|store| {
            let mut hold = store.cached(
                "UPDATE carta SET estado = 'cancelada', terminada = ?2, motivo = ?3 WHERE id = ?1 AND estado = 'enviando'",
            )?;
            hold.execute((row, Instant(now), why))?;
            Ok(())
        })
    }

    fn reach(&self, correo: &str, now: Timestamp) -> Result<Reach> {
        let mut dead = self.cached("SELECT 1 FROM direccion WHERE correo = ?1 AND dura = 1")?;
        let mut today =
            self.cached("SELECT count(*) FROM carta WHERE para = ?1 AND cancelada = 0 AND encolada >= ?2")?;
        let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let today = today.query_row((correo, Instant(day)), |row| row.get(0))?;
        Ok(Reach { today, is_dead: dead.exists([correo])? })
    }

    /// Letters that were held of late, but before this hour, and whose address takes letters, the oldest first; without those that
    /// were told of, which after a flood are many. A reminder is of no use the next morning.
    pub fn withheld(&self, before: Timestamp, told: &BTreeSet<String>) -> Result<Vec<Withheld>> {
        let mut held = self.cached(
            "SELECT id, para, encolada, caso, motivo FROM carta
             WHERE estado = 'cancelada' AND motivo >= 'retenida:' AND motivo < 'retenida;' AND terminada >= ?1
               AND caso IS NOT NULL AND forma <> 'recordatorio'
               AND NOT EXISTS (SELECT 1 FROM direccion WHERE direccion.correo = carta.para AND dura = 1)
             ORDER BY +id",
        )?;
        let since = before.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        let rows: Vec<_> = held.query_map([Instant(since)], held_letter)?.collect::<rusqlite::Result<_>>()?;
        let untold = rows.into_iter().filter(|(row, _, at, ..)| *at < before && !told.contains(&dispatch::key(*row)));
        untold.filter_map(|letter| self.beside_its_case(letter).transpose()).collect()
    }

    /// A letter about a case that was held, and so never written: its reader can only be told how the case stands now.
    pub fn unwritten(&self, row: i64) -> Result<Option<Withheld>> {
        let mut letter = self.cached(
            "SELECT id, para, encolada, caso, motivo FROM carta
             WHERE id = ?1 AND estado = 'cancelada' AND motivo IS NOT NULL AND caso IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM escrito WHERE carta = id)",
        )?;
        letter.query_row([row], held_letter).optional()?.map_or(Ok(None), |letter| self.beside_its_case(letter))
    }

    fn beside_its_case(&self, (row, to, since, id, for_nobody): HeldLetter) -> Result<Option<Withheld>> {
        Ok(self.ticket(id)?.map(|ticket| Withheld { row, to, since, ticket, for_nobody }))
    }
}

/// Its row, to whom, since when, about which case, and whether it was held because its reader is gone.
type HeldLetter = (i64, String, Timestamp, TicketId, bool);

fn held_letter(row: &Row<'_>) -> rusqlite::Result<HeldLetter> {
    let (since, id) = (row.get::<_, Instant>(2)?.0, row.get::<_, TicketKey>(3)?.0);
    Ok((row.get(0)?, row.get(1)?, since, id, row.get::<_, String>(4)? == dispatch::GONE))
}

fn marked(row: &Row<'_>) -> rusqlite::Result<Marked> {
    Ok(Marked {
        correo: row.get(0)?,
        codigo: row.get(1)?,
        dura: row.get(2)?,
        motivo: row.get(3)?,
        desde: row.get::<_, Instant>(4)?.0,
    })
}

impl Batch<'_> {
    /// When each letter of a decision goes, in their order. What goes on another day is worded so.
    pub fn routes(
        &self,
        office: &Office,
        decision: &mut Decision,
        writer: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Route>> {
        let Decision { facts, letters, .. } = decision;
        let mut routes: Vec<Route> = Vec::with_capacity(letters.len());
        let mut going: Vec<String> = Vec::new();
        // Letters of one decision are mostly about one case.
        let mut after: Option<Ticket> = None;
        for letter in letters {
            if after.as_ref().map(|ticket| ticket.id) != letter.about {
                after = match letter.about {
                    Some(id) => self.after(id, facts)?,
                    None => None,
                };
            }
            let mut reach = match dispatch::goes_anyway(letter, writer) {
                true => Reach::default(),
                false => self.store().reach(&letter.to.correo, now)?,
            };
            let beside = going.iter().filter(|to| **to == letter.to.correo).count();
            reach.today = reach.today.saturating_add(u32::try_from(beside)?);
            let route = dispatch::route(office, now, letter, after.as_ref(), writer, reach);
            match &route {
                Route::At(at) => dispatch::put_off(&mut letter.blanks, now, *at),
                Route::Now | Route::Held(_) => {}
            }
            if !matches!(route, Route::Held(_)) {
                going.push(letter.to.correo.clone());
            }
            routes.push(route);
        }
        Ok(routes)
    }
}
