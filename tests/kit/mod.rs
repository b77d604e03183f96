//! What several test programs share. Each takes the parts it needs.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
pub mod fake;
pub mod servers;
