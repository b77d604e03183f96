//! How fast the desk reads, and how fast it empties a mailbox. `cargo bench` prints the figures of the README.
//!
//! Everything is measured side by side in one run: the machine may be noisy, the ratios hold. The mailbox is a private
//! Dovecot; «brought» is what its own client of the desk can fetch and throw away, the limit of any desk on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]
mod agenda;
mod field;
mod hostile;
mod mails;
mod scale;
#[path = "../../tests/kit/mod.rs"]
mod kit;
#[path = "../../tests/hostile/made.rs"]
#[allow(dead_code)]
mod made;
#[path = "../../tests/hostile/road.rs"]
#[allow(dead_code)]
mod road;
use jiff::Timestamp;
use kit::servers::Servers;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::mail;
use mesa_tic::mail::message::Address;
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use mesa_tic::reading;
use mesa_tic::store::db::Store;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const READ: usize = 2_000;
const ROUNDS: usize = 7;
const INGESTED: usize = 10_000;
const STORED: usize = 10_000;

fn main() {
    // `cargo test --benches` only asks whether it builds.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    // This program again, for one class of the hostile mails.
    let words: Vec<String> = std::env::args().collect();
    if let Some([_, class, folder, ..]) = words.iter().position(|word| word == hostile::CHILD).map(|at| &words[at..]) {
        return hostile::one_class(class, folder);
    }
    println!("\n{:<44}{:>12}  spread", "", "median");
    // `cargo bench -- ingest` measures only that.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let parts: [(&str, fn()); 9] = [
        ("read", reading_on_one_core),
        ("linear", reading_twice_as_much),
        ("backtest", trying_other_rules),
        ("agenda", a_large_agenda),
        ("ingest", emptying_a_mailbox),
        ("field", field::whole_loop),
        ("latency", field::one_by_one),
        ("hostile", hostile::classes),
        ("scale", scale::large_cabinet),
    ];
    for (name, measure) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            measure();
        }
    }
    let size = fs::metadata(env!("CARGO_BIN_EXE_mesa-tic")).unwrap().len();
    println!("{:<44}{:>9.1} MB", "binary", size as f64 / 1e6);
}

fn handbook() -> Handbook {
    let desk = Address { correo: "mesa@magdalena.test".into(), nombre: None };
    Handbook::load(&shipped(), &desk).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn reading_on_one_core() {
    let handbook = handbook();
    let typical: Vec<Vec<u8>> = (0..READ).map(mails::mail).collect();
    let corpus = corpus();
    let (mut parse, mut whole, mut labelled) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        parse.push(rate(&typical, |bytes| drop(black_box(mail::parse(bytes)))));
        whole.push(rate(&typical, |bytes| read(&handbook, bytes)));
        labelled.push(rate(&corpus, |bytes| read(&handbook, bytes)));
    }
    show("parse, typical mails, one core", "mails/s", &parse);
    show("parse + read, typical mails, one core", "mails/s", &whole);
    show("parse + read, the corpus, one core", "mails/s", &labelled);
}

/// Twice the mail, how many times the work? For each sort of text that a mail may be full of.
fn reading_twice_as_much() {
    let handbook = handbook();
    let sorts = [
        ("prose", "No prende el computador de la oficina, y hoy se cierra la nómina. Quedo atenta. "),
        ("one endless line", "computador "),
        ("digits", "3015558812 204 605 4381144 "),
        ("labelled lines", "Dependencia: Tesorería\nPiso: 2\nExt: 204\n"),
        ("signatures", "Cordialmente,\n\nAna Polo\nTesorería\nPiso 2\n\n"),
        ("quoted history", "> El lunes, Ana Polo <apolo@x.co> escribió:\n> no prende\n"),
        ("table", "| Dependencia | Tesorería |\n| Piso | 2 |\n"),
        ("empty lines", "\n \n"),
    ];
    for (name, text) in sorts {
        let took = |octets: usize| {
            let body = text.repeat(octets / text.len());
            let mail = format!("From: Ana <ana@magdalena.gov.co>\r\nSubject: x\r\n\r\n{body}");
            let best = (0..7).map(|_| {
                let begun = Instant::now();
                read(&handbook, mail.as_bytes());
                begun.elapsed().as_secs_f64()
            });
            best.fold(f64::INFINITY, f64::min)
        };
        let (half, whole) = (took(1 << 19), took(1 << 20));
        println!(
            "{:<44}{:>9.2} ×      1 MB in {:.0} ms",
            format!("read 1 MB of {name}, against 512 KB"),
            whole / half,
            whole * 1e3
        );
    }
}

/// An allotment into a full agenda, and the visits of absent technicians allotted anew.
fn a_large_agenda() {
    let large = agenda::Large::new();
    let mut allot = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        black_box(large.allot());
        allot.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    show(&format!("allot into {} visits of 20 technicians", large.agenda.len()), "µs", &allot);
    let (mut replan, mut moved) = (Vec::new(), 0);
    for _ in 0..3 {
        let begun = Instant::now();
        moved = black_box(large.replan(3, jiff::civil::date(2027, 1, 5)));
        replan.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    show(&format!("replan of {moved} visits"), "ms", &replan);
}

fn read(handbook: &Handbook, bytes: &[u8]) {
    let mail = mail::parse(bytes);
    black_box(reading::read(&handbook.rules, &handbook.office.people, &mail));
}

fn corpus() -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus");
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "eml")).map(|path| fs::read(path).unwrap()).collect()
}

fn rate(mails: &[Vec<u8>], mut work: impl FnMut(&[u8])) -> f64 {
    let begun = Instant::now();
    mails.iter().for_each(|bytes| work(bytes));
    mails.len() as f64 / begun.elapsed().as_secs_f64()
}

/// `mesa-tic backtest` over a filled cabinet, as an admin runs it: every mail parsed once and read twice.
fn trying_other_rules() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::open(&home.path().join("mesa.db"), Timestamp::UNIX_EPOCH).unwrap();
    for first in (0..STORED).step_by(500) {
        let raw = |n: usize| {
            let bytes = mails::mail(n);
            let place = Place { mailbox: "INBOX".into(), validity: 1, key: n.to_string() };
            Raw { place, received: Timestamp::UNIX_EPOCH, size: bytes.len() as u64, bytes }
        };
        store.file(&(first..first + 500).map(raw).collect::<Vec<_>>(), Timestamp::UNIX_EPOCH).unwrap();
    }
    drop(store);
    kit::maildir_desk(home.path(), "mesa.db");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let mut backtest = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
            .args(["backtest", rules.to_str().unwrap(), "--config"])
            .arg(home.path().join("config.toml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut peak = 0.0_f64;
        while backtest.try_wait().unwrap().is_none() {
            peak = peak.max(highest_memory(backtest.id()).unwrap_or_default());
            sleep(Duration::from_millis(5));
        }
        assert!(backtest.wait().unwrap().success());
        seconds.push(begun.elapsed().as_secs_f64() * 1e3);
        memory.push(peak);
    }
    show("backtest over 10,000 stored mails", "ms", &seconds);
    show("  resident memory at its highest", "MB", &memory);
}

/// In MB; `None` once the process has ended.
fn highest_memory(process: u32) -> Option<f64> {
    memory(process, "VmHWM:")
}

fn memory(process: u32, line: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|found| found.strip_prefix(line))?.trim().trim_end_matches(" kB").trim();
    Some(value.parse::<f64>().ok()? / 1e3)
}

fn emptying_a_mailbox() {
    let servers = Servers::imap("");
    for n in 0..INGESTED {
        servers.drop_in("mesa", &mails::mail(n));
    }
    let (mut brought, mut worked, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..3 {
        brought.push(bring(&servers));
        let (rate, peak) = ingest(&servers, round);
        worked.push(rate);
        memory.push(peak);
    }
    show("brought from Dovecot and thrown away", "mails/s", &brought);
    show("brought, filed, read, decided, answered", "mails/s", &worked);
    let ratios: Vec<f64> = worked.iter().zip(&brought).map(|(w, b)| w / b * 100.0).collect();
    show("  of what can be brought", "%", &ratios);
    show("  resident memory at its highest", "MB", &memory);
}

/// Mails per second that the desk's own client brings.
fn bring(servers: &Servers) -> f64 {
    let account = Account {
        endpoint: Endpoint { host: "127.0.0.1".into(), port: servers.imap, tls: Tls::None, ca: None },
        user: "mesa".into(),
        proof: Proof::Password(Secret::File(servers.secret())),
        auth: Auth::Plain,
        folder: "INBOX".into(),
        done: None,
        max_size: 40 << 20,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Instant::now();
        let mut inbox = Inbox::new(Setting::Imap(account));
        let mut wanted: Vec<_> = inbox.list().await.unwrap().into_iter().map(|l| l.place).collect();
        let count = wanted.len();
        while !wanted.is_empty() {
            let chunk: Vec<_> = wanted.iter().take(128).cloned().collect();
            let came = inbox.fetch(&chunk).await.unwrap().mails.len();
            assert!(came > 0);
            wanted.drain(..came);
        }
        count as f64 / begun.elapsed().as_secs_f64()
    })
}

/// The daemon from its start until every mail is a case with its letters queued: mails per second, and its highest
/// resident memory in MB.
fn ingest(servers: &Servers, round: usize) -> (f64, f64) {
    let home = servers.home().join(format!("ingest{round}"));
    fs::create_dir(&home).unwrap();
    let config = format!(
        "database = \"mesa.db\"\n[desk]\naddress = \"mesa@magdalena.test\"\nname = \"Mesa\"\nadministrator = \
         \"admin@magdalena.test\"\n[inbox]\nkind = \"imap\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nuser = \
         \"mesa\"\npassword = {{ file = {:?} }}\nstart = \"all\"\n[outbox]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = \
         1\ntls = \"none\"\n",
        servers.imap,
        servers.secret()
    );
    fs::write(home.join("config.toml"), config).unwrap();
    let begun = Instant::now();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(["run", "--config"])
        .arg(home.join("config.toml"))
        .stderr(Stdio::from(fs::File::create(home.join("log")).unwrap()))
        .spawn()
        .unwrap();
    let took = loop {
        sleep(Duration::from_millis(50));
        assert!(daemon.try_wait().unwrap().is_none(), "{}", fs::read_to_string(home.join("log")).unwrap());
        if is_worked(&home.join("mesa.db")) {
            break begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "it takes too long");
    };
    let peak = highest_memory(daemon.id()).unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    (INGESTED as f64 / took.as_secs_f64(), peak)
}

/// Has every mail of the mailbox come to its end? Asked of indexes alone: to count them would take the daemon's time.
fn is_worked(database: &Path) -> bool {
    let asked = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|conn| {
        conn.query_row(
            "SELECT ifnull((SELECT max(id) FROM correo), 0) >= ?1 AND NOT EXISTS (SELECT 1 FROM correo WHERE destino IS NULL)",
            [INGESTED as i64],
            |row| row.get(0),
        )
    });
    // The file is not there yet.
    asked.unwrap_or(false)
}

fn show(what: &str, unit: &str, figures: &[f64]) {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, most, median) = (sorted[0], sorted[sorted.len() - 1], sorted[sorted.len() / 2]);
    println!("{what:<44}{median:>9.0} {unit:<8}{least:.0}–{most:.0}");
}
