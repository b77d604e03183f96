//! What the program knows of Spanish as a language: accents, dates and hours, ordinals, telephones.
pub mod date_range;
pub mod date_words;
pub mod duration;
pub mod fold;
pub mod number;
pub mod phone;
pub mod refusal;
pub mod toml_words;
pub mod when;
