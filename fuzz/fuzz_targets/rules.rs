//! A file that an admin spoils is refused with the places of its faults; it never takes the program down. The first octet says
//! which file it is.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mesa_tic::config::Config;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::mail::message::Address;
use mesa_tic::office::hours::Hours;
use mesa_tic::office::people::Directory;
use mesa_tic::office::service::Service;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut errors = Vec::new();
    match which {
        b'c' => drop(Config::parse("config.toml", text, Path::new("/nonexistent"))),
        b'p' => drop(Directory::load("personas.toml", text, &mut errors)),
        b'h' => drop(Hours::load("horario.toml", text, &mut errors)),
        b's' => drop(Service::load("servicio.toml", text, &mut errors)),
        // The whole folder is slow to load: one file of it in a while.
        b'1'..=b'9' if rest.len() < 400 => {
            let mut files = shipped();
            let name = files.keys().nth(usize::from(*which - b'1')).cloned().unwrap_or_default();
            files.insert(name, text.to_owned());
            let desk = Address { correo: "mesa@magdalena.gov.co".into(), nombre: None };
            if let Err(faults) = Handbook::load(&files, &desk) {
                assert!(!faults.is_empty());
            }
        }
        _ => {}
    }
});
