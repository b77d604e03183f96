//! Whose hand wrote the mail: a person's, a machine's, the postmaster's, or our own.
use crate::mail::address::List;
use crate::mail::head::Head;
use crate::mail::message::{Hand, Silence};
use crate::mail::phrases::folded;

/// Hops after which a mail is going round in circles.
const MOST_HOPS: usize = 50;

/// What the shape of the mail says, beside its headers.
pub(crate) struct Shape<'a> {
    /// `multipart/report`: its report-type in lower case.
    pub(crate) report: Option<&'a str>,
    pub(crate) subject: &'a str,
    pub(crate) from: &'a str,
    /// The first words of the text.
    pub(crate) opening: &'a str,
    /// A calendar's own answer: no robot, although it says «auto-generated».
    pub(crate) calendar: bool,
    /// A delivery report was found within.
    pub(crate) bounce: bool,
}

pub(crate) fn hand(head: &Head<'_>, shape: &Shape<'_>) -> Hand {
    if head.has("x-mesa-loop") || head.all("received").count() > MOST_HOPS {
        Hand::Ourselves
    } else if is_bounce(head, shape) {
        Hand::Bounce
    } else if shape.calendar {
        Hand::Person
    } else if is_robot(head, shape) {
        Hand::Robot
    } else {
        Hand::Person
    }
}

fn is_bounce(head: &Head<'_>, shape: &Shape<'_>) -> bool {
    let report = shape.report == Some("delivery-status") || shape.bounce;
    let local = shape.from.split('@').next().unwrap_or_default();
    let postmaster = matches!(
        local,
        "mailer-daemon"
            | "postmaster"
            | "mail-daemon"
            | "mdaemon"
            | "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"
    );
    let null = head.all("return-path").next().is_some_and(is_null_path);
    let subject = folded(shape.subject);
    let says = FAILURES.iter().any(|f| subject.starts_with(f) || subject.contains(f) && postmaster);
    report || postmaster && (null || says) || null && says || head.has("x-failed-recipients")
}

fn is_null_path(value: &[u8]) -> bool {
    value.iter().filter(|b| !b.is_ascii_whitespace()).copied().eq(*b"<>")
}

const FAILURES: &[&str] = &[
    "undeliver",
    "undelivered mail",
    "mail delivery failed",
    "mail delivery failure",
    "delivery status notification",
    "failure notice",
    "returned mail",
    "delivery failure",
    "no se puede entregar",
    "no se pudo entregar",
    "correo no entregado",
    "mensaje no entregado",
    "error de entrega",
    "error en la entrega",
    "retraso en la entrega",
    "delivery delayed",
    "warning: could not send",
    "correo devuelto",
];

fn is_robot(head: &Head<'_>, shape: &Shape<'_>) -> bool {
    let auto = head.word("auto-submitted");
    let submitted = !auto.is_empty() && !auto.starts_with("no") || auto.starts_with("notif");
    let precedence = head.word("precedence");
    let bulk = ["bulk", "junk", "list", "auto_reply", "auto-reply"].iter().any(|p| precedence == *p);
    submitted
        || bulk
        || MARKS.iter().any(|mark| head.has(mark))
        || shape.report == Some("disposition-notification")
        || head.word("x-auto-response-suppress") == "all" && is_away(shape.subject)
        || is_away(shape.subject) && (is_null_sender(head) || says_automatic(shape.opening))
        || says_automatic(shape.opening)
        || is_no_reply(shape.from)
}

fn is_null_sender(head: &Head<'_>) -> bool {
    head.all("return-path").next().is_some_and(is_null_path)
}

const MARKS: &[&str] = &[
    "list-id",
    "list-unsubscribe",
    "list-post",
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

const AWAY: &[&str] = &[
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "ausente",
    "ausencia",
    "mensaje de ausencia",
    "autorrespuesta",
    "auto-respuesta",
    "auto respuesta",
    "contestacion automatica",
    "de vacaciones",
    "automatic reply",
    "out of office",
    "autoreply",
    "auto reply",
    "auto:",
    "leido:",
    "no leido:",
    "se leyo:",
    "confirmacion de lectura",
    "acuse de recibo automatico",
    "read:",
];

fn is_away(subject: &str) -> bool {
    let subject = folded(subject);
    AWAY.iter().any(|a| subject.starts_with(a))
}

/// «Esta es una respuesta automática»: what no person writes of the own mail.
fn says_automatic(opening: &str) -> bool {
    const PHRASES: &[&str] = &[
        "es una respuesta automatica",
        "es un mensaje automatico",
        "es un correo automatico",
        "mensaje generado automaticamente",
        "correo generado automaticamente",
        "respuesta generada automaticamente",
        "este mensaje ha sido generado automaticamente",
        "this is an automatic",
        "this is an automated",
        "this is an auto-generated",
        "automatically generated",
        "no responda a este correo",
        "no responda este correo",
        "favor no responder este",
        "por favor no responda a este mensaje",
    ];
    let opening = folded(opening);
    PHRASES.iter().any(|p| opening.contains(p))
}

fn is_no_reply(from: &str) -> bool {
    let local: String =
        from.split('@').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "noresponder", "donotreply", "noresponda", "norespuesta", "nocontestar"]
        .iter()
        .any(|n| local.starts_with(n))
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
