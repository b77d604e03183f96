//! A Maildir as a way out: for the demo and the tests, where no server is, and for an office that looks before it sends.
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::net::fault::{Fault, Kind};
use crate::outbox::outcome::Outcome;
use crate::spanish::refusal;

#[derive(Debug)]
pub struct Maildir {
    path: PathBuf,
}

impl Maildir {
    pub fn new(path: PathBuf) -> Maildir {
        Maildir { path }
    }

    pub async fn send(&self, from: &str, to: &str, bytes: &[u8]) -> Outcome {
        let (path, name, bytes) = (self.path.clone(), name(from, to, bytes), bytes.to_vec());
        let work = spawn_blocking(move || deliver(&path, &name, &bytes).map(|()| name));
        match work.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(receipt) => Outcome::Sent { receipt },
            Err(error) => Outcome::Closed { kind: Kind::Local, why: unusable(&self.path, &error).what },
        }
    }

    pub fn probe(&self) -> Result<Vec<String>, Fault> {
        prepare(&self.path).map_err(|error| unusable(&self.path, &error))?;
        Ok(vec![format!("Las cartas se dejarán en {}.", self.path.display())])
    }
}

/// The same letter to the same person has the same name: sent again after a crash, it replaces itself.
fn name(from: &str, to: &str, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [from.as_bytes(), b"\0", to.as_bytes(), b"\0", bytes] {
        hash.update(part);
    }
    format!("{:.32x}.mesa-tic", hash.finalize())
}

/// Whole and durable in `tmp` before it appears in `new`.
fn deliver(path: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    prepare(path)?;
    let (tmp, new) = (path.join("tmp").join(name), path.join("new"));
    let mut file = File::create(&tmp)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&tmp, new.join(name))?;
    File::open(new)?.sync_all()
}

fn prepare(path: &Path) -> io::Result<()> {
    ["tmp", "new", "cur"].iter().try_for_each(|half| fs::create_dir_all(path.join(half)))
}

fn unusable(path: &Path, error: &io::Error) -> Fault {
    Fault::new(
        Kind::Local,
        format!(
            "No se pueden dejar cartas en {}: {}. Revise sus permisos y el disco.",
            path.display(),
            refusal::say(error)
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_letter_sent_twice_lies_there_once() {
        let home = tempfile::tempdir().unwrap();
        let outbox = Maildir::new(home.path().join("salida"));
        for _ in 0..2 {
            let outcome = outbox.send("mesa@x.co", "ana@x.co", b"Subject: hola\r\n\r\n").await;
            assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
        }
        outbox.send("mesa@x.co", "luis@x.co", b"Subject: hola\r\n\r\n").await;
        assert_eq!(fs::read_dir(home.path().join("salida/new")).unwrap().count(), 2);
        assert_eq!(fs::read_dir(home.path().join("salida/tmp")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_blames_no_letter() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("salida"), "no soy carpeta").unwrap();
        let outcome = Maildir::new(home.path().join("salida")).send("a@x.co", "b@x.co", b"x").await;
        assert!(matches!(outcome, Outcome::Closed { kind: Kind::Local, .. }), "{outcome:?}");
    }
}
