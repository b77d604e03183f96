//! Reads what a calendar answers. However large or twisted the part is, only so many lines of it are looked at, and no event
//! is ever repeated as its rules ask.
use crate::ical::reply::{Answer, Calendar, Moment, Reply};
use crate::ical::zone::{Offsets, moment};
use icalendar::Property;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Lines of one calendar part that are read, and characters of a line; what is beyond is left out.
const MOST_LINES: usize = 20_000;
const LONGEST_LINE: usize = 8_000;
/// Appointments of one part that are looked at: an answer speaks of one.
const MOST_EVENTS: usize = 50;
/// Zones that a part may bring along.
const MOST_ZONES: usize = 20;

/// Properties that are read; others may be as they like.
const WANTED: &[&str] =
    &["BEGIN", "END", "METHOD", "UID", "DTSTAMP", "DTSTART", "SEQUENCE", "COMMENT", "ATTENDEE", "TZID", "TZOFFSETTO"];

/// Reads a `text/calendar` part. `declared` is the method that its Content-Type names, which holds where the part itself names
/// none. `None` when it is an invitation or a calendar that is passed on: those are somebody's words. Hours without a zone are
/// `local`.
///
/// Of several appointments under one UID the newest counts (by SEQUENCE, then by DTSTAMP), of several UIDs the first.
pub fn read(text: &str, declared: Option<&str>, local: &TimeZone) -> Option<Calendar> {
    let mut sheet = Sheet::default();
    for line in unfold(text) {
        if sheet.is_full() {
            break;
        }
        sheet.take(&line);
    }
    let method = sheet.method.take().or(declared.map(|word| word.trim().to_ascii_uppercase()));
    let counter = match method.as_deref() {
        Some("REPLY") => false,
        Some("COUNTER") => true,
        Some("CANCEL" | "REFRESH" | "ADD" | "DECLINECOUNTER") => return Some(Calendar::Notice),
        Some(_) | None => return None,
    };
    let replies = sheet.events.iter().filter_map(|event| event.reply(counter, &sheet.offsets, local));
    let newest = replies.reduce(|best, next| {
        let age = |reply: &Reply| (reply.sequence.unwrap_or(0), reply.stamp);
        if next.uid == best.uid && age(&next) > age(&best) { next } else { best }
    });
    Some(newest.map_or(Calendar::Notice, Calendar::Answer))
}

/// What has been read so far.
#[derive(Default)]
struct Sheet {
    method: Option<String>,
    events: Vec<Event>,
    offsets: Offsets,
    /// Names of the components that are open, outermost first; of those too deep only how many.
    open: Vec<String>,
    deeper: usize,
    zone: String,
}

/// The properties of an appointment, as they are written.
#[derive(Default)]
struct Event {
    uid: Option<String>,
    guest: Option<(String, Option<Answer>)>,
    stamp: Option<String>,
    start: Option<(String, Option<String>)>,
    sequence: Option<String>,
    comment: Option<String>,
}

/// Components within each other that mean anything: calendar, zone, observance.
const DEEPEST: usize = 3;

impl Sheet {
    fn is_full(&self) -> bool {
        self.events.len() > MOST_EVENTS
    }

    fn take(&mut self, line: &str) {
        match line.split_once(':').map(|(name, value)| (name.trim().to_ascii_uppercase(), value.trim())) {
            Some((name, component)) if name == "BEGIN" => self.begin(component),
            Some((name, _)) if name == "END" => self.end(),
            Some(_) if self.deeper == 0 => {
                // A line that is no property says nothing; those around it do.
                let Ok(property) = line.parse::<Property>() else { return };
                let (name, value) = (property.key().to_ascii_uppercase(), property.value().trim());
                let open: Vec<&str> = self.open.iter().map(String::as_str).collect();
                match (open.as_slice(), name.as_str()) {
                    (["VCALENDAR"], "METHOD") => self.method = Some(value.to_ascii_uppercase()),
                    (["VCALENDAR", "VTIMEZONE"], "TZID") => value.clone_into(&mut self.zone),
                    (["VCALENDAR", "VTIMEZONE", _], "TZOFFSETTO") => {
                        let known = self.offsets.len() < MOST_ZONES || self.offsets.contains_key(&self.zone);
                        if known {
                            self.offsets.entry(self.zone.clone()).or_default().push(value.to_owned());
                        }
                    }
                    (["VCALENDAR", "VEVENT"], name) => {
                        if let Some(event) = self.events.last_mut() {
                            event.take(name, &property);
                        }
                    }
                    (_, _) => {}
                }
            }
            Some(_) | None => {}
        }
    }

    fn begin(&mut self, component: &str) {
        if self.open.len() >= DEEPEST || self.deeper > 0 {
            self.deeper += 1;
            return;
        }
        self.open.push(component.to_ascii_uppercase());
        if self.open.len() == 2 && component.eq_ignore_ascii_case("VEVENT") {
            self.events.push(Event::default());
        }
    }

    fn end(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.open.pop();
        }
    }
}

impl Event {
    /// The first of each counts.
    fn take(&mut self, name: &str, property: &Property) {
        let value = property.value().trim();
        let parameter = |name: &str| {
            let found = property.params().iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, parameter)| parameter.value().trim_matches('"').to_owned())
        };
        let own = || value.to_owned();
        match name {
            "UID" => drop(self.uid.get_or_insert_with(own)),
            "DTSTAMP" => drop(self.stamp.get_or_insert_with(own)),
            "SEQUENCE" => drop(self.sequence.get_or_insert_with(own)),
            "COMMENT" => drop(self.comment.get_or_insert_with(own)),
            "DTSTART" => drop(self.start.get_or_insert_with(|| (own(), parameter("TZID")))),
            "ATTENDEE" => {
                let answer = parameter("PARTSTAT").and_then(|word| answer(&word));
                let silent = self.guest.as_ref().is_none_or(|(_, answer)| answer.is_none());
                // An answer lists who answers; some list the others too, without a word of theirs.
                if silent && (self.guest.is_none() || answer.is_some()) {
                    self.guest = Some((address(value), answer));
                }
            }
            _ => {}
        }
    }

    fn reply(&self, counter: bool, offsets: &Offsets, local: &TimeZone) -> Option<Reply> {
        let (guest, answer) = self.guest.clone()?;
        // A counter-proposal is no acceptance, whatever its PARTSTAT says or leaves out.
        let answer = if counter { answer.or(Some(Answer::Tentative)) } else { answer };
        let start = self.start.as_ref().and_then(|(value, tzid)| moment(value, tzid.as_deref(), offsets, local));
        let comment = self.comment.as_deref().map(str::trim).filter(|words| !words.is_empty());
        Some(Reply {
            uid: self.uid.clone().filter(|uid| !uid.is_empty())?,
            guest,
            answer: answer?,
            counter,
            sequence: self.sequence.as_ref().and_then(|number| number.parse().ok()),
            stamp: self.stamp.as_ref().and_then(|value| instant(value, local)),
            start,
            comment: comment.map(str::to_owned),
        })
    }
}

fn instant(value: &str, local: &TimeZone) -> Option<Timestamp> {
    match moment(value, None, &Offsets::default(), local)? {
        Moment::At(at) => Some(at),
        Moment::Day(_) => None,
    }
}

/// The content lines that are wanted, joined again where they were folded (RFC 5545 section 3.1).
fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut wanted = false;
    for raw in text.lines().take(MOST_LINES) {
        match raw.strip_prefix([' ', '\t']) {
            Some(more) => {
                if let Some(line) = lines.last_mut().filter(|line| wanted && line.len() < LONGEST_LINE) {
                    line.push_str(more);
                }
            }
            None => {
                let name = raw.split([':', ';']).next().unwrap_or_default().trim();
                wanted = WANTED.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
                if wanted {
                    lines.push(raw.trim_start().to_owned());
                }
            }
        }
    }
    for line in &mut lines {
        line.truncate(line.floor_char_boundary(LONGEST_LINE));
    }
    lines
}

fn answer(partstat: &str) -> Option<Answer> {
    match partstat.to_ascii_uppercase().as_str() {
        "ACCEPTED" => Some(Answer::Accepted),
        "DECLINED" => Some(Answer::Declined),
        "TENTATIVE" => Some(Answer::Tentative),
        _ => None,
    }
}

/// «mailto:Ana@x.co» → «ana@x.co»
fn address(value: &str) -> String {
    let lower = value.to_lowercase();
    lower.strip_prefix("mailto:").unwrap_or(&lower).trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn bogota() -> TimeZone {
        TimeZone::get("America/Bogota").unwrap()
    }

    /// The answer of a part, if it holds one.
    fn answer_in(text: &str) -> Option<Reply> {
        match read(text, None, &bogota()) {
            Some(Calendar::Answer(reply)) => Some(reply),
            Some(Calendar::Notice) | None => None,
        }
    }

    fn calendar(method: &str, events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\n{events}END:VCALENDAR\r\n")
    }

    fn event(lines: &str) -> String {
        format!("BEGIN:VEVENT\r\nUID:visita@mesa\r\n{lines}\r\nEND:VEVENT\r\n")
    }

    fn one(lines: &str) -> Option<Reply> {
        answer_in(&calendar("REPLY", &event(lines)))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const DECLINED: &str = "ATTENDEE;PARTSTAT=DECLINED:mailto:ana@x.co";

    #[test]
    fn a_reply_is_read_and_nothing_else() {
        let text = calendar(
            "REPLY",
            &event(
                "ATTENDEE;CN=\"Polo: Ana\";PARTSTAT=DECLINED:MAILTO:A\r\n Polo@x.co\r\nSEQUENCE:3\r\n\
                 DTSTAMP:20261125T153000Z\r\nCOMMENT:No puedo\\, gracias\\nAna\r\nDTSTART:20261126T150000Z",
            ),
        );
        let reply = answer_in(&text).unwrap();
        let expected = Reply {
            uid: "visita@mesa".to_owned(),
            guest: "apolo@x.co".to_owned(),
            answer: Answer::Declined,
            counter: false,
            sequence: Some(3),
            stamp: Some(at("2026-11-25T15:30:00Z")),
            start: Some(Moment::At(at("2026-11-26T15:00:00Z"))),
            comment: Some("No puedo, gracias\nAna".to_owned()),
        };
        assert_eq!(reply, expected);
        for other in ["REQUEST", "PUBLISH", "", "CANCEL", "REFRESH"] {
            let notice = ["CANCEL", "REFRESH"].contains(&other).then_some(Calendar::Notice);
            assert_eq!(read(&text.replace("REPLY", other), Some("REPLY"), &bogota()), notice, "{other}");
        }
        assert_eq!(read("BEGIN:VCALENDAR\nMETHOD:REPLY", None, &bogota()), Some(Calendar::Notice));
        assert_eq!(read("BEGIN:VEVENT\nUID:x", Some("reply"), &bogota()), Some(Calendar::Notice));
        assert_eq!(read("BEGIN:VEVENT\nUID:x", None, &bogota()), None);
        assert_eq!(one("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@x.co"), None);
        assert_eq!(one(&format!("{DECLINED}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.co")).unwrap().guest, "ana@x.co");
    }

    #[test]
    fn hours_are_understood_however_their_zone_is_said() {
        let start = |line: &str| one(&format!("{DECLINED}\r\n{line}")).unwrap().start;
        let ten = Some(Moment::At(at("2026-11-26T15:00:00Z")));
        assert_eq!(start("DTSTART:20261126T150000Z"), ten);
        assert_eq!(start("DTSTART:20261126T100000"), ten, "no zone is ours");
        assert_eq!(start("DTSTART;TZID=America/Bogota:20261126T100000"), ten);
        assert_eq!(start("DTSTART;TZID=\"SA Pacific Standard Time\":20261126T100000"), ten);
        assert_eq!(start("DTSTART;TZID=America/New_York:20261126T100000"), ten);
        assert_eq!(start("DTSTART;VALUE=DATE:20261126"), Some(Moment::Day("2026-11-26".parse().unwrap())));
        for strange in [
            "DTSTART;TZID=../../../etc/passwd:20261126T100000",
            "DTSTART;TZID=Marte/Olimpo:20261126T100000",
            "DTSTART:20261131T100000Z",
            "DTSTART:20261126T250000Z",
            "DTSTART:mañana",
            "DTSTART:",
        ] {
            assert_eq!(start(strange), None, "{strange}");
        }
        assert_eq!(start("DTSTART:99991231T235959Z"), None, "beyond the last instant");
    }

    #[test]
    fn a_zone_that_the_part_brings_along_is_known() {
        let zone = |offset: &str, summer: &str| {
            format!(
                "BEGIN:VTIMEZONE\r\nTZID:Propia\r\nBEGIN:STANDARD\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n\
                 TZOFFSETTO:{summer}\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n{}",
                event(&format!("{DECLINED}\r\nDTSTART;TZID=Propia:20261126T100000"))
            )
        };
        let start = |events: String| answer_in(&calendar("COUNTER", &events)).unwrap().start;
        assert_eq!(start(zone("-0500", "-0500")), Some(Moment::At(at("2026-11-26T15:00:00Z"))));
        assert_eq!(start(zone("-0500", "-0400")), None, "which of the two holds is not guessed");
        assert_eq!(start(zone("-05ñ", "-05ñ")), None);
    }

    #[test]
    fn a_counter_proposal_needs_no_partstat() {
        let text = calendar("COUNTER", &event("ATTENDEE:mailto:ana@x.co\r\nDTSTART:20261126T150000Z"));
        let reply = answer_in(&text).unwrap();
        assert!(reply.counter && reply.answer == Answer::Tentative);
    }

    #[test]
    fn of_one_uid_twice_the_newest_counts_and_of_two_the_first() {
        let answer = |word: &str, stamp: &str, sequence: u32, uid: &str| {
            format!(
                "BEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{stamp}\r\nATTENDEE;PARTSTAT={word}:mailto:a@x.co\r\n\
                 END:VEVENT\r\n"
            )
        };
        let read = |events: &[String]| answer_in(&calendar("REPLY", &events.concat())).unwrap().answer;
        let (early, late) = ("20261125T150000Z", "20261125T160000Z");
        assert_eq!(read(&[answer("ACCEPTED", early, 0, "a"), answer("DECLINED", late, 0, "a")]), Answer::Declined);
        assert_eq!(read(&[answer("ACCEPTED", late, 0, "a"), answer("DECLINED", early, 0, "a")]), Answer::Accepted);
        assert_eq!(read(&[answer("ACCEPTED", early, 1, "a"), answer("DECLINED", late, 0, "a")]), Answer::Accepted);
        assert_eq!(read(&[answer("ACCEPTED", early, 0, "a"), answer("DECLINED", late, 9, "b")]), Answer::Accepted);
    }

    #[test]
    fn a_bomb_is_a_reply_like_any_other_or_none() {
        let reply = event(DECLINED);
        assert!(answer_in(&calendar("REPLY", &reply.repeat(10_000))).is_some());
        let rule = event(&format!("RRULE:FREQ=SECONDLY;COUNT=2147483647\r\n{DECLINED}"));
        assert!(answer_in(&calendar("REPLY", &rule)).is_some());
        let folded = event(&format!("DESCRIPTION:{}\r\n{DECLINED}", "\r\n a".repeat(10_000)));
        assert!(answer_in(&calendar("REPLY", &folded)).is_some());
        let comment = one(&format!("COMMENT:{}\r\n{DECLINED}", "ñ".repeat(1_000_000))).unwrap().comment.unwrap();
        assert!(comment.len() <= LONGEST_LINE);
        assert_eq!(answer_in(&"BEGIN:VEVENT\r\n".repeat(100_000)), None);
        let many = format!("{}{}", event("RRULE:FREQ=SECONDLY\r\nUID:otra").repeat(100_000), event(DECLINED));
        let _ = answer_in(&calendar("REPLY", &many));
        let nested = calendar("REPLY", &event(&format!("{}{DECLINED}", "BEGIN:VALARM\r\n".repeat(5_000))));
        assert_eq!(answer_in(&nested), None, "what stands in an alarm is no answer");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(?s).{0,400}") {
            let _ = read(&text, Some("REPLY"), &bogota());
            let _ = answer_in(&calendar("REPLY", &event(&text)));
        }
    }
}
