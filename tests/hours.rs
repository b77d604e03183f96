//! The office's time: its holidays against other hands' table, and its hours there and back, to the second, for any office.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use mesa_tic::office::holidays::{holidays, is_holiday};
use mesa_tic::office::hours::{Exception, Hours, Stretch, Week};
use mesa_tic::spanish::when::{bogota, day_of, instant, time_of};
use proptest::prelude::*;

/// Made by `fixtures/holidays/colombia.py` with the library that stands in its first line.
const TABLE: &str = include_str!("../fixtures/holidays/2015-2050.txt");

#[test]
fn the_holidays_are_those_of_an_independent_library() {
    let table: Vec<Date> = TABLE.lines().filter(|line| !line.starts_with('#')).map(|l| l.parse().unwrap()).collect();
    let ours: Vec<Date> = (2015..=2050).flat_map(holidays).map(|(day, _)| day).collect();
    let only = |these: &[Date], those: &[Date]| -> Vec<Date> {
        these.iter().filter(|day| !those.contains(day)).copied().collect()
    };
    assert_eq!(only(&ours, &table), [], "ours alone");
    assert_eq!(only(&table, &ours), [], "the library's alone");
    assert_eq!(table.len(), 11 * 18 + 25 * 19 - 5, "five years in which two fall on one day");
}

/// Ley 2578 de 2026 added 9 July, and the table has it: a library from before that law would not, and nothing would show.
#[test]
fn the_library_knows_the_holiday_of_2026() {
    let july = |year: i16| (9..=15).find(|day| TABLE.contains(&format!("{year}-07-{day:02}\n")));
    assert!((2015..2026).all(|year| july(year).is_none()));
    let monday = |year: i16| date(year, 7, july(year).unwrap()).weekday().to_monday_zero_offset() == 0;
    assert!((2026..=2050).all(monday));
}

/// An hour of a day, to the second.
fn clock() -> impl Strategy<Value = Time> {
    (0i64..86_400).prop_map(|second| Time::MIN.wrapping_add(second.seconds()))
}

fn stretch() -> impl Strategy<Value = Stretch> {
    (clock(), clock()).prop_filter("two hours", |(a, b)| a != b).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

/// Up to three stretches that do not cross.
fn open_hours() -> impl Strategy<Value = Vec<Stretch>> {
    prop::collection::btree_set(clock(), 0..=6).prop_map(|hours| {
        let hours: Vec<Time> = hours.into_iter().collect();
        hours.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    })
}

/// Days around ends of years and leap days, where calendars go wrong.
fn day() -> impl Strategy<Value = Date> {
    let around = prop_oneof![
        Just(date(2026, 12, 31)),
        Just(date(2028, 2, 29)),
        Just(date(2027, 3, 25)),
        Just(date(2027, 2, 28)),
        Just(date(2096, 2, 29)),
        (2015i16..2050).prop_map(|year| date(year, 7, 13)),
    ];
    (around, -40i32..40).prop_map(|(day, off)| day.saturating_add(off.days()))
}

fn decree() -> impl Strategy<Value = Exception> {
    (day(), 0i32..5, prop::option::of(stretch()), any::<bool>(), any::<bool>()).prop_map(
        |(first, days, hours, open, suspends_terms)| Exception {
            first,
            last: first.saturating_add(days.days()),
            hours,
            open,
            suspends_terms,
            edificios: vec![],
            reason: "Decreto".to_owned(),
        },
    )
}

/// An office that opens at least for a while every Wednesday.
fn office() -> impl Strategy<Value = Hours> {
    let week = prop::array::uniform7(open_hours());
    (week, prop::collection::vec(decree(), 0..12)).prop_map(|(mut week, exceptions)| {
        if week[2].is_empty() {
            week[2].push((Time::MIN, Time::constant(4, 0, 0, 0)));
        }
        Hours::new(Week(week), exceptions)
    })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (day(), clock()).prop_map(|(day, time)| instant(day, time).unwrap())
}

/// Two instants in order, less than two years apart: beyond that nothing is counted.
fn apart() -> impl Strategy<Value = (Timestamp, Timestamp)> {
    (moment(), 0i64..700 * 86_400).prop_map(|(from, secs)| (from, from + SignedDuration::from_secs(secs)))
}

/// Up to some hundred working hours, to the second.
fn work() -> impl Strategy<Value = SignedDuration> {
    (0i64..400_000).prop_map(SignedDuration::from_secs)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn time_that_is_added_is_the_time_between(hours in office(), from in moment(), work in work()) {
        if let Some(to) = hours.after(from, work) {
            prop_assert_eq!(hours.between(from, to), work);
        }
    }

    #[test]
    fn time_between_that_is_added_ends_where_the_office_was_open_last(hours in office(), (from, to) in apart()) {
        let worked = hours.between(from, to);
        let back = hours.after(from, worked).unwrap();
        if worked > SignedDuration::ZERO {
            prop_assert!(back <= to);
            prop_assert_eq!(hours.between(back, to), SignedDuration::ZERO, "between {} and {}", back, to);
        }
        prop_assert!(from == to || hours.between(to, from) == SignedDuration::ZERO, "out of order is none");
    }

    #[test]
    fn more_work_is_never_done_sooner(hours in office(), from in moment(), more in work(), less in work(), later in work()) {
        let (less, more) = (less.min(more), less.max(more));
        if let (Some(sooner), Some(then)) = (hours.after(from, less), hours.after(from, more)) {
            prop_assert!(from <= sooner && sooner <= then);
            let start = from.checked_add(later).unwrap();
            prop_assert!(hours.after(start, less).is_none_or(|end| sooner <= end), "who begins later ends later");
        }
    }

    #[test]
    fn parts_add_up(hours in office(), (from, to) in apart(), share in 0i64..=1000) {
        let middle = from + SignedDuration::from_secs(from.duration_until(to).as_secs() / 1000 * share);
        prop_assert_eq!(hours.between(from, middle) + hours.between(middle, to), hours.between(from, to));
    }

    #[test]
    fn nothing_ends_in_closed_time(hours in office(), from in moment(), work in work()) {
        if let Some(end) = hours.after(from, work) {
            let second = SignedDuration::from_secs(1);
            let before = end.checked_sub(second).unwrap();
            // At the very second of closing the last second of work is done.
            prop_assert!(hours.is_open(end) || work > SignedDuration::ZERO && hours.is_open(before), "{end}");
            let open = hours.on(day_of(end));
            prop_assert!(open.iter().any(|(from, to)| *from <= time_of(end) && time_of(end) <= *to));
        }
    }

    #[test]
    fn a_closed_day_has_no_time(hours in office(), day in day()) {
        let (start, end) = (instant(day, Time::MIN).unwrap(), instant(day.tomorrow().unwrap(), Time::MIN).unwrap());
        let open: SignedDuration = hours.on(day).iter().map(|(from, to)| from.duration_until(*to)).sum();
        prop_assert_eq!(hours.between(start, end), open);
        if is_holiday(day) && !hours.exceptions_on(day).any(|e| e.open) {
            prop_assert_eq!(open, SignedDuration::ZERO);
        }
        // No day of Bogotá is longer than another.
        prop_assert_eq!(start.duration_until(end), SignedDuration::from_hours(24));
        prop_assert_eq!(end.to_zoned(bogota()).offset(), jiff::tz::offset(-5));
    }
}

/// A wait of years counts whole: as much as its years one by one, and the term after it begins when it ends.
#[test]
fn years_are_counted_to_their_end() {
    let morning: Stretch = (Time::constant(8, 0, 0, 0), Time::constant(12, 0, 0, 0));
    let hours = Hours::new(Week([(); 7].map(|()| vec![morning])), vec![]);
    let new_year = |year: i16| instant(date(year, 1, 1), Time::MIN).unwrap();
    let by_year: SignedDuration = (2026..2031).map(|year| hours.between(new_year(year), new_year(year + 1))).sum();
    assert_eq!(hours.between(new_year(2026), new_year(2031)), by_year);
    assert!(hours.after(new_year(2026), by_year).is_some_and(|end| end > new_year(2030)));
    assert_eq!(Hours::default().after(new_year(2026), SignedDuration::ZERO), None, "it never opens");
}
