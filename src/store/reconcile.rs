//! Is everything where it belongs? Every mail at one end, every case the sum of its facts, every byte as it came.
use crate::store::db::Store;
use crate::store::instant::TicketKey;
use crate::store::ledger::hex_sha256;
use crate::store::tickets::{json, ticket, ticket_columns};
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::Result;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::Serialize;

/// Something that is not as it should be. The texts are for the administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub que: String,
    /// The mail, case or letter it concerns.
    pub donde: String,
    /// What to do.
    pub remedio: String,
}

const RESTORE: &str = "restaure la última copia hecha con `mesa-tic backup` y avise a quien mantiene el programa";
const REPORT: &str = "avise a quien mantiene el programa; los correos originales siguen guardados";

/// Questions whose every row is a finding: what is wrong, the query of what it concerns, what to do.
const QUESTIONS: &[(&str, &str, &str)] = &[
    (
        "el correo espera que lo trabajen",
        "SELECT 'correo ' || id FROM correo WHERE destino IS NULL ORDER BY id",
        "inicie el servicio (`mesa-tic run`) y espere; si sigue igual, revise su registro",
    ),
    (
        "el correo tiene destino «respuesta» y no tiene caso",
        "SELECT 'correo ' || id FROM correo WHERE destino = 'respuesta' AND caso IS NULL",
        REPORT,
    ),
    (
        "el correo abrió un caso y ningún hecho del caso lo nombra",
        "SELECT 'correo ' || id FROM correo WHERE destino = 'ticket'
           AND NOT EXISTS (SELECT 1 FROM hecho WHERE hecho.caso = correo.caso AND hecho.correo = correo.id)",
        REPORT,
    ),
    (
        "el mismo correo se trabajó más de una vez",
        "SELECT 'correos ' || group_concat(id, ', ') FROM correo
         WHERE huella IS NOT NULL AND destino <> 'duplicado' GROUP BY huella HAVING count(*) > 1",
        REPORT,
    ),
    (
        "el caso no viene de ningún correo ni de la mesa",
        "SELECT codigo FROM caso WHERE NOT EXISTS (SELECT 1 FROM hecho WHERE hecho.caso = caso.id)",
        REPORT,
    ),
    (
        "faltan números de caso en el año",
        "SELECT 'año ' || (id / 10000000000) FROM caso GROUP BY id / 10000000000
         HAVING max(id) % 10000000000 <> count(*)",
        RESTORE,
    ),
    (
        "la cuenta de casos abiertos del técnico no es la real",
        "SELECT 'técnico ' || tecnico FROM carga
         WHERE abiertos <> (SELECT count(*) FROM caso
                            WHERE caso.tecnico = carga.tecnico AND estado NOT IN ('resuelto', 'cerrado'))",
        REPORT,
    ),
    (
        "el archivo guardado no es de ningún correo",
        "SELECT 'archivo ' || sha256 FROM cuerpo
         WHERE NOT EXISTS (SELECT 1 FROM correo WHERE correo.sha256 = cuerpo.sha256)
           AND NOT EXISTS (SELECT 1 FROM adjunto WHERE adjunto.sha256 = cuerpo.sha256)",
        "no hace daño; avise a quien mantiene el programa",
    ),
];

impl Store {
    /// Looks everything over. Reads only; empty when all is well.
    pub fn reconcile(&self) -> Result<Vec<Finding>> {
        // One reading transaction: the daemon may write meanwhile, and this sees one instant.
        let _instant = rusqlite::Transaction::new_unchecked(&self.conn, rusqlite::TransactionBehavior::Deferred)?;
        let mut findings = self.integrity()?;
        for (what, question, remedy) in QUESTIONS {
            let mut statement = self.conn.prepare(question)?;
            let found = statement.query_map([], |row| row.get::<_, String>(0))?;
            for place in found {
                findings.push(finding(what, place?, remedy));
            }
        }
        self.check_bodies(&mut findings)?;
        self.check_sums(&mut findings)?;
        Ok(findings)
    }

    fn integrity(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut check = self.conn.prepare("PRAGMA integrity_check(20)")?;
        for fault in check.query_map([], |row| row.get::<_, String>(0))? {
            let fault = fault?;
            if fault != "ok" {
                findings.push(finding("el archivo de la base de datos está dañado", fault, RESTORE));
            }
        }
        let mut check = self.conn.prepare("PRAGMA foreign_key_check")?;
        let orphan = |row: &Row<'_>| {
            let (table, id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("{table} {}, que nombra a {parent}", id.unwrap_or_default()))
        };
        for place in check.query_map([], orphan)? {
            findings.push(finding("una fila nombra a otra que no existe", place?, RESTORE));
        }
        Ok(findings)
    }

    /// Every body still has the hash it was filed under.
    fn check_bodies(&self, findings: &mut Vec<Finding>) -> Result<()> {
        let mut bodies = self.conn.prepare("SELECT sha256, bytes FROM cuerpo")?;
        let mut rows = bodies.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = match row.get_ref(1)? {
                ValueRef::Blob(bytes) => bytes,
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => &[],
            };
            let sha256: String = row.get(0)?;
            if hex_sha256(bytes) != sha256 {
                findings.push(finding("el correo o adjunto guardado cambió", format!("archivo {sha256}"), RESTORE));
            }
        }
        Ok(())
    }

    /// Every case is the sum of its facts.
    fn check_sums(&self, findings: &mut Vec<Finding>) -> Result<()> {
        let mut cases = self.conn.prepare(concat!("SELECT ", ticket_columns!(), ", hechos FROM caso ORDER BY id"))?;
        let mut facts = self.conn.prepare("SELECT caso, orden, evento FROM hecho ORDER BY caso, orden")?;
        let mut facts = facts.query_map([], |row| Ok((row.get::<_, TicketKey>(0)?.0, row.get(1)?, json(row, 2)?)))?;
        let mut ahead: Option<(TicketId, i64, Event)> = facts.next().transpose()?;
        let mut rows = cases.query([])?;
        while let Some(row) = rows.next()? {
            let (case, count): (Ticket, i64) = (ticket(row)?, row.get(27)?);
            let (mut sum, mut seen, mut in_order) = (None, 0, true);
            while let Some((_, order, event)) = ahead.take_if(|(id, _, _)| *id == case.id) {
                seen += 1;
                in_order &= order == seen;
                sum = add(sum, &event);
                ahead = facts.next().transpose()?;
            }
            if !in_order || seen != count {
                findings.push(finding("al caso le faltan hechos", case.id.to_string(), RESTORE));
            } else if sum.as_ref() != Some(&case) {
                findings.push(finding("el caso no es la suma de sus hechos", case.id.to_string(), REPORT));
            }
        }
        Ok(())
    }
}

fn add(sum: Option<Ticket>, event: &Event) -> Option<Ticket> {
    match (sum, event) {
        (None, Event::Opened(ticket)) => Some((**ticket).clone()),
        (sum, event) => sum.map(|ticket| ticket.apply(event)),
    }
}

fn finding(what: &str, place: String, remedy: &str) -> Finding {
    Finding { que: what.to_owned(), donde: place, remedio: remedy.to_owned() }
}
