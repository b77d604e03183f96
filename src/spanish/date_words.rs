//! Days and hours as people write them: «mañana 10am», «el jueves 3 de diciembre a las 2:30 p. m.», «3/12/2026 8:00».
//!
//! All of the words must be understood, or none is: a day half understood is a visit at the wrong hour.
use crate::spanish::fold::fold;
use crate::spanish::number;
use crate::spanish::when::{month_opening, say_day, say_weekday, weekday_opening};
use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// A day without a year that is past by no more than this is past; by more, it is next year's.
const PAST: i32 = 120;
/// Days from today on that anybody plans.
const AHEAD: i32 = 400;

/// A day, and the hour where one is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    pub day: Date,
    pub hour: Hour,
}

/// How exactly the hour is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hour {
    At(Time),
    Morning,
    Afternoon,
    Unsaid,
}

struct Patterns {
    numeric: Regex,
    iso: Regex,
    of_month: Regex,
    month_first: Regex,
    of_the_month: Regex,
    relative: Regex,
    weekday: Regex,
    clock: Regex,
    marked: Regex,
    spoken: Regex,
    noon: Regex,
    half: Regex,
    fillers: Regex,
    meridian: Regex,
    numbered: Regex,
    short_tuesday: Regex,
}

const MONTHS: &str = "ene(?:ro)?|feb(?:rero)?|mar(?:zo)?|abr(?:il)?|may(?:o)?|jun(?:io)?|jul(?:io)?|ago(?:sto)?\
                      |sept?(?:iembre)?|setiembre|oct(?:ubre)?|nov(?:iembre)?|dic(?:iembre)?";

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(patterns);

fn patterns() -> Option<Patterns> {
    let new = |text: &str| Regex::new(text).ok();
    Some(Patterns {
        iso: new(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")?,
        numeric: new(r"\b(\d{1,2})([/.-])(\d{1,2})(?:[/.-](\d{4}|\d{2}))?\b")?,
        of_month: new(&format!(
            r"\b(\d{{1,2}}|[a-z]+)\s*(?:ero|ro)?\s+(?:de\s+)?({MONTHS})\b\.?(?:\s*,?\s*(?:de\s+|del\s+)?(\d{{4}})\b)?"
        ))?,
        month_first: new(&format!(r"\b({MONTHS})\b\.?\s+(\d{{1,2}})\b(?:\s*,?\s*(?:de\s+|del\s+)?(\d{{4}})\b)?"))?,
        of_the_month: new(r"\b(?:el|dia|al|hasta|del)\s+(?:dia\s+)?(\d{1,2})\b(?:\s+(?:de\s+este|del)\s+mes)?")?,
        relative: new(r"\b(pasado\s+manana|hoy|manana)\b")?,
        weekday: new(r"\b(lunes|martes|miercoles|jueves|viernes|sabado|domingo|lun|mie|jue|vie|sab|dom)\b\.?")?,
        clock: new(r"\b(?:a\s+)?(?:las?\s+)?(\d{1,2})[:.h](\d{2})(?::00)?\s*(am|pm|m|h|hs|horas)?\b")?,
        marked: new(r"\b(?:a\s+)?(?:las?\s+)?(\d{1,2})\s*(am|pm|m|h|hs|horas)\b")?,
        // «La 2» is the second of something; «a la 1» is an hour.
        spoken: new(r"\b(?:a\s+las?|las)\s+(\d{1,2}|[a-z]+)(?:\s+(y\s+media|y\s+cuarto|en\s+punto))?\b")?,
        noon: new(r"\b(?:(?:a\s+)?(?:las\s+)?(?:12|doce)\s+del?\s+)?(?:al?\s+)?medio\s*dia\b")?,
        half: new(r"\b(?:(?:en|de|por)\s+la|en\s+horas\s+de\s+la)\s+(manana|tarde|noche|madrugada)\b")?,
        fillers: new(
            r"\b(?:el|la|los|las|a|al|de|del|en|dia|fecha|hora|este|esta|proximo|que|viene|para|y|hasta|desde|hs)\b|[,;.:()]",
        )?,
        meridian: new(r"\b([ap])\s*\.?\s*m\b\.?")?,
        // «Mar 1 dic»: with a day and another month behind it, it is no March.
        short_tuesday: new(&format!(r"\bmar\.?\s+(\d{{1,2}}\s+(?:de\s+)?(?:{MONTHS})\b)"))?,
        numbered: new(r"\b(lunes|martes|miercoles|jueves|viernes|sabado|domingo)\s+(\d{1,2})\b")?,
    })
}

/// The words, and what of them has not been understood yet.
struct Rest(String);

impl Rest {
    /// The first place that fits, taken out.
    fn take(&mut self, pattern: &Regex) -> Option<Vec<Option<String>>> {
        self.take_if(pattern, |_| true)
    }

    fn take_if(&mut self, pattern: &Regex, fits: impl Fn(&Captures<'_>) -> bool) -> Option<Vec<Option<String>>> {
        let (range, groups) = {
            let found = pattern.captures_iter(&self.0).find(fits)?;
            let groups = found.iter().map(|group| group.map(|text| text.as_str().to_owned())).collect();
            (found.get(0)?.range(), groups)
        };
        self.0.replace_range(range, " , ");
        Some(groups)
    }
}

/// Reads a day, with or without its hour, as said on `today`; an hour alone is one of this day. The error is for who wrote it,
/// in Spanish.
pub fn parse(text: &str, today: Date) -> Result<When, String> {
    let (day, hour) = said(text, today)?;
    Ok(When { day: day.unwrap_or(today), hour })
}

/// As [`parse`]; the day is absent where only an hour is said.
pub fn said(text: &str, today: Date) -> Result<(Option<Date>, Hour), String> {
    let unclear = || format!("no se entiende la fecha «{}»", text.trim());
    let Some(patterns) = PATTERNS.as_ref() else { return Err(unclear()) };
    let folded = fold(text);
    let spelt = patterns.meridian.replace_all(&folded, "${1}m ");
    let spelt = patterns.short_tuesday.replace_all(&spelt, "martes $1");
    // «El lunes 30»: the number is a day's, as in «el 30».
    let mut rest = Rest(patterns.numbered.replace_all(&spelt, "$1 el $2").into_owned());
    let half = rest.take(&patterns.half).and_then(|groups| text_at(&groups, 1));
    let day = day(patterns, &mut rest, today)?;
    let hour = hour(patterns, &mut rest, half.as_deref())?;
    let left = patterns.fillers.replace_all(&rest.0, " ");
    if !left.trim().is_empty() {
        return Err(format!("en la fecha «{}» no se entiende «{}»", text.trim(), left.trim()));
    }
    match (day, hour) {
        (None, Hour::Unsaid) => Err(unclear()),
        (Some(day), _) if day > today.saturating_add(AHEAD.days()) => {
            Err(format!("el {} queda demasiado lejos", say_day(day)))
        }
        (day, hour) => Ok((day, hour)),
    }
}

/// The day that is said; a weekday beside a date must be that date's.
fn day(patterns: &Patterns, rest: &mut Rest, today: Date) -> Result<Option<Date>, String> {
    let date = dated(patterns, rest, today)?;
    let near = rest.take(&patterns.relative).and_then(|groups| text_at(&groups, 1)).and_then(|word| {
        let days = match word.as_str() {
            "hoy" => 0,
            "manana" => 1,
            _ => 2,
        };
        today.checked_add(days.days()).ok()
    });
    let weekday = rest.take(&patterns.weekday).and_then(|groups| weekday(&text_at(&groups, 1)?));
    let said = match (date, near) {
        (Some(date), Some(near)) if date != near => {
            return Err(format!("una parte dice {} y otra {}; escriba una sola fecha", say_day(near), say_day(date)));
        }
        (date, near) => date.or(near),
    };
    match (said, weekday) {
        (Some(day), Some(weekday)) if day.weekday() != weekday => {
            let other = next(today, weekday).map_or("otro día", say_weekday);
            Err(format!("el {} no es {other}", say_day(day)))
        }
        (None, Some(weekday)) => Ok(next(today, weekday)),
        (said, _) => Ok(said),
    }
}

fn dated(patterns: &Patterns, rest: &mut Rest, today: Date) -> Result<Option<Date>, String> {
    let number = |groups: &[Option<String>], at: usize| text_at(groups, at).and_then(|t| spoken_number(&t));
    if let Some(groups) = rest.take(&patterns.iso) {
        return written(number(&groups, 3), number(&groups, 2), text_at(&groups, 1), today).map(Some);
    }
    let is_month = |groups: &Captures<'_>| {
        let day = groups.get(1).and_then(|text| spoken_number(text.as_str()));
        day.is_some()
    };
    if let Some(groups) = rest.take_if(&patterns.of_month, is_month) {
        let month = text_at(&groups, 2).and_then(|word| month(&word));
        return written(number(&groups, 1), month, text_at(&groups, 3), today).map(Some);
    }
    if let Some(groups) = rest.take(&patterns.month_first) {
        let month = text_at(&groups, 1).and_then(|word| month(&word));
        return written(number(&groups, 2), month, text_at(&groups, 3), today).map(Some);
    }
    // «3.30» may be an hour: with a dot, only a date with its year is one.
    let is_date = |groups: &Captures<'_>| {
        groups.get(4).is_some() || groups.get(2).is_some_and(|separator| separator.as_str() != ".")
    };
    if let Some(groups) = rest.take_if(&patterns.numeric, is_date) {
        return written(number(&groups, 1), number(&groups, 3), text_at(&groups, 4), today).map(Some);
    }
    let is_alone = |found: &Captures<'_>| {
        let after = found.get(0).and_then(|whole| rest.0.get(whole.end()..)).unwrap_or_default().trim_start();
        let noon = after.strip_prefix('m').is_some_and(|rest| !rest.starts_with(char::is_alphabetic));
        !after.starts_with([':', '/', 'a', 'p', 'h']) && !noon || after.starts_with("a ") || after.starts_with("al ")
    };
    let alone = patterns
        .of_the_month
        .captures_iter(&rest.0)
        .find(is_alone)
        .and_then(|found| found.get(1)?.as_str().parse().ok());
    let Some(day) = alone else { return Ok(None) };
    rest.take_if(&patterns.of_the_month, |found| found.get(1).is_some_and(|text| text.as_str().parse() == Ok(day)));
    of_this_month(day, today).map(Some)
}

/// «el 3»: the next day of that number.
fn of_this_month(day: i8, today: Date) -> Result<Date, String> {
    let mut month = today.first_of_month();
    for _ in 0..12 {
        if let Ok(date) = Date::new(month.year(), month.month(), day)
            && date >= today
        {
            return Ok(date);
        }
        month = month.saturating_add(1.month());
    }
    Err(format!("no hay un día {day}"))
}

fn written(day: Option<u32>, month: Option<u32>, year: Option<String>, today: Date) -> Result<Date, String> {
    let (Some(day), Some(month)) = (day, month) else { return Err("esa fecha no existe".to_owned()) };
    let given = year.as_ref().and_then(|text| text.parse::<i16>().ok());
    let year = given.map(|year| if year < 100 { 2000 + year } else { year });
    let date = |year: i16| Date::new(year, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0)).ok();
    let none = |year: i16| format!("el {day}/{month}/{year} no existe");
    if let Some(year) = year {
        return date(year).ok_or_else(|| none(year));
    }
    let earliest = today.saturating_sub(PAST.days());
    // In January «28 de diciembre» is the one that has just been.
    let last = date(today.year() - 1).filter(|last| *last >= earliest);
    let this = date(today.year());
    match last.or(this) {
        Some(date) if date >= earliest => Ok(date),
        // The day comes next year, or exists only then: 29 February.
        Some(_) => date(today.year() + 1).ok_or_else(|| none(today.year() + 1)),
        None => date(today.year() + 1).ok_or_else(|| none(today.year())),
    }
}

fn hour(patterns: &Patterns, rest: &mut Rest, half: Option<&str>) -> Result<Hour, String> {
    if rest.take(&patterns.noon).is_some() {
        return Ok(Hour::At(Time::constant(12, 0, 0, 0)));
    }
    let found = if let Some(groups) = rest.take(&patterns.clock) {
        Some((text_at(&groups, 1), text_at(&groups, 2), text_at(&groups, 3)))
    } else if let Some(groups) = rest.take(&patterns.marked) {
        Some((text_at(&groups, 1), None, text_at(&groups, 2)))
    } else {
        let is_hour = |groups: &Captures<'_>| {
            let word = groups.get(1).map_or("", |text| text.as_str());
            spoken_number(word).is_some() && !number::is_ordinal(word)
        };
        rest.take_if(&patterns.spoken, is_hour).map(|groups| {
            let minute = text_at(&groups, 2).map(|word| match word.as_str() {
                word if word.ends_with("media") => "30".to_owned(),
                word if word.ends_with("cuarto") => "15".to_owned(),
                _ => "0".to_owned(),
            });
            (text_at(&groups, 1), minute, None)
        })
    };
    let Some((hour, minute, mark)) = found else {
        return match half {
            None => Ok(Hour::Unsaid),
            Some("manana") => Ok(Hour::Morning),
            Some("tarde") => Ok(Hour::Afternoon),
            Some(_) => Err("la oficina no abre de noche".to_owned()),
        };
    };
    let hour = hour.and_then(|text| spoken_number(&text));
    let minute = minute.map_or(Some(0), |text| text.parse::<u32>().ok());
    let (Some(hour), Some(minute)) = (hour, minute) else { return Err("esa hora no existe".to_owned()) };
    let mark = mark.as_deref().filter(|mark| matches!(*mark, "am" | "pm" | "m"));
    let twenty_four = of_day(hour, mark, half).ok_or_else(|| format!("las {hour}:{minute:02} no es una hora"))?;
    let time = Time::new(i8::try_from(twenty_four).unwrap_or(-1), i8::try_from(minute).unwrap_or(-1), 0, 0);
    time.map(Hour::At).map_err(|_| format!("las {hour}:{minute:02} no es una hora"))
}

/// The hour of the day, 0 to 23. Where nothing says which half is meant, it is the one in which offices work.
fn of_day(hour: u32, mark: Option<&str>, half: Option<&str>) -> Option<u32> {
    let half = mark.or(match half {
        Some("manana" | "madrugada") => Some("am"),
        Some("tarde" | "noche") => Some("pm"),
        Some(_) | None => None,
    });
    match (hour, half) {
        (12, Some("am")) => Some(0),
        (12, Some(_)) => Some(12),
        (1..=11, Some("am")) => Some(hour),
        (1..=11, Some("pm")) => Some(hour + 12),
        (13..=23, Some("pm") | None) => Some(hour),
        (_, Some(_)) => None,
        (1..=6, None) => Some(hour + 12),
        (0 | 7..=12, None) => Some(hour),
        (_, None) => None,
    }
}

/// The next day of that name; never today.
fn next(today: Date, weekday: Weekday) -> Option<Date> {
    today.nth_weekday(1, weekday).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    Weekday::from_monday_zero_offset(weekday_opening(word)?).ok()
}

fn month(word: &str) -> Option<u32> {
    let month = if word == "setiembre" { Some(9) } else { month_opening(word) };
    month.and_then(|month| u32::try_from(month).ok())
}

fn spoken_number(text: &str) -> Option<u32> {
    if text == "una" { Some(1) } else { number::value(text) }
}

fn text_at(groups: &[Option<String>], at: usize) -> Option<String> {
    groups.get(at).cloned().flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Said on Wednesday 25 November 2026.
    fn read(text: &str) -> String {
        read_on("2026-11-25", text)
    }

    fn read_on(today: &str, text: &str) -> String {
        let today: Date = today.parse().unwrap();
        match parse(text, today) {
            Ok(When { day, hour: Hour::At(time) }) => format!("{day} {}", time.strftime("%H:%M")),
            Ok(When { day, hour: Hour::Morning }) => format!("{day} am"),
            Ok(When { day, hour: Hour::Afternoon }) => format!("{day} pm"),
            Ok(When { day, hour: Hour::Unsaid }) => day.to_string(),
            Err(why) => why,
        }
    }

    #[test]
    fn what_people_write() {
        for (text, expected) in [
            ("mañana 10am", "2026-11-26 10:00"),
            ("mañana a las 10 a. m.", "2026-11-26 10:00"),
            ("MAÑANA 10:30 A.M.", "2026-11-26 10:30"),
            ("mañana en la mañana", "2026-11-26 am"),
            ("mañana a las 9 de la mañana", "2026-11-26 09:00"),
            ("pasado mañana en la tarde", "2026-11-27 pm"),
            ("hoy 15:00", "2026-11-25 15:00"),
            ("hoy a las 3", "2026-11-25 15:00"),
            ("a las 4 pm", "2026-11-25 16:00"),
            ("el lunes 30 a las 2 pm", "2026-11-30 14:00"),
            ("viernes 10 am", "2026-11-27 10:00"),
            ("viernes 2:30 pm", "2026-11-27 14:30"),
            ("martes 30", "el lunes 30 de noviembre de 2026 no es martes"),
            ("el jueves 3 de diciembre a las 2:30 p. m.", "2026-12-03 14:30"),
            ("jueves 3 de diciembre de 2026, 2:30 p. m.", "2026-12-03 14:30"),
            ("viernes 13 de noviembre 7:00 a. m.", "2026-11-13 07:00"),
            ("3/12/2026 8:00", "2026-12-03 08:00"),
            ("11/12/2026 9:00 a. m.", "2026-12-11 09:00"),
            ("02/12/2026 2:00 p. m.", "2026-12-02 14:00"),
            ("3-12-2026 14h", "2026-12-03 14:00"),
            ("03.12.26 a las 14:15", "2026-12-03 14:15"),
            ("2026-12-03 16:45", "2026-12-03 16:45"),
            ("3 de dic", "2026-12-03"),
            ("dic 3, 10 am", "2026-12-03 10:00"),
            ("3 dic. 11:00", "2026-12-03 11:00"),
            ("el 3 a las 2 de la tarde", "2026-12-03 14:00"),
            ("el 28 a las 9:00", "2026-11-28 09:00"),
            ("lunes", "2026-11-30"),
            ("el próximo lunes a las 8:00 a.m.", "2026-11-30 08:00"),
            ("miércoles 10:00", "2026-12-02 10:00"),
            ("el viernes a las dos y media", "2026-11-27 14:30"),
            ("el viernes al mediodía", "2026-11-27 12:00"),
            ("viernes 12 m.", "2026-11-27 12:00"),
            ("mañana a las 12 del mediodía", "2026-11-26 12:00"),
            ("hoy a las doce del medio día", "2026-11-25 12:00"),
            ("mañana a las 12 de medio día", "2026-11-26 12:00"),
            ("mañana 12 del mediodía", "2026-11-26 12:00"),
            ("mañana a mediodía", "2026-11-26 12:00"),
            ("el viernes 27 al mediodía", "2026-11-27 12:00"),
            ("el 3 al mediodía", "2026-12-03 12:00"),
            ("el viernes 27 a las 12 del mediodía", "2026-11-27 12:00"),
            ("viernes 12:30 pm", "2026-11-27 12:30"),
            ("primero de diciembre 8 am", "2026-12-01 08:00"),
            ("15 de enero a las 10", "2027-01-15 10:00"),
            ("20 de noviembre 10:00", "2026-11-20 10:00"),
            ("mar 1 dic, 8:00 a. m.", "2026-12-01 08:00"),
            ("mar. 1 de diciembre", "2026-12-01"),
            ("mar 3", "2027-03-03"),
            ("el viernes a la una", "2026-11-27 13:00"),
            ("el viernes las 3", "2026-11-27 15:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (text, expected) in [
            ("29 de febrero 10:00", "el 29/2/2026 no existe"),
            ("31/11/2026", "el 31/11/2026 no existe"),
            ("31/12/9999 25:61", "las 25:61 no es una hora"),
            ("31/12/9999 10:00", "el viernes 31 de diciembre de 9999 queda demasiado lejos"),
            ("mañana 24:00", "las 24:00 no es una hora"),
            ("mañana a las 15 am", "las 15:00 no es una hora"),
            ("lunes 3 de diciembre", "el jueves 3 de diciembre de 2026 no es lunes"),
            (
                "mañana 3 de diciembre",
                "una parte dice jueves 26 de noviembre de 2026 y otra jueves 3 de diciembre de 2026; escriba una sola fecha",
            ),
            ("cuando se pueda", "en la fecha «cuando se pueda» no se entiende «cuando se pueda»"),
            ("mañana si puede", "en la fecha «mañana si puede» no se entiende «si puede»"),
            ("", "no se entiende la fecha «»"),
            ("la 2", "en la fecha «la 2» no se entiende «2»"),
            ("a la segunda", "en la fecha «a la segunda» no se entiende «segunda»"),
            ("mar 2 dic", "el miércoles 2 de diciembre de 2026 no es martes"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    /// Each text, said on that day.
    fn all_read(rows: &[(&str, &str, &str)]) {
        for (today, text, expected) in rows {
            assert_eq!(read_on(today, text), *expected, "{text} on {today}");
        }
    }

    #[test]
    fn a_weekday_is_the_next_one_and_never_today() {
        all_read(&[
            ("2026-11-30", "el lunes a las 10 am", "2026-12-07 10:00"),
            ("2026-11-30", "el lunes 30 a las 10 am", "2026-11-30 10:00"),
            ("2026-11-30", "hoy lunes a las 10 am", "2026-11-30 10:00"),
            ("2026-11-30", "el lunes 7", "2026-12-07"),
            ("2026-11-29", "el lunes", "2026-11-30"),
            ("2026-12-28", "el lunes", "2027-01-04"),
        ]);
    }

    #[test]
    fn the_29th_of_february_is_a_day_only_in_leap_years() {
        all_read(&[
            ("2027-11-25", "29 de febrero 10:00", "2028-02-29 10:00"),
            ("2028-02-28", "mañana", "2028-02-29"),
            ("2028-02-28", "el 29", "2028-02-29"),
            ("2027-02-28", "mañana", "2027-03-01"),
            ("2027-02-28", "el 29", "2027-03-29"),
            ("2026-11-25", "29/02/2027", "el 29/2/2027 no existe"),
            ("2026-11-25", "2027-02-29 10:00", "el 29/2/2027 no existe"),
            ("2028-03-15", "29 de febrero", "2028-02-29"),
            ("2028-11-25", "29 de febrero", "el 29/2/2029 no existe"),
            ("2100-01-10", "29 de febrero", "el 29/2/2100 no existe"),
        ]);
    }

    #[test]
    fn a_date_without_its_year_is_the_near_one() {
        all_read(&[
            ("2027-01-04", "28 de diciembre", "2026-12-28"),
            ("2027-01-04", "28/12", "2026-12-28"),
            ("2026-12-28", "3 de enero 9:00", "2027-01-03 09:00"),
            ("2026-12-28", "10 de diciembre", "2026-12-10"),
            ("2027-01-04", "10 de agosto", "2027-08-10"),
            ("2027-05-10", "10 de diciembre", "2027-12-10"),
        ]);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_trouble() {
        all_read(&[
            ("9999-12-31", "mañana", "no se entiende la fecha «mañana»"),
            ("9999-12-31", "el lunes", "no se entiende la fecha «el lunes»"),
            ("9999-12-31", "hoy 10:00", "9999-12-31 10:00"),
            ("2026-11-25", "31/12/99999", "en la fecha «31/12/99999» no se entiende «/99999»"),
            ("2026-11-25", "0000-00-00", "el 0/0/2000 no existe"),
            ("2026-11-25", "hoy 24:00", "las 24:00 no es una hora"),
            ("2026-11-25", "hoy 24:01", "las 24:01 no es una hora"),
            ("2026-11-25", "hoy 00:00", "2026-11-25 00:00"),
            ("2026-11-25", "hoy 23:59", "2026-11-25 23:59"),
            ("2026-11-25", "hoy a las 24 horas", "las 24:00 no es una hora"),
        ]);
    }
}
