//! iCalendar: what a guest's calendar answers to an invitation (RFC 5546).
//!
//! The invitations themselves are written by the agenda; here stands what a mail may carry back.

/// A guest's answer to an invitation, as `PARTSTAT` says it (RFC 5545 section 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    Declined,
    Tentative,
}

/// One iTIP REPLY: which invitation, who answers, what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub uid: String,
    pub guest: String,
    pub answer: Answer,
    /// The words the guest added, if any.
    pub comment: Option<String>,
}

/// Lines of one calendar part that are read.
const MOST_LINES: usize = 20_000;

/// Reads the first REPLY of a `text/calendar` part; `None` when the part is no reply or cannot be read.
pub fn read(text: &str) -> Option<Reply> {
    let mut reply = false;
    let mut within = false;
    let (mut uid, mut comment, mut guest) = (None, None, None);
    for line in unfold(text) {
        let Some((name, parameters, value)) = property(&line) else { continue };
        match name.as_str() {
            "METHOD" => reply = value.eq_ignore_ascii_case("REPLY"),
            "BEGIN" if value.eq_ignore_ascii_case("VEVENT") => within = true,
            "END" if value.eq_ignore_ascii_case("VEVENT") => break,
            "UID" if within => uid = Some(value.to_owned()),
            "COMMENT" if within => comment = Some(unescape(value)),
            "ATTENDEE" if within && guest.is_none() => guest = answer(parameters).map(|a| (address(value), a)),
            _ => {}
        }
    }
    let (guest, answer) = guest?;
    let comment = comment.map(|c| c.trim().to_owned()).filter(|c| !c.is_empty());
    reply.then_some(Reply { uid: uid?, guest, answer, comment })
}

/// Content lines, joined again where they were folded (RFC 5545 section 3.1).
fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for raw in text.lines().take(MOST_LINES) {
        match (raw.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(line)) => line.push_str(more),
            (Some(_) | None, _) => lines.push(raw.to_owned()),
        }
    }
    lines
}

/// Name, parameters and value; a colon within quotes ends nothing.
fn property(line: &str) -> Option<(String, &str, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = line.split_at_checked(colon)?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.trim().to_ascii_uppercase(), parameters, value.get(1..)?.trim()))
}

fn answer(parameters: &str) -> Option<Answer> {
    let partstat = parameters.split(';').find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.eq_ignore_ascii_case("PARTSTAT").then(|| value.trim_matches('"').to_ascii_uppercase())
    })?;
    match partstat.as_str() {
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

/// RFC 5545 section 3.3.11.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            (_, Some('n' | 'N')) => out.push('\n'),
            (_, Some(escaped)) => out.push(escaped),
            (c, None) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_and_nothing_else() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:visita-1@mesa\r\nATTENDEE;CN=\"Polo: Ana\";PARTSTAT=DECLINED:MAILTO:A\r\n Polo@x.co\r\nCOMMENT:No puedo\\, gracias\\nAna\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let reply = read(text).unwrap();
        assert_eq!(
            (reply.uid.as_str(), reply.guest.as_str(), reply.answer),
            ("visita-1@mesa", "apolo@x.co", Answer::Declined)
        );
        assert_eq!(reply.comment.as_deref(), Some("No puedo, gracias\nAna"));
        assert_eq!(read(&text.replace("REPLY", "REQUEST")), None);
        assert_eq!(read("BEGIN:VCALENDAR\nMETHOD:REPLY"), None);
    }
}
