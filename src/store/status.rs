//! How the desk stands, in figures.
use crate::store::db::Store;
use crate::store::show::{Sending, instant};
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::Row;
use serde::Serialize;
use std::collections::BTreeMap;

/// The figures of `mesa-tic status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Mails by disposition.
    pub correos: BTreeMap<String, u64>,
    /// Mails brought and not yet worked.
    pub por_trabajar: u64,
    pub cuarentena: u64,
    /// Finished mails that still lie in the mailbox: the server would not move them, or has not yet been asked.
    pub por_mover: u64,
    /// When the newest mail of the cabinet reached the server.
    pub ultimo_recibido: Option<Timestamp>,
    /// Letters by state («pendiente», «enviando», «enviada», «fallida», «cancelada»).
    pub cartas: BTreeMap<String, u64>,
    /// Addresses that give letters back and have not written since.
    pub direcciones_marcadas: u64,
    /// When the longest waiting letter was queued.
    pub carta_mas_antigua: Option<Timestamp>,
    /// Open cases by estado, and by prioridad.
    pub abiertos_por_estado: BTreeMap<String, u64>,
    pub abiertos_por_prioridad: BTreeMap<String, u64>,
    pub casos: u64,
}

impl Store {
    /// When the letter was due that should go first; `None` when none waits.
    pub fn first_due(&self) -> Result<Option<Timestamp>> {
        self.one(
            "SELECT min(proximo) FROM
               (SELECT min(proximo) AS proximo FROM carta WHERE estado = 'pendiente' AND estado <> 'enviada'
                UNION ALL SELECT min(proximo) FROM carta WHERE estado = 'enviando' AND estado <> 'enviada')",
        )
    }

    /// Is there a letter to be sent now?
    pub fn is_due(&self, now: Timestamp) -> Result<bool> {
        Ok(self.first_due()?.is_some_and(|at| at <= now))
    }

    pub fn status(&self) -> Result<Status> {
        let correos = self.counts("SELECT destino, correos FROM destino WHERE correos > 0")?;
        Ok(Status {
            cuarentena: correos.get("cuarentena").copied().unwrap_or_default(),
            correos,
            por_trabajar: self.count("SELECT count(*) FROM correo WHERE destino IS NULL")?,
            por_mover: self.count(
                "SELECT count(*) FROM correo WHERE movido IS NULL AND decidido IS NOT NULL AND sha256 IS NOT NULL",
            )?,
            ultimo_recibido: self
                .one("SELECT recibido FROM correo WHERE sha256 IS NOT NULL ORDER BY id DESC LIMIT 1")?,
            cartas: self.letters()?,
            direcciones_marcadas: self.count("SELECT count(*) FROM direccion")?,
            carta_mas_antigua: self.one(
                "SELECT min(encolada) FROM carta WHERE estado IN ('pendiente', 'enviando') AND estado <> 'enviada'",
            )?,
            abiertos_por_estado: self.counts(
                "SELECT estado, count(*) FROM caso
                 WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'reabierto') GROUP BY estado",
            )?,
            abiertos_por_prioridad: self.counts(
                "SELECT prioridad, count(*) FROM caso
                 WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'reabierto') GROUP BY prioridad",
            )?,
            // Numbers follow each other without gaps: the last one of a year says how many there are.
            casos: self.count(
                "WITH RECURSIVE ultimo (id) AS (
                    SELECT max(id) FROM caso
                    UNION ALL SELECT (SELECT max(caso.id) FROM caso WHERE caso.id < ultimo.id - ultimo.id % 10000000000)
                      FROM ultimo WHERE ultimo.id IS NOT NULL)
                 SELECT ifnull(sum(id % 10000000000), 0) FROM ultimo",
            )?,
        })
    }

    /// Letters are never deleted: the last row says how many there are, and what is not elsewhere went out.
    fn letters(&self) -> Result<BTreeMap<String, u64>> {
        let mut by_estado =
            self.counts("SELECT estado, count(*) FROM carta WHERE estado <> 'enviada' GROUP BY estado")?;
        let all = self.count("SELECT ifnull(max(id), 0) FROM carta")?;
        let sent = all.saturating_sub(by_estado.values().sum());
        by_estado.extend((sent > 0).then(|| (Sending::Enviada.word().to_owned(), sent)));
        Ok(by_estado)
    }

    fn count(&self, sql: &'static str) -> Result<u64> {
        Ok(self.cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    fn counts(&self, sql: &'static str) -> Result<BTreeMap<String, u64>> {
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
        Ok(self.cached(sql)?.query_map([], pair)?.collect::<rusqlite::Result<_>>()?)
    }

    fn one(&self, sql: &'static str) -> Result<Option<Timestamp>> {
        let mut statement = self.cached(sql)?;
        let found = statement.query_map([], |row| instant(row, 0))?.next().transpose()?;
        Ok(found.flatten())
    }
}
