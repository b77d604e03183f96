//! How the desk stands, in figures.
use crate::store::db::Store;
use crate::store::show::instant;
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
            "SELECT min(proximo) FROM (SELECT min(proximo) AS proximo FROM carta WHERE estado = 'pendiente'
             UNION ALL SELECT min(proximo) FROM carta WHERE estado = 'enviando')",
        )
    }

    /// Is there a letter to be sent now?
    pub fn is_due(&self, now: Timestamp) -> Result<bool> {
        Ok(self.first_due()?.is_some_and(|at| at <= now))
    }

    pub fn status(&self) -> Result<Status> {
        let mut correos = self.counts("SELECT ifnull(destino, ''), count(*) FROM correo GROUP BY destino")?;
        let por_trabajar = correos.remove("").unwrap_or_default();
        Ok(Status {
            cuarentena: correos.get("cuarentena").copied().unwrap_or_default(),
            correos,
            por_trabajar,
            por_mover: self
                .counts(
                    "SELECT '', count(*) FROM correo
                     WHERE movido IS NULL AND decidido IS NOT NULL AND sha256 IS NOT NULL",
                )?
                .into_values()
                .sum(),
            ultimo_recibido: self
                .one("SELECT recibido FROM correo WHERE sha256 IS NOT NULL ORDER BY id DESC LIMIT 1")?,
            cartas: self.counts("SELECT estado, count(*) FROM carta GROUP BY estado")?,
            direcciones_marcadas: self.counts("SELECT 'todas', count(*) FROM direccion")?.into_values().sum(),
            carta_mas_antigua: self.one("SELECT min(encolada) FROM carta WHERE estado IN ('pendiente', 'enviando')")?,
            abiertos_por_estado: self.counts(
                "SELECT estado, count(*) FROM caso
                 WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'reabierto') GROUP BY estado",
            )?,
            abiertos_por_prioridad: self.counts(
                "SELECT prioridad, count(*) FROM caso
                 WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'reabierto') GROUP BY prioridad",
            )?,
            casos: self.counts("SELECT 'casos', count(*) FROM caso")?.into_values().sum(),
        })
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
