//! A calendar of anybody's making is read or left; what it says of time is time.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mesa_tic::ical::read::read;
use mesa_tic::spanish::when::bogota;

fuzz_target!(|text: &str| {
    for declared in [None, Some("REPLY"), Some("REQUEST")] {
        read(text, declared, &bogota());
    }
});
