//! Labelled mails: what a clerk wrote down after reading each, and how much of it a handbook reads right.
//!
//! Comparison: case, accents and blanks folded; the dependencia must be the canonical name to the letter; problema and the
//! new text of a reply count as right from a token F1 of 0.9 on. A case is wholly right when all its labels are.
pub mod gate;
pub mod label;
pub mod paper;
pub mod tally;
