//! Where letters go: an SMTP server, the machine's own sendmail, or a Maildir. All three take the finished bytes of one letter.
pub mod maildir;
pub mod outcome;
pub mod sendmail;
pub mod setting;
pub mod smtp;

use crate::net::fault::Fault;
use crate::outbox::maildir::Maildir;
use crate::outbox::outcome::Outcome;
use crate::outbox::sendmail::Sendmail;
use crate::outbox::setting::Setting;
use crate::outbox::smtp::Smtp;

#[derive(Debug)]
pub enum Outbox {
    Smtp(Box<Smtp>),
    Sendmail(Sendmail),
    Maildir(Maildir),
}

impl Outbox {
    pub fn new(setting: Setting) -> Outbox {
        match setting {
            Setting::Smtp(relay) => Outbox::Smtp(Box::new(Smtp::new(relay))),
            Setting::Sendmail { command } => Outbox::Sendmail(Sendmail::new(command)),
            Setting::Maildir { path } => Outbox::Maildir(Maildir::new(path)),
        }
    }

    /// One letter to one recipient, as it stands in the queue. Dropping this halfway may leave it sent; the same bytes may
    /// then go again.
    pub async fn send(&mut self, from: &str, to: &str, bytes: &[u8]) -> Outcome {
        match self {
            Outbox::Smtp(smtp) => smtp.send(from, to, bytes).await,
            Outbox::Sendmail(sendmail) => sendmail.send(from, to, bytes).await,
            Outbox::Maildir(maildir) => maildir.send(from, to, bytes).await,
        }
    }

    /// Goes in, sends nothing: what was found, one Spanish sentence a line.
    pub async fn probe(&mut self) -> Result<Vec<String>, Fault> {
        match self {
            Outbox::Smtp(smtp) => smtp.probe().await,
            Outbox::Sendmail(sendmail) => sendmail.probe(),
            Outbox::Maildir(maildir) => maildir.probe(),
        }
    }

    /// Nothing more to send for now: the line is given back.
    pub async fn close(&mut self) {
        match self {
            Outbox::Smtp(smtp) => smtp.close().await,
            Outbox::Sendmail(_) | Outbox::Maildir(_) => {}
        }
    }
}
