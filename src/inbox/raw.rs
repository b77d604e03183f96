//! A mail not yet opened, and where it lies.
use crate::net::fault::Fault;
use jiff::Timestamp;

/// Where a mail lies in its mailbox. With [`Raw::bytes`] this is all the desk ever needs of the mail server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The folder as configured («INBOX»), or the path of a Maildir.
    pub mailbox: String,
    /// UIDVALIDITY (RFC 9051 section 2.3.1.1); 0 in a Maildir.
    pub validity: u32,
    /// The UID in decimal; in a Maildir the file's unique name without its flags.
    pub key: String,
}

/// A mail as it came: bytes nobody has looked into.
#[derive(Clone, Debug)]
pub struct Raw {
    pub place: Place,
    /// When the server took the mail in (INTERNALDATE; in a Maildir the file's time).
    pub received: Timestamp,
    /// Size in octets on the server. Greater than `bytes.len()` when the mail is over the limit and only its header and
    /// the beginning of its first part were brought.
    pub size: u64,
    pub bytes: Vec<u8>,
}

/// A mail as the mailbox lists it, before it is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub place: Place,
    /// Octets, as the server counts them.
    pub size: u64,
    pub received: Timestamp,
}

/// What came of asking for some mails.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    pub mails: Vec<Raw>,
    /// No longer in the mailbox: somebody moved or deleted them.
    pub gone: Vec<Place>,
    /// Listed, but their bytes came not at all or not entirely: no mails. They are still there for the next time.
    pub short: Vec<Place>,
    /// Why one of `short` could not be read, where the mailbox itself stands open.
    pub fault: Option<Fault>,
}

/// What became of finished mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// They lie in the folder for finished mails, or were gone.
    Moved,
    /// The server could not move them, and they bear the keyword `$MesaProcesado` instead.
    Marked { why: String },
    /// They lie where they were.
    Left { why: String },
    /// The server can move mails, and would not move these (their [`Place::key`]); it may later. The others were moved.
    Refused { keys: Vec<String>, why: String },
}

/// Of a mail over the limit this much is brought: the header and the beginning of its first part.
pub const BEGINNING: u64 = 256 * 1024;

impl Raw {
    /// Is this all of the mail, or only its beginning?
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 >= self.size
    }
}
