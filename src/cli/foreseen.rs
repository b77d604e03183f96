//! What the desk would do with a mail that came just now to an empty cabinet: the same decision, the same letters, nothing kept.
use crate::desk;
use crate::desk::decision::{Decision, Papers, Situation};
use crate::handbook::Handbook;
use crate::mail::message::Mail;
use crate::reading::note::Reading;
use crate::seal::identity::Policy;
use crate::seal::order::{Moment, Standing};
use crate::spanish::when::day_of;
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number that no case has: the first of a year is 1.
const NONE: u32 = 0;

/// A letter as who gets it reads it.
pub(crate) struct Written {
    pub(crate) form: &'static str,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Decides, and writes the letters that would go out.
pub(crate) fn foresee(handbook: &Handbook, mail: &Mail, reading: &Reading, now: Timestamp) -> (Decision, Vec<Written>) {
    let people = &handbook.office.people;
    let situation = Situation {
        ticket: None,
        thread: Vec::new(),
        next: TicketId { year: day_of(now).year(), number: NONE },
        earlier: Vec::new(),
        agenda: Arc::default(),
        load: BTreeMap::new(),
        notified: true,
        answers_today: 0,
        answers_this_hour: 0,
        opened: Vec::new(),
        alarms: Vec::new(),
        known_sender: false,
        truncated: false,
        // It answers no letter of this cabinet, so it proves nothing; the order of a colleague is still told from a request.
        standing: Standing::judge(&Policy::Unverified, people, mail, None, Moment { now, received: now }, false),
        held: None,
        asked: false,
        last_fact: None,
        through: Vec::new(),
        returned: None,
        since: None,
        away: Vec::new(),
        papers: Papers::default(),
    };
    let decision = desk::decide(&handbook.office, now, now, mail, reading, &situation);
    let letters = decision.letters.iter().map(|letter| {
        let filled = handbook.letters.fill(letter.form, &letter.blanks);
        let to = letter.to.correo.clone();
        Written { form: letter.form.word(), to, subject: filled.subject, text: filled.text }
    });
    let letters = letters.collect();
    (decision, letters)
}

/// The same for scripts.
pub(crate) fn object(decision: &Decision, letters: &[Written]) -> Value {
    let cartas: Vec<Value> = letters
        .iter()
        .map(|l| json!({ "carta": l.form, "para": l.to, "asunto": l.subject, "texto": l.text }))
        .collect();
    json!({ "desenlace": decision.disposition.word(), "razon": decision.why, "cartas": cartas })
}
