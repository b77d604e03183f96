//! A refusal, and whose it is: the letter's, the recipient's, ours, or nobody's for now.
use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;

use crate::net::fault::{Fault, Kind, quote};
use crate::outbox::outcome::Outcome;

/// How far a letter got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Sender,
    Recipient,
    Data,
    /// The text and its final dot: the server may have it even if no answer came.
    Letter,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) stage: Stage,
    pub(crate) cause: Cause,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A reply of the server: its code, and its words with the enhanced code (RFC 3463) before them.
    Reply { code: u16, words: String },
    /// No reply that can be understood: the line is of no more use.
    Broken { why: String },
    /// We did not even ask.
    Ours { why: String },
}

impl Refusal {
    pub(crate) fn of(stage: Stage, error: &Error) -> Refusal {
        Refusal { stage, cause: Cause::of(error) }
    }

    pub(crate) fn silence(stage: Stage) -> Refusal {
        Refusal { stage, cause: Cause::Broken { why: "dejó de responder".to_owned() } }
    }

    pub(crate) fn nonsense(stage: Stage) -> Refusal {
        Refusal { stage, cause: Cause::Broken { why: "respondió lo que no venía al caso".to_owned() } }
    }

    pub(crate) fn ours(why: String) -> Refusal {
        Refusal { stage: Stage::Sender, cause: Cause::Ours { why } }
    }

    /// Is the line of no more use, so that nothing else may be said on it?
    pub(crate) fn breaks_the_line(&self) -> bool {
        match &self.cause {
            Cause::Reply { code, .. } => *code == 421,
            Cause::Broken { .. } => true,
            Cause::Ours { .. } => false,
        }
    }
}

impl Cause {
    pub(crate) fn of(error: &Error) -> Cause {
        if let Some(code) = error.status() {
            let words = error.source().map(ToString::to_string).unwrap_or_default();
            return Cause::Reply { code: code.into(), words: quote(&words) };
        }
        let broken = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let why = match broken.map(io::Error::kind) {
            Some(io::ErrorKind::TimedOut) => "dejó de responder".to_owned(),
            Some(_) => "cortó la conexión".to_owned(),
            // How lettre says that the line ended inside a reply.
            None if error.to_string().contains("incomplete response") => "cortó la conexión".to_owned(),
            None => "respondió algo que no se entiende como SMTP".to_owned(),
        };
        Cause::Broken { why }
    }
}

/// What becomes of the letter.
pub(crate) fn blame(server: &str, refusal: &Refusal) -> Outcome {
    match &refusal.cause {
        Cause::Ours { why } => Outcome::Never { why: why.clone() },
        Cause::Broken { why } => Outcome::Later { why: format!("{server} {why}.") },
        Cause::Reply { code, words } if *code < 500 => {
            Outcome::Later { why: format!("{server} pidió esperar: {code} {words}") }
        }
        Cause::Reply { code, words } if about_us(refusal.stage, *code, words) => Outcome::Closed {
            kind: Kind::Refused,
            why: format!(
                "{server} no acepta cartas de la mesa: {code} {words}. Revise usuario, contraseña y permisos."
            ),
        },
        Cause::Reply { code, words } => {
            let what = match refusal.stage {
                Stage::Sender => "no acepta esta carta",
                Stage::Recipient => "no acepta al destinatario",
                Stage::Data | Stage::Letter => "no acepta el contenido de la carta",
            };
            Outcome::Never { why: format!("{server} {what}: {code} {words}") }
        }
    }
}

/// Why a session could not even begin.
pub(crate) fn unopened(server: &str, error: &Error) -> Fault {
    match Cause::of(error) {
        Cause::Reply { code, words } if code < 500 => {
            Fault::new(Kind::Unreachable, format!("{server} no atiende ahora: {code} {words}"))
        }
        Cause::Reply { code, words } => {
            Fault::new(Kind::Refused, format!("{server} no quiere recibir correo de esta máquina: {code} {words}"))
        }
        Cause::Broken { why } | Cause::Ours { why } => Fault::new(Kind::Unreachable, format!("{server} {why}.")),
    }
}

/// A 5xx that any letter of ours would have met: at MAIL FROM, unless it is the size; or for want of a login, wherever.
fn about_us(stage: Stage, code: u16, words: &str) -> bool {
    let login = matches!(code, 530 | 534 | 535 | 538) || words.starts_with("5.7.0");
    let relay = code >= 550 && words.to_lowercase().contains("relay");
    match stage {
        Stage::Sender => code != 552 && !words.starts_with("5.3.4"),
        Stage::Recipient => login || relay,
        Stage::Data | Stage::Letter => login,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(stage: Stage, code: u16, words: &str) -> String {
        let refusal = Refusal { stage, cause: Cause::Reply { code, words: words.to_owned() } };
        format!("{:?}", blame("smtp.x.co:465", &refusal))
    }

    #[test]
    fn whose_fault_it_is() {
        let cases = [
            (Stage::Sender, 452, "4.3.1 disk full", "Later"),
            (Stage::Sender, 553, "5.7.1 Sender address rejected: not owned by user", "Closed"),
            (Stage::Sender, 530, "5.7.0 Must issue a STARTTLS command first", "Closed"),
            (Stage::Sender, 552, "5.3.4 Message size exceeds fixed limit", "Never"),
            (Stage::Recipient, 450, "4.2.0 greylisted", "Later"),
            (Stage::Recipient, 550, "5.1.1 User unknown", "Never"),
            (Stage::Recipient, 554, "5.7.1 Relay access denied", "Closed"),
            (Stage::Recipient, 530, "5.7.0 Authentication required", "Closed"),
            (Stage::Recipient, 552, "5.2.2 Mailbox full", "Never"),
            (Stage::Data, 451, "4.3.0 later", "Later"),
            (Stage::Letter, 554, "5.7.1 looks like spam", "Never"),
            (Stage::Letter, 421, "4.4.2 timeout", "Later"),
        ];
        for (stage, code, words, expected) in cases {
            let outcome = outcome(stage, code, words);
            assert!(outcome.starts_with(expected) && outcome.contains(words), "{stage:?} {code}: {outcome}");
        }
    }

    #[test]
    fn a_line_that_breaks_at_any_stage_is_only_later() {
        for stage in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Letter] {
            assert!(matches!(blame("x", &Refusal::silence(stage)), Outcome::Later { .. }));
        }
    }
}
