//! A `Reading` becomes a `Decision`: facts and letters, as values. Pure: everything it needs is an argument.
pub mod decision;
pub mod office;
use crate::desk::decision::{Decision, Office, Situation};
use crate::mail::message::Mail;
use crate::reading::note::Reading;
use jiff::Timestamp;

/// What one mail causes.
pub fn decide(
    _office: &Office,
    _now: Timestamp,
    _received: Timestamp,
    _mail: &Mail,
    _reading: &Reading,
    _situation: &Situation,
) -> Decision {
    todo!()
}
