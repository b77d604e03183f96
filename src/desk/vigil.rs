//! What time alone brings: a solved case closes, a case that nobody takes is told of, and the morning begins with a digest.
//!
//! Pure, and asked again and again: each thing that is due has keys, and what was done under a key is not done again.
use crate::desk::blanks;
use crate::desk::decision::{Away, Blanks, Decision, Disposition, Form, Letter, Office, Seccion};
use crate::desk::invite::{self, Post};
use crate::desk::manners;
use crate::desk::replan;
use crate::desk::wording;
use crate::mail::message::{Address, MessageId};
use crate::office::fields::Prioridad;
use crate::office::people::{Person, Role};
use crate::reading::note::Kind;
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Cases listed under one heading; those that nobody has are listed all.
const LISTED: usize = 40;

/// A case that is not closed.
#[derive(Clone, Debug)]
pub struct Watched {
    pub ticket: Ticket,
    /// When it came to the estado it is in.
    pub since: Timestamp,
    /// Somebody of the office gave an order about it.
    pub taken: bool,
    /// Message-IDs that its requester knows, oldest first.
    pub thread: Vec<MessageId>,
}

/// What is due, once.
#[derive(Clone, Debug, PartialEq)]
pub struct Timely {
    pub keys: Vec<String>,
    pub decision: Decision,
}

/// All that is due now and was not done under its key.
pub fn due(office: &Office, now: Timestamp, cases: &[Watched], away: &[Away], done: &BTreeSet<String>) -> Vec<Timely> {
    let mut timely: Vec<Timely> = cases.iter().filter_map(|case| closing(office, now, case)).collect();
    timely.extend(escalation(office, now, cases, done));
    timely.extend(digests(office, now, cases));
    timely.extend(replan::due(office, now, cases, away));
    timely.retain(|t| !t.keys.iter().all(|key| done.contains(key)));
    for decision in timely.iter_mut().map(|one| &mut one.decision) {
        let ids: BTreeSet<TicketId> = decision.facts.iter().map(|(id, _)| *id).collect();
        for case in cases.iter().filter(|case| ids.contains(&case.ticket.id)) {
            let post = Post { office, now, thread: &case.thread, to_technician: true, to_requester: true };
            invite::settle(post, &case.ticket, decision);
        }
    }
    timely
}

fn told(keys: Vec<String>, letters: Vec<Letter>, why: &str) -> Timely {
    let why = why.to_owned();
    Timely {
        keys,
        decision: Decision { disposition: Disposition::Propio, facts: Vec::new(), letters, away: Vec::new(), why },
    }
}

/// Nobody said within the days for it that a solved case is not solved. Quiet hours are those in which the office is closed.
fn closing(office: &Office, now: Timestamp, case: &Watched) -> Option<Timely> {
    let days = office.service.confirm_days;
    let ticket = &case.ticket;
    if ticket.estado != Estado::Resuelto || !office.hours.is_open(now) {
        return None;
    }
    let (solved, today) = (when::day_of(case.since), when::day_of(now));
    let later = std::iter::successors(solved.tomorrow().ok(), |day| day.tomorrow().ok()).take_while(|d| *d <= today);
    let passed = later.filter(|day| !office.hours.on(*day).is_empty()).take(usize::try_from(days).unwrap_or(0) + 1);
    if i64::try_from(passed.count()).unwrap_or(0) <= days {
        return None;
    }
    let motivo = format!("No recibimos respuesta en {days} días hábiles y lo damos por bien resuelto.");
    let event = Event::Moved { estado: Estado::Cerrado, motivo: Some(motivo.clone()) };
    let after = ticket.clone().apply(&event);
    let own = after.contacto.correo.as_deref() == Some(after.solicitante.as_str());
    let to = Address { correo: after.solicitante.clone(), nombre: after.contacto.nombre.clone().filter(|_| own) };
    let reachable = manners::is_readable(office, &to.correo) && after.clase != Kind::Alarma.word();
    let letter = reachable.then(|| {
        let saludo = blanks::greeting(office, &after, &to);
        let blanks = Blanks { saludo, motivo: Some(motivo), ..blanks::of(office, &after, now) };
        blanks::tell(Form::Estado, &after, to, &case.thread, blanks)
    });
    let why = format!("{}: cerrado sin respuesta", after.id);
    let facts = vec![(after.id, event)];
    let letters = letter.into_iter().collect();
    let decision = Decision { disposition: Disposition::Propio, facts, letters, away: Vec::new(), why };
    Some(Timely { keys: vec![format!("cierre {} {}", after.id, case.since)], decision })
}

/// Coordinator and jefe hear once of each case that nobody takes, or whose time runs out; of all of one moment in one letter.
fn escalation(office: &Office, now: Timestamp, cases: &[Watched], done: &BTreeSet<String>) -> Option<Timely> {
    let is_open = office.hours.is_open(now);
    let loud = |case: &&Watched| is_open || case.ticket.prioridad == Prioridad::Critica;
    let new = |(key, _): &(String, &Watched)| !done.contains(key);
    let waiting = cases.iter().filter(loud).filter(|case| is_untaken(office, now, case));
    let untaken: Vec<_> =
        waiting.map(|case| (format!("sin tomar {} {}", case.ticket.id, case.since), case)).filter(new).collect();
    let ending = cases.iter().filter(loud).filter(|case| is_ending(office, now, case));
    let ending: Vec<_> = ending.map(|case| (format!("plazo {}", case.ticket.id), case)).filter(new).collect();
    let keys: Vec<String> = untaken.iter().chain(&ending).map(|(key, _)| key.clone()).collect();
    if keys.is_empty() {
        return None;
    }
    let parts = [("Nadie los ha tomado", bare(untaken)), ("Cerca de vencer o vencidos", bare(ending))];
    let secciones = sections(office, now, parts, LISTED);
    let what = "Casos que necesitan su atención";
    let text = "Estos casos se están demorando. Hable con quien los tiene a su cargo.";
    let to = steering(office).map(|person| digest(person, what.to_owned(), text, secciones.clone()));
    Some(told(keys, to.collect(), "casos que se demoran"))
}

fn bare(cases: Vec<(String, &Watched)>) -> Vec<&Watched> {
    cases.into_iter().map(|(_, case)| case).collect()
}

fn steering(office: &Office) -> impl Iterator<Item = &Person> {
    office.people.people.iter().filter(|p| p.active && matches!(p.role, Role::Jefe | Role::Coordinador))
}

/// Waiting for its technician since it was his, or since the hour of its visit.
fn is_untaken(office: &Office, now: Timestamp, case: &Watched) -> bool {
    let ticket = &case.ticket;
    let idle = matches!(ticket.estado, Estado::Nuevo | Estado::Asignado | Estado::Reabierto) && !case.taken;
    let from = ticket.visita.as_ref().map_or(case.since, |visit| visit.start.max(case.since));
    let within = office.service.to_take(ticket.prioridad);
    let limit = match ticket.prioridad {
        Prioridad::Critica => from.checked_add(within).ok(),
        Prioridad::Alta | Prioridad::Media | Prioridad::Baja => office.hours.after(from, within),
    };
    idle && limit.is_some_and(|limit| limit <= now)
}

/// Four fifths of its time are gone.
fn is_ending(office: &Office, now: Timestamp, case: &Watched) -> bool {
    let ticket = &case.ticket;
    let runs = ticket.estado.is_open() && ticket.estado != Estado::EnEspera;
    let limit = office.hours.after(ticket.abierto, office.service.to_worry(ticket.prioridad));
    runs && limit.is_some_and(|limit| limit <= now)
}

/// The morning's letters: to each technician his cases, to who steers all of them. Of cases that came since, tomorrow tells.
fn digests(office: &Office, now: Timestamp, cases: &[Watched]) -> Vec<Timely> {
    let today = when::day_of(now);
    let Some(hour) = when::instant(today, office.service.digest) else { return Vec::new() };
    if now < hour || office.hours.on(today).is_empty() {
        return Vec::new();
    }
    let open: Vec<&Watched> =
        cases.iter().filter(|case| case.ticket.estado.is_open() && case.ticket.abierto < hour).collect();
    let people = office.people.people.iter().filter(|p| p.active && !p.is_away(today));
    let letters = people.filter_map(|person| {
        let steers = matches!(person.role, Role::Jefe | Role::Coordinador);
        let own = |case: &&&Watched| steers || case.ticket.tecnico.as_ref() == Some(&person.usuario);
        let cases: Vec<&Watched> = open.iter().filter(own).copied().collect();
        if cases.is_empty() {
            return None;
        }
        let what = format!("Resumen del {}", when::say_day(today));
        let text = format!("Casos abiertos: {}.", cases.len());
        let letter = digest(person, what, &text, sorted(office, now, &cases));
        Some(told(vec![format!("resumen {today} {}", person.usuario)], vec![letter], "resumen de la mañana"))
    });
    letters.collect()
}

/// Each case under the first heading that fits.
fn sorted(office: &Office, now: Timestamp, cases: &[&Watched]) -> Vec<Seccion> {
    let today = when::day_of(now);
    let is_nobodys = |t: &Ticket| {
        !t.tecnico.as_ref().and_then(|usuario| office.people.by_usuario(usuario)).is_some_and(|person| person.active)
    };
    let (mut nobodys, mut late, mut for_today, mut waiting, mut others) = (vec![], vec![], vec![], vec![], vec![]);
    for case in cases {
        let ticket = &case.ticket;
        let visit = ticket.visita.as_ref().map(|visit| when::day_of(visit.start));
        let group = match ticket.estado {
            _ if is_nobodys(ticket) => &mut nobodys,
            Estado::EnEspera => &mut waiting,
            _ if visit.is_some_and(|day| day < today) || is_ending(office, now, case) => &mut late,
            _ if visit == Some(today) => &mut for_today,
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
    let rest = [("Atrasados", late), ("Para hoy", for_today), ("En espera", waiting), ("Los demás", others)];
    parts.extend(sections(office, now, rest, LISTED));
    parts
}

fn sections<'a>(
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
fn line(office: &Office, now: Timestamp, ticket: &Ticket) -> String {
    let blanks = blanks::of(office, ticket, now);
    let who = blanks.tecnico.map(|name| format!(", {name}")).unwrap_or_default();
    let place = blanks.lugar.map(|lugar| format!(" ({})", wording::line(&lugar, 60))).unwrap_or_default();
    let visit = ticket.visita.as_ref().map(|v| format!(". Visita: {}", when::say_short(v.start))).unwrap_or_default();
    let subject = wording::line(&ticket.asunto, 80);
    format!("{}, prioridad {}{who}: {subject}{place}{visit}", ticket.id, blanks.prioridad)
}

fn digest(person: &Person, what: String, text: &str, secciones: Vec<Seccion>) -> Letter {
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
