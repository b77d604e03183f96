//! How a delivery went, and when to try again.
use jiff::{SignedDuration, Timestamp};

use crate::net::fault::Kind;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent {
        /// What the server said of it, queue id included.
        receipt: String,
    },
    /// Not now: a 4xx, a broken line, a full disk.
    Later { why: String },
    /// Never: a 5xx about this letter.
    Never { why: String },
    /// Refused for good, in words that may be about this letter or about all of ours: it is tried again as after a 4xx, and whoever
    /// sends the others sees whether they fare the same.
    Doubtful { why: String },
    /// Nothing can be sent at all: the server cannot be reached or refuses us, not the letter. The queue waits, as long as
    /// `net::backoff` says for `kind`; no letter is blamed.
    Closed { kind: Kind, why: String },
}

impl Outcome {
    /// Did it go out? Else the server's or our own word for why it did not.
    pub fn sent(self) -> Result<(), String> {
        match self {
            Outcome::Sent { .. } => Ok(()),
            Outcome::Later { why }
            | Outcome::Doubtful { why }
            | Outcome::Never { why }
            | Outcome::Closed { why, .. } => Err(why),
        }
    }
}

/// How long a letter is tried before it is given up, as RFC 5321 section 4.5.4.1 asks.
const PERSISTENCE: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Minutes to wait after the first, second … failed attempt; after those, every 4 hours.
const WAITS: [i64; 4] = [1, 5, 15, 60];
const LAST_WAIT: i64 = 4 * 60;

/// When a letter that failed `tries` times is tried again: after 1, 5, 15, 60 minutes, then every 4 hours; `None` once it has
/// waited 5 days.
pub fn next_try(tries: u32, queued: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(tries).unwrap_or(usize::MAX).saturating_sub(1);
    let minutes = WAITS.get(index).copied().unwrap_or(LAST_WAIT);
    let next = now.checked_add(SignedDuration::from_mins(minutes)).ok()?;
    let end = queued.checked_add(PERSISTENCE).ok()?;
    (next <= end).then_some(next)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_letter_is_tried_for_five_days_ever_more_seldom() {
        let queued: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
        let (mut now, mut tries, mut waits) = (queued, 0, Vec::new());
        while let Some(next) = next_try(
            {
                tries += 1;
                tries
            },
            queued,
            now,
        ) {
            waits.push(next.duration_since(now).as_mins());
            now = next;
        }
        assert_eq!(waits.get(..6), Some([1, 5, 15, 60, 240, 240].as_slice()));
        assert_eq!(tries, 34, "tried once at first, then {} times", waits.len());
        assert!(now.duration_since(queued) <= PERSISTENCE);
    }

    #[test]
    fn a_clock_that_went_back_still_ends() {
        let queued: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
        let year_before: Timestamp = "2025-11-25T15:00:00Z".parse().unwrap();
        assert_eq!(next_try(0, queued, queued), next_try(1, queued, queued));
        assert!(next_try(u32::MAX, queued, year_before).is_some());
        assert_eq!(next_try(2, queued, Timestamp::MAX), None);
    }
}
