//! A mail as the desk sees it: what every later room may know of a message.
use crate::ical::reply::{Calendar, Reply};
use crate::mail::body::Body;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Message-ID without its angle brackets (RFC 5322 section 3.6.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

/// A mailbox of RFC 5322 section 3.4. `correo` is in lower case; empty when the header held no usable address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    pub correo: String,
    pub nombre: Option<String>,
}

/// Whose hand wrote the mail, by its headers and shape alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Person,
    /// A machine: RFC 3834 marks, mailing lists, out-of-office, receipts, calendars' own answers excepted.
    Robot,
    /// A report about a mail that could not be delivered, or not yet (RFC 3464, and those that only look so).
    Bounce,
    /// Our own letter came back, or went round: our loop mark, or more than 50 hops.
    Ourselves,
}

/// What the headers say that forbids an automatic answer although a person may have written (RFC 3834, RFC 5230 section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// Several From addresses, an unusable one, a group, or one that no plain answer can reach.
    pub doubtful_sender: bool,
    /// Reply-To leads to another domain than From.
    pub foreign_reply_to: bool,
    /// `X-Auto-Response-Suppress` asks for no automatic answer.
    pub suppressed: bool,
}

/// One Authentication-Results header (RFC 8601): what a server that took the mail in found out about its sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthResults {
    /// The authserv-id, in lower case; empty when the header is not one.
    pub server: String,
    /// Empty as well when the header is faulty anywhere.
    pub results: Vec<AuthResult>,
    /// Hosts of the Received headers above it, in lower case: the road from there to here.
    pub hops: Vec<String>,
}

/// «dmarc=pass header.from=x.co», all in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthResult {
    pub method: String,
    pub verdict: String,
    pub properties: Vec<(String, String)>,
}

/// What a delivery report says (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// `delayed` is no failure: delivery goes on being tried.
    pub failed: bool,
    pub recipient: Option<String>,
    /// The enhanced status code (RFC 3463), «5.1.1».
    pub status: Option<String>,
    /// Message-ID of the letter that the report is about.
    pub about: Option<MessageId>,
}

/// A file of the mail. Its name is safe to write to a disk and to show; its bytes are told apart by their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// «image/png», in lower case.
    pub kind: String,
    /// Shown within the text (a logo, a pasted screenshot) rather than added to it.
    pub inline: bool,
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`, in hexadecimal.
    pub sha256: String,
}

/// One mail, parsed. Nothing here failed: what could not be read is absent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// As the sender gave it; absent or unusable ids are common.
    pub id: Option<MessageId>,
    pub from: Address,
    /// There is one From, with one address, written plainly: only then can it be taken for somebody.
    pub plain_from: bool,
    /// What servers say of the sender, above anything that he could have written; the nearest server first.
    pub results: Vec<AuthResults>,
    /// Addresses in lower case, from the top.
    pub delivered_to: Vec<String>,
    /// `Reply-To`, `To` and `Cc` as written. Never who the sender is.
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    /// Decoded and unfolded, prefixes («RE:», «RV:») kept.
    pub subject: String,
    /// The sender's clock; may lie or be absent.
    pub date: Option<Timestamp>,
    /// In-Reply-To first, then References from the newest to the oldest; at most 50.
    pub refs: Vec<MessageId>,
    pub hand: Hand,
    pub silence: Silence,
    pub body: Body,
    /// Mails attached as message/rfc822, parsed alike, at most three deep.
    pub attached: Vec<Mail>,
    pub attachments: Vec<Attachment>,
    pub calendar: Option<Calendar>,
    pub bounce: Option<Bounce>,
    /// What was odd about the bytes, in a few words each: «utf-8 declared, windows-1252 found».
    pub oddities: Vec<String>,
    /// SHA-256 over Message-ID, From, Date, Subject, body and attachments: the same mail by two roads has one key.
    pub content_key: String,
}

/// Oddities of a structure beyond the reader's bounds.
pub(crate) const TOO_DEEP: &str = "nested too deep";
pub(crate) const TOO_MANY: &str = "too many parts";

impl Mail {
    /// A person's mail that was cut at a bound of the reader before a single word was reached: only people can tell what it is.
    pub fn is_beyond_reading(&self) -> bool {
        let cut = self.oddities.iter().any(|oddity| oddity == TOO_DEEP || oddity == TOO_MANY);
        cut && self.hand == Hand::Person && self.body.text.trim().is_empty()
    }

    /// What a guest's calendar answers, if the mail is such an answer.
    pub fn reply(&self) -> Option<&Reply> {
        match self.calendar.as_ref()? {
            Calendar::Answer(reply) => Some(reply),
            Calendar::Notice => None,
        }
    }
}
