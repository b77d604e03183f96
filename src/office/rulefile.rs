//! A rule file as its author sees it: a table at a time, every fault with file, line and what to write instead.
//!
//! serde would stop at the first fault of a file. An [`Entry`] is read key by key and goes on, so that 50 faults are 50
//! lines for the person who must mend them.
use crate::spanish::toml_words;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One fault, for the person who wrote the rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleError {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// The line at fault, for the caret.
    pub source: String,
    /// What is wrong, and what to write instead. In Spanish.
    pub what: String,
    /// A doubt rather than an error: the rules still work.
    pub warning: bool,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.warning { "advertencia" } else { "error" };
        write!(f, "{}:{}:{}: {kind}: {}", self.file, self.line, self.column, self.what)?;
        // What is missing from a file stands on no line of it.
        if self.source.trim().is_empty() {
            return Ok(());
        }
        write!(f, "\n  | {}\n  | {:>width$}", self.source.trim_end(), "^", width = self.column)
    }
}

/// A file of rules being read: its name, its text and the faults found so far.
pub struct RuleFile<'a> {
    name: &'a str,
    text: &'a str,
    errors: Vec<RuleError>,
    /// Another room owns the file: keys unknown here are its business.
    glancing: bool,
}

impl<'a> RuleFile<'a> {
    pub fn new(name: &'a str, text: &'a str) -> RuleFile<'a> {
        RuleFile { name, text, errors: Vec::new(), glancing: false }
    }

    /// Reads the whole file with `read`, which takes what it knows; keys it has not asked for are faults.
    pub fn read<T>(
        name: &str,
        text: &str,
        errors: &mut Vec<RuleError>,
        read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> T,
    ) -> T {
        RuleFile::new(name, text).read_with(errors, read)
    }

    /// Like [`RuleFile::read`], for a room that needs a few keys of a file that another room owns and checks.
    pub fn glance<T>(
        name: &str,
        text: &str,
        errors: &mut Vec<RuleError>,
        read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> T,
    ) -> T {
        RuleFile { glancing: true, ..RuleFile::new(name, text) }.read_with(errors, read)
    }

    fn read_with<T>(
        mut self,
        errors: &mut Vec<RuleError>,
        read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> T,
    ) -> T {
        let (table, faults) = DeTable::parse_recoverable(self.text);
        for fault in faults {
            self.error(
                &fault.span().unwrap_or(0..0),
                format!("el archivo no es TOML válido: {}", toml_words::say(fault.message())),
            );
        }
        let mut entry = Entry { table: table.get_ref(), span: table.span(), taken: BTreeSet::new() };
        let value = read(&mut self, &mut entry);
        entry.done(&mut self);
        errors.append(&mut self.errors);
        value
    }

    pub fn name(&self) -> &str {
        self.name
    }

    pub fn error(&mut self, span: &Range<usize>, what: impl Into<String>) {
        let error = self.place(span, what.into(), false);
        self.errors.push(error);
    }

    pub fn warn(&mut self, span: &Range<usize>, what: impl Into<String>) {
        let warning = self.place(span, what.into(), true);
        self.errors.push(warning);
    }

    /// As [`RuleFile::error`], without showing the line: it holds a secret.
    pub fn error_hiding(&mut self, span: &Range<usize>, what: impl Into<String>) {
        let error = RuleError { source: "…".to_owned(), column: 1, ..self.place(span, what.into(), false) };
        self.errors.push(error);
    }

    /// The line of a span, counted from 1.
    pub fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).map_or(1, |before| before.matches('\n').count() + 1)
    }

    fn place(&self, span: &Range<usize>, what: String, warning: bool) -> RuleError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let column = before.get(line_start..).map_or(1, |s| s.chars().count() + 1);
        let source = self.text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let (column, source) = if names_a_secret(source) { (1, "…") } else { (column, source) };
        let (file, line) = (self.name.to_owned(), before.matches('\n').count() + 1);
        RuleError { file, line, column, source: source.to_owned(), what, warning }
    }
}

/// A password in the wrong place, misspelt or without its closing quote is a password still: its line is not shown.
fn names_a_secret(line: &str) -> bool {
    let key = line.split(['=', '"', '\'']).next().unwrap_or_default().trim().to_lowercase();
    let is_like = |name: &str| strsim::osa_distance(&key, name) <= 2;
    ["password", "client_secret", "refresh_token"].into_iter().any(is_like)
        || key.starts_with("contrase")
        || key == "clave"
}

/// A text of a rule file with the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub span: Range<usize>,
}

/// One table of a rule file, read key by key.
pub struct Entry<'a> {
    table: &'a DeTable<'a>,
    /// Where the table stands in the file.
    pub span: Range<usize>,
    taken: BTreeSet<String>,
}

impl<'a> Entry<'a> {
    fn take(&mut self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.taken.insert(key.to_owned());
        self.table.get(key)
    }

    /// Does the table have this key? Asking makes the key a known one.
    pub fn has(&mut self, key: &str) -> bool {
        self.take(key).is_some()
    }

    /// Where the value of this key stands, when it is something else than a table.
    pub fn not_a_table(&mut self, key: &str) -> Option<Range<usize>> {
        self.take(key).filter(|value| value.get_ref().as_table().is_none()).map(Spanned::span)
    }

    /// A text, or a fault when it is missing or something else.
    pub fn text(&mut self, file: &mut RuleFile<'_>, key: &str) -> Option<Text> {
        if !self.table.contains_key(key) {
            self.taken.insert(key.to_owned());
            file.error(&self.span, format!("falta «{key}»; escriba {key} = \"…\""));
            return None;
        }
        self.optional_text(file, key)
    }

    pub fn optional_text(&mut self, file: &mut RuleFile<'_>, key: &str) -> Option<Text> {
        let value = self.take(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            file.error(&value.span(), format!("«{key}» debe ser un texto entre comillas"));
        }
        text.map(|t| Text { value: t.to_owned(), span: value.span() })
    }

    /// A list of texts; a single text counts as a list of one; absent is empty.
    pub fn texts(&mut self, file: &mut RuleFile<'_>, key: &str) -> Vec<Text> {
        let Some(value) = self.take(key) else { return Vec::new() };
        if let Some(one) = value.get_ref().as_str() {
            return vec![Text { value: one.to_owned(), span: value.span() }];
        }
        let Some(list) = value.get_ref().as_array() else {
            file.error(&value.span(), format!("«{key}» debe ser una lista de textos: {key} = [\"…\", \"…\"]"));
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(Text { value: text.to_owned(), span: item.span() }),
                None => file.error(&item.span(), format!("cada elemento de «{key}» debe ser un texto entre comillas")),
            }
        }
        texts
    }

    pub fn integer(&mut self, file: &mut RuleFile<'_>, key: &str) -> Option<(i64, Range<usize>)> {
        let value = self.take(key)?;
        let number = value.get_ref().as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        if number.is_none() {
            file.error(&value.span(), format!("«{key}» debe ser un número entero"));
        }
        number.map(|n| (n, value.span()))
    }

    pub fn flag(&mut self, file: &mut RuleFile<'_>, key: &str) -> Option<bool> {
        let value = self.take(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            file.error(&value.span(), format!("«{key}» debe ser true o false"));
        }
        flag
    }

    /// A sub-table, read with `read`; its unknown keys are faults.
    pub fn table<T>(
        &mut self,
        file: &mut RuleFile<'_>,
        key: &str,
        read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> T,
    ) -> Option<T> {
        let value = self.take(key)?;
        let Some(table) = value.get_ref().as_table() else {
            file.error(&value.span(), format!("«{key}» debe ser una tabla: [{key}]"));
            return None;
        };
        let mut entry = Entry { table, span: value.span(), taken: BTreeSet::new() };
        let result = read(file, &mut entry);
        entry.done(file);
        Some(result)
    }

    /// Every `[[key]]` table, read with `read`.
    pub fn tables<T>(
        &mut self,
        file: &mut RuleFile<'_>,
        key: &str,
        mut read: impl FnMut(&mut RuleFile<'_>, &mut Entry<'_>) -> T,
    ) -> Vec<T> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            file.error(&value.span(), format!("«{key}» debe ser una lista de tablas: [[{key}]]"));
            return Vec::new();
        };
        let mut results = Vec::new();
        for item in list.iter() {
            let Some(table) = item.get_ref().as_table() else {
                file.error(&item.span(), format!("cada [[{key}]] debe ser una tabla"));
                continue;
            };
            let mut entry = Entry { table, span: item.span(), taken: BTreeSet::new() };
            results.push(read(file, &mut entry));
            entry.done(file);
        }
        results
    }

    /// The keys of this table in the order of the alphabet, for tables whose keys are the author's own words.
    pub fn keys(&self) -> Vec<Text> {
        self.table.keys().map(|k| Text { value: k.get_ref().to_string(), span: k.span() }).collect()
    }

    /// Faults for every key nobody asked for, with the nearest key that exists.
    fn done(&self, file: &mut RuleFile<'_>) {
        if file.glancing {
            return;
        }
        for key in self.table.keys().filter(|k| !self.taken.contains(k.get_ref().as_ref())) {
            let near = self.taken.iter().min_by_key(|known| strsim::osa_distance(known, key.get_ref()));
            let known = self.taken.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let hint = match near {
                Some(near) if strsim::osa_distance(near, key.get_ref()) <= 2 => format!("¿quiso decir «{near}»?"),
                _ => format!("aquí se admite: {known}"),
            };
            file.error(&key.span(), format!("clave desconocida «{}»; {hint}", key.get_ref()));
        }
    }
}
