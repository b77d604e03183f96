//! Notes are for the office alone: no octet of a letter to anybody else may tell one. The notes that a test's desk holds are
//! looked for, and the word that those of our own making begin with.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mesa_tic::mail;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::facts::Event;

/// What many notes hold, and nothing else.
pub const WORD: &str = "CANARIO";
/// Letters and digits of a note that are looked for; fewer may stand in a letter by chance.
const FEWEST: usize = 12;
const MOST: usize = 60;

/// No letter that was ever put in the queue of this desk, sent or not, tells a note to anybody who is not of the office.
/// Returns how many letters to such people were looked through, and for how many notes.
pub fn of_store(store: &Store, is_office: impl Fn(&str) -> bool) -> (usize, usize) {
    let tickets = store.tickets(None, 100_000).unwrap();
    let facts = tickets.iter().flat_map(|ticket| store.case(ticket.id).unwrap().unwrap().hechos);
    let notes =
        facts.filter_map(|fact| if let Event::Noted { texto } = fact.evento { Some(bare(&texto)) } else { None });
    let mut notes: Vec<String> = notes.filter(|note| note.chars().count() >= FEWEST).collect();
    notes.push(bare(WORD));
    let mut letters = 0;
    for row in 1.. {
        let Some(letter) = store.letter(row).unwrap() else { break };
        let Some(bytes) = store.letter_bytes(row).unwrap() else {
            assert!(letter.motivo.is_some_and(|why| why.starts_with("retenida:")), "letter {row} has no words");
            continue;
        };
        if !is_office(&letter.para) {
            letters += 1;
            silent(&bytes, &letter.para, &notes);
        }
    }
    (letters, notes.len() - 1)
}

/// None of the notes stands in a letter: not as its octets are, nor as any mail program would show them.
pub fn silent<N: AsRef<str>>(bytes: &[u8], to: &str, notes: &[N]) {
    let told = told(bytes);
    let note = notes.iter().find(|note| told.contains(note.as_ref()));
    assert!(note.is_none(), "a note went to {to}:\n{}", String::from_utf8_lossy(bytes));
}

/// All that a mail says, in whatever coding, bare.
pub fn told(bytes: &[u8]) -> String {
    let raw = String::from_utf8_lossy(bytes);
    let mail = mail::parse(bytes);
    let views = [raw.to_string(), quoted_printable(&raw), base64(&raw), mail.subject, mail.body.text];
    views.map(|view| without_blanks(&view)).join("\n")
}

/// The beginning of a note as it is looked for: a letter may break its lines elsewhere.
pub fn bare(note: &str) -> String {
    without_blanks(note).chars().take(MOST).collect()
}

fn without_blanks(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The whole as if all of it were quoted-printable.
fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "").replace("=\n", "");
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'=') {
            Some(octet) => (out.push(octet), rest = &tail[2..]).1,
            None => (out.push(*first), rest = tail).1,
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// All that may be base64: each run of lines of nothing else, and each encoded word of a header.
fn base64(text: &str) -> String {
    let is_code = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut runs = vec![String::new()];
    for line in text.lines() {
        match !line.is_empty() && line.chars().all(is_code) {
            true => runs.last_mut().unwrap().push_str(line),
            false => runs.push(String::new()),
        }
    }
    let words = text.split("=?").flat_map(|word| word.split('?').nth(2)).map(str::to_owned);
    let octets = runs.into_iter().chain(words).filter_map(|run| BASE64_STANDARD.decode(run).ok());
    octets.map(|octets| String::from_utf8_lossy(&octets).into_owned()).collect::<Vec<_>>().join("\n")
}
