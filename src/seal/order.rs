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
use crate::seal::identity::{self, Doubt, Policy, Word};
use crate::seal::token::Purpose;
use crate::ticket::id::TicketId;
use jiff::{SignedDuration, Timestamp};

/// Days for which a letter can be answered with orders.
const LETTER_DAYS: i32 = 90;
/// Days for which an order can be confirmed. A token knows its day and no hour: that is 72 hours at least, and 96 at most.
pub const APPROVAL_DAYS: i32 = 3;
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
    /// The server's word for the sender stands, and the mail is of these days: all but a letter that it answers.
    vouched: bool,
    /// An order could be confirmed by this mail, as far as time goes.
    confirms: bool,
    word: Word,
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
            vouched: false,
            confirms: false,
            word: Word::Unasked,
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
        let sound = lacks.is_empty() || lacks == [Lack::NoLetter];
        let vouched = sound && matches!(policy, Policy::Strict { .. });
        let confirms = lacks.is_empty() && context.as_ref().is_some_and(|c| is_approval(c, moment.now)) && own;
        let unconfirmed = matches!(policy, Policy::Unverified) && !confirmed_today;
        lacks.extend((lacks.is_empty() && unconfirmed).then_some(Lack::FirstOfDay));
        let level = match (lacks.is_empty(), own) {
            (true, _) => Level::Order,
            (false, true) => Level::Comment,
            (false, false) => Level::Nothing,
        };
        let usuario = |person: &Person| person.usuario.clone();
        Standing {
            level,
            named: person.map(usuario),
            forwarded: writer.map(usuario),
            lacks,
            vouched,
            confirms,
            context,
            word: identity::word(policy, people, mail),
        }
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

    /// Is it the person that From names, by the server's word? Enough for what concerns nobody but him, and no case.
    /// Never where no server vouches for anybody.
    pub fn is_vouched_for(&self) -> bool {
        self.vouched
    }

    /// What the mail server says of the sender, whoever he is.
    pub fn word(&self) -> Word {
        self.word
    }

    /// It answers a letter of ours that went to this very address, which nobody else can have.
    pub fn answers_own_letter(&self) -> bool {
        self.level >= Level::Comment && self.forwarded.is_none()
    }

    /// The right to give orders about this case, or what it lacks.
    /// `tickets` are the case and those that were joined to it.
    pub fn authority<'a>(&self, people: &'a Directory, tickets: &[TicketId]) -> Result<Authority<'a>, Vec<Lack>> {
        let person = self.named(people).filter(|_| self.level == Level::Order).ok_or_else(|| self.lacks.clone())?;
        self.right(people, person, tickets, false).ok_or_else(|| vec![Lack::OtherCase])
    }

    /// The right to have an order carried out that was held until now, if this mail confirms it.
    pub fn approval<'a>(&self, people: &'a Directory, tickets: &[TicketId]) -> Option<Authority<'a>> {
        let person = self.named(people).filter(|_| self.confirms)?;
        self.right(people, person, tickets, true)
    }

    fn right<'a>(
        &self,
        people: &'a Directory,
        person: &'a Person,
        tickets: &[TicketId],
        confirmed: bool,
    ) -> Option<Authority<'a>> {
        self.context.as_ref().filter(|context| tickets.contains(&context.ticket()))?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mail;
    use crate::mail::message::MessageId;
    use crate::seal::context::{Sent, context};
    use crate::seal::ring::Ring;
    use proptest::prelude::*;

    const MAILBOX: &str = "soporte.tic@magdalena.gov.co";
    const LAURA: &str = "lperez@magdalena.gov.co";
    const JULIO: &str = "jcastro@magdalena.gov.co";
    const MARIA: &str = "mospino@magdalena.gov.co";

    fn ticket(number: u32) -> TicketId {
        TicketId { year: 2026, number }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn people() -> Directory {
        let text = format!(
            "dominios = [\"magdalena.gov.co\"]\n\
             [[persona]]\nusuario = \"lperez\"\nnombre = \"Laura\"\ncorreo = \"{LAURA}\"\nrol = \"tecnico\"\n\
             [[persona]]\nusuario = \"jcastro\"\nnombre = \"Julio\"\ncorreo = \"{JULIO}\"\nrol = \"jefe\"\n"
        );
        let mut errors = Vec::new();
        let people = Directory::load("personas.toml", &text, &mut errors);
        assert_eq!(errors, []);
        people
    }

    /// A mail, and all that bears on what it proves.
    #[derive(Clone, Debug)]
    struct Scene {
        from: &'static str,
        subject: &'static str,
        vouched: bool,
        date: &'static str,
        /// The letter: to whom, about which case, when; and whether it is in the outbox, signed by a key of ours.
        to: &'static str,
        number: u32,
        written: &'static str,
        purpose: Purpose,
        filed: bool,
        own_key: bool,
        tagged: bool,
        policy: Policy,
        confirmed: bool,
    }

    fn strict() -> Policy {
        Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() }
    }

    fn good() -> Scene {
        Scene {
            from: LAURA,
            subject: "Re: [TIC-2026-00017] x",
            vouched: true,
            date: "Wed, 25 Nov 2026 10:00:00 -0500",
            to: LAURA,
            number: 17,
            written: "2026-11-20T15:00:00Z",
            purpose: Purpose::Reply,
            filed: true,
            own_key: true,
            tagged: false,
            policy: strict(),
            confirmed: false,
        }
    }

    fn judge(scene: &Scene) -> Standing {
        let today = "2026-01-01".parse().unwrap();
        let ring = Ring::new([7; 32], today);
        let signer = if scene.own_key { ring.clone() } else { Ring::new([8; 32], today) };
        let left = signer.sign(scene.purpose, ticket(scene.number), "k", scene.to, at(scene.written)).unwrap();
        let vouched = if scene.vouched { "pass" } else { "fail" };
        let (to, answers) = match scene.tagged {
            true => (format!("soporte.tic+{}@magdalena.gov.co", left.to_uppercase()), String::new()),
            false => (MAILBOX.to_owned(), format!("In-Reply-To: <{left}@magdalena.gov.co>\r\n")),
        };
        let raw = format!(
            "Authentication-Results: mx.magdalena.gov.co; dmarc={vouched} header.from=magdalena.gov.co\r\n\
             From: {}\r\nTo: {to}\r\nSubject: {}\r\nDate: {}\r\n{answers}\r\n#estado cerrado\r\n",
            scene.from, scene.subject, scene.date
        );
        let mail = mail::parse(raw.as_bytes());
        let now = at("2026-11-25T15:05:00Z");
        let filed = MessageId(format!("{left}@magdalena.gov.co"));
        let sent = |id: &MessageId| {
            let found = scene.filed && *id == filed;
            Ok(found.then(|| Sent { to: scene.to.to_owned(), ticket: Some(ticket(scene.number)) }))
        };
        let context = context(&ring, MAILBOX, &mail, now, sent).unwrap();
        Standing::judge(&scene.policy, &people(), &mail, context, Moment { now, received: now }, scene.confirmed)
    }

    fn lacks(scene: &Scene) -> Vec<Lack> {
        judge(scene).authority(&people(), &[ticket(17)]).err().unwrap_or_default()
    }

    #[test]
    fn every_proof_is_needed_and_its_absence_is_named() {
        let other = "Re: [TIC-2026-00018] x";
        for (scene, missing) in [
            (good(), vec![]),
            (Scene { tagged: true, ..good() }, vec![]),
            (Scene { subject: "sin número", ..good() }, vec![]),
            (Scene { vouched: false, ..good() }, vec![Lack::Unvouched]),
            (Scene { filed: false, ..good() }, vec![Lack::NoLetter]),
            (Scene { own_key: false, ..good() }, vec![Lack::NoLetter]),
            (Scene { to: MARIA, ..good() }, vec![Lack::OthersLetter]),
            (Scene { to: JULIO, ..good() }, vec![]),
            (Scene { to: JULIO, policy: Policy::Unverified, confirmed: true, ..good() }, vec![Lack::OthersLetter]),
            (Scene { subject: other, ..good() }, vec![Lack::OtherCase]),
            (Scene { number: 18, subject: other, ..good() }, vec![Lack::OtherCase]),
            (Scene { written: "2026-08-27T00:00:00Z", ..good() }, vec![]),
            (Scene { written: "2026-08-26T23:00:00Z", ..good() }, vec![Lack::OldLetter]),
            (Scene { written: "2026-11-26T00:00:00Z", ..good() }, vec![Lack::LetterToCome]),
            (Scene { date: "Wed, 18 Nov 2026 09:00:00 -0500", ..good() }, vec![Lack::Date]),
            (Scene { date: "Thu, 26 Nov 2026 11:00:00 -0500", ..good() }, vec![Lack::Date]),
            (Scene { date: "ayer", ..good() }, vec![Lack::Date]),
            (Scene { from: MARIA, ..good() }, vec![Lack::Sender]),
            (Scene { policy: Policy::Unverified, ..good() }, vec![Lack::FirstOfDay]),
            (Scene { policy: Policy::Unverified, vouched: false, confirmed: true, ..good() }, vec![]),
        ] {
            assert_eq!(lacks(&scene), missing, "{scene:?}");
        }
        assert!(judge(&Scene { filed: false, ..good() }).is_vouched_for());
        let unverified = Scene { filed: false, policy: Policy::Unverified, confirmed: true, ..good() };
        assert!(!judge(&unverified).is_vouched_for(), "anybody can write a From");
        let requester = judge(&Scene { from: MARIA, to: MARIA, ..good() });
        assert_eq!(requester.level(), Level::Comment);
        assert!(requester.authority(&people(), &[ticket(17)]).is_err());
    }

    #[test]
    fn a_forwarded_letter_runs_as_who_forwarded_it() {
        let people = people();
        let standing = judge(&Scene { from: LAURA, to: JULIO, ..good() });
        let authority = standing.authority(&people, &[ticket(17)]).unwrap();
        assert_eq!(authority.person().usuario, "lperez");
        assert_eq!(authority.forwarded().map(|p| p.usuario.as_str()), Some("jcastro"));
        assert_eq!(authority.level(), Level::Order);
        let boss = judge(&Scene { from: JULIO, to: JULIO, ..good() });
        assert_eq!(boss.authority(&people, &[ticket(17)]).unwrap().level(), Level::Sensitive);
    }

    #[test]
    fn an_order_is_confirmed_from_its_own_letter_for_three_days() {
        let asked = Scene { purpose: Purpose::Approval, written: "2026-11-22T15:00:00Z", ..good() };
        for (scene, may) in [
            (asked.clone(), true),
            (Scene { policy: Policy::Unverified, ..asked.clone() }, true),
            // Three days and five hours: a token knows no hour of its day.
            (Scene { written: "2026-11-22T10:00:00Z", ..asked.clone() }, true),
            (Scene { written: "2026-11-22T00:00:00Z", ..asked.clone() }, true),
            (Scene { written: "2026-11-21T23:59:59Z", ..asked.clone() }, false),
            (Scene { written: "2026-11-21T15:00:00Z", ..asked.clone() }, false),
            (Scene { purpose: Purpose::Reply, ..asked.clone() }, false),
            (Scene { vouched: false, ..asked.clone() }, false),
            // Who forwards the question does not answer it.
            (Scene { from: JULIO, ..asked.clone() }, false),
        ] {
            assert_eq!(judge(&scene).approval(&people(), &[ticket(17)]).is_some(), may, "{scene:?}");
        }
        assert_eq!(judge(&asked).approval(&people(), &[ticket(17)]).unwrap().level(), Level::Sensitive);
    }

    proptest! {
        /// Whatever is wrong with a mail, alone or together: only one that lacks nothing gives orders, and only about its case.
        #[test]
        fn nothing_short_of_all_proofs_gives_an_order(
            stranger in any::<bool>(), vouched in any::<bool>(), to in 0usize..3, number in 16u32..19, filed in any::<bool>(),
            own_key in any::<bool>(), tagged in any::<bool>(), old in any::<bool>(), late in any::<bool>(),
            approval in any::<bool>(),
        ) {
            let to = [LAURA, JULIO, MARIA].into_iter().nth(to).unwrap();
            let scene = Scene {
                from: if stranger { MARIA } else { LAURA },
                subject: "x",
                vouched,
                to,
                number,
                filed,
                own_key,
                tagged,
                purpose: if approval { Purpose::Approval } else { Purpose::Reply },
                written: if old { "2026-01-02T00:00:00Z" } else { "2026-11-20T15:00:00Z" },
                date: if late { "Mon, 12 Oct 2026 09:00:00 -0500" } else { "Wed, 25 Nov 2026 10:00:00 -0500" },
                ..good()
            };
            let may = !stranger && vouched && to != MARIA && number == 17 && filed && own_key && !old && !late;
            prop_assert_eq!(judge(&scene).authority(&people(), &[ticket(17)]).is_ok(), may);
            prop_assert!(judge(&scene).approval(&people(), &[ticket(17)]).is_none(), "the question is five days old");
        }
    }
}
