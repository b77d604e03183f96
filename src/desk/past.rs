//! What happened before to the same person and at the same place, one line a case: who goes there should know.
use crate::desk::decision::Blanks;
use crate::desk::wording;
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::id::TicketId;
use jiff::Timestamp;

/// Earlier cases, newest first, and the files of this one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    pub persona: Vec<Before>,
    pub lugar: Vec<Before>,
    /// Name and octets.
    pub anexos: Vec<(String, u64)>,
}

/// What is told of an earlier case.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    pub id: TicketId,
    pub estado: Estado,
    pub abierto: Timestamp,
    pub asunto: String,
    /// Who needed the service.
    pub nombre: Option<String>,
}

/// Puts it into a letter. A case stands in it once; the files that the letter names already are those that came just now.
pub fn tell(blanks: &mut Blanks, past: &Past) {
    let known: Vec<_> = past.persona.iter().map(|case| case.id).collect();
    blanks.antes_persona = past.persona.iter().map(|case| line(case, None)).collect();
    let others = past.lugar.iter().filter(|case| !known.contains(&case.id));
    blanks.antes_lugar = others.map(|case| line(case, case.nombre.as_deref())).collect();
    if blanks.anexos.is_empty() {
        blanks.anexos = past.anexos.iter().map(|(name, size)| wording::file(name, *size)).collect();
    }
}

/// «TIC-2026-00012, 3/11/2026, cerrado, Nubia Carrillo: No imprime»
fn line(case: &Before, who: Option<&str>) -> String {
    let day = when::day_of(case.abierto).strftime("%-d/%-m/%Y");
    let who = who.map(|name| format!(", {}", wording::name(name))).unwrap_or_default();
    format!("{}, {day}, {}{who}: {}", case.id, case.estado, wording::line(&case.asunto, 80))
}
