//! Letters waiting for the post: each goes out as the bytes it was queued with, and is told of once.
use crate::crash::{self, Point};
use crate::desk::decision::Form;
use crate::letter::parcel::Parcel;
use crate::mail::message::MessageId;
use crate::outbox::outcome::{Outcome, next_try};
use crate::store::db::Store;
use crate::store::erase::BLANK;
use crate::store::fault::remedy;
use crate::store::instant::{Instant, TicketKey};
use crate::store::tickets::closed_word;
use crate::ticket::facts::Event;
use crate::ticket::id::TicketId;
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

/// A letter of whose sending nothing is heard for so long is in doubt, and goes out again as it is.
const LEASE: SignedDuration = SignedDuration::from_hours(1);

/// A letter that says it was queued so much later than now was queued by a clock that ran ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// A letter to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub row: i64,
    pub parcel: Parcel,
    pub ticket: Option<TicketId>,
    /// Attempts, this one included.
    pub tries: u32,
    pub queued: Timestamp,
    /// From then on it is in doubt.
    pub lease: Timestamp,
}

impl Due {
    /// Is more than half of its lease over? Then it goes back to the queue: to send a letter may take long, and it must be
    /// nobody else's meanwhile.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.lease.duration_since(now) * 2 < LEASE
    }
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Sent,
    /// Tried again at this instant.
    Again(Timestamp),
    /// Given up: the administrator must hear of it, unless the letter was itself a notice to him.
    Failed(Failure),
}

/// A letter that will not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub row: i64,
    pub form: Form,
    pub to: String,
    pub ticket: Option<TicketId>,
    pub why: String,
}

struct Letter {
    form: Form,
    to: String,
    ticket: Option<TicketId>,
    tries: u32,
    queued: Timestamp,
}

impl Store {
    /// The next letters to send, oldest appointment first. They are marked as being sent, durably, before this returns: after
    /// a crash it is known that they may have arrived.
    pub fn due(&mut self, limit: usize, now: Timestamp) -> Result<Vec<Due>> {
        self.note_sent(now)?;
        let rows = self.ripe(limit, now)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        crash::at(Point::Due);
        let lease = Instant(now.checked_add(LEASE)?);
        self.together(|store| {
            let mut mark = store.cached(
                "UPDATE carta SET estado = 'enviando', intentos = intentos + 1, proximo = ?2
                 WHERE id = ?1 AND estado IN ('pendiente', 'enviando')
                 RETURNING id, mensaje, para, (SELECT bytes FROM escrito WHERE carta = id), caso, intentos, encolada, proximo",
            )?;
            let mut due = Vec::with_capacity(rows.len());
            for row in rows {
                due.extend(mark.query_row((row, lease), due_letter).optional()?);
            }
            Ok(due)
        })
    }

    /// Letters of an hour that has not come, for the clock ran ahead and was set right since: they would wait for it. They count
    /// from now on. Returns how many there were.
    pub fn call_back(&mut self, now: Timestamp) -> Result<usize> {
        let rows = self.of_hours_to_come(now.checked_add(AHEAD)?)?;
        if rows.is_empty() {
            return Ok(0);
        }
        let lease = Instant(now.checked_add(LEASE)?);
        self.together(|store| {
            let mut back = store.cached(
                "UPDATE carta SET encolada = ?2, proximo = iif(estado = 'enviando', ?3, ?2)
                 WHERE id = ?1 AND estado IN ('pendiente', 'enviando')",
            )?;
            rows.iter().map(|row| Ok(back.execute((row, Instant(now), lease))?)).sum()
        })
    }

    fn of_hours_to_come(&self, after: Timestamp) -> Result<Vec<i64>> {
        let mut letters = self.cached(
            "SELECT id FROM carta WHERE estado IN ('pendiente', 'enviando') AND estado <> 'enviada'
                AND proximo > ?1 AND encolada > ?1",
        )?;
        Ok(letters.query_map([Instant(after)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// Letters whose time has come: those in doubt first, then those that wait.
    fn ripe(&self, limit: usize, now: Timestamp) -> Result<Vec<i64>> {
        let limit = i64::try_from(limit)?;
        let mut next = self.cached(
            "SELECT id FROM carta WHERE estado = ?1 AND estado <> 'enviada' AND proximo <= ?2
             ORDER BY proximo, id LIMIT ?3",
        )?;
        let mut rows = Vec::new();
        for estado in ["enviando", "pendiente"] {
            let left = limit - i64::try_from(rows.len())?;
            for row in next.query_map((estado, Instant(now), left), |row| row.get(0))? {
                rows.push(row?);
            }
        }
        Ok(rows)
    }

    /// Notes how the sending of letters went; durable on return. Letters that went out while the disk was full are
    /// remembered, and no other leaves the queue before that could be written.
    pub fn settle(&mut self, fared: &[(i64, Outcome)], now: Timestamp) -> Result<Vec<Settled>> {
        let settled = self.together(|store| fared.iter().map(|(row, how)| store.write_down(*row, how, now)).collect());
        for (row, outcome) in fared {
            match (&settled, outcome) {
                (Err(error), Outcome::Sent { receipt }) if remedy(error).is_some() => {
                    self.sent.insert(*row, receipt.clone());
                }
                (Ok(_) | Err(_), _) => drop(self.sent.remove(row)),
            }
        }
        settled
    }

    fn note_sent(&mut self, now: Timestamp) -> Result<()> {
        for (row, receipt) in self.sent.clone() {
            self.settle(&[(row, Outcome::Sent { receipt })], now)?;
        }
        Ok(())
    }

    fn write_down(&mut self, row: i64, outcome: &Outcome, now: Timestamp) -> Result<Settled> {
        match outcome {
            Outcome::Sent { receipt } => {
                self.close_letter(row, "enviada", Some(receipt), None, now)?;
                Ok(Settled::Sent)
            }
            Outcome::Later { why } | Outcome::Doubtful { why } => {
                let letter = self.sending(row)?;
                match next_try(letter.tries, letter.queued, now) {
                    Some(at) => self.put_back(row, at, letter.tries, why).map(|()| Settled::Again(at)),
                    None => self.give_up(row, letter, why, now),
                }
            }
            Outcome::Never { why } => self.give_up(row, self.sending(row)?, why, now),
            // No letter's fault: the attempt does not count.
            Outcome::Closed { why, .. } => {
                let tries = self.sending(row)?.tries.saturating_sub(1);
                self.put_back(row, now, tries, why).map(|()| Settled::Again(now))
            }
        }
    }

    /// Queues notices that no mail caused. One that was queued before (by its Message-ID) is not queued again. Returns how
    /// many are new.
    pub fn queue(&mut self, notices: &[Parcel], now: Timestamp) -> Result<usize> {
        self.together(|store| {
            let mut row = store.cached(
                "INSERT INTO carta (mensaje, forma, para, contesta, aviso_datos, estado, encolada, proximo)
                 VALUES (?1, 'aviso', ?2, 0, 0, 'pendiente', ?3, ?3) ON CONFLICT (mensaje) DO NOTHING RETURNING id",
            )?;
            let mut new = 0;
            for notice in notices {
                let queued = row.query_row((&notice.id.0, &notice.to, Instant(now)), |row| row.get(0)).optional()?;
                new += queued.map_or(Ok(0), |row| store.write_out(row, &notice.bytes))?;
            }
            Ok(new)
        })
    }

    /// Tries a failed, cancelled or waiting letter at once, its five days counted anew. False when it is none of these, or was held
    /// and so never written ([`Store::unwritten`]); one whose words were taken out has nothing to say.
    pub fn retry_letter(&mut self, row: i64, now: Timestamp) -> Result<bool> {
        self.together(|store| {
            let mut blank = store.cached("SELECT 1 FROM escrito WHERE carta = ?1 AND bytes = ?2")?;
            ensure!(!blank.exists((row, BLANK.as_bytes()))?, "la carta n.º {row} se suprimió (Ley 1581 de 2012)");
            let mut back = store.cached(
                "UPDATE carta SET estado = 'pendiente', intentos = 0, encolada = ?2, proximo = ?2, terminada = NULL
                 WHERE id = ?1 AND estado IN ('pendiente', 'fallida', 'cancelada')
                   AND EXISTS (SELECT 1 FROM escrito WHERE carta = id)",
            )?;
            Ok(back.execute((row, Instant(now)))? == 1)
        })
    }

    /// Keeps a waiting letter from being sent. False when it does not wait: it may be on its way or gone.
    pub fn cancel_letter(&mut self, row: i64, now: Timestamp) -> Result<bool> {
        self.together(|store| {
            let mut cancel = store.cached(
                "UPDATE carta SET estado = 'cancelada', terminada = ?2 WHERE id = ?1 AND estado = 'pendiente'",
            )?;
            Ok(cancel.execute((row, Instant(now)))? == 1)
        })
    }

    fn sending(&self, row: i64) -> Result<Letter> {
        let mut letter = self
            .cached("SELECT forma, para, caso, intentos, encolada FROM carta WHERE id = ?1 AND estado = 'enviando'")?;
        let found = letter.query_row([row], |row| {
            Ok(Letter {
                form: closed_word(row, 0, Form::from_word)?,
                to: row.get(1)?,
                ticket: row.get::<_, Option<TicketKey>>(2)?.map(|key| key.0),
                tries: row.get(3)?,
                queued: row.get::<_, Instant>(4)?.0,
            })
        });
        found.optional()?.with_context(|| not_sending(row))
    }

    fn give_up(&mut self, row: i64, letter: Letter, why: &str, now: Timestamp) -> Result<Settled> {
        self.close_letter(row, "fallida", None, Some(why), now)?;
        if let Some(ticket) = letter.ticket {
            let event = Event::Undelivered { a: letter.to.clone(), motivo: why.to_owned(), marca: true };
            self.append(&[(ticket, event)], None, now)?;
        }
        let Letter { form, to, ticket, .. } = letter;
        Ok(Settled::Failed(Failure { row, form, to, ticket, why: why.to_owned() }))
    }

    fn close_letter(
        &self,
        row: i64,
        estado: &str,
        receipt: Option<&String>,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let mut close = self.cached(
            "UPDATE carta SET estado = ?2, recibo = ?3, motivo = ?4, terminada = ?5 WHERE id = ?1 AND estado = 'enviando'",
        )?;
        ensure!(close.execute((row, estado, receipt, why, Instant(now)))? == 1, not_sending(row));
        Ok(())
    }

    fn put_back(&self, row: i64, at: Timestamp, tries: u32, why: &str) -> Result<()> {
        let mut back = self
            .cached("UPDATE carta SET estado = 'pendiente', proximo = ?2, intentos = ?3, motivo = ?4 WHERE id = ?1")?;
        back.execute((row, Instant(at), tries, why))?;
        Ok(())
    }
}

fn not_sending(row: i64) -> String {
    format!("la carta {row} no se estaba enviando")
}

fn due_letter(row: &rusqlite::Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        row: row.get(0)?,
        parcel: Parcel { id: MessageId(row.get(1)?), to: row.get(2)?, bytes: row.get(3)? },
        ticket: row.get::<_, Option<TicketKey>>(4)?.map(|key| key.0),
        tries: row.get(5)?,
        queued: row.get::<_, Instant>(6)?.0,
        lease: row.get::<_, Instant>(7)?.0,
    })
}
