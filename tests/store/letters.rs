//! Letters: each goes out as it was queued, is tried again as long as it may arrive, and is told of once.
use crate::kit::*;
use jiff::{SignedDuration, Timestamp};
use mesa_tic::desk::decision::Form;
use mesa_tic::desk::dispatch::Route;
use mesa_tic::letter::parcel::Stamp;
use mesa_tic::mail::message::MessageId;
use mesa_tic::net::fault::Kind;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::store::db::Store;
use mesa_tic::store::queue::Settled;
use mesa_tic::store::show::Sending;
use mesa_tic::ticket::facts::Event;

const LAURA: &str = "laura@magdalena.gov.co";

fn minutes(after: i64) -> Timestamp {
    now() + SignedDuration::from_mins(after)
}

fn later() -> Outcome {
    Outcome::Later { why: "451 4.7.1 Try again later".into() }
}

#[test]
fn a_letter_is_sent_once() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let due = store.due(10, now()).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].parcel, parcel("carta-1-0@mesa", LAURA));
    assert_eq!(store.due(10, now()).unwrap(), [], "it is on its way");
    let sent = Outcome::Sent { receipt: "250 2.0.0 Ok: queued as 4XyZ".into() };
    assert_eq!(store.settle(&[(due[0].row, sent.clone())], now()).unwrap(), [Settled::Sent]);
    assert!(store.settle(&[(due[0].row, sent)], now()).is_err(), "a letter is settled once");
    let letter = store.letter(due[0].row).unwrap().unwrap();
    assert_eq!((letter.estado, letter.recibo.as_deref()), (Sending::Enviada, Some("250 2.0.0 Ok: queued as 4XyZ")));
    assert!(!store.retry_letter(due[0].row, now()).unwrap(), "what arrived is not sent again");
}

#[test]
fn a_letter_in_doubt_goes_out_again_with_the_same_bytes() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let first = store.due(10, now()).unwrap();
    drop(store);
    let mut store = Store::open(&cabinet.path, minutes(1)).unwrap();
    assert_eq!(store.due(10, minutes(3)).unwrap(), []);
    let again = store.due(10, minutes(4)).unwrap();
    assert_eq!(again[0].parcel, first[0].parcel);
    assert_eq!(again[0].tries, 2);
}

/// The clock of the machine ran a year ahead, and was set right.
#[test]
fn a_letter_of_an_hour_that_has_not_come_does_not_wait_for_it() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let year = SignedDuration::from_hours(24 * 365);
    store.queue(&[parcel("hoy@mesa", LAURA)], now()).unwrap();
    let today = store.due(10, now()).unwrap()[0].row;
    store.settle(&[(today, later())], now()).unwrap();
    store.queue(&[parcel("ahead@mesa", LAURA), parcel("going@mesa", LAURA)], now() + year).unwrap();
    let both = store.due(2, now() + year).unwrap();
    assert_eq!(both[0].row, today, "it has waited longest");
    let going = both[1].row;
    store.settle(&[(today, later())], now()).unwrap();
    assert_eq!(store.due(10, minutes(6)).unwrap().len(), 1, "only that of today");
    assert_eq!(store.call_back(minutes(7)).unwrap(), 2);
    assert_eq!(store.call_back(minutes(7)).unwrap(), 0);
    let due: Vec<i64> = store.due(10, minutes(7)).unwrap().iter().map(|letter| letter.row).collect();
    assert_eq!(due, [5 - going], "the other one; that which is on its way is in doubt for an hour");
    assert_eq!(store.due(10, minutes(70)).unwrap().len(), 3);
}

#[test]
fn a_letter_that_nothing_is_heard_of_goes_out_again_in_an_hour() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let first = store.due(10, now()).unwrap();
    assert!(!first[0].is_stale(minutes(30)) && first[0].is_stale(minutes(31)), "it is nobody else's for long enough");
    assert_eq!(store.due(10, minutes(59)).unwrap(), []);
    let again = store.due(10, minutes(60)).unwrap();
    assert_eq!((again.len(), &again[0].parcel), (1, &first[0].parcel));
}

#[test]
fn a_refusal_for_now_waits_and_at_last_gives_up() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let id = work(&mut store, 1, LAURA);
    let (mut at, mut tries) = (now(), 0);
    let failure = loop {
        let due = store.due(10, at).unwrap();
        assert_eq!(due.len(), 1, "due at {at}");
        tries += 1;
        assert_eq!(due[0].tries, tries);
        match store.settle(&[(due[0].row, later())], at).unwrap().remove(0) {
            Settled::Again(next) => {
                assert_eq!(store.due(10, next - SignedDuration::from_secs(1)).unwrap(), []);
                at = next;
            }
            Settled::Failed(failure) => break failure,
            Settled::Sent => panic!("nobody took it"),
        }
    };
    assert!(at > minutes(60 * 24 * 4) && at <= minutes(60 * 24 * 5), "given up at {at}");
    assert_eq!((failure.to.as_str(), failure.ticket, failure.form), (LAURA, Some(id), Form::Acuse));
    let case = store.case(id).unwrap().unwrap();
    let last = &case.hechos.last().unwrap().evento;
    assert_eq!(*last, Event::Undelivered { a: LAURA.into(), motivo: "451 4.7.1 Try again later".into(), marca: true });
    assert_eq!(store.reconcile().unwrap(), []);
}

#[test]
fn a_refusal_for_good_is_on_the_case_at_once() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let id = work(&mut store, 1, LAURA);
    let row = store.due(1, now()).unwrap()[0].row;
    let never = Outcome::Never { why: "550 5.1.1 no such user".into() };
    let settled = store.settle(&[(row, never)], now()).unwrap().remove(0);
    assert!(matches!(settled, Settled::Failed(f) if f.ticket == Some(id)));
    assert_eq!(store.case(id).unwrap().unwrap().hechos.len(), 5);
    assert_eq!(store.unsent(10).unwrap()[0].estado, Sending::Fallida);
    let mut beside = Store::open_beside(&cabinet.path).unwrap();
    assert!(beside.retry_letter(row, now()).unwrap());
    assert_eq!(store.due(10, now()).unwrap()[0].tries, 1, "counted anew");
}

#[test]
fn a_closed_post_blames_no_letter() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let closed = Outcome::Closed { kind: Kind::Refused, why: "535 5.7.8 authentication failed".into() };
    for _ in 0..100 {
        let due = store.due(10, now()).unwrap();
        assert_eq!(due[0].tries, 1);
        assert_eq!(store.settle(&[(due[0].row, closed.clone())], now()).unwrap(), [Settled::Again(now())]);
    }
}

#[test]
fn a_cancelled_letter_stays_here_until_it_is_retried() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    work(&mut store, 1, LAURA);
    let row = store.unsent(10).unwrap()[0].row;
    assert!(store.cancel_letter(row, now()).unwrap());
    assert!(!store.cancel_letter(row, now()).unwrap());
    assert_eq!(store.due(10, now()).unwrap(), []);
    assert!(store.retry_letter(row, now()).unwrap());
    assert_eq!(store.due(10, now()).unwrap().len(), 1);
    assert!(!store.cancel_letter(row, now()).unwrap(), "it is on its way");
}

#[test]
fn no_letter_is_queued_twice() {
    let cabinet = Cabinet::new();
    let mut store = cabinet.open();
    let notice = parcel("aviso-reglas@mesa", "admin@magdalena.gov.co");
    assert_eq!(store.queue(&[notice.clone(), notice.clone()], now()).unwrap(), 1);
    assert_eq!(store.queue(&[notice], now()).unwrap(), 0);
    assert_eq!(store.unsent(10).unwrap().len(), 1);

    let row = brought(&mut store, 1);
    let mail = mail("m1@pc", LAURA);
    let mut batch = store.batch().unwrap();
    let mut decision = opened(batch.situation(&mail, now()).unwrap().next, LAURA);
    decision.letters.push(decision.letters[0].clone());
    let stamp = Stamp { id: MessageId("una@mesa".into()), to: LAURA.into(), reply_to: None };
    let twice = [stamp.clone(), stamp];
    let worked = mesa_tic::store::batch::Worked {
        row,
        mail: &mail,
        reading: &reading(),
        decision: &decision,
        stamps: &twice,
        routes: &[Route::Now, Route::Now],
        handbook: "v1",
    };
    assert!(batch.commit_mail(&worked, now()).is_err());
    assert!(batch.is_spoiled() && batch.finish().is_err(), "half a mail is not kept");
    assert_eq!(store.waiting(1).unwrap().len(), 1, "nothing of that mail was written");
    assert_eq!(store.status().unwrap().casos, 0);
}
