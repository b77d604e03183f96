//! Where mail comes from: an IMAP folder, or a Maildir of this machine. Both answer the same questions.
pub mod imap;
pub mod maildir;
pub mod raw;
pub mod setting;

use std::time::Duration;

use crate::inbox::imap::Imap;
use crate::inbox::maildir::Maildir;
use crate::inbox::raw::{Fetched, Listed, Place, Settled};
use crate::inbox::setting::Setting;
use crate::net::fault::Fault;

/// The mailbox. Each question connects when it must; after a fault the next one starts on a new line.
#[derive(Debug)]
pub enum Inbox {
    Imap(Box<Imap>),
    Maildir(Maildir),
}

impl Inbox {
    pub fn new(setting: Setting) -> Inbox {
        match setting {
            Setting::Imap(account) => Inbox::Imap(Box::new(Imap::new(account))),
            Setting::Maildir(folder) => Inbox::Maildir(Maildir::new(folder)),
        }
    }

    /// Every mail of the folder, read or unread, in the order it came.
    pub async fn list(&mut self) -> Result<Vec<Listed>, Fault> {
        match self {
            Inbox::Imap(imap) => imap.list().await,
            Inbox::Maildir(maildir) => maildir.list().await,
        }
    }

    /// The mails of `places`, in that order, as many as fit into one bite: what [`Fetched`] does not mention is to be asked
    /// for again. Leaves no trace in the mailbox.
    pub async fn fetch(&mut self, places: &[Place]) -> Result<Fetched, Fault> {
        match self {
            Inbox::Imap(imap) => imap.fetch(places).await,
            Inbox::Maildir(maildir) => maildir.fetch(places).await,
        }
    }

    /// These mails are filed for good: out of the way with them, if the configuration says where to. Those that are gone
    /// already are done too.
    pub async fn done(&mut self, places: &[Place]) -> Result<Settled, Fault> {
        match self {
            Inbox::Imap(imap) => imap.done(places).await,
            Inbox::Maildir(maildir) => maildir.done(places).await,
        }
    }

    /// The folder of finished mails, as another mailbox that is only read; `None` when there is none.
    pub async fn finished(&mut self) -> Result<Option<Inbox>, Fault> {
        match self {
            Inbox::Imap(imap) => Ok(imap.finished().await?.map(|finished| Inbox::Imap(Box::new(finished)))),
            Inbox::Maildir(maildir) => Ok(maildir.finished().map(Inbox::Maildir)),
        }
    }

    /// Returns when something new may have come, at the latest after `max`. May be dropped at any moment and asked again.
    pub async fn wait(&mut self, max: Duration) -> Result<(), Fault> {
        match self {
            Inbox::Imap(imap) => imap.wait(max).await,
            Inbox::Maildir(maildir) => maildir.wait(max).await,
        }
    }

    /// Goes in, looks around, changes nothing: what was found, one Spanish sentence a line.
    pub async fn probe(&mut self) -> Result<Vec<String>, Fault> {
        match self {
            Inbox::Imap(imap) => imap.probe().await,
            Inbox::Maildir(maildir) => maildir.probe().await,
        }
    }

    /// Takes leave, as far as the line still allows.
    pub async fn close(&mut self) {
        match self {
            Inbox::Imap(imap) => imap.close().await,
            Inbox::Maildir(_) => {}
        }
    }
}
