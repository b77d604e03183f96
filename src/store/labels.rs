//! Corrections, and the mails they teach by: each is kept for the mail that opened the ticket, and for that mail only.
use crate::office::fields::Campo;
use crate::store::db::Store;
use crate::store::erase::BLANK_KEY;
use crate::store::instant::{Instant, TicketKey};
use crate::store::tickets::closed_word;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::label::Label;
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

/// What people said of one mail: by field the newest word, which may be that the mail does not say it.
pub type Labels = BTreeMap<Campo, Option<String>>;

macro_rules! stored_mails {
    () => {
        "FROM correo AS m WHERE m.id > ?2 AND m.sha256 IS NOT NULL
            AND m.sha256 <> ?3 AND ifnull(m.destino, '') NOT IN ('propio', 'duplicado') AND (?1 IS NULL OR m.recibido >= ?1)"
    };
}

/// A mail as it came, with what people said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub row: i64,
    /// The ticket it was put on.
    pub caso: Option<TicketId>,
    pub bytes: Vec<u8>,
    pub labels: Labels,
}

/// Octets of the mails that are handed out at a time, about: the memory stays flat however large the cabinet.
const HANDFUL: usize = 16 << 20;
const MAILS: i64 = 512;

impl Store {
    /// How many mails [`Store::stored`] hands out in all.
    pub fn count_stored(&self, since: Option<Timestamp>) -> Result<u64> {
        let sql = concat!("SELECT count(*) ", stored_mails!());
        let count: i64 = self.cached(sql)?.query_row((since.map(Instant), 0, BLANK_KEY), |row| row.get(0))?;
        Ok(u64::try_from(count)?)
    }

    /// The next mails after this row that came since then, oldest first; an empty list ends them. Our own letters and
    /// the twins of other mails are left out.
    pub fn stored(&self, since: Option<Timestamp>, after: i64) -> Result<Vec<Stored>> {
        let sql = concat!(
            "SELECT m.id, m.caso, (SELECT c.bytes FROM cuerpo AS c WHERE c.sha256 = m.sha256) ",
            stored_mails!(),
            " ORDER BY m.id LIMIT ?4"
        );
        let mut next = self.cached(sql)?;
        let mut rows = next.query((since.map(Instant), after, BLANK_KEY, MAILS))?;
        let (mut mails, mut octets) = (Vec::new(), 0);
        while octets < HANDFUL
            && let Some(row) = rows.next()?
        {
            let (row, caso, bytes): (i64, Option<TicketKey>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            octets += bytes.len();
            mails.push(Stored { row, caso: caso.map(|key| key.0), bytes, labels: self.labels(row)? });
        }
        Ok(mails)
    }

    /// Facts of a person of the office about a ticket, decided on the ticket as it stands and durable on return. The inner
    /// error is the person's, and then nothing is written; `None` when there is no such ticket.
    pub fn amend<E>(
        &mut self,
        id: TicketId,
        now: Timestamp,
        decide: impl FnOnce(&Ticket) -> Result<Vec<Event>, E>,
    ) -> Result<Option<Result<Vec<Event>, E>>> {
        self.together(|store| {
            let Some(ticket) = store.ticket(id)? else { return Ok(None) };
            let events = match decide(&ticket) {
                Ok(events) => events,
                Err(error) => return Ok(Some(Err(error))),
            };
            let facts: Vec<(TicketId, Event)> = events.iter().map(|event| (id, event.clone())).collect();
            store.append(&facts, None, now)?;
            Ok(Some(Ok(events)))
        })
    }

    /// The row of the mail that opened a ticket.
    pub fn opening_mail(&self, id: TicketId) -> Result<Option<i64>> {
        let mut first = self.cached("SELECT correo FROM hecho WHERE caso = ?1 AND orden = 1")?;
        Ok(first.query_row([TicketKey(id)], |row| row.get(0)).optional()?.flatten())
    }

    /// The labels of the mail on this row.
    pub fn labels(&self, mail: i64) -> Result<Labels> {
        let mut all = self.cached("SELECT campo, valor FROM etiqueta WHERE correo = ?1 ORDER BY id")?;
        let all = all.query_map([mail], |row| Ok((closed_word(row, 0, Campo::from_word)?, row.get(1)?)))?;
        Ok(all.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps what these facts teach.
    pub(crate) fn learn(&self, facts: &[(TicketId, Event)], now: Timestamp) -> Result<()> {
        let mut label =
            self.cached("INSERT INTO etiqueta (correo, campo, valor, quien, cuando) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (id, event) in facts {
            let Some(Label { campo, valor, quien }) = Label::of(event) else { continue };
            // A ticket that no mail opened has none to teach by.
            if let Some(mail) = self.opening_mail(*id)? {
                label.execute((mail, campo.word(), valor, quien, Instant(now)))?;
            }
        }
        Ok(())
    }
}
