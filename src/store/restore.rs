//! A copy takes the place of the cabinet, and what came after the copy is worked again without writing to anybody again.
use crate::crash::{self, Point};
use crate::inbox::raw::Place;
use crate::store::db::{Store, file_error};
use crate::store::instant::Instant;
use crate::store::ledger::hex_sha256;
use crate::store::lock::Lock;
use anyhow::{Context, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The note that says that a rescan is due.
const DUE: &str = "restauracion";
/// Mails are looked for from so long before the last one of the copy: one may have waited outside for its server.
const MARGIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The server's word for a letter that is taken as sent.
const TAKEN_AS_SENT: &str = "se da por enviada: es de antes de restaurar la copia";

/// What is to be worked again after a restoration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescan {
    /// Mails that the server took in from here on may be missing in the copy.
    pub desde: Timestamp,
    /// The last sign of life of the cabinet that was lost; where its file is gone, now.
    pub hasta: Timestamp,
    /// Until then it is known to have lived, by the copy at least.
    #[serde(default)]
    vivo: Option<Timestamp>,
    /// The last letter of the copy; what is written after it during the rescan had been sent before.
    carta: i64,
}

/// What a restoration did at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the old cabinet lies now.
    pub aside: Option<PathBuf>,
    /// Letters of the copy that are taken as sent.
    pub letters: usize,
}

/// Puts the copy `from` in the place of the cabinet at `path`, which is set aside and never overwritten. Letters that wait in
/// the copy and were due before the loss are taken as sent; the rescan is noted as due.
pub fn restore(path: &Path, from: &Path, now: Timestamp) -> Result<Restored> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let from = fs::canonicalize(from).map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!("no existe la copia {}; revise la ruta", from.display()),
        _ => file_error(from, error),
    })?;
    ensure!(from != path, "{} es la base de datos misma; indique una copia", from.display());
    // Whoever works with the cabinet must have stopped.
    let _lock = Lock::take(&path)?;
    let (ready, letters) = prepared(&path, &from, now)?;
    let aside = set_aside(&path, now)?;
    crash::at(Point::Apart);
    fs::rename(&ready, &path).with_context(|| format!("no se pudo poner {} en su lugar", ready.display()))?;
    sync_folder(&path)?;
    crash::at(Point::Restored);
    Ok(Restored { aside, letters })
}

impl Store {
    /// Is there something to work again?
    pub fn rescan_due(&self) -> Result<Option<Rescan>> {
        Ok(self.get(DUE)?.map(|note| serde_json::from_str(&note)).transpose()?)
    }

    /// `alive` is when the lost cabinet was written to last, where that is known. Returns how many letters are taken as sent.
    fn note_rescan(&mut self, alive: Option<Timestamp>, now: Timestamp) -> Result<usize> {
        self.together(|store| {
            let last = |sql: &'static str| store.last(sql);
            // What waited for an hour after the copy's own last sign of life may never have gone out.
            let vivo = alive.map_or_else(|| store.last_sign(), Ok)?;
            let hasta = alive.unwrap_or(now);
            let received = last("SELECT max(recibido) FROM correo")?.min(last("SELECT max(archivado) FROM correo")?);
            let desde = received.checked_sub(MARGIN).unwrap_or(Timestamp::MIN);
            let carta = store.cached("SELECT ifnull(max(id), 0) FROM carta")?.query_row([], |row| row.get(0))?;
            let letters = store.take_as_sent(0, vivo)?;
            store.put(DUE, &serde_json::to_string(&Rescan { desde, hasta, vivo: Some(vivo), carta })?)?;
            Ok(letters)
        })
    }

    /// The last thing of which the cabinet says when it happened.
    fn last_sign(&self) -> Result<Timestamp> {
        let mut lines = self.cached("SELECT valor ->> '$.last' FROM apunte WHERE clave LIKE 'linea.%'")?;
        let used = lines.query_map([], |row| row.get::<_, Option<String>>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let used = used.into_iter().flatten().filter_map(|at| at.parse().ok()).max().unwrap_or(Timestamp::MIN);
        [
            "SELECT max(archivado) FROM correo",
            "SELECT max(decidido) FROM correo",
            "SELECT max(encolada) FROM carta",
            "SELECT max(terminada) FROM carta",
            "SELECT max(cuando) FROM hecho",
        ]
        .into_iter()
        .try_fold(used, |known, sql| Ok(known.max(self.last(sql)?)))
    }

    fn last(&self, sql: &'static str) -> Result<Timestamp> {
        let found: Option<Instant> = self.cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(found.map_or(Timestamp::MIN, |instant| instant.0))
    }

    /// The rescan is over, and `hour` is that of its last mail: of the letters it wrote, those that were due while the lost
    /// cabinet lived are on file and go to nobody. Returns how many they are.
    pub fn end_rescan(&mut self, due: Rescan, hour: Timestamp) -> Result<usize> {
        self.together(|store| {
            let letters = store.take_as_sent(due.carta, hour.max(due.vivo.unwrap_or(due.hasta)))?;
            store.cached("DELETE FROM apunte WHERE clave = ?1")?.execute([DUE])?;
            Ok(letters)
        })
    }

    /// Letters after the row `after` that were due by then. What waited for an hour that had not come waits on.
    fn take_as_sent(&self, after: i64, until: Timestamp) -> Result<usize> {
        let mut sent = self.cached(
            "UPDATE carta SET estado = 'enviada', recibo = ?1, motivo = NULL, terminada = ?2
             WHERE estado IN ('pendiente', 'enviando') AND id > ?3 AND encolada <= ?2 AND (proximo <= ?2 OR intentos > 0)",
        )?;
        Ok(sent.execute((TAKEN_AS_SENT, Instant(until), after))?)
    }

    /// Does the cabinet hold these very bytes?
    pub fn holds(&self, bytes: &[u8]) -> Result<bool> {
        Ok(self.cached("SELECT 1 FROM cuerpo WHERE sha256 = ?1")?.exists([hex_sha256(bytes)])?)
    }

    /// Is one of these mails finished and still in its folder? Then this server's finished mails stay where they are.
    pub fn finished_stay(&self, listed: &[Place]) -> Result<bool> {
        let mut moved = self.cached(
            "SELECT 1 FROM correo WHERE buzon = ?1 AND validez = ?2 AND clave = ?3 AND movido IS NOT NULL
               AND sha256 IS NOT NULL",
        )?;
        for place in listed {
            if moved.exists((&place.mailbox, place.validity, &place.key))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The copy beside the cabinet, brought up to date, with the rescan noted: ready to be given the cabinet's name. With it, how
/// many of its letters are taken as sent.
fn prepared(path: &Path, from: &Path, now: Timestamp) -> Result<(PathBuf, usize)> {
    let ready = beside(path, "-restauracion");
    for end in ["", "-wal", "-shm", ".lock"] {
        remove(&beside(&ready, end))?;
    }
    let log = beside(from, "-wal");
    ensure!(
        fs::metadata(&log).map_or(0, |meta| meta.len()) == 0,
        "{} no está completa sin {}; haga la copia con `mesa-tic backup`",
        from.display(),
        log.display()
    );
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&ready);
    let mut file = made.map_err(|error| file_error(&ready, error))?;
    io::copy(&mut File::open(from).map_err(|error| file_error(from, error))?, &mut file)
        .with_context(|| format!("no se pudo copiar {}", from.display()))?;
    file.sync_all()?;
    let noted = Store::ours(&ready).and_then(|()| Store::open(&ready, now)).and_then(|mut store| {
        let letters = store.note_rescan(last_alive(path), now)?;
        store.close_as_one_file().map(|()| letters)
    });
    match noted {
        Ok(letters) => {
            remove(&beside(&ready, ".lock"))?;
            Ok((ready, letters))
        }
        Err(error) => {
            for end in ["", "-wal", "-shm", ".lock"] {
                remove(&beside(&ready, end))?;
            }
            Err(error.context(format!("la copia {} no sirve; no se cambió nada", from.display())))
        }
    }
}

/// When the lost cabinet was written to last: that is seen by its log, for the file itself is written to at rest as well.
fn last_alive(path: &Path) -> Option<Timestamp> {
    let found = |end| fs::metadata(beside(path, end)).ok().filter(|meta| meta.len() > 0);
    Timestamp::try_from(found("-wal").or_else(|| found(""))?.modified().ok()?).ok()
}

/// The cabinet first and its log after it: without the cabinet no daemon starts, and a log of another file is never read.
fn set_aside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let aside = unused(path, now);
    let was_there = path.exists();
    for end in ["", "-wal"] {
        match fs::rename(beside(path, end), beside(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("no se pudo apartar {}", path.display()));
            }
            Ok(()) | Err(_) => sync_folder(path)?,
        }
    }
    remove(&beside(path, "-shm"))?;
    Ok(was_there.then_some(aside))
}

/// A name by the second; two restorations within one are told apart by a number.
fn unused(path: &Path, now: Timestamp) -> PathBuf {
    let name = |n: u32| {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        beside(path, &format!(".apartada-{}{number}", now.strftime("%Y%m%dT%H%M%SZ")))
    };
    (1..u32::MAX).map(name).find(|aside| !aside.exists()).unwrap_or_else(|| name(u32::MAX))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
