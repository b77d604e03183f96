//! Visits in calendars, through the real clerk and cabinet: the agenda of a week, the file that a telephone subscribes to,
//! and what becomes of answers that are odd, late or hostile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
mod kit;
use expect_test::expect;
use ical::IcalParser;
use jiff::{SignedDuration, Timestamp};
use kit::calendar::{self, Part};
use kit::home::{Home, err, out};
use mesa_tic::clerk::Clerk;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::mail;
use mesa_tic::mail::message::Address;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::reading::rules::Files;
use mesa_tic::seal::Seal;
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::ring::Ring;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::cita::Respuesta;
use mesa_tic::ticket::facts::Ticket;
use mesa_tic::ticket::id::TicketId;
use proptest::prelude::*;
use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const MAILBOX: &str = "mesa@magdalena.gov.co";
const ANA: &str = "aruiz@magdalena.gov.co";
const KEVIN: &str = "kbarros@magdalena.gov.co";
const FIRST: TicketId = TicketId { year: 2026, number: 1 };

/// A desk whose clock the test holds.
struct Desk {
    home: Home,
    clerk: Clerk,
    now: Timestamp,
    mails: u32,
}

thread_local! {
    /// The rules take a while to be read: many random days share them.
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

impl Desk {
    /// The same desk on the same morning, with an empty cabinet.
    fn begin(&mut self) {
        self.home = Home::new();
        self.now = "2026-11-25T13:00:00Z".parse().unwrap();
        self.clerk.store = Store::open(&self.home.path("mesa.db"), self.now).unwrap();
        self.mails = 0;
    }

    /// It is Wednesday, 25 November 2026, eight in the morning.
    fn new() -> Desk {
        Desk::with(&shipped())
    }

    fn with(rules: &Files) -> Desk {
        let home = Home::new();
        let desk = Address { correo: MAILBOX.to_owned(), nombre: Some("Mesa de Ayuda".to_owned()) };
        let now: Timestamp = "2026-11-25T13:00:00Z".parse().unwrap();
        let store = Store::open(&home.path("mesa.db"), now).unwrap();
        let handbook = Handbook::load(rules, &desk).unwrap_or_else(|_| panic!("the shipped rules are wrong"));
        let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
        let seal = Seal { ring, policy: Policy::Unverified, plus_address: false };
        let administrator = Address { correo: "admin@magdalena.gov.co".to_owned(), nombre: None };
        Desk { home, clerk: Clerk::new(store, handbook, desk, administrator, seal), now, mails: 0 }
    }

    /// A mail comes in a minute later, and is worked; the letters that go out for it.
    fn mail(&mut self, from: &str, head: &str, body: &str) -> Vec<(String, mail::message::Mail)> {
        self.mails += 1;
        self.now += SignedDuration::from_mins(1);
        let n = self.mails;
        let date = self.now.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let bytes = format!(
            "From: {from}\r\nTo: {MAILBOX}\r\nDate: {date}\r\nMessage-ID: <m{n}@x.co>\r\nMIME-Version: 1.0\r\n{head}\r\n\r\n{body}"
        );
        let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: n.to_string() };
        let bytes = bytes.into_bytes();
        let raw = Raw { place, received: self.now, size: bytes.len() as u64, bytes };
        self.clerk.store.file(&[raw], self.now).unwrap();
        assert_eq!(self.clerk.work(self.now).unwrap(), 1);
        let due = self.clerk.store.due(100, self.now).unwrap();
        due.into_iter()
            .map(|letter| {
                let sent = Outcome::Sent { receipt: String::new() };
                self.clerk.store.settle(&[(letter.row, sent)], self.now).unwrap();
                (letter.parcel.to.clone(), mail::parse(&letter.parcel.bytes))
            })
            .collect()
    }

    fn ask(&mut self) -> Vec<Part> {
        let text = "No me prende el computador.\r\n\r\nAna Ruiz\r\nSecretaría de Hacienda, Palacio Tayrona, piso 2\r\next. 204\r\n";
        parts(&self.mail(&format!("Ana Ruiz <{ANA}>"), "Subject: computador", text))
    }

    /// What a calendar answers, as it stands in its part.
    fn answer(&mut self, from: &str, method: &str, lines: &str) -> Vec<Part> {
        let body = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let head = format!("Subject: respuesta\r\nContent-Type: text/calendar; method={method}; charset=utf-8");
        parts(&self.mail(from, &head, &body))
    }

    fn ticket(&self) -> Ticket {
        self.clerk.store.ticket(FIRST).unwrap().unwrap()
    }

    fn answers(&self) -> Vec<Respuesta> {
        let cita = self.ticket().seguimiento.cita.unwrap();
        cita.respuestas.values().map(|answer| answer.respuesta).collect()
    }
}

fn parts(letters: &[(String, mail::message::Mail)]) -> Vec<Part> {
    let parts = letters.iter().filter_map(|(to, letter)| {
        let part = calendar::of(letter)?;
        assert!(part.is_for(to), "{part:?} went to {to}");
        Some(part)
    });
    parts.collect()
}

fn lines(part: &Part, correo: &str, partstat: &str, sequence: u32, stamp: &str) -> String {
    format!(
        "UID:{}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{stamp}\r\nATTENDEE;PARTSTAT={partstat}:mailto:{correo}",
        part.uid
    )
}

#[test]
fn both_guests_have_one_appointment_and_the_letter_stays_a_letter() {
    let mut desk = Desk::new();
    let text = "No me prende el computador.\r\n\r\nAna Ruiz\r\nSecretaría de Hacienda, piso 2, ext. 204\r\n";
    let letters = desk.mail(&format!("Ana Ruiz <{ANA}>"), "Subject: computador", text);
    let [one, two] = parts(&letters).try_into().unwrap();
    assert_eq!((&one.uid, one.sequence, &one.start), (&two.uid, 0, &two.start));
    assert_eq!(one.guests, two.guests);
    assert!(one.uid.starts_with("visita-TIC-2026-00001.") && one.uid.ends_with("@magdalena.gov.co"), "{}", one.uid);
    assert_eq!(one.organizer, MAILBOX);
    let due = desk.clerk.store.case(FIRST).unwrap().unwrap().cartas;
    let bytes = desk.clerk.store.letter_bytes(due[0].row).unwrap().unwrap();
    let letter = String::from_utf8(bytes).unwrap();
    let at = |part: &str| letter.find(part).unwrap_or_else(|| panic!("no {part} in:\n{letter}"));
    assert!(at("multipart/alternative") < at("text/plain") && at("text/plain") < at("text/html"));
    assert!(at("text/html") < at("Content-Type: text/calendar; method=REQUEST; charset=utf-8"));
    assert!(letters[0].1.body.text.contains("Su caso es el número TIC-2026-00001"));
}

#[test]
fn what_is_done_from_a_distance_calls_nobody_to_a_place() {
    let mut rules = shipped();
    let own = "nombre = \"equipo_computo\"\n";
    let categorias = rules.get_mut("categorias.toml").unwrap();
    assert!(categorias.contains(own));
    *categorias = categorias.replace(own, &format!("{own}remoto = true\n"));
    let parts = Desk::with(&rules).ask();
    let requester = parts.iter().find(|part| part.summary.starts_with("Soporte de forma remota")).unwrap();
    assert_eq!(requester.location.as_deref(), Some("De forma remota: le llamaremos a esta hora"));
    assert!(parts.iter().any(|part| part.summary.starts_with("De forma remota")));
}

#[test]
fn what_a_note_holds_is_in_no_calendar() {
    let mut desk = Desk::new();
    desk.ask();
    let asked = letters_of(&desk);
    assert!(!asked.is_empty());
    let root = asked.iter().find(|(to, _)| to == KEVIN).map(|(_, id)| id.clone()).unwrap();
    let head = format!("Subject: RE: [TIC-2026-00001]\r\nIn-Reply-To: <{root}>");
    desk.mail(
        &format!("Kevin Barros <{KEVIN}>"),
        &head,
        "#nota CANARIO\r\n#programar viernes 27 de noviembre 9 am\r\n",
    );
    let case = desk.clerk.store.case(FIRST).unwrap().unwrap();
    for letter in case.cartas {
        let mail = mail::parse(&desk.clerk.store.letter_bytes(letter.row).unwrap().unwrap());
        for part in mail.attachments {
            assert!(!String::from_utf8_lossy(&part.bytes).contains("CANARIO"));
        }
    }
}

/// Recipients and ids of the letters of the first case.
fn letters_of(desk: &Desk) -> Vec<(String, String)> {
    let case = desk.clerk.store.case(FIRST).unwrap().unwrap();
    case.cartas.into_iter().map(|letter| (letter.para, letter.mensaje)).collect()
}

#[test]
fn the_last_answer_to_the_hour_that_stands_counts() {
    let mut desk = Desk::new();
    let part = desk.ask().remove(0);
    let ana = format!("Ana Ruiz <{ANA}>");
    desk.answer(&ana, "REPLY", &lines(&part, ANA, "ACCEPTED", 0, "20261125T130200Z"));
    assert_eq!(desk.answers(), [Respuesta::Aceptada]);
    // Older than what is known, of an hour that never was, of a clock that runs ahead by thousands of years.
    desk.answer(&ana, "REPLY", &lines(&part, ANA, "DECLINED", 0, "20261125T130100Z"));
    desk.answer(&ana, "REPLY", &lines(&part, ANA, "DECLINED", 7, "20261125T130300Z"));
    assert_eq!(desk.answers(), [Respuesta::Aceptada]);
    assert!(desk.ticket().visita.is_some());
    desk.answer(&ana, "REPLY", &lines(&part, ANA, "TENTATIVE", 0, "99991231T235959Z"));
    assert_eq!(desk.answers(), [Respuesta::Provisional]);
    desk.now += SignedDuration::from_mins(10);
    let stamp = desk.now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let letters = desk.answer(&ana, "REPLY", &lines(&part, ANA, "DECLINED", 0, &stamp));
    assert!(desk.ticket().visita.is_none(), "a later refusal is heard, whatever the clock of the one before said");
    assert_eq!(letters.iter().map(|part| part.method.as_str()).collect::<Vec<_>>(), ["CANCEL", "CANCEL"]);
    assert!(letters.iter().all(|cancel| cancel.uid == part.uid && cancel.sequence == 1));
    // Answered again: there is nothing to release any more.
    assert!(desk.answer(&ana, "REPLY", &lines(&part, ANA, "DECLINED", 0, "20261125T140000Z")).is_empty());
}

/// The visit has moved since; what still answers its old hour moves nothing, and the newest answer to the new one counts.
#[test]
fn an_answer_to_an_hour_that_is_no_more_changes_nothing() {
    let mut desk = Desk::new();
    let part = desk.ask().remove(0);
    let ana = format!("Ana Ruiz <{ANA}>");
    let proposal = format!("{}\r\nDTSTART:20261127T140000Z", lines(&part, ANA, "TENTATIVE", 0, "20261125T130200Z"));
    let moved = desk.answer(&ana, "COUNTER", &proposal).remove(0);
    assert_eq!(moved.sequence, 1);
    let before = desk.ticket().visita;
    for stamp in ["20261125T130100Z", "20261125T130300Z", "20261125T130500Z"] {
        assert!(desk.answer(&ana, "REPLY", &lines(&part, ANA, "DECLINED", 0, stamp)).is_empty());
        assert_eq!(desk.ticket().visita, before, "{stamp}");
    }
    // The same answer twice is one answer.
    for _ in 0..2 {
        assert!(desk.answer(&ana, "REPLY", &lines(&moved, ANA, "ACCEPTED", 1, "20261125T130600Z")).is_empty());
        assert_eq!(desk.answers(), [Respuesta::Aceptada]);
        assert_eq!(desk.ticket().visita, before);
    }
}

#[test]
fn nobody_answers_for_somebody_else() {
    let stranger = "Otro <otro@correo.example>";
    let rows: &[(&str, &str)] = &[
        (stranger, ANA),
        (stranger, "otro@correo.example"),
        ("Ana Ruiz <aruiz@magdalena.gov.co>", "otro@correo.example"),
        ("Ana Ruiz <aruiz@magdalena.gov.co>, Otro <otro@correo.example>", ANA),
        ("Álex Granados <agranados@magdalena.gov.co>", "agranados@magdalena.gov.co"),
    ];
    let mut desk = Desk::new();
    for (from, guest) in rows {
        desk.begin();
        let part = desk.ask().remove(0);
        let before = desk.ticket();
        let told = desk.answer(from, "REPLY", &lines(&part, guest, "DECLINED", 0, "20261125T131000Z"));
        assert!(told.is_empty(), "{from}");
        let after = desk.ticket();
        assert_eq!((&after.visita, &after.seguimiento.cita), (&before.visita, &before.seguimiento.cita), "{from}");
        let told = letters_of(&desk);
        assert!(told.len() == 3 && told[2].0 == KEVIN, "its technician reads it: {told:?}");
    }
}

#[test]
fn the_name_of_an_appointment_cannot_be_guessed() {
    let mut desk = Desk::new();
    let part = desk.ask().remove(0);
    let ana = format!("Ana Ruiz <{ANA}>");
    let (name, host) = part.uid.rsplit_once('@').unwrap();
    let secret = name.rsplit_once('.').unwrap().1;
    assert!(secret.len() >= 24);
    for uid in [
        "visita-TIC-2026-00001@magdalena.gov.co".to_owned(),
        format!("{}0@{host}", &name[..name.len() - 1]),
        String::new(),
    ] {
        if uid == part.uid {
            continue;
        }
        desk.answer(&ana, "REPLY", &format!("UID:{uid}\r\nATTENDEE;PARTSTAT=DECLINED:mailto:{ANA}"));
        assert!(desk.ticket().visita.is_some(), "{uid}");
    }
}

#[test]
fn hours_that_cannot_be_are_answered_with_hours_that_can() {
    let year_9999 = "DTSTART:99991230T150000Z\r\nDTEND:99991230T140000Z";
    let backwards = "DTSTART:20261128T150000Z\r\nDTEND:20261127T150000Z";
    let rows = [
        year_9999,
        backwards,
        "DTSTART;VALUE=DATE:20261201",
        "DTSTART:20260101T150000Z",
        "DTSTART;TZID=Marte/Olimpo:20261201T100000",
        "DTSTART:20270229T150000Z",
        "DTSTART:20261201T240000Z",
        "SUMMARY:sin hora",
    ];
    let mut desk = Desk::new();
    for row in rows {
        desk.begin();
        let part = desk.ask().remove(0);
        let before = desk.ticket().visita;
        let lines = format!("{}\r\n{row}", lines(&part, ANA, "TENTATIVE", 0, "20261125T131000Z"));
        assert!(desk.answer(&format!("Ana Ruiz <{ANA}>"), "COUNTER", &lines).is_empty(), "{row}");
        assert_eq!(desk.ticket().visita, before, "{row}");
        assert_eq!(desk.answers(), [Respuesta::OtraHora], "{row}");
        let case = desk.clerk.store.case(FIRST).unwrap().unwrap();
        let offer = case.cartas.iter().find(|letter| letter.forma.word() == "horas").unwrap_or_else(|| panic!("{row}"));
        let text = mail::parse(&desk.clerk.store.letter_bytes(offer.row).unwrap().unwrap()).body.text;
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 3, "{row}: {text}");
    }
}

#[test]
fn a_counter_proposal_that_is_free_is_taken_and_one_that_another_took_is_not() {
    let mut desk = Desk::new();
    let part = desk.ask().remove(0);
    let proposal = format!("{}\r\nDTSTART:20261127T140000Z", lines(&part, ANA, "TENTATIVE", 0, "20261125T131000Z"));
    let parts = desk.answer(&format!("Ana Ruiz <{ANA}>"), "COUNTER", &proposal);
    assert_eq!(parts.len(), 2);
    assert!(parts.iter().all(|new| new.uid == part.uid && new.sequence == 1 && new.start == "20261127T140000Z"));
    let visit = desk.ticket().visita.unwrap();
    // Somebody else wants the same hour of the same technician.
    let other = format!("Nubia Carrillo <{}>", "ncarrillo@magdalena.gov.co");
    let text = "No me prende el computador.\r\n\r\nNubia Carrillo\r\nSecretaría de Hacienda, Palacio Tayrona, piso 2\r\next. 205\r\n";
    let second = parts_of(&mut desk, &other, text);
    let lines = format!(
        "{}\r\nDTSTART:20261127T143000Z",
        lines(&second, "ncarrillo@magdalena.gov.co", "TENTATIVE", 0, "20261125T132000Z")
    );
    desk.answer(&other, "COUNTER", &lines);
    let ticket = desk.clerk.store.ticket(TicketId { year: 2026, number: 2 }).unwrap().unwrap();
    let moved = ticket.visita.unwrap();
    assert!(
        moved.tecnico != visit.tecnico || moved.end <= visit.start || visit.end <= moved.start,
        "{moved:?} {visit:?}"
    );
}

fn parts_of(desk: &mut Desk, from: &str, text: &str) -> Part {
    parts(&desk.mail(from, "Subject: computador", text)).remove(0)
}

#[test]
fn a_refusal_that_names_another_hour_moves_the_visit_there() {
    let mut desk = Desk::new();
    let ana = format!("Ana Ruiz <{ANA}>");
    for (words, start) in [
        ("No puedo\\, mejor el viernes 27 a las 9 am", Some("20261127T140000Z")),
        ("Mejor el viernes en la tarde", Some("20261127T190000Z")),
        ("Estoy en comisión", None),
        ("Mejor el sábado a las 9", None),
    ] {
        desk.begin();
        let part = desk.ask().remove(0);
        let refusal = lines(&part, ANA, "DECLINED", 0, "20261125T130200Z");
        let parts = desk.answer(&ana, "REPLY", &format!("{refusal}\r\nCOMMENT:{words}"));
        assert_eq!(parts.len(), 2, "{words}");
        match start {
            Some(start) => {
                let same = |new: &Part| new.method == "REQUEST" && new.uid == part.uid && new.start == start;
                assert!(parts.iter().all(same), "{words}: {parts:?}");
            }
            None => {
                assert!(parts.iter().all(|gone| gone.method == "CANCEL"), "{words}: {parts:?}");
                assert!(desk.ticket().visita.is_none(), "{words}");
            }
        }
    }
}

#[test]
fn a_bomb_in_a_calendar_is_one_answer_or_none() {
    let mut desk = Desk::new();
    let part = desk.ask().remove(0);
    let ana = format!("Ana Ruiz <{ANA}>");
    let yes = lines(&part, ANA, "ACCEPTED", 0, "20261125T131000Z");
    for bomb in [
        format!("{yes}\r\nRRULE:FREQ=SECONDLY;COUNT=2147483647"),
        format!("{yes}\r\nDESCRIPTION:{}", "a".repeat(1_000_000)),
        format!("{yes}\r\nDESCRIPTION:{}", "\r\n a".repeat(15_000)),
        vec![yes.clone(); 10_000].join("\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n"),
        format!("{yes}\r\n{}", "BEGIN:VALARM\r\n".repeat(10_000)),
        format!("{yes}\r\nATTACH:file:///etc/passwd\r\nDTSTART;TZID=../../../etc/passwd:20261124T090000"),
    ] {
        desk.answer(&ana, "REPLY", &bomb);
        assert_eq!(desk.answers(), [Respuesta::Aceptada]);
        assert!(desk.ticket().visita.is_some());
    }
}

/// The agenda of a week as its people see it.
fn week(desk: &Desk, columns: &str, args: &[&str]) -> String {
    agenda(desk, columns, args)
}

fn agenda(desk: &Desk, columns: &str, args: &[&str]) -> String {
    let config = desk.home.path("config.toml");
    let done = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .arg("agenda")
        .args(args)
        .args(["--config", config.to_str().unwrap()])
        .env("COLUMNS", columns)
        .env("TZ", "Asia/Tokyo")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", err(&done));
    let text = out(&done);
    let columns: usize = columns.parse().unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= columns), "too wide:\n{text}");
    assert!(!text.contains('\u{1b}'), "colour where nobody watches");
    text
}

fn busy() -> Desk {
    let mut desk = Desk::new();
    let part = desk.ask().remove(0);
    desk.answer(&format!("Ana Ruiz <{ANA}>"), "REPLY", &lines(&part, ANA, "ACCEPTED", 0, "20261125T131000Z"));
    for (who, name, what, place) in [
        ("ncarrillo", "Nubia Carrillo", "No imprime la impresora.", "Archivo General, Edificio 4-24, oficina 12"),
        (
            "fyepes",
            "Fernanda Yepes",
            "Se cayó la red de toda la oficina, nadie puede trabajar.",
            "Oficina Jurídica, Palacio Tayrona, piso 4",
        ),
    ] {
        let from = format!("{name} <{who}@magdalena.gov.co>");
        desk.mail(&from, "Subject: soporte", &format!("{what}\r\n\r\n{name}\r\n{place}\r\next. 331\r\n"));
    }
    desk
}

#[test]
fn a_week_reads_so_at_eighty_columns_and_so_on_a_narrow_screen() {
    let desk = busy();
    expect![[r#"
        Semana 2026-W48, del lunes 23 de noviembre al domingo 29 de noviembre de 2026

        Kevin Barros Lacera (kbarros): 1 visita, 1 h
        Hora   lun 23  mar 24  mié 25        jue 26  vie 27
        ─────────────────────────────────────────────────────
        8:00
        9:00
        10:00
        11:00
        14:00                  14:15 1
                               Palacio Tay…
        15:00                  │
        16:00
        17:00

        Caso            Cuándo       Dónde               Quién               Respuesta
        ────────────────────────────────────────────────────────────────────────────────
        TIC-2026-00001  mié 25       Palacio Tayrona,    Ana Ruiz, ext. 204  aceptada
                        14:15-15:15  piso 2

        Álex Granados Polo (agranados): 1 visita, 1 h
        Hora   lun 23  mar 24  mié 25        jue 26  vie 27
        ─────────────────────────────────────────────────────
        8:00
        9:00
        10:00
        11:00
        14:00                  14:15 2
                               Edificio 4-…
        15:00                  │
        16:00
        17:00

        Caso            Cuándo              Dónde           Quién
        ────────────────────────────────────────────────────────────────────────────────
        TIC-2026-00002  mié 25 14:15-15:15  Edificio 4-24,  Nubia Carrillo, ext. 331
                                            oficina 12

        Joaquín Ternera (jternera): 1 visita, 1 h 30 min
        Hora   lun 23  mar 24  mié 25        jue 26  vie 27
        ─────────────────────────────────────────────────────
        8:00                   8:45 3
                               Palacio Tay…
        9:00                   │
        10:00                  │
        11:00
        14:00
        15:00
        16:00
        17:00

        Caso            Cuándo             Dónde             Quién
        ────────────────────────────────────────────────────────────────────────────────
        TIC-2026-00003  mié 25 8:45-10:15  Palacio Tayrona,  Fernanda Yepes, ext. 331
                                           piso 4
    "#]]
    .assert_eq(&week(&desk, "80", &["--week", "2026-W48"]));
    expect![[r#"
        Semana 2026-W48, del lunes 23 de noviembre al
        domingo 29 de noviembre de 2026

        Kevin Barros Lacera (kbarros): 1 visita, 1 h

        Caso       TIC-2026-00001
        Cuándo     mié 25 14:15-15:15
        Dónde      Palacio Tayrona, piso 2
        Quién      Ana Ruiz, ext. 204
        Respuesta  aceptada
    "#]]
    .assert_eq(&week(&desk, "50", &["--week", "2026-W48", "--tecnico", "kbarros"]));
}

#[test]
fn holidays_and_absences_stand_in_the_week() {
    let mut desk = Desk::new();
    desk.ask();
    let root = letters_of(&desk).into_iter().find(|(to, _)| to == KEVIN).unwrap().1;
    let head = format!("Subject: RE: [TIC-2026-00001]\r\nIn-Reply-To: <{root}>");
    // The first order of a day is confirmed where no server vouches for anybody.
    desk.mail(&format!("Kevin Barros <{KEVIN}>"), &head, "#ausente del 9 al 10 de diciembre, vacaciones\r\n");
    let asked = letters_of(&desk).into_iter().next_back().unwrap();
    let head = format!("Subject: RE: confirme\r\nIn-Reply-To: <{}>", asked.1);
    desk.mail(&format!("Kevin Barros <{KEVIN}>"), &head, "sí\r\n");
    expect![[r#"
        Semana 2026-W50, del lunes 7 de diciembre al domingo 13 de diciembre de 2026

        mar 8: festivo, Inmaculada Concepción

        Kevin Barros Lacera (kbarros): sin visitas
        Hora   lun 7  mar 8    mié 9    jue 10   vie 11
                      festivo  ausente  ausente
        ─────────────────────────────────────────────────
        8:00          ·        ·        ·
        9:00          ·        ·        ·
        10:00         ·        ·        ·
        11:00         ·        ·        ·
        14:00         ·        ·        ·
        15:00         ·        ·        ·
        16:00         ·        ·        ·
        17:00         ·        ·        ·
    "#]]
    .assert_eq(&week(&desk, "80", &["--week", "2026-W50", "--tecnico", KEVIN]));
}

#[test]
fn what_people_wrote_does_not_drive_the_terminal() {
    let mut desk = Desk::new();
    let text = "No me prende el computador.\r\n\r\nAna Ruiz\r\nLugar: piso 2 \u{1b}]0;x\u{7} oficina \u{202e}12\r\next. 204\r\n";
    let head = "Subject: computador\r\nContent-Type: text/plain; charset=utf-8";
    desk.mail(&format!("Ana \u{1b}[2J Ruiz <{ANA}>"), head, text);
    let shown = week(&desk, "80", &["--week", "2026-W48"]);
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    assert!(shown.contains("TIC-2026-00001"), "{shown}");
}

#[test]
fn what_is_no_week_and_nobody_is_said_with_what_there_is() {
    let desk = Desk::new();
    for (args, says) in [
        (&["--week", "2026-W54"], "se escribe con año y número"),
        (&["--week", "mañana"], "se escribe con año y número"),
        (&["--week", "99999-W01"], "se escribe con año y número"),
        (&["--tecnico", "nadie"], "kbarros"),
    ] {
        let done = desk.home.run(&[&["agenda"], args.as_slice()].concat());
        assert_eq!(done.status.code(), Some(2), "{args:?}");
        assert!(err(&done).contains(says), "{}", err(&done));
    }
    for edge in ["9998-W01", "0001-W01", "2026-w49", "2026W49"] {
        assert!(desk.home.run(&["agenda", "--week", edge]).status.success(), "{edge}");
    }
}

#[test]
fn a_telephone_reads_the_file_and_nobody_else_does() {
    let desk = busy();
    let file = desk.home.path("agenda.ics");
    fs::write(&file, "what was there before").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let path = file.to_str().unwrap();
    let done = desk.home.run(&["agenda", "--week", "2026-W48", "--ics", path]);
    assert!(done.status.success() && out(&done).is_empty(), "{}{}", out(&done), err(&done));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let beside = fs::read_dir(desk.home.dir.path())
        .unwrap()
        .filter(|f| f.as_ref().unwrap().path().to_string_lossy().contains("nuevo"));
    assert_eq!(beside.count(), 0, "nothing unfinished is left");
    let text = fs::read_to_string(&file).unwrap();
    let calendar = IcalParser::new(text.as_bytes()).next().unwrap().unwrap();
    let value =
        |name: &str| calendar.properties.iter().find(|line| line.name == name).and_then(|line| line.value.clone());
    assert_eq!(value("METHOD").as_deref(), Some("PUBLISH"));
    assert_eq!(calendar.events.len(), 3);
    for event in &calendar.events {
        let names: Vec<&str> = event.properties.iter().map(|line| line.name.as_str()).collect();
        assert!(!names.contains(&"ATTENDEE") && !names.contains(&"ORGANIZER"), "nobody is asked");
        assert_eq!(event.alarms.len(), 1);
    }
    let own = desk.home.run(&["agenda", "--week", "2026-W48", "--tecnico", "jternera", "--ics", path]);
    assert!(own.status.success());
    let own = fs::read_to_string(&file).unwrap();
    assert!(own.matches("BEGIN:VEVENT").count() < 3 && own.contains("Joaquín Ternera"), "{own}");
    let missing = desk.home.run(&["agenda", "--ics", desk.home.path("no/hay/x.ics").to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("no se pudo escribir"), "{}", err(&missing));
}

#[test]
fn a_week_tells_what_came_of_its_promises() {
    let desk = busy();
    let told = desk.home.run(&["agenda", "--week", "2026-W48", "--cumplimiento", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let all = told["citas"].as_array().unwrap();
    assert!(all.len() == 3 && told["prometidas"] == all.len(), "{told}");
    let counts = told["desenlaces"].as_object().unwrap();
    assert_eq!(counts.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), all.len() as u64);
    let own = desk.home.run(&["agenda", "--week", "2026-W48", "--tecnico", "kbarros", "--cumplimiento"]);
    let text = String::from_utf8(own.stdout).unwrap();
    assert!(text.starts_with("Semana 2026-W48: ") && !text.contains("agranados"), "{text}");
    let case = desk.home.run(&["ticket", "TIC-2026-00001"]);
    assert!(String::from_utf8(case.stdout).unwrap().contains("Citas prometidas"));
}

#[test]
fn whoever_asks_why_a_visit_is_not_sooner_is_told_step_by_step() {
    let mut desk = Desk::new();
    // Somebody else had the first hours, before a holiday stands between the term's days.
    for n in 0..6 {
        let (who, text) = (
            format!("Persona {n} <p{n}@magdalena.gov.co>"),
            "No me prende el computador. Palacio Tayrona, piso 3. ext. 100",
        );
        desk.mail(&who, "Subject: computador", text);
    }
    desk.now = "2026-12-04T15:00:00Z".parse().unwrap();
    desk.mail(
        "Nubia Carrillo <ncarrillo@magdalena.gov.co>",
        "Subject: impresora",
        "No imprime la impresora. Edificio 4-24, piso 1. ext. 331",
    );
    expect![[r#"
        TIC-2026-00007  impresora

        1. Llegada
          Llegó el viernes 4 de diciembre de 2026, 10:01 a. m.
          La oficina estaba abierta: el tiempo corre desde entonces.

        2. Qué ha pasado
          vie 4 dic, 10:01 a. m.: se recibió
          vie 4 dic, 10:01 a. m.: visita de kbarros: viernes 4 de diciembre de 2026, de 4:15 p. m.
          a 5:15 p. m.
          vie 4 dic, 10:01 a. m.: pasa a «asignado»

        3. Cuánto dura
          1 h, por la categoría «impresoras y escáneres».
          En el lugar: edificio 4-24, piso 1.

        4. Desde cuándo
          Se citó el vie 4 dic, 10:01 a. m.
          Con prioridad media se dejan 4 h de trabajo a lo que apremia más: no antes del vie 4
          dic, 4:01 p. m.

        5. Quién puede
          kbarros: atiende la categoría; 3 casos abiertos; libre desde el vie 4 dic, 4:15 p. m. ←
          le correspondió
          agranados: atiende la categoría; 3 casos abiertos; libre desde el vie 4 dic, 4:15 p. m.

        6. Por qué no antes
          Es su primera hora libre.

        7. La cita
          kbarros: viernes 4 de diciembre de 2026, de 4:15 p. m. a 5:15 p. m.
          Es la hora que dan las reglas.

        8. Plazo: primera respuesta
          4 h hábiles desde la hora de la visita, viernes 4 de diciembre de 2026, 4:15 p. m.
          vie 4 dic: de 4:15 p. m. a 6:00 p. m. (1 h 45 min)
          lun 7 dic: de 8:00 a. m. a 10:15 a. m. (2 h 15 min)
          Vence el lunes 7 de diciembre de 2026, 10:15 a. m.

        9. Plazo: solución
          24 h hábiles por prioridad media, desde el viernes 4 de diciembre de 2026, 10:01 a. m.
          vie 4 dic: de 10:01 a. m. a 12:00 m. y de 2:00 p. m. a 6:00 p. m. (5 h 59 min)
          lun 7 dic: de 8:00 a. m. a 12:00 m. y de 2:00 p. m. a 6:00 p. m. (8 h)
          mar 8 dic: festivo, Inmaculada Concepción
          mié 9 dic: de 8:00 a. m. a 12:00 m. y de 2:00 p. m. a 6:00 p. m. (8 h)
          jue 10 dic: de 8:00 a. m. a 10:01 a. m. (2 h 1 min)
          Vence el jueves 10 de diciembre de 2026, 10:01 a. m.
    "#]]
    .assert_eq(&agenda(&desk, "90", &["explain", "TIC-2026-00007"]));
    let steps = desk.home.json(&["agenda", "explain", "TIC-2026-00003"]);
    let said = |title: &str| {
        let all = steps["pasos"].as_array().unwrap();
        all.iter().find(|step| step["titulo"] == title).unwrap_or_else(|| panic!("{title}: {steps}"))["lineas"].clone()
    };
    assert!(said("Por qué no antes").to_string().contains("TIC-2026-00001"), "{steps}");
    assert!(said("La cita").to_string().contains("Es la hora que dan las reglas."), "{steps}");
    let none = desk.home.run(&["agenda", "explain", "TIC-2026-00099"]);
    assert_eq!((none.status.code(), err(&none).contains("no existe el caso")), (Some(1), true));
    assert_eq!(desk.home.run(&["agenda", "explain", "diecisiete"]).status.code(), Some(2));
    // A week and an explanation are two questions.
    assert_eq!(desk.home.run(&["agenda", "--json", "explain", "TIC-2026-00003"]).status.code(), Some(2));
}

#[test]
fn a_script_reads_the_week() {
    let desk = busy();
    let week = desk.home.json(&["agenda", "--week", "2026-W48"]);
    assert_eq!(week["semana"], "2026-W48");
    assert_eq!(week["dias"].as_array().unwrap().len(), 7);
    let visits: Vec<_> =
        week["tecnicos"].as_array().unwrap().iter().flat_map(|t| t["visitas"].as_array().unwrap()).collect();
    assert_eq!(visits.len(), 3);
    let first = visits.iter().find(|visit| visit["caso"] == "TIC-2026-00001").unwrap();
    assert_eq!(first["respuestas"][ANA]["respuesta"], "aceptada");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    /// Whatever calendars answer, in whatever order: no uid ever has the same change twice for two hours, the case is the sum of
    /// its facts, the agenda and the calendars say the same.
    #[test]
    fn calendars_and_case_never_part(steps in prop::collection::vec((0usize..5, 0u32..3, 0u32..50, 0u32..6), 1..8)) {
        let mut desk = DESK.take().unwrap_or_else(Desk::new);
        desk.begin();
        let first = desk.ask().remove(0);
        let mut seen: Vec<(String, u32, String, String)> = vec![(first.uid.clone(), 0, first.method.clone(), first.start.clone())];
        let mut last = first;
        for (word, sequence, minute, day) in steps {
            let partstat = ["ACCEPTED", "DECLINED", "TENTATIVE", "DECLINED", "TENTATIVE"][word];
            let method = if word > 2 { "COUNTER" } else { "REPLY" };
            let stamp = format!("20261125T13{minute:02}00Z");
            let start = format!("DTSTART:2026112{}T1{}0000Z", 4 + day, 3 + sequence);
            let answer = format!("{}\r\n{start}", lines(&last, ANA, partstat, sequence, &stamp));
            for part in desk.answer(&format!("Ana Ruiz <{ANA}>"), method, &answer) {
                let change = (part.uid.clone(), part.sequence, part.method.clone(), part.start.clone());
                for (uid, sequence, method, start) in &seen {
                    let same = (uid, *sequence) == (&change.0, change.1);
                    prop_assert!(!same || (method, start) == (&change.2, &change.3), "{:?} and {:?}", seen, change);
                    prop_assert!(*uid != change.0 || *sequence <= change.1);
                }
                seen.push(change);
                last = part;
            }
            let ticket = desk.ticket();
            let shown = ticket.seguimiento.cita.as_ref().and_then(|cita| cita.invited.visita.clone());
            prop_assert_eq!(shown, ticket.visita);
            prop_assert!(desk.clerk.store.reconcile().unwrap().iter().all(|finding| !finding.donde.contains("TIC")));
        }
        DESK.set(Some(desk));
    }
}

#[test]
fn what_is_sent_is_sent_again_to_the_octet() {
    let mut desk = Desk::new();
    desk.ask();
    let bytes = |store: &Store| -> Vec<Vec<u8>> {
        let case = store.case(FIRST).unwrap().unwrap();
        case.cartas.iter().map(|letter| store.letter_bytes(letter.row).unwrap().unwrap()).collect()
    };
    let before = bytes(&desk.clerk.store);
    let again = Store::open_read(Path::new(&desk.home.path("mesa.db"))).unwrap();
    assert_eq!(bytes(&again), before);
    assert_eq!(
        again.ticket(FIRST).unwrap().unwrap(),
        desk.ticket(),
        "number and change of the appointment are on file"
    );
}
