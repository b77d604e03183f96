//! Servers that misbehave in ways no real one does on demand: a listener on loopback and a script.
//!
//! ```ignore
//! let fake = Fake::imap(|tag, command| match command {
//!     "NOOP" => Some(say(format!("{tag} NO [UNAVAILABLE] luego\r\n"))),
//!     _ => None,                                  // as a well-behaved server would
//! }).await;
//! // fake.port; fake.heard() are the lines of all connections so far; fake.connections() how many there were
//! ```
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a script answers.
#[derive(Clone, Debug)]
pub enum Say {
    Words(Vec<u8>),
    /// These words, and then the line is cut.
    Last(Vec<u8>),
    /// An octet a second, for ever.
    Drip(u8),
    Nothing,
}

pub fn say(words: impl Into<Vec<u8>>) -> Say {
    Say::Words(words.into())
}

pub fn last(words: impl Into<Vec<u8>>) -> Say {
    Say::Last(words.into())
}

pub struct Fake {
    pub port: u16,
    log: Arc<Mutex<(usize, Vec<String>)>>,
}

impl Fake {
    pub fn heard(&self) -> Vec<String> {
        self.log.lock().unwrap().1.clone()
    }

    pub fn connections(&self) -> usize {
        self.log.lock().unwrap().0
    }

    /// How many lines began with `word`.
    pub fn count(&self, word: &str) -> usize {
        self.heard().iter().filter(|line| line.starts_with(word)).count()
    }

    /// An IMAP server with one mail of UID 1 (10 octets) under UIDVALIDITY 7. The script sees tag and command; `None` leaves
    /// the answer to the server. Its log has commands without tags.
    pub async fn imap(script: impl Fn(&str, &str) -> Option<Say> + Send + Sync + 'static) -> Fake {
        Fake::greeting("* OK fake\r\n", script).await
    }

    pub async fn greeting(
        greeting: &'static str,
        script: impl Fn(&str, &str) -> Option<Say> + Send + Sync + 'static,
    ) -> Fake {
        let answer = move |line: &str, _: usize| {
            let (tag, command) = line.split_once(' ').unwrap_or(("", line));
            script(tag, command).unwrap_or_else(|| well_behaved(tag, command))
        };
        let log = |line: &str| line.split_once(' ').map_or(line, |(_, command)| command).to_owned();
        Fake::serve(say(greeting), answer, log).await
    }

    /// An SMTP server. The script sees each line and how many came before it on this connection; `None` leaves the answer to
    /// the server. The text of a letter is not shown to the script until its final dot; it is all in the log.
    pub async fn smtp(script: impl Fn(&str, usize) -> Option<Say> + Send + Sync + 'static) -> Fake {
        Fake::smtp_greeting(say("220 fake\r\n"), script).await
    }

    pub async fn smtp_greeting(
        greeting: Say,
        script: impl Fn(&str, usize) -> Option<Say> + Send + Sync + 'static,
    ) -> Fake {
        let inside = Mutex::new(false);
        let answer = move |line: &str, nth: usize| {
            let mut inside = inside.lock().unwrap();
            if nth == 0 {
                *inside = false;
            }
            if *inside && line != "." {
                return Say::Nothing;
            }
            *inside = line == "DATA";
            script(line, nth).unwrap_or_else(|| match line.split(' ').next().unwrap_or_default() {
                "EHLO" => say("250-fake\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"),
                "DATA" => say("354 go\r\n"),
                "AUTH" => say("235 in\r\n"),
                "." => say("250 2.0.0 queued as FAKE1\r\n"),
                "QUIT" => last("221 bye\r\n"),
                _ => say("250 2.0.0 ok\r\n"),
            })
        };
        Fake::serve(greeting, answer, str::to_owned).await
    }

    async fn serve(
        greeting: Say,
        answer: impl Fn(&str, usize) -> Say + Send + Sync + 'static,
        note: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Fake { port: listener.local_addr().unwrap().port(), log: Arc::default() };
        let (log, answer, note) = (Arc::clone(&fake.log), Arc::new(answer), Arc::new(note));
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                log.lock().unwrap().0 += 1;
                let (log, answer, note, greeting) =
                    (Arc::clone(&log), Arc::clone(&answer), Arc::clone(&note), greeting.clone());
                tokio::spawn(async move {
                    let mut line = BufReader::new(line);
                    let mut nth = 0;
                    let mut next = greeting;
                    while speak(&mut line, &next).await {
                        let mut words = Vec::new();
                        if line.read_until(b'\n', &mut words).await.unwrap_or(0) == 0 {
                            return;
                        }
                        let words = String::from_utf8_lossy(&words);
                        let words = words.trim_end_matches(['\r', '\n']);
                        log.lock().unwrap().1.push(note(words));
                        next = answer(words, nth);
                        nth += 1;
                    }
                });
            }
        });
        fake
    }
}

/// Is the line still open afterwards?
async fn speak(line: &mut BufReader<TcpStream>, words: &Say) -> bool {
    match words {
        Say::Words(words) => line.write_all(words).await.is_ok(),
        Say::Last(words) => {
            let _ = line.write_all(words).await;
            let _ = line.shutdown().await;
            false
        }
        Say::Drip(octet) => {
            while line.write_all(&[*octet]).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            false
        }
        Say::Nothing => true,
    }
}

fn well_behaved(tag: &str, command: &str) -> Say {
    let verb = command.strip_prefix("UID ").unwrap_or(command).split(' ').next().unwrap_or_default();
    let data = match verb {
        "CAPABILITY" => "* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN SASL-IR\r\n",
        "SELECT" | "EXAMINE" => "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS (\\Deleted \\*)] x\r\n",
        "LIST" => "* LIST () \"/\" \"x\"\r\n",
        "FETCH" if command.contains("BODY") => "* 1 FETCH (UID 1 BODY[] {10}\r\n0123456789)\r\n",
        "FETCH" => "* 1 FETCH (UID 1 RFC822.SIZE 10 INTERNALDATE \"25-Nov-2026 08:00:00 -0500\")\r\n",
        _ => "",
    };
    match verb {
        "IDLE" => say("+ idling\r\n"),
        "LOGOUT" => last(format!("* BYE\r\n{tag} OK\r\n")),
        _ if command.is_empty() || tag.is_empty() => Say::Nothing,
        _ => say(format!("{data}{tag} OK done\r\n")),
    }
}
