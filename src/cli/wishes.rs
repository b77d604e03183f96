//! What the mails ask of the rules: every text that some list could take, who asks for it, and how sure it is.
use crate::cli::evidence::{Evidence, Lesson, OTHER};
use crate::cli::paste::{Edit, Table};
use crate::office::fields::Campo;
use crate::reading::glean::Missed;
use crate::reading::tag::Field;
use crate::spanish::fold::fold;
use std::collections::{BTreeMap, BTreeSet};

/// Why a text is proposed, and so what it must bring about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// Corrections of the dependencia to this one.
    Dependencia(String),
    /// Corrections of the categoría to this one.
    Categoria(String),
    /// Places that no rule took.
    Lugar,
    /// Labels that no rule knows.
    Etiqueta,
    /// Requests that no word filed; which categoría is theirs, only a person knows.
    Otro,
}

/// A text for a list.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) why: Why,
    pub(crate) edit: Edit,
    /// Lessons that have the words and would be read better, by their index.
    pub(crate) asks: Vec<usize>,
    /// Requests that have the words and need nothing; of how many such requests.
    pub(crate) others: usize,
    pub(crate) of: usize,
    /// The surest first.
    pub(crate) rank: (Missed, i64),
}

/// In a list of words of a categoría the words must be of those requests: at least so many of all that have them.
const SHARE: f64 = 0.5;
/// Senders who must have used words that nobody has corrected anything by.
const SENDERS: usize = 2;
const REQUESTS: usize = 2;
/// Words of a place that is a rule by itself, at most.
const LONGEST_SPOT: usize = 4;

/// Every wish, the surest of each kind first; always in the same order.
pub(crate) fn wishes(evidence: &Evidence) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for target in targets(evidence, Campo::Dependencia) {
        wishes.extend(sorted(offices(evidence, &target)));
    }
    for target in targets(evidence, Campo::Categoria).into_iter().filter(|target| target != OTHER) {
        let asking = |lesson: &Lesson| lesson.wanted(Campo::Categoria) == Some(target.as_str());
        wishes.extend(sorted(matters(evidence, &Why::Categoria(target.clone()), &target, asking)));
    }
    wishes.extend(sorted(labels(evidence)));
    wishes.extend(sorted(places(evidence)));
    wishes.extend(sorted(matters(evidence, &Why::Otro, OTHER, Lesson::is_unfiled)));
    wishes
}

fn sorted(mut wishes: Vec<Wish>) -> Vec<Wish> {
    // Of words that as many ask for, the fewest, and of those the longest: it is the likeliest to be a thing's own name.
    let words = |wish: &Wish| (wish.edit.value.split(' ').count(), usize::MAX - wish.edit.value.len());
    wishes.sort_by(|a, b| {
        let key = |w: &Wish| (w.rank, usize::MAX - w.asks.len(), words(w));
        key(a).cmp(&key(b)).then_with(|| a.edit.cmp(&b.edit))
    });
    wishes
}

/// The values that corrections ask for and the reader did not find.
fn targets(evidence: &Evidence, campo: Campo) -> BTreeSet<String> {
    evidence.lessons.iter().filter_map(|lesson| lesson.wanted(campo)).map(str::to_owned).collect()
}

/// Lessons that `asking` knows, by the words of theirs that `takes` admits.
fn by_words(
    evidence: &Evidence,
    asking: impl Fn(&Lesson) -> bool,
    takes: impl Fn(Missed) -> bool,
) -> BTreeMap<(String, Missed), Vec<usize>> {
    let mut found: BTreeMap<(String, Missed), Vec<usize>> = BTreeMap::new();
    for (index, lesson) in evidence.lessons.iter().enumerate().filter(|(_, lesson)| asking(lesson)) {
        for gleaning in lesson.gleanings.iter().filter(|g| takes(g.missed) && !evidence.names_somebody(&g.words)) {
            found.entry((gleaning.words.clone(), gleaning.missed)).or_default().push(index);
        }
    }
    found
}

fn offices(evidence: &Evidence, target: &str) -> Vec<Wish> {
    let asking = |lesson: &Lesson| lesson.wanted(Campo::Dependencia) == Some(target);
    let takes = |missed| match missed {
        Missed::LabelledOffice | Missed::SignedOffice | Missed::Office | Missed::Signed => true,
        Missed::Building | Missed::Place | Missed::Label(_) | Missed::Matter => false,
    };
    let of_others = |lesson: &Lesson| {
        let label = lesson.labels.get(&Campo::Dependencia).and_then(Option::as_deref);
        label.or_else(|| lesson.read(Campo::Dependencia)).is_some_and(|name| name != target)
    };
    let others = by_words(evidence, of_others, takes);
    let of = evidence.lessons.iter().filter(|lesson| of_others(lesson)).count();
    let found = by_words(evidence, asking, takes).into_iter().map(|((words, missed), asks)| {
        let others = others.iter().filter(|((other, _), _)| *other == words).map(|(_, who)| who.len()).sum();
        let table = Table::Named { array: "dependencia", nombre: target.to_owned() };
        let edit = Edit { file: "dependencias.toml", table, key: "alias", value: words };
        // Of names that as many ask for, the fuller.
        let rank = (missed, -((asks.len() * 16 + edit.value.split(' ').count()) as i64));
        Wish { why: Why::Dependencia(target.to_owned()), edit, asks, others, of, rank }
    });
    // Words that whole other offices use as well name none.
    found.filter(|wish| wish.others * 4 <= wish.asks.len()).collect()
}

/// Words that these requests have and others seldom.
fn matters(evidence: &Evidence, why: &Why, target: &str, asking: impl Fn(&Lesson) -> bool) -> Vec<Wish> {
    let group = evidence.lessons.iter().filter(|lesson| asking(lesson)).count();
    let all: usize = evidence.requests.values().sum();
    let of = all.saturating_sub(evidence.requests.get(target).copied().unwrap_or(0));
    let found = by_words(evidence, asking, |missed| missed == Missed::Matter);
    let wishes = found.into_iter().filter_map(|((words, missed), asks)| {
        let counts = evidence.words.get(&words)?;
        let others: usize = counts.iter().filter(|(name, _)| *name != target).map(|(_, n)| n).sum();
        let share = asks.len() as f64 / (asks.len() + others) as f64;
        let weight = log_likelihood((asks.len(), group), (others, of));
        let nombre = if *why == Why::Otro { String::new() } else { target.to_owned() };
        let table = Table::Named { array: "categoria", nombre };
        let edit = Edit { file: "categorias.toml", table, key: "fuertes", value: words };
        let rank = (missed, -((weight * 1000.0) as i64));
        (share >= SHARE).then(|| Wish { why: why.clone(), edit, asks, others, of, rank })
    });
    wishes.collect()
}

/// Dunning's statistic: how much the share of one group differs from that of the other, given how little is known.
fn log_likelihood(inside: (usize, usize), outside: (usize, usize)) -> f64 {
    let share = (inside.0 + outside.0) as f64 / (inside.1 + outside.1).max(1) as f64;
    let term = |found: usize, of: usize| {
        let expected = share * of as f64;
        if found == 0 || expected == 0.0 { 0.0 } else { found as f64 * (found as f64 / expected).ln() }
    };
    2.0 * (term(inside.0, inside.1) + term(outside.0, outside.1))
}

fn labels(evidence: &Evidence) -> Vec<Wish> {
    let found = by_words(evidence, |_| true, |missed| matches!(missed, Missed::Label(_)));
    // One label may stand before values of several kinds: what most of them are.
    let mut kinds: BTreeMap<String, Vec<(Field, Vec<usize>)>> = BTreeMap::new();
    for ((words, missed), asks) in found {
        if let Missed::Label(field) = missed {
            kinds.entry(words).or_default().push((field, asks));
        }
    }
    let wishes = kinds.into_iter().filter_map(|(words, kinds)| {
        let (field, _) = kinds.iter().rev().max_by_key(|(_, asks)| asks.len())?;
        let edit = Edit { file: "contacto.toml", table: Table::Section("etiquetas"), key: field.word(), value: words };
        let asks: BTreeSet<usize> = kinds.iter().flat_map(|(_, asks)| asks).copied().collect();
        let asks: Vec<usize> = asks.into_iter().collect();
        Some(Wish { why: Why::Etiqueta, edit, asks, others: 0, of: 0, rank: (Missed::Label(Field::Otro), 0) })
    });
    wishes.filter(|wish| is_enough(evidence, wish)).collect()
}

fn places(evidence: &Evidence) -> Vec<Wish> {
    let asking = |lesson: &Lesson| match lesson.labels.get(&Campo::Ubicacion) {
        Some(_) => lesson.wanted(Campo::Ubicacion).is_some(),
        None => lesson.read(Campo::Ubicacion).is_none(),
    };
    let mut found = by_words(evidence, asking, |missed| matches!(missed, Missed::Building | Missed::Place));
    // What somebody said the place is, where it is a spot without numbers: «recepción».
    for (index, lesson) in evidence.lessons.iter().enumerate() {
        let said = lesson.wanted(Campo::Ubicacion).unwrap_or_default();
        let spots = said.split([',', '(', ')', ';']).filter_map(spot);
        for words in spots.filter(|words| !evidence.names_somebody(words)) {
            let asks = found.entry((words, Missed::Place)).or_default();
            if !asks.contains(&index) {
                asks.push(index);
            }
        }
    }
    let wishes = found.into_iter().map(|((words, missed), asks)| {
        let key = if missed == Missed::Building { "edificio" } else { "sitio" };
        let edit = Edit { file: "ubicaciones.toml", table: Table::Root, key, value: words };
        Wish { why: Why::Lugar, edit, asks, others: 0, of: 0, rank: (Missed::Place, 0) }
    });
    wishes.filter(|wish| is_enough(evidence, wish)).collect()
}

/// A place as a rule would write it; `None` of one that is a sentence, or has numbers, which are of its parts.
fn spot(place: &str) -> Option<String> {
    let folded = fold(place);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let numbers = folded.contains(|c: char| c.is_numeric());
    (!numbers && (1..=LONGEST_SPOT).contains(&words.len())).then(|| words.join(" "))
}

/// Do enough ask? One correction of a dependencia or a place is a person's word; else it takes two requests, and of what
/// nobody has corrected anything by, two people.
pub(crate) fn is_enough(evidence: &Evidence, wish: &Wish) -> bool {
    let asking = || wish.asks.iter().filter_map(|index| evidence.lessons.get(*index));
    match wish.why {
        Why::Dependencia(_) => !wish.asks.is_empty(),
        Why::Categoria(_) => wish.asks.len() >= REQUESTS,
        Why::Lugar if asking().any(|lesson| lesson.labels.contains_key(&Campo::Ubicacion)) => true,
        Why::Lugar | Why::Etiqueta | Why::Otro => senders(evidence, wish) >= SENDERS,
    }
}

/// How many people ask: what one person always writes may be personal.
fn senders(evidence: &Evidence, wish: &Wish) -> usize {
    let lessons = wish.asks.iter().filter_map(|index| evidence.lessons.get(*index));
    lessons.map(|lesson| lesson.sender.as_str()).collect::<BTreeSet<_>>().len()
}
