//! Mutants: every mail of the corpus and every hostile one, spoilt in ways that chance finds, through parser and reading. Ten of
//! each here; `MESA_MUTANTS=200 cargo test --release --test mutants -- --nocapture` makes two hundred and says how many there were
//! and which took longest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::mail;
use mesa_tic::mail::message::{Address, Mail};
use mesa_tic::reading;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Larger mails are spoilt as well as these, only slower.
const LARGEST: u64 = 48 << 10;
/// What turns the meaning of a mail where it stands.
const WORDS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\0",
    "--",
    "--b",
    "=?utf-8?B?",
    "?=",
    "=?",
    "<",
    ">",
    "@",
    "\"",
    ";",
    ":",
    "(",
    ")",
    "\u{202e}",
    "=",
    "=\r\n",
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n",
    "Content-Type: message/rfc822\r\n\r\n",
    "charset=utf-16",
    "charset=\"",
    "base64",
    "quoted-printable",
    "boundary=",
    "From: ",
    "\r\n\r\n",
    "De: ",
    "Enviado el: ",
    "-----Mensaje original-----",
    "> ",
    "#estado ",
    "<table><td>",
    "</",
    "<!--",
    "&#x",
    "BEGIN:VCALENDAR\r\n",
    "\u{feff}",
    "\u{e1}",
];
/// mail-parser's own doubt about itself, which a release does not have: the mail is read all the same.
const ITS_OWN: &str = "Invalid part ID";

fn mails() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let made = tempfile::tempdir().unwrap();
    let done =
        Command::new("python3").arg(root.join("hostile/gen.py")).arg(made.path()).arg("--small").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let (mut mails, mut folders) = (Vec::new(), vec![root.join("corpus"), root.join("mail"), made.path().to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "eml") && path.metadata().unwrap().len() <= LARGEST {
                mails.push((path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()));
            }
        }
    }
    mails.sort();
    assert!(mails.len() > 600, "{} mails", mails.len());
    mails
}

/// The mail with one to eight things done to it.
fn spoil(rng: &mut fastrand::Rng, mail: &[u8], other: &[u8]) -> Vec<u8> {
    let mut mail = mail.to_vec();
    for _ in 0..rng.usize(1..=8) {
        let at = rng.usize(0..=mail.len());
        let end = (at + rng.usize(0..64)).min(mail.len());
        match rng.u8(0..8) {
            0 => mail.truncate(at),
            1 => drop(mail.drain(at..end)),
            2 => {
                let piece = mail[at..end].to_vec();
                mail.splice(at..at, piece.repeat(rng.usize(1..20)));
            }
            3 => {
                let from = rng.usize(0..=other.len());
                let to = (from + rng.usize(0..512)).min(other.len());
                mail.splice(at..end, other[from..to].iter().copied());
            }
            4 if at < mail.len() => mail[at] ^= 1 << rng.u8(0..8),
            5 if at < mail.len() => mail[at] = rng.u8(..),
            _ => drop(mail.splice(at..at, rng.choice(WORDS).unwrap().bytes())),
        }
    }
    mail
}

/// The segments follow each other and cover the text.
fn whole(mail: &Mail) {
    let mut at = 0;
    for segment in &mail.body.segments {
        assert_eq!(segment.span.start, at);
        at = segment.span.end;
    }
    assert_eq!(at, mail.body.text.len());
    mail.attached.iter().for_each(whole);
}

#[test]
fn no_mutant_takes_the_desk_down() {
    let each: u64 = std::env::var("MESA_MUTANTS").map_or(10, |count| count.parse().unwrap());
    let desk = Address { correo: "mesa@magdalena.gov.co".into(), nombre: None };
    let handbook = Handbook::load(&shipped(), &desk).unwrap_or_else(|_| panic!("the shipped rules"));
    let (mails, next, doubts) = (mails(), AtomicUsize::new(0), AtomicUsize::new(0));
    // The library's doubts are silent; whatever else fails is shown with the mutant's name.
    std::panic::set_hook(Box::new(|_| {}));
    let work = || {
        let (mut failed, mut slowest) = (Vec::new(), (Duration::ZERO, String::new()));
        while let Some((name, mail)) = mails.get(next.fetch_add(1, Ordering::Relaxed)) {
            for n in 0..each {
                let mut rng = fastrand::Rng::with_seed(n * 1_000_003 + mail.len() as u64);
                let other = &rng.choice(&mails).unwrap().1;
                let bytes = spoil(&mut rng, mail, other);
                let read = || {
                    let mail = mail::parse(&bytes);
                    whole(&mail);
                    reading::read(&handbook.rules, &handbook.office.people, &mail);
                };
                let begun = Instant::now();
                let done = catch_unwind(std::panic::AssertUnwindSafe(read));
                slowest = slowest.max((begun.elapsed(), format!("{name}, mutant {n}, {} octets", bytes.len())));
                let Err(panic) = done else { continue };
                let said = panic.downcast_ref::<String>().cloned();
                let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
                match said.contains(ITS_OWN) {
                    true => drop(doubts.fetch_add(1, Ordering::Relaxed)),
                    false => failed.push(format!("{name}, mutant {n}: {said}")),
                }
            }
        }
        (failed, slowest)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (failed, slowest): (Vec<_>, Vec<_>) = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).unzip()
    });
    drop(std::panic::take_hook());
    let (files, doubts, failed) = (mails.len(), doubts.into_inner(), failed.concat());
    println!("{files} mails, {} mutants, {doubts} doubts of the library", files as u64 * each);
    let (took, which) = slowest.into_iter().max().unwrap();
    println!("the slowest: {} ms ({which})", took.as_millis());
    assert!(failed.is_empty(), "{} mutants:\n{}", failed.len(), failed.join("\n"));
}
