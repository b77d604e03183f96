//! How values of the house stand in columns: instants as sortable text, closed words as their word, ticket numbers as one integer.
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// An instant in UTC with nine decimals, «2026-11-25T18:43:26.000000000Z»: of one width, so that text order is time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl ToSql for Instant {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(format!("{:.9}", self.0)))
    }
}

impl FromSql for Instant {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Instant> {
        value.as_str()?.parse().map(Instant).map_err(FromSqlError::other)
    }
}

/// A ticket's number as the key of its row: year and number side by side, 20260000000017 for `TIC-2026-00017`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TicketKey(pub(crate) TicketId);

/// Numbers of one year.
const YEAR: i64 = 10_000_000_000;

impl TicketKey {
    pub(crate) fn key(self) -> i64 {
        i64::from(self.0.year) * YEAR + i64::from(self.0.number)
    }

    pub(crate) fn from_key(key: i64) -> Option<TicketKey> {
        let year = i16::try_from(key / YEAR).ok()?;
        let number = u32::try_from(key % YEAR).ok()?;
        Some(TicketKey(TicketId { year, number }))
    }

    /// The keys that numbers of this year lie between, both excluded.
    pub(crate) fn bounds(year: i16) -> (i64, i64) {
        (i64::from(year) * YEAR, (i64::from(year) + 1) * YEAR)
    }
}

impl ToSql for TicketKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.key()))
    }
}

impl FromSql for TicketKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<TicketKey> {
        let key = value.as_i64()?;
        TicketKey::from_key(key).ok_or(FromSqlError::OutOfRange(key))
    }
}

/// A word of a closed list, back from its column.
pub(crate) fn word<T>(word: &str, from_word: fn(&str) -> Option<T>) -> FromSqlResult<T> {
    from_word(word).ok_or_else(|| FromSqlError::Other(format!("«{word}» no es una palabra de la lista").into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(instant: &str) -> String {
        format!("{:.9}", instant.parse::<Timestamp>().unwrap())
    }

    #[test]
    fn the_order_of_the_text_is_the_order_of_time() {
        let rising = [
            "1969-12-31T23:59:59.5Z",
            "2026-11-25T15:00:00Z",
            "2026-11-25T15:00:00.000000001Z",
            "9999-12-30T22:00:00Z",
        ];
        let texts: Vec<String> = rising.iter().map(|at| text(at)).collect();
        assert!(texts.is_sorted() && texts.iter().all(|text| text.len() == 30), "{texts:?}");
        assert_eq!(texts.get(1).unwrap(), "2026-11-25T15:00:00.000000000Z");
    }

    #[test]
    fn a_number_is_its_key_and_back() {
        for id in ["TIC-2026-00001", "TIC-2026-99999", "TIC-2026-100000", "TIC-9999-4294967295"] {
            let key = TicketKey(id.parse().unwrap());
            assert_eq!(TicketKey::from_key(key.key()).unwrap().0.to_string(), id);
        }
        assert_eq!(TicketKey::from_key(-1), None);
        assert_eq!(TicketKey::from_key(i64::MAX), None);
        let (before, after) = TicketKey::bounds(2026);
        assert!(before < 20_260_000_000_001 && 20_264_294_967_295 < after);
    }
}
