//! What the cabinet knows that bears on one mail.
use crate::desk::decision::{Papers, Situation};
use crate::mail::message::{Mail, MessageId};
use crate::seal::context::{Sent, Verified};
use crate::seal::order::Standing;
use crate::store::agenda::year;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

/// Letters counted in an hour or a day; whoever asks has a limit below.
const ENOUGH: u32 = 300;
/// Message-IDs of a thread that a letter may refer to.
const THREAD: i64 = 20;

impl Store {
    /// All that bears on a mail that proves nothing, with what the running batch has already written.
    pub fn situation(&mut self, mail: &Mail, now: Timestamp) -> Result<Situation> {
        self.situation_in(None, mail, now)
    }

    /// All that bears on a mail that answers this letter of ours.
    pub fn situation_in(&mut self, context: Option<&Verified>, mail: &Mail, now: Timestamp) -> Result<Situation> {
        let id = match context {
            Some(context) => Some(context.ticket()),
            None => self.ticket_of(mail)?,
        };
        self.situation_on(id, mail, now)
    }

    /// All that bears on a mail about this ticket.
    pub fn situation_on(&mut self, id: Option<TicketId>, mail: &Mail, now: Timestamp) -> Result<Situation> {
        let sender = mail.from.correo.as_str();
        let (ticket, through) = match id {
            Some(id) => self.further(id)?,
            None => (None, Vec::new()),
        };
        let thread = match &ticket {
            Some(ticket) => self.thread(ticket)?,
            None => Vec::new(),
        };
        Ok(Situation {
            thread,
            next: self.next_number(now)?,
            earlier: self.earlier(sender)?,
            agenda: self.visits(now)?,
            load: self.load()?,
            notified: self.notified(sender)?,
            answers_today: self.answers_to(sender, before(now, 24))?,
            answers_this_hour: self.answers_since(before(now, 1))?,
            opened: self.opened_by(sender, before(now, 1))?,
            alarms: self.alarms_of(sender)?,
            known_sender: self.is_known(sender)?,
            // The cabinet cannot know; who brought the mail can.
            truncated: false,
            away: self.away(now)?,
            papers: Papers::default(),
            standing: Standing::none(),
            held: None,
            asked: self.asked_since(sender, before(now, 1))?,
            since: match &ticket {
                Some(ticket) => Some(self.in_its_estado_since(ticket)?),
                None => None,
            },
            through,
            returned: self.returned(mail)?,
            last_fact: match &ticket {
                Some(ticket) => Some(self.last_fact(ticket.id)?),
                None => None,
            },
            ticket,
        })
    }

    /// A letter of ours by its Message-ID.
    pub fn sent(&self, id: &MessageId) -> Result<Option<Sent>> {
        let mut letter = self.cached("SELECT para, caso FROM carta WHERE mensaje = ?1")?;
        let sent = |row: &rusqlite::Row<'_>| {
            Ok(Sent { to: row.get(0)?, ticket: row.get::<_, Option<TicketKey>>(1)?.map(|key| key.0) })
        };
        Ok(letter.query_row([&id.0], sent).optional()?)
    }

    /// The ticket that a mail without a token of ours belongs to: by the ids of our letters first (a bounce's too), then by
    /// those of the mails that are on its file, whoever answers them (the boss in copy does), by the invitation that a calendar
    /// answers; last by its number in the subject, which only a party may use. Who is no party is read by the technician alone.
    fn ticket_of(&self, mail: &Mail) -> Result<Option<TicketId>> {
        let about = mail.bounce.as_ref().and_then(|b| b.about.as_ref());
        for id in about.into_iter().chain(&mail.refs) {
            if let Some(ticket) = self.ticket_of_letter(id)? {
                return Ok(Some(ticket));
            }
        }
        for id in &mail.refs {
            if let Some(ticket) = self.ticket_of_mail(id)? {
                return Ok(Some(ticket));
            }
        }
        if let Some(ticket) = mail.reply().and_then(|reply| self.ticket_of_invitation(&reply.uid).transpose()) {
            return Ok(Some(ticket?));
        }
        for ticket in TicketId::in_text(&mail.subject) {
            if self.is_party(ticket, &mail.from.correo)? {
                return Ok(Some(ticket));
            }
        }
        Ok(None)
    }

    /// To whom the letter went that a delivery report returns; by the id that it cites, else by those that it answers.
    fn returned(&self, mail: &Mail) -> Result<Option<String>> {
        let Some(bounce) = &mail.bounce else { return Ok(None) };
        for id in bounce.about.iter().chain(&mail.refs) {
            if let Some(letter) = self.sent(id)? {
                return Ok(Some(letter.to));
            }
        }
        Ok(None)
    }

    fn ticket_of_letter(&self, id: &MessageId) -> Result<Option<TicketId>> {
        let mut letter = self.cached("SELECT caso FROM carta WHERE mensaje = ?1 AND caso IS NOT NULL")?;
        Ok(letter.query_row([&id.0], |row| row.get::<_, TicketKey>(0)).optional()?.map(|key| key.0))
    }

    fn ticket_of_mail(&self, id: &MessageId) -> Result<Option<TicketId>> {
        let mut mail =
            self.cached("SELECT caso FROM correo WHERE mensaje = ?1 AND caso IS NOT NULL ORDER BY id DESC LIMIT 1")?;
        Ok(mail.query_row([&id.0], |row| row.get::<_, TicketKey>(0)).optional()?.map(|key| key.0))
    }

    /// The ticket whose visit was sent to calendars under this name, now or before. The name holds its number; that alone
    /// proves nothing.
    fn ticket_of_invitation(&self, uid: &str) -> Result<Option<TicketId>> {
        let mut sent = self
            .cached("SELECT 1 FROM hecho WHERE caso = ?1 AND lower(evento ->> '$.Invited.uid') = lower(?2) LIMIT 1")?;
        for ticket in TicketId::in_text(uid) {
            if sent.exists((TicketKey(ticket), uid))? {
                return Ok(Some(ticket));
            }
        }
        Ok(None)
    }

    /// Who asked, here or in a case joined to this one, who needs the service, and whoever had a letter of ours about it.
    fn is_party(&self, ticket: TicketId, correo: &str) -> Result<bool> {
        if correo.is_empty() {
            return Ok(false);
        }
        let mut party = self.cached(
            "SELECT 1 FROM caso WHERE id = ?1 AND (solicitante = ?2 OR correo = ?2
                 OR EXISTS (SELECT 1 FROM json_each(seguimiento, '$.tambien') WHERE value = ?2))
             UNION ALL SELECT 1 FROM carta WHERE caso = ?1 AND para = ?2 LIMIT 1",
        )?;
        Ok(party.exists((TicketKey(ticket), correo))?)
    }

    /// Message-IDs that the requester knows of this ticket, oldest first: his mails and our letters to him.
    pub(crate) fn thread(&self, ticket: &Ticket) -> Result<Vec<MessageId>> {
        let mut known = self.cached(
            "SELECT mensaje, archivado AS cuando, 0 AS es_carta FROM correo WHERE caso = ?1 AND de = ?2 AND mensaje IS NOT NULL
             UNION ALL SELECT mensaje, encolada, 1 FROM carta WHERE caso = ?1 AND para = ?2
             ORDER BY cuando DESC, es_carta DESC LIMIT ?3",
        )?;
        let mut ids = known
            .query_map((TicketKey(ticket.id), &ticket.solicitante, THREAD), |row| row.get(0).map(MessageId))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ids.reverse();
        Ok(ids)
    }

    fn next_number(&self, now: Timestamp) -> Result<TicketId> {
        let year = year(now);
        let (before, after) = TicketKey::bounds(year);
        let mut last = self.cached("SELECT max(id) FROM caso WHERE id > ?1 AND id < ?2")?;
        let last = last.query_row([before, after], |row| row.get::<_, Option<TicketKey>>(0))?;
        Ok(TicketId { year, number: last.map_or(0, |key| key.0.number) + 1 })
    }

    fn load(&self) -> Result<BTreeMap<String, u32>> {
        let mut load = self.cached("SELECT tecnico, abiertos FROM carga WHERE abiertos > 0")?;
        Ok(load.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
    }

    fn in_its_estado_since(&self, ticket: &Ticket) -> Result<Timestamp> {
        let mut moved = self.cached(
            "SELECT max(cuando) FROM hecho WHERE caso = ?1
             AND (evento ->> '$.Moved' IS NOT NULL OR evento ->> '$.Waiting' IS NOT NULL OR evento ->> '$.Merged' IS NOT NULL)",
        )?;
        let since: Option<Instant> = moved.query_row([TicketKey(ticket.id)], |row| row.get(0))?;
        Ok(since.map_or(ticket.abierto, |since| since.0))
    }

    fn last_fact(&self, id: TicketId) -> Result<Timestamp> {
        let mut last = self.cached("SELECT actualizado FROM caso WHERE id = ?1")?;
        Ok(last.query_row([TicketKey(id)], |row| row.get::<_, Instant>(0))?.0)
    }

    fn notified(&self, correo: &str) -> Result<bool> {
        let mut notice = self.cached("SELECT 1 FROM carta WHERE para = ?1 AND aviso_datos = 1")?;
        Ok(!correo.is_empty() && notice.exists([correo])?)
    }

    fn answers_to(&self, correo: &str, since: Timestamp) -> Result<u32> {
        let mut count = self.cached(
            "SELECT count(*) FROM (SELECT 1 FROM carta
             WHERE para = ?1 AND cancelada IN (0, 1) AND encolada >= ?2 AND contesta = 1 LIMIT ?3)",
        )?;
        Ok(count.query_row((correo, Instant(since), ENOUGH), |row| row.get(0))?)
    }

    fn answers_since(&self, since: Timestamp) -> Result<u32> {
        let mut count =
            self.cached("SELECT count(*) FROM (SELECT 1 FROM carta WHERE contesta = 1 AND encolada >= ?1 LIMIT ?2)")?;
        Ok(count.query_row((Instant(since), ENOUGH), |row| row.get(0))?)
    }

    fn is_known(&self, correo: &str) -> Result<bool> {
        let mut known = self.cached(
            "SELECT 1 FROM carta WHERE para = ?1
             UNION ALL SELECT 1 FROM caso WHERE solicitante = ?1
             UNION ALL SELECT 1 FROM caso WHERE correo = ?1 LIMIT 1",
        )?;
        Ok(!correo.is_empty() && known.exists([correo])?)
    }
}

fn before(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
}
