//! iCalendar (RFC 5545): a visit as a calendar sees it, and what a guest's calendar answers to it (iTIP, RFC 5546).
pub mod entry;
pub mod read;
pub mod reply;
pub mod write;
mod zone;
