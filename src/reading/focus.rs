//! Which words of a mail tell its matter, and how much each of them counts: of several problems the main one decides.
use crate::reading::lexicon::Lexicon;
use crate::reading::note::Kind;
use crate::reading::page::{Ask, MOST_ITEMS, Page};
use crate::reading::problem::{self, Story};
use crate::reading::tag::{Courtesy, Tag};
use crate::reading::topic::Matter;
use crate::spanish::number;
use std::ops::Range;

/// How far behind «lo principal es» the number of the item may stand, and before it.
const POINTS_AHEAD: usize = 8;
const POINTS_BACK: usize = 6;
/// The number of a sentence about «los otros».
const OTHERS: usize = usize::MAX;

/// The words by which categoría and prioridad are found: the main problem and the subject count more.
pub(crate) fn matter<'a>(lexicon: &Lexicon, ask: &'a Ask<'a>, story: &Story, kind: Kind) -> Vec<Matter<'a>> {
    let subject_factor = if story.from_subject { 3 } else { 2 };
    let whole =
        |page: &'a Page<'a>, factor| Matter { page, words: 0..page.words.len(), factor, aside: false, later: false };
    let mut subject = whole(&ask.subject, subject_factor);
    // An answer in an older thread keeps its subject, which is about something else.
    subject.aside = !story.from_subject && problem::is_answer(ask.subject.text);
    subject.factor -= i32::from(subject.aside);
    let mut matter = vec![subject];
    let mut opened = false;
    for (page, ranges) in ask.texts.iter().zip(&story.words) {
        if kind == Kind::Alarma {
            matter.push(whole(page, 2));
            continue;
        }
        let list = List::of(lexicon, page, ranges);
        for (index, words) in ranges.iter().enumerate() {
            let aside = opened && sets_aside(lexicon, page, words);
            let (factor, aside, later) = match list.place(index) {
                Place::Main => (4, false, false),
                Place::Later => (1, false, true),
                Place::Others => (1, true, true),
                Place::Outside if !opened => (3, false, false),
                Place::Outside => (2 - i32::from(aside), aside, false),
            };
            opened = true;
            // «… se cae, y de paso el teclado …»: from there on it is another matter.
            let turn = courtesy(lexicon, page, words.start + 4..words.end, Courtesy::Aparte).unwrap_or(words.end);
            matter.push(Matter { page, words: words.start..turn, factor, aside, later });
            if turn < words.end {
                matter.push(Matter { page, words: turn..words.end, factor: 1, aside: true, later });
            }
        }
    }
    matter
}

/// The words with which leave is taken: no matter, but «agradezco atención urgente» says how it presses.
pub(crate) fn partings<'a>(ask: &'a Ask<'a>, story: &Story) -> Vec<Matter<'a>> {
    let pages = ask.texts.iter().zip(&story.partings);
    let of_page = |(page, ranges): (&'a Page<'a>, &Vec<Range<usize>>)| {
        let parting =
            |words: &Range<usize>| Matter { page, words: words.clone(), factor: 1, aside: false, later: false };
        ranges.iter().map(parting).collect::<Vec<_>>()
    };
    pages.flat_map(of_page).collect()
}

/// «De paso, …»: the sentence brings another matter.
fn sets_aside(lexicon: &Lexicon, page: &Page<'_>, words: &Range<usize>) -> bool {
    courtesy(lexicon, page, words.start..words.start + 3, Courtesy::Aparte).is_some()
}

fn courtesy(lexicon: &Lexicon, page: &Page<'_>, words: Range<usize>, wanted: Courtesy) -> Option<usize> {
    let tagged = |tag: &Tag| matches!(tag, Tag::Courtesy(courtesy) if *courtesy == wanted).then_some(());
    page.tagged_in(lexicon, words, tagged).next().map(|(hit, ())| hit.first)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// An item of a list, and the main one.
    Main,
    /// Another item.
    Later,
    /// What is said of the other items only.
    Others,
    Outside,
}

/// The problems of a mail that numbers or dashes them.
struct List {
    /// By sentence: the item that it belongs to, counted from one; zero outside.
    items: Vec<usize>,
    main: usize,
}

impl List {
    fn of(lexicon: &Lexicon, page: &Page<'_>, sentences: &[Range<usize>]) -> List {
        let mut list = List { items: Vec::new(), main: 1 };
        let mut item = 0;
        let mut pointed = None;
        for words in sentences {
            let principal = courtesy(lexicon, page, words.clone(), Courtesy::Principal);
            let opens = page.opens_item(words.start);
            if opens && item < MOST_ITEMS as usize {
                item += 1;
            } else if principal.is_some() || talks_of_others(lexicon, page, words) {
                // «Lo principal es el punto 2»: it closes the list.
                list.items.push(0);
                pointed = pointed.or_else(|| ordinal(page, words, principal?, item));
                if principal.is_none() && item > 0 {
                    list.items.pop();
                    list.items.push(OTHERS);
                }
                continue;
            }
            if principal.is_some() && item > 0 {
                pointed = pointed.or(Some(item));
            }
            list.items.push(item);
        }
        list.main = pointed.unwrap_or(1);
        if item < 2 {
            list.items.clear();
        }
        list
    }

    fn place(&self, sentence: usize) -> Place {
        match self.items.get(sentence) {
            None | Some(0) => Place::Outside,
            Some(&OTHERS) => Place::Others,
            Some(item) if *item == self.main => Place::Main,
            Some(_) => Place::Later,
        }
    }
}

/// «Los otros dos pueden esperar»: no part of any item.
fn talks_of_others(lexicon: &Lexicon, page: &Page<'_>, words: &Range<usize>) -> bool {
    courtesy(lexicon, page, words.start..words.start + 1, Courtesy::LosDemas).is_some()
}

/// Which item is meant: «el punto 2», «el tercero», «lo último», «lo primero».
fn ordinal(page: &Page<'_>, words: &Range<usize>, principal: usize, items: usize) -> Option<usize> {
    let said = |at: usize| match page.words.folded(at) {
        "ultimo" | "ultima" => Some(items),
        word => number::value(word).map(|n| n as usize).filter(|n| (1..=items).contains(n)),
    };
    let ahead = (principal..(principal + POINTS_AHEAD).min(words.end)).find_map(said);
    ahead.or_else(|| (principal.saturating_sub(POINTS_BACK).max(words.start)..principal).find_map(said))
}
