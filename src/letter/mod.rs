//! A `Letter` becomes a `Parcel`: the office's wording filled in and packed as a mail.
pub mod parcel;
pub mod template;
use crate::desk::decision::Letter;
use crate::letter::parcel::Parcel;
use crate::letter::template::Templates;
use crate::mail::message::Address;
use jiff::Timestamp;

/// Writes and packs one letter. `key` makes its Message-ID: the same letter of the same decision always has the same one.
pub fn render(_templates: &Templates, _sender: &Address, _letter: &Letter, _key: &str, _now: Timestamp) -> Parcel {
    todo!()
}
