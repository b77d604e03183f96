//! From any older cabinet to today's: one step, one transaction, one higher `user_version`.
use crate::crash::{self, Point};
use crate::store::fault::StoreError;
use anyhow::{Context, Result};
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, TransactionBehavior};
use std::path::Path;

/// Every change of the schema, oldest first; the number of a step is its place here, counted from 1. Never edit one that was
/// released: add another, and bring `schema.sql` up to it.
pub(crate) const STEPS: &[&str] = &[
    include_str!("migrations/001_inicio.sql"),
    include_str!("migrations/002_etiquetas.sql"),
    include_str!("migrations/003_ordenes.sql"),
    include_str!("migrations/004_por_confirmar.sql"),
    include_str!("migrations/005_lugares.sql"),
    include_str!("migrations/006_direcciones.sql"),
    include_str!("migrations/007_cartas_que_salen.sql"),
    include_str!("migrations/008_menos_paginas.sql"),
];

/// «MesT»: says of a file that it is ours.
pub(crate) const APPLICATION: i64 = 0x4d65_7354;

/// How far along the steps a file is. Refuses what is not ours and what a newer program wrote.
pub(crate) fn version(conn: &Connection, path: &Path, steps: &[&str]) -> Result<usize> {
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = i64::try_from(steps.len())?;
    if application != APPLICATION && (objects > 0 || found != 0) {
        return Err(StoreError::Foreign { path: path.to_owned() }.into());
    }
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known }.into());
    }
    Ok(usize::try_from(found)?)
}

/// Takes the steps that are missing. A step that fails or is cut off leaves the file as it was before that step.
pub(crate) fn migrate(conn: &mut Connection, path: &Path, steps: &[&str]) -> Result<()> {
    let done = version(conn, path, steps)?;
    for (number, step) in (1_i64..).zip(steps).skip(done) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        take(&tx, step)
            .and_then(|()| tx.pragma_update(None, "user_version", number))
            .and_then(|()| tx.pragma_update(None, "application_id", APPLICATION))
            .and_then(|()| tx.commit())
            .with_context(|| format!("no se pudo llevar {} al esquema {number}", path.display()))?;
        crash::at(Point::Migrated);
    }
    Ok(())
}

fn take(tx: &Connection, step: &str) -> rusqlite::Result<()> {
    let mut statements = Batch::new(tx, step);
    while let Some(mut statement) = statements.next()? {
        crash::at(Point::Migrating);
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    crash::at(Point::Migrating);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FIRST: &str = "CREATE TABLE a (x TEXT) STRICT; INSERT INTO a VALUES ('antes');";
    const SECOND: &str = "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = x;";

    fn columns(conn: &Connection) -> i64 {
        conn.query_row("SELECT count(*) FROM pragma_table_info('a')", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_filled_file_is_brought_up_to_date_once() {
        let mut conn = Connection::open_in_memory().unwrap();
        let here = Path::new("mesa.db");
        migrate(&mut conn, here, &[FIRST]).unwrap();
        migrate(&mut conn, here, &[FIRST, SECOND]).unwrap();
        migrate(&mut conn, here, &[FIRST, SECOND]).unwrap();
        let moved: String = conn.query_row("SELECT y FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!((moved.as_str(), version(&conn, here, &[FIRST, SECOND]).unwrap()), ("antes", 2));
        let error = migrate(&mut conn, here, &[FIRST]).unwrap_err();
        assert!(error.to_string().contains("esquema 2; este conoce hasta el 1"), "{error}");
    }

    /// The files as they lie on the disk before each statement, as a kill at that moment leaves them.
    #[test]
    fn killed_before_any_statement_the_file_is_old_or_new_and_never_between() {
        let folder = tempfile::tempdir().unwrap();
        let (path, left) = (folder.path().join("mesa.db"), folder.path().join("left.db"));
        let mut conn = Connection::open(&path).unwrap();
        conn.pragma_update(None, "journal_mode", "WAL").unwrap();
        let mut statements = 0;
        for (done, step) in STEPS.iter().enumerate() {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive).unwrap();
            let mut batch = Batch::new(&tx, step);
            while let Some(mut statement) = batch.next().unwrap() {
                for end in ["", "-wal"] {
                    let name = |path: &Path| format!("{}{end}", path.display());
                    std::fs::copy(name(&path), name(&left)).unwrap();
                }
                let mut killed = Connection::open(&left).unwrap();
                assert_eq!(version(&killed, &left, STEPS).unwrap(), done, "before statement {statements}");
                migrate(&mut killed, &left, STEPS).unwrap();
                assert_eq!(version(&killed, &left, STEPS).unwrap(), STEPS.len());
                drop(killed);
                let mut rows = statement.query([]).unwrap();
                while rows.next().unwrap().is_some() {}
                statements += 1;
            }
            drop(tx);
            migrate(&mut conn, &path, STEPS.get(..=done).unwrap()).unwrap();
        }
        assert!(statements > 50, "{statements} statements");
    }

    #[test]
    fn a_step_that_breaks_off_leaves_the_step_before() {
        let mut conn = Connection::open_in_memory().unwrap();
        let here = Path::new("mesa.db");
        migrate(&mut conn, here, &[FIRST]).unwrap();
        let broken = format!("{SECOND} SELECT no_such_function();");
        let error = migrate(&mut conn, here, &[FIRST, &broken]).unwrap_err();
        assert!(error.to_string().contains("esquema 2"), "{error}");
        assert_eq!((version(&conn, here, &[FIRST, SECOND]).unwrap(), columns(&conn)), (1, 1));
        migrate(&mut conn, here, &[FIRST, SECOND]).unwrap();
        assert_eq!(columns(&conn), 2);
    }
}
