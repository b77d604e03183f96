//! `directorio.toml`, the office's address book: what it knows of somebody fills what the mail leaves open, and nothing else.
use crate::office::rulefile::{Entry, RuleFile, Text};
use crate::reading::candidate::{Ballot, ENOUGH, Source};
use crate::reading::name::same_person;
use crate::reading::note::{RuleId, Zone};
use crate::reading::page::Page;
use crate::reading::person::OTHER;
use crate::reading::place::{self, Role};
use crate::reading::rules::{Office, Rules};
use crate::reading::tag::Field;
use crate::spanish::phone::{self, Line};
use std::collections::BTreeMap;

/// Somebody, or a mailbox that several people answer, as the office knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    rule: RuleId,
    /// In lower case.
    correo: String,
    nombre: Option<String>,
    dependencia: Option<String>,
    lugar: Option<String>,
    extension: Option<String>,
    celular: Option<String>,
    compartido: bool,
}

/// The address book, by address.
#[derive(Default)]
pub(crate) struct Book {
    known: BTreeMap<String, Known>,
}

impl Book {
    pub(crate) fn load(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, offices: &[Office]) -> Book {
        let mut book = Book::default();
        entry.tables(file, "contacto", |file, entry| {
            let correo = entry.text(file, "correo");
            let dependencia = entry.optional_text(file, "dependencia");
            if let Some(text) = &dependencia {
                check_office(file, text, offices);
            }
            let [extension, celular] = [("extension", Line::Corto), ("celular", Line::Celular)]
                .map(|(key, line)| entry.optional_text(file, key).and_then(|text| number(file, &text, key, line)));
            let plain = |text: Option<Text>| text.map(|t| t.value.trim().to_owned());
            let (nombre, lugar) =
                (plain(entry.optional_text(file, "nombre")), plain(entry.optional_text(file, "lugar")));
            let compartido = entry.flag(file, "compartido").unwrap_or(false);
            let Some(at) = correo else { return };
            let correo = at.value.trim().to_lowercase();
            if !correo.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) {
                file.error(&at.span, format!("«{}» no es un correo", at.value));
            }
            let rule = RuleId::new(format!("{}:{}", file.name(), file.line(&at.span)));
            let dependencia = plain(dependencia);
            let known =
                Known { rule, correo: correo.clone(), nombre, dependencia, lugar, extension, celular, compartido };
            if book.known.insert(correo, known).is_some() {
                file.error(&at.span, format!("«{}» está dos veces; deje uno", at.value));
            }
        });
        book
    }

    /// Does the book say that several people answer this mailbox?
    pub(crate) fn is_shared(&self, correo: &str) -> bool {
        self.of(correo).is_some_and(|known| known.compartido)
    }

    /// Does the book give this address a dependencia, so that who writes from it is of the house?
    pub(crate) fn is_of_the_house(&self, correo: &str) -> bool {
        self.of(correo).is_some_and(|known| known.dependencia.is_some())
    }

    fn of(&self, correo: &str) -> Option<&Known> {
        self.known.get(&correo.to_lowercase())
    }

    /// The entry of who needs the service: that of the address, or that of the name when the mail is written for another.
    fn who(&self, correo: &str, ballot: &Ballot) -> Option<&Known> {
        let said = ballot.best(Field::Nombre);
        let is_said = |known: &Known| match (&known.nombre, said) {
            (Some(nombre), Some(said)) => same_person(nombre, &said.value),
            (Some(_), None) => true,
            (None, Some(said)) => known.compartido || !(OTHER..100).contains(&said.score),
            (None, None) => true,
        };
        if let Some(known) = self.of(correo).filter(|known| known.compartido || is_said(known)) {
            return Some(known);
        }
        let said = said.filter(|c| c.value.split(' ').count() > 1)?;
        let mut named =
            self.known.values().filter(|k| k.nombre.as_deref().is_some_and(|n| same_person(n, &said.value)));
        named.next().filter(|_| named.next().is_none())
    }
}

/// Puts on the ballot what the book knows of who needs the service, below all that the mail says.
pub(crate) fn fill(rules: &Rules, correo: &str, ballot: &mut Ballot) {
    let Some(known) = rules.book.who(correo, ballot) else { return };
    let own = Some(&known.correo).filter(|_| !known.compartido);
    let reachable = ballot.best(Field::Extension).or(ballot.best(Field::Celular)).is_some();
    let number = |value: &Option<String>| value.clone().filter(|_| !reachable);
    let (extension, celular) = (number(&known.extension), number(&known.celular));
    for (field, value) in [
        (Field::Nombre, known.nombre.as_ref()),
        (Field::Dependencia, known.dependencia.as_ref()),
        (Field::Extension, extension.as_ref()),
        (Field::Celular, celular.as_ref()),
        (Field::Correo, own),
    ] {
        if let Some(value) = value {
            ballot.add(field, value.as_str(), source(&known.rule, value), ENOUGH);
        }
    }
    if let Some(lugar) = &known.lugar {
        ballot.add(Field::Lugar, lugar.as_str(), source(&known.rule, lugar), ENOUGH);
        let mut parts = Ballot::default();
        place::look(rules, &Page::whole(&rules.lexicon, Zone::Directorio, lugar), Role::Foot, 0, &mut parts);
        let parts = parts.list.into_iter().filter(|c| c.field != Field::Lugar);
        ballot.list.extend(parts.map(|mut part| {
            (part.rule, part.score) = (known.rule.clone(), ENOUGH);
            part
        }));
    }
}

/// A span of this zone counts in the value that the book gives.
fn source<'a>(rule: &RuleId, value: &'a str) -> Source<'a> {
    Source { rule: rule.clone(), zone: Zone::Directorio, span: 0..value.len(), words: value }
}

fn check_office(file: &mut RuleFile<'_>, text: &Text, offices: &[Office]) {
    if offices.iter().any(|o| o.nombre.0 == text.value) {
        return;
    }
    let near = offices.iter().min_by_key(|o| strsim::osa_distance(&o.nombre.0, &text.value));
    let hint = near.map_or(String::new(), |o| format!("; ¿quiso decir «{}»?", o.nombre.0));
    file.error(&text.span, format!("«{}» no es una dependencia de dependencias.toml{hint}", text.value));
}

/// The digits of a number of that sort.
fn number(file: &mut RuleFile<'_>, text: &Text, key: &str, line: Line) -> Option<String> {
    let found = phone::find(&text.value).into_iter().next().filter(|n| n.line == line);
    if found.is_none() {
        let example = if line == Line::Celular { "3001112233" } else { "204" };
        file.error(&text.span, format!("«{}» no sirve para «{key}»; escriba {key} = \"{example}\"", text.value));
    }
    found.map(|n| n.digits)
}
