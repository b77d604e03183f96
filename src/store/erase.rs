//! What the law has taken out of the cabinet: a person who asks for it, and what is older than the office may keep.
//!
//! The skeleton stays: that there was a case, of which dependencia and categoría, who of the office did what and when.
use crate::office::legal::Peticion;
use crate::store::db::Store;
use crate::store::fault::with_remedy;
use crate::store::instant::{Instant, TicketKey};
use crate::store::person::Traces;
use crate::store::tickets::json;
use crate::ticket::erase::{NOBODY, SUPPRESSED, bare, masked, without};
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use rusqlite::named_params;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// What is kept in the place of a mail or a letter.
pub(crate) const BLANK: &str = "Suprimido (Ley 1581 de 2012).\r\n";
/// Its SHA-256: mails that are blank are known by it.
pub(crate) const BLANK_KEY: &str = "171d1e6904d53ef9c32d57cb998cd7fff56e0c1121444fa3845bc793ef3379aa";
const WHY: &str = "datos suprimidos (Ley 1581 de 2012)";
/// Deletions are noted among the daemon's own notes under this name.
const NOTED: &str = "supresion/";

/// What a case asks for, as the law parts it: it is known by words that are taken out, and its term must not change with that.
pub type Sort<'a> = &'a dyn Fn(&Ticket) -> Option<Peticion>;

/// What was taken out: figures only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub casos: usize,
    pub correos: usize,
    pub cartas: usize,
    /// Cases of others in which the address was masked.
    pub casos_que_la_nombraban: usize,
}

/// Why something is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The person asked for it.
    Asked,
    /// It is older than the office may keep.
    Old,
}

impl Cause {
    fn word(self) -> &'static str {
        match self {
            Cause::Asked => "titular",
            Cause::Old => "plazo",
        }
    }

    /// What the history of a case says of it.
    fn say(self) -> &'static str {
        match self {
            Cause::Asked => "Se suprimieron los datos personales a petición de su titular (Ley 1581 de 2012).",
            Cause::Old => "Se suprimieron los datos personales por vencimiento del plazo de conservación.",
        }
    }
}

impl Store {
    /// Takes a person out: words, mails, attachments, letters, contact. Nothing happens when a case is still open, a mail
    /// waits, or a letter is on its way or waits to tell of somebody else's case; the error says so. Durable on return; [`Store::compact`] then cleans the files.
    pub fn erase(&mut self, traces: &Traces, mentions: bool, sort: Sort<'_>, now: Timestamp) -> Result<Erased> {
        if let Some(id) = traces.abiertos.first() {
            bail!(
                "el caso {id} no está cerrado; ciérrelo antes con «mesa-tic tell {id} \"#cerrar\"» y repita la orden"
            );
        }
        ensure!(
            traces.por_trabajar.is_empty(),
            "un correo de esa dirección está por trabajar; repita la orden en un rato"
        );
        if let Some(row) = traces.por_salir.first() {
            bail!(
                "la carta n.º {row} nombra a esa persona, otros la necesitan y todavía no ha salido; repita la orden cuando haya \
                 salido (véase «mesa-tic outbox list»)"
            );
        }
        let addresses = [traces.direccion.clone()];
        let mut mails = traces.correos.clone();
        if mentions {
            mails.extend(&traces.correos_que_la_nombran);
        }
        let erased = Erased {
            casos: traces.casos.len(),
            correos: mails.len(),
            cartas: traces.cartas.len(),
            casos_que_la_nombraban: traces.casos_que_la_nombran.len(),
        };
        self.unlocked(|store| {
            for id in &traces.casos {
                store.bare_case(*id, &addresses, Cause::Asked, sort, now)?;
            }
            for id in &traces.casos_que_la_nombran {
                store.rewrite(*id, |event| without(event, &addresses).unwrap_or_else(|| event.clone()))?;
            }
            store.blank_mails(&mails)?;
            store.blank_letters(&traces.cartas, &addresses, now)?;
            store.forget_address(&traces.direccion)?;
            store.note_erased(&erased, Cause::Asked, now)
        })?;
        Ok(erased)
    }

    /// Takes out what was finished before that instant: closed cases, mails and letters of them and of none. A handful at a time;
    /// nothing is left to do when the figures are all 0.
    pub fn expire(&mut self, before: Timestamp, handful: usize, sort: Sort<'_>, now: Timestamp) -> Result<Erased> {
        let limit = i64::try_from(handful)?;
        let before = Instant(before);
        let cases: Vec<(TicketKey, String, Option<String>)> = self
            // One that was bared ends with the note that says so; what came after it has words again.
            .cached(
                "SELECT id, solicitante, correo FROM caso
                 WHERE estado = 'cerrado' AND actualizado < :before
                   AND (asunto <> :bare OR (SELECT ifnull(evento ->> '$.Noted.texto', '') NOT IN (:asked, :old) FROM hecho
                                             WHERE hecho.caso = caso.id AND orden = caso.hechos))
                 ORDER BY id LIMIT :limit",
            )?
            .query_map(
                named_params! { ":before": before, ":bare": SUPPRESSED, ":asked": Cause::Asked.say(), ":old": Cause::Old.say(),
                ":limit": limit },
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?
            .collect::<rusqlite::Result<_>>()?;
        // What came to a case after it was bared is as old as itself.
        let mut mails = self.ids(
            "SELECT id FROM correo WHERE decidido < :before AND sha256 <> :blank AND (caso IS NULL OR caso IN
                 (SELECT id FROM caso WHERE estado = 'cerrado' AND (actualizado < :before OR asunto = :bare)))
             ORDER BY id LIMIT :limit",
            named_params! { ":before": before, ":blank": BLANK_KEY, ":bare": SUPPRESSED, ":limit": limit },
        )?;
        let mut letters = self.ids(
            "SELECT id FROM carta JOIN escrito ON carta = id WHERE terminada < :before AND bytes <> :blank AND (caso IS NULL OR caso IN
                 (SELECT id FROM caso WHERE estado = 'cerrado' AND (actualizado < :before OR asunto = :bare)))
             ORDER BY id LIMIT :limit",
            named_params! { ":before": before, ":blank": BLANK.as_bytes(), ":bare": SUPPRESSED, ":limit": limit },
        )?;
        for (id, ..) in &cases {
            mails.extend(self.ids("SELECT id FROM correo WHERE caso = ?1", [id])?);
            letters.extend(self.ids("SELECT id FROM carta WHERE caso = ?1", [id])?);
        }
        let erased =
            Erased { casos: cases.len(), correos: mails.len(), cartas: letters.len(), casos_que_la_nombraban: 0 };
        if erased == Erased::default() {
            return Ok(erased);
        }
        self.unlocked(|store| {
            for (id, solicitante, correo) in &cases {
                let addresses: Vec<String> =
                    [Some(solicitante), correo.as_ref()].into_iter().flatten().cloned().collect();
                store.bare_case(id.0, &addresses, Cause::Old, sort, now)?;
            }
            store.blank_mails(&mails)?;
            let all = store.all_addresses(&letters)?;
            store.blank_letters(&letters, &all, now)?;
            store.note_erased(&erased, Cause::Old, now)
        })?;
        Ok(erased)
    }

    /// Rewrites the file without what was deleted from it, and empties its log. The daemon may run; it waits meanwhile.
    pub fn compact(&mut self) -> Result<()> {
        // The whole file is written beside it first.
        self.keep_undo_in_memory(false)?;
        let compacted = self
            .conn
            .execute_batch("VACUUM")
            .and_then(|()| self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
        self.keep_undo_in_memory(true)?;
        let busy = compacted.map_err(|error| with_remedy(error.into()))?;
        ensure!(busy == 0, "otro programa está leyendo la base de datos");
        Ok(())
    }

    /// `work` in one transaction in which facts may be rewritten, and after which nothing of the old ones is on the disk.
    fn unlocked(&mut self, work: impl FnOnce(&mut Store) -> Result<()>) -> Result<()> {
        self.conn.pragma_update_and_check(None, "secure_delete", true, |row| row.get::<_, i64>(0))?;
        // Who still uses the bytes of a mail is asked once for all of them, not by the database for each.
        self.conn.pragma_update(None, "foreign_keys", false)?;
        let done = self.together(|store| {
            let lock: String =
                store
                    .conn
                    .query_row("SELECT sql FROM sqlite_schema WHERE name = 'hecho_no_cambia'", [], |row| row.get(0))?;
            store.conn.execute_batch("DROP TRIGGER hecho_no_cambia")?;
            work(store)?;
            Ok(store.conn.execute_batch(&lock)?)
        });
        self.agenda = None;
        self.conn.pragma_update(None, "foreign_keys", true)?;
        self.conn.pragma_update_and_check(None, "secure_delete", false, |row| row.get::<_, i64>(0))?;
        done
    }

    fn bare_case(
        &mut self,
        id: TicketId,
        addresses: &[String],
        cause: Cause,
        sort: Sort<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let peticion = self.ticket(id)?.and_then(|ticket| sort(&ticket));
        self.rewrite(id, |event| {
            let mut bared = bare(event, addresses);
            if let Event::Opened(ticket) = &mut bared {
                ticket.seguimiento.peticion = peticion;
            }
            bared
        })?;
        self.append(&[(id, Event::Noted { texto: cause.say().to_owned() })], None, now)
    }

    /// Each fact of a case as `change` makes it, and the case as the sum of them.
    fn rewrite(&self, id: TicketId, change: impl Fn(&Event) -> Event) -> Result<()> {
        let facts: Vec<(i64, Event)> = self
            .cached("SELECT id, evento FROM hecho WHERE caso = ?1 ORDER BY orden")?
            .query_map([TicketKey(id)], |row| Ok((row.get(0)?, json(row, 1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut row = self.cached("UPDATE hecho SET evento = ?2 WHERE id = ?1")?;
        let (mut sum, count): (Option<Ticket>, _) = (None, i64::try_from(facts.len())?);
        for (fact, event) in facts {
            let event = change(&event);
            row.execute((fact, serde_json::to_string(&event)?))?;
            sum = Ticket::sum(sum, [&event]);
        }
        let ticket = sum.with_context(|| format!("el caso {id} no tiene un primer hecho"))?;
        let updated: Instant =
            self.cached("SELECT actualizado FROM caso WHERE id = ?1")?.query_row([TicketKey(id)], |row| row.get(0))?;
        self.write(&ticket, false, count, updated.0)
    }

    /// Mails without their bytes, their attachments and what they say of themselves; what the ledger needs stays.
    pub(crate) fn blank_mails(&self, rows: &BTreeSet<i64>) -> Result<()> {
        let rows = serde_json::to_string(rows)?;
        let bodies: BTreeSet<String> = self
            .conn
            .prepare(
                "SELECT sha256 FROM correo WHERE id IN (SELECT value FROM json_each(?1)) AND sha256 IS NOT NULL
                 UNION SELECT sha256 FROM adjunto WHERE correo IN (SELECT value FROM json_each(?1))",
            )?
            .query_map([&rows], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if !bodies.is_empty() {
            self.keep(BLANK_KEY, BLANK.as_bytes())?;
        }
        let blank =
            "UPDATE correo SET sha256 = iif(sha256 IS NULL, NULL, :blank), de = NULL, asunto = NULL, mensaje = NULL,
                        motivo = iif(decidido IS NULL, NULL, :why)
                     WHERE id IN (SELECT value FROM json_each(:rows))";
        self.conn.execute(blank, named_params! { ":blank": BLANK_KEY, ":why": WHY, ":rows": rows })?;
        for gone in [
            "DELETE FROM adjunto WHERE correo IN (SELECT value FROM json_each(?1))",
            "DELETE FROM etiqueta WHERE correo IN (SELECT value FROM json_each(?1))",
        ] {
            self.conn.execute(gone, [&rows])?;
        }
        // Bytes that another mail holds as well stay for that one.
        self.conn.execute(
            "WITH gone AS MATERIALIZED (SELECT value AS sha256 FROM json_each(?1) WHERE value <> ?2)
             DELETE FROM cuerpo WHERE sha256 IN (SELECT sha256 FROM gone)
                AND sha256 NOT IN (SELECT sha256 FROM correo WHERE sha256 IN (SELECT sha256 FROM gone)
                                   UNION SELECT sha256 FROM adjunto WHERE sha256 IN (SELECT sha256 FROM gone))",
            (serde_json::to_string(&bodies)?, BLANK_KEY),
        )?;
        Ok(())
    }

    /// Letters without their bytes; one that waits will not go out. What was held and never written gets the blank as well: nobody
    /// can tell any more that it was held.
    fn blank_letters(&self, rows: &BTreeSet<i64>, addresses: &[String], now: Timestamp) -> Result<()> {
        let (rows, addresses) = (serde_json::to_string(rows)?, serde_json::to_string(addresses)?);
        let mut going = self
            .conn
            .prepare("SELECT 1 FROM carta WHERE estado = 'enviando' AND id IN (SELECT value FROM json_each(?1))")?;
        ensure!(!going.exists([&rows])?, "una carta está saliendo en este momento; repita la orden en un minuto");
        let blank = "UPDATE carta SET recibo = NULL, motivo = iif(estado = 'enviada', NULL, :why),
                        para = iif(lower(para) IN (SELECT lower(value) FROM json_each(:addresses)), :nobody, para),
                        terminada = ifnull(terminada, :now), estado = iif(estado = 'pendiente', 'cancelada', estado)
                     WHERE id IN (SELECT value FROM json_each(:rows))";
        let values = named_params! { ":why": WHY, ":addresses": addresses, ":nobody": NOBODY, ":now": Instant(now),
        ":rows": rows };
        self.conn.execute(blank, values)?;
        let blank = "INSERT INTO escrito (carta, bytes) SELECT value, ?2 FROM json_each(?1) WHERE true
                     ON CONFLICT (carta) DO UPDATE SET bytes = excluded.bytes";
        self.conn.execute(blank, (&rows, BLANK.as_bytes()))?;
        Ok(())
    }

    fn all_addresses(&self, rows: &BTreeSet<i64>) -> Result<Vec<String>> {
        let mut to = self.conn.prepare("SELECT para FROM carta WHERE id IN (SELECT value FROM json_each(?1))")?;
        Ok(to.query_map([serde_json::to_string(rows)?], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// The address itself, where the daemon noted it.
    fn forget_address(&self, address: &str) -> Result<()> {
        self.forget(address)?;
        let notes: Vec<(String, String)> = self
            .cached("SELECT clave, valor FROM apunte WHERE instr(lower(valor), ?1) > 0")?
            .query_map([address], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (key, value) in notes {
            if let Some(masked) = masked(&value, address, NOBODY) {
                self.put(&key, &masked)?;
            }
        }
        Ok(())
    }

    fn note_erased(&self, erased: &Erased, cause: Cause, now: Timestamp) -> Result<()> {
        let note = json!({ "causa": cause.word(), "cifras": erased });
        self.put(&format!("{NOTED}{now}"), &note.to_string())
    }

    fn ids(&self, sql: &'static str, values: impl rusqlite::Params) -> Result<BTreeSet<i64>> {
        Ok(self.cached(sql)?.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ledger::hex_sha256;

    #[test]
    fn the_blank_is_known_by_its_hash() {
        assert_eq!(hex_sha256(BLANK.as_bytes()), BLANK_KEY);
    }
}
