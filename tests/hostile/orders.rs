//! Whoever writes in whose name: nobody outside hears of it twice a day, and no order runs without its proof.
use crate::made::{ADMINISTRATOR, Generated, MAILBOX, clerk, feed, generate, lay_out};
use jiff::Timestamp;
use mesa_tic::clerk::Clerk;
use mesa_tic::desk::decision::{Decision, Disposition, Form};
use mesa_tic::mail;
use mesa_tic::seal::identity::Policy;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use mesa_tic::ticket::id::TicketId;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

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
    batch.commit_own(&decision, &[], &[], now).unwrap();
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
