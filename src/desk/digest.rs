//! The morning's letters: to each technician his round of today, his cases and those that nobody has, to who steers all of them.
use crate::desk::blanks;
use crate::desk::decision::{Away, Blanks, Form, Letter, Office, Seccion};
use crate::desk::diary::is_away;
use crate::desk::round;
use crate::desk::vigil::{Timely, Watched, told};
use crate::desk::warning::is_ending;
use crate::desk::wording;
use crate::office::people::Person;
use crate::spanish::number::counted;
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use jiff::Timestamp;
use jiff::civil::Date;

/// Cases listed under one heading; those that nobody has are listed all.
pub(crate) const LISTED: usize = 40;

/// A letter for each who works today. Of cases that came since its hour, tomorrow tells.
pub fn morning(office: &Office, now: Timestamp, cases: &[Watched], away: &[Away]) -> Vec<Timely> {
    let today = when::day_of(now);
    let Some(hour) = when::instant(today, office.service.digest) else { return Vec::new() };
    if now < hour || office.hours.on(today).is_empty() {
        return Vec::new();
    }
    let open: Vec<&Watched> =
        cases.iter().filter(|case| case.ticket.estado.is_open() && case.ticket.abierto < hour).collect();
    let is_here = |person: &Person| !is_away(away, person, today);
    // When nobody who steers is here, all of them read what would else be read by none.
    let led = office.people.heads().any(is_here);
    let people = office.people.people.iter().filter(|p| p.active && (is_here(p) || p.role.steers() && !led));
    let letters = people.filter_map(|person| {
        let his = |case: &&&Watched| person.role.steers() || is_his(office, person, &case.ticket);
        let cases: Vec<&Watched> = open.iter().filter(his).copied().collect();
        if cases.is_empty() {
            return None;
        }
        let what = format!("Resumen del {}", when::say_day(today));
        let (visits, others): (Vec<&Watched>, _) = cases.iter().partition(|case| is_his_visit(person, today, case));
        let said = match visits.len() {
            0 => String::new(),
            some => format!("Hoy tiene {}. ", counted(some, "cita", "citas")),
        };
        let text = format!("{said}Casos abiertos: {}.", cases.len());
        let mut parts = round::sections(office, &visits);
        parts.extend(sorted(office, now, &others));
        let letter = letter(person, what, &text, parts);
        Some(told(vec![format!("resumen {today} {}", person.usuario)], vec![letter], "resumen de la mañana"))
    });
    letters.collect()
}

/// A technician's: what he has, and what he could take.
fn is_his(office: &Office, person: &Person, ticket: &Ticket) -> bool {
    ticket.tecnico.as_ref() == Some(&person.usuario) || is_nobodys(office, ticket) && person.takes(&ticket.categoria)
}

/// What he has to go to today, or to call.
fn is_his_visit(person: &Person, today: Date, case: &Watched) -> bool {
    case.ticket.visita.as_ref().is_some_and(|v| v.tecnico == person.usuario && when::day_of(v.start) == today)
}

/// Nobody has it, or somebody who has left.
fn is_nobodys(office: &Office, ticket: &Ticket) -> bool {
    !ticket.tecnico.as_ref().and_then(|usuario| office.people.by_usuario(usuario)).is_some_and(|person| person.active)
}

/// Each case under the first heading that fits.
fn sorted(office: &Office, now: Timestamp, cases: &[&Watched]) -> Vec<Seccion> {
    let today = when::day_of(now);
    let last = before(office, today);
    let (mut nobodys, mut late, mut for_today, mut new) = (vec![], vec![], vec![], vec![]);
    let (mut waiting, mut others) = (vec![], vec![]);
    for case in cases {
        let ticket = &case.ticket;
        let visit = ticket.visita.as_ref().map(|visit| when::day_of(visit.start));
        let group = match ticket.estado {
            _ if is_nobodys(office, ticket) => &mut nobodys,
            Estado::EnEspera => &mut waiting,
            _ if visit.is_some_and(|day| day < today) || is_ending(office, now, case) => &mut late,
            _ if visit == Some(today) => &mut for_today,
            _ if last.is_some_and(|last| ticket.abierto >= last) => &mut new,
            Estado::Nuevo
            | Estado::Asignado
            | Estado::EnProceso
            | Estado::Resuelto
            | Estado::Cerrado
            | Estado::Reabierto => &mut others,
        };
        group.push(*case);
    }
    let all = nobodys.len();
    let mut parts = sections(office, now, [("Sin asignar", nobodys)], all);
    let rest =
        [("Atrasados", late), ("Para hoy", for_today), ("Nuevos", new), ("En espera", waiting), ("Los demás", others)];
    parts.extend(sections(office, now, rest, LISTED));
    parts
}

/// When the last digest before this day's went out.
fn before(office: &Office, today: Date) -> Option<Timestamp> {
    when::instant(office.hours.opened_before(today)?, office.service.digest)
}

/// The groups that hold something, with their headings, up to `most` cases of each.
pub(crate) fn sections<'a>(
    office: &Office,
    now: Timestamp,
    groups: impl IntoIterator<Item = (&'a str, Vec<&'a Watched>)>,
    most: usize,
) -> Vec<Seccion> {
    let filled = groups.into_iter().filter(|(_, cases)| !cases.is_empty());
    let section = |(title, cases): (&str, Vec<&Watched>)| {
        let mut lineas: Vec<String> = cases.iter().take(most).map(|case| line(office, now, &case.ticket)).collect();
        if cases.len() > most {
            lineas.push(format!("y {} más", cases.len() - most));
        }
        Seccion { titulo: format!("{title} ({})", cases.len()), lineas }
    };
    filled.map(section).collect()
}

/// «TIC-2026-00017, prioridad alta, Kevin Barros: No imprime (piso 2). Visita: 25/11 10:00»
pub(crate) fn line(office: &Office, now: Timestamp, ticket: &Ticket) -> String {
    let blanks = blanks::of(office, ticket, now);
    let who = blanks.tecnico.map(|name| format!(", {name}")).unwrap_or_default();
    let place = blanks.lugar.map(|lugar| format!(" ({})", wording::line(&lugar, 60))).unwrap_or_default();
    let visit = ticket.visita.as_ref().map(|v| format!(". Visita: {}", when::say_short(v.start))).unwrap_or_default();
    let subject = wording::line(&ticket.asunto, 80);
    format!("{}, prioridad {}{who}: {subject}{place}{visit}", ticket.id, blanks.prioridad)
}

pub(crate) fn letter(person: &Person, what: String, text: &str, secciones: Vec<Seccion>) -> Letter {
    let blanks = Blanks {
        saludo: format!("Hola, {}:", person.nombre),
        asunto: what,
        problema: text.to_owned(),
        secciones,
        ..Blanks::default()
    };
    let to = blanks::address(person);
    Letter { form: Form::Resumen, to, about: None, answers: None, references: Vec::new(), blanks }
}
