//! The wire: against a private Dovecot and Postfix, and against servers that misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod imap_faults;
#[path = "../kit/mod.rs"]
mod kit;
mod real;
mod smtp_faults;
mod tls;
mod tokens;
