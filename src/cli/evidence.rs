//! What the mails that came have to teach: of each request the corrections, and what no rule took of it.
use crate::cli::weigh::{Form, form};
use crate::handbook::Handbook;
use crate::mail;
use crate::office::fields::Campo;
use crate::reading;
use crate::reading::glean::{Gleaning, Missed, glean};
use crate::reading::note::{Kind, Reading};
use crate::spanish::fold::fold;
use crate::store::db::Store;
use crate::store::labels::{Labels, Stored};
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::Timestamp;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The categoría of what no word decides.
pub(crate) const OTHER: &str = "otro";

/// A request that teaches something.
pub(crate) struct Lesson {
    pub(crate) row: i64,
    pub(crate) caso: TicketId,
    pub(crate) labels: Labels,
    /// As today's rules read it.
    pub(crate) form: Form,
    /// Who wrote: what only one person says is no rule for all.
    pub(crate) sender: String,
    pub(crate) gleanings: BTreeSet<Gleaning>,
}

/// All of it.
#[derive(Default)]
pub(crate) struct Evidence {
    pub(crate) lessons: Vec<Lesson>,
    /// Requests by their right categoría, as far as it is known; else as it was read.
    pub(crate) requests: BTreeMap<String, usize>,
    /// Words of the problem that no rule took: how many requests of each categoría have them.
    pub(crate) words: BTreeMap<String, BTreeMap<String, usize>>,
    /// Words of persons' names: never proposed.
    pub(crate) names: BTreeSet<String>,
}

impl Lesson {
    pub(crate) fn read(&self, campo: Campo) -> Option<&str> {
        self.form.get(&campo).map(|entry| entry.valor.as_str())
    }

    /// What somebody said the box should hold, where the reader put something else into it.
    pub(crate) fn wanted(&self, campo: Campo) -> Option<&str> {
        let wanted = self.labels.get(&campo)?.as_deref()?;
        (self.read(campo) != Some(wanted)).then_some(wanted)
    }

    /// Nobody has said, and no word decided.
    pub(crate) fn is_unfiled(&self) -> bool {
        !self.labels.contains_key(&Campo::Categoria) && self.read(Campo::Categoria) == Some(OTHER)
    }

    fn categoria(&self) -> &str {
        let said = self.labels.get(&Campo::Categoria).and_then(Option::as_deref);
        said.or_else(|| self.read(Campo::Categoria)).unwrap_or(OTHER)
    }

    /// Without what nobody asks about: the words of a problem that was filed rightly.
    fn thinned(mut self) -> Lesson {
        if self.wanted(Campo::Categoria).is_none() && !self.is_unfiled() {
            self.gleanings.retain(|found| found.missed != Missed::Matter);
        }
        self
    }
}

impl Evidence {
    /// Every stored request that came since then, a batch at a time on every core. A mail that brings a reader down
    /// teaches nothing.
    pub(crate) fn gather(store: &Store, book: &Handbook, since: Option<Timestamp>) -> Result<Evidence> {
        let mut evidence = Evidence::default();
        for person in &book.office.people.people {
            evidence.name(&person.nombre);
        }
        let mut after = 0;
        loop {
            let mails = store.stored(since, after)?;
            let Some(last) = mails.last() else { return Ok(evidence) };
            after = last.row;
            let lessons: Vec<Lesson> = mails.into_par_iter().filter_map(|mail| lesson(book, mail)).collect();
            lessons.into_iter().for_each(|lesson| evidence.add(lesson));
        }
    }

    fn add(&mut self, lesson: Lesson) {
        for campo in [lesson.read(Campo::Nombre), lesson.labels.get(&Campo::Nombre).and_then(Option::as_deref)] {
            let name = campo.unwrap_or_default().to_owned();
            self.name(&name);
        }
        let categoria = lesson.categoria().to_owned();
        *self.requests.entry(categoria.clone()).or_default() += 1;
        for found in lesson.gleanings.iter().filter(|found| found.missed == Missed::Matter) {
            *self.words.entry(found.words.clone()).or_default().entry(categoria.clone()).or_default() += 1;
        }
        let lesson = lesson.thinned();
        if !lesson.gleanings.is_empty() || !lesson.labels.is_empty() {
            self.lessons.push(lesson);
        }
    }

    fn name(&mut self, name: &str) {
        let folded = fold(name);
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 3);
        self.names.extend(words.map(str::to_owned));
    }

    /// Could a phrase be somebody's name?
    pub(crate) fn names_somebody(&self, words: &str) -> bool {
        words.split(' ').any(|word| self.names.contains(word))
    }
}

fn lesson(book: &Handbook, stored: Stored) -> Option<Lesson> {
    let Stored { row, caso, bytes, labels } = stored;
    let caso = caso?;
    let read = || {
        let mail = mail::parse(&bytes);
        let reading = reading::read(&book.rules, &book.office.people, &mail);
        let gleanings = if is_request(&reading) { glean(&book.rules, &mail, &reading) } else { BTreeSet::new() };
        (form(&reading), mail.from.correo, gleanings, is_request(&reading))
    };
    let (form, sender, gleanings, is_request) = catch_unwind(AssertUnwindSafe(read)).ok()?;
    (is_request || !labels.is_empty()).then_some(Lesson { row, caso, labels, form, sender, gleanings })
}

fn is_request(reading: &Reading) -> bool {
    matches!(reading.kind.value, Kind::Solicitud | Kind::ConceptoTecnico)
}
