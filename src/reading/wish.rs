//! Another hour for a visit, in plain words: «no puedo mañana», «mejor el jueves por la tarde», «después de las 3».
//!
//! Only what is understood whole counts. A sentence of which a word stays open says nothing, and a person reads it.
use crate::reading::doubt;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{Wish, Zone};
use crate::reading::page::Page;
use crate::reading::tag::{Speech, Tag};
use crate::spanish::date_words::{self, Hour};
use crate::spanish::fold::fold;
use crate::spanish::number;
use jiff::civil::{Date, Time, time};
use regex::Regex;
use std::sync::LazyLock;

/// Words of a day and an hour, and of the sentence in which they are looked for.
const LONGEST: usize = 16;
/// Lines that are looked at: whoever writes more tells a story.
const LINES: usize = 4;

/// A day, or that of the visit, and the hours between which.
type Span = (Option<Date>, Time, Time);

/// What every line holds that says a day or an hour: a cheap look before it is read.
static HINT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i)[0-9]|lunes|martes|rcoles|jueves|viernes|ana|hoy|tarde").ok());

/// What these phrases of the page come to; `today` is the day on which it was written.
pub(crate) fn wish(lexicon: &Lexicon, page: &Page<'_>, heard: &[(Hit, Speech)], today: Date) -> Option<Wish> {
    let said = |wanted| heard.iter().filter(move |(_, speech)| *speech == wanted).map(|(hit, _)| hit);
    let is_plain = |hit: &&Hit| !doubt::is_denied_plainly(page, hit, doubt::DENIAL) && !doubt::is_supposed(page, hit);
    let behind = |hit: &Hit| moment(lexicon, page.text.get(page.span_of(hit).end..).unwrap_or_default(), today);
    let preferred = said(Speech::Prefiere).filter(is_plain).find_map(behind);
    let refuses = |hit: &&Hit| is_plain(hit) && !doubt::is_asked(page, hit) && !doubt::is_conditioned(page, hit);
    let not_then = || said(Speech::NoPuede).find(refuses).map(|_| (None, MORNING, EVENING));
    let not_on = || said(Speech::NoPuedeEl).filter(refuses).find_map(behind);
    let then =
        preferred.or_else(|| alone(lexicon, page.text, today)).map(|(day, from, to)| Wish::Then { day, from, to });
    then.or_else(|| not_then().or_else(not_on).map(|(day, from, to)| Wish::NotThen { day, from, to }))
}

/// A line that says a day or an hour and nothing else, where no more than a goodbye follows: whoever puts a date over his
/// letter wants no other hour.
fn alone(lexicon: &Lexicon, text: &str, today: Date) -> Option<Span> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut first = lines.by_ref().take(LINES).filter(|line| HINT.as_ref().is_some_and(|hint| hint.is_match(line)));
    let said = first.find_map(|line| whole(line, today))?;
    drop(first);
    lines.next().is_none_or(|line| begins_with(lexicon, line, Speech::Despedida)).then_some(said)
}

/// The day and hour with which the text begins: the most of its words that are understood together, where nothing that follows
/// may change them.
fn moment(lexicon: &Lexicon, text: &str, today: Date) -> Option<Span> {
    let sentence = text.split(['\n', ';', '!', '?']).next().unwrap_or_default();
    // «Ya va mejor. Mañana les cuento»: another sentence begins.
    if sentence.trim_start().starts_with('.') {
        return None;
    }
    let words: Vec<&str> = sentence.split_whitespace().take(LONGEST).collect();
    let first = |count: usize| whole(&words.get(..count)?.join(" "), today);
    let (most, said) = (1..=words.len()).rev().find_map(|count| Some((count, first(count)?)))?;
    // «Mañana los» says no more than «mañana»: what stands beside the day is looked at as well.
    let least = (1..=most).find(|count| first(*count) == Some(said))?;
    let (_, from, to) = said;
    let rest = after(text, most);
    let ends = |count: usize, marks: &[char]| {
        let last = count.checked_sub(1).and_then(|at| words.get(at));
        last.is_some_and(|word| word.ends_with(marks) && !word.ends_with("m."))
    };
    // An hour is plain; a day may yet get one in the next sentence.
    let rest = match (from == to, ends(most, &['.'])) {
        (true, true) => "",
        (true, false) => end_of_sentence(rest),
        (false, _) => rest.split("\n\n").next().unwrap_or_default(),
    };
    let harmless = [most, least]
        .iter()
        .any(|count| ends(*count, &['.', ',', ':', ')', '-']) || goes_on_harmlessly(lexicon, after(text, *count)));
    (harmless && !changes(lexicon, rest)).then_some(said)
}

/// The text behind so many of its words.
fn after(text: &str, words: usize) -> &str {
    let mut rest = text;
    for _ in 0..words {
        rest = rest.trim_start();
        rest = rest.find(char::is_whitespace).and_then(|end| rest.get(end..)).unwrap_or_default();
    }
    rest
}

fn end_of_sentence(text: &str) -> &str {
    let text = text.split(['\n', ';', '!', '?']).next().unwrap_or_default();
    text.split(". ").next().unwrap_or_default()
}

/// «Puedo hoy imprimir» is no hour: behind the day comes an end, a mark, or a word that may well stand there.
fn goes_on_harmlessly(lexicon: &Lexicon, rest: &str) -> bool {
    let next = rest.trim_start_matches([' ', '\t']);
    !next.starts_with(char::is_alphanumeric) || begins_with(lexicon, next, Speech::TrasElDia)
}

fn begins_with(lexicon: &Lexicon, text: &str, wanted: Speech) -> bool {
    around(lexicon, &Page::whole(lexicon, Zone::Texto, text)).any(|(hit, speech)| hit.first == 0 && speech == wanted)
}

/// May these words change the day or the hour before them: another hour, a bound, a «but»? «Feliz tarde» is no hour, and «si es
/// posible» no doubt: what stands within a courtesy counts for nothing.
fn changes(lexicon: &Lexicon, rest: &str) -> bool {
    let page = Page::whole(lexicon, Zone::Texto, rest);
    let (changing, kind): (Vec<_>, Vec<_>) = around(lexicon, &page)
        .map(|(hit, speech)| (hit.first..=hit.last, speech))
        .partition(|(_, s)| *s == Speech::CambianLaHora);
    let is_kind = |at: usize| kind.iter().any(|(words, _)| words.contains(&at));
    let is_number = |at: usize| {
        let word = page.words.folded(at);
        word.contains(|c: char| c.is_ascii_digit()) || number::value(word).is_some()
    };
    changing.into_iter().flat_map(|(words, _)| words).any(|at| !is_kind(at)) || (0..page.words.len()).any(is_number)
}

/// The phrases that say what the words about a day come to, as they are written.
fn around(lexicon: &Lexicon, page: &Page<'_>) -> impl Iterator<Item = (Hit, Speech)> {
    let meant = |tag: &Tag| match tag {
        Tag::Speech(speech) if speech.is_about_a_day() => Some(*speech),
        _ => None,
    };
    page.tagged(lexicon, meant).filter(|(hit, _)| !hit.typo)
}

/// A text that says a day or an hour and nothing else.
fn whole(text: &str, today: Date) -> Option<Span> {
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
        ("hasta ", Bound::Until),
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
    Some((day, from, to))
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
        let (day, from, to) = moment(&Lexicon::default(), text, today)?;
        Some((day.map(|d| d.to_string()), from.strftime("%H:%M").to_string(), to.strftime("%H:%M").to_string()))
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
            ("hasta las 5", then("", "00:00", "17:00")),
            ("hasta el viernes", None),
            ("el viernes", then("2026-11-27", "00:00", "23:59")),
            ("cuando quieran", None),
            ("", None),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
