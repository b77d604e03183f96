//! How they come: SMTP to a Postfix that hands them to Dovecot by LMTP, or IMAP APPEND; the desk's own client brings them.
use crate::kit::servers::{PASSWORD, Servers};
use crate::made::{Generated, MAILBOX};
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::raw::Place;
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The office's mail exchanger: whose word the corpus takes for granted.
pub(crate) const MX: &str = "mx.magdalena.gov.co";
/// After so many hostile mails comes one of somebody who needs help.
pub(crate) const STRETCH: usize = 50;
const PATIENCE: Duration = Duration::from_secs(120);

/// A mail as it was handed in.
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) by_smtp: bool,
    /// Some server keeps its bytes as they are.
    pub(crate) keeps: bool,
    pub(crate) bytes: Vec<u8>,
}

/// The hostile ones, each by its road; those that no server keeps as they are by APPEND, to see what becomes of them. Among
/// them, and after the last, mails of people.
pub(crate) fn to_send(made: &Generated) -> Vec<Sent> {
    let mut all = Vec::new();
    let person = |n: usize, by_smtp: bool| {
        let bytes = format!(
            "From: Persona {n} <persona{n}@magdalena.gov.co>\r\nTo: {MAILBOX}\r\nSubject: La impresora {n} no imprime\r\nDate: Sun, \
             22 Nov 2026 09:15:00 -0500\r\nMessage-ID: <p{n}@magdalena.gov.co>\r\n\r\nLa impresora {n} no imprime.\r\n"
        );
        Sent { name: format!("persona-{n}"), by_smtp, keeps: true, bytes: bytes.into_bytes() }
    };
    for (n, case) in made.cases.iter().enumerate() {
        if n % STRETCH == STRETCH - 1 {
            all.extend([person(n, true), person(n + 1, false)]);
        }
        let (name, bytes) = (case.name.clone(), made.bytes(&case.name));
        all.push(Sent { name, by_smtp: case.road == "smtp", keeps: case.road != "parser", bytes });
    }
    all.extend([person(9_998, true), person(9_999, false)]);
    all
}

/// A line to a server.
pub(crate) struct Talk(BufReader<TcpStream>);

impl Talk {
    fn open(port: u16) -> Talk {
        let line = TcpStream::connect(("127.0.0.1", port)).unwrap();
        line.set_nodelay(true).unwrap();
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        Talk(BufReader::new(line))
    }

    fn say(&mut self, words: &[u8]) {
        self.0.get_mut().write_all(words).unwrap();
    }

    fn hear(&mut self) -> String {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).unwrap();
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    /// The last line of an SMTP reply; an error when it is none of `wanted`.
    fn reply(&mut self, wanted: &str) -> Result<(), String> {
        loop {
            let line = self.hear();
            if line.as_bytes().get(3) != Some(&b'-') {
                return if line.starts_with(wanted) { Ok(()) } else { Err(line) };
            }
        }
    }

    fn smtp(port: u16) -> Talk {
        let mut line = Talk::open(port);
        line.reply("220").unwrap();
        line.say(b"EHLO mundo.example\r\n");
        line.reply("250").unwrap();
        line
    }

    /// One mail, of which the envelope tells which it is.
    fn submit(&mut self, n: usize, mail: &[u8]) -> Result<(), String> {
        self.say(format!("MAIL FROM:<caso.{n}@correo.example> BODY=8BITMIME\r\n").as_bytes());
        self.reply("250")?;
        self.say(b"RCPT TO:<mesa@magdalena.test>\r\n");
        self.reply("250")?;
        self.say(b"DATA\r\n");
        self.reply("354")?;
        let mut text = Vec::with_capacity(mail.len() + 8);
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                text.push(b'.');
            }
            text.extend_from_slice(line);
        }
        if !text.ends_with(b"\r\n") {
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b".\r\n");
        self.say(&text);
        self.reply("250")
    }

    fn imap(port: u16) -> Talk {
        let mut line = Talk::open(port);
        line.hear();
        line.say(format!("a LOGIN mesa \"{}\"\r\n", PASSWORD.replace('"', "\\\"")).as_bytes());
        line.tagged().unwrap();
        line
    }

    fn tagged(&mut self) -> Result<String, String> {
        loop {
            let line = self.hear();
            match line.strip_prefix("a ") {
                Some(said) if said.starts_with("OK") => return Ok(said.to_owned()),
                Some(said) => return Err(said.to_owned()),
                None if line.is_empty() => return Err("the line was cut".to_owned()),
                None => {}
            }
        }
    }

    /// The UID that it got.
    fn append(&mut self, mail: &[u8]) -> Result<String, String> {
        self.say(format!("a APPEND INBOX {{{}}}\r\n", mail.len()).as_bytes());
        let invited = self.hear();
        if !invited.starts_with('+') {
            return Err(invited);
        }
        self.say(mail);
        self.say(b"\r\n");
        let said = self.tagged()?;
        let uid = said.split("APPENDUID ").nth(1).and_then(|rest| rest.split([' ', ']']).nth(1));
        Ok(uid.unwrap_or_else(|| panic!("{said}")).to_owned())
    }
}

/// A mailbox into which all of them were handed in.
pub(crate) struct Delivered {
    pub(crate) servers: Servers,
    pub(crate) sent: Vec<Sent>,
    /// By UID, the place in `sent`, and the bytes that the server gives.
    pub(crate) served: BTreeMap<u32, (usize, Vec<u8>)>,
    pub(crate) refused: Vec<(usize, String)>,
}

pub(crate) fn deliver(made: &Generated) -> Delivered {
    let servers = Servers::start_with(|_| format!("hostname = {MX}\n"));
    servers.change_postfix(
        "myhostname = correo.magdalena.test",
        &format!("myhostname = {MX}\nlocal_header_rewrite_clients ="),
    );
    // Nobody here knows who wrote them: what the corpus says of that stands in its mails already.
    servers.change_postfix("smtpd_sender_restrictions = ", "# smtpd_sender_restrictions = ");
    let sent = to_send(made);
    let (mut smtp, mut imap) = (Talk::smtp(servers.smtp), Talk::imap(servers.imap));
    let (mut uids, mut refused, mut submitted) = (BTreeMap::new(), Vec::new(), 0);
    for (n, mail) in sent.iter().enumerate() {
        if mail.by_smtp {
            match smtp.submit(n, &mail.bytes) {
                Ok(()) => submitted += 1,
                Err(said) => {
                    refused.push((n, said));
                    smtp = Talk::smtp(servers.smtp);
                }
            }
        } else {
            match imap.append(&mail.bytes) {
                Ok(uid) => drop(uids.insert(uid, n)),
                Err(said) => {
                    refused.push((n, said));
                    imap = Talk::imap(servers.imap);
                }
            }
        }
    }
    let served = bring(&servers, submitted + uids.len(), &uids);
    Delivered { servers, sent, served, refused }
}

/// Everything that lies in the mailbox, once all of it does.
pub(crate) fn bring(
    servers: &Servers,
    count: usize,
    uids: &BTreeMap<String, usize>,
) -> BTreeMap<u32, (usize, Vec<u8>)> {
    let mut inbox = Inbox::new(Setting::Imap(Account {
        endpoint: Endpoint { host: "localhost".to_owned(), port: servers.imap, tls: Tls::None, ca: None },
        user: "mesa".to_owned(),
        proof: Proof::Password(Secret::File(servers.secret())),
        auth: Auth::Plain,
        folder: "INBOX".to_owned(),
        done: None,
        max_size: 100 << 20,
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Instant::now();
        let mut wanted: Vec<Place> = loop {
            let listed = inbox.list().await.unwrap();
            if listed.len() == count {
                break listed.into_iter().map(|one| one.place).collect();
            }
            assert!(begun.elapsed() < PATIENCE, "{} of {count} mails arrived", listed.len());
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let mut served = BTreeMap::new();
        while !wanted.is_empty() {
            let fetched = inbox.fetch(&wanted).await.unwrap();
            for raw in fetched.mails {
                let n = uids.get(&raw.place.key).copied().unwrap_or_else(|| of_envelope(&raw.bytes));
                served.insert(raw.place.key.parse().unwrap(), (n, raw.bytes));
            }
            wanted.retain(|place| !served.contains_key(&place.key.parse().unwrap()) && !fetched.gone.contains(place));
        }
        inbox.close().await;
        served
    })
}

/// Which mail of those sent has this envelope.
pub(crate) fn of_envelope(bytes: &[u8]) -> usize {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let n = head.strip_prefix("Return-Path: <caso.").and_then(|rest| rest.split('@').next());
    n.and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no envelope: {head}"))
}
