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
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
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

/// Packs one letter for its one recipient.
pub fn pack(sender: &Address, letter: &Letter, stamp: &Stamp, filled: &Filled, now: Timestamp) -> Vec<u8> {
    let from = mailbox(sender);
    // An address that cannot be written becomes our own: the queue refuses it by `Parcel::to`, and nothing is lost.
    let to = mailbox(&letter.to).or_else(|| from.clone());
    let subject = one_line(&filled.subject);
    let body = MultiPart::alternative()
        .boundary(format!("=_{}", digest(&format!("{}/boundary", stamp.id.0))))
        .singlepart(part(ContentType::TEXT_PLAIN, format!("{}\n", filled.text)))
        .singlepart(part(ContentType::TEXT_HTML, html::page(&subject, &filled.text)));
    let body = letter.blanks.calendario.iter().fold(body, |body, invitation| body.singlepart(calendar(invitation)));
    let mut builder =
        Message::builder().date(SystemTime::from(now)).message_id(Some(format!("<{}>", stamp.id.0))).subject(subject);
    builder = from.into_iter().fold(builder, |builder, from| builder.from(from));
    builder = to.into_iter().fold(builder, |builder, to| builder.to(to));
    let tagged = stamp.reply_to.clone().map(|correo| Address { correo, nombre: sender.nombre.clone() });
    builder = tagged.iter().filter_map(mailbox).fold(builder, |builder, tagged| builder.reply_to(tagged));
    let safe = letter.answers.as_ref().filter(|id| is_safe(id));
    builder = safe.iter().fold(builder, |builder, id| builder.in_reply_to(format!("<{}>", id.0)));
    builder = references(letter).into_iter().fold(builder, |builder, ids| builder.references(ids));
    let auto = if letter.answers.is_some() { "auto-replied" } else { "auto-generated" };
    for (name, value) in [
        ("Auto-Submitted", auto),
        ("X-Auto-Response-Suppress", "All"),
        (LOOP_MARK, sender.correo.as_str()),
        ("Content-Language", "es"),
    ] {
        builder = raw(builder, name, value);
    }
    builder.multipart(body).map(|message| message.formatted()).unwrap_or_default()
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

fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text)
}

/// The part by which a calendar knows an invitation: its method stands in the type as well (RFC 6047 section 2.4).
fn calendar(invitation: &Invitation) -> SinglePart {
    let kind = format!("text/calendar; method={}; charset=utf-8", invitation.method.word());
    let kind = ContentType::parse(&kind).unwrap_or(ContentType::TEXT_PLAIN);
    let text = write(invitation.method, None, std::slice::from_ref(&invitation.entry));
    SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(text)
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

fn raw(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()))
}
