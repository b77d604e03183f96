//! How the lines to the two servers are: remembered by the daemon, kept in the store for `status`.
use crate::daemon::bell::Bell;
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A line that stays well is noted again only this often.
const STILL_WELL: SignedDuration = SignedDuration::from_mins(1);

/// One of the two ways to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Inbox,
    Outbox,
}

impl Line {
    /// Its key in the store.
    pub fn key(self) -> &'static str {
        match self {
            Line::Inbox => "linea.buzon",
            Line::Outbox => "linea.salida",
        }
    }
}

/// How a line was when it was used last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineState {
    /// Since when it has been as it is.
    pub since: Timestamp,
    /// When it was used last, well or not.
    pub last: Timestamp,
    /// Why it does not work; absent when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Notes how a line is, and says it once when that changes.
pub(crate) struct Watch {
    line: Line,
    state: Option<LineState>,
}

impl Watch {
    pub(crate) fn new(line: Line) -> Watch {
        Watch { line, state: None }
    }

    /// The line was used at `now`. Returns whether it went from well to ill with this.
    pub(crate) async fn note(&mut self, bell: &Bell, now: Timestamp, fault: Option<String>) -> Result<bool> {
        let key = self.line.key();
        if self.state.is_none() {
            // An illness is as old as it is, however often the daemon was started since.
            let noted = bell.ask(move |clerk, _| clerk.store.get(key)).await?;
            self.state = noted.and_then(|text| serde_json::from_str(&text).ok());
        }
        let fell_ill = fault.is_some() && self.state.as_ref().is_none_or(|s| s.fault.is_none());
        let fresh = match &self.state {
            Some(state) if state.fault == fault => {
                if now.duration_since(state.last) < STILL_WELL {
                    return Ok(false);
                }
                LineState { last: now, ..state.clone() }
            }
            // Ill in another way is ill all the same, since then.
            Some(state) if state.fault.is_some() && fault.is_some() => LineState { last: now, fault, ..state.clone() },
            Some(_) | None => LineState { since: now, last: now, fault },
        };
        self.state = Some(fresh.clone());
        let text = serde_json::to_string(&fresh)?;
        bell.ask(move |clerk, _| clerk.store.set(key, &text)).await?;
        Ok(fell_ill)
    }
}
