//! `mesa-tic explain`: what would be read from a mail, by which rule and from which words. Changes nothing.
use crate::cli::args::Common;
use crate::cli::label::label;
use crate::cli::setting;
use crate::cli::terminal::say;
use crate::mail;
use crate::reading;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) fn run(common: &Common, files: &[PathBuf], json: bool) -> Result<ExitCode> {
    let handbook = setting::handbook_to_read_with(common)?;
    for file in files {
        let raw = fs::read(file).with_context(|| format!("no se puede leer {}", file.display()))?;
        let mail = mail::parse(&raw);
        let (reading, _candidates) = reading::read_with_candidates(&handbook.rules, &handbook.office.people, &mail);
        let mut object = label(&reading);
        object.insert("file".to_owned(), json!(file.display().to_string()));
        if json {
            say(&Value::Object(object).to_string());
        } else {
            say(&serde_json::to_string_pretty(&object)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}
