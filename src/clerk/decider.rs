//! One mail is decided and put on file: what is known of it, what follows, which letters are owed.
use crate::clerk::guard::guarded;
use crate::clerk::scribe::Draft;
use crate::crash::{self, Point};
use crate::desk;
use crate::desk::decision::{Decision, Disposition, Held, Letter, Papers, Reply, Situation};
use crate::desk::notice;
use crate::handbook::Handbook;
use crate::letter;
use crate::letter::parcel::Stamp;
use crate::mail;
use crate::mail::message::{Address, Hand, Mail, MessageId};
use crate::office::people::Person;
use crate::reading;
use crate::reading::command::Command;
use crate::reading::note::Reading;
use crate::seal;
use crate::seal::Seal;
use crate::seal::identity::{self, Word};
use crate::seal::order::{APPROVAL_DAYS, Moment, Standing};
use crate::seal::token::Purpose;
use crate::spanish::when;
use crate::store::batch::{Batch, Worked};
use crate::store::db::Store;
use crate::store::ledger::Filed;
use crate::ticket::erase::SUPPRESSED;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::{Error, Result};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Orders without proof in one name within an hour, of which the administrator hears.
const ALARMING: u32 = 3;

/// Decides one mail and puts it on file.
pub(crate) struct Decider<'a> {
    pub(crate) handbook: &'a Handbook,
    pub(crate) desk: &'a Address,
    pub(crate) administrator: &'a Address,
    pub(crate) seal: &'a Seal,
    pub(crate) filed: &'a Filed,
    pub(crate) now: Timestamp,
}

impl Decider<'_> {
    /// Everything that the mail causes, but the words of its letters: those are returned, to be written in the same batch.
    pub(crate) fn finish(&self, batch: &mut Batch<'_>, mail: &Mail, reading: &Reading) -> Result<Vec<Draft>> {
        let (row, now) = (self.filed.row, self.now);
        let mut routes = Vec::new();
        let decision = match batch.original(row, mail)? {
            Some(original) => duplicate(original.row),
            None => {
                let situation = self.situation(batch, mail, reading)?;
                let office = &self.handbook.office;
                let decide = || desk::decide(office, now, self.filed.received, mail, reading, &situation);
                let mut decision = guarded("al decidir", decide).map_err(Error::msg)?;
                decision.letters.extend(self.alarm(batch.store(), &decision)?);
                let writer = Some(mail.from.correo.as_str()).filter(|_| mail.hand == Hand::Person);
                routes = batch.routes(office, &mut decision, writer, now)?;
                batch.recall(&mut decision, &routes)?;
                decision
            }
        };
        let stamps = self.stamps(&decision, mail);
        let handbook = &self.handbook.version;
        let worked = Worked { row, mail, reading, decision: &decision, stamps: &stamps, routes: &routes, handbook };
        let letters = batch.commit_mail(&worked, now)?;
        crash::at(Point::MailWritten);
        let ticket = decision.facts.first().map(|(id, _)| id.to_string());
        let (disposition, kind) = (decision.disposition.word(), reading.kind.value.word());
        tracing::info!(mail = row, disposition, kind, ticket, letters = stamps.len(), "worked");
        let drafts = letters.into_iter().zip(decision.letters.into_iter().zip(stamps));
        Ok(drafts.filter_map(|(id, (letter, stamp))| Some(Draft { mail: row, id: id?, letter, stamp })).collect())
    }

    /// What the cabinet knows, and what the mail has proven.
    fn situation(&self, batch: &mut Batch<'_>, mail: &Mail, reading: &Reading) -> Result<Situation> {
        let Decider { seal, now, .. } = *self;
        let people = &self.handbook.office.people;
        let sent = |id: &MessageId| batch.store().sent(id);
        let context = seal::context::context(&seal.ring, &self.desk.correo, mail, now, sent)?;
        let mut situation = batch.situation_in(context.as_ref(), mail, now)?;
        if let (None, Some(id)) = (&situation.ticket, self.by_number(batch.store(), mail)?) {
            situation = batch.situation_on(Some(id), mail, now)?;
        }
        let person = people.who(&mail.from.correo);
        let is_bare = |ticket: &Ticket| ticket.asunto == SUPPRESSED;
        if mail.hand == Hand::Person && person.is_none() && situation.ticket.as_ref().is_some_and(is_bare) {
            // Nothing is left in that case by which who writes could be known, or his words understood: they begin a new one.
            situation = batch.situation_on(None, mail, now)?;
        }
        let morning = when::instant(when::day_of(now), Time::midnight()).unwrap_or(now);
        let confirmed = match person {
            Some(person) => batch.store().confirmed_since(&person.usuario, morning)?,
            None => false,
        };
        let held = match context.as_ref().filter(|context| context.purpose() == Purpose::Approval) {
            Some(context) => self.held(batch.store(), context.letter(), person)?,
            None => None,
        };
        let moment = Moment { now, received: self.filed.received };
        let standing = Standing::judge(&seal.policy, people, mail, context, moment, confirmed);
        // An answer that confirms an order is looked at as that order.
        let read = held.as_ref().map_or(reading, |held| &held.reading);
        let papers = papers(self.handbook, batch, mail, read, situation.ticket.as_ref(), now)?;
        Ok(Situation { truncated: !self.filed.whole, standing, held, papers, ..situation })
    }

    /// The case that somebody of the office names by its number, or an enlace of its dependencia; the server vouches for
    /// him, or nothing is looked up. What he may do there is another question.
    fn by_number(&self, store: &Store, mail: &Mail) -> Result<Option<TicketId>> {
        let (people, from) = (&self.handbook.office.people, mail.from.correo.as_str());
        let of_office = people.who(from).is_some();
        let speaks = people.enlaces.iter().any(|enlace| enlace.correo.eq_ignore_ascii_case(from));
        if !(of_office || speaks) || identity::word(&self.seal.policy, people, mail) != Word::Vouched {
            return Ok(None);
        }
        for id in TicketId::in_text(&mail.subject) {
            let Some(ticket) = store.ticket(id)? else { continue };
            let day = when::day_of(self.filed.received);
            if of_office || ticket.dependencia.is_some_and(|d| people.is_enlace(from, &d, day)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The order that a letter of ours asks about, read again.
    fn held(&self, store: &Store, letter: &MessageId, person: Option<&Person>) -> Result<Option<Held>> {
        let Some(row) = store.held(letter)? else { return Ok(None) };
        let bytes = store.bytes(row)?;
        let read = || reading::read(&self.handbook.rules, &self.handbook.office.people, &mail::parse(&bytes));
        let reading = guarded("al leer la orden", read).map_err(Error::msg)?;
        let since =
            self.now.checked_sub(SignedDuration::from_hours(24 * i64::from(APPROVAL_DAYS))).unwrap_or(Timestamp::MIN);
        let besides = match person {
            Some(person) => store.held_besides(&person.usuario, letter, since)?,
            None => Vec::new(),
        };
        Ok(Some(Held { received: store.received(row)?, reading, besides }))
    }

    /// Word to the administrator when orders without proof in one name pile up: once in the hour, with the third.
    fn alarm(&self, store: &Store, decision: &Decision) -> Result<Option<Letter>> {
        let unproven = decision.facts.iter().find_map(|(id, event)| match event {
            Event::Unproven(order) => Some((id, &order.quien)),
            _ => None,
        });
        let Some((id, usuario)) = unproven else { return Ok(None) };
        let hour = self.now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        if store.held_since(usuario, hour)? + 1 != ALARMING {
            return Ok(None);
        }
        let what = "En una hora llegaron tres correos con órdenes a nombre de una misma persona y sin prueba de que fueran \
                    suyos. Ninguna se cumple si esa persona no la confirma.";
        let detail = vec![format!("Persona: {usuario}"), format!("Último caso: {id}")];
        Ok(Some(notice::notice(self.administrator, what, detail)))
    }

    /// What the letters of a decision will be known by. It follows from the mail, so that the same mail decided again makes the
    /// same letters.
    fn stamps(&self, decision: &Decision, mail: &Mail) -> Vec<Stamp> {
        let letters = decision.letters.iter().enumerate();
        letters
            .map(|(i, letter)| {
                let key = format!("{} {} {i}", self.filed.row, mail.content_key);
                letter::stamp(self.desk, self.seal, letter, &key, self.now)
            })
            .collect()
    }
}

/// What the orders of a mail on this case look at; nothing for a mail without any.
pub(crate) fn papers(
    handbook: &Handbook,
    batch: &Batch<'_>,
    mail: &Mail,
    reading: &Reading,
    on: Option<&Ticket>,
    now: Timestamp,
) -> Result<Papers> {
    let orders: Vec<&Command> = reading.commands.iter().flatten().collect();
    if orders.is_empty() {
        return Ok(Papers::default());
    }
    let people = &handbook.office.people;
    let usuario = people.who(&mail.from.correo).map(|person| person.usuario.as_str());
    let papers = batch.papers(mail, on, usuario, &orders, now)?;
    if !orders.contains(&&Command::Separar) {
        return Ok(papers);
    }
    let Some(row) = papers.last_reply(people) else { return Ok(papers) };
    let mail = mail::parse(&batch.bytes(row)?);
    let reading = reading::read(&handbook.rules, people, &mail);
    Ok(Papers { reply: Some(Arc::new(Reply { received: batch.store().received(row)?, mail, reading })), ..papers })
}

fn duplicate(of: i64) -> Decision {
    let why = format!("es el mismo correo que el {of} del libro");
    Decision { disposition: Disposition::Duplicado, facts: Vec::new(), letters: Vec::new(), away: Vec::new(), why }
}
