//! The dependencia beside which somebody sits: «frente a Rentas» says where he is, and not where he belongs.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::page::Page;
use crate::reading::tag::{Place, Tag};
use crate::reading::words::Gap;

/// Words between «al lado de» and the name of the neighbour, and how many of them.
const LEADS: &[&str] = &["la", "el", "los", "las", "lo", "oficina", "area", "dependencia", "de", "del"];
const LONGEST_LEAD: usize = 4;

/// «Frente a Rentas», «entre Nómina y Presupuesto», «junto a la Secretaría de Salud»: from the word that leads to the neighbour
/// to the end of its name.
pub(crate) fn neighbours<'a>(lexicon: &'a Lexicon, page: &'a Page<'_>) -> impl Iterator<Item = Hit> + 'a {
    let named = |at: usize| {
        let lead =
            |i: &usize| LEADS.contains(&page.words.folded(*i)) && page.words.get(*i).is_some_and(|w| w.gap.joins());
        let from = (at..at + LONGEST_LEAD).find(|i| !lead(i)).unwrap_or(at);
        let joined = page.words.get(from).is_some_and(|w| w.gap == Gap::Space);
        // «Oficina de Contratación» begins at what leads to «Contratación».
        let office = page.tagged_in(lexicon, at..from + 1, dependencia).map(|(hit, ())| hit.last).max();
        office.filter(|_| joined)
    };
    let leads = page.tagged(lexicon, |tag| matches!(tag, Tag::Place { place: Place::Vecino, .. }).then_some(()));
    leads.filter_map(move |(hit, ())| {
        let first = named(hit.last + 1)?;
        let second = || matches!(page.words.folded(first + 1), "y" | "e").then(|| named(first + 2)).flatten();
        let last = if page.words.folded(hit.last) == "entre" { second()? } else { first };
        Some(Hit { last, ..hit })
    })
}

pub(crate) fn dependencia(tag: &Tag) -> Option<()> {
    matches!(tag, Tag::Dependencia { .. }).then_some(())
}
