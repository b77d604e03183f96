//! What happened before to the same person and at the same place, one line a case: who goes there should know.
use crate::desk::decision::Blanks;
use crate::desk::wording;
use crate::spanish::when;
use crate::ticket::facts::Ticket;

/// Earlier cases, newest first, and the files of this one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    pub persona: Vec<Ticket>,
    pub lugar: Vec<Ticket>,
    /// Name and octets.
    pub anexos: Vec<(String, u64)>,
}

/// Puts it into a letter. A case stands in it once; the files that the letter names already are those that came just now.
pub fn tell(blanks: &mut Blanks, past: &Past) {
    let known: Vec<_> = past.persona.iter().map(|ticket| ticket.id).collect();
    blanks.antes_persona = past.persona.iter().map(|ticket| line(ticket, None)).collect();
    let others = past.lugar.iter().filter(|ticket| !known.contains(&ticket.id));
    blanks.antes_lugar = others.map(|ticket| line(ticket, ticket.contacto.nombre.as_deref())).collect();
    if blanks.anexos.is_empty() {
        blanks.anexos = past.anexos.iter().map(|(name, size)| wording::file(name, *size)).collect();
    }
}

/// «TIC-2026-00012, 3/11/2026, cerrado, Nubia Carrillo: No imprime»
fn line(ticket: &Ticket, who: Option<&str>) -> String {
    let day = when::day_of(ticket.abierto).strftime("%-d/%-m/%Y");
    let who = who.map(|name| format!(", {}", wording::name(name))).unwrap_or_default();
    format!("{}, {day}, {}{who}: {}", ticket.id, ticket.estado, wording::line(&ticket.asunto, 80))
}
