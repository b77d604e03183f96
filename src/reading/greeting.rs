//! How a letter opens: the head of an oficio and the greeting, which are no part of the matter.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::page::Page;
use crate::reading::tag::{Courtesy, Person, Tag};
use crate::reading::words::{Gap, Shape};

/// Lines on top of an oficio before its greeting.
const LONGEST_HEAD: usize = 14;

pub(crate) struct Opening<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) page: &'a Page<'a>,
}

impl Opening<'_> {
    /// The first word behind the head of an oficio: its date, its addressee and its subject, up to the greeting.
    pub(crate) fn after_head(&self) -> usize {
        let mut at = 0;
        let (mut lines, mut after) = (0, 0);
        let mut heads = false;
        while at < self.page.words.len() && lines < LONGEST_HEAD {
            let line = self.page.line_of(at);
            if line.len() > 12 || line.end <= at {
                break;
            }
            let opens = self.hits_at(at, |tag| match tag {
                Tag::Courtesy(courtesy) => Some(*courtesy),
                _ => None,
            });
            heads |= opens.iter().any(|(_, c)| *c == Courtesy::Encabezado);
            let greets = opens.iter().any(|(_, c)| *c == Courtesy::Saludo)
                && self.page.said(&self.page.words.span(at, line.end)).len() < 60;
            if greets && heads && lines > 0 {
                after = at;
            }
            at = line.end;
            lines += 1;
        }
        after
    }

    /// The first word behind the greeting, if this sentence begins with one.
    pub(crate) fn after_greeting(&self, at: usize, end: usize) -> usize {
        let (mut here, mut addressed) = (at, false);
        while here < end {
            let found = self.hits_at(here, |tag| match tag {
                Tag::Courtesy(Courtesy::Saludo) => Some(false),
                Tag::Courtesy(Courtesy::Vocativo) | Tag::Person(Person::Titulo) => Some(true),
                _ => None,
            });
            let title = !self.hits_at(here, |tag| matches!(tag, Tag::Person(Person::Titulo)).then_some(())).is_empty();
            let longest = found.iter().max_by_key(|(hit, _)| hit.last);
            if let Some((hit, vocative)) = longest {
                let next = (hit.last + 1).min(end);
                if !*vocative || title || addressed || self.pauses(next, end) || self.greets(next) {
                    addressed = true;
                    here = next;
                    continue;
                }
            }
            // «Anita buenos días, …»: the name comes first.
            let named = self.page.words.get(at).is_some_and(|w| w.shape == Shape::Capital);
            if here == at && named && self.is_saludo(at + 1) && at + 1 < end {
                here += 1;
                continue;
            }
            if here > at {
                if let Some(next) = self.after_names(here, end) {
                    here = next;
                    continue;
                }
                let little = matches!(self.page.words.folded(here), "y" | "a" | "al" | "para" | "mi" | "un");
                if little && self.greets(here + 1) && here + 1 < end {
                    here += 1;
                    continue;
                }
            }
            break;
        }
        here
    }

    /// Is there a pause before this word, or does the sentence end here?
    fn pauses(&self, next: usize, end: usize) -> bool {
        next >= end || self.page.words.get(next).is_none_or(|w| w.gap != Gap::Space)
    }

    fn is_saludo(&self, at: usize) -> bool {
        !self.hits_at(at, |tag| matches!(tag, Tag::Courtesy(Courtesy::Saludo)).then_some(())).is_empty()
    }

    fn greets(&self, at: usize) -> bool {
        let greeting = |tag: &Tag| {
            matches!(tag, Tag::Courtesy(Courtesy::Saludo | Courtesy::Vocativo) | Tag::Person(Person::Titulo))
                .then_some(())
        };
        !self.hits_at(at, greeting).is_empty()
    }

    /// Up to three words with capitals and then a pause: the name of who is greeted.
    fn after_names(&self, at: usize, end: usize) -> Option<usize> {
        let named = |index: usize| {
            self.page.words.get(index).is_some_and(|w| {
                matches!(w.shape, Shape::Capital | Shape::Upper) && (index == at || w.gap == Gap::Space)
            })
        };
        let count = (at..end.min(at + 3)).take_while(|i| named(*i)).count();
        // «Ing. Maribel»: the full stop of a title ends nothing.
        let end_before = at.checked_sub(1).and_then(|i| self.page.words.get(i)).map_or(0, |w| w.span.end);
        let stopped = |start: usize| self.page.text.get(end_before..start) == Some(". ");
        let starts_mid_line =
            self.page.words.get(at).is_some_and(|w| w.gap == Gap::Space || w.gap == Gap::Mark && stopped(w.span.start));
        let next = at + count;
        (count > 0 && starts_mid_line && (self.pauses(next, end) || self.greets(next))).then_some(next)
    }

    fn hits_at<T>(&self, at: usize, meant: impl Fn(&Tag) -> Option<T>) -> Vec<(Hit, T)> {
        self.page.tagged_in(self.lexicon, at..at + 1, meant).collect()
    }
}
