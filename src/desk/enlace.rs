//! What is different when somebody speaks for his dependencia: who asked hears of it, and what is said of himself is not
//! said of the case.
use crate::desk::blanks;
use crate::desk::case::Case;
use crate::desk::decision::{Blanks, Form, Letter};
use crate::desk::manners;
use crate::mail::message::Address;
use crate::reading::note::{Extraction, Found, Kind, Zone};
use crate::ticket::facts::Ticket;

/// Is the sender an enlace, and not who asked himself?
fn is_one(case: Case<'_>, ticket: &Ticket) -> bool {
    case.is_from_enlace(ticket) && !case.is_from_requester(ticket)
}

/// By whom a case was closed, for its history.
pub fn who(case: Case<'_>, ticket: &Ticket) -> &'static str {
    if is_one(case, ticket) { "el enlace de la dependencia" } else { "quien lo pidió" }
}

/// For the technician.
pub fn said(case: Case<'_>, ticket: &Ticket) -> Option<&'static str> {
    is_one(case, ticket).then_some("Quien escribe es el enlace de la dependencia.")
}

/// What an enlace did in somebody's name, to that somebody.
pub fn tell(case: Case<'_>, ticket: &Ticket, done: &str) -> Option<Letter> {
    let who = case.office.people.enlaces.iter().find(|enlace| enlace.correo == case.mail.from.correo)?;
    let reachable = manners::is_readable(case.office, &ticket.solicitante) && ticket.clase != Kind::Alarma.word();
    (reachable && is_one(case, ticket)).then(|| {
        let to = Address { correo: ticket.solicitante.clone(), nombre: None };
        let motivo = Some(format!("{}, enlace de su dependencia, {done}.", who.nombre));
        let saludo = blanks::greeting(case.office, ticket, &to);
        let blanks = Blanks { saludo, motivo, ..blanks::of(case.office, ticket, case.now) };
        blanks::tell(Form::Estado, ticket, to, &case.situation.thread, blanks)
    })
}

/// What the mail says of the person and the place of the case. Of an enlace's, only what its text says: name, signature and
/// address are his own.
pub fn said_of(case: Case<'_>, ticket: &Ticket) -> Extraction {
    let fields = case.reading.fields.clone();
    if !is_one(case, ticket) {
        return fields;
    }
    let told = |found: Option<Found<String>>| {
        found.filter(|found| match found.zone {
            Zone::Etiqueta | Zone::Texto | Zone::Asunto => true,
            Zone::Firma
            | Zone::Reenviado
            | Zone::Remitente
            | Zone::Adjunto
            | Zone::Directorio
            | Zone::Historial
            | Zone::Regla => false,
        })
    };
    Extraction {
        dependencia: fields.dependencia,
        lugar: told(fields.lugar),
        edificio: told(fields.edificio),
        piso: told(fields.piso),
        oficina: told(fields.oficina),
        nombre: told(fields.nombre),
        telefono: told(fields.telefono),
        extension: told(fields.extension),
        celular: told(fields.celular),
        correo: told(fields.correo),
    }
}
