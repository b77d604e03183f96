//! SMTP: one connection kept for many letters, one recipient each, and every refusal put to the right account.
//!
//! lettre speaks the protocol; the line under it is ours. Its pool is not used: after a send that was given up halfway it
//! reads the answers one off, and a refused letter counts as sent.
mod blame;
mod open;
mod text;

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::time::{Instant, timeout};
use tracing::{debug, info};

use crate::crash::{self, Point};
use crate::net::fault::{Fault, Kind, quote};
use crate::net::oauth::Purse;
use crate::outbox::outcome::Outcome;
use crate::outbox::setting::Relay;
use crate::outbox::smtp::blame::{Refusal, Stage, blame};
use crate::outbox::smtp::open::{Line, open};
use crate::outbox::smtp::text::text;

/// A command and its answer (RFC 5321 section 4.5.3.2), however slowly the answer drips.
const COMMAND: Duration = Duration::from_secs(300);
/// The letter itself and the verdict on it.
const LETTER: Duration = Duration::from_secs(600);
/// A line not used for so long is asked whether it is still there.
const FRESH: Duration = Duration::from_secs(5);
const ASK: Duration = Duration::from_secs(10);
/// Time to take leave.
const LEAVE: Duration = Duration::from_secs(2);

/// The line is taken out for each letter and put back when the server's verdict on it was heard: whoever drops a send halfway
/// drops the line too, and never takes the late answer for the answer to another letter.
#[derive(Debug)]
pub struct Smtp {
    relay: Relay,
    line: Option<Line>,
    purse: Purse,
}

impl Smtp {
    pub fn new(relay: Relay) -> Smtp {
        Smtp { relay, line: None, purse: Purse::default() }
    }

    pub async fn send(&mut self, from: &str, to: &str, bytes: &[u8]) -> Outcome {
        let Ok(from) = from.parse::<Address>() else {
            let why = "La dirección de la mesa (`desk.address`) no es una dirección de correo.".to_owned();
            return Outcome::Closed { kind: Kind::Local, why };
        };
        let Ok(to) = to.parse::<Address>() else {
            return Outcome::Never { why: "La dirección del destinatario no es una dirección de correo.".to_owned() };
        };
        let text = text(bytes);
        loop {
            let (mut line, reused) = match self.take().await {
                Ok(taken) => taken,
                Err(fault) => return Outcome::Closed { kind: fault.kind, why: fault.what },
            };
            let refusal = match transact(&mut line, &from, &to, &text).await {
                Ok(response) => {
                    let receipt = quote(&response.message().collect::<Vec<_>>().join(" "));
                    self.keep(line);
                    debug!(server = %self.relay.endpoint, "letter accepted");
                    return Outcome::Sent { receipt };
                }
                Err(refusal) => refusal,
            };
            // The server had closed a line that lay idle. Nothing of the letter was said yet: once more, on a new line.
            if reused && refusal.stage == Stage::Sender && refusal.breaks_the_line() {
                continue;
            }
            if !refusal.breaks_the_line() && matches!(timeout(ASK, line.smtp.command(Rset)).await, Ok(Ok(_))) {
                self.keep(line);
            }
            return blame(&self.relay.endpoint.to_string(), &refusal);
        }
    }

    pub async fn probe(&mut self) -> Result<Vec<String>, Fault> {
        let (line, _) = self.take().await?;
        let to = &self.relay.endpoint;
        let within = match &self.relay.login {
            Some(login) => format!("dentro como {}", login.user),
            None => "sin usuario".to_owned(),
        };
        let mut lines = vec![format!("Conectado a {to} ({}) y {within}.", line.protection)];
        if let Some(size) = line.size {
            lines.push(format!("El servidor acepta cartas de hasta {} MB.", size / 1_000_000));
        }
        self.keep(line);
        Ok(lines)
    }

    pub async fn close(&mut self) {
        if let Some(mut line) = self.line.take() {
            // Whether it answers or not, we are gone.
            let _ = timeout(LEAVE, line.smtp.command(Quit)).await;
        }
    }

    fn keep(&mut self, mut line: Line) {
        line.used = Instant::now();
        self.line = Some(line);
    }

    /// The open line, or a new one; and whether it was used before.
    async fn take(&mut self) -> Result<(Line, bool), Fault> {
        if let Some(mut line) = self.line.take() {
            let fresh = line.used.elapsed() < FRESH;
            if fresh || matches!(timeout(ASK, line.smtp.command(Noop)).await, Ok(Ok(_))) {
                return Ok((line, true));
            }
        }
        let line = open(&self.relay, &mut self.purse).await?;
        info!(server = %self.relay.endpoint, protection = %line.protection, "outbox open");
        Ok((line, false))
    }
}

/// One letter, command by command; where it stopped and why if it did.
async fn transact(line: &mut Line, from: &Address, to: &Address, text: &[u8]) -> Result<Response, Refusal> {
    let sender = Mail::new(Some(from.clone()), parameters(line, from, to, text)?);
    say(line, Stage::Sender, sender).await?;
    say(line, Stage::Recipient, Rcpt::new(to.clone(), Vec::new())).await?;
    crash::at(Point::Addressed);
    let go = say(line, Stage::Data, Data).await?;
    if !go.has_code(354) {
        return Err(Refusal::nonsense(Stage::Data));
    }
    crash::at(Point::Invited);
    match timeout(LETTER, line.smtp.message(text)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(Refusal::of(Stage::Letter, &error)),
        Err(_) => Err(Refusal::silence(Stage::Letter)),
    }
}

async fn say(line: &mut Line, stage: Stage, command: impl std::fmt::Display) -> Result<Response, Refusal> {
    match timeout(COMMAND, line.smtp.command(command)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(Refusal::of(stage, &error)),
        Err(_) => Err(Refusal::silence(stage)),
    }
}

/// What the server must know of the letter beforehand, in the terms it offered; refused here if it offered none.
fn parameters(line: &Line, from: &Address, to: &Address, text: &[u8]) -> Result<Vec<MailParameter>, Refusal> {
    let offers = |extension| line.smtp.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    if let Some(limit) = line.size {
        if text.len() as u64 > limit {
            return Err(Refusal::ours(format!(
                "La carta es más grande que lo que el servidor acepta ({limit} octetos)."
            )));
        }
        parameters.push(MailParameter::Size(text.len()));
    }
    if !text.is_ascii() && offers(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let foreign = [from, to].iter().any(|address| !AsRef::<str>::as_ref(*address).is_ascii());
    if foreign {
        if !offers(Extension::SmtpUtfEight) {
            let what = "El servidor no admite direcciones con tildes, eñes u otros alfabetos (SMTPUTF8).";
            return Err(Refusal::ours(what.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    Ok(parameters)
}
