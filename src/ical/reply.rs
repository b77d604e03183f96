//! What a guest's calendar answers to an invitation (RFC 5546).
use jiff::Timestamp;
use jiff::civil::Date;

/// A guest's answer to an invitation, as `PARTSTAT` says it (RFC 5545 section 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    Declined,
    Tentative,
}

/// Where an appointment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// A day without an hour.
    Day(Date),
}

/// What a calendar sends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calendar {
    Answer(Reply),
    /// Another's appointment is called off, or asked for again; or an answer that cannot be read.
    Notice,
}

/// One iTIP REPLY or COUNTER: which invitation, who answers, what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub uid: String,
    /// In lower case, without `mailto:`.
    pub guest: String,
    pub answer: Answer,
    /// Another hour is proposed (METHOD:COUNTER): `start`.
    pub counter: bool,
    /// Of the invitation that is answered.
    pub sequence: Option<u32>,
    /// When the guest answered, by his clock.
    pub stamp: Option<Timestamp>,
    /// Of the appointment as the guest has it, or would have it. Absent when it says none that can be understood.
    pub start: Option<Moment>,
    /// The words the guest added, if any.
    pub comment: Option<String>,
}
