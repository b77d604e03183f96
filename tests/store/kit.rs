//! A cabinet in a temporary folder, and the values that a desk would hand it.
use jiff::{SignedDuration, Timestamp};
use mesa_tic::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use mesa_tic::desk::dispatch::Route;
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::letter::parcel::{Parcel, Stamp};
use mesa_tic::mail::body::Body;
use mesa_tic::mail::message::{Address, Hand, Mail, MessageId, Silence};
use mesa_tic::office::fields::{Categoria, Contacto, Origen, Prioridad, Ubicacion};
use mesa_tic::reading::note::{Extraction, Found, Kind, Reading, RuleId, Weighing, Zone};
use mesa_tic::store::batch::{Batch, Worked};
use mesa_tic::store::db::Store;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::{Event, Ticket};
use mesa_tic::ticket::id::TicketId;
use mesa_tic::ticket::visit::Visit;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// Wednesday, 25 November 2026, 10 a. m. in Bogotá.
pub fn now() -> Timestamp {
    "2026-11-25T15:00:00Z".parse().unwrap()
}

/// A cabinet in a folder of its own.
pub struct Cabinet {
    _folder: TempDir,
    pub path: PathBuf,
}

impl Cabinet {
    pub fn new() -> Cabinet {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mesa.db");
        Cabinet { _folder: folder, path }
    }

    pub fn open(&self) -> Store {
        Store::open(&self.path, now()).unwrap()
    }
}

pub fn place(uid: u32) -> Place {
    Place { mailbox: "INBOX".into(), validity: 7, key: uid.to_string() }
}

pub fn raw(uid: u32) -> Raw {
    let bytes = format!("From: laura@magdalena.gov.co\r\nSubject: {uid}\r\n\r\nNo prende.\r\n").into_bytes();
    Raw { place: place(uid), received: now(), size: bytes.len() as u64, bytes }
}

pub fn mail(id: &str, from: &str) -> Mail {
    Mail {
        id: Some(MessageId(id.into())),
        from: Address { correo: from.into(), nombre: None },
        plain_from: true,
        results: vec![],
        delivered_to: vec![],
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

pub fn found<T>(value: T) -> Found<T> {
    Found { value, rule: RuleId::new("prueba.toml:1"), zone: Zone::Regla, span: 0..0, words: String::new() }
}

pub fn reading() -> Reading {
    Reading {
        kind: found(Kind::Solicitud),
        origen: Origen::Interna,
        fields: Extraction::default(),
        problema: "No prende.".into(),
        categoria: found(Categoria("equipos".into())),
        prioridad: found(Prioridad::Media),
        weighing: Weighing::default(),
        texto_nuevo: String::new(),
        dice: Default::default(),
        commands: vec![],
    }
}

pub fn ticket(id: TicketId, from: &str) -> Ticket {
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
        fuentes: Arc::default(),
        seguimiento: Default::default(),
    }
}

pub fn letter(form: Form, to: &str, about: Option<TicketId>) -> Letter {
    Letter {
        form,
        to: Address { correo: to.into(), nombre: None },
        about,
        answers: None,
        references: vec![],
        blanks: Blanks { aviso: form == Form::Acuse, ..Blanks::default() },
    }
}

pub fn parcel(id: &str, to: &str) -> Parcel {
    Parcel { id: MessageId(id.into()), to: to.into(), bytes: format!("Message-ID: <{id}>\r\n\r\n").into_bytes() }
}

/// A new request of `from`, as the desk would decide it: a ticket, a technician, a visit, one letter.
pub fn opened(id: TicketId, from: &str) -> Decision {
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
        away: vec![],
        why: "solicitud nueva".into(),
    }
}

/// Brings mails into the cabinet and begins to work them; their rows.
pub fn brought_all(store: &mut Store, uids: RangeInclusive<u32>) -> Vec<i64> {
    let raws: Vec<Raw> = uids.map(raw).collect();
    store.file(&raws, now()).unwrap();
    let rows: Vec<i64> = store.waiting(1000).unwrap().iter().map(|m| m.row).collect();
    let rows = rows[rows.len() - raws.len()..].to_vec();
    assert_eq!(store.begin(&rows, now()).unwrap(), rows);
    rows
}

pub fn brought(store: &mut Store, uid: u32) -> i64 {
    brought_all(store, uid..=uid)[0]
}

/// Puts what was decided about a mail on file, with the letters `carta-ROW-N@mesa`.
pub fn commit(batch: &mut Batch<'_>, row: i64, mail: &Mail, decision: &Decision) -> anyhow::Result<()> {
    let stamp = |(n, letter): (usize, &Letter)| Stamp {
        id: MessageId(format!("carta-{row}-{n}@mesa")),
        to: letter.to.correo.clone(),
        reply_to: None,
    };
    let stamps: Vec<Stamp> = decision.letters.iter().enumerate().map(stamp).collect();
    let routes = vec![Route::Now; stamps.len()];
    let worked = Worked { row, mail, reading: &reading(), decision, stamps: &stamps, routes: &routes, handbook: "v1" };
    let letters = batch.commit_mail(&worked, now())?.into_iter().flatten();
    letters.zip(&stamps).try_for_each(|(letter, stamp)| batch.write(letter, &parcel(&stamp.id.0, &stamp.to).bytes))
}

/// Files `uid` and works it as a new request.
pub fn work(store: &mut Store, uid: u32, from: &str) -> TicketId {
    let row = brought(store, uid);
    let mail = mail(&format!("m{uid}@pc"), from);
    let mut batch = store.batch().unwrap();
    let next = batch.situation(&mail, now()).unwrap().next;
    commit(&mut batch, row, &mail, &opened(next, from)).unwrap();
    batch.finish().unwrap();
    next
}
