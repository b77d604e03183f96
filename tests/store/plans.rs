//! The steady work costs the same with a thousand cases and with a million: no statement of it reads a whole table.
use crate::kit::*;
use jiff::SignedDuration;
use mesa_tic::desk::decision::{Decision, Disposition};
use mesa_tic::desk::vigil::Timely;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use rusqlite::Connection;
use std::fs;
use std::path::Path;

/// Where the statements of the steady work stand. What only the command line asks may read on.
const STEADY: &[&str] = &[
    "agenda.rs",
    "batch.rs",
    "db.rs",
    "dispatch.rs",
    "ledger.rs",
    "orders.rs",
    "past.rs",
    "queue.rs",
    "situation.rs",
    "status.rs",
    "tickets.rs",
];
/// As many rows as there are technicians, tables, ends of a mail, addresses that give letters back, letters that did not go out.
const SMALL: &[&str] = &[
    "SCAN carga",
    "SCAN sqlite_schema",
    "SCAN destino",
    "SCAN direccion",
    "SCAN carta USING COVERING INDEX carta_estado",
];

/// Every SQL statement that a source file spells out, its `concat!` and line continuations resolved.
fn statements(file: &str) -> Vec<String> {
    let read = |file: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store").join(file);
        let source = fs::read_to_string(path).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap().replace("\\\n", " ");
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ")
    };
    let (code, tickets) = (read(file), read("tickets.rs"));
    let columns =
        tickets.split("macro_rules! ticket_columns").nth(1).map_or("", |text| text.split('"').nth(1).unwrap());
    let words = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let joined = words.replace("ticket_columns!()", &format!("\"{columns}\"")).replace("\", \"", "");
    let literals = joined.split('"').skip(1).step_by(2);
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "];
    // One with a blank is made for each table, when the file is opened.
    let whole = literals.filter(|text| !text.contains('{'));
    whole.filter(|text| verbs.iter().any(|verb| text.starts_with(verb))).map(str::to_owned).collect()
}

#[test]
fn no_statement_of_the_steady_work_reads_a_whole_table() {
    let cabinet = Cabinet::new();
    drop(cabinet.open());
    let conn = Connection::open(&cabinet.path).unwrap();
    let mut count = 0;
    for file in STEADY {
        for sql in statements(file) {
            count += 1;
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap_or_else(|e| panic!("{sql}: {e}"));
            let mut steps = plan.raw_query();
            while let Some(step) = steps.next().unwrap() {
                let step: String = step.get(3).unwrap();
                // A list within one row is no table.
                let inner = step.starts_with("SCAN (") || step.starts_with("SCAN json_each") || step == "SCAN ultimo";
                // It ends at the newest rows.
                let newest = step.starts_with("SCAN correo") && sql.ends_with("ORDER BY id DESC LIMIT 1");
                let scan = step.starts_with("SCAN") && !inner && !newest && !SMALL.contains(&step.as_str());
                assert!(!scan, "{file}: «{sql}» reads a whole table: {step}");
                assert!(!step.contains("AUTOMATIC"), "{file}: «{sql}» builds an index each time: {step}");
            }
        }
    }
    assert!(count > 40, "the statements are gone: {count} found");
}

/// How many letters went to an address is asked for each letter and each mail: the index alone answers it. So are the hours that
/// were promised for a week found, however many facts there are.
#[test]
fn letters_to_an_address_and_promised_hours_are_found_by_an_index() {
    let cabinet = Cabinet::new();
    drop(cabinet.open());
    let conn = Connection::open(&cabinet.path).unwrap();
    for (file, words, expected) in [
        ("dispatch.rs", "SELECT count(*) FROM carta WHERE para", "USING COVERING INDEX carta_para"),
        ("situation.rs", "SELECT count(*) FROM (SELECT 1 FROM carta WHERE para", "USING COVERING INDEX carta_para"),
        ("orders.rs", "SELECT 1 FROM carta WHERE para", "carta_para (para=? AND cancelada=? AND encolada>?)"),
        ("tickets.rs", "abierto >= ?2", "caso_solicitante (solicitante=? AND abierto>?)"),
        ("show.rs", "SELECT DISTINCT caso FROM hecho", "INDEX hecho_promesa (<expr>>? AND <expr><?)"),
    ] {
        let asked: Vec<String> = statements(file).into_iter().filter(|sql| sql.contains(words)).collect();
        assert_eq!(asked.len(), 1, "{file}: {words}");
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", asked[0])).unwrap();
        let steps: Vec<String> = plan.raw_query().mapped(|row| row.get(3)).map(Result::unwrap).collect();
        assert!(steps.iter().any(|step| step.contains(expected)), "{}: {steps:?}", asked[0]);
    }
}

/// What time brought about is remembered by keys that are all read at every look: they go when their case has long been closed.
#[test]
fn what_was_brought_about_long_ago_is_forgotten_once_its_case_is_closed() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let [open, closed] = [1, 2].map(|uid| work(&mut store, uid, "laura@magdalena.gov.co"));
    let decision =
        |facts| Decision { disposition: Disposition::Propio, facts, letters: vec![], away: vec![], why: String::new() };
    let keys = |what: &str| vec![format!("{what} {open}"), format!("{what} {closed}"), format!("{what} 2026-11-25")];
    let mut bring = |keys: Vec<String>, facts, days: i64| {
        let mut batch = store.batch().unwrap();
        let timely = Timely { keys, decision: decision(facts) };
        batch.commit_timely(&timely, &[], &[], now() + SignedDuration::from_hours(24 * days)).unwrap();
        batch.finish().unwrap();
        store.timely_done().unwrap().into_iter().collect::<Vec<_>>()
    };
    bring(keys("plazo"), vec![(closed, Event::Moved { estado: Estado::Cerrado, motivo: None })], 0);
    assert_eq!(bring(vec![], vec![], 89).len(), 3);
    assert_eq!(bring(vec!["resumen".into()], vec![], 91), [format!("plazo {open}"), "resumen".into()]);
}
