//! Which words of a page may be a person's name, and where a name that begins at one of them ends.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::name::LITTLE;
use crate::reading::page::{LONGEST_PHRASE, Page};
use crate::reading::rules::Rules;
use crate::reading::tag::{Person, Tag};
use crate::reading::words::{Gap, Shape};
use std::ops::Range;

/// Words of a name, at most.
pub(crate) const MOST_WORDS: usize = 7;
/// Words of a line that holds only a name, at most.
pub(crate) const LONGEST_NAME_LINE: usize = 5;

/// Which words of a page no name holds, by index.
pub(crate) struct Names<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) page: &'a Page<'a>,
    pub(crate) barred: Vec<bool>,
    titles: Vec<bool>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(rules: &'a Rules, page: &'a Page<'a>) -> Names<'a> {
        let mut barred = vec![false; page.words.len()];
        let mut titles = barred.clone();
        // «La contadora Amparo Ternera»: before a name a post is a title.
        let shape = |i: usize| page.words.get(i).filter(|w| i == 0 || w.gap == Gap::Space).map(|w| w.shape);
        let before_name = |hit: &Hit| {
            let lower = page.words.get(hit.first).is_some_and(|w| w.shape == Shape::Lower);
            hit.first == hit.last && lower && shape(hit.last + 1) == Some(Shape::Capital)
                || page.line_of(hit.first).start == hit.first && are_nobody_elses(rules, page, hit.last + 1)
        };
        for hit in page.hits.iter().filter(|h| !h.typo) {
            let list = match rules.lexicon.tag(hit) {
                Some(Tag::Person(Person::Cargo)) if before_name(hit) => &mut titles,
                Some(Tag::Person(Person::NoEsNombre | Person::Cargo | Person::Presenta | Person::Necesita)) => {
                    &mut barred
                }
                Some(Tag::Dependencia { short: false, .. } | Tag::Label(_)) => &mut barred,
                Some(Tag::Person(Person::Titulo)) => &mut titles,
                Some(_) | None => continue,
            };
            list.get_mut(hit.first..hit.last + 1).unwrap_or_default().fill(true);
        }
        for hit in page.hits.iter().filter(|hit| is_name_too(&rules.lexicon, page, hit)) {
            for list in [&mut barred, &mut titles] {
                list.get_mut(hit.first..hit.last + 1).unwrap_or_default().fill(false);
            }
        }
        Names { rules, page, barred, titles }
    }

    pub(crate) fn tagged(&self, wanted: Person) -> impl Iterator<Item = Hit> + '_ {
        let meant = move |tag: &Tag| matches!(tag, Tag::Person(p) if *p == wanted).then_some(());
        self.page.tagged(&self.rules.lexicon, meant).map(|(hit, ())| hit)
    }

    pub(crate) fn is_title(&self, index: usize) -> bool {
        self.titles.get(index).copied().unwrap_or(false)
    }

    /// The name that begins at this word, titles skipped; `any_case` admits «maria ospino».
    pub(crate) fn run(&self, at: usize, any_case: bool) -> Option<Range<usize>> {
        let mut start = at;
        while self.is_title(start) || start > at && matches!(self.page.words.folded(start), "de" | "del") {
            start += 1;
        }
        // «San Ángel» of «Alcaldía de San Ángel»: what follows a little word is no name of its own.
        let little = self.page.words.get(start).filter(|_| LITTLE.contains(&self.page.words.folded(start)));
        if little
            .is_some_and(|w| w.shape == Shape::Lower || w.gap == Gap::Space && !self.is_title(start.wrapping_sub(1)))
        {
            return None;
        }
        let mut end = start;
        let mut last = start;
        while end < start + MOST_WORDS {
            let Some(word) = self.page.words.get(end) else { break };
            let folded = self.page.words.folded_of(word);
            let initial = end > start && self.page.words.get(end - 1).is_some_and(|w| w.span.len() == 1);
            if end > start && word.gap != Gap::Space && !(initial && word.gap == Gap::Mark) {
                break;
            }
            // «Ligia Pabón      Henry Castro», «Ligia Pabón y Henry Castro»: two persons.
            if end > start && self.page.in_columns(end) || end > start + 1 && folded == "y" {
                break;
            }
            let little = end > start && LITTLE.contains(&folded);
            let cased = any_case && word.shape == Shape::Lower || matches!(word.shape, Shape::Capital | Shape::Upper);
            let letters = folded.chars().all(char::is_alphabetic) && !folded.is_empty();
            if !letters || !(cased || little) || self.barred.get(end).copied().unwrap_or(true) {
                break;
            }
            end += 1;
            if !little {
                last = end;
            }
        }
        (last > start).then_some(start..last)
    }

    /// In a text of capitals, as in one of small letters, the letters tell no name: the word before it is written so too.
    pub(crate) fn is_plain(&self, run: &Range<usize>) -> bool {
        let shape = |i: usize| self.page.words.get(i).map(|w| w.shape);
        let before = run.start.checked_sub(1).filter(|i| self.page.words.folded(*i).len() > 1).and_then(shape);
        match shape(run.start) {
            Some(Shape::Upper) => before == Some(Shape::Upper),
            Some(Shape::Lower) => true,
            Some(Shape::Capital | Shape::Digits | Shape::Address) | None => false,
        }
    }
}

/// Do two words with capitals stand here that mean nothing else: «Trabajadora social Enith Causado», on a line of its own?
fn are_nobody_elses(rules: &Rules, page: &Page<'_>, at: usize) -> bool {
    let cased = |i: usize| {
        let long = page.words.folded(i).chars().count() > 2;
        long && page
            .words
            .get(i)
            .is_some_and(|w| w.gap == Gap::Space && matches!(w.shape, Shape::Capital | Shape::Upper))
    };
    let means = |tag: &Tag| {
        let person = matches!(tag, Tag::Person(Person::NoEsNombre | Person::Cargo | Person::Externa | Person::Titulo));
        (person || matches!(tag, Tag::Dependencia { .. } | Tag::Place { .. } | Tag::Label(_))).then_some(())
    };
    cased(at) && cased(at + 1) && page.tagged_in(&rules.lexicon, at..at + 2, means).next().is_none()
}

/// Is the word at this place part of a name, whatever it means elsewhere?
pub(crate) fn names_too(lexicon: &Lexicon, page: &Page<'_>, index: usize) -> bool {
    page.hits_in(index..index + 1).iter().any(|hit| is_name_too(lexicon, page, hit))
}

/// Is this word, which elsewhere means a month, a place or a dependencia, part of a name: «Rosa Mayo», «Salud Guerra»?
fn is_name_too(lexicon: &Lexicon, page: &Page<'_>, hit: &Hit) -> bool {
    if !matches!(lexicon.tag(hit), Some(Tag::Person(Person::TambienNombre))) {
        return false;
    }
    let index = hit.first;
    let shape = |i: usize| page.words.get(i).map(|w| w.shape);
    let cased = shape(index).filter(|s| matches!(s, Shape::Capital | Shape::Upper));
    let means_else = |i: usize| {
        let near = i.saturating_sub(LONGEST_PHRASE)..i + 1;
        let meant = |tag: &Tag| match tag {
            Tag::Person(Person::NoEsNombre | Person::Cargo) | Tag::Dependencia { .. } | Tag::Place { .. } => Some(true),
            Tag::Person(Person::TambienNombre) => Some(false),
            _ => None,
        };
        let hits: Vec<(Hit, bool)> = page.tagged_in(lexicon, near, meant).filter(|(h, _)| h.last >= i).collect();
        hits.iter().any(|(h, else_)| *else_ && h.last > h.first)
            || hits.iter().all(|(_, else_)| *else_) && !hits.is_empty()
    };
    let joined = |i: usize| page.words.get(i).is_some_and(|w| w.gap == Gap::Space);
    let named = |i: usize| page.words.folded(i).len() > 2 && !LITTLE.contains(&page.words.folded(i));
    let beside = |i: usize| shape(i) == cased && named(i) && !means_else(i);
    // «Juan de Dios», «Primo de la Mesa».
    let previous = (index.saturating_sub(3)..index).rev().find(|i| !LITTLE.contains(&page.words.folded(*i)));
    let before = previous.is_some_and(|i| (i + 1..=index).all(joined) && beside(i));
    let after = joined(index + 1) && beside(index + 1);
    // In a text of capitals only a line of its own tells a name.
    let line = || page.line_of(index).filter(|i| shape(*i) != Some(Shape::Address)).take(LONGEST_NAME_LINE + 1).count();
    let shouted = cased == Some(Shape::Upper) && line() > LONGEST_NAME_LINE;
    cased.is_some() && !shouted && !means_else(index) && !page.words.is_number(index + 1) && (before || after)
}
