//! What the operating system refuses, in Spanish: its own words are English and mean little to who reads them.
use std::io;

/// «no existe», «sin permiso»; of rarer refusals the system's own words.
pub fn say(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no existe".to_owned(),
        io::ErrorKind::PermissionDenied => "sin permiso para usarlo con este usuario".to_owned(),
        io::ErrorKind::AlreadyExists => "ya existe".to_owned(),
        io::ErrorKind::IsADirectory => "es una carpeta".to_owned(),
        io::ErrorKind::NotADirectory => "no es una carpeta".to_owned(),
        io::ErrorKind::InvalidData => "no es un texto en UTF-8".to_owned(),
        io::ErrorKind::StorageFull => "no hay espacio en el disco".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "el disco es de solo lectura".to_owned(),
        _ => error.to_string(),
    }
}
