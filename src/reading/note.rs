//! What a careful clerk would write down after reading a mail, and where each word came from.
use crate::office::fields::words;
use crate::office::fields::{Categoria, Contacto, Dependencia, Origen, Prioridad, Requisito, Ubicacion};
use crate::reading::command::{Command, Complaint};
use crate::reading::tag::{Field, Impact, Urgency};
use jiff::civil::{Date, Time};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

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

/// The rule that took a value: «dependencias.toml:42». Shared, because every phrase that is found names its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    pub fn new(rule: impl Into<Arc<str>>) -> RuleId {
        RuleId(rule.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

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

/// What a phrase says of how grave and how pressing the matter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// How many, or what, is stopped.
    Impacto(Impact),
    Urgencia(Urgency),
    /// Something is needed by a day: so many days after the mail was written.
    Plazo(i32),
    /// The person says that he cannot work.
    Detenida,
    /// Something fails.
    Falla,
    /// Something is asked for that has not failed.
    Peticion,
    /// There is another way meanwhile.
    Alternativa,
    /// What fails is an accessory.
    Accesorio,
    /// The priority is this one, whatever else is said.
    Decide(Prioridad),
    /// The priority is this one at least.
    AlMenos(Prioridad),
    /// What a monitoring system calls the weight of its own alarm.
    Gravedad(Prioridad),
}

/// A phrase that speaks for the priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub found: Found<Says>,
    /// It decided the cell of the matrix, or the priority itself; the others were heard and outweighed.
    pub decided: bool,
}

/// The cell of the matrix of `prioridad.toml` from which the priority follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub impacto: Impact,
    pub urgencia: Urgency,
    pub detenida: bool,
}

/// Why a matter has its priority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighing {
    /// None where the matrix was not asked: an alarm is as grave as it says, and some phrases decide alone.
    pub cell: Option<Cell>,
    /// What decided first, then by where it stands in the mail.
    pub reasons: Vec<Reason>,
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Says::Impacto(level) => write!(f, "impacto {level}"),
            Says::Urgencia(Urgency::Pronto) => f.write_str("urgencia de un día para otro"),
            Says::Urgencia(level) => write!(f, "urgencia {level}"),
            Says::Plazo(0) => f.write_str("es para hoy"),
            Says::Plazo(1) => f.write_str("es para mañana"),
            Says::Plazo(days) => write!(f, "es para dentro de {days} días"),
            Says::Detenida => f.write_str("no puede trabajar"),
            Says::Falla => f.write_str("algo falla"),
            Says::Peticion => f.write_str("es una petición"),
            Says::Alternativa => f.write_str("tiene con qué seguir"),
            Says::Accesorio => f.write_str("falla un accesorio"),
            Says::Decide(prioridad) => write!(f, "es siempre {prioridad}"),
            Says::AlMenos(prioridad) => write!(f, "es al menos {prioridad}"),
            Says::Gravedad(prioridad) => write!(f, "gravedad {prioridad}"),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stopped = if self.detenida { ", no puede trabajar" } else { "" };
        write!(f, "{}, {}{stopped}", Says::Impacto(self.impacto), Says::Urgencia(self.urgencia))
    }
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

words! {
    /// What somebody says of his own case.
    Verdict {
        /// It is mended.
        Confirma = "confirma",
        /// It is not.
        Sigue = "sigue",
        /// It is wanted no more.
        Cancela = "cancela",
        /// How does it go?
        Pregunta = "pregunta",
    }
}

/// How well somebody was served, 1 to 5, and the line that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    pub nota: u8,
    pub palabras: String,
}

/// What the fresh words of an answer say of the case it is about; what is not understood is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub verdict: Option<Verdict>,
    pub rating: Option<Rating>,
    pub wish: Option<Wish>,
}

/// Another hour for the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Not on that day between these hours, or on the day of the visit where none is said; no other is named.
    NotThen { day: Option<Date>, from: Time, to: Time },
    /// On that day, or on the day of the visit where none is said; between these hours, or at the one that both are.
    Then { day: Option<Date>, from: Time, to: Time },
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
    /// Why that is its priority.
    pub weighing: Weighing,
    /// What this mail adds to the quoted history, without the signature.
    pub texto_nuevo: String,
    /// What it says of the case it answers about.
    pub dice: Said,
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
