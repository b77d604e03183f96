//! Where letters go.
pub mod outcome;
