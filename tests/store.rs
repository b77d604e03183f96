//! The cabinet as a whole: what a day of mails leaves in it, and what a cut, a lock or a broken file does to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use jiff::{SignedDuration, Timestamp};
use mesa_tic::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::letter::parcel::Parcel;
use mesa_tic::mail::body::Body;
use mesa_tic::mail::message::{Address, Hand, Mail, MessageId, Silence};
use mesa_tic::office::fields::{Categoria, Contacto, Origen, Prioridad, Ubicacion};
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::reading::note::{Extraction, Found, Kind, Reading, RuleId, Zone};
use mesa_tic::store::batch::Worked;
use mesa_tic::store::db::Store;
use mesa_tic::store::queue::Settled;
use mesa_tic::store::reports::REPORTS;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::{Event, Ticket};
use mesa_tic::ticket::id::TicketId;
use mesa_tic::ticket::visit::Visit;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;

/// Wednesday, 25 November 2026, 10 a. m. in Bogotá.
fn now() -> Timestamp {
    "2026-11-25T15:00:00Z".parse().unwrap()
}

/// A cabinet in a folder of its own.
struct Cabinet {
    _folder: TempDir,
    path: PathBuf,
}

impl Cabinet {
    fn new() -> Cabinet {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mesa.db");
        Cabinet { _folder: folder, path }
    }

    fn open(&self) -> Store {
        Store::open(&self.path, now()).unwrap()
    }
}

fn place(uid: u32) -> Place {
    Place { mailbox: "INBOX".into(), validity: 7, key: uid.to_string() }
}

fn raw(uid: u32) -> Raw {
    let bytes = format!("From: laura@magdalena.gov.co\r\nSubject: {uid}\r\n\r\nNo prende.\r\n").into_bytes();
    Raw { place: place(uid), received: now(), size: bytes.len() as u64, bytes }
}

fn mail(id: &str, from: &str) -> Mail {
    Mail {
        id: Some(MessageId(id.into())),
        from: Address { correo: from.into(), nombre: None },
        reply_to: vec![],
        to: vec![],
        cc: vec![],
        subject: "No prende el computador".into(),
        date: None,
        refs: vec![],
        hand: Hand::Person,
        silence: Silence::default(),
        body: Body::default(),
        attached: vec![],
        attachments: vec![],
        calendar: None,
        bounce: None,
        oddities: vec![],
        content_key: format!("key of {id}"),
    }
}

fn found<T>(value: T) -> Found<T> {
    Found { value, rule: RuleId("prueba.toml:1".into()), zone: Zone::Regla, span: 0..0, words: String::new() }
}

fn reading() -> Reading {
    Reading {
        kind: found(Kind::Solicitud),
        origen: Origen::Interna,
        fields: Extraction::default(),
        problema: "No prende.".into(),
        categoria: found(Categoria("equipos".into())),
        prioridad: found(Prioridad::Media),
        texto_nuevo: String::new(),
        commands: vec![],
    }
}

fn ticket(id: TicketId, from: &str) -> Ticket {
    Ticket {
        id,
        estado: Estado::Nuevo,
        asunto: "No prende el computador".into(),
        problema: "No prende.".into(),
        origen: Origen::Interna,
        clase: "solicitud".into(),
        dependencia: None,
        ubicacion: Ubicacion::default(),
        contacto: Contacto::default(),
        categoria: Categoria("equipos".into()),
        prioridad: Prioridad::Media,
        faltan: vec![],
        solicitante: from.into(),
        tecnico: None,
        visita: None,
        abierto: now(),
        fuentes: BTreeMap::new(),
    }
}

fn letter(form: Form, to: &str, about: Option<TicketId>) -> Letter {
    Letter {
        form,
        to: Address { correo: to.into(), nombre: None },
        about,
        answers: None,
        references: vec![],
        blanks: Blanks { aviso: form == Form::Acuse, ..Blanks::default() },
    }
}

fn parcel(id: &str, to: &str) -> Parcel {
    Parcel { id: MessageId(id.into()), to: to.into(), bytes: format!("Message-ID: <{id}>\r\n\r\n").into_bytes() }
}

/// A new request of `from`, as the desk would decide it: a ticket, a technician, a visit, one letter.
fn opened(id: TicketId, from: &str) -> Decision {
    let visit = Visit {
        tecnico: "kbarros".into(),
        start: now() + SignedDuration::from_hours(24),
        end: now() + SignedDuration::from_hours(25),
    };
    Decision {
        disposition: Disposition::Ticket,
        facts: vec![
            (id, Event::Opened(Box::new(ticket(id, from)))),
            (id, Event::Assigned { tecnico: "kbarros".into() }),
            (id, Event::Moved { estado: Estado::Asignado, motivo: None }),
            (id, Event::Booked(visit)),
        ],
        letters: vec![letter(Form::Acuse, from, Some(id))],
        why: "solicitud nueva".into(),
    }
}

/// Files `uid` and works it as a new request.
fn work(store: &mut Store, uid: u32, from: &str) -> TicketId {
    store.file(&[raw(uid)], now()).unwrap();
    let row = store.waiting(10).unwrap().iter().find(|m| m.place == place(uid)).unwrap().row;
    assert_eq!(store.begin(&[row], now()).unwrap(), [row]);
    let mail = mail(&format!("m{uid}@pc"), from);
    let mut batch = store.batch().unwrap();
    let situation = batch.situation(&mail, now()).unwrap();
    let decision = opened(situation.next, from);
    let parcels = [parcel(&format!("carta-{uid}@mesa"), from)];
    let reading = reading();
    let worked = Worked { row, mail: &mail, reading: &reading, decision: &decision, parcels: &parcels, handbook: "v1" };
    batch.commit_mail(&worked, now()).unwrap();
    batch.finish().unwrap();
    situation.next
}

#[test]
fn a_mail_becomes_a_ticket_and_a_letter() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    assert_eq!(store.unknown(&[place(1), place(2)]).unwrap(), [place(1), place(2)]);
    let id = work(&mut store, 1, "laura@magdalena.gov.co");
    assert_eq!(id.to_string(), "TIC-2026-00001");
    assert_eq!(store.unknown(&[place(1), place(2)]).unwrap(), [place(2)]);
    assert_eq!(store.waiting(10).unwrap(), []);
    assert_eq!(store.to_move(10).unwrap(), [place(1)]);
    store.moved(&[place(1)], now()).unwrap();
    assert_eq!(store.to_move(10).unwrap(), []);

    let ticket = store.ticket(id).unwrap().unwrap();
    assert_eq!((ticket.estado, ticket.tecnico.as_deref()), (Estado::Asignado, Some("kbarros")));

    let mut reply = mail("r@pc", "laura@magdalena.gov.co");
    reply.refs = vec![MessageId("carta-1@mesa".into())];
    let situation = store.situation(&reply, now()).unwrap();
    assert_eq!(situation.ticket.map(|t| t.id), Some(id));
    assert_eq!(situation.thread, [MessageId("m1@pc".into()), MessageId("carta-1@mesa".into())]);
    assert_eq!(situation.next.number, 2);
    assert_eq!(situation.agenda.len(), 1);
    assert_eq!(situation.load, BTreeMap::from([("kbarros".to_owned(), 1)]));
    assert!(situation.notified && situation.known_sender);
    assert_eq!((situation.answers_today, situation.answers_this_hour), (1, 1));

    let due = store.due(10, now()).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].parcel, parcel("carta-1@mesa", "laura@magdalena.gov.co"));
    assert_eq!(store.due(10, now()).unwrap(), []);
    let sent = Outcome::Sent { receipt: "250 2.0.0 Ok: queued as 4XyZ".into() };
    assert_eq!(store.settle(due[0].row, &sent, now()).unwrap(), Settled::Sent);
    assert!(store.settle(due[0].row, &sent, now()).is_err(), "a letter is settled once");
}

#[test]
fn every_report_runs_on_a_filled_cabinet() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, "laura@magdalena.gov.co");
    work(&mut store, 2, "laura@magdalena.gov.co");
    let reader = Store::open_read(&cabinet.path).unwrap();
    for report in REPORTS {
        let sheet = reader.report(report.name, now()).unwrap().unwrap();
        assert!(!sheet.columns.is_empty() && sheet.rows.iter().all(|row| row.len() == sheet.columns.len()));
        assert!(!sheet.rows.is_empty() || report.name == "incompletos", "{} found nothing", report.name);
    }
    assert_eq!(reader.report("nada", now()).unwrap(), None);
    assert_eq!(reader.reconcile().unwrap(), []);
}
