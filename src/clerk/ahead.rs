//! Mails opened ahead: the clerk decides on one batch while the other cores parse and read the next.
use crate::clerk::guard::guarded;
use crate::crash;
use crate::handbook::Handbook;
use crate::mail;
use crate::mail::message::Mail;
use crate::reading;
use crate::reading::note::Reading;
use crate::store::ledger::Filed;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Why a mail is set aside of which no word was reached.
const BEYOND_READING: &str =
    "correos dentro de correos, o más de 1.000 partes, y ni una palabra que leer; está guardado tal como llegó";

/// A filed mail, opened and read; or why that could not be.
pub(crate) type Opened = Result<(Mail, Reading), String>;

/// A batch of mails whose attempts are counted, and the threads that open them.
pub(crate) struct Ahead {
    papers: Vec<Filed>,
    /// Each with how many mails are its share.
    workers: Vec<(usize, JoinHandle<Vec<Opened>>)>,
}

impl Ahead {
    /// Parses and reads every mail of a batch, on as many threads as the machine has cores.
    pub(crate) fn open(handbook: &Arc<Handbook>, papers: Vec<(Filed, Vec<u8>)>) -> Ahead {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = papers.len().div_ceil(cores).max(1);
        let (papers, mut bytes): (Vec<Filed>, Vec<Vec<u8>>) = papers.into_iter().unzip();
        let mut workers = Vec::with_capacity(cores);
        while !bytes.is_empty() {
            let rest = bytes.split_off(share.min(bytes.len()));
            let (part, handbook) = (bytes, Arc::clone(handbook));
            let share = part.len();
            workers.push((share, thread::spawn(move || part.iter().map(|mail| open(&handbook, mail)).collect())));
            bytes = rest;
        }
        Ahead { papers, workers }
    }

    /// The row of the last of them.
    pub(crate) fn last(&self) -> i64 {
        self.papers.last().map_or(0, |filed| filed.row)
    }

    pub(crate) fn octets(&self) -> u64 {
        self.papers.iter().map(|filed| filed.size).sum()
    }

    /// Was one of them begun before, and not ended? Then it came alone, so that it cannot take others down with it.
    pub(crate) fn is_tired(&self) -> bool {
        self.papers.iter().any(|filed| filed.tries > 0)
    }

    /// Waits for the threads. The mails in their order, each with what was read.
    pub(crate) fn join(self) -> Vec<(Filed, Opened)> {
        let Ahead { papers, workers } = self;
        // A panic that nobody caught ends a thread with all that it had; its mails are not lost for it.
        let lost = || Err("falla interna al leerlo".to_owned());
        let opened = workers.into_iter().flat_map(|(share, worker)| {
            worker.join().unwrap_or_else(|_| std::iter::repeat_with(lost).take(share).collect())
        });
        papers.into_iter().zip(opened).collect()
    }
}

fn open(handbook: &Handbook, bytes: &[u8]) -> Opened {
    let opened = guarded("al leerlo", || {
        crash::by(bytes);
        let mail = mail::parse(bytes);
        let reading = reading::read(&handbook.rules, &handbook.office.people, &mail);
        (mail, reading)
    })?;
    if opened.0.is_beyond_reading() { Err(BEYOND_READING.to_owned()) } else { Ok(opened) }
}
