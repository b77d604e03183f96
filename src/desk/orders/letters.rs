//! Who hears of a batch of orders: the person who asked, the technicians, and who gave the orders.
use crate::desk::blanks;
use crate::desk::case::Case;
use crate::desk::decision::{Blanks, Form, Letter};
use crate::desk::manners;
use crate::desk::orders::bench::Bench;
use crate::desk::orders::waiting;
use crate::desk::wording;
use crate::mail::message::Address;
use crate::office::people::Person;
use crate::reading::command::order::Command;
use crate::reading::command::sheet::Sheet;
use crate::reading::note::Kind;
use crate::spanish::fold::fold;
use crate::ticket::facts::{Event, Ticket};

/// People of merged cases that hear of this one.
const OTHERS: usize = 10;
/// Characters of what the person who asked reads.
const SAID: usize = 2000;

/// What a batch did to a ticket.
pub struct Done<'a> {
    pub before: &'a Ticket,
    pub after: &'a Ticket,
    pub events: Vec<&'a Event>,
    pub sheet: &'a Sheet,
}

/// All of them, and the lines for who gave the orders: those of the orders, then who reads the text beside them.
pub fn letters(bench: Bench<'_>, done: &Done<'_>, mut lines: Vec<String>) -> Vec<Letter> {
    let Bench { case, actor } = bench;
    let mut letters = to_requester(bench, done);
    let read: Vec<&str> = letters.iter().map(|letter| letter.to.correo.as_str()).collect();
    if comment(done.sheet).is_some() {
        lines.push(match read.is_empty() {
            true => "El texto que escribió junto a las órdenes quedó en el caso; no se le envió a nadie.".to_owned(),
            false => format!("El texto que escribió junto a las órdenes lo recibe {}.", read.join(" y ")),
        });
    } else if noted_beside(done.sheet) {
        lines.push("El texto que escribió junto a la nota lo lee solo la oficina.".to_owned());
    }
    letters.extend(to_technicians(bench, done));
    if let (Some(person), false, None) = (actor.person, lines.is_empty(), case.silence()) {
        letters.push(transcript(case, done.after, person, None, lines));
    }
    letters
}

/// What became of the orders. `motivo` only when none was applied.
pub fn transcript(
    case: Case<'_>,
    ticket: &Ticket,
    person: &Person,
    motivo: Option<String>,
    lines: Vec<String>,
) -> Letter {
    let blanks = Blanks { motivo, detalle: lines, ..blanks::for_technician(case.office, ticket, person, case.now) };
    let letter = blanks::answer(Form::Ordenes, ticket, case.mail, blanks);
    Letter { to: blanks::address(person), ..letter }
}

fn to_technicians(bench: Bench<'_>, done: &Done<'_>) -> Vec<Letter> {
    let Bench { case, actor } = bench;
    let (before, after) = (done.before, done.after);
    let thread = &case.situation.thread;
    let news = |person: &Person, said| blanks::news(case.office, after, person, thread, case.now, said, &[]);
    if before.tecnico == after.tecnico {
        let told = case.in_charge(after).filter(|person| !actor.is(person));
        let said = || (actor.nombre.to_owned(), case.reading.texto_nuevo.clone());
        return told.map(|person| news(person, said())).into_iter().collect();
    }
    let new = case.in_charge(after).filter(|person| !actor.is(person));
    let given = new.map(|person| blanks::assignment(case.office, after, person, thread, case.now));
    let old = case.in_charge(before).filter(|person| !actor.is(person));
    let taken = old.map(|person| {
        let whose = case.in_charge(after).map_or("otra persona de la oficina", |p| p.nombre.as_str());
        let said = format!("El caso pasó a cargo de {whose}. Usted ya no tiene que atenderlo.");
        let mut letter = news(person, (String::new(), said));
        letter.blanks.cuando = None;
        letter
    });
    given.into_iter().chain(taken).collect()
}

/// One letter, however many changes: none to a machine, to nobody, or to who made them. Who asked in a case that was joined
/// to this one hears of it as well.
fn to_requester(bench: Bench<'_>, done: &Done<'_>) -> Vec<Letter> {
    let Bench { case, actor } = bench;
    let after = done.after;
    let Some(estado) = news(done) else { return Vec::new() };
    let reachable = |to: &Address| {
        let is_actor = actor.person.is_some_and(|person| person.correo == to.correo);
        manners::is_readable(case.office, &to.correo) && !is_actor && after.clase != Kind::Alarma.word()
    };
    let others = after.seguimiento.tambien.iter().map(|correo| after.party(correo));
    let all = std::iter::once(after.requester()).chain(others).take(OTHERS);
    let letter = |to: Address| {
        let blanks = Blanks {
            saludo: blanks::greeting(case.office, after, &to),
            estado: estado.clone(),
            motivo: reason(done),
            plantilla: template(done),
            ..blanks::of(case.office, after, case.now)
        };
        blanks::tell(Form::Estado, after, to, &case.situation.thread, blanks)
    };
    all.filter(reachable).map(letter).collect()
}

/// What a letter to the person who asked is about; `None` when nothing is worth one.
fn news(done: &Done<'_>) -> Option<String> {
    let (before, after) = (done.before, done.after);
    if let Some(id) = after.seguimiento.fusionado.filter(|_| before.seguimiento.fusionado.is_none()) {
        return Some(format!("unido al caso {id}"));
    }
    let waits = before.seguimiento.espera != after.seguimiento.espera && after.seguimiento.espera.is_some();
    if before.estado != after.estado || waits {
        return Some(after.estado.to_string());
    }
    if before.tecnico != after.tecnico || before.visita != after.visita {
        return Some("con otra hora".to_owned());
    }
    let approved = before.seguimiento.concepto != after.seguimiento.concepto;
    let written = comment(done.sheet).is_some() || template(done).is_some() || approved;
    written.then(|| "con un mensaje".to_owned())
}

fn template(done: &Done<'_>) -> Option<String> {
    done.sheet.orders.iter().flatten().find_map(|command| {
        if let Command::Plantilla(name) = command { Some(fold(name).replace([' ', '-'], "_")) } else { None }
    })
}

/// What the person reads: the words of the orders that are for him, and the text beside them. Never a note: those are no
/// such words, and where there is one nothing below the orders is taken.
fn reason(done: &Done<'_>) -> Option<String> {
    let given = done.events.iter().filter_map(|event| match event {
        Event::Moved { motivo, .. } => motivo.clone(),
        Event::Waiting { causa, hasta, detalle } => Some(waiting::say(*causa, *hasta, detalle.as_deref())),
        Event::Approved { .. } => Some("La Oficina de las TIC aprobó lo que solicitó.".to_owned()),
        Event::Opened(_)
        | Event::Assigned { .. }
        | Event::Ranked { .. }
        | Event::Filed { .. }
        | Event::Booked(_)
        | Event::Pinned(_)
        | Event::Completed(_)
        | Event::Corrected(_)
        | Event::Received { .. }
        | Event::Undelivered { .. }
        | Event::Noted { .. }
        | Event::Tagged { .. }
        | Event::Spent { .. }
        | Event::Returned { .. }
        | Event::Merged { .. }
        | Event::Absorbed { .. }
        | Event::Split { .. }
        | Event::Unproven(_)
        | Event::Linked { .. }
        | Event::Rated { .. }
        | Event::Confirmed { .. }
        | Event::Released { .. }
        | Event::Invited(_)
        | Event::Answered { .. }
        | Event::Said { .. } => None,
    });
    let texts: Vec<String> = given.chain(comment(done.sheet)).collect();
    Some(wording::block(&texts.join("\n\n"), SAID)).filter(|text| !text.is_empty())
}

/// The text beside the orders that is for the person who asked; a greeting or a thank-you alone is none.
pub fn comment(sheet: &Sheet) -> Option<String> {
    let parts = [sheet.above.as_str(), sheet.below.as_str()];
    let said: Vec<&str> = parts.into_iter().map(str::trim).filter(|part| says_something(part)).collect();
    Some(said.join("\n\n")).filter(|text| !text.is_empty())
}

fn noted_beside(sheet: &Sheet) -> bool {
    let is_note = |command: &Command| matches!(command, Command::Nota(_));
    sheet.orders.iter().flatten().any(is_note) && sheet.hidden
}

/// Words of courtesy, without which a text must still have some left.
const COURTESY: &[&str] = &[
    "buenos",
    "buenas",
    "buen",
    "dias",
    "dia",
    "tardes",
    "noches",
    "hola",
    "saludos",
    "cordial",
    "saludo",
    "gracias",
    "muchas",
    "cordialmente",
    "atentamente",
    "ok",
    "listo",
    "lista",
    "quedo",
    "atento",
    "atenta",
    "feliz",
    "tarde",
];

fn says_something(text: &str) -> bool {
    let folded = fold(text);
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| !COURTESY.contains(&word))
}
