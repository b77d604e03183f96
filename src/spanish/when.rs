//! Dates and hours: as people write them, and as a letter says them.
//!
//! The hour of Colombia is the hour of every letter: it never changes for summer and no letter names it.
use crate::spanish::fold::fold;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use std::sync::LazyLock;

const WEEKDAYS: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

static BOGOTA: LazyLock<TimeZone> = LazyLock::new(|| {
    // A machine without the zone still tells the right hour: Colombia has kept UTC-5 since 1993.
    TimeZone::get("America/Bogota").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(-5)))
});

/// The names as people type them, folded.
static FOLDED: LazyLock<(Vec<String>, Vec<String>)> = LazyLock::new(|| {
    let folded = |names: &[&str]| names.iter().map(|name| fold(name)).collect();
    (folded(&WEEKDAYS), folded(&MONTHS))
});

/// Monday is 0. The word is folded.
pub fn weekday_named(folded: &str) -> Option<i8> {
    position(&FOLDED.0, |name| name == folded)
}

/// January is 1. The word is folded.
pub fn month_named(folded: &str) -> Option<i8> {
    position(&FOLDED.1, |name| name == folded).map(|at| at + 1)
}

/// As [`weekday_named`], by its first three letters: «mié», «mier.».
pub fn weekday_opening(folded: &str) -> Option<i8> {
    let opening = folded.get(..3)?;
    position(&FOLDED.0, |name| name.starts_with(opening))
}

/// As [`month_named`], by its first three letters: «dic».
pub fn month_opening(folded: &str) -> Option<i8> {
    let opening = folded.get(..3)?;
    position(&FOLDED.1, |name| name.starts_with(opening)).map(|at| at + 1)
}

fn position(names: &[String], is: impl Fn(&str) -> bool) -> Option<i8> {
    names.iter().position(|name| is(name)).and_then(|at| i8::try_from(at).ok())
}

/// The zone in which the office counts its days and hours.
pub fn bogota() -> TimeZone {
    BOGOTA.clone()
}

/// The day in Colombia at this instant.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(bogota()).date()
}

/// The hour in Colombia at this instant.
pub fn time_of(at: Timestamp) -> Time {
    at.to_zoned(bogota()).time()
}

/// The instant of a day and an hour in Colombia; `None` beyond the calendar's ends.
pub fn instant(day: Date, time: Time) -> Option<Timestamp> {
    day.to_datetime(time).to_zoned(bogota()).ok().map(|zoned| zoned.timestamp())
}

/// «jueves 26 de noviembre de 2026»
pub fn say_day(day: Date) -> String {
    format!("{} {} de {} de {}", say_weekday(day), day.day(), month(day), day.year())
}

/// «jueves»
pub fn say_weekday(day: Date) -> &'static str {
    WEEKDAYS.get(usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)).copied().unwrap_or_default()
}

fn month(day: Date) -> &'static str {
    MONTHS.get(usize::try_from(day.month() - 1).unwrap_or(0)).copied().unwrap_or_default()
}

/// «10:00 a. m.», «12:00 m.» at noon, «12:30 p. m.» after it, «12:00 a. m.» at midnight.
pub fn say_time(time: Time) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    let half = match (hour, minute) {
        (12, 0) => "m.",
        (0..12, _) => "a. m.",
        (_, _) => "p. m.",
    };
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{twelve}:{minute:02} {half}")
}

/// «jueves 26 de noviembre de 2026, 10:00 a. m.»
pub fn say(at: Timestamp) -> String {
    format!("{}, {}", say_day(day_of(at)), say_time(time_of(at)))
}

/// «jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m.», with both days when it ends on another one.
pub fn say_span(start: Timestamp, end: Timestamp) -> String {
    let (from, to) = (say_time(time_of(start)), say_time(time_of(end)));
    if day_of(start) == day_of(end) {
        format!("{}, de {from} a {to}", say_day(day_of(start)))
    } else {
        format!("{}, de {from} a {to} del {}", say_day(day_of(start)), say_day(day_of(end)))
    }
}

/// For a table: «jue 26 nov, 10:00 a. m.»
pub fn say_short(at: Timestamp) -> String {
    format!("{}, {}", say_short_day(day_of(at)), say_time(time_of(at)))
}

/// «jue 26 nov»
pub fn say_short_day(day: Date) -> String {
    let short = |word: &str| word.chars().take(3).collect::<String>();
    format!("{} {} {}", short(say_weekday(day)), day.day(), short(month(day)))
}

/// The word that stands before the date where one fits: «hoy», «mañana», «pasado mañana».
pub fn say_relative(day: Date, today: Date) -> Option<&'static str> {
    match today.until(day).map(|span| span.get_days()) {
        Ok(0) => Some("hoy"),
        Ok(1) => Some("mañana"),
        Ok(2) => Some("pasado mañana"),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        let civil: jiff::civil::DateTime = text.parse().unwrap();
        instant(civil.date(), civil.time()).unwrap()
    }

    #[test]
    fn a_visit_in_words() {
        assert_eq!(
            say_span(at("2026-11-26 10:00"), at("2026-11-26 11:00")),
            "jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m."
        );
        assert_eq!(
            say_span(at("2026-11-30 11:15"), at("2026-11-30 12:00")),
            "lunes 30 de noviembre de 2026, de 11:15 a. m. a 12:00 m."
        );
        assert_eq!(
            say_span(at("2026-12-31 23:30"), at("2027-01-01 00:30")),
            "jueves 31 de diciembre de 2026, de 11:30 p. m. a 12:30 a. m. del viernes 1 de enero de 2027"
        );
    }

    #[test]
    fn the_day_is_that_of_colombia() {
        let late: Timestamp = "2026-11-26T04:59:59Z".parse().unwrap();
        assert_eq!(say(late), "miércoles 25 de noviembre de 2026, 11:59 p. m.");
    }

    #[test]
    fn near_days_have_a_word() {
        let today: Date = "2026-12-31".parse().unwrap();
        let word = |day: &str| say_relative(day.parse().unwrap(), today);
        assert_eq!(word("2026-12-31"), Some("hoy"));
        assert_eq!(word("2027-01-01"), Some("mañana"));
        assert_eq!(word("2027-01-02"), Some("pasado mañana"));
        assert_eq!(word("2027-01-03"), None);
        assert_eq!(word("2026-12-30"), None);
        assert_eq!(word("2027-12-31"), None);
    }
}
