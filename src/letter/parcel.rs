//! A letter ready for the post: the exact bytes that are sent, and sent again.
use crate::mail::message::MessageId;

/// One recipient, one message; the bytes never change once they are in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    pub id: MessageId,
    pub to: String,
    /// RFC 5322, CRLF line ends.
    pub bytes: Vec<u8>,
}
