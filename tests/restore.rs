//! Yesterday's copy takes the place of a lost database: what came since is worked again, under the same numbers, and nobody is
//! written to again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::fake::{Fake, say};
use kit::home::{Home, err, out, slim_rules};
use kit::program::{Program, Writer};
use mesa_tic::crash;
use mesa_tic::mail;
use mesa_tic::mail::message::Mail;
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const MESA: &str = "mesa@magdalena.gov.co";

fn request(n: usize) -> Vec<u8> {
    let id = format!("<m{n}@magdalena.gov.co>");
    let text = format!(
        "From: Persona {n} <persona{n}@magdalena.gov.co>\r\nTo: {MESA}\r\nSubject: La impresora {n} no imprime\r\nMessage-ID: \
         {id}\r\n\r\nLa impresora {n} no imprime.\r\n"
    );
    text.into_bytes()
}

/// The letters that lie in the way out, by name: a letter sent again would lie there under another, or be younger.
fn letters(home: &Home) -> BTreeMap<String, (std::time::SystemTime, Mail)> {
    let Ok(entries) = fs::read_dir(home.path("salida/new")) else { return BTreeMap::new() };
    let letter = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, (entry.metadata().unwrap().modified().unwrap(), mail::parse(&fs::read(entry.path()).unwrap())))
    };
    entries.map(|entry| letter(entry.unwrap())).collect()
}

fn times(home: &Home) -> Vec<(String, std::time::SystemTime)> {
    letters(home).into_iter().map(|(name, (time, _))| (name, time)).collect()
}

/// What somebody answers to the receipt that `persona{n}` got.
fn answer(home: &Home, n: usize, text: &str) -> Vec<u8> {
    let address = format!("persona{n}@magdalena.gov.co");
    let letter = letters(home).into_values().find(|(_, letter)| letter.to[0].correo == address).unwrap().1;
    Writer { name: "Persona", address: &address, program: Program::Gmail }.answer(&letter, text).1.into_bytes()
}

/// Every case as a person sees it, but for the hour of its facts.
fn cases(home: &Home) -> Vec<Value> {
    home.json(&["tickets"]).as_array().unwrap().clone()
}

fn slim(home: &Home) {
    let technician =
        "usuario = \"tecnico\"\nnombre = \"Kevin Barros\"\ncorreo = \"tecnico@magdalena.gov.co\"\nrol = \"tecnico\"";
    slim_rules(&home.path("reglas"), &format!("dominios = [\"magdalena.gov.co\"]\n[[persona]]\n{technician}\n"));
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    fs::write(home.path("config.toml"), format!("rules = \"reglas\"\n{config}")).unwrap();
}

struct Lost {
    home: Home,
    cases: Vec<Value>,
    letters: Vec<(String, std::time::SystemTime)>,
    /// What waits for the morning, if the test runs by night.
    waiting: Vec<String>,
}

fn waiting(home: &Home) -> Vec<String> {
    let listed = home.json(&["outbox", "list"]);
    listed.as_array().unwrap().iter().map(|letter| format!("{} {}", letter["mensaje"], letter["para"])).collect()
}

/// Two mails before the copy; then two more, an answer to the first of them and one to an older one.
fn lost() -> Lost {
    let home = Home::new();
    slim(&home);
    home.receive(&[request(1), request(2)]);
    let copy = home.path("copia.db");
    assert!(home.run(&["backup", copy.to_str().unwrap()]).status.success());
    home.receive(&[request(3), request(4)]);
    let (first, second) = (answer(&home, 3, "Secretaría de Hacienda, extensión 123"), answer(&home, 1, "Sigue igual"));
    home.receive(&[first, second]);
    let (cases, letters, waiting) = (cases(&home), times(&home), waiting(&home));
    assert_eq!(cases.len(), 4);
    Lost { home, cases, letters, waiting }
}

fn restore(home: &Home) -> Output {
    home.run(&["restore", home.path("copia.db").to_str().unwrap()])
}

fn is_as_it_was(lost: &Lost) {
    let home = &lost.home;
    let bare = |cases: &[Value]| -> Vec<Value> {
        let mut cases = cases.to_vec();
        // The clock of the first time had begun a few milliseconds later.
        for case in &mut cases {
            for hour in ["abierto", "actualizado"] {
                case.as_object_mut().unwrap().remove(hour);
            }
            // The name of an entry in calendars hangs on it.
            if let Some(cita) = case.pointer_mut("/seguimiento/cita") {
                cita.as_object_mut().unwrap().remove("uid");
            }
        }
        cases
    };
    for (now, then) in bare(&cases(home)).iter().zip(bare(&lost.cases)) {
        assert_eq!(serde_json::to_string_pretty(now).unwrap(), serde_json::to_string_pretty(&then).unwrap());
    }
    assert_eq!(cases(home).len(), lost.cases.len());
    assert_eq!(times(home), lost.letters, "a letter went out again");
    assert_eq!(home.json(&["reconcile"]), serde_json::json!([]));
    assert_eq!(waiting(home), lost.waiting);
}

#[test]
fn what_came_after_the_copy_is_rebuilt_and_no_old_letter_goes_out_again() {
    let lost = lost();
    let home = &lost.home;
    let done = restore(home);
    assert!(done.status.success(), "{}", err(&done));
    let told = err(&done);
    assert!(told.contains("trabajaron otra vez: 4") && told.contains("quedó en"), "{told}");
    is_as_it_was(&lost);
    let mode = fs::metadata(home.path("mesa.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    // Letters from before the loss are still known: what answers them goes on in its case; and a new mail is answered.
    let before = letters(home).len();
    home.receive(&[answer(home, 4, "Ya quedó, muchas gracias"), request(5)]);
    assert_eq!(cases(home).len(), 5);
    let new: Vec<String> = letters(home).into_values().map(|(_, letter)| letter.to[0].correo.clone()).collect();
    assert!(new.contains(&"persona5@magdalena.gov.co".to_owned()) && new.len() > before, "{new:?}");
    assert_eq!(home.json(&["reconcile"]), serde_json::json!([]));
    // Nothing is left to do: a second look changes nothing.
    let again = times(home);
    assert!(home.run(&["run", "--once"]).status.success());
    assert_eq!(times(home), again);
}

#[test]
fn a_restoration_killed_anywhere_is_taken_up_by_the_next_start() {
    let ways = ["Committing:1", "Apart:1", "Restored:1", "Recovering:2", "Filing:1", "MailWritten:2", "Committed:9"];
    for way in ways {
        let lost = lost();
        let home = &lost.home;
        let killed = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
            .args(["restore", home.path("copia.db").to_str().unwrap()])
            .args(["--config", home.path("config.toml").to_str().unwrap()])
            .env(crash::VARIABLE, way)
            .output()
            .unwrap();
        assert!(!killed.status.success(), "{way}: it was not killed");
        // Killed before the copy took its place, the old books are there still, or none are: then it is begun again.
        let next = home.run(&["run", "--once"]);
        assert!(next.status.success() || err(&next).contains("mesa-tic restore"), "{way}: {}", err(&next));
        if !next.status.success() {
            assert!(restore(home).status.success());
        }
        is_as_it_was(&lost);
    }
}

#[test]
fn what_is_no_copy_changes_nothing() {
    let home = Home::new();
    slim(&home);
    home.receive(&[request(1)]);
    assert!(home.run(&["backup", home.path("copia.db").to_str().unwrap()]).status.success());
    let (before, copy) = (fs::read(home.path("mesa.db")).unwrap(), fs::read(home.path("copia.db")).unwrap());
    fs::write(home.path("texto"), "esto no es una copia, es un texto cualquiera").unwrap();
    fs::write(home.path("media.db"), &copy[..copy.len() / 2]).unwrap();
    fs::write(home.path("vacia.db"), "").unwrap();
    for (file, words) in [
        ("texto", "no sirve"),
        ("media.db", "no sirve"),
        ("vacia.db", "no sirve"),
        ("nada.db", "no"),
        ("mesa.db", "misma"),
    ] {
        let done = home.run(&["restore", home.path(file).to_str().unwrap()]);
        assert_eq!(done.status.code(), Some(1), "{file}: {}", out(&done));
        assert!(err(&done).contains(words), "{file}: {}", err(&done));
        assert_eq!(fs::read(home.path("mesa.db")).unwrap(), before, "{file}");
        let left =
            fs::read_dir(home.dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(left.into_iter().all(|name| !name.contains("restauracion") && !name.contains("apartada")), "{file}");
    }
    assert_eq!(cases(&home).len(), 1);
}

/// The folder of finished mails is not there, or finished mails stay where they are: the books tell what was worked.
#[test]
fn where_finished_mails_stay_in_the_mailbox_those_from_before_the_loss_are_worked_in_silence() {
    let home = Home::new();
    slim(&home);
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    fs::write(home.path("config.toml"), config.replace("done = \"procesados\"", "")).unwrap();
    home.mail("0001", &request(1));
    assert!(home.run(&["run", "--once"]).status.success());
    assert!(home.run(&["backup", home.path("copia.db").to_str().unwrap()]).status.success());
    home.mail("0002", &request(2));
    assert!(home.run(&["run", "--once"]).status.success());
    let (cases_before, letters_before) = (cases(&home).len(), times(&home));
    fs::write(home.path("mesa.db"), "el disco se dañó").unwrap();
    let _ = fs::remove_file(home.path("mesa.db-wal"));
    let refused = home.run(&["run", "--once"]);
    assert!(err(&refused).contains("mesa-tic restore COPIA"), "{}", err(&refused));
    let done = restore(&home);
    assert!(done.status.success(), "{}", err(&done));
    assert_eq!((cases(&home).len(), times(&home)), (cases_before, letters_before));
    home.mail("0003", &request(3));
    assert!(home.run(&["run", "--once"]).status.success());
    assert_eq!(cases(&home).len(), 3);
    assert!(letters(&home).into_values().any(|(_, letter)| letter.to[0].correo.starts_with("persona3")));
    assert_eq!(home.json(&["reconcile"]), serde_json::json!([]));
}

/// SQLite's own backup, and a file with its log as a tool that ships logs sees them: both are copies like any other.
#[test]
fn copies_made_by_other_tools_are_restored_too() {
    let lost = lost();
    let home = &lost.home;
    let _ = fs::remove_file(home.path("copia.db"));
    let books = Connection::open(home.path("mesa.db")).unwrap();
    books.execute("VACUUM INTO ?1", [home.path("copia.db").to_str().unwrap()]).unwrap();
    let done = restore(home);
    assert!(done.status.success(), "{}", err(&done));
    is_as_it_was(&lost);
    // A file without the log that belongs to it is half a copy.
    let books = Connection::open(home.path("mesa.db")).unwrap();
    books.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO apunte VALUES ('prueba', '')").unwrap();
    for end in ["", "-wal"] {
        fs::copy(home.path(&format!("mesa.db{end}")), home.path(&format!("enviada.db{end}"))).unwrap();
    }
    drop(books);
    let shipped = home.path("enviada.db");
    let half = home.run(&["restore", shipped.to_str().unwrap()]);
    assert!(err(&half).contains("no está completa"), "{}", err(&half));
    // Put together, as such a tool gives it back.
    Connection::open(&shipped).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let done = home.run(&["restore", shipped.to_str().unwrap()]);
    assert!(done.status.success(), "{}", err(&done));
    is_as_it_was(&lost);
}

/// The server brings less of a finished mail than it lists. It is asked again, and what stays short is never given up in silence:
/// only the rescan would ever look for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_short_is_looked_for_until_it_is_whole() {
    let brought = Arc::new(AtomicUsize::new(0));
    let (body, asked) = (request(1), Arc::clone(&brought));
    let size = body.len();
    let fake = Fake::imap(move |tag, command| {
        let data = match command.strip_prefix("UID ").unwrap_or(command) {
            examined if examined.contains("\"INBOX\"") => "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n".to_owned(),
            list if list.starts_with("LIST") => "* LIST () \"/\" \"Procesados\"\r\n".to_owned(),
            fetch if fetch.starts_with("FETCH") && fetch.contains("BODY") => {
                // Of another length each of the first four times, as no server does that only estimates.
                let n = asked.fetch_add(1, Ordering::SeqCst);
                let part = if n < 4 { &body[..n + 9] } else { &body[..] };
                format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{})\r\n", part.len(), String::from_utf8_lossy(part))
            }
            fetch if fetch.starts_with("FETCH") => {
                format!("* 1 FETCH (UID 1 RFC822.SIZE {size} INTERNALDATE \"25-Nov-2026 08:00:00 -0500\")\r\n")
            }
            _ => return None,
        };
        Some(say(format!("{data}{tag} OK done\r\n")))
    });
    let fake = fake.await;
    let home = Home::new();
    slim(&home);
    assert!(home.run(&["run", "--once"]).status.success());
    assert!(home.run(&["backup", home.path("copia.db").to_str().unwrap()]).status.success());
    fs::write(home.path("clave"), "clave\n").unwrap();
    fs::set_permissions(home.path("clave"), fs::Permissions::from_mode(0o600)).unwrap();
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    let server = format!(
        "kind = \"imap\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nuser = \"mesa\"\npassword = {{ file = \"clave\" }}\n\
         done = \"Procesados\"",
        fake.port
    );
    let maildir = config.replace("        ", "");
    let imap = maildir.replace("kind = \"maildir\"\npath = \"buzon\"\ndone = \"procesados\"", &server);
    assert_ne!(imap, maildir);
    fs::write(home.path("config.toml"), imap).unwrap();

    let done = restore(&home);
    assert_eq!((done.status.code(), brought.load(Ordering::SeqCst)), (Some(1), 3), "{}", err(&done));
    assert!(err(&done).contains("«Procesados» hay 1 correo que no se pudo leer entero"), "{}", err(&done));
    assert_eq!(cases(&home).len(), 0);
    assert!(home.run(&["run", "--once"]).status.success());
    let known = cases(&home);
    assert_eq!((known.len(), brought.load(Ordering::SeqCst)), (1, 5), "{known:?}");
    let gone: Vec<Mail> = letters(&home).into_values().map(|(_, letter)| letter).collect();
    assert!(gone.iter().all(|letter| !letter.to[0].correo.starts_with("persona")), "{gone:?}");
}

/// Nothing tells how long the lost books lived after the copy: of what waited in it, only what was due by the copy's own last sign
/// had gone out for sure.
#[test]
fn where_the_lost_file_is_gone_what_waited_for_its_hour_goes_out() {
    let home = Home::new();
    slim(&home);
    home.receive(&[request(1)]);
    let books = Connection::open(home.path("mesa.db")).unwrap();
    let waits = "UPDATE carta SET estado = 'pendiente', terminada = NULL, intentos = 0, proximo = ?2 WHERE id = ?1";
    let later = mesa_tic::daemon::now() + jiff::SignedDuration::from_secs(1);
    let due = ["2026-01-01T00:00:00.000000000Z".to_owned(), format!("{later:.9}")];
    let letters: Vec<i64> = vec![1, 2];
    for (row, due) in letters.iter().zip(&due) {
        assert_eq!(books.execute(waits, (row, due)).unwrap(), 1);
    }
    drop(books);
    assert!(home.run(&["backup", home.path("copia.db").to_str().unwrap()]).status.success());
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(home.path(&format!("mesa.db{end}")));
    }
    std::thread::sleep(std::time::Duration::from_secs(1));
    let done = restore(&home);
    assert!(done.status.success(), "{}", err(&done));
    assert!(err(&done).contains("se dan por enviadas: 1."), "{}", err(&done));
    let estados = || {
        let store = home.store();
        [1, 2].map(|row| store.letter(row).unwrap().unwrap().estado.to_string())
    };
    assert_eq!(estados(), ["enviada", "pendiente"]);
    assert!(home.run(&["run", "--once"]).status.success());
    assert_eq!(estados(), ["enviada", "enviada"]);
}
