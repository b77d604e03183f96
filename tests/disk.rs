//! The n-th write and the n-th fsync fail, once and for ever: nothing is acknowledged that is not on the disk, nothing is done
//! twice, and the next start goes on by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::home::{Home, slim_rules};
use mesa_tic::store::db::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Output};
use std::thread;

const MAILS: usize = 3;

struct Desk {
    home: Home,
}

impl Desk {
    /// A desk that has been at work, and mails that wait for it.
    fn new() -> Desk {
        let desk = Desk { home: Home::new() };
        let technician = "usuario = \"tecnico\"\nnombre = \"Kevin Barros\"\ncorreo = \"tecnico@magdalena.gov.co\"\nrol = \"tecnico\"";
        let people = format!("dominios = [\"magdalena.gov.co\"]\n[[persona]]\n{technician}\n");
        slim_rules(&desk.home.path("reglas"), &people);
        let config = fs::read_to_string(desk.home.path("config.toml")).unwrap();
        fs::write(desk.home.path("config.toml"), format!("rules = \"reglas\"\n{config}")).unwrap();
        desk.home.receive(&[]);
        for n in 0..MAILS {
            let mail = format!(
                "From: persona{n}@magdalena.gov.co\r\nTo: mesa@magdalena.gov.co\r\nSubject: La impresora {n} no imprime\r\n\
                 Message-ID: <m{n}@magdalena.gov.co>\r\n\r\nLa impresora {n} no imprime.\r\n"
            );
            desk.home.mail(&format!("{n:04}"), mail.as_bytes());
        }
        desk
    }

    /// How often a round makes this call; strace counts, as it injects, thread by thread.
    fn calls(&self, call: &str) -> usize {
        let log = self.home.path("calls");
        let mut command = Command::new("strace");
        command.args(["-f", "-q", "-o", log.to_str().unwrap(), "-e", &format!("trace={call}")]);
        command.arg(env!("CARGO_BIN_EXE_mesa-tic")).args(["run", "--once", "--config"]);
        let done = command.arg(self.home.path("config.toml")).output();
        assert!(done.expect("strace must be installed: tests/run installs it").status.success());
        let log = fs::read_to_string(log).unwrap();
        let mut threads: BTreeMap<&str, usize> = BTreeMap::new();
        for line in log.lines().filter(|line| line.contains(&format!("{call}("))) {
            *threads.entry(line.split(' ').next().unwrap()).or_default() += 1;
        }
        threads.into_values().max().unwrap()
    }

    /// One round with the faults that strace brings about.
    fn run_with(&self, inject: &str) -> Output {
        let mut command = Command::new("strace");
        command.args(["-f", "-q", "-o", "/dev/null", "-e", "trace=none", "-e", &format!("inject={inject}")]);
        command.arg(env!("CARGO_BIN_EXE_mesa-tic")).args(["run", "--once", "--config"]);
        command.arg(self.home.path("config.toml")).output().expect("strace must be installed: tests/run installs it")
    }

    fn count(&self, folder: &str) -> usize {
        fs::read_dir(self.home.path(folder)).map_or(0, Iterator::count)
    }

    /// What left the mailbox is in the books, durably.
    fn is_honest(&self, what: &str) {
        let moved = self.count("procesados/cur") + self.count("procesados/new");
        let waiting = self.count("buzon/new") + self.count("buzon/cur");
        assert_eq!(moved + waiting, MAILS, "{what}: a mail is gone");
        let store = Store::open_read(&self.home.path("mesa.db")).unwrap();
        let filed: u64 = store.status().unwrap().correos.values().sum();
        assert!(filed as usize >= moved, "{what}: moved before it was on file");
    }

    /// The disk is well again: everything ends as if it always had been.
    fn is_whole_in_the_end(&self, what: &str) {
        // A letter whose sending was cut off waits for three minutes; for the test they are over.
        let pass = || {
            let books = rusqlite::Connection::open(self.home.path("mesa.db")).unwrap();
            books.execute("UPDATE carta SET proximo = encolada WHERE estado = 'pendiente'", []).unwrap();
        };
        for _ in 0..3 {
            let done = self.home.run(&["run", "--once"]);
            assert!(done.status.success(), "{what}: {}", String::from_utf8_lossy(&done.stderr));
            pass();
        }
        let tickets = self.home.store().tickets(None, 100).unwrap();
        let writers: BTreeSet<&str> = tickets.iter().map(|t| t.solicitante.as_str()).collect();
        assert_eq!((tickets.len(), writers.len()), (MAILS, MAILS), "{what}");
        // A receipt to each, and a letter to the technician.
        let forms = |to: &str| {
            let store = self.home.store();
            let letters = (1..).map_while(|row| store.letter(row).unwrap());
            letters.filter(|letter| letter.para.starts_with(to)).count()
        };
        assert_eq!(forms("persona"), MAILS, "{what}");
        let letters = self.home.json(&["outbox", "list"]);
        assert_eq!(letters, serde_json::json!([]), "{what}");
        assert_eq!(self.count("buzon/new") + self.count("buzon/cur"), 0, "{what}: the mailbox is not tidy");
        assert_eq!(self.home.json(&["reconcile"]), serde_json::json!([]), "{what}");
        assert_eq!(self.home.json(&["quarantine", "list"]), serde_json::json!([]), "{what}");
    }
}

/// The fault at `times` of the calls that a whole round makes, spread evenly; `onwards` is "+" for a fault that stays.
fn at_each(call: &str, error: &str, times: usize, onwards: &str) {
    let calls = Desk::new().calls(call);
    assert!(calls >= 6, "{calls} times {call}");
    let step = calls.div_ceil(times);
    thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                for nth in (1 + half * step..=calls).step_by(2 * step) {
                    let what = format!("{call}:error={error}:when={nth}{onwards}");
                    let desk = Desk::new();
                    desk.run_with(&what);
                    desk.is_honest(&what);
                    desk.is_whole_in_the_end(&what);
                }
            });
        }
    });
}

#[test]
fn a_disk_that_is_full_from_the_nth_write_on_loses_nothing() {
    at_each("pwrite64", "ENOSPC", 12, "+");
}

#[test]
fn a_write_that_fails_once_loses_nothing() {
    at_each("pwrite64", "EIO", 12, "");
}

/// The outcome of a COMMIT whose fsync failed is unknown: the books are opened again and asked.
#[test]
fn an_fsync_that_fails_once_loses_nothing_and_does_nothing_twice() {
    at_each("fsync", "EIO", 50, "");
}
