//! A value that some words speak for, and the choice among several.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{Candidate, Found, RuleId, Zone};
use crate::reading::page::Page;
use crate::reading::tag::Field;
use std::ops::Range;

/// The candidates of one mail, all fields together.
#[derive(Default)]
pub(crate) struct Ballot {
    pub(crate) list: Vec<Candidate>,
}

/// Below this weight a candidate is kept for the record only.
pub(crate) const ENOUGH: i32 = 25;

impl Ballot {
    pub(crate) fn add(&mut self, field: Field, value: impl Into<String>, source: Source<'_>, score: i32) {
        let Source { rule, zone, span, words } = source;
        self.list.push(Candidate { field, value: value.into(), rule, zone, span, words: words.to_owned(), score });
    }

    /// The best of a field: the heaviest, of equals the first.
    pub(crate) fn best(&self, field: Field) -> Option<&Candidate> {
        let mut best: Option<&Candidate> = None;
        for candidate in self.list.iter().filter(|c| c.field == field && c.score >= ENOUGH) {
            if best.is_none_or(|b| candidate.score > b.score) {
                best = Some(candidate);
            }
        }
        best
    }

    pub(crate) fn found(&self, field: Field) -> Option<Found<String>> {
        self.best(field).map(|c| Found {
            value: c.value.clone(),
            rule: c.rule.clone(),
            zone: c.zone,
            span: c.span.clone(),
            words: c.words.clone(),
        })
    }
}

/// Where a candidate comes from.
pub(crate) struct Source<'a> {
    pub(crate) rule: RuleId,
    pub(crate) zone: Zone,
    pub(crate) span: Range<usize>,
    pub(crate) words: &'a str,
}

impl<'a> Source<'a> {
    pub(crate) fn span(page: &Page<'a>, rule: RuleId, zone: Zone, span: Range<usize>) -> Source<'a> {
        let words = page.said(&span);
        Source { rule, zone, span, words }
    }

    pub(crate) fn hit(page: &Page<'a>, lexicon: &Lexicon, hit: &Hit) -> Source<'a> {
        Source::span(page, lexicon.rule(hit.entry), page.zone, page.span_of(hit))
    }

    /// A value that no words of the mail gave, but its shape or a rule of the house.
    pub(crate) fn rule(rule: &str) -> Source<'static> {
        Source { rule: RuleId::new(rule), zone: Zone::Regla, span: 0..0, words: "" }
    }
}
