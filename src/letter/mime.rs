//! A filled letter packed as a mail (RFC 5322, RFC 2045): no word of anybody's can become a header.
use crate::desk::decision::{Form, Letter};
use crate::ical::entry::Invitation;
use crate::ical::write::write;
use crate::letter::html;
use crate::letter::parcel::Stamp;
use crate::letter::template::Filled;
use crate::mail::message::{Address, MessageId};
use crate::seal::Seal;
use crate::seal::token::Purpose;
use jiff::Timestamp;
use lettre::message::header::{
    self, ContentTransferEncoding, ContentType, Date, HeaderName, HeaderValue, Headers, InReplyTo, MIME_VERSION_1_0,
    References, ReplyTo, Subject, To,
};
use lettre::message::{Body, Mailbox, Mailboxes, MultiPart, SinglePart};
use sha2::{Digest, Sha256};
use std::time::SystemTime;

/// The mark by which the mail room knows our own letters when they come back.
pub const LOOP_MARK: &str = "X-Mesa-Loop";
/// Characters of a subject, of a name: far from any server's limit of a line.
const LONGEST: usize = 200;
/// Ids in References; the oldest of a longer exchange are left out (RFC 5322 allows it, the threads hold).
const REFERENCES: usize = 20;

/// What a letter is known by. `key` makes the Message-ID.
pub fn stamp(sender: &Address, seal: &Seal, letter: &Letter, key: &str, now: Timestamp) -> Stamp {
    let (own, domain) = sender.correo.rsplit_once('@').unwrap_or(("", "localhost"));
    let sealed =
        letter.about.and_then(|ticket| seal.ring.sign(purpose(letter.form), ticket, key, &letter.to.correo, now));
    let reply_to = sealed.as_ref().filter(|_| seal.plus_address).map(|left| format!("{own}+{left}@{domain}"));
    let id = MessageId(format!("{}@{domain}", sealed.unwrap_or_else(|| unsealed(key))));
    Stamp { id, to: letter.to.correo.clone(), reply_to }
}

/// Packs one letter for its one recipient. Its headers are set one by one: the library's own builder of messages reads back
/// the addresses that it has just written, to make an envelope of them that nobody asks for.
pub fn pack(sender: &Address, letter: &Letter, stamp: &Stamp, filled: &Filled, now: Timestamp) -> Vec<u8> {
    let Some(from) = mailbox(sender) else { return Vec::new() };
    // An address that cannot be written becomes our own: the queue refuses it by `Parcel::to`, and nothing is lost.
    let to = mailbox(&letter.to).unwrap_or_else(|| from.clone());
    let subject = one_line(&filled.subject);
    let body = MultiPart::alternative()
        .boundary(format!("=_{}", digest(&format!("{}/boundary", stamp.id.0))))
        .singlepart(part(ContentType::TEXT_PLAIN, &format!("{}\n", filled.text)))
        .singlepart(part(ContentType::TEXT_HTML, &html::page(&subject, &filled.text)));
    let body = letter.blanks.calendario.iter().fold(body, |body, invitation| body.singlepart(calendar(invitation)));
    let mut head = Headers::with_capacity(16);
    head.set(Date::new(SystemTime::from(now)));
    head.set(header::MessageId::from(format!("<{}>", stamp.id.0)));
    head.set(Subject::from(subject));
    head.set(header::From::from(Mailboxes::from(from)));
    head.set(To::from(Mailboxes::from(to)));
    let tagged = stamp.reply_to.clone().map(|correo| Address { correo, nombre: sender.nombre.clone() });
    if let Some(tagged) = tagged.as_ref().and_then(mailbox) {
        head.set(ReplyTo::from(Mailboxes::from(tagged)));
    }
    if let Some(id) = letter.answers.as_ref().filter(|id| is_safe(id)) {
        head.set(InReplyTo::from(format!("<{}>", id.0)));
    }
    if let Some(ids) = references(letter) {
        head.set(References::from(ids));
    }
    let auto = if letter.answers.is_some() { "auto-replied" } else { "auto-generated" };
    for (name, value) in [
        ("Auto-Submitted", auto),
        ("X-Auto-Response-Suppress", "All"),
        (LOOP_MARK, sender.correo.as_str()),
        ("Content-Language", "es"),
    ] {
        head.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()));
    }
    head.set(MIME_VERSION_1_0);
    let mut bytes = head.to_string().into_bytes();
    bytes.extend(body.formatted());
    bytes
}

/// The left side of an id that proves nothing, «mesa.KEY». A key with other characters than an id may hold is hashed.
fn unsealed(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_atom = key.len() <= 100 && !key.is_empty() && key.split('.').all(|a| !a.is_empty() && a.chars().all(plain));
    let left = if is_atom { key.to_owned() } else { digest(key) };
    format!("mesa.{left}")
}

/// What the answer to such a letter can be used for.
fn purpose(form: Form) -> Purpose {
    match form {
        Form::Acuse
        | Form::Completado
        | Form::Consulta
        | Form::Estado
        | Form::Asignacion
        | Form::Novedad
        | Form::Resumen
        | Form::Ordenes
        | Form::Caso
        | Form::Cita
        | Form::Horas
        | Form::Recordatorio
        | Form::Realizada
        | Form::Agenda
        | Form::Ayuda
        | Form::MuyGrande
        | Form::Aviso => Purpose::Reply,
        Form::Confirmacion => Purpose::Approval,
    }
}

fn digest(text: &str) -> String {
    format!("{:.32x}", Sha256::digest(text.as_bytes()))
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    // Encoded by the library under lettre, which looks three times over a text before it does: which encoding is the best,
    // where an end of line has no CR, and once more to put each in.
    let encoded = quoted_printable::encode(text.replace("\r\n", "\n").replace('\n', "\r\n"));
    SinglePart::builder().header(kind).header(encoding).body(Body::dangerous_pre_encoded(encoded, encoding))
}

/// The part by which a calendar knows an invitation: its method stands in the type as well (RFC 6047 section 2.4).
fn calendar(invitation: &Invitation) -> SinglePart {
    let kind = format!("text/calendar; method={}; charset=utf-8", invitation.method.word());
    let kind = ContentType::parse(&kind).unwrap_or(ContentType::TEXT_PLAIN);
    let text = write(invitation.method, None, std::slice::from_ref(&invitation.entry));
    SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(text.into_bytes())
}

fn mailbox(address: &Address) -> Option<Mailbox> {
    let name = address.nombre.as_deref().map(one_line).filter(|name| !name.is_empty());
    Some(Mailbox::new(name, address.correo.parse().ok()?))
}

fn references(letter: &Letter) -> Option<String> {
    let safe: Vec<String> = letter.references.iter().filter(|id| is_safe(id)).map(|id| format!("<{}>", id.0)).collect();
    let newest = safe.get(safe.len().saturating_sub(REFERENCES)..).unwrap_or_default();
    (!newest.is_empty()).then(|| newest.join(" "))
}

/// Only an id that can stand in a header as it is goes into one.
fn is_safe(id: &MessageId) -> bool {
    let printable = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    !id.0.is_empty() && id.0.len() <= 250 && id.0.chars().all(printable)
}

/// No control character, no break: what a header may hold.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}
