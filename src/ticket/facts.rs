//! The facts of a ticket and the ticket they add up to: facts are kept for ever, the ticket is their sum.
use crate::mail::message::{Address, MessageId};
use crate::office::fields::{Campo, Categoria, Contacto, Dependencia, Origen, Prioridad, Requisito, Ubicacion};
use crate::ticket::cita::{Cita, Contestada, Invited, Respuesta};
use crate::ticket::estado::Estado;
use crate::ticket::id::TicketId;
use crate::ticket::seguimiento::{Causa, Concepto, Espera, Seguimiento};
use crate::ticket::visit::Visit;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// By field («dependencia», «prioridad»): why the desk believes it. Held in common by the copies of a ticket: it is the most of
    /// it, and seldom changes.
    pub fuentes: Arc<BTreeMap<String, Source>>,
    /// What it waits for, what was worked on, which cases belong together.
    #[serde(default, skip_serializing_if = "Seguimiento::is_empty")]
    pub seguimiento: Seguimiento,
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
    /// Booked as somebody of the office insisted, whatever stands in its way: nothing moves it but another order.
    Pinned(Visit),
    /// The visit is off; the case goes on without one.
    Released {
        motivo: String,
    },
    /// What its guests' calendars show of the visit from now on.
    Invited(Box<Invited>),
    /// A guest's calendar answered.
    Answered {
        de: String,
        respuesta: Respuesta,
        /// Of the invitation that he answered.
        secuencia: u32,
        /// When he answered, by his own clock.
        sello: Timestamp,
    },
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
        /// The address counts as out of reach from now on; false in facts from before there was such a mark.
        #[serde(default)]
        marca: bool,
    },
    Noted {
        texto: String,
    },
    /// It stands still for somebody or something; the person who asked reads `detalle`.
    Waiting {
        causa: Causa,
        hasta: Option<Date>,
        detalle: Option<String>,
    },
    /// The machine that was worked on, by its inventory tag.
    Tagged {
        placa: String,
    },
    /// Work that was done, added to what was done before.
    Spent {
        minutos: u32,
        quien: String,
    },
    Approved {
        quien: String,
    },
    Returned {
        quien: String,
        motivo: String,
    },
    /// It goes on in another ticket, and is closed.
    Merged {
        en: TicketId,
    },
    /// Another ticket goes on in this one; its person hears of this one from now on.
    Absorbed {
        caso: TicketId,
        solicitante: String,
    },
    /// A mail of its thread became a ticket of its own.
    Split {
        en: TicketId,
    },
    /// The same person's matter stands in another ticket too: a late answer, or a new problem in an old thread.
    Linked {
        con: TicketId,
    },
    /// How well who asked was served, from 1 to 5, and in which words.
    Rated {
        nota: u8,
        palabras: String,
    },
    /// Said to the person who asked, beside any order.
    Said {
        quien: String,
        texto: String,
    },
    /// A mail with orders that did not prove whose it was: kept, not carried out.
    Unproven(Box<Unproven>),
    /// Such an order was confirmed, by an answer to the letter that asked about it.
    Confirmed {
        quien: String,
        carta: MessageId,
    },
}

/// An order that nobody is known to have given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unproven {
    /// As From has it.
    pub de: String,
    /// `usuario` of the roster's person of that address.
    pub quien: String,
    pub mensaje: Option<MessageId>,
    pub texto: String,
    /// What it lacked, in plain words.
    pub falta: Vec<String>,
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
    /// A ticket is the sum of its facts. `before`: what earlier ones made of it; nothing where the first of these opens it.
    pub fn sum<'e>(before: Option<Ticket>, facts: impl IntoIterator<Item = &'e Event>) -> Option<Ticket> {
        facts.into_iter().fold(before, |ticket, fact| match (ticket, fact) {
            (None, Event::Opened(ticket)) => Some((**ticket).clone()),
            (ticket, fact) => ticket.map(|ticket| ticket.apply(fact)),
        })
    }

    /// The only way a ticket changes.
    pub fn apply(mut self, event: &Event) -> Ticket {
        self.hear(event);
        self
    }

    /// The visit that is to come, or under way.
    pub fn coming(&self, now: Timestamp) -> Option<&Visit> {
        self.visita.as_ref().filter(|visit| self.estado.is_open() && visit.end > now)
    }

    /// Whom its letters go to, by the name that he is known by.
    pub fn requester(&self) -> Address {
        let to = self.party(&self.solicitante);
        Address { nombre: self.seguimiento.escribe.clone().or(to.nombre), ..to }
    }

    /// Somebody whom its letters go to as well: by name if he is the one who needs the service.
    pub fn party(&self, correo: &str) -> Address {
        let own = self.contacto.correo.as_deref() == Some(correo);
        Address { correo: correo.to_owned(), nombre: self.contacto.nombre.clone().filter(|_| own) }
    }

    /// As [`Ticket::apply`], in its place.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Opened(ticket) => self.clone_from(ticket),
            Event::Moved { estado, .. } => {
                self.estado = *estado;
                self.seguimiento.espera = self.seguimiento.espera.take().filter(|_| *estado == Estado::EnEspera);
            }
            Event::Assigned { tecnico } => self.tecnico = Some(tecnico.clone()),
            Event::Ranked { prioridad, quien } => {
                self.prioridad = *prioridad;
                self.believe(Campo::Prioridad, Some(prioridad.word()), quien.as_deref());
            }
            Event::Filed { categoria, quien } => {
                self.categoria = categoria.clone();
                self.believe(Campo::Categoria, Some(&categoria.0), quien.as_deref());
            }
            Event::Booked(visit) => {
                self.visita = Some(visit.clone());
                self.seguimiento.firme = false;
            }
            Event::Pinned(visit) => {
                self.visita = Some(visit.clone());
                self.seguimiento.firme = true;
            }
            Event::Released { .. } => {
                self.visita = None;
                self.seguimiento.firme = false;
            }
            Event::Invited(invited) => {
                self.seguimiento.cita = Some(Cita::after(self.seguimiento.cita.take(), invited));
            }
            Event::Answered { de, respuesta, secuencia, sello } => {
                let answered = Contestada { respuesta: *respuesta, secuencia: *secuencia, sello: *sello };
                if let Some(cita) = &mut self.seguimiento.cita {
                    cita.respuestas.insert(de.clone(), answered);
                }
            }
            Event::Completed(data) => self.complete(data),
            Event::Corrected(data) => self.correct(data),
            Event::Waiting { causa, hasta, .. } => {
                self.estado = Estado::EnEspera;
                self.seguimiento.espera = Some(Espera { causa: *causa, hasta: *hasta });
            }
            Event::Tagged { placa } => self.seguimiento.equipo = Some(placa.clone()),
            Event::Spent { minutos, .. } => {
                self.seguimiento.minutos = self.seguimiento.minutos.saturating_add(*minutos);
            }
            Event::Approved { .. } => self.seguimiento.concepto = Some(Concepto::Aprobado),
            Event::Returned { .. } => self.seguimiento.concepto = Some(Concepto::Devuelto),
            Event::Merged { en } => {
                self.estado = Estado::Cerrado;
                self.seguimiento.espera = None;
                self.seguimiento.fusionado = Some(*en);
            }
            Event::Linked { con } => {
                if !self.seguimiento.relacionados.contains(con) {
                    self.seguimiento.relacionados.push(*con);
                }
            }
            Event::Absorbed { caso, solicitante } => self.absorb(*caso, solicitante),
            Event::Undelivered { a, marca, .. } => {
                if *marca && !self.seguimiento.no_llega.contains(a) {
                    self.seguimiento.no_llega.push(a.clone());
                }
            }
            Event::Received { de, .. } => self.seguimiento.no_llega.retain(|address| address != de),
            Event::Noted { .. }
            | Event::Said { .. }
            | Event::Split { .. }
            | Event::Unproven(_)
            | Event::Rated { .. }
            | Event::Confirmed { .. } => {}
        }
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
        if !data.fuentes.is_empty() {
            let more = data.fuentes.iter().map(|(field, source)| (field.clone(), source.clone()));
            Arc::make_mut(&mut self.fuentes).extend(more);
        }
    }

    fn absorb(&mut self, caso: TicketId, solicitante: &str) {
        let Seguimiento { absorbe, tambien, .. } = &mut self.seguimiento;
        if !absorbe.contains(&caso) {
            absorbe.push(caso);
        }
        let known = self.solicitante == solicitante || tambien.iter().any(|correo| correo == solicitante);
        if !known && !solicitante.is_empty() {
            tambien.push(solicitante.to_owned());
        }
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
            (None, Some(_)) => drop(Arc::make_mut(&mut self.fuentes).remove(campo.word())),
            (Some(valor), Some(quien)) => {
                let palabras = valor.chars().take(200).collect();
                let source =
                    Source { regla: quien.to_owned(), zona: CORRECTION.to_owned(), palabras, porque: Vec::new() };
                Arc::make_mut(&mut self.fuentes).insert(campo.word().to_owned(), source);
            }
        }
    }
}
