//! A copy of the whole cabinet, taken while the desk is at work.
use crate::store::db::{Store, file_error};
use crate::store::fault::StoreError;
use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl Store {
    /// Copies everything to a new file of mode 0600, as it is at one instant; the daemon goes on meanwhile. The copy is one
    /// file, looked over and on the disk on return. Nothing is overwritten, and a copy that fails leaves no file.
    pub fn backup(&self, to: &Path) -> Result<()> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
        let file = made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::Exists { path: to.to_owned() }.into(),
            _ => file_error(to, error),
        })?;
        let copied = self.copy(to).and_then(|()| sync(&file, to));
        if copied.is_err() {
            // The failure is what matters; a remainder that cannot be removed changes nothing about it.
            let _ = fs::remove_file(to);
        }
        copied.with_context(|| format!("no se pudo copiar la base de datos a {}", to.display()))
    }

    fn copy(&self, to: &Path) -> Result<()> {
        let mut copy = Connection::open(to)?;
        // All pages in one step: one reading transaction, so the copy is of one instant and no write restarts it.
        let step = Backup::new(&self.conn, &mut copy)?.step(-1)?;
        ensure!(step == StepResult::Done, "la copia quedó incompleta; repita la orden");
        copy.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))?;
        let found: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        ensure!(found == "ok", "la copia no está sana: {found}");
        copy.close().map_err(|(_, error)| error.into())
    }
}

/// The bytes and the name of the new file reach the disk.
fn sync(file: &File, path: &Path) -> Result<()> {
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
