//! Ticket numbers: `TIC-2026-00017`, per year, without gaps, never used twice.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId {
    pub year: i16,
    pub number: u32,
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
