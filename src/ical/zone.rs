//! The hour that a calendar names, whichever way it says in which zone (RFC 5545 section 3.3.5).
use crate::ical::reply::Moment;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use std::collections::BTreeMap;

/// Zones as Windows calls them, of those in which people write to a Colombian office.
const WINDOWS: &[(&str, &str)] = &[
    ("SA Pacific Standard Time", "America/Bogota"),
    ("SA Western Standard Time", "America/La_Paz"),
    ("SA Eastern Standard Time", "America/Cayenne"),
    ("Venezuela Standard Time", "America/Caracas"),
    ("Central America Standard Time", "America/Guatemala"),
    ("Central Standard Time (Mexico)", "America/Mexico_City"),
    ("Argentina Standard Time", "America/Argentina/Buenos_Aires"),
    ("Pacific SA Standard Time", "America/Santiago"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Romance Standard Time", "Europe/Paris"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Etc/UTC"),
    ("UTC", "Etc/UTC"),
    ("Coordinated Universal Time", "Etc/UTC"),
];

/// Offsets of the zones that a calendar brings along, by their name: one for each of its observances.
pub(crate) type Offsets = BTreeMap<String, Vec<String>>;

/// «20261126T150000Z», «20261126T100000» in the zone of that name or else in `local`, «20261126». `None` for what is no hour,
/// or in a zone that nobody knows.
pub(crate) fn moment(value: &str, tzid: Option<&str>, offsets: &Offsets, local: &TimeZone) -> Option<Moment> {
    let value = value.trim();
    if let Ok(day) = Date::strptime("%Y%m%d", value) {
        return Some(Moment::Day(day));
    }
    let (civil, utc) = value.strip_suffix(['Z', 'z']).map_or((value, false), |civil| (civil, true));
    let civil = DateTime::strptime("%Y%m%dT%H%M%S", civil).ok()?;
    let zone = match (utc, tzid) {
        (true, _) => TimeZone::UTC,
        (false, None) => local.clone(),
        (false, Some(name)) => named(name, offsets)?,
    };
    civil.to_zoned(zone).ok().map(|at| Moment::At(at.timestamp()))
}

fn named(name: &str, offsets: &Offsets) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"');
    let windows = WINDOWS.iter().find(|(windows, _)| windows.eq_ignore_ascii_case(name)).map(|(_, iana)| *iana);
    let iana = windows.or(Some(name).filter(|name| is_plain(name)));
    iana.and_then(|name| TimeZone::get(name).ok()).or_else(|| brought(offsets.get(name)?))
}

/// A name of the zone database, and nothing that could be a path elsewhere.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        let starts = part.starts_with(|c: char| c.is_ascii_alphabetic());
        starts && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    name.len() <= 64 && name.contains('/') && name.split('/').all(part)
}

/// The zone as the calendar itself describes it, where it is the same all year.
fn brought(observances: &[String]) -> Option<TimeZone> {
    let (first, rest) = observances.split_first()?;
    if rest.iter().any(|other| other != first) {
        return None;
    }
    let (sign, digits) = match first.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        (_, _) => return None,
    };
    let two = |at: usize| digits.get(at..at + 2)?.parse::<i32>().ok();
    let seconds = two(0)? * 3600 + two(2)? * 60;
    Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
}
