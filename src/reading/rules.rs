//! `rules/*.toml`, checked and compiled: all errors at once, with file and line.
use crate::office::fields::{Categoria, Dependencia, Prioridad};
use crate::office::rulefile::{Entry, RuleError, RuleFile, Text};
use crate::reading::answer;
use crate::reading::book::Book;
use crate::reading::catalog;
use crate::reading::lexicon::Lexicon;
use crate::reading::note::RuleId;
use crate::reading::tag::{Courtesy, Cue, Field, Impact, Mark, Person, Place, Tag, Urgency};
use std::collections::BTreeMap;
use std::ops::Range;

/// The rules by which mails are read.
pub struct Rules {
    pub(crate) lexicon: Lexicon,
    /// What people say of their own case.
    pub(crate) answers: Lexicon,
    pub(crate) dependencias: Vec<Office>,
    /// Empty where the office keeps none.
    pub(crate) book: Book,
    /// Floors that have a word of their own: «sotano».
    pub(crate) pisos: Vec<String>,
    pub(crate) categorias: Vec<Topic>,
    /// The rule of the categoría that is left when no word decides.
    pub(crate) otra: RuleId,
}

/// A dependencia of the catalogue.
pub(crate) struct Office {
    pub(crate) nombre: Dependencia,
    /// The larger one that it is part of: naming both means the smaller.
    pub(crate) parte_de: Option<String>,
    /// It has a building of its own, so its name is a place.
    pub(crate) sede_propia: bool,
    /// Every secretaría has one of the kind: beside the name of a secretaría it is that one's.
    pub(crate) comun: bool,
    /// It is the one that gets these mails: to name it says nothing of the writer.
    pub(crate) atiende: bool,
}

/// A categoría, and what its cases weigh when the mail says nothing of it.
pub(crate) struct Topic {
    pub(crate) nombre: Categoria,
    pub(crate) rule: RuleId,
    pub(crate) impacto: Impact,
    pub(crate) urgencia: Urgency,
    /// Where something of it fails, its user stands still.
    pub(crate) detiene: bool,
}

/// Rule files by name («dependencias.toml»), with their text.
pub type Files = BTreeMap<String, String>;

/// The categoría of what no word decides.
const OTHER: &str = "otro";

impl Rules {
    /// Every fault of every file, or rules that are whole. Warnings alone do not stop them.
    pub fn load(files: &Files, errors: &mut Vec<RuleError>) -> Option<Rules> {
        let before = errors.iter().filter(|e| !e.warning).count();
        let mut lexicon = Lexicon::default();
        let mut read = Reader { files, errors };
        let dependencias = read.file("dependencias.toml", |file, entry| catalog::load(file, entry, &mut lexicon));
        let offices = dependencias.as_deref().unwrap_or_default();
        let book = read.optional("directorio.toml", |file, entry| Book::load(file, entry, offices));
        let pisos = read.file("ubicaciones.toml", |file, entry| places(file, entry, &mut lexicon));
        read.file("contacto.toml", |file, entry| contact(file, entry, &mut lexicon));
        read.file("correo.toml", |file, entry| courtesies(file, entry, &mut lexicon));
        let categorias = read.file("categorias.toml", |file, entry| topics(file, entry, &mut lexicon));
        read.file("prioridad.toml", |file, entry| priorities(file, entry, &mut lexicon));
        read.file("clases.toml", |file, entry| classes(file, entry, &mut lexicon));
        let answers = read.file("respuestas.toml", answer::load);
        lexicon.settle();
        let whole = errors.iter().filter(|e| !e.warning).count() == before;
        let categorias = categorias?;
        let otra = categorias.iter().find(|t| t.nombre.0 == OTHER).map(|t| t.rule.clone())?;
        whole.then_some(Rules {
            lexicon,
            answers: answers?,
            dependencias: dependencias?,
            book: book.unwrap_or_default(),
            pisos: pisos?,
            categorias,
            otra,
        })
    }

    /// Is one dependencia part of another, at whatever remove?
    pub(crate) fn is_part(&self, name: &str, of: &str) -> bool {
        let mut name = name;
        // Bounded: an admin may write a circle.
        for _ in 0..8 {
            let office = self.dependencias.iter().find(|o| o.nombre.0 == name);
            match office.and_then(|o| o.parte_de.as_deref()) {
                Some(parent) if parent == of => return true,
                Some(parent) => name = parent,
                None => return false,
            }
        }
        false
    }

    pub(crate) fn other(&self) -> Categoria {
        Categoria(OTHER.to_owned())
    }
}

struct Reader<'a> {
    files: &'a Files,
    errors: &'a mut Vec<RuleError>,
}

impl Reader<'_> {
    /// A file that may be missing.
    fn optional<T>(&mut self, name: &str, read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> T) -> Option<T> {
        let text = self.files.get(name)?;
        Some(RuleFile::read(name, text, self.errors, read))
    }

    fn file<T>(&mut self, name: &str, read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> T) -> Option<T> {
        let Some(text) = self.files.get(name) else {
            self.errors.push(RuleError {
                file: name.to_owned(),
                line: 1,
                column: 1,
                source: String::new(),
                what: "falta este archivo; copie el que viene con el programa".to_owned(),
                warning: false,
            });
            return None;
        };
        Some(RuleFile::read(name, text, self.errors, read))
    }
}

/// Puts every phrase of a list into the net, and counts them.
fn list(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, key: &str, lexicon: &mut Lexicon, tag: Tag) -> usize {
    let phrases = entry.texts(file, key);
    for phrase in &phrases {
        lexicon.add(file, phrase, tag);
    }
    phrases.len()
}

fn places(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) -> Vec<String> {
    for place in Place::ALL {
        list(file, entry, place.word(), lexicon, Tag::Place { place: *place, value: None });
    }
    list(file, entry, "no_son_lugares", lexicon, Tag::NotMeant(Field::Lugar));
    let mut fixed = Vec::new();
    entry.tables(file, "piso_con_nombre", |file, entry| {
        let value = Some(fixed.len() as u16);
        list(file, entry, "palabras", lexicon, Tag::Place { place: Place::Piso, value });
        fixed.extend(entry.text(file, "valor").map(|t| t.value));
    });
    fixed
}

fn contact(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) {
    entry.table(file, "etiquetas", |file, entry| {
        for field in Field::ALL {
            list(file, entry, field.word(), lexicon, Tag::Label(*field));
        }
    });
    entry.table(file, "numeros", |file, entry| {
        for cue in Cue::ALL {
            list(file, entry, cue.word(), lexicon, Tag::Cue(*cue));
        }
    });
    entry.table(file, "personas", |file, entry| {
        for person in Person::ALL {
            list(file, entry, person.word(), lexicon, Tag::Person(*person));
        }
    });
    list(file, entry, "buzones_compartidos", lexicon, Tag::Shared);
}

fn courtesies(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) {
    for courtesy in Courtesy::ALL {
        list(file, entry, courtesy.word(), lexicon, Tag::Courtesy(*courtesy));
    }
}

/// Weights of the three lists of a categoría, and of the words that speak against it.
const TOPIC_LISTS: [(&str, i16); 4] = [("decisivas", 8), ("fuertes", 4), ("palabras", 1), ("contra", -6)];

fn topics(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    entry.tables(file, "categoria", |file, entry| {
        let index = topics.len() as u16;
        let mut words = 0;
        for (key, weight) in TOPIC_LISTS {
            let count = list(file, entry, key, lexicon, Tag::Topic { index, weight });
            words += if weight > 0 { count } else { 0 };
        }
        for prioridad in [Prioridad::Critica, Prioridad::Alta, Prioridad::Baja] {
            let tag = Tag::Raise { index, prioridad };
            list(file, entry, &format!("{prioridad}_si"), lexicon, tag);
        }
        let impacto = level(file, entry, "impacto", Impact::from_word, Impact::ALL).unwrap_or(Impact::Bajo);
        let urgencia = level(file, entry, "urgencia", Urgency::from_word, Urgency::ALL).unwrap_or(Urgency::Media);
        let detiene = entry.flag(file, "falla_detiene").unwrap_or(true);
        // Read by the agenda; known here so that they are no faults.
        entry.integer(file, "minutos");
        entry.flag(file, "remoto");
        for key in ["responsable", "titulo"] {
            entry.optional_text(file, key);
        }
        if let Some(nombre) = entry.text(file, "nombre") {
            if topics.iter().any(|t| t.nombre.0 == nombre.value) {
                file.error(&nombre.span, format!("la categoría «{}» está dos veces; deje una", nombre.value));
            }
            if words == 0 && nombre.value != OTHER {
                let what = format!("ninguna frase delata «{}»: nunca se escogerá; escriba «decisivas»", nombre.value);
                file.warn(&nombre.span, what);
            }
            let rule = RuleId::new(format!("{}:{}", file.name(), file.line(&nombre.span)));
            topics.push(Topic { nombre: Categoria(nombre.value), rule, impacto, urgencia, detiene });
        }
    });
    if !topics.iter().any(|t| t.nombre.0 == OTHER) {
        file.error(&entry.span, format!("falta la categoría «{OTHER}»; escriba [[categoria]] nombre = \"{OTHER}\""));
    }
    topics
}

fn level<T: Copy + std::fmt::Display>(
    file: &mut RuleFile<'_>,
    entry: &mut Entry<'_>,
    key: &str,
    from_word: fn(&str) -> Option<T>,
    all: &[T],
) -> Option<T> {
    let text = entry.optional_text(file, key)?;
    let found = from_word(&text.value);
    if found.is_none() {
        let words = all.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
        file.error(&text.span, format!("«{}» no se conoce en «{key}»; escriba una de estas: {words}", text.value));
    }
    found
}

/// The lists of `prioridad.toml` from which it is told whether a person can work on.
const STANDSTILL_LISTS: [(&str, Tag); 6] = [
    ("no_puede_trabajar", Tag::Stopped),
    ("falla", Tag::Fails),
    ("alternativa", Tag::Workaround),
    ("accesorios", Tag::Accessory),
    ("peticion", Tag::Wish),
    ("no_cuentan", Tag::Named),
];

fn priorities(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) {
    entry.table(file, "impacto", |file, entry| {
        for level in Impact::ALL {
            list(file, entry, level.word(), lexicon, Tag::Impact { level: *level, weight: 1 });
        }
    });
    entry.table(file, "urgencia", |file, entry| {
        for level in Urgency::ALL {
            list(file, entry, level.word(), lexicon, Tag::Urgency { level: *level, weight: 1 });
        }
    });
    entry.table(file, "siempre", |file, entry| {
        for prioridad in Prioridad::ALL {
            list(file, entry, prioridad.word(), lexicon, Tag::Priority(*prioridad));
        }
    });
    entry.table(file, "alarma", |file, entry| {
        for prioridad in Prioridad::ALL {
            list(file, entry, prioridad.word(), lexicon, Tag::Severity(*prioridad));
        }
    });
    entry.table(file, "plazo", |file, entry| list(file, entry, "palabras", lexicon, Tag::Due));
    for (key, tag) in STANDSTILL_LISTS {
        list(file, entry, key, lexicon, tag);
    }
}

/// The lists of `clases.toml`, and what a phrase of each weighs.
const CLASS_LISTS: [(&str, Mark, i16); 13] = [
    ("alarma_sistema", Mark::AlarmaSistema, 1),
    ("alarma_remitente", Mark::AlarmaRemitente, 1),
    ("alarma_asunto", Mark::AlarmaAsunto, 1),
    ("automatico_asunto", Mark::AutomaticoAsunto, 1),
    ("automatico_texto", Mark::AutomaticoTexto, 1),
    ("concepto", Mark::Concepto, 1),
    ("concepto_acto", Mark::ConceptoActo, 1),
    ("ajeno_claro", Mark::Ajeno, 4),
    ("ajeno", Mark::Ajeno, 1),
    ("solicitud", Mark::Solicitud, 2),
    ("otro_tema", Mark::OtroTema, 1),
    ("reenvio_propio", Mark::PropioReenvio, 1),
    ("solicitud_clara", Mark::Solicitud, 5),
];

fn classes(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) {
    for (key, mark, weight) in CLASS_LISTS {
        list(file, entry, key, lexicon, Tag::Mark { mark, weight });
    }
}

/// A text and the place where it stands, for a rule that is not a phrase of a list.
pub(crate) fn at(value: &str, span: &Range<usize>) -> Text {
    Text { value: value.to_owned(), span: span.clone() }
}
