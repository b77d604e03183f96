//! When letters go, and which do not, through the whole clerk: quiet hours, the cap of an address, addresses that give letters
//! back, alarms that are over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use jiff::{SignedDuration, Timestamp};
use mesa_tic::clerk::Clerk;
use mesa_tic::desk::decision::{Decision, Disposition, Form};
use mesa_tic::desk::dispatch::{DEAD, FULL};
use mesa_tic::desk::obey::TOLD;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::mail::message::Address;
use mesa_tic::office::people::{Person, Role};
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::seal::Seal;
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::ring::Ring;
use mesa_tic::spanish::when;
use mesa_tic::store::db::Store;
use mesa_tic::store::show::Sending;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use mesa_tic::ticket::id::TicketId;
use std::collections::BTreeSet;
use std::sync::Arc;
use tempfile::TempDir;

const ROSIRIS: &str = "rcharris@magdalena.gov.co";
const CAP: &str = "[cartas]\npor_persona = 3\npor_persona_de_la_oficina = 200\n";

struct Desk {
    _folder: TempDir,
    clerk: Clerk,
    mails: i64,
}

/// «2026-11-25 08:00» of the office's clock; a Wednesday.
fn at(text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
    when::instant(local.date(), local.time()).unwrap()
}

impl Desk {
    /// The shipped rules, with this in the place of the tables `[silencio]` and `[cartas]` of servicio.toml.
    fn new(service: &str) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let desk = Address { correo: "soporte.tic@magdalena.gov.co".to_owned(), nombre: None };
        let mut files = shipped();
        let service_file = files.get_mut("servicio.toml").unwrap();
        let kept = service_file.split("[silencio]").next().unwrap();
        *service_file = format!("{kept}{service}");
        let handbook = Handbook::load(&files, &desk)
            .unwrap_or_else(|faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<String>()));
        let store = Store::open(&folder.path().join("mesa.db"), at("2026-11-25 06:00")).unwrap();
        let administrator = Address { correo: "admin.mesa@magdalena.gov.co".to_owned(), nombre: None };
        let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
        let policy = Policy::Strict { authserv_id: "mx.magdalena.gov.co".to_owned() };
        let seal = Seal { ring, policy, plus_address: false };
        Desk { _folder: folder, clerk: Clerk::new(store, handbook, desk, administrator, seal), mails: 0 }
    }

    /// One mail comes in and is worked.
    fn mail(&mut self, now: Timestamp, from: &str, subject: &str, rest: &str) -> Disposition {
        self.mails += 1;
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let (domain, n) = (from.rsplit('@').next().unwrap(), self.mails);
        let bytes = format!(
            "Authentication-Results: mx.magdalena.gov.co; dmarc=pass header.from={domain}\r\nFrom: {from}\r\n\
             To: soporte.tic@magdalena.gov.co\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <m{n}@{domain}>\r\n{rest}"
        );
        let bytes = bytes.into_bytes();
        let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: n.to_string() };
        self.clerk.store.file(&[Raw { place, received: now, size: bytes.len() as u64, bytes }], now).unwrap();
        assert_eq!(self.clerk.work(now).unwrap(), 1);
        assert!(self.clerk.store.reconcile().unwrap().is_empty());
        self.clerk.store.mail(n).unwrap().unwrap().destino.unwrap()
    }

    fn ask(&mut self, now: Timestamp, subject: &str) {
        let text = format!("\r\n{subject}. Contabilidad, piso 1, ext. 130.\r\n");
        assert_eq!(self.mail(now, ROSIRIS, subject, &text), Disposition::Ticket);
    }

    /// A delivery report about a letter of ours.
    fn report(&mut self, now: Timestamp, letter: &str, recipient: &str, action: &str, status: &str) {
        let rest = format!(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nNo se entregó.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n\
             Action: {action}\r\nStatus: {status}\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{letter}>\r\n--b--\r\n"
        );
        assert_eq!(self.mail(now, "MAILER-DAEMON@mx.magdalena.gov.co", "Undelivered", &rest), Disposition::Rebote);
    }

    /// Six requests, long ago; all are solved, and in three days nobody says otherwise.
    fn solve_six(&mut self) {
        for n in 0..6 {
            self.ask(at("2026-11-20 09:00") + SignedDuration::from_mins(n), &format!("Impresora {n} no imprime"));
        }
        self.post(at("2026-11-20 10:00"));
        (1..=6).for_each(|number| self.resolve(number, at("2026-11-20 11:00")));
    }

    /// The office moves a case; nobody's mail did.
    fn resolve(&mut self, number: u32, now: Timestamp) {
        let event = Event::Moved { estado: Estado::Resuelto, motivo: Some("Se cambió el cartucho.".to_owned()) };
        let facts = vec![(TicketId { year: 2026, number }, event)];
        let decision =
            Decision { disposition: Disposition::Propio, facts, letters: vec![], away: vec![], why: String::new() };
        let mut batch = self.clerk.store.batch().unwrap();
        batch.commit_own(&decision, &[], &[], now).unwrap();
        batch.finish().unwrap();
    }

    /// What goes out now: form and address.
    fn post(&mut self, now: Timestamp) -> Vec<(Form, String)> {
        let due = self.clerk.due(1000, now).unwrap();
        let sent = due.iter().map(|due| {
            let sent = Outcome::Sent { receipt: "250 Ok".to_owned() };
            self.clerk.store.settle(&[(due.row, sent)], now).unwrap();
            (self.clerk.store.letter(due.row).unwrap().unwrap().forma, due.parcel.to.clone())
        });
        sent.collect()
    }

    fn for_rosiris(&mut self, now: Timestamp) -> Vec<Form> {
        self.post(now).into_iter().filter(|(_, to)| to == ROSIRIS).map(|(form, _)| form).collect()
    }

    /// Letters to her that are held, with the reason.
    fn held(&self) -> Vec<(Form, String)> {
        let unsent = self.clerk.store.unsent(1000).unwrap();
        let held = unsent.into_iter().filter(|letter| letter.para == ROSIRIS && letter.estado == Sending::Cancelada);
        held.map(|letter| (letter.forma, letter.motivo.unwrap())).collect()
    }

    /// Message-ID of the last letter to her of the case.
    fn last_letter(&self, number: u32) -> String {
        let case = self.clerk.store.case(TicketId { year: 2026, number }).unwrap().unwrap();
        case.cartas.into_iter().rfind(|letter| letter.para == ROSIRIS).unwrap().mensaje
    }
}

/// The next batch is opened while one is decided, its attempt counted first; but not two large ones at a time.
#[test]
fn what_is_opened_ahead_fits_into_memory() {
    let now = at("2026-11-25 09:00");
    for (octets, begun) in [(1_000, [1, 1]), (10 << 20, [1, 0])] {
        let mut desk = Desk::new("");
        let raws = (0..129).map(|n| {
            let (last, from) = (n >= 127, format!("a{n}@magdalena.gov.co"));
            let file = if last { "QUJD\r\n".repeat(octets / 6) } else { String::new() };
            let bytes = format!(
                "From: {from}\r\nTo: soporte.tic@magdalena.gov.co\r\nSubject: sin internet\r\nMessage-ID: <m{n}@x>\r\n\
                 Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}"
            );
            let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: n.to_string() };
            Raw { place, received: now, size: bytes.len() as u64, bytes: bytes.into_bytes() }
        });
        desk.clerk.store.file(&raws.collect::<Vec<_>>(), now).unwrap();
        assert_eq!(desk.clerk.work(now).unwrap(), 128);
        let books = rusqlite::Connection::open(desk._folder.path().join("mesa.db")).unwrap();
        let tries = [128, 129].map(|row: i64| {
            books.query_row("SELECT intentos FROM correo WHERE id = ?1", [row], |row| row.get::<_, i64>(0)).unwrap()
        });
        assert_eq!(tries, begun);
        assert_eq!(desk.clerk.work(now).unwrap(), 1);
        assert!(desk.clerk.store.reconcile().unwrap().is_empty());
    }
}

/// Whatever the books refuse to take of one mail, the others of its batch are worked, and it is set aside as it came.
#[test]
fn a_mail_that_cannot_be_put_on_file_costs_the_others_nothing() {
    let mut desk = Desk::new("");
    let now = at("2026-11-25 09:00");
    let books = rusqlite::Connection::open(desk._folder.path().join("mesa.db")).unwrap();
    let refuse =
        "CREATE TRIGGER mal BEFORE UPDATE ON correo WHEN NEW.asunto LIKE 'mal%' BEGIN SELECT RAISE(ABORT, 'no'); END";
    books.execute_batch(refuse).unwrap();
    let subjects = ["sin internet", "mal uno", "no prende el equipo", "mal dos", "no imprime"];
    let raws = subjects.iter().enumerate().map(|(n, subject)| {
        let bytes = format!(
            "From: a{n}@magdalena.gov.co\r\nTo: soporte.tic@magdalena.gov.co\r\nSubject: {subject}\r\nMessage-ID: \
             <m{n}@x>\r\n\r\nBuenos días, {subject}. Contabilidad, piso 1, ext. 130.\r\n"
        );
        let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: n.to_string() };
        Raw { place, received: now, size: bytes.len() as u64, bytes: bytes.into_bytes() }
    });
    desk.clerk.store.file(&raws.collect::<Vec<_>>(), now).unwrap();
    assert_eq!(desk.clerk.work(now).unwrap(), 5);
    let ended = (1..=5).map(|row| desk.clerk.store.mail(row).unwrap().unwrap().destino.unwrap());
    use Disposition::{Cuarentena, Ticket};
    assert_eq!(ended.collect::<Vec<_>>(), [Ticket, Cuarentena, Ticket, Cuarentena, Ticket]);
    let wordless: i64 = books
        .query_row(
            "SELECT count(*) FROM carta LEFT JOIN escrito ON carta = id WHERE ifnull(length(bytes), 0) < 500",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(wordless, 0, "every letter has its words");
    books.execute_batch("DROP TRIGGER mal").unwrap();
    assert!(desk.clerk.store.reconcile().unwrap().is_empty());
}

#[test]
fn at_night_only_answers_go_and_what_is_critical() {
    let mut desk = Desk::new("");
    let night = at("2026-11-25 21:00");
    desk.ask(night, "No prende el computador");
    assert_eq!(desk.post(night), [(Form::Acuse, ROSIRIS.to_owned())]);
    assert_eq!(desk.post(at("2026-11-26 06:59")), []);
    let morning = desk.post(at("2026-11-26 07:00"));
    assert!(matches!(&morning[..], [(Form::Asignacion, _)]), "{morning:?}");
    // A case that stops everybody is told at any hour.
    let text = "\r\nSe cayó la red de todo el edificio y nadie puede trabajar. Urgente.\r\n";
    desk.mail(at("2026-11-26 22:00"), ROSIRIS, "Todo el edificio sin red", text);
    let forms: Vec<Form> = desk.post(at("2026-11-26 22:00")).into_iter().map(|(form, _)| form).collect();
    assert!(forms.contains(&Form::Acuse) && forms.contains(&Form::Asignacion), "{forms:?}");
    // From Friday's evening to Monday's morning.
    desk.ask(at("2026-11-27 19:30"), "Clave bloqueada");
    desk.post(at("2026-11-27 19:30"));
    assert_eq!(desk.post(at("2026-11-29 12:00")), []);
    assert_eq!(desk.post(at("2026-11-30 07:00")).len(), 1);
}

/// What waits for the morning waits for whoever is still there then; of the rest the coordination hears.
#[test]
fn a_letter_that_waited_does_not_go_to_a_technician_who_left_meanwhile() {
    for removed in [false, true] {
        let mut desk = Desk::new("");
        let night = at("2026-11-25 21:00");
        desk.ask(night, "No prende el computador");
        assert_eq!(desk.post(night), [(Form::Acuse, ROSIRIS.to_owned())]);
        let people = &mut Arc::get_mut(&mut desk.clerk.handbook).unwrap().office.people.people;
        let (of, steers) = (
            desk.clerk.store.ticket(TicketId { year: 2026, number: 1 }).unwrap().unwrap().tecnico.unwrap(),
            "coord@magdalena.gov.co",
        );
        let his = people.iter().position(|person| person.usuario == of).unwrap();
        let coordinator = Person {
            usuario: "coord".to_owned(),
            correo: steers.to_owned(),
            role: Role::Coordinador,
            ..people[his].clone()
        };
        let address = people[his].correo.clone();
        if removed {
            people.remove(his);
        } else {
            people[his].active = false;
        }
        people.push(coordinator);
        let morning = at("2026-11-26 07:00");
        assert_eq!(desk.post(morning), []);
        let later = at("2026-11-26 07:31");
        desk.clerk.tick(later).unwrap();
        let heard = desk.post(later);
        assert!(heard.iter().all(|(_, to)| *to != address) && heard.iter().any(|(_, to)| to == steers), "{heard:?}");
        assert!(desk.clerk.store.reconcile().unwrap().is_empty());
    }
}

/// An order that was refused is nobody's work on the case; one that was given at the machine itself is.
#[test]
fn only_orders_that_were_carried_out_count() {
    let (mut desk, now) = (Desk::new(""), at("2026-11-25 09:00"));
    desk.ask(now, "La impresora no imprime");
    let id = TicketId { year: 2026, number: 1 };
    let case = desk.clerk.store.case(id).unwrap().unwrap();
    let letter = case.cartas.iter().find(|letter| letter.forma == Form::Asignacion).unwrap();
    let order = |desk: &mut Desk, now: Timestamp, words: &str| {
        let rest = format!("In-Reply-To: <{}>\r\n\r\n{words}\r\n", letter.mensaje);
        assert_eq!(desk.mail(now, &letter.para, &format!("Re: [{id}] x"), &rest), Disposition::Comando);
        desk.clerk.store.watched().unwrap()[0].ordered
    };
    assert_eq!(order(&mut desk, at("2026-11-25 09:10"), "#programar 20 de noviembre 10 am"), None);
    let told = Event::Noted { texto: format!("{TOLD}#prioridad alta") };
    let decision = Decision {
        disposition: Disposition::Propio,
        facts: vec![(id, told)],
        letters: vec![],
        away: vec![],
        why: String::new(),
    };
    let mut batch = desk.clerk.store.batch().unwrap();
    batch.commit_own(&decision, &[], &[], at("2026-11-25 09:20")).unwrap();
    batch.finish().unwrap();
    assert_eq!(desk.clerk.store.watched().unwrap()[0].ordered, Some(at("2026-11-25 09:20")));
    let third = at("2026-11-25 09:30");
    assert_eq!(order(&mut desk, third, "#estado en proceso"), Some(third));
    assert_eq!(order(&mut desk, at("2026-11-25 09:40"), "#programar 20 de noviembre 10 am"), Some(third));
}

#[test]
fn an_office_may_do_without_quiet_hours() {
    let mut desk = Desk::new("[silencio]\ndesde = \"00:00\"\nhasta = \"00:00\"\n");
    let night = at("2026-11-25 21:00");
    desk.ask(night, "No prende el computador");
    assert_eq!(desk.post(night).len(), 2);
}

#[test]
fn what_is_over_the_cap_of_a_day_is_told_in_one_letter_the_next_morning() {
    let mut desk = Desk::new(CAP);
    desk.solve_six();
    let closing = at("2026-11-26 10:00");
    desk.clerk.tick(closing).unwrap();
    assert_eq!(desk.for_rosiris(closing), [Form::Estado; 3]);
    assert_eq!(desk.held(), vec![(Form::Estado, FULL.to_owned()); 3]);
    let letters = desk.clerk.store.unsent(100).unwrap();
    for held in letters.iter().filter(|letter| letter.motivo.as_deref() == Some(FULL)) {
        assert_eq!(desk.clerk.store.letter_bytes(held.row).unwrap(), None, "no words for nobody");
        assert!(!desk.clerk.store.retry_letter(held.row, closing).unwrap(), "there is nothing to send");
        assert_eq!(desk.clerk.store.unwritten(held.row).unwrap().unwrap().to, ROSIRIS);
    }
    // An answer to her is none of these, however many she has had.
    desk.ask(at("2026-11-26 11:00"), "El teclado no escribe");
    assert_eq!(desk.for_rosiris(at("2026-11-26 11:00")), [Form::Acuse]);
    let friday = at("2026-11-27 07:30");
    desk.clerk.tick(friday).unwrap();
    assert_eq!(desk.for_rosiris(friday), [Form::Resumen]);
    let row = desk.clerk.store.case(TicketId { year: 2026, number: 6 }).unwrap().unwrap();
    assert!(row.cartas.iter().any(|letter| letter.motivo.as_deref() == Some(FULL)), "the case tells of it");
    // Once.
    for later in ["2026-11-27 12:00", "2026-11-30 08:00"] {
        desk.clerk.tick(at(later)).unwrap();
        assert_eq!(desk.for_rosiris(at(later)), []);
    }
}

#[test]
fn what_was_held_of_somebody_is_suppressed_with_the_rest() {
    let mut desk = Desk::new(CAP);
    desk.solve_six();
    let (closing, later) = (at("2026-11-26 10:00"), at("2026-11-26 11:00"));
    desk.clerk.tick(closing).unwrap();
    desk.post(closing);
    let held = desk.clerk.store.unsent(100).unwrap().into_iter().find(|l| l.motivo.as_deref() == Some(FULL)).unwrap();
    let traces = desk.clerk.store.traces(ROSIRIS, &BTreeSet::new()).unwrap();
    assert!(traces.cartas.contains(&held.row));
    assert_eq!(desk.clerk.store.kept(&traces).unwrap().cartas.len(), traces.cartas.len(), "held ones are shown too");
    desk.clerk.store.erase(&traces, false, &|_| None, later).unwrap();
    let bare = desk.clerk.store.letter(held.row).unwrap().unwrap();
    assert_ne!(bare.para, ROSIRIS);
    assert!(desk.clerk.store.unwritten(held.row).unwrap().is_none());
    assert_eq!(desk.clerk.store.reconcile().unwrap(), []);
    desk.clerk.tick(at("2026-11-27 07:30")).unwrap();
    assert_eq!(desk.for_rosiris(at("2026-11-27 07:30")), []);
}

#[test]
fn an_address_that_does_not_exist_gets_no_more_letters_until_it_writes_or_is_unmarked() {
    let mut desk = Desk::new("");
    for n in 0..4 {
        desk.ask(at("2026-11-20 09:00") + SignedDuration::from_mins(n), &format!("Impresora {n} no imprime"));
    }
    desk.post(at("2026-11-20 10:00"));
    let close = |desk: &mut Desk, number, solved, closed| {
        desk.resolve(number, at(solved));
        desk.clerk.tick(at(closed)).unwrap();
        desk.for_rosiris(at(closed))
    };
    let letter = desk.last_letter(1);
    let hour = at("2026-11-20 10:30");
    // Delayed, about another address, about a letter that nobody wrote: nothing follows.
    desk.report(hour, &letter, ROSIRIS, "delayed", "4.4.7");
    desk.report(hour, &letter, "otra@magdalena.gov.co", "failed", "5.1.1");
    desk.report(hour, "r.inventada@magdalena.gov.co", ROSIRIS, "failed", "5.1.1");
    assert_eq!((desk.clerk.store.marked(10).unwrap(), desk.post(hour)), (vec![], vec![]));
    // A full mailbox is marked, and written to.
    desk.report(hour, &letter, ROSIRIS, "failed", "5.2.2");
    let marked = desk.clerk.store.marked(10).unwrap();
    assert_eq!(
        (marked[0].correo.as_str(), marked[0].codigo.as_deref(), marked[0].dura),
        (ROSIRIS, Some("5.2.2"), false)
    );
    assert!(matches!(&desk.post(hour)[..], [(Form::Novedad, _)]), "the technician hears of it");
    assert_eq!(close(&mut desk, 1, "2026-11-20 11:00", "2026-11-26 09:00"), [Form::Estado]);
    // No such mailbox. The technician of that case hears of it once, however many letters come back.
    let letter = desk.last_letter(2);
    for _ in 0..3 {
        desk.report(at("2026-11-26 09:30"), &letter, ROSIRIS, "failed", "5.1.1");
    }
    assert_eq!(desk.post(at("2026-11-26 09:30")).len(), 1);
    assert!(desk.clerk.store.marked(10).unwrap()[0].dura);
    assert_eq!(desk.clerk.store.status().unwrap().direcciones_marcadas, 1);
    assert_eq!(close(&mut desk, 2, "2026-11-20 11:00", "2026-11-26 10:00"), []);
    assert_eq!(desk.held(), [(Form::Estado, DEAD.to_owned())]);
    desk.clerk.tick(at("2026-11-27 08:00")).unwrap();
    assert_eq!(desk.for_rosiris(at("2026-11-27 08:00")), []);
    // She writes: she is answered, and hears the next morning of what was held.
    desk.ask(at("2026-11-27 09:00"), "El teclado no escribe");
    assert_eq!(desk.for_rosiris(at("2026-11-27 09:00")), [Form::Acuse]);
    assert_eq!(desk.clerk.store.marked(10).unwrap(), []);
    desk.clerk.tick(at("2026-11-30 08:00")).unwrap();
    assert_eq!(desk.for_rosiris(at("2026-11-30 08:00")), [Form::Resumen]);
    // The administrator takes the mark away.
    let letter = desk.last_letter(3);
    desk.report(at("2026-11-30 09:00"), &letter, ROSIRIS, "failed", "5.1.10");
    assert!(desk.clerk.store.unmark(ROSIRIS).unwrap() && !desk.clerk.store.unmark(ROSIRIS).unwrap());
    assert_eq!(close(&mut desk, 3, "2026-11-20 11:00", "2026-11-30 10:00"), [Form::Estado]);
}

#[test]
fn the_server_that_refuses_an_address_marks_it_too() {
    let mut desk = Desk::new("");
    let now = at("2026-11-25 09:00");
    desk.ask(now, "No prende el computador");
    let due = desk.clerk.store.due(10, now).unwrap();
    let receipt = due.iter().find(|due| due.parcel.to == ROSIRIS).unwrap();
    let why = "550 5.1.1 <…@…>: Recipient address rejected".to_owned();
    desk.clerk.settle(&[(receipt.row, Outcome::Never { why })], now).unwrap();
    let marked = desk.clerk.store.marked(10).unwrap();
    assert!(marked.len() == 1 && marked[0].dura && marked[0].correo == ROSIRIS, "{marked:?}");
}

/// Each letter that will never arrive is told of, those that are noted in one moment too.
#[test]
fn the_administrator_hears_of_every_letter_that_was_given_up() {
    let mut desk = Desk::new("");
    let now = at("2026-11-25 09:00");
    desk.ask(now, "No prende el computador");
    let due = desk.clerk.store.due(10, now).unwrap();
    assert!(due.len() >= 2, "{due:?}");
    let never = || Outcome::Never { why: "554 5.7.1 rechazado".to_owned() };
    let fared: Vec<(i64, Outcome)> = due.iter().map(|due| (due.row, never())).collect();
    desk.clerk.settle(&fared, now).unwrap();
    let told = desk.clerk.store.due(10, now).unwrap();
    let notices = told.iter().filter(|due| due.parcel.to == desk.clerk.administrator.correo);
    assert_eq!(notices.count(), due.len());
}

/// A machine that says thousands of times the same opens one case, and its technician hears of it once.
#[test]
fn an_alarm_that_repeats_itself_is_one_case() {
    let mut desk = Desk::new("");
    let alarm = |desk: &mut Desk, n: i64, subject: &str| {
        let now = at("2026-11-25 09:00") + SignedDuration::from_mins(n);
        let rest = format!("Auto-Submitted: auto-generated\r\n\r\nHost: sw-p3\r\nSeverity: High\r\nn {n}\r\n");
        assert_eq!(desk.mail(now, "zabbix@magdalena.gov.co", subject, &rest), Disposition::Alarma);
        desk.post(now).len()
    };
    let problem = "Problem: Switch piso 3 is unavailable by ICMP ping";
    let letters: usize = (0..40).map(|n| alarm(&mut desk, n, problem)).sum();
    assert_eq!((letters, desk.clerk.store.tickets(None, 100).unwrap().len()), (1, 1));
    // It is over: its technician hears of it. Of another that nobody told of, nobody does.
    assert_eq!(alarm(&mut desk, 41, "Resolved in 41m: Switch piso 3 is unavailable by ICMP ping"), 1);
    assert_eq!(alarm(&mut desk, 42, "Resolved in 1m: Switch piso 4 is unavailable by ICMP ping"), 0);
    assert_eq!(desk.clerk.store.tickets(None, 100).unwrap().len(), 1);
    // Once solved, the next is a new matter.
    desk.resolve(1, at("2026-11-25 10:00"));
    assert_eq!(alarm(&mut desk, 61, problem), 1);
    assert_eq!(desk.clerk.store.tickets(None, 100).unwrap().len(), 2);
}
