//! What each fuzz target does with an input: it holds what must hold of any. Read by the targets of fuzz/, which make inputs by
//! chance, and by tests/fuzz_corpus.rs, which takes those that were kept.
pub mod calendar;
pub mod commands;
pub mod imap;
pub mod mail;
pub mod results;
pub mod rules;
pub mod token;
