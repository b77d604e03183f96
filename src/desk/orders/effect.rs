//! What each order does, given the case as the orders before it left it.
use crate::desk::correct;
use crate::desk::orders::bench::{Bench, Effect};
use crate::desk::orders::contact;
use crate::desk::orders::joining;
use crate::desk::orders::own;
use crate::desk::orders::visit;
use crate::desk::orders::waiting;
use crate::desk::wording;
use crate::office::fields::Campo;
use crate::office::people::Person;
use crate::reading::command::Command;
use crate::spanish::duration::{self, NoDuration};
use crate::spanish::fold::fold;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::seguimiento::Causa;

/// The error is for who gave the order, in Spanish.
pub fn effect(bench: Bench<'_>, command: &Command, ticket: &Ticket) -> Result<Effect, String> {
    let corrected = |campo, valor: &str| {
        correct::correct(bench.case.office, ticket, campo, Some(valor), bench.actor.usuario).map(Effect::from)
    };
    match command {
        Command::Estado(estado) => moved(ticket, *estado, None),
        Command::Resuelto(text) => moved(ticket, Estado::Resuelto, text.as_ref()),
        Command::Cerrar(reason) => moved(ticket, Estado::Cerrado, reason.as_ref()),
        Command::Espera(text) => waiting::wait(bench, ticket, text),
        Command::Nota(texto) => Ok(Event::Noted { texto: wording::kept(texto) }.into()),
        Command::Asignar(who) => assign(bench, ticket, who).map(Effect::from),
        Command::Programar(when) => visit::book(bench, ticket, when),
        Command::Prioridad(prioridad) => corrected(Campo::Prioridad, prioridad.word()),
        Command::Categoria(categoria) => corrected(Campo::Categoria, &categoria.0),
        Command::Dependencia(name) => corrected(Campo::Dependencia, name),
        Command::Ubicacion(place) => corrected(Campo::Ubicacion, place),
        Command::Contacto(data) => contact::correct_all(bench, ticket, data),
        Command::Equipo(tag) => Ok(Event::Tagged { placa: wording::line(tag, 40) }.into()),
        Command::Tiempo(length) => spent(bench, length),
        Command::Plantilla(name) => template(bench, name),
        Command::Separar => joining::split(bench, ticket),
        Command::Fusionar(other) => joining::merge(bench, ticket, other.in_year(ticket.id.year)),
        Command::Aprobar => approve(bench, ticket),
        Command::Devolver(reason) => give_back(bench, ticket, reason),
        Command::Ver => own::whole(bench, ticket),
        Command::Agenda => own::agenda(bench),
        Command::Ausente(days) => own::away(bench, days),
        Command::Ayuda => own::help(bench),
    }
}

/// An order that needs no case.
pub fn own(bench: Bench<'_>, command: &Command) -> Result<Effect, String> {
    match command {
        Command::Agenda => own::agenda(bench),
        Command::Ausente(days) => own::away(bench, days),
        Command::Ayuda => own::help(bench),
        _ => Err("esa orden es de un caso; responda a la carta del caso".to_owned()),
    }
}

fn moved(ticket: &Ticket, estado: Estado, motivo: Option<&String>) -> Result<Effect, String> {
    if ticket.estado == estado {
        let texto = motivo.map(|text| Event::Noted { texto: wording::kept(text) });
        return Ok(texto.into_iter().collect::<Vec<_>>().into());
    }
    if !ticket.estado.may_become(estado) {
        return Err(format!("el caso está «{}» y de ahí no puede pasar a «{estado}»", ticket.estado));
    }
    Ok(Event::Moved { estado, motivo: motivo.map(|text| wording::kept(text)) }.into())
}

/// The ticket to somebody else.
fn assign(bench: Bench<'_>, ticket: &Ticket, who: &str) -> Result<Vec<Event>, String> {
    let person = whom(bench, who)?;
    open(ticket)?;
    if ticket.tecnico.as_ref() == Some(&person.usuario) {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::Assigned { tecnico: person.usuario.clone() }];
    if ticket.estado == Estado::Nuevo {
        events.push(Event::Moved { estado: Estado::Asignado, motivo: None });
    }
    Ok(events)
}

/// Somebody active of the roster: by usuario, by address, or by as much of the name as only one has.
fn whom<'a>(bench: Bench<'a>, who: &str) -> Result<&'a Person, String> {
    let people = &bench.case.office.people;
    let said = who.trim().trim_start_matches('@');
    if let (Some(person), "yo" | "mi" | "me") = (bench.actor.person, fold(said).as_str()) {
        return Ok(person);
    }
    if let Some(person) = people.by_usuario(said).filter(|p| p.active).or_else(|| people.who(said)) {
        return Ok(person);
    }
    let words: Vec<String> = fold(said).split_whitespace().map(str::to_owned).collect();
    let active = || people.people.iter().filter(|p| p.active);
    let named = |person: &&Person| {
        let name = fold(&person.nombre);
        words.iter().all(|word| name.split_whitespace().any(|part| part == word))
    };
    let found: Vec<&Person> = if words.is_empty() { Vec::new() } else { active().filter(named).collect() };
    let names = |people: &[&Person]| people.iter().map(|p| p.usuario.as_str()).collect::<Vec<_>>().join(", ");
    match found.as_slice() {
        [person] => Ok(person),
        [] => Err(format!("no es nadie de la oficina; escriba uno de estos: {}", names(&active().collect::<Vec<_>>()))),
        several => Err(format!("puede ser más de una persona; escriba uno de estos: {}", names(several))),
    }
}

fn spent(bench: Bench<'_>, length: &str) -> Result<Effect, String> {
    let quien = bench.actor.usuario.to_owned();
    match duration::minutes(length) {
        Ok(minutos) => Ok(Event::Spent { minutos, quien }.into()),
        Err(NoDuration::TooLong) => Err("no se anotan más de 24 horas de una vez".to_owned()),
        Err(NoDuration::Nothing | NoDuration::Unclear) => {
            Err("no es una duración; se escribe así: #tiempo 1 h 30 min".to_owned())
        }
    }
}

/// The office's own words go into the letter to the person who asked; here only that they go.
fn template(bench: Bench<'_>, name: &str) -> Result<Effect, String> {
    let wanted = fold(name).replace([' ', '-'], "_");
    let known = &bench.case.office.plantillas;
    if known.contains(&wanted) {
        let texto = format!("plantilla «{wanted}»");
        return Ok(Event::Said { quien: bench.actor.usuario.to_owned(), texto }.into());
    }
    if known.is_empty() {
        return Err("la oficina no tiene plantillas (carpeta cartas/plantillas de las reglas)".to_owned());
    }
    Err(format!("no hay esa plantilla; hay estas: {}", known.join(", ")))
}

/// What waited for it goes on.
fn approve(bench: Bench<'_>, ticket: &Ticket) -> Result<Effect, String> {
    open(ticket)?;
    let mut events = vec![Event::Approved { quien: bench.actor.usuario.to_owned() }];
    if ticket.seguimiento.espera.as_ref().is_some_and(|espera| espera.causa == Causa::Aprobacion) {
        events.push(Event::Moved { estado: Estado::EnProceso, motivo: None });
    }
    Ok(events.into())
}

fn open(ticket: &Ticket) -> Result<(), String> {
    if ticket.estado.is_open() {
        return Ok(());
    }
    Err(format!("el caso está «{}»; primero reábralo con #estado reabierto", ticket.estado))
}

/// Back to who asked: the case waits for him.
fn give_back(bench: Bench<'_>, ticket: &Ticket, reason: &str) -> Result<Effect, String> {
    open(ticket)?;
    let motivo = wording::kept(reason);
    let back = Event::Returned { quien: bench.actor.usuario.to_owned(), motivo: motivo.clone() };
    Ok(vec![back, Event::Waiting { causa: Causa::Usuario, hasta: None, detalle: Some(motivo) }].into())
}
