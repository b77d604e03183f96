//! The ledger of mails: what lies where, what was brought, what is still to be worked, what may leave the mailbox.
use crate::crash::{self, Point};
use crate::desk::decision::Disposition;
use crate::inbox::raw::{Place, Raw};
use crate::store::db::Store;
use crate::store::instant::Instant;
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use sha2::{Digest, Sha256};

/// A mail whose third attempt did not end is set aside.
pub const ATTEMPTS: u32 = 3;

/// A mail in the cabinet that waits to be worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    pub row: i64,
    pub place: Place,
    pub received: Timestamp,
    /// Octets on the server; more than the cabinet holds when `whole` is false.
    pub size: u64,
    pub whole: bool,
    /// Attempts that a process began and did not live to end; a mail of the next two batches counts as begun.
    pub tries: u32,
}

impl Store {
    /// Those of these places that the ledger does not know, in their order.
    pub fn unknown(&mut self, places: &[Place]) -> Result<Vec<Place>> {
        self.at_once(|store| {
            let mut probe = store.cached("SELECT 1 FROM correo WHERE buzon = ?1 AND validez = ?2 AND clave = ?3")?;
            let mut unknown = Vec::new();
            for place in places {
                if !probe.exists((&place.mailbox, place.validity, &place.key))? {
                    unknown.push(place.clone());
                }
            }
            Ok(unknown)
        })
    }

    /// Files mails as they came. All of them are durable on return: only then may the mailbox be touched.
    /// A place that is known already stays as it is.
    pub fn file(&mut self, mails: &[Raw], now: Timestamp) -> Result<()> {
        self.together(|store| {
            let mut entry = store.cached(
                "INSERT INTO correo (buzon, validez, clave, recibido, tamano, completo, sha256, archivado)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (buzon, validez, clave) DO NOTHING",
            )?;
            for raw in mails {
                let sha256 = hex_sha256(&raw.bytes);
                store.keep(&sha256, &raw.bytes)?;
                let place = (&raw.place.mailbox, raw.place.validity, &raw.place.key);
                let size = i64::try_from(raw.size.max(raw.bytes.len() as u64))?;
                let (received, filed) = (Instant(raw.received), Instant(now));
                entry.execute((place.0, place.1, place.2, received, size, raw.is_whole(), sha256, filed))?;
                crash::at(Point::Filing);
            }
            Ok(())
        })
    }

    /// Notes places whose mail was never brought: it lay there before the start (`Anterior`) or is gone (`Desaparecido`).
    pub fn record(&mut self, places: &[Place], how: Disposition, now: Timestamp) -> Result<()> {
        if places.is_empty() {
            // A commit would reach the disk for nothing.
            return Ok(());
        }
        self.together(|store| store.enter(places, how, now))
    }

    /// As [`Store::record`], and a note of the daemon's own in the same moment.
    pub fn record_and_note(
        &mut self,
        places: &[Place],
        how: Disposition,
        (key, value): (&str, &str),
        now: Timestamp,
    ) -> Result<()> {
        self.together(|store| {
            store.enter(places, how, now)?;
            store.put(key, value)
        })
    }

    fn enter(&self, places: &[Place], how: Disposition, now: Timestamp) -> Result<()> {
        let bodiless = matches!(how, Disposition::Anterior | Disposition::Desaparecido);
        ensure!(bodiless, "«{how}» no es destino de un correo que no se trajo");
        let mut entry = self.cached(
            "INSERT INTO correo (buzon, validez, clave, archivado, destino, decidido)
             VALUES (?1, ?2, ?3, ?4, ?5, ?4) ON CONFLICT (buzon, validez, clave) DO NOTHING",
        )?;
        let mut entered = 0;
        for place in places {
            entered += entry.execute((&place.mailbox, place.validity, &place.key, Instant(now), how.word()))?;
        }
        let mut count = self.cached(
            "INSERT INTO destino (destino, correos) VALUES (?1, ?2)
             ON CONFLICT (destino) DO UPDATE SET correos = correos + excluded.correos",
        )?;
        count.execute((how.word(), i64::try_from(entered)?))?;
        Ok(())
    }

    /// The next mails to work, in the order they were filed. One that was begun before and did not end comes alone, so
    /// that it cannot take others down with it.
    pub fn waiting(&self, limit: usize) -> Result<Vec<Filed>> {
        self.waiting_after(0, limit)
    }

    /// As [`Store::waiting`], of those that follow a row.
    pub fn waiting_after(&self, after: i64, limit: usize) -> Result<Vec<Filed>> {
        let mut next = self.cached(
            "SELECT id, buzon, validez, clave, recibido, tamano, completo, intentos
             FROM correo WHERE destino IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut rows = next.query_map([after, i64::try_from(limit)?], filed)?.collect::<rusqlite::Result<Vec<_>>>()?;
        for mail in rows.iter_mut().filter(|mail| self.begun.contains(&mail.row)) {
            mail.tries = 0;
        }
        let fresh = rows.iter().take_while(|mail| mail.tries == 0).count();
        Ok(rows.into_iter().take(fresh.max(1)).collect())
    }

    /// Is it on file, and has no end yet?
    pub(crate) fn is_unended(&self, row: i64) -> Result<bool> {
        Ok(self.cached("SELECT 1 FROM correo WHERE id = ?1 AND destino IS NULL")?.exists([row])?)
    }

    /// The bytes of a mail, as they came.
    pub fn bytes(&self, row: i64) -> Result<Vec<u8>> {
        let mut body =
            self.cached("SELECT c.bytes FROM correo AS m JOIN cuerpo AS c ON c.sha256 = m.sha256 WHERE m.id = ?1")?;
        let found = body.query_row([row], |row| row.get(0)).optional()?;
        found.with_context(|| format!("no hay correo {row} en la base de datos"))
    }

    /// The bytes of each of these mails, in their order.
    pub fn bodies(&self, rows: &[i64]) -> Result<Vec<Vec<u8>>> {
        self.at_once(|store| rows.iter().map(|row| store.bytes(*row)).collect())
    }

    /// When the server took a mail in.
    pub fn received(&self, row: i64) -> Result<Timestamp> {
        let mut mail = self.cached("SELECT recibido FROM correo WHERE id = ?1")?;
        Ok(mail.query_row([row], |row| row.get::<_, Instant>(0))?.0)
    }

    /// Counts an attempt at each of these mails, durably, before anything looks into them. Returns those that may be
    /// worked; one that was begun three times and never ended goes to the quarantine instead. An attempt that this process
    /// outlived (the disk was full) is not counted again: only what takes the process down is suspect.
    pub fn begin(&mut self, rows: &[i64], now: Timestamp) -> Result<Vec<i64>> {
        if rows.iter().all(|row| self.begun.contains(row)) {
            return Ok(rows.to_vec());
        }
        let free = self.together(|store| {
            let mut free = Vec::new();
            for row in rows {
                if store.begun.contains(row) || store.count_attempt(*row)? {
                    free.push(*row);
                } else {
                    store.set_aside(*row, "el programa se detuvo tres veces mientras lo leía", now)?;
                }
            }
            Ok(free)
        })?;
        self.begun.extend(&free);
        Ok(free)
    }

    /// Counts an attempt at a mail. False when it has had them all.
    pub(crate) fn count_attempt(&self, row: i64) -> Result<bool> {
        let mut count = self
            .cached("UPDATE correo SET intentos = intentos + 1 WHERE id = ?1 AND destino IS NULL AND intentos < ?2")?;
        Ok(count.execute((row, ATTEMPTS))? == 1)
    }

    /// Notes that the mailbox no longer holds these mails in its inbox, or that nothing more is to be done there.
    pub fn moved(&mut self, places: &[Place], now: Timestamp) -> Result<()> {
        self.together(|store| {
            let mut note = store.cached(
                "UPDATE correo SET movido = ?4
                 WHERE buzon = ?1 AND validez = ?2 AND clave = ?3 AND movido IS NULL",
            )?;
            for place in places {
                note.execute((&place.mailbox, place.validity, &place.key, Instant(now)))?;
            }
            Ok(())
        })
    }

    /// Mails that are decided and not yet moved: after a crash, the mailbox is tidied by these. Oldest first.
    pub fn to_move(&mut self, limit: usize) -> Result<Vec<Place>> {
        let mut next = self.cached(
            "SELECT buzon, validez, clave FROM correo
             WHERE movido IS NULL AND decidido IS NOT NULL AND sha256 IS NOT NULL ORDER BY id LIMIT ?1",
        )?;
        let places = next.query_map([i64::try_from(limit)?], |row| place(row, 0))?;
        Ok(places.collect::<rusqlite::Result<_>>()?)
    }

    /// Puts a mail of the quarantine back to work, its attempts forgotten. False when it is not in the quarantine.
    pub fn retry_mail(&mut self, row: i64) -> Result<bool> {
        self.together(|store| {
            let mut back = store.cached(
                "UPDATE correo SET destino = NULL, decidido = NULL, motivo = NULL, intentos = 0
                 WHERE id = ?1 AND destino = 'cuarentena'",
            )?;
            Ok(back.execute([row])? == 1)
        })
    }

    pub(crate) fn set_aside(&self, row: i64, why: &str, now: Timestamp) -> Result<()> {
        let mut aside = self.cached(
            "UPDATE correo SET destino = 'cuarentena', motivo = ?2, decidido = ?3 WHERE id = ?1 AND destino IS NULL",
        )?;
        aside.execute((row, why, Instant(now)))?;
        Ok(())
    }

    /// Keeps bytes under their hash, once.
    pub(crate) fn keep(&self, sha256: &str, bytes: &[u8]) -> Result<()> {
        let mut body = self
            .cached("INSERT INTO cuerpo (sha256, tamano, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING")?;
        body.execute((sha256, i64::try_from(bytes.len())?, bytes))?;
        Ok(())
    }
}

fn filed(row: &Row<'_>) -> rusqlite::Result<Filed> {
    Ok(Filed {
        row: row.get(0)?,
        place: place(row, 1)?,
        received: row.get::<_, Instant>(4)?.0,
        size: u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default(),
        whole: row.get(6)?,
        tries: row.get(7)?,
    })
}

/// Mailbox, validity and key in three columns from `at` on.
pub(crate) fn place(row: &Row<'_>, at: usize) -> rusqlite::Result<Place> {
    Ok(Place { mailbox: row.get(at)?, validity: row.get(at + 1)?, key: row.get(at + 2)? })
}

pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
