//! The canaries that are on their way or came last, among the daemon's own notes.
use crate::seal::canary::Canary;
use crate::store::db::Store;
use anyhow::Result;

/// Who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The daemon: what it shows decides whom the desk believes.
    Daemon,
    /// An administrator who looks for himself.
    Check,
}

impl Sender {
    pub const ALL: [Sender; 2] = [Sender::Daemon, Sender::Check];

    fn key(self) -> &'static str {
        match self {
            Sender::Daemon => "canario.servicio",
            Sender::Check => "canario.prueba",
        }
    }
}

impl Store {
    pub fn canary(&self, of: Sender) -> Result<Option<Canary>> {
        // One that an older program wrote otherwise is none: the next takes its place.
        Ok(self.get(of.key())?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    pub fn keep_canary(&mut self, of: Sender, canary: &Canary) -> Result<()> {
        self.set(of.key(), &serde_json::to_string(canary)?)
    }
}
