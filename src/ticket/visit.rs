//! A visit: the day and the hour that the procedure promises.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// When which technician comes, or calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The technician's `usuario` in `rules/personas.toml`.
    pub tecnico: String,
    pub start: Timestamp,
    pub end: Timestamp,
}
