//! Categoría: what the matter is about, by the words that tell it.
use crate::office::fields::Categoria;
use crate::reading::candidate::Source;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{Candidate, Found, RuleId};
use crate::reading::page::{LONGEST_PHRASE, Page};
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Impact, Mark, Tag, Urgency};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// Words that tell the matter: the page, the words of it that count, and how much they do.
#[derive(Clone)]
pub(crate) struct Matter<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) words: Range<usize>,
    pub(crate) factor: i32,
    /// Another matter, said in passing: it names no priority.
    pub(crate) aside: bool,
    /// A later item of a list: it may raise the priority of the whole, and lowers only its own.
    pub(crate) later: bool,
}

impl Matter<'_> {
    /// Does this phrase say nothing of the matter where it stands: a word of a name, a part of what a longer phrase names?
    fn silences(&self, lexicon: &Lexicon, hit: &Hit, tag: &Tag) -> bool {
        let weighs =
            matches!(tag, Tag::Impact { .. } | Tag::Urgency { .. } | Tag::Stopped | Tag::Fails | Tag::Workaround);
        let lowers = matches!(
            tag,
            Tag::Impact { level: Impact::Bajo, .. }
                | Tag::Urgency { level: Urgency::Baja, .. }
                | Tag::Workaround
                | Tag::Accessory
        );
        let names = matches!(tag, Tag::Topic { weight: 1.., .. }) || weighs;
        if self.later && lowers {
            return true;
        }
        if !names {
            return false;
        }
        let reach = hit.first.saturating_sub(LONGEST_PHRASE)..hit.first + 1;
        let around = |(around, longer): (Hit, bool)| {
            around.last >= hit.last && (!longer || around.last - around.first > hit.last - hit.first)
        };
        let mut names = self.page.tagged_in(lexicon, reach, |tag| match tag {
            // «PRTG Network Monitor» is no monitor.
            Tag::Dependencia { .. } | Tag::Mark { mark: Mark::AlarmaSistema, .. } => Some(true),
            Tag::Named if weighs => Some(false),
            _ => None,
        });
        names.any(around)
    }
}

/// The subject and the sentence after it open a matter.
const OPENINGS: usize = 2;
/// What the first thing named in each weighs besides.
const FIRST_NAMED: i32 = 14;

/// A phrase found in the matter.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) hit: Hit,
    pub(crate) factor: i32,
}

/// Phrases in the matter whose meaning `meant` knows; each rule counts once, where it counts most.
pub(crate) fn said<'a, T>(
    lexicon: &Lexicon,
    matter: &[Matter<'a>],
    meant: impl Fn(&Tag) -> Option<T>,
) -> Vec<(Said<'a>, T)> {
    let mut once: BTreeMap<u32, (Said<'a>, T)> = BTreeMap::new();
    for part in matter {
        for hit in part.page.hits_in(part.words.clone()).iter().filter(|h| h.last < part.words.end) {
            let Some(tag) = lexicon.tag(hit) else { continue };
            let Some(value) = meant(tag) else { continue };
            if part.silences(lexicon, hit, tag) {
                continue;
            }
            let factor = if part.page.is_quoted(hit) { 1 } else { part.factor };
            let better = once.get(&hit.entry).is_none_or(|(s, _)| s.factor < factor);
            if better {
                once.insert(hit.entry, (Said { page: part.page, hit: *hit, factor }, value));
            }
        }
    }
    once.into_values().collect()
}

pub(crate) fn found<T>(lexicon: &Lexicon, said: &Said<'_>, value: T) -> Found<T> {
    let source = Source::hit(said.page, lexicon, &said.hit);
    Found { value, rule: source.rule, zone: source.zone, span: source.span, words: source.words.to_owned() }
}

pub(crate) fn ruled<T>(rule: RuleId, value: T) -> Found<T> {
    let source = Source::rule("");
    Found { value, rule, zone: source.zone, span: source.span, words: String::new() }
}

/// The categoría that weighs most, and the others as losers.
pub(crate) fn categoria(
    rules: &Rules,
    matter: &[Matter<'_>],
    losers: &mut Vec<Candidate>,
) -> (Found<Categoria>, usize) {
    let topic = |tag: &Tag| match tag {
        Tag::Topic { index, weight } => Some((usize::from(*index), i32::from(*weight))),
        _ => None,
    };
    // What is said in passing names the matter only where nothing else does.
    let own: Vec<Matter<'_>> = matter.iter().filter(|m| !m.aside).cloned().collect();
    let mut hits = said(&rules.lexicon, &own, topic);
    if !hits.iter().any(|(_, (_, weight))| *weight > 0) {
        hits = said(&rules.lexicon, matter, topic);
    }
    let mut scores = vec![0; rules.categorias.len()];
    for (said, (index, weight)) in &hits {
        if let Some(score) = scores.get_mut(*index) {
            *score += weight * said.factor;
        }
    }
    for index in own.iter().take(OPENINGS).filter_map(|part| first_named(&rules.lexicon, part)) {
        if let Some(score) = scores.get_mut(index) {
            *score += FIRST_NAMED;
        }
    }
    let best = (0..scores.len()).rev().max_by_key(|i| scores.get(*i).copied().unwrap_or(0));
    let best = best.filter(|i| scores.get(*i).is_some_and(|s| *s > 0));
    for (index, score) in scores.iter().enumerate().filter(|(_, score)| **score > 0) {
        let heaviest = hits.iter().filter(|(_, (i, _))| *i == index).max_by_key(|(s, (_, w))| w * s.factor);
        if let (Some((said, _)), Some(topic)) = (heaviest, rules.categorias.get(index)) {
            losers.push(candidate(found(&rules.lexicon, said, topic.nombre.0.clone()), Field::Otro, *score));
        }
    }
    let other = rules.categorias.iter().position(|t| t.nombre == rules.other()).unwrap_or(0);
    let Some(index) = best else { return (ruled(rules.otra.clone(), rules.other()), other) };
    let heaviest = hits.iter().filter(|(_, (i, _))| *i == index).max_by_key(|(s, (_, w))| w * s.factor);
    match (rules.categorias.get(index), heaviest) {
        (Some(topic), Some((said, _))) => (found(&rules.lexicon, said, topic.nombre.clone()), index),
        (_, _) => (ruled(rules.otra.clone(), rules.other()), other),
    }
}

/// The categoría of the first thing that this part names outright, by its longest name there: «la UPS pita cuando enciendo la
/// impresora».
fn first_named(lexicon: &Lexicon, part: &Matter<'_>) -> Option<usize> {
    let hits = part.page.hits_in(part.words.clone()).iter().filter(|hit| hit.last < part.words.end);
    let named = hits.filter_map(|hit| match lexicon.tag(hit)? {
        tag @ Tag::Topic { index, weight: 8.. } if !part.silences(lexicon, hit, tag) => {
            Some((hit, usize::from(*index)))
        }
        _ => None,
    });
    named.min_by_key(|(hit, _)| (hit.first, Reverse(hit.last))).map(|(_, index)| index)
}

fn candidate(found: Found<String>, field: Field, score: i32) -> Candidate {
    Candidate {
        field,
        value: found.value,
        rule: found.rule,
        zone: found.zone,
        span: found.span,
        words: found.words,
        score,
    }
}
