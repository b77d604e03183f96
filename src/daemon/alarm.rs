//! Mail that does not come in or go out cannot be told of by mail: whoever looks after the desk hears of it by another road.
use crate::config::care::{Alarm, Care, Road};
use crate::daemon::bell::now;
use crate::daemon::line::{Line, LineState};
use crate::daemon::metrics;
use crate::daemon::shared::Shared;
use crate::letter::plain::plain;
use crate::net::fault::anonymous;
use crate::office::fields::words;
use crate::outbox::Outbox;
use crate::outbox::setting::Setting;
use crate::spanish::when;
use crate::store::db::Store;
use anyhow::{Context, Error, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// How often it is looked whether all is well.
const LOOK: Duration = Duration::from_secs(15);
/// A clerk that gives no answer for so long gives none.
const DEAF: Duration = Duration::from_secs(10);
/// How long a program may take to pass the word on.
const COMMAND: Duration = Duration::from_secs(60);
/// What lasts is told again after so long.
const AGAIN: SignedDuration = SignedDuration::from_hours(6);
/// Between two listings of a quiet mailbox lies so much time, at most.
const LISTING: SignedDuration = SignedDuration::from_mins(6);
/// How long something may be out of order where the config does not say.
pub const USUAL: SignedDuration = SignedDuration::from_mins(15);

words! {
    /// What can be out of order.
    What { Inbox = "buzon", Outbox = "salida", Store = "base" }
}

/// Something has been out of order for too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    pub que: What,
    pub desde: Timestamp,
    /// For the administrator; nobody's address is in it.
    pub porque: String,
}

/// What is known of the two lines.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    pub inbox: Option<LineState>,
    pub outbox: Option<LineState>,
    /// When the letter was due that should have gone first.
    pub overdue: Option<Timestamp>,
    /// When this daemon began; `None` to who only looks at the books.
    pub begun: Option<Timestamp>,
}

impl Signs {
    pub fn of(store: &Store, begun: Option<Timestamp>) -> Result<Signs> {
        let line = |line: Line| -> Result<Option<LineState>> {
            let noted = store.get(line.key())?;
            noted.map(|text| serde_json::from_str(&text)).transpose().context("el estado anotado no se entiende")
        };
        Ok(Signs { inbox: line(Line::Inbox)?, outbox: line(Line::Outbox)?, overdue: store.first_due()?, begun })
    }

    /// What has been out of order for longer than `after`.
    pub fn judge(&self, after: SignedDuration, now: Timestamp) -> Vec<Trouble> {
        // While the desk was off nobody could look: it is given its time.
        let since_begun = |at: Timestamp| self.begun.map_or(at, |begun| begun.max(at));
        let long_ago = |at: Timestamp, patience: SignedDuration| now.duration_since(at) >= patience;
        let mut found = Vec::new();
        let mut note = |que, desde, porque: &str| found.push(Trouble { que, desde, porque: anonymous(porque) });
        match (&self.inbox, self.begun) {
            (Some(LineState { fault: Some(why), since, .. }), _) if long_ago(*since, after) => {
                note(What::Inbox, *since, why);
            }
            (Some(LineState { fault: None, last, .. }), _) if long_ago(since_begun(*last), after + LISTING) => {
                note(What::Inbox, *last, "El servicio no lo ha vuelto a leer: ¿está en marcha?");
            }
            (None, Some(begun)) if long_ago(begun, after + LISTING) => {
                note(What::Inbox, begun, "Todavía no se ha podido leer.");
            }
            (Some(_) | None, _) => {}
        }
        match (&self.outbox, self.overdue) {
            (Some(LineState { fault: Some(why), since, .. }), _) if long_ago(*since, after) => {
                note(What::Outbox, *since, why);
            }
            (_, Some(due)) if long_ago(since_begun(due), after + LISTING) => {
                note(What::Outbox, due, "Hay cartas que no salen.")
            }
            (Some(_) | None, _) => {}
        }
        found
    }
}

/// Looks after the lines until it is time to go.
pub(crate) async fn watch(mut shared: Shared, care: Care) {
    if care.alarm.is_none() && care.metrics.is_none() {
        return;
    }
    let (begun, mut herald) = (now(), Herald::default());
    let mut deaf_since = None;
    while !shared.stopping() {
        let after = care.alarm.as_ref().map_or(USUAL, |alarm| alarm.after);
        let looked = timeout(DEAF, shared.bell.ask(move |clerk, _| Signs::of(&clerk.store, Some(begun)))).await;
        let troubles = match looked.unwrap_or_else(|_| Err(anyhow!("no responde"))) {
            Ok(signs) => {
                deaf_since = None;
                signs.judge(after, now())
            }
            Err(error) => {
                let since = *deaf_since.get_or_insert_with(now);
                let why = anonymous(&format!("La base de datos no deja trabajar: {error:#}"));
                let trouble = Trouble { que: What::Store, desde: since, porque: why };
                if now().duration_since(since) >= after { vec![trouble] } else { Vec::new() }
            }
        };
        if let Some(file) = &care.metrics {
            metrics::publish(&shared, file, &troubles).await;
        }
        if let Some(alarm) = &care.alarm {
            herald.tell(alarm, &troubles, now()).await;
        }
        shared.rest(LOOK).await;
    }
}

/// What was told, and when.
#[derive(Default)]
struct Herald {
    told: BTreeMap<What, Timestamp>,
}

/// A word to be sent.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    subject: String,
    text: String,
}

impl Herald {
    async fn tell(&mut self, alarm: &Alarm, troubles: &[Trouble], now: Timestamp) {
        let Some(word) = self.word(troubles, now) else { return };
        match send(&alarm.road, &word, now).await {
            Ok(()) => {
                tracing::warn!(troubles = troubles.len(), "the alarm was given");
                self.told.retain(|what, _| troubles.iter().any(|trouble| trouble.que == *what));
                self.told.extend(troubles.iter().map(|trouble| (trouble.que, now)));
            }
            Err(error) => tracing::error!(error = anonymous(&format!("{error:#}")), "the alarm cannot be given"),
        }
    }

    /// What is new, what has lasted since it was told, and what is over; nothing most of the time.
    fn word(&self, troubles: &[Trouble], now: Timestamp) -> Option<Word> {
        let is_news =
            |trouble: &&Trouble| self.told.get(&trouble.que).is_none_or(|at| now.duration_since(*at) >= AGAIN);
        let over: Vec<What> =
            self.told.keys().filter(|what| !troubles.iter().any(|trouble| trouble.que == **what)).copied().collect();
        if !troubles.iter().any(|trouble| is_news(&trouble)) && over.is_empty() {
            return None;
        }
        let mut lines: Vec<String> = troubles.iter().map(tell).collect();
        lines.extend(over.iter().map(|what| format!("Se arregló: {}.", thing(*what))));
        lines.push("Más detalle: «mesa-tic status» y el registro del servicio en la máquina de la mesa.".to_owned());
        let subject =
            if troubles.is_empty() { "Mesa de ayuda: todo funciona otra vez" } else { "ALARMA de la mesa de ayuda" };
        Some(Word { subject: subject.to_owned(), text: lines.join("\n\n") })
    }
}

fn thing(what: What) -> &'static str {
    match what {
        What::Inbox => "la lectura del buzón",
        What::Outbox => "el envío de las cartas",
        What::Store => "la base de datos",
    }
}

/// «No funciona la lectura del buzón desde el miércoles 25 de noviembre…: …»
pub fn tell(trouble: &Trouble) -> String {
    format!("No funciona {} desde el {}. {}", thing(trouble.que), when::say(trouble.desde), trouble.porque)
}

async fn send(road: &Road, word: &Word, now: Timestamp) -> Result<()> {
    match road {
        Road::Command(program) => timeout(COMMAND, run(program, word)).await.context("el programa no terminó")?,
        Road::Smtp { relay, from, to } => {
            let mut outbox = Outbox::new(Setting::Smtp(relay.clone()));
            let sent = outbox.send(from, to, &plain(from, to, &word.subject, &word.text, now)).await;
            outbox.close().await;
            sent.sent().map_err(Error::msg)
        }
    }
}

/// No shell: the subject is one argument, the text comes by standard input.
async fn run(program: &Path, word: &Word) -> Result<()> {
    let mut command = Command::new(program);
    command.arg(&word.subject).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("no se pudo ejecutar {}", program.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that needs only the subject reads nothing.
        let _ = stdin.write_all(format!("{}\n", word.text).as_bytes()).await;
    }
    let status = child.wait().await?;
    ensure!(status.success(), "{} terminó con {status}", program.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-25T{text}Z").parse().unwrap()
    }

    fn line(since: &str, last: &str, fault: Option<&str>) -> Option<LineState> {
        Some(LineState { since: at(since), last: at(last), fault: fault.map(str::to_owned) })
    }

    fn kinds(signs: &Signs, now: &str) -> Vec<&'static str> {
        signs.judge(USUAL, at(now)).iter().map(|trouble| trouble.que.word()).collect()
    }

    #[test]
    fn what_is_out_of_order_for_long_is_told_and_nothing_before() {
        let well = || line("10:00:00", "15:00:00", None);
        let ill = || line("14:00:00", "15:00:00", Some("554 <ana@x.co> no"));
        let ok = Signs { inbox: well(), outbox: well(), overdue: None, begun: None };
        assert_eq!(kinds(&ok, "15:10:00"), [""; 0]);
        // A mailbox that nobody looks into, though the last look found all well.
        assert_eq!(kinds(&ok, "15:21:00"), ["buzon"]);
        // The desk was off, and has just begun.
        let begun = |hour| Signs { begun: Some(at(hour)), overdue: Some(at("14:30:00")), ..ok.clone() };
        assert_eq!(kinds(&begun("17:00:00"), "17:00:05"), [""; 0]);
        assert_eq!(kinds(&begun("17:00:00"), "17:21:00"), ["buzon", "salida"]);
        assert_eq!(kinds(&Signs { inbox: ill(), ..ok.clone() }, "14:14:59"), [""; 0]);
        assert_eq!(kinds(&Signs { inbox: ill(), ..ok.clone() }, "14:15:00"), ["buzon"]);
        assert_eq!(kinds(&Signs { outbox: ill(), ..ok.clone() }, "15:00:00"), ["salida"]);
        assert_eq!(kinds(&Signs { overdue: Some(at("14:30:00")), ..ok.clone() }, "15:00:00"), ["salida"]);
        assert_eq!(kinds(&Signs { overdue: Some(at("14:45:00")), ..ok }, "15:00:00"), [""; 0]);
        assert_eq!(kinds(&Signs { begun: Some(at("15:00:00")), ..Signs::default() }, "15:30:00"), ["buzon"]);
        assert_eq!(kinds(&Signs::default(), "15:30:00"), [""; 0]);
        let told = Signs { inbox: ill(), ..Signs::default() }.judge(USUAL, at("15:00:00"));
        assert_eq!(told.first().unwrap().porque, "554 …@… no");
    }

    #[test]
    fn each_trouble_is_told_once_and_again_after_hours_and_its_end_too() {
        let trouble = |que| Trouble { que, desde: at("14:00:00"), porque: "no entra".to_owned() };
        let (inbox, both) = ([trouble(What::Inbox)], [trouble(What::Inbox), trouble(What::Outbox)]);
        let mut herald = Herald::default();
        assert_eq!(herald.word(&[], at("15:00:00")), None);
        let word = herald.word(&inbox, at("15:00:00")).unwrap();
        assert_eq!(word.subject, "ALARMA de la mesa de ayuda");
        assert!(
            word.text.starts_with("No funciona la lectura del buzón desde el miércoles 25 de noviembre"),
            "{}",
            word.text
        );
        herald.told.insert(What::Inbox, at("15:00:00"));
        assert_eq!(herald.word(&inbox, at("20:59:00")), None);
        assert!(herald.word(&inbox, at("21:00:00")).is_some());
        assert!(herald.word(&both, at("15:01:00")).unwrap().text.contains("el envío de las cartas"));
        let over = herald.word(&[], at("15:01:00")).unwrap();
        assert!(over.subject.contains("otra vez") && over.text.starts_with("Se arregló: la lectura"), "{over:?}");
    }
}
