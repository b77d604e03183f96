//! A ticket and its row: the row is the sum of the facts, written out for queries.
use crate::office::fields::{Categoria, Contacto, Dependencia, Origen, Prioridad, Ubicacion};
use crate::store::agenda::visit;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey, word};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{OptionalExtension, Row, named_params};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The columns of [`ticket`], in its order.
macro_rules! ticket_columns {
    () => {
        "id, estado, prioridad, origen, clase, categoria, asunto, problema, dependencia, ubicacion, edificio, piso, oficina, \
         nombre, telefono, extension, celular, correo, faltan, solicitante, tecnico, abierto, fuentes, \
         visita_tecnico, visita_inicio, visita_fin, seguimiento"
    };
}
pub(crate) use ticket_columns;

/// Cases of one person that are looked at for what he said before.
const EARLIER: i64 = 3;
/// Cases that somebody just opened; nobody asks for more.
const LATELY: i64 = 5;
/// Alarms of one system among which the one is looked for that a mail tells of.
const ALARMS: i64 = 200;

/// Tickets as one mail changes them: read once, summed up, written once.
#[derive(Default)]
pub(crate) struct Desktop {
    open: BTreeMap<TicketId, Sheet>,
}

struct Sheet {
    ticket: Ticket,
    is_new: bool,
    /// Facts on file before these.
    before: i64,
}

impl Store {
    /// A ticket as it stands.
    pub fn ticket(&self, id: TicketId) -> Result<Option<Ticket>> {
        Ok(self.sheet(id)?.map(|(ticket, _)| ticket))
    }

    /// The last cases of which this is the contact's address, newest first.
    pub(crate) fn earlier(&self, correo: &str) -> Result<Vec<Ticket>> {
        let mut last = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            " FROM caso WHERE correo = ?1 ORDER BY id DESC LIMIT ?2"
        ))?;
        Ok(last.query_map((correo, EARLIER), ticket)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The newest of the cases that somebody opened since then.
    pub(crate) fn opened_by(&self, correo: &str, since: Timestamp) -> Result<Vec<Ticket>> {
        let mut last = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            " FROM caso WHERE solicitante = ?1 AND abierto >= ?2 ORDER BY abierto DESC, id DESC LIMIT ?3"
        ))?;
        Ok(last.query_map((correo, Instant(since), LATELY), ticket)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The newest alarms of a monitoring system that are not closed.
    pub(crate) fn alarms_of(&self, correo: &str) -> Result<Vec<Ticket>> {
        let mut open = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            " FROM caso WHERE solicitante = ?1 AND clase = 'alarma' AND estado <> 'cerrado' ORDER BY id DESC LIMIT ?2"
        ))?;
        Ok(open.query_map((correo, ALARMS), ticket)?.collect::<rusqlite::Result<_>>()?)
    }

    fn sheet(&self, id: TicketId) -> Result<Option<(Ticket, i64)>> {
        let mut one = self.cached(concat!("SELECT ", ticket_columns!(), ", hechos FROM caso WHERE id = ?1"))?;
        Ok(one.query_row([TicketKey(id)], |row| Ok((ticket(row)?, row.get("hechos")?))).optional()?)
    }

    /// Appends facts, in their order, and writes the tickets that they add up to.
    pub(crate) fn append(&mut self, facts: &[(TicketId, Event)], mail: Option<i64>, now: Timestamp) -> Result<()> {
        let mut desktop = Desktop::default();
        for (id, event) in facts {
            self.lay_out(&mut desktop, *id, event)?;
        }
        let mut counts: BTreeMap<TicketId, i64> = BTreeMap::new();
        for (id, _) in facts {
            *counts.entry(*id).or_default() += 1;
        }
        for (id, sheet) in &desktop.open {
            let facts = sheet.before + counts.get(id).copied().unwrap_or_default();
            self.write(&sheet.ticket, sheet.is_new, facts, now)?;
            self.note_visit(&sheet.ticket, sheet.is_new);
        }
        self.write_facts(&desktop, facts, mail, now)?;
        self.mark(facts, now)?;
        self.learn(facts, now)
    }

    fn lay_out(&self, desktop: &mut Desktop, id: TicketId, event: &Event) -> Result<()> {
        if let Some(sheet) = desktop.open.get_mut(&id) {
            sheet.ticket.hear(event);
            return Ok(());
        }
        let sheet = match (event, self.sheet(id)?) {
            (Event::Opened(ticket), None) => {
                anyhow::ensure!(ticket.id == id, "el caso {} se abrió como {id}", ticket.id);
                Sheet { ticket: (**ticket).clone(), is_new: true, before: 0 }
            }
            (Event::Opened(_), Some(_)) => anyhow::bail!("el caso {id} ya estaba abierto"),
            (_, Some((ticket, before))) => Sheet { ticket: ticket.apply(event), is_new: false, before },
            (_, None) => anyhow::bail!("no hay caso {id}"),
        };
        desktop.open.insert(id, sheet);
        Ok(())
    }

    fn write_facts(
        &self,
        desktop: &Desktop,
        facts: &[(TicketId, Event)],
        mail: Option<i64>,
        now: Timestamp,
    ) -> Result<()> {
        let mut fact =
            self.cached("INSERT INTO hecho (caso, orden, cuando, correo, evento) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let mut next: BTreeMap<TicketId, i64> =
            desktop.open.iter().map(|(id, sheet)| (*id, sheet.before + 1)).collect();
        for (id, event) in facts {
            let order = next.entry(*id).or_insert(1);
            fact.execute((TicketKey(*id), *order, Instant(now), mail, serde_json::to_string(event)?))?;
            *order += 1;
        }
        Ok(())
    }

    pub(crate) fn write(&self, ticket: &Ticket, is_new: bool, facts: i64, now: Timestamp) -> Result<()> {
        let mut row = self.cached(if is_new { INSERT } else { UPDATE })?;
        let (place, person, visit) = (&ticket.ubicacion, &ticket.contacto, ticket.visita.as_ref());
        let changed = row.execute(named_params! {
            ":id": TicketKey(ticket.id),
            ":estado": ticket.estado.word(),
            ":prioridad": ticket.prioridad.word(),
            ":origen": ticket.origen.word(),
            ":clase": ticket.clase,
            ":categoria": ticket.categoria.0,
            ":asunto": ticket.asunto,
            ":problema": ticket.problema,
            ":dependencia": ticket.dependencia.as_ref().map(|d| &d.0),
            ":ubicacion": place.texto,
            ":edificio": place.edificio,
            ":piso": place.piso,
            ":oficina": place.oficina,
            ":nombre": person.nombre,
            ":telefono": person.telefono,
            ":extension": person.extension,
            ":celular": person.celular,
            ":correo": person.correo,
            ":faltan": serde_json::to_string(&ticket.faltan)?,
            ":solicitante": ticket.solicitante,
            ":tecnico": ticket.tecnico,
            ":abierto": Instant(ticket.abierto),
            ":fuentes": serde_json::to_string(&ticket.fuentes)?,
            ":visita_tecnico": visit.map(|v| &v.tecnico),
            ":visita_inicio": visit.map(|v| Instant(v.start)),
            ":visita_fin": visit.map(|v| Instant(v.end)),
            ":seguimiento": serde_json::to_string(&ticket.seguimiento)?,
            ":actualizado": Instant(now),
            ":hechos": facts,
        });
        let changed = changed.with_context(|| format!("no se pudo escribir el caso {}", ticket.id))?;
        anyhow::ensure!(changed == 1, "no hay caso {}", ticket.id);
        Ok(())
    }
}

const INSERT: &str = concat!(
    "INSERT INTO caso (",
    ticket_columns!(),
    ", actualizado, hechos) VALUES (:id, :estado, :prioridad, :origen, :clase, :categoria, :asunto, :problema, \
     :dependencia, :ubicacion, :edificio, :piso, :oficina, :nombre, :telefono, :extension, :celular, :correo, :faltan, \
     :solicitante, :tecnico, :abierto, :fuentes, :visita_tecnico, :visita_inicio, :visita_fin, :seguimiento, :actualizado, :hechos)"
);

const UPDATE: &str = "UPDATE caso SET estado = :estado, prioridad = :prioridad, origen = :origen, clase = :clase, \
     categoria = :categoria, asunto = :asunto, problema = :problema, dependencia = :dependencia, \
     ubicacion = :ubicacion, edificio = :edificio, piso = :piso, oficina = :oficina, nombre = :nombre, \
     telefono = :telefono, extension = :extension, celular = :celular, correo = :correo, faltan = :faltan, \
     solicitante = :solicitante, tecnico = :tecnico, abierto = :abierto, fuentes = :fuentes, \
     visita_tecnico = :visita_tecnico, visita_inicio = :visita_inicio, visita_fin = :visita_fin, \
     seguimiento = :seguimiento, actualizado = :actualizado, hechos = :hechos WHERE id = :id";

/// A row of [`ticket_columns`] as the ticket it is.
pub(crate) fn ticket(row: &Row<'_>) -> rusqlite::Result<Ticket> {
    Ok(Ticket {
        id: row.get::<_, TicketKey>(0)?.0,
        estado: closed_word(row, 1, Estado::from_word)?,
        prioridad: closed_word(row, 2, Prioridad::from_word)?,
        origen: closed_word(row, 3, Origen::from_word)?,
        clase: row.get(4)?,
        categoria: Categoria(row.get(5)?),
        asunto: row.get(6)?,
        problema: row.get(7)?,
        dependencia: row.get::<_, Option<String>>(8)?.map(Dependencia),
        ubicacion: Ubicacion { texto: row.get(9)?, edificio: row.get(10)?, piso: row.get(11)?, oficina: row.get(12)? },
        contacto: Contacto {
            nombre: row.get(13)?,
            telefono: row.get(14)?,
            extension: row.get(15)?,
            celular: row.get(16)?,
            correo: row.get(17)?,
        },
        faltan: json(row, 18)?,
        solicitante: row.get(19)?,
        tecnico: row.get(20)?,
        abierto: row.get::<_, Instant>(21)?.0,
        fuentes: json(row, 22)?,
        visita: visit(row, 23)?,
        seguimiento: json(row, 26)?,
    })
}

pub(crate) fn closed_word<T>(row: &Row<'_>, at: usize, from_word: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get::<_, String>(at)?;
    word(&text, from_word).map_err(|error| failure(at, error))
}

pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text = row.get::<_, String>(at)?;
    serde_json::from_str(&text).map_err(|error| failure(at, FromSqlError::other(error)))
}

fn failure(at: usize, error: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}
