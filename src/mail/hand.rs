//! Whose hand wrote the mail: a person's, a machine's, the postmaster's, or our own.
use crate::mail::address::List;
use crate::mail::body::{Body, Part};
use crate::mail::head::Head;
use crate::mail::message::{Hand, Silence};
use crate::mail::phrases::pattern;
use crate::mail::receipt;
use crate::spanish::fold::fold;
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Hops after which a mail is going round in circles, and deliveries to one mailbox.
const MOST_HOPS: usize = 50;
const MOST_DELIVERIES: usize = 2;

/// What the shape of the mail says, beside its headers.
pub(crate) struct Shape<'a> {
    /// `multipart/report`: its report-type in lower case.
    pub(crate) report: Option<&'a str>,
    pub(crate) subject: &'a str,
    pub(crate) from: &'a str,
    pub(crate) body: &'a Body,
    /// A calendar's own answer: no robot, although it says «auto-generated».
    pub(crate) calendar: bool,
    /// A delivery report was found within.
    pub(crate) bounce: bool,
    /// Files or mails came with it.
    pub(crate) carries: bool,
}

/// The first that holds: ourselves, a delivery report, a calendar's answer, a machine; else a person.
pub(crate) fn hand(head: &Head<'_>, shape: &Shape<'_>) -> Hand {
    if is_ours(head) {
        Hand::Ourselves
    } else if is_bounce(head, shape) {
        Hand::Bounce
    } else if !shape.calendar && is_robot(head, shape) {
        Hand::Robot
    } else {
        Hand::Person
    }
}

/// `X-Mesa-Loop` stands in every letter of ours; else it went round.
fn is_ours(head: &Head<'_>) -> bool {
    head.has("x-mesa-loop") || head.all("received").count() > MOST_HOPS || goes_round(head)
}

/// Was it put into one mailbox again and again? Any of those on its way: the last may be another one's.
fn goes_round(head: &Head<'_>) -> bool {
    let mut times: HashMap<&[u8], usize> = HashMap::new();
    head.all("delivered-to").map(<[u8]>::trim_ascii).filter(|to| !to.is_empty()).any(|to| {
        let seen = times.entry(to).or_default();
        *seen += 1;
        *seen > MOST_DELIVERIES
    })
}

fn is_bounce(head: &Head<'_>, shape: &Shape<'_>) -> bool {
    let local = shape.from.split('@').next().unwrap_or_default();
    let postmaster = POSTMASTERS.contains(&local) || local.starts_with("microsoftexchange");
    let subject = fold(shape.subject);
    let says = FAILURES.iter().any(|f| subject.starts_with(f) || postmaster && subject.contains(f));
    let null = is_null_sender(head);
    let report = shape.report == Some("delivery-status") || head.has("x-failed-recipients");
    report || postmaster && (null || says || shape.bounce) || null && (says || shape.bounce)
}

const POSTMASTERS: &[&str] = &["mailer-daemon", "postmaster", "mail-daemon", "mdaemon", "mailerdaemon"];

/// `Return-Path: <>`
fn is_null_sender(head: &Head<'_>) -> bool {
    let null = |value: &[u8]| value.iter().filter(|b| !b.is_ascii_whitespace()).copied().eq(*b"<>");
    head.all("return-path").next().is_some_and(null)
}

const FAILURES: &[&str] = &[
    "undeliver",
    "mail delivery failed",
    "mail delivery failure",
    "mail system error",
    "delivery status notification",
    "delivery failure",
    "delivery delayed",
    "failure notice",
    "returned mail",
    "warning: could not send",
    "no se puede entregar",
    "no se pudo entregar",
    "no se ha podido entregar",
    "correo no entregado",
    "mensaje no entregado",
    "entrega fallida",
    "error de entrega",
    "error en la entrega",
    "fallo en la entrega",
    "retraso en la entrega",
    "correo devuelto",
    "mensaje devuelto",
];

fn is_robot(head: &Head<'_>, shape: &Shape<'_>) -> bool {
    let auto = head.word("auto-submitted");
    let submitted = !auto.is_empty() && auto.split([';', ' ', '(']).next() != Some("no");
    let bulk = |value: &[u8]| PRECEDENCE.iter().any(|p| value.trim_ascii().eq_ignore_ascii_case(p.as_bytes()));
    let local = shape.from.split('@').next().unwrap_or_default();
    submitted
        || head.all("precedence").any(bulk)
        || MARKS.iter().any(|mark| head.has(mark))
        || shape.report.is_some()
        || is_no_reply(shape.from)
        || POSTMASTERS.contains(&local)
        || is_list(local)
        || is_away(head, shape)
        || !shape.carries && receipt::is_receipt(shape.subject, shape.body)
        || says_automatic(shape.body)
}

const PRECEDENCE: &[&str] = &["bulk", "junk", "list", "auto_reply", "auto-reply"];

const MARKS: &[&str] = &[
    "list-id",
    "list-unsubscribe",
    "list-post",
    "x-loop",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-ms-exchange-inbox-rules-loop",
    "x-mailing-list",
    "feedback-id",
    "x-campaign-id",
    "x-mailchimp-campaign",
];

/// «owner-lista», «lista-request», «majordomo» (RFC 5230 section 4.6).
fn is_list(local: &str) -> bool {
    local.starts_with("owner-")
        || ["-request", "-owner", "-bounces", "-bounce"].iter().any(|end| local.ends_with(end))
        || matches!(local, "majordomo" | "listserv" | "mailman" | "listas-owner")
}

/// A vacation notice: a subject that only machines write, or an away subject with a mark or with the words of a notice.
fn is_away(head: &Head<'_>, shape: &Shape<'_>) -> bool {
    let subject = fold(shape.subject);
    let received = RECEIVED.iter().any(|phrase| subject.contains(phrase))
        && lines(shape.body).take(12).any(|line| RECEIVED.iter().any(|phrase| fold(line).contains(phrase)));
    let sure = received || AUTOMATIC.iter().any(|phrase| subject.starts_with(phrase));
    let away = AWAY.iter().any(|phrase| subject.starts_with(phrase));
    let marked = || {
        is_null_sender(head)
            || matches!(head.word("x-auto-response-suppress").as_str(), "all" | "dr, rn, nrn, oof, autoreply")
    };
    sure || away && (marked() || lines(shape.body).take(12).any(|line| NOTICES.iter().any(|n| fold(line).contains(n))))
}

/// Another desk acknowledges receipt, in its subject and in its text.
const RECEIVED: &[&str] = &[
    "hemos recibido su",
    "hemos recibido tu",
    "hemos recibido un",
    "su solicitud ha sido recibida",
    "su solicitud ha sido radicada",
    "su solicitud fue recibida",
    "su solicitud fue radicada",
    "su mensaje ha sido recibido",
    "su correo ha sido recibido",
    "su caso ha sido creado",
    "gracias por contactar",
    "gracias por comunicarse con",
];

const AUTOMATIC: &[&str] = &[
    "respuesta automatica:",
    "autorrespuesta:",
    "autorespuesta:",
    "auto respuesta:",
    "auto-respuesta:",
    "contestacion automatica:",
    "resposta automatica:",
    "automatic reply:",
    "autoreply:",
    "auto reply:",
    "out of office:",
    "fuera de la oficina:",
    "fuera de oficina:",
];

const AWAY: &[&str] = &[
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "ausente",
    "ausencia",
    "mensaje de ausencia",
    "autorrespuesta",
    "autorespuesta",
    "de vacaciones",
    "vacaciones",
    "en vacaciones",
    "en comision",
    "comision de servicios",
    "incapacidad",
    "licencia",
    "out of office",
    "automatic reply",
    "away from",
    "on vacation",
    "recall:",
    "recuperar:",
];

const NOTICES: &[&str] = &[
    "fuera de la oficina",
    "me encuentro en vacaciones",
    "me encuentro en periodo de vacaciones",
    "me encuentro en comision",
    "me encuentro en licencia",
    "me encuentro en incapacidad",
    "me encuentro en uso de",
    "me encuentro de vacaciones",
    "me encuentro de licencia",
    "me encuentro incapacitad",
    "me encuentro ausente",
    "me encuentro fuera",
    "estare en comision",
    "estare en vacaciones",
    "estare en periodo de vacaciones",
    "estare en licencia",
    "estare en uso de",
    "estare fuera",
    "estare de vacaciones",
    "estare ausente",
    "no tendre acceso al correo",
    "acceso limitado al correo",
    "out of the office",
    "out of office",
    "limited access to e",
    "on vacation",
    "would like to recall",
    "desea recuperar el mensaje",
    "quiere recuperar el mensaje",
    "quisiera recuperar el mensaje",
];

/// A line that begins with what no person writes of the own mail: «Esta es una respuesta automática».
fn says_automatic(body: &Body) -> bool {
    const LOOKED_AT: usize = 8;
    let lines: Vec<&str> = lines(body).collect();
    let tail = lines.len().saturating_sub(LOOKED_AT).max(LOOKED_AT.min(lines.len()));
    let looked_at = lines.iter().take(LOOKED_AT).chain(lines.iter().skip(tail));
    let said: Vec<_> = looked_at.filter(|line| HINT.is_match(line)).map(|line| fold(line)).collect();
    let begins = |phrases: &[&str]| {
        let bare = said.iter().map(|line| line.trim_start_matches(|c: char| !c.is_alphanumeric()));
        bare.into_iter().any(|line| phrases.iter().any(|phrase| line.starts_with(phrase)))
    };
    let why = || said.iter().any(|line| REASONS.iter().any(|reason| line.contains(reason)));
    begins(MACHINES) || begins(REFUSALS) && why()
}

/// A piece of every phrase below: a cheap look before a line is folded.
static HINT: LazyLock<Regex> = LazyLock::new(|| pattern("utom|UTOM|espond|ESPOND|enerad|onitore|tificac|eply"));

const MACHINES: &[&str] = &[
    "esta es una respuesta automatica",
    "este es un mensaje automatico",
    "este es un correo automatico",
    "este mensaje es automatico",
    "este correo es automatico",
    "mensaje automatico, no",
    "mensaje automatico. no",
    "respuesta automatica, no",
    "mensaje generado automaticamente",
    "correo generado automaticamente",
    "este mensaje fue generado automaticamente",
    "este correo fue generado automaticamente",
    "este mensaje ha sido generado automaticamente",
    "este correo ha sido generado automaticamente",
    "este mensaje se genero automaticamente",
    "este mensaje se ha generado automaticamente",
    "this is an automatic",
    "this is an automated",
    "this is an auto-generated",
    "this message was automatically generated",
    "this message was generated automatically",
    "this email was automatically generated",
];

/// A person may ask for the same; a machine says why.
const REFUSALS: &[&str] = &[
    "por favor no responda",
    "por favor, no responda",
    "por favor no responder",
    "favor no responder",
    "no responda a este",
    "no responda este",
    "no responder a este",
    "no responder este",
    "please do not reply",
    "do not reply",
];

const REASONS: &[&str] =
    &["automatic", "generado", "generated", "notificacion", "monitore", "desatendid", "no admite respuesta"];

/// The lines of the mail's own words, quoted and forwarded ones aside.
fn lines(body: &Body) -> impl Iterator<Item = &str> {
    let own = body.segments.iter().filter(|s| s.depth == 0 && s.part != Part::Quoted && s.part != Part::ForwardHeader);
    own.flat_map(|s| body.words(s).lines()).map(str::trim).filter(|line| !line.is_empty())
}

fn is_no_reply(from: &str) -> bool {
    let local = from.split('@').next().unwrap_or_default();
    let bare: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    const NAMES: &[&str] =
        &["noreply", "noresponder", "donotreply", "noresponda", "norespuesta", "nocontestar", "noreplay"];
    NAMES.iter().any(|name| bare.contains(name))
}

/// What forbids an automatic answer although a person may have written.
pub(crate) fn silence(head: &Head<'_>, from: &List, reply_to: &List) -> Silence {
    let domain = |correo: &str| correo.rsplit_once('@').map(|(_, d)| d.to_owned());
    let sender = from.addresses.first().and_then(|a| domain(&a.correo));
    let single = from.addresses.len() == 1 && head.all("from").count() == 1;
    let foreign = reply_to.addresses.iter().filter_map(|a| domain(&a.correo)).any(|d| Some(&d) != sender.as_ref());
    let suppress = head.word("x-auto-response-suppress");
    Silence {
        doubtful_sender: !single
            || from.odd
            || sender.is_none()
            || from.addresses.iter().any(|a| is_no_reply(&a.correo)),
        foreign_reply_to: foreign,
        suppressed: suppress.split([',', ' ', ';']).any(|w| matches!(w, "all" | "oof" | "autoreply")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::address::read;
    use crate::mail::page::plain;
    use crate::mail::signature::Author;
    use crate::mail::split::split;

    fn told(headers: &[(&str, &str)], text: &str) -> Hand {
        let mut head = Head::default();
        headers.iter().for_each(|(name, value)| head.push(name, value.as_bytes()));
        let subject = headers.iter().find(|(name, _)| *name == "Subject").map_or("", |(_, value)| value);
        let body = split(plain(text, false, false), subject, &Author::default());
        let from = read(head.first("from")).addresses.first().map_or(String::new(), |a| a.correo.clone());
        hand(
            &head,
            &Shape { report: None, subject, from: &from, body: &body, calendar: false, bounce: false, carries: false },
        )
    }

    const PERSON: (&str, &str) = ("From", "Ana <a@x.co>");

    #[test]
    fn whose_hand() {
        type Row = (&'static [(&'static str, &'static str)], &'static str, Hand);
        let table: &[Row] = &[
            (&[PERSON, ("Subject", "no prende")], "hola", Hand::Person),
            (&[PERSON, ("Auto-Submitted", "no")], "hola", Hand::Person),
            (&[PERSON, ("Auto-Submitted", "AUTO-REPLIED; owner-email=x")], "hola", Hand::Robot),
            (&[PERSON, ("Precedence", "first-class"), ("Precedence", "Bulk ")], "hola", Hand::Robot),
            (&[PERSON, ("List-Id", "<lista.x.co>")], "hola", Hand::Robot),
            (&[("From", "no-responder@x.co")], "hola", Hand::Robot),
            (&[("From", "owner-lista@x.co")], "hola", Hand::Robot),
            (&[PERSON, ("Subject", "Respuesta automática: Impresora")], "hola", Hand::Robot),
            (&[PERSON, ("Subject", "Autorespuesta: Impresora")], "Vuelvo en julio", Hand::Robot),
            (
                &[PERSON, ("Subject", "Vacaciones Re: visita")],
                "Estaré en vacaciones hasta el 15 de diciembre.",
                Hand::Robot,
            ),
            (&[PERSON, ("Subject", "RE: Respuesta automática: Impresora")], "hola", Hand::Person),
            (&[PERSON, ("Subject", "Licencia de AutoCAD vencida")], "no abre", Hand::Person),
            (&[PERSON, ("Subject", "Licencia Re: visita")], "Me encuentro en licencia hasta julio", Hand::Robot),
            (&[PERSON, ("Subject", "Licencia de Office")], "me encuentro en la oficina 204", Hand::Person),
            (
                &[PERSON, ("Subject", "[#88] Hemos recibido su mensaje")],
                "Hola\nHemos recibido su solicitud.",
                Hand::Robot,
            ),
            (&[PERSON, ("Subject", "RE: oficio")], "Hemos recibido su oficio, gracias", Hand::Person),
            (&[PERSON, ("Subject", "Ausente"), ("Return-Path", "<>")], "hola", Hand::Robot),
            (&[PERSON], "*** Esta es una respuesta automática ***\nVuelvo en julio", Hand::Robot),
            (&[PERSON], "me llegó un correo que dice: este es un mensaje automático", Hand::Person),
            (&[PERSON], "Respuesta automática de Outlook no me funciona", Hand::Person),
            (&[PERSON], "Por favor no responda a este correo, llámeme al 300 555 1234", Hand::Person),
            (&[PERSON], "Hay 3 tareas\nNo responda a este mensaje: es una notificación del sistema", Hand::Robot),
            (&[PERSON], "gracias\n\n> Este es un mensaje automático", Hand::Person),
            (&[("From", "MAILER-DAEMON@x.co"), ("Subject", "failure notice")], "", Hand::Bounce),
            (&[PERSON, ("Return-Path", "< >"), ("Subject", "Undelivered Mail")], "", Hand::Bounce),
            (&[PERSON, ("X-Mesa-Loop", "tic@x.co")], "hola", Hand::Ourselves),
        ];
        for (headers, text, expected) in table {
            assert_eq!(told(headers, text), *expected, "{headers:?} {text}");
        }
        assert_eq!(told(&[("Received", "by x"); 51], "hola"), Hand::Ourselves);
        let (ours, last) = (("Delivered-To", "tic@x.co"), ("Delivered-To", "otro@x.co"));
        assert_eq!(told(&[last, ours, ours, PERSON], "hola"), Hand::Person);
        assert_eq!(told(&[last, ours, ours, ours, PERSON], "hola"), Hand::Ourselves);
    }

    #[test]
    fn what_forbids_an_answer() {
        let told = |headers: &[(&str, &str)]| {
            let mut head = Head::default();
            headers.iter().for_each(|(name, value)| head.push(name, value.as_bytes()));
            let silence = silence(&head, &read(head.first("from")), &read(head.first("reply-to")));
            (silence.doubtful_sender, silence.foreign_reply_to, silence.suppressed)
        };
        assert_eq!(told(&[("From", "a@x.co")]), (false, false, false));
        assert_eq!(told(&[("From", "a@x.co"), ("From", "b@x.co")]), (true, false, false));
        assert_eq!(told(&[("From", "a@x.co, b@x.co")]), (true, false, false));
        assert_eq!(told(&[("From", "a@x.co"), ("Reply-To", "b@X.co")]), (false, false, false));
        assert_eq!(told(&[("From", "a@x.co"), ("Reply-To", "b@y.co")]), (false, true, false));
        assert_eq!(told(&[("From", "a@x.co"), ("X-Auto-Response-Suppress", "DR, OOF")]), (false, false, true));
        assert_eq!(told(&[("From", "nadie")]), (true, false, false));
    }
}
