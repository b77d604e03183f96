//! How a letter takes leave: thanks and courtesies, which are no part of the matter; a request that is dressed as thanks is.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::page::Page;
use crate::reading::tag::{Courtesy, Mark, Tag};
use crate::reading::words::{Gap, Shape};
use std::ops::Range;

/// Longest courtesy that is dropped whole; a longer sentence that begins so has something to say.
pub(crate) const LONGEST_CLOSING: usize = 14;
/// Longest sentence that is nothing but courtesies.
const LONGEST_COURTESY: usize = 32;
/// Words that open thanks which no mark parts from the matter.
const THANKS: &[&str] =
    &["gracias", "muchas", "mil", "muchisimas", "agradezco", "agradecemos", "agradecida", "agradecido", "bendiciones"];
/// How the words begin with which something is waited for, or thanked for before it is done.
const WAITS: &[&str] = &["agrade", "qued", "aten", "pendiente", "esper"];
/// Words between a courtesy and what it thanks for.
const LITTLE: &[&str] = &["a", "de", "el", "en", "la", "muy", "por", "su", "sus", "un", "una", "y"];
/// Words before what somebody else is to do: «que me instalen».
const LEADS: &[&str] = &["le", "les", "me", "nos", "que", "se", "si"];
/// How the words end that name an act.
const INFINITIVES: &[&str] = &["ar", "er", "ir"];
const PRONOUNS: &[&str] = &["me", "nos", "le", "les", "lo", "la", "los", "las", "se"];

const COURTESIES: &[Courtesy] =
    &[Courtesy::Cierre, Courtesy::Vacio, Courtesy::Saludo, Courtesy::Vocativo, Courtesy::Remision];

pub(crate) struct Farewell<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) page: &'a Page<'a>,
}

impl Farewell<'_> {
    pub(crate) fn is_closing(&self, words: &Range<usize>) -> bool {
        let longest = |courtesies| self.courtesy_at(words.start, courtesies);
        let filled = longest(&[Courtesy::Cierre, Courtesy::Vacio]).is_some_and(|last| last + 1 >= words.end);
        let closes = longest(&[Courtesy::Cierre]).filter(|_| words.len() <= LONGEST_CLOSING);
        let says = |last: usize| self.thanks_ahead(words) || self.asks(words, last + 1) || self.tells(words);
        let short = closes.is_some_and(|last| !says(last));
        filled || short || self.is_courtesy(words)
    }

    /// Where the thanks begin that end a sentence without any mark before them: «… no imprime muchas gracias que esté bien».
    pub(crate) fn thanks_from(&self, from: usize, end: usize) -> usize {
        let opens = |i: &usize| {
            let word = self.page.words.folded(*i);
            let alone = !matches!(self.page.words.folded(*i + 1), "a" | "al");
            let plain = self.page.words.get(*i).is_some_and(|w| w.gap == Gap::Space);
            plain && alone && THANKS.contains(&word) && self.is_closing(&(*i..end))
        };
        (end.saturating_sub(LONGEST_CLOSING).max(from)..end).find(opens).unwrap_or(end)
    }

    /// «Le agradecería expedir el concepto …», «agradezco revisar la impresora»: thanks for what is only asked for.
    fn thanks_ahead(&self, words: &Range<usize>) -> bool {
        let thanks = |i: usize| self.page.words.folded(i).starts_with("agrade");
        let named = |tag: &Tag| {
            matches!(tag, Tag::Topic { weight: 8.., .. } | Tag::Mark { mark: Mark::Concepto, .. }).then_some(())
        };
        (words.start..words.start + 3).any(thanks)
            && self.page.tagged_in(self.lexicon, words.clone(), named).next().is_some()
    }

    /// «Gracias por instalar el programa, pero ahora no abre»: something fails.
    fn tells(&self, words: &Range<usize>) -> bool {
        let fails = |tag: &Tag| matches!(tag, Tag::Fails | Tag::Stopped).then_some(());
        self.page.tagged_in(self.lexicon, words.clone(), fails).any(|(hit, ())| hit.last < words.end)
    }

    /// «Agradecemos gestionar la renovación», «quedo atenta a que me instalen el lector»: behind the courtesies an act and its
    /// object, and not only an answer or attention.
    fn asks(&self, words: &Range<usize>, after: usize) -> bool {
        let waits = |i: usize| WAITS.iter().any(|stem| self.page.words.folded(i).starts_with(stem));
        if !(words.start..after).any(waits) {
            return false;
        }
        let (mut at, mut led) = (after, false);
        while at < words.end {
            let word = self.page.words.folded(at);
            if let Some(last) = self.courtesy_at(at, &[Courtesy::Cierre, Courtesy::Atencion]) {
                (at, led) = (last + 1, false);
            } else if LEADS.contains(&word) || LITTLE.contains(&word) {
                (at, led) = (at + 1, LEADS.contains(&word));
            } else {
                break;
            }
        }
        let named = |w: Shape| matches!(w, Shape::Capital | Shape::Digits | Shape::Address);
        let word = self.page.words.get(at).filter(|w| !named(w.shape) && at + 1 < words.end);
        word.is_some_and(|w| led || is_infinitive(self.page.words.folded_of(w)))
    }

    /// «Porfis, gracias», «buenas tardes, muchas gracias, feliz día»: one courtesy after the other and nothing else.
    fn is_courtesy(&self, words: &Range<usize>) -> bool {
        let mut at = words.start;
        while at < words.end && at < words.start + LONGEST_COURTESY {
            // «Novedad», «revisar el caso»: at the head of a sentence the matter itself.
            let thanked = || self.courtesy_at(at, &[Courtesy::Atencion]).filter(|_| at > words.start);
            let Some(last) = self.courtesy_at(at, COURTESIES).max(thanked()) else {
                let word = self.page.words.folded(at);
                if at > words.start && (LITTLE.contains(&word) || LEADS.contains(&word)) {
                    at += 1;
                    continue;
                }
                return false;
            };
            at = last + 1;
        }
        at >= words.end
    }

    /// The last word of the longest of these courtesies that begins here.
    fn courtesy_at(&self, at: usize, wanted: &[Courtesy]) -> Option<usize> {
        let meant = |tag: &Tag| matches!(tag, Tag::Courtesy(courtesy) if wanted.contains(courtesy)).then_some(());
        self.page.tagged_in(self.lexicon, at..at + 1, meant).map(|(hit, ()): (Hit, ())| hit.last).max()
    }
}

/// «Gestionar», «instalarme».
fn is_infinitive(word: &str) -> bool {
    let stem = PRONOUNS.iter().find_map(|pronoun| word.strip_suffix(pronoun)).unwrap_or(word);
    [word, stem].iter().any(|word| word.len() > 4 && INFINITIVES.iter().any(|end| word.ends_with(end)))
}
