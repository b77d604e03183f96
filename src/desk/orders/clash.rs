//! Orders that cannot hold together, and orders about a case that has moved on since their writer last saw it.
use crate::desk::chronicle;
use crate::desk::orders::bench::Bench;
use crate::desk::wording;
use crate::office::fields::Campo;
use crate::reading::command::{Command, Complaint};
use crate::spanish::fold::fold;
use crate::spanish::when::say_short;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};

/// What an order sets of a case; each can be set to one thing in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Estado,
    Tecnico,
    Cita,
    Prioridad,
    Categoria,
    Dependencia,
    Ubicacion,
    Concepto,
    Fusion,
}

/// The slot, and the value as far as it can be compared.
fn aim(command: &Command) -> Option<(Slot, String)> {
    let estado = |estado: Estado| (Slot::Estado, estado.word().to_owned());
    Some(match command {
        Command::Estado(value) => estado(*value),
        Command::Resuelto(_) => estado(Estado::Resuelto),
        Command::Cerrar(_) => estado(Estado::Cerrado),
        Command::Espera(_) => estado(Estado::EnEspera),
        Command::Asignar(who) => (Slot::Tecnico, fold(who)),
        Command::Programar(when) => (Slot::Cita, fold(when)),
        Command::Prioridad(value) => (Slot::Prioridad, value.word().to_owned()),
        Command::Categoria(value) => (Slot::Categoria, value.0.clone()),
        Command::Dependencia(name) => (Slot::Dependencia, fold(name)),
        Command::Ubicacion(place) => (Slot::Ubicacion, fold(place)),
        Command::Aprobar => (Slot::Concepto, "aprobar".to_owned()),
        Command::Devolver(_) => (Slot::Concepto, "devolver".to_owned()),
        Command::Fusionar(other) => (Slot::Fusion, other.to_string()),
        Command::Nota(_)
        | Command::Equipo(_)
        | Command::Tiempo(_)
        | Command::Contacto(_)
        | Command::Separar
        | Command::Plantilla(_)
        | Command::Ausente(_)
        | Command::Agenda
        | Command::Ver
        | Command::Ayuda => return None,
    })
}

/// For each order, whether another one of the mail says otherwise, or has said it already.
pub fn contradictions(orders: &[Result<Command, Complaint>]) -> Vec<Option<String>> {
    let aims: Vec<_> = orders.iter().map(|order| order.as_ref().ok().and_then(aim)).collect();
    let other = |at: usize| {
        let (slot, value) = aims.get(at)?.as_ref()?;
        let differs = |aim: &Option<(Slot, String)>| aim.as_ref().is_some_and(|(s, v)| s == slot && v != value);
        let rival = orders.get(aims.iter().position(differs)?)?.as_ref().ok()?;
        Some(format!("contradice a «{}»; deje una de las dos", wording::order(rival)))
    };
    (0..orders.len()).map(|at| other(at).or_else(|| repeated(orders, at))).collect()
}

/// What opens a case: said twice it would open two of the same mail.
fn repeated(orders: &[Result<Command, Complaint>], at: usize) -> Option<String> {
    let opens = |order: &Result<Command, Complaint>| matches!(order, Ok(Command::Separar));
    let is_second = orders.get(at).is_some_and(opens) && orders.iter().take(at).any(opens);
    is_second.then(|| "ya está en este correo".to_owned())
}

/// Somebody else has set the same since the letter that this mail answers was written: shown, not run.
pub fn overtaken(bench: Bench<'_>, command: &Command, ticket: &Ticket) -> Option<String> {
    let papers = &bench.case.situation.papers;
    let seen = papers.seen?;
    let (slot, value) = aim(command)?;
    if stands(ticket, slot) == Some(value) {
        return None;
    }
    let own = bench.actor.person.map(|person| person.correo.as_str());
    let mut later = papers.recent.iter().rev().filter(|fact| fact.orden > seen && fact.de.as_deref() != own);
    let fact = later.find(|fact| sets(&fact.evento) == Some(slot))?;
    let who = fact.de.as_ref().map(|de| format!(", por {de}")).unwrap_or_default();
    Some(format!(
        "mientras tanto el caso cambió ({}{who}: {}); si aún quiere hacerlo, responda a esta carta con la misma orden",
        say_short(fact.cuando),
        chronicle::tell(&fact.evento)
    ))
}

/// What the case has already.
fn stands(ticket: &Ticket, slot: Slot) -> Option<String> {
    match slot {
        Slot::Estado => Some(ticket.estado.word().to_owned()),
        Slot::Tecnico => ticket.tecnico.as_ref().map(|usuario| fold(usuario)),
        Slot::Prioridad => Some(ticket.prioridad.word().to_owned()),
        Slot::Categoria => Some(ticket.categoria.0.clone()),
        Slot::Dependencia => ticket.dependencia.as_ref().map(|d| fold(&d.0)),
        Slot::Ubicacion => ticket.ubicacion.texto.as_ref().map(|text| fold(text)),
        Slot::Cita | Slot::Concepto | Slot::Fusion => None,
    }
}

fn sets(event: &Event) -> Option<Slot> {
    match event {
        Event::Moved { .. } | Event::Waiting { .. } | Event::Merged { .. } => Some(Slot::Estado),
        Event::Assigned { .. } => Some(Slot::Tecnico),
        Event::Booked(_) | Event::Pinned(_) | Event::Released { .. } => Some(Slot::Cita),
        Event::Ranked { .. } => Some(Slot::Prioridad),
        Event::Filed { .. } => Some(Slot::Categoria),
        Event::Approved { .. } | Event::Returned { .. } => Some(Slot::Concepto),
        Event::Corrected(data) => match data.campo {
            Campo::Dependencia => Some(Slot::Dependencia),
            Campo::Ubicacion | Campo::Edificio | Campo::Piso | Campo::Oficina => Some(Slot::Ubicacion),
            Campo::Categoria => Some(Slot::Categoria),
            Campo::Prioridad => Some(Slot::Prioridad),
            Campo::Clase
            | Campo::Origen
            | Campo::Nombre
            | Campo::Telefono
            | Campo::Extension
            | Campo::Celular
            | Campo::Correo
            | Campo::Problema => None,
        },
        Event::Opened(_)
        | Event::Completed(_)
        | Event::Received { .. }
        | Event::Undelivered { .. }
        | Event::Noted { .. }
        | Event::Tagged { .. }
        | Event::Spent { .. }
        | Event::Absorbed { .. }
        | Event::Split { .. }
        | Event::Unproven(_)
        | Event::Linked { .. }
        | Event::Rated { .. }
        | Event::Confirmed { .. }
        | Event::Invited(_)
        | Event::Answered { .. }
        | Event::Said { .. } => None,
    }
}
