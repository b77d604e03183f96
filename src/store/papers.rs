//! What orders look at beside their ticket: what has happened on it, the cases they name, the writer's visits, who is away.
use crate::desk::decision::{Away, Happened, Papers};
use crate::mail::message::Mail;
use crate::reading::command::Command;
use crate::spanish::when::day_of;
use crate::store::batch::Batch;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::store::tickets::{json, ticket, ticket_columns};
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{OptionalExtension, Row};

/// Facts of a ticket that are looked at, the last ones.
const RECENT: i64 = 60;
/// Visits of one person.
const VISITS: i64 = 100;
/// Other cases that the orders of one mail may name.
const NAMED: usize = 5;
/// Cases that went on in another, one after the other.
const FURTHER: usize = 10;

impl Batch<'_> {
    /// For the orders of a mail of this person (his `usuario`).
    pub fn papers(
        &self,
        mail: &Mail,
        on: Option<&Ticket>,
        usuario: Option<&str>,
        orders: &[&Command],
        now: Timestamp,
    ) -> Result<Papers> {
        let mut papers = Papers::default();
        if let Some(ticket) = on {
            papers.recent = self.store().recent(ticket.id)?;
            papers.seen = self.store().seen(mail, ticket.id)?;
            for id in named(orders, ticket.id.year) {
                papers.cases.extend(self.store().ticket(id)?);
            }
        }
        let own = orders.iter().any(|command| matches!(command, Command::Agenda | Command::Ausente(_)));
        if let Some(usuario) = usuario.filter(|_| own) {
            papers.visits = self.store().visits_of(usuario, now)?;
        }
        Ok(papers)
    }
}

fn named(orders: &[&Command], year: i16) -> Vec<TicketId> {
    let ids = orders
        .iter()
        .filter_map(|command| if let Command::Fusionar(case) = command { Some(case.in_year(year)) } else { None });
    ids.take(NAMED).collect()
}

impl Store {
    /// The ticket, or the one in which it goes on, and those on the way there.
    pub(crate) fn further(&self, id: TicketId) -> Result<(Option<Ticket>, Vec<TicketId>)> {
        let (mut found, mut through) = (self.ticket(id)?, Vec::new());
        for _ in 0..FURTHER {
            let Some((joined, next)) = found.as_ref().and_then(|t| Some((t.id, t.seguimiento.fusionado?))) else {
                break;
            };
            through.push(joined);
            found = self.ticket(next)?;
        }
        Ok((found, through))
    }

    /// Who announced that he is away on days from today on.
    pub fn away(&self, now: Timestamp) -> Result<Vec<Away>> {
        let mut rows =
            self.cached("SELECT tecnico, desde, hasta, motivo FROM ausencia WHERE hasta >= ?1 ORDER BY id")?;
        let away = |row: &Row<'_>| {
            Ok(Away { tecnico: row.get(0)?, first: date(row, 1)?, last: date(row, 2)?, reason: row.get(3)? })
        };
        Ok(rows.query_map([day_of(now).to_string()], away)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps announced absences.
    pub(crate) fn keep_away(&self, away: &[Away], mail: Option<i64>, now: Timestamp) -> Result<()> {
        let mut row = self.cached(
            "INSERT INTO ausencia (tecnico, desde, hasta, motivo, correo, anotada) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for Away { tecnico, first, last, reason } in away {
            row.execute((tecnico, first.to_string(), last.to_string(), reason, mail, Instant(now)))?;
        }
        Ok(())
    }

    fn recent(&self, id: TicketId) -> Result<Vec<Happened>> {
        let mut rows = self.cached(
            "SELECT orden, cuando, correo, (SELECT de FROM correo WHERE correo.id = hecho.correo), evento
             FROM hecho WHERE caso = ?1 ORDER BY orden DESC LIMIT ?2",
        )?;
        let fact = |row: &Row<'_>| {
            Ok(Happened {
                orden: row.get(0)?,
                cuando: row.get::<_, Instant>(1)?.0,
                correo: row.get(2)?,
                de: row.get(3)?,
                evento: json(row, 4)?,
            })
        };
        let mut recent = rows.query_map((TicketKey(id), RECENT), fact)?.collect::<rusqlite::Result<Vec<_>>>()?;
        recent.reverse();
        Ok(recent)
    }

    /// How many facts the ticket had when the letter was written that this mail answers; of a letter about a case that was
    /// joined to it, those that it had at that hour.
    fn seen(&self, mail: &Mail, id: TicketId) -> Result<Option<i64>> {
        let mut letter = self.cached(
            "SELECT caso, hechos, encolada FROM carta WHERE mensaje = ?1 AND caso IS NOT NULL AND hechos > 0",
        )?;
        let mut before = self.cached("SELECT count(*) FROM hecho WHERE caso = ?1 AND cuando <= ?2")?;
        for answered in &mail.refs {
            let found = letter.query_row([&answered.0], |row| {
                Ok((row.get::<_, TicketKey>(0)?.0, row.get::<_, i64>(1)?, row.get::<_, Instant>(2)?))
            });
            let Some((about, facts, written)) = found.optional()? else { continue };
            if about == id {
                return Ok(Some(facts));
            }
            if self.further(about)?.0.is_some_and(|ticket| ticket.id == id) {
                return Ok(Some(before.query_row((TicketKey(id), written), |row| row.get(0))?));
            }
        }
        Ok(None)
    }

    fn visits_of(&self, usuario: &str, now: Timestamp) -> Result<Vec<Ticket>> {
        let mut rows = self.cached(concat!(
            "SELECT ",
            ticket_columns!(),
            " FROM caso WHERE visita_fin > ?1 AND visita_tecnico = ?2 AND estado NOT IN ('resuelto', 'cerrado')
              ORDER BY visita_inicio, id LIMIT ?3"
        ))?;
        Ok(rows.query_map((Instant(now), usuario, VISITS), ticket)?.collect::<rusqlite::Result<_>>()?)
    }
}

fn date(row: &Row<'_>, at: usize) -> rusqlite::Result<Date> {
    let text = row.get::<_, String>(at)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(FromSqlError::other(error)))
    })
}
