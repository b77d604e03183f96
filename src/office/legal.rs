//! The terms that the law gives an answer to who is not of the house, in working days, from `rules/servicio.toml`.
//!
//! Ley 1755 de 2015, article 14 (petitions, documents and information, consultations) and Ley 4 de 1913, article 62 (which days
//! count). The day of reception is day 0; nothing but a decree that suspends terms stops them, least of all data we asked for.
use crate::office::fields::words;
use crate::office::holidays::holidays;
use crate::office::hours::Hours;
use crate::office::rulefile::{Entry, RuleFile};
use crate::spanish::fold::fold;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days that are looked through for the last one of a term: longer than any closure.
const HORIZON: usize = 400;
/// Longest term that a file may name, in working days.
const LONGEST: i64 = 120;

words! {
    /// What is asked for, as the law parts it.
    Peticion {
        General = "peticion",
        Informacion = "informacion",
        /// The office's opinion on a matter in its charge.
        Consulta = "consulta",
    }
}

/// The days of each sort, and the words by which it is known.
#[derive(Clone, Debug)]
pub struct Legal {
    days: BTreeMap<Peticion, i64>,
    /// Folded, with a space on both ends.
    cues: BTreeMap<Peticion, Vec<String>>,
}

/// Why a day does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncounted {
    /// The office never opens on that weekday.
    Weekend,
    Holiday(String),
    /// The decree, in its own words.
    Suspended(String),
}

impl Default for Legal {
    fn default() -> Legal {
        let days = [(Peticion::General, 15), (Peticion::Informacion, 10), (Peticion::Consulta, 30)];
        Legal { days: days.into_iter().collect(), cues: BTreeMap::new() }
    }
}

impl Legal {
    /// Reads `[ley]`; what is not there is the law's.
    pub fn read(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Legal {
        let mut legal = Legal::default();
        for sort in Peticion::ALL {
            let Some((value, span)) = entry.integer(file, sort.word()) else { continue };
            if (1..=LONGEST).contains(&value) {
                legal.days.insert(*sort, value);
            } else {
                file.error(&span, format!("{sort} = {value}: escriba un número de 1 a {LONGEST}"));
            }
        }
        for (key, sort) in [("pide_informacion", Peticion::Informacion), ("pide_concepto", Peticion::Consulta)] {
            let cues = entry.texts(file, key).into_iter().map(|text| spaced(&text.value)).collect();
            legal.cues.insert(sort, cues);
        }
        legal
    }

    /// What sort a request is, by its words. Where two fit it is the one that leaves less time.
    pub fn sort(&self, text: &str) -> Peticion {
        let text = spaced(text);
        let says = |sort: &Peticion| self.cues.get(sort).is_some_and(|cues| cues.iter().any(|cue| text.contains(cue)));
        if says(&Peticion::Informacion) {
            Peticion::Informacion
        } else if says(&Peticion::Consulta) {
            Peticion::Consulta
        } else {
            Peticion::General
        }
    }

    pub fn days(&self, sort: Peticion) -> usize {
        self.days.get(&sort).and_then(|days| usize::try_from(*days).ok()).unwrap_or(1).max(1)
    }
}

/// The words alone, folded, with one space before and after each.
fn spaced(text: &str) -> String {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |text, word| text + word + " ")
}

/// The days after `first` in order, each with why it does not count; it ends with the calendar.
pub fn days_after(hours: &Hours, first: Date) -> impl Iterator<Item = (Date, Option<Uncounted>)> + '_ {
    let days = std::iter::successors(first.tomorrow().ok(), |day| day.tomorrow().ok()).take(HORIZON);
    let mut year = (i16::MIN, Vec::new());
    days.map(move |day| {
        if year.0 != day.year() {
            year = (day.year(), holidays(day.year()));
        }
        let holiday = year.1.iter().find(|(holiday, _)| *holiday == day).map(|(_, name)| name.clone());
        (day, uncounted(hours, day, holiday))
    })
}

/// A Saturday that a circular opens makes up for hours and is no working day of the law, as for who counts the days from outside;
/// half a day that a decree closes still is one.
fn uncounted(hours: &Hours, day: Date, holiday: Option<String>) -> Option<Uncounted> {
    if hours.week().on(day).is_empty() {
        return Some(Uncounted::Weekend);
    }
    let suspended = hours.exceptions_on(day).find(|e| e.suspends_terms && !e.open && e.hours.is_none());
    holiday.map(Uncounted::Holiday).or_else(|| suspended.map(|decree| Uncounted::Suspended(decree.reason.clone())))
}

/// The working days of a term that begins to run on the day after `received`; fewer only at the end of the calendar.
pub fn term(hours: &Hours, received: Date, days: usize) -> Vec<Date> {
    days_after(hours, received).filter(|(_, why)| why.is_none()).map(|(day, _)| day).take(days).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::office::hours::{Exception, Week};
    use jiff::civil::{date, time};

    fn hours() -> Hours {
        let day = vec![(time(8, 0, 0, 0), time(12, 0, 0, 0)), (time(14, 0, 0, 0), time(18, 0, 0, 0))];
        let open = || day.clone();
        Hours::new(Week([open(), open(), open(), open(), open(), Vec::new(), Vec::new()]), Vec::new())
    }

    fn decree(first: Date, last: Date, suspends_terms: bool) -> Exception {
        Exception {
            first,
            last,
            hours: None,
            open: false,
            suspends_terms,
            edificios: vec![],
            reason: "Decreto 55".to_owned(),
        }
    }

    #[test]
    fn the_terms_of_the_law_by_the_national_calendar() {
        // Received on, then the last day of 10, 15 and 30.
        let table = [
            ("2026-07-03", "2026-07-21", "2026-07-28", "2026-08-20"),
            ("2026-12-04", "2026-12-21", "2026-12-29", "2027-01-21"),
            ("2026-12-18", "2027-01-05", "2027-01-13", "2027-02-03"),
            ("2026-10-10", "2026-10-26", "2026-11-03", "2026-11-25"),
            ("2027-03-19", "2027-04-07", "2027-04-14", "2027-05-05"),
        ];
        for (received, ten, fifteen, thirty) in table {
            let last = |days| term(&hours(), received.parse().unwrap(), days).last().unwrap().to_string();
            assert_eq!([last(10), last(15), last(30)], [ten, fifteen, thirty], "{received}");
        }
    }

    #[test]
    fn a_decree_suspends_them_only_when_it_says_so() {
        let (monday, tuesday) = (date(2027, 2, 8), date(2027, 2, 9));
        let last = |hours: &Hours| term(hours, date(2027, 2, 1), 10).last().copied().unwrap();
        assert_eq!(last(&hours()), date(2027, 2, 15));
        assert_eq!(last(&hours().with(decree(monday, tuesday, true))), date(2027, 2, 17));
        assert_eq!(last(&hours().with(decree(monday, tuesday, false))), date(2027, 2, 15), "closed, and it runs on");
        let half = Exception { hours: Some((time(12, 0, 0, 0), time(18, 0, 0, 0))), ..decree(monday, monday, true) };
        assert_eq!(last(&hours().with(half)), date(2027, 2, 15), "half a day is a day");
        let saturday = Exception { open: true, ..decree(date(2027, 2, 6), date(2027, 2, 6), false) };
        assert_eq!(last(&hours().with(saturday)), date(2027, 2, 15), "a Saturday that is made up for is none");
    }

    #[test]
    fn the_end_of_the_calendar_ends_them() {
        assert!(term(&hours(), date(9999, 12, 31), 15).is_empty());
        assert!(term(&hours(), date(9999, 12, 20), 30).len() < 30);
        assert_eq!(term(&hours(), date(2028, 2, 28), 1), [date(2028, 2, 29)]);
        assert!(term(&Hours::default(), date(2026, 1, 1), 15).is_empty(), "an office that never opens");
    }

    #[test]
    fn what_is_asked_for_is_known_by_its_words() {
        let mut errors = Vec::new();
        let text =
            "pide_informacion = [\"copia de\", \"solicito información\"]\npide_concepto = [\"elevo consulta\"]\n";
        let legal = RuleFile::read("servicio.toml", text, &mut errors, Legal::read);
        assert_eq!(errors, []);
        for (said, sort) in [
            ("No puedo entrar al portal", Peticion::General),
            ("Solicito  INFORMACION, sobre la red", Peticion::Informacion),
            ("Quiero una fotocopia de colores", Peticion::General),
            ("Elevo consulta sobre el dominio", Peticion::Consulta),
            ("Elevo consulta y pido copia de la respuesta", Peticion::Informacion),
        ] {
            assert_eq!(legal.sort(said), sort, "{said}");
        }
    }
}
