//! The gate: new rules may not read the office's own examples worse than the rules at work do.
use crate::exam::paper::{Example, judge};
use crate::exam::tally::Verdict;
use crate::handbook::Handbook;
use serde::Serialize;
use std::collections::BTreeMap;

/// How the examples of an office come out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Examples that are wholly right, of how many.
    pub bien: usize,
    pub de: usize,
    /// The others, each with the boxes that differ.
    pub mal: BTreeMap<String, Vec<&'static str>>,
}

/// Reads every example with this handbook.
pub fn score(handbook: &Handbook, examples: &[Example]) -> Score {
    let mut score = Score { de: examples.len(), ..Score::default() };
    for example in examples {
        let wrong = wrong(&judge(handbook, example));
        if wrong.is_empty() {
            score.bien += 1;
        } else {
            score.mal.insert(example.stem.clone(), wrong);
        }
    }
    score
}

fn wrong(verdict: &Verdict) -> Vec<&'static str> {
    verdict.marks().into_iter().filter(|(_, right)| !right).map(|(name, _)| name).collect()
}

/// An example that the rules at work read right in these boxes and the new ones do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallen {
    pub stem: String,
    pub boxes: Vec<&'static str>,
}

/// What stands against the new rules: empty when no box is right in fewer examples than before, and no fewer examples
/// are wholly right. An example lost in a box is made good by another one won in the same box.
pub fn fallen(at_work: &Handbook, fresh: &Handbook, examples: &[Example]) -> Vec<Fallen> {
    let mut gain: BTreeMap<&'static str, i64> = BTreeMap::new();
    let (mut whole, mut lost) = (0_i64, Vec::new());
    for example in examples {
        let [before, after] = [at_work, fresh].map(|handbook| wrong(&judge(handbook, example)));
        whole += i64::from(after.is_empty()) - i64::from(before.is_empty());
        before.iter().for_each(|name| *gain.entry(name).or_default() += 1);
        after.iter().for_each(|name| *gain.entry(name).or_default() -= 1);
        let boxes: Vec<&'static str> = after.into_iter().filter(|name| !before.contains(name)).collect();
        if !boxes.is_empty() {
            lost.push(Fallen { stem: example.stem.clone(), boxes });
        }
    }
    if whole < 0 {
        return lost;
    }
    for fallen in &mut lost {
        fallen.boxes.retain(|name| gain.get(name).is_some_and(|gain| *gain < 0));
    }
    lost.retain(|fallen| !fallen.boxes.is_empty());
    lost
}
