//! Labels compared with what was read: right, wrong and missed, field by field.
use crate::exam::label::Because;
use crate::reading::note::Zone;
use crate::spanish::fold::fold;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The slots of the form, by their path in a label.
const SLOTS: [&str; 10] = [
    "dependencia",
    "ubicacion.texto",
    "ubicacion.edificio",
    "ubicacion.piso",
    "ubicacion.oficina",
    "contacto.nombre",
    "contacto.telefono",
    "contacto.extension",
    "contacto.celular",
    "contacto.correo",
];
/// Token F1 from which a text counts as right.
const ALIKE: f64 = 0.9;

/// What was found of one field where the label gives it, does not give it, or gives something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub right: usize,
    pub false_alarms: usize,
    pub missed: usize,
}

impl Count {
    pub fn add(&mut self, gold: bool, read: bool, same: bool) {
        match (gold, read, same) {
            (true, true, true) => self.right += 1,
            (true, true, false) => {
                self.false_alarms += 1;
                self.missed += 1;
            }
            (true, false, _) => self.missed += 1,
            (false, true, _) => self.false_alarms += 1,
            (false, false, _) => {}
        }
    }

    /// Precision, recall and F1.
    pub fn row(self) -> (f64, f64, f64) {
        let ratio = |a: usize, b: usize, empty: f64| if b == 0 { empty } else { a as f64 / b as f64 };
        let precision = ratio(self.right, self.right + self.false_alarms, if self.missed == 0 { 1.0 } else { 0.0 });
        let recall = ratio(self.right, self.right + self.missed, 1.0);
        let sum = precision + recall;
        (precision, recall, if sum == 0.0 { 0.0 } else { 2.0 * precision * recall / sum })
    }
}

/// How many of how many; for texts also the sum of their token F1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    pub right: usize,
    pub of: usize,
    sum: Option<f64>,
}

impl Rate {
    fn add(&mut self, right: bool, token_f1: Option<f64>) {
        self.right += usize::from(right);
        self.of += 1;
        if let Some(f1) = token_f1 {
            *self.sum.get_or_insert(0.0) += f1;
        }
    }

    pub fn share(&self) -> f64 {
        if self.of == 0 { 1.0 } else { self.right as f64 / self.of as f64 }
    }

    pub fn mean(&self) -> Option<f64> {
        self.sum.map(|sum| sum / self.of.max(1) as f64)
    }
}

/// One case, judged.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    stem: String,
    slots: Vec<(&'static str, bool, bool, bool)>,
    rates: Vec<(&'static str, bool, Option<f64>)>,
    wrong: Vec<String>,
    zones: Vec<(Zone, bool)>,
}

impl Verdict {
    /// Judges what was read by the label: only what the label's kind asks for.
    pub fn of(stem: &str, gold: &Map<String, Value>, read: &Map<String, Value>) -> Verdict {
        let mut verdict = Verdict { stem: stem.to_owned(), ..Verdict::default() };
        let kind = text(gold, "kind").unwrap_or_default();
        verdict.word("kind", gold, read);
        let full = matches!(kind.as_str(), "solicitud" | "concepto_tecnico");
        if full {
            verdict.word("origen", gold, read);
            for slot in SLOTS {
                let (wanted, found) = (text(gold, slot), text(read, slot));
                let same = wanted.as_ref().zip(found.as_ref()).is_some_and(|(w, f)| same(slot, w, f));
                verdict.slot(slot, wanted.is_some(), found.is_some(), same);
            }
            verdict.missing(&items(gold), &items(read));
        }
        if full || kind == "alarma" {
            verdict.text("problema", gold, read);
            verdict.word("categoria", gold, read);
            verdict.word("prioridad", gold, read);
        }
        if matches!(kind.as_str(), "respuesta" | "comando" | "calendario") {
            verdict.text("respuesta.texto_nuevo", gold, read);
        }
        let (wanted, found) = (commands(gold), commands(read));
        verdict.slot("comandos", !wanted.is_empty(), !found.is_empty(), wanted == found);
        verdict
    }

    /// With the zone that each box of the form was read from.
    pub fn by_zone(mut self, because: &[Because]) -> Verdict {
        let marks = self.marks();
        let zone = |b: &Because| Some((b.zone, *marks.get(slot_of(b.field)?)?));
        self.zones = because.iter().filter_map(zone).collect();
        self
    }

    /// The name of its mail.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Every box that the label asks for or that was filled, and whether it came out right.
    pub fn marks(&self) -> BTreeMap<&'static str, bool> {
        let slots = self.slots.iter().filter(|(_, wanted, found, _)| *wanted || *found);
        let mut marks: BTreeMap<&'static str, bool> = BTreeMap::new();
        let all = slots.map(|(name, _, _, same)| (*name, *same)).chain(self.rates.iter().map(|r| (r.0, r.1)));
        for (name, right) in all {
            *marks.entry(name).or_insert(true) &= right;
        }
        marks
    }

    fn slot(&mut self, name: &'static str, wanted: bool, found: bool, same: bool) {
        self.slots.push((name, wanted, found, same));
        if (wanted || found) && !same {
            self.wrong.push(name.to_owned());
        }
    }

    fn word(&mut self, name: &'static str, gold: &Map<String, Value>, read: &Map<String, Value>) {
        let (wanted, found) = (text(gold, name).unwrap_or_default(), text(read, name));
        let right = found.is_some_and(|f| squeezed(&f) == squeezed(&wanted));
        self.rate(name, right, None);
    }

    fn text(&mut self, name: &'static str, gold: &Map<String, Value>, read: &Map<String, Value>) {
        let (wanted, found) = (text(gold, name), text(read, name));
        let f1 = match &wanted {
            Some(wanted) => token_f1(wanted, found.as_deref().unwrap_or_default()),
            None if found.is_none() => 1.0,
            None => 0.0,
        };
        self.rate(name, f1 >= ALIKE, Some(f1));
    }

    fn missing(&mut self, wanted: &[String], found: &[String]) {
        let mut items: Vec<&String> = wanted.iter().chain(found).collect();
        items.sort();
        items.dedup();
        for item in items {
            let (w, f) = (wanted.contains(item), found.contains(item));
            self.slots.push(("faltan", w, f, w && f));
        }
        self.rate("faltan, todos", wanted == found, None);
    }

    fn rate(&mut self, name: &'static str, right: bool, token_f1: Option<f64>) {
        self.rates.push((name, right, token_f1));
        if !right {
            self.wrong.push(name.to_owned());
        }
    }
}

/// The slot that a field of `explain` fills.
fn slot_of(field: &str) -> Option<&'static str> {
    let name = if field == "lugar" { "texto" } else { field };
    SLOTS.into_iter().find(|slot| slot.rsplit('.').next() == Some(name))
}

/// All cases together.
#[derive(Default)]
pub struct Tally {
    zones: BTreeMap<Zone, Rate>,
    slots: BTreeMap<&'static str, Count>,
    rates: BTreeMap<&'static str, Rate>,
    whole: Rate,
    wrong: Vec<(String, Vec<String>)>,
}

impl Tally {
    pub fn add(&mut self, verdict: Verdict) {
        for (name, wanted, found, same) in verdict.slots {
            self.slots.entry(name).or_default().add(wanted, found, same);
        }
        for (name, right, f1) in verdict.rates {
            self.rates.entry(name).or_default().add(right, f1);
        }
        for (zone, right) in verdict.zones {
            self.zones.entry(zone).or_default().add(right, None);
        }
        self.whole.add(verdict.wrong.is_empty(), None);
        if !verdict.wrong.is_empty() {
            self.wrong.push((verdict.stem, verdict.wrong));
        }
    }

    pub fn cases(&self) -> usize {
        self.whole.of
    }

    /// The slots in the order of the form, then the rest.
    pub fn slots(&self) -> impl Iterator<Item = (&'static str, Count)> + '_ {
        SLOTS.into_iter().chain(["faltan", "comandos"]).filter_map(|name| Some((name, *self.slots.get(name)?)))
    }

    pub fn rates(&self) -> impl Iterator<Item = (&'static str, Rate)> + '_ {
        let whole = std::iter::once(("todo bien", self.whole));
        self.rates.iter().map(|(name, rate)| (*name, *rate)).chain(whole)
    }

    /// Of the boxes read from each zone, how many came out right.
    pub fn zones(&self) -> impl Iterator<Item = (Zone, Rate)> + '_ {
        self.zones.iter().map(|(zone, rate)| (*zone, *rate))
    }

    pub fn wrong(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.wrong.iter().map(|(stem, labels)| (stem.as_str(), labels.as_slice()))
    }

    /// One object: `cases`, by slot `p r f1 tp fp fn`, by label its share (texts: `mean` and `share`), `fully right`.
    pub fn figures(&self) -> Value {
        let mut figures = Map::new();
        figures.insert("cases".to_owned(), json!(self.cases()));
        for (name, count) in self.slots() {
            let (p, r, f1) = count.row();
            let row =
                json!({"p": p, "r": r, "f1": f1, "tp": count.right, "fp": count.false_alarms, "fn": count.missed});
            figures.insert(name.to_owned(), row);
        }
        for (name, rate) in &self.rates {
            let value = match rate.mean() {
                Some(mean) => json!({ "mean": mean, "share": rate.share() }),
                None => json!(rate.share()),
            };
            figures.insert((*name).to_owned(), value);
        }
        let zones = self.zones().map(|(zone, rate)| (zone.to_string(), json!({ "right": rate.right, "of": rate.of })));
        figures.insert("zonas".to_owned(), Value::Object(zones.collect()));
        figures.insert("fully right".to_owned(), json!(self.whole.share()));
        Value::Object(figures)
    }
}

/// The text under a path of a label; empty counts as absent.
pub fn text(label: &Map<String, Value>, path: &str) -> Option<String> {
    let mut parts = path.split('.');
    let mut value = label.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

fn items(label: &Map<String, Value>) -> Vec<String> {
    let list = label.get("faltan").and_then(Value::as_array).into_iter().flatten();
    let mut items: Vec<String> = list.filter_map(Value::as_str).map(squeezed).collect();
    items.sort();
    items
}

fn commands(label: &Map<String, Value>) -> Vec<(String, String)> {
    let list = label.get("comandos").and_then(Value::as_array).into_iter().flatten();
    let part = |c: &Value, key: &str| c.get(key).and_then(Value::as_str).map(squeezed).unwrap_or_default();
    list.map(|c| (part(c, "nombre").trim_start_matches('#').to_owned(), part(c, "valor"))).collect()
}

/// Is this what the label wants, as `score` counts it?
pub fn same(slot: &str, wanted: &str, found: &str) -> bool {
    match slot {
        "dependencia" => wanted == found.trim(),
        "contacto.telefono" | "contacto.extension" | "contacto.celular" => {
            wanted == found.split_whitespace().collect::<String>()
        }
        "problema" => token_f1(wanted, found) >= ALIKE,
        _ => squeezed(wanted) == squeezed(found),
    }
}

/// Folded, with single blanks.
fn squeezed(text: &str) -> String {
    let folded: String = fold(text).chars().filter(|c| !is_invisible(*c)).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Zero-width characters and marks of direction: nobody sees them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

/// Harmonic mean of the share of common words (runs of letters and digits, folded) in both texts.
fn token_f1(a: &str, b: &str) -> f64 {
    let count = |text: &str| {
        let mut words: BTreeMap<String, usize> = BTreeMap::new();
        for word in squeezed(text).split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
            *words.entry(word.to_owned()).or_default() += 1;
        }
        words
    };
    let (a, b) = (count(a), count(b));
    let total: usize = a.values().chain(b.values()).sum();
    if total == 0 {
        return 1.0;
    }
    let common: usize = a.iter().map(|(word, n)| b.get(word).copied().unwrap_or(0).min(*n)).sum();
    2.0 * common as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::{Count, Tally, Verdict, token_f1};
    use serde_json::{Map, Value, json};

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn precision_recall_and_f1() {
        assert_eq!(Count { right: 3, false_alarms: 1, missed: 1 }.row(), (0.75, 0.75, 0.75));
        assert_eq!(Count::default().row(), (1.0, 1.0, 1.0));
        assert_eq!(Count { right: 0, false_alarms: 0, missed: 2 }.row().2, 0.0);
    }

    #[test]
    fn words_in_common() {
        assert_eq!(token_f1("No prende, el PC", "no prende el pc"), 1.0);
        assert_eq!(token_f1("a b", "a c"), 0.5);
        assert_eq!(token_f1("", ""), 1.0);
    }

    #[test]
    fn a_case_is_right_when_all_its_labels_are() {
        let gold = json!({"kind": "solicitud", "origen": "interna", "problema": "no prende", "categoria": "equipo_computo",
            "prioridad": "media", "faltan": ["telefono"], "contacto": {"nombre": "Ana Ruiz"}});
        let mut tally = Tally::default();
        tally.add(Verdict::of("001-a", &object(gold.clone()), &object(gold.clone())));
        let mut read = object(gold.clone());
        read.insert("prioridad".to_owned(), json!("alta"));
        read.insert("dependencia".to_owned(), json!("Rentas"));
        tally.add(Verdict::of("002-b", &object(gold), &read));
        let figures = tally.figures();
        assert_eq!(figures["fully right"], json!(0.5));
        assert_eq!(figures["prioridad"], json!(0.5));
        assert_eq!(figures["dependencia"]["fp"], json!(1));
        assert_eq!(tally.wrong().next().unwrap().1, ["dependencia", "prioridad"]);
    }
}
