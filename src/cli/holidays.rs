//! `holidays`: the festive days of Colombia of a year.
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{say, say_json, table, width};
use crate::office::holidays::holidays;
use crate::spanish::when;
use anyhow::Result;
use jiff::civil::Date;
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Holiday {
    date: Date,
    name: String,
}

pub(crate) fn run(year: i16, json: bool) -> Result<ExitCode> {
    // The Gregorian calendar, and the law of 1983 that moves them; the computus holds from 1583 on.
    if !(1984..=9999).contains(&year) {
        return Err(WrongUse(format!("{year}: los festivos se calculan de 1984 (Ley 51 de 1983) a 9999")).into());
    }
    let days: Vec<Holiday> = holidays(year).into_iter().map(|(date, name)| Holiday { date, name }).collect();
    if json {
        say_json(&days)?;
    } else {
        let rows: Vec<Vec<String>> = days
            .iter()
            .map(|d| vec![d.date.to_string(), when::say_weekday(d.date).to_owned(), d.name.clone()])
            .collect();
        say(&table(width(), &["Fecha", "Día", "Festivo"], &rows));
    }
    Ok(ExitCode::SUCCESS)
}
