//! The nouns of the office: the boxes of its form, its people, its hours, and the files in which an admin writes them down.
pub mod enlaces;
pub mod fields;
pub mod holidays;
pub mod hours;
pub mod legal;
pub mod people;
pub mod rulefile;
pub mod service;
