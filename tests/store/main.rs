//! The cabinet as a whole: what a day of mails leaves in it, and what a cut, a lock or a broken file does to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
mod days;
mod faults;
mod kit;
mod letters;
mod mails;
mod plans;
mod schema;
