//! Sections of the config for who looks after the desk: the alarm by another road, the figures for a monitor, how long data stay.
use crate::config::server::{address, endpoint, fault, login};
use crate::office::rulefile::{Entry, RuleFile};
use crate::outbox::setting::Relay;
use jiff::SignedDuration;
use std::path::{Path, PathBuf};

/// Default of `minutos`.
const MINUTES: i64 = 15;
/// The shortest time for which personal data may be kept: less would take cases out while they are still asked about.
const FEWEST_DAYS: i64 = 90;

/// What may be left out altogether.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Care {
    pub alarm: Option<Alarm>,
    /// A file for Prometheus' textfile collector, written anew each minute.
    pub metrics: Option<PathBuf>,
    /// Days after which a closed case loses its personal data; `None` keeps them for ever.
    pub keep_days: Option<u32>,
}

/// Who is told, by a road that is not the desk's own, when mail does not come in or go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// How long something may be out of order.
    pub after: SignedDuration,
    pub road: Road,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Road {
    /// Another SMTP server.
    Smtp { relay: Relay, from: String, to: String },
    /// A program that gets the subject as its argument and the text on its standard input.
    Command(PathBuf),
}

pub(crate) fn care(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Care {
    let alarm = entry.table(file, "alarma", |file, entry| alarm(file, entry, dir)).flatten();
    let metrics = entry.table(file, "metricas", |file, entry| entry.text(file, "archivo").map(|t| dir.join(t.value)));
    let keep_days = entry.table(file, "retencion", keep_days).flatten();
    Care { alarm, metrics: metrics.flatten(), keep_days }
}

fn keep_days(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<u32> {
    match entry.integer(file, "dias") {
        Some((days, span)) => match u32::try_from(days) {
            Ok(whole) if days >= FEWEST_DAYS => Some(whole),
            Ok(_) | Err(_) => {
                fault(file, &span, format!("dias = {days}: escriba un número de {FEWEST_DAYS} en adelante"))
            }
        },
        None => fault(file, &entry.span, "falta «dias»; escriba, por ejemplo, dias = 1825 (cinco años)"),
    }
}

fn alarm(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<Alarm> {
    let minutes = match entry.integer(file, "minutos") {
        None => Some(MINUTES),
        Some((minutes, _)) if (0..=1440).contains(&minutes) => Some(minutes),
        Some((minutes, span)) => fault(file, &span, format!("minutos = {minutes}: escriba un número de 0 a 1440")),
    };
    let command = entry.optional_text(file, "orden");
    let road = match command {
        Some(command) => Some(Road::Command(dir.join(command.value))),
        None if entry.has("host") => smtp(file, entry, dir),
        None => fault(
            file,
            &entry.span,
            "falta por dónde avisar: escriba orden = \"/ruta/del/programa\", o host, de y para de otro servidor SMTP",
        ),
    };
    Some(Alarm { after: SignedDuration::from_mins(minutes?), road: road? })
}

fn smtp(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<Road> {
    let endpoint = endpoint(file, entry, dir, [465, 587, 25]);
    let from = entry.text(file, "de").and_then(|t| address(file, &t)).map(|a| a.correo);
    let to = entry.text(file, "para").and_then(|t| address(file, &t)).map(|a| a.correo);
    let login = login(file, entry, dir, "alarma_password");
    Some(Road::Smtp { relay: Relay { endpoint: endpoint?, login }, from: from?, to: to? })
}
