//! The holidays of Colombia, computed for any year: laws give rules, not tables.
//!
//! Ley 51 de 1983 (18 holidays, most of them moved to the next Monday) and Ley 2578 de 2026, article 6 (9 July, Nuestra
//! Señora de Chiquinquirá, moved alike, since 2026). A fixed holiday is not made up for when it falls on a Saturday or
//! Sunday. Civic days that a mayor or governor decrees are no holidays; they stand in `rules/horario.toml`.
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Month, day and name of holidays that stay where they fall.
const FIXED: &[(i8, i8, &str)] = &[
    (1, 1, "Año Nuevo"),
    (5, 1, "Día del Trabajo"),
    (7, 20, "Día de la Independencia"),
    (8, 7, "Batalla de Boyacá"),
    (12, 8, "Inmaculada Concepción"),
    (12, 25, "Navidad"),
];

/// Month, day, name and first year of holidays that move to the next Monday unless they fall on one.
const MOVED: &[(i8, i8, &str, i16)] = &[
    (1, 6, "Día de los Reyes Magos", 0),
    (3, 19, "Día de San José", 0),
    (6, 29, "San Pedro y San Pablo", 0),
    (7, 9, "Nuestra Señora de Chiquinquirá", 2026),
    (8, 15, "Asunción de la Virgen", 0),
    (10, 12, "Día de la Raza", 0),
    (11, 1, "Día de Todos los Santos", 0),
    (11, 11, "Independencia de Cartagena", 0),
];

/// Days from Easter Sunday; those after it are the Mondays to which the law moved them.
const EASTER: &[(i32, &str)] = &[
    (-3, "Jueves Santo"),
    (-2, "Viernes Santo"),
    (43, "Ascensión del Señor"),
    (64, "Corpus Christi"),
    (71, "Sagrado Corazón de Jesús"),
];

/// Every holiday of a year in order, one entry a date; two that fall on one date («2030-07-01») share the entry.
/// Empty for a year that no calendar of ours can hold (before -9998 or after 9998).
pub fn holidays(year: i16) -> Vec<(Date, String)> {
    let mut found: Vec<(Date, String)> = all(year).map(|(date, name)| (date, name.to_owned())).collect();
    found.sort();
    found.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = format!("{}; {}", earlier.1, later.1);
        }
        same
    });
    found
}

/// Is this day a holiday?
pub fn is_holiday(day: Date) -> bool {
    all(day.year()).any(|(holiday, _)| holiday == day)
}

fn all(year: i16) -> impl Iterator<Item = (Date, &'static str)> {
    let fixed = FIXED.iter().filter_map(move |(month, day, name)| Some((date(year, *month, *day)?, *name)));
    let moved = MOVED
        .iter()
        .filter(move |(.., since)| year >= *since)
        .filter_map(move |(month, day, name, _)| Some((monday(date(year, *month, *day)?)?, *name)));
    let easter = easter(year);
    let around = EASTER.iter().filter_map(move |(days, name)| Some((easter?.checked_add((*days).days()).ok()?, *name)));
    fixed.chain(moved).chain(around)
}

fn date(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

/// The day itself when it is a Monday, else the next one.
fn monday(day: Date) -> Option<Date> {
    let ahead = (7 - i32::from(day.weekday().since(Weekday::Monday))) % 7;
    day.checked_add(ahead.days()).ok()
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    if !(-9_998..=9_998).contains(&y) {
        return None;
    }
    let (a, b, c) = (y.rem_euclid(19), y.div_euclid(100), y.rem_euclid(100));
    let g = (8 * b + 13).div_euclid(25);
    let h = (19 * a + b - b.div_euclid(4) - g + 15).rem_euclid(30);
    let l = (32 + 2 * b.rem_euclid(4) + 2 * c.div_euclid(4) - h - c.rem_euclid(4)).rem_euclid(7);
    let m = (a + 11 * h + 19 * l).div_euclid(433);
    let (month, day) = (
        (h + l - 7 * m + 90).div_euclid(25),
        (h + l - 7 * m + 33 * ((h + l - 7 * m + 90).div_euclid(25)) + 19).rem_euclid(32),
    );
    date(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice)]
    use super::*;

    fn days(year: i16) -> String {
        holidays(year).iter().map(|(day, _)| day.to_string()[5..].to_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_years_that_the_office_works_in() {
        assert_eq!(
            days(2026),
            "01-01 01-12 03-23 04-02 04-03 05-01 05-18 06-08 06-15 06-29 07-13 07-20 08-07 08-17 10-12 11-02 11-16 \
             12-08 12-25"
        );
        assert_eq!(
            days(2027),
            "01-01 01-11 03-22 03-25 03-26 05-01 05-10 05-31 06-07 07-05 07-12 07-20 08-07 08-16 10-18 11-01 11-15 \
             12-08 12-25"
        );
        assert_eq!(
            days(2028),
            "01-01 01-10 03-20 04-13 04-14 05-01 05-29 06-19 06-26 07-03 07-10 07-20 08-07 08-21 10-16 11-06 11-13 \
             12-08 12-25"
        );
    }

    #[test]
    fn chiquinquira_counts_since_2026() {
        assert_eq!(holidays(2025).len(), 17, "18, of which two fall on 30 June");
        assert!(!holidays(2025).iter().any(|(_, name)| name.contains("Chiquinquirá")));
        for (year, day) in [(2026, "2026-07-13"), (2030, "2030-07-15"), (2050, "2050-07-11")] {
            let found = holidays(year).into_iter().find(|(_, name)| name.contains("Chiquinquirá")).unwrap();
            assert_eq!(found.0.to_string(), day);
        }
    }

    #[test]
    fn two_holidays_on_one_day_are_one_day_off() {
        let shared: Vec<_> = (2015..=2050).flat_map(holidays).filter(|(_, name)| name.contains(';')).collect();
        let dates: Vec<_> = shared.iter().map(|(day, _)| day.to_string()).collect();
        assert_eq!(dates, ["2019-07-01", "2025-06-30", "2030-07-01", "2038-07-05", "2041-07-01"]);
        assert_eq!(shared[2].1, "Sagrado Corazón de Jesús; San Pedro y San Pablo");
    }

    #[test]
    fn easter_as_the_almanac_has_it() {
        for (year, month, day) in
            [(1818, 3, 22), (1943, 4, 25), (2000, 4, 23), (2019, 4, 21), (2038, 4, 25), (2285, 3, 22)]
        {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn a_day_is_a_holiday_when_its_year_says_so() {
        for year in 2015..=2050 {
            let listed: Vec<Date> = holidays(year).into_iter().map(|(day, _)| day).collect();
            let days = std::iter::successors(date(year, 1, 1), |day| day.tomorrow().ok()).take(365);
            assert!(days.filter(|day| is_holiday(*day)).eq(listed));
        }
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        for year in [i16::MIN, -9999, 0, 9998, 9999, i16::MAX] {
            let _ = holidays(year);
        }
    }
}
