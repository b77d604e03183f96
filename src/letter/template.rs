//! `rules/cartas/*.txt`: the office's own wording, checked when it is loaded.
//!
//! A letter is a text with blanks (minijinja): «Asunto: …» on the first line, an empty line, the text. A file whose name
//! begins with `_` is a piece that letters include. A letter that names a blank nobody fills, or prints one that may be
//! empty without asking `{% if %}` first, is refused when it is loaded, not when it is due.
use crate::desk::decision::{Blanks, Form};
use crate::letter::samples::samples;
use crate::office::rulefile::RuleError;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;

/// Steps that one letter may take: a loop without end stops here.
const FUEL: u64 = 50_000;
const FOLDER: &str = "cartas/";
/// Ready answers, which letters include by their name.
const READY: &str = "plantillas/";

/// Every letter of the office, compiled.
pub struct Templates {
    library: Environment<'static>,
}

/// A letter filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub subject: String,
    /// Paragraphs parted by an empty line; a paragraph is never broken within.
    pub text: String,
}

impl Templates {
    /// Letters by file name («cartas/acuse.txt»). A letter missing, or with a blank nobody fills, is an error.
    pub fn load(files: &BTreeMap<String, String>, errors: &mut Vec<RuleError>) -> Option<Templates> {
        let before = errors.len();
        let mut library = Environment::new();
        library.set_undefined_behavior(UndefinedBehavior::Strict);
        library.set_auto_escape_callback(|_| AutoEscape::None);
        library.set_fuel(Some(FUEL));
        // A line that holds only a tag leaves no empty line behind.
        library.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default());
        library.set_formatter(|out, state, value| match value.is_none() {
            true => Err(Error::new(ErrorKind::UndefinedError, "se imprime un dato que puede faltar")),
            false => minijinja::escape_formatter(out, state, value),
        });
        let letters = files.iter().filter_map(|(path, text)| Some((path.strip_prefix(FOLDER)?, text)));
        for (name, text) in letters.filter(|(name, _)| name.starts_with('_') || name.starts_with(READY)) {
            add(&mut library, name, text, text.clone(), errors);
        }
        for form in Form::ALL {
            let (name, path) = (form.word(), format!("{FOLDER}{form}.txt"));
            match files.get(&path) {
                None => errors.push(fault(&path, "", 1, "falta esta carta; copie la que trae el programa".to_owned())),
                Some(text) => add_letter(&mut library, name, &path, text, errors),
            }
        }
        let templates = Templates { library };
        if errors.len() == before {
            templates.check(files, errors);
        }
        warn_of_strangers(files, errors);
        errors.iter().skip(before).all(|e| e.warning).then_some(templates)
    }

    /// Fills a letter in. A letter that fails all the same, by data no sample has, is written plainly by the program.
    pub fn fill(&self, form: Form, blanks: &Blanks) -> Filled {
        self.try_fill(form, blanks).unwrap_or_else(|_| plain(blanks))
    }

    fn try_fill(&self, form: Form, blanks: &Blanks) -> Result<Filled, Error> {
        let text = |name: &str| self.library.get_template(name)?.render(Serde(blanks));
        Ok(Filled { subject: one_line(&text(&subject_of(form.word()))?), text: tidy(&text(&body_of(form.word()))?) })
    }

    /// Renders every letter with every sample; the first fault of a letter is told.
    fn check(&self, files: &BTreeMap<String, String>, errors: &mut Vec<RuleError>) {
        for form in Form::ALL {
            let failed = samples().iter().find_map(|blanks| self.try_fill(*form, blanks).err());
            let failed = failed.or_else(|| self.check_ready(*form, files));
            if let Some(error) = failed {
                let (path, line) = place(&error, form.word());
                let text = files.get(&path).map(String::as_str).unwrap_or_default();
                errors.push(fault(&path, text, line, explain(&error)));
            }
        }
    }

    /// The first fault of a ready answer, in the letter that carries it to who asked.
    fn check_ready(&self, form: Form, files: &BTreeMap<String, String>) -> Option<Error> {
        let ready =
            |path: &String| Some(path.strip_prefix(FOLDER)?.strip_prefix(READY)?.strip_suffix(".txt")?.to_owned());
        let names = files.keys().filter(|_| form == Form::Estado).filter_map(ready);
        let samples = samples();
        let filled = names.flat_map(|name| {
            samples.iter().map(move |blanks| Blanks { plantilla: Some(name.clone()), ..blanks.clone() })
        });
        filled.map(|blanks| self.try_fill(form, &blanks)).find_map(Result::err)
    }
}

fn subject_of(letter: &str) -> String {
    format!("{letter}#asunto")
}

fn body_of(letter: &str) -> String {
    format!("{letter}.txt")
}

fn add_letter(library: &mut Environment<'static>, name: &str, path: &str, text: &str, errors: &mut Vec<RuleError>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let Some(subject) = first.strip_prefix("Asunto:") else {
        errors.push(fault(path, text, 1, "la primera línea debe ser «Asunto: …»".to_owned()));
        return;
    };
    if rest.trim_start_matches(['\r', ' ']).split('\n').next().is_some_and(|line| !line.trim().is_empty()) {
        errors.push(fault(path, text, 2, "entre el asunto y el texto va una línea en blanco".to_owned()));
    }
    add(library, &subject_of(name), path, subject.trim().to_owned(), errors);
    // The line of the subject stays, empty, so that the engine counts lines as the author does.
    add(library, &body_of(name), path, format!("\n{rest}"), errors);
}

fn add(library: &mut Environment<'static>, name: &str, path: &str, source: String, errors: &mut Vec<RuleError>) {
    let text = source.clone();
    if let Err(error) = library.add_template_owned(name.to_owned(), source) {
        let path = if path.contains('/') { path.to_owned() } else { format!("{FOLDER}{name}") };
        errors.push(fault(&path, &text, error.line().unwrap_or(1), explain(&error)));
    }
}

/// File and line of a fault that showed while a letter was filled in: the deepest piece that is known.
fn place(error: &Error, letter: &str) -> (String, usize) {
    let mut at = (format!("{FOLDER}{letter}.txt"), error.line().unwrap_or(1));
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<Error>()
            && let (Some(name), Some(line)) = (error.name(), error.line())
        {
            let file = name.strip_suffix("#asunto").map_or_else(|| name.to_owned(), |letter| format!("{letter}.txt"));
            at = (format!("{FOLDER}{file}"), line);
        }
        cause = inner.source();
    }
    at
}

fn explain(error: &Error) -> String {
    let detail = error.detail().unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::SyntaxError => "la carta no se entiende: revise las llaves {{ }} y {% %}".to_owned(),
        ErrorKind::UndefinedError if detail.contains("puede faltar") => {
            "se escribe un dato que puede faltar; enciérrelo así: {% if dato %}{{ dato }}{% endif %}".to_owned()
        }
        ErrorKind::UndefinedError => format!("ese dato no existe; existen: {}", known_blanks()),
        ErrorKind::TemplateNotFound => "se incluye una pieza que no existe en cartas/".to_owned(),
        ErrorKind::OutOfFuel => "la carta no termina: revise los {% for %}".to_owned(),
        kind => format!("la carta no se puede escribir: {kind}"),
    };
    if detail.is_empty() || error.kind() == ErrorKind::UndefinedError { what } else { format!("{what} ({detail})") }
}

/// The names of all blanks, from the type itself.
fn known_blanks() -> String {
    let value = serde_json::to_value(Blanks::default()).unwrap_or_default();
    value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

fn warn_of_strangers(files: &BTreeMap<String, String>, errors: &mut Vec<RuleError>) {
    for (path, text) in files {
        let letter = path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(".txt"));
        if letter
            .is_some_and(|name| !name.starts_with('_') && !name.starts_with(READY) && Form::from_word(name).is_none())
        {
            let known = Form::ALL.iter().map(|f| f.word()).collect::<Vec<_>>().join(", ");
            let mut warning = fault(path, text, 1, format!("nadie envía esta carta; las que se envían son: {known}"));
            warning.warning = true;
            errors.push(warning);
        }
        let included = |name: &str| files.values().any(|text| text.contains(&format!("\"{name}.txt\"")));
        if letter.is_some_and(|name| name.starts_with('_') && !included(name)) {
            let mut warning = fault(path, text, 1, "ninguna carta incluye esta pieza".to_owned());
            warning.warning = true;
            errors.push(warning);
        }
    }
}

fn fault(path: &str, text: &str, line: usize, what: String) -> RuleError {
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
    RuleError { file: path.to_owned(), line, column: 1, source, what, warning: false }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No space at the ends of lines, no more than one empty line in a row.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.trim().lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn plain(blanks: &Blanks) -> Filled {
    let mut text = format!("{}\n\nEste mensaje trata del caso {}: {}.", blanks.saludo, blanks.numero, blanks.asunto);
    for line in blanks.cuando.iter().map(|cuando| format!("\n\nFecha de atención: {cuando}.")) {
        text.push_str(&line);
    }
    Filled { subject: one_line(&format!("[{}] {}", blanks.numero, blanks.asunto)), text }
}
