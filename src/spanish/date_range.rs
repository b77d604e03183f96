//! Days from one to another, as people write them: «del 3 al 10 de diciembre», «hoy y mañana», «desde hoy hasta el viernes».
use crate::spanish::date_words::{self, Hour};
use crate::spanish::fold::fold;
use jiff::civil::Date;

/// The first and the last day. The error is for who wrote it, in Spanish.
pub fn parse(text: &str, today: Date) -> Result<(Date, Date), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is = |word: &str, known: &[&str]| known.iter().any(|k| k.eq_ignore_ascii_case(word));
    let start = usize::from(words.first().is_some_and(|word| is(word, &["del", "desde", "de"])));
    let words = words.get(start..).unwrap_or_default();
    let Some(middle) = words.iter().skip(1).position(|word| is(word, &["al", "hasta", "a", "y"])) else {
        let day = whole_day(&words.join(" "), today)?;
        return Ok((day, day));
    };
    let (left, right) = words.split_at_checked(middle + 1).unwrap_or_default();
    let right_day = right.get(1..).unwrap_or_default().join(" ");
    let last = whole_day(&right_day, today)?;
    let left: Vec<&str> = left.iter().copied().filter(|word| !is(word, &["el"])).collect();
    let first = match left.as_slice() {
        // «del 3 al 10 de diciembre»: the month stands once.
        [day] if day.parse::<i8>().is_ok() => {
            let day = day.parse().unwrap_or(0);
            let before = last.first_of_month().yesterday().unwrap_or(last);
            let month = if day <= last.day() { last } else { before };
            Date::new(month.year(), month.month(), day).map_err(|_| format!("no hay un día {day} en ese mes"))?
        }
        words => whole_day(&words.join(" "), today)?,
    };
    // «Del lunes al viernes»: the Friday after that Monday. «Hoy» and «mañana» are of the day they are said on.
    let is_relative = ["hoy", "manana"].iter().any(|word| fold(&right_day).contains(word));
    let last = if last < first && !is_relative { whole_day(&right_day, first).unwrap_or(last) } else { last };
    let both = right.first().is_some_and(|word| is(word, &["y"]));
    if last < first {
        return Err("el último día es anterior al primero".to_owned());
    }
    if both && first.tomorrow().ok() != Some(last) {
        return Err("esos dos días no son seguidos; escriba una línea para cada uno".to_owned());
    }
    Ok((first, last))
}

/// Half a day is not taken for a whole one. A number alone is a day's: «al 10».
fn whole_day(words: &str, today: Date) -> Result<Date, String> {
    let is_number = words.parse::<i8>().is_ok();
    let said = date_words::parse(&if is_number { format!("el {words}") } else { words.to_owned() }, today)?;
    match said.hour {
        Hour::Unsaid => Ok(said.day),
        Hour::At(_) | Hour::Morning | Hour::Afternoon => Err("se anotan días enteros, sin horas".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_people_write() {
        let today: Date = "2026-11-25".parse().unwrap();
        for (text, expected) in [
            ("del 3 al 10 de diciembre", "2026-12-03 2026-12-10"),
            ("del 28 al 4 de diciembre", "2026-11-28 2026-12-04"),
            ("desde el 3 de dic hasta el 10 de dic", "2026-12-03 2026-12-10"),
            ("mañana", "2026-11-26 2026-11-26"),
            ("3/12/2026 al 4/12/2026", "2026-12-03 2026-12-04"),
            ("hoy y mañana", "2026-11-25 2026-11-26"),
            ("3 y 4 de diciembre", "2026-12-03 2026-12-04"),
            ("el jueves y el viernes", "2026-11-26 2026-11-27"),
            ("jueves y lunes", "esos dos días no son seguidos; escriba una línea para cada uno"),
            ("hoy hasta el viernes", "2026-11-25 2026-11-27"),
            ("del 10 de diciembre al 3 de diciembre", "el último día es anterior al primero"),
            ("mañana en la tarde", "se anotan días enteros, sin horas"),
            ("hoy a las 3 pm hasta mañana", "se anotan días enteros, sin horas"),
            ("del 3 al 10", "2026-12-03 2026-12-10"),
            ("del 28 al 4", "2026-11-28 2026-12-04"),
            ("del 25 al 27", "2026-11-25 2026-11-27"),
            ("3 y 4", "2026-12-03 2026-12-04"),
            ("3 y 5", "esos dos días no son seguidos; escriba una línea para cada uno"),
            ("del 3", "2026-12-03 2026-12-03"),
            ("del lunes al viernes", "2026-11-30 2026-12-04"),
            ("del viernes al lunes", "2026-11-27 2026-11-30"),
            ("del lunes 7 al viernes", "2026-12-07 2026-12-11"),
            ("desde el lunes hasta el 4", "2026-11-30 2026-12-04"),
            ("del 20 de diciembre al 8", "2026-12-20 2027-01-08"),
            ("del 28 de diciembre al 8 de enero", "2026-12-28 2027-01-08"),
            ("desde el viernes hasta mañana", "el último día es anterior al primero"),
            ("del 3 al 40", "no hay un día 40"),
            ("unos días", "en la fecha «unos días» no se entiende «unos dias»"),
        ] {
            let read = parse(text, today).map_or_else(|why| why, |(a, b)| format!("{a} {b}"));
            assert_eq!(read, expected, "{text}");
        }
    }
}
