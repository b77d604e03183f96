//! What `fixtures/hostile/gen.py` makes and what its index takes for granted: the roster, the cases and the letters that were
//! there before; and one mail through the whole clerk.
use jiff::Timestamp;
use mesa_tic::clerk::Clerk;
use mesa_tic::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use mesa_tic::desk::dispatch::Route;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::letter::parcel::Parcel;
use mesa_tic::mail;
use mesa_tic::mail::message::{Address, MessageId};
use mesa_tic::office::fields::{Categoria, Contacto, Origen, Prioridad, Ubicacion};
use mesa_tic::outbox::outcome::Outcome as Sending;
use mesa_tic::seal::Seal;
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::ring::Ring;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::{Event, Ticket};
use mesa_tic::ticket::id::TicketId;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const MAILBOX: &str = "soporte.tic@magdalena.gov.co";
pub(crate) const ADMINISTRATOR: &str = "admin.mesa@magdalena.gov.co";

pub(crate) const PEOPLE: &str = r#"
dominios = ["magdalena.gov.co"]
[[persona]]
usuario = "ctovar"
nombre = "Carlos Tovar"
correo = "ctovar@magdalena.gov.co"
rol = "jefe"
[[persona]]
usuario = "lperez"
nombre = "Laura Pérez"
correo = "lperez@magdalena.gov.co"
rol = "tecnico"
[[persona]]
usuario = "jcastro"
nombre = "Julio Castro"
correo = "jcastro@magdalena.gov.co"
rol = "tecnico"
"#;

/// One case of the index.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) also: Option<String>,
    pub(crate) reply: bool,
    pub(crate) commands: String,
    pub(crate) after: Option<String>,
    /// «smtp», «append» or «parser»: the road that keeps its bytes.
    pub(crate) road: String,
}

pub(crate) struct Generated {
    pub(crate) folder: PathBuf,
    /// Gone with this value, unless somebody else keeps it.
    _kept: Option<TempDir>,
    pub(crate) cases: Vec<Case>,
    pub(crate) letters: Vec<(String, String, u32)>,
    pub(crate) now: Timestamp,
}

impl Generated {
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(format!("{name}.eml"))).unwrap()
    }

    /// Those that do not come in rows.
    pub(crate) fn singles(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.class != "sequence")
    }
}

/// Cabinets that all begin with the same cases, each in a file of its own.
pub(crate) struct Cabinets {
    home: TempDir,
    now: Timestamp,
}

impl Cabinets {
    pub(crate) fn new(made: &Generated) -> Cabinets {
        // In memory where there is such a place: there are hundreds of them, and none has to outlive a power cut.
        let memory = Path::new("/dev/shm");
        let home = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        lay_out(&home.path().join("molde"), made);
        Cabinets { home, now: made.now }
    }

    pub(crate) fn open(&self, name: &str) -> Store {
        let path = self.home.path().join(format!("{}.db", name.replace('/', "-")));
        fs::copy(self.home.path().join("molde"), &path).unwrap();
        Store::open(&path, self.now).unwrap()
    }
}

/// The giants a hundredth as large.
pub(crate) fn generate() -> Generated {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &["--small"]);
    let made = read(folder.path());
    Generated { _kept: Some(folder), ..made }
}

/// All of them into a folder.
pub(crate) fn write(folder: &Path, words: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile/gen.py");
    let made = Command::new("python3").arg(script).arg(folder).args(words).output();
    let made = made.expect("python3 must be installed: it makes the hostile mails");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// What lies in a folder, by its index.
pub(crate) fn read(folder: &Path) -> Generated {
    let index: toml::Table = fs::read_to_string(folder.join("index.toml")).unwrap().parse().unwrap();
    let text = |table: &toml::Value, key: &str| table.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let name = |file: String| file.trim_end_matches(".eml").to_owned();
    let cases = index["case"].as_array().unwrap().iter().map(|case| Case {
        name: name(text(case, "file").unwrap()),
        class: text(case, "class").unwrap(),
        also: text(case, "also"),
        reply: case["reply"].as_bool().unwrap(),
        commands: text(case, "commands").unwrap(),
        after: text(case, "after").map(name),
        road: text(case, "inject").unwrap(),
    });
    let fixture = &index["fixture"];
    let letters = fixture["letter"].as_array().unwrap().iter().map(|letter| {
        let ticket = u32::try_from(letter["ticket"].as_integer().unwrap()).unwrap();
        (text(letter, "id").unwrap(), text(letter, "to").unwrap(), ticket)
    });
    let (cases, letters) = (cases.collect(), letters.collect());
    let now = text(fixture, "now").unwrap().parse().unwrap();
    Generated { folder: folder.to_owned(), _kept: None, cases, letters, now }
}

pub(crate) fn ticket(number: u32, solicitante: &str, tecnico: &str, now: Timestamp) -> Ticket {
    Ticket {
        id: TicketId { year: 2026, number },
        estado: Estado::Asignado,
        asunto: "Impresora no imprime".into(),
        problema: "La impresora no imprime.".into(),
        origen: Origen::Interna,
        clase: "solicitud".into(),
        dependencia: None,
        ubicacion: Ubicacion::default(),
        contacto: Contacto::default(),
        categoria: Categoria("impresoras".into()),
        prioridad: Prioridad::Media,
        faltan: vec![],
        solicitante: solicitante.into(),
        tecnico: Some(tecnico.into()),
        visita: None,
        abierto: now,
        fuentes: Arc::default(),
        seguimiento: Default::default(),
    }
}

/// The cabinet that every case begins with: eighteen cases, and the letters about the last two.
pub(crate) fn lay_out(path: &Path, made: &Generated) {
    let before = made.now - jiff::SignedDuration::from_hours(48);
    let mut store = Store::open(path, before).unwrap();
    let mut batch = store.batch().unwrap();
    for number in 1..=18 {
        let (who, tecnico) = match number {
            17 => ("mospino@magdalena.gov.co", "lperez"),
            18 => ("rosa.mejia@correo.example", "jcastro"),
            _ => ("otra@magdalena.gov.co", "jcastro"),
        };
        let ticket = ticket(number, who, tecnico, before);
        let facts = vec![(ticket.id, Event::Opened(Box::new(ticket)))];
        let decision =
            Decision { disposition: Disposition::Ticket, facts, letters: vec![], away: vec![], why: String::new() };
        batch.commit_own(&decision, &[], &[], before).unwrap();
    }
    for (id, to, number) in &made.letters {
        let letter = Letter {
            form: Form::Asignacion,
            to: Address { correo: to.clone(), nombre: None },
            about: Some(TicketId { year: 2026, number: *number }),
            answers: None,
            references: vec![],
            blanks: Blanks::default(),
        };
        let parcel = Parcel { id: MessageId(id.clone()), to: to.clone(), bytes: b"x".to_vec() };
        let decision = Decision {
            disposition: Disposition::Ticket,
            facts: vec![],
            letters: vec![letter],
            away: vec![],
            why: String::new(),
        };
        batch.commit_own(&decision, &[parcel], &[Route::Now], before).unwrap();
    }
    batch.finish().unwrap();
}

pub(crate) fn clerk(store: Store) -> Clerk {
    let desk = Address { correo: MAILBOX.to_owned(), nombre: None };
    let mut files = shipped();
    files.insert("personas.toml".into(), PEOPLE.into());
    for text in files.values_mut() {
        let kept: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("responsable")).collect();
        *text = kept.join("\n");
    }
    let handbook = Handbook::load(&files, &desk)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    let handbook = handbook.unwrap_or_else(|told| panic!("{told}"));
    let keys = format!("1 verifica {}\n2 activa {}\n3 revocada -\n", "11".repeat(32), "22".repeat(32));
    let seal = Seal {
        ring: Ring::parse(&keys).unwrap(),
        policy: Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() },
        plus_address: true,
    };
    let administrator = Address { correo: ADMINISTRATOR.to_owned(), nombre: None };
    Clerk::new(store, handbook, desk, administrator, seal)
}

/// What came of one mail.
pub(crate) struct Outcome {
    pub(crate) end: Disposition,
    /// A case that this mail opened.
    pub(crate) opened: bool,
    /// Facts on the cases that were there before.
    pub(crate) facts: Vec<Event>,
    /// Form and recipient of every letter it brought about.
    pub(crate) letters: Vec<(Form, String)>,
    pub(crate) from: String,
    /// From the raw bytes to the commit.
    pub(crate) took: Duration,
}

pub(crate) fn feed(clerk: &mut Clerk, name: &str, bytes: Vec<u8>, now: Timestamp) -> Outcome {
    let from = mail::parse(&bytes).from.correo;
    let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: name.to_owned() };
    let size = bytes.len() as u64;
    let begun = Instant::now();
    clerk.store.file(&[Raw { place, received: now, size, bytes }], now).unwrap();
    let mut took = begun.elapsed();
    let row = clerk.store.waiting(10).unwrap()[0].row;
    let cases = |clerk: &Clerk| clerk.store.tickets(None, 1_000).unwrap().into_iter().map(|ticket| ticket.id);
    let before: Vec<TicketId> = cases(clerk).collect();
    let begun = Instant::now();
    assert_eq!(clerk.work(now).unwrap(), 1, "{name}");
    took += begun.elapsed();
    let filed = clerk.store.mail(row).unwrap().unwrap();
    let mut facts = Vec::new();
    for id in before.iter().copied() {
        let case = clerk.store.case(id).unwrap().unwrap();
        facts.extend(case.hechos.into_iter().filter(|fact| fact.correo == Some(row)).map(|fact| fact.evento));
    }
    let opened = cases(clerk).count() > before.len();
    let due = clerk.store.due(100, now).unwrap();
    let letters = due.iter().filter(|due| due.parcel.bytes != b"x").map(|due| {
        let form = clerk.store.letter(due.row).unwrap().unwrap().forma;
        (form, due.parcel.to.clone())
    });
    let letters = letters.collect();
    for due in &due {
        clerk.store.settle(&[(due.row, Sending::Sent { receipt: "250 Ok".into() })], now).unwrap();
    }
    Outcome { end: filed.destino.unwrap(), opened, facts, letters, from, took }
}
