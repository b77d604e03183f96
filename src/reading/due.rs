//! The days and hours by which something is needed, as a sentence says them, counted from the day the mail was written.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::RuleId;
use crate::reading::page::Page;
use crate::reading::tag::Tag;
use crate::reading::words::{Gap, Shape};
use crate::spanish::when::{month_named, weekday_named};
use jiff::civil::Date;
use std::ops::Range;

/// A day that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Indices of its words.
    pub(crate) words: Range<usize>,
    /// Days from the mail's own to this one.
    pub(crate) days: i32,
    /// The word of a deadline, or of an act with its hour, that makes it count.
    pub(crate) rule: RuleId,
}

/// How far from the date the word may stand that makes it a deadline.
const CUE_BEFORE: usize = 9;
const CUE_AFTER: usize = 5;
/// A date without a year that passed longer ago than this is meant for the next year; one that passed since is past.
const HALF_A_YEAR: i32 = 200;

/// Reads the dates of one sentence.
pub(crate) struct Calendar<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) page: &'a Page<'a>,
    /// The day on which the mail was written, by its own header.
    pub(crate) written: Option<Date>,
}

impl Calendar<'_> {
    /// Every day of the sentence that a word of a deadline stands by.
    pub(crate) fn dues(&self, sentence: &Range<usize>) -> Vec<Due> {
        let mut dues = Vec::new();
        if self.cues(sentence.clone()).next().is_none() {
            return dues;
        }
        let mut days_said = false;
        for at in sentence.clone() {
            let Some((words, days)) = self.day(at) else {
                days_said |= self.word(at) == "ayer";
                continue;
            };
            days_said = true;
            if let Some(rule) = self.cue(sentence, &self.with_hour(&words), CUE_AFTER) {
                dues.push(Due { words, days, rule });
            }
        }
        // «A las 3 tenemos audiencia»: an hour without a day is one of this day.
        if !days_said {
            let hours = sentence.clone().filter_map(|at| self.hour(at));
            dues.extend(hours.filter_map(|words| {
                let rule = self.cue(sentence, &words, 0)?;
                Some(Due { words, days: 0, rule })
            }));
        }
        dues
    }

    fn word(&self, at: usize) -> &str {
        self.page.words.folded(at)
    }

    fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).map_or("", |i| self.word(i))
    }

    /// The nearest phrase that makes this date count.
    fn cue(&self, sentence: &Range<usize>, date: &Range<usize>, after: usize) -> Option<RuleId> {
        let from = date.start.saturating_sub(CUE_BEFORE).max(sentence.start);
        let to = (date.end + after).min(sentence.end);
        self.cues(from..to).next().map(|hit| self.lexicon.rule(hit.entry))
    }

    /// The phrases that make a date count.
    fn cues(&self, words: Range<usize>) -> impl Iterator<Item = Hit> {
        let meant = |tag: &Tag| matches!(tag, Tag::Due).then_some(());
        self.page.tagged_in(self.lexicon, words, meant).map(|(hit, ())| hit)
    }

    /// The day that begins at this word, and its words.
    fn day(&self, at: usize) -> Option<(Range<usize>, i32)> {
        let word = self.word(at);
        let (one, two) = (self.before(at, 1), self.before(at, 2));
        if matches!(one, "desde") || matches!((two, one), ("desde", "el" | "la" | "ayer")) {
            return None;
        }
        match word {
            "hoy" if one != "hasta" => Some((at..at + 1, 0)),
            "manana" if one == "pasado" => Some((at.saturating_sub(1)..at + 1, 2)),
            "manana"
                if !matches!(one, "la" | "esta" | "toda" | "cada" | "una" | "misma" | "media" | "en" | "buena") =>
            {
                Some((at..at + 1, 1))
            }
            // «Esta tarde».
            "tarde" | "noche" if one == "esta" => Some((at.saturating_sub(1)..at + 1, 0)),
            _ => self.weekday(at).or_else(|| self.date(at)),
        }
    }

    fn weekday(&self, at: usize) -> Option<(Range<usize>, i32)> {
        let target = weekday_named(self.word(at))?;
        let (one, two, next) = (self.before(at, 1), self.before(at, 2), self.word(at + 1));
        let past = |word: &str| matches!(word, "pasado" | "anterior" | "ultimo" | "antepasado");
        // «Mañana martes» has been counted, and «los martes» is every one.
        if past(one) || past(two) || past(next) || matches!(one, "hoy" | "manana" | "los" | "cada" | "ayer") {
            return None;
        }
        let today = i32::from(self.written?.weekday().to_monday_zero_offset());
        let ahead = (i32::from(target) - today).rem_euclid(7);
        let same_day = ahead == 0 && !matches!(one, "este" | "mismo");
        let next_week = (at + 1..at + 6).any(|i| matches!(self.word(i), "otra" | "proxima" | "siguiente" | "entrante"))
            && (at + 1..at + 7).any(|i| self.word(i) == "semana");
        let days = if same_day { 7 } else { ahead };
        Some((at..at + 1, days + if next_week && days < 7 { 7 } else { 0 }))
    }

    /// «30 de junio», «30/06/2026», «antes del 30».
    fn date(&self, at: usize) -> Option<(Range<usize>, i32)> {
        let written = self.written?;
        let day = self.number(at, 1, 31)?;
        let little = usize::from(matches!(self.word(at + 1), "de" | "del"));
        let month = month_named(self.word(at + 1 + little));
        if let Some(month) = month {
            let end = at + 2 + little;
            let year = end + usize::from(matches!(self.word(end), "de" | "del"));
            let stated = self.number(year, 2000, 2100);
            let end = if stated.is_some() { year + 1 } else { end };
            return Some((at..end, self.ahead(stated, i32::from(month), day)?));
        }
        let slashed = |i: usize| self.page.words.get(i).is_some_and(|w| w.gap == Gap::Mark);
        if slashed(at + 1)
            && slashed(at + 2)
            && let (Some(month), Some(year)) = (self.number(at + 1, 1, 12), self.number(at + 2, 2000, 2100))
        {
            return Some((at..at + 3, self.ahead(Some(year), month, day)?));
        }
        let cue = (self.before(at, 2), self.before(at, 1));
        let ends = self.page.words.get(at + 1).is_none_or(|w| w.gap != Gap::Space)
            || matches!(self.word(at + 1), "a" | "y" | "en" | "para" | "que" | "porque" | "por" | "se" | "debe");
        let dated = matches!(
            cue,
            ("antes", "del")
                | ("vence" | "vencen" | "cierra" | "hasta" | "para" | "tardar" | "plazo" | "dia", "el")
                | (_, "dia")
        );
        if !dated || !ends {
            return None;
        }
        let this_month = self.ahead(Some(i32::from(written.year())), i32::from(written.month()), day);
        let days = this_month.or_else(|| {
            let (year, month) = (i32::from(written.year()), i32::from(written.month()));
            let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            self.ahead(Some(year), month, day)
        });
        Some((at..at + 1, days?))
    }

    /// «a las 3», «antes de las 5 p. m.», «al mediodía»: the words of the hour.
    fn hour(&self, at: usize) -> Option<Range<usize>> {
        let half = match (self.word(at), self.word(at + 1)) {
            ("mediodia" | "medianoche", _) => 1,
            ("medio", "dia") | ("media", "noche") => 2,
            _ => 0,
        };
        if half > 0 && matches!(self.before(at, 1), "a" | "al" | "de" | "del") {
            return Some(at.saturating_sub(1)..at + half);
        }
        let las = matches!(self.word(at), "las" | "la") && matches!(self.before(at, 1), "a" | "de");
        let from = !matches!((self.before(at, 2), self.before(at, 1)), ("desde" | "partir", _));
        (las && from && self.number(at + 1, 1, 24).is_some()).then(|| at.saturating_sub(1)..at + 2)
    }

    /// A date and the hour that is said with it, «hoy a las 10:00 a. m.»: what makes it count may stand behind both.
    fn with_hour(&self, date: &Range<usize>) -> Range<usize> {
        let Some(hour) = self.hour(date.end + 1) else { return date.clone() };
        let minutes = hour.end + usize::from(self.number(hour.end, 0, 59).is_some());
        let end = match (self.word(minutes), self.word(minutes + 1)) {
            ("am" | "pm" | "m", _) => minutes + 1,
            ("a" | "p", "m") => minutes + 2,
            ("de", "la") => minutes + 3,
            _ => minutes,
        };
        date.start..end
    }

    fn number(&self, at: usize, least: i32, most: i32) -> Option<i32> {
        let word = self.page.words.get(at)?;
        let digits = word.shape == Shape::Digits;
        let number = self.word(at).parse().ok().filter(|n| digits && (least..=most).contains(n))?;
        Some(number)
    }

    /// Days to a date that has not passed. Without a year it is this year's, or the next one's where this year's is long past or
    /// there is none, as of 29 February.
    fn ahead(&self, year: Option<i32>, month: i32, day: i32) -> Option<i32> {
        let written = self.written?;
        let date = |year: i32| Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok();
        let until = |date: Date| written.until(date).ok().map(|span| span.get_days());
        let this_year = i32::from(written.year());
        let days = date(year.unwrap_or(this_year)).and_then(until);
        let is_of_next = days.is_none_or(|days| days < -HALF_A_YEAR);
        let days = if year.is_none() && is_of_next { date(this_year + 1).and_then(until) } else { days };
        days.filter(|days| *days >= 0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Calendar;
    use crate::office::rulefile::{RuleFile, Text};
    use crate::reading::lexicon::Lexicon;
    use crate::reading::note::Zone;
    use crate::reading::page::Page;
    use crate::reading::tag::Tag;

    /// Of a mail written on Tuesday, 20 May 2025: the days to each date that counts.
    fn days(text: &str) -> Vec<i32> {
        days_from("2025-05-20", text)
    }

    fn days_from(written: &str, text: &str) -> Vec<i32> {
        let mut lexicon = Lexicon::default();
        let mut file = RuleFile::new("x.toml", "");
        for phrase in ["vence*", "entregar*", "audiencia", "para", "plazo", "reunion", "antes de", "antes del"] {
            lexicon.add(&mut file, &Text { value: phrase.to_owned(), span: 0..0 }, Tag::Due);
        }
        let page = Page::whole(&lexicon, Zone::Texto, text);
        let calendar = Calendar { lexicon: &lexicon, page: &page, written: Some(written.parse().unwrap()) };
        calendar.dues(&(0..page.words.len())).into_iter().map(|due| due.days).collect()
    }

    #[test]
    fn days_ahead() {
        for (text, expected) in [
            ("se vence hoy", vec![0]),
            ("hay que entregarlo mañana", vec![1]),
            ("audiencia pasado mañana por la mañana", vec![2]),
            ("es para el viernes", vec![3]),
            ("la audiencia es el martes", vec![7]),
            ("lo necesito para este martes", vec![0]),
            ("reunión el lunes de la otra semana", vec![13]),
            ("vence el 30 de mayo", vec![10]),
            ("vence el 2 de enero", vec![]),
            ("plazo hasta el 23/05/2025", vec![3]),
            ("antes del 22 computadores", vec![]),
            ("antes del 22, por favor", vec![2]),
            ("vence el 3", vec![14]),
            ("tenemos audiencia a las 3", vec![0]),
            ("hoy a las 10:00 a. m. para la conexión con el Ministerio", vec![0]),
            ("mañana a las 2 de la tarde tenemos una audiencia", vec![1]),
            ("el viernes a las 8:30 am la sala tiene reunión", vec![3]),
            ("hoy a las 9 no prendió más y nadie sabe qué le pasa antes de llamar", vec![]),
            ("hay que entregarlo antes de las 5 de la tarde", vec![0]),
            ("hay que entregarlo antes del mediodía", vec![0]),
            ("el plazo es hoy a medianoche", vec![0]),
        ] {
            assert_eq!(days(text), expected, "{text}");
        }
    }

    #[test]
    fn a_date_without_its_year_is_the_next_one() {
        for (written, text, expected) in [
            ("2027-11-25", "vence el 29 de febrero", vec![96]),
            ("2028-02-20", "vence el 29 de febrero", vec![9]),
            ("2026-05-20", "vence el 29 de febrero", vec![]),
            ("2026-11-25", "vence el 10 de enero", vec![46]),
            ("2026-11-25", "vence el 10 de noviembre", vec![]),
            ("2027-11-25", "vence el 29 de febrero de 2027", vec![]),
        ] {
            assert_eq!(days_from(written, text), expected, "{text} on {written}");
        }
    }

    #[test]
    fn days_gone_and_days_that_bind_nobody() {
        for text in [
            "desde el lunes no abre para nadie",
            "el viernes pasado en la reunión",
            "la reunión de esta mañana",
            "vence cada viernes",
            "se dañó el jueves",
            "a las 3 se fue la luz",
            "la audiencia fue ayer a las 3",
            "plazo del 17 de febrero de 2025",
            "hoy no prende",
            "desde el mediodía no abre el plazo",
            "perdí medio día para la entrega",
        ] {
            assert_eq!(days(text), [0; 0], "{text}");
        }
    }
}
