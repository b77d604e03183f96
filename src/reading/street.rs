//! Street addresses, as they stand between a building and its floor: «Palacio Tayrona, Carrera 1 No. 16-15, piso 1».
use crate::reading::lexicon::Hit;
use crate::reading::page::Page;
use crate::reading::words::{Gap, Shape};
use std::ops::Range;

/// How the name of a street begins.
const STREETS: &[&str] = &[
    "avenida",
    "av",
    "ave",
    "avda",
    "calle",
    "cll",
    "cl",
    "carrera",
    "cra",
    "kra",
    "cr",
    "kr",
    "diagonal",
    "diag",
    "dg",
    "transversal",
    "transv",
    "tv",
    "tr",
];
/// Words of an address besides its numbers and names.
const LITTLE: &[&str] =
    &["no", "nro", "num", "numero", "con", "de", "del", "la", "las", "los", "bis", "sur", "norte", "este", "oeste"];
/// Words of an address, at most.
const LONGEST: usize = 10;

/// Are these words a street with its numbers or its name, parted from what stands before it?
pub(crate) fn is_street(page: &Page<'_>, words: &Range<usize>) -> bool {
    let parted = page.words.get(words.start).is_some_and(|w| w.gap != Gap::Space);
    let names = |i: usize| {
        let named = page.words.get(i).is_some_and(|w| matches!(w.shape, Shape::Capital | Shape::Digits));
        let word = page.words.folded(i);
        named || page.words.is_number(i) || LITTLE.contains(&word) || STREETS.contains(&word) || word.len() == 1
    };
    parted && words.len() <= LONGEST && STREETS.contains(&page.words.folded(words.start)) && words.clone().all(names)
}

/// «16-15 piso 3», «16 - 15 piso 3»: does this phrase begin with the number of a door?
pub(crate) fn is_door(page: &Page<'_>, hit: &Hit) -> bool {
    let before = page.text.get(..page.span_of(hit).start).unwrap_or_default();
    before.ends_with('-') || before.ends_with("- ") && page.words.is_number(hit.last + 1)
}
