#![no_main]
use libfuzzer_sys::fuzz_target;
use mesa_tic_fuzz::imap::hold;

fuzz_target!(|bytes: &[u8]| hold(bytes));
