//! `mesa-tic explain`: what would be read from a mail, by which rule and from which words, and what lost. Changes nothing.
use crate::cli::args::Common;
use crate::cli::foreseen::{self, Written};
use crate::cli::marked;
use crate::cli::setting::{self, WrongUse};
use crate::cli::terminal::{self, BOLD, DIM, GREEN, YELLOW, paint, say, table, width};
use crate::daemon;
use crate::desk::decision::Decision;
use crate::exam::label;
use crate::mail;
use crate::mail::message::Mail;
use crate::reading;
use crate::reading::note::{Candidate, Reading};
use crate::spanish::refusal;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(common: &Common, files: &[PathBuf], json: bool) -> Result<ExitCode> {
    let handbook = setting::handbook_to_read_with(common)?;
    let now = daemon::now();
    for file in files {
        let raw = fs::read(file)
            .map_err(|error| WrongUse(format!("no se puede leer {}: {}", file.display(), refusal::say(&error))))?;
        let mail = mail::parse(&raw);
        let (reading, candidates) = reading::read_with_candidates(&handbook.rules, &handbook.office.people, &mail);
        let (decision, letters) = foreseen::foresee(&handbook, &mail, &reading, now);
        say(&if json {
            let foreseen = foreseen::object(&decision, &letters);
            object(file, &reading, &candidates, foreseen)
        } else {
            let read = text(file, &mail, &reading, &candidates);
            format!("{read}\n{}", outcome(&decision, &letters))
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// One line of JSON: the keys of a label, then why each is believed and every value that was considered.
fn object(file: &Path, reading: &Reading, candidates: &[Candidate], foreseen: Value) -> String {
    let mut object = Map::new();
    object.insert("file".to_owned(), json!(file.display().to_string()));
    object.extend(label::label(reading));
    let because: Map<String, Value> = label::because(reading)
        .into_iter()
        .map(|b| (b.field.to_owned(), json!({ "regla": b.rule.as_str(), "zona": b.zone, "palabras": b.words })))
        .collect();
    object.insert("porque".to_owned(), Value::Object(because));
    let considered: Vec<Value> = candidates
        .iter()
        .map(|c| {
            json!({ "campo": name(c), "valor": c.value, "regla": c.rule.as_str(), "zona": c.zone, "palabras": c.words, "peso": c.score })
        })
        .collect();
    object.insert("candidatos".to_owned(), Value::Array(considered));
    object
        .insert("prioridad_porque".to_owned(), Value::Array(weighed(reading).into_iter().map(Value::Object).collect()));
    object.insert("mesa".to_owned(), foreseen);
    Value::Object(object).to_string()
}

/// Every phrase that spoke for the priority, with its weight in the matrix.
fn weighed(reading: &Reading) -> Vec<Map<String, Value>> {
    let reasons = reading.weighing.reasons.iter().map(|reason| {
        let object = json!({
            "dice": reason.found.value.to_string(), "regla": reason.found.rule.as_str(), "zona": reason.found.zone,
            "palabras": reason.found.words, "decidio": reason.decided,
        });
        object.as_object().cloned().unwrap_or_default()
    });
    reasons.collect()
}

/// What the desk would do, and every letter that would go out.
fn outcome(decision: &Decision, letters: &[Written]) -> String {
    let head = paint(BOLD, "Qué haría la mesa si llegara ahora (nada se guarda ni se envía; el número es de muestra)");
    let mut parts = vec![format!("{head}\n  {}: {}", decision.disposition, terminal::plain(&decision.why))];
    for letter in letters {
        parts.push(format!(
            "{}\n{}",
            paint(DIM, &format!("carta «{}»", letter.form)),
            marked::letter(&letter.to, &letter.subject, &letter.text)
        ));
    }
    if letters.is_empty() {
        parts.push("No saldría ninguna carta.".to_owned());
    }
    parts.join("\n\n") + "\n"
}

/// For people: the mail with what was taken, each value with its reasons, what is missing, and what was not chosen.
fn text(file: &Path, mail: &Mail, reading: &Reading, candidates: &[Candidate]) -> String {
    let because = label::because(reading);
    let title = format!("{}: {}", file.display(), terminal::plain(&mail.subject));
    let mut parts = vec![paint(BOLD, &title), marked::mail(mail, &because)];
    let rows: Vec<Vec<String>> = because
        .iter()
        .map(|b| {
            let words = terminal::plain(&b.words.replace('\n', " "));
            let words = if words.is_empty() { words } else { paint(GREEN, &format!("«{words}»")) };
            let weight = candidates.iter().filter(|c| name(c) == b.field && c.value == b.value).map(|c| c.score).max();
            let weight = weight.map(|score| score.to_string()).unwrap_or_default();
            vec![b.field.to_owned(), terminal::plain(&b.value), b.rule.to_string(), b.zone.to_string(), weight, words]
        })
        .collect();
    parts.push(table(width(), &["campo", "valor", "regla", "zona", "peso", "palabras"], &rows));
    parts.extend(priority(reading));
    let label = label::label(reading);
    if label.contains_key("problema") {
        parts.push(format!("{}\n{}", paint(BOLD, "problema"), indented(&reading.problema)));
    }
    if label.contains_key("respuesta") {
        parts.push(format!("{}\n{}", paint(BOLD, "texto nuevo"), indented(&reading.texto_nuevo)));
    }
    for command in &reading.commands {
        parts.push(match command {
            Ok(command) => {
                let (name, value) = command.label();
                format!("{} {name} {}", paint(GREEN, "orden"), value.unwrap_or_default())
            }
            Err(complaint) => {
                format!("{} {}: {}", paint(YELLOW, "orden que no se entiende"), complaint.line, complaint.why)
            }
        });
    }
    if label.contains_key("faltan") {
        let missing: Vec<String> = reading.fields.missing().iter().map(ToString::to_string).collect();
        let said = if missing.is_empty() { "nada".to_owned() } else { missing.join(", ") };
        parts.push(format!("{} {said}", paint(BOLD, "falta")));
    }
    let losers = losers(reading, candidates);
    if label.contains_key("faltan") && !losers.is_empty() {
        parts.push(paint(DIM, "No se escogió:"));
        parts.push(table(width(), &["campo", "valor", "regla", "zona", "peso", "por qué no"], &losers));
    }
    parts.join("\n\n") + "\n"
}

/// The cell of the matrix and every phrase that was heard, the ones that decided first.
fn priority(reading: &Reading) -> Option<String> {
    let rows: Vec<Vec<String>> = reading
        .weighing
        .reasons
        .iter()
        .map(|reason| {
            let found = &reason.found;
            let words = format!("«{}»", terminal::plain(&found.words.replace('\n', " ")));
            let decided = if reason.decided { "decidió" } else { "" };
            vec![found.value.to_string(), found.rule.to_string(), found.zone.to_string(), words, decided.to_owned()]
        })
        .collect();
    let cell = reading.weighing.cell.map(|cell| format!(": {cell} → {}", reading.prioridad.value));
    let head = paint(BOLD, &format!("Por qué esa prioridad{}", cell.unwrap_or_default()));
    let reasons = || table(width(), &["dice", "regla", "zona", "palabras", ""], &rows);
    match (rows.is_empty(), reading.weighing.cell) {
        (true, None) => None,
        (true, Some(_)) => Some(head),
        (false, _) => Some(format!("{head}\n{}", reasons())),
    }
}

/// What was considered and not chosen, each with the reason.
fn losers(reading: &Reading, candidates: &[Candidate]) -> Vec<Vec<String>> {
    let because = label::because(reading);
    let mut rows = Vec::new();
    for candidate in candidates {
        let field = name(candidate);
        let winner = because.iter().find(|b| b.field == field);
        if winner.is_some_and(|w| w.value == candidate.value) {
            continue;
        }
        let best = candidates.iter().filter(|c| name(c) == field).map(|c| c.score).max().unwrap_or(0);
        let why = match winner {
            None if candidate.score < reading::ENOUGH => format!("pesa menos de {}", reading::ENOUGH),
            None => "quien escribe no es de la Gobernación".to_owned(),
            Some(_) if candidate.score < best => format!("pesa {} y el escogido {best}", candidate.score),
            Some(_) => "otro igual estaba antes, o era más completo".to_owned(),
        };
        let row = vec![
            field.to_owned(),
            terminal::plain(&candidate.value),
            candidate.rule.to_string(),
            candidate.zone.to_string(),
            candidate.score.to_string(),
            why,
        ];
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}

fn name(candidate: &Candidate) -> &'static str {
    match candidate.field.word() {
        // The only candidates without a box of their own are those for the categoría.
        "otro" => "categoria",
        "ubicacion" => "lugar",
        word => word,
    }
}

fn indented(text: &str) -> String {
    terminal::plain(text).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
