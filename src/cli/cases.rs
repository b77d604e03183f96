//! `tickets`, `ticket` and `report`: the cases, one case, and the reports over all of them.
use crate::cli::args::Common;
use crate::cli::because;
use crate::cli::kept;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{BOLD, DIM, complain, paint, say, say_json, table, width};
use crate::daemon;
use crate::desk::account::Plazo;
use crate::desk::chronicle::tell;
use crate::office::fields::Prioridad;
use crate::spanish::when;
use crate::store::reports::{REPORTS, Report, Sheet};
use crate::store::show::{Case, LedgerMail, QueuedLetter};
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use crate::ticket::promise::{Promise, promises};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::process::ExitCode;

pub(crate) fn tickets(common: &Common, estado: Option<&str>, limit: usize, json: bool) -> Result<ExitCode> {
    let estado = estado.map(parse_estado).transpose()?;
    let tickets = setting::store(common)?.tickets(estado, limit)?;
    if json {
        say_json(&tickets)?;
    } else if tickets.is_empty() {
        complain("No hay casos.");
    } else {
        say(&list(&tickets));
    }
    Ok(ExitCode::SUCCESS)
}

fn parse_estado(word: &str) -> Result<Estado> {
    Estado::from_word(&word.to_lowercase().replace('_', " ")).ok_or_else(|| {
        let known = Estado::ALL.iter().map(|e| e.word()).collect::<Vec<_>>().join(", ");
        WrongUse(format!("«{word}» no es un estado; los estados son: {known}")).into()
    })
}

/// The cases as a table: number, who, dependencia, place, priority, when, technician.
pub(crate) fn list(tickets: &[Ticket]) -> String {
    let head = ["Caso", "Quién", "Dependencia", "Lugar", "Prioridad", "Estado", "Cuándo", "Técnico"];
    let mut rows: Vec<Vec<String>> = tickets.iter().map(row).collect();
    let estado = tickets.first().map(|t| t.estado);
    if tickets.iter().all(|t| Some(t.estado) == estado) {
        // A column that says the same in every row says nothing.
        rows.iter_mut().for_each(|row| drop(row.remove(5)));
        let head: Vec<&str> = head.into_iter().filter(|name| *name != "Estado").collect();
        return table(width(), &head, &rows);
    }
    table(width(), &head, &rows)
}

fn row(ticket: &Ticket) -> Vec<String> {
    let dash = || "—".to_owned();
    let visit = ticket.visita.as_ref();
    vec![
        ticket.id.to_string(),
        ticket.contacto.nombre.clone().unwrap_or_else(|| ticket.solicitante.clone()),
        ticket.dependencia.as_ref().map_or_else(dash, |d| d.0.clone()),
        ticket.ubicacion.texto.clone().unwrap_or_else(dash),
        say_prioridad(ticket.prioridad),
        ticket.estado.to_string(),
        visit.map_or_else(dash, |v| when::say_short(v.start)),
        ticket.tecnico.clone().unwrap_or_else(dash),
    ]
}

/// The most pressing one stands out without colour, which would not survive a file or a pipe.
fn say_prioridad(prioridad: Prioridad) -> String {
    match prioridad {
        Prioridad::Critica => "CRÍTICA".to_owned(),
        Prioridad::Alta | Prioridad::Media | Prioridad::Baja => prioridad.to_string(),
    }
}

pub(crate) fn ticket(common: &Common, id: &str, json: bool) -> Result<ExitCode> {
    let id: TicketId = id.parse().map_err(|error| WrongUse(format!("«{id}»: {error}")))?;
    let Some(case) = setting::store(common)?.case(id)? else {
        bail!("no existe el caso {id}; los que hay se ven con «mesa-tic tickets»");
    };
    // Rules that are no good hide the terms, not the case.
    let office = setting::config(common).and_then(|config| setting::office(common, &config));
    let plazos = office.map(|office| because::terms(&office, &case, daemon::now())).unwrap_or_default();
    if json {
        let mut object = serde_json::to_value(&case)?;
        if let Value::Object(map) = &mut object {
            map.insert("citas".to_owned(), serde_json::to_value(promised(&case))?);
            map.insert("plazos".to_owned(), serde_json::to_value(&plazos)?);
        }
        say_json(&object)?;
    } else {
        say(&whole(&case, &plazos));
    }
    Ok(ExitCode::SUCCESS)
}

/// The hours that it was promised, and what came of them.
fn promised(case: &Case) -> Vec<Promise> {
    promises(case.hechos.iter().map(|fact| (fact.cuando, &fact.evento)), daemon::now())
}

fn whole(case: &Case, plazos: &[Plazo]) -> String {
    let ticket = &case.ticket;
    let mut text = format!("{}  {}\n\n", paint(BOLD, &ticket.id.to_string()), ticket.asunto);
    let mut field = |name: &str, value: Option<&str>, source: &str| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            text.push_str(&format!("{name:<13}{value}{}\n", because(ticket, source)));
        }
    };
    field("Estado", Some(ticket.estado.word()), "");
    field("Prioridad", Some(ticket.prioridad.word()), "prioridad");
    for why in ticket.fuentes.get("prioridad").iter().flat_map(|source| &source.porque) {
        field("", Some(why), "");
    }
    field("Categoría", Some(&ticket.categoria.0), "categoria");
    field("Solicitante", Some(&ticket.solicitante), "");
    field("Nombre", ticket.contacto.nombre.as_deref(), "nombre");
    field("Dependencia", ticket.dependencia.as_ref().map(|d| d.0.as_str()), "dependencia");
    field("Lugar", ticket.ubicacion.texto.as_deref(), "ubicacion");
    field("Extensión", ticket.contacto.extension.as_deref(), "extension");
    field("Celular", ticket.contacto.celular.as_deref(), "celular");
    field("Teléfono", ticket.contacto.telefono.as_deref(), "telefono");
    field("Correo", ticket.contacto.correo.as_deref(), "correo");
    field("Técnico", ticket.tecnico.as_deref(), "");
    field("Visita", ticket.visita.as_ref().map(|v| when::say_span(v.start, v.end)).as_deref(), "");
    let missing = ticket.faltan.iter().map(|f| f.word()).collect::<Vec<_>>().join(", ");
    field("Faltan", Some(&missing), "");
    text.push_str(&format!("\n{}\n{}\n", paint(BOLD, "Problema"), ticket.problema.trim()));
    let steps = plazos.iter().map(|plazo| format!("{}: {}", plazo.nombre, plazo.pasos.join(" ")));
    section(&mut text, "Plazos", steps.collect());
    let facts = case.hechos.iter().map(|f| format!("{}  {}", when::say_short(f.cuando), tell(&f.evento)));
    section(&mut text, "Historia", facts.collect());
    section(&mut text, "Citas prometidas", promised(case).iter().map(kept::line).collect());
    section(&mut text, "Correos", case.correos.iter().map(mail_line).collect());
    section(&mut text, "Cartas", case.cartas.iter().map(letter_line).collect());
    text
}

/// Where a value was read from, dimmed.
fn because(ticket: &Ticket, source: &str) -> String {
    let Some(source) = ticket.fuentes.get(source) else { return String::new() };
    paint(DIM, &format!("   ({}, por {})", source.zona, source.regla))
}

fn section(text: &mut String, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        text.push_str(&format!("\n{}\n{}\n", paint(BOLD, title), lines.join("\n")));
    }
}

fn mail_line(mail: &LedgerMail) -> String {
    let (end, subject) =
        (mail.destino.map_or("por trabajar", |d| d.word()), mail.asunto.as_deref().unwrap_or_default());
    let when = mail.recibido.map(when::say_short).unwrap_or_default();
    let rules = mail.manual.as_ref().map(|version| paint(DIM, &format!("  (reglas {version})"))).unwrap_or_default();
    format!("{when}  n.º {}  {end}  {subject}{rules}", mail.row)
}

pub(crate) fn letter_line(letter: &QueuedLetter) -> String {
    let when = when::say_short(letter.terminada.unwrap_or(letter.encolada));
    let why = letter.motivo.as_ref().map(|m| format!(" ({m})")).unwrap_or_default();
    format!("{when}  n.º {}  {}  a {}: {}{why}", letter.row, letter.forma, letter.para, letter.estado)
}

pub(crate) fn report(common: &Common, name: Option<&str>, json: bool, csv: bool) -> Result<ExitCode> {
    let sheet = match name {
        None => list_of_reports(),
        Some(name) if REPORTS.iter().any(|r| r.name == name) => {
            let answer = setting::store(common)?.report(name, daemon::now())?;
            answer.with_context(|| format!("el informe «{name}» no respondió"))?
        }
        Some(name) => {
            let known = REPORTS.iter().map(|r| r.name).collect::<Vec<_>>().join(", ");
            return Err(WrongUse(format!("no hay un informe «{name}»; los que hay: {known}")).into());
        }
    };
    if json {
        say_json(&objects(&sheet))?;
    } else if csv {
        say(&comma_separated(&sheet));
    } else {
        let head: Vec<&str> = sheet.columns.iter().map(String::as_str).collect();
        let rows: Vec<Vec<String>> = sheet.rows.iter().map(|r| r.iter().map(plain).collect()).collect();
        say(&table(width(), &head, &rows));
    }
    Ok(ExitCode::SUCCESS)
}

fn list_of_reports() -> Sheet {
    let row = |report: &Report| vec![Value::from(report.name), Value::from(report.about)];
    Sheet { columns: vec!["informe".to_owned(), "responde".to_owned()], rows: REPORTS.iter().map(row).collect() }
}

fn objects(sheet: &Sheet) -> Vec<Value> {
    let object = |row: &Vec<Value>| Value::Object(sheet.columns.iter().cloned().zip(row.iter().cloned()).collect());
    sheet.rows.iter().map(object).collect()
}

/// RFC 4180, with a guard against spreadsheets that take a text for a formula.
fn comma_separated(sheet: &Sheet) -> String {
    let line = |cells: Vec<String>| cells.into_iter().map(|c| quoted(&c)).collect::<Vec<_>>().join(",");
    let mut lines = vec![line(sheet.columns.clone())];
    lines.extend(sheet.rows.iter().map(|row| line(row.iter().map(plain).collect())));
    lines.join("\r\n") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let safe = if formula { format!("'{cell}") } else { cell.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
