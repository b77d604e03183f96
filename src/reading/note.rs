//! What a careful clerk would write down after reading a mail, and where each word came from.
use crate::office::fields::words;
use crate::office::fields::{Categoria, Contacto, Dependencia, Origen, Prioridad, Requisito, Ubicacion};
use crate::reading::command::{Command, Complaint};
use crate::reading::tag::Field;
use std::ops::Range;

words! {
    /// What sort of mail this is.
    Kind {
        Solicitud = "solicitud",
        Respuesta = "respuesta",
        Comando = "comando",
        Alarma = "alarma",
        ConceptoTecnico = "concepto_tecnico",
        Automatico = "automatico",
        Rebote = "rebote",
        Calendario = "calendario",
        Ajeno = "ajeno",
    }
}

words! {
    /// Which part of the mail a value was read from. Each is a text of its own; a span counts in it.
    Zone {
        /// `Etiqueta: valor`, a form line or a table cell. Spans count in the body's text.
        Etiqueta = "etiqueta",
        Texto = "texto",
        Firma = "firma",
        Reenviado = "reenviado",
        Asunto = "asunto",
        /// Name and address of the sender as one text: `Nombre <correo>`.
        Remitente = "remitente",
        /// A mail attached as message/rfc822: spans count in that mail's body text.
        Adjunto = "adjunto",
        /// The address book of the office.
        Directorio = "directorio",
        /// What the desk learned from earlier cases of the same person.
        Historial = "historial",
        /// No words of the mail: headers, shape, or a default of the rules.
        Regla = "regla",
    }
}

/// The rule that took a value: «dependencias.toml:42».
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub String);

/// A value and why it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    pub value: T,
    pub rule: RuleId,
    pub zone: Zone,
    /// In the text of `zone`; empty where the zone is no text.
    pub span: Range<usize>,
    /// The words of the span, as written.
    pub words: String,
}

/// A value that some words of the mail speak for, chosen or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub field: Field,
    pub value: String,
    pub rule: RuleId,
    pub zone: Zone,
    pub span: Range<usize>,
    pub words: String,
    /// How strongly it is believed: about 100 for a labelled line, 25 at least to be taken.
    pub score: i32,
}

/// The boxes of the form that concern the person and the place, each believed for its own reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extraction {
    pub dependencia: Option<Found<Dependencia>>,
    /// The span that says it all, then its parts.
    pub lugar: Option<Found<String>>,
    pub edificio: Option<Found<String>>,
    pub piso: Option<Found<String>>,
    pub oficina: Option<Found<String>>,
    pub nombre: Option<Found<String>>,
    pub telefono: Option<Found<String>>,
    pub extension: Option<Found<String>>,
    pub celular: Option<Found<String>>,
    pub correo: Option<Found<String>>,
}

/// A mail, read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub kind: Found<Kind>,
    pub origen: Origen,
    pub fields: Extraction,
    pub problema: String,
    pub categoria: Found<Categoria>,
    pub prioridad: Found<Prioridad>,
    /// What this mail adds to the quoted history, without the signature.
    pub texto_nuevo: String,
    pub commands: Vec<Result<Command, Complaint>>,
}

impl Extraction {
    pub fn ubicacion(&self) -> Ubicacion {
        let value = |found: &Option<Found<String>>| found.as_ref().map(|f| f.value.clone());
        Ubicacion {
            texto: value(&self.lugar),
            edificio: value(&self.edificio),
            piso: value(&self.piso),
            oficina: value(&self.oficina),
        }
    }

    pub fn contacto(&self) -> Contacto {
        let value = |found: &Option<Found<String>>| found.as_ref().map(|f| f.value.clone());
        Contacto {
            nombre: value(&self.nombre),
            telefono: value(&self.telefono),
            extension: value(&self.extension),
            celular: value(&self.celular),
            correo: value(&self.correo),
        }
    }

    /// What the procedure asks for and this mail does not say: `telefono` when it gives neither extension nor celular.
    pub fn missing(&self) -> Vec<Requisito> {
        let mut missing = Vec::new();
        let mut ask = |said: bool, what| {
            if !said {
                missing.push(what);
            }
        };
        ask(self.dependencia.is_some(), Requisito::Dependencia);
        ask(self.lugar.is_some(), Requisito::Ubicacion);
        ask(self.nombre.is_some(), Requisito::Nombre);
        ask(self.extension.is_some() || self.celular.is_some(), Requisito::Telefono);
        ask(self.correo.is_some(), Requisito::Correo);
        missing
    }
}
