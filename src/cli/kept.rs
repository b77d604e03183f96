//! `agenda --cumplimiento`: of the hours promised for a week, which were kept, and how long after them the office told of the work.
use crate::cli::terminal::{say, say_json, table, width};
use crate::office::people::Person;
use crate::spanish::number::counted;
use crate::spanish::when;
use crate::store::db::Store;
use crate::ticket::id::TicketId;
use crate::ticket::promise::{Desenlace, Promise, promises};
use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The figures, and each promise on a line.
pub(crate) fn run(
    store: &Store,
    week: &str,
    (from, to): (Timestamp, Timestamp),
    only: Option<&Person>,
    now: Timestamp,
    json: bool,
) -> Result<()> {
    let mut kept: Vec<(TicketId, Promise)> = Vec::new();
    for id in store.promised(from, to)? {
        let facts = store.history(id)?;
        let all = promises(facts.iter().map(|fact| (fact.cuando, &fact.evento)), now);
        let fits = |promise: &Promise| {
            let is_his = only.is_none_or(|person| promise.visita.tecnico == person.usuario);
            is_his && (from..to).contains(&promise.visita.start)
        };
        kept.extend(all.into_iter().filter(fits).map(|promise| (id, promise)));
    }
    kept.sort_by_key(|(id, promise)| (promise.visita.start, *id));
    if json {
        say_json(&object(week, &kept))
    } else {
        say(&sheet(week, &kept));
        Ok(())
    }
}

fn count(kept: &[(TicketId, Promise)], desenlace: Desenlace) -> usize {
    kept.iter().filter(|(_, promise)| promise.desenlace == desenlace).count()
}

/// Of what was attended, how many on the promised day.
fn on_the_day(kept: &[(TicketId, Promise)]) -> usize {
    let attended = kept.iter().filter(|(_, promise)| promise.desenlace == Desenlace::Atendida);
    let same = |promise: &Promise| promise.cuando.map(when::day_of) == Some(when::day_of(promise.visita.start));
    attended.filter(|(_, promise)| same(promise)).count()
}

/// The middle of the minutes from the promised hour until the work was told of.
fn middle(kept: &[(TicketId, Promise)]) -> Option<i64> {
    let mut minutes: Vec<i64> = kept.iter().filter_map(|(_, promise)| promise.minutes()).collect();
    minutes.sort_unstable();
    minutes.get(minutes.len() / 2).copied()
}

fn object(week: &str, kept: &[(TicketId, Promise)]) -> Value {
    let each = kept.iter().map(|(id, promise)| json!({ "caso": id, "minutos": promise.minutes(), "cita": promise }));
    let counts = Desenlace::ALL.iter().map(|word| (word.word().replace(' ', "_"), json!(count(kept, *word))));
    json!({
        "semana": week,
        "prometidas": kept.len(),
        "desenlaces": counts.collect::<serde_json::Map<_, _>>(),
        "el_mismo_dia": on_the_day(kept),
        "mediana_minutos": middle(kept),
        "citas": each.collect::<Vec<_>>(),
    })
}

fn sheet(week: &str, kept: &[(TicketId, Promise)]) -> String {
    if kept.is_empty() {
        return format!("En la semana {week} no se prometió ninguna cita.");
    }
    let counts: Vec<String> = Desenlace::ALL
        .iter()
        .map(|word| (word, count(kept, *word)))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{word} {count}"))
        .collect();
    let promised = counted(kept.len(), "cita prometida", "citas prometidas");
    let attended = counted(on_the_day(kept), "atendida", "atendidas");
    let rows: Vec<Vec<String>> = kept.iter().map(row).collect();
    let middle = middle(kept).map(|minutes| format!(" La mitad se informó antes de {minutes} minutos de la hora."));
    format!(
        "Semana {week}: {promised} ({}); {attended} el mismo día.{}\n\n{}",
        counts.join(", "),
        middle.unwrap_or_default(),
        table(width(), &["Caso", "Técnico", "Prometida", "Qué pasó", "Cuándo", "Minutos"], &rows)
    )
}

fn row((id, promise): &(TicketId, Promise)) -> Vec<String> {
    let dash = || "—".to_owned();
    vec![
        id.to_string(),
        promise.visita.tecnico.clone(),
        when::say_short(promise.visita.start),
        promise.desenlace.to_string(),
        promise.cuando.map_or_else(dash, when::say_short),
        promise.minutes().map_or_else(dash, |minutes| minutes.to_string()),
    ]
}

/// «jue 26 nov, 10:00 a. m. con kbarros: atendida, jue 26 nov, 11:20 a. m.», for the page of a case.
pub(crate) fn line(promise: &Promise) -> String {
    let when = promise.cuando.map(|at| format!(", {}", when::say_short(at))).unwrap_or_default();
    let visit = &promise.visita;
    format!("{} con {}: {}{when}", when::say_short(visit.start), visit.tecnico, promise.desenlace)
}
