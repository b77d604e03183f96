//! What the configuration says of the way out.
use std::path::PathBuf;

use crate::net::endpoint::Endpoint;
use crate::net::oauth::Proof;

#[derive(Clone, Debug)]
pub enum Setting {
    Smtp(Relay),
    Sendmail {
        /// The program, `/usr/sbin/sendmail` or one that takes its options.
        command: PathBuf,
    },
    Maildir {
        /// Letters are delivered into its `new`.
        path: PathBuf,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    pub endpoint: Endpoint,
    /// Who sends; `None` for a server that knows this machine by its address.
    pub login: Option<Login>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub proof: Proof,
}
