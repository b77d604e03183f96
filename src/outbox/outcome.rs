//! How a delivery went, and when to try again.
use jiff::Timestamp;

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
    /// Nothing can be sent at all: the server refuses us, not the letter. The queue waits; no letter is blamed.
    Closed { why: String },
}

/// When a letter that failed `tries` times is tried again: 1, 5, 15, 60 minutes, then every 4 hours; `None` after 5 days.
pub fn next_try(_tries: u32, _queued: Timestamp, _now: Timestamp) -> Option<Timestamp> {
    todo!()
}
