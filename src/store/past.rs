//! What the cabinet knows of the person and the place of a case: a few cases, found by an index however many there are.
use crate::desk::decision::{Decision, Form};
use crate::desk::dispatch::Route;
use crate::desk::past::{self, Before, Past};
use crate::store::batch::Batch;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::store::tickets::closed_word;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::Result;
use rusqlite::{Params, Row};

/// Earlier cases that are told of a person, and of a place.
const FEW: i64 = 3;
/// Files that are named.
const FILES: i64 = 20;

impl Batch<'_> {
    /// Completes the letters that hand a case to somebody of the office: with the past of its person and place and with its files.
    /// What is held nobody reads.
    pub fn recall(&self, decision: &mut Decision, routes: &[Route]) -> Result<()> {
        let Decision { letters, facts, .. } = decision;
        for (letter, route) in letters.iter_mut().zip(routes) {
            let is_whole = matches!(letter.form, Form::Asignacion | Form::Caso) && !matches!(route, Route::Held(_));
            let Some(id) = letter.about.filter(|_| is_whole) else { continue };
            if let Some(ticket) = self.after(id, facts)? {
                past::tell(&mut letter.blanks, &self.store().past(&ticket)?);
            }
        }
        Ok(())
    }

    /// The ticket as it will be when the decision is on file.
    pub(crate) fn after(&self, id: TicketId, facts: &[(TicketId, Event)]) -> Result<Option<Ticket>> {
        let mut own = facts.iter().filter(|(of, _)| *of == id).map(|(_, event)| event).peekable();
        let before = match own.peek() {
            // The mail opens it.
            Some(Event::Opened(_)) => None,
            Some(_) | None => self.store().ticket(id)?,
        };
        Ok(Ticket::sum(before, own))
    }
}

impl Store {
    /// The last cases of the same person and of the same place, and the files that came with the mails of this one.
    pub fn past(&self, of: &Ticket) -> Result<Past> {
        let id = TicketKey(of.id);
        let persona = match &of.contacto.correo {
            Some(correo) => self.some(OF_PERSON, (correo, id, FEW))?,
            None => Vec::new(),
        };
        let place = &of.ubicacion;
        let (floor, room) = (&place.piso, &place.oficina);
        let lugar = match (&place.edificio, &of.dependencia) {
            (_, _) if floor.is_none() && room.is_none() => Vec::new(),
            (Some(building), _) => self.some(IN_BUILDING, (building, floor, room, id, FEW))?,
            // «Oficina 12» alone is another room in each house: it is that of the dependencia.
            (None, Some(dependencia)) => self.some(OF_OFFICE, (&dependencia.0, floor, room, id, FEW))?,
            (None, None) => Vec::new(),
        };
        let mut files = self.cached(
            "SELECT nombre, cuerpo.tamano FROM correo
               JOIN adjunto ON adjunto.correo = correo.id JOIN cuerpo ON cuerpo.sha256 = adjunto.sha256
              WHERE correo.caso = ?1 AND incrustado = 0 ORDER BY correo.id, orden LIMIT ?2",
        )?;
        let file = |row: &Row<'_>| Ok((row.get(0)?, u64::from(row.get::<_, u32>(1)?)));
        let anexos = files.query_map((id, FILES), file)?.collect::<rusqlite::Result<_>>()?;
        Ok(Past { persona, lugar, anexos })
    }

    fn some(&self, sql: &'static str, values: impl Params) -> Result<Vec<Before>> {
        let before = |row: &Row<'_>| {
            Ok(Before {
                id: row.get::<_, TicketKey>(0)?.0,
                estado: closed_word(row, 1, Estado::from_word)?,
                abierto: row.get::<_, Instant>(2)?.0,
                asunto: row.get(3)?,
                nombre: row.get(4)?,
            })
        };
        Ok(self.cached(sql)?.query_map(values, before)?.collect::<rusqlite::Result<_>>()?)
    }
}

const OF_PERSON: &str = "SELECT id, estado, abierto, asunto, nombre FROM caso
      WHERE correo = ?1 AND id <> ?2 ORDER BY id DESC LIMIT ?3";
const IN_BUILDING: &str = "SELECT id, estado, abierto, asunto, nombre FROM caso
      WHERE edificio = ?1 AND piso IS ?2 AND oficina IS ?3 AND id <> ?4 ORDER BY id DESC LIMIT ?5";
const OF_OFFICE: &str = "SELECT id, estado, abierto, asunto, nombre FROM caso
      WHERE edificio IS NULL AND dependencia = ?1 AND piso IS ?2 AND oficina IS ?3 AND id <> ?4
      ORDER BY id DESC LIMIT ?5";
