//! A calendar of anybody's making is read or left; what it says of time is time.
use mesa_tic::ical::read::read;
use mesa_tic::spanish::when::bogota;

pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for declared in [None, Some("REPLY"), Some("REQUEST")] {
        read(&text, declared, &bogota());
    }
}
