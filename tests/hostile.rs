//! Mails that want to command without the right, through the whole clerk: `fixtures/hostile/gen.py` makes them and says in its
//! index what must come of each. The roster, the cases and the letters that it takes for granted are laid out first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use expect_test::expect_file;
use jiff::Timestamp;
use kit::canary;
use mesa_tic::clerk::Clerk;
use mesa_tic::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
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
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const MAILBOX: &str = "soporte.tic@magdalena.gov.co";
const ADMINISTRATOR: &str = "admin.mesa@magdalena.gov.co";

const PEOPLE: &str = r#"
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

/// Outcomes that the index expects and that we hold wrong: the mails, what comes instead, and why; the words stand in
/// docs/hostiles.md.
const OTHERWISE: &[(&[&str], &str, &str)] = &[
    (
        &["ctl-13-boss-approve"],
        "command",
        "Quien aprueba es el jefe, con prueba de que es él: no necesita además confirmarlo.",
    ),
    (
        &["auth-72-refs-third-party"],
        "thread",
        "Contesta, con la referencia de un correo del caso, alguien a quien se le había copiado. Sus palabras quedan en el caso para el técnico; no \
         recibe respuesta ni ve nada del caso.",
    ),
    (
        &["auth-34-level3-by-level2", "cry-02-smime-signed-bad", "cry-06-pgp-signed-command-outside"],
        "refused",
        "Está probado quién escribe (el servidor responde por él y contesta una carta suya); la firma no suma ni resta. La orden no se cumple, y se le \
         dice por qué, como de toda orden que no se puede cumplir.",
    ),
    (
        &["loop-02-own-ack-quoted-back"],
        "ignored-auto",
        "El acuse de otra mesa se guarda en el caso que nombra, como la palabra de cualquier máquina.",
    ),
    (
        &["ics-04-request-from-outside"],
        "ticket",
        "Quien invita a la mesa a una reunión quiere que alguien vaya: no se acepta nada, pero es una solicitud como otra.",
    ),
    (
        &[
            "mime-001-nest-10000-multipart",
            "mime-002-nest-10000-rfc822",
            "mime-003-nest-10000-unclosed",
            "mime-005-nest-101",
            "mime-006-nest-alternating",
            "mime-007-parts-100000",
            "mime-025-message-partial",
            "hdr-001-100000-headers",
            "hdr-004-line-10mb",
            "hdr-005-100000-folds",
            "body-01-base64-50mb-one-line",
            "body-02-text-50mb-one-line",
            "att-28-5000-same-name",
        ],
        "ticket",
        "Se lee hasta el límite (1.000 partes, tres correos adjuntos uno dentro de otro, 1 MiB de cada texto) en tiempo lineal; el correo queda entero como llegó. \
         Quien escribe es una persona conocida y su solicitud se entiende: se atiende, y lo que sobró se anota. La cuarentena queda para lo que no se pudo leer.",
    ),
    (
        &["mime-024-multipart-base64-cte", "hdr-016-cr-only", "hdr-019-starts-blank"],
        "ticket",
        "El índice admite también un caso. Se lee una sola vez y de una sola manera; el servidor responde por quien escribe, o él es de la casa, y recibe su acuse.",
    ),
    (
        &["hdr-017-lf-smuggled-header"],
        "thread",
        "La línea que empieza tras un salto suelto es cabecera para todo programa de correo. El permiso que cita no es de quien escribe y no vale; pero él es parte de \
         ese caso, y su comentario se guarda allí. No se cumple ninguna orden.",
    ),
    (
        &["hdr-035-msgid-ours"],
        "ticket",
        "Lo nuestro se conoce por su marca y por su remitente, no por un identificador que cualquiera copia: descartarlo sería perder la solicitud de una persona.",
    ),
];

/// Mails of which the index wants a quarantine because From names nobody, or more than one. A case is opened instead (or the
/// words are kept on the one they answer): a request without a usable sender is still a request, and a person looks at it
/// sooner in the list of cases than in the quarantine. What the quarantine is for holds: no answer, no order.
const HELD_ANOTHER_WAY: &str = "quarantine";

/// One case of the index.
struct Case {
    name: String,
    class: String,
    also: Option<String>,
    reply: bool,
    commands: String,
    after: Option<String>,
}

struct Generated {
    folder: TempDir,
    cases: Vec<Case>,
    letters: Vec<(String, String, u32)>,
    now: Timestamp,
}

fn generate() -> Generated {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile/gen.py");
    let made = Command::new("python3").arg(script).arg(folder.path()).arg("--small").output();
    let made = made.expect("python3 must be installed: it makes the hostile mails");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let index: toml::Table = fs::read_to_string(folder.path().join("index.toml")).unwrap().parse().unwrap();
    let text = |table: &toml::Value, key: &str| table.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let name = |file: String| file.trim_end_matches(".eml").to_owned();
    let cases = index["case"].as_array().unwrap().iter().map(|case| Case {
        name: name(text(case, "file").unwrap()),
        class: text(case, "class").unwrap(),
        also: text(case, "also"),
        reply: case["reply"].as_bool().unwrap(),
        commands: text(case, "commands").unwrap(),
        after: text(case, "after").map(name),
    });
    let fixture = &index["fixture"];
    let letters = fixture["letter"].as_array().unwrap().iter().map(|letter| {
        let ticket = u32::try_from(letter["ticket"].as_integer().unwrap()).unwrap();
        (text(letter, "id").unwrap(), text(letter, "to").unwrap(), ticket)
    });
    let (cases, letters) = (cases.collect(), letters.collect());
    let now = text(fixture, "now").unwrap().parse().unwrap();
    Generated { folder, cases, letters, now }
}

fn ticket(number: u32, solicitante: &str, tecnico: &str, now: Timestamp) -> Ticket {
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
        fuentes: BTreeMap::new(),
        seguimiento: Default::default(),
    }
}

/// The cabinet that every case begins with: eighteen cases, and the letters about the last two.
fn lay_out(path: &Path, made: &Generated) {
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
        batch.commit_own(&decision, &[], before).unwrap();
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
        batch.commit_own(&decision, &[parcel], before).unwrap();
    }
    batch.finish().unwrap();
}

fn clerk(store: Store) -> Clerk {
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
    Clerk { store, handbook, desk, administrator, seal }
}

/// What came of one mail.
struct Outcome {
    end: Disposition,
    /// A case that this mail opened.
    opened: bool,
    /// Facts on the cases that were there before.
    facts: Vec<Event>,
    /// Form and recipient of every letter it brought about.
    letters: Vec<(Form, String)>,
    from: String,
}

fn feed(clerk: &mut Clerk, name: &str, bytes: Vec<u8>, now: Timestamp) -> Outcome {
    let from = mail::parse(&bytes).from.correo;
    let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: name.to_owned() };
    let size = bytes.len() as u64;
    clerk.store.file(&[Raw { place, received: now, size, bytes }], now).unwrap();
    let row = clerk.store.waiting(10).unwrap()[0].row;
    let cases = |clerk: &Clerk| clerk.store.tickets(None, 1_000).unwrap().into_iter().map(|ticket| ticket.id);
    let before: Vec<TicketId> = cases(clerk).collect();
    assert_eq!(clerk.work(now).unwrap(), 1, "{name}");
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
        clerk.store.settle(due.row, &Sending::Sent { receipt: "250 Ok".into() }, now).unwrap();
    }
    Outcome { end: filed.destino.unwrap(), opened, facts, letters, from }
}

/// Are the words of the mail kept where a technician reads them?
fn are_words_kept(outcome: &Outcome) -> bool {
    outcome.opened
        || outcome.facts.iter().any(|event| match event {
            Event::Received { texto, .. } => !texto.is_empty(),
            Event::Unproven(order) => !order.texto.is_empty(),
            _ => false,
        })
}

/// Facts that change nothing of a case.
fn is_comment(event: &Event) -> bool {
    matches!(event, Event::Received { .. } | Event::Unproven(_))
}

fn is(class: &str, outcome: &Outcome) -> bool {
    let quiet = outcome.facts.iter().all(is_comment);
    let noted = outcome.facts.iter().all(|event| is_comment(event) || is_record(outcome.end, event));
    let back = outcome.letters.iter().any(|(form, to)| *to == outcome.from && *form != Form::Confirmacion);
    match class {
        "ticket" => outcome.opened && outcome.facts.is_empty(),
        "thread" => !outcome.opened && quiet && !outcome.facts.is_empty(),
        "refused" => outcome.end == Disposition::Comando && quiet,
        "command" => outcome.end == Disposition::Comando && !quiet,
        "comment-flagged" => quiet && outcome.end != Disposition::Comando && are_words_kept(outcome),
        "duplicate" => outcome.end == Disposition::Duplicado && outcome.facts.is_empty() && outcome.letters.is_empty(),
        "loop" => outcome.end == Disposition::Propio && outcome.facts.is_empty() && outcome.letters.is_empty(),
        "ignored-auto" => {
            let ends = [Disposition::Automatico, Disposition::Ajeno, Disposition::Rebote, Disposition::Propio];
            ends.contains(&outcome.end) && !outcome.opened && noted && outcome.letters.is_empty()
        }
        "calendar" => outcome.end == Disposition::Calendario && !outcome.opened && noted && !back,
        "bounce" => outcome.end == Disposition::Rebote && !outcome.opened && !back,
        HELD_ANOTHER_WAY => quiet && !back && outcome.end != Disposition::Comando,
        other => panic!("no such class: {other}"),
    }
}

/// What is only written down of a machine's word, where no order wrote it.
fn is_record(end: Disposition, event: &Event) -> bool {
    let machine = matches!(end, Disposition::Automatico | Disposition::Rebote | Disposition::Calendario);
    machine && matches!(event, Event::Noted { .. } | Event::Undelivered { .. })
}

/// What holds for every mail, and what the index says of answers and orders.
fn broken(case: &Case, class: &str, outcome: &Outcome) -> Option<String> {
    let roster = ["ctovar@magdalena.gov.co", "lperez@magdalena.gov.co", "jcastro@magdalena.gov.co"];
    let parties = ["mospino@magdalena.gov.co", "rosa.mejia@correo.example", ADMINISTRATOR];
    let expected = [Some(class), case.also.as_deref()].into_iter().flatten().collect::<Vec<_>>();
    let facts: Vec<String> =
        outcome.facts.iter().map(|event| format!("{event:?}").chars().take(100).collect()).collect();
    let told = format!("{}: {} {facts:?} {:?}", case.name, outcome.end, outcome.letters);
    if !expected.iter().any(|class| is(class, outcome)) {
        return Some(format!("not {expected:?}: {told}"));
    }
    let stray = |to: &str| to != outcome.from && !roster.contains(&to) && !parties.contains(&to);
    if outcome.letters.iter().any(|(_, to)| stray(to)) {
        return Some(format!("a letter to a third party: {told}"));
    }
    // Who opens a case and is then given it hears of both.
    let of_work = |form: &Form| matches!(form, Form::Asignacion | Form::Novedad);
    let back = outcome.letters.iter().filter(|(form, to)| *to == outcome.from && !of_work(form)).count();
    let answered = !roster.contains(&outcome.from.as_str()) && back > 0;
    let is_request = class == "ticket" && case.class != class;
    if back > 1 || (answered && !case.reply && !is_request) {
        return Some(format!("an answer too many: {told}"));
    }
    let asked = outcome.letters.iter().filter(|(form, _)| *form == Form::Confirmacion);
    if asked.clone().count() > 1 || asked.clone().any(|(_, to)| !roster.contains(&to.as_str())) {
        return Some(format!("asked the wrong one: {told}"));
    }
    let acted = outcome.facts.iter().any(|event| !is_comment(event) && !is_record(outcome.end, event));
    let may = matches!(case.commands.as_str(), "apply" | "confirm");
    (acted != may && case.commands != "none" || acted && !may).then(|| format!("orders were run or not: {told}"))
}

#[test]
fn every_hostile_mail_ends_as_its_index_says() {
    let made = generate();
    let home = tempfile::tempdir().unwrap();
    let template = home.path().join("molde.db");
    lay_out(&template, &made);
    let bytes = |name: &str| fs::read(made.folder.path().join(format!("{name}.eml"))).unwrap();
    // Those that come in rows have tests of their own.
    let ours = |case: &&Case| case.class != "sequence";
    let mut clerk = clerk(Store::open(&home.path().join("nada.db"), made.now).unwrap());
    let (mut faults, mut count, mut notes) = (Vec::new(), 0, 0);
    let mut ends = BTreeMap::<&str, (usize, usize)>::new();
    for case in made.cases.iter().filter(ours) {
        count += 1;
        let path: PathBuf = home.path().join(format!("{}.db", case.name));
        fs::copy(&template, &path).unwrap();
        clerk.store = Store::open(&path, made.now).unwrap();
        if let Some(before) = &case.after {
            feed(&mut clerk, before, bytes(before), made.now);
        }
        let outcome = feed(&mut clerk, &case.name, bytes(&case.name), made.now);
        let otherwise = OTHERWISE.iter().find(|(names, ..)| names.contains(&case.name.as_str()));
        let class = otherwise.map_or(case.class.as_str(), |(_, class, _)| class);
        let end = ends.entry(case.class.as_str()).or_default();
        *(if otherwise.is_some() { &mut end.1 } else { &mut end.0 }) += 1;
        faults.extend(broken(case, class, &outcome));
        assert!(clerk.store.reconcile().unwrap().is_empty(), "{}", case.name);
        let people = &clerk.handbook.office.people;
        notes += canary::of_store(&clerk.store, |to| people.who(to).is_some()).1;
    }
    assert!(count > 500 && notes > 3, "the hostile mails are gone: {count}, with {notes} notes");
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    expect_file!["../docs/hostiles.md"].assert_eq(&table(&made, &ends));
}

/// The page that says, class by class, what became of them.
fn table(made: &Generated, ends: &BTreeMap<&str, (usize, usize)>) -> String {
    let mut page = String::from(
        "# Los correos hostiles: qué pasa con cada uno\n\n`fixtures/hostile/gen.py` hace 622 correos pensados para dañar, engañar o agotar una mesa de ayuda, y \
         dice de cada uno qué debe pasar. Esta página la escribe `tests/hostile.rs`, que los pasa todos por la mesa: no se edita a mano. De todos, además: nada se cae, el \
         correo queda guardado como llegó, los libros cuadran (`mesa-tic reconcile`), ningún tercero recibe cartas y ninguna nota sale de la oficina.\n\n\
         | Lo que el índice espera | Correos | Como espera | De otro modo |\n|---|---|---|---|\n",
    );
    for (class, (well, otherwise)) in ends {
        page += &format!("| {} | {} | {well} | {otherwise} |\n", told(class), well + otherwise);
    }
    let rows = made.cases.iter().filter(|case| case.class == "sequence").count();
    page += &format!(
        "| secuencias: dos máquinas que se contestan, y acuses a nombre de otros | {rows} | {rows} | 0 |\n\nDe la cuarentena: cuando el índice la pide porque el remitente no se \
         entiende, se abre un caso sin contestarle a nadie, pues una persona lo ve antes en la lista de casos; cuenta como lo esperado.\n\n## De otro modo, y por qué\n"
    );
    for (names, class, why) in OTHERWISE {
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        page += &format!("\n- {names}: {}. {}\n", told(class), why.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    page
}

/// A class of the index in words.
fn told(class: &str) -> &'static str {
    match class {
        "ticket" => "un caso nuevo",
        "thread" => "un comentario en su caso",
        "command" => "una orden que se cumple",
        "refused" => "una orden que se contesta y no se cumple",
        "comment-flagged" => "una orden sin prueba, guardada y no cumplida",
        "quarantine" => "nadie le contesta y nada se cumple (cuarentena)",
        "ignored-auto" => "palabra de una máquina: se anota, sin caso",
        "bounce" => "una carta devuelta",
        "calendar" => "respuesta de un calendario",
        "loop" => "lo nuestro que vuelve: se anota",
        "duplicate" => "el mismo correo otra vez: nada",
        other => panic!("no such class: {other}"),
    }
}

/// A sequence of the generator, a mail a minute into one cabinet: what each brought about.
fn flood(made: &Generated, name: &str) -> Vec<Outcome> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mesa.db");
    lay_out(&path, made);
    let mut clerk = clerk(Store::open(&path, made.now).unwrap());
    let mut names: Vec<&str> =
        made.cases.iter().map(|case| case.name.as_str()).filter(|n| n.starts_with(name)).collect();
    names.sort_unstable();
    assert_eq!(names.len(), 60, "{name}");
    let mails = (0..).zip(names).map(|(minute, name)| {
        let now = made.now + jiff::SignedDuration::from_mins(minute);
        feed(&mut clerk, name, fs::read(made.folder.path().join(format!("{name}.eml"))).unwrap(), now)
    });
    mails.collect()
}

/// How many letters went to who wrote, how many cases were opened.
fn tally(outcomes: &[Outcome]) -> (usize, usize) {
    let back = outcomes.iter().flat_map(|outcome| outcome.letters.iter().filter(|(_, to)| *to == outcome.from));
    (back.count(), outcomes.iter().filter(|outcome| outcome.opened).count())
}

/// Another machine that answers every letter of ours without any mark: one receipt a day, five cases an hour; what else it
/// says is kept on the last of them, and the technicians hear no more of it.
#[test]
fn two_machines_do_not_write_to_each_other_for_long() {
    let outcomes = flood(&generate(), "seq-pingpong");
    assert_eq!(tally(&outcomes), (1, 5));
    for piled in &outcomes[5..] {
        assert!(piled.end == Disposition::Respuesta && piled.letters.is_empty());
    }
}

/// Sixty victims in whose names somebody writes: the server disowns each, and none hears of us.
#[test]
fn nobody_is_written_to_in_whose_name_others_write() {
    assert_eq!(tally(&flood(&generate(), "seq-relayspam")).0, 0);
}

/// A stranger, the citizen of case 18 and the employee of case 17: none of them ever writes.
const VICTIMS: [&str; 3] = ["victima@otro.example", "rosa.mejia@correo.example", "mospino@magdalena.gov.co"];

/// One forged mail: which of each list it takes.
#[derive(Clone, Debug)]
struct Forged {
    victim: usize,
    subject: usize,
    text: usize,
    cites: usize,
    extra: usize,
    word: usize,
    minutes: i64,
}

fn forged() -> impl Strategy<Value = Forged> {
    let picks = (0..VICTIMS.len(), 0usize..5, 0usize..8, 0usize..4, 0usize..9, 0usize..4, 1i64..100);
    picks.prop_map(|(victim, subject, text, cites, extra, word, minutes)| Forged {
        victim,
        subject,
        text,
        cites,
        extra,
        word,
        minutes,
    })
}

impl Forged {
    fn bytes(&self, n: usize, now: Timestamp) -> Vec<u8> {
        let from = VICTIMS[self.victim];
        let domain = from.split('@').next_back().unwrap();
        let subject =
            ["Impresora", "Re: [TIC-2026-00018] x", "Re: [TIC-2026-00017] x", "Re: hola", "URGENTE"][self.subject];
        let text = [
            "La impresora no imprime.",
            "Sigue igual.",
            "Ya quedó, gracias. 5",
            "¿En qué va mi caso?",
            "#cerrar\n#estado en espera",
            "No puedo a esa hora, ¿puede ser el jueves a las 3 p. m.?",
            "Dependencia: Secretaría de Hacienda\nExtensión: 123",
            "Ya no lo necesito, cancelen.",
        ][self.text];
        let cites = match self.cites {
            0 => String::new(),
            1 => format!("In-Reply-To: <r.{}@magdalena.gov.co>\r\n", "a".repeat(47)),
            2 => "References: <falso.0@otro.example> <falso.1@otro.example>\r\n".to_owned(),
            _ => format!("In-Reply-To: <falso.{}@otro.example>\r\n", n.saturating_sub(1)),
        };
        let other = VICTIMS[(self.victim + 1) % VICTIMS.len()];
        let extra = match self.extra {
            0 => String::new(),
            1 => format!("Reply-To: {other}\r\n"),
            2 => format!("Sender: {other}\r\nErrors-To: {other}\r\n"),
            3 => format!("Disposition-Notification-To: {other}\r\nReturn-Receipt-To: {other}\r\n"),
            4 => format!("Cc: {}\r\n", VICTIMS.join(", ")),
            5 => format!("Authentication-Results: mx.magdalena.gov.co; dmarc=pass header.from={domain}\r\n"),
            6 => "Importance: high\r\nX-Mesa-Ticket: 18\r\n".to_owned(),
            7 => format!("From: {other}\r\n"),
            _ => "Auto-Submitted: no\r\n".to_owned(),
        };
        let word = [
            format!("dmarc=fail header.from={domain}"),
            format!("dmarc=none header.from={domain}"),
            "dmarc=pass header.from=evil.example".to_owned(),
            "none".to_owned(),
        ][self.word]
            .clone();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "Authentication-Results: mx.magdalena.gov.co; {word}\r\nReceived: from evil by mx.magdalena.gov.co; {date}\r\n\
             {extra}From: <{from}>\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: \
             <falso.{n}@otro.example>\r\n{cites}Content-Type: text/plain; charset=utf-8\r\n\r\n{text} {n}\r\n"
        )
        .into_bytes()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever headers and words somebody outside puts together, in whoever's name: nobody hears of it twice in a day.
    #[test]
    fn no_headers_make_the_desk_write_to_a_third_party_twice_a_day(
        mails in proptest::collection::vec(forged(), 1..14),
        solved in any::<bool>(),
        strict in any::<bool>(),
    ) {
        thread_local! {
            static BASE: RefCell<(Generated, TempDir, Clerk)> = {
                let (made, home) = (generate(), tempfile::tempdir().unwrap());
                lay_out(&home.path().join("molde.db"), &made);
                let clerk = clerk(Store::open(&home.path().join("nada.db"), made.now).unwrap());
                RefCell::new((made, home, clerk))
            };
        }
        let heard = BASE.with_borrow_mut(|(made, base, clerk)| {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("mesa.db");
            fs::copy(base.path().join("molde.db"), &path).unwrap();
            clerk.store = Store::open(&path, made.now).unwrap();
            clerk.seal.policy = match strict {
                true => Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() },
                false => Policy::Unverified,
            };
            if solved {
                solve(clerk, made.now);
            }
            let mut heard: BTreeMap<String, Vec<Form>> = BTreeMap::new();
            let mut now = made.now;
            for (n, mail) in mails.iter().enumerate() {
                now += jiff::SignedDuration::from_mins(mail.minutes);
                let outcome = feed(clerk, &n.to_string(), mail.bytes(n, now), now);
                outcome.letters.into_iter().for_each(|(form, to)| heard.entry(to).or_default().push(form));
            }
            heard
        });
        // Where no server says who wrote a mail, one in the name of the house passes for hers: it may be answered as often as
        // she may ask.
        for victim in VICTIMS.iter().take(if strict { 3 } else { 2 }).copied() {
            let letters = heard.get(victim).map_or(&[][..], |letters| letters);
            prop_assert!(letters.len() <= 1, "{victim} heard {letters:?}");
        }
    }
}

/// The two cases that have a requester are solved.
fn solve(clerk: &mut Clerk, now: Timestamp) {
    let fact = |number| {
        (
            TicketId { year: 2026, number },
            Event::Moved { estado: Estado::Resuelto, motivo: Some("Se limpió.".to_owned()) },
        )
    };
    let facts = vec![fact(17), fact(18)];
    let decision =
        Decision { disposition: Disposition::Ticket, facts, letters: vec![], away: vec![], why: String::new() };
    let mut batch = clerk.store.batch().unwrap();
    batch.commit_own(&decision, &[], now).unwrap();
    batch.finish().unwrap();
}

/// Laura answers one of our letters.
fn laura(n: u32, letter: &str, text: &str, now: Timestamp) -> Vec<u8> {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!(
        "From: Laura <lperez@magdalena.gov.co>\r\nTo: {MAILBOX}\r\nSubject: Re: [TIC-2026-00017] x\r\nDate: {date}\r\n\
         Message-ID: <laura.{n}@magdalena.gov.co>\r\nIn-Reply-To: <{letter}>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

fn estado(clerk: &Clerk) -> Estado {
    clerk.store.case(TicketId { year: 2026, number: 17 }).unwrap().unwrap().ticket.estado
}

/// Message-ID of the letter that asked last.
fn asking(clerk: &Clerk) -> String {
    let case = clerk.store.case(TicketId { year: 2026, number: 17 }).unwrap().unwrap();
    let row = case.cartas.iter().filter(|letter| letter.forma == Form::Confirmacion).map(|letter| letter.row).max();
    mail::parse(&clerk.store.letter_bytes(row.unwrap()).unwrap().unwrap()).id.unwrap().0
}

#[test]
fn where_no_server_vouches_the_first_order_of_each_day_is_confirmed_once() {
    let made = generate();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mesa.db");
    lay_out(&path, &made);
    let mut clerk = clerk(Store::open(&path, made.now).unwrap());
    clerk.seal.policy = Policy::Unverified;
    let (letter, _, _) = made.letters.iter().find(|(_, to, _)| to.starts_with("lperez")).unwrap();
    let later = |minutes: i64| made.now + jiff::SignedDuration::from_mins(minutes);
    let ask = |clerk: &mut Clerk, n: u32, letter: &str, text: &str, minutes: i64| {
        feed(clerk, &n.to_string(), laura(n, letter, text, later(minutes)), later(minutes))
    };
    let first = ask(&mut clerk, 1, letter, "#estado en proceso", 0);
    assert_eq!(first.letters, [(Form::Confirmacion, "lperez@magdalena.gov.co".to_owned())]);
    assert_eq!(estado(&clerk), Estado::Asignado);
    let question = asking(&clerk);
    assert!(question.starts_with("a."), "{question}");
    // Any other word is no yes, nor is an order of its own; a machine's answer is none.
    ask(&mut clerk, 2, &question, "No fui yo.", 5);
    ask(&mut clerk, 3, &question, "#estado en espera", 6);
    assert_eq!(estado(&clerk), Estado::Asignado);
    let confirmed = ask(&mut clerk, 4, &question, "CONFIRMO", 10);
    assert!(confirmed.facts.iter().any(|event| matches!(event, Event::Confirmed { quien, .. } if quien == "lperez")));
    assert_eq!(estado(&clerk), Estado::EnProceso);
    // Once; and from now on this day's orders run as they come.
    ask(&mut clerk, 5, letter, "#estado en espera", 20);
    assert_eq!(estado(&clerk), Estado::EnEspera);
    ask(&mut clerk, 6, &question, "Confirmo otra vez", 30);
    assert_eq!(estado(&clerk), Estado::EnEspera);
    // Another's letter is no proof where nobody vouches for the sender.
    let (others, _, _) = made.letters.iter().find(|(_, to, _)| to.starts_with("ctovar")).unwrap();
    ask(&mut clerk, 7, others, "#estado en proceso", 40);
    assert_eq!(estado(&clerk), Estado::EnEspera);
    // The next day begins anew, and after three days nobody can confirm.
    ask(&mut clerk, 8, letter, "#estado en proceso", 24 * 60);
    assert_eq!(estado(&clerk), Estado::EnEspera);
    let question = asking(&clerk);
    ask(&mut clerk, 9, &question, "Confirmo", 24 * 60 * 6);
    assert_eq!(estado(&clerk), Estado::EnEspera);
    assert!(clerk.store.reconcile().unwrap().is_empty());
}

#[test]
fn orders_without_proof_are_told_once_an_hour_and_to_the_administrator_when_they_pile_up() {
    let made = generate();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mesa.db");
    lay_out(&path, &made);
    let mut clerk = clerk(Store::open(&path, made.now).unwrap());
    let mut told = Vec::new();
    for n in 0..6 {
        let now = made.now + jiff::SignedDuration::from_mins(15 * i64::from(n));
        let outcome = feed(&mut clerk, &n.to_string(), laura(n, "nada@x.co", "#estado cerrado", now), now);
        told.push(outcome.letters.iter().map(|(form, _)| form.word()).collect::<Vec<_>>().join("+"));
        assert!(outcome.letters.iter().all(|(form, to)| (*form == Form::Aviso) == (to == ADMINISTRATOR)));
    }
    assert_eq!(told, ["confirmacion", "", "aviso", "", "", "confirmacion"]);
    assert_eq!(estado(&clerk), Estado::Asignado);
}
