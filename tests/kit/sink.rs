//! A mail server that takes every letter and remembers it: what it said 250 to has arrived, whoever died meanwhile.
//!
//! ```ignore
//! let sink = Sink::open();                           // SMTP without TLS and without login on sink.port
//! assert_eq!(sink.letters()[0].to, "ana@magdalena.test");
//! ```
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Clone, Debug)]
pub struct Taken {
    pub to: String,
    pub bytes: Vec<u8>,
}

impl Taken {
    /// Its Message-ID, without brackets.
    pub fn id(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let line = text.lines().find_map(|line| line.strip_prefix("Message-ID:")).expect("a Message-ID");
        line.trim().trim_matches(['<', '>']).to_owned()
    }
}

pub struct Sink {
    pub port: u16,
    letters: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    pub fn open() -> Sink {
        Sink::open_with(|_| {})
    }

    /// `before_answer`: what is done when a letter is here and its sender has not heard so, by how many are here.
    pub fn open_with(before_answer: impl Fn(usize) + Send + Sync + 'static) -> Sink {
        let before_answer = Arc::new(before_answer);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sink = Sink { port: listener.local_addr().unwrap().port(), letters: Arc::default() };
        let letters = Arc::clone(&sink.letters);
        // Ends with the test program.
        thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let (letters, before_answer) = (Arc::clone(&letters), Arc::clone(&before_answer));
                thread::spawn(move || drop(serve(line, &letters, &*before_answer)));
            }
        });
        sink
    }

    pub fn count(&self) -> usize {
        self.letters.lock().unwrap().len()
    }

    /// Every letter so often as it came, in the order they came.
    pub fn letters(&self) -> Vec<Taken> {
        self.letters.lock().unwrap().clone()
    }
}

fn serve(line: TcpStream, letters: &Mutex<Vec<Taken>>, before_answer: &dyn Fn(usize)) -> std::io::Result<()> {
    line.set_nodelay(true)?;
    let mut line = BufReader::new(line);
    line.get_mut().write_all(b"220 sink\r\n")?;
    let mut to = String::new();
    loop {
        let mut command = String::new();
        if line.read_line(&mut command)? == 0 {
            return Ok(());
        }
        let verb = command.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
            "RCPT" => {
                to = command.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                b"250 2.1.5 ok\r\n"
            }
            "DATA" => {
                line.get_mut().write_all(b"354 go\r\n")?;
                let Some(bytes) = text(&mut line)? else { return Ok(()) };
                let here = {
                    let mut letters = letters.lock().unwrap();
                    letters.push(Taken { to: to.clone(), bytes });
                    letters.len()
                };
                before_answer(here);
                b"250 2.0.0 taken\r\n"
            }
            "QUIT" => {
                line.get_mut().write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => b"250 2.0.0 ok\r\n",
        };
        line.get_mut().write_all(answer)?;
    }
}

/// Up to the dot; nothing if the line breaks before it.
fn text(line: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        let begun = bytes.len();
        if line.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        if bytes[begun..] == *b".\r\n" {
            bytes.truncate(begun);
            return Ok(Some(bytes));
        }
        if bytes[begun] == b'.' {
            bytes.remove(begun);
        }
    }
}
