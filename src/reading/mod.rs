//! A `Mail` becomes a `Reading`: what a careful clerk would write down. Pure: no clock, no disk, no history.
mod catalog;
pub mod command;
mod lexicon;
pub mod note;
pub mod rules;
pub mod tag;
mod words;
use crate::mail::message::Mail;
use crate::office::people::Directory;
use crate::reading::note::Reading;
use crate::reading::rules::Rules;

/// Reads one mail by the rules of the office.
pub fn read(_rules: &Rules, _people: &Directory, _mail: &Mail) -> Reading {
    todo!()
}
