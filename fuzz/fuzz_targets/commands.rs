//! Whatever somebody writes, his words are orders or complaints, and what is no order comes back as it was.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mesa_tic::reading::command::sheet::{Hand, parse, take_apart};

fuzz_target!(|text: &str| {
    for hand in [Hand::Office, Hand::House, Hand::Stranger] {
        parse(text, hand);
        take_apart(text, hand);
    }
});
