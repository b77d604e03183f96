//! Another hour for a visit, in plain words: «no puedo mañana», «mejor el jueves por la tarde», «después de las 3».
//!
//! Only what is understood whole counts. A sentence of which a word stays open says nothing, and a person reads it.
use crate::reading::lexicon::Hit;
use crate::reading::note::Wish;
use crate::reading::page::Page;
use crate::reading::tag::Speech;
use crate::spanish::date_words::{self, Hour};
use crate::spanish::fold::fold;
use jiff::civil::{Date, Time, time};
use regex::Regex;
use std::sync::LazyLock;

/// Words of a day and an hour, and of the sentence in which they are looked for.
const LONGEST: usize = 16;
/// Lines that are looked at: whoever writes more tells a story.
const LINES: usize = 4;

/// What every line holds that says a day or an hour: a cheap look before it is read.
static HINT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i)[0-9]|lunes|martes|rcoles|jueves|viernes|ana|hoy|tarde").ok());

/// What these phrases of the page come to; `today` is the day on which it was written.
pub(crate) fn wish(page: &Page<'_>, heard: &[(Hit, Speech)], today: Date) -> Option<Wish> {
    let said = |wanted| heard.iter().filter(move |(_, speech)| *speech == wanted).map(|(hit, _)| hit);
    let behind = |hit: &Hit| {
        let end = page.span_of(hit).end;
        moment(sentence(page.text.get(end..).unwrap_or_default()), today)
    };
    let preferred = said(Speech::Prefiere).filter(|hit| !is_denied(page, hit)).find_map(behind);
    let lines = page.text.lines().filter(|line| !line.trim().is_empty()).take(LINES);
    let mut lines = lines.filter(|line| HINT.as_ref().is_some_and(|hint| hint.is_match(line)));
    let mut alone = || lines.find_map(|line| whole(line, today));
    let cannot = || said(Speech::NoPuede).next().map(|_| Wish::NotThen);
    preferred.or_else(&mut alone).or_else(cannot)
}

fn is_denied(page: &Page<'_>, hit: &Hit) -> bool {
    hit.first
        .checked_sub(1)
        .is_some_and(|before| matches!(page.words.folded(before), "no" | "ni" | "nunca" | "tampoco"))
}

/// Up to the end of its line, or to a mark that ends more than an abbreviation.
fn sentence(text: &str) -> &str {
    text.split(['\n', ';', '!', '?']).next().unwrap_or_default()
}

/// The day and hour with which the text begins: the most of its words that are understood together.
fn moment(text: &str, today: Date) -> Option<Wish> {
    let words: Vec<&str> = text.split_whitespace().take(LONGEST).collect();
    (1..=words.len()).rev().find_map(|count| whole(&words.get(..count)?.join(" "), today))
}

/// A text that says a day or an hour and nothing else.
fn whole(text: &str, today: Date) -> Option<Wish> {
    let text = fold(text);
    let text = text.trim().trim_matches(['.', ',', ':', '-', '•', '*', ' ']);
    if text.is_empty() || text.len() > 120 {
        return None;
    }
    let bounds = [
        ("despues de ", Bound::From),
        ("a partir de ", Bound::From),
        ("desde ", Bound::From),
        ("antes de ", Bound::Until),
    ];
    let (text, bound) = bounds
        .iter()
        .find_map(|(word, bound)| Some((cut(text, word)?, *bound)))
        .unwrap_or((text.to_owned(), Bound::Exact));
    // «de 10:00 a. m. a 11:00 a. m.»: the hours as our own letters say them; the first is the one that is meant.
    let text = text.split_once(", de ").map_or(text.clone(), |(day, hours)| {
        let first = ["m. a ", "m a "].iter().find_map(|mark| hours.split_once(mark)).map_or(hours, |(first, _)| first);
        format!("{day} {}", if first.len() < hours.len() { format!("{first}m") } else { hours.to_owned() })
    });
    let (day, hour) = date_words::said(&text, today).ok()?;
    let (from, to) = match (hour, bound) {
        (Hour::At(at), Bound::Exact) => (at, at),
        (Hour::At(at), Bound::From) => (at, EVENING),
        (Hour::At(at), Bound::Until) => (MORNING, at),
        (Hour::Morning, _) => (MORNING, NOON),
        (Hour::Afternoon, _) => (NOON, EVENING),
        (Hour::Unsaid, Bound::Exact) => (MORNING, EVENING),
        (Hour::Unsaid, Bound::From | Bound::Until) => return None,
    };
    Some(Wish::Then { day, from, to })
}

/// The text with a plain «a» for the words of a bound, wherever they stand.
fn cut(text: &str, words: &str) -> Option<String> {
    let at = text.find(words)?;
    let (before, behind) = (text.get(..at)?, text.get(at + words.len()..)?);
    (before.is_empty() || before.ends_with(' ')).then(|| format!("{before}a {behind}"))
}

#[derive(Clone, Copy)]
enum Bound {
    Exact,
    From,
    Until,
}

const MORNING: Time = time(0, 0, 0, 0);
const NOON: Time = time(12, 0, 0, 0);
const EVENING: Time = time(23, 59, 0, 0);

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<(Option<String>, String, String)> {
        let today = jiff::civil::date(2026, 11, 25);
        match moment(text, today)? {
            Wish::Then { day, from, to } => {
                Some((day.map(|d| d.to_string()), from.strftime("%H:%M").to_string(), to.strftime("%H:%M").to_string()))
            }
            Wish::NotThen => None,
        }
    }

    #[test]
    fn what_people_answer() {
        let then = |day: &str, from: &str, to: &str| {
            Some((Some(day.to_owned()).filter(|d| !d.is_empty()), from.to_owned(), to.to_owned()))
        };
        for (text, expected) in [
            ("el jueves por la tarde, gracias", then("2026-11-26", "12:00", "23:59")),
            ("mañana a las 9", then("2026-11-26", "09:00", "09:00")),
            ("después de las 3", then("", "15:00", "23:59")),
            ("el viernes antes de las 10", then("2026-11-27", "00:00", "10:00")),
            ("el lunes 30 a partir de las 2 pm", then("2026-11-30", "14:00", "23:59")),
            ("jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m.", then("2026-11-26", "10:00", "10:00")),
            ("el viernes", then("2026-11-27", "00:00", "23:59")),
            ("cuando quieran", None),
            ("", None),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
