//! A labelled folder as values: each mail's bytes and its labels, every fault of the labels told with file and line.
use crate::exam::label::{because, label};
use crate::exam::tally::Verdict;
use crate::handbook::Handbook;
use crate::mail;
use crate::office::rulefile::RuleError;
use crate::reading;
use crate::reading::note::Kind;
use crate::spanish::refusal;
use crate::spanish::toml_words;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The folder of a set of rules where an office keeps labelled mails of its own.
pub const EXAMPLES: &str = "ejemplos";

/// A mail and what a clerk wrote down after reading it.
#[derive(Clone, Debug)]
pub struct Example {
    /// «012-formulario»: the names of its two files without their endings.
    pub stem: String,
    /// Its mail, as whoever named the folder calls it.
    pub file: String,
    pub bytes: Vec<u8>,
    pub gold: Map<String, Value>,
}

/// The keys that a label may have, and those of its tables.
const KEYS: &[&str] = &[
    "kind",
    "origen",
    "dependencia",
    "ubicacion",
    "contacto",
    "problema",
    "categoria",
    "prioridad",
    "faltan",
    "respuesta",
    "comandos",
];
const TABLES: &[(&str, &[&str])] = &[
    ("ubicacion", &["texto", "edificio", "piso", "oficina"]),
    ("contacto", &["nombre", "telefono", "extension", "celular", "correo"]),
    ("respuesta", &["texto_nuevo"]),
];

/// The examples beside a set of rules; none where the folder is missing. A mail there that no name makes an example is a fault.
pub fn beside(rules: &Path) -> Result<Vec<Example>, Vec<RuleError>> {
    let dir = rules.join(EXAMPLES);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let files = files(&dir, EXAMPLES)?;
    let nameless = files.keys().filter(|name| !is_numbered(name));
    let what = "el nombre debe empezar por tres cifras y un guion, así: 012-algo";
    let faults: Vec<RuleError> =
        nameless.map(|name| fault(&format!("{EXAMPLES}/{name}"), "", 0, what.to_owned())).collect();
    if faults.is_empty() { examples(&files, EXAMPLES) } else { Err(faults) }
}

/// The labelled mails of any folder, by their names `NNN-slug`; whatever else lies there is none of them.
pub fn folder(dir: &Path) -> Result<Vec<Example>, Vec<RuleError>> {
    let called = dir.display().to_string();
    let mut files = files(dir, &called)?;
    files.retain(|name, _| is_numbered(name));
    examples(&files, &called)
}

fn is_numbered(name: &str) -> bool {
    name.as_bytes().iter().take(3).filter(|b| b.is_ascii_digit()).count() == 3 && name.as_bytes().get(3) == Some(&b'-')
}

/// Every mail and label of a folder, by name.
fn files(dir: &Path, called: &str) -> Result<BTreeMap<String, Vec<u8>>, Vec<RuleError>> {
    let unreadable = |name: &str, error: &std::io::Error| {
        let file = format!("{called}{name}");
        vec![fault(&file, "", 0, format!("no se puede leer: {}", refusal::say(error)))]
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(|error| unreadable("", &error))? {
        let path = entry.map_err(|error| unreadable("", &error))?.path();
        if path.extension().is_some_and(|e| e == "toml" || e == "eml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = fs::read(&path).map_err(|error| unreadable(&format!("/{name}"), &error))?;
            files.insert(name, bytes);
        }
    }
    Ok(files)
}

/// Pairs of `NNN-slug.eml` and `NNN-slug.toml` by their names; or every fault of the labels.
fn examples(files: &BTreeMap<String, Vec<u8>>, called: &str) -> Result<Vec<Example>, Vec<RuleError>> {
    let (mut examples, mut faults) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let Some((stem, ending)) = name.rsplit_once('.') else { continue };
        let twin = |other: &str| files.get(&format!("{stem}.{other}"));
        let file = format!("{called}/{name}");
        match (ending, twin("eml"), twin("toml")) {
            ("eml", _, None) => faults.push(fault(&file, "", 0, format!("falta su etiqueta, {stem}.toml"))),
            ("toml", None, _) => faults.push(fault(&file, "", 0, format!("falta su correo, {stem}.eml"))),
            ("toml", Some(mail), _) => {
                let text = String::from_utf8_lossy(bytes);
                let before = faults.len();
                let gold = gold(&file, &text, &mut faults);
                if faults.len() == before {
                    let file = format!("{called}/{stem}.eml");
                    examples.push(Example { stem: stem.to_owned(), file, bytes: mail.clone(), gold });
                }
            }
            _ => {}
        }
    }
    if faults.is_empty() { Ok(examples) } else { Err(faults) }
}

fn gold(file: &str, text: &str, faults: &mut Vec<RuleError>) -> Map<String, Value> {
    let gold: Map<String, Value> = match toml::from_str(text) {
        Ok(gold) => gold,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            faults.push(fault(
                file,
                text,
                at,
                format!("la etiqueta no es TOML válido: {}", toml_words::say(error.message())),
            ));
            return Map::new();
        }
    };
    let mut unknown = |key: &str, known: &[&str]| {
        let at = text.find(&format!("\n{key}")).map_or(0, |at| at + 1);
        let what = format!("clave desconocida «{key}»; aquí se admite: {}", known.join(", "));
        faults.push(fault(file, text, at, what));
    };
    gold.keys().filter(|key| !KEYS.contains(&key.as_str())).for_each(|key| unknown(key, KEYS));
    for (table, known) in TABLES {
        let inner = gold.get(*table).and_then(Value::as_object).into_iter().flat_map(Map::keys);
        inner.filter(|key| !known.contains(&key.as_str())).for_each(|key| unknown(key, known));
    }
    let kind = gold.get("kind").and_then(Value::as_str);
    if kind.and_then(Kind::from_word).is_none() {
        let known = Kind::ALL.iter().map(|k| k.word()).collect::<Vec<_>>().join(", ");
        let at = text.find("kind").unwrap_or(0);
        faults.push(fault(file, text, at, format!("«kind» debe ser una de estas: {known}")));
    }
    gold
}

/// A fault at an octet of the text.
fn fault(file: &str, text: &str, at: usize, what: String) -> RuleError {
    let before = text.get(..at).unwrap_or_default();
    let (line, start) = (before.matches('\n').count() + 1, before.rfind('\n').map_or(0, |i| i + 1));
    let column = before.get(start..).map_or(1, |s| s.chars().count() + 1);
    let source = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default().to_owned();
    RuleError { file: file.to_owned(), line, column, source, what, warning: false }
}

/// How one example comes out. A mail that makes the program fail comes out wrong.
pub fn judge(handbook: &Handbook, example: &Example) -> Verdict {
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mail = mail::parse(&example.bytes);
        let reading = reading::read(&handbook.rules, &handbook.office.people, &mail);
        (label(&reading), because(&reading))
    }));
    let (read, because) = read.unwrap_or_default();
    Verdict::of(&example.stem, &example.gold, &read).by_zone(&because)
}
