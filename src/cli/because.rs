//! `agenda explain`: why a case has its visit at that hour, and how its terms run.
use crate::cli::args::Common;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{BOLD, paint, plain, say, say_json, width, wrap};
use crate::daemon;
use crate::desk::account::{self, Plazo};
use crate::desk::chronicle::tell;
use crate::desk::decision::{Disposition, Office};
use crate::desk::obey::{REFUSED, TOLD};
use crate::desk::reasons::{self, Step};
use crate::desk::visits::Request;
use crate::spanish::when::say_short;
use crate::store::db::Store;
use crate::store::show::{Case, LedgerMail};
use crate::ticket::agenda::Agenda;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::visit::{Booked, Place, Visit};
use anyhow::{Result, bail};
use jiff::Timestamp;
use serde_json::json;
use std::process::ExitCode;

pub(crate) fn run(common: &Common, id: &str, json: bool) -> Result<ExitCode> {
    let id: TicketId = id.parse().map_err(|error| WrongUse(format!("«{id}»: {error}")))?;
    let now = daemon::now();
    let config = setting::config(common)?;
    let office = setting::office(common, &config)?;
    let store = setting::store(common)?;
    let Some(case) = store.case(id)? else {
        bail!("no existe el caso {id}; los que hay se ven con «mesa-tic tickets»");
    };
    let received = Step { titulo: "Llegada".to_owned(), lineas: account::received(&office, &case.ticket) };
    let mut steps = vec![received, history(&case)];
    match booking(&case) {
        Some(booking) => steps.extend(why(&store, &office, &case.ticket, booking)?),
        None => steps.push(no_visit()),
    }
    let plazos = terms(&office, &case, now);
    steps.extend(plazos.iter().map(step));
    if json {
        say_json(&json!({ "caso": id, "pasos": steps, "plazos": plazos, "consultado": now }))?;
    } else {
        say(&draw(&case.ticket, &steps));
    }
    Ok(ExitCode::SUCCESS)
}

fn no_visit() -> Step {
    Step { titulo: "La cita".to_owned(), lineas: vec!["El caso no tiene visita ni llamada pendiente.".to_owned()] }
}

/// When it came, and all that gave it another hour or another term.
fn history(case: &Case) -> Step {
    let bears = |event: &Event| {
        matches!(
            event,
            Event::Booked(_)
                | Event::Pinned(_)
                | Event::Released { .. }
                | Event::Waiting { .. }
                | Event::Moved { .. }
                | Event::Ranked { .. }
                | Event::Filed { .. }
        )
    };
    let opened = format!("{}: se recibió", say_short(case.ticket.abierto));
    let facts = case.hechos.iter().filter(|fact| bears(&fact.evento));
    let told = facts.map(|fact| format!("{}: {}", say_short(fact.cuando), tell(&fact.evento)));
    Step { titulo: "Qué ha pasado".to_owned(), lineas: [opened].into_iter().chain(told).collect() }
}

/// The hour that the case has: when it was given, and whether an order fixed it.
fn booking(case: &Case) -> Option<(Timestamp, &Visit, bool)> {
    let visit = case.ticket.visita.as_ref()?;
    let given = case.hechos.iter().rev().find_map(|fact| {
        let (booked, pinned) = match &fact.evento {
            Event::Opened(ticket) => (ticket.visita.as_ref()?, false),
            Event::Pinned(booked) => (booked, true),
            event => (booked(event)?, false),
        };
        (booked == visit).then_some((fact.cuando, pinned))
    });
    given.map(|(at, pinned)| (at, visit, pinned))
}

fn booked(event: &Event) -> Option<&Visit> {
    if let Event::Booked(visit) = event { Some(visit) } else { None }
}

fn why(
    store: &Store,
    office: &Office,
    ticket: &Ticket,
    (at, visit, pinned): (Timestamp, &Visit, bool),
) -> Result<Vec<Step>> {
    let then = store.visited_then(at, visit.end, at, ticket.id)?;
    let agenda: Agenda = then.iter().filter(|other| other.id != ticket.id).filter_map(Booked::of).collect();
    let (load, away) = (store.load_before(ticket.id)?, store.away(at)?);
    let ask = Request {
        office,
        now: at,
        from: at,
        categoria: &ticket.categoria,
        prioridad: ticket.prioridad,
        place: Place::of(&ticket.ubicacion),
        agenda: &agenda,
        load: &load,
        away: &away,
    };
    Ok(reasons::visit(&ask, visit, pinned))
}

/// The terms of a case, with what does not count.
pub(crate) fn terms(office: &Office, case: &Case, now: Timestamp) -> Vec<Plazo> {
    let facts: Vec<(Timestamp, &Event)> = case.hechos.iter().map(|fact| (fact.cuando, &fact.evento)).collect();
    let is_order = |mail: &&LedgerMail| {
        let is_refused = mail.motivo.as_ref().is_some_and(|why| why.contains(REFUSED));
        mail.destino == Some(Disposition::Comando) && !is_refused
    };
    let mails: Vec<i64> = case.correos.iter().filter(is_order).map(|mail| mail.row).collect();
    let orders = case.hechos.iter().filter(|fact| match (fact.correo, &fact.evento) {
        (Some(row), _) => mails.contains(&row),
        (None, Event::Noted { texto }) => texto.starts_with(TOLD),
        (None, _) => false,
    });
    let orders: Vec<Timestamp> = orders.map(|fact| fact.cuando).collect();
    account::terms(office, &case.ticket, &facts, &orders, now)
}

fn step(plazo: &Plazo) -> Step {
    Step { titulo: format!("Plazo: {}", plazo.nombre), lineas: plazo.pasos.clone() }
}

fn draw(ticket: &Ticket, steps: &[Step]) -> String {
    let head = format!("{}  {}", paint(BOLD, &ticket.id.to_string()), plain(&ticket.asunto));
    let columns = usize::from(width()).saturating_sub(2);
    let part = |(n, step): (usize, &Step)| {
        let lines = step.lineas.iter().flat_map(|line| wrap(&plain(line), columns));
        let lines: String = lines.map(|line| format!("\n  {line}")).collect();
        format!("{}{lines}", paint(BOLD, &format!("{n}. {}", step.titulo)))
    };
    let parts: Vec<String> = [head].into_iter().chain((1..).zip(steps).map(part)).collect();
    parts.join("\n\n")
}
