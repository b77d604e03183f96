//! Bytes become a `Mail`. Never fails: the worst mail is an empty one.
pub mod body;
pub mod message;
use crate::mail::message::Mail;

/// Reads any bytes as a mail.
pub fn parse(_raw: &[u8]) -> Mail {
    todo!()
}
