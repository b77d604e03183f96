//! `#contacto`: one line that may hold a name, an extension, a mobile, a landline and an address, in any order.
use crate::desk::correct::correct;
use crate::desk::orders::bench::{Bench, Effect};
use crate::office::fields::Campo;
use crate::ticket::facts::Ticket;
use regex::Regex;
use std::sync::LazyLock;

/// What a field looks like; the first group is its value. Taken out one after the other, what remains is the name.
static PARTS: LazyLock<Vec<(Campo, Regex)>> = LazyLock::new(|| {
    let parts = [
        (Campo::Correo, r"(?i)(?:correo:?\s*)?([^\s,;<>]+@[^\s,;<>]+)"),
        (Campo::Extension, r"(?i)\bext(?:ensi[oó]n)?\b[.:]?\s*(\d{1,6})\b"),
        (
            Campo::Celular,
            r"(?i)(?:\b(?:celular|cel|m[oó]vil)\b[.:]?\s*)?((?:\+57\s?)?\b3\d{2}[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2}\b)",
        ),
        (
            Campo::Telefono,
            r"(?i)(?:\b(?:tel[eé]fono|tel|fijo)\b[.:]?\s*)?(\(?\b60\d\)?[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2}\b|\b\d{3}[ .-]?\d{4}\b)",
        ),
    ];
    parts.into_iter().filter_map(|(campo, pattern)| Some((campo, Regex::new(pattern).ok()?))).collect()
});

/// Every field that stands in the line, each corrected; the later ones look at the ticket as the earlier ones leave it.
pub fn correct_all(bench: Bench<'_>, ticket: &Ticket, line: &str) -> Result<Effect, String> {
    let mut rest = line.to_owned();
    let mut values = Vec::new();
    for (campo, pattern) in PARTS.iter() {
        let found =
            pattern.captures(&rest).and_then(|found| Some((found.get(0)?.range(), found.get(1)?.as_str().to_owned())));
        if let Some((range, value)) = found {
            rest.replace_range(range, ",");
            values.push((*campo, value));
        }
    }
    let name: Vec<&str> = rest.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    match name.as_slice() {
        [] => {}
        [name] if !name.chars().any(|c| c.is_ascii_digit()) => values.push((Campo::Nombre, (*name).to_owned())),
        other => {
            return Err(format!(
                "no se entiende «{}»; se escribe así: #contacto María Ospino, ext. 204",
                other.join(", ")
            ));
        }
    }
    let mut ticket = ticket.clone();
    let mut events = Vec::new();
    for (campo, value) in values {
        let facts = correct(bench.case.office, &ticket, campo, Some(&value), bench.actor.usuario)?;
        ticket = facts.iter().fold(ticket, Ticket::apply);
        events.extend(facts);
    }
    Ok(events.into())
}
