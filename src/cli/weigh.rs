//! One mail read twice, with today's rules and with others: which boxes of the form change, and whether for the better.
use crate::exam::tally::{Count, same, text};
use crate::office::fields::Campo;
use crate::reading::note::{Found, Kind, Reading, RuleId};
use crate::store::labels::Labels;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a change is worth, where somebody has said what the mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Judgement {
    Mejor,
    Peor,
    /// Wrong before, and wrong otherwise now.
    Igual,
}

/// What one reading put into one box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) valor: String,
    /// Absent where no rule alone decides: problema and origen.
    pub(crate) regla: Option<RuleId>,
}

/// What one reading put into the boxes that a mail of its kind has.
pub(crate) type Form = BTreeMap<Campo, Entry>;

/// A mail, and what is known of it.
pub(crate) struct Paper {
    /// The ticket, or the file.
    pub(crate) name: String,
    /// Its row in the ledger; `mesa-tic quarantine export` and the reports name it so.
    pub(crate) row: Option<i64>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) labels: Labels,
}

/// What is different in one box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    pub(crate) campo: Campo,
    pub(crate) antes: Option<String>,
    pub(crate) despues: Option<String>,
    /// The rule that took the new value; of a value that is gone, the rule that took it before.
    pub(crate) regla: Option<String>,
    /// Absent where nobody has said what is right.
    pub(crate) juicio: Option<Judgement>,
}

/// One box with a label: does the label give a value, and how did both readings fare?
pub(crate) struct Judged {
    pub(crate) campo: Campo,
    wanted: bool,
    before: (bool, bool),
    after: (bool, bool),
}

/// One mail, read twice and compared.
pub(crate) struct Weighed {
    pub(crate) changes: Vec<Change>,
    pub(crate) judged: Vec<Judged>,
}

impl Judged {
    pub(crate) fn count(&self, before: &mut Count, after: &mut Count) {
        before.add(self.wanted, self.before.0, self.before.1);
        after.add(self.wanted, self.after.0, self.after.1);
    }

    fn is_right(&self, (found, same): (bool, bool)) -> bool {
        if self.wanted { same } else { !found }
    }

    pub(crate) fn was_right(&self) -> bool {
        self.is_right(self.before)
    }

    pub(crate) fn becomes_right(&self) -> bool {
        self.is_right(self.after)
    }

    fn judgement(&self) -> Judgement {
        match (self.was_right(), self.becomes_right()) {
            (false, true) => Judgement::Mejor,
            (true, false) => Judgement::Peor,
            (true, true) | (false, false) => Judgement::Igual,
        }
    }
}

/// Reads one mail twice and compares. `None`: it brings a reader down; that costs the others nothing.
pub(crate) fn weigh(paper: &Paper, read: impl Fn(&[u8]) -> [Form; 2]) -> Option<Weighed> {
    let [before, after] = catch_unwind(AssertUnwindSafe(|| read(&paper.bytes))).ok()?;
    let judged: Vec<Judged> =
        paper.labels.iter().map(|(campo, gold)| judge(*campo, gold.as_deref(), &before, &after)).collect();
    let changes = Campo::ALL.iter().filter_map(|campo| change(*campo, &before, &after, &judged)).collect();
    Some(Weighed { changes, judged })
}

/// Does the form have in this box what somebody said it should?
pub(crate) fn is_right(campo: Campo, gold: Option<&str>, form: &Form) -> bool {
    let found = form.get(&campo).map(|entry| entry.valor.as_str());
    match (gold, found) {
        (Some(wanted), Some(found)) => same(path(campo), wanted, found),
        (wanted, found) => wanted.is_none() && found.is_none(),
    }
}

fn judge(campo: Campo, gold: Option<&str>, before: &Form, after: &Form) -> Judged {
    let fared = |form: &Form| {
        let found = form.get(&campo).map(|entry| entry.valor.as_str());
        let same = gold.zip(found).is_some_and(|(wanted, found)| same(path(campo), wanted, found));
        (found.is_some(), same)
    };
    Judged { campo, wanted: gold.is_some(), before: fared(before), after: fared(after) }
}

fn change(campo: Campo, before: &Form, after: &Form, judged: &[Judged]) -> Option<Change> {
    let (old, new) = (before.get(&campo), after.get(&campo));
    let [antes, despues] = [old, new].map(|entry| entry.map(|entry| entry.valor.clone()));
    if antes == despues {
        return None;
    }
    let regla = new.or(old).and_then(|entry| entry.regla.as_ref()).map(|rule| rule.to_string());
    let juicio = judged.iter().find(|j| j.campo == campo).map(Judged::judgement);
    Some(Change { campo, antes, despues, regla, juicio })
}

/// The form as this reading fills it. A mail that asks for nothing has no more than its clase.
pub(crate) fn form(reading: &Reading) -> Form {
    let (full, alarm) = boxes(reading.kind.value);
    let fields = &reading.fields;
    let texts = [
        (Campo::Ubicacion, &fields.lugar),
        (Campo::Edificio, &fields.edificio),
        (Campo::Piso, &fields.piso),
        (Campo::Oficina, &fields.oficina),
        (Campo::Nombre, &fields.nombre),
        (Campo::Telefono, &fields.telefono),
        (Campo::Extension, &fields.extension),
        (Campo::Celular, &fields.celular),
        (Campo::Correo, &fields.correo),
    ];
    let mut form = Form::from([(Campo::Clase, taken(&reading.kind, reading.kind.value.to_string()))]);
    if full {
        form.insert(Campo::Origen, Entry { valor: reading.origen.to_string(), regla: None });
        form.extend(fields.dependencia.as_ref().map(|f| (Campo::Dependencia, taken(f, f.value.0.clone()))));
        form.extend(
            texts.iter().filter_map(|(campo, f)| Some((*campo, taken(f.as_ref()?, f.as_ref()?.value.clone())))),
        );
    }
    if full || alarm {
        form.insert(Campo::Problema, Entry { valor: reading.problema.clone(), regla: None });
        form.insert(Campo::Categoria, taken(&reading.categoria, reading.categoria.value.0.clone()));
        form.insert(Campo::Prioridad, taken(&reading.prioridad, reading.prioridad.value.to_string()));
    }
    form
}

fn taken<T>(found: &Found<T>, valor: String) -> Entry {
    Entry { valor, regla: Some(found.rule.clone()) }
}

/// Does a mail of this kind fill the whole form; does it have a problem, a categoría and a prioridad at least?
fn boxes(kind: Kind) -> (bool, bool) {
    match kind {
        Kind::Solicitud | Kind::ConceptoTecnico => (true, false),
        Kind::Alarma => (false, true),
        Kind::Respuesta | Kind::Comando | Kind::Calendario | Kind::Automatico | Kind::Rebote | Kind::Ajeno => {
            (false, false)
        }
    }
}

/// What a clerk wrote down after reading a mail, box by box: of the boxes that a mail of its kind has, all are labelled.
pub(crate) fn gold(label: &Map<String, Value>) -> Labels {
    let kind = text(label, "kind").and_then(|kind| Kind::from_word(&kind));
    let (full, alarm) = kind.map_or((false, false), boxes);
    let asked = |campo: &Campo| match campo {
        Campo::Clase => true,
        Campo::Problema | Campo::Categoria | Campo::Prioridad => full || alarm,
        Campo::Origen
        | Campo::Dependencia
        | Campo::Ubicacion
        | Campo::Edificio
        | Campo::Piso
        | Campo::Oficina
        | Campo::Nombre
        | Campo::Telefono
        | Campo::Extension
        | Campo::Celular
        | Campo::Correo => full,
    };
    Campo::ALL.iter().copied().filter(asked).map(|campo| (campo, text(label, path(campo)))).collect()
}

/// Where a label has the box.
fn path(campo: Campo) -> &'static str {
    match campo {
        Campo::Clase => "kind",
        Campo::Origen => "origen",
        Campo::Dependencia => "dependencia",
        Campo::Ubicacion => "ubicacion.texto",
        Campo::Edificio => "ubicacion.edificio",
        Campo::Piso => "ubicacion.piso",
        Campo::Oficina => "ubicacion.oficina",
        Campo::Nombre => "contacto.nombre",
        Campo::Telefono => "contacto.telefono",
        Campo::Extension => "contacto.extension",
        Campo::Celular => "contacto.celular",
        Campo::Correo => "contacto.correo",
        Campo::Problema => "problema",
        Campo::Categoria => "categoria",
        Campo::Prioridad => "prioridad",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::cli::board::Board;

    fn paper(text: &str, labels: &[(Campo, Option<&str>)]) -> Paper {
        let labels = labels.iter().map(|(campo, valor)| (*campo, valor.map(str::to_owned))).collect();
        Paper { name: text.to_owned(), row: Some(1), bytes: text.as_bytes().to_vec(), labels }
    }

    fn read(floors: [Option<&str>; 2]) -> [Form; 2] {
        let entry = |valor: &str| Entry { valor: valor.to_owned(), regla: Some(RuleId::new("u.toml:3")) };
        floors.map(|floor| floor.map(|floor| (Campo::Piso, entry(floor))).into_iter().collect())
    }

    #[test]
    fn better_worse_and_only_different() {
        for (gold, floors, expected) in [
            (Some(Some("2")), [None, Some("2")], Some(Some(Judgement::Mejor))),
            (Some(Some("2")), [Some("2"), None], Some(Some(Judgement::Peor))),
            (Some(Some("2")), [Some("3"), Some("4")], Some(Some(Judgement::Igual))),
            (Some(None), [None, Some("2")], Some(Some(Judgement::Peor))),
            (Some(None), [Some("2"), None], Some(Some(Judgement::Mejor))),
            (None, [None, Some("2")], Some(None)),
            (Some(Some("2")), [Some("2"), Some("2")], None),
        ] {
            let labels: Vec<_> = gold.into_iter().map(|gold| (Campo::Piso, gold)).collect();
            let weighed = weigh(&paper("x", &labels), |_| read(floors)).unwrap();
            let found = weighed.changes.first().map(|change| change.juicio);
            assert_eq!(found, expected, "{gold:?} {floors:?}");
        }
    }

    #[test]
    fn a_mail_that_brings_the_reader_down_is_listed_and_the_others_go_on() {
        let papers = [paper("uno", &[]), paper("malo", &[]), paper("tres", &[])];
        let board = Board::default().weighing(&papers, |bytes| match bytes {
            b"malo" => panic!("a reader that fails"),
            _ => read([None, Some("2")]),
        });
        assert_eq!((board.read, board.unreadable.len(), board.changed.len()), (2, 1, 2));
        assert_eq!(board.unreadable, ["malo (correo 1)"]);
    }
}
