//! The commands a technician may write: their words, their grammar.
pub mod order;
pub mod sheet;
pub mod verbs;
pub use crate::reading::command::order::{CaseNumber, Command, Complaint};
pub use crate::reading::command::sheet::{Hand, parse, take_apart};
pub use crate::reading::command::verbs::{Needs, VERBS, Verb};
