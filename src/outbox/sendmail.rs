//! The machine's own sendmail: a child process that reads one letter and says by its exit code what became of it.
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use crate::net::fault::{Fault, Kind, quote};
use crate::outbox::outcome::Outcome;
use crate::spanish::refusal;

/// A sendmail that works longer at one letter is hanging.
const LIMIT: Duration = Duration::from_secs(120);
/// So much of its complaints is read.
const COMPLAINT: u64 = 4096;

#[derive(Debug)]
pub struct Sendmail {
    command: PathBuf,
}

impl Sendmail {
    pub fn new(command: PathBuf) -> Sendmail {
        Sendmail { command }
    }

    pub async fn send(&self, from: &str, to: &str, bytes: &[u8]) -> Outcome {
        let name = self.command.display();
        match timeout(LIMIT, self.run(from, to, bytes)).await {
            Err(_) => Outcome::Later { why: format!("{name} no terminó a tiempo.") },
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Outcome::Closed {
                kind: Kind::Local,
                why: format!(
                    "No existe {name}: instale un servidor de correo o corrija `command` en la configuración."
                ),
            },
            Ok(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => Outcome::Closed {
                kind: Kind::Local,
                why: format!("No se puede ejecutar {name}: {}.", refusal::say(&error)),
            },
            Ok(Err(error)) => Outcome::Later { why: format!("No se pudo ejecutar {name}: {}.", refusal::say(&error)) },
            Ok(Ok((status, words))) => verdict(status, &quote(&words)),
        }
    }

    pub fn probe(&self) -> Result<Vec<String>, Fault> {
        let name = self.command.display();
        match self.command.metadata() {
            Ok(meta) if meta.is_file() && meta.mode() & 0o111 != 0 => {
                Ok(vec![format!("Las cartas se entregarán a {name}.")])
            }
            Ok(_) => Err(Fault::new(Kind::Local, format!("{name} no es un programa."))),
            Err(error) => Err(Fault::new(Kind::Local, format!("No se puede usar {name}: {}.", refusal::say(&error)))),
        }
    }

    /// No shell; the recipient is an argument after `--`; a lone dot in the letter ends nothing (`-i`).
    async fn run(&self, from: &str, to: &str, bytes: &[u8]) -> io::Result<(ExitStatus, String)> {
        let mut child = Command::new(&self.command)
            .args(["-i", "-f", from, "--", to])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
        let letter = local_lines(bytes);
        let write = async {
            // A program that stops reading says why by its exit code.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(&letter).await;
                let _ = stdin.shutdown().await;
            }
        };
        let read = async {
            let mut words = Vec::new();
            if let Some(stderr) = stderr {
                let mut stderr = stderr.take(COMPLAINT);
                let _ = stderr.read_to_end(&mut words).await;
                // What follows is drained, so that the program does not stop at a full pipe.
                let _ = tokio::io::copy(&mut stderr.into_inner(), &mut tokio::io::sink()).await;
            }
            String::from_utf8_lossy(&words).into_owned()
        };
        let ((), words, status) = tokio::join!(write, read, child.wait());
        Ok((status?, words))
    }
}

/// A pipe to sendmail carries this machine's line ends, not the wire's.
fn local_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                lines.extend_from_slice(text);
                lines.push(b'\n');
            }
            None => lines.extend_from_slice(line),
        }
    }
    lines
}

/// The codes of `sysexits.h`. What is about the letter or its recipient is final; what is about this machine is not.
fn verdict(status: ExitStatus, words: &str) -> Outcome {
    let said = |what: &str| if words.is_empty() { format!("{what}.") } else { format!("{what}: {words}") };
    match status.code() {
        Some(0) => Outcome::Sent { receipt: "sendmail".to_owned() },
        Some(65) => Outcome::Never { why: said("El correo de esta máquina no acepta el contenido de la carta") },
        Some(67) => Outcome::Never { why: said("El destinatario no existe") },
        Some(68) => Outcome::Never { why: said("El dominio del destinatario no existe") },
        // Some give it for a recipient who is refused or a letter that is too large, others for all of them.
        Some(69) => Outcome::Doubtful { why: said("El correo de esta máquina no acepta la carta") },
        Some(64 | 72 | 77 | 78 | 126 | 127) => {
            Outcome::Closed { kind: Kind::Local, why: said("El correo de esta máquina no está bien configurado") }
        }
        Some(code) => {
            Outcome::Later { why: said(&format!("El correo de esta máquina no pudo ahora (código {code})")) }
        }
        None => Outcome::Later { why: said("El correo de esta máquina se interrumpió") },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn program(body: &str) -> (tempfile::TempDir, Sendmail) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("sendmail");
        fs::write(&path, format!("#!/bin/sh\ncd {}\n{body}\n", home.path().display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (home, Sendmail::new(path))
    }

    #[tokio::test]
    async fn the_letter_and_its_envelope_arrive_as_they_are() {
        let (home, sendmail) = program("printf '%s|' \"$@\" > args; cat > letter");
        let outcome = sendmail.send("mesa@x.co", "-rm@x.co", b"Subject: x\r\n\r\n.\r\n$(id)\r\n").await;
        assert_eq!(outcome, Outcome::Sent { receipt: "sendmail".into() });
        assert_eq!(fs::read_to_string(home.path().join("args")).unwrap(), "-i|-f|mesa@x.co|--|-rm@x.co|");
        assert_eq!(fs::read(home.path().join("letter")).unwrap(), b"Subject: x\n\n.\n$(id)\n");
    }

    #[tokio::test]
    async fn exit_codes_tell_the_letter_from_the_machine() {
        for (code, expected) in
            [(75, "Later"), (69, "Doubtful"), (67, "Never"), (68, "Never"), (65, "Never"), (78, "Closed"), (1, "Later")]
        {
            let (_home, sendmail) = program(&format!("echo 'no fue' >&2; exit {code}"));
            let outcome = format!("{:?}", sendmail.send("mesa@x.co", "ana@x.co", &[b'x'; 200_000]).await);
            assert!(outcome.starts_with(expected) && outcome.contains("no fue"), "{code}: {outcome}");
        }
        let gone = Sendmail::new("/no/hay/sendmail".into());
        assert!(matches!(gone.send("a@x.co", "b@x.co", b"x").await, Outcome::Closed { .. }));
        assert!(gone.probe().is_err());
    }

    #[tokio::test]
    async fn a_talkative_program_does_not_hang() {
        let (_home, sendmail) = program("cat >/dev/null; head -c 300000 /dev/zero | tr '\\0' x >&2; exit 75");
        assert!(matches!(sendmail.send("a@x.co", "b@x.co", b"x").await, Outcome::Later { .. }));
    }
}
