//! Cuts, locks, full disks and broken files: what the cabinet keeps, and what it says.
use crate::kit::*;
use anyhow::Error;
use jiff::SignedDuration;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::store::db::Store;
use mesa_tic::store::fault::{self, StoreError};
use mesa_tic::store::reconcile::Finding;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Ticket;
use rusqlite::Connection;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

/// As long as a letter in doubt waits.
const DOUBT: SignedDuration = SignedDuration::from_mins(3);
const LAURA: &str = "laura@magdalena.gov.co";

fn refusal(path: &Path) -> Error {
    Store::open(path, now()).map(|_| ()).unwrap_err()
}

/// A cabinet with some pages of mails, at rest.
fn filled() -> Cabinet {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    for uid in 1..=40 {
        work(&mut store, uid, LAURA);
    }
    cabinet
}

#[test]
fn a_batch_that_is_cut_off_leaves_nothing() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let rows = brought_all(&mut store, 1..=2);
    let mut batch = store.batch().unwrap();
    let mail = mail("m1@pc", LAURA);
    let next = batch.situation(&mail, now()).unwrap().next;
    commit(&mut batch, rows[0], &mail, &opened(next, LAURA)).unwrap();
    drop(batch);
    drop(store);
    let mut store = cabinet.open();
    assert_eq!(store.ticket(next).unwrap(), None);
    assert_eq!(store.situation(&mail, now()).unwrap().agenda.len(), 0);
    assert_eq!(store.waiting(1).unwrap()[0].row, rows[0]);
    assert_eq!(store.due(10, now()).unwrap(), []);
    // The same number is given again: it was never anybody's.
    assert_eq!(store.situation(&mail, now()).unwrap().next, next);
}

/// The files as the disk holds them now, copied away: what a process killed at this very moment would leave.
fn killed_now(cabinet: &Cabinet) -> (Cabinet, Store) {
    let left = Cabinet::new();
    fs::copy(&cabinet.path, &left.path).unwrap();
    let log = |of: &Cabinet| format!("{}-wal", of.path.display());
    fs::copy(log(cabinet), log(&left)).unwrap();
    let store = left.open();
    (left, store)
}

/// One mail's walk, killed after each of its steps: (waiting, cases, letters waiting) as the next daemon finds them.
#[test]
fn killed_after_any_step_the_next_daemon_goes_on_from_there() {
    let found = |cabinet: &Cabinet| {
        let (_left, mut store) = killed_now(cabinet);
        let findings = store.reconcile().unwrap();
        assert!(findings.iter().all(|f| f.que == "el correo espera que lo trabajen"), "{findings:?}");
        let status = store.status().unwrap();
        let letters = store.due(10, now() + DOUBT).unwrap().len();
        (status.por_trabajar, status.casos, letters)
    };
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    assert_eq!(found(&cabinet), (0, 0, 0));
    store.file(&[raw(1)], now()).unwrap();
    assert_eq!(found(&cabinet), (1, 0, 0), "filed");
    store.begin(&[1], now()).unwrap();
    assert_eq!(found(&cabinet), (1, 0, 0), "begun");
    let mail = mail("m1@pc", LAURA);
    let mut batch = store.batch().unwrap();
    let next = batch.situation(&mail, now()).unwrap().next;
    commit(&mut batch, 1, &mail, &opened(next, LAURA)).unwrap();
    assert_eq!(found(&cabinet), (1, 0, 0), "decided, not committed");
    batch.finish().unwrap();
    assert_eq!(found(&cabinet), (0, 1, 1), "committed");
    let row = store.due(10, now()).unwrap()[0].row;
    assert_eq!(found(&cabinet), (0, 1, 1), "on its way: it may have arrived, and goes out again");
    store.settle(&[(row, Outcome::Sent { receipt: "250".into() })], now()).unwrap();
    assert_eq!(found(&cabinet), (0, 1, 0), "arrived");
}

#[test]
fn a_log_cut_anywhere_opens_as_a_beginning_of_the_day() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    for uid in 1..=3 {
        work(&mut store, uid, LAURA);
    }
    let beside = |end: &str| format!("{}{end}", cabinet.path.display());
    let (main, log) = (fs::read(&cabinet.path).unwrap(), fs::read(beside("-wal")).unwrap());
    assert!(log.len() > 10_000, "the day is still in the log");
    let mut seen = 0;
    for end in (0..log.len()).step_by(4099) {
        let other = Cabinet::new();
        fs::write(&other.path, &main).unwrap();
        fs::write(format!("{}-wal", other.path.display()), &log[..end]).unwrap();
        let store = other.open();
        let findings = store.reconcile().unwrap();
        assert!(findings.iter().all(|f| f.que == "el correo espera que lo trabajen"), "cut at {end}: {findings:?}");
        let cases = store.status().unwrap().casos;
        assert!(cases >= seen, "cut at {end}: {cases} cases, {seen} before");
        seen = cases;
    }
    assert!(seen >= 2);
}

/// A `-shm` of another file, or of none, is made anew.
#[test]
fn a_foreign_index_of_the_log_does_no_harm() {
    let cabinet = filled();
    let cases = cabinet.open().status().unwrap().casos;
    let beside = format!("{}-shm", cabinet.path.display());
    for foreign in [vec![0xA5; 32 * 1024], vec![0; 32 * 1024], b"no es un indice".to_vec()] {
        fs::write(&beside, foreign).unwrap();
        let store = cabinet.open();
        assert_eq!((store.status().unwrap().casos, store.reconcile().unwrap()), (cases, Vec::new()));
    }
}

#[test]
fn one_daemon_a_file() {
    let cabinet = Cabinet::new();
    let store = cabinet.open();
    let error = refusal(&cabinet.path);
    assert!(matches!(error.downcast_ref(), Some(StoreError::Held { .. })), "{error:#}");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(store);
    cabinet.open();
}

#[test]
fn commands_read_and_write_beside_the_daemon() {
    let cabinet = Cabinet::new();
    let mut daemon = cabinet.open();
    let id = work(&mut daemon, 1, LAURA);
    let reader = Store::open_read(&cabinet.path).unwrap();
    assert_eq!(reader.tickets(None, 10).unwrap().len(), 1);
    let mut batch = daemon.batch().unwrap();
    let _ = batch.situation(&mail("x@pc", LAURA), now()).unwrap();
    assert_eq!(reader.ticket(id).unwrap().unwrap().estado, Estado::Asignado, "reading waits for nobody");
    batch.finish().unwrap();
    let mut beside = Store::open_beside(&cabinet.path).unwrap();
    beside.set("prueba", "1").unwrap();
    assert_eq!(daemon.get("prueba").unwrap().as_deref(), Some("1"));
    let mut reader = Store::open_read(&cabinet.path).unwrap();
    let error = reader.set("prueba", "2").unwrap_err();
    assert!(fault::remedy(&error).unwrap().contains("permiso de escritura"), "{error:#}");
}

#[test]
fn a_missing_file_is_named() {
    let cabinet = Cabinet::new();
    for error in [
        Store::open_read(&cabinet.path).map(|_| ()).unwrap_err(),
        Store::open_beside(&cabinet.path).map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error.downcast_ref(), Some(StoreError::Missing { .. })), "{error:#}");
    }
    let error = refusal(&cabinet.path.join("no/hay/mesa.db"));
    assert!(matches!(error.downcast_ref(), Some(StoreError::NoFolder { .. })), "{error:#}");
    assert!(!cabinet.path.exists(), "asking creates nothing");
}

#[test]
fn a_file_that_vanished_is_not_begun_anew() {
    let cabinet = filled();
    let beside = |end: &str| format!("{}{end}", cabinet.path.display());
    File::create(&cabinet.path).unwrap();
    for _ in 0..2 {
        let error = refusal(&cabinet.path);
        assert!(matches!(error.downcast_ref(), Some(StoreError::Gone { .. })), "{error:#}");
        let _ = fs::remove_file(&cabinet.path);
    }
    fs::remove_file(beside(".lock")).unwrap();
    assert_eq!(cabinet.open().status().unwrap().casos, 0, "who really wants to begin anew may");
}

#[test]
fn a_damaged_file_is_refused_with_the_remedy() {
    let cabinet = filled();
    let whole = fs::read(&cabinet.path).unwrap();
    let mut flipped = whole.clone();
    // The root page of the table of cases: its kind becomes none that exists.
    let conn = Connection::open(&cabinet.path).unwrap();
    let root: i64 = conn.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'caso'", [], |r| r.get(0)).unwrap();
    drop(conn);
    flipped[(root as usize - 1) * 4096] = 0xff;
    let mut text = whole.clone();
    text[..16].copy_from_slice(b"esto no es nada!");
    for (what, bytes) in [("flipped", &flipped[..]), ("cut", &whole[..whole.len() / 2]), ("no database", &text[..])] {
        let other = Cabinet::new();
        fs::write(&other.path, bytes).unwrap();
        let error = refusal(&other.path);
        assert!(matches!(error.downcast_ref(), Some(StoreError::Damaged { .. })), "{what}: {error:#}");
        assert!(fault::is_damaged(&error) && error.to_string().contains("mesa-tic backup"), "{what}: {error}");
        assert_eq!(fs::read(&other.path).unwrap(), bytes, "{what}: nothing was touched");
    }
}

/// A file that is too large to be waited for is worked with at once and looked over meanwhile; what is found bars the next start
/// until it is mended.
#[test]
fn damage_in_a_large_file_is_found_beside_the_work_and_bars_the_next_start() {
    let cabinet = filled();
    assert!(!cabinet.open().is_unseen(), "a small one is looked over first");
    let conn = Connection::open(&cabinet.path).unwrap();
    conn.execute(
        "INSERT INTO cuerpo (sha256, tamano, bytes) VALUES (printf('%064d', 7), 70000000, zeroblob(70000000))",
        [],
    )
    .unwrap();
    let leaf = "SELECT pageno FROM dbstat WHERE name = 'hecho' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 2";
    let leaf: u32 = conn.query_row(leaf, [], |row| row.get(0)).unwrap();
    drop(conn);
    let turn = |from: u8, to: u8| {
        let file = File::options().read(true).write(true).open(&cabinet.path).unwrap();
        let (mut kind, at) = ([0], u64::from(leaf - 1) * 4096);
        file.read_exact_at(&mut kind, at).unwrap();
        assert_eq!(kind, [from]);
        file.write_all_at(&[to], at).unwrap();
    };
    turn(13, 0xff);
    let mut store = cabinet.open();
    assert!(store.is_unseen());
    assert_eq!(store.status().unwrap().casos, 40, "what is sound is worked with");
    let error = Store::look_over(&cabinet.path).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(StoreError::Damaged { .. })), "{error:#}");
    store.suspect().unwrap();
    drop(store);
    for _ in 0..2 {
        let error = refusal(&cabinet.path);
        assert!(matches!(error.downcast_ref(), Some(StoreError::Damaged { .. })), "{error:#}");
    }
    turn(0xff, 13);
    assert!(!cabinet.open().is_unseen(), "all of it was looked over first");
    assert!(cabinet.open().is_unseen());
    Store::look_over(&cabinet.path).unwrap();
}

/// Wherever a bit turns, either the file is refused, or the books are found out of order, or nothing of them has changed.
#[test]
fn a_turned_bit_is_found_wherever_it_matters() {
    let cabinet = filled();
    let whole = fs::read(&cabinet.path).unwrap();
    let books = |store: &Store| {
        // The cases and their facts. What the ledger repeats of a mail (sender, subject) no sum is made of: the mail itself has one.
        let facts = |t: Ticket| anyhow::Ok((store.history(t.id)?, t));
        let cases = store.tickets(None, 100)?.into_iter().map(facts).collect::<anyhow::Result<Vec<_>>>()?;
        anyhow::Ok(format!("{cases:?}"))
    };
    let as_it_was = books(&cabinet.open()).unwrap();
    let (mut refused, mut found, mut unused) = (0, 0, 0);
    for at in (24..whole.len()).step_by(whole.len() / 150) {
        let other = Cabinet::new();
        let mut turned = whole.clone();
        turned[at] ^= 0x10;
        fs::write(&other.path, &turned).unwrap();
        let Ok(store) = Store::open(&other.path, now()) else {
            refused += 1;
            continue;
        };
        match store.reconcile() {
            Ok(findings) if findings.is_empty() => match books(&store) {
                Ok(books) => {
                    unused += 1;
                    assert_eq!(books, as_it_was, "octet {at}");
                }
                Err(_) => found += 1,
            },
            Ok(_) | Err(_) => found += 1,
        }
    }
    assert!(refused > 0 && found > 0 && unused > 0, "{refused} refused, {found} found, {unused} of no account");
}

#[test]
fn a_newer_or_a_foreign_file_is_left_alone() {
    let cabinet = Cabinet::new();
    drop(cabinet.open());
    Connection::open(&cabinet.path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    for error in [refusal(&cabinet.path), Store::open_read(&cabinet.path).map(|_| ()).unwrap_err()] {
        assert!(matches!(error.downcast_ref(), Some(StoreError::Newer { found: 999, .. })), "{error:#}");
    }
    let foreign = Cabinet::new();
    Connection::open(&foreign.path).unwrap().execute_batch("CREATE TABLE agenda (telefono TEXT)").unwrap();
    let before = fs::read(&foreign.path).unwrap();
    let error = refusal(&foreign.path);
    assert!(matches!(error.downcast_ref(), Some(StoreError::Foreign { .. })), "{error:#}");
    assert_eq!(fs::read(&foreign.path).unwrap(), before);
}

#[test]
fn the_file_is_for_its_owner_alone() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for end in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(&format!("{}{end}", cabinet.path.display())), 0o600, "{end}");
    }
    drop(store);
    fs::set_permissions(&cabinet.path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(cabinet.open());
    assert_eq!(mode(&cabinet.path.display().to_string()), 0o600);
}

#[test]
fn a_backup_is_whole_alone_and_overwrites_nothing() {
    let cabinet = filled();
    let mut daemon = cabinet.open();
    let to = cabinet.path.with_file_name("copia.db");
    let mut batch = daemon.batch().unwrap();
    batch.quarantine(9999, "en medio de un lote", now()).unwrap();
    Store::open_read(&cabinet.path).unwrap().backup(&to).unwrap();
    batch.finish().unwrap();
    work(&mut daemon, 41, LAURA);
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!to.with_file_name("copia.db-wal").exists());
    let error = daemon.backup(&to).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(StoreError::Exists { .. })), "{error:#}");

    // Restored as the message about a damaged file says.
    drop(daemon);
    fs::remove_file(&cabinet.path).unwrap();
    fs::copy(&to, &cabinet.path).unwrap();
    let mut store = cabinet.open();
    assert_eq!(store.status().unwrap().casos, 40);
    assert_eq!(store.reconcile().unwrap(), []);
    work(&mut store, 41, LAURA);
    let error = store.backup(Path::new("/no/hay/copia.db")).unwrap_err();
    assert!(format!("{error:#}").contains("no existe") || format!("{error:#}").contains("no hay"), "{error:#}");
}

#[test]
fn reconcile_finds_what_was_changed_by_hand() {
    let cabinet = filled();
    let conn = Connection::open(&cabinet.path).unwrap();
    conn.execute_batch(
        "UPDATE caso SET prioridad = 'critica' WHERE id = 20260000000003;
         UPDATE caso SET hechos = 9 WHERE id = 20260000000004;
         UPDATE carga SET abiertos = 7;
         UPDATE destino SET correos = 9;
         UPDATE correo SET huella = 'key of m20@pc' WHERE id = 21;
         UPDATE correo SET decidido = '2026-11-25T15:00:01.000000000Z' WHERE id = 30;
         UPDATE carta SET cancelada = 1 WHERE id = 3;
         UPDATE correo SET caso = 20260000000008 WHERE id = 7;
         UPDATE cuerpo SET bytes = x'00', tamano = 1 WHERE id = 5;
         INSERT INTO cuerpo (sha256, tamano, bytes) VALUES (printf('%064d', 0), 0, x'');
         DROP TRIGGER caso_no_se_borra; DROP TRIGGER carta_no_se_borra; PRAGMA foreign_keys = OFF;
         DELETE FROM escrito WHERE carta = 4; DELETE FROM carta WHERE id = 6;
         DELETE FROM caso WHERE id = 20260000000010;",
    )
    .unwrap();
    let findings = Store::open_read(&cabinet.path).unwrap().reconcile().unwrap();
    let shown: Vec<String> = findings.iter().map(|f| format!("{}: {}", f.donde, f.que)).collect();
    for expected in [
        "TIC-2026-00003: el caso no es la suma de sus hechos",
        "TIC-2026-00004: al caso le faltan hechos",
        "correos 20, 21: el mismo correo se trabajó más de una vez",
        "correo 7: el correo abrió un caso y ningún hecho del caso lo nombra",
        "técnico kbarros: la cuenta de casos abiertos del técnico no es la real",
        "año 2026: faltan números de caso en el año",
        "destino ticket: la cuenta de correos por destino no es la real",
        "hecho 117: el hecho y su correo no son de la misma hora",
        "carta 3: el estado de la carta y su cuenta no cuadran",
        "carta 4: la carta no tiene texto",
        "cartas: faltan cartas",
    ] {
        assert!(shown.iter().any(|found| found == expected), "{expected} is not in {shown:#?}");
    }
    assert!(shown.iter().any(|f| f.ends_with("el correo o adjunto guardado cambió")), "{shown:#?}");
    assert!(shown.iter().any(|f| f.ends_with("el archivo guardado no es de ningún correo")), "{shown:#?}");
    assert!(shown.iter().any(|f| f.ends_with("una fila nombra a otra que no existe")), "{shown:#?}");
    assert!(shown.iter().all(|f| !f.starts_with("TIC-2026-00005")), "{shown:#?}");
}

/// What was proven is not read again: only what came after it, and all of it when that is asked for.
#[test]
fn what_came_after_a_proof_is_proven_without_the_rest() {
    let cabinet = filled();
    let mut store = cabinet.open();
    let (findings, proven) = store.prove(now()).unwrap();
    let proven = proven.unwrap();
    assert_eq!((findings, store.reconcile_after(&proven).unwrap()), (vec![], vec![]));
    store.note_proven(&proven).unwrap();
    assert_eq!(store.proven().unwrap(), None, "a small cabinet is proven whole each time");
    for uid in 41..=44 {
        work(&mut store, uid, LAURA);
    }
    assert_eq!(store.reconcile_after(&proven).unwrap(), []);
    drop(store);
    let conn = Connection::open(&cabinet.path).unwrap();
    conn.execute_batch(
        "UPDATE caso SET prioridad = 'critica' WHERE id IN (20260000000003, 20260000000042);
         UPDATE correo SET huella = 'key of m20@pc' WHERE id = 41;
         UPDATE correo SET caso = 20260000000008 WHERE id = 43;
         UPDATE cuerpo SET bytes = x'00', tamano = 1 WHERE id IN (5, 44);
         UPDATE carga SET abiertos = 7;",
    )
    .unwrap();
    let store = Store::open_read(&cabinet.path).unwrap();
    let shown =
        |findings: Vec<Finding>| findings.into_iter().map(|f| format!("{}: {}", f.donde, f.que)).collect::<Vec<_>>();
    let (new, all) = (shown(store.reconcile_after(&proven).unwrap()), shown(store.reconcile().unwrap()));
    assert_eq!((new.len(), all.len()), (6, 8), "{new:#?} {all:#?}");
    for expected in [
        "correo 43: el correo abrió un caso y ningún hecho del caso lo nombra",
        "correo 43: los hechos del correo no van juntos o no son de su caso",
        "técnico kbarros: la cuenta de casos abiertos del técnico no es la real",
        "correos 20, 41: el mismo correo se trabajó más de una vez",
        "TIC-2026-00042: el caso no es la suma de sus hechos",
    ] {
        assert!(
            new.iter().any(|found| found == expected) && all.iter().any(|found| found == expected),
            "{expected}: {new:#?}"
        );
    }
    assert!(store.prove(now()).unwrap().1.is_none(), "what is out of order proves nothing");
}
