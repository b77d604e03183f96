//! What the command line shows: cases with their history, mails, letters. Plain values, ready for JSON.
use crate::desk::decision::{Disposition, Form};
use crate::inbox::raw::Place;
use crate::office::fields::words;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::store::ledger::place;
use crate::store::tickets::{closed_word, json, ticket, ticket_columns};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

words! {
    /// Where a letter stands.
    Sending {
        Pendiente = "pendiente",
        /// Handed to the post, and no answer noted yet.
        Enviando = "enviando",
        Enviada = "enviada",
        Fallida = "fallida",
        Cancelada = "cancelada",
    }
}

/// One case, whole.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    pub ticket: Ticket,
    pub hechos: Vec<Fact>,
    pub correos: Vec<LedgerMail>,
    pub cartas: Vec<QueuedLetter>,
}

/// Something that happened to a case.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub cuando: Timestamp,
    /// The row of the mail that brought it about.
    pub correo: Option<i64>,
    pub evento: Event,
}

/// A row of the ledger of mails. What a mail says of itself is absent until it is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerMail {
    pub row: i64,
    pub buzon: String,
    pub validez: u32,
    pub clave: String,
    pub recibido: Option<Timestamp>,
    pub tamano: Option<u64>,
    pub intentos: u32,
    /// Absent while the mail waits to be worked.
    pub destino: Option<Disposition>,
    pub motivo: Option<String>,
    pub caso: Option<TicketId>,
    pub de: Option<String>,
    pub asunto: Option<String>,
    /// The version of the rules that read it.
    pub manual: Option<String>,
    pub adjuntos: Vec<String>,
}

/// A letter of the queue, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueuedLetter {
    pub row: i64,
    pub mensaje: String,
    pub forma: Form,
    pub para: String,
    pub caso: Option<TicketId>,
    pub estado: Sending,
    pub intentos: u32,
    pub encolada: Timestamp,
    /// When it is tried next; only of one that waits.
    pub proximo: Option<Timestamp>,
    pub terminada: Option<Timestamp>,
    /// What the server said when it took the letter.
    pub recibo: Option<String>,
    /// Why it has not gone, or never will.
    pub motivo: Option<String>,
}

macro_rules! mail_columns {
    () => {
        "id, buzon, validez, clave, recibido, tamano, intentos, destino, motivo, caso, de, asunto, manual"
    };
}

macro_rules! letter_columns {
    () => {
        "id, mensaje, forma, para, caso, estado, intentos, encolada, proximo, terminada, recibo, motivo"
    };
}

impl Store {
    /// Cases, the newest first; all, or those of one estado.
    pub fn tickets(&self, estado: Option<Estado>, limit: usize) -> Result<Vec<Ticket>> {
        let limit = i64::try_from(limit)?;
        let tickets = match estado {
            Some(estado) => self
                .cached(concat!(
                    "SELECT ",
                    ticket_columns!(),
                    " FROM caso WHERE estado = ?1 ORDER BY id DESC LIMIT ?2"
                ))?
                .query_map((estado.word(), limit), ticket)?
                .collect::<rusqlite::Result<_>>()?,
            None => self
                .cached(concat!("SELECT ", ticket_columns!(), " FROM caso ORDER BY id DESC LIMIT ?1"))?
                .query_map([limit], ticket)?
                .collect::<rusqlite::Result<_>>()?,
        };
        Ok(tickets)
    }

    /// One case with all that belongs to it, oldest first.
    pub fn case(&self, id: TicketId) -> Result<Option<Case>> {
        let Some(ticket) = self.ticket(id)? else { return Ok(None) };
        let hechos = self.history(id)?;
        let correos = self
            .cached(concat!("SELECT ", mail_columns!(), " FROM correo WHERE caso = ?1 ORDER BY id"))?
            .query_map([TicketKey(id)], ledger_mail)?
            .collect::<rusqlite::Result<_>>()?;
        let cartas = self
            .cached(concat!("SELECT ", letter_columns!(), " FROM carta WHERE caso = ?1 ORDER BY id"))?
            .query_map([TicketKey(id)], queued_letter)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Some(Case { ticket, hechos, correos: self.with_attachments(correos)?, cartas }))
    }

    /// What happened to a case, oldest first.
    pub fn history(&self, id: TicketId) -> Result<Vec<Fact>> {
        let mut facts = self.cached("SELECT cuando, correo, evento FROM hecho WHERE caso = ?1 ORDER BY orden")?;
        Ok(facts.query_map([TicketKey(id)], fact)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Cases that were ever promised an hour between two instants.
    pub fn promised(&self, from: Timestamp, to: Timestamp) -> Result<Vec<TicketId>> {
        let mut cases = self.cached(
            "SELECT DISTINCT caso FROM hecho
              WHERE substr(evento, 3, 6) IN ('Booked', 'Pinned')
                AND ifnull(evento ->> '$.Booked.start', evento ->> '$.Pinned.start') BETWEEN ?1 AND ?2 ORDER BY caso",
        )?;
        let found = cases.query_map((from.to_string(), to.to_string()), |row| Ok(row.get::<_, TicketKey>(0)?.0))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Mails that could not be worked, the newest first.
    pub fn quarantine(&self, limit: usize) -> Result<Vec<LedgerMail>> {
        let sql =
            concat!("SELECT ", mail_columns!(), " FROM correo WHERE destino = 'cuarentena' ORDER BY id DESC LIMIT ?1");
        let mails =
            self.cached(sql)?.query_map([i64::try_from(limit)?], ledger_mail)?.collect::<rusqlite::Result<_>>()?;
        Ok(mails)
    }

    /// One row of the ledger.
    pub fn mail(&self, row: i64) -> Result<Option<LedgerMail>> {
        let sql = concat!("SELECT ", mail_columns!(), " FROM correo WHERE id = ?1");
        let found = self.cached(sql)?.query_row([row], ledger_mail).optional()?;
        Ok(self.with_attachments(found.into_iter().collect())?.pop())
    }

    /// Letters that wait, failed or were cancelled, the newest first.
    pub fn unsent(&self, limit: usize) -> Result<Vec<QueuedLetter>> {
        let sql = concat!(
            "SELECT ",
            letter_columns!(),
            " FROM carta WHERE estado IN ('pendiente', 'enviando', 'fallida', 'cancelada') AND estado <> 'enviada'
              ORDER BY id DESC LIMIT ?1"
        );
        let letters =
            self.cached(sql)?.query_map([i64::try_from(limit)?], queued_letter)?.collect::<rusqlite::Result<_>>()?;
        Ok(letters)
    }

    /// One letter of the queue.
    pub fn letter(&self, row: i64) -> Result<Option<QueuedLetter>> {
        let sql = concat!("SELECT ", letter_columns!(), " FROM carta WHERE id = ?1");
        Ok(self.cached(sql)?.query_row([row], queued_letter).optional()?)
    }

    /// The bytes of a letter, as they are sent.
    pub fn letter_bytes(&self, row: i64) -> Result<Option<Vec<u8>>> {
        let mut bytes = self.cached("SELECT bytes FROM escrito WHERE carta = ?1")?;
        Ok(bytes.query_row([row], |row| row.get(0)).optional()?)
    }

    fn with_attachments(&self, mut mails: Vec<LedgerMail>) -> Result<Vec<LedgerMail>> {
        let mut names = self.cached("SELECT nombre FROM adjunto WHERE correo = ?1 ORDER BY orden")?;
        for mail in &mut mails {
            mail.adjuntos = names.query_map([mail.row], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        }
        Ok(mails)
    }
}

fn fact(row: &Row<'_>) -> rusqlite::Result<Fact> {
    Ok(Fact { cuando: row.get::<_, Instant>(0)?.0, correo: row.get(1)?, evento: json(row, 2)? })
}

fn ledger_mail(row: &Row<'_>) -> rusqlite::Result<LedgerMail> {
    let Place { mailbox, validity, key } = place(row, 1)?;
    let has_destino = row.get::<_, Option<String>>(7)?.is_some();
    Ok(LedgerMail {
        row: row.get(0)?,
        buzon: mailbox,
        validez: validity,
        clave: key,
        recibido: instant(row, 4)?,
        tamano: row.get::<_, Option<i64>>(5)?.and_then(|size| u64::try_from(size).ok()),
        intentos: row.get(6)?,
        destino: has_destino.then(|| closed_word(row, 7, Disposition::from_word)).transpose()?,
        motivo: row.get(8)?,
        caso: row.get::<_, Option<TicketKey>>(9)?.map(|key| key.0),
        de: row.get(10)?,
        asunto: row.get(11)?,
        manual: row.get(12)?,
        adjuntos: Vec::new(),
    })
}

fn queued_letter(row: &Row<'_>) -> rusqlite::Result<QueuedLetter> {
    let estado = closed_word(row, 5, Sending::from_word)?;
    Ok(QueuedLetter {
        row: row.get(0)?,
        mensaje: row.get(1)?,
        forma: closed_word(row, 2, Form::from_word)?,
        para: row.get(3)?,
        caso: row.get::<_, Option<TicketKey>>(4)?.map(|key| key.0),
        estado,
        intentos: row.get(6)?,
        encolada: row.get::<_, Instant>(7)?.0,
        proximo: instant(row, 8)?.filter(|_| estado == Sending::Pendiente),
        terminada: instant(row, 9)?,
        recibo: row.get(10)?,
        motivo: row.get(11)?,
    })
}

pub(crate) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<Instant>>(at)?.map(|at| at.0))
}
