//! Letters are written while the clerk decides on the next mails of the batch.
use crate::clerk::guard::guarded;
use crate::desk::decision::Letter;
use crate::letter;
use crate::letter::parcel::Stamp;
use crate::letter::template::Templates;
use crate::mail::message::Address;
use jiff::Timestamp;
use std::mem;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Letters handed over at once: to wake the writer for each costs as much as to write it.
const PILE: usize = 8;

/// A letter to be written: the row of the mail that brings it about, and its own.
pub(crate) struct Draft {
    pub(crate) mail: i64,
    pub(crate) id: i64,
    pub(crate) letter: Letter,
    pub(crate) stamp: Stamp,
}

/// A letter's row and the bytes that go out; or the mail whose letter could not be written, and why.
pub(crate) type Written = Result<(i64, Vec<u8>), (i64, String)>;

/// Who writes them, in a thread that lasts as long as the batch.
pub(crate) struct Scribe<'s> {
    pile: Vec<Draft>,
    drafts: Sender<Vec<Draft>>,
    writer: ScopedJoinHandle<'s, Vec<Written>>,
}

impl<'s> Scribe<'s> {
    pub(crate) fn hire<'e>(
        scope: &'s Scope<'s, 'e>,
        templates: &'e Templates,
        desk: &'e Address,
        now: Timestamp,
    ) -> Scribe<'s> {
        let (drafts, desktop) = channel::<Vec<Draft>>();
        let write = move |Draft { mail, id, letter, stamp }| {
            let bytes = guarded("al escribir", || letter::write(templates, desk, &letter, &stamp, now));
            bytes.map(|bytes| (id, bytes)).map_err(|why| (mail, why))
        };
        let writer = scope.spawn(move || desktop.into_iter().flatten().map(write).collect());
        Scribe { pile: Vec::new(), drafts, writer }
    }

    pub(crate) fn hand(&mut self, drafts: Vec<Draft>) {
        self.pile.extend(drafts);
        if self.pile.len() >= PILE {
            self.pass();
        }
    }

    fn pass(&mut self) {
        // Who is gone wrote nothing: the batch finds out that a letter is owed.
        drop(self.drafts.send(mem::take(&mut self.pile)));
    }

    pub(crate) fn finish(mut self) -> Vec<Written> {
        self.pass();
        drop(self.drafts);
        self.writer.join().unwrap_or_default()
    }
}
