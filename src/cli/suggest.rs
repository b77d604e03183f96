//! `mesa-tic suggest`: what corrections and unread words ask of the rules. Only what was tried and helps is proposed.
use crate::cli::args::Common;
use crate::cli::backtest;
use crate::cli::evidence::{Evidence, Lesson, OTHER};
use crate::cli::paste::{Spot, Table};
use crate::cli::setting;
use crate::cli::terminal::{BOLD, DIM, complain, paint, say, say_json};
use crate::cli::weigh::{Form, form, is_right};
use crate::cli::wishes::{Why, Wish, is_enough, wishes};
use crate::handbook::Handbook;
use crate::mail;
use crate::mail::message::Address;
use crate::office::fields::Campo;
use crate::reading;
use crate::reading::rules::Files;
use crate::store::db::Store;
use crate::ticket::id::TicketId;
use anyhow::Result;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Texts that are tried of one kind: the surest come first, and each trial loads the rules anew.
const TRIALS: usize = 12;
/// The list of labels whose values the form does not need.
const IGNORED: &str = "otro";
/// Cases that a proposal names on the terminal.
const NAMED: usize = 6;

/// A text that was tried: pasted with those before it, the rules are whole and these cases are read better.
struct Proposal {
    wish: Wish,
    spot: Spot,
    helped: Vec<TicketId>,
}

pub(crate) fn run(common: &Common, since: Option<&str>, json: bool) -> Result<ExitCode> {
    let since = since.map(backtest::day).transpose()?;
    let config = setting::config(common)?;
    let (files, _) = setting::files(common, Some(&config))?;
    let book = setting::handbook(common, &config)?;
    let store = setting::store(common)?;
    let evidence = Evidence::gather(&store, &book, since)?;
    let trial = Trial { today: &files, files: files.clone(), desk: &config.desk, store: &store, evidence };
    let proposals = trial.proposals()?;
    if json {
        say_json(&proposals.iter().map(Proposal::object).collect::<Vec<_>>())?;
    } else if proposals.is_empty() {
        complain("No hay nada que proponer: ni correcciones ni palabras repetidas que las reglas no conozcan.");
    } else {
        proposals.iter().for_each(|proposal| say(&proposal.text()));
        complain("Péguelo en una copia de las reglas y pruébelo con «mesa-tic backtest COPIA» antes de usarlo.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The rules as they grow, text by text.
struct Trial<'a> {
    today: &'a Files,
    files: Files,
    desk: &'a Address,
    store: &'a Store,
    evidence: Evidence,
}

impl Trial<'_> {
    fn proposals(mut self) -> Result<Vec<Proposal>> {
        let mut proposals = Vec::new();
        let mut trials: BTreeMap<Why, usize> = BTreeMap::new();
        for wish in wishes(&self.evidence) {
            let asks: Vec<usize> = wish.asks.iter().copied().filter(|i| self.still_asks(&wish.why, *i)).collect();
            let wish = Wish { asks, ..wish };
            let tried = trials.entry(wish.why.clone()).or_default();
            if !is_enough(&self.evidence, &wish) || *tried >= TRIALS {
                continue;
            }
            *tried += 1;
            proposals.extend(self.attempt(wish)?);
        }
        Ok(proposals)
    }

    /// Is the lesson still read otherwise than it should be?
    fn still_asks(&self, why: &Why, index: usize) -> bool {
        let Some(lesson) = self.evidence.lessons.get(index) else { return false };
        match why {
            Why::Dependencia(_) => lesson.wanted(Campo::Dependencia).is_some(),
            Why::Categoria(_) => lesson.wanted(Campo::Categoria).is_some(),
            Why::Otro => lesson.is_unfiled(),
            Why::Lugar => lesson.wanted(Campo::Ubicacion).is_some() || lesson.read(Campo::Ubicacion).is_none(),
            Why::Etiqueta => true,
        }
    }

    /// Puts the text into the rules, if they stay whole, enough of those who ask are helped and nobody is harmed.
    fn attempt(&mut self, wish: Wish) -> Result<Option<Proposal>> {
        for key in keys(&wish) {
            let mut wish = wish.clone();
            wish.edit.key = key;
            if let Some(proposal) = self.attempt_one(wish)? {
                return Ok(Some(proposal));
            }
        }
        Ok(None)
    }

    fn attempt_one(&mut self, wish: Wish) -> Result<Option<Proposal>> {
        let mut edit = wish.edit.clone();
        if wish.why == Why::Otro {
            // Any categoría shows whether the word is heard; which is right, a person must say.
            edit.table = Table::Named { array: "categoria", nombre: self.some_categoria() };
        }
        let Some(spot) = self.today.get(edit.file).and_then(|text| edit.spot(text)) else { return Ok(None) };
        let Some(text) = self.files.get(edit.file).and_then(|text| edit.paste(text)) else { return Ok(None) };
        let mut files = self.files.clone();
        files.insert(edit.file.to_owned(), text);
        let Ok(book) = Handbook::load(&files, self.desk) else { return Ok(None) };
        let read = self.read_again(&book, &wish)?;
        let helps = |index: &usize| read.get(index).is_some_and(|form| self.helps(&wish.why, *index, form));
        let helped: Vec<usize> = wish.asks.iter().copied().filter(helps).collect();
        let wish = Wish { asks: helped, ..wish };
        if !is_enough(&self.evidence, &wish) || read.iter().any(|(index, form)| self.harms(*index, form)) {
            return Ok(None);
        }
        let helped = wish.asks.iter().filter_map(|i| self.evidence.lessons.get(*i)).map(|lesson| lesson.caso).collect();
        if wish.why != Why::Otro {
            self.files = files;
        }
        for (index, form) in read {
            if let Some(lesson) = self.evidence.lessons.get_mut(index) {
                lesson.form = form;
            }
        }
        Ok(Some(Proposal { wish, spot, helped }))
    }

    fn some_categoria(&self) -> String {
        self.evidence.requests.keys().find(|name| *name != OTHER).cloned().unwrap_or_default()
    }

    /// Those who ask and those who could be harmed, read with these rules.
    fn read_again(&self, book: &Handbook, wish: &Wish) -> Result<BTreeMap<usize, Form>> {
        let lessons = self.evidence.lessons.iter().enumerate();
        let touched = lessons.filter(|(index, lesson)| !lesson.labels.is_empty() || wish.asks.contains(index));
        let papers: Vec<(usize, Vec<u8>)> =
            touched.map(|(index, lesson)| Ok((index, self.store.bytes(lesson.row)?))).collect::<Result<_>>()?;
        let read = |bytes: &[u8]| form(&reading::read(&book.rules, &book.office.people, &mail::parse(bytes)));
        let forms = papers
            .into_par_iter()
            .filter_map(|(index, bytes)| Some((index, catch_unwind(AssertUnwindSafe(|| read(&bytes))).ok()?)));
        Ok(forms.collect())
    }

    fn helps(&self, why: &Why, index: usize, form: &Form) -> bool {
        let Some(lesson) = self.evidence.lessons.get(index) else { return false };
        let now = |campo: Campo| form.get(&campo).map(|entry| entry.valor.as_str());
        match why {
            Why::Dependencia(target) => now(Campo::Dependencia) == Some(target),
            Why::Categoria(target) => now(Campo::Categoria) == Some(target),
            Why::Otro => now(Campo::Categoria) != Some(OTHER),
            Why::Lugar => match lesson.labels.get(&Campo::Ubicacion) {
                Some(gold) => is_right(Campo::Ubicacion, gold.as_deref(), form),
                None => now(Campo::Ubicacion).is_some(),
            },
            Why::Etiqueta => *form != lesson.form,
        }
    }

    /// A box that was as somebody said it should be, and would be no longer.
    fn harms(&self, index: usize, form: &Form) -> bool {
        let Some(Lesson { labels, form: before, .. }) = self.evidence.lessons.get(index) else { return false };
        let right = |campo: Campo, gold: &Option<String>, form: &Form| is_right(campo, gold.as_deref(), form);
        labels.iter().any(|(campo, gold)| right(*campo, gold, before) && !right(*campo, gold, form))
    }
}

/// The lists to try, the mildest first.
fn keys(wish: &Wish) -> Vec<&'static str> {
    match wish.why {
        Why::Categoria(_) => vec!["fuertes", "decisivas"],
        Why::Etiqueta if wish.edit.key != IGNORED => vec![wish.edit.key, IGNORED],
        Why::Dependencia(_) | Why::Lugar | Why::Etiqueta | Why::Otro => vec![wish.edit.key],
    }
}

impl Proposal {
    /// «[[categoria]] nombre = "red_internet"»; absent where a person must choose.
    fn table(&self) -> Option<String> {
        match &self.wish.edit.table {
            Table::Root => Some(String::new()),
            Table::Section(name) => Some(format!("[{name}]")),
            Table::Named { .. } if self.wish.why == Why::Otro => None,
            Table::Named { array, nombre } => Some(format!("[[{array}]] nombre = {nombre:?}")),
        }
    }

    fn because(&self) -> &'static str {
        match self.wish.why {
            Why::Dependencia(_) => "correcciones de dependencia",
            Why::Categoria(_) => "correcciones de categoría",
            Why::Otro => "correos que ninguna palabra clasifica",
            Why::Lugar => "lugares que ninguna regla toma",
            Why::Etiqueta => "etiquetas que ninguna regla conoce",
        }
    }

    fn object(&self) -> Value {
        let Wish { edit, others, of, why, .. } = &self.wish;
        let chosen = *why != Why::Otro;
        json!({
            "archivo": edit.file,
            "tabla": self.table(),
            "clave": edit.key,
            "linea": chosen.then_some(self.spot.line),
            "columna": self.spot.column.filter(|_| chosen),
            "pegar": self.spot.what,
            "palabras": edit.value,
            "porque": self.because(),
            "casos": self.helped,
            "cuantos": self.helped.len(),
            "otros": others,
            "de_otros": of,
        })
    }

    /// TOML to paste, with comments that say where and who asks.
    fn text(&self) -> String {
        let Wish { edit, others, of, .. } = &self.wish;
        let line = self.spot.line;
        let place = match (self.table(), self.spot.column) {
            (None, _) => format!("en «{}» de la [[categoria]] que corresponda", edit.key),
            (Some(table), Some(_)) => format!("{table} dentro de «{}», línea {line}", edit.key),
            (Some(table), None) => format!("{table} debajo de la línea {line}"),
        };
        let mut cases = self.helped.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if self.helped.len() > NAMED {
            cases.push_str(", …");
        }
        let count = match self.helped.len() {
            1 => "lo pide 1 caso".to_owned(),
            n => format!("lo piden {n} casos"),
        };
        let rest = if *of == 0 { String::new() } else { format!("; lo traen {others} de otros {of}") };
        let place = paint(BOLD, &format!("# {}, {}:", edit.file, place.trim_start()));
        let why = paint(DIM, &format!("# {}: {count} ({cases}){rest}", self.because()));
        format!("{place}\n{why}\n{}\n", self.spot.what)
    }
}
