//! Word to the administrator: something of the desk itself needs a hand.
use crate::desk::decision::{Blanks, Form, Letter};
use crate::desk::wording;
use crate::mail::message::Address;

/// `what` in a few words, for the subject and the first line; `detail` line by line. No words of anybody's mail belong here.
pub fn notice(administrator: &Address, what: &str, detail: Vec<String>) -> Letter {
    let blanks = Blanks {
        saludo: "Cordial saludo:".to_owned(),
        asunto: wording::line(what, 120),
        problema: format!("{}.", wording::line(what, 600).trim_end_matches('.')),
        detalle: detail,
        ..Blanks::default()
    };
    Letter { form: Form::Aviso, to: administrator.clone(), about: None, answers: None, references: Vec::new(), blanks }
}
