//! Folding away case and accents, so that «SECRETARÍA» and «secretaria» are one word; with a way back to the words as written.
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folded text that remembers where each of its bytes came from.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    pub text: String,
    /// For each byte of `text`, and one past its end: the byte offset in the original.
    origin: Vec<u32>,
}

impl Folded {
    pub fn new(original: &str) -> Folded {
        let mut folded = Folded::default();
        for (at, c) in original.char_indices() {
            for plain in std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
                folded.text.push(plain);
                folded.origin.resize(folded.text.len(), at as u32);
            }
        }
        folded.origin.push(original.len() as u32);
        folded
    }

    /// The span of the original that a span of the folded text stands for; empty at the end when out of bounds.
    pub fn original(&self, span: &Range<usize>) -> Range<usize> {
        let at = |i: usize| self.origin.get(i).or(self.origin.last()).map_or(0, |o| *o as usize);
        at(span.start)..at(span.end)
    }
}

/// The text in lower case and without accents (`ñ` becomes `n`: people drop the tilde as often as the accent).
pub fn fold(text: &str) -> String {
    Folded::new(text).text
}
