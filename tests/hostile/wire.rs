//! The same mails by the road that their index names, through real servers, and what those make of them on the way: SMTP to a
//! Postfix that hands them to Dovecot by LMTP, or IMAP APPEND; from there the desk's own client brings them.
use crate::index::judge;
use crate::kit::desk::Desk;
use crate::kit::home::Home;
use crate::made::{ADMINISTRATOR, Cabinets, MAILBOX, PEOPLE, clerk, feed, generate};
use crate::page;
use crate::road::{Delivered, MX, STRETCH, Sent, deliver};
use mesa_tic::desk::decision::Disposition;
use mesa_tic::store::db::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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
