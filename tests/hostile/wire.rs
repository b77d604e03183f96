//! The same mails by the road that their index names, through real servers, and what those make of them on the way: SMTP to a
//! Postfix that hands them to Dovecot by LMTP, or IMAP APPEND; from there the desk's own client brings them.
use crate::index::judge;
use crate::kit::desk::Desk;
use crate::kit::home::Home;
use crate::kit::servers::{PASSWORD, Servers};
use crate::made::{ADMINISTRATOR, Cabinets, Generated, MAILBOX, PEOPLE, clerk, feed, generate};
use crate::page;
use mesa_tic::desk::decision::Disposition;
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::raw::Place;
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use mesa_tic::store::db::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// The office's mail exchanger: whose word the corpus takes for granted.
const MX: &str = "mx.magdalena.gov.co";
/// After so many hostile mails comes one of somebody who needs help.
const STRETCH: usize = 50;
const PATIENCE: Duration = Duration::from_secs(120);

/// A mail as it was handed in.
struct Sent {
    name: String,
    by_smtp: bool,
    /// Some server keeps its bytes as they are.
    keeps: bool,
    bytes: Vec<u8>,
}

/// The hostile ones, each by its road; those that no server keeps as they are by APPEND, to see what becomes of them. Among
/// them, and after the last, mails of people.
fn to_send(made: &Generated) -> Vec<Sent> {
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
struct Talk(BufReader<TcpStream>);

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
struct Delivered {
    servers: Servers,
    sent: Vec<Sent>,
    /// By UID, the place in `sent`, and the bytes that the server gives.
    served: BTreeMap<u32, (usize, Vec<u8>)>,
    refused: Vec<(usize, String)>,
}

fn deliver(made: &Generated) -> Delivered {
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
fn bring(servers: &Servers, count: usize, uids: &BTreeMap<String, usize>) -> BTreeMap<u32, (usize, Vec<u8>)> {
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
fn of_envelope(bytes: &[u8]) -> usize {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let n = head.strip_prefix("Return-Path: <caso.").and_then(|rest| rest.split('@').next());
    n.and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no envelope: {head}"))
}

/// What lies below the lines that the servers put on top.
fn below_trace(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    // Return-Path, Delivered-To, Received of LMTP and Received of Postfix, each of one line or more.
    for name in ["Return-Path:", "Delivered-To:", "Received:", "Received:"] {
        if !rest.starts_with(name.as_bytes()) {
            break;
        }
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            rest = &rest[end..];
            if !rest.starts_with(b" ") && !rest.starts_with(b"\t") {
                break;
            }
        }
    }
    rest
}

/// How what came differs from what was sent, in a few words; nothing when it does not.
fn change(sent: &Sent, served: &[u8]) -> Option<&'static str> {
    let came = if sent.by_smtp { below_trace(served) } else { served };
    let ends = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
    let (before, after) = (sent.bytes.as_slice(), came);
    if before == after {
        None
    } else if [before, b"\r\n"].concat() == after {
        Some("le agregan el último salto de línea")
    } else if ends(before) == ends(after) {
        Some("los saltos de línea sueltos salen como CRLF")
    } else if before.contains(&0) {
        Some("el octeto nulo sale como otro")
    } else {
        Some("sale de otro modo")
    }
}

#[test]
fn by_smtp_and_by_append_each_comes_to_the_same_end() {
    let made = generate();
    let delivered = deliver(&made);
    let cabinets = Cabinets::new(&made);
    let mut clerk = clerk(cabinets.open("nada"));
    let by_name: BTreeMap<&str, &Vec<u8>> =
        delivered.served.values().map(|(n, bytes)| (delivered.sent[*n].name.as_str(), bytes)).collect();
    let (mut faults, mut judged) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for case in made.singles() {
        let Some(bytes) = by_name.get(case.name.as_str()) else { continue };
        clerk.store = cabinets.open(&case.name);
        if let Some(before) = case.after.as_deref().and_then(|name| by_name.get(name)) {
            feed(&mut clerk, "antes", before.to_vec(), made.now);
        }
        let outcome = feed(&mut clerk, &case.name, bytes.to_vec(), made.now);
        faults.extend(judge(case, &outcome));
        *judged.entry(case.road.as_str()).or_default() += 1;
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    assert!(judged["smtp"] > 350 && judged["append"] > 70, "{judged:?}");
    page::hold("Por SMTP y por APPEND, a través de Postfix y Dovecot", &told(&delivered, &judged));
    the_program_reads_them(delivered);
}

/// What the servers did with them, for the page.
fn told(delivered: &Delivered, judged: &BTreeMap<&str, usize>) -> String {
    let mut changes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (n, bytes) in delivered.served.values() {
        let sent = &delivered.sent[*n];
        if let Some(how) = change(sent, bytes) {
            changes.entry(how).or_default().insert(&sent.name);
        }
    }
    let mut refusals: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (n, said) in &delivered.refused {
        // Numbers of this run say nothing.
        let said = said.split(" (").next().unwrap_or_default().to_owned();
        refusals.entry(said).or_default().insert(&delivered.sent[*n].name);
    }
    let list = |names: &BTreeSet<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let count = |road: &str| judged.get(road).copied().unwrap_or_default();
    let mut page = format!(
        "Cada correo entra a un Dovecot de verdad por el camino que su índice le señala, y la mesa lo trae con su propio cliente: {} por SMTP a Postfix y de allí por \
         LMTP, {} por APPEND. Todos terminan como en la tabla. Otros {} son octetos que ningún servidor de correo guarda tal cual: se entregan por APPEND, y el que \
         entra termina igual. Entre ellos, cada {STRETCH}, y al final, escriben personas que necesitan ayuda: todas reciben su caso y su acuse. El programa entero los \
         lee de ese buzón, con las dos filas, y llega, uno por uno, a lo mismo que desde un Maildir.\n\nLo que los servidores hacen con ellos:\n\n",
        count("smtp"),
        count("append"),
        count("parser"),
    );
    for (how, names) in &changes {
        page += &format!("- {how}: {}\n", list(names));
    }
    for (said, names) in &refusals {
        page += &format!("- no lo reciben («{said}»): {}\n", list(names));
    }
    page
}

/// One mail as the books have it: what became of it and why.
type Ended = (Disposition, String);

/// The real program empties that mailbox, and a Maildir with the same mails in the same order: each mail has the same end,
/// each letter goes to the same, and nobody outside of the office hears of it twice.
fn the_program_reads_them(delivered: Delivered) {
    let Delivered { servers, sent, served, .. } = delivered;
    let mut desk = Desk::over(servers);
    fs::write(desk.path("rules/personas.toml"), PEOPLE).unwrap();
    let imap = desk.servers.imap;
    let config = |inbox: &str| {
        format!(
            "database = \"mesa.db\"\nrules = {:?}\n[desk]\naddress = \"{MAILBOX}\"\nname = \"Mesa\"\nadministrator = \
             \"{ADMINISTRATOR}\"\n[inbox]\nstart = \"all\"\n{inbox}[outbox]\nkind = \"maildir\"\npath = \"salida\"\n[ordenes]\nauthserv_id = \
             \"{MX}\"\n",
            desk.path("rules")
        )
    };
    let secret = desk.servers.secret();
    let line = format!(
        "kind = \"imap\"\nhost = \"localhost\"\nport = {imap}\ntls = \"none\"\nuser = \"mesa\"\npassword = {{ file = {secret:?} \
         }}\ndone = \"Procesados\"\n"
    );
    let over_maildir = config("kind = \"maildir\"\npath = \"buzon\"\ndone = \"procesados\"\n");
    fs::write(desk.path("config.toml"), config(&line)).unwrap();
    desk.start();
    desk.until("the end of each", |desk| (ended(&desk.path("mesa.db")) == served.len() as u64).then_some(()));
    desk.until("the tidy mailbox", |desk| desk.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.stop();
    assert_eq!(desk.servers.mails("mesa", "Procesados").len(), served.len());
    assert!(!desk.log().contains("panic"), "{}", desk.log());

    let home = Home::new();
    fs::write(home.path("config.toml"), over_maildir).unwrap();
    // What no server keeps as it is lies there as the server gave it.
    let mails = served.values().map(|(n, came)| if sent[*n].keeps { sent[*n].bytes.clone() } else { came.clone() });
    let mails: Vec<Vec<u8>> = mails.collect();
    home.receive(&mails);
    let (imap, maildir) = (ends(&desk.path("mesa.db")), ends(&home.path("mesa.db")));
    let mut faults = Vec::new();
    for (((n, _), imap), maildir) in served.values().zip(&imap).zip(&maildir) {
        let name = &sent[*n].name;
        if imap != maildir {
            faults.push(format!("{name}: {imap:?} by wire, {maildir:?} from a Maildir"));
        }
        let illegible = ["mime-002-nest-10000-rfc822", "mime-006-nest-alternating"].contains(&name.as_str());
        if illegible != (imap.0 == Disposition::Cuarentena)
            || name.starts_with("persona-") && imap.0 != Disposition::Ticket
        {
            faults.push(format!("{name}: {imap:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let heard = letters(&desk.path("mesa.db"));
    assert_eq!(heard, letters(&home.path("mesa.db")));
    let people = heard.iter().filter(|(to, letters)| to.starts_with("persona") && **letters == 1).count();
    assert_eq!(people, sent.iter().filter(|mail| mail.name.starts_with("persona-")).count());
    let twice: Vec<_> = heard.iter().filter(|(to, n)| **n > 1 && !to.ends_with("@magdalena.gov.co")).collect();
    assert!(twice.is_empty(), "who heard more than once: {twice:?}");
}

fn ended(books: &Path) -> u64 {
    let store = Store::open_read(books);
    store.and_then(|store| store.status()).map_or(0, |status| status.correos.values().sum())
}

fn ends(books: &Path) -> Vec<Ended> {
    let Ok(store) = Store::open_read(books) else { return Vec::new() };
    let mails = (1..).map_while(|row| store.mail(row).unwrap());
    mails.filter_map(|mail| Some((mail.destino?, mail.motivo.unwrap_or_default()))).collect()
}

/// How many letters to whom.
fn letters(books: &Path) -> BTreeMap<String, usize> {
    let store = Store::open_read(books).unwrap();
    let mut heard = BTreeMap::new();
    for letter in (1..).map_while(|row| store.letter(row).unwrap()) {
        *heard.entry(letter.para).or_default() += 1;
    }
    heard
}
