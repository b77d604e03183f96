//! Why the line, the server or the disk would not: a kind for the program, a sentence for the administrator.
use std::fmt;
use std::io;

/// Longest piece of a server's own words that is shown to a person.
const QUOTED: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No answer, a broken line, a server that is not ready: goes away by itself.
    Unreachable,
    /// The server's certificate does not prove who it is, or the line cannot be protected.
    Untrusted,
    /// A wrong password or a permission that is missing: somebody has to mend it.
    Refused,
    /// The server said what the protocol does not allow, or refused an ordinary command.
    Protocol,
    /// Something of this machine: a file, a folder, a credential.
    Local,
}

/// A failure of the wire. It displays as one Spanish sentence that says what happened, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub what: String,
}

impl Fault {
    pub fn new(kind: Kind, what: impl Into<String>) -> Fault {
        Fault { kind, what: what.into() }
    }

    /// A read, a write or a connection that failed.
    pub fn line(server: &str, error: &io::Error) -> Fault {
        let what = match error.kind() {
            io::ErrorKind::TimedOut => format!("{server} dejó de responder."),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                format!("{server} cortó la conexión.")
            }
            io::ErrorKind::ConnectionRefused => {
                format!("{server} no acepta conexiones: revise que el servidor esté encendido y que el puerto sea ese.")
            }
            _ => format!("Se perdió la conexión con {server}: {error}."),
        };
        Fault::new(Kind::Unreachable, what)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}

/// A server's own words made fit for a terminal and a log: one line, no control characters, not too long.
pub fn quote(words: &str) -> String {
    let clean = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quoted: String = clean.chars().filter(|c| !c.is_control()).take(QUOTED).collect();
    if clean.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    quoted
}

/// The same words fit for a log: whose address they repeat stays out of it («550 5.1.1 <ana@x.co>: User unknown»).
pub fn anonymous(words: &str) -> String {
    let hide = |word: &str| if word.contains('@') { "…@…".to_owned() } else { word.to_owned() };
    words.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_holds_no_address() {
        let said = "smtp.x.co:465 no acepta al destinatario: 550 5.1.1 <ana@x.co>: User unknown";
        assert_eq!(anonymous(said), "smtp.x.co:465 no acepta al destinatario: 550 5.1.1 …@… User unknown");
    }

    #[test]
    fn a_servers_words_are_tamed() {
        assert_eq!(quote("5.1.1 no\r\n existe \u{1b}[31m"), "5.1.1 no existe [31m");
        let long = quote(&"ñ".repeat(1000));
        assert_eq!(long.chars().count(), QUOTED + 1);
        assert!(long.ends_with('…'));
    }
}
