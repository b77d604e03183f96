//! One mail on the desk: all that a decision about it may look at.
use crate::desk::decision::{Decision, Disposition, Letter, Office, Situation};
use crate::desk::manners;
use crate::desk::visits::Request;
use crate::desk::wording;
use crate::mail::message::{Hand, Mail};
use crate::office::fields::Dependencia;
use crate::office::people::Person;
use crate::reading::note::Reading;
use crate::seal::identity::Word;
use crate::seal::order::Level;
use crate::spanish::when::day_of;
use crate::ticket::agenda::Agenda;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::visit::Place;
use jiff::Timestamp;
use jiff::civil::Date;

/// What is known of one mail when it comes to the desk.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub office: &'a Office,
    pub now: Timestamp,
    pub received: Timestamp,
    /// When the server took in what `reading` was read from: another mail, and earlier, where this one confirms its orders.
    pub written: Timestamp,
    pub mail: &'a Mail,
    pub reading: &'a Reading,
    pub situation: &'a Situation,
}

impl<'a> Case<'a> {
    /// The day from which its «mañana» counts.
    pub fn day(self) -> Date {
        day_of(self.written)
    }

    /// Why the sender gets no letter; `None` when he may get one.
    pub fn silence(self) -> Option<&'static str> {
        manners::silence(self.office, self.now, self.received, self.mail, self.situation)
    }

    /// The person of the roster in whose name the mail comes. A name is no proof: who commands is for the standing to say.
    pub fn named(self) -> Option<&'a Person> {
        self.situation.standing.named(&self.office.people).filter(|_| self.mail.hand == Hand::Person)
    }

    /// Does the sender speak today for the dependencia of the ticket, by more than his own word? Where no server vouches for
    /// senders, by a letter of ours that went to him.
    pub fn is_from_enlace(self, ticket: &Ticket) -> bool {
        let (from, day) = (self.mail.from.correo.as_str(), day_of(self.received));
        let of = |dependencia: &Dependencia| self.office.people.is_enlace(from, dependencia, day);
        let standing = &self.situation.standing;
        let proven = match standing.word() {
            Word::Vouched => true,
            Word::Silent | Word::Refused => false,
            Word::Unasked => standing.level() > Level::Nothing,
        };
        proven && self.mail.hand == Hand::Person && ticket.dependencia.as_ref().is_some_and(of)
    }

    /// May the sender do what who asked may?
    pub fn speaks_for(self, ticket: &Ticket) -> bool {
        self.is_from_requester(ticket) || self.is_from_enlace(ticket)
    }

    /// Is the sender the one who asked, here or in a case that was joined to this one, or the one who needs the service?
    /// Where a server vouches for senders its word is needed, or the answer to a letter that only he has: anybody may write
    /// his name and the number of his case.
    pub fn is_from_requester(self, ticket: &Ticket) -> bool {
        let from = self.mail.from.correo.as_str();
        let others = &ticket.seguimiento.tambien;
        let asked = ticket.solicitante == from
            || ticket.contacto.correo.as_deref() == Some(from)
            || others.iter().any(|other| other == from);
        let standing = &self.situation.standing;
        let is_he = match standing.word() {
            Word::Vouched | Word::Unasked => true,
            Word::Silent | Word::Refused => standing.answers_own_letter(),
        };
        asked && is_he && !from.is_empty() && self.mail.hand == Hand::Person && !self.mail.silence.doubtful_sender
    }

    /// The ticket, and those joined to it through which the mail came.
    pub fn tickets(self, ticket: &Ticket) -> Vec<TicketId> {
        std::iter::once(ticket.id).chain(self.situation.through.iter().copied()).collect()
    }

    /// The technician in charge of a ticket, while on the roster.
    pub fn in_charge(self, ticket: &Ticket) -> Option<&'a Person> {
        let person = ticket.tecnico.as_ref().and_then(|usuario| self.office.people.by_usuario(usuario));
        person.filter(|p| p.active)
    }

    /// What an allotment for this ticket looks at; its own visit does not stand in its way, it is the one that moves.
    pub fn request(self, ticket: &'a Ticket, agenda: &'a Agenda) -> Request<'a> {
        Request {
            office: self.office,
            now: self.now,
            from: self.now,
            categoria: &ticket.categoria,
            prioridad: ticket.prioridad,
            place: Place::of(&ticket.ubicacion),
            agenda,
            load: &self.situation.load,
            away: &self.situation.away,
        }
    }

    /// The agenda without this ticket's own visit.
    pub fn others(self, ticket: &Ticket) -> Agenda {
        self.situation.agenda.without(ticket.id)
    }

    /// What somebody wrote, put on the file.
    pub fn received_event(self) -> Event {
        let said = [self.reading.texto_nuevo.trim(), self.mail.subject.trim()];
        let texto = wording::kept(said.into_iter().find(|text| !text.is_empty()).unwrap_or_default());
        Event::Received { de: self.mail.from.correo.clone(), mensaje: self.mail.id.clone(), texto }
    }

    /// The files that were added to the mail; logos and pasted pictures are no files.
    pub fn files(self) -> Vec<String> {
        let files = self.mail.attachments.iter().filter(|a| !a.inline);
        files.map(|a| wording::file(&a.name, a.bytes.len() as u64)).take(20).collect()
    }

    /// «Maria Ospino <mospino@magdalena.gov.co>»
    pub fn writer(self) -> String {
        match &self.mail.from.nombre {
            Some(name) => format!("{} <{}>", wording::line(name, 80), self.mail.from.correo),
            None => self.mail.from.correo.clone(),
        }
    }
}

/// A ticket that changes as facts are decided, with the facts.
pub struct Draft {
    pub ticket: Ticket,
    facts: Vec<(TicketId, Event)>,
}

impl Draft {
    pub fn of(ticket: &Ticket) -> Draft {
        Draft { ticket: ticket.clone(), facts: Vec::new() }
    }

    /// A new ticket; that it was opened is its first fact.
    pub fn opening(ticket: Ticket) -> Draft {
        let opened = Event::Opened(Box::new(ticket.clone()));
        Draft { facts: vec![(ticket.id, opened)], ticket }
    }

    pub fn add(&mut self, event: Event) {
        self.ticket.hear(&event);
        self.facts.push((self.ticket.id, event));
    }

    pub fn decide(self, disposition: Disposition, letters: Vec<Letter>, why: String) -> Decision {
        Decision { disposition, facts: self.facts, letters, away: Vec::new(), why }
    }
}
