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

/// Reads the first REPLY of a `text/calendar` part; `None` when the part is no reply or cannot be read.
pub fn read(_text: &str) -> Option<Reply> {
    todo!()
}
