//! The guests' calendars follow the visit: whatever a decision did to it goes along with the letters that tell of it.
//!
//! What the calendars show is a fact of the ticket. Here it is held against the visit as the decision leaves it, so that no
//! place that books, moves or drops a visit has to think of calendars.
use crate::desk::blanks;
use crate::desk::case::Case;
use crate::desk::decision::{Blanks, Decision, Form, Letter, Office};
use crate::desk::manners;
use crate::desk::wording;
use crate::ical::entry::{Entry, Guest, Invitation, Method};
use crate::mail::message::{Address, MessageId};
use crate::office::fields::Origen;
use crate::office::people::Person;
use crate::reading::note::Kind;
use crate::ticket::cita::Invited;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Minutes before a visit at which a calendar reminds of it.
const ALARM: u32 = 30;
/// Characters of the problem that a technician's calendar repeats.
const ECHO: usize = 200;

/// Where it takes place for who asked, when nobody comes.
const BY_TELEPHONE: &str = "De forma remota: le llamaremos a esta hora";

/// What a settlement looks at beside the decision.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    pub office: &'a Office,
    pub now: Timestamp,
    /// Message-IDs that the requester knows of the ticket, oldest first.
    pub thread: &'a [MessageId],
    /// May a letter be written for the calendar alone, where no other goes to that guest?
    pub to_technician: bool,
    pub to_requester: bool,
}

/// The decision of a mail, with what it means for calendars.
pub fn invite(case: Case<'_>, mut decision: Decision) -> Decision {
    let s = case.situation;
    let ids: BTreeSet<TicketId> = decision.facts.iter().map(|(id, _)| *id).collect();
    for id in ids {
        let opened = decision.facts.iter().find_map(|(of, event)| match event {
            Event::Opened(ticket) if *of == id => Some((**ticket).clone()),
            _ => None,
        });
        let known = s.ticket.iter().chain(&s.papers.cases).chain(&s.papers.visits).find(|ticket| ticket.id == id);
        let Some(before) = opened.or_else(|| known.cloned()) else { continue };
        let own = before.solicitante == case.mail.from.correo;
        let post = Post {
            office: case.office,
            now: case.now,
            thread: &s.thread,
            to_technician: !manners::is_flooded(s),
            to_requester: !manners::is_flooded(s) && (!own || case.silence().is_none()),
        };
        settle(post, &before, &mut decision);
    }
    decision
}

/// Brings the calendars into line with what the decision made of this ticket, which is given as it was before.
pub fn settle(post: Post<'_>, before: &Ticket, decision: &mut Decision) {
    let facts = decision.facts.iter().filter(|(id, _)| *id == before.id);
    let after = facts.fold(before.clone(), |ticket, (_, event)| ticket.apply(event));
    let (was, is) = (before.coming(post.now), after.coming(post.now));
    let shown = after.seguimiento.cita.as_ref().map(|cita| &cita.invited);
    let shown = shown.filter(|invited| invited.visita.as_ref().is_some_and(|visit| visit.end > post.now));
    let invited = match (is, shown) {
        (Some(visit), Some(shown)) if shown.visita.as_ref() == Some(visit) && !is_elsewhere(post.office, &after) => {
            None
        }
        (Some(visit), Some(shown)) => moved(post, &after, shown, visit, &mut decision.letters),
        (Some(visit), None) if was != is => announced(post, &after, visit, &mut decision.letters),
        (None, Some(shown)) => cancelled(post, &after, shown, &mut decision.letters),
        (Some(_) | None, None) => None,
    };
    decision.facts.extend(invited.map(|invited| (after.id, Event::Invited(Box::new(invited)))));
}

/// Is it to take place somewhere else than the calendars show?
pub fn is_elsewhere(office: &Office, ticket: &Ticket) -> bool {
    let shown = ticket.seguimiento.cita.as_ref().and_then(|cita| cita.invited.lugar.as_deref());
    shown.is_some_and(|shown| shown != whereabouts(office, ticket).unwrap_or_default())
}

/// What the passing of time finds: somebody corrected the place of a coming visit without writing a mail.
pub fn overdue(office: &Office, now: Timestamp, ticket: &Ticket) -> bool {
    ticket.coming(now).is_some_and(|visit| visit.start > now) && is_elsewhere(office, ticket)
}

fn announced(post: Post<'_>, ticket: &Ticket, visit: &Visit, letters: &mut Vec<Letter>) -> Option<Invited> {
    let uid = uid(post, ticket, visit);
    let invited = Invited { uid, secuencia: 0, visita: Some(visit.clone()), lugar: None, invitados: Vec::new() };
    shown(post, ticket, visit, invited, letters)
}

/// The same appointment at another hour, or with another technician: who no longer goes loses it.
fn moved(
    post: Post<'_>,
    ticket: &Ticket,
    before: &Invited,
    visit: &Visit,
    letters: &mut Vec<Letter>,
) -> Option<Invited> {
    let mut invited =
        Invited { secuencia: before.secuencia.saturating_add(1), visita: Some(visit.clone()), ..before.clone() };
    let old = before.visita.as_ref().filter(|old| old.tecnico != visit.tecnico);
    let old = old.and_then(|old| post.office.people.by_usuario(&old.tecnico));
    if let (Some(old), Some(was)) = (old.filter(|old| old.correo != ticket.solicitante), &before.visita)
        && before.invitados.contains(&old.correo)
    {
        take_away(post, ticket, &invited, was, &old.correo, letters);
        invited.invitados.retain(|correo| *correo != old.correo);
    }
    shown(post, ticket, visit, invited, letters)
}

/// Puts the visit into the letters of its guests. `None` when none of them gets one.
fn shown(
    post: Post<'_>,
    ticket: &Ticket,
    visit: &Visit,
    mut invited: Invited,
    letters: &mut Vec<Letter>,
) -> Option<Invited> {
    let technician = post.office.people.by_usuario(&visit.tecnico).filter(|person| person.active);
    let requester = requester(post.office, ticket).filter(|to| technician.is_none_or(|p| p.correo != to.correo));
    let motivo = is_elsewhere(post.office, ticket).then(|| "Cambió el lugar de la cita.".to_owned());
    invited.lugar = Some(whereabouts(post.office, ticket).unwrap_or_default());
    let guests: Vec<Guest> =
        requester.iter().map(guest).chain(technician.map(|p| guest(&blanks::address(p)))).collect();
    let mut told = false;
    if let Some(person) = technician {
        let own = || {
            let blanks = blanks::for_technician(post.office, ticket, person, post.now);
            let blanks = Blanks { motivo: motivo.clone(), ..blanks };
            blanks::tell(Form::Cita, ticket, blanks::address(person), post.thread.get(..1).unwrap_or_default(), blanks)
        };
        let entry = entry(post, ticket, &invited, visit, for_technician(post.office, ticket), guests.clone());
        let letter = own_letter(letters, ticket, &person.correo, post.to_technician.then_some(own));
        told |= enclose(letter, Method::Request, entry, &mut invited);
    }
    if let Some(to) = requester {
        let entry = entry(post, ticket, &invited, visit, for_requester(post.office, ticket, technician), guests);
        // Of another hour he hears by other letters; one of its own would tell him nothing that he was not to be spared. Of
        // another place he hears by this alone.
        let own = || {
            let blanks = blanks::of(post.office, ticket, post.now);
            let blanks =
                Blanks { saludo: blanks::greeting(post.office, ticket, &to), motivo: motivo.clone(), ..blanks };
            blanks::tell(Form::Cita, ticket, to.clone(), post.thread, blanks)
        };
        let may = post.to_requester && motivo.is_some();
        let letter = own_letter(letters, ticket, &to.correo, may.then_some(own));
        told |= enclose(letter, Method::Request, entry, &mut invited);
    }
    told.then_some(invited)
}

/// Out of the calendars of all who had it; a visit that has begun stays where it was.
fn cancelled(post: Post<'_>, ticket: &Ticket, before: &Invited, letters: &mut Vec<Letter>) -> Option<Invited> {
    let visit = before.visita.as_ref().filter(|visit| visit.start > post.now)?;
    let invited = Invited { secuencia: before.secuencia.saturating_add(1), visita: None, ..before.clone() };
    for correo in &before.invitados {
        take_away(post, ticket, &invited, visit, correo, letters);
    }
    Some(invited)
}

fn take_away(
    post: Post<'_>,
    ticket: &Ticket,
    invited: &Invited,
    visit: &Visit,
    correo: &str,
    letters: &mut Vec<Letter>,
) {
    let technician = post.office.people.people.iter().find(|person| person.correo == *correo);
    let to = match technician {
        Some(person) => blanks::address(person),
        None => Address { correo: correo.to_owned(), nombre: None },
    };
    // Who has left the office hears no more of its cases.
    if technician.is_some_and(|person| !person.active) {
        return;
    }
    let says = match technician {
        Some(_) => for_technician(post.office, ticket),
        None => for_requester(post.office, ticket, None),
    };
    // What is taken away needs no more than its name.
    let says = Says { location: None, description: String::new(), ..says };
    let entry = entry(post, ticket, invited, visit, says, vec![guest(&to)]);
    let may = if technician.is_some() { post.to_technician } else { post.to_requester };
    let own = || {
        let blanks = match technician {
            Some(person) => blanks::for_technician(post.office, ticket, person, post.now),
            None => {
                let saludo = blanks::greeting(post.office, ticket, &to);
                Blanks { saludo, ..blanks::of(post.office, ticket, post.now) }
            }
        };
        let thread = if technician.is_some() { post.thread.get(..1).unwrap_or_default() } else { post.thread };
        // Who goes in his place, where somebody does.
        let quien = invited.visita.as_ref().and_then(|visit| post.office.people.by_usuario(&visit.tecnico));
        let blanks = Blanks { quien: quien.map(|person| person.nombre.clone()), ..blanks };
        blanks::tell(Form::Cita, ticket, to.clone(), thread, Blanks { cuando: None, ..blanks })
    };
    enclose(own_letter(letters, ticket, correo, may.then_some(own)), Method::Cancel, entry, &mut invited.clone());
}

/// The letter about this ticket that goes to the guest and has nothing for his calendar yet; else one of its own.
fn own_letter<'a>(
    letters: &'a mut Vec<Letter>,
    ticket: &Ticket,
    correo: &str,
    own: Option<impl FnOnce() -> Letter>,
) -> Option<&'a mut Letter> {
    let is_his = |letter: &Letter| {
        letter.about == Some(ticket.id) && letter.to.correo == correo && letter.blanks.calendario.is_none()
    };
    if let Some(at) = letters.iter().position(is_his) {
        return letters.get_mut(at);
    }
    letters.push(own?());
    letters.last_mut()
}

fn enclose(letter: Option<&mut Letter>, method: Method, entry: Entry, invited: &mut Invited) -> bool {
    let Some(letter) = letter else { return false };
    letter.blanks.calendario = Some(Invitation { method, entry });
    if !invited.invitados.contains(&letter.to.correo) {
        invited.invitados.push(letter.to.correo.clone());
    }
    true
}

/// What an appointment says beside its hour.
struct Says {
    summary: String,
    location: Option<String>,
    description: String,
}

fn entry(post: Post<'_>, ticket: &Ticket, invited: &Invited, visit: &Visit, says: Says, guests: Vec<Guest>) -> Entry {
    Entry {
        uid: invited.uid.clone(),
        sequence: invited.secuencia,
        stamp: post.now,
        start: visit.start,
        end: visit.end,
        summary: format!("{} ({})", says.summary, ticket.id),
        location: says.location,
        description: says.description,
        organizer: Guest { correo: post.office.mailbox.clone(), nombre: Some("Mesa de Ayuda TIC".to_owned()) },
        guests,
        alarm: Some(ALARM),
    }
}

/// A technician's visit for the calendar that he subscribes to: nobody is asked whether he comes.
pub fn published(office: &Office, ticket: &Ticket, visit: &Visit, now: Timestamp) -> Entry {
    let shown = ticket.seguimiento.cita.as_ref().map(|cita| &cita.invited);
    let host = office.mailbox.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let invited = Invited {
        uid: shown.map_or_else(|| format!("visita-{}@{host}", ticket.id), |invited| invited.uid.clone()),
        secuencia: shown.map_or(0, |invited| invited.secuencia),
        visita: Some(visit.clone()),
        lugar: None,
        invitados: Vec::new(),
    };
    let post = Post { office, now, thread: &[], to_technician: false, to_requester: false };
    entry(post, ticket, &invited, visit, for_technician(office, ticket), Vec::new())
}

fn for_requester(office: &Office, ticket: &Ticket, technician: Option<&Person>) -> Says {
    let who = technician.map(|person| format!("Lo atenderá: {}\n", person.nombre)).unwrap_or_default();
    let description = format!(
        "{who}Caso: {}\nSi no puede a esa hora, rechace esta cita o proponga otra hora, y le ofreceremos las que estén libres. \
         También puede responder al correo de su caso.",
        ticket.id
    );
    let what = if office.is_remote(&ticket.categoria) { "Soporte de forma remota" } else { "Visita de soporte" };
    let location = whereabouts(office, ticket);
    Says { summary: format!("{what}: {}", titulo(office, ticket)), location, description }
}

/// Where it takes place for who asked.
fn whereabouts(office: &Office, ticket: &Ticket) -> Option<String> {
    if office.is_remote(&ticket.categoria) { Some(BY_TELEPHONE.to_owned()) } else { place(ticket) }
}

/// What he needs to go there. No note of the office: a calendar is seen over many shoulders.
fn for_technician(office: &Office, ticket: &Ticket) -> Says {
    let said = [
        ("Persona", ticket.contacto.nombre.as_deref().map(wording::name)),
        ("Teléfono", wording::telefono(&ticket.contacto)),
        ("Prioridad", Some(wording::prioridad(ticket.prioridad).to_owned())),
        ("Problema", Some(wording::line(&ticket.problema, ECHO))),
    ];
    let lines = said.into_iter().filter_map(|(label, value)| Some(format!("{label}: {}", value?)));
    let what = if office.is_remote(&ticket.categoria) { "De forma remota" } else { "Visita" };
    Says {
        summary: format!("{what}: {}", titulo(office, ticket)),
        location: place(ticket),
        description: lines.collect::<Vec<_>>().join("\n"),
    }
}

fn titulo(office: &Office, ticket: &Ticket) -> String {
    office.work.get(&ticket.categoria).map_or_else(|| ticket.categoria.0.replace('_', " "), |work| work.titulo.clone())
}

/// «Secretaría de Hacienda, piso 2»; nothing that leads anywhere else.
fn place(ticket: &Ticket) -> Option<String> {
    let parts = [ticket.dependencia.as_ref().map(|d| d.0.clone()), wording::lugar(&ticket.ubicacion)];
    let said = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let said = if ticket.origen == Origen::Externa { wording::without_links(&said) } else { said };
    Some(wording::line(&said, 200)).filter(|place| !place.is_empty())
}

/// Who asked, where he can be written to and is no machine.
fn requester(office: &Office, ticket: &Ticket) -> Option<Address> {
    let correo = ticket.solicitante.as_str();
    if !manners::is_readable(office, correo) || ticket.clase == Kind::Alarma.word() {
        return None;
    }
    let to = ticket.requester();
    Some(Address { nombre: to.nombre.as_deref().map(wording::name), ..to })
}

fn guest(address: &Address) -> Guest {
    Guest { correo: address.correo.clone(), nombre: address.nombre.clone() }
}

/// «visita-TIC-2026-00017.5f3a…@magdalena.gov.co». What follows the number hangs on the words of the case and the instant:
/// nobody who has not seen the invitation can name it.
fn uid(post: Post<'_>, ticket: &Ticket, visit: &Visit) -> String {
    let host = post.office.mailbox.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let Ticket { id, solicitante, asunto, problema, abierto, .. } = ticket;
    let seed = format!(
        "{id}\n{solicitante}\n{asunto}\n{problema}\n{abierto}\n{}\n{}\n{}",
        post.now, visit.start, visit.tecnico
    );
    let word: String = format!("{:x}", Sha256::digest(seed.as_bytes())).chars().take(24).collect();
    format!("visita-{id}.{word}@{host}")
}
