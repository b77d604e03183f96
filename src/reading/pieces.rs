//! The author's words, sentence by sentence: what greets, what takes leave, what only gives data, and what is the matter.
use crate::reading::farewell::{Farewell, LONGEST_CLOSING};
use crate::reading::form::{Form, trimmed};
use crate::reading::greeting::Opening;
use crate::reading::lexicon::Lexicon;
use crate::reading::marks::{self, WordMarks};
use crate::reading::page::Page;
use crate::reading::tag::{Courtesy, Field, Mark, Person, Tag};
use crate::reading::words::{Gap, Shape};
use crate::spanish::phone::Line;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Greeting,
    Closing,
    /// Dependencia, place, name, telephone and nothing else.
    Data,
    /// A labelled line of a form.
    Label,
    /// The field of a form that tells the problem.
    Story,
    Matter,
}

/// A sentence.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) sort: Sort,
    /// Indices of its words.
    pub(crate) words: Range<usize>,
    /// In the text, with its punctuation, without the blanks around.
    pub(crate) span: Range<usize>,
}

/// What stands above a sentence.
#[derive(Default)]
struct Seen {
    farewell: bool,
    matter: bool,
    /// An item of a list right above; do such items bear a number or a dash?
    item: Option<bool>,
}

impl Seen {
    fn note(&mut self, pieces: &[Piece]) {
        self.farewell |= pieces.iter().any(|p| p.sort == Sort::Closing);
        self.matter |= pieces.iter().any(|p| p.sort == Sort::Matter);
    }
}

/// Does a sentence that only gives data hold this word?
pub(crate) fn in_data(pieces: &[Piece], word: usize) -> bool {
    // Stories stand behind all other pieces.
    let after = pieces.partition_point(|p| p.sort != Sort::Story && p.words.start <= word);
    let piece = after.checked_sub(1).and_then(|i| pieces.get(i));
    piece.is_some_and(|p| p.sort == Sort::Data && p.words.contains(&word))
}

/// Words of a clause of data at the end of a sentence, of one that its own words open, and of a line below the farewell, at most.
const LONGEST_TAIL: usize = 22;
const LONGEST_DATA: usize = 40;
const LONGEST_SIGNED: usize = 8;
/// A sentence this short that says who speaks says nothing else.
const SHORT_WORD: usize = 8;

pub(crate) struct Sorter<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) page: &'a Page<'a>,
    pub(crate) form: &'a Form,
    /// By word: the tags that matter here.
    marks: Vec<WordMarks>,
}

impl<'a> Sorter<'a> {
    pub(crate) fn new(lexicon: &'a Lexicon, page: &'a Page<'a>, form: &'a Form, name: &'a [String]) -> Sorter<'a> {
        let marks = marks::of(lexicon, page, name);
        Sorter { lexicon, page, form, marks }
    }

    fn farewell(&self) -> Farewell<'_> {
        Farewell { lexicon: self.lexicon, page: self.page }
    }

    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let (mut pieces, mut seen) = (Vec::new(), Seen::default());
        let mut in_head = true;
        let opening = Opening { lexicon: self.lexicon, page: self.page };
        let mut at = opening.after_head();
        let count = self.page.words.len();
        while at < count {
            let end = self.end_of(at);
            if let Some(label) = self.label_at(at) {
                let words = at..self.page.words.at(label.end).max(at + 1);
                at = words.end;
                pieces.push(Piece { sort: Sort::Label, span: label, words });
                continue;
            }
            let mut start = at;
            if in_head {
                start = opening.after_greeting(at, end);
                if start > at {
                    pieces.push(self.piece(Sort::Greeting, at..start));
                }
                in_head = start >= end;
            }
            if start < end {
                let before = pieces.len();
                seen.item = self.item(&(start..end), seen.item, pieces.last());
                match seen.item {
                    Some(_) => pieces.push(self.piece(Sort::Matter, start..end)),
                    None => self.sorted(start..end, &seen, &mut pieces),
                }
                seen.note(pieces.get(before..).unwrap_or_default());
            }
            at = end;
        }
        self.with_stories(pieces)
    }

    /// The labelled line, of a form, that begins at this word.
    fn label_at(&self, at: usize) -> Option<Range<usize>> {
        let start = self.page.words.get(at)?.span.start;
        let line = self.form.line_at(start)?;
        self.form.is_form().then_some(start..line.whole.end)
    }

    fn with_stories(&self, mut pieces: Vec<Piece>) -> Vec<Piece> {
        if !self.form.is_form() {
            return pieces;
        }
        for story in self.form.lines.iter().filter(|l| l.field == Field::Problema && !l.value.is_empty()) {
            let words = self.page.words.within(&story.value);
            pieces.push(Piece { sort: Sort::Story, span: self.without_closing(&story.value), words });
        }
        pieces
    }

    /// A problem that runs to the end of the mail takes no leave: its last lines are cut where they thank.
    fn without_closing(&self, span: &Range<usize>) -> Range<usize> {
        let mut end = span.end;
        let words = self.page.words.within(span);
        let mut at = words.start;
        while at < words.end {
            let stop = self.end_of(at).min(words.end);
            if at > words.start && self.farewell().is_closing(&(at..stop)) {
                end = end.min(self.page.words.get(at).map_or(end, |w| w.span.start));
                break;
            }
            at = stop.max(at + 1);
        }
        trimmed(self.page.text, span.start..end)
    }

    /// One past the last word of the sentence that this word stands in.
    fn end_of(&self, at: usize) -> usize {
        let list = self.page.words.list();
        let next = list.iter().enumerate().skip(at + 1).find(|(_, w)| !w.gap.joins());
        next.map_or(list.len(), |(index, _)| index)
    }

    fn piece(&self, sort: Sort, words: Range<usize>) -> Piece {
        let text = self.page.text;
        let start = self.page.words.get(words.start).map_or(0, |w| w.span.start);
        let opening = text.get(self.page.span.start..start).unwrap_or_default();
        let opened = opening.trim_end_matches(['¿', '¡', '"', '“', '«', '(', '\'', '-', '*', '•', '[']);
        let start = self.page.span.start + opened.len();
        let last = self.page.words.get(words.end.saturating_sub(1)).map_or(start, |w| w.span.end);
        let next = self.page.words.get(words.end).map_or(self.page.span.end, |w| w.span.start);
        let tail = text.get(last..next).unwrap_or_default();
        let kept = tail.trim_end_matches(['¿', '¡', '"', '“', '«', '(', '\'', '*', '•', '[']).trim_end();
        let kept = kept.split('\n').next().unwrap_or_default().trim_end();
        Piece { sort, words, span: start..last + kept.len() }
    }

    fn sort(&self, words: &Range<usize>) -> Sort {
        if self.farewell().is_closing(words) {
            Sort::Closing
        } else if self.is_data(words) {
            Sort::Data
        } else {
            Sort::Matter
        }
    }

    /// «Crear los siguientes usuarios:» and below it names and numbers, line by line: they are what is asked for, and nobody's
    /// signature. A bare list ends with its paragraph, a marked one with its last mark.
    fn item(&self, words: &Range<usize>, above: Option<bool>, last: Option<&Piece>) -> Option<bool> {
        let last = last.filter(|p| p.sort == Sort::Matter && p.words.end == words.start)?;
        let marked = self.page.opens_item(words.start);
        let gap = self.page.words.get(words.start).and_then(|w| self.page.text.get(last.span.end..w.span.start))?;
        let goes_on = match above {
            Some(true) => marked || !gap.contains('\n'),
            Some(false) => gap.matches('\n').count() < 2,
            None => gap.contains('\n') && self.page.said(&last.span).ends_with(':') && self.asks(&last.words),
        };
        (goes_on && !self.farewell().is_closing(words)).then_some(above.unwrap_or(marked))
    }

    /// In a text of capitals a name tells itself only by where it stands: over data, or in a last paragraph of its own.
    fn closes(&self, words: &Range<usize>) -> bool {
        let below = words.end..self.end_of(words.end).max(words.end);
        let last = words.end >= self.page.words.len();
        let start = self.page.words.get(words.start).map_or(0, |w| w.span.start);
        let parted = self.page.text.get(..start).is_some_and(|before| before.trim_end_matches(' ').ends_with("\n\n"));
        if last { parted } else { self.is_data(&below) }
    }

    /// Does this sentence want something, or tell that something is the matter?
    fn asks(&self, words: &Range<usize>) -> bool {
        let asks = |tag: &Tag| match tag {
            Tag::Mark { mark: Mark::Solicitud, .. } | Tag::Topic { weight: 4.., .. } | Tag::Fails | Tag::Wish => {
                Some(())
            }
            _ => None,
        };
        self.page.tagged_in(self.lexicon, words.clone(), asks).next().is_some()
    }

    /// A sentence as one piece, or as three: «soy Ana, de Rentas, no me abre Excel, ext 204».
    fn sorted(&self, words: Range<usize>, seen: &Seen, pieces: &mut Vec<Piece>) {
        let sort = match self.sort(&words) {
            Sort::Matter if self.signs(&words, seen) => Sort::Data,
            Sort::Matter if self.is_filling(&words) && seen.matter => Sort::Data,
            sort => sort,
        };
        if sort != Sort::Matter {
            pieces.push(self.piece(sort, words));
            return;
        }
        let digits = |i: usize| self.page.words.get(i).is_some_and(|w| w.shape == Shape::Digits);
        let pause = |i: &usize| {
            let mark = self.page.words.get(*i).is_some_and(|w| w.gap == Gap::Mark);
            mark && !(digits(*i) && digits(i.saturating_sub(1)))
        };
        // «Mi número es el 300…, quedo pendiente»: data, and a courtesy behind them.
        let leaves = |at: &usize| self.farewell().is_closing(&(*at..words.end)) && self.is_data(&(words.start..*at));
        if let Some(at) = (words.start + 2..words.end).filter(pause).find(leaves) {
            pieces.push(self.piece(Sort::Data, words.start..at));
            pieces.push(self.piece(Sort::Closing, at..words.end));
            return;
        }
        let reach = (words.start + LONGEST_TAIL).min(words.end);
        let start = (words.start + 2..reach).rev().filter(pause).find(|i| self.introduces(&(words.start..*i)));
        let start = start.unwrap_or(words.start);
        let thanks = self.farewell().thanks_from(start + 3, words.end);
        let from = thanks.saturating_sub(LONGEST_TAIL).max(start + 3);
        let end = (from..thanks).filter(pause).find(|i| self.gives_number(&(*i..thanks)));
        let opened = thanks.saturating_sub(LONGEST_DATA).max(start + 3);
        let end = end.or_else(|| self.data_from(opened, thanks)).unwrap_or(thanks);
        for (sort, part) in [
            (Sort::Data, words.start..start),
            (Sort::Matter, start..end),
            (Sort::Data, end..thanks),
            (Sort::Closing, thanks..words.end),
        ] {
            if !part.is_empty() {
                pieces.push(self.piece(sort, part));
            }
        }
    }

    /// Where the data begin that end a sentence without any mark before them: «… no prende mi celular es el 300…».
    fn data_from(&self, from: usize, end: usize) -> Option<usize> {
        let opens = |tag: &Tag| matches!(tag, Tag::Courtesy(Courtesy::Datos)).then_some(());
        let mut starts = self.page.tagged_in(self.lexicon, from..end, opens).map(|(hit, ())| hit.first);
        starts.find(|i| self.has_number(&(*i..end)) && self.is_data(&(*i..end)))
    }

    /// «…, la ext es la 118, primer piso»: a clause of data with a telephone in it, behind a comma.
    fn gives_number(&self, words: &Range<usize>) -> bool {
        let end = words.start.checked_sub(1).and_then(|i| self.page.words.get(i)).map_or(0, |w| w.span.end);
        let start = self.page.words.get(words.start).map_or(end, |w| w.span.start);
        let comma = self.page.text.get(end..start).is_some_and(|gap| gap.contains(','));
        comma && self.has_number(words) && self.is_data(words)
    }

    /// Does a telephone or an extension stand here?
    fn has_number(&self, words: &Range<usize>) -> bool {
        let span = self.page.words.span(words.start, words.end.saturating_sub(1));
        let first = self.page.numbers.partition_point(|n| n.span.start < span.start);
        let numbers = self.page.numbers.iter().skip(first).take_while(|n| n.span.end <= span.end);
        let mut named = numbers.filter(|n| n.line != Line::Corto || marks::extension(self.lexicon, self.page, n));
        named.next().is_some()
    }

    /// The clause that says who speaks, before the matter.
    fn introduces(&self, words: &Range<usize>) -> bool {
        let says =
            |tag: &Tag| matches!(tag, Tag::Person(Person::Presenta | Person::Pertenece | Person::Somos)).then_some(());
        let opens = self.page.tagged_in(self.lexicon, words.start..words.start + 2, says).next().is_some();
        opens && self.is_data(words)
    }

    /// A line that is only a name, or what stands below the farewell.
    fn signs(&self, words: &Range<usize>, seen: &Seen) -> bool {
        let marks = self.marks.get(words.clone()).unwrap_or_default();
        if marks.iter().any(|m| m.matter) || words.len() > LONGEST_SIGNED {
            return false;
        }
        let shouted = seen.matter && self.closes(words);
        let cased = |i: usize| {
            let shape = self.page.words.get(i).map(|w| w.shape);
            shape == Some(Shape::Capital) || shape == Some(Shape::Upper) && shouted
        };
        // «Ingresan Ana Ruiz y Luis Meza»: people who are spoken of.
        let several = words.clone().any(|i| self.page.words.folded(i) == "y");
        let name = !several && words.clone().all(|i| cased(i) || self.marks.get(i).is_some_and(|m| m.filler));
        let topic = self.page.tagged_in(self.lexicon, words.clone(), |tag| {
            matches!(tag, Tag::Topic { .. } | Tag::Mark { .. } | Tag::Urgency { .. } | Tag::Stopped | Tag::Fails)
                .then_some(())
        });
        let silent = topic.count() == 0;
        let own_line = self.page.words.get(words.end).is_none_or(|w| w.gap == Gap::Line);
        silent && own_line && (seen.farewell || name && (2..=5).contains(&words.clone().filter(|i| cased(*i)).count()))
    }

    /// «Escribo por la señora …», «somos el proveedor de …»: a short sentence that only says who speaks.
    fn presents(&self, words: &Range<usize>) -> bool {
        let opening = words.start..words.start + 4;
        let says = |tag: &Tag| matches!(tag, Tag::Person(Person::Encargo | Person::Somos)).then_some(());
        let asks = |tag: &Tag| matches!(tag, Tag::Mark { mark: Mark::Solicitud, .. }).then_some(());
        words.len() <= LONGEST_CLOSING
            && self.page.tagged_in(self.lexicon, opening, says).next().is_some()
            && self.page.tagged_in(self.lexicon, words.clone(), asks).next().is_none()
    }

    /// «Por favor contestarme a este mismo correo»: nothing but the filling of a sentence that gives data.
    fn is_filling(&self, words: &Range<usize>) -> bool {
        let marks = self.marks.get(words.clone()).unwrap_or_default();
        words.len() > 2 && marks.iter().all(|m| m.filler && !m.matter)
    }

    fn is_data(&self, words: &Range<usize>) -> bool {
        let marks = self.marks.get(words.clone()).unwrap_or_default();
        let data = marks.iter().filter(|m| m.data).count();
        let loose = marks.iter().filter(|m| !m.data && !m.filler).count();
        let matter = marks.iter().any(|m| m.matter && !m.data && !m.filler || m.stopped && !m.data);
        let presents = self.presents(words);
        data > 0 && !matter && (loose == 0 || loose * 6 <= words.len())
            || presents && (!matter || words.len() <= SHORT_WORD)
    }
}
