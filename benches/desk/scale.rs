//! The desk over a cabinet of a thousand cases and of a million: what a mail costs, how long a start takes, how long a person waits.
//!
//! A few hundred cases are filed and closed by the desk itself; the rest are their copies, each with numbers, ids and mails of its own,
//! so that the books of the large cabinet are in order too. `cargo bench -- scale 100000` takes another number.
use crate::{ROUNDS, handbook, kit, mails, show};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mesa_tic::clerk::Clerk;
use mesa_tic::desk::decision::{Decision, Disposition};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::mail::message::Address;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::seal::Seal;
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::ring::Ring;
use mesa_tic::store::db::Store;
use mesa_tic::store::queue::Due;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use mesa_tic::ticket::id::TicketId;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Cases of the small cabinet, and of the large one where the command line names no other number.
const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
/// Cases that the desk files for the copies to be made of, and the days over which they come.
const MODELS: usize = 500;
const DAYS: i64 = 50;
/// The year that the models are of; the copies are of the ten years before the one of the open cases.
const MODEL_YEAR: i16 = 2025;
const YEARS: usize = 10;
/// Cases that are open now.
const OPEN: usize = 300;
/// Octets that are kept of each copied letter, so that the large cabinet fits on a disk; whole ones take 25 GB.
const LETTER: usize = 600;
/// Mails of one measurement.
const MEASURED: usize = 500;

struct Cabinet {
    home: TempDir,
    cases: usize,
}

/// Both cabinets, side by side.
pub(crate) fn large_cabinet() {
    let named = std::env::args().find_map(|arg| arg.parse().ok());
    let cabinets = [FEW, named.unwrap_or(MANY)].map(Cabinet::filled);
    let (small, large) = (&cabinets[0], &cabinets[1]);
    println!("{:<44}{:>9.1} GB", format!("{} cases: the file", large.cases), large.octets() / 1e9);
    let mut took = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (cabinet, took) in cabinets.iter().zip(&mut took) {
            let micros = cabinet.work(round);
            // The first fills the caches.
            took.extend((round > 0).then_some(micros));
        }
    }
    show(&format!("{} cases: a mail", small.cases), "µs", &took[0]);
    show(&format!("{} cases: a mail", large.cases), "µs", &took[1]);
    let ratios: Vec<f64> = took[1].iter().zip(&took[0]).map(|(large, small)| large / small * 100.0).collect();
    show("  against the small cabinet (asked: 125)", "%", &ratios);
    for (cabinet, told) in [(small, ""), (large, "")] {
        let cases = cabinet.cases;
        let ready: Vec<f64> = (0..3).map(|_| cabinet.start()).collect();
        show(&format!("{cases} cases: start until ready{told}"), "ms", &ready);
        let pass: Vec<f64> = (0..3).map(|_| cabinet.pass()).collect();
        show(&format!("{cases} cases: what time brings, a look"), "ms", &pass);
        let last = format!("TIC-2026-{OPEN:05}");
        let verbs: [&[&str]; 7] = [
            &["tickets"],
            &["tickets", "--estado", "asignado"],
            &["ticket", &last],
            &["agenda"],
            &["agenda", "--cumplimiento"],
            &["status"],
            &["reconcile"],
        ];
        for verb in verbs {
            let took: Vec<f64> = (0..3).map(|_| cabinet.ask(verb)).collect();
            show(&format!("{cases} cases: {}", verb.join(" ")), "ms", &took);
        }
    }
}

/// Ten in the morning in Bogotá on a Wednesday of November.
fn today() -> Timestamp {
    "2026-11-25T15:00:00Z".parse().unwrap()
}

impl Cabinet {
    fn filled(cases: usize) -> Cabinet {
        let cabinet = Cabinet { home: tempfile::tempdir().unwrap(), cases };
        kit::maildir_desk(cabinet.home.path(), "mesa.db");
        let begun = Instant::now();
        let closed = cases - OPEN;
        cabinet.file_models(MODELS.min(closed));
        copy_models(&cabinet.database(), closed);
        let mut clerk = cabinet.clerk(today());
        file(&mut clerk, (MODELS..MODELS + OPEN).map(mails::mail), "abiertos", today());
        close_letters(&mut clerk, today());
        assert_eq!(clerk.store.status().unwrap().casos, cases as u64);
        println!("{:<44}{:>9.0} s", format!("{cases} cases: made in"), begun.elapsed().as_secs_f64());
        cabinet
    }

    fn database(&self) -> PathBuf {
        self.home.path().join("mesa.db")
    }

    fn octets(&self) -> f64 {
        fs::metadata(self.database()).unwrap().len() as f64
    }

    fn clerk(&self, now: Timestamp) -> Clerk {
        let desk = Address { correo: "mesa@magdalena.gov.co".into(), nombre: None };
        let ring = Ring::parse(&format!("1 activa {}\n", "11".repeat(32))).unwrap();
        let administrator = Address { correo: "admin@magdalena.gov.co".into(), nombre: None };
        let seal = Seal { ring, policy: Policy::Unverified, plus_address: false };
        Clerk::new(Store::open(&self.database(), now).unwrap(), handbook(), desk, administrator, seal)
    }

    /// Cases as the desk makes them, and as a technician brings them to their end.
    fn file_models(&self, models: usize) {
        let first = DateTime::constant(MODEL_YEAR, 1, 13, 10, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let mut clerk = self.clerk(first);
        let share = models.div_ceil(DAYS as usize).max(1);
        for (day, from) in (0..models).step_by(share).enumerate() {
            let now = first + SignedDuration::from_hours(7 * 24 * day as i64 + 5);
            file(&mut clerk, (from..models.min(from + share)).map(mails::mail), &format!("modelos{day}"), now);
            close_letters(&mut clerk, now);
            close_cases(&mut clerk, now);
        }
        assert_eq!(clerk.store.status().unwrap().casos, models as u64);
    }

    /// Microseconds a mail.
    fn work(&self, round: usize) -> f64 {
        let now = today() + SignedDuration::from_hours(24 * (1 + round as i64));
        let mut clerk = self.clerk(now);
        let mails = (0..MEASURED).map(|n| {
            let text = String::from_utf8(mails::mail(n)).unwrap();
            text.replace("<bench.", &format!("<medida.{round}.")).into_bytes()
        });
        let begun = Instant::now();
        let cases = file(&mut clerk, mails, &format!("medida{round}"), now);
        assert_eq!(cases, MEASURED, "every mail becomes a case");
        let micros = begun.elapsed().as_secs_f64() * 1e6 / MEASURED as f64;
        close_letters(&mut clerk, now);
        close_cases(&mut clerk, now);
        micros
    }

    fn mesa(&self, verb: &[&str]) -> Command {
        let mut mesa = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
        mesa.args(verb).arg("--config").arg(self.home.path().join("config.toml")).stdout(Stdio::null());
        mesa
    }

    /// Milliseconds that a person waits at the terminal.
    fn ask(&self, verb: &[&str]) -> f64 {
        let begun = Instant::now();
        let done = self.mesa(verb).output().unwrap();
        assert!(done.status.success(), "{verb:?}: {}", String::from_utf8_lossy(&done.stderr));
        begun.elapsed().as_secs_f64() * 1e3
    }

    /// Milliseconds from the start of the daemon until it tells systemd that it is at work.
    fn start(&self) -> f64 {
        let socket = self.home.path().join("notify");
        let _ = fs::remove_file(&socket);
        let systemd = UnixDatagram::bind(&socket).unwrap();
        systemd.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
        let begun = Instant::now();
        let mut daemon: Child =
            self.mesa(&["run"]).env("NOTIFY_SOCKET", &socket).stderr(Stdio::null()).spawn().unwrap();
        let mut word = [0; 256];
        while !word.starts_with(b"READY=1") {
            word.fill(0);
            systemd.recv(&mut word).unwrap();
        }
        let took = begun.elapsed().as_secs_f64() * 1e3;
        let term = Command::new("kill").arg(daemon.id().to_string()).status().unwrap();
        assert!(term.success() && daemon.wait().unwrap().success());
        took
    }

    /// Milliseconds of a look at what time has brought, as the daemon takes it every half minute.
    fn pass(&self) -> f64 {
        let mut clerk = self.clerk(today());
        clerk.tick(today()).unwrap();
        let begun = Instant::now();
        clerk.tick(today()).unwrap();
        begun.elapsed().as_secs_f64() * 1e3
    }
}

/// Files mails and works them; returns how many cases that made.
fn file(clerk: &mut Clerk, mails: impl Iterator<Item = Vec<u8>>, folder: &str, now: Timestamp) -> usize {
    let before = clerk.store.status().unwrap().casos;
    let raw = |(n, bytes): (usize, Vec<u8>)| {
        let place = Place { mailbox: folder.to_owned(), validity: 1, key: n.to_string() };
        Raw { place, received: now, size: bytes.len() as u64, bytes }
    };
    let mails: Vec<Raw> = mails.enumerate().map(raw).collect();
    for handful in mails.chunks(128) {
        clerk.store.file(handful, now).unwrap();
        while clerk.work(now).unwrap() > 0 {}
    }
    (clerk.store.status().unwrap().casos - before) as usize
}

/// The letters out, the mails out of the mailbox.
fn close_letters(clerk: &mut Clerk, now: Timestamp) {
    let places = clerk.store.to_move(usize::MAX >> 1).unwrap();
    clerk.store.moved(&places, now).unwrap();
    let morning = now + SignedDuration::from_hours(24 * 20);
    loop {
        let due = clerk.store.due(100, morning).unwrap();
        if due.is_empty() {
            return;
        }
        let sent = |letter: &Due| (letter.row, Outcome::Sent { receipt: "250 2.0.0 Ok: queued".into() });
        clerk.store.settle(&due.iter().map(sent).collect::<Vec<_>>(), now).unwrap();
    }
}

/// Solved the next day, closed three days later.
fn close_cases(clerk: &mut Clerk, now: Timestamp) {
    let estados = [Estado::Nuevo, Estado::Asignado];
    let open = estados.iter().flat_map(|estado| clerk.store.tickets(Some(*estado), MEASURED + OPEN).unwrap());
    let ids: Vec<TicketId> = open.filter(|ticket| ticket.abierto == now).map(|ticket| ticket.id).collect();
    for (estado, days) in [(Estado::EnProceso, 0), (Estado::Resuelto, 1), (Estado::Cerrado, 4)] {
        let facts = ids.iter().map(|id| (*id, Event::Moved { estado, motivo: None })).collect();
        let decision =
            Decision { disposition: Disposition::Propio, facts, letters: vec![], away: vec![], why: String::new() };
        let mut batch = clerk.store.batch().unwrap();
        batch.commit_own(&decision, &[], &[], now + SignedDuration::from_hours(24 * days)).unwrap();
        batch.finish().unwrap();
    }
}

/// A table's rows of the models, by the case that each belongs to.
struct Rows {
    insert: String,
    by_case: BTreeMap<i64, Vec<Vec<Value>>>,
}

impl Rows {
    /// `columns` as they are written; `case` is the expression that says whose the row is.
    fn of(conn: &Connection, table: &str, columns: &[&str], from: &str, case: &str) -> Rows {
        let list: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
        let mut select = conn
            .prepare(&format!("SELECT {case}, {} FROM {from} ORDER BY {table}.{}", list.join(", "), columns[0]))
            .unwrap();
        let mut by_case: BTreeMap<i64, Vec<Vec<Value>>> = BTreeMap::new();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (1..=columns.len()).map(|at| row.get(at).unwrap()).collect();
            by_case.entry(row.get(0).unwrap()).or_default().push(values);
        }
        let marks = vec!["?"; columns.len()].join(", ");
        Rows { insert: format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", ")), by_case }
    }
}

const YEAR: i64 = 10_000_000_000;

/// Copies of the models until so many cases are closed, numbered through the years before this one.
fn copy_models(database: &Path, closed: usize) {
    let conn = Connection::open(database).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA foreign_keys = OFF;",
    )
    .unwrap();
    // Indexes are made at the end, from all rows at once: kept row by row they take a third of the time, and more of a million.
    let indexes: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let columns = |table: &str, without: &[&str]| -> Vec<String> {
        let mut info = conn.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
        let names = info.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
        names.filter(|name| !without.contains(&name.as_str())).collect()
    };
    let read = |table: &str, without: &[&str], from: &str, case: &str| {
        let columns = columns(table, without);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        (Rows::of(&conn, table, &columns, from, case), columns.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>())
    };
    let (bodies, body_columns) = read("cuerpo", &["id"], "cuerpo JOIN correo USING (sha256)", "correo.caso");
    let (cases, case_columns) = read("caso", &[], "caso", "caso.id");
    let (ledger, mail_columns) = read("correo", &[], "correo", "correo.caso");
    let (facts, fact_columns) = read("hecho", &["id"], "hecho", "hecho.caso");
    let (letters, letter_columns) = read("carta", &[], "carta WHERE caso IS NOT NULL", "carta.caso");
    let words = "escrito JOIN carta ON carta.id = escrito.carta WHERE caso IS NOT NULL";
    let (words, word_columns) = read("escrito", &[], words, "carta.caso");
    let models: Vec<i64> = cases.by_case.keys().copied().collect();
    let last = |table: &str| {
        let sql = format!("SELECT max(id) FROM {table}");
        conn.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let (mut mail, mut letter) = (last("correo"), last("carta"));
    let at = |columns: &[String], name: &str| columns.iter().position(|column| column == name).unwrap();
    // The models stay the last cases of their year: copies of that year are numbered after them.
    let made = closed - models.len();
    let share = made.div_ceil(YEARS);
    conn.execute_batch("BEGIN").unwrap();
    indexes.iter().for_each(|(name, _)| conn.execute_batch(&format!("DROP INDEX {name}")).unwrap());
    for n in 0..made {
        let model = models[n % models.len()];
        let year = MODEL_YEAR - (YEARS - 1) as i16 + (n / share) as i16;
        let number = (n % share + 1 + if year == MODEL_YEAR { models.len() } else { 0 }) as u32;
        let id = i64::from(year) * YEAR + i64::from(number);
        let (old, new) = (TicketId { year: MODEL_YEAR, number: (model % YEAR) as u32 }, TicketId { year, number });
        let (old, new) = (old.to_string(), new.to_string());
        let (old_day, new_day) = (format!("{MODEL_YEAR}-"), format!("{year}-"));
        // Codes first: they hold the year as well.
        let anew = |text: &str| text.replace(&old, "\u{1}").replace(&old_day, &new_day).replace('\u{1}', &new);
        let text = |value: &Value| match value {
            Value::Text(text) => Value::Text(anew(text)),
            other => other.clone(),
        };
        let put = |rows: &Rows, values: Vec<Value>| {
            conn.prepare_cached(&rows.insert).unwrap().execute(params_from_iter(values)).unwrap();
        };
        for row in &cases.by_case[&model] {
            let mut row: Vec<Value> = row.iter().map(text).collect();
            row[at(&case_columns, "id")] = Value::Integer(id);
            put(&cases, row);
        }
        let unique = |value: &Value| match value {
            Value::Text(text) => Value::Text(text.replacen('@', &format!(".{n}@"), 1)),
            other => other.clone(),
        };
        let mut mails = BTreeMap::new();
        for (body, entry) in bodies.by_case[&model].iter().zip(&ledger.by_case[&model]) {
            let (mut body, mut entry) = (body.clone(), entry.iter().map(text).collect::<Vec<Value>>());
            let Value::Blob(bytes) = &body[at(&body_columns, "bytes")] else { panic!("no bytes") };
            let bytes = String::from_utf8(bytes.clone()).unwrap().replace("<bench.", &format!("<bench.{n}."));
            let sha256 = Value::Text(format!("{:x}", Sha256::digest(&bytes)));
            body[at(&body_columns, "tamano")] = Value::Integer(bytes.len() as i64);
            body[at(&body_columns, "bytes")] = Value::Blob(bytes.into_bytes());
            body[at(&body_columns, "sha256")] = sha256.clone();
            put(&bodies, body);
            mail += 1;
            if let Value::Integer(row) = entry[at(&mail_columns, "id")] {
                mails.insert(row, mail);
            }
            entry[at(&mail_columns, "id")] = Value::Integer(mail);
            entry[at(&mail_columns, "buzon")] = Value::Text(format!("copias{year}"));
            entry[at(&mail_columns, "clave")] = Value::Text(n.to_string());
            entry[at(&mail_columns, "sha256")] = sha256;
            entry[at(&mail_columns, "mensaje")] = unique(&entry[at(&mail_columns, "mensaje")]);
            entry[at(&mail_columns, "huella")] = Value::Text(format!("{:x}", Sha256::digest(format!("huella {n}"))));
            entry[at(&mail_columns, "caso")] = Value::Integer(id);
            put(&ledger, entry);
        }
        let of_mail = |value: &Value| match value {
            Value::Integer(row) => Value::Integer(mails[row]),
            other => other.clone(),
        };
        for row in &facts.by_case[&model] {
            let mut row: Vec<Value> = row.iter().map(text).collect();
            row[at(&fact_columns, "caso")] = Value::Integer(id);
            row[at(&fact_columns, "correo")] = of_mail(&row[at(&fact_columns, "correo")]);
            put(&facts, row);
        }
        let (letters_of, words_of) = (letters.by_case.get(&model), words.by_case.get(&model));
        for (row, written) in letters_of.into_iter().flatten().zip(words_of.into_iter().flatten()) {
            let mut row: Vec<Value> = row.iter().map(text).collect();
            letter += 1;
            row[at(&letter_columns, "id")] = Value::Integer(letter);
            row[at(&letter_columns, "caso")] = Value::Integer(id);
            row[at(&letter_columns, "correo")] = of_mail(&row[at(&letter_columns, "correo")]);
            row[at(&letter_columns, "mensaje")] = unique(&row[at(&letter_columns, "mensaje")]);
            put(&letters, row);
            let mut written = written.clone();
            written[at(&word_columns, "carta")] = Value::Integer(letter);
            if let Value::Blob(bytes) = &mut written[at(&word_columns, "bytes")] {
                bytes.truncate(LETTER);
            }
            put(&words, written);
        }
    }
    indexes.iter().for_each(|(_, sql)| conn.execute_batch(sql).unwrap());
    conn.execute_batch(
        "DELETE FROM destino; INSERT INTO destino SELECT destino, count(*) FROM correo GROUP BY destino; COMMIT",
    )
    .unwrap();
}
