//! The figures of `status` for a monitor: a text file for Prometheus' textfile collector, whole at any moment, of nobody's data.
use crate::daemon::alarm::{Trouble, What};
use crate::daemon::line::{Line, LineState};
use crate::daemon::shared::Shared;
use crate::store::db::Store;
use crate::store::status::Status;
use anyhow::{Context, Result};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes the file anew. A file that cannot be written is logged: it stops nobody.
pub(crate) async fn publish(shared: &Shared, file: &Path, troubles: &[Trouble]) {
    let figures = shared.bell.ask(|clerk, _| Figures::of(&clerk.store)).await;
    let written = figures.and_then(|figures| {
        write(file, &figures.text(troubles)).with_context(|| format!("no se pudo escribir {}", file.display()))
    });
    if let Err(error) = written {
        tracing::warn!(error = format!("{error:#}"), "the figures could not be written");
    }
}

struct Figures {
    status: Status,
    inbox: Option<LineState>,
    outbox: Option<LineState>,
}

impl Figures {
    fn of(store: &Store) -> Result<Figures> {
        let line =
            |line: Line| store.get(line.key()).map(|text| text.and_then(|text| serde_json::from_str(&text).ok()));
        Ok(Figures { status: store.status()?, inbox: line(Line::Inbox)?, outbox: line(Line::Outbox)? })
    }

    /// In the text format of Prometheus, version 0.0.4.
    fn text(&self, troubles: &[Trouble]) -> String {
        let (mut sheet, status) = (Sheet::default(), &self.status);
        let lines = [(Line::Inbox, &self.inbox), (Line::Outbox, &self.outbox)];
        let up = |state: &LineState| if state.fault.is_none() { 1 } else { 0 };
        let word = |line: Line| match line {
            Line::Inbox => What::Inbox.word(),
            Line::Outbox => What::Outbox.word(),
        };
        let known = || lines.iter().filter_map(|(line, state)| Some((word(*line), state.as_ref()?)));
        sheet.gauge(
            "line_up",
            "1 when the line to the server worked when it was used last.",
            "line",
            known().map(|(l, s)| (l, up(s))),
        );
        let used = known().map(|(line, state)| (line, state.last.as_second()));
        sheet.gauge("line_last_used_timestamp_seconds", "When the line was used last, well or not.", "line", used);
        let raised = |what: What| if troubles.iter().any(|trouble| trouble.que == what) { 1 } else { 0 };
        let alarms = What::ALL.iter().map(|what| (what.word(), raised(*what)));
        sheet.gauge("alarm", "1 when something has been out of order for too long.", "line", alarms);
        sheet.gauge("mails", "Mails by how they ended.", "destino", counts(&status.correos));
        sheet.one("mails_waiting", "Mails brought and not yet worked.", status.por_trabajar);
        sheet.gauge("letters", "Letters by where they stand.", "estado", counts(&status.cartas));
        sheet.one("addresses_out_of_reach", "Addresses that give letters back.", status.direcciones_marcadas);
        sheet.one("tickets", "Cases, all of them.", status.casos);
        sheet.gauge("open_tickets", "Open cases by estado.", "estado", counts(&status.abiertos_por_estado));
        sheet.gauge(
            "open_tickets_by_priority",
            "Open cases by prioridad.",
            "prioridad",
            counts(&status.abiertos_por_prioridad),
        );
        sheet.moment("last_mail_timestamp_seconds", "When the newest mail reached the server.", status.ultimo_recibido);
        sheet.moment(
            "oldest_letter_timestamp_seconds",
            "When the longest waiting letter was queued.",
            status.carta_mas_antigua,
        );
        sheet.0
    }
}

fn counts(of: &BTreeMap<String, u64>) -> impl Iterator<Item = (&str, i64)> {
    of.iter().map(|(word, count)| (word.as_str(), i64::try_from(*count).unwrap_or(i64::MAX)))
}

#[derive(Default)]
struct Sheet(String);

impl Sheet {
    fn head(&mut self, name: &str, help: &str) {
        // A String takes all that is written to it.
        let _ = write!(self.0, "# HELP mesa_tic_{name} {help}\n# TYPE mesa_tic_{name} gauge\n");
    }

    /// One value for each word. The words are those of closed lists: none needs an escape.
    fn gauge<'a>(&mut self, name: &str, help: &str, label: &str, values: impl Iterator<Item = (&'a str, i64)>) {
        self.head(name, help);
        for (word, value) in values {
            let _ = writeln!(self.0, "mesa_tic_{name}{{{label}=\"{word}\"}} {value}");
        }
    }

    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help);
        let _ = writeln!(self.0, "mesa_tic_{name} {value}");
    }

    fn moment(&mut self, name: &str, help: &str, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.one(name, help, at.as_second().unsigned_abs());
        }
    }
}

/// Whole or not at all: written beside it, then put in its place. Everybody may read it.
fn write(file: &Path, text: &str) -> Result<()> {
    let beside = file.with_extension("prom.nuevo");
    let mut new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&beside)?;
    new.write_all(text.as_bytes())?;
    drop(new);
    Ok(fs::rename(beside, file)?)
}
