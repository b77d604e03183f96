//! A `Reading` becomes a `Decision`: facts and letters, as values. Pure: everything it needs is an argument.
pub mod blanks;
pub mod decision;
pub mod manners;
pub mod office;
pub mod open;
pub mod visits;
pub mod wording;
use crate::desk::decision::{Decision, Disposition, Office, Situation};
use crate::desk::open::Case;
use crate::mail::message::{Hand, Mail};
use crate::reading::note::{Kind, Reading};
use jiff::Timestamp;

/// What one mail causes.
pub fn decide(
    office: &Office,
    now: Timestamp,
    received: Timestamp,
    mail: &Mail,
    reading: &Reading,
    situation: &Situation,
) -> Decision {
    let case = Case { office, now, received, mail, reading, situation };
    if mail.hand == Hand::Ourselves {
        return filed(Disposition::Propio, "carta nuestra que volvió");
    }
    match (reading.kind.value, &situation.ticket) {
        (Kind::Ajeno, _) => filed(Disposition::Ajeno, "no es para la mesa"),
        (Kind::Automatico, _) => filed(Disposition::Automatico, "respuesta automática"),
        (Kind::Rebote, _) => filed(Disposition::Rebote, "aviso de entrega"),
        (Kind::Calendario, _) => filed(Disposition::Calendario, "respuesta de calendario"),
        (Kind::Solicitud | Kind::Respuesta | Kind::Comando | Kind::Alarma | Kind::ConceptoTecnico, _) => {
            open::open(case)
        }
    }
}

fn filed(disposition: Disposition, why: &str) -> Decision {
    Decision { disposition, facts: Vec::new(), letters: Vec::new(), why: why.to_owned() }
}
