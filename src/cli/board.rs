//! What other rules would change, over all mails: box by box, the mails that change, and the figures that fall.
use crate::cli::weigh::{Change, Form, Judgement, Paper, weigh};
use crate::exam::tally::Count;
use crate::office::fields::Campo;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A figure has fallen when it is lower by more than arithmetic may make it.
const ROUNDING: f64 = 1e-9;

/// One box over all mails.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) changed: usize,
    pub(crate) better: usize,
    pub(crate) worse: usize,
    /// Over the mails whose box is labelled.
    pub(crate) before: Count,
    pub(crate) after: Count,
}

impl Figures {
    /// F1 before and after; `None` where nothing is labelled.
    pub(crate) fn f1(&self) -> Option<(f64, f64)> {
        let labelled = self.before != Count::default() || self.after != Count::default();
        labelled.then(|| (self.before.row().2, self.after.row().2))
    }
}

/// A mail that other rules read otherwise.
pub(crate) struct Changed {
    pub(crate) name: String,
    pub(crate) row: Option<i64>,
    pub(crate) changes: Vec<Change>,
}

impl Changed {
    fn count(&self, judgement: Judgement) -> usize {
        self.changes.iter().filter(|change| change.juicio == Some(judgement)).count()
    }
}

/// The whole of it.
#[derive(Default)]
pub(crate) struct Board {
    pub(crate) read: usize,
    /// Mails of which at least one box is labelled, and those of them whose labelled boxes are all right.
    pub(crate) labelled: usize,
    pub(crate) whole_before: usize,
    pub(crate) whole_after: usize,
    pub(crate) boxes: BTreeMap<Campo, Figures>,
    pub(crate) changed: Vec<Changed>,
    /// Mails that bring a reader down.
    pub(crate) unreadable: Vec<String>,
}

impl Board {
    /// With these mails, each read twice, on every core.
    pub(crate) fn weighing(mut self, papers: &[Paper], read: impl Fn(&[u8]) -> [Form; 2] + Sync) -> Board {
        let weighed: Vec<_> = papers.par_iter().map(|paper| weigh(paper, &read)).collect();
        for (paper, weighed) in papers.iter().zip(weighed) {
            let Some(weighed) = weighed else {
                self.unreadable.push(called(&paper.name, paper.row));
                continue;
            };
            self.read += 1;
            if !weighed.judged.is_empty() {
                self.labelled += 1;
                self.whole_before += usize::from(weighed.judged.iter().all(|judged| judged.was_right()));
                self.whole_after += usize::from(weighed.judged.iter().all(|judged| judged.becomes_right()));
            }
            for judged in &weighed.judged {
                let Figures { before, after, .. } = self.boxes.entry(judged.campo).or_default();
                judged.count(before, after);
            }
            for change in &weighed.changes {
                let figures = self.boxes.entry(change.campo).or_default();
                figures.changed += 1;
                figures.better += usize::from(change.juicio == Some(Judgement::Mejor));
                figures.worse += usize::from(change.juicio == Some(Judgement::Peor));
            }
            if !weighed.changes.is_empty() {
                self.changed.push(Changed { name: paper.name.clone(), row: paper.row, changes: weighed.changes });
            }
        }
        self
    }

    /// The worst first, then the better ones, then what nobody has labelled; within each, in the order of arrival.
    pub(crate) fn sort(&mut self) {
        let rank = |c: &Changed| (usize::MAX - c.count(Judgement::Peor), usize::MAX - c.count(Judgement::Mejor));
        self.changed.sort_by_key(rank);
    }

    /// The labelled figures that fall: the box, before and after.
    pub(crate) fn fallen(&self) -> Vec<(String, f64, f64)> {
        let f1 = self.boxes.iter().filter_map(|(campo, figures)| {
            let (before, after) = figures.f1()?;
            Some((campo.to_string(), before, after))
        });
        let whole = self.whole();
        f1.chain([("todo bien".to_owned(), whole.0, whole.1)]).filter(|(_, old, new)| old - new > ROUNDING).collect()
    }

    /// The share of labelled mails that are right in every labelled box, before and after.
    pub(crate) fn whole(&self) -> (f64, f64) {
        let share = |right: usize| right as f64 / self.labelled.max(1) as f64;
        (share(self.whole_before), share(self.whole_after))
    }

    /// For scripts: `correos`, `etiquetados`, `campos`, `cambios` (every one), `ilegibles` and `baja`.
    pub(crate) fn object(&self) -> Value {
        let mut boxes = Map::new();
        for (campo, figures) in &self.boxes {
            let mut row = json!({ "cambian": figures.changed, "mejor": figures.better, "peor": figures.worse });
            if let (Some((before, after)), Some(row)) = (figures.f1(), row.as_object_mut()) {
                row.insert("antes".to_owned(), json!(before));
                row.insert("despues".to_owned(), json!(after));
            }
            boxes.insert(campo.to_string(), row);
        }
        let changes: Vec<Value> =
            self.changed.iter().map(|c| json!({ "donde": c.name, "correo": c.row, "campos": c.changes })).collect();
        let fallen: Vec<String> = self.fallen().into_iter().map(|(what, ..)| what).collect();
        json!({
            "correos": self.read,
            "etiquetados": self.labelled,
            "todo_bien": { "antes": self.whole_before, "despues": self.whole_after },
            "campos": boxes,
            "cambios": changes,
            "ilegibles": self.unreadable,
            "baja": fallen,
        })
    }
}

/// «TIC-2026-00017 (correo 41)»
pub(crate) fn called(name: &str, row: Option<i64>) -> String {
    row.map_or_else(|| name.to_owned(), |row| format!("{name} (correo {row})"))
}
