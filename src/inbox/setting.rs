//! What the configuration says of a mailbox.
use std::path::PathBuf;

use crate::net::endpoint::Endpoint;
use crate::net::oauth::Proof;

#[derive(Clone, Debug)]
pub enum Setting {
    Imap(Account),
    Maildir(Folder),
}

#[derive(Clone, Debug)]
pub struct Account {
    pub endpoint: Endpoint,
    pub user: String,
    pub proof: Proof,
    pub auth: Auth,
    /// As a person writes it («INBOX», «Solicitudes/Atención»).
    pub folder: String,
    /// Where finished mails go; `None` leaves them where they are.
    pub done: Option<String>,
    /// Octets. Of a larger mail only the beginning is brought.
    pub max_size: u64,
}

/// How the password is presented. The other way is taken when the server has only that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// SASL PLAIN (RFC 4616), in UTF-8.
    Plain,
    /// The LOGIN command (RFC 9051 section 6.2.3).
    Login,
}

#[derive(Clone, Debug)]
pub struct Folder {
    /// A Maildir: the folder that holds `new` and `cur`.
    pub path: PathBuf,
    /// Another Maildir, for finished mails; `None` leaves them where they are.
    pub done: Option<PathBuf>,
    /// Octets. Of a larger mail only the beginning is brought.
    pub max_size: u64,
}
