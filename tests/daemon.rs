//! The daemon on a machine: what systemd hears of it, a full disk, many mails and a kill in the middle of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::canary;
use kit::fake::{Fake, say};
use kit::home::{Home, err};
use kit::program::{Program, Writer};
use kit::sink::{Sink, Taken};
use mesa_tic::desk::decision::Form;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Who may read notes.
const ROSTER: &str = include_str!("../rules/personas.toml");
const PATIENCE: Duration = Duration::from_secs(60);

/// A desk over Maildirs; `books` is where its database lies.
struct Desk {
    home: TempDir,
    daemon: Option<Child>,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { home: tempfile::tempdir().unwrap(), daemon: None };
        kit::maildir_desk(desk.home.path(), "books/mesa.db");
        fs::create_dir(desk.path("books")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn mail(&self, n: usize) {
        let text = format!(
            "From: Persona {n} <persona{n}@magdalena.gov.co>\r\nTo: mesa@magdalena.gov.co\r\nSubject: La impresora {n} no \
             imprime\r\nMessage-ID: <m{n}@magdalena.gov.co>\r\nDate: Wed, 25 Nov 2026 09:00:00 -0500\r\n\r\nLa impresora no \
             imprime en Tesorería.\r\n"
        );
        self.put(&format!("{n:05}.test"), &text);
    }

    fn put(&self, name: &str, mail: &str) {
        fs::write(self.path("buzon/tmp/x"), mail).unwrap();
        fs::rename(self.path("buzon/tmp/x"), self.path("buzon/new").join(name)).unwrap();
    }

    fn start(&mut self, env: &[(&str, &str)]) {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
        command.arg("run").arg("--config").arg(self.path("config.toml")).envs(env.iter().copied()).stderr(log);
        self.daemon = Some(command.spawn().unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    fn stop(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        assert!(Command::new("kill").arg(daemon.id().to_string()).status().unwrap().success());
        let begun = Instant::now();
        while daemon.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(45), "{}", self.log());
            sleep(Duration::from_millis(10));
        }
        let end = daemon.wait().unwrap();
        assert!(end.success(), "{end}: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn tickets(&self) -> usize {
        let store = Store::open_read(&self.path("books/mesa.db"));
        store.and_then(|store| store.tickets(None, 10_000)).map_or(0, |tickets| tickets.len())
    }

    fn until(&self, what: &str, ready: impl FnMut() -> bool) {
        self.until_at_last(PATIENCE, what, ready);
    }

    fn until_at_last(&self, patience: Duration, what: &str, mut ready: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !ready() {
            assert!(begun.elapsed() < patience, "never came: {what}\n{}", self.log());
            sleep(Duration::from_millis(10));
        }
    }

    /// No letter is between here and the server: a clean end settles each.
    fn assert_no_doubt(&self) {
        let status = Store::open_read(&self.path("books/mesa.db")).unwrap().status().unwrap();
        assert_eq!(status.cartas.get("enviando"), None, "{:?}", status.cartas);
    }

    fn assert_in_order(&self) {
        let store = Store::open_read(&self.path("books/mesa.db")).unwrap();
        assert_eq!(store.reconcile().unwrap(), Vec::new());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
        let store = Store::open_read(&self.path("books/mesa.db"));
        if let Some(store) = store.ok().filter(|_| !std::thread::panicking()) {
            kit::in_order(&store);
            canary::of_store(&store, |to| ROSTER.contains(&format!("\"{to}\"")));
            assert!(!self.log().contains(canary::WORD), "a note in the log");
        }
    }
}

fn count(dir: &Path) -> usize {
    fs::read_dir(dir).map_or(0, Iterator::count)
}

#[test]
fn systemd_hears_that_it_is_ready_alive_and_stopping() {
    let mut desk = Desk::new();
    let path = desk.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("systemd hears nothing");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    // The daemon's own number is not known before it starts: without WATCHDOG_PID any process may be meant.
    desk.start(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "3000000")]);
    let mut heard = String::new();
    while heard.matches("WATCHDOG=1").count() < 3 || !heard.contains("READY=1") {
        heard += &hear();
    }
    let pid = desk.daemon.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    while !heard.contains("RELOADING=1") {
        heard += &hear();
    }
    desk.stop();
    while !heard.contains("STOPPING=1") {
        heard += &hear();
    }
}

/// Before the mails after a copy are worked again no letter may leave; that the mailbox cannot be read meanwhile is no reason for
/// systemd to start the desk anew, and is told.
#[test]
fn a_desk_that_waits_for_its_mailbox_after_a_restoration_is_alive_and_says_what_ails_it() {
    let mut desk = Desk::new();
    desk.mail(1);
    desk.start(&[]);
    desk.until("the case", || desk.tickets() == 1);
    desk.stop();
    let (config, copy) = (desk.path("config.toml"), desk.path("copia.db"));
    let run = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_mesa-tic")).args(words).arg("--config").arg(&config).output().unwrap()
    };
    assert!(run(&["backup", copy.to_str().unwrap()]).status.success());
    fs::remove_dir_all(desk.path("buzon")).unwrap();
    fs::write(desk.path("buzon"), "no soy carpeta").unwrap();
    let restored = run(&["restore", copy.to_str().unwrap()]);
    assert_eq!(restored.status.code(), Some(1), "{}", err(&restored));

    let path = desk.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let limit = Duration::from_secs(3);
    desk.start(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", &limit.as_micros().to_string())]);
    let (mut last, mut beats) = (Instant::now(), 0);
    while beats < 9 {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("systemd hears nothing");
        if String::from_utf8_lossy(&buffer[..length]).contains("WATCHDOG=1") {
            assert!(last.elapsed() < limit, "systemd would have ended it: {}", desk.log());
            (last, beats) = (Instant::now(), beats + 1);
        }
    }
    let status = run(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert!(status["buzon"]["fault"].is_string(), "{status}");
    fs::remove_file(desk.path("buzon")).unwrap();
    for half in ["new", "cur", "tmp"] {
        fs::create_dir_all(desk.path("buzon").join(half)).unwrap();
    }
    desk.mail(2);
    desk.until("the next case", || desk.tickets() == 2);
    desk.stop();
}

#[test]
fn a_full_disk_acknowledges_nothing_and_goes_on_by_itself_when_there_is_room() {
    let mut desk = Desk::new();
    if !may_mount() {
        eprintln!("this container may not mount a small disk: the full disk is left to tests/store");
        return;
    }
    let disk = SmallDisk::mount(&desk.path("books"));
    desk.start(&[]);
    desk.until("the daemon at work", || desk.log().contains("at work"));
    desk.stop();
    // The last free octets go to a file that is none of ours.
    let ballast = desk.path("books/ballast");
    fill(&ballast);
    for n in 0..20 {
        desk.mail(n);
    }
    desk.start(&[]);
    desk.until("the fault in the log", || desk.log().contains("trying again"));
    assert_eq!(count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur")), 20, "nothing is taken away");
    assert_eq!(count(&desk.path("salida/new")), 0, "nothing is answered");
    fs::remove_file(&ballast).unwrap();
    desk.until("the cases", || desk.tickets() == 20);
    desk.until("the tidy mailbox", || count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur")) == 0);
    desk.stop();
    desk.assert_in_order();
    drop(disk);
}

/// A file system of a few megabytes, by root or sudo; gone with this value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> SmallDisk {
        as_root(&["mount", "-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs", at.to_str().unwrap()]);
        SmallDisk(at.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        as_root(&["umount", "-l", self.0.to_str().unwrap()]);
    }
}

/// Root of a container is often not allowed to mount (capabilities(7), CAP_SYS_ADMIN); everybody else is, through sudo.
fn may_mount() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap().trim();
    !is_root() || u64::from_str_radix(effective, 16).unwrap() >> 21 & 1 == 1
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

fn as_root(words: &[&str]) {
    let root = is_root();
    let words: Vec<&str> = if root { words.to_vec() } else { [&["sudo", "-n"], words].concat() };
    assert!(Command::new(words[0]).args(&words[1..]).status().unwrap().success(), "{words:?}");
}

fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[test]
fn killed_again_and_again_in_the_middle_of_many_mails_each_is_worked_once() {
    let mut desk = Desk::new();
    const MAILS: usize = 400;
    for n in 0..MAILS {
        desk.mail(n);
    }
    for pause in [20, 60, 120, 200, 300, 400] {
        desk.start(&[]);
        sleep(Duration::from_millis(pause));
        desk.kill();
    }
    desk.start(&[]);
    desk.until("the cases", || desk.tickets() == MAILS);
    desk.until("the tidy mailbox", || count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur")) == 0);
    desk.stop();
    desk.assert_in_order();
    let store = Store::open_read(&desk.path("books/mesa.db")).unwrap();
    let tickets = store.tickets(None, 10_000).unwrap();
    let numbers: BTreeSet<u32> = tickets.iter().map(|t| t.id.number).collect();
    assert_eq!(numbers, (1..=u32::try_from(MAILS).unwrap()).collect(), "without gaps, none twice");
    let writers: BTreeSet<&str> = tickets.iter().map(|t| t.solicitante.as_str()).collect();
    assert_eq!(writers.len(), MAILS);
    let status = store.status().unwrap();
    assert_eq!(status.correos.values().sum::<u64>(), MAILS as u64, "{:?}", status.correos);
}

#[test]
fn killed_again_and_again_in_the_middle_of_many_orders_each_is_obeyed_once() {
    const ORDERS: usize = 60;
    let mut desk = Desk::new();
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    let orders = "[ordenes]\nauthserv_id = \"mx.magdalena.gov.co\"\n";
    fs::write(desk.path("config.toml"), format!("{config}{orders}")).unwrap();
    for n in 0..ORDERS {
        desk.mail(n);
    }
    desk.start(&[]);
    desk.until("the cases", || desk.tickets() == ORDERS);
    desk.stop();
    let store = Store::open_read(&desk.path("books/mesa.db")).unwrap();
    let cases = |store: &Store| {
        let tickets = store.tickets(None, 1_000).unwrap();
        tickets.into_iter().map(|ticket| store.case(ticket.id).unwrap().unwrap()).collect::<Vec<_>>()
    };
    for case in cases(&store) {
        let letter = case.cartas.iter().find(|letter| letter.forma == Form::Asignacion).expect("a technician has it");
        let letter = mesa_tic::mail::parse(&store.letter_bytes(letter.row).unwrap().unwrap());
        let address = letter.to[0].correo.clone();
        let technician = Writer { name: "Técnico", address: &address, program: Program::Gmail };
        let order = format!("#estado en proceso\n#tiempo 7m\n#nota CANARIO del caso {}", case.ticket.id);
        let word = "Authentication-Results: mx.magdalena.gov.co; dmarc=pass header.from=magdalena.gov.co\r\n";
        desk.put(
            &format!("orden{}.test", case.ticket.id.number),
            &(word.to_owned() + &technician.answer(&letter, &order).1),
        );
    }
    for pause in [20, 60, 100, 140, 180, 220] {
        desk.start(&[]);
        sleep(Duration::from_millis(pause));
        desk.kill();
    }
    desk.start(&[]);
    desk.until("the tidy mailbox", || count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur")) == 0);
    desk.until("the orders", || {
        let store = Store::open_read(&desk.path("books/mesa.db")).unwrap();
        store.tickets(Some(Estado::EnProceso), 1_000).unwrap().len() == ORDERS
    });
    desk.stop();
    desk.assert_in_order();
    for case in cases(&store) {
        assert_eq!(case.ticket.seguimiento.minutos, 7, "{}", case.ticket.id);
        let notes = case.hechos.iter().filter(|fact| matches!(fact.evento, Event::Noted { .. })).count();
        assert_eq!(notes, 1, "{}", case.ticket.id);
    }
    let (letters, notes) = canary::of_store(&store, |to| ROSTER.contains(&format!("\"{to}\"")));
    assert!(letters >= ORDERS && notes == ORDERS, "{letters} letters, {notes} notes");
}

/// Each TERM in the middle of a batch is a clean end, and the next start goes on where it was: no case twice, no letter twice.
#[test]
fn told_to_stop_in_the_middle_of_many_mails_it_loses_nothing_and_repeats_nothing() {
    let mut desk = Desk::new();
    const MAILS: usize = 300;
    for n in 0..MAILS {
        desk.mail(n);
    }
    let stops = [20, 60, 120, 250, 400];
    let mut seen = Vec::new();
    for (starts, pause) in (1..).zip(stops) {
        desk.start(&[]);
        desk.until("the daemon at work", || desk.log().matches("\"at work\"").count() == starts);
        sleep(Duration::from_millis(pause));
        desk.stop();
        desk.assert_no_doubt();
        seen.push(desk.tickets());
    }
    assert!(seen.iter().any(|cases| (1..MAILS).contains(cases)), "no stop fell into the batch: {seen:?}");
    desk.start(&[]);
    // All may be done already; who is told to stop before he is at work just dies.
    desk.until("the daemon at work", || desk.log().matches("\"at work\"").count() == stops.len() + 1);
    desk.until("the cases", || desk.tickets() == MAILS);
    desk.until("the tidy mailbox", || count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur")) == 0);
    desk.stop();
    desk.assert_in_order();
    desk.assert_no_doubt();
    let ids = |bytes: Vec<u8>| mesa_tic::mail::parse(&bytes).id.unwrap().0;
    let letters =
        fs::read_dir(desk.path("salida/new")).unwrap().map(|file| ids(fs::read(file.unwrap().path()).unwrap()));
    let letters: Vec<String> = letters.collect();
    let different: BTreeSet<&String> = letters.iter().collect();
    assert_eq!(different.len(), letters.len(), "a letter went out twice");
}

/// Without a free descriptor nothing can be read; nothing is lost, the log says so, and it goes on when there are more.
#[test]
fn few_descriptors_only_put_it_off() {
    let mut desk = Desk::new();
    desk.start(&[]);
    desk.until("the daemon at work", || desk.log().contains("\"at work\""));
    sleep(Duration::from_millis(500));
    let pid = desk.daemon.as_ref().unwrap().id().to_string();
    let limit = |soft: usize| {
        let limit = format!("--nofile={soft}:1024");
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    };
    limit(3);
    for n in 0..5 {
        desk.mail(n);
    }
    // Each errand waits for half a minute, and others of the desk may stand before that of the mails.
    desk.until_at_last(PATIENCE * 3, "the fault in the log", || desk.log().contains("trying again"));
    assert_eq!((desk.tickets(), count(&desk.path("salida/new"))), (0, 0));
    limit(1024);
    desk.until("the cases", || desk.tickets() == 5);
    desk.stop();
    desk.assert_in_order();
}

/// Another program holds the write lock for longer than the desk waits for it.
#[test]
fn a_base_that_others_hold_for_long_only_puts_it_off() {
    let mut desk = Desk::new();
    desk.start(&[]);
    desk.until("the daemon at work", || desk.log().contains("\"at work\""));
    let other = rusqlite::Connection::open(desk.path("books/mesa.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for n in 0..5 {
        desk.mail(n);
    }
    // Each errand waits for half a minute, and others of the desk may stand before that of the mails.
    desk.until_at_last(PATIENCE * 3, "the fault in the log", || desk.log().contains("trying again"));
    assert_eq!((desk.tickets(), count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur"))), (0, 5));
    other.execute_batch("ROLLBACK").unwrap();
    desk.until("the cases", || desk.tickets() == 5);
    desk.stop();
    desk.assert_in_order();
}

/// As above, while many letters are on their way: that they arrived cannot be written down, and is remembered until it can.
#[test]
fn a_base_that_others_hold_while_letters_go_out_sends_none_twice() {
    let mut desk = Desk::new();
    let (base, hold) = (desk.path("books/mesa.db"), Arc::new(Mutex::new(None)));
    let held = Arc::clone(&hold);
    let sink = Sink::open_with(move |here| {
        if here == 1 {
            let other = rusqlite::Connection::open(&base).unwrap();
            other.execute_batch("PRAGMA busy_timeout = 30000; BEGIN IMMEDIATE").unwrap();
            *held.lock().unwrap() = Some(other);
        }
    });
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    let (before, _) = config.split_once("[outbox]").unwrap();
    let port = sink.port;
    let smtp = format!("[outbox]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
    fs::write(desk.path("config.toml"), format!("rules = \"reglas\"\n{before}{smtp}")).unwrap();
    // Letters go at whatever hour the test runs.
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &desk.path("reglas"));
    let service = fs::read_to_string(desk.path("reglas/servicio.toml")).unwrap();
    fs::write(desk.path("reglas/servicio.toml"), service.replace("\"19:00\"", "\"07:00\"")).unwrap();
    for n in 0..20 {
        desk.mail(n);
    }
    desk.start(&[]);
    desk.until_at_last(PATIENCE * 3, "the fault in the log", || desk.log().contains("cannot deliver"));
    let gone = sink.count();
    assert!(gone >= 20, "{gone} letters went out while nothing could be written down");
    drop(hold.lock().unwrap().take());
    let sent = || Store::open_read(&desk.path("books/mesa.db")).unwrap().status().unwrap().cartas;
    desk.until("all letters noted as sent", || sent().keys().all(|estado| estado == "enviada"));
    let ids: BTreeSet<String> = sink.letters().iter().map(Taken::id).collect();
    assert_eq!((ids.len(), sent().values().sum::<u64>()), (sink.count(), sink.count() as u64));
    desk.stop();
    desk.assert_in_order();
}

/// The clock of the machine jumps while the daemon runs: an hour and a year, forth and back. Mails are worked all the same.
#[test]
fn a_clock_that_jumps_holds_nothing_up() {
    let folders =
        fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    let library = folders.into_iter().find(|path| path.exists());
    let library = library.expect("faketime is not installed: tests/run installs it");
    let mut desk = Desk::new();
    let hand = desk.path("reloj");
    fs::write(&hand, "+0").unwrap();
    let env = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", hand.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    desk.start(&env);
    desk.until("the daemon at work", || desk.log().contains("\"at work\""));
    let turn = |desk: &Desk, to: &str| {
        fs::write(desk.path("reloj.nuevo"), to).unwrap();
        fs::rename(desk.path("reloj.nuevo"), desk.path("reloj")).unwrap();
    };
    for (n, jump) in ["+0", "+1h", "-1h", "+1y", "-1y", "+0"].into_iter().enumerate() {
        turn(&desk, jump);
        desk.mail(n);
        desk.until(jump, || desk.tickets() == n + 1);
    }
    desk.until("the tidy mailbox", || count(&desk.path("buzon/new")) + count(&desk.path("buzon/cur")) == 0);
    desk.stop();
    desk.assert_in_order();
    let store = Store::open_read(&desk.path("books/mesa.db")).unwrap();
    let years: BTreeSet<i16> = store.tickets(None, 100).unwrap().iter().map(|ticket| ticket.id.year).collect();
    assert!(years.len() >= 2, "the clock did not jump: {years:?}");
    assert!(!desk.log().contains("trying again"), "{}", desk.log());
}

/// As a service manager does: started again whenever it ends. Returns how often it ended before `served`.
fn start_again_until(desk: &mut Desk, env: &[(&str, &str)], served: impl Fn(&Desk) -> bool) -> usize {
    let begun = Instant::now();
    for deaths in 0.. {
        desk.start(env);
        while desk.daemon.as_mut().unwrap().try_wait().unwrap().is_none() {
            if served(desk) {
                return deaths;
            }
            assert!(begun.elapsed() < 2 * PATIENCE, "it neither ends nor works: {}", desk.log());
            sleep(Duration::from_millis(10));
        }
        assert!(deaths < 10, "{}", desk.log());
    }
    unreachable!()
}

/// One mail among others that no reader comes to an end with: `harm` is what it does. Three attempts, each the death of the
/// process; then it is set aside, and those before and after it are served.
fn poisoned(harm: &str) {
    let mut desk = Desk::new();
    desk.mail(0);
    desk.put(
        "00001.test",
        "From: Eva <eva@magdalena.gov.co>\r\nSubject: Cianuro\r\nMessage-ID: <eva@x>\r\n\r\nHola.\r\n",
    );
    desk.mail(2);
    let set_aside = |desk: &Desk| {
        let store = Store::open_read(&desk.path("books/mesa.db"));
        store.and_then(|store| store.quarantine(10)).unwrap_or_default()
    };
    let env = [("MESA_POISON", harm)];
    let deaths = start_again_until(&mut desk, &env, |desk| desk.tickets() == 2 && !set_aside(desk).is_empty());
    assert_eq!(deaths, 3, "{}", desk.log());
    let aside = set_aside(&desk);
    assert_eq!((aside.len(), aside[0].intentos), (1, 3));
    assert_eq!(aside[0].motivo.as_deref(), Some("el programa se detuvo tres veces mientras lo leía"));
    // It stays at work: mail that comes later is served by the same process.
    desk.mail(3);
    desk.until("the mail after it", || desk.tickets() == 3);
    let answered = |desk: &Desk| {
        let mut letters = fs::read_dir(desk.path("salida/new")).into_iter().flatten();
        letters.any(|letter| fs::read_to_string(letter.unwrap().path()).unwrap().contains("persona3@magdalena.gov.co"))
    };
    desk.until("its answer", || answered(&desk));
    desk.stop();
    desk.assert_in_order();
    if harm.starts_with("hang") {
        assert_eq!(desk.log().matches("a mail does not come to an end").count(), 3, "{}", desk.log());
    }
}

#[test]
fn a_mail_that_never_ends_is_ended_by_the_watchdog_and_set_aside_at_the_third_time() {
    poisoned("hang:Cianuro:300");
}

#[test]
fn a_mail_that_kills_the_process_is_set_aside_at_the_third_time() {
    poisoned("abort:Cianuro");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let there = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copy(&entry, &there) } else { fs::copy(&entry, &there).map(|_| ()).unwrap() }
    }
}

/// Rules that read an example worse are refused with one letter; when they are mended, they go to work by themselves.
#[test]
fn changed_rules_go_to_work_by_themselves_unless_they_read_the_examples_worse() {
    let mut desk = Desk::new();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &desk.path("reglas"));
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    fs::write(desk.path("config.toml"), format!("rules = \"reglas\"\n{config}")).unwrap();
    desk.start(&[]);
    desk.until("the daemon at work", || desk.log().contains("at work"));
    sleep(Duration::from_secs(3));
    let path = desk.path("reglas/dependencias.toml");
    let good = fs::read_to_string(&path).unwrap();
    let rename = |text: &str| {
        fs::write(desk.path("nuevo"), text).unwrap();
        fs::rename(desk.path("nuevo"), &path).unwrap();
    };
    rename(&good.replace("nombre = \"Tesorería\"", "nombre = \"Oficina de Pagos\""));
    desk.until("the letter", || count(&desk.path("salida/new")) == 1);
    let letter = fs::read_dir(desk.path("salida/new")).unwrap().next().unwrap().unwrap().path();
    let letter = mesa_tic::mail::parse(&fs::read(letter).unwrap()).body.text;
    assert!(letter.contains("ejemplos/001-impresora-tesoreria: deja de leerse bien: dependencia"), "{letter}");
    assert!(!desk.log().contains("rules read again"), "{}", desk.log());
    let pid = desk.daemon.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    desk.until("the second refusal", || desk.log().matches("old ones stay at work").count() == 2);
    rename(&format!("{good}\n# otra\n"));
    desk.until("the new rules", || desk.log().contains("rules read again"));
    desk.stop();
    assert_eq!(count(&desk.path("salida/new")), 1, "the same set is told once");
}

/// A server that relays to nobody outside refuses a citizen's letter in words that might be about all of ours. The letters of the
/// house go out beside it, and none of them bears its address.
#[test]
fn a_letter_that_the_server_refuses_holds_up_no_other() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let relay = |line: &str, _: usize| match line {
        line if line.starts_with("EHLO") => Some(say("250-fake\r\n250 8BITMIME\r\n")),
        line if line.starts_with("RCPT") && line.contains("gmail.com") => {
            Some(say("554 5.7.1 <ana.mora@gmail.com>: Relay access denied\r\n"))
        }
        _ => None,
    };
    let fake = runtime.block_on(Fake::smtp(relay));
    let home = Home::new();
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    let (before, _) = config.split_once("[outbox]").unwrap();
    let smtp = format!("[outbox]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n", fake.port);
    fs::write(home.path("config.toml"), format!("{before}{smtp}")).unwrap();
    let house = ["fun1", "fun2", "fun3"].map(|who| format!("{who}@magdalena.gov.co"));
    for (n, from) in std::iter::once("ana.mora@gmail.com").chain(house.iter().map(String::as_str)).enumerate() {
        let mail = format!(
            "From: {from}\r\nTo: mesa@magdalena.gov.co\r\nMessage-ID: <{n}@x.co>\r\nSubject: no abre el portal {n}\r\n\r\n\
             No abre el portal.\r\n"
        );
        home.mail(&format!("{n}.a"), mail.as_bytes());
    }
    for _ in 0..2 {
        let done = home.run(&["run", "--once"]);
        assert!(done.status.success(), "{}", err(&done));
    }
    let heard = fake.heard();
    for who in &house {
        assert!(heard.iter().any(|line| line.starts_with("RCPT") && line.contains(who)), "{who}: {heard:?}");
    }
    let waiting = home.json(&["outbox", "list"]);
    let his = waiting.as_array().unwrap().iter().find(|letter| letter["para"] == "ana.mora@gmail.com").unwrap();
    assert_eq!((&his["estado"], &his["intentos"]), (&"pendiente".into(), &1.into()), "{waiting}");
    let words = |letter: &serde_json::Value| letter["motivo"].as_str().unwrap_or_default().to_owned();
    let others = waiting.as_array().unwrap().iter().filter(|letter| letter["para"] != "ana.mora@gmail.com");
    assert!(others.map(words).all(|why| !why.contains("gmail")), "{waiting}");
}
