//! What can be wrong with the cabinet itself, in words that say what to do about it.
use rusqlite::ErrorCode;
use rusqlite::ffi;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a cabinet cannot be opened or used. The text is for the administrator and names the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// No such file.
    Missing {
        path: PathBuf,
    },
    /// The folder is missing in which the file is, or is to be made.
    NoFolder {
        folder: PathBuf,
    },
    Permission {
        path: PathBuf,
    },
    /// Another daemon holds the file; its process number where it is known.
    Held {
        path: PathBuf,
        process: Option<String>,
    },
    Damaged {
        path: PathBuf,
        detail: String,
    },
    /// Written by a newer program.
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// To be brought up to date by the daemon first.
    Older {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// A file of SQLite's, but none of ours.
    Foreign {
        path: PathBuf,
    },
    /// A daemon worked with it before, and now it is missing or empty.
    Gone {
        path: PathBuf,
    },
    /// There is a file already where a new one was to be written.
    Exists {
        path: PathBuf,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Missing { path } => write!(
                f,
                "no existe la base de datos {p}; revise `database` en la configuración, o inicie el servicio una vez \
                 (`mesa-tic run`) para que la cree",
                p = path.display()
            ),
            StoreError::NoFolder { folder } => write!(
                f,
                "no existe la carpeta {f}; corrija la ruta, o créela y désela al usuario del servicio:\n  \
                 sudo install -d -o mesa-tic -g mesa-tic -m 700 {f}",
                f = folder.display()
            ),
            StoreError::Permission { path } => write!(
                f,
                "no hay permiso para abrir {p}; ejecute la orden con el usuario del servicio (sudo -u mesa-tic …) o \
                 corrija el dueño del archivo y de su carpeta, que no puede estar en un disco de solo lectura",
                p = path.display()
            ),
            StoreError::Held { path, process } => {
                let who = process.as_ref().map(|id| format!(" (proceso {id})")).unwrap_or_default();
                write!(
                    f,
                    "otro mesa-tic{who} ya atiende la base de datos {p}; deténgalo antes de iniciar este \
                     (systemctl stop mesa-tic)",
                    p = path.display()
                )
            }
            StoreError::Damaged { path, detail } => write!(
                f,
                "la base de datos {p} está dañada ({detail}); no se tocó nada. Detenga el servicio y ponga en su lugar la \
                 última copia hecha con `mesa-tic backup`; lo que llegó después de ella se trabaja otra vez:\n  \
                 sudo -u mesa-tic mesa-tic restore COPIA",
                p = path.display()
            ),
            StoreError::Newer { path, found, known } => write!(
                f,
                "la base de datos {p} es de una versión más nueva del programa (esquema {found}; este conoce hasta el \
                 {known}); instale la versión de mesa-tic que la escribió, o una posterior",
                p = path.display()
            ),
            StoreError::Older { path, found, known } => write!(
                f,
                "la base de datos {p} es de una versión anterior (esquema {found}; este usa el {known}); inicie el \
                 servicio una vez (`mesa-tic run`) para actualizarla",
                p = path.display()
            ),
            StoreError::Foreign { path } => write!(
                f,
                "{p} no es una base de datos de mesa-tic; revise `database` en la configuración",
                p = path.display()
            ),
            StoreError::Gone { path } => write!(
                f,
                "la base de datos {p} desapareció o quedó vacía, y ya se había trabajado con ella; ponga en su lugar la \
                 última copia con `mesa-tic restore COPIA`. Solo si de verdad quiere empezar desde cero, con los números \
                 de caso desde el 1, borre {p}.lock",
                p = path.display()
            ),
            StoreError::Exists { path } => {
                write!(f, "ya existe {p}; elija otro nombre, aquí no se sobrescribe nada", p = path.display())
            }
        }
    }
}

impl std::error::Error for StoreError {}

/// Is the disk full (or a quota, or the file's own limit)? Then nothing was written, and waiting is the remedy.
pub fn is_full(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let sqlite = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error);
        let full = sqlite.is_some_and(|e| {
            // Where the shared index cannot grow, SQLite says so by a code of its own.
            e.code == ErrorCode::DiskFull || e.extended_code == ffi::SQLITE_IOERR_SHMSIZE
        });
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        full || matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    })
}

/// Is somebody else writing, longer than we wait?
fn is_busy(error: &anyhow::Error) -> bool {
    has_code(error, &[ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked])
}

/// Is the file itself broken?
pub fn is_damaged(error: &anyhow::Error) -> bool {
    let opened = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(StoreError::Damaged { .. })));
    opened || has_code(error, &[ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase])
}

/// What to do about a failure of SQLite's, for the administrator; `None` when its own text must do.
pub fn remedy(error: &anyhow::Error) -> Option<&'static str> {
    if is_full(error) {
        Some("no hay espacio en el disco: libere espacio; el servicio sigue solo cuando lo haya, y no se pierde nada")
    } else if is_busy(error) {
        Some("otro programa está escribiendo en la base de datos: espere un momento y repita la orden")
    } else if is_damaged(error) {
        Some("la base de datos está dañada: detenga el servicio y restaure la última copia hecha con `mesa-tic backup`")
    } else if has_code(error, &[ErrorCode::SystemIoFailure]) {
        Some("el disco no lee o no escribe bien: revise el disco y el registro del sistema (journalctl -k)")
    } else if has_code(error, &[ErrorCode::ReadOnly, ErrorCode::PermissionDenied, ErrorCode::CannotOpen]) {
        Some("no hay permiso de escritura: ejecute la orden con el usuario del servicio (sudo -u mesa-tic …)")
    } else {
        None
    }
}

/// A failure with its remedy in front, where there is one.
pub(crate) fn with_remedy(error: anyhow::Error) -> anyhow::Error {
    match remedy(&error) {
        Some(words) => error.context(words),
        None => error,
    }
}

fn has_code(error: &anyhow::Error, codes: &[ErrorCode]) -> bool {
    let code = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code)
    };
    error.chain().filter_map(code).any(|code| codes.contains(&code))
}
