//! When the desk keeps silent: an answer to a machine, to many, or to somebody who asked for none does harm (RFC 3834).
use crate::desk::decision::{Office, Situation};
use crate::mail::message::{Hand, Mail};
use crate::seal::identity::Word;
use crate::ticket::facts::Ticket;
use jiff::{SignedDuration, Timestamp};

/// A mail that came in longer ago than this gets no automatic answer and obeys nobody.
const STALE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Automatic letters to one address in 24 hours. Of the house: the enlace of a dependencia may ask for many things on one day.
const A_DAY_INSIDE: u32 = 30;
/// To who answers our letters: he reads them.
const A_DAY_IN_TALK: u32 = 5;
/// To any other: whoever writes in somebody's name cannot make the desk write to him more often (RFC 5230 section 4.2).
const A_DAY: u32 = 1;
/// New cases of one stranger in an hour; what he writes beyond them goes on the last of them. Two machines that answer each
/// other without any mark look like this.
const CASES_AN_HOUR: usize = 5;
/// Automatic letters in an hour, beyond which strangers get none: a forged sender's flood must not become ours. People of
/// the house and those who have a case are answered all the same.
const AN_HOUR: u32 = 200;
/// More recipients than this make a circular of a mail (RFC 5230 section 4.5: whose answer would it be?).
const MANY: usize = 50;
/// Local parts behind which nobody reads (RFC 5230 section 4.6, and what offices use).
const NOBODY: &[&str] = &[
    "mailer-daemon",
    "postmaster",
    "no-reply",
    "noreply",
    "no_reply",
    "no-responder",
    "noresponder",
    "no_responder",
    "donotreply",
    "do-not-reply",
    "bounce",
    "bounces",
    "listserv",
    "majordomo",
];

/// Why the sender of this mail gets no letter from us; `None` when he may get one.
pub fn silence(
    office: &Office,
    now: Timestamp,
    received: Timestamp,
    mail: &Mail,
    s: &Situation,
) -> Option<&'static str> {
    let is_inside = office.people.is_institutional(&mail.from.correo);
    let is_stranger = !is_inside && !s.known_sender;
    let (word, a_day) = (s.standing.word(), a_day(is_inside, s));
    let reasons = [
        (mail.hand != Hand::Person, "lo escribió una máquina"),
        (mail.silence.doubtful_sender, "el remitente es dudoso"),
        (mail.silence.foreign_reply_to, "pide respuestas en otro dominio"),
        (mail.silence.suppressed, "pide no recibir respuestas automáticas"),
        (!is_readable(office, &mail.from.correo), "a esa dirección nadie lee"),
        (mail.to.is_empty() && mail.cc.is_empty(), "no dice a quién va dirigido"),
        (mail.to.len() + mail.cc.len() > MANY, "va dirigido a muchos"),
        (is_stranger && is_bare_link(mail), "un desconocido envió solo un enlace"),
        (is_stranger && word == Word::Refused, "el servidor de correo no cree que sea suyo"),
        (is_stale(now, received), "llegó hace más de 7 días"),
        (s.answers_today >= a_day, "esa dirección ya recibió hoy las respuestas que puede recibir"),
        (is_stranger && is_flooded(s), "en esta hora ya salieron todas las respuestas que pueden salir a desconocidos"),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why)
}

/// How many automatic letters the sender may get in a day.
fn a_day(is_inside: bool, s: &Situation) -> u32 {
    let is_proven = match s.standing.word() {
        Word::Vouched | Word::Unasked => true,
        Word::Silent | Word::Refused => s.standing.answers_own_letter(),
    };
    match (is_inside, s.standing.answers_own_letter()) {
        (true, _) if is_proven => A_DAY_INSIDE,
        (_, true) => A_DAY_IN_TALK,
        (_, false) => A_DAY,
    }
}

/// The last case of a stranger who has opened all that he may open in an hour.
pub fn overrun<'a>(office: &Office, mail: &Mail, s: &'a Situation) -> Option<&'a Ticket> {
    let is_full = s.opened.len() >= CASES_AN_HOUR && !mail.from.correo.is_empty();
    s.opened.first().filter(|_| is_full && !office.people.is_institutional(&mail.from.correo))
}

/// Nothing but the address of a page: whoever asks to have it opened needs no answer.
fn is_bare_link(mail: &Mail) -> bool {
    let text = mail.body.new_text();
    let mut words = text.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| word.starts_with("http://") || word.starts_with("https://"))
}

/// Did the mail lie so long that answering it, or obeying it, would be out of place?
pub fn is_stale(now: Timestamp, received: Timestamp) -> bool {
    received.duration_until(now) > STALE
}

/// Has the desk written all that it may write in an hour?
pub fn is_flooded(s: &Situation) -> bool {
    s.answers_this_hour >= AN_HOUR
}

/// Can a letter to this address reach a person who is not the desk itself?
pub fn is_readable(office: &Office, correo: &str) -> bool {
    let Some((local, domain)) = correo.rsplit_once('@') else { return false };
    let local = local.to_ascii_lowercase();
    let nobody = NOBODY.iter().any(|name| {
        local.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    });
    let list = local.starts_with("owner-") || local.ends_with("-request") || local.ends_with("-owner");
    let is_coded = local.contains("=?");
    !local.is_empty() && is_host(domain) && !nobody && !list && !is_coded && !is_own(office, correo)
}

/// A name of the domain name system with a dot: no address of a machine («[127.0.0.1]»), no look-alike in other letters.
fn is_host(domain: &str) -> bool {
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    domain.contains('.') && domain.split('.').all(label)
}

/// The desk's own address, with or without a tag («soporte.tic+x@…»).
pub fn is_own(office: &Office, correo: &str) -> bool {
    let Some((local, domain)) = correo.rsplit_once('@') else { return false };
    let Some((own, host)) = office.mailbox.rsplit_once('@') else { return false };
    let bare = local.split_once('+').map_or(local, |(bare, _)| bare);
    bare.eq_ignore_ascii_case(own) && domain.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::hours::Hours;
    use crate::office::people::Directory;
    use crate::office::service::Service;
    use std::collections::BTreeMap;

    #[test]
    fn who_can_be_written_to() {
        let office = Office {
            hours: Hours::default(),
            people: Directory::default(),
            service: Service::default(),
            work: BTreeMap::new(),
            dependencias: Vec::new(),
            pisos: Vec::new(),
            plantillas: Vec::new(),
            mailbox: "soporte.tic@magdalena.gov.co".to_owned(),
        };
        for (correo, readable) in [
            ("ana@magdalena.gov.co", true),
            ("ana+casa@correo.example", true),
            ("nobreza@x.co", true),
            ("bouncer@x.co", true),
            ("soporte.tic@magdalena.gov.co", false),
            ("Soporte.TIC+r.abc@magdalena.gov.co", false),
            ("no-reply@x.co", false),
            ("noreply+1@x.co", false),
            ("bounces-7@x.co", false),
            ("mailer-daemon@x.co", false),
            ("lista-request@x.co", false),
            ("x@[127.0.0.1]", false),
            ("x@localhost", false),
            ("x@magdalena.gov.co.", false),
            ("x@m\u{430}gdalena.gov.co", false),
            ("=?utf-8?q?a=40b.co?=@evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_readable(&office, correo), readable, "{correo}");
        }
    }
}
