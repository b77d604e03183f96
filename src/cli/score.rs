//! `mesa-tic score`: a labelled folder read with the rules, and how much of it came out right, field by field.
//!
//! Comparison: case, accents and blanks folded; the dependencia must be the canonical name to the letter; problema and the
//! new text of a reply count as right from a token F1 of 0.9 on. A case is wholly right when all its labels are.
use crate::cli::args::Common;
use crate::cli::setting::{self, WrongUse};
use crate::cli::terminal::{say, say_json, table, width};
use crate::exam::paper::{self, Example, judge};
use crate::exam::tally::{Rate, Tally, Verdict};
use anyhow::{Result, bail};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(common: &Common, dir: &Path, json: bool) -> Result<ExitCode> {
    let handbook = setting::handbook_to_read_with(common)?;
    let verdicts: Vec<Verdict> = labelled(dir)?.par_iter().map(|example| judge(&handbook, example)).collect();
    let mut tally = Tally::default();
    verdicts.into_iter().for_each(|verdict| tally.add(verdict));
    if json {
        say_json(&tally.figures())?;
    } else {
        say(&report(&tally));
    }
    Ok(ExitCode::SUCCESS)
}

/// The labelled mails of a folder that was named for them: one without any is wrong use.
pub(crate) fn labelled(dir: &Path) -> Result<Vec<Example>> {
    let examples = paper::folder(dir).map_err(|faults| setting::listing("las etiquetas", &faults))?;
    if examples.is_empty() {
        bail!(WrongUse(format!("en {} no hay etiquetas NNN-nombre.toml", dir.display())));
    }
    Ok(examples)
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
