//! Mails: filed, begun, decided, moved; whose ticket a reply is on.
use crate::kit::*;
use jiff::SignedDuration;
use mesa_tic::desk::decision::{Decision, Disposition, Form};
use mesa_tic::mail::message::{Attachment, Bounce, MessageId};
use mesa_tic::office::fields::Requisito;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::store::db::Store;
use mesa_tic::store::erase::Erased;
use mesa_tic::store::reports::REPORTS;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use rusqlite::Connection;
use std::collections::BTreeMap;

const LAURA: &str = "laura@magdalena.gov.co";

#[test]
fn a_mail_becomes_a_ticket_and_a_letter() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    assert_eq!(store.unknown(&[place(1), place(2)]).unwrap(), [place(1), place(2)]);
    let id = work(&mut store, 1, LAURA);
    assert_eq!(id.to_string(), "TIC-2026-00001");
    assert_eq!(store.unknown(&[place(1), place(2)]).unwrap(), [place(2)]);
    assert_eq!(store.waiting(10).unwrap(), []);
    assert_eq!(store.to_move(10).unwrap(), [place(1)]);
    store.moved(&[place(1)], now()).unwrap();
    assert_eq!(store.to_move(10).unwrap(), []);
    let ticket = store.ticket(id).unwrap().unwrap();
    assert_eq!((ticket.estado, ticket.tecnico.as_deref()), (Estado::Asignado, Some("kbarros")));

    let mut reply = mail("r@pc", LAURA);
    reply.refs = vec![MessageId("carta-1-0@mesa".into())];
    let situation = store.situation(&reply, now()).unwrap();
    assert_eq!(situation.ticket.map(|t| t.id), Some(id));
    assert_eq!(situation.thread, [MessageId("m1@pc".into()), MessageId("carta-1-0@mesa".into())]);
    assert_eq!(situation.next.number, 2);
    assert_eq!(situation.agenda.len(), 1);
    assert_eq!(situation.load, BTreeMap::from([("kbarros".to_owned(), 1)]));
    assert!(situation.notified && situation.known_sender);
    assert_eq!((situation.answers_today, situation.answers_this_hour), (1, 1));
}

#[test]
fn a_batch_sees_what_it_has_written_itself() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let rows = brought_all(&mut store, 1..=3);
    let mut batch = store.batch().unwrap();
    for (n, row) in (1..).zip(&rows) {
        let mail = mail(&format!("m{row}@pc"), LAURA);
        let situation = batch.situation(&mail, now()).unwrap();
        assert_eq!(situation.next.number, n);
        assert_eq!((situation.agenda.len(), situation.answers_today), (n as usize - 1, n - 1));
        commit(&mut batch, *row, &mail, &opened(situation.next, LAURA)).unwrap();
    }
    batch.finish().unwrap();
    assert_eq!(store.tickets(Some(Estado::Asignado), 2).unwrap().len(), 2);
    assert_eq!(store.reconcile().unwrap(), []);
}

#[test]
fn whose_ticket_a_mail_is_on() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let id = work(&mut store, 1, LAURA);
    let mut ticket_of = |from: &str, reference: &str, subject: &str| {
        let mut mail = mail("x@pc", from);
        mail.refs = vec![MessageId("foreign@pc".into()), MessageId(reference.into())];
        mail.subject = subject.into();
        store.situation(&mail, now()).unwrap().ticket.map(|t| t.id)
    };
    let letter = "carta-1-0@mesa";
    assert_eq!(ticket_of("colega@magdalena.gov.co", letter, ""), Some(id), "whoever answers our letter");
    assert_eq!(ticket_of(LAURA, "m1@pc", ""), Some(id), "who asked, by her own mail");
    assert_eq!(ticket_of("LAURA@magdalena.gov.co", "m1@pc", ""), Some(id));
    assert_eq!(ticket_of("jefa@magdalena.gov.co", "m1@pc", ""), Some(id), "who was in copy of her mail");
    assert_eq!(ticket_of(LAURA, "", "Re: [TIC-2026-00001] No prende"), Some(id));
    assert_eq!(ticket_of("otro@gmail.com", "", "Re: [TIC-2026-00001] No prende"), None, "guessing numbers");
    assert_eq!(ticket_of("", "", "TIC-2026-00001"), None);
    assert_eq!(ticket_of(LAURA, "", "TIC-2026-00002"), None);

    let mut report = mail("b@mta", "");
    report.bounce = Some(Bounce { failed: true, recipient: None, status: None, about: Some(MessageId(letter.into())) });
    assert_eq!(store.situation(&report, now()).unwrap().ticket.map(|t| t.id), Some(id));
}

#[test]
fn the_same_mail_by_another_road_is_known() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let id = work(&mut store, 1, LAURA);
    let row = brought(&mut store, 2);
    let twin = mail("m1@pc", LAURA);
    let batch = store.batch().unwrap();
    let original = batch.original(row, &twin).unwrap().unwrap();
    assert_eq!((original.row, original.ticket), (1, Some(id)));
    assert_eq!(batch.original(1, &twin).unwrap(), None, "not of itself");
    let mut used = mail("m1@pc", LAURA);
    used.content_key = "another text under a used Message-ID".into();
    assert_eq!(batch.original(row, &used).unwrap(), None);
    drop(batch);

    let duplicate = Decision {
        disposition: Disposition::Duplicado,
        facts: vec![],
        letters: vec![],
        away: vec![],
        why: "el mismo".into(),
    };
    let mut batch = store.batch().unwrap();
    commit(&mut batch, row, &twin, &duplicate).unwrap();
    batch.finish().unwrap();
    assert_eq!(store.case(id).unwrap().unwrap().correos.len(), 2, "both are shown on the case");
}

#[test]
fn a_mail_that_is_begun_three_times_is_set_aside() {
    let cabinet = Cabinet::new();
    cabinet.open().file(&[raw(1), raw(2), raw(3)], now()).unwrap();
    // The first crash takes a whole batch down; from then on each comes alone.
    let mut store = cabinet.open();
    let rows: Vec<i64> = store.waiting(10).unwrap().iter().map(|m| m.row).collect();
    assert_eq!(store.begin(&rows, now()).unwrap(), rows);
    for _ in 0..2 {
        drop(store);
        store = cabinet.open();
        let waiting = store.waiting(10).unwrap();
        assert_eq!(waiting.iter().map(|m| m.row).collect::<Vec<_>>(), rows[..1]);
        assert_eq!(store.begin(&rows[..1], now()).unwrap(), rows[..1]);
    }
    drop(store);
    store = cabinet.open();
    assert_eq!(store.begin(&rows[..1], now()).unwrap(), Vec::<i64>::new());
    assert_eq!(store.waiting(10).unwrap().iter().map(|m| m.row).collect::<Vec<_>>(), rows[1..2]);
    let aside = store.quarantine(10).unwrap();
    assert_eq!(aside.iter().map(|m| (m.row, m.destino)).collect::<Vec<_>>(), [(1, Some(Disposition::Cuarentena))]);
    assert_eq!(store.bytes(1).unwrap(), raw(1).bytes);

    let mut beside = Store::open_beside(&cabinet.path).unwrap();
    assert!(beside.retry_mail(1).unwrap());
    assert!(!beside.retry_mail(1).unwrap() && !beside.retry_mail(99).unwrap());
    assert_eq!(store.begin(&rows[..1], now()).unwrap(), rows[..1]);
}

#[test]
fn an_attempt_that_the_daemon_outlived_is_no_mark_against_a_mail() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let row = brought(&mut store, 1);
    for _ in 0..10 {
        assert_eq!(store.begin(&[row], now()).unwrap(), [row]);
        drop(store.batch().unwrap());
    }
    assert_eq!(store.waiting(1).unwrap()[0].tries, 0);
    drop(store);
    assert_eq!(cabinet.open().waiting(1).unwrap()[0].tries, 1, "what took a process down is suspect to the next");
}

#[test]
fn an_attempt_is_counted_with_the_batch_before_it_or_not_at_all() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    store.file(&[raw(1), raw(2)], now()).unwrap();
    let beside = Store::open_read(&cabinet.path).unwrap();
    let tries = || beside.waiting_after(1, 1).unwrap().first().unwrap().tries;
    let mut batch = store.batch().unwrap();
    batch.begin(vec![2]).unwrap();
    drop(batch);
    assert_eq!(tries(), 0, "what is taken back was no attempt");
    let mut batch = store.batch().unwrap();
    batch.begin(vec![2]).unwrap();
    assert_eq!(tries(), 0);
    batch.finish().unwrap();
    assert_eq!(tries(), 1);
    let watch = Connection::open(&cabinet.path).unwrap();
    let version = || watch.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0)).unwrap();
    let before = version();
    assert_eq!(store.begin(&[2], now()).unwrap(), [2]);
    store.record(&[], Disposition::Desaparecido, now()).unwrap();
    assert_eq!(version(), before, "what is known already is not written again");
    let mut batch = store.batch().unwrap();
    batch.begin(vec![2]).unwrap();
    batch.finish().unwrap();
    let own = store.waiting_after(1, 1).unwrap()[0].tries;
    assert_eq!((tries(), own), (1, 0), "counted once, by the one who begins it");
}

#[test]
fn a_batch_that_fails_halfway_is_taken_back() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let rows = brought_all(&mut store, 1..=3);
    let (first, second) = (mail("m1@pc", LAURA), mail("m2@pc", LAURA));
    let one = store.situation(&first, now()).unwrap().next;
    let mut skipping = opened(one, LAURA);
    let far = "TIC-2026-00009".parse().unwrap();
    skipping.facts = vec![(far, Event::Opened(Box::new(ticket(far, LAURA))))];
    let bad = [
        (rows[1], skipping, "sin saltos"),
        (rows[1], opened(one, LAURA), "abierto"),
        (rows[0], opened(far, LAURA), ""),
    ];
    for (row, decision, why) in bad {
        let mut batch = store.batch().unwrap();
        commit(&mut batch, rows[0], &first, &opened(one, LAURA)).unwrap();
        let error = commit(&mut batch, row, &second, &decision).unwrap_err();
        assert!(format!("{error:#}").contains(why), "{error:#}");
        assert!(batch.is_spoiled());
        assert!(batch.quarantine(rows[2], "no se pudo trabajar", now()).is_err(), "nothing more is put into it");
        assert!(batch.finish().is_err());
        assert_eq!((store.status().unwrap().casos, store.waiting(9).unwrap().len()), (0, 3));
        assert_eq!(store.situation(&first, now()).unwrap().agenda.len(), 0, "nor is its visit remembered");
    }
    let mut batch = store.batch().unwrap();
    commit(&mut batch, rows[0], &first, &opened(one, LAURA)).unwrap();
    batch.quarantine(rows[1], "no se pudo trabajar", now()).unwrap();
    let situation = batch.situation(&second, now()).unwrap();
    assert_eq!((situation.next.number, situation.agenda.len()), (2, 1));
    commit(&mut batch, rows[2], &second, &opened(situation.next, LAURA)).unwrap();
    batch.finish().unwrap();
    assert_eq!(store.reconcile().unwrap(), []);
    let status = store.status().unwrap();
    assert_eq!((status.casos, status.cuarentena, status.por_trabajar), (2, 1, 0));
}

#[test]
fn mails_that_are_never_brought_are_on_the_ledger_too() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    store.record(&[place(1), place(2)], Disposition::Anterior, now()).unwrap();
    store.record(&[place(2), place(3)], Disposition::Desaparecido, now()).unwrap();
    assert!(store.record(&[place(4)], Disposition::Ajeno, now()).is_err());
    assert_eq!(store.unknown(&[place(1), place(2), place(3), place(4)]).unwrap(), [place(4)]);
    assert_eq!((store.waiting(10).unwrap(), store.to_move(10).unwrap()), (vec![], vec![]));
    let expected = BTreeMap::from([("anterior".to_owned(), 2), ("desaparecido".to_owned(), 1)]);
    assert_eq!(store.status().unwrap().correos, expected);
    assert_eq!(store.reconcile().unwrap(), []);
}

#[test]
fn attachments_are_kept_once_by_their_hash() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let logo = Attachment {
        name: "logo.png".into(),
        kind: "image/png".into(),
        inline: true,
        bytes: b"abc".to_vec(),
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
    };
    for uid in 1..=2 {
        let row = brought(&mut store, uid);
        let mut with_logo = mail(&format!("m{uid}@pc"), LAURA);
        with_logo.attachments = vec![logo.clone()];
        with_logo.attached = vec![with_logo.clone()];
        let mut batch = store.batch().unwrap();
        let next = batch.situation(&with_logo, now()).unwrap().next;
        commit(&mut batch, row, &with_logo, &opened(next, LAURA)).unwrap();
        batch.finish().unwrap();
    }
    assert_eq!(store.mail(1).unwrap().unwrap().adjuntos, ["logo.png", "logo.png"]);
    assert_eq!(store.reconcile().unwrap(), []);
    let raw = rusqlite::Connection::open(&cabinet.path).unwrap();
    let kept: i64 =
        raw.query_row("SELECT count(*) FROM cuerpo WHERE bytes = 'abc' OR tamano = 3", [], |r| r.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn a_year_begins_at_number_one() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let next = |at: &str| {
        let mut store = Store::open_read(&cabinet.path).unwrap();
        store.situation(&mail("x@pc", LAURA), at.parse().unwrap()).unwrap().next.to_string()
    };
    // In Bogotá it is still the old year five hours longer.
    assert_eq!(next("2027-01-01T04:59:59Z"), "TIC-2026-00002");
    assert_eq!(next("2027-01-01T05:00:00Z"), "TIC-2027-00001");
}

#[test]
fn the_agenda_holds_open_visits_from_today_on() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let id = work(&mut store, 1, LAURA);
    work(&mut store, 2, LAURA);
    let visits = |store: &mut Store, at| store.situation(&mail("x@pc", LAURA), at).unwrap().agenda.len();
    assert_eq!(visits(&mut store, now()), 2);
    let in_three_days = "2026-11-28T15:00:00Z".parse().unwrap();
    assert_eq!(visits(&mut store, in_three_days), 0);
    assert_eq!(visits(&mut store, now()), 2);
    // Another process closes a ticket: the next situation knows.
    let mut beside = Store::open_beside(&cabinet.path).unwrap();
    let closing = Decision {
        disposition: Disposition::Comando,
        facts: vec![(id, Event::Moved { estado: Estado::Resuelto, motivo: None })],
        letters: vec![],
        away: vec![],
        why: String::new(),
    };
    let mut batch = beside.batch().unwrap();
    batch.commit_own(&closing, &[], &[], now()).unwrap();
    batch.finish().unwrap();
    assert_eq!(visits(&mut store, now()), 1);
    let load = store.situation(&mail("x@pc", LAURA), now()).unwrap().load;
    assert_eq!(load, BTreeMap::from([("kbarros".to_owned(), 1)]));
}

#[test]
fn a_case_is_shown_whole() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let id = work(&mut store, 1, LAURA);
    let case = Store::open_read(&cabinet.path).unwrap().case(id).unwrap().unwrap();
    assert_eq!((case.hechos.len(), case.correos.len(), case.cartas.len()), (4, 1, 1));
    assert_eq!(case.cartas[0].forma, Form::Acuse);
    let json = serde_json::to_value(&case).unwrap();
    assert_eq!(json["ticket"]["id"], "TIC-2026-00001");
    assert_eq!(json["correos"][0]["destino"], "ticket");
    assert_eq!(json["hechos"][1]["evento"]["Assigned"]["tecnico"], "kbarros");
    assert_eq!(json["cartas"][0]["estado"], "pendiente");
    assert!(store.case("TIC-2026-00002".parse().unwrap()).unwrap().is_none());
}

#[test]
fn the_base_of_requirements_has_the_boxes_of_the_form_in_local_time() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let row = brought(&mut store, 1);
    let mail = mail("m1@pc", LAURA);
    let mut batch = store.batch().unwrap();
    let mut decision = opened(batch.situation(&mail, now()).unwrap().next, LAURA);
    let Event::Opened(ticket) = &mut decision.facts[0].1 else { panic!("not opened first") };
    ticket.faltan = vec![Requisito::Ubicacion, Requisito::Telefono];
    commit(&mut batch, row, &mail, &decision).unwrap();
    batch.finish().unwrap();
    let sheet = store.report("requerimientos", now()).unwrap().unwrap();
    let cell = |column: &str| {
        let at = sheet.columns.iter().position(|c| c == column).unwrap();
        sheet.rows[0][at].as_str().map(str::to_owned)
    };
    assert_eq!(cell("numero").as_deref(), Some("TIC-2026-00001"));
    assert_eq!(cell("fecha").as_deref(), Some("2026-11-25 10:00:00"));
    assert_eq!(cell("visita_desde").as_deref(), Some("2026-11-26 10:00:00"));
    assert_eq!(cell("faltan").as_deref(), Some("ubicacion, telefono"));
    assert_eq!(cell("dependencia"), None);
    let load = store.report("carga", now()).unwrap().unwrap();
    assert_eq!(load.rows[0].last().unwrap(), "2026-11-26 10:00:00", "the next visit");
    assert_eq!(store.report("incompletos", now()).unwrap().unwrap().rows.len(), 1);
}

#[test]
fn every_report_runs_on_a_filled_cabinet() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    work(&mut store, 2, LAURA);
    let row = brought(&mut store, 3);
    let advert = Decision {
        disposition: Disposition::Ajeno,
        facts: vec![],
        letters: vec![],
        away: vec![],
        why: "publicidad".into(),
    };
    let ticket = store.tickets(None, 1).unwrap().remove(0).id;
    let spent = Event::Spent { minutos: 30, quien: "kbarros".into() };
    store.amend(ticket, now(), |_| Ok::<_, String>(vec![spent.clone(), spent])).unwrap();
    let time = store.report("tiempo", now()).unwrap().unwrap();
    assert!(time.rows[0].iter().any(|cell| cell == 60), "the sum of both: {:?}", time.rows);
    let mut batch = store.batch().unwrap();
    commit(&mut batch, row, &mail("m3@pc", "ventas@x.example"), &advert).unwrap();
    batch.finish().unwrap();
    let reader = Store::open_read(&cabinet.path).unwrap();
    assert_eq!(reader.report("archivados", now()).unwrap().unwrap().rows.len(), 1);
    for report in REPORTS {
        let sheet = reader.report(report.name, now()).unwrap().unwrap();
        assert!(!sheet.columns.is_empty() && sheet.rows.iter().all(|row| row.len() == sheet.columns.len()));
        assert!(!sheet.rows.is_empty() || report.name == "incompletos", "{} found nothing", report.name);
    }
    assert_eq!(reader.report("nada", now()).unwrap(), None);
}

/// What comes to a case after its data were taken out is kept no longer than anything else.
#[test]
fn what_comes_to_a_bared_case_is_taken_out_in_its_time_too() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let later = |days: i64| now() + SignedDuration::from_hours(24 * days);
    let id = work(&mut store, 1, LAURA);
    // A mail on the case, with these facts and a letter about it that goes out.
    let on_case = |store: &mut Store, uid: u32, facts: Vec<Event>| {
        let row = brought(store, uid);
        let facts = facts.into_iter().map(|fact| (id, fact)).collect();
        let letters = vec![letter(Form::Novedad, "kbarros@magdalena.gov.co", Some(id))];
        let decision = Decision { disposition: Disposition::Respuesta, facts, letters, away: vec![], why: "x".into() };
        let mut batch = store.batch().unwrap();
        commit(&mut batch, row, &mail(&format!("m{uid}@pc"), LAURA), &decision).unwrap();
        batch.finish().unwrap();
        for due in store.due(10, now()).unwrap() {
            store.settle(&[(due.row, Outcome::Sent { receipt: "250".into() })], now()).unwrap();
        }
    };
    let words = || Event::Noted { texto: "Laura dice que sigue igual".into() };
    on_case(&mut store, 2, vec![Event::Moved { estado: Estado::Cerrado, motivo: None }]);
    let whole = |store: &mut Store| {
        let mails = (1..).map_while(|row| store.mail(row).unwrap()).filter(|mail| mail.de.is_some()).count();
        let bytes = (1..).map_while(|row| store.letter_bytes(row).unwrap());
        let letters = bytes.filter(|bytes| bytes.starts_with(b"Message-ID")).count();
        let facts = store.case(id).unwrap().unwrap().hechos;
        (mails, letters, facts.iter().any(|fact| fact.evento == words()))
    };
    assert_eq!(whole(&mut store), (2, 2, false));
    let first = store.expire(later(1), 10, &|_| None, later(100)).unwrap();
    assert_eq!((first.casos, first.correos, first.cartas), (1, 2, 2));
    assert_eq!(store.expire(later(1), 10, &|_| None, later(100)).unwrap(), Erased::default());
    // A mail that changes nothing, and one whose words go on the file.
    for (uid, facts, bared) in [(3, vec![], 0), (4, vec![words()], 1)] {
        let has_words = !facts.is_empty();
        on_case(&mut store, uid, facts);
        assert_eq!(whole(&mut store), (1, 1, has_words));
        assert_eq!(store.expire(later(-1), 10, &|_| None, later(100)).unwrap(), Erased::default());
        let then = store.expire(later(1), 10, &|_| None, later(100)).unwrap();
        assert_eq!((then.casos, then.correos > 0, then.cartas > 0), (bared, true, true));
        assert_eq!(whole(&mut store), (0, 0, false));
        assert_eq!(store.expire(later(1), 10, &|_| None, later(100)).unwrap(), Erased::default());
    }
    assert_eq!(store.reconcile().unwrap(), []);
}
