//! The command line: data to stdout, talk to stderr; exit 0 done, 1 it could not, 2 wrong use. One file per group of verbs.
mod agenda;
mod args;
mod backtest;
mod because;
mod board;
mod canary;
mod cases;
mod check;
mod correct;
mod demo;
mod evidence;
mod explain;
mod foreseen;
mod grid;
mod health;
mod holidays;
mod kept;
mod keys;
mod marked;
mod paste;
mod person;
mod restore;
mod score;
mod serve;
mod setting;
mod speech;
mod suggest;
mod tell;
mod terminal;
mod tray;
mod week;
mod weigh;
mod wishes;
use crate::cli::args::{AgendaOf, Cli, Verb};
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{RED, complain, is_cut_short, paint_err, say};
use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;

/// Runs the verb that the arguments ask for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            say(&speech::help(&error));
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            complain(&speech::complaint(&error));
            return ExitCode::from(2);
        }
    };
    match run(cli) {
        Ok(_) if is_cut_short() => ExitCode::FAILURE,
        Ok(code) => code,
        Err(error) => {
            let code = if error.is::<WrongUse>() { 2 } else { 1 };
            complain(&format!("{} {error:#}", paint_err(RED, "error:")));
            ExitCode::from(code)
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let common = cli.common;
    match cli.verb {
        Verb::Run { once } => serve::run(&common, once),
        Verb::Demo { keep } => demo::run(&common, keep),
        Verb::Check { connect } => check::run(&common, connect),
        Verb::Explain { files, json } => explain::run(&common, &files, json),
        Verb::Score { dir, json } => score::run(&common, &dir, json),
        Verb::Backtest { dir, since, labelled, worst, json } => {
            let ask = backtest::Ask { dir: &dir, since: since.as_deref(), labelled: &labelled, worst, json };
            backtest::run(&common, &ask)
        }
        Verb::Suggest { since, json } => suggest::run(&common, since.as_deref(), json),
        Verb::Tickets { estado, limit, json } => cases::tickets(&common, estado.as_deref(), limit, json),
        Verb::Ticket { id, json } => cases::ticket(&common, &id, json),
        Verb::Tell { id, orders, json } => tell::run(&common, &id, &orders, json),
        Verb::Correct { id, values, json } => correct::run(&common, &id, &values, json),
        Verb::Agenda { what: Some(AgendaOf::Explain { id, json }), .. } => because::run(&common, &id, json),
        Verb::Agenda { what: None, tecnico, week, ics, cumplimiento, json } => {
            let (tecnico, week, ics) = (tecnico.as_deref(), week.as_deref(), ics.as_deref());
            let ask = agenda::Ask { tecnico, week, ics, cumplimiento, json };
            agenda::run(&common, &ask)
        }
        Verb::Quarantine { what } => tray::quarantine(&common, what),
        Verb::Outbox { what } => tray::outbox(&common, what),
        Verb::Person { what } => person::run(&common, what),
        Verb::Keys { what } => keys::run(&common, what),
        Verb::Reconcile { todo, json } => health::reconcile(&common, todo, json),
        Verb::Status { json } => health::status(&common, json),
        Verb::Backup { file } => health::backup(&common, &file),
        Verb::Restore { file } => restore::run(&common, &file),
        Verb::Report { name, json, csv } => cases::report(&common, name.as_deref(), json, csv),
        Verb::Holidays { year, json } => holidays::run(year, json),
    }
}
