//! A line to a real server that breaks, once, in the way it is told to.
//!
//! ```ignore
//! let proxy = Proxy::before(servers.imap);           // proxy.port leads to the server
//! proxy.break_once(Fault::CutFromServer(700));       // the next connection to bring 700 octets ends there
//! assert!(proxy.has_broken());
//! ```
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Commands are named by how they begin, without their tag; «UID FETCH*BODY» is one that goes on with BODY somewhere.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The line ends after so many octets from the server.
    CutFromServer(usize),
    /// … from the client.
    CutFromClient(usize),
    /// This command never reaches the server: these words are the answer, `{tag}` in them its tag.
    Answer { to: &'static str, words: &'static str },
    /// … and then the line ends.
    LastWords { to: &'static str, words: &'static str },
    /// The server hears the command and answers; the line ends before the answer comes through.
    Unheard(&'static str),
    /// The n-th line of the server has these before it.
    Interjection(usize, &'static str),
    /// The next literal says that it is longer by so much.
    Lie(i64),
}

type Pending = Arc<Mutex<Option<Fault>>>;

pub struct Proxy {
    pub port: u16,
    pending: Pending,
}

impl Proxy {
    pub fn before(server: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy { port: listener.local_addr().unwrap().port(), pending: Pending::default() };
        let pending = Arc::clone(&proxy.pending);
        // Ends with the test program.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (up, down) = (Line::new(&client, &server, &pending), Line::new(&server, &client, &pending));
                thread::spawn(move || drop(up.carry_up()));
                thread::spawn(move || drop(down.carry_down()));
            }
        });
        proxy
    }

    pub fn break_once(&self, fault: Fault) {
        *self.pending.lock().unwrap() = Some(fault);
    }

    pub fn has_broken(&self) -> bool {
        self.pending.lock().unwrap().is_none()
    }
}

/// One direction of a connection.
struct Line {
    from: BufReader<TcpStream>,
    to: TcpStream,
    pending: Pending,
}

impl Line {
    fn new(from: &TcpStream, to: &TcpStream, pending: &Pending) -> Line {
        let [from, to] = [from, to].map(|end| end.try_clone().unwrap());
        to.set_nodelay(true).unwrap();
        Line { from: BufReader::new(from), to, pending: Arc::clone(pending) }
    }

    /// The fault, if it is this one's turn; it happens once.
    fn now(&self, is_it: impl Fn(&Fault) -> bool) -> Option<Fault> {
        self.pending.lock().unwrap().take_if(|fault| is_it(fault))
    }

    fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let read = self.from.read_until(b'\n', &mut line);
        if matches!(read, Ok(0) | Err(_)) {
            self.cut();
            return read.map(|_| None);
        }
        Ok(Some(line))
    }

    fn cut(&self) {
        let _ = self.from.get_ref().shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }

    fn carry_up(mut self) -> std::io::Result<()> {
        let mut octets = 0;
        while let Some(line) = self.next()? {
            octets += line.len();
            let text = String::from_utf8_lossy(&line).into_owned();
            let is_it = |fault: &Fault| match fault {
                Fault::CutFromClient(most) => octets > *most,
                Fault::Answer { to, .. } | Fault::LastWords { to, .. } | Fault::Unheard(to) => is(&text, to),
                Fault::CutFromServer(_) | Fault::Interjection(..) | Fault::Lie(_) => false,
            };
            match self.now(is_it) {
                None => self.to.write_all(&line)?,
                Some(Fault::Answer { words, .. }) => self.answer(&text, words)?,
                Some(Fault::LastWords { words, .. }) => {
                    self.answer(&text, words)?;
                    self.cut();
                }
                Some(Fault::Unheard(_)) => {
                    // From here on the other direction is deaf: its first octet ends the line.
                    *self.pending.lock().unwrap() = Some(Fault::CutFromServer(0));
                    self.to.write_all(&line)?;
                }
                Some(_) => {
                    let kept = line.len() - line.len() / 2;
                    self.to.write_all(&line[..kept])?;
                    self.cut();
                }
            }
        }
        Ok(())
    }

    fn carry_down(mut self) -> std::io::Result<()> {
        let (mut octets, mut lines) = (0, 0);
        while let Some(mut line) = self.next()? {
            (octets, lines) = (octets + line.len(), lines + 1);
            let text = String::from_utf8_lossy(&line).into_owned();
            let is_it = |fault: &Fault| match fault {
                Fault::CutFromServer(most) => octets > *most,
                Fault::Interjection(nth, _) => lines >= *nth && (text.starts_with("* ") || text.starts_with('T')),
                Fault::Lie(_) => text.ends_with("}\r\n"),
                Fault::CutFromClient(_) | Fault::Answer { .. } | Fault::LastWords { .. } | Fault::Unheard(_) => false,
            };
            match self.now(is_it) {
                Some(Fault::CutFromServer(most)) => {
                    self.to.write_all(&line[..line.len().saturating_sub(octets - most)])?;
                    self.cut();
                    continue;
                }
                Some(Fault::Interjection(_, words)) => self.to.write_all(words.as_bytes())?,
                Some(Fault::Lie(by)) => {
                    let (before, size) = text.trim_end_matches("}\r\n").rsplit_once('{').unwrap();
                    line = format!("{before}{{{}}}\r\n", size.parse::<i64>().unwrap() + by).into_bytes();
                }
                Some(_) | None => {}
            }
            self.to.write_all(&line)?;
        }
        Ok(())
    }

    fn answer(&mut self, command: &str, words: &str) -> std::io::Result<()> {
        let tag = command.split(' ').next().unwrap_or_default();
        self.from.get_mut().write_all(words.replace("{tag}", tag).as_bytes())
    }
}

/// Is this line of a client that command, with or without a tag?
fn is(line: &str, command: &str) -> bool {
    if command == "." {
        return line == ".\r\n";
    }
    let untagged = line.split_once(' ').map_or("", |(_, rest)| rest);
    let (begins, goes_on) = command.split_once('*').unwrap_or((command, ""));
    [line, untagged].iter().any(|line| line.starts_with(begins) && line.contains(goes_on))
}
