//! Whatever somebody writes, his words are orders or complaints, and what is no order comes back as it was.
use mesa_tic::reading::command::sheet::{Hand, parse, take_apart};

pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let hand = [Hand::Office, Hand::House, Hand::Stranger][bytes.len() % 3];
    parse(&text, hand);
    take_apart(&text, hand);
}
