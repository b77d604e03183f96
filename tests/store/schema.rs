//! The schema: documented as it is, its words those of the program, its old facts readable for ever.
use crate::kit::*;
use mesa_tic::desk::decision::Disposition;
use mesa_tic::office::fields::{Campo, Origen, Prioridad};
use mesa_tic::store::show::Sending;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Kind, name and text of everything in a schema, without comments and spacing.
fn objects(conn: &Connection) -> Vec<String> {
    let mut all = conn
        .prepare(
            "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY 1",
        )
        .unwrap();
    let texts = all.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let bare = |text: String| {
        let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    texts.map(|text| bare(text.unwrap())).collect()
}

#[test]
fn the_documented_schema_is_the_real_one() {
    let cabinet = Cabinet::new();
    drop(cabinet.open());
    let real = objects(&Connection::open(&cabinet.path).unwrap());
    let documented = Connection::open_in_memory().unwrap();
    documented.execute_batch(&read("src/store/schema.sql")).unwrap();
    assert_eq!(objects(&documented), real, "src/store/schema.sql is what the migrations make");
}

#[test]
fn every_word_of_the_program_is_a_word_of_the_schema() {
    let schema = read("src/store/schema.sql");
    let words = |column: &str, table: &str| -> BTreeSet<String> {
        let table = schema.split(&format!("CREATE TABLE {table} (")).nth(1).unwrap().split("STRICT").next().unwrap();
        let list = table.split(&format!("CHECK ({column} IN")).nth(1).unwrap();
        let list = list.split("))").next().unwrap();
        list.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let own = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(words("estado", "caso"), own(Estado::ALL.iter().map(|w| w.word()).collect()));
    assert_eq!(words("prioridad", "caso"), own(Prioridad::ALL.iter().map(|w| w.word()).collect()));
    assert_eq!(words("origen", "caso"), own(Origen::ALL.iter().map(|w| w.word()).collect()));
    assert_eq!(words("destino", "correo"), own(Disposition::ALL.iter().map(|w| w.word()).collect()));
    assert_eq!(words("campo", "etiqueta"), own(Campo::ALL.iter().map(|w| w.word()).collect()));
    assert_eq!(words("estado", "carta"), own(Sending::ALL.iter().map(|w| w.word()).collect()));
}

/// For each older schema a cabinet that its program filled, in `fixtures/store/vN.sql`.
#[test]
fn every_older_cabinet_opens_and_adds_up() {
    let folder = |path: &str| {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
    };
    let steps = folder("src/store/migrations");
    assert_eq!(folder("fixtures/store").len(), steps.len(), "a new schema brings a filled cabinet of its own");
    for version in 1..=steps.len() {
        let cabinet = Cabinet::new();
        let conn = Connection::open(&cabinet.path).unwrap();
        for step in &steps[..version] {
            conn.execute_batch(&fs::read_to_string(step).unwrap()).unwrap();
        }
        conn.execute_batch(&read(&format!("fixtures/store/v{version}.sql"))).unwrap();
        conn.pragma_update(None, "user_version", version as i64).unwrap();
        conn.pragma_update(None, "application_id", 0x4d65_7354).unwrap();
        drop(conn);
        let mut store = cabinet.open();
        let waiting = store.waiting(10).unwrap();
        let open: Vec<String> = store.reconcile().unwrap().into_iter().map(|f| f.donde).collect();
        assert_eq!(open, waiting.iter().map(|m| format!("correo {}", m.row)).collect::<Vec<_>>());
        let status = store.status().unwrap();
        assert_eq!((status.casos, status.cuarentena, status.por_trabajar), (2, 1, 1));
        for ticket in store.tickets(None, 10).unwrap() {
            assert!(!store.case(ticket.id).unwrap().unwrap().cartas.is_empty());
        }
        work(&mut store, 99, "laura.ospino@magdalena.gov.co");
    }
}

/// Which case of `Event`; a new one must be given a sample in the fixture.
fn case(event: &Event) -> &'static str {
    match event {
        Event::Opened(_) => "Opened",
        Event::Moved { .. } => "Moved",
        Event::Assigned { .. } => "Assigned",
        Event::Ranked { .. } => "Ranked",
        Event::Filed { .. } => "Filed",
        Event::Booked(_) => "Booked",
        Event::Pinned(_) => "Pinned",
        Event::Completed(_) => "Completed",
        Event::Corrected(_) => "Corrected",
        Event::Received { .. } => "Received",
        Event::Undelivered { .. } => "Undelivered",
        Event::Noted { .. } => "Noted",
        Event::Waiting { .. } => "Waiting",
        Event::Tagged { .. } => "Tagged",
        Event::Spent { .. } => "Spent",
        Event::Approved { .. } => "Approved",
        Event::Returned { .. } => "Returned",
        Event::Merged { .. } => "Merged",
        Event::Absorbed { .. } => "Absorbed",
        Event::Split { .. } => "Split",
        Event::Said { .. } => "Said",
        Event::Unproven(_) => "Unproven",
        Event::Confirmed { .. } => "Confirmed",
        Event::Linked { .. } => "Linked",
        Event::Rated { .. } => "Rated",
        Event::Released { .. } => "Released",
        Event::Invited(_) => "Invited",
        Event::Answered { .. } => "Answered",
    }
}

#[test]
fn old_facts_are_read_for_ever() {
    let samples: Vec<serde_json::Value> = serde_json::from_str(&read("fixtures/facts.json")).unwrap();
    let mut seen = BTreeSet::new();
    for sample in samples {
        let event: Event = serde_json::from_value(sample.clone()).unwrap_or_else(|e| panic!("{e}: {sample:#}"));
        let again: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(again, event);
        seen.insert(case(&event));
    }
    assert_eq!(seen.len(), 28, "the fixture holds one fact of each kind: {seen:?}");
}

#[test]
fn the_constraints_hold_without_the_program() {
    let cabinet = Cabinet::new();
    work(&mut cabinet.open(), 1, "laura@magdalena.gov.co");
    let conn = Connection::open(&cabinet.path).unwrap();
    for (wrong, says) in [
        ("DELETE FROM caso", "no se borra"),
        ("UPDATE caso SET id = id + 1", "no cambia"),
        ("UPDATE hecho SET evento = '{}'", "no se corrige"),
        ("DELETE FROM hecho", "no se borra"),
        ("DELETE FROM correo", "no se borra"),
        ("UPDATE correo SET destino = NULL", "CHECK"),
        ("UPDATE correo SET destino = 'otro'", "CHECK"),
        ("UPDATE correo SET sha256 = NULL", "CHECK"),
        (
            "INSERT INTO carta SELECT id + 1, mensaje, forma, para, caso, correo, 0, 0, estado, 0, encolada, proximo, NULL, NULL, NULL, 0, 0 FROM carta",
            "UNIQUE",
        ),
        (
            "INSERT INTO correo (buzon, validez, clave, archivado, destino, decidido) VALUES ('INBOX', 7, '1', '', 'anterior', '')",
            "UNIQUE",
        ),
    ] {
        let error = conn.execute(wrong, []).unwrap_err().to_string();
        assert!(error.contains(says), "{wrong}: {error}");
    }
}
