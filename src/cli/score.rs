//! `mesa-tic score`: a labelled folder read with the rules, and how much of it came out right, field by field.
//!
//! Comparison: case, accents and blanks folded; the dependencia must be the canonical name to the letter; problema and the
//! new text of a reply count as right from a token F1 of 0.9 on. A case is wholly right when all its labels are.
use crate::cli::args::Common;
use crate::cli::setting::{self, WrongUse};
use crate::cli::terminal::{say, say_json, table, width};
use crate::exam::label::{because, label};
use crate::exam::tally::{Rate, Tally, Verdict};
use crate::handbook::Handbook;
use crate::mail;
use crate::reading;
use crate::spanish::refusal;
use anyhow::{Result, bail};
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

pub(crate) fn run(common: &Common, dir: &Path, json: bool) -> Result<ExitCode> {
    let handbook = setting::handbook_to_read_with(common)?;
    let cases = cases(dir)?;
    let tally = judge_all(&handbook, &cases)?;
    if json {
        say_json(&tally.figures())?;
    } else {
        say(&report(&tally));
    }
    Ok(ExitCode::SUCCESS)
}

/// A mail and what a clerk wrote down after reading it.
pub(crate) struct Case {
    stem: String,
    pub(crate) mail: PathBuf,
    pub(crate) gold: Map<String, Value>,
}

/// As [`labelled`], of a folder that was named for its labels: one without any is wrong use.
pub(crate) fn cases(dir: &Path) -> Result<Vec<Case>> {
    let cases = labelled(dir)?;
    if cases.is_empty() {
        bail!(WrongUse(format!("en {} no hay etiquetas NNN-nombre.toml", dir.display())));
    }
    Ok(cases)
}

/// Every `NNN-slug.toml` of the folder, in order; all labels that cannot be read in one message.
pub(crate) fn labelled(dir: &Path) -> Result<Vec<Case>> {
    let entries = fs::read_dir(dir).map_err(|error| {
        WrongUse(format!("no se puede leer la carpeta {}: {}", dir.display(), refusal::say(&error)))
    })?;
    let mut labels: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| is_label(p)).collect();
    labels.sort();
    let mut cases = Vec::new();
    let mut faults = Vec::new();
    for path in labels {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mail = path.with_extension("eml");
        match fs::read_to_string(&path).map_err(|e| refusal::say(&e)).and_then(|text| gold(&text)) {
            Ok(gold) if mail.is_file() => cases.push(Case { stem, mail, gold }),
            Ok(_) => faults.push(format!("{}: falta el correo {}", path.display(), mail.display())),
            Err(why) => faults.push(format!("{}: {why}", path.display())),
        }
    }
    if !faults.is_empty() {
        bail!(WrongUse(faults.join("\n")));
    }
    Ok(cases)
}

fn is_label(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let numbered =
        name.bytes().take(3).filter(u8::is_ascii_digit).count() == 3 && name.as_bytes().get(3) == Some(&b'-');
    numbered && path.extension().is_some_and(|e| e == "toml")
}

fn gold(text: &str) -> Result<Map<String, Value>, String> {
    let gold: Map<String, Value> = toml::from_str(text).map_err(|error| error.to_string())?;
    if gold.get("kind").and_then(Value::as_str).is_none() { Err("falta «kind»".to_owned()) } else { Ok(gold) }
}

/// Reads and judges the cases on every core.
fn judge_all(handbook: &Handbook, cases: &[Case]) -> Result<Tally> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = cases.len().div_ceil(workers).max(1);
    let parts: Vec<Result<Vec<Verdict>>> = thread::scope(|scope| {
        let running: Vec<_> = cases
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|c| judge(handbook, c)).collect()))
            .collect();
        let lost = || Err(anyhow::anyhow!("la lectura de un correo se detuvo"));
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| lost())).collect()
    });
    let mut tally = Tally::default();
    for part in parts {
        for verdict in part? {
            tally.add(verdict);
        }
    }
    Ok(tally)
}

fn judge(handbook: &Handbook, case: &Case) -> Result<Verdict> {
    let raw = fs::read(&case.mail)?;
    let reading = reading::read(&handbook.rules, &handbook.office.people, &mail::parse(&raw));
    Ok(Verdict::of(&case.stem, &case.gold, &label(&reading)).by_zone(&because(&reading)))
}

fn report(tally: &Tally) -> String {
    let width = width();
    let number = |x: f64| format!("{x:.3}");
    let slots: Vec<Vec<String>> = tally
        .slots()
        .map(|(name, c)| {
            let (precision, recall, f1) = c.row();
            let counts = [c.right, c.false_alarms, c.missed].map(|n| n.to_string());
            [vec![name.to_owned(), number(precision), number(recall), number(f1)], counts.to_vec()].concat()
        })
        .collect();
    let rates: Vec<Vec<String>> = tally
        .rates()
        .map(|(name, rate)| {
            let Rate { right, of, .. } = rate;
            let mean = rate.mean().map_or(String::new(), number);
            vec![name.to_owned(), format!("{right}/{of}"), number(rate.share()), mean]
        })
        .collect();
    let wrong: Vec<Vec<String>> =
        tally.wrong().map(|(stem, labels)| vec![stem.to_owned(), labels.join(", ")]).collect();
    let mut parts = vec![
        format!("{} correos etiquetados", tally.cases()),
        table(width, &["campo", "precisión", "cobertura", "F1", "bien", "de más", "sin ver"], &slots),
        table(width, &["etiqueta", "bien", "proporción", "F1 de palabras"], &rates),
    ];
    let zones: Vec<Vec<String>> = tally
        .zones()
        .map(|(zone, rate)| vec![zone.to_string(), format!("{}/{}", rate.right, rate.of), number(rate.share())])
        .collect();
    if !zones.is_empty() {
        parts.push(table(width, &["leído en", "bien", "proporción"], &zones));
    }
    if !wrong.is_empty() {
        parts.push(table(width, &["correo", "en qué difiere"], &wrong));
    }
    parts.join("\n\n")
}
