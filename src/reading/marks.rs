//! What each word of a page is good for when sentences are sorted: given data, filling, the name of a trouble.
use crate::reading::lexicon::Lexicon;
use crate::reading::page::{LONGEST_PHRASE, Page};
use crate::reading::tag::{Cue, Impact, Person, Place, Tag};
use crate::reading::words::{Gap, Shape};
use crate::spanish::phone::{Line, Number};
use std::ops::Range;

/// How far before a telephone the name of its owner may begin.
const NAME_REACH: usize = 6;

#[derive(Clone, Copy, Default)]
pub(crate) struct WordMarks {
    /// Given data: a telephone, a place, a dependencia, an address, a name.
    pub(crate) data: bool,
    /// Filling of a sentence that only gives data.
    pub(crate) filler: bool,
    /// A strong phrase of a categoría: something is the matter.
    pub(crate) matter: bool,
    /// «No puedo», «no timbra»: nobody gives his data so, whatever filling the words are elsewhere.
    pub(crate) stopped: bool,
}

/// The marks of every word; `name` holds the folded words of the sender's name.
pub(crate) fn of(lexicon: &Lexicon, page: &Page<'_>, name: &[String]) -> Vec<WordMarks> {
    let mut marks = vec![WordMarks::default(); page.words.len()];
    let mut mark = |range: Range<usize>, set: fn(&mut WordMarks)| {
        for m in marks.get_mut(range).unwrap_or_default() {
            set(m);
        }
    };
    for hit in &page.hits {
        let range = hit.first..hit.last + 1;
        match lexicon.tag(hit) {
            // «Entre las 8 y las 10» is no place.
            Some(Tag::Place { place: Place::Vecino, .. }) if hit.last == hit.first => {}
            Some(Tag::Place { place: Place::Vecino, .. }) => mark(range, |m| m.filler = true),
            Some(Tag::Dependencia { .. } | Tag::Place { .. }) => mark(range, |m| m.data = true),
            Some(Tag::Person(
                Person::Relleno
                | Person::Presenta
                | Person::Titulo
                | Person::Cargo
                | Person::Pertenece
                | Person::Externa
                | Person::Interna,
            )) => mark(range, |m| m.filler = true),
            // «C.C. 12.345.678 de Aracataca»: the number goes with its word.
            Some(Tag::Cue(Cue::Ajeno)) => mark(range.start..numbered(page, range.end), |m| m.filler = true),
            Some(Tag::Label(_) | Tag::Cue(_)) => mark(range, |m| m.filler = true),
            Some(Tag::Topic { weight: 8.., .. }) => mark(range, |m| m.matter = true),
            Some(Tag::Stopped | Tag::Fails) => mark(range, |m| m.stopped = true),
            // «A los demás sí les sirve»; «mi puesto» alone is a place.
            Some(Tag::Impact { level: Impact::Bajo, .. }) if hit.last > hit.first + 1 => {
                mark(range, |m| m.stopped = true);
            }
            Some(_) | None => {}
        }
    }
    for number in page.numbers.iter().filter(|n| n.line != Line::Corto || extension(lexicon, page, n)) {
        let words = page.words.within(&number.span);
        mark(names_before(page, words.start)..words.end, |m| m.data = true);
    }
    for hit in &page.hits {
        if matches!(lexicon.tag(hit), Some(Tag::Person(Person::Presenta))) {
            mark(hit.last + 1..hit.last + 1 + capitals(page, hit.last + 1), |m| m.data = true);
        }
    }
    for hit in page.hits.iter().filter(|hit| matches!(lexicon.tag(hit), Some(Tag::Dependencia { .. }))) {
        mark(signed_before(lexicon, page, hit.first), |m| m.data = true);
    }
    for (index, word) in page.words.list().iter().enumerate() {
        let folded = page.words.folded_of(word);
        let named = folded.len() > 2 && name.iter().any(|n| n == folded);
        if word.shape == Shape::Address || named {
            mark(index..index + 1, |m| m.data = true);
        }
    }
    marks
}

/// One past the number that follows a word, «12.345.678», and the town that gave it.
fn numbered(page: &Page<'_>, at: usize) -> usize {
    let digits = |i: &usize| page.words.get(*i).is_some_and(|w| w.shape == Shape::Digits);
    let at = if matches!(page.words.folded(at), "no" | "nro" | "numero" | "n") { at + 1 } else { at };
    let end = (at..at + 4).take_while(digits).last().map_or(at, |i| i + 1);
    let from = (end..end + 3).find(|i| !matches!(page.words.folded(*i), "de" | "expedida" | "en")).unwrap_or(end);
    if end > at && from > end { from + capitals(page, from) } else { end }
}

/// Does the word before a short number make it an extension?
pub(crate) fn extension(lexicon: &Lexicon, page: &Page<'_>, number: &Number) -> bool {
    let at = page.words.at(number.span.start);
    let before = at.saturating_sub(LONGEST_PHRASE)..at;
    let cues = page.tagged_in(lexicon, before, |tag| matches!(tag, Tag::Cue(Cue::Extension)).then_some(()));
    cues.into_iter().any(|(hit, ())| hit.last < at && hit.last + 3 >= at)
}

/// Where the name begins that stands before a telephone: «Rodolfo Cuello, cel 300…».
fn names_before(page: &Page<'_>, at: usize) -> usize {
    let cased = |i: usize| page.words.get(i).is_some_and(|w| matches!(w.shape, Shape::Capital | Shape::Upper));
    let mut start = at;
    let mut named = 0;
    for index in (at.saturating_sub(NAME_REACH)..at).rev() {
        let broken = page.words.get(index + 1).is_none_or(|w| !w.gap.joins());
        if broken || named > 0 && !cased(index) {
            break;
        }
        if cased(index) {
            named += 1;
            start = index;
        }
    }
    if named > 1 { start } else { at }
}

/// «Yesid Oñate Oficina de Pasaportes», from the head of the line: the name before the office, which nothing else means.
fn signed_before(lexicon: &Lexicon, page: &Page<'_>, office: usize) -> Range<usize> {
    let name = page.line_of(office).start..office;
    let cased = |i: usize| page.words.get(i).is_some_and(|w| w.shape == Shape::Capital);
    let means = |tag: &Tag| {
        matches!(tag, Tag::Topic { .. } | Tag::Courtesy(_) | Tag::Person(Person::NoEsNombre | Person::Relleno))
            .then_some(())
    };
    let is_name = matches!(name.len(), 2..=4)
        && name.clone().all(cased)
        && page.words.joined(name.start, office)
        && page.tagged_in(lexicon, name.clone(), means).next().is_none();
    if is_name { name } else { office..office }
}

/// How many words with capitals follow each other from here, up to six.
pub(crate) fn capitals(page: &Page<'_>, at: usize) -> usize {
    let list = page.words.list().iter().skip(at).take(6).enumerate();
    list.take_while(|(i, w)| matches!(w.shape, Shape::Capital | Shape::Upper) && (*i == 0 || w.gap == Gap::Space))
        .count()
}
