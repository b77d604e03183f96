//! What the guests' calendars show of a visit, and what they have answered.
use crate::office::fields::words;
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// What a guest's calendar answers.
    Respuesta {
        Aceptada = "aceptada",
        Rechazada = "rechazada",
        Provisional = "provisional",
        OtraHora = "otra hora",
    }
}

/// An appointment as it was last sent to its guests' calendars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The same for as long as it is the same appointment. Nobody can guess it: who names it has seen the invitation.
    pub uid: String,
    /// Grows with every change.
    pub secuencia: u32,
    /// Absent: it was taken out of the calendars.
    pub visita: Option<Visit>,
    /// Where it shows who asked that it is; empty when nowhere, absent in facts older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lugar: Option<String>,
    /// Addresses of those who have it.
    pub invitados: Vec<String>,
}

/// The appointment of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cita {
    #[serde(flatten)]
    pub invited: Invited,
    /// The last answer of each guest, by his address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub respuestas: BTreeMap<String, Contestada>,
}

/// A guest's answer, and what it is newer or older than.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contestada {
    pub respuesta: Respuesta,
    pub secuencia: u32,
    pub sello: Timestamp,
}

impl Cita {
    /// The appointment once this was sent. Answers to another appointment are none to this one.
    pub fn after(before: Option<Cita>, invited: &Invited) -> Cita {
        let respuestas = before.filter(|cita| cita.invited.uid == invited.uid).map(|cita| cita.respuestas);
        Cita { invited: invited.clone(), respuestas: respuestas.unwrap_or_default() }
    }
}
