//! Ticket numbers: `TIC-2026-00017`, per year, without gaps, never used twice.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId {
    pub year: i16,
    pub number: u32,
}

/// Numbers looked up in a text; more are somebody's guessing.
const NUMBERS: usize = 3;

impl TicketId {
    /// The numbers that stand in a subject, the first few.
    pub fn in_text(text: &str) -> Vec<TicketId> {
        let text = text.to_ascii_uppercase();
        let number = |(at, _): (usize, &str)| {
            let tail = text.get(at..)?;
            let end = tail.char_indices().skip(4).find(|(_, c)| !c.is_ascii_digit() && *c != '-');
            let number = tail.get(..end.map_or(tail.len(), |(at, _)| at))?;
            number.trim_end_matches('-').parse().ok()
        };
        text.match_indices("TIC-").take(10 * NUMBERS).filter_map(number).take(NUMBERS).collect()
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TIC-{:04}-{:05}", self.year, self.number)
    }
}

/// What is not the number of a ticket.
#[derive(Debug, PartialEq, Eq)]
pub struct NotATicketId;

impl fmt::Display for NotATicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("un número de caso se escribe así: TIC-2026-00017")
    }
}

impl std::error::Error for NotATicketId {}

impl FromStr for TicketId {
    type Err = NotATicketId;

    /// Case is free; the number may be written without its leading zeros.
    fn from_str(text: &str) -> Result<TicketId, NotATicketId> {
        let mut parts = text.trim().split('-');
        let (tic, year, number) = (parts.next(), parts.next(), parts.next());
        match (tic, year, number, parts.next()) {
            (Some(tic), Some(year), Some(number), None)
                if tic.eq_ignore_ascii_case("TIC") && year.len() == 4 && is_digits(year) && is_digits(number) =>
            {
                Ok(TicketId {
                    year: year.parse().map_err(|_| NotATicketId)?,
                    number: number.parse().map_err(|_| NotATicketId)?,
                })
            }
            _ => Err(NotATicketId),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl Serialize for TicketId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TicketId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<TicketId, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_anywhere_in_a_subject() {
        let shown =
            |subject: &str| TicketId::in_text(subject).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(shown("RE: [TIC-2026-00017] No prende el computador"), "TIC-2026-00017");
        assert_eq!(shown("rv: caso tic-2026-17, y TIC-2025-00003-"), "TIC-2026-00017 TIC-2025-00003");
        assert_eq!(shown("política-2026 y TIC-"), "");
        assert_eq!(shown(&"TIC-2026-00001 ".repeat(1000)), "TIC-2026-00001 TIC-2026-00001 TIC-2026-00001");
    }
}
