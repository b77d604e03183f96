//! A visit: the day and the hour that the procedure promises.
use crate::office::fields::{Categoria, Prioridad, Ubicacion};
use crate::spanish::fold::fold;
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// When which technician comes, or calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The technician's `usuario` in `rules/personas.toml`.
    pub tecnico: String,
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Visit {
    /// Do the two ask for one technician at one time?
    pub fn crosses(&self, other: &Visit) -> bool {
        self.tecnico == other.tecnico && self.start < other.end && other.start < self.end
    }
}

/// A visit as it stands in the agenda, with what another one is weighed against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    pub caso: TicketId,
    pub visit: Visit,
    pub prioridad: Prioridad,
    pub categoria: Categoria,
    pub place: Place,
    /// Nothing moves it but an order.
    pub pinned: bool,
}

impl Booked {
    /// The visit of a ticket that has one.
    pub fn of(ticket: &Ticket) -> Option<Booked> {
        Some(Booked {
            caso: ticket.id,
            visit: ticket.visita.clone()?,
            prioridad: ticket.prioridad,
            categoria: ticket.categoria.clone(),
            place: Place::of(&ticket.ubicacion),
            pinned: ticket.seguimiento.firme,
        })
    }
}

/// Building and floor, so that two ways of writing one are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub edificio: Option<String>,
    pub piso: Option<String>,
}

impl Place {
    pub fn of(ubicacion: &Ubicacion) -> Place {
        Place { edificio: ubicacion.edificio.as_deref().map(fold), piso: ubicacion.piso.clone() }
    }

    /// Are the two known to be in different buildings?
    pub fn is_far_from(&self, other: &Place) -> bool {
        matches!((&self.edificio, &other.edificio), (Some(a), Some(b)) if a != b)
    }

    /// Are the two on one floor of one building, as far as they say? Who says neither is nowhere.
    pub fn is_beside(&self, other: &Place) -> bool {
        !self.is_far_from(other) && self.piso.is_some() && self.piso == other.piso
    }
}
