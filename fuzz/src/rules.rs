//! A file that an admin spoils is refused with the places of its faults; it never takes the program down. The first octet says
//! which file it is. The other files of the folder are small ones: the shipped folder is slow to compile, and says no more.
use mesa_tic::config::Config;
use mesa_tic::mail;
use mesa_tic::mail::message::Mail;
use mesa_tic::office::hours::Hours;
use mesa_tic::office::people::Directory;
use mesa_tic::office::rulefile::RuleError;
use mesa_tic::office::service::Service;
use mesa_tic::reading;
use mesa_tic::reading::rules::{Files, Rules};
use std::path::Path;
use std::sync::LazyLock;

const SMALL: [(&str, &str); 9] = [
    ("categorias.toml", include_str!("../small/categorias.toml")),
    ("clases.toml", include_str!("../small/clases.toml")),
    ("contacto.toml", include_str!("../small/contacto.toml")),
    ("correo.toml", include_str!("../small/correo.toml")),
    ("dependencias.toml", include_str!("../small/dependencias.toml")),
    ("directorio.toml", include_str!("../small/directorio.toml")),
    ("prioridad.toml", include_str!("../small/prioridad.toml")),
    ("respuestas.toml", include_str!("../small/respuestas.toml")),
    ("ubicaciones.toml", include_str!("../small/ubicaciones.toml")),
];

/// What the rules are tried on.
static MAIL: LazyLock<Mail> = LazyLock::new(|| mail::parse(include_bytes!("../small/mail.eml")));
static PEOPLE: LazyLock<Directory> = LazyLock::new(|| Directory::load("personas.toml", "", &mut Vec::new()));

pub fn hold(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut faults = Vec::new();
    match which {
        b'c' => faults = Config::parse("config.toml", text, Path::new("/nonexistent")).err().unwrap_or_default(),
        b'p' => drop(Directory::load("personas.toml", text, &mut faults)),
        b'h' => drop(Hours::load("horario.toml", text, &mut faults)),
        b's' => drop(Service::load("servicio.toml", text, &mut faults)),
        b'1'..=b'9' => {
            let name = SMALL[usize::from(which - b'1')].0;
            // One time in eight the folder is whole, and put to work; else the others are missing from it, which is short.
            let others = SMALL.iter().filter(|_| text.len() % 8 == 0);
            let mut files: Files = others.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            files.insert(name.to_owned(), text.to_owned());
            match Rules::load(&files, &mut faults) {
                Some(rules) => drop(reading::read(&rules, &PEOPLE, &MAIL)),
                None => assert!(faults.iter().any(|fault| !fault.warning), "refused without a reason"),
            }
        }
        _ => {}
    }
    for fault in &faults {
        hold_together(fault, text);
    }
}

/// A fault stands on a line that is there, and can be printed.
fn hold_together(fault: &RuleError, text: &str) {
    assert!(fault.line >= 1 && fault.column >= 1, "{fault}");
    assert!(!fault.what.is_empty());
    let lines = text.split('\n').count();
    let is_of_another =
        SMALL.iter().any(|(name, small)| *name == fault.file && fault.line <= small.split('\n').count());
    assert!(fault.line <= lines || is_of_another, "{fault}");
}
