//! The file of the keys: ours alone to read, made at the first start, replaced whole or not at all.
use crate::net::secret::Secret;
use crate::seal::ring::{OCTETS, Ring};
use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::Date;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file longer than this is a wrong one.
const LONGEST: u64 = 64 * 1024;

/// Reads the ring. A file that is not there yet is made, with one key in it.
pub fn open(place: &Secret, today: Date) -> Result<Ring> {
    let path = path(place)?;
    match fs::exists(&path).with_context(|| format!("no se puede leer el archivo de llaves {}", path.display()))? {
        true => read(place),
        false => {
            let ring = Ring::new(fresh()?, today);
            write(&path, &ring)?;
            Ok(ring)
        }
    }
}

/// Reads the ring, which must be there.
pub fn read(place: &Secret) -> Result<Ring> {
    let path = path(place)?;
    let wrong = || format!("no se puede leer el archivo de llaves {}", path.display());
    let file = File::open(&path).with_context(wrong)?;
    let mode = file.metadata().with_context(wrong)?.mode();
    if matches!(place, Secret::File(_)) && mode & 0o077 != 0 {
        bail!("otros usuarios pueden leer las llaves de {0}: ejecute «chmod 600 {0}»", path.display());
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).with_context(wrong)?;
    Ring::parse(&text).map_err(|what| anyhow!("{}: {what}", path.display()))
}

/// Changes the ring in its file. A systemd credential is not ours to change.
pub fn change<T>(place: &Secret, change: impl FnOnce(&mut Ring) -> Option<T>) -> Result<Option<T>> {
    let Secret::File(path) = place else {
        bail!("las llaves están en una credencial de systemd: cámbielas donde se guarda esa credencial");
    };
    let mut ring = read(place)?;
    let done = change(&mut ring);
    if done.is_some() {
        write(path, &ring)?;
    }
    Ok(done)
}

/// Octets that nobody can guess.
pub fn fresh() -> Result<[u8; OCTETS]> {
    let mut secret = [0; OCTETS];
    getrandom::fill(&mut secret).map_err(|error| anyhow!("el sistema no da números al azar: {error}"))?;
    Ok(secret)
}

fn path(place: &Secret) -> Result<PathBuf> {
    match place {
        Secret::File(path) => Ok(path.clone()),
        Secret::Credential(name) => {
            let dir = std::env::var_os("CREDENTIALS_DIRECTORY")
                .with_context(|| format!("la credencial «{name}» solo existe bajo systemd"))?;
            Ok(Path::new(&dir).join(name))
        }
    }
}

/// Beside the old one first, then in its place: a cut leaves the one or the other.
fn write(path: &Path, ring: &Ring) -> Result<()> {
    let wrong = || format!("no se puede escribir el archivo de llaves {}", path.display());
    let beside = path.with_extension("nuevo");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(wrong),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).with_context(wrong)?;
    file.write_all(ring.text().as_bytes()).and_then(|()| file.sync_all()).with_context(wrong)?;
    fs::rename(&beside, path).with_context(wrong)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn today() -> Date {
        "2026-11-25".parse().unwrap()
    }

    #[test]
    fn the_first_start_makes_a_key_that_only_we_can_read_and_the_next_one_finds_it() {
        let home = tempfile::tempdir().unwrap();
        let place = Secret::File(home.path().join("llaves"));
        let ring = open(&place, today()).unwrap();
        assert_eq!(open(&place, today()).unwrap(), ring);
        assert_eq!(fs::metadata(home.path().join("llaves")).unwrap().mode() & 0o777, 0o600);
        let kid = change(&place, |ring| ring.rotate(fresh().unwrap(), today())).unwrap();
        assert_eq!((kid, read(&place).unwrap().list().len()), (Some(2), 2));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside");
    }

    #[test]
    fn a_file_that_others_read_is_refused_with_the_remedy() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("llaves");
        let place = Secret::File(path.clone());
        open(&place, today()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&place).unwrap_err().to_string().contains("chmod 600"));
    }
}
