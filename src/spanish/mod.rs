//! What the program knows of Spanish as a language: accents, dates and hours, ordinals, telephones.
pub mod fold;
pub mod number;
pub mod phone;
pub mod refusal;
pub mod verdict;
pub mod when;
