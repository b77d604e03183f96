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
        Cause::Reply { code, words } => {
            let what = match refusal.stage {
                Stage::Sender => "no acepta esta carta",
                Stage::Recipient => "no acepta al destinatario",
                Stage::Data | Stage::Letter => "no acepta el contenido de la carta",
            };
            let said = format!("{server} {what}: {code} {words}");
            match whose(refusal.stage, *code, words) {
                Whose::TheLetters => Outcome::Never { why: said },
                Whose::Unsure => Outcome::Doubtful { why: said },
                Whose::Ours => Outcome::Closed {
                    kind: Kind::Refused,
                    why: format!(
                        "{server} no acepta cartas de la mesa: {code} {words}. Revise usuario, contraseña y permisos."
                    ),
                },
            }
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    TheLetters,
    Unsure,
    Ours,
}

/// Any letter of ours would have met it: at MAIL FROM, unless it is the size; or for want of a login, wherever. Later than that
/// a server that relays for nobody, a limit that is reached or a sender who is blocked may show by any letter, and what reads so
/// may be about one alone.
fn whose(stage: Stage, code: u16, words: &str) -> Whose {
    let login = matches!(code, 530 | 534 | 535 | 538);
    let size = code == 552 || words.starts_with("5.3.4");
    let relay = stage == Stage::Recipient && code >= 550 && words.to_lowercase().contains("relay");
    match stage {
        _ if login => Whose::Ours,
        Stage::Sender if size => Whose::TheLetters,
        Stage::Sender => Whose::Ours,
        Stage::Recipient | Stage::Data | Stage::Letter if relay || is_of_the_sender(words) => Whose::Unsure,
        Stage::Recipient | Stage::Data | Stage::Letter => Whose::TheLetters,
    }
}

/// A daily limit, a blocked account or address, in the codes of RFC 3463 and those that Microsoft 365 adds (5.7.5xx to 5.7.7xx).
fn is_of_the_sender(words: &str) -> bool {
    let status = words.split_whitespace().next().unwrap_or_default();
    let added = |detail: &str| detail.len() > 1 && detail.starts_with(['5', '6', '7']);
    let said = words.to_lowercase();
    matches!(status, "5.7.0" | "5.4.5" | "5.1.8")
        || status.strip_prefix("5.7.").is_some_and(added)
        || ["sending limit", "sending quota", "outbound sender"].iter().any(|phrase| said.contains(phrase))
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
            (Stage::Recipient, 554, "5.7.1 Relay access denied", "Doubtful"),
            (Stage::Recipient, 530, "5.7.0 Authentication required", "Closed"),
            (Stage::Recipient, 552, "5.2.2 Mailbox full", "Never"),
            (Stage::Data, 451, "4.3.0 later", "Later"),
            (Stage::Letter, 554, "5.7.1 looks like spam", "Never"),
            (Stage::Letter, 552, "5.7.0 blocked because its content presents a potential security issue", "Doubtful"),
            (Stage::Letter, 550, "5.4.5 Daily user sending limit exceeded", "Doubtful"),
            (Stage::Letter, 550, "5.1.8 Access denied, bad outbound sender", "Doubtful"),
            (
                Stage::Recipient,
                550,
                "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
                "Doubtful",
            ),
            (Stage::Recipient, 550, "5.7.133 sender not authenticated for group", "Never"),
            (Stage::Letter, 535, "5.7.8 credentials expired", "Closed"),
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
