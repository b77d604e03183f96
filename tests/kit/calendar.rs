//! What a letter puts into its reader's calendar, read by another library than the one that wrote it.
use ical::IcalParser;
use ical::property::Property;
use mesa_tic::mail::message::Mail;
use std::fmt;

/// One appointment, checked: it is whole, says each thing once, and ends after it begins.
#[derive(Debug)]
pub struct Part {
    pub method: String,
    pub uid: String,
    pub sequence: u32,
    /// «20261126T150000Z»
    pub start: String,
    pub end: String,
    pub summary: String,
    pub location: Option<String>,
    pub description: String,
    pub organizer: String,
    pub guests: Vec<String>,
    pub alarms: usize,
}

/// The calendar part of a letter of ours; panics when there is one that is wrong.
pub fn of(letter: &Mail) -> Option<Part> {
    let parts: Vec<_> = letter.attachments.iter().filter(|part| part.kind == "text/calendar").collect();
    assert!(parts.len() <= 1, "more than one calendar in a letter");
    Some(read(std::str::from_utf8(&parts.first()?.bytes).unwrap()))
}

pub fn read(text: &str) -> Part {
    assert!(text.ends_with("END:VCALENDAR\r\n") && text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let calendars: Vec<_> = IcalParser::new(text.as_bytes()).map(Result::unwrap).collect();
    let [calendar] = calendars.as_slice() else { panic!("{} calendars", calendars.len()) };
    let [event] = calendar.events.as_slice() else { panic!("{} events", calendar.events.len()) };
    let top = |name: &str| one(&calendar.properties, name).unwrap_or_else(|| panic!("no {name}: {text}"));
    let must = |name: &str| one(&event.properties, name).unwrap_or_else(|| panic!("no {name}: {text}"));
    assert_eq!((top("VERSION").as_str(), top("CALSCALE").as_str()), ("2.0", "GREGORIAN"));
    assert!(must("DTSTAMP").ends_with('Z'));
    let people = |name: &str| {
        let lines = event.properties.iter().filter(|line| line.name == name);
        lines.map(|line| line.value.clone().unwrap().replace("mailto:", "")).collect::<Vec<_>>()
    };
    let part = Part {
        method: top("METHOD"),
        uid: must("UID"),
        sequence: must("SEQUENCE").parse().unwrap(),
        start: must("DTSTART"),
        end: must("DTEND"),
        summary: must("SUMMARY"),
        location: one(&event.properties, "LOCATION"),
        description: one(&event.properties, "DESCRIPTION").unwrap_or_default(),
        organizer: people("ORGANIZER").concat(),
        guests: people("ATTENDEE"),
        alarms: event.alarms.len(),
    };
    assert!(part.start < part.end && [&part.start, &part.end].iter().all(|at| at.len() == 16 && at.ends_with('Z')));
    let cancelled = part.method == "CANCEL";
    assert_eq!(must("STATUS"), if cancelled { "CANCELLED" } else { "CONFIRMED" });
    assert_eq!(part.alarms, usize::from(!cancelled));
    part
}

fn one(lines: &[Property], name: &str) -> Option<String> {
    let found: Vec<_> = lines.iter().filter(|line| line.name == name).collect();
    assert!(found.len() <= 1, "{name} stands twice");
    Some(plain(found.first()?.value.as_deref().unwrap_or_default()))
}

/// RFC 5545 section 3.3.11.
fn plain(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
}

impl Part {
    pub fn is_for(&self, correo: &str) -> bool {
        self.guests.iter().any(|guest| guest == correo)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.location.as_ref().map(|place| format!(", en {place}")).unwrap_or_default();
        let Part { method, sequence, start, end, summary, guests, .. } = self;
        write!(f, "{method} (cambio {sequence}) {start}–{end}: {summary}{place}; {}", guests.join(", "))
    }
}
