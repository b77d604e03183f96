//! The facts of a ticket and the ticket they add up to: facts are kept for ever, the ticket is their sum.
use crate::mail::message::MessageId;
use crate::office::fields::{Categoria, Contacto, Dependencia, Origen, Prioridad, Requisito, Ubicacion};
use crate::ticket::estado::Estado;
use crate::ticket::id::TicketId;
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a value of the form came from: which rule took it, from which zone of the mail, out of which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub regla: String,
    pub zona: String,
    pub palabras: String,
    /// Of the prioridad: every phrase that decided it and what it says, «impacto medio: «no podemos» (prioridad.toml:71)».
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub porque: Vec<String>,
}

/// A case of the requirements base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub id: TicketId,
    pub estado: Estado,
    pub asunto: String,
    pub problema: String,
    pub origen: Origen,
    /// A `solicitud`, an `alarma` or a `concepto_tecnico`.
    pub clase: String,
    pub dependencia: Option<Dependencia>,
    pub ubicacion: Ubicacion,
    pub contacto: Contacto,
    pub categoria: Categoria,
    pub prioridad: Prioridad,
    /// What the procedure asks for and nobody has said yet.
    pub faltan: Vec<Requisito>,
    /// Who wrote: letters go here.
    pub solicitante: String,
    /// `usuario` of the technician in charge.
    pub tecnico: Option<String>,
    pub visita: Option<Visit>,
    pub abierto: Timestamp,
    /// By field («dependencia», «prioridad»): why the desk believes it.
    pub fuentes: BTreeMap<String, Source>,
}

/// What happened to a ticket. Stored as JSON: a case may be added, never renamed (`fixtures/facts.json` holds old ones).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    Opened(Box<Ticket>),
    Moved {
        estado: Estado,
        motivo: Option<String>,
    },
    Assigned {
        tecnico: String,
    },
    Ranked {
        prioridad: Prioridad,
    },
    Filed {
        categoria: Categoria,
    },
    Booked(Visit),
    /// Data that was missing and has come, or was corrected, field by field.
    Completed(Box<Completed>),
    /// A mail of somebody was put on the file.
    Received {
        de: String,
        mensaje: Option<MessageId>,
        texto: String,
    },
    /// A letter could not be delivered.
    Undelivered {
        a: String,
        motivo: String,
    },
    Noted {
        texto: String,
    },
}

/// The fields that a reply filled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    pub dependencia: Option<Dependencia>,
    pub ubicacion: Option<Ubicacion>,
    pub contacto: Option<Contacto>,
    pub faltan: Vec<Requisito>,
    pub fuentes: BTreeMap<String, Source>,
}

impl Ticket {
    /// The only way a ticket changes.
    pub fn apply(mut self, event: &Event) -> Ticket {
        match event {
            Event::Opened(ticket) => return (**ticket).clone(),
            Event::Moved { estado, .. } => self.estado = *estado,
            Event::Assigned { tecnico } => self.tecnico = Some(tecnico.clone()),
            Event::Ranked { prioridad } => self.prioridad = *prioridad,
            Event::Filed { categoria } => self.categoria = categoria.clone(),
            Event::Booked(visit) => self.visita = Some(visit.clone()),
            Event::Completed(data) => self.complete(data),
            Event::Received { .. } | Event::Undelivered { .. } | Event::Noted { .. } => {}
        }
        self
    }

    fn complete(&mut self, data: &Completed) {
        if let Some(dependencia) = &data.dependencia {
            self.dependencia = Some(dependencia.clone());
        }
        if let Some(ubicacion) = &data.ubicacion {
            self.ubicacion = ubicacion.clone();
        }
        if let Some(contacto) = &data.contacto {
            self.contacto = contacto.clone();
        }
        self.faltan = data.faltan.clone();
        self.fuentes.extend(data.fuentes.iter().map(|(field, source)| (field.clone(), source.clone())));
    }
}
