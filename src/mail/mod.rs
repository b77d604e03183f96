//! Bytes become a `Mail`. Never fails: the worst mail is an empty one.
//!
//! mail-parser takes the mail apart; what its parts say is decided here and in the files beside, from the raw bytes.
pub(crate) mod address;
pub mod body;
pub(crate) mod bounce;
pub(crate) mod charset;
pub(crate) mod files;
pub(crate) mod flow;
pub(crate) mod hand;
pub(crate) mod head;
pub(crate) mod header;
pub(crate) mod history;
pub(crate) mod html;
pub(crate) mod markup;
pub mod message;
pub(crate) mod page;
pub(crate) mod phrases;
pub(crate) mod signature;
pub(crate) mod split;
pub(crate) mod transfer;
use crate::ical::{self, Reply};
use crate::mail::charset::{decode, patched, undoubled};
use crate::mail::files::{attachment, hexadecimal};
use crate::mail::hand::{Shape, hand, silence};
use crate::mail::head::Head;
use crate::mail::header::{ids, refs, text};
use crate::mail::message::{Attachment, Bounce, Mail};
use crate::mail::page::{Page, plain};
use crate::mail::signature::Author;
use crate::mail::split::split;
use jiff::Timestamp;
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Mails attached within each other that are read; a deeper one stays an attachment.
const DEEPEST_ATTACHED: usize = 3;
/// Parts of one mail that are looked at.
const MOST_PARTS: usize = 1000;

/// The headers that the structure needs are parsed, all others kept raw: most mails have dozens that nobody asks for.
static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().with_mime_headers().header_date(HeaderName::Date).default_header_raw());

/// Reads any bytes as a mail.
pub fn parse(raw: &[u8]) -> Mail {
    let raw = without_envelope(raw);
    let (raw, mended) = with_readable_head(raw);
    let message = PARSER.parse(raw.as_ref()).unwrap_or_default();
    let mut mail = if message.parts.is_empty() { headless(&raw) } else { read(&message, 0) };
    if mended {
        mail.oddities.push("8-bit header".to_owned());
    }
    mail
}

/// Without a byte order mark, the blank lines on top and the «From » line of an mbox.
fn without_envelope(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    if raw.starts_with(b"From ") || raw.starts_with(b">From ") {
        let line = raw.iter().position(|b| *b == b'\n').map_or(raw.len(), |at| at + 1);
        return raw.get(line..).unwrap_or_default();
    }
    raw
}

/// A header in raw windows-1252 becomes UTF-8, which is all the parser of parameters knows.
fn with_readable_head(raw: &[u8]) -> (Cow<'_, [u8]>, bool) {
    let end = raw.windows(2).position(|w| w == b"\n\n").or_else(|| raw.windows(4).position(|w| w == b"\r\n\r\n"));
    let (head, body) = raw.split_at(end.unwrap_or(raw.len()));
    if std::str::from_utf8(head).is_ok() {
        return (Cow::Borrowed(raw), false);
    }
    let mut mended = patched(head).into_bytes();
    mended.extend_from_slice(body);
    (Cow::Owned(mended), true)
}

/// Bytes without any header: all of it is the text.
fn headless(raw: &[u8]) -> Mail {
    let mut mail = read(&Message::default(), 0);
    let body = decode(None, raw);
    mail.body = split(plain(&body.text, false, false), "", &Author::default());
    mail.oddities.push("no header".to_owned());
    mail
}

/// What the parts of a mail add up to.
#[derive(Default)]
struct Contents {
    /// Pieces of readable text in order; a piece may exist as plain text, as HTML, or as both.
    pieces: Vec<Piece>,
    attachments: Vec<Attachment>,
    attached: Vec<Mail>,
    calendar: Option<Reply>,
    bounce: Option<Bounce>,
    returned: Option<Vec<u8>>,
    oddities: Vec<String>,
}

#[derive(Default)]
struct Piece {
    /// The multipart/alternative that the piece stands in.
    choice: Option<u32>,
    plain: Option<Page>,
    html: Option<String>,
}

fn read(message: &Message<'_>, depth: usize) -> Mail {
    let raw: &[u8] = &message.raw_message;
    let root = message.parts.first();
    let mut head = Head::default();
    for header in root.map(|part| part.headers.as_slice()).unwrap_or_default() {
        head.push(header.name.as_str(), slice(raw, header.offset_start, header.offset_end));
    }
    let mut contents = gather(message, depth);
    let senders = address::read(head.first("from"));
    let from = senders.addresses.first().cloned().unwrap_or_default();
    let reply_to = address::read(head.first("reply-to"));
    let subject = text(head.first("subject"));
    let author = Author::new(from.nombre.as_deref().unwrap_or_default(), &from.correo);
    let body = split(page(&mut contents), &subject, &author);
    let report = root.and_then(|p| p.content_type()).filter(|c| c.ctype().eq_ignore_ascii_case("multipart"));
    let report = report.and_then(|c| c.attribute("report-type")).map(str::to_lowercase);
    let opening: String = body.text.chars().take(400).collect();
    let shape = Shape {
        report: report.as_deref(),
        subject: &subject,
        from: &from.correo,
        opening: &opening,
        calendar: contents.calendar.is_some(),
        bounce: contents.bounce.is_some(),
    };
    let hand = hand(&head, &shape);
    let mut mail = Mail {
        id: ids(head.first("message-id")).into_iter().next(),
        silence: silence(&head, &senders, &reply_to),
        from,
        reply_to: reply_to.addresses,
        to: head.all("to").flat_map(|v| address::read(v).addresses).collect(),
        cc: head.all("cc").flat_map(|v| address::read(v).addresses).collect(),
        date: message.date().filter(|d| d.is_valid()).and_then(|d| Timestamp::from_second(d.to_timestamp()).ok()),
        refs: refs(head.first("in-reply-to"), head.first("references")),
        hand,
        bounce: bounced(hand, &mut contents, &body.text, &subject),
        subject,
        body,
        attached: contents.attached,
        attachments: contents.attachments,
        calendar: contents.calendar,
        oddities: contents.oddities,
        content_key: String::new(),
    };
    mail.content_key = content_key(&mail);
    mail
}

fn slice(raw: &[u8], from: u32, to: u32) -> &[u8] {
    raw.get(from as usize..to as usize).unwrap_or_default()
}

/// Walks the parts without recursion, in the order of reading.
fn gather(message: &Message<'_>, depth: usize) -> Contents {
    let mut contents = Contents::default();
    let mut waiting: Vec<(u32, Option<u32>)> = vec![(0, None)];
    let mut seen = 0;
    while let Some((id, choice)) = waiting.pop() {
        let Some(part) = message.parts.get(id as usize) else { continue };
        seen += 1;
        if seen > MOST_PARTS {
            contents.oddities.push("too many parts".to_owned());
            break;
        }
        match &part.body {
            PartType::Multipart(children) => {
                let alternative = part
                    .content_type()
                    .and_then(|c| c.subtype())
                    .is_some_and(|s| s.eq_ignore_ascii_case("alternative"));
                let choice = choice.or(alternative.then_some(id));
                waiting.extend(children.iter().rev().map(|child| (*child, choice)));
            }
            PartType::Message(inner) => attach(&mut contents, part, inner, depth),
            PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => {
                leaf(&mut contents, message, part, choice);
            }
        }
    }
    contents
}

fn attach(contents: &mut Contents, part: &MessagePart<'_>, inner: &Message<'_>, depth: usize) {
    let bytes: &[u8] = slice(&inner.raw_message, inner.root_offset(), part.offset_end);
    contents.returned.get_or_insert_with(|| bytes.get(..64 * 1024).unwrap_or(bytes).to_vec());
    if depth < DEEPEST_ATTACHED {
        contents.attached.push(read(inner, depth + 1));
    } else {
        contents.attachments.push(attachment(part.attachment_name(), "message/rfc822", false, bytes));
    }
}

trait Root {
    fn root_offset(&self) -> u32;
}

impl Root for Message<'_> {
    fn root_offset(&self) -> u32 {
        self.parts.first().map_or(0, |p| p.offset_header)
    }
}

fn leaf(contents: &mut Contents, message: &Message<'_>, part: &MessagePart<'_>, choice: Option<u32>) {
    let kind = part.content_type().map_or("text/plain".to_owned(), |c| {
        format!("{}/{}", c.ctype(), c.subtype().unwrap_or_default()).to_lowercase()
    });
    let disposition = part.content_disposition();
    let named = part.attachment_name();
    let added = disposition.is_some_and(|d| d.is_attachment()) || named.is_some() && kind.starts_with("text/");
    match kind.as_str() {
        "text/calendar" if contents.calendar.is_none() => {
            let text = words(contents, message, part);
            contents.calendar = ical::read(&text);
            if contents.calendar.is_some() {
                return;
            }
        }
        "message/delivery-status" => {
            let text = words(contents, message, part);
            contents.bounce.get_or_insert_with(|| bounce::status(&text));
            return;
        }
        "text/rfc822-headers" => {
            contents.returned.get_or_insert_with(|| part.contents().to_vec());
            return;
        }
        "message/disposition-notification" => return,
        "text/html" if !added => return shown(contents, message, part, choice, true),
        "text/plain" | "text" | "text/" if !added => return shown(contents, message, part, choice, false),
        "application/ms-tnef" => contents.oddities.push("winmail.dat".to_owned()),
        _ => {}
    }
    let inline = part.content_id().is_some() || disposition.is_some_and(|d| d.is_inline());
    contents.attachments.push(attachment(named, &kind, inline, part.contents()));
}

/// A text part's words, decoded from its raw bytes.
fn words(contents: &mut Contents, message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let raw = slice(&message.raw_message, part.offset_body, part.offset_end);
    let encoding = part.content_transfer_encoding().unwrap_or_default();
    let bytes = transfer::decode(encoding, raw);
    let charset = part.content_type().and_then(|c| c.attribute("charset"));
    let decoded = decode(charset, &bytes);
    contents.oddities.extend(decoded.oddity);
    let (text, doubled) = undoubled(decoded.text);
    if doubled {
        contents.oddities.push("utf-8 encoded twice".to_owned());
    }
    text
}

fn shown(contents: &mut Contents, message: &Message<'_>, part: &MessagePart<'_>, choice: Option<u32>, html: bool) {
    let text = words(contents, message, part);
    let new = choice.is_none() || contents.pieces.last().is_none_or(|p| p.choice != choice);
    if new {
        contents.pieces.push(Piece { choice, ..Piece::default() });
    }
    let Some(piece) = contents.pieces.last_mut() else { return };
    if html {
        piece.html.get_or_insert_default().push_str(&text);
    } else {
        let parameter = |name| part.content_type().and_then(|c| c.attribute(name)).unwrap_or_default();
        let flowed = parameter("format").eq_ignore_ascii_case("flowed");
        let page = plain(&text, flowed, parameter("delsp").eq_ignore_ascii_case("yes"));
        piece.plain.get_or_insert_default().append(page);
    }
}

/// The text to read: plain where there is any worth it, else what the HTML says.
fn page(contents: &mut Contents) -> Page {
    const STUB: usize = 200;
    let mut all = Page::default();
    for piece in std::mem::take(&mut contents.pieces) {
        let plain = piece.plain.unwrap_or_default();
        let substance = plain.substance();
        let chosen = match piece.html {
            Some(html) if substance < STUB => {
                let page = html::page(&html);
                if substance == 0 || page.substance() > 4 * substance { page } else { plain }
            }
            Some(_) | None => plain,
        };
        all.append(chosen);
    }
    all
}

fn bounced(hand: message::Hand, contents: &mut Contents, text: &str, subject: &str) -> Option<Bounce> {
    (hand == message::Hand::Bounce).then(|| {
        let mut bounce = contents.bounce.take().unwrap_or_else(|| bounce::words(text, subject));
        bounce.about = contents.returned.as_deref().and_then(bounce::about).or_else(|| bounce::about(text.as_bytes()));
        bounce
    })
}

/// The same mail by two roads has one key; each field is bounded by its length, so that none can pose as the next.
fn content_key(mail: &Mail) -> String {
    let mut hash = Sha256::new();
    let date = mail.date.map_or(String::new(), |d| d.to_string());
    let id = mail.id.as_ref().map_or("", |id| &id.0);
    let files =
        mail.attachments.iter().map(|a| a.sha256.as_str()).chain(mail.attached.iter().map(|m| m.content_key.as_str()));
    for field in [id, &mail.from.correo, &date, &mail.subject, &mail.body.text].into_iter().chain(files) {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    hexadecimal(&hash.finalize())
}
