//! When a letter goes: at once, when the office's morning comes, or not at all. A letter that is held is on file, and a word in
//! the next morning's letter stands for it.
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter, Office, Seccion};
use crate::desk::vigil::Timely;
use crate::desk::wording;
use crate::mail::message::Address;
use crate::office::fields::Prioridad;
use crate::spanish::when;
use crate::ticket::facts::Ticket;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What becomes of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Now,
    /// When the office's morning comes.
    At(Timestamp),
    /// Not sent, and why.
    Held(&'static str),
}

/// What is known of the address that a letter goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Letters to it in the last 24 hours.
    pub today: u32,
    /// It gave back a letter for good, and has not written since.
    pub is_dead: bool,
}

pub const DEAD: &str = "retenida: esa dirección devuelve las cartas";
pub const GONE: &str = "retenida: quien debía leerla ya no está en la oficina";
pub const FULL: &str = "retenida: esa dirección ya recibió hoy las cartas que puede recibir";

/// `ticket` is the case of the letter as the decision leaves it, `writer` who wrote the mail that the letter comes of.
pub fn route(
    office: &Office,
    now: Timestamp,
    letter: &Letter,
    ticket: Option<&Ticket>,
    writer: Option<&str>,
    reach: Reach,
) -> Route {
    if goes_anyway(letter, writer) {
        return Route::Now;
    }
    let to = letter.to.correo.as_str();
    if reach.is_dead {
        return Route::Held(DEAD);
    }
    if is_of_its_own_hour(letter.form) {
        return Route::Now;
    }
    let is_critical = ticket.is_some_and(|t| t.prioridad == Prioridad::Critica && t.estado.is_open());
    let most = if office.people.who(to).is_some() { office.service.letters_office } else { office.service.letters };
    if reach.today >= if is_critical { most.saturating_mul(2) } else { most } {
        return Route::Held(FULL);
    }
    let morning = if is_critical { None } else { morning(office, now) };
    let comes_first = |morning: &Timestamp| {
        let visit = ticket.and_then(|t| t.visita.as_ref());
        visit.is_some_and(|visit| now <= visit.start && visit.start <= *morning)
    };
    morning.filter(|morning| !comes_first(morning)).map_or(Route::Now, Route::At)
}

/// Does it go whatever is known of its address? It answers who just wrote, or tells the administrator of a fault.
pub fn goes_anyway(letter: &Letter, writer: Option<&str>) -> bool {
    writer == Some(letter.to.correo.as_str()) || letter.form == Form::Aviso
}

/// Is it a technician's letter of work, to somebody who is none any more? It was written before he left, and has waited since.
pub fn is_for_nobody(office: &Office, form: Form, to: &str) -> bool {
    let is_work = match form {
        Form::Asignacion | Form::Novedad | Form::Realizada => true,
        Form::Acuse
        | Form::Completado
        | Form::Estado
        | Form::Consulta
        | Form::Ordenes
        | Form::Confirmacion
        | Form::Caso
        | Form::Cita
        | Form::Horas
        | Form::Recordatorio
        | Form::Agenda
        | Form::Ayuda
        | Form::MuyGrande
        | Form::Resumen
        | Form::Aviso => false,
    };
    is_work && office.people.who(to).is_none()
}

/// Letters that choose their hour themselves, or that somebody waits for whose name was used.
fn is_of_its_own_hour(form: Form) -> bool {
    match form {
        Form::Resumen | Form::Ordenes | Form::Confirmacion | Form::Aviso => true,
        Form::Acuse
        | Form::Completado
        | Form::Estado
        | Form::Consulta
        | Form::Asignacion
        | Form::Novedad
        | Form::Caso
        | Form::Cita
        | Form::Horas
        | Form::Recordatorio
        | Form::Realizada
        | Form::Agenda
        | Form::Ayuda
        | Form::MuyGrande => false,
    }
}

/// The end of the quiet hours that run now; `None` where none run. On a day on which the office is closed all hours are quiet.
pub fn morning(office: &Office, now: Timestamp) -> Option<Timestamp> {
    let (from, to) = office.service.quiet?;
    if office.hours.is_open(now) {
        return None;
    }
    let today = when::day_of(now);
    let evening = when::instant(today, from)?;
    let mut mornings = office.hours.days_from(None, now).filter_map(|day| when::instant(day.date, to));
    let is_workday = !office.hours.on(today).is_empty();
    let began = when::instant(today, to)?;
    let is_quiet = !is_workday || now >= evening || now < began;
    mornings.find(|morning| *morning > now).filter(|_| is_quiet)
}

/// A letter that goes on another day says no «hoy» and no «mañana».
pub fn put_off(blanks: &mut Blanks, now: Timestamp, at: Timestamp) {
    if when::day_of(now) == when::day_of(at) {
        return;
    }
    for word in ["hoy, ", "mañana, "] {
        if let Some(rest) = blanks.cuando.as_deref().and_then(|said| said.strip_prefix(word)) {
            blanks.cuando = Some(rest.to_owned());
        }
    }
}

/// A letter that was held, and how its case stands now.
#[derive(Clone, Debug)]
pub struct Withheld {
    pub row: i64,
    pub to: String,
    pub since: Timestamp,
    pub ticket: Ticket,
    /// Held because its reader had left the office.
    pub for_nobody: bool,
}

/// Cases that one such letter names.
const LISTED: usize = 40;

/// The hour of today from which on is told what was held before it, once it has come; `None` on a day without office.
pub fn telling(office: &Office, now: Timestamp) -> Option<Timestamp> {
    let today = when::day_of(now);
    let hour = when::instant(today, office.service.digest).filter(|_| !office.hours.on(today).is_empty());
    hour.filter(|hour| *hour <= now)
}

/// The word on what was held: one letter to each address, each case once, as it stands now.
pub fn held(office: &Office, now: Timestamp, held: &[Withheld]) -> Vec<Timely> {
    let mut by_address: BTreeMap<&str, Vec<&Withheld>> = BTreeMap::new();
    for letter in held {
        by_address.entry(reader(office, letter)).or_default().push(letter);
    }
    by_address.into_iter().map(|(to, letters)| catch_up(office, now, to, &letters)).collect()
}

/// Who reads it now: of somebody who has left the office, who steers it.
fn reader<'a>(office: &'a Office, letter: &'a Withheld) -> &'a str {
    let (people, to) = (&office.people.people, letter.to.as_str());
    let has_left = letter.for_nobody && office.people.who(to).is_none()
        || people.iter().any(|person| !person.active && person.correo.eq_ignore_ascii_case(to));
    let head = if has_left { office.people.coordination().next() } else { None };
    head.map_or(to, |person| person.correo.as_str())
}

/// What is noted when a held letter was told of.
pub fn key(row: i64) -> String {
    format!("retenida {row}")
}

fn catch_up(office: &Office, now: Timestamp, to: &str, letters: &[&Withheld]) -> Timely {
    let tickets: BTreeMap<_, _> = letters.iter().map(|letter| (letter.ticket.id, &letter.ticket)).collect();
    let line = |ticket: &&Ticket| {
        let subject = wording::line(&wording::without_links(&ticket.asunto), 80);
        let visit = ticket.visita.as_ref().filter(|visit| visit.start >= now);
        let visit = visit.map(|visit| format!(". Visita: {}", when::say_short(visit.start))).unwrap_or_default();
        format!("{}: {subject}. Estado: {}{visit}", ticket.id, ticket.estado)
    };
    let mut lineas: Vec<String> = tickets.values().take(LISTED).map(line).collect();
    if tickets.len() > LISTED {
        lineas.push(format!("y {} más", tickets.len() - LISTED));
    }
    let person = office.people.who(to);
    let blanks = Blanks {
        saludo: person.map_or_else(|| "Cordial saludo:".to_owned(), |p| format!("Hola, {}:", p.nombre)),
        asunto: "Novedades que no le habíamos enviado".to_owned(),
        problema: "Algunas novedades de estos casos no se le enviaron en su momento. Así están hoy.".to_owned(),
        secciones: vec![Seccion { titulo: format!("Casos ({})", tickets.len()), lineas }],
        ..Blanks::default()
    };
    let to = Address { correo: to.to_owned(), nombre: person.map(|p| p.nombre.clone()) };
    let letter = Letter { form: Form::Resumen, to, about: None, answers: None, references: Vec::new(), blanks };
    let why = "novedades que estaban retenidas".to_owned();
    Timely {
        keys: letters.iter().map(|letter| key(letter.row)).collect(),
        decision: Decision {
            disposition: Disposition::Propio,
            facts: Vec::new(),
            letters: vec![letter],
            away: Vec::new(),
            why,
        },
    }
}
