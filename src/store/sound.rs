//! Is the file itself sound? A small one is read before the start; a large one while the desk works.
use crate::store::db::{Store, damaged};
use crate::store::fault::StoreError;
use crate::store::lock::Lock;
use anyhow::Result;
use std::fs;
use std::path::Path;

/// A file of up to so many octets is looked over before the start, which takes a second on a slow disk, and its books are proven
/// whole each time; in a larger one that is done while the desk works.
const SMALL: u64 = 64 << 20;

impl Store {
    /// Too large to be read while somebody waits.
    pub fn is_large(&self) -> Result<bool> {
        Ok(fs::metadata(&self.path)?.len() > SMALL)
    }

    /// Must the whole file still be looked over, with [`Store::look_over`], while the desk works?
    pub fn is_unseen(&self) -> bool {
        self.unseen
    }

    /// It was looked over: [`Store::is_unseen`] no more.
    pub fn note_looked_over(&mut self) {
        self.unseen = false;
    }

    /// Looks over every page of the file at `path` beside the daemon that works with it; an error when it is damaged.
    pub fn look_over(path: &Path) -> Result<()> {
        let store = Store::open_read(path)?;
        store.check().map_err(|e| damaged(&store.path, e))
    }

    /// Notes that the file is damaged: the next start looks all of it over first, however long that takes.
    pub fn suspect(&mut self) -> Result<()> {
        self.lock.as_mut().map_or(Ok(()), Lock::suspect)
    }

    /// The frame of a large file: its head, its length, and both ends of every table. A page is sound or refused whenever it is
    /// read; what is not read yet is looked over while the desk works.
    pub(crate) fn glance(&self) -> Result<()> {
        let mut tables = self.conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let tables = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        for table in tables {
            for end in ["ASC", "DESC"] {
                let mut last = self.conn.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY 1 {end} LIMIT 1"))?;
                last.exists([])?;
            }
        }
        Ok(())
    }

    /// A quick look over every page. What it finds is no matter for a program to mend.
    pub(crate) fn check(&self) -> Result<()> {
        let found: String = self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" {
            return Ok(());
        }
        Err(StoreError::Damaged { path: self.path.clone(), detail: found.replace('\n', " ") }.into())
    }
}
