//! The office's handbook of conversations: mails in as people write them, decisions and letters out as they read.
//!
//! `fixtures/conversations/NAME.correos.txt` holds the mails, `NAME.historia.txt` what came of them, by the shipped rules and
//! through the real clerk and cabinet. `UPDATE_EXPECT=1 cargo test --test conversations` writes the stories anew.
//!
//! A mail begins with its hour, then some headers, an empty line and the text:
//!
//! ```text
//! @ 2026-11-25 09:12
//! De: María Ospino <mospino@magdalena.gov.co>
//! Asunto: no prende el pc
//! Responde: acuse            the last letter of that form is answered and quoted beneath, as the client does
//! Cliente: outlook           outlook, gmail (default) or iphone: how it is quoted
//! Falso: sí                  somebody else wrote it under that name, and the office's mail server says so
//! Cabecera: X-Y: z           any other header
//! Recibido: 2026-11-10 08:00 when the server took it in, if that was long ago
//! Tamaño: 52000000           more than was brought: the mail is over the size limit
//! Retirado: kbarros          from now on the roster says that he has left
//! Decreto: 2026-11-27 14:00-18:00 Decreto 412   from now on horario.toml closes the office then
//! Suspende: 2026-12-17 2026-12-18 Decreto 912   those days, and terms of the law do not run
//! Crudo: multipart/report…   the Content-Type; the text is the body as it stands, with {acuse} for that letter's Message-ID,
//!                            {uid} and {secuencia} for those of the last appointment that went out
//! ```
//!
//! A story that begins with «%% [calendario]» tells what the letters put into calendars, as another library than ours reads it.
//! An hour with nothing beneath it is one at which nobody writes and the desk does what time alone brings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use expect_test::expect_file;
use jiff::{SignedDuration, Timestamp};
use kit::{calendar, canary};
use mesa_tic::clerk::Clerk;
use mesa_tic::desk::decision::Disposition;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::mail;
use mesa_tic::mail::message::Address;
use mesa_tic::office::hours::Exception;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::seal::Seal;
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::ring::Ring;
use mesa_tic::spanish::when;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::facts::{Event, Ticket};
use mesa_tic::ticket::visit::Visit;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAILBOX: &str = "soporte.tic@magdalena.gov.co";
/// The office's mail server, as it calls itself where it vouches for senders.
const SERVER: &str = "mx.magdalena.gov.co";

/// Who speaks for a dependencia in the conversations; the shipped rules name nobody.
const ENLACE: &str = r#"
[[enlace]]
nombre = "Rosa Gil Noguera"
correo = "rgil@magdalena.gov.co"
dependencia = "Oficina de Pasaportes"
desde = "2026-11-01"
hasta = "2026-12-31"
"#;

/// Whom the office's address book knows in the conversations; the shipped one is empty.
const KNOWN: &str = r#"
[[contacto]]
correo = "iperez@magdalena.gov.co"
nombre = "Isabel Pérez Oñate"
dependencia = "Oficina de Pasaportes"
lugar = "Palacio Tayrona, piso 1, oficina 105"
extension = "318"
"#;

/// One mail of a script.
#[derive(Default)]
struct Scene {
    at: String,
    from: String,
    subject: String,
    answers: Option<String>,
    client: String,
    extra: Vec<String>,
    forged: bool,
    received: Option<String>,
    size: Option<u64>,
    kind: Option<String>,
    retired: Option<String>,
    decree: Option<String>,
    suspends: Option<String>,
    text: String,
}

/// A letter that went out.
struct Letter {
    form: String,
    id: String,
    subject: String,
    text: String,
    at: String,
}

/// The desk at work on one conversation.
struct Office {
    folder: tempfile::TempDir,
    clerk: Clerk,
    letters: Vec<Letter>,
    mails: u32,
    story: String,
    /// The story tells what went into calendars.
    calendars: bool,
    /// The last that went into one.
    invited: Option<calendar::Part>,
    /// Nobody has left.
    whole: bool,
}

#[test]
fn the_handbook_of_conversations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.to_string_lossy().ends_with(".correos.txt"));
    scripts.sort();
    assert!(scripts.len() >= 15, "the conversations are gone");
    let mut office = Office::new();
    let (mut letters, mut notes) = (0, 0);
    for script in scripts {
        let text = fs::read_to_string(&script).unwrap();
        office.begin(text.starts_with("%% [calendario]"));
        for scene in scenes(&text) {
            office.play(&scene);
        }
        let name = script.to_string_lossy().replace(".correos.txt", ".historia.txt");
        expect_file![PathBuf::from(name)].assert_eq(&office.story);
        let looked = office.assert_discreet();
        (letters, notes) = (letters + looked.0, notes + looked.1);
    }
    assert!(letters > 50 && notes > 3, "no canary has sung: {notes} notes, {letters} letters to who may not read them");
}

/// The canary must be able to sing.
#[test]
fn a_note_is_heard_in_every_coding() {
    let coded = BASE64_STANDARD.encode("Hola. El CANARIO canta y el texto es largo, de más de una línea de correo.");
    let (first, second) = coded.split_at(76);
    for mail in [
        "Subject: x\r\n\r\nel CANARIO\r\n".to_owned(),
        "Subject: x\r\n\r\nel CANA=\r\nRIO\r\n".to_owned(),
        "Subject: x\r\n\r\nel =43ANARIO\r\n".to_owned(),
        "Subject: =?utf-8?q?CANA?= =?utf-8?q?RIO?=\r\n\r\nx\r\n".to_owned(),
        format!("Subject: =?utf-8?b?{}?=\r\n\r\nx\r\n", BASE64_STANDARD.encode("un CANARIO")),
        format!("Subject: x\r\n\r\n{}\r\n", format_args!("{first}\r\n{second}")),
    ] {
        assert!(canary::told(mail.as_bytes()).contains(&canary::bare(canary::WORD)), "{mail}");
    }
    assert!(!canary::told(b"Subject: x\r\n\r\nNada.\r\n").contains(&canary::bare(canary::WORD)));
}

/// The whole labelled corpus, 120 mails in one cabinet: each comes to an end, no machine gets a letter, nobody is booked twice.
#[test]
fn the_corpus_as_one_long_day() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "eml"));
    files.sort();
    let mut office = Office::new();
    let mut now = instant("2026-11-25 08:00");
    let mut booked = 0;
    let mut answered: Vec<String> = Vec::new();
    for (row, path) in (1_i64..).zip(&files) {
        now += SignedDuration::from_mins(1);
        let bytes = fs::read(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let label = fs::read_to_string(path.with_extension("toml")).unwrap();
        let from = mail::parse(&bytes).from.correo;
        let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: name.clone() };
        let raw = Raw { place, received: now, size: bytes.len() as u64, bytes };
        office.clerk.store.file(&[raw], now).unwrap();
        assert_eq!(office.clerk.work(now).unwrap(), 1);
        let filed = office.clerk.store.mail(row).unwrap().unwrap();
        assert!(filed.destino.is_some_and(|end| end != Disposition::Cuarentena), "{name}: {:?}", filed.motivo);
        let letters = office.clerk.store.due(100, now).unwrap();
        let silent = ["automatico", "rebote", "ajeno", "alarma", "calendario"];
        if silent.iter().any(|kind| label.contains(&format!("kind = \"{kind}\""))) {
            answered.extend(letters.iter().filter(|letter| letter.parcel.to == from).map(|_| name.clone()));
        }
        for letter in letters {
            assert!(letter.parcel.to != MAILBOX && letter.parcel.to.contains('@'), "{name}: to {}", letter.parcel.to);
            office.clerk.store.settle(&[(letter.row, Outcome::Sent { receipt: String::new() })], now).unwrap();
        }
        let case = filed.caso.map(|id| office.clerk.store.case(id).unwrap().unwrap());
        let facts = case.into_iter().flat_map(|case| case.hechos).filter(|fact| fact.correo == Some(row));
        for visit in facts.filter_map(|fact| match fact.evento {
            Event::Booked(visit) | Event::Pinned(visit) => Some(visit),
            _ => None,
        }) {
            assert!(visit.start >= now, "{name}: {visit:?}");
            booked += 1;
        }
    }
    // What something critical displaced has another hour as soon as time looks at it.
    office.clerk.tick(now).unwrap();
    let open = office.clerk.store.watched().unwrap().into_iter().filter(|case| case.ticket.estado.is_open());
    let visits: Vec<Visit> = open.filter_map(|case| case.ticket.visita).filter(|visit| visit.end > now).collect();
    for (n, visit) in visits.iter().enumerate() {
        assert!(visits[..n].iter().all(|other| !other.crosses(visit)), "{visit:?}");
    }
    // A machine that nothing gives away but its words is at times read as a person.
    assert!(answered.len() <= 2, "machines were answered: {answered:?}");
    assert!(booked > 80 && visits.len() > 60, "only {booked} and {} visits", visits.len());
    office.assert_discreet();
}

fn scenes(script: &str) -> Vec<Scene> {
    let mut scenes: Vec<Scene> = Vec::new();
    let mut in_head = false;
    for line in script.lines().filter(|line| !line.starts_with("%%")) {
        if let Some(at) = line.strip_prefix("@ ") {
            scenes.push(Scene { at: at.trim().to_owned(), client: "gmail".to_owned(), ..Scene::default() });
            in_head = true;
        } else if let Some(scene) = scenes.last_mut() {
            match in_head {
                true if line.is_empty() => in_head = false,
                true => header(scene, line),
                false => scene.text.push_str(&format!("{line}\n")),
            }
        }
    }
    scenes
}

fn header(scene: &mut Scene, line: &str) {
    let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("a header needs a value: {line}"));
    let value = value.trim().to_owned();
    match name {
        "De" => scene.from = value,
        "Asunto" => scene.subject = value,
        "Responde" => scene.answers = Some(value),
        "Cliente" => scene.client = value,
        "Falso" => scene.forged = value == "sí",
        "Cabecera" => scene.extra.push(value),
        "Recibido" => scene.received = Some(value),
        "Tamaño" => scene.size = Some(value.parse().unwrap()),
        "Retirado" => scene.retired = Some(value),
        "Decreto" => scene.decree = Some(value),
        "Suspende" => scene.suspends = Some(value),
        "Crudo" => scene.kind = Some(value),
        other => panic!("no such header: {other}"),
    }
}

fn instant(text: &str) -> Timestamp {
    let civil: jiff::civil::DateTime = text.parse().unwrap();
    when::instant(civil.date(), civil.time()).unwrap()
}

fn cabinet(folder: &Path) -> Store {
    Store::open(&folder.join("mesa.db"), instant("2026-11-01 00:00")).unwrap()
}

fn suspension(said: &str) -> Exception {
    let (first, rest) = said.split_once(' ').unwrap();
    let (last, reason) = rest.split_once(' ').unwrap();
    let (first, last, reason) = (first.parse().unwrap(), last.parse().unwrap(), reason.to_owned());
    Exception { first, last, hours: None, open: false, suspends_terms: true, edificios: vec![], reason }
}

/// The shipped rules, with an enlace and perhaps without somebody, or with a decree.
fn handbook(retired: Option<&str>, decree: Option<&str>, desk: &Address) -> Handbook {
    let mut rules = shipped();
    if let Some((day, rest)) = decree.and_then(|decree| decree.split_once(' ')) {
        let (horas, motivo) = rest.split_once(' ').unwrap();
        let closed = format!("\n[[excepcion]]\ndesde = \"{day}\"\nhoras = \"{horas}\"\nmotivo = \"{motivo}\"\n");
        rules.get_mut("horario.toml").unwrap().push_str(&closed);
    }
    let roster = rules.get_mut("personas.toml").unwrap();
    roster.push_str(ENLACE);
    if let Some(usuario) = retired {
        let line = format!("usuario = \"{usuario}\"\n");
        assert!(roster.contains(&line), "{usuario}");
        *roster = roster.replace(&line, &format!("{line}activo = false\n"));
        // Somebody else takes what he alone took.
        *roster = roster.replace("\"telefonia\",", "\"telefonia\", \"software_ofimatica\",");
    }
    rules.get_mut("directorio.toml").unwrap().push_str(KNOWN);
    Handbook::load(&rules, desk)
        .unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

impl Office {
    fn new() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let desk = Address { correo: MAILBOX.to_owned(), nombre: Some("Mesa de Ayuda - Oficina TIC".to_owned()) };
        let handbook = handbook(None, None, &desk);
        let store = cabinet(folder.path());
        let administrator = Address { correo: "admin.mesa@magdalena.gov.co".to_owned(), nombre: None };
        let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
        let seal = Seal { ring, policy: Policy::Strict { authserv_id: SERVER.to_owned() }, plus_address: false };
        let clerk = Clerk::new(store, handbook, desk, administrator, seal);
        Office {
            folder,
            clerk,
            letters: Vec::new(),
            mails: 0,
            story: String::new(),
            calendars: false,
            invited: None,
            whole: true,
        }
    }

    /// An empty cabinet for the next conversation.
    fn begin(&mut self, calendars: bool) {
        self.folder = tempfile::tempdir().unwrap();
        self.clerk.store = cabinet(self.folder.path());
        (self.letters, self.mails, self.story) = (Vec::new(), 0, String::new());
        (self.calendars, self.invited) = (calendars, None);
        if !self.whole {
            self.clerk.adopt(handbook(None, None, &self.clerk.desk));
            self.whole = true;
        }
    }

    fn play(&mut self, scene: &Scene) {
        if scene.retired.is_some() || scene.decree.is_some() {
            let (retired, decree) = (scene.retired.as_deref(), scene.decree.as_deref());
            self.clerk.adopt(handbook(retired, decree, &self.clerk.desk));
            self.whole = false;
        }
        if let Some(decree) = scene.suspends.as_deref().map(suspension) {
            let office = &mut Arc::get_mut(&mut self.clerk.handbook).unwrap().office;
            (office.hours, self.whole) = (office.hours.with(decree), false);
        }
        if scene.from.is_empty() {
            return self.pass(&scene.at);
        }
        self.mails += 1;
        let row = i64::from(self.mails);
        let now = instant(&scene.at);
        let received = scene.received.as_deref().map_or(now, instant);
        let bytes = self.bytes(scene).into_bytes();
        let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: self.mails.to_string() };
        let size = scene.size.unwrap_or(bytes.len() as u64);
        self.clerk.store.file(&[Raw { place, received, size, bytes }], now).unwrap();
        assert_eq!(self.clerk.work(now).unwrap(), 1);
        let mail = self.clerk.store.mail(row).unwrap().unwrap();
        writeln!(self.story, "════ {} ════", when::say(now)).unwrap();
        writeln!(self.story, "De: {}\nAsunto: {}\n", scene.from, mail.asunto.as_deref().unwrap_or_default()).unwrap();
        quote(&mut self.story, "  ", scene.text.trim());
        let end = mail.destino.map(|end| end.to_string()).unwrap_or_default();
        writeln!(self.story, "\n→ {end}: {}", mail.motivo.unwrap_or_default()).unwrap();
        if let Some(id) = mail.caso {
            let case = self.clerk.store.case(id).unwrap().unwrap();
            for fact in case.hechos.iter().filter(|fact| fact.correo == Some(row)) {
                tell(&mut self.story, &fact.evento);
            }
        }
        self.story.push('\n');
        self.post(now, &scene.at);
    }

    /// Nobody writes; only the hour has come.
    fn pass(&mut self, at: &str) {
        let now = instant(at);
        self.clerk.tick(now).unwrap();
        assert_eq!(self.clerk.tick(now).unwrap(), 0, "what time brought about comes once");
        writeln!(self.story, "════ {}: pasa el tiempo ════\n", when::say(now)).unwrap();
        self.post(now, at);
    }

    /// What goes out.
    fn post(&mut self, now: Timestamp, at: &str) {
        for due in self.clerk.store.due(100, now).unwrap() {
            let form = self.clerk.store.letter(due.row).unwrap().unwrap().forma.to_string();
            let letter = mail::parse(&due.parcel.bytes);
            writeln!(self.story, "✉ {form} → {}\n  Asunto: {}\n", due.parcel.to, letter.subject).unwrap();
            quote(&mut self.story, "  ┃ ", letter.body.text.trim());
            if let Some(part) = calendar::of(&letter) {
                assert!(part.is_for(&due.parcel.to) && part.organizer == MAILBOX, "{part:?}");
                if self.calendars {
                    writeln!(self.story, "\n  📅 {part}").unwrap();
                }
                self.invited = Some(part);
            }
            self.story.push('\n');
            let receipt = "250 2.0.0 Ok".to_owned();
            self.clerk.store.settle(&[(due.row, Outcome::Sent { receipt })], now).unwrap();
            let (id, text) = (due.parcel.id.0, letter.body.text);
            self.letters.push(Letter { form, id, subject: letter.subject, text, at: at.to_owned() });
        }
    }

    /// No letter of the whole conversation told a note to anybody outside of the office.
    fn assert_discreet(&self) -> (usize, usize) {
        let people = &self.clerk.handbook.office.people;
        canary::of_store(&self.clerk.store, |to| people.who(to).is_some())
    }

    /// The mail as it comes over the wire.
    fn bytes(&self, scene: &Scene) -> String {
        let answered = scene.answers.as_ref().map(|form| {
            let found = self.letters.iter().rev().find(|letter| letter.form == *form);
            found.unwrap_or_else(|| panic!("no letter «{form}» went out before {}", scene.at))
        });
        let domain = scene.from.rsplit('@').next().unwrap_or("x").trim_end_matches('>');
        // The server takes nobody's word but its own: what the sender wrote under this name is gone.
        let vouched = if scene.forged { "fail" } else { "pass" };
        let mut mail = format!(
            "Authentication-Results: {SERVER}; dmarc={vouched} header.from={domain}\nFrom: {}\nTo: {MAILBOX}\n",
            scene.from
        );
        let subject = match (&answered, scene.subject.is_empty()) {
            (Some(letter), true) => format!("RE: {}", letter.subject),
            (_, _) => scene.subject.clone(),
        };
        let date = instant(&scene.at).strftime("%a, %d %b %Y %H:%M:%S +0000");
        let host = scene.from.rsplit('@').next().unwrap_or("x").trim_end_matches('>');
        write!(mail, "Subject: {subject}\nDate: {date}\nMessage-ID: <c{}@{host}>\n", self.mails).unwrap();
        if let Some(letter) = answered {
            write!(mail, "In-Reply-To: <{0}>\nReferences: <{0}>\n", letter.id).unwrap();
        }
        for line in &scene.extra {
            writeln!(mail, "{line}").unwrap();
        }
        let kind = scene.kind.as_deref().unwrap_or("text/plain; charset=utf-8");
        write!(mail, "MIME-Version: 1.0\nContent-Type: {kind}\n\n{}", scene.text.trim_end()).unwrap();
        if let Some(letter) = answered.filter(|_| scene.kind.is_none()) {
            mail.push_str(&history(letter, &scene.client));
        }
        if let Some(part) = &self.invited {
            mail = mail.replace("{uid}", &part.uid).replace("{secuencia}", &part.sequence.to_string());
        }
        for letter in &self.letters {
            mail = mail.replace(&format!("{{{}}}", letter.form), &letter.id);
        }
        mail.push('\n');
        mail.replace('\n', "\r\n")
    }
}

/// The letter beneath the answer, as each client puts it.
fn history(letter: &Letter, client: &str) -> String {
    let at = instant(&letter.at);
    let (day, time) = (when::say_day(when::day_of(at)), when::say_time(when::time_of(at)));
    let quoted: String = letter.text.lines().map(|line| format!("> {line}\n")).collect();
    match client {
        "outlook" => format!(
            "\n\nDe: Mesa de Ayuda - Oficina TIC <{MAILBOX}>\nEnviado el: {day} {time}\nPara: Usuario\nAsunto: {}\n\n{}",
            letter.subject, letter.text
        ),
        "iphone" => format!(
            "\n\nEnviado desde mi iPhone\n\n> El 25/11/2026, a las {time}, Mesa de Ayuda - Oficina TIC <{MAILBOX}> \
             escribió:\n> \n{quoted}"
        ),
        "gmail" => {
            format!(
                "\n\nEl mié, 25 nov 2026 a la(s) {time}, Mesa de Ayuda - Oficina TIC (<{MAILBOX}>) escribió:\n\n{quoted}"
            )
        }
        // Somebody took an old mail and wiped it clean.
        "sin cita" => String::new(),
        other => panic!("no such client: {other}"),
    }
}

fn quote(story: &mut String, mark: &str, text: &str) {
    for line in text.lines() {
        writeln!(story, "{}", format!("{mark}{line}").trim_end()).unwrap();
    }
}

fn tell(story: &mut String, event: &Event) {
    let line = match event {
        Event::Opened(ticket) => opened(ticket),
        Event::Moved { estado, motivo } => {
            format!("estado: {estado}{}", motivo.as_ref().map(|m| format!(" ({m})")).unwrap_or_default())
        }
        Event::Assigned { tecnico } => format!("a cargo de {tecnico}"),
        Event::Ranked { prioridad, .. } => format!("prioridad: {prioridad}"),
        Event::Filed { categoria, .. } => format!("categoría: {}", categoria.0),
        Event::Booked(visit) | Event::Pinned(visit) => {
            format!("cita: {} con {}", when::say_span(visit.start, visit.end), visit.tecnico)
        }
        Event::Completed(data) => {
            let place = data.ubicacion.as_ref().and_then(|u| u.texto.clone());
            let person =
                data.contacto.as_ref().map(|c| format!("{:?}", (&c.nombre, &c.extension, &c.celular, &c.correo)));
            let said = [data.dependencia.as_ref().map(|d| d.0.clone()), place, person];
            let faltan = data.faltan.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("completado: {}; faltan: [{faltan}]", said.into_iter().flatten().collect::<Vec<_>>().join(" · "))
        }
        Event::Corrected(data) => {
            format!("corregido por {}: {} = {}", data.quien, data.campo, data.valor.as_deref().unwrap_or("—"))
        }
        Event::Received { de, texto, .. } => format!("en el caso, de {de}: «{}»", texto.replace('\n', " / ")),
        Event::Undelivered { a, motivo, .. } => format!("sin entregar a {a}: {motivo}"),
        Event::Noted { texto } => format!("nota: «{}»", texto.replace('\n', " / ")),
        Event::Waiting { causa, hasta, detalle } => {
            let until = hasta.map(|day| format!(" hasta el {}", when::say_day(day))).unwrap_or_default();
            let detail = detalle.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            format!("en espera de {causa}{until}{detail}")
        }
        Event::Tagged { placa } => format!("equipo {placa}"),
        Event::Spent { minutos, quien } => {
            format!("{} de trabajo de {quien}", mesa_tic::spanish::duration::say(*minutos))
        }
        Event::Approved { quien } => format!("aprobado por {quien}"),
        Event::Returned { quien, motivo } => format!("devuelto por {quien}: {motivo}"),
        Event::Merged { en } => format!("se une al {en}"),
        Event::Absorbed { caso, .. } => format!("recibe el {caso}"),
        Event::Split { en } => format!("de este caso sale el {en}"),
        Event::Said { quien, texto } => format!("{quien} le escribe a quien lo pidió: {texto}"),
        Event::Unproven(order) => {
            format!(
                "orden no autenticada, de {}: «{}» ({})",
                order.de,
                order.texto.replace('\n', " / "),
                order.falta.join("; ")
            )
        }
        Event::Linked { con } => format!("relacionado con {con}"),
        Event::Rated { nota, palabras } => format!("calificación: {nota} de 5 («{palabras}»)"),
        Event::Confirmed { quien, .. } => format!("orden confirmada por {quien}"),
        Event::Released { motivo } => format!("sin cita: {motivo}"),
        Event::Answered { de, respuesta, .. } => format!("calendario de {de}: {respuesta}"),
        // Told with the letters that carry it, where a story is about calendars.
        Event::Invited(_) => return,
    };
    writeln!(story, "  · {line}").unwrap();
}

fn opened(ticket: &Ticket) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
    let faltan = ticket.faltan.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!(
        "abierto {} ({}, {}): {} · {} · {} · {} · ext. {} · cel. {} · {} · {}; faltan: [{faltan}]",
        ticket.id,
        ticket.clase,
        ticket.origen,
        ticket.problema.replace('\n', " / "),
        ticket.dependencia.as_ref().map_or("—", |d| d.0.as_str()),
        text(&ticket.ubicacion.texto),
        text(&ticket.contacto.nombre),
        text(&ticket.contacto.extension),
        text(&ticket.contacto.celular),
        ticket.categoria.0,
        ticket.prioridad,
    )
}
