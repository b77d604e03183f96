//! Another hour for a visit, in plain words: «no puedo mañana», «mejor el jueves por la tarde», «después de las 3».
//!
//! Only what is understood whole counts. A sentence of which a word stays open says nothing, and a person reads it.
use crate::reading::doubt;
use crate::reading::lexicon::Hit;
use crate::reading::note::Wish;
use crate::reading::page::Page;
use crate::reading::tag::Speech;
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

/// Words before a phrase in which a «no» takes it back.
const DENIAL: usize = 2;

/// A day, or that of the visit, and the hours between which.
type Span = (Option<Date>, Time, Time);

/// What may come right behind a day: «mañana los espero», and not «mañana les cuento».
static CONNECTIVES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) ^(?: por\s+favor | porfa | (?:muchas\s+|mil\s+)?gracias | porque | pues | ing | senor | l[oa]s?\s+esper
          | si\s+(?:es|fuera|se\s+puede|pueden?)\b | que\s+(?:estoy|estamos|estare|tengo|tenemos|llego|regreso)\b
          | (?:me|nos)\s+(?:queda|sirve|viene|conviene) | (?:esta|estaria|seria)\s+(?:bien|perfecto|excelente) )",
    )
    .ok()
});
/// Words that name another hour, bound the one before them, or take it back.
const CHANGES: &str = "tarde tardes tardecita manana mananas noche mediodia almuerzo almorzar antes despues luego entre no \
    ni nunca tampoco nada solo solamente unicamente pero aunque excepto salvo menos sino tipo tipito eso \
    hasta desde partir hora horas am pm media temprano primera ultima o u lunes martes miercoles jueves \
    viernes sabado domingo hoy pasado semana siguiente proximo proxima otro otra mes quiza quizas tal \
    creo depende segun confirmo confirmamos confirmare aviso avisamos avisare si escribo \
    escribire cuento contare informo informare llamo llamare envio enviare mando miro reviso revisare pruebo probare";
/// «Feliz tarde» is no hour, and «si es posible» no doubt.
static COURTESIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) \b si\s+(?:es\s+posible|se\s+puede|pueden?|esta\s+bien)\b | \b (?:feliz|buena?|buenas|linda|bonita|excelente) \s+
          (?:resto\s+de\s+|fin\s+de\s+)? (?:tardes?|noches?|manana|semana) \b",
    )
    .ok()
});
/// How a line begins after which only a name comes.
static GOODBYES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        "^(?:(?:mil |muchas |muchisimas )?gracias|qued(?:o|amos) (?:atent|pendiente)|por favor|agradece|agradezco\
        |atentamente|cordialmente|att|saludos|un saludo|feliz|bendiciones|dios|buena? (?:dia|tarde)|hasta luego\
        |l[ao]s? espero)",
    )
    .ok()
});

/// What every line holds that says a day or an hour: a cheap look before it is read.
static HINT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i)[0-9]|lunes|martes|rcoles|jueves|viernes|ana|hoy|tarde").ok());

/// What these phrases of the page come to; `today` is the day on which it was written.
pub(crate) fn wish(page: &Page<'_>, heard: &[(Hit, Speech)], today: Date) -> Option<Wish> {
    let said = |wanted| heard.iter().filter(move |(_, speech)| *speech == wanted).map(|(hit, _)| hit);
    let is_plain = |hit: &&Hit| !doubt::is_denied_plainly(page, hit, DENIAL) && !doubt::is_supposed(page, hit);
    let behind = |hit: &Hit| moment(page.text.get(page.span_of(hit).end..).unwrap_or_default(), today);
    let preferred = said(Speech::Prefiere).filter(is_plain).find_map(behind);
    let refuses = |hit: &&Hit| is_plain(hit) && !doubt::is_asked(page, hit) && !doubt::is_conditioned(page, hit);
    let not_then = || said(Speech::NoPuede).find(refuses).map(|_| (None, MORNING, EVENING));
    let not_on = || said(Speech::NoPuedeEl).filter(refuses).find_map(behind);
    let then = preferred.or_else(|| alone(page.text, today)).map(|(day, from, to)| Wish::Then { day, from, to });
    then.or_else(|| not_then().or_else(not_on).map(|(day, from, to)| Wish::NotThen { day, from, to }))
}

/// A line that says a day or an hour and nothing else, where no more than a goodbye follows: whoever puts a date over his
/// letter wants no other hour.
fn alone(text: &str, today: Date) -> Option<Span> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut first = lines.by_ref().take(LINES).filter(|line| HINT.as_ref().is_some_and(|hint| hint.is_match(line)));
    let said = first.find_map(|line| whole(line, today))?;
    drop(first);
    let is_goodbye = |line: &str| GOODBYES.as_ref().is_some_and(|words| words.is_match(&fold(line)));
    lines.next().is_none_or(is_goodbye).then_some(said)
}

/// The day and hour with which the text begins: the most of its words that are understood together, where nothing that follows
/// may change them.
fn moment(text: &str, today: Date) -> Option<Span> {
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
        .any(|count| ends(*count, &['.', ',', ':', ')', '-']) || goes_on_harmlessly(after(text, *count)));
    (harmless && !changes(rest)).then_some(said)
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
fn goes_on_harmlessly(rest: &str) -> bool {
    let next = rest.trim_start_matches([' ', '\t']);
    let connects = CONNECTIVES.as_ref().is_some_and(|words| words.is_match(&fold(next)));
    next.is_empty() || !next.starts_with(char::is_alphanumeric) || connects
}

/// May these words change the day or the hour before them: another hour, a bound, a «but»?
fn changes(rest: &str) -> bool {
    let folded = fold(rest);
    let plain = COURTESIES.as_ref().map_or(folded.clone().into(), |wishes| wishes.replace_all(&folded, " "));
    let mut words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| {
        CHANGES.split(' ').any(|change| change == word)
            || word.contains(|c: char| c.is_ascii_digit())
            || number::value(word).is_some()
    })
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
        let (day, from, to) = moment(text, today)?;
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
