//! `agenda`: a week of visits on the terminal, as JSON, or as a file that a telephone's calendar reads.
use crate::cli::args::Common;
use crate::cli::grid;
use crate::cli::kept;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{complain, say, say_json, width};
use crate::cli::week::{Week, bounds, is_real, monday, name};
use crate::daemon;
use crate::desk::decision::Office;
use crate::desk::invite;
use crate::ical::entry::{Entry, Method};
use crate::ical::write::write;
use crate::office::people::Person;
use crate::ticket::facts::Ticket;
use crate::ticket::visit::Visit;
use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

/// What the command line asks for.
pub(crate) struct Ask<'a> {
    pub(crate) tecnico: Option<&'a str>,
    pub(crate) week: Option<&'a str>,
    pub(crate) ics: Option<&'a Path>,
    pub(crate) cumplimiento: bool,
    pub(crate) json: bool,
}

pub(crate) fn run(common: &Common, ask: &Ask<'_>) -> Result<ExitCode> {
    let now = daemon::now();
    let monday = monday(ask.week, now)?;
    let config = setting::config(common)?;
    let office = setting::office(common, &config)?;
    let only = ask.tecnico.map(|said| whom(&office, said)).transpose()?;
    let (from, to) = bounds(monday).with_context(|| format!("la semana {} no cabe en el calendario", name(monday)))?;
    let store = setting::store(common)?;
    if ask.cumplimiento {
        kept::run(&store, &name(monday), (from, to), only, now, ask.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let real = |tickets: Vec<Ticket>| tickets.into_iter().filter(|ticket| is_real(ticket, now)).collect::<Vec<_>>();
    let tickets = real(store.visited(from, to)?);
    let away = store.away(from)?;
    let week = Week::new(&office, monday, &tickets, &away, only);
    if let Some(file) = ask.ics {
        let coming = real(store.visited(from, Timestamp::MAX)?);
        let entries = entries(&office, &coming, only, now);
        let whose =
            only.map_or_else(|| "Visitas de soporte TIC".to_owned(), |p| format!("Visitas TIC de {}", p.nombre));
        replace(file, &write(Method::Publish, Some(&whose), &entries))?;
        complain(&format!("{} citas en {}.", entries.len(), file.display()));
        if !ask.json {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if ask.json {
        say_json(&object(&week))?;
    } else {
        say(&grid::draw(&week, width()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Somebody of the roster, by usuario or by address.
fn whom<'a>(office: &'a Office, said: &str) -> Result<&'a Person> {
    let people = &office.people;
    let found = people.by_usuario(said.trim_start_matches('@')).or_else(|| people.who(said));
    let known = || people.people.iter().map(|p| p.usuario.as_str()).collect::<Vec<_>>().join(", ");
    Ok(found.ok_or_else(|| WrongUse(format!("«{said}» no es el usuario de nadie; los que hay son: {}", known())))?)
}

fn entries(office: &Office, tickets: &[Ticket], only: Option<&Person>, now: Timestamp) -> Vec<Entry> {
    let visits = tickets.iter().filter_map(|ticket| Some((ticket, ticket.visita.as_ref()?)));
    let his = visits.filter(|(_, visit)| only.is_none_or(|person| visit.tecnico == person.usuario));
    his.map(|(ticket, visit)| {
        let entry = invite::published(office, ticket, visit, now);
        let person = office.people.by_usuario(&visit.tecnico).filter(|_| only.is_none());
        // Of everybody's visits, whose each is.
        let summary = person.map_or(entry.summary.clone(), |person| format!("{}: {}", person.nombre, entry.summary));
        Entry { summary, ..entry }
    })
    .collect()
}

/// The file as a whole or not at all: who reads it while it is written finds the old one. Nobody else may read it: it says
/// where people are.
fn replace(file: &Path, text: &str) -> Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.nuevo", process::id()));
    let beside = PathBuf::from(beside);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, file)
    });
    if written.is_err() {
        // What was begun is of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("no se pudo escribir {}", file.display()))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The name is durable once its folder is; where a folder cannot be asked for that, the next run writes it again.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// For scripts: `semana`, `dias` and `tecnicos` with their `visitas`.
fn object(week: &Week<'_>) -> Value {
    let days = week
        .days
        .iter()
        .map(|day| json!({ "fecha": day.date, "festivo": day.festivo, "avisos": day.avisos, "horas": day.horas }));
    let rows = week.rows.iter().map(|row| {
        let away = week.days.iter().zip(&row.ausente).filter(|(_, away)| **away).map(|(day, _)| day.date);
        let visits = row.visits.iter().map(|(ticket, visit)| one(ticket, visit));
        json!({
            "usuario": row.person.usuario,
            "nombre": row.person.nombre,
            "ausente": away.collect::<Vec<_>>(),
            "visitas": visits.collect::<Vec<_>>(),
        })
    });
    json!({ "semana": week.name, "dias": days.collect::<Vec<_>>(), "tecnicos": rows.collect::<Vec<_>>() })
}

fn one(ticket: &Ticket, visit: &Visit) -> Value {
    let answers = ticket.seguimiento.cita.as_ref().map(|cita| &cita.respuestas);
    json!({
        "caso": ticket.id,
        "inicio": visit.start,
        "fin": visit.end,
        "estado": ticket.estado,
        "prioridad": ticket.prioridad,
        "categoria": ticket.categoria,
        "dependencia": ticket.dependencia,
        "ubicacion": ticket.ubicacion,
        "contacto": ticket.contacto,
        "respuestas": answers,
    })
}
