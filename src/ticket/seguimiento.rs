//! What has become of a ticket besides its estado: what it waits for, what was worked on, which cases belong together.
use crate::office::fields::words;
use crate::office::legal::Peticion;
use crate::ticket::cita::Cita;
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

words! {
    /// What a ticket waits for.
    Causa {
        Usuario = "usuario",
        Proveedor = "proveedor",
        Repuesto = "repuesto",
        Presupuesto = "presupuesto",
        Aprobacion = "aprobacion",
    }
}

words! {
    /// What the jefe said of a concepto técnico or a purchase.
    Concepto { Aprobado = "aprobado", Devuelto = "devuelto" }
}

/// Why a ticket stands still, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Espera {
    pub causa: Causa,
    /// The day on which the technician is reminded; absent when nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hasta: Option<Date>,
}

/// Kept beside the form of the ticket; each part is absent until a fact brings it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seguimiento {
    /// Inventory tag of the machine that was worked on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equipo: Option<String>,
    /// The name of who wrote, where that is another than who needs the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escribe: Option<String>,
    /// When the mail that opened it came in, where that was on another day: terms of the law count from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recibido: Option<Timestamp>,
    /// What was asked for, as the law parts it: written when the words that said so are taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peticion: Option<Peticion>,
    /// Minutes of work, all of them.
    #[serde(skip_serializing_if = "is_zero")]
    pub minutos: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub espera: Option<Espera>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concepto: Option<Concepto>,
    /// The ticket that goes on in this one's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fusionado: Option<TicketId>,
    /// The tickets that this one goes on for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absorbe: Vec<TicketId>,
    /// Who asked in those: they hear of this ticket too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tambien: Vec<String>,
    /// The ticket out of whose thread this one was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_de: Option<TicketId>,
    /// Cases of the same person that it goes with, without being one with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relacionados: Vec<TicketId>,
    /// Addresses at which a letter about it could not be delivered, until they write again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_llega: Vec<String>,
    /// Its visit stands as somebody of the office insisted.
    #[serde(skip_serializing_if = "is_false")]
    pub firme: bool,
    /// What the guests' calendars show of its visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cita: Option<Cita>,
}

impl Seguimiento {
    pub fn is_empty(&self) -> bool {
        *self == Seguimiento::default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(minutes: &u32) -> bool {
    *minutes == 0
}
