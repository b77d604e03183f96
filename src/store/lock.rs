//! One daemon a file: a lock that stands beside it and says who holds it.
use crate::store::db::file_error;
use crate::store::fault::StoreError;
use anyhow::Result;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Held as long as it lives; the system lets go of it when the process ends, however it ends.
pub(crate) struct Lock {
    file: File,
    /// The process number of the last daemon that opened the cabinet; empty before the first. A second line says that it found
    /// damage.
    last: String,
}

const SUSPECT: &str = "\nhay que revisar el archivo entero";

impl Lock {
    /// The lock of the cabinet at `path`, `<path>.lock`.
    pub(crate) fn take(path: &Path) -> Result<Lock> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let beside = PathBuf::from(beside);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&beside);
        let mut file = opened.map_err(|e| file_error(&beside, e))?;
        let taken = file.try_lock();
        let mut last = String::new();
        file.read_to_string(&mut last)?;
        match taken {
            Ok(()) => Ok(Lock { file, last }),
            Err(TryLockError::WouldBlock) => {
                let process = last.lines().next().map(str::to_owned);
                Err(StoreError::Held { path: path.to_owned(), process }.into())
            }
            Err(TryLockError::Error(error)) => Err(file_error(&beside, error)),
        }
    }

    /// Has a daemon worked with this cabinet before? Then an absent or empty file is a loss, not a beginning.
    pub(crate) fn is_signed(&self) -> bool {
        !self.last.is_empty()
    }

    /// Did the last daemon end because of damage?
    pub(crate) fn is_suspect(&self) -> bool {
        self.last.ends_with(SUSPECT)
    }

    /// Says whose it is now that the cabinet is open.
    pub(crate) fn sign(mut self) -> Result<Lock> {
        self.write(&std::process::id().to_string())?;
        Ok(self)
    }

    /// Says that the cabinet is damaged: nobody works with it before all of it was looked over.
    pub(crate) fn suspect(&mut self) -> Result<()> {
        self.write(&format!("{}{SUSPECT}", std::process::id()))
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        Ok(self.file.write_all(text.as_bytes())?)
    }
}
