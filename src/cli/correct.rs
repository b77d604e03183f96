//! `mesa-tic correct`: the administrator says what a case should have held. The case changes, and its first mail is labelled.
use crate::cli::args::Common;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{GREEN, paint, say, say_json};
use crate::daemon;
use crate::desk::correct::correct;
use crate::desk::decision::Office;
use crate::office::fields::Campo;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::label::Label;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::process::ExitCode;

/// Who corrects at the command line, as the history tells it.
const WHO: &str = "administrador";

pub(crate) fn run(common: &Common, id: &str, values: &[String], json: bool) -> Result<ExitCode> {
    let id: TicketId = id.parse().map_err(|error| WrongUse(format!("«{id}»: {error}")))?;
    let wanted = parse(values)?;
    let config = setting::config(common)?;
    let handbook = setting::handbook(common, &config)?;
    let mut store = setting::store_beside(common)?;
    let decide = |ticket: &Ticket| facts(&handbook.office, ticket, &wanted);
    let events = match store.amend(id, daemon::now(), decide)? {
        Some(Ok(events)) => events,
        Some(Err(faults)) => return Err(WrongUse(faults.join("\n")).into()),
        None => bail!("no existe el caso {id}; los que hay se ven con «mesa-tic tickets»"),
    };
    let labels: Vec<Label> = events.iter().filter_map(Label::of).collect();
    let mail = store.opening_mail(id)?.context("el caso no tiene un primer correo")?;
    if json {
        let labels: Vec<_> = labels.iter().map(|l| json!({ "campo": l.campo, "valor": l.valor })).collect();
        say_json(&json!({ "caso": id, "correo": mail, "corregido": labels }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for Label { campo, valor, .. } in &labels {
        let valor = valor.as_deref().unwrap_or("(el correo no lo dice)");
        say(&format!("{} {id} {campo}: {valor}", paint(GREEN, "✓")));
    }
    say("Quedó en la historia del caso y como etiqueta de su primer correo. No se envió ninguna carta.");
    Ok(ExitCode::SUCCESS)
}

/// `campo=valor`, each; all faults in one message.
fn parse(values: &[String]) -> Result<Vec<(Campo, &str)>> {
    let (mut wanted, mut faults) = (Vec::<(Campo, &str)>::new(), Vec::new());
    for value in values {
        let Some((name, valor)) = value.split_once('=') else {
            faults.push(format!("«{value}»: escriba campo=valor; por ejemplo dependencia=\"Secretaría de Hacienda\""));
            continue;
        };
        match Campo::from_word(&name.trim().to_lowercase()) {
            Some(campo) if wanted.iter().any(|(other, _)| *other == campo) => {
                faults.push(format!("«{campo}» está dos veces; deje uno"));
            }
            Some(campo) => wanted.push((campo, valor)),
            None => faults.push(unknown(name)),
        }
    }
    if faults.is_empty() { Ok(wanted) } else { Err(WrongUse(faults.join("\n")).into()) }
}

fn unknown(name: &str) -> String {
    let known = Campo::ALL.iter().map(|campo| campo.word());
    let near = known.clone().min_by_key(|word| strsim::osa_distance(word, name));
    let hint = match near.filter(|word| strsim::osa_distance(word, name) <= 2) {
        Some(word) => format!("¿quiso decir «{word}»?"),
        None => format!("los campos son {}", known.collect::<Vec<_>>().join(", ")),
    };
    format!("no hay un campo «{name}»; {hint}")
}

/// Every fault, or the facts of all; the later ones look at the ticket as the earlier ones leave it.
fn facts(office: &Office, ticket: &Ticket, wanted: &[(Campo, &str)]) -> Result<Vec<Event>, Vec<String>> {
    let mut ticket = ticket.clone();
    let (mut facts, mut faults) = (Vec::new(), Vec::new());
    for (campo, valor) in wanted {
        match correct(office, &ticket, *campo, Some(valor), WHO) {
            Ok(events) => {
                ticket = events.iter().fold(ticket, Ticket::apply);
                facts.extend(events);
            }
            Err(why) => faults.push(why),
        }
    }
    if faults.is_empty() { Ok(facts) } else { Err(faults) }
}
