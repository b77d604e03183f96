//! Opening the file: who may, whether it is sound, and what it is brought up to.
use crate::crash::{self, Point};
use crate::store::agenda::Coming;
use crate::store::fault::{StoreError, with_remedy};
use crate::store::instant::Instant;
use crate::store::lock::Lock;
use crate::store::migrate::{STEPS, migrate, version};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a letter whose sending was cut off waits before it goes out again, with the same bytes.
const DOUBT: jiff::SignedDuration = jiff::SignedDuration::from_mins(3);
const PATIENCE: Duration = Duration::from_secs(30);
/// Pages of the log that a commit itself carries over into the file, 64 MiB: in a burst of mails the same pages are written again
/// and again, and are carried over once. Otherwise that is done at rest ([`Store::rest`]).
const CHECKPOINT_PAGES: u32 = 16384;
/// What the log shrinks to again when it grew longer than that.
const LOG_OCTETS: u32 = 72 << 20;
const STATEMENTS: usize = 128;
/// What a batch of mails writes stays in memory until it is committed, and so do the pages by which a million cases are found;
/// in KiB. A desk at rest gives it back ([`Store::rest`]).
const CACHE: i64 = 16 << 10;

/// The cabinet. The daemon's is its only steady writer; a command beside it writes in its turn.
pub struct Store {
    pub(crate) conn: Connection,
    pub(crate) path: PathBuf,
    pub(crate) agenda: Option<Coming>,
    /// Mails that this process began and has not ended.
    pub(crate) begun: BTreeSet<i64>,
    /// Letters that went out and could not be noted as sent, with the server's word for it.
    pub(crate) sent: BTreeMap<i64, String>,
    /// Nobody has looked over the whole file since the start: it is too large to be waited for.
    pub(crate) unseen: bool,
    /// Held as long as the daemon lives; the system lets go of it when the process ends, however it ends.
    pub(crate) lock: Option<Lock>,
}

impl Store {
    /// The daemon's way in: alone, with the file created (mode 0600) or brought up to date, and looked over.
    /// Letters that were being sent when the last daemon ended go out again three minutes from `now`. Of a large file only the
    /// frame was looked at ([`Store::is_unseen`]).
    pub fn open(path: &Path, now: Timestamp) -> Result<Store> {
        let path = place(path)?;
        let lock = Lock::take(&path)?;
        create(&path, &lock)?;
        let mut store = Store::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        store.ready(&lock).map_err(|e| damaged(&store.path, e))?;
        crash::at(Point::Recovering);
        let later = now.checked_add(DOUBT).unwrap_or(now);
        store.conn.execute(
            "UPDATE carta SET estado = 'pendiente', proximo = ?1 WHERE estado = 'enviando' AND estado <> 'enviada'",
            [Instant(later)],
        )?;
        crash::at(Point::Recovered);
        store.lock = Some(lock.sign()?);
        Ok(store)
    }

    /// A new connection to the same file, under the same lock: after a commit of which it is unknown whether it is on the
    /// disk, the old one may remember what the file does not hold, and this process what the file knows better.
    pub(crate) fn reopen(&mut self) -> Result<()> {
        let mut fresh = Store::connect(self.path.clone(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        fresh.keep_log()?;
        fresh.keep_undo_in_memory(true)?;
        for row in &self.begun {
            if fresh.is_unended(*row)? {
                fresh.begun.insert(*row);
            }
        }
        (self.conn, self.begun, self.agenda) = (fresh.conn, fresh.begun, None);
        Ok(())
    }

    /// For a command that changes something beside a daemon that may be running.
    pub fn open_beside(path: &Path) -> Result<Store> {
        Store::existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// For a command that only reads.
    pub fn open_read(path: &Path) -> Result<Store> {
        Store::existing(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn existing(path: &Path, flags: OpenFlags) -> Result<Store> {
        let path = fs::canonicalize(path).map_err(|e| file_error(path, e))?;
        let store = Store::connect(path, flags)?;
        let found = version(&store.conn, &store.path, STEPS).map_err(|e| damaged(&store.path, e))?;
        if found < STEPS.len() {
            let (found, known) = (i64::try_from(found)?, i64::try_from(STEPS.len())?);
            return Err(StoreError::Older { path: store.path, found, known }.into());
        }
        Ok(store)
    }

    fn connect(path: PathBuf, access: OpenFlags) -> Result<Store> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags).and_then(|conn| prepare(&conn).map(|()| conn));
        let conn = opened.map_err(|e| damaged(&path, sqlite_error(&path, e)))?;
        Ok(Store { conn, path, agenda: None, begun: BTreeSet::new(), sent: BTreeMap::new(), unseen: false, lock: None })
    }

    /// Nothing is written before the file is known to be sound, ours, and not of a newer program.
    fn ready(&mut self, lock: &Lock) -> Result<()> {
        self.unseen = self.is_large()? && !lock.is_suspect();
        if self.unseen {
            self.glance()?
        } else {
            self.check()?
        }
        version(&self.conn, &self.path, STEPS)?;
        self.keep_log()?;
        migrate(&mut self.conn, &self.path, STEPS)?;
        self.keep_undo_in_memory(true)
    }

    /// The pages that one statement may have to put back: a few for a mail, and written to a file beside it unless told so.
    pub(crate) fn keep_undo_in_memory(&self, so: bool) -> Result<()> {
        Ok(self.conn.pragma_update(None, "temp_store", if so { "MEMORY" } else { "FILE" })?)
    }

    /// Writes go to a log beside the file, and reach the disk before they are reported done.
    fn keep_log(&mut self) -> Result<()> {
        let mode: String = self.conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        ensure!(mode == "wal", "{} no admite el modo WAL: debe estar en un disco local", self.path.display());
        self.conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        Ok(self.conn.pragma_update(None, "journal_size_limit", LOG_OCTETS)?)
    }

    /// Refuses a file that is damaged, empty or none of ours.
    pub(crate) fn ours(path: &Path) -> Result<()> {
        let store = Store::connect(path.to_owned(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        store.check().map_err(|e| damaged(path, e))?;
        match version(&store.conn, path, STEPS)? {
            0 => Err(StoreError::Foreign { path: path.to_owned() }.into()),
            _ => Ok(()),
        }
    }

    /// Ends the work, and leaves nothing beside the file itself.
    pub(crate) fn close_as_one_file(self) -> Result<()> {
        self.conn.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))?;
        self.conn.close().map_err(|(_, error)| error.into())
    }

    /// While nobody waits: gives back the memory that holds pages of the file, and carries the log over into it, if there is
    /// anything in it. Where that fails (the disk is full), the log keeps it.
    pub fn rest(&self) -> Result<()> {
        self.conn.execute_batch("PRAGMA shrink_memory")?;
        let carried = self.conn.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
        carried.map_err(|error| with_remedy(error.into()))
    }

    /// `look`, whose questions all see the cabinet as it is at one moment: the file is taken hold of once, not for each of them.
    /// Not within a batch, which is a moment of its own.
    pub(crate) fn at_once<T>(&self, look: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        let moment = self.conn.unchecked_transaction()?;
        let found = look(self)?;
        moment.finish()?;
        Ok(found)
    }

    /// A note of the daemon's own («watermark», «last_poll»), by its name.
    pub fn get(&self, key: &str) -> Result<Option<String>> {
        let mut statement = self.cached("SELECT valor FROM apunte WHERE clave = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Writes a note of the daemon's own; durable on return.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        self.together(|store| store.put(key, value))
    }

    pub(crate) fn put(&self, key: &str, value: &str) -> Result<()> {
        let mut note = self.cached(
            "INSERT INTO apunte (clave, valor) VALUES (?1, ?2)
             ON CONFLICT (clave) DO UPDATE SET valor = excluded.valor",
        )?;
        note.execute([key, value])?;
        Ok(())
    }

    pub(crate) fn cached(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'_>> {
        self.conn.prepare_cached(sql)
    }
}

/// The one true path of a file that may not be there yet.
fn place(path: &Path) -> Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name().with_context(|| format!("{} no es un archivo", path.display()))?;
            Ok(fs::canonicalize(folder).map_err(|e| file_error(path, e))?.join(name))
        }
        Err(error) => Err(file_error(path, error)),
    }
}

/// The file, made with mode 0600 if there is none; and for its owner alone if there is one.
fn create(path: &Path, lock: &Lock) -> Result<()> {
    let is_empty = fs::metadata(path).map_or(true, |meta| meta.len() == 0);
    if is_empty && lock.is_signed() {
        return Err(StoreError::Gone { path: path.to_owned() }.into());
    }
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = made.map_err(|e| file_error(path, e))?;
    let mut mode = file.metadata()?.permissions();
    if mode.mode() & 0o077 != 0 {
        mode.set_mode(0o600);
        file.set_permissions(mode).with_context(|| format!("no se pudo restringir {} a su dueño", path.display()))?;
    }
    Ok(())
}

fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan depends on the question alone: without this, SQLite plans anew whenever another value is bound to a range.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "cache_size", -CACHE)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)
}

pub(crate) fn file_error(path: &Path, error: std::io::Error) -> anyhow::Error {
    let path = path.to_owned();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => match folder.map(Path::to_owned) {
            Some(folder) => StoreError::NoFolder { folder }.into(),
            None => StoreError::Missing { path }.into(),
        },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::Permission { path }.into(),
        _ => anyhow::Error::new(error).context(format!("no se pudo abrir {}", path.display())),
    }
}

fn sqlite_error(path: &Path, error: rusqlite::Error) -> anyhow::Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            StoreError::Permission { path: path.to_owned() }.into()
        }
        _ => error.into(),
    }
}

/// A failure that SQLite blames on the file becomes one that names the remedy.
pub(crate) fn damaged(path: &Path, error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<rusqlite::Error>().map(|e| (e.sqlite_error_code(), e.to_string())) {
        Some((Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), detail)) => {
            StoreError::Damaged { path: path.to_owned(), detail }.into()
        }
        _ => error,
    }
}
