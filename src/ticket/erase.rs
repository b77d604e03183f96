//! A ticket without the person it was about: what Ley 1581 de 2012 has taken out of the facts, and the skeleton that stays.
use crate::office::fields::{Campo, Contacto, Ubicacion};
use crate::ticket::cita::Invited;
use crate::ticket::facts::{Completed, Corrected, Event, Source, Ticket, Unproven};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands where the person's words stood.
pub const SUPPRESSED: &str = "(suprimido)";
/// What stands where the person's address stood: of a domain that never exists (RFC 2606).
pub const NOBODY: &str = "suprimido@suprimido.invalid";

/// The fact without anybody's words, data or place; who of the office did what, when, and what became of it stays, and so
/// do dependencia, categoría and prioridad. `addresses` are the person's.
pub fn bare(event: &Event, addresses: &[String]) -> Event {
    let bared = match event {
        Event::Opened(ticket) => Event::Opened(Box::new(bare_ticket(ticket))),
        Event::Moved { estado, .. } => Event::Moved { estado: *estado, motivo: None },
        Event::Released { .. } => Event::Released { motivo: SUPPRESSED.to_owned() },
        Event::Invited(invited) => {
            Event::Invited(Box::new(Invited { invitados: Vec::new(), lugar: None, ..(**invited).clone() }))
        }
        Event::Completed(data) => Event::Completed(Box::new(Completed {
            dependencia: data.dependencia.clone(),
            ubicacion: data.ubicacion.as_ref().map(|_| Ubicacion::default()),
            contacto: data.contacto.as_ref().map(|_| Contacto::default()),
            faltan: data.faltan.clone(),
            fuentes: sources(&data.fuentes),
        })),
        Event::Corrected(data) => Event::Corrected(Box::new(Corrected {
            valor: data.valor.clone().filter(|_| !is_personal(data.campo)),
            ..(**data).clone()
        })),
        Event::Received { de, .. } => Event::Received { de: de.clone(), mensaje: None, texto: String::new() },
        Event::Undelivered { a, marca, .. } => {
            Event::Undelivered { a: a.clone(), motivo: SUPPRESSED.to_owned(), marca: *marca }
        }
        Event::Noted { .. } => Event::Noted { texto: SUPPRESSED.to_owned() },
        Event::Waiting { causa, hasta, .. } => Event::Waiting { causa: *causa, hasta: *hasta, detalle: None },
        Event::Returned { quien, .. } => Event::Returned { quien: quien.clone(), motivo: SUPPRESSED.to_owned() },
        Event::Rated { nota, .. } => Event::Rated { nota: *nota, palabras: String::new() },
        Event::Said { quien, .. } => Event::Said { quien: quien.clone(), texto: SUPPRESSED.to_owned() },
        Event::Unproven(order) => Event::Unproven(Box::new(Unproven {
            de: order.de.clone(),
            quien: order.quien.clone(),
            mensaje: None,
            texto: String::new(),
            falta: order.falta.clone(),
        })),
        Event::Assigned { .. }
        | Event::Ranked { .. }
        | Event::Filed { .. }
        | Event::Booked(_)
        | Event::Pinned(_)
        | Event::Answered { .. }
        | Event::Tagged { .. }
        | Event::Spent { .. }
        | Event::Approved { .. }
        | Event::Merged { .. }
        | Event::Absorbed { .. }
        | Event::Split { .. }
        | Event::Linked { .. }
        | Event::Confirmed { .. } => event.clone(),
    };
    without(&bared, addresses).unwrap_or(bared)
}

/// The fact with [`NOBODY`] wherever it names one of the addresses; `None` when it names none.
pub fn without(event: &Event, addresses: &[String]) -> Option<Event> {
    let mut value = serde_json::to_value(event).ok()?;
    // All of them: none is left when the first is found.
    let found = addresses.iter().filter(|address| mask(&mut value, address)).count();
    if found > 0 { serde_json::from_value(value).ok() } else { None }
}

/// The text with `by` wherever it names the address, however that is capitalised; `None` when it does not.
pub fn masked(text: &str, address: &str, by: &str) -> Option<String> {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(at) = find(rest, address) {
        let (before, after) = rest.split_at_checked(at)?;
        kept.push_str(before);
        kept.push_str(by);
        rest = after.get(address.len()..)?;
    }
    (rest.len() < text.len()).then(|| kept + rest)
}

/// Does the text name the address, however that is capitalised?
pub fn is_named(text: &str, address: &str) -> bool {
    find(text, address).is_some()
}

/// Where the address begins in the text, as a whole: «ana@x.co» is not in «mariana@x.co», nor in «ana@x.com». Addresses are
/// ASCII, or are looked for as they are.
fn find(text: &str, address: &str) -> Option<usize> {
    let (text, address) = (text.as_bytes(), address.as_bytes());
    if address.is_empty() {
        return None;
    }
    let is_whole = |at: usize| {
        let (before, after) = (text.get(..at), text.get(at + address.len()..));
        !before.is_some_and(|before| is_joined(before.iter().rev()))
            && !after.is_some_and(|after| is_joined(after.iter()))
    };
    let mut found = text.windows(address.len()).enumerate();
    found.find(|(at, window)| window.eq_ignore_ascii_case(address) && is_whole(*at)).map(|(at, _)| at)
}

/// Do these octets, read away from an address, belong to a longer one? A full stop or a dash does not, where a space follows.
fn is_joined<'a>(mut octets: impl Iterator<Item = &'a u8>) -> bool {
    match octets.next() {
        Some(b'.' | b'-' | b'_' | b'+') => octets.next().is_some_and(u8::is_ascii_alphanumeric),
        Some(octet) => octet.is_ascii_alphanumeric(),
        None => false,
    }
}

fn mask(value: &mut Value, address: &str) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => match masked(text, address, NOBODY) {
            Some(masked) => {
                *text = masked;
                true
            }
            None => false,
        },
        Value::Array(list) => list.iter_mut().map(|value| mask(value, address)).filter(|found| *found).count() > 0,
        Value::Object(fields) => {
            let named: Vec<String> = fields.keys().filter(|key| find(key, address).is_some()).cloned().collect();
            for key in &named {
                if let (Some(value), Some(bare)) = (fields.remove(key), masked(key, address, NOBODY)) {
                    fields.insert(bare, value);
                }
            }
            let below = fields.values_mut().map(|value| mask(value, address)).filter(|found| *found).count();
            below > 0 || !named.is_empty()
        }
    }
}

fn bare_ticket(ticket: &Ticket) -> Ticket {
    let mut bare = Ticket {
        asunto: SUPPRESSED.to_owned(),
        problema: SUPPRESSED.to_owned(),
        ubicacion: Ubicacion::default(),
        contacto: Contacto::default(),
        fuentes: Arc::new(sources(&ticket.fuentes)),
        ..ticket.clone()
    };
    bare.seguimiento.escribe = None;
    if let Some(cita) = &mut bare.seguimiento.cita {
        cita.invited.invitados.clear();
    }
    bare
}

/// Which rule took a value stays; out of which words does not.
fn sources(of: &BTreeMap<String, Source>) -> BTreeMap<String, Source> {
    let kept = of.iter().filter(|(field, _)| Campo::from_word(field).is_none_or(|campo| !is_personal(campo)));
    let bare = |source: &Source| Source { palabras: String::new(), porque: Vec::new(), ..source.clone() };
    kept.map(|(field, source)| (field.clone(), bare(source))).collect()
}

/// Does the box say something of the person, or what the person said? The others say what the office did about it.
fn is_personal(campo: Campo) -> bool {
    match campo {
        Campo::Ubicacion
        | Campo::Edificio
        | Campo::Piso
        | Campo::Oficina
        | Campo::Nombre
        | Campo::Telefono
        | Campo::Extension
        | Campo::Celular
        | Campo::Correo
        | Campo::Problema => true,
        Campo::Clase | Campo::Origen | Campo::Dependencia | Campo::Categoria | Campo::Prioridad => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::Map;

    /// One of each fact there ever was.
    fn facts() -> Vec<Event> {
        let old: Vec<Map<String, Value>> = serde_json::from_str(include_str!("../../fixtures/facts.json")).unwrap();
        old.into_iter().map(|fact| serde_json::from_value(Value::Object(fact)).unwrap()).collect()
    }

    #[test]
    fn an_address_is_masked_wherever_it_stands_and_however_it_is_written() {
        let masked = |text: &str| masked(text, "ana@x.co", "…");
        assert_eq!(masked("De: Ana <ANA@x.co>, ana@X.CO;").as_deref(), Some("De: Ana <…>, …;"));
        assert_eq!(masked("ñana@x.coñ").as_deref(), Some("ñ…ñ"));
        assert_eq!(masked("ana(arroba)x.co"), None);
        assert_eq!(masked("- ana@x.co. ...ana@x.co-").as_deref(), Some("- …. ...…-"));
        for other in ["mariana@x.co", "luz.ana@x.co", "ana@x.com", "ana@x.co.uk", "ana@x.co-op.org"] {
            assert_eq!(masked(other), None);
            assert_eq!(masked(&format!("{other}, ana@x.co")), Some(format!("{other}, …")));
        }
    }

    #[test]
    fn a_bare_fact_stays_bare_and_says_what_was_done() {
        let laura = ["laura.perez@magdalena.gov.co".to_owned()];
        for fact in facts() {
            let bared = bare(&fact, &laura);
            assert_eq!(bare(&bared, &laura), bared);
            assert_eq!(without(&bared, &laura), None, "{fact:?}");
            let told = serde_json::to_string(&bared).unwrap();
            for personal in ["Laura", "204", "no prende", "cultura"] {
                assert!(!told.contains(personal), "«{personal}» in {told}");
            }
        }
    }
}
