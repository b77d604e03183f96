//! Is everything where it belongs? Every mail at one end, every case the sum of its facts, every byte as it came.
use crate::store::db::Store;
use crate::store::instant::TicketKey;
use crate::store::ledger::hex_sha256;
use crate::store::tickets::{json, ticket, ticket_columns};
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Row, params_from_iter};
use serde::{Deserialize, Serialize};

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

/// How far the books were proven, and when: rows up to there were all in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    pub cuando: Timestamp,
    correo: i64,
    caso: i64,
    hecho: i64,
    cuerpo: i64,
}

/// The note of it.
const PROVEN: &str = "cuadre";

/// Questions whose every row is a finding: what is wrong, the query of what it concerns, what to do. They ask of the rows after
/// those that are proven.
const QUESTIONS: &[(&str, &str, &str)] = &[
    (WAITS, "SELECT 'correo ' || id FROM correo WHERE destino IS NULL ORDER BY id",
        "inicie el servicio (`mesa-tic run`) y espere; si sigue igual, revise su registro",
    ),
    (
        "el correo tiene destino «respuesta» y no tiene caso",
        "SELECT 'correo ' || id FROM correo WHERE id > :correo AND +destino = 'respuesta' AND caso IS NULL",
        REPORT,
    ),
    (
        "el correo abrió un caso y ningún hecho del caso lo nombra",
        "SELECT 'correo ' || id FROM correo WHERE id > :correo AND +destino = 'ticket'
           AND NOT EXISTS (SELECT 1 FROM hecho WHERE hecho.caso = correo.caso AND hecho.correo = correo.id)",
        REPORT,
    ),
    (
        "el hecho y su correo no son de la misma hora",
        "SELECT 'hecho ' || hecho.id FROM hecho JOIN correo ON correo.id = hecho.correo
          WHERE hecho.id > :hecho AND hecho.cuando IS NOT correo.decidido",
        RESTORE,
    ),
    // A mail is worked once: its facts are written one after the other, and the first of them is of the case that the mail lies with.
    (
        "los hechos del correo no van juntos o no son de su caso",
        "SELECT 'correo ' || correo.id FROM
           (SELECT correo AS origen, min(id) AS primero, max(id) AS ultimo, count(*) AS cuantos FROM hecho
             WHERE id > :hecho AND correo IS NOT NULL GROUP BY correo)
           JOIN hecho ON hecho.id = primero JOIN correo ON correo.id = origen
         WHERE ultimo - primero + 1 <> cuantos OR hecho.caso IS NOT correo.caso",
        RESTORE,
    ),
    (
        "el caso no viene de ningún correo ni de la mesa",
        "SELECT codigo FROM caso WHERE id > :caso AND NOT EXISTS (SELECT 1 FROM hecho WHERE hecho.caso = caso.id)",
        REPORT,
    ),
    (
        "faltan números de caso en el año",
        "SELECT 'año ' || (id / 10000000000) FROM caso INDEXED BY caso_estado GROUP BY id / 10000000000
         HAVING max(id) % 10000000000 <> count(*)",
        RESTORE,
    ),
    (
        "la cuenta de casos abiertos del técnico no es la real",
        "SELECT 'técnico ' || tecnico FROM carga LEFT JOIN
           (SELECT tecnico, count(*) AS reales FROM caso
             WHERE estado IN ('nuevo', 'asignado', 'en proceso', 'en espera', 'reabierto') GROUP BY tecnico) USING (tecnico)
         WHERE abiertos <> ifnull(reales, 0)",
        REPORT,
    ),
    (
        "el archivo guardado no es de ningún correo",
        "SELECT 'archivo ' || sha256 FROM
           (SELECT sha256 FROM cuerpo WHERE id > :cuerpo EXCEPT SELECT sha256 FROM correo WHERE id > :correo
            EXCEPT SELECT sha256 FROM adjunto WHERE correo > :correo)",
        "no hace daño; avise a quien mantiene el programa",
    ),
];

/// What is asked of all rows at once, in a whole proof only.
const QUESTIONS_OF_ALL: &[(&str, &str, &str)] = &[
    (
        "la cuenta de correos por destino no es la real",
        "SELECT 'destino ' || destino FROM destino LEFT JOIN
           (SELECT destino, count(*) AS reales FROM correo WHERE destino IS NOT NULL GROUP BY destino) USING (destino)
         WHERE correos <> ifnull(reales, 0)",
        REPORT,
    ),
    (
        "la carta no tiene texto",
        "SELECT 'carta ' || id FROM carta WHERE NOT EXISTS (SELECT 1 FROM escrito WHERE escrito.carta = carta.id)
            AND NOT (estado = 'cancelada' AND ifnull(motivo, '') >= 'retenida:' AND ifnull(motivo, '') < 'retenida;')",
        RESTORE,
    ),
    (
        "el estado de la carta y su cuenta no cuadran",
        "SELECT 'carta ' || id FROM carta WHERE cancelada <> (estado = 'cancelada')",
        REPORT,
    ),
    (
        "faltan cartas",
        "SELECT 'cartas' FROM (SELECT max(id) AS last, count(*) AS all_of_them FROM carta) WHERE last <> all_of_them",
        RESTORE,
    ),
];

/// The same mail worked twice: among all mails at once, or a new one and any other.
const TWICE: &str = "el mismo correo se trabajó más de una vez";
const TWICE_OF_ALL: &str = "SELECT 'correos ' || group_concat(id, ', ') FROM correo
     WHERE huella IS NOT NULL AND destino <> 'duplicado' GROUP BY huella HAVING count(*) > 1";
const TWICE_OF_NEW: &str = "SELECT 'correos ' || otro.id || ', ' || nuevo.id FROM correo AS nuevo JOIN correo AS otro USING (huella)
     WHERE nuevo.id > :correo AND otro.id < nuevo.id AND +nuevo.destino <> 'duplicado' AND +otro.destino <> 'duplicado'";

/// What is no fault of the books: the desk works on.
const WAITS: &str = "el correo espera que lo trabajen";

impl Store {
    /// Looks everything over. Reads only; empty when all is well.
    pub fn reconcile(&self) -> Result<Vec<Finding>> {
        Ok(self.prove(Timestamp::UNIX_EPOCH)?.0)
    }

    /// Looks everything over. When the books are in order, with how far: of a large cabinet that need not be proven again.
    pub fn prove(&self, now: Timestamp) -> Result<(Vec<Finding>, Option<Proven>)> {
        // One reading transaction: the daemon may write meanwhile, and this sees one instant.
        let _instant = rusqlite::Transaction::new_unchecked(&self.conn, rusqlite::TransactionBehavior::Deferred)?;
        let mut findings = self.integrity()?;
        let of_all = QUESTIONS_OF_ALL.iter().copied().chain([(TWICE, TWICE_OF_ALL, REPORT)]);
        self.answer(&Proven::default(), of_all, &mut findings)?;
        self.check_bodies(0, &mut findings)?;
        self.check_sums(CASES, FACTS, None, &mut findings)?;
        let in_order = findings.iter().all(|finding| finding.que == WAITS);
        let proven = if in_order { Some(self.how_far(now)?) } else { None };
        Ok((findings, proven))
    }

    /// Looks over what came after what is proven, and what is asked of the whole without reading it.
    pub fn reconcile_after(&self, proven: &Proven) -> Result<Vec<Finding>> {
        let _instant = rusqlite::Transaction::new_unchecked(&self.conn, rusqlite::TransactionBehavior::Deferred)?;
        let mut findings = Vec::new();
        self.answer(proven, [(TWICE, TWICE_OF_NEW, REPORT)], &mut findings)?;
        self.check_bodies(proven.cuerpo, &mut findings)?;
        self.check_sums(NEW_CASES, NEW_FACTS, Some(proven.hecho), &mut findings)?;
        Ok(findings)
    }

    /// How far the books of a large cabinet were proven; `None` where all of it is looked over each time.
    pub fn proven(&self) -> Result<Option<Proven>> {
        if !self.is_large()? {
            return Ok(None);
        }
        Ok(self.get(PROVEN)?.map(|note| serde_json::from_str(&note)).transpose()?)
    }

    /// Notes how far the books were found in order.
    pub fn note_proven(&mut self, proven: &Proven) -> Result<()> {
        self.set(PROVEN, &serde_json::to_string(proven)?)
    }

    /// A mail that waits is proven when it is worked.
    fn how_far(&self, now: Timestamp) -> Result<Proven> {
        let one = |sql: &str| self.conn.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        let waiting = one("SELECT min(id) FROM correo WHERE destino IS NULL")?.map(|first| first - 1);
        let last = |table: &str| one(&format!("SELECT max(id) FROM {table}")).map(Option::unwrap_or_default);
        let correo = waiting.map_or_else(|| last("correo"), Ok)?;
        Ok(Proven { cuando: now, correo, caso: last("caso")?, hecho: last("hecho")?, cuerpo: last("cuerpo")? })
    }

    /// Asks the questions that are always asked, and these.
    fn answer<'a>(
        &self,
        after: &Proven,
        others: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
        for (what, question, remedy) in QUESTIONS.iter().copied().chain(others) {
            let mut statement = self.conn.prepare(question)?;
            let Proven { correo, caso, hecho, cuerpo, .. } = *after;
            let marks = [(":correo", correo), (":caso", caso), (":hecho", hecho), (":cuerpo", cuerpo)];
            for (name, mark) in marks {
                if let Some(at) = statement.parameter_index(name)? {
                    statement.raw_bind_parameter(at, mark)?;
                }
            }
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                findings.push(finding(what, row.get(0)?, remedy));
            }
        }
        Ok(())
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

    /// Every body after that one still has the hash it was filed under.
    fn check_bodies(&self, after: i64, findings: &mut Vec<Finding>) -> Result<()> {
        let mut bodies = self.conn.prepare("SELECT sha256, bytes FROM cuerpo WHERE id > ?1")?;
        let mut rows = bodies.query([after])?;
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

    /// Every case of these is the sum of its facts.
    fn check_sums(&self, cases: &str, facts: &str, after: Option<i64>, findings: &mut Vec<Finding>) -> Result<()> {
        let (mut cases, mut facts) = (self.conn.prepare(cases)?, self.conn.prepare(facts)?);
        let mut facts = facts.query_map(params_from_iter(after), |row| {
            Ok((row.get::<_, TicketKey>(0)?.0, row.get(1)?, json(row, 2)?))
        })?;
        let mut ahead: Option<(TicketId, i64, Event)> = facts.next().transpose()?;
        let mut rows = cases.query(params_from_iter(after))?;
        while let Some(row) = rows.next()? {
            let (case, count): (Ticket, i64) = (ticket(row)?, row.get("hechos")?);
            let (mut sum, mut seen, mut in_order) = (None, 0, true);
            while let Some((_, order, event)) = ahead.take_if(|(id, _, _)| *id == case.id) {
                seen += 1;
                in_order &= order == seen;
                sum = Ticket::sum(sum, [&event]);
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

const CASES: &str = concat!("SELECT ", ticket_columns!(), ", hechos FROM caso ORDER BY id");
const FACTS: &str = "SELECT caso, orden, evento FROM hecho ORDER BY caso, orden";
/// Those to which something has happened since.
const NEW_CASES: &str = concat!(
    "SELECT ",
    ticket_columns!(),
    ", hechos FROM caso WHERE id IN (SELECT caso FROM hecho WHERE hecho.id > ?1) ORDER BY id"
);
const NEW_FACTS: &str = "SELECT caso, orden, evento FROM hecho
     WHERE caso IN (SELECT caso FROM hecho WHERE id > ?1) ORDER BY caso, orden";

fn finding(what: &str, place: String, remedy: &str) -> Finding {
    Finding { que: what.to_owned(), donde: place, remedio: remedy.to_owned() }
}
