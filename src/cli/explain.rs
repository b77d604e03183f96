//! `mesa-tic explain`: what would be read from a mail, by which rule and from which words, and what lost. Changes nothing.
use crate::cli::args::Common;
use crate::cli::label::{self, Because};
use crate::cli::setting::{self, WrongUse};
use crate::cli::terminal::{BOLD, DIM, GREEN, YELLOW, paint, say, table, width};
use crate::mail;
use crate::mail::message::Mail;
use crate::reading;
use crate::reading::note::{Candidate, Reading, Zone};
use crate::spanish::refusal;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(common: &Common, files: &[PathBuf], json: bool) -> Result<ExitCode> {
    let handbook = setting::handbook_to_read_with(common)?;
    for file in files {
        let raw = fs::read(file)
            .map_err(|error| WrongUse(format!("no se puede leer {}: {}", file.display(), refusal::say(&error))))?;
        let mail = mail::parse(&raw);
        let (reading, candidates) = reading::read_with_candidates(&handbook.rules, &handbook.office.people, &mail);
        say(&if json { object(file, &reading, &candidates) } else { text(file, &mail, &reading, &candidates) });
    }
    Ok(ExitCode::SUCCESS)
}

/// One line of JSON: the keys of a label, then why each is believed and every value that was considered.
fn object(file: &Path, reading: &Reading, candidates: &[Candidate]) -> String {
    let mut object = Map::new();
    object.insert("file".to_owned(), json!(file.display().to_string()));
    object.extend(label::label(reading));
    let because: Map<String, Value> = label::because(reading)
        .into_iter()
        .map(|b| (b.field.to_owned(), json!({ "regla": b.rule.0, "zona": b.zone, "palabras": b.words })))
        .collect();
    object.insert("porque".to_owned(), Value::Object(because));
    let considered: Vec<Value> = candidates
        .iter()
        .map(|c| {
            json!({ "campo": name(c), "valor": c.value, "regla": c.rule.0, "zona": c.zone, "palabras": c.words, "peso": c.score })
        })
        .collect();
    object.insert("candidatos".to_owned(), Value::Array(considered));
    Value::Object(object).to_string()
}

/// For people: what was read with its reasons, the problem, what is missing, and what was not chosen.
fn text(file: &Path, mail: &Mail, reading: &Reading, candidates: &[Candidate]) -> String {
    let mut parts = vec![paint(BOLD, &format!("{}: {}", file.display(), mail.subject))];
    let rows: Vec<Vec<String>> = label::because(reading)
        .into_iter()
        .map(|b| {
            let seen = context(mail, &b);
            vec![b.field.to_owned(), b.value, b.rule.0, b.zone.to_string(), seen]
        })
        .collect();
    parts.push(table(width(), &["campo", "valor", "regla", "zona", "palabras"], &rows));
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
            candidate.value.clone(),
            candidate.rule.0.clone(),
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

/// Letters of the mail shown on each side of the words.
const AROUND: usize = 24;

/// The words with a little of what stands around them, marked.
fn context(mail: &Mail, because: &Because) -> String {
    let span = because.span.clone();
    let home = match because.zone {
        Zone::Asunto => vec![mail.subject.as_str()],
        Zone::Remitente | Zone::Directorio | Zone::Historial | Zone::Regla => Vec::new(),
        Zone::Etiqueta | Zone::Texto | Zone::Firma | Zone::Reenviado | Zone::Adjunto => {
            let attached = mail.attached.iter().map(|inner| inner.body.text.as_str());
            std::iter::once(mail.body.text.as_str()).chain(attached).collect()
        }
    };
    let marked = paint(GREEN, &format!("«{}»", because.words.replace('\n', " ")));
    let Some(text) = home.into_iter().find(|t| t.get(span.clone()) == Some(because.words.as_str())) else {
        return if because.words.is_empty() { String::new() } else { marked };
    };
    if because.words.is_empty() {
        return String::new();
    }
    let before: String =
        text.get(..span.start).unwrap_or_default().chars().rev().take_while(|c| *c != '\n').take(AROUND).collect();
    let before: String = before.chars().rev().collect();
    let after: String =
        text.get(span.end..).unwrap_or_default().chars().take_while(|c| *c != '\n').take(AROUND).collect();
    format!("{before}{marked}{after}")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
