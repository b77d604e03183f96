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
pub(crate) mod notices;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod phrases;
pub(crate) mod pieces;
pub(crate) mod raw;
pub(crate) mod receipt;
pub(crate) mod results;
pub(crate) mod signature;
pub(crate) mod signs;
pub(crate) mod split;
pub(crate) mod transfer;
use crate::ical::read as calendar;
use crate::ical::reply::Calendar;
use crate::mail::charset::{decode, undoubled};
use crate::mail::files::attachment;
use crate::mail::hand::{Shape, hand, silence};
use crate::mail::head::Head;
use crate::mail::header::{ids, refs, text};
use crate::mail::message::{Attachment, Bounce, Hand, Mail, TOO_MANY};
use crate::mail::params::file_name;
use crate::mail::pieces::{Format, LONGEST, Pieces};
use crate::mail::raw::{prepare, unfolded};
use crate::mail::signature::Author;
use crate::mail::split::split;
use crate::spanish::when::bogota;
use jiff::Timestamp;
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use std::sync::LazyLock;

/// Mails attached within each other that are read; a deeper one stays an attachment.
const DEEPEST_ATTACHED: usize = 3;
/// Parts with content that are looked at.
const MOST_PARTS: usize = 1000;
/// Deliveries that are looked at; a mail that was delivered more often goes round in circles.
const DELIVERIES: usize = 10;
/// Bytes of one text part that are decoded.
const LONGEST_TEXT: usize = 4 * 1024 * 1024;
/// Bytes of a returned mail in which its Message-ID is looked for.
const LONGEST_RETURNED: usize = 64 * 1024;

/// The headers that the structure needs are parsed, all others kept raw: most mails have dozens that nobody asks for.
static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().with_mime_headers().header_date(HeaderName::Date).default_header_raw());

/// Reads any bytes as a mail, in time linear in their number.
///
/// What is beyond a bound is left out and noted in `Mail::oddities`: 1,000 parts, mails attached three deep, 1 MiB of each
/// text. The caller still guards against a panic of the library: such a mail belongs in the quarantine.
pub fn parse(raw: &[u8]) -> Mail {
    let mut raw = prepare(raw);
    let mut message = PARSER.parse(raw.bytes.as_ref()).unwrap_or_default();
    if message.parts.first().is_some_and(|root| is_multipart(root) && !matches!(root.body, PartType::Multipart(_)))
        && let Some(mended) = unfolded(&raw.bytes)
    {
        raw.bytes = mended.into();
        message = PARSER.parse(raw.bytes.as_ref()).unwrap_or_default();
    }
    let known = |root: &MessagePart<'_>| root.headers.iter().any(|h| !h.name.is_other());
    let mut mail = read(&message, 0);
    if !message.parts.first().is_some_and(known) && !raw.bytes.is_empty() {
        headless(&mut mail, &raw.bytes);
    }
    mail.oddities.append(&mut raw.oddities);
    mail
}

fn is_multipart(part: &MessagePart<'_>) -> bool {
    part.content_type().is_some_and(|c| c.ctype().eq_ignore_ascii_case("multipart"))
}

/// Bytes without any header that mails have: all of it is the text.
fn headless(mail: &mut Mail, raw: &[u8]) {
    let mut pieces = Pieces::default();
    pieces.add_plain(None, &decode(None, raw).text, Format::default());
    mail.body = split(pieces.page(&mut mail.oddities), "", &Author::default());
    mail.oddities.push("no header".to_owned());
    mail.content_key = files::content_key(mail);
}

/// What the parts of a mail add up to.
#[derive(Default)]
struct Contents {
    pieces: Pieces,
    attachments: Vec<Attachment>,
    attached: Vec<Mail>,
    calendar: Option<Calendar>,
    bounce: Option<Bounce>,
    /// The beginning of the mail that a delivery report returns.
    returned: Option<Vec<u8>>,
    oddities: Vec<String>,
}

fn read(message: &Message<'_>, depth: usize) -> Mail {
    let root = message.parts.first();
    let head = root.map(|part| head(message, part)).unwrap_or_default();
    let mut contents = gather(message, depth);
    let senders = address::read(head.first("from"));
    let from = senders.addresses.first().cloned().unwrap_or_default();
    let reply_to = address::read(head.first("reply-to"));
    let subject = text(head.first("subject"));
    let author = Author::new(from.nombre.as_deref().unwrap_or_default(), &from.correo);
    contents.oddities.extend(head.doubles());
    let page = std::mem::take(&mut contents.pieces).page(&mut contents.oddities);
    let body = split(page, &subject, &author);
    let report =
        root.filter(|p| is_multipart(p)).and_then(|p| p.content_type()).and_then(|c| c.attribute("report-type"));
    let report = report.map(str::to_lowercase);
    let shape = Shape {
        report: report.as_deref(),
        subject: &subject,
        from: &from.correo,
        body: &body,
        calendar: contents.calendar.is_some(),
        bounce: contents.bounce.is_some(),
        carries: !contents.attachments.is_empty() || !contents.attached.is_empty(),
    };
    let hand = hand(&head, &shape);
    let mut mail = Mail {
        id: ids(head.first("message-id")).into_iter().next(),
        silence: silence(&head, &senders, &reply_to),
        plain_from: is_plain(&head, &senders, &from.correo),
        from,
        results: results::results(&head),
        delivered_to: delivered_to(&head),
        reply_to: reply_to.addresses,
        to: head.all("to").flat_map(|v| address::read(v).addresses).collect(),
        cc: head.all("cc").flat_map(|v| address::read(v).addresses).collect(),
        date: root.and_then(sent),
        refs: refs(head.first("in-reply-to"), head.first("references")),
        hand,
        bounce: (hand == Hand::Bounce).then(|| bounced(&mut contents, &body.text, &subject)),
        subject,
        body,
        attached: contents.attached,
        attachments: contents.attachments,
        calendar: contents.calendar,
        oddities: contents.oddities,
        content_key: String::new(),
    };
    mail.content_key = files::content_key(&mail);
    mail
}

/// One From header with one address, written as it is meant: no route, no comment or quote within it, no group around it.
fn is_plain(head: &Head<'_>, senders: &address::List, from: &str) -> bool {
    let raw = String::from_utf8_lossy(head.first("from")).to_lowercase();
    let clean = !raw.contains(|c: char| c.is_control() && !c.is_whitespace());
    let one = head.all("from").count() == 1 && senders.addresses.len() == 1 && !senders.odd;
    one && clean && !from.is_empty() && raw.contains(from)
}

/// Where the server put the mail, the last road first.
fn delivered_to(head: &Head<'_>) -> Vec<String> {
    let addresses = head.all("delivered-to").take(DELIVERIES).flat_map(|value| address::read(value).addresses);
    addresses.map(|address| address.correo).collect()
}

fn head<'a>(message: &'a Message<'_>, part: &'a MessagePart<'_>) -> Head<'a> {
    let mut head = Head::default();
    for header in &part.headers {
        head.push(header.name.as_str(), slice(message, header.offset_start, header.offset_end));
    }
    head
}

fn slice<'a>(message: &'a Message<'_>, from: u32, to: u32) -> &'a [u8] {
    message.raw_message.get(from as usize..to as usize).unwrap_or_default()
}

/// The first Date header, when it is a date.
fn sent(root: &MessagePart<'_>) -> Option<Timestamp> {
    let date =
        root.headers.iter().find(|h| h.name == HeaderName::Date)?.value.as_datetime().filter(|d| d.is_valid())?;
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Walks the parts without recursion, in the order of reading.
fn gather(message: &Message<'_>, depth: usize) -> Contents {
    let mut contents = Contents::default();
    let mut waiting: Vec<(u32, Option<u32>)> = vec![(0, None)];
    let (mut leaves, mut visits) = (0, 0);
    while let Some((id, choice)) = waiting.pop() {
        let Some(part) = message.parts.get(id as usize) else { continue };
        visits += 1;
        if leaves == MOST_PARTS || visits > message.parts.len() {
            contents.oddities.push(TOO_MANY.to_owned());
            break;
        }
        match &part.body {
            PartType::Multipart(children) => {
                let kind = part.content_type().and_then(|c| c.subtype());
                let alternative = kind.is_some_and(|s| s.eq_ignore_ascii_case("alternative"));
                let choice = choice.or(alternative.then_some(id));
                waiting.extend(children.iter().rev().map(|child| (*child, choice)));
            }
            PartType::Message(inner) => {
                leaves += 1;
                attach(&mut contents, message, part, inner, depth);
            }
            PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => {
                leaves += 1;
                Leaf::new(message, part, id == 0, choice).read(&mut contents);
            }
        }
    }
    contents
}

fn attach(contents: &mut Contents, outer: &Message<'_>, part: &MessagePart<'_>, inner: &Message<'_>, depth: usize) {
    let start = inner.parts.first().map_or(0, |p| p.offset_header);
    let end = if part.encoding == mail_parser::Encoding::None { part.offset_end } else { u32::MAX };
    let bytes = inner.raw_message.get(start as usize..(end as usize).min(inner.raw_message.len())).unwrap_or_default();
    contents.returned.get_or_insert_with(|| bytes.get(..LONGEST_RETURNED).unwrap_or(bytes).to_vec());
    if depth < DEEPEST_ATTACHED {
        contents.attached.push(read(inner, depth + 1));
    } else {
        let name = Leaf::new(outer, part, false, None).name();
        contents.attachments.push(attachment(name.as_deref(), "message/rfc822", false, bytes));
    }
}

/// A part with content of its own.
struct Leaf<'a> {
    message: &'a Message<'a>,
    part: &'a MessagePart<'a>,
    /// «text/plain», in lower case.
    kind: String,
    /// The whole mail is this part.
    root: bool,
    choice: Option<u32>,
}

impl<'a> Leaf<'a> {
    fn new(message: &'a Message<'a>, part: &'a MessagePart<'a>, root: bool, choice: Option<u32>) -> Leaf<'a> {
        let kind = part.content_type().map(|c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or_default()));
        let kind = kind.map_or("text/plain".to_owned(), |k| k.to_lowercase());
        Leaf { message, part, kind, root, choice }
    }

    fn name(&self) -> Option<String> {
        let head = head(self.message, self.part);
        file_name(head.first("content-disposition"), head.first("content-type"))
    }

    fn read(self, contents: &mut Contents) {
        let disposition = self.part.content_disposition();
        let name = self.name();
        let added = disposition.is_some_and(|d| d.is_attachment()) || name.is_some();
        // A whole mail that calls itself an attachment, and a multipart that lost its parts, are text all the same.
        let shown = !added || self.root && name.is_none();
        match self.kind.as_str() {
            "text/html" if shown || self.root => {
                return contents.pieces.add_html(self.choice, &self.text(&mut contents.oddities));
            }
            "text/plain" if shown || self.root => return self.plain(contents),
            kind if shown && (kind.starts_with("multipart/") || kind.ends_with('/') && !kind.starts_with("image")) => {
                return self.plain(contents);
            }
            "text/calendar" => {
                if contents.calendar.is_none() {
                    let method = self.part.content_type().and_then(|c| c.attribute("method"));
                    contents.calendar = calendar::read(&self.text(&mut contents.oddities), method, &bogota());
                }
                if matches!(contents.calendar, Some(Calendar::Answer(_))) {
                    return;
                }
                contents.oddities.push("calendar part that is no reply".to_owned());
            }
            "message/delivery-status" | "message/global-delivery-status" => {
                let report = bounce::status(&self.text(&mut contents.oddities));
                contents.bounce.get_or_insert(report);
                return;
            }
            "text/rfc822-headers" | "message/global-headers" => {
                contents.returned.get_or_insert_with(|| self.part.contents().to_vec());
                return;
            }
            "message/disposition-notification" => return,
            "application/ms-tnef" => contents.oddities.push("winmail.dat".to_owned()),
            _ => {}
        }
        let inline = self.part.content_id().is_some() || disposition.is_some_and(|d| d.is_inline());
        contents.attachments.push(attachment(name.as_deref(), &self.kind, inline, self.part.contents()));
    }

    fn plain(&self, contents: &mut Contents) {
        let text = self.text(&mut contents.oddities);
        let set = |name, value: &str| {
            let given = self.part.content_type().and_then(|c| c.attribute(name));
            given.is_some_and(|given| given.eq_ignore_ascii_case(value))
        };
        contents.pieces.add_plain(
            self.choice,
            &text,
            Format { flowed: set("format", "flowed"), delsp: set("delsp", "yes") },
        );
    }

    /// The words of a text part, decoded from its raw bytes.
    fn text(&self, oddities: &mut Vec<String>) -> String {
        let raw = slice(self.message, self.part.offset_body, self.part.offset_end);
        let raw = raw.get(..LONGEST_TEXT).unwrap_or(raw);
        // RFC 2045 section 6.4 forbids an encoding around parts: it would only hide them.
        let encoding = self.part.content_transfer_encoding().filter(|_| !self.kind.starts_with("multipart/"));
        let bytes = transfer::decode(encoding.unwrap_or_default(), raw);
        let decoded = decode(self.part.content_type().and_then(|c| c.attribute("charset")), &bytes);
        oddities.extend(decoded.oddity);
        let (text, doubled) = undoubled(decoded.text);
        if doubled {
            oddities.push("utf-8 encoded twice".to_owned());
        }
        if text.len() > LONGEST {
            oddities.push("text cut".to_owned());
        }
        text
    }
}

fn bounced(contents: &mut Contents, text: &str, subject: &str) -> Bounce {
    let mut bounce = contents.bounce.take().unwrap_or_else(|| bounce::words(text, subject));
    bounce.about = contents.returned.as_deref().and_then(bounce::about).or_else(|| bounce::about(text.as_bytes()));
    bounce
}
