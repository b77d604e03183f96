//! Passwords: read from a file only we can read or from a systemd credential, at each login, and printed nowhere.
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::net::fault::{Fault, Kind};
use crate::spanish::refusal;

/// A password longer than this is a wrong file.
const LONGEST: u64 = 4096;

/// Where a password lies. It is read again at each login, so that a corrected one takes effect without a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A file of mode 0600 or 0400.
    File(PathBuf),
    /// The name of a systemd credential (`LoadCredential=`), a file of `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// The password itself. Neither `Debug` nor anything else prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Secret {
    pub fn read(&self) -> Result<Password, Fault> {
        match self {
            Secret::File(path) => {
                let file = open(path)?;
                let mode = file.metadata().map_err(|error| unreadable(path, &error))?.mode();
                if mode & 0o077 != 0 {
                    let path = path.display();
                    return Err(local(format!(
                        "Otros usuarios pueden leer la contraseña de {path}: ejecute «chmod 600 {path}»."
                    )));
                }
                password(path, file)
            }
            Secret::Credential(name) => credential(name, std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)),
        }
    }
}

impl Secret {
    /// Another word takes the place of this one, whole or not at all. A credential is systemd's, and stays as it is.
    pub(crate) fn replace(&self, word: &Password) -> Result<(), Fault> {
        match self {
            Secret::File(path) => write(path, word.reveal())
                .map_err(|error| local(format!("No se puede escribir {}: {}.", path.display(), refusal::say(&error)))),
            Secret::Credential(name) => {
                Err(local(format!("La credencial «{name}» no se puede cambiar desde el servicio.")))
            }
        }
    }
}

fn write(path: &Path, word: &str) -> std::io::Result<()> {
    let beside = path.with_extension("nuevo");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(format!("{word}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

impl Password {
    pub(crate) fn new(word: String) -> Password {
        Password(word)
    }

    /// For whoever must put it on the wire.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// systemd alone decides who reads a credential: its mode is not ours to judge.
fn credential(name: &str, directory: Option<PathBuf>) -> Result<Password, Fault> {
    if name.is_empty() || name.contains('/') || name == ".." {
        return Err(local(format!("«{name}» no es el nombre de una credencial.")));
    }
    let directory = directory.ok_or_else(|| {
        local(format!(
            "La credencial «{name}» solo existe bajo systemd: agregue LoadCredential={name}:… a la unidad, o use un archivo."
        ))
    })?;
    let path = directory.join(name);
    password(&path, open(&path)?)
}

fn open(path: &Path) -> Result<File, Fault> {
    File::open(path).map_err(|error| unreadable(path, &error))
}

fn password(path: &Path, file: File) -> Result<Password, Fault> {
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    let word = text.trim_end_matches(['\r', '\n']);
    let path = path.display();
    if word.is_empty() {
        return Err(local(format!("La contraseña de {path} está vacía.")));
    }
    if text.len() as u64 > LONGEST || word.contains(['\r', '\n', '\0']) {
        return Err(local(format!("{path} no es una contraseña: debe tener una sola línea.")));
    }
    Ok(Password(word.to_owned()))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    local(format!("No se puede leer la contraseña de {}: {}.", path.display(), refusal::say(error)))
}

fn local(what: String) -> Fault {
    Fault::new(Kind::Local, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, Secret) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("clave");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (home, Secret::File(path))
    }

    #[test]
    fn only_the_last_line_break_is_not_part_of_a_password() {
        let (_home, secret) = file(" con espacios y ñ \r\n", 0o600);
        assert_eq!(secret.read().unwrap().reveal(), " con espacios y ñ ");
    }

    #[test]
    fn a_file_that_others_read_is_refused_with_the_remedy() {
        let (_home, secret) = file("x\n", 0o640);
        let fault = secret.read().unwrap_err();
        assert_eq!(fault.kind, Kind::Local);
        assert!(fault.what.contains("chmod 600"), "{fault}");
    }

    #[test]
    fn what_is_no_password_is_refused() {
        for text in ["", "\n", "una\ndos\n", &"x".repeat(5000)] {
            let (_home, secret) = file(text, 0o600);
            assert_eq!(secret.read().unwrap_err().kind, Kind::Local, "{text:.9}");
        }
        assert_eq!(Secret::Credential("../passwd".into()).read().unwrap_err().kind, Kind::Local);
    }

    #[test]
    fn a_credential_is_a_file_of_the_directory_that_systemd_names() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("imap_password"), "clave\n").unwrap();
        let read = |name: &str| credential(name, Some(home.path().to_owned()));
        assert_eq!(read("imap_password").unwrap().reveal(), "clave");
        for (name, sign) in
            [("otra", "No se puede leer"), ("../imap_password", "no es el nombre"), ("", "no es el nombre")]
        {
            assert!(read(name).unwrap_err().what.contains(sign), "{name}");
        }
        assert!(credential("imap_password", None).unwrap_err().what.contains("LoadCredential=imap_password"));
    }

    #[test]
    fn a_word_that_took_anothers_place_is_as_private() {
        let (_home, secret) = file("vieja\n", 0o600);
        secret.replace(&Password::new("nueva".to_owned())).unwrap();
        assert_eq!(secret.read().unwrap().reveal(), "nueva");
        assert!(Secret::Credential("x".into()).replace(&Password::new(String::new())).is_err());
    }

    #[test]
    fn nothing_prints_it() {
        let (_home, secret) = file("canario\n", 0o600);
        let word = secret.read().unwrap();
        assert!(!format!("{word:?} {secret:?}").contains("canario"));
    }
}
