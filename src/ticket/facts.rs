//! The facts of a ticket and the ticket they add up to: facts are kept for ever, the ticket is their sum.
use crate::mail::message::MessageId;
use crate::office::fields::{Campo, Categoria, Contacto, Dependencia, Origen, Prioridad, Requisito, Ubicacion};
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
    /// A `solicitud`, an `alarma` or a `concepto_tecnico`, unless somebody corrected it to something else.
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
        /// Who said so; absent in facts older than the labels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quien: Option<String>,
    },
    Filed {
        categoria: Categoria,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quien: Option<String>,
    },
    Booked(Visit),
    /// Data that was missing and has come, or was corrected, field by field.
    Completed(Box<Completed>),
    /// Somebody of the office said what a box of the form should hold.
    Corrected(Box<Corrected>),
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

/// What a box of the form should have held from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    pub campo: Campo,
    /// Absent: the mail does not say it.
    #[serde(default)]
    pub valor: Option<String>,
    /// `usuario` of a technician, or «administrador».
    pub quien: String,
    /// What is still missing now.
    pub faltan: Vec<Requisito>,
}

/// The zone of a value that no mail gave but a person of the office.
const CORRECTION: &str = "correccion";

impl Ticket {
    /// The only way a ticket changes.
    pub fn apply(mut self, event: &Event) -> Ticket {
        match event {
            Event::Opened(ticket) => return (**ticket).clone(),
            Event::Moved { estado, .. } => self.estado = *estado,
            Event::Assigned { tecnico } => self.tecnico = Some(tecnico.clone()),
            Event::Ranked { prioridad, quien } => {
                self.prioridad = *prioridad;
                self.believe(Campo::Prioridad, Some(prioridad.word()), quien.as_deref());
            }
            Event::Filed { categoria, quien } => {
                self.categoria = categoria.clone();
                self.believe(Campo::Categoria, Some(&categoria.0), quien.as_deref());
            }
            Event::Booked(visit) => self.visita = Some(visit.clone()),
            Event::Completed(data) => self.complete(data),
            Event::Corrected(data) => self.correct(data),
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
    fn correct(&mut self, data: &Corrected) {
        let valor = data.valor.clone();
        match data.campo {
            Campo::Dependencia => self.dependencia = valor.map(Dependencia),
            Campo::Ubicacion => self.ubicacion.texto = valor,
            Campo::Edificio => self.ubicacion.edificio = valor,
            Campo::Piso => self.ubicacion.piso = valor,
            Campo::Oficina => self.ubicacion.oficina = valor,
            Campo::Nombre => self.contacto.nombre = valor,
            Campo::Telefono => self.contacto.telefono = valor,
            Campo::Extension => self.contacto.extension = valor,
            Campo::Celular => self.contacto.celular = valor,
            Campo::Correo => self.contacto.correo = valor,
            Campo::Problema => self.problema = valor.unwrap_or_default(),
            // These four are never empty: without a value nothing changes.
            Campo::Clase => self.clase = valor.unwrap_or_else(|| self.clase.clone()),
            Campo::Categoria => self.categoria = valor.map_or_else(|| self.categoria.clone(), Categoria),
            Campo::Origen => self.origen = valor.and_then(|v| Origen::from_word(&v)).unwrap_or(self.origen),
            Campo::Prioridad => {
                self.prioridad = valor.and_then(|v| Prioridad::from_word(&v)).unwrap_or(self.prioridad);
            }
        }
        self.faltan = data.faltan.clone();
        self.believe(data.campo, data.valor.as_deref(), Some(&data.quien));
    }

    /// The value of a field is somebody's word from now on, whatever rule it came from before.
    fn believe(&mut self, campo: Campo, valor: Option<&str>, quien: Option<&str>) {
        match (valor, quien) {
            (_, None) => {}
            (None, Some(_)) => drop(self.fuentes.remove(campo.word())),
            (Some(valor), Some(quien)) => {
                let palabras = valor.chars().take(200).collect();
                let source =
                    Source { regla: quien.to_owned(), zona: CORRECTION.to_owned(), palabras, porque: Vec::new() };
                self.fuentes.insert(campo.word().to_owned(), source);
            }
        }
    }
}
