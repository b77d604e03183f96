//! A calendar of anybody's making is read or left; what it says of time is time.
use mesa_tic::ical::read::read;
use mesa_tic::spanish::when::bogota;

pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // The method that the mail's header declares, if any: one of three, so that an execution is short.
    let declared = [None, Some("REPLY"), Some("REQUEST")][bytes.len() % 3];
    read(&text, declared, &bogota());
}
