//! Every order the desk knows, one row each: the grammar, the help letter, the guide and the tests walk this table.
use crate::office::fields::{Categoria, Prioridad};
use crate::reading::command::order::{CaseNumber, Command};
use crate::spanish::fold::fold;
use crate::ticket::estado::Estado;

/// A verb of the grammar: its words, how it is used, and what it makes of the words after it.
#[derive(Clone, Copy)]
pub struct Verb {
    pub word: &'static str,
    /// Other words for the same, only with their `#`.
    pub synonyms: &'static [&'static str],
    pub usage: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    pub needs: Needs,
    pub bare: Bare,
    pub reach: Reach,
    /// In these estados a letter about the case reminds of it; of the others the help letter tells.
    pub offered: &'static [Estado],
    pub parse: fn(&str) -> Result<Command, String>,
}

/// Who may give the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A technician about a case in his charge or in nobody's; coordinator and jefe about all.
    Caso,
    /// Coordinator and jefe only.
    Delicada,
    /// Anybody of the office: it concerns himself and no case.
    Propia,
}

/// May a line without `#` be this order?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// When it holds nothing but the order and a short value.
    Value,
    /// As before, with a value of one word.
    OneWord,
    /// When nothing follows the word, or a colon parts them.
    Alone,
    Never,
}

/// How far the words of an order reach. Mail programs break long lines, so a text may not end with its first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Line,
    /// To the next empty line; what follows may be a signature, and somebody outside reads the text.
    Paragraph,
    /// To the next order or the end.
    Rest,
}

/// There is work to do.
const TO_DO: &[Estado] = &[Estado::Nuevo, Estado::Asignado, Estado::EnProceso, Estado::EnEspera, Estado::Reabierto];

/// Every verb, in the order in which help shows them.
pub const VERBS: &[Verb] = &[
    verb(
        "estado",
        "#estado asignado | en proceso | en espera | resuelto | cerrado | reabierto",
        "mueve el caso; quien lo pidió recibe una carta",
        estado,
    )
    .offered_in(Estado::ALL),
    verb("resuelto", "#resuelto qué se hizo", "lo da por resuelto; ese texto le llega a quien lo pidió", |text| {
        Ok(Command::Resuelto(optional(text)))
    })
    .also(&["resolver", "solucionado", "solucion"])
    .reaching(Reach::Paragraph)
    .without_mark(Bare::Alone)
    .offered_in(TO_DO),
    verb("cerrar", "#cerrar motivo", "termina el caso; el motivo le llega a quien lo pidió", |text| {
        Ok(Command::Cerrar(optional(text)))
    })
    .also(&["cierre", "cerrado"])
    .reaching(Reach::Paragraph),
    verb(
        "espera",
        "#espera usuario | proveedor | repuesto | presupuesto | aprobacion, hasta fecha",
        "lo detiene y dice por qué; ese día la mesa se lo recuerda a usted",
        |text| said(text).map(Command::Espera),
    )
    .also(&["esperar", "pausa"])
    .reaching(Reach::Paragraph)
    .without_mark(Bare::Never)
    .offered_in(TO_DO),
    verb("nota", "#nota texto interno", "solo la lee la oficina; llega hasta la próxima orden o el final", |text| {
        said(text).map(Command::Nota)
    })
    .also(&["interno", "apunte"])
    .reaching(Reach::Rest)
    .offered_in(Estado::ALL),
    verb("asignar", "#asignar usuario, correo o nombre", "pasa el caso a esa persona, con otra hora", asignar)
        .also(&["asigna", "reasignar"])
        .without_mark(Bare::OneWord)
        .offered_in(TO_DO),
    verb(
        "programar",
        "#programar fecha y hora",
        "fija la cita: #programar mañana 10 am; con «confirmo» al final, aunque se cruce",
        |text| said(text).map(Command::Programar),
    )
    .also(&["agendar", "reprogramar", "cita"])
    .offered_in(TO_DO),
    verb(
        "prioridad",
        "#prioridad critica | alta | media | baja",
        "la cambia; si sube, la visita se adelanta",
        prioridad,
    ),
    verb("categoria", "#categoria nombre", "corrige la categoría", categoria),
    verb("dependencia", "#dependencia nombre", "corrige la dependencia", |text| {
        said(text).map(|text| Command::Dependencia(one_line(&text)))
    })
    .without_mark(Bare::Never),
    verb("ubicacion", "#ubicacion piso 2, oficina 204", "corrige el lugar donde se necesita el servicio", |text| {
        said(text).map(|text| Command::Ubicacion(one_line(&text)))
    })
    .also(&["lugar"])
    .without_mark(Bare::Never),
    verb(
        "contacto",
        "#contacto nombre, ext. 204, celular 3015558812 o correo",
        "corrige la persona o sus teléfonos",
        |text| said(text).map(|text| Command::Contacto(one_line(&text))),
    )
    .also(&["persona"])
    .without_mark(Bare::Never),
    verb("equipo", "#equipo placa", "anota la placa del equipo en que trabajó", equipo)
        .also(&["placa", "inventario"])
        .without_mark(Bare::OneWord),
    verb("tiempo", "#tiempo 1 h 30 min", "suma el tiempo que le tomó", |text| said(text).map(Command::Tiempo))
        .also(&["duracion"])
        .offered_in(&[Estado::EnProceso, Estado::Resuelto]),
    verb("plantilla", "#plantilla nombre", "le envía a quien lo pidió una respuesta ya escrita", |text| {
        said(text).map(|text| Command::Plantilla(one_line(&text)))
    })
    .also(&["respuesta"])
    .without_mark(Bare::Never)
    .offered_in(TO_DO),
    verb("separar", "#separar", "abre un caso aparte con lo último que escribió la persona", |_| {
        Ok(Command::Separar)
    })
    .also(&["dividir"])
    .without_mark(Bare::Never),
    verb("fusionar", "#fusionar TIC-2026-00017", "une este caso a ese otro, que es el que sigue", fusionar)
        .also(&["unir"])
        .needing(Needs::Delicada),
    verb("aprobar", "#aprobar", "aprueba el concepto técnico o la compra", |_| Ok(Command::Aprobar))
        .also(&["aprobado", "apruebo"])
        .needing(Needs::Delicada)
        .offered_in(TO_DO),
    verb("devolver", "#devolver motivo", "lo devuelve sin aprobar; el motivo le llega a quien lo pidió", |text| {
        said(text).map(Command::Devolver)
    })
    .also(&["devuelto", "devuelvo"])
    .reaching(Reach::Paragraph)
    .needing(Needs::Delicada)
    .offered_in(TO_DO),
    verb("ver", "#ver", "le envía a usted el caso completo", |_| Ok(Command::Ver))
        .also(&["caso"])
        .without_mark(Bare::Never),
    verb("agenda", "#agenda", "le envía a usted sus visitas de los próximos días", |_| Ok(Command::Agenda))
        .also(&["citas", "visitas"])
        .needing(Needs::Propia)
        .without_mark(Bare::Never),
    verb(
        "ausente",
        "#ausente del 3 al 10 de diciembre, motivo",
        "anota los días en que usted no está; no se le dan visitas",
        |text| said(text).map(|text| Command::Ausente(one_line(&text))),
    )
    .also(&["ausencia"])
    .needing(Needs::Propia)
    .without_mark(Bare::Never),
    verb("ayuda", "#ayuda", "le envía a usted esta lista", |_| Ok(Command::Ayuda))
        .also(&["ordenes", "comandos"])
        .needing(Needs::Propia)
        .without_mark(Bare::Never)
        .offered_in(Estado::ALL),
];

const fn verb(
    word: &'static str,
    usage: &'static str,
    help: &'static str,
    parse: fn(&str) -> Result<Command, String>,
) -> Verb {
    Verb {
        word,
        synonyms: &[],
        usage,
        help,
        needs: Needs::Caso,
        bare: Bare::Value,
        reach: Reach::Line,
        offered: &[],
        parse,
    }
}

impl Verb {
    const fn also(self, synonyms: &'static [&'static str]) -> Verb {
        Verb { synonyms, ..self }
    }

    const fn needing(self, needs: Needs) -> Verb {
        Verb { needs, ..self }
    }

    const fn without_mark(self, bare: Bare) -> Verb {
        Verb { bare, ..self }
    }

    const fn reaching(self, reach: Reach) -> Verb {
        Verb { reach, ..self }
    }

    const fn offered_in(self, offered: &'static [Estado]) -> Verb {
        Verb { offered, ..self }
    }

    /// The row of an order.
    pub fn of(command: &Command) -> Option<&'static Verb> {
        let (word, _) = command.label();
        VERBS.iter().find(|verb| verb.word == word)
    }
}

fn said(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("falta lo que sigue a la orden".to_owned()) } else { Ok(text.to_owned()) }
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Without a value it asks where the case stands.
fn estado(text: &str) -> Result<Command, String> {
    let word = word(text);
    let known = match word.as_str() {
        "" | "?" => return Ok(Command::Ver),
        "proceso" | "en curso" | "en tramite" => Some(Estado::EnProceso),
        "espera" | "pendiente" => Some(Estado::EnEspera),
        "solucionado" | "terminado" | "listo" => Some(Estado::Resuelto),
        "reabrir" | "abierto" => Some(Estado::Reabierto),
        other => Estado::from_word(other),
    };
    known.map(Command::Estado).ok_or_else(|| format!("«{}» no es un estado", one_line(text)))
}

fn prioridad(text: &str) -> Result<Command, String> {
    let word = word(&said(text)?);
    let known = match word.as_str() {
        "critico" => Some(Prioridad::Critica),
        "alto" => Some(Prioridad::Alta),
        "medio" | "normal" => Some(Prioridad::Media),
        "bajo" => Some(Prioridad::Baja),
        other => Prioridad::from_word(other),
    };
    known.map(Command::Prioridad).ok_or_else(|| format!("«{}» no es una prioridad", one_line(text)))
}

fn categoria(text: &str) -> Result<Command, String> {
    let word = word(text).replace([' ', '-'], "_");
    if word.is_empty() { Err("falta la categoría".to_owned()) } else { Ok(Command::Categoria(Categoria(word))) }
}

fn asignar(text: &str) -> Result<Command, String> {
    let who = one_line(&said(text)?);
    let who = who.strip_prefix("a ").unwrap_or(&who).trim_start_matches('@').trim_end_matches('.');
    match who.split_whitespace().count() {
        1..=5 => Ok(Command::Asignar(who.to_owned())),
        _ => Err(format!("«{who}» no es un usuario, un correo ni un nombre")),
    }
}

fn fusionar(text: &str) -> Result<Command, String> {
    let case = said(text).map(|text| CaseNumber::read(&text))?;
    case.map(Command::Fusionar).ok_or_else(|| format!("«{}» no es el número de un caso", one_line(text)))
}

/// Letters, digits and what parts them, with a digit somewhere.
fn equipo(text: &str) -> Result<Command, String> {
    let tag = one_line(&said(text)?);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '/' | '_' | ' ');
    let is_tag =
        tag.chars().all(fits) && tag.chars().any(|c| c.is_ascii_digit()) && (4..=40).contains(&tag.chars().count());
    if is_tag { Ok(Command::Equipo(tag)) } else { Err(format!("«{tag}» no es la placa de un equipo")) }
}

/// One word or a few of a closed list: folded, without the marks that phones put around them.
fn word(text: &str) -> String {
    fold(one_line(text).trim_matches(['.', ',', ';', '"', '“', '”', '\'', '«', '»', ' ']))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
