//! Names written with a slip of the pen: one letter left out, added, changed or swapped.
use crate::reading::fast::Fast;
use std::collections::{HashMap, HashSet};

/// Shorter words are never taken for misspelt ones.
const SHORTEST: usize = 6;

/// The words that may be misspelt.
#[derive(Default)]
pub(crate) struct Slips {
    /// By each of their forms with one letter left out.
    shorter: HashMap<String, Vec<String>, Fast>,
    known: HashSet<String>,
    /// Words that look like a slip and are none.
    right: HashSet<String>,
}

impl Slips {
    /// From now on this word is known when it is misspelt; short ones never are.
    pub(crate) fn learn(&mut self, word: &str) {
        if word.len() >= SHORTEST && self.known.insert(word.to_owned()) {
            for shorter in one_less(word).chain(std::iter::once(word.to_owned())) {
                self.shorter.entry(shorter).or_default().push(word.to_owned());
            }
        }
    }

    pub(crate) fn is_right(&mut self, word: &str) {
        self.right.insert(word.to_owned());
    }

    /// The name that this word misspells by one letter left out, added, changed or swapped. Plurals are no slips.
    pub(crate) fn mend(&self, folded: &str) -> Option<&str> {
        if folded.len() < SHORTEST || folded.len() > 20 || self.right.contains(folded) {
            return None;
        }
        let near = |shorter: &str| {
            let words = self.shorter.get(shorter)?;
            words.iter().find(|w| {
                let plural = folded.strip_prefix(w.as_str()).is_some_and(|tail| tail == "s" || tail == "es");
                w.as_bytes().first() == folded.as_bytes().first() && !plural && strsim::osa_distance(w, folded) <= 1
            })
        };
        let mut shorter = String::with_capacity(folded.len());
        let word = near(folded).or_else(|| {
            folded.char_indices().find_map(|(at, c)| {
                shorter.clear();
                shorter.push_str(folded.get(..at)?);
                shorter.push_str(folded.get(at + c.len_utf8()..)?);
                near(&shorter)
            })
        })?;
        Some(word.as_str())
    }
}

/// A word with each of its letters left out in turn.
fn one_less(word: &str) -> impl Iterator<Item = String> + '_ {
    word.char_indices().map(|(at, c)| {
        let (before, after) = (word.get(..at).unwrap_or_default(), word.get(at + c.len_utf8()..).unwrap_or_default());
        format!("{before}{after}")
    })
}
