//! A technician's visits of one day as he walks them: building by building, each visit one line that fits a telephone.
use crate::desk::decision::{Office, Seccion};
use crate::desk::vigil::Watched;
use crate::desk::wording;
use crate::office::fields::Prioridad;
use crate::spanish::when::{say_time, time_of};
use crate::ticket::facts::Ticket;
use crate::ticket::visit::{Place, Visit};

/// Characters of the problem, and of the place, on a line.
const PROBLEM: usize = 90;
const WHERE: usize = 80;

const CALLS: &str = "Llamadas";
const SOMEWHERE: &str = "Visitas: edificio sin precisar";

struct Stop<'a> {
    ticket: &'a Ticket,
    visit: &'a Visit,
    place: Place,
    remote: bool,
}

/// One part for each building, that of the first visit first, and one for the calls; the hours in order within each.
pub fn sections(office: &Office, cases: &[&Watched]) -> Vec<Seccion> {
    let mut stops: Vec<Stop<'_>> = cases.iter().filter_map(|case| stop(office, &case.ticket)).collect();
    stops.sort_by_key(|stop| (stop.visit.start, stop.ticket.id));
    let mut parts: Vec<(String, Vec<&Stop<'_>>)> = Vec::new();
    for stop in &stops {
        let title = title(stop, &stops);
        match parts.iter_mut().find(|(known, _)| *known == title) {
            Some((_, own)) => own.push(stop),
            None => parts.push((title, vec![stop])),
        }
    }
    let part = |(title, own): (String, Vec<&Stop<'_>>)| Seccion {
        titulo: format!("{title} ({})", own.len()),
        lineas: own.into_iter().map(|stop| line(office, stop, &stops)).collect(),
    };
    parts.into_iter().map(part).collect()
}

fn stop<'a>(office: &Office, ticket: &'a Ticket) -> Option<Stop<'a>> {
    Some(Stop {
        ticket,
        visit: ticket.visita.as_ref()?,
        place: Place::of(&ticket.ubicacion),
        remote: office.is_remote(&ticket.categoria),
    })
}

/// The building as the first of its visits writes it.
fn title(stop: &Stop<'_>, all: &[Stop<'_>]) -> String {
    if stop.remote {
        return CALLS.to_owned();
    }
    let same = all.iter().find(|other| !other.remote && other.place.edificio == stop.place.edificio);
    same.and_then(|other| building(other.ticket))
        .map_or_else(|| SOMEWHERE.to_owned(), |building| format!("Visitas: {building}"))
}

/// «Palacio»; «edificio 4-24» where it has a number for a name.
fn building(ticket: &Ticket) -> Option<String> {
    let name = wording::line(ticket.ubicacion.edificio.as_deref()?, WHERE);
    let is_number = name.starts_with(|c: char| c.is_ascii_digit());
    Some(if is_number { format!("edificio {name}") } else { name })
}

/// «8:00 a. m. TIC-2026-00005, prioridad alta. Rentas, Palacio, piso 2. Rosa Maestre, ext. 230. La impresora se atasca.»
fn line(office: &Office, stop: &Stop<'_>, all: &[Stop<'_>]) -> String {
    let ticket = stop.ticket;
    let pressing = match ticket.prioridad {
        Prioridad::Critica | Prioridad::Alta => format!(", prioridad {}", wording::prioridad(ticket.prioridad)),
        Prioridad::Media | Prioridad::Baja => String::new(),
    };
    let hour = say_time(time_of(stop.visit.start));
    let place = [ticket.dependencia.as_ref().map(|d| d.0.clone()), wording::lugar(&ticket.ubicacion)];
    let person = [ticket.contacto.nombre.as_deref().map(wording::name), wording::telefono(&ticket.contacto)];
    let parts = [
        Some(format!("{hour} {}{pressing}", ticket.id)),
        joined(place).filter(|_| !stop.remote).map(|place| wording::line(&place, WHERE)),
        joined(person),
        Some(wording::line(&ticket.problema, PROBLEM)),
        way(office, stop, all),
    ];
    let said: Vec<String> = parts.into_iter().flatten().map(|part| sentence(&part)).collect();
    said.join(" ")
}

fn joined(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Ended by a full stop, unless something ends it already.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', ']', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// He comes from another building.
fn way(office: &Office, stop: &Stop<'_>, all: &[Stop<'_>]) -> Option<String> {
    let earlier = all.iter().rev().filter(|other| !other.remote && other.visit.start < stop.visit.start);
    let last = earlier.into_iter().next().filter(|last| !stop.remote && last.place.is_far_from(&stop.place))?;
    let from = building(last.ticket)?;
    let from = if from.starts_with("edificio") { format!("del {from}") } else { format!("de {from}") };
    let minutes = office.service.travel;
    (minutes > 0).then(|| format!("Viene {from}: {minutes} minutos de camino"))
}
