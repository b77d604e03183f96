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

/// What a letter will be known by, before a word of it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub id: MessageId,
    pub to: String,
    /// Where answers go when that is not the desk's bare address: a sealed address of its own.
    pub reply_to: Option<String>,
}
