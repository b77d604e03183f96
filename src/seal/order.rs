//! What a mail may do: context, identity and freshness weighed together.
//!
//! | level | needs | may |
//! |---|---|---|
//! | 0 | nothing | open a case; the words of an order are kept |
//! | 1 | answers a letter that went to this very address | comment on that case |
//! | 2 | level 1 of the roster, the server's word for the sender, and freshness | give orders about that case |
//! | 3 | level 2 of jefe or coordinador, or an order confirmed from a letter of its own | give the sensitive ones |
use crate::mail::message::{Hand, Mail};
use crate::office::people::{Directory, Person, Role};
use crate::seal::context::Verified;
use crate::seal::identity::{self, Doubt, Policy};
use crate::seal::token::Purpose;
use crate::ticket::id::TicketId;
use jiff::{SignedDuration, Timestamp};

/// Days for which a letter can be answered with orders.
const LETTER_DAYS: i32 = 90;
/// Days for which an order can be confirmed: 72 hours, whatever the hour.
const APPROVAL_DAYS: i32 = 3;
/// How far the sender's clock may be from ours, and how long a mail may have lain.
const PAST: SignedDuration = SignedDuration::from_hours(7 * 24);
const FUTURE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Nothing,
    Comment,
    Order,
    Sensitive,
}

/// What an order lacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    Sender,
    Unvouched,
    /// A program wrote it.
    Machine,
    /// It answers no letter of ours.
    NoLetter,
    /// It answers a letter to somebody who is not of the roster.
    OthersLetter,
    /// It answers a letter about another case than the one it is on.
    OtherCase,
    OldLetter,
    /// The letter will only be written: a clock is wrong, or worse.
    LetterToCome,
    /// The mail's own date is not of these days.
    Date,
    /// The first order of the day, where no server vouches for anybody.
    FirstOfDay,
    /// It is one of those that are confirmed each time.
    Sensitive,
}

impl Lack {
    /// In plain words, to the person in whose name the order came.
    pub fn say(self) -> &'static str {
        match self {
            Lack::Sender => "el remitente no está escrito como una sola dirección de correo",
            Lack::Unvouched => "el servidor de correo no confirmó que el mensaje saliera de su cuenta",
            Lack::Machine => "el mensaje lo envió un programa y no una persona",
            Lack::NoLetter => "el mensaje no responde a una carta que la mesa le haya enviado",
            Lack::OthersLetter => "el mensaje responde a una carta que la mesa envió a otra persona",
            Lack::OtherCase => "el mensaje responde a la carta de un caso y habla de otro",
            Lack::OldLetter => "la carta a la que responde tiene más de 90 días",
            Lack::LetterToCome => "la carta a la que responde tiene una fecha que aún no llega",
            Lack::Date => "la fecha del mensaje no es de estos días",
            Lack::FirstOfDay => "es la primera orden del día, y la primera de cada día se confirma",
            Lack::Sensitive => "es una orden delicada, y estas se confirman siempre",
        }
    }
}

/// When the mail came and when it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Timestamp,
    pub received: Timestamp,
}

/// What one mail has proven. Only [`Standing::judge`] makes one that has proven anything.
#[derive(Clone, Debug)]
pub struct Standing {
    context: Option<Verified>,
    level: Level,
    /// `usuario` of the active person of the roster whom From names.
    named: Option<String>,
    /// `usuario` whose letter was answered, where it is another's.
    forwarded: Option<String>,
    lacks: Vec<Lack>,
    /// An order could be confirmed by this mail, as far as time goes.
    confirms: bool,
}

/// The right to give orders about one case. Nobody can make one but [`Standing`].
#[derive(Clone, Debug)]
pub struct Authority<'a> {
    person: &'a Person,
    forwarded: Option<&'a Person>,
    confirmed: bool,
}

impl<'a> Authority<'a> {
    pub fn person(&self) -> &'a Person {
        self.person
    }

    /// Whose letter was passed on to the one who gives the order.
    pub fn forwarded(&self) -> Option<&'a Person> {
        self.forwarded
    }

    pub fn level(&self) -> Level {
        match (self.person.role, self.confirmed) {
            (Role::Jefe | Role::Coordinador, _) | (Role::Tecnico, true) => Level::Sensitive,
            (Role::Tecnico, false) => Level::Order,
        }
    }
}

impl Standing {
    /// Of a mail that proves nothing.
    pub fn none() -> Standing {
        Standing {
            context: None,
            level: Level::Nothing,
            named: None,
            forwarded: None,
            lacks: vec![Lack::NoLetter],
            confirms: false,
        }
    }

    /// Weighs the proofs. `confirmed_today`: the person has confirmed an order on this day.
    pub fn judge(
        policy: &Policy,
        people: &Directory,
        mail: &Mail,
        context: Option<Verified>,
        moment: Moment,
        confirmed_today: bool,
    ) -> Standing {
        let person = identity::named(people, mail);
        let own = context.as_ref().is_some_and(|c| c.to().eq_ignore_ascii_case(&mail.from.correo) && mail.plain_from);
        let writer = context.as_ref().filter(|_| !own).and_then(|c| people.who(c.to()));
        let mut lacks = Vec::new();
        match person.map(|person| identity::check(policy, people, mail, person)) {
            Some(Ok(())) => {}
            Some(Err(Doubt::Sender)) | None => lacks.push(Lack::Sender),
            Some(Err(Doubt::Unvouched)) => lacks.push(Lack::Unvouched),
        }
        lacks.extend((mail.hand != Hand::Person).then_some(Lack::Machine));
        match &context {
            None => lacks.push(Lack::NoLetter),
            Some(context) => {
                // Where nobody vouches for a sender, another's letter may have come into anybody's hands.
                let passed_on = writer.is_some() && matches!(policy, Policy::Strict { .. });
                lacks.extend((!own && !passed_on).then_some(Lack::OthersLetter));
                let numbers = TicketId::in_text(&mail.subject);
                let other = !numbers.is_empty() && !numbers.contains(&context.ticket());
                lacks.extend(other.then_some(Lack::OtherCase));
                lacks.extend((context.age(moment.now) > LETTER_DAYS).then_some(Lack::OldLetter));
                lacks.extend((context.age(moment.now) < 0).then_some(Lack::LetterToCome));
            }
        }
        lacks.extend((!is_fresh(mail, moment)).then_some(Lack::Date));
        let confirms = lacks.is_empty() && context.as_ref().is_some_and(|c| is_approval(c, moment.now)) && own;
        let unconfirmed = matches!(policy, Policy::Unverified) && !confirmed_today;
        lacks.extend((lacks.is_empty() && unconfirmed).then_some(Lack::FirstOfDay));
        let level = match (lacks.is_empty(), own) {
            (true, _) => Level::Order,
            (false, true) => Level::Comment,
            (false, false) => Level::Nothing,
        };
        let usuario = |person: &Person| person.usuario.clone();
        Standing { level, named: person.map(usuario), forwarded: writer.map(usuario), lacks, confirms, context }
    }

    /// The level before it is known what is asked.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The letter that the mail answers.
    pub fn context(&self) -> Option<&Verified> {
        self.context.as_ref()
    }

    /// The person in whose name the mail comes, proven or not: who is told of it.
    pub fn named<'a>(&self, people: &'a Directory) -> Option<&'a Person> {
        self.named.as_ref().and_then(|usuario| people.by_usuario(usuario)).filter(|person| person.active)
    }

    /// The right to give orders about this case, or what it lacks.
    pub fn authority<'a>(&self, people: &'a Directory, ticket: TicketId) -> Result<Authority<'a>, Vec<Lack>> {
        let person = self.named(people).filter(|_| self.level == Level::Order).ok_or_else(|| self.lacks.clone())?;
        self.right(people, person, ticket, false).ok_or_else(|| vec![Lack::OtherCase])
    }

    /// The right to have an order carried out that was held until now, if this mail confirms it.
    pub fn approval<'a>(&self, people: &'a Directory, ticket: TicketId) -> Option<Authority<'a>> {
        let person = self.named(people).filter(|_| self.confirms)?;
        self.right(people, person, ticket, true)
    }

    fn right<'a>(
        &self,
        people: &'a Directory,
        person: &'a Person,
        ticket: TicketId,
        confirmed: bool,
    ) -> Option<Authority<'a>> {
        self.context.as_ref().filter(|context| context.ticket() == ticket)?;
        let forwarded = self.forwarded.as_ref().and_then(|usuario| people.by_usuario(usuario));
        Some(Authority { person, forwarded, confirmed })
    }
}

fn is_approval(context: &Verified, now: Timestamp) -> bool {
    context.purpose() == Purpose::Approval && context.age(now) <= APPROVAL_DAYS
}

/// The mail's own date is of these days, and it did not lie too long.
fn is_fresh(mail: &Mail, moment: Moment) -> bool {
    let dated = mail.date.is_some_and(|date| {
        let age = date.duration_until(moment.received);
        -FUTURE <= age && age <= PAST
    });
    dated && moment.received.duration_until(moment.now) <= PAST
}
