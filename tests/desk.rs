//! The desk's promises, held to random days: nobody is booked twice or outside hours, no machine gets a letter, an estado
//! moves only along its table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use jiff::{SignedDuration, Timestamp};
use mesa_tic::desk::account;
use mesa_tic::desk::decide;
use mesa_tic::desk::decision::{Away, Decision, Disposition, Form, Letter, Office, Situation};
use mesa_tic::desk::dispatch::{self, Withheld};
use mesa_tic::desk::offer;
use mesa_tic::desk::office;
use mesa_tic::desk::vigil;
use mesa_tic::desk::vigil::Watched;
use mesa_tic::mail;
use mesa_tic::mail::message::{Hand, Mail, MessageId};
use mesa_tic::office::fields::{Categoria, Dependencia, Origen, Prioridad, Requisito};
use mesa_tic::office::hours::Exception;
use mesa_tic::office::people::{Person, Role};
use mesa_tic::office::rulefile::RuleError;
use mesa_tic::reading::command;
use mesa_tic::reading::command::{Command, Complaint};
use mesa_tic::reading::note::{Extraction, Found, Kind, Reading, RuleId, Said, Verdict, Weighing, Zone};
use mesa_tic::seal::context::{Sent, context};
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::order::{Moment, Standing};
use mesa_tic::seal::ring::Ring;
use mesa_tic::seal::token::Purpose;
use mesa_tic::spanish::when;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::{Event, Ticket};
use mesa_tic::ticket::id::TicketId;
use mesa_tic::ticket::seguimiento::Causa;
use mesa_tic::ticket::visit::{Booked, Place, Visit};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const PERSONAS: &str = r#"
dominios = ["magdalena.gov.co"]
[[persona]]
usuario = "jefe"
nombre = "La Jefe"
correo = "jefe.tic@magdalena.gov.co"
rol = "jefe"
[[persona]]
usuario = "kbarros"
nombre = "Kevin Barros"
correo = "kbarros@magdalena.gov.co"
rol = "tecnico"
categorias = ["equipo_computo", "otro"]
[[persona.ausencia]]
desde = "2026-12-01"
hasta = "2026-12-04"
[[persona]]
usuario = "agranados"
nombre = "Álex Granados"
correo = "agranados@magdalena.gov.co"
rol = "tecnico"
categorias = ["red_internet", "equipo_computo"]
horario = { lunes = ["07:00-11:00"], martes = ["09:30-12:00", "14:00-17:00"], jueves = ["08:00-18:00"] }
"#;
const HORARIO: &str = r#"
[semana]
lunes = ["08:00-12:00", "14:00-18:00"]
martes = ["08:00-12:00", "14:00-18:00"]
miercoles = ["08:00-12:00", "14:00-18:00"]
jueves = ["08:00-12:00", "14:00-18:00"]
viernes = ["08:00-12:00", "14:00-17:00"]
[[excepcion]]
desde = "2026-12-03"
horas = "14:00-18:00"
motivo = "decreto"
"#;
const CATEGORIAS: &str = r#"
[[categoria]]
nombre = "equipo_computo"
minutos = 50
[[categoria]]
nombre = "red_internet"
titulo = "red e internet"
minutos = 120
responsable = "kbarros"
[[categoria]]
nombre = "otro"
minutos = 240
"#;
const MAILBOX: &str = "soporte.tic@magdalena.gov.co";

fn office() -> Office {
    let files = [("personas.toml", PERSONAS), ("horario.toml", HORARIO), ("categorias.toml", CATEGORIAS)];
    let ready = ("cartas/plantillas/captura.txt".to_owned(), "Envíenos una imagen.".to_owned());
    let files = files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).chain([ready]).collect();
    let mut errors: Vec<RuleError> = Vec::new();
    let office = office::load(&files, MAILBOX, &mut errors);
    assert_eq!(errors, []);
    office.unwrap()
}

fn at(text: &str) -> Timestamp {
    let civil: jiff::civil::DateTime = text.parse().unwrap();
    when::instant(civil.date(), civil.time()).unwrap()
}

fn write(from: &str, head: &str, text: &str) -> Mail {
    let raw = format!(
        "From: {from}\r\nTo: {MAILBOX}\r\nSubject: no prende\r\nMessage-ID: <a1@x.co>\r\n{head}\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    mail::parse(raw.as_bytes())
}

fn found<T>(value: T) -> Found<T> {
    Found { value, rule: RuleId::new("prueba:1"), zone: Zone::Texto, span: 0..0, words: String::new() }
}

fn reading(kind: Kind, categoria: &str, prioridad: Prioridad, text: &str) -> Reading {
    Reading {
        kind: found(kind),
        origen: Origen::Interna,
        fields: Extraction::default(),
        problema: text.to_owned(),
        categoria: found(Categoria(categoria.into())),
        prioridad: found(prioridad),
        weighing: Weighing::default(),
        texto_nuevo: text.to_owned(),
        dice: Said {
            verdict: text.to_lowercase().starts_with("sigue igual").then_some(Verdict::Sigue),
            rating: None,
            wish: None,
        },
        commands: Vec::new(),
    }
}

fn situation() -> Situation {
    Situation {
        ticket: None,
        thread: Vec::new(),
        next: TicketId { year: 2026, number: 17 },
        earlier: Vec::new(),
        agenda: Arc::default(),
        load: BTreeMap::new(),
        notified: false,
        answers_today: 0,
        answers_this_hour: 0,
        opened: vec![],
        alarms: vec![],
        known_sender: true,
        truncated: false,
        away: Vec::new(),
        papers: Default::default(),
        standing: Standing::none(),
        held: None,
        asked: false,
        last_fact: None,
        through: Vec::new(),
        returned: None,
        since: None,
    }
}

fn visit(decision: &Decision) -> Option<Visit> {
    decision.facts.iter().find_map(|(_, event)| match event {
        Event::Booked(visit) => Some(visit.clone()),
        _ => None,
    })
}

/// Visits of other cases, as they stand in the agenda.
fn booked(visits: &[Visit], prioridad: Prioridad) -> Vec<Booked> {
    let of = |(number, visit): (u32, &Visit)| Booked {
        caso: TicketId { year: 2025, number },
        visit: visit.clone(),
        prioridad,
        categoria: Categoria("otro".into()),
        place: Place::default(),
        pinned: false,
    };
    (1..).zip(visits).map(of).collect()
}

fn open(now: &str, categoria: &str, prioridad: Prioridad, agenda: &[Visit]) -> Visit {
    let mail = write("Ana <ana@magdalena.gov.co>", "", "no prende");
    let s = Situation { agenda: Arc::new(booked(agenda, Prioridad::Critica).into_iter().collect()), ..situation() };
    let decision = decide(&office(), at(now), at(now), &mail, &reading(Kind::Solicitud, categoria, prioridad, "x"), &s);
    visit(&decision).unwrap()
}

fn said(visit: &Visit) -> String {
    format!("{}: {}", visit.tecnico, when::say_span(visit.start, visit.end))
}

/// A ticket as the desk opens it.
fn ticket(text: &str) -> Ticket {
    let mail = write("Ana <ana@magdalena.gov.co>", "", text);
    let now = at("2026-11-25 09:00");
    let note = reading(Kind::Solicitud, "equipo_computo", Prioridad::Media, text);
    fold(None, &decide(&office(), now, now, &mail, &note, &situation()))
}

fn fold(ticket: Option<Ticket>, decision: &Decision) -> Ticket {
    decision
        .facts
        .iter()
        .fold(ticket, |ticket, (_, event)| match (ticket, event) {
            (_, Event::Opened(opened)) => Some((**opened).clone()),
            (ticket, event) => Some(ticket.unwrap().apply(event)),
        })
        .unwrap()
}

fn forms(decision: &Decision) -> Vec<(Form, String)> {
    decision.letters.iter().map(|letter| (letter.form, letter.to.correo.clone())).collect()
}

#[test]
fn the_first_free_hour_by_priority() {
    // Wednesday: Álex does not work; Kevin does.
    let at_ten = |prioridad| said(&open("2026-11-25 10:05", "equipo_computo", prioridad, &[]));
    assert_eq!(at_ten(Prioridad::Critica), "kbarros: miércoles 25 de noviembre de 2026, de 10:15 a. m. a 11:15 a. m.");
    assert_eq!(at_ten(Prioridad::Alta), "kbarros: miércoles 25 de noviembre de 2026, de 10:45 a. m. a 11:45 a. m.");
    assert_eq!(at_ten(Prioridad::Media), "kbarros: miércoles 25 de noviembre de 2026, de 4:15 p. m. a 5:15 p. m.");
    // Both have the skill and no load: the first of the roster.
    assert_eq!(at_ten(Prioridad::Baja), "kbarros: jueves 26 de noviembre de 2026, de 10:15 a. m. a 11:15 a. m.");
    // Two hours do not fit before the break of a technician who leaves at eleven.
    let network = open("2026-11-30 07:50", "red_internet", Prioridad::Alta, &[]);
    assert_eq!(said(&network), "agranados: lunes 30 de noviembre de 2026, de 8:30 a. m. a 10:30 a. m.");
    // No more time today with who has the skill: who answers for the categoría takes it today.
    let network = open("2026-11-30 09:30", "red_internet", Prioridad::Alta, &[]);
    assert_eq!(said(&network), "kbarros: lunes 30 de noviembre de 2026, de 10:00 a. m. a 12:00 m.");
    // Nobody with the skill is in on a Friday: who answers for the categoría takes it.
    let network = open("2026-11-27 08:00", "red_internet", Prioridad::Alta, &[]);
    assert_eq!(said(&network), "kbarros: viernes 27 de noviembre de 2026, de 8:30 a. m. a 10:30 a. m.");
    // Kevin is away until Friday the 4th, and the 8th is a holiday.
    let away = open("2026-12-04 15:00", "otro", Prioridad::Media, &[]);
    assert_eq!(said(&away), "kbarros: lunes 7 de diciembre de 2026, de 2:00 p. m. a 6:00 p. m.");
    // What is critical knows no hours.
    let night = open("2026-11-29 02:10", "red_internet", Prioridad::Critica, &[]);
    assert_eq!(said(&night), "agranados: domingo 29 de noviembre de 2026, de 2:15 a. m. a 4:15 a. m.");
}

#[test]
fn a_critical_case_goes_to_whoever_is_free() {
    let first = open("2026-11-26 09:00", "equipo_computo", Prioridad::Critica, &[]);
    let second = open("2026-11-26 09:00", "equipo_computo", Prioridad::Critica, std::slice::from_ref(&first));
    let third = open("2026-11-26 09:00", "equipo_computo", Prioridad::Critica, &[first.clone(), second.clone()]);
    assert_eq!((first.tecnico.as_str(), second.tecnico.as_str()), ("kbarros", "agranados"));
    assert_eq!(third.start, first.end, "nobody is free: the first who will be");
    // What can wait gives way, the less pressing first, and before what has begun already.
    let other = |tecnico: &str, from: &str, to: &str, prioridad| {
        let visit = Visit {
            tecnico: tecnico.into(),
            start: at(&format!("2026-11-26 {from}")),
            end: at(&format!("2026-11-26 {to}")),
        };
        booked(&[visit], prioridad).remove(0)
    };
    let critical = |agenda: Vec<Booked>| {
        let (office, s) = (office(), Situation { agenda: Arc::new(agenda.into_iter().collect()), ..situation() });
        let mail = write("Ana <ana@magdalena.gov.co>", "", "no prende");
        let now = at("2026-11-26 09:00");
        let note = reading(Kind::Solicitud, "equipo_computo", Prioridad::Critica, "x");
        let decision = decide(&office, now, now, &mail, &note, &s);
        said(&visit(&decision).unwrap())
    };
    let at_nine = |who: &str| format!("{who}: jueves 26 de noviembre de 2026, de 9:00 a. m. a 10:00 a. m.");
    let later = |who, prioridad| other(who, "09:30", "10:30", prioridad);
    assert_eq!(
        critical(vec![later("kbarros", Prioridad::Alta), later("agranados", Prioridad::Baja)]),
        at_nine("agranados")
    );
    assert_eq!(critical(vec![later("kbarros", Prioridad::Alta)]), at_nine("agranados"));
    let begun = other("kbarros", "08:30", "10:00", Prioridad::Baja);
    assert_eq!(critical(vec![begun, later("agranados", Prioridad::Alta)]), at_nine("agranados"));
}

#[test]
fn a_request_is_answered_once_and_its_technician_told() {
    let mail = write("Ana <ana@magdalena.gov.co>", "", "no prende");
    let note = reading(Kind::Solicitud, "equipo_computo", Prioridad::Media, "no prende");
    let now = at("2026-11-25 09:00");
    let decision = decide(&office(), now, now, &mail, &note, &situation());
    assert_eq!(decision.disposition, Disposition::Ticket);
    assert_eq!(
        forms(&decision),
        [(Form::Acuse, "ana@magdalena.gov.co".into()), (Form::Asignacion, "kbarros@magdalena.gov.co".into())]
    );
    let ticket = fold(None, &decision);
    assert_eq!((ticket.id.to_string().as_str(), ticket.estado), ("TIC-2026-00017", Estado::Asignado));
    assert_eq!(ticket.faltan.len(), 5);
    assert!(decision.letters[0].blanks.aviso);
    // Over the limit: the other letter, with the same number and hour.
    let big = decide(&office(), now, now, &mail, &note, &Situation { truncated: true, ..situation() });
    assert_eq!(big.letters[0].form, Form::MuyGrande);
    assert_eq!(big.letters[0].blanks.cuando, decision.letters[0].blanks.cuando);
}

#[test]
fn nobody_from_outside_is_asked_for_a_dependencia() {
    let mail = write("Faride <faride@cienaga-magdalena.gov.co>", "", "mire http://spam.example ya");
    let note = Reading {
        origen: Origen::Externa,
        ..reading(Kind::Solicitud, "otro", Prioridad::Media, "mire http://spam.example ya")
    };
    let now = at("2026-11-25 09:00");
    let s = Situation { known_sender: false, ..situation() };
    let decision = decide(&office(), now, now, &mail, &note, &s);
    let blanks = &decision.letters[0].blanks;
    assert_eq!(blanks.faltan, [Requisito::Nombre, Requisito::Telefono, Requisito::Correo]);
    assert_eq!(blanks.problema, "mire [enlace] ya");
}

#[test]
fn a_reply_fills_only_what_was_missing() {
    let mut open = ticket("no prende");
    open.dependencia = Some(Dependencia("Tesorería".into()));
    open.faltan = vec![Requisito::Ubicacion, Requisito::Telefono];
    // In no calendar, so that none follows the place.
    open.seguimiento.cita = None;
    let now = at("2026-11-25 11:00");
    let mail = write("Ana <ana@magdalena.gov.co>", "", "piso 3, tel 4381144");
    let mut note = reading(Kind::Respuesta, "otro", Prioridad::Baja, "piso 3, tel 4381144");
    note.fields.lugar = Some(found("piso 3".into()));
    note.fields.piso = Some(found("3".into()));
    note.fields.telefono = Some(found("4381144".into()));
    note.fields.dependencia = Some(found(Dependencia("Rentas".into())));
    let s = Situation { ticket: Some(open.clone()), ..situation() };
    let decision = decide(&office(), now, now, &mail, &note, &s);
    let after = fold(Some(open.clone()), &decision);
    assert_eq!(after.dependencia, open.dependencia, "it was known");
    assert_eq!(after.ubicacion.piso.as_deref(), Some("3"));
    assert_eq!(after.faltan, [Requisito::Telefono], "a landline alone does not do");
    assert_eq!(decision.letters[0].blanks.detalle, ["Lugar: piso 3", "Teléfono: tel. 438 1144"]);
    assert_eq!(forms(&decision)[0], (Form::Completado, "ana@magdalena.gov.co".into()));
    // Somebody else in the thread fills nothing and gets nothing; the technician is warned.
    let stranger = write("Eva <eva@otra.example>", "", "piso 9");
    let decision = decide(&office(), now, now, &stranger, &note, &s);
    assert_eq!(forms(&decision), [(Form::Novedad, "kbarros@magdalena.gov.co".into())]);
    assert_eq!(fold(Some(open.clone()), &decision), open);
    // Of one that is over the size limit only the beginning was read: both sides hear that.
    let big = Situation { truncated: true, ..s.clone() };
    let decision = decide(&office(), now, now, &mail, &note, &big);
    assert_eq!(fold(Some(open.clone()), &decision), after, "what was read of it counts");
    assert_eq!(
        forms(&decision),
        [(Form::MuyGrande, "ana@magdalena.gov.co".into()), (Form::Novedad, "kbarros@magdalena.gov.co".into())]
    );
    assert!(decision.letters[1].blanks.detalle[0].contains("muy grande"));
    // A reply that adds nothing is thanked by nobody.
    let thanks = reading(Kind::Respuesta, "otro", Prioridad::Baja, "gracias");
    let decision = decide(&office(), now, now, &mail, &thanks, &s);
    assert_eq!(forms(&decision), [(Form::Novedad, "kbarros@magdalena.gov.co".into())]);
}

#[test]
fn still_the_same_opens_it_again_with_a_new_hour() {
    let solved = Ticket { estado: Estado::Resuelto, faltan: vec![], ..ticket("no prende") };
    let now = at("2026-11-26 16:30");
    let mail = write("Ana <ana@magdalena.gov.co>", "", "Sigue igual, gracias");
    let s = Situation { ticket: Some(solved.clone()), ..situation() };
    let decide = |text: &str| {
        let note = reading(Kind::Respuesta, "otro", Prioridad::Baja, text);
        decide(&office(), now, now, &mail, &note, &s)
    };
    let decision = decide("Sigue igual, gracias");
    let after = fold(Some(solved.clone()), &decision);
    assert_eq!(after.estado, Estado::Reabierto);
    assert_eq!(said(&after.visita.unwrap()), "kbarros: viernes 27 de noviembre de 2026, de 10:30 a. m. a 11:30 a. m.");
    assert_eq!(forms(&decision)[0].0, Form::Estado);
    let decision = decide("ya quedó, gracias");
    assert_eq!(fold(Some(solved), &decision).estado, Estado::Resuelto);
    assert_eq!(forms(&decision), [(Form::Novedad, "kbarros@magdalena.gov.co".into())]);
}

/// A letter about a mail that was too large promises the visit that is to come, and none that is over.
#[test]
fn a_visit_that_is_over_is_promised_to_nobody() {
    let case = ticket("no prende");
    let promised = |now: &str, estado| {
        let s = Situation { ticket: Some(Ticket { estado, ..case.clone() }), truncated: true, ..situation() };
        let (mail, note) = (
            write("Ana <ana@magdalena.gov.co>", "", "gracias"),
            reading(Kind::Respuesta, "otro", Prioridad::Baja, "gracias"),
        );
        let decision = decide(&office(), at(now), at(now), &mail, &note, &s);
        let letter = decision.letters.into_iter().find(|letter| letter.form == Form::MuyGrande).unwrap();
        letter.blanks.cuando.is_some()
    };
    assert!(promised("2026-11-25 09:30", Estado::Asignado));
    assert!(!promised("2026-11-25 09:30", Estado::Cerrado));
    assert!(!promised("2026-11-27 09:30", Estado::EnProceso));
}

/// Of a case that was opened again, what counts is what came after that.
#[test]
fn what_was_opened_again_begins_anew() {
    let untaken = |ordered: &str| {
        let mut one = watched(1, Estado::Reabierto, Some("kbarros"));
        (one.since, one.ordered) = (at("2026-11-26 08:00"), Some(at(ordered)));
        let due = vigil::due(&office(), at("2026-12-11 10:00"), &[one], &[], &BTreeSet::new());
        due.iter().any(|one| one.keys.iter().any(|key| key.starts_with("sin tomar")))
    };
    assert!(untaken("2026-11-25 10:00"), "that order was about what it was before");
    assert!(!untaken("2026-11-26 08:00") && !untaken("2026-11-26 09:00"));
    // When it was first answered, and when it was solved.
    let kept = |facts: &[(&str, Event)], orders: &[&str]| {
        let case = facts.iter().fold(ticket("no prende"), |ticket, (_, event)| ticket.apply(event));
        let facts: Vec<_> = facts.iter().map(|(when, event)| (at(when), event)).collect();
        let orders: Vec<Timestamp> = orders.iter().map(|when| at(when)).collect();
        let plazos = account::terms(&office(), &case, &facts, &orders, at("2026-12-10 10:00"));
        plazos.iter().take(2).map(|one| one.cumplido.map_or("no".to_owned(), civil)).collect::<Vec<_>>()
    };
    let moved = |estado| Event::Moved { estado, motivo: None };
    let (solved, again) =
        (("2026-11-26 10:00", moved(Estado::Resuelto)), ("2026-11-30 10:00", moved(Estado::Reabierto)));
    let closed = ("2026-12-02 10:00", moved(Estado::Cerrado));
    let orders = ["2026-11-26 09:00", "2026-12-01 09:00"];
    let (first, second) = ("2026-11-26 09:00", "2026-12-01 09:00");
    assert_eq!(kept(std::slice::from_ref(&solved), &orders), [first, "2026-11-26 10:00"]);
    assert_eq!(kept(&[solved.clone(), closed.clone()], &orders), [first, "2026-11-26 10:00"]);
    assert_eq!(kept(&[solved.clone(), again.clone()], &orders), [second, "no"]);
    assert_eq!(kept(&[solved.clone(), again.clone()], &orders[..1]), ["no", "no"]);
    assert_eq!(kept(&[solved, again, closed], &orders), [second, "2026-12-02 10:00"]);
    let merged = ("2026-11-26 11:00", Event::Merged { en: TicketId { year: 2026, number: 3 } });
    assert_eq!(kept(&[merged], &orders), [first, "2026-11-26 11:00"]);
}

fn order(from: &str, ticket: &Ticket, commands: Vec<Result<Command, Complaint>>, text: &str) -> Decision {
    let now = at("2026-11-26 10:00");
    let note = Reading { commands, ..reading(Kind::Comando, "otro", Prioridad::Baja, text) };
    let mail = answer(from, ticket, now, text);
    let s = Situation { ticket: Some(ticket.clone()), standing: proven(&mail, from, ticket, now), ..situation() };
    decide(&office(), now, now, &mail, &note, &s)
}

fn ring() -> Ring {
    Ring::new([7; 32], "2026-11-01".parse().unwrap())
}

/// An answer to the letter that the desk wrote to `from` about this ticket, as the office's server passes it on.
fn answer(from: &str, ticket: &Ticket, now: Timestamp, text: &str) -> Mail {
    let letter = ring().sign(Purpose::Reply, ticket.id, "carta", from, now).unwrap();
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let domain = from.rsplit('@').next().unwrap();
    let raw = format!(
        "Authentication-Results: mx.magdalena.gov.co; dmarc=pass header.from={domain}\r\nFrom: {from}\r\nTo: {MAILBOX}\r\n\
         Subject: no prende\r\nMessage-ID: <a1@x.co>\r\nDate: {date}\r\nIn-Reply-To: <{letter}@magdalena.gov.co>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    mail::parse(raw.as_bytes())
}

/// What such an answer proves, when that letter is in the outbox.
fn proven(mail: &Mail, to: &str, ticket: &Ticket, now: Timestamp) -> Standing {
    let sent = |_: &MessageId| Ok(Some(Sent { to: to.to_owned(), ticket: Some(ticket.id) }));
    let context = context(&ring(), MAILBOX, mail, now, sent).unwrap();
    let policy = Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() };
    Standing::judge(&policy, &office().people, mail, context, Moment { now, received: now }, false)
}

#[test]
fn the_technician_in_charge_moves_the_ticket_and_the_requester_is_told() {
    let open = ticket("no prende");
    let commands = vec![
        Ok(Command::Nota("se lo dañó el primo".into())),
        Ok(Command::Resuelto(Some("Se cambió la fuente.".into()))),
    ];
    let decision = order(
        "kbarros@magdalena.gov.co",
        &open,
        commands.clone(),
        "#nota se lo dañó el primo\n#resuelto Se cambió la fuente.",
    );
    assert_eq!(fold(Some(open.clone()), &decision).estado, Estado::Resuelto);
    assert_eq!(forms(&decision), [(Form::Estado, "ana@magdalena.gov.co".into())]);
    assert_eq!(decision.letters[0].blanks.motivo.as_deref(), Some("Se cambió la fuente."));
    // Another technician is told why not, the requester's own «#resuelto» is plain text.
    let decision = order("agranados@magdalena.gov.co", &open, commands.clone(), "#resuelto");
    assert_eq!(fold(Some(open.clone()), &decision).estado, Estado::Asignado);
    assert_eq!(forms(&decision), [(Form::Ordenes, "agranados@magdalena.gov.co".into())]);
    let decision = order("ana@magdalena.gov.co", &open, commands.clone(), "#resuelto");
    assert_eq!(fold(Some(open.clone()), &decision).estado, Estado::Asignado);
    assert_eq!(decision.disposition, Disposition::Respuesta);
    // The jefe may; both technicians of a change of hands are told.
    let decision = order(
        "jefe.tic@magdalena.gov.co",
        &open,
        vec![Ok(Command::Asignar("@AGRANADOS".into()))],
        "#asignar agranados",
    );
    let after = fold(Some(open.clone()), &decision);
    assert_eq!((after.tecnico.as_deref(), after.visita.unwrap().tecnico.as_str()), (Some("agranados"), "agranados"));
    let told = [Form::Estado, Form::Asignacion, Form::Novedad];
    assert_eq!(decision.letters.iter().map(|l| l.form).collect::<Vec<_>>(), told);
}

#[test]
fn one_wrong_order_and_none_is_carried_out() {
    let open = ticket("no prende");
    let wrong = Complaint { line: "#estado quizas".into(), why: "no existe ese estado".into() };
    let commands = vec![Ok(Command::Estado(Estado::EnProceso)), Err(wrong), Ok(Command::Estado(Estado::Nuevo))];
    let decision = order("kbarros@magdalena.gov.co", &open, commands, "#estado en proceso\n#estado quizas");
    assert_eq!(fold(Some(open.clone()), &decision).estado, Estado::Asignado);
    assert_eq!(forms(&decision), [(Form::Ordenes, "kbarros@magdalena.gov.co".into())]);
    assert_eq!(
        decision.letters[0].blanks.detalle,
        [
            "#estado en proceso: contradice a «#estado nuevo»; deje una de las dos",
            "#estado quizas: no existe ese estado",
            "#estado nuevo: contradice a «#estado en proceso»; deje una de las dos"
        ]
    );
}

/// What would be done twice, or on a day that is gone, is told and not done.
#[test]
fn an_order_that_makes_no_sense_is_told_in_its_own_words() {
    let told = |commands: Vec<Result<Command, Complaint>>| {
        let decision = order("jefe.tic@magdalena.gov.co", &ticket("no prende"), commands, "#orden");
        decision.letters[0].blanks.detalle.join("\n")
    };
    let twice = told(vec![Ok(Command::Separar), Ok(Command::Separar)]);
    assert!(twice.ends_with("#separar: ya está en este correo"), "{twice}");
    let past = |when: &str| told(vec![Ok(Command::Programar(when.into()))]);
    for when in ["20 de noviembre 10 am", "20 de noviembre en la tarde"] {
        assert!(past(when).contains("ese día ya pasó; horas libres de Kevin Barros: "), "{}", past(when));
    }
    assert!(past("hoy 8 am").contains("esa hora ya pasó; "), "{}", past("hoy 8 am"));
    // Orders that need no case are as many as those that do.
    let (now, text) = (at("2026-11-26 10:00"), "#ayuda");
    let mail = answer("kbarros@magdalena.gov.co", &ticket("no prende"), now, text);
    let policy = Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() };
    let standing = Standing::judge(&policy, &office().people, &mail, None, Moment { now, received: now }, false);
    let s = Situation { standing, ..situation() };
    let many = |count: usize| {
        let commands = vec![Ok(Command::Ayuda); count];
        let note = Reading { commands, ..reading(Kind::Comando, "otro", Prioridad::Baja, text) };
        decide(&office(), now, now, &mail, &note, &s).letters
    };
    assert_eq!(many(20).iter().filter(|letter| letter.form == Form::Ayuda).count(), 20);
    assert_eq!(many(21).len(), 1);
    assert_eq!(
        many(21)[0].blanks.detalle,
        ["Su correo trae 21 órdenes; se cumplen hasta 20 por correo. Envíelas en varios."]
    );
}

/// A closure may be as long as it likes: nothing leaves before the office opens.
#[test]
fn a_letter_waits_for_the_end_of_any_closure() {
    let mut office = office();
    office.hours = office.hours.with(Exception {
        first: "2026-12-14".parse().unwrap(),
        last: "2027-01-31".parse().unwrap(),
        hours: None,
        open: false,
        suspends_terms: false,
        edificios: vec![],
        reason: "vacaciones colectivas".into(),
    });
    let morning = |now: &str| dispatch::morning(&office, at(now)).map(civil);
    assert_eq!(morning("2026-12-15 22:00").as_deref(), Some("2027-02-01 07:00"));
    assert_eq!(morning("2026-12-09 22:00").as_deref(), Some("2026-12-10 07:00"));
    // The eve of the first day after it is the last day before it.
    let visit = Visit { tecnico: "kbarros".into(), start: at("2027-02-01 09:00"), end: at("2027-02-01 10:00") };
    let mut one = watched(1, Estado::Asignado, Some("kbarros"));
    (one.ticket.visita, one.booked) = (Some(visit), Some(at("2026-12-01 09:00")));
    let due = vigil::due(&office, at("2026-12-11 16:00"), &[one], &[], &BTreeSet::new());
    assert!(due.iter().any(|one| one.keys.iter().any(|key| key.starts_with("recordar "))));
}

#[test]
fn a_note_is_never_in_a_letter_to_the_requester() {
    let open = ticket("no prende");
    for text in [
        "#nota SECRETO\n#estado en espera",
        "Hola\n#nota SECRETO\n#estado en espera",
        "#estado en espera\n#nota SECRETO",
    ] {
        let commands = vec![Ok(Command::Nota("SECRETO".into())), Ok(Command::Estado(Estado::EnEspera))];
        let decision = order("kbarros@magdalena.gov.co", &open, commands, text);
        for letter in decision.letters.iter().filter(|l| l.to.correo.starts_with("ana@")) {
            assert!(!format!("{:?}", letter.blanks).contains("SECRETO"), "{text}");
        }
    }
}

fn hands() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("Ana <ana@magdalena.gov.co>", ""),
        ("Eva <eva@otra.example>", ""),
        ("Kevin <kbarros@magdalena.gov.co>", ""),
        ("jefe.tic@magdalena.gov.co", ""),
        ("Ana <ana@magdalena.gov.co>", "Auto-Submitted: auto-replied\r\n"),
        ("Ana <ana@magdalena.gov.co>", "Reply-To: x@evil.example\r\n"),
        ("Ana <ana@magdalena.gov.co>", "X-Auto-Response-Suppress: All\r\n"),
        ("Lista <lista@otra.example>", "List-Id: <lista.otra.example>\r\n"),
        ("MAILER-DAEMON@magdalena.gov.co", ""),
        ("no-reply@tienda.example", ""),
        ("soporte.tic@magdalena.gov.co", ""),
        ("ana@magdalena.gov.co, eva@otra.example", ""),
        ("basura", ""),
    ])
}

fn commands() -> impl Strategy<Value = Vec<Result<Command, Complaint>>> {
    let one = prop_oneof![
        prop::sample::select(Estado::ALL).prop_map(|e| Ok(Command::Estado(e))),
        prop::sample::select(Prioridad::ALL).prop_map(|p| Ok(Command::Prioridad(p))),
        prop::sample::select(vec!["agranados", "kbarros@magdalena.gov.co", "nadie"])
            .prop_map(|who| Ok(Command::Asignar(who.into()))),
        Just(Ok(Command::Resuelto(None))),
        Just(Ok(Command::Cerrar(Some("listo".into())))),
        Just(Ok(Command::Aprobar)),
        Just(Ok(Command::Nota("SECRETO".into()))),
        Just(Ok(Command::Espera("repuesto, hasta mañana".into()))),
        Just(Ok(Command::Programar("mañana 10 am confirmo".into()))),
        Just(Ok(Command::Programar("el jueves en la tarde".into()))),
        Just(Ok(Command::Devolver("falta el oficio".into()))),
        Just(Ok(Command::Ausente("mañana".into()))),
        Just(Ok(Command::Agenda)),
        Just(Ok(Command::Ver)),
        Just(Ok(Command::Categoria(Categoria("inventada".into())))),
        Just(Err(Complaint { line: "#x".into(), why: "no".into() })),
    ];
    prop::collection::vec(one, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// A month of requests: no technician in two places, nobody outside hours, on leave or on a holiday, nothing in the past.
    #[test]
    fn no_visit_overlaps_or_falls_outside_hours(
        requests in prop::collection::vec((0_i64..45_000, 0_usize..3, 0_usize..4), 1..40)
    ) {
        let office = office();
        let start = at("2026-11-20 00:00");
        let mail = write("Ana <ana@magdalena.gov.co>", "", "no prende");
        let mut agenda: Vec<Visit> = Vec::new();
        let mut requests = requests;
        requests.sort();
        for (minute, categoria, prioridad) in requests {
            let now = start + SignedDuration::from_mins(minute);
            let prioridad = Prioridad::ALL[prioridad];
            let categoria = ["equipo_computo", "red_internet", "otro"][categoria];
            let s = Situation { agenda: Arc::new(booked(&agenda, Prioridad::Critica).into_iter().collect()), ..situation() };
            let decision = decide(&office, now, now, &mail, &reading(Kind::Solicitud, categoria, prioridad, "x"), &s);
            let visit = visit(&decision).expect("somebody works within a year");
            let person = office.people.by_usuario(&visit.tecnico).unwrap();
            let day = when::day_of(visit.start);
            prop_assert!(visit.start >= now && visit.end > visit.start);
            prop_assert!(!person.is_away(day), "{} is away on {day}", visit.tecnico);
            prop_assert!(agenda.iter().all(|v| v.tecnico != visit.tecnico || v.end <= visit.start || visit.end <= v.start));
            if prioridad != Prioridad::Critica {
                let mut open = office.hours.stretches(person.horario.as_ref(), visit.start);
                let (from, to) = open.next().unwrap();
                prop_assert!(from == visit.start && visit.end <= to, "{} does not work then", said(&visit));
            }
            agenda.push(visit);
        }
    }

    /// Whatever comes: no letter to a machine, a bounce, ourselves, a list or a doubtful sender; never two to the sender;
    /// an estado only where its table allows; every letter can be packed.
    #[test]
    fn whatever_comes_the_desk_behaves(
        hand in hands(),
        kind in prop::sample::select(Kind::ALL),
        estado in prop::option::of(prop::sample::select(Estado::ALL)),
        commands in commands(),
        text in prop::sample::select(vec!["no prende", "sigue igual", "", "#estado resuelto"]),
        age in 0_i64..12,
        answers in 0_u32..40,
        known_sender in prop::bool::ANY,
        hour in 0_u32..260,
        minute in 0_i64..20_000,
    ) {
        let office = office();
        let now = at("2026-11-25 00:00") + SignedDuration::from_mins(minute);
        let received = now - SignedDuration::from_hours(24 * age);
        let mail = write(hand.0, hand.1, text);
        let note = Reading { commands, ..reading(kind, "equipo_computo", Prioridad::Media, text) };
        let before = estado.map(|estado| Ticket { estado, ..ticket("no prende") });
        let s = Situation { ticket: before.clone(), answers_today: answers, answers_this_hour: hour, known_sender, ..situation() };
        let decision = decide(&office, now, received, &mail, &note, &s);
        let inside = office.people.is_institutional(&mail.from.correo);
        let silent = mail.hand != Hand::Person || mail.silence.doubtful_sender || mail.silence.foreign_reply_to
            || mail.silence.suppressed || age > 7 || answers >= if inside { 30 } else { 5 } || (hour >= 200 && !inside && !known_sender);
        let back = decision.letters.iter().filter(|l| l.answers.is_some()).count();
        let roster = |correo: &str| office.people.who(correo).is_some();
        // Somebody of the office may ask for several things at once; nobody else gets more than one answer.
        let most = if roster(&mail.from.correo) { 4 } else { 1 };
        prop_assert!(back <= most && !(silent && back > 0), "{:?}", forms(&decision));
        for letter in &decision.letters {
            prop_assert!(letter.to.correo.contains('@') && letter.to.correo != MAILBOX);
            let technicians = matches!(
                letter.form,
                Form::Asignacion | Form::Novedad | Form::Ordenes | Form::Confirmacion | Form::Caso | Form::Agenda | Form::Ayuda
            );
            prop_assert!(!technicians || roster(&letter.to.correo), "{:?}", forms(&decision));
            let leaks = !roster(&letter.to.correo) && format!("{:?}", letter.blanks).contains("SECRETO");
            prop_assert!(!leaks, "a note in a letter to {}", letter.to.correo);
        }
        let mut now_at = before;
        for (_, event) in &decision.facts {
            if let (Event::Moved { estado, .. }, Some(ticket)) = (event, &now_at) {
                prop_assert!(ticket.estado.may_become(*estado), "{} -> {estado}", ticket.estado);
            }
            now_at = Some(match (now_at, event) {
                (_, Event::Opened(opened)) => (**opened).clone(),
                (ticket, event) => ticket.expect("opened first").apply(event),
            });
        }
        if matches!(decision.disposition, Disposition::Ticket | Disposition::Alarma) {
            prop_assert!(matches!(decision.facts.first(), Some((_, Event::Opened(_)))));
        }
    }

    /// Whatever orders a mail gives: each whom they concern hears of them in one letter, and who gave them in none.
    #[test]
    fn several_changes_are_one_letter_and_nobody_is_told_what_he_did(
        commands in commands(),
        who in prop::sample::select(vec!["kbarros@magdalena.gov.co", "agranados@magdalena.gov.co", "jefe.tic@magdalena.gov.co"]),
        asked_himself in any::<bool>(),
    ) {
        let solicitante = if asked_himself { who } else { "ana@magdalena.gov.co" };
        let open = Ticket { solicitante: solicitante.into(), ..ticket("no prende") };
        let decision = order(who, &open, commands, "#ordenes");
        let tells = |letter: &&Letter| matches!(letter.form, Form::Estado | Form::Asignacion | Form::Novedad);
        let told: Vec<&str> = decision.letters.iter().filter(tells).map(|letter| letter.to.correo.as_str()).collect();
        let once: BTreeSet<&str> = told.iter().copied().collect();
        prop_assert!(once.len() == told.len() && !once.contains(who), "{:?}", forms(&decision));
    }
}

/// A line as somebody would write it, for each row of the table that a letter may remind of.
fn example(word: &str) -> &'static str {
    match word {
        "resuelto" => "#resuelto Se cambió el cable.",
        "espera" => "#espera repuesto, hasta el 4 de diciembre",
        "nota" => "#nota tener a mano la llave",
        "asignar" => "#asignar agranados",
        "programar" => "#programar mañana a las 3 pm",
        "plantilla" => "#plantilla captura",
        "aprobar" => "#aprobar",
        "devolver" => "#devolver Falta la firma.",
        "tiempo" => "#tiempo 30 min",
        "ayuda" => "#ayuda",
        other => panic!("{other} needs an example"),
    }
}

/// What a letter reminds of can be done: each order, in each estado, by each role, on a case of each sort.
#[test]
fn what_a_letter_offers_is_carried_out() {
    let mut offers = 0;
    for (estado, clase, usuario) in
        [("solicitud", "kbarros"), ("concepto_tecnico", "kbarros"), ("concepto_tecnico", "jefe")]
            .into_iter()
            .flat_map(|(clase, who)| Estado::ALL.iter().map(move |estado| (*estado, clase, who)))
    {
        let case = Ticket { estado, clase: clase.to_owned(), ..ticket("no prende") };
        let office = office();
        let person = office.people.by_usuario(usuario).unwrap();
        let offered = offer::offered(&case, person);
        let heads = offered.iter().any(|line| line == "#aprobar");
        assert_eq!(heads, usuario == "jefe" && estado.is_open(), "{estado} {clase} {usuario}: {offered:?}");
        let lines = offered.iter().flat_map(|line| match line.strip_prefix("#estado ") {
            Some(values) => values.split(" | ").map(|value| format!("#estado {value}")).collect(),
            None => vec![example(line.trim_start_matches('#').split(' ').next().unwrap()).to_owned()],
        });
        for line in lines {
            let decision = order(&person.correo, &case, command::parse(&line, command::Hand::Office), &line);
            let refused =
                decision.letters.iter().find(|letter| letter.form == Form::Ordenes && letter.blanks.motivo.is_some());
            assert_eq!(decision.disposition, Disposition::Comando, "{estado}: {line}");
            assert!(refused.is_none(), "{estado}: {line}: {:?}", refused.map(|letter| &letter.blanks.detalle));
            offers += 1;
        }
    }
    assert!(offers > 100, "only {offers} orders are offered");
}

fn watched(number: u32, estado: Estado, tecnico: Option<&str>) -> Watched {
    let id = TicketId { year: 2026, number };
    let tecnico = tecnico.map(str::to_owned);
    let ticket = Ticket { id, estado, tecnico, visita: None, ..ticket("no prende") };
    Watched {
        since: ticket.abierto,
        ticket,
        waits: vec![],
        ordered: Some(Timestamp::UNIX_EPOCH),
        booked: None,
        thread: vec![],
    }
}

fn gone(usuario: &str, first: &str, last: &str) -> Away {
    Away { tecnico: usuario.into(), first: first.parse().unwrap(), last: last.parse().unwrap(), reason: String::new() }
}

/// Who gets a digest at this hour, and the numbers of the cases in it.
fn digests(now: &str, cases: &[Watched], away: &[Away]) -> BTreeMap<String, String> {
    let due = vigil::due(&office(), at(now), cases, away, &BTreeSet::new());
    let letters = due.into_iter().filter(|one| one.keys.iter().any(|key| key.starts_with("resumen")));
    let letters = letters.flat_map(|one| one.decision.letters);
    letters.map(|letter| (letter.to.correo, format!("{:?}", letter.blanks.secciones))).collect()
}

#[test]
fn who_is_away_gets_no_digest_and_what_nobody_has_is_in_one() {
    let (jefe, kevin, alex) = ("jefe.tic@magdalena.gov.co", "kbarros@magdalena.gov.co", "agranados@magdalena.gov.co");
    let cases = [
        watched(1, Estado::EnProceso, Some("kbarros")),
        watched(2, Estado::Asignado, Some("agranados")),
        watched(3, Estado::Asignado, None),
        watched(4, Estado::EnEspera, None),
        watched(5, Estado::Asignado, Some("quien.se.fue")),
    ];
    let read = |away: &[Away]| digests("2026-11-27 07:31", &cases, away);
    let all = read(&[]);
    assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), [alex, jefe, kevin]);
    for number in ["TIC-2026-00003", "TIC-2026-00004", "TIC-2026-00005"] {
        assert!(all.values().all(|letter| letter.contains(number)), "{number}: {all:?}");
        assert!(all[jefe].contains("Sin asignar (3)"), "{}", all[jefe]);
    }
    assert!(!all[kevin].contains("TIC-2026-00002") && !all[alex].contains("TIC-2026-00001"));
    // By his own word.
    let away = [gone("kbarros", "2026-11-26", "2026-11-27")];
    assert_eq!(read(&away).keys().map(String::as_str).collect::<Vec<_>>(), [alex, jefe]);
    assert_eq!(read(&[gone("kbarros", "2026-11-28", "2026-11-30")]).len(), 3);
    // By the roster: Kevin, in December.
    assert!(!digests("2026-12-02 07:31", &cases, &[]).contains_key(kevin));
    // Nobody who steers is here: what nobody has is read all the same.
    let nobody = read(&[gone("jefe", "2026-11-27", "2026-11-27")]);
    assert!(nobody[jefe].contains("Sin asignar (3)"));
    // On a day that is no business day nobody gets one.
    assert!(digests("2026-11-28 09:00", &cases, &[]).is_empty());
}

/// 8 December is a holiday: of a visit on the 9th the office is reminded on the 7th, and once.
#[test]
fn a_reminder_goes_on_the_business_day_before() {
    let mut case = watched(1, Estado::Asignado, Some("kbarros"));
    let visit = Visit { tecnico: "kbarros".into(), start: at("2026-12-09 09:00"), end: at("2026-12-09 10:00") };
    case.ticket.visita = Some(visit);
    let told = |booked: &str, now: &str| {
        let case = Watched { booked: Some(at(booked)), ..case.clone() };
        let due = vigil::due(&office(), at(now), &[case], &[], &BTreeSet::new());
        due.iter().filter(|one| one.keys.iter().any(|key| key.starts_with("recordar"))).count()
    };
    assert_eq!(told("2026-12-01 10:00", "2026-12-07 14:59"), 0);
    assert_eq!(told("2026-12-01 10:00", "2026-12-07 15:00"), 2, "who asked, and the technician");
    assert_eq!(told("2026-12-07 15:01", "2026-12-08 15:00"), 0, "it was given later than that");
    assert_eq!(told("2026-12-01 10:00", "2026-12-09 08:30"), 0, "it is as good as there");
}

/// What was held for a technician who has left since is read by the coordinator.
#[test]
fn what_waits_for_somebody_who_has_left_goes_to_the_coordinator() {
    let mut office = office();
    let kevin = office.people.people.iter_mut().find(|person| person.usuario == "kbarros").unwrap();
    kevin.active = false;
    let ticket = watched(1, Estado::Asignado, Some("kbarros")).ticket;
    let steers = Person {
        usuario: "coord".into(),
        correo: "coord@magdalena.gov.co".into(),
        role: Role::Coordinador,
        active: true,
        ..kevin.clone()
    };
    office.people.people.push(steers);
    let letter = Withheld {
        row: 1,
        to: "kbarros@magdalena.gov.co".into(),
        since: at("2026-11-26 10:00"),
        ticket,
        for_nobody: false,
    };
    let due = dispatch::held(&office, at("2026-11-27 07:31"), &[letter]);
    let to: Vec<_> = due.iter().flat_map(|one| &one.decision.letters).map(|letter| letter.to.correo.as_str()).collect();
    assert_eq!(to, ["coord@magdalena.gov.co"]);
}

#[test]
fn the_term_does_not_run_while_a_case_waits() {
    // Eight hours for what is high: told after six hours and 24 minutes of work.
    let opened = at("2026-11-26 08:00");
    let case = |waits: &[(&str, Option<&str>)]| {
        let waits = waits.iter().map(|(from, to)| (at(from), to.map(at))).collect();
        let mut one = watched(1, Estado::EnProceso, Some("kbarros"));
        one.ticket = Ticket { abierto: opened, prioridad: Prioridad::Alta, ..one.ticket };
        Watched { waits, ..one }
    };
    let told = |case: &Watched, now: &str| {
        let due = vigil::due(&office(), at(now), std::slice::from_ref(case), &[], &BTreeSet::new());
        due.iter().any(|one| one.keys.iter().any(|key| key.starts_with("plazo")))
    };
    let steady = case(&[]);
    let first = (0..200).map(|quarter| opened + SignedDuration::from_mins(15 * quarter));
    let first: Vec<Timestamp> = first.filter(|now| told(&steady, &civil(*now))).collect();
    let limit = office().hours.after(opened, SignedDuration::from_mins(8 * 60 * 4 / 5)).unwrap();
    assert!(first[0] >= limit && first[0] < limit + SignedDuration::from_mins(15), "{}", first[0]);
    // Two hours of one day, and all of a night: only the two hours count.
    let paused = case(&[("2026-11-26 09:00", Some("2026-11-26 11:00"))]);
    let later = office().hours.after(limit, SignedDuration::from_hours(2)).unwrap();
    assert!(!told(&paused, &civil(later - SignedDuration::from_mins(1))));
    assert!(told(&paused, &civil(later)));
    let night = case(&[("2026-11-26 20:00", Some("2026-11-27 06:00"))]);
    assert!(told(&night, &civil(limit)), "a night is nobody's working time");
    // One that goes on: as long as it does, nothing is told.
    let waiting = case(&[("2026-11-26 09:00", None)]);
    let waiting = Watched { ticket: Ticket { estado: Estado::EnEspera, ..waiting.ticket.clone() }, ..waiting };
    assert!(!told(&waiting, "2027-02-01 10:00"));
}

fn civil(at: Timestamp) -> String {
    at.to_zoned(when::bogota()).strftime("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn a_wait_that_ends_is_told_once_and_to_somebody() {
    let waits = |tecnico| {
        let mut case = watched(1, Estado::EnEspera, tecnico);
        let until =
            Event::Waiting { causa: Causa::Repuesto, hasta: Some("2026-11-27".parse().unwrap()), detalle: None };
        case.ticket = case.ticket.apply(&until);
        case
    };
    let told = |case: &Watched, now: &str, done: &BTreeSet<String>| {
        let due = vigil::due(&office(), at(now), std::slice::from_ref(case), &[], done);
        let mut due = due.into_iter().filter(|one| one.keys.iter().any(|key| key.starts_with("espera")));
        due.next().map(|one| (one.keys, one.decision))
    };
    let case = waits(Some("kbarros"));
    let none = BTreeSet::new();
    assert!(told(&case, "2026-11-26 10:00", &none).is_none(), "its day has not come");
    assert!(told(&case, "2026-11-27 07:00", &none).is_none(), "the office is closed");
    let (keys, decision) = told(&case, "2026-11-27 08:00", &none).unwrap();
    assert_eq!(forms(&decision), [(Form::Novedad, "kbarros@magdalena.gov.co".into())]);
    assert!(told(&case, "2026-11-27 08:01", &keys.into_iter().collect()).is_none(), "once");
    let after = fold(Some(case.ticket.clone()), &decision);
    assert_eq!((after.estado, after.seguimiento.espera.unwrap().hasta), (Estado::EnEspera, None));
    let (_, decision) = told(&waits(None), "2026-11-27 08:00", &none).unwrap();
    assert_eq!(forms(&decision), [(Form::Novedad, "jefe.tic@magdalena.gov.co".into())]);
}

/// Every half hour from an instant on, the hours at which the desk looks at the clock.
fn half_hours(from: &str, count: i64) -> impl Iterator<Item = Timestamp> {
    let from = at(from);
    (0..count).map(move |half| from + SignedDuration::from_mins(30 * half))
}

/// Who is not of the house asked on 26 November: fifteen days, of which the eighth is 9 December and the last the 18th.
#[test]
fn each_stage_of_a_term_of_the_law_is_told_once_also_by_a_clock_that_jumps_back() {
    let office = office();
    let opened = at("2026-11-26 08:00");
    let mut case = watched(1, Estado::EnEspera, Some("kbarros"));
    case.ticket = Ticket { origen: Origen::Externa, abierto: opened, ..case.ticket };
    // It waits from the start: the office's own term does not run, the law's does.
    case.waits = vec![(opened, None)];
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    let clock = half_hours("2026-11-26 08:00", 48 * 16)
        // Back by a week, then to before the case was opened, then on.
        .chain(half_hours("2026-12-04 08:00", 48))
        .chain(half_hours("2026-11-20 08:00", 48))
        .chain(half_hours("2026-12-12 08:00", 48 * 12))
        .chain([Timestamp::MIN, Timestamp::MAX, at("2026-12-09 09:00")]);
    for now in clock {
        for one in vigil::due(&office, now, std::slice::from_ref(&case), &[], &done) {
            let new: Vec<String> = one.keys.iter().filter(|key| !done.contains(*key)).cloned().collect();
            if new.iter().any(|key| key.starts_with("ley")) {
                let to: BTreeSet<&str> = one.decision.letters.iter().map(|letter| letter.to.correo.as_str()).collect();
                assert!(to.contains("kbarros@magdalena.gov.co") && to.contains("jefe.tic@magdalena.gov.co"), "{to:?}");
                told.push((civil(now), new));
            }
            done.extend(one.keys);
        }
    }
    let told: Vec<(&str, &str)> = told.iter().map(|(now, keys)| (now.as_str(), keys[0].as_str())).collect();
    assert_eq!(
        told,
        [
            ("2026-12-09 08:00", "ley TIC-2026-00001 50"),
            ("2026-12-15 08:00", "ley TIC-2026-00001 80"),
            ("2026-12-17 08:00", "ley TIC-2026-00001 vispera"),
            ("2026-12-21 08:00", "ley TIC-2026-00001 vencido"),
        ]
    );
}

/// A desk that stood still tells the last of what it missed, and nothing of the rest.
#[test]
fn what_a_desk_missed_is_told_once() {
    let mut case = watched(1, Estado::EnProceso, Some("kbarros"));
    case.ticket = Ticket { origen: Origen::Externa, abierto: at("2026-11-26 08:00"), ..case.ticket };
    let look = |done: &BTreeSet<String>| {
        let due = vigil::due(&office(), at("2027-01-20 09:00"), std::slice::from_ref(&case), &[], done);
        due.into_iter().find(|one| one.decision.why == "casos que se demoran")
    };
    let one = look(&BTreeSet::new()).unwrap();
    let parts: Vec<&str> = one.decision.letters[0].blanks.secciones.iter().map(|part| part.titulo.as_str()).collect();
    assert_eq!(parts, ["Término de ley vencido (1)", "Plazo de la oficina vencido (1)"]);
    assert!(look(&one.keys.into_iter().collect()).is_none());
}
