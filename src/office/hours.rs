//! Working hours: the week, the midday break, the holidays of Colombia and the closures that a decree orders.
use crate::office::rulefile::RuleError;
use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// Open stretches of each weekday, Monday first; empty means closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(pub [Vec<(Time, Time)>; 7]);

/// Hours that a decree closes, or opens on a day that would be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    pub first: Date,
    pub last: Date,
    /// The hours it concerns; `None` is the whole day.
    pub hours: Option<(Time, Time)>,
    pub open: bool,
    pub suspends_terms: bool,
    pub reason: String,
}

/// The office's calendar, from `rules/horario.toml`. Days are decided in America/Bogota.
#[derive(Clone, Debug, Default)]
pub struct Hours {
    pub week: Week,
    pub exceptions: Vec<Exception>,
}

impl Hours {
    pub fn load(_name: &str, _text: &str, _errors: &mut Vec<RuleError>) -> Hours {
        todo!()
    }

    /// Is the office open at this instant?
    pub fn is_open(&self, _at: Timestamp) -> bool {
        todo!()
    }
}
