//! A `Reading` becomes a `Decision`: facts and letters, as values. Pure: everything it needs is an argument.
pub mod account;
pub mod alarm;
pub mod asking;
pub mod blanks;
pub mod case;
pub mod chronicle;
pub mod confirm;
pub mod correct;
pub mod decision;
pub mod diary;
pub mod dispatch;
pub mod displace;
pub mod digest;
pub mod enlace;
pub mod follow;
pub mod gate;
pub mod history;
pub mod invite;
pub mod invited;
pub mod linked;
pub mod manners;
pub mod notice;
pub mod obey;
pub mod offer;
pub mod office;
pub mod open;
pub mod orders;
pub mod past;
pub mod reasons;
pub mod reminder;
pub mod replan;
pub mod returned;
pub mod round;
pub mod terms;
pub mod vigil;
pub mod visits;
pub mod warning;
pub mod wish;
pub mod wording;
use crate::desk::case::Case;
use crate::desk::decision::{Decision, Disposition, Office, Situation};
use crate::mail::message::{Hand, Mail};
use crate::reading::note::{Kind, Reading};
use jiff::Timestamp;

/// What one mail causes. `received` is when the server took it in.
pub fn decide(
    office: &Office,
    now: Timestamp,
    received: Timestamp,
    mail: &Mail,
    reading: &Reading,
    situation: &Situation,
) -> Decision {
    let case = Case { office, now, received, written: received, mail, reading, situation };
    finish(case, by_kind(case))
}

/// What was decided of one case, with what follows for others: whose hour a critical visit takes, and the guests' calendars.
pub fn finish(case: Case<'_>, decision: Decision) -> Decision {
    invite::invite(case, displace::displace(case, decision))
}

/// What each kind of mail causes.
fn by_kind(case: Case<'_>) -> Decision {
    let Case { office, mail, reading, situation, .. } = case;
    if manners::is_own(office, &mail.from.correo) {
        return follow::filed(Disposition::Propio, "viene de nuestra propia dirección");
    }
    match mail.hand {
        Hand::Ourselves => return follow::filed(Disposition::Propio, "carta nuestra que volvió"),
        Hand::Bounce => return returned::bounced(case),
        Hand::Robot if situation.ticket.is_some() && reading.kind.value != Kind::Alarma => {
            return follow::automatic(case);
        }
        Hand::Person | Hand::Robot => {}
    }
    if let Some(decision) = situation.ticket.as_ref().and_then(|ticket| confirm::confirmed(case, ticket)) {
        return decision;
    }
    match (reading.kind.value, &situation.ticket) {
        (Kind::Ajeno, _) => follow::filed(Disposition::Ajeno, "no es para la mesa"),
        (Kind::Automatico, _) => follow::automatic(case),
        (Kind::Rebote, _) => returned::bounced(case),
        (Kind::Calendario, _) => invited::invited(case),
        (Kind::Alarma, _) => alarm::alarm(case),
        (Kind::Comando, Some(ticket)) => obey::obey(case, ticket),
        (Kind::Comando, None) => match case.named() {
            Some(person) => obey::without_ticket(case, person),
            None => begin(case),
        },
        (Kind::Solicitud | Kind::Respuesta | Kind::ConceptoTecnico, Some(ticket)) => follow::reply(case, ticket),
        (Kind::Solicitud | Kind::Respuesta | Kind::ConceptoTecnico, None) => begin(case),
    }
}

/// A new ticket, unless its author has just opened many.
fn begin(case: Case<'_>) -> Decision {
    match manners::overrun(case.office, case.mail, case.situation) {
        Some(ticket) => follow::piled(case, ticket),
        None => open::open(case),
    }
}
