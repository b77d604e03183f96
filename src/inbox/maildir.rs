//! A Maildir as a mailbox: for an office whose mail server is this machine, for the demo, for tests and for archives.
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::inbox::raw::{BEGINNING, Fetched, Listed, Place, Raw, Settled};
use crate::inbox::setting::Folder;
use crate::net::fault::{Fault, Kind};
use crate::spanish::refusal;

/// How often the folder is looked at for new mail.
const LOOK: Duration = Duration::from_secs(2);
/// One bite: so many octets, and at least one mail.
const BITE: u64 = 16 * 1024 * 1024;

#[derive(Debug)]
pub struct Maildir {
    folder: Folder,
    /// How the folder looked when it was listed last.
    seen: Option<Look>,
}

/// Enough to notice that a mail came: how many lie in each half, and when each half last changed.
type Look = [(usize, Option<Timestamp>); 2];

impl Maildir {
    pub fn new(folder: Folder) -> Maildir {
        Maildir { folder, seen: None }
    }

    pub async fn list(&mut self) -> Result<Vec<Listed>, Fault> {
        let path = self.folder.path.clone();
        // The look comes first: a mail that arrives while we list is news for `wait`.
        let (look, listed) = blocking(move || Ok((look(&path)?, list(&path)?))).await?;
        self.seen = Some(look);
        Ok(listed)
    }

    pub async fn fetch(&mut self, places: &[Place]) -> Result<Fetched, Fault> {
        let (folder, places) = (self.folder.clone(), places.to_vec());
        blocking(move || fetch(&folder, &places)).await
    }

    pub async fn done(&mut self, places: &[Place]) -> Result<Settled, Fault> {
        let Some(done) = self.folder.done.clone() else {
            return Ok(Settled::Left { why: "La configuración no dice adónde moverlos.".to_owned() });
        };
        let (path, places) = (self.folder.path.clone(), places.to_vec());
        blocking(move || settle(&path, &done, &places)).await
    }

    /// The Maildir of finished mails, to be read only.
    pub fn finished(&self) -> Option<Maildir> {
        let path = self.folder.done.clone().filter(|path| path.is_dir())?;
        Some(Maildir::new(Folder { path, done: None, max_size: self.folder.max_size }))
    }

    pub async fn wait(&mut self, max: Duration) -> Result<(), Fault> {
        let end = Instant::now() + max;
        while Instant::now() < end {
            let path = self.folder.path.clone();
            if self.seen != Some(blocking(move || look(&path)).await?) {
                return Ok(());
            }
            sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
        }
        Ok(())
    }

    pub async fn probe(&mut self) -> Result<Vec<String>, Fault> {
        let folder = self.folder.clone();
        let count = blocking(move || {
            // A name mistyped in the configuration would otherwise be an empty mailbox for ever.
            fs::metadata(&folder.path).map_err(|error| local(&folder.path, &error))?;
            Ok(scan(&folder.path)?.len())
        });
        let count = count.await?;
        let mut lines = vec![format!("Correos en la carpeta {}: {count}.", self.folder.path.display())];
        lines.push(match &self.folder.done {
            Some(done) => format!("Los correos atendidos se moverán a {}.", done.display()),
            None => "Los correos atendidos se quedarán donde están.".to_owned(),
        });
        Ok(lines)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Fault::new(Kind::Local, format!("La lectura del Maildir se interrumpió: {error}.")))
    })
}

/// Unique name, without flags, and where the file lies just now.
fn scan(path: &Path) -> Result<Vec<(String, PathBuf)>, Fault> {
    let mut found = Vec::new();
    for half in halves(path) {
        for entry in open(&half)? {
            let entry = entry.map_err(|error| local(&half, &error))?;
            let name = entry.file_name();
            // A name that is no UTF-8 has no key; no delivery agent writes one.
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                found.push((key(name).to_owned(), entry.path()));
            }
        }
    }
    Ok(found)
}

fn list(path: &Path) -> Result<Vec<Listed>, Fault> {
    let mut listed = Vec::new();
    for (key, file) in scan(path)? {
        // Gone since the scan: another reader took it.
        let Ok(meta) = fs::metadata(&file) else { continue };
        listed.push(Listed { place: place(path, key), size: meta.len(), received: time(&meta) });
    }
    listed.sort_by(|a, b| (a.received, &a.place.key).cmp(&(b.received, &b.place.key)));
    Ok(listed)
}

fn fetch(folder: &Folder, places: &[Place]) -> Result<Fetched, Fault> {
    let files: HashMap<String, PathBuf> = scan(&folder.path)?.into_iter().collect();
    let (mut fetched, mut bite) = (Fetched::default(), 0);
    for place in places {
        let Some(file) = files.get(&place.key) else {
            fetched.gone.push(place.clone());
            continue;
        };
        match read(file, folder.max_size) {
            Ok((bytes, size, received)) => {
                bite += bytes.len() as u64;
                fetched.mails.push(Raw { place: place.clone(), received, size, bytes });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => fetched.gone.push(place.clone()),
            // One mail that cannot be read holds up no other.
            Err(error) => {
                fetched.fault = Some(local(file, &error));
                fetched.short.push(place.clone());
            }
        }
        if bite >= BITE {
            break;
        }
    }
    Ok(fetched)
}

fn read(path: &Path, max_size: u64) -> io::Result<(Vec<u8>, u64, Timestamp)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    let size = meta.len();
    let mut bytes = Vec::new();
    file.take(if size > max_size { BEGINNING.min(max_size) } else { size }).read_to_end(&mut bytes)?;
    Ok((bytes, size, time(&meta)))
}

fn settle(path: &Path, done: &Path, places: &[Place]) -> Result<Settled, Fault> {
    for half in ["tmp", "new", "cur"].map(|half| done.join(half)) {
        if let Err(error) = fs::create_dir_all(&half) {
            let keys = places.iter().map(|place| place.key.clone()).collect();
            return Ok(Settled::Refused { keys, why: local(&half, &error).what });
        }
    }
    let mut refused: Option<(Vec<String>, String)> = None;
    let files: HashMap<String, PathBuf> = scan(path)?.into_iter().collect();
    for place in places {
        let Some(file) = files.get(&place.key) else { continue };
        let target = done.join("cur").join(format!("{}:2,S", place.key));
        let moved = match fs::rename(file, &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                carry(file, &done.join("tmp").join(&place.key), &target)
            }
            moved => moved,
        };
        if let Err(error) = moved {
            let (keys, _) = refused.get_or_insert_with(|| (Vec::new(), local(file, &error).what));
            keys.push(place.key.clone());
        }
    }
    Ok(refused.map_or(Settled::Moved, |(keys, why)| Settled::Refused { keys, why }))
}

/// A move between two disks: the copy is whole and durable before the original goes.
fn carry(from: &Path, tmp: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, tmp)?;
    File::open(tmp)?.sync_all()?;
    fs::rename(tmp, to)?;
    fs::remove_file(from)
}

fn look(path: &Path) -> Result<Look, Fault> {
    let mut look = Look::default();
    for (half, seen) in halves(path).iter().zip(&mut look) {
        let changed = fs::metadata(half).ok().map(|meta| time(&meta));
        *seen = (open(half)?.count(), changed);
    }
    Ok(look)
}

/// A folder that is no Maildir yet is created: the delivery agent may come later than we.
fn open(half: &Path) -> Result<fs::ReadDir, Fault> {
    match fs::read_dir(half) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(half).and_then(|()| fs::read_dir(half)).map_err(|error| local(half, &error))
        }
        other => other.map_err(|error| local(half, &error)),
    }
}

fn halves(path: &Path) -> [PathBuf; 2] {
    [path.join("new"), path.join("cur")]
}

fn key(name: &str) -> &str {
    name.split_once(":2,").map_or(name, |(key, _)| key)
}

fn place(path: &Path, key: String) -> Place {
    Place { mailbox: path.to_string_lossy().into_owned(), validity: 0, key }
}

fn time(meta: &fs::Metadata) -> Timestamp {
    meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn local(path: &Path, error: &io::Error) -> Fault {
    Fault::new(
        Kind::Local,
        format!("No se puede usar {}: {}. Revise que exista y sus permisos.", path.display(), refusal::say(error)),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn maildir(max_size: u64) -> (tempfile::TempDir, Maildir) {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder { path: home.path().join("in"), done: Some(home.path().join("hechos")), max_size };
        fs::create_dir_all(folder.path.join("new")).unwrap();
        (home, Maildir::new(folder))
    }

    fn keys(listed: &[Listed]) -> Vec<&str> {
        listed.iter().map(|mail| mail.place.key.as_str()).collect()
    }

    #[tokio::test]
    async fn a_mail_keeps_its_key_while_other_readers_flag_it() {
        let (home, mut inbox) = maildir(1000);
        let path = home.path().join("in");
        fs::write(path.join("new/1.a"), "hola").unwrap();
        let listed = inbox.list().await.unwrap();
        assert_eq!(keys(&listed), ["1.a"]);
        fs::rename(path.join("new/1.a"), path.join("cur/1.a:2,RS")).unwrap();
        assert_eq!(inbox.list().await.unwrap(), listed);
        let places = [listed[0].place.clone(), Place { key: "2.b".into(), ..listed[0].place.clone() }];
        let fetched = inbox.fetch(&places).await.unwrap();
        assert_eq!(fetched.mails[0].bytes, b"hola");
        assert!(fetched.mails[0].is_whole());
        assert_eq!(fetched.gone, places[1..]);
    }

    #[tokio::test]
    async fn of_a_big_mail_only_the_beginning_comes() {
        let (home, mut inbox) = maildir(1000);
        fs::write(home.path().join("in/new/1.a"), vec![b'x'; 5000]).unwrap();
        let listed = inbox.list().await.unwrap();
        let mail = inbox.fetch(&[listed[0].place.clone()]).await.unwrap().mails.remove(0);
        assert_eq!((mail.size, mail.bytes.len(), mail.is_whole()), (5000, 1000, false));
    }

    #[tokio::test]
    async fn a_mail_that_cannot_be_read_holds_up_no_other() {
        let (home, mut inbox) = maildir(1000);
        let new = home.path().join("in/new");
        for name in ["1.a", "2.b"] {
            fs::write(new.join(name), "hola").unwrap();
        }
        fs::set_permissions(new.join("1.a"), fs::Permissions::from_mode(0o000)).unwrap();
        // Nothing is closed to root.
        let is_root = File::open(new.join("1.a")).is_ok();
        let mut places: Vec<Place> = inbox.list().await.unwrap().into_iter().map(|mail| mail.place).collect();
        places.sort();
        let fetched = inbox.fetch(&places).await.unwrap();
        assert_eq!(fetched.mails.last().unwrap().place.key, "2.b");
        assert_eq!((fetched.mails.len(), fetched.short.len()), if is_root { (2, 0) } else { (1, 1) });
        let alone = inbox.fetch(&places[..1]).await.unwrap();
        assert_eq!(alone.fault.is_none(), is_root, "why it cannot be read is told");
    }

    #[tokio::test]
    async fn a_probe_counts_and_does_not_create_a_folder_that_is_missing() {
        let (home, mut inbox) = maildir(1000);
        fs::write(home.path().join("in/new/1.a"), "hola").unwrap();
        assert!(inbox.probe().await.unwrap()[0].ends_with(": 1."));
        let folder = Folder { path: home.path().join("mal"), done: None, max_size: 1000 };
        let fault = Maildir::new(folder).probe().await.unwrap_err();
        assert!(fault.kind == Kind::Local && !home.path().join("mal").exists(), "{fault}");
    }

    #[tokio::test]
    async fn finished_mails_that_cannot_be_moved_are_named_and_the_mailbox_is_well() {
        let (home, mut inbox) = maildir(1000);
        fs::write(home.path().join("in/new/1.a"), "hola").unwrap();
        let places: Vec<Place> = inbox.list().await.unwrap().into_iter().map(|mail| mail.place).collect();
        let done = home.path().join("hechos");
        fs::write(&done, "no soy carpeta").unwrap();
        let settled = inbox.done(&places).await.unwrap();
        assert!(matches!(&settled, Settled::Refused { keys, .. } if *keys == ["1.a"]), "{settled:?}");
        fs::remove_file(&done).unwrap();
        assert_eq!(inbox.done(&places).await.unwrap(), Settled::Moved);
    }

    #[tokio::test]
    async fn done_moves_and_may_be_asked_again() {
        let (home, mut inbox) = maildir(1000);
        fs::write(home.path().join("in/new/1.a"), "hola").unwrap();
        let places: Vec<Place> = inbox.list().await.unwrap().into_iter().map(|mail| mail.place).collect();
        for _ in 0..2 {
            assert_eq!(inbox.done(&places).await.unwrap(), Settled::Moved);
        }
        assert!(inbox.list().await.unwrap().is_empty());
        assert_eq!(fs::read(home.path().join("hechos/cur/1.a:2,S")).unwrap(), b"hola");
    }

    #[tokio::test]
    async fn wait_returns_when_mail_comes_and_when_it_came_before() {
        let (home, mut inbox) = maildir(1000);
        inbox.list().await.unwrap();
        fs::write(home.path().join("in/new/1.a"), "hola").unwrap();
        let begun = Instant::now();
        inbox.wait(Duration::from_secs(60)).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30));
        inbox.list().await.unwrap();
        inbox.wait(Duration::from_millis(50)).await.unwrap();
    }
}
