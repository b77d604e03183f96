//! A case that stands still: for whom or what, until when, and the reminder on that day.
use crate::desk::blanks;
use crate::desk::case::Case;
use crate::desk::decision::{Decision, Disposition, Office};
use crate::desk::orders::bench::{Bench, Effect};
use crate::desk::wording;
use crate::spanish::date_words;
use crate::spanish::fold::fold;
use crate::spanish::when::{day_of, say_day, say_short};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::seguimiento::Causa;
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use jiff::civil::Date;

const USAGE: &str = "se escribe así: #espera repuesto, hasta el viernes 4 de diciembre";

/// `#espera CAUSA detalle hasta FECHA`; detail and date may be absent.
pub fn wait(bench: Bench<'_>, ticket: &Ticket, text: &str) -> Result<Effect, String> {
    if !ticket.estado.is_open() {
        return Err(format!("el caso está «{}»; primero reábralo con #estado reabierto", ticket.estado));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, rest) = words.split_first().ok_or_else(|| format!("falta decir qué se espera; {USAGE}"))?;
    let causa = cause(first).ok_or_else(|| {
        let known = Causa::ALL.iter().map(|causa| causa.word()).collect::<Vec<_>>().join(", ");
        format!("«{}» no es lo que se espera: es una de estas cosas: {known}; {USAGE}", wording::line(first, 40))
    })?;
    let case = bench.case;
    let until = rest.iter().rposition(|word| fold(word) == "hasta");
    let (detail, hasta) = match until.and_then(|at| rest.split_at_checked(at)) {
        None => (rest, None),
        Some((detail, date)) => (detail, Some(day(&date.get(1..).unwrap_or_default().join(" "), case)?)),
    };
    let detail = detail.join(" ");
    let detail = detail.trim_matches([',', ':', ';', '.', ' ', '(', ')']);
    let detalle = Some(wording::kept(detail)).filter(|text| !text.is_empty());
    let mut lines: Vec<String> =
        hasta.iter().map(|day| format!("el {} la mesa se lo recuerda", say_day(*day))).collect();
    let mut events = vec![Event::Waiting { causa, hasta, detalle }];
    if let Some(visit) = too_early(ticket, hasta, case.now) {
        lines.push(format!("la cita del {} queda sin efecto", say_short(visit.start)));
        events.push(Event::Released { motivo: "el caso queda en espera hasta después".to_owned() });
    }
    Ok(Effect { line: Some(lines.join("; ")).filter(|line| !line.is_empty()), ..events.into() })
}

/// The coming visit of a case that waits for longer: nobody would know what to do there.
fn too_early(ticket: &Ticket, hasta: Option<Date>, now: Timestamp) -> Option<&Visit> {
    ticket.visita.as_ref().filter(|visit| visit.start > now && hasta.is_some_and(|until| day_of(visit.start) < until))
}

fn day(words: &str, case: Case<'_>) -> Result<Date, String> {
    let day = date_words::parse(words, case.day()).map_err(|why| format!("{why}; {USAGE}"))?.day;
    if day > day_of(case.now) { Ok(day) } else { Err(format!("el {} ya llegó; {USAGE}", say_day(day))) }
}

fn cause(word: &str) -> Option<Causa> {
    match fold(word).trim_matches([',', ':', ';', '.']) {
        "usuario" | "usuaria" | "solicitante" | "persona" | "respuesta" => Some(Causa::Usuario),
        "proveedor" | "garantia" | "contratista" | "operador" => Some(Causa::Proveedor),
        "repuesto" | "repuestos" | "pieza" | "parte" => Some(Causa::Repuesto),
        "presupuesto" | "compra" | "recursos" | "cdp" => Some(Causa::Presupuesto),
        "aprobacion" | "autorizacion" | "permiso" => Some(Causa::Aprobacion),
        _ => None,
    }
}

/// What the person who asked reads of it.
pub fn say(causa: Causa, hasta: Option<Date>, detalle: Option<&str>) -> String {
    let what = match causa {
        Causa::Usuario => "Para seguir necesitamos que responda a este correo.",
        Causa::Proveedor => "Estamos a la espera del proveedor.",
        Causa::Repuesto => "Estamos a la espera de un repuesto.",
        Causa::Presupuesto => "Estamos a la espera de presupuesto.",
        Causa::Aprobacion => "Estamos a la espera de una aprobación.",
    };
    let until = hasta.map(|day| format!(" Esperamos seguir el {}.", say_day(day))).unwrap_or_default();
    let detail = detalle.map(|text| format!("\n\n{}", sentence(text))).unwrap_or_default();
    format!("{what}{until}{detail}")
}

/// With a capital and a full stop, as a letter writes what was typed in haste.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

/// On the day until which a case waits: word to who has it, or to who steers when nobody has, once. `None` when there is nothing to tell.
pub fn wake(office: &Office, ticket: &Ticket, now: Timestamp) -> Option<Decision> {
    let espera = ticket.seguimiento.espera.as_ref().filter(|_| ticket.estado == Estado::EnEspera)?;
    let until = espera.hasta.filter(|day| *day <= day_of(now))?;
    let texto = format!("Esperaba ({}) hasta el {}. Ya es tiempo de seguir con él.", espera.causa, say_day(until));
    let person = ticket.tecnico.as_ref().and_then(|usuario| office.people.by_usuario(usuario)).filter(|p| p.active);
    let told: Vec<_> = person.map_or_else(|| office.people.heads().collect(), |person| vec![person]);
    let letter = |person| blanks::news(office, ticket, person, &[], now, (String::new(), texto.clone()), &[]);
    let letters = told.into_iter().map(letter).collect();
    // Waiting still, but for no day any more: it is told once.
    let waits = Event::Waiting { causa: espera.causa, hasta: None, detalle: None };
    let why = format!("{}: terminó la espera", ticket.id);
    Some(Decision {
        disposition: Disposition::Comando,
        facts: vec![(ticket.id, waits)],
        letters,
        away: Vec::new(),
        why,
    })
}
