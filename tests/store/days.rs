//! Random days: whatever comes in whatever order, cut off anywhere, the cabinet adds up.
use crate::kit::*;
use jiff::{SignedDuration, Timestamp};
use mesa_tic::desk::decision::{Decision, Disposition, Form};
use mesa_tic::mail::message::MessageId;
use mesa_tic::office::fields::{Campo, Categoria, Contacto, Dependencia, Prioridad, Requisito};
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::{Completed, Corrected, Event};
use mesa_tic::ticket::visit::Visit;
use proptest::prelude::*;

/// One thing that happens in a day.
#[derive(Clone, Debug)]
enum Happening {
    New {
        person: u8,
    },
    /// A mail on an earlier ticket, with what it changes.
    Reply {
        ticket: u8,
        events: Vec<Event>,
    },
    /// An earlier mail comes again by another road.
    Twin {
        of: u8,
    },
    /// A mail is worked, and the power fails before the commit.
    Cut,
    Restart,
    /// Letters go out; some are refused.
    Post {
        outcomes: Vec<u8>,
    },
}

fn event() -> impl Strategy<Value = Event> {
    // Whatever a mail may hold, NUL included.
    let word = "(?s).{0,12}";
    let instant = (0i64..40).prop_map(|hours| now() + SignedDuration::from_hours(hours));
    let who = proptest::option::of(Just("kbarros".to_owned()));
    prop_oneof![
        proptest::sample::select(Estado::ALL).prop_map(|estado| Event::Moved { estado, motivo: None }),
        proptest::sample::select(vec!["kbarros", "jperez", "mruiz"])
            .prop_map(|t| Event::Assigned { tecnico: t.into() }),
        (proptest::sample::select(Prioridad::ALL), who.clone())
            .prop_map(|(prioridad, quien)| Event::Ranked { prioridad, quien }),
        (word, who).prop_map(|(w, quien)| Event::Filed { categoria: Categoria(w), quien }),
        (proptest::sample::select(Campo::ALL), proptest::option::of(word)).prop_map(|(campo, valor)| {
            let quien = "kbarros".to_owned();
            Event::Corrected(Box::new(Corrected { campo, valor, quien, faltan: vec![Requisito::Correo] }))
        }),
        (instant, 1i64..5).prop_map(|(start, hours)| Event::Booked(Visit {
            tecnico: "kbarros".into(),
            start,
            end: start + SignedDuration::from_hours(hours),
        })),
        (word, proptest::option::of(word)).prop_map(|(d, n)| Event::Completed(Box::new(Completed {
            dependencia: Some(Dependencia(d)),
            contacto: Some(Contacto { nombre: n, ..Contacto::default() }),
            faltan: vec![Requisito::Telefono],
            ..Completed::default()
        }))),
        word.prop_map(|texto| Event::Noted { texto }),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (0u8..4).prop_map(|person| Happening::New { person }),
        4 => (any::<u8>(), proptest::collection::vec(event(), 0..4))
            .prop_map(|(ticket, events)| Happening::Reply { ticket, events }),
        1 => any::<u8>().prop_map(|of| Happening::Twin { of }),
        1 => Just(Happening::Cut),
        1 => Just(Happening::Restart),
        2 => proptest::collection::vec(0u8..4, 1..4).prop_map(|outcomes| Happening::Post { outcomes }),
    ]
}

/// The day as it goes, with what must come out of it.
struct Day<'a> {
    cabinet: &'a Cabinet,
    store: Store,
    uid: u32,
    tickets: u32,
    at: Timestamp,
}

impl Day<'_> {
    fn live(&mut self, happening: &Happening) {
        self.at += SignedDuration::from_mins(7);
        match happening {
            Happening::New { person } => {
                self.uid += 1;
                work(&mut self.store, self.uid, &format!("persona{person}@magdalena.gov.co"));
                self.tickets += 1;
            }
            Happening::Reply { ticket, events } if self.tickets > 0 => {
                self.reply(u32::from(*ticket) % self.tickets + 1, events)
            }
            Happening::Twin { of } if self.uid > 0 => self.twin(u32::from(*of) % self.uid + 1),
            Happening::Reply { .. } | Happening::Twin { .. } => {}
            Happening::Cut => {
                self.uid += 1;
                let row = brought(&mut self.store, self.uid);
                let mail = mail("cut@pc", "persona0@magdalena.gov.co");
                let mut batch = self.store.batch().unwrap();
                let next = batch.situation(&mail, now()).unwrap().next;
                commit(&mut batch, row, &mail, &opened(next, "persona0@magdalena.gov.co")).unwrap();
                drop(batch);
                self.store
                    .batch()
                    .and_then(|mut b| b.quarantine(row, "cortado", now()).and_then(|()| b.finish()))
                    .unwrap();
            }
            Happening::Restart => {
                // Two stores may not hold one file: the old one goes first.
                let placeholder = Store::open_read(&self.cabinet.path).unwrap();
                drop(std::mem::replace(&mut self.store, placeholder));
                self.store = Store::open(&self.cabinet.path, self.at).unwrap();
            }
            Happening::Post { outcomes } => {
                for (due, outcome) in self.store.due(outcomes.len(), self.at).unwrap().iter().zip(outcomes) {
                    let outcome = match outcome {
                        0 => Outcome::Sent { receipt: "250".into() },
                        1 => Outcome::Later { why: "451".into() },
                        2 => Outcome::Never { why: "550".into() },
                        _ => continue,
                    };
                    self.store.settle(&[(due.row, outcome)], self.at).unwrap();
                }
            }
        }
    }

    /// Of a mail that was worked; one that was cut off left no trace of its contents.
    fn twin(&mut self, of: u32) {
        let earlier = mail(&format!("m{of}@pc"), "persona0@magdalena.gov.co");
        let known = self.store.batch().unwrap().original(0, &earlier).unwrap();
        if let Some(original) = known {
            self.uid += 1;
            let row = brought(&mut self.store, self.uid);
            let mut batch = self.store.batch().unwrap();
            assert_eq!(batch.original(row, &earlier).unwrap(), Some(original));
            let decision = Decision {
                disposition: Disposition::Duplicado,
                facts: vec![],
                letters: vec![],
                away: vec![],
                why: String::new(),
            };
            commit(&mut batch, row, &earlier, &decision).unwrap();
            batch.finish().unwrap();
        }
    }

    fn reply(&mut self, number: u32, events: &[Event]) {
        self.uid += 1;
        let row = brought(&mut self.store, self.uid);
        let mut batch = self.store.batch().unwrap();
        let id = mesa_tic::ticket::id::TicketId { year: 2026, number };
        let mut mail = mail(&format!("m{}@pc", self.uid), "quien@magdalena.gov.co");
        mail.refs = vec![MessageId("nada@pc".into())];
        let decision = Decision {
            disposition: Disposition::Respuesta,
            facts: events.iter().map(|event| (id, event.clone())).collect(),
            letters: vec![letter(Form::Completado, "quien@magdalena.gov.co", Some(id))],
            away: vec![],
            why: "respuesta".into(),
        };
        commit(&mut batch, row, &mail, &decision).unwrap();
        batch.finish().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_day_adds_up(day in proptest::collection::vec(happening(), 1..25)) {
        let cabinet = Cabinet::new();
        let mut today = Day { cabinet: &cabinet, store: cabinet.open(), uid: 0, tickets: 0, at: now() };
        for happening in &day {
            today.live(happening);
        }
        let Day { mut store, tickets, .. } = today;
        prop_assert_eq!(store.reconcile().unwrap(), []);
        let status = store.status().unwrap();
        prop_assert_eq!((status.casos, status.por_trabajar), (u64::from(tickets), 0));
        // What the store keeps at hand is what a fresh one reads.
        let (kept, fresh) = {
            let mail = mail("x@pc", "persona0@magdalena.gov.co");
            let kept = store.situation(&mail, now()).unwrap();
            (kept, Store::open_read(&cabinet.path).unwrap().situation(&mail, now()).unwrap())
        };
        prop_assert_eq!(&kept.agenda, &fresh.agenda);
        prop_assert_eq!(&kept.load, &fresh.load);
        let mut open = std::collections::BTreeMap::new();
        for ticket in store.tickets(None, usize::MAX >> 1).unwrap() {
            if let (true, Some(tecnico)) = (ticket.estado.is_open(), ticket.tecnico) {
                *open.entry(tecnico).or_insert(0u32) += 1;
            }
        }
        prop_assert_eq!(kept.load, open);
    }
}
