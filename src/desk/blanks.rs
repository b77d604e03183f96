//! A ticket put into the blanks of a letter.
use crate::desk::decision::{Blanks, Form, Letter, Office};
use crate::desk::history;
use crate::desk::offer;
use crate::desk::terms;
use crate::desk::wording;
use crate::mail::message::{Address, Mail, MessageId};
use crate::office::fields::{Origen, Prioridad};
use crate::office::people::Person;
use crate::spanish::when::{day_of, say_day, say_relative, say_span};
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use crate::ticket::visit::Visit;
use jiff::{SignedDuration, Timestamp};

/// Characters of the sender's words that a letter to him repeats.
const ECHO: usize = 600;
/// Characters that the technician gets to read.
const WHOLE: usize = 6000;

/// What any letter about a ticket may say.
pub fn of(office: &Office, ticket: &Ticket, now: Timestamp) -> Blanks {
    let person = |usuario: &String| {
        office.people.by_usuario(usuario).map_or_else(|| usuario.clone(), |person| person.nombre.clone())
    };
    // A visit that is over, or of a case that is, is promised to nobody.
    let visit = ticket.coming(now);
    Blanks {
        numero: ticket.id.to_string(),
        asunto: wording::line(&ticket.asunto, 120),
        problema: wording::line(&ticket.problema, ECHO),
        saludo: "Cordial saludo:".to_owned(),
        dependencia: ticket.dependencia.as_ref().map(|d| d.0.clone()),
        lugar: wording::lugar(&ticket.ubicacion),
        nombre: ticket.contacto.nombre.as_deref().map(wording::name),
        telefono: wording::telefono(&ticket.contacto),
        correo: ticket.contacto.correo.clone(),
        no_llega: ticket.seguimiento.no_llega.clone(),
        categoria: office.work.get(&ticket.categoria).map_or_else(|| ticket.categoria.0.clone(), |w| w.titulo.clone()),
        prioridad: wording::prioridad(ticket.prioridad).to_owned(),
        estado: ticket.estado.to_string(),
        tecnico: ticket.tecnico.as_ref().map(person),
        cuando: visit.map(|visit| say(visit, now)),
        urgente: ticket.prioridad == Prioridad::Critica && visit.is_some_and(|visit| is_now(visit, now)),
        relacionado: related(ticket).map(|id| id.to_string()),
        remota: office.is_remote(&ticket.categoria),
        externa: ticket.origen == Origen::Externa,
        vence: terms::legal(office, ticket)
            .map(|term| format!("{} ({} días hábiles, Ley 1755 de 2015)", say_day(term.last), term.days.len())),
        faltan: ticket.faltan.clone(),
        de_antes: history::remembered(ticket),
        del_directorio: history::looked_up(ticket),
        ..Blanks::default()
    }
}

/// The case that it goes with, or out of whose thread it was taken.
fn related(ticket: &Ticket) -> Option<TicketId> {
    ticket.seguimiento.relacionados.first().copied().or(ticket.seguimiento.sale_de)
}

/// What a technician reads: the words whole, with their lines.
pub fn for_technician(office: &Office, ticket: &Ticket, person: &Person, now: Timestamp) -> Blanks {
    Blanks {
        saludo: format!("Hola, {}:", person.nombre),
        problema: wording::block(&ticket.problema, WHOLE),
        ordenes: offer::offered(ticket, person),
        ..of(office, ticket, now)
    }
}

/// «mañana, jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m.»
pub fn say(visit: &Visit, now: Timestamp) -> String {
    let span = say_span(visit.start, visit.end);
    match say_relative(day_of(visit.start), day_of(now)) {
        Some("pasado mañana") | None => span,
        Some(word) => format!("{word}, {span}"),
    }
}

fn is_now(visit: &Visit, now: Timestamp) -> bool {
    visit.start <= now + SignedDuration::from_mins(15)
}

/// «Cordial saludo, María Ospino:»; without a name where the mailbox is shared or nobody signed.
pub fn greeting(office: &Office, ticket: &Ticket, writer: &Address) -> String {
    let own = ticket.contacto.correo.as_deref() == Some(writer.correo.as_str());
    let signed = ticket.contacto.nombre.as_deref().filter(|_| own);
    let escribe = ticket.seguimiento.escribe.as_deref().filter(|_| ticket.solicitante == writer.correo);
    let written = writer.nombre.as_deref().filter(|n| !n.contains(['@', ':']) && !n.trim().is_empty());
    match escribe.or(signed).or(written) {
        Some(name) if !office.people.is_shared(&writer.correo) => format!("Cordial saludo, {}:", wording::name(name)),
        Some(_) | None => "Cordial saludo:".to_owned(),
    }
}

/// Ids of the exchange that a letter continues, oldest first, the mail it answers last.
pub fn references(mail: &Mail) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    for id in mail.refs.iter().rev().chain(&mail.id) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

/// A letter that answers the mail.
pub fn answer(form: Form, ticket: &Ticket, mail: &Mail, blanks: Blanks) -> Letter {
    Letter {
        form,
        to: mail.from.clone(),
        about: Some(ticket.id),
        answers: mail.id.clone(),
        references: references(mail),
        blanks,
    }
}

/// A letter that nobody's mail asked for.
pub fn tell(form: Form, ticket: &Ticket, to: Address, thread: &[MessageId], blanks: Blanks) -> Letter {
    Letter { form, to, about: Some(ticket.id), answers: None, references: thread.to_vec(), blanks }
}

/// The case, to the person who has it now.
pub fn assignment(office: &Office, ticket: &Ticket, person: &Person, thread: &[MessageId], now: Timestamp) -> Letter {
    let root = thread.get(..1).unwrap_or_default();
    tell(Form::Asignacion, ticket, address(person), root, for_technician(office, ticket, person, now))
}

/// Something happened on the case, to the person who has it.
pub fn news(
    office: &Office,
    ticket: &Ticket,
    person: &Person,
    thread: &[MessageId],
    now: Timestamp,
    said: (String, String),
    detail: &[&str],
) -> Letter {
    let root = thread.get(..1).unwrap_or_default();
    let blanks = Blanks {
        quien: Some(said.0).filter(|who| !who.is_empty()),
        texto: Some(wording::block(&said.1, WHOLE)).filter(|text| !text.is_empty()),
        detalle: detail.iter().map(|line| (*line).to_owned()).collect(),
        ..for_technician(office, ticket, person, now)
    };
    tell(Form::Novedad, ticket, address(person), root, blanks)
}

pub fn address(person: &Person) -> Address {
    Address { correo: person.correo.clone(), nombre: Some(person.nombre.clone()) }
}
