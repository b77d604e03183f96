//! Where mail comes from.
pub mod raw;
