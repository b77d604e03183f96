//! A mail not yet opened, and where it lies.
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

impl Raw {
    /// Is this all of the mail, or only its beginning?
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 >= self.size
    }
}
