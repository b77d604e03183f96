//! The commands a technician may write: their words, their grammar.
use crate::office::fields::{Categoria, Prioridad};
use crate::ticket::estado::Estado;
use crate::ticket::id::TicketId;

/// An order, understood. Texts are as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Estado(Estado),
    Asignar(String),
    Prioridad(Prioridad),
    Categoria(Categoria),
    Programar(String),
    Nota(String),
    Cerrar(Option<String>),
    Resuelto(Option<String>),
    Fusionar(TicketId),
    Equipo(String),
    Tiempo(String),
    Aprobar,
    Devolver(String),
}

/// An order that is none, and why: for the person who wrote it. In Spanish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub line: String,
    pub why: String,
}

impl Command {
    /// `nombre` and `valor` as the labels of the corpus write them.
    pub fn label(&self) -> (&'static str, Option<String>) {
        match self {
            Command::Estado(estado) => ("estado", Some(estado.to_string())),
            Command::Asignar(who) => ("asignar", Some(who.clone())),
            Command::Prioridad(prioridad) => ("prioridad", Some(prioridad.to_string())),
            Command::Categoria(categoria) => ("categoria", Some(categoria.0.clone())),
            Command::Programar(when) => ("programar", Some(when.clone())),
            Command::Nota(text) => ("nota", Some(text.clone())),
            Command::Cerrar(reason) => ("cerrar", reason.clone()),
            Command::Resuelto(text) => ("resuelto", text.clone()),
            Command::Fusionar(ticket) => ("fusionar", Some(ticket.to_string())),
            Command::Equipo(tag) => ("equipo", Some(tag.clone())),
            Command::Tiempo(length) => ("tiempo", Some(length.clone())),
            Command::Aprobar => ("aprobar", None),
            Command::Devolver(reason) => ("devolver", Some(reason.clone())),
        }
    }
}
