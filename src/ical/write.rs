//! Appointments written out (RFC 5545). Every instant is in UTC, so that no calendar needs to know our zone.
use crate::ical::entry::{Entry, Guest, Method};
use icalendar::Property;
use jiff::{SignedDuration, Timestamp};

const PRODUCT: &str = "-//Mesa de ayuda//mesa-tic//ES";
/// What an end that is not after its start becomes.
const SHORTEST: SignedDuration = SignedDuration::from_mins(15);
/// Octets of a line (RFC 5545 section 3.1).
const OCTETS: usize = 75;
/// How often a telephone that subscribes is to look again.
const REFRESH: &str = "PT1H";

/// One calendar with these entries. `name` is what a telephone calls it. The same entries make the same bytes.
pub fn write(method: Method, name: Option<&str>, entries: &[Entry]) -> String {
    let mut page = Page::default();
    page.open("VCALENDAR");
    page.put("PRODID", PRODUCT);
    page.put("VERSION", "2.0");
    page.put("CALSCALE", "GREGORIAN");
    page.put("METHOD", method.word());
    if let Some(name) = name {
        page.text("X-WR-CALNAME", name);
        page.put("X-WR-TIMEZONE", "America/Bogota");
        let mut refresh = property("REFRESH-INTERVAL", REFRESH);
        refresh.add_parameter("VALUE", "DURATION");
        page.line(refresh);
        page.put("X-PUBLISHED-TTL", REFRESH);
    }
    for entry in entries {
        event(&mut page, method, entry);
    }
    page.close("VCALENDAR");
    page.text
}

fn event(page: &mut Page, method: Method, entry: &Entry) {
    let latest = entry.start.checked_add(SHORTEST).unwrap_or(entry.start);
    let end = if entry.end > entry.start { entry.end } else { latest };
    let status = match method {
        Method::Request | Method::Publish => "CONFIRMED",
        Method::Cancel => "CANCELLED",
    };
    page.open("VEVENT");
    page.put("UID", &one_line(&entry.uid));
    page.put("DTSTAMP", &utc(entry.stamp));
    page.put("DTSTART", &utc(entry.start));
    page.put("DTEND", &utc(end));
    page.put("SEQUENCE", &entry.sequence.to_string());
    page.put("STATUS", status);
    page.text("SUMMARY", &one_line(&entry.summary));
    if let Some(location) = &entry.location {
        page.text("LOCATION", &one_line(location));
    }
    if !entry.description.is_empty() {
        page.text("DESCRIPTION", &entry.description);
    }
    match method {
        // Of a calendar that somebody reads for himself nobody is a guest (RFC 5546 section 3.2.1).
        Method::Publish => {}
        Method::Request | Method::Cancel => page.people(method, entry),
    }
    page.put("TRANSP", "OPAQUE");
    page.put("CLASS", "PRIVATE");
    match (method, entry.alarm) {
        (Method::Request | Method::Publish, Some(minutes)) => alarm(page, entry, minutes),
        (Method::Request | Method::Publish, None) | (Method::Cancel, _) => {}
    }
    page.close("VEVENT");
}

fn alarm(page: &mut Page, entry: &Entry, minutes: u32) {
    page.open("VALARM");
    page.put("ACTION", "DISPLAY");
    page.text("DESCRIPTION", &one_line(&entry.summary));
    page.put("TRIGGER", &format!("-PT{minutes}M"));
    page.close("VALARM");
}

/// Content lines, each ended by CRLF and escaped by the library.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn open(&mut self, component: &str) {
        self.text.push_str(&format!("BEGIN:{component}\r\n"));
    }

    fn close(&mut self, component: &str) {
        self.text.push_str(&format!("END:{component}\r\n"));
    }

    fn put(&mut self, name: &str, value: &str) {
        match value.contains(['\\', ';', ',', '\n']) {
            true => self.line(property(name, value)),
            // Nothing to escape, as in most lines.
            false if name.len() + 1 + value.len() <= OCTETS => {
                [name, ":", value, "\r\n"].iter().for_each(|piece| self.text.push_str(piece));
            }
            false => self.fold(&format!("{name}:{value}")),
        }
    }

    fn text(&mut self, name: &str, value: &str) {
        self.put(name, &clean(value));
    }

    fn people(&mut self, method: Method, entry: &Entry) {
        self.line(person("ORGANIZER", &entry.organizer));
        for guest in &entry.guests {
            let mut line = person("ATTENDEE", guest);
            line.add_parameter("CUTYPE", "INDIVIDUAL").add_parameter("ROLE", "REQ-PARTICIPANT");
            if method == Method::Request {
                line.add_parameter("PARTSTAT", "NEEDS-ACTION").add_parameter("RSVP", "TRUE");
            }
            self.line(line);
        }
    }

    fn line(&mut self, property: Property) {
        let line: String = property.try_into().unwrap_or_default();
        // The library's last piece may be an octet too long.
        self.fold(&line.strip_suffix("\r\n").unwrap_or(&line).replace("\r\n ", ""));
    }

    /// Breaks a line so that no piece is longer than the octets that a line may have, its leading space counted.
    fn fold(&mut self, line: &str) {
        let mut rest = line;
        let mut room = OCTETS;
        while rest.len() > room {
            let (piece, more) = rest.split_at(seam(rest, room));
            self.text.push_str(piece);
            self.text.push_str("\r\n ");
            (rest, room) = (more, OCTETS - 1);
        }
        self.text.push_str(rest);
        self.text.push_str("\r\n");
    }
}

/// Where to break: beside no space, since there are readers that drop those at the end of a line.
fn seam(line: &str, room: usize) -> usize {
    let whole = line.floor_char_boundary(room);
    let solid = |at: &usize| {
        let around = line.split_at_checked(*at);
        around.is_some_and(|(left, right)| {
            !left.ends_with(char::is_whitespace) && !right.starts_with(char::is_whitespace)
        })
    };
    (1..=whole).rev().find(solid).unwrap_or(whole)
}

fn property(name: &str, value: &str) -> Property {
    Property::new(name, value)
}

fn person(name: &str, guest: &Guest) -> Property {
    let mut line = property(name, &format!("mailto:{}", one_line(&guest.correo)));
    if let Some(nombre) = &guest.nombre {
        line.add_parameter("CN", &one_line(nombre).replace('"', "'"));
    }
    line
}

/// «20261126T150000Z»
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Nothing that ends a line but what the text itself means by it.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use ::ical::IcalParser;
    use ::ical::property::Property as Line;
    use expect_test::expect;
    use proptest::prelude::*;

    fn entry() -> Entry {
        let guest = |correo: &str, nombre: &str| Guest { correo: correo.to_owned(), nombre: Some(nombre.to_owned()) };
        Entry {
            uid: "visita-TIC-2026-00017.ab12@magdalena.gov.co".to_owned(),
            sequence: 2,
            stamp: "2026-11-25T14:50:00.25Z".parse().unwrap(),
            start: "2026-11-26T15:00:00Z".parse().unwrap(),
            end: "2026-11-26T16:00:00Z".parse().unwrap(),
            summary: "Visita de soporte: red e internet (TIC-2026-00017)".to_owned(),
            location: Some("Secretaría de Hacienda, piso 2; oficina 204".to_owned()),
            description: "Lo atenderá: Kevin Barros Lacera\nSi no puede, rechace la cita o proponga otra hora."
                .to_owned(),
            organizer: guest("soporte.tic@magdalena.gov.co", "Mesa de Ayuda - Oficina TIC"),
            guests: vec![guest("ana@magdalena.gov.co", "Polo: Ana \"la de Hacienda\", contratista")],
            alarm: Some(30),
        }
    }

    #[test]
    fn an_invitation_reads_so() {
        expect![[r#"
            BEGIN:VCALENDAR
            PRODID:-//Mesa de ayuda//mesa-tic//ES
            VERSION:2.0
            CALSCALE:GREGORIAN
            METHOD:REQUEST
            BEGIN:VEVENT
            UID:visita-TIC-2026-00017.ab12@magdalena.gov.co
            DTSTAMP:20261125T145000Z
            DTSTART:20261126T150000Z
            DTEND:20261126T160000Z
            SEQUENCE:2
            STATUS:CONFIRMED
            SUMMARY:Visita de soporte: red e internet (TIC-2026-00017)
            LOCATION:Secretaría de Hacienda\, piso 2\; oficina 204
            DESCRIPTION:Lo atenderá: Kevin Barros Lacera\nSi no puede\, rechace la cit
             a o proponga otra hora.
            ORGANIZER;CN=Mesa de Ayuda - Oficina TIC:mailto:soporte.tic@magdalena.gov.c
             o
            ATTENDEE;CN="Polo: Ana 'la de Hacienda', contratista";CUTYPE=INDIVIDUAL;PAR
             TSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:ana@magdalena.gov
             .co
            TRANSP:OPAQUE
            CLASS:PRIVATE
            BEGIN:VALARM
            ACTION:DISPLAY
            DESCRIPTION:Visita de soporte: red e internet (TIC-2026-00017)
            TRIGGER:-PT30M
            END:VALARM
            END:VEVENT
            END:VCALENDAR
        "#]]
        .assert_eq(&write(Method::Request, None, &[entry()]).replace("\r\n", "\n"));
    }

    #[test]
    fn a_cancellation_reads_so() {
        expect![[r#"
            BEGIN:VCALENDAR
            PRODID:-//Mesa de ayuda//mesa-tic//ES
            VERSION:2.0
            CALSCALE:GREGORIAN
            METHOD:CANCEL
            BEGIN:VEVENT
            UID:visita-TIC-2026-00017.ab12@magdalena.gov.co
            DTSTAMP:20261125T145000Z
            DTSTART:20261126T150000Z
            DTEND:20261126T160000Z
            SEQUENCE:2
            STATUS:CANCELLED
            SUMMARY:Visita de soporte: red e internet (TIC-2026-00017)
            LOCATION:Secretaría de Hacienda\, piso 2\; oficina 204
            DESCRIPTION:Lo atenderá: Kevin Barros Lacera\nSi no puede\, rechace la cit
             a o proponga otra hora.
            ORGANIZER;CN=Mesa de Ayuda - Oficina TIC:mailto:soporte.tic@magdalena.gov.c
             o
            ATTENDEE;CN="Polo: Ana 'la de Hacienda', contratista";CUTYPE=INDIVIDUAL;ROL
             E=REQ-PARTICIPANT:mailto:ana@magdalena.gov.co
            TRANSP:OPAQUE
            CLASS:PRIVATE
            END:VEVENT
            END:VCALENDAR
        "#]]
        .assert_eq(&write(Method::Cancel, None, &[entry()]).replace("\r\n", "\n"));
    }

    #[test]
    fn an_end_is_always_after_its_start() {
        let start = entry().start;
        for end in [start, start - SignedDuration::from_hours(3), Timestamp::MIN] {
            let text = write(Method::Request, None, &[Entry { end, ..entry() }]);
            assert!(text.contains("DTEND:20261126T151500Z"), "{text}");
        }
        let last = write(Method::Request, None, &[Entry { start: Timestamp::MAX, ..entry() }]);
        assert!(last.contains("DTSTART:9999"), "{last}");
    }

    fn value<'a>(lines: &'a [Line], name: &str) -> Option<&'a str> {
        lines.iter().find(|line| line.name == name)?.value.as_deref()
    }

    /// As RFC 5545 section 3.3.11 has it, by no hand of the library that wrote it.
    fn text(lines: &[Line], name: &str) -> Option<String> {
        let mut out = String::new();
        let mut chars = value(lines, name)?.chars();
        while let Some(c) = chars.next() {
            match (c, if c == '\\' { chars.next() } else { None }) {
                (_, Some('n')) => out.push('\n'),
                (_, Some(escaped)) => out.push(escaped),
                (c, None) => out.push(c),
            }
        }
        Some(out)
    }

    proptest! {
        /// Whatever people have written, another reader finds the same in it, and no line is longer than 75 octets.
        #[test]
        fn another_reader_finds_what_was_meant(
            summary in "[^\\p{C}]{1,120}", description in "([^\\p{C}]|\n){0,300}", nombre in "[^\\p{C}]{1,60}", sequence in any::<u32>(),
        ) {
            // That reader loses a colon at the beginning of a value, and spaces at its end.
            let (summary, description) = (format!("Visita {summary}."), format!("Caso {description}."));
            let mut entry = Entry { summary: summary.clone(), description: description.clone(), sequence, ..entry() };
            entry.guests[0].nombre = Some(nombre.clone());
            let written = write(Method::Request, None, std::slice::from_ref(&entry));
            for line in written.split("\r\n") {
                prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{}", line);
            }
            let calendars: Vec<_> = IcalParser::new(written.as_bytes()).collect();
            prop_assert_eq!(calendars.len(), 1);
            let calendar = calendars.into_iter().next().unwrap().unwrap();
            prop_assert_eq!(value(&calendar.properties, "METHOD"), Some("REQUEST"));
            let lines = &calendar.events[0].properties;
            let number = sequence.to_string();
            prop_assert_eq!(text(lines, "SUMMARY"), Some(one_line(&summary)));
            prop_assert_eq!(text(lines, "DESCRIPTION"), Some(clean(&description)));
            prop_assert_eq!(value(lines, "SEQUENCE"), Some(number.as_str()));
            prop_assert_eq!(value(lines, "UID"), Some(entry.uid.as_str()));
            let attendee = lines.iter().find(|line| line.name == "ATTENDEE").unwrap();
            prop_assert_eq!(attendee.value.as_deref(), Some("mailto:ana@magdalena.gov.co"));
            prop_assert_eq!(calendar.events[0].alarms.len(), 1);
        }
    }
}
