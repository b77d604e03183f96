//! A visit as a calendar is to show it.
use jiff::Timestamp;

/// What a calendar is to do with an entry (RFC 5546 section 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Show it, and ask the guest whether he comes; anew where it has changed.
    Request,
    /// Take it away.
    Cancel,
    /// Show it; nobody is asked.
    Publish,
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
            Method::Publish => "PUBLISH",
        }
    }
}

/// Somebody with a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub correo: String,
    pub nombre: Option<String>,
}

/// One appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same for as long as it is the same appointment, wherever it is moved to.
    pub uid: String,
    /// Grows with every change that guests must learn.
    pub sequence: u32,
    /// When this was written.
    pub stamp: Timestamp,
    pub start: Timestamp,
    /// After `start`; one that is not is written as a quarter of an hour later.
    pub end: Timestamp,
    pub summary: String,
    pub location: Option<String>,
    pub description: String,
    pub organizer: Guest,
    pub guests: Vec<Guest>,
    /// Minutes before the start at which the guest's calendar reminds him.
    pub alarm: Option<u32>,
}

/// What goes with a letter into the reader's calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub method: Method,
    pub entry: Entry,
}
