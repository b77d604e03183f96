//! An order as a value: what was asked, in the words in which it was asked. What the words mean on a day is the desk's to say.
use crate::office::fields::{Categoria, Prioridad};
use crate::ticket::estado::Estado;
use crate::ticket::id::TicketId;
use std::fmt;

/// An order, understood. Texts are as written, without control characters.
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
    Fusionar(CaseNumber),
    Equipo(String),
    Tiempo(String),
    Aprobar,
    Devolver(String),
    Dependencia(String),
    Ubicacion(String),
    Contacto(String),
    Separar,
    /// Cause, detail and until when, as one text.
    Espera(String),
    Plantilla(String),
    Ausente(String),
    Agenda,
    Ver,
    Ayuda,
}

/// A case as an order names it: «TIC-2026-17», or «17» of the same year as the case at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseNumber {
    pub year: Option<i16>,
    pub number: u32,
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
            Command::Fusionar(case) => ("fusionar", Some(case.to_string())),
            Command::Equipo(tag) => ("equipo", Some(tag.clone())),
            Command::Tiempo(length) => ("tiempo", Some(length.clone())),
            Command::Aprobar => ("aprobar", None),
            Command::Devolver(reason) => ("devolver", Some(reason.clone())),
            Command::Dependencia(name) => ("dependencia", Some(name.clone())),
            Command::Ubicacion(place) => ("ubicacion", Some(place.clone())),
            Command::Contacto(data) => ("contacto", Some(data.clone())),
            Command::Separar => ("separar", None),
            Command::Espera(text) => ("espera", Some(text.clone())),
            Command::Plantilla(name) => ("plantilla", Some(name.clone())),
            Command::Ausente(days) => ("ausente", Some(days.clone())),
            Command::Agenda => ("agenda", None),
            Command::Ver => ("ver", None),
            Command::Ayuda => ("ayuda", None),
        }
    }
}

impl CaseNumber {
    /// Reads «17», «#17», «TIC-2026-17» and «[TIC-2026-00017]».
    pub fn read(text: &str) -> Option<CaseNumber> {
        let text = text.trim_matches(['[', ']', '.', ' ', '#']);
        if let Ok(id) = text.parse::<TicketId>() {
            return Some(CaseNumber { year: Some(id.year), number: id.number });
        }
        let is_number = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_number && *number > 0)?;
        Some(CaseNumber { year: None, number })
    }

    pub fn in_year(self, year: i16) -> TicketId {
        TicketId { year: self.year.unwrap_or(year), number: self.number }
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => self.in_year(year).fmt(f),
            None => self.number.fmt(f),
        }
    }
}
