//! Orders that change no case: the case complete, the list of orders, the own agenda, the own absence.
use crate::desk::blanks;
use crate::desk::chronicle;
use crate::desk::decision::{Away, Blanks, Form, Letter};
use crate::desk::notice;
use crate::desk::orders::bench::{Actor, Bench, Effect};
use crate::desk::wording;
use crate::office::people::Person;
use crate::reading::command::{Needs, VERBS};
use crate::spanish::date_range;
use crate::spanish::when::{day_of, say_day, say_short, say_span};
use crate::ticket::facts::Ticket;
use crate::ticket::visit::Visit;
use jiff::ToSpan;
use jiff::civil::Date;

/// Days that the letter of one's own visits looks ahead.
const AGENDA_DAYS: i64 = 7;

fn own<'a>(actor: Actor<'a>) -> Result<&'a Person, String> {
    actor.person.ok_or_else(|| "es una orden de alguien de la oficina, por correo".to_owned())
}

/// A letter to who asked for it.
fn answer(bench: Bench<'_>, person: &Person, form: Form, blanks: Blanks) -> Effect {
    let mail = bench.case.mail;
    let about = bench.case.situation.ticket.as_ref().map(|ticket| ticket.id);
    let letter = Letter {
        form,
        to: blanks::address(person),
        about,
        answers: mail.id.clone(),
        references: blanks::references(mail),
        blanks,
    };
    Effect { letters: vec![letter], ..Effect::default() }
}

pub fn whole(bench: Bench<'_>, ticket: &Ticket) -> Result<Effect, String> {
    let person = own(bench.actor)?;
    let past = bench.case.situation.papers.recent.iter();
    let detalle = past.map(|fact| format!("{}: {}", say_short(fact.cuando), chronicle::tell(&fact.evento))).collect();
    let blanks = Blanks {
        detalle,
        quien: Some(ticket.solicitante.clone()),
        ..blanks::for_technician(bench.case.office, ticket, person, bench.case.now)
    };
    Ok(answer(bench, person, Form::Caso, blanks))
}

pub fn help(bench: Bench<'_>) -> Result<Effect, String> {
    let person = own(bench.actor)?;
    let may = |needs| match needs {
        Needs::Caso | Needs::Propia => true,
        Needs::Delicada => bench.actor.is_head(),
    };
    let rows = VERBS.iter().filter(|verb| may(verb.needs));
    let detalle = rows.map(|verb| format!("{}: {}", verb.usage, verb.help)).collect();
    let known = bench.case.office.plantillas.join(", ");
    let blanks = Blanks { detalle, texto: Some(known).filter(|known| !known.is_empty()), ..greeted(person) };
    Ok(answer(bench, person, Form::Ayuda, blanks))
}

pub fn agenda(bench: Bench<'_>) -> Result<Effect, String> {
    let person = own(bench.actor)?;
    let today = day_of(bench.case.now);
    let last = today.saturating_add(AGENDA_DAYS.days());
    let blanks = Blanks { detalle: visits(bench, today, last), ..greeted(person) };
    Ok(answer(bench, person, Form::Agenda, blanks))
}

fn greeted(person: &Person) -> Blanks {
    Blanks { saludo: format!("Hola, {}:", person.nombre), ..Blanks::default() }
}

/// The actor's visits of these days, one a line.
fn visits(bench: Bench<'_>, first: Date, last: Date) -> Vec<String> {
    let booked = bench.case.situation.papers.visits.iter().filter_map(|ticket| Some((ticket, ticket.visita.as_ref()?)));
    let fits = |day: Date| first <= day && day <= last;
    let line = |(ticket, visit): (&Ticket, &Visit)| {
        let who =
            [ticket.contacto.nombre.clone(), wording::lugar(&ticket.ubicacion), wording::telefono(&ticket.contacto)];
        let who = who.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let (span, subject) = (say_span(visit.start, visit.end), wording::line(&ticket.asunto, 80));
        format!("{span}: {}, {subject}. {who}", ticket.id).trim_end_matches([' ', '.']).to_owned()
    };
    booked.filter(|(_, visit)| fits(day_of(visit.start))).map(line).collect()
}

/// The visits of those days go to somebody else or to another hour by themselves (desk/replan.rs): he and the
/// coordinators read which.
pub fn away(bench: Bench<'_>, words: &str) -> Result<Effect, String> {
    let person = own(bench.actor)?;
    let (days, reason) = days_and_reason(words, bench.case.day())?;
    let (first, last) = days;
    if last < day_of(bench.case.now) {
        return Err(format!("el {} ya pasó", say_day(last)));
    }
    let span = if first == last {
        format!("el {}", say_day(first))
    } else {
        format!("del {} al {}", say_day(first), say_day(last))
    };
    let hit = visits(bench, first, last);
    let what = format!("{} no estará {span}", person.nombre);
    let heads = bench.case.office.people.coordination().filter(|head| !bench.actor.is(head));
    let letters = heads.filter(|_| !hit.is_empty()).map(|head| {
        let first = "Estas visitas pasan a otra persona o a otra hora, y se le avisa a quien las espera:".to_owned();
        let lines = std::iter::once(first).chain(hit.iter().cloned()).collect();
        notice::notice(&blanks::address(head), &what, lines)
    });
    let told = match hit.len() {
        0 => "no tiene visitas en esos días".to_owned(),
        _ => format!(
            "estas visitas pasan a otra persona o a otra hora, y se le avisa a quien las espera: {}",
            hit.join("; ")
        ),
    };
    Ok(Effect {
        letters: letters.collect(),
        away: vec![Away { tecnico: person.usuario.clone(), first, last, reason }],
        line: Some(format!("queda anotado que no está {span}; {told}")),
        ..Effect::default()
    })
}

/// «del 3 al 10 de diciembre, vacaciones»: what stands behind the first comma, or behind «por», is the reason.
fn days_and_reason(words: &str, today: Date) -> Result<((Date, Date), String), String> {
    let usage = "se escribe así: #ausente del 3 al 10 de diciembre, vacaciones";
    let parts = [words.split_once(" por "), words.split_once([',', ';', ':', '('])];
    for (days, reason) in parts.into_iter().flatten() {
        if let Ok(days) = date_range::parse(days, today) {
            return Ok((days, wording::line(reason.trim_matches([' ', '.', ')']), 80)));
        }
    }
    let days = date_range::parse(words, today).map_err(|why| format!("{why}; {usage}"))?;
    Ok((days, String::new()))
}
