//! The office's handbook: rules, people, hours and letters of one folder, checked together and put to work together.
//!
//! A folder is either whole or refused; the desk never works by half of it. The shipped folder is in the binary.
use crate::desk::decision::Office;
use crate::desk::office;
use crate::letter::template::Templates;
use crate::mail::message::Address;
use crate::office::rulefile::RuleError;
use crate::reading::rules::{Files, Rules};
use crate::spanish::refusal;
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::Path;

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Where in a folder of rules its files lie: every `.toml` of the folder itself, every `.txt` of the letters and of the ready
/// answers.
pub const FOLDERS: [&str; 3] = ["", "cartas", READY];
/// An office may have no ready answers.
const READY: &str = "cartas/plantillas";
/// Octets of one file, at most: fifty times the longest that is shipped.
const LARGEST: u64 = 2 << 20;

/// All that an admin writes, compiled.
pub struct Handbook {
    pub rules: Rules,
    pub office: Office,
    pub letters: Templates,
    /// The first 12 hexadecimal digits of the SHA-256 over all files: which handbook read a mail.
    pub version: String,
    pub warnings: Vec<RuleError>,
}

impl Handbook {
    /// Compiles every file; on any error all faults of all files, errors and warnings, in the order of files and lines.
    pub fn load(files: &Files, mailbox: &Address) -> Result<Handbook, Vec<RuleError>> {
        let mut faults = Vec::new();
        let rules = Rules::load(files, &mut faults);
        let office = office::load(files, &mailbox.correo, &mut faults);
        let letters = Templates::load(files, &mut faults);
        faults.sort();
        faults.dedup();
        match (rules, office, letters) {
            (Some(rules), Some(office), Some(letters)) if faults.iter().all(|f| f.warning) => {
                Ok(Handbook { rules, office, letters, version: version(files), warnings: faults })
            }
            (_, _, _) => Err(faults),
        }
    }
}

/// The rules that are built into the binary.
pub fn shipped() -> Files {
    let mut files = Files::new();
    collect(&SHIPPED, &mut files);
    files
}

fn collect(dir: &Dir<'_>, files: &mut Files) {
    for file in dir.files().filter(|f| is_rule_file(f.path())) {
        files.insert(file.path().to_string_lossy().into_owned(), file.contents_utf8().unwrap_or_default().to_owned());
    }
    for inner in dir.dirs().filter(|inner| inner.path().starts_with("cartas")) {
        collect(inner, files);
    }
}

/// Every rule file of a folder. The error is one sentence for the admin.
pub fn from_dir(dir: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    for folder in FOLDERS {
        let path = dir.join(folder);
        if folder == READY && !path.exists() {
            continue;
        }
        let entries = fs::read_dir(&path).map_err(|error| refused("la carpeta de reglas ", &path, &error))?;
        for entry in entries {
            let file = entry.map_err(|error| refused("la carpeta de reglas ", &path, &error))?.path();
            if !file.is_file() || !is_rule_file(&file) {
                continue;
            }
            let octets = fs::metadata(&file).map_err(|error| refused("", &file, &error))?.len();
            if octets > LARGEST {
                return Err(format!("{} pesa {octets} octetos, y caben {LARGEST}; pártalo o límpielo", file.display()));
            }
            let text = fs::read_to_string(&file).map_err(|error| refused("", &file, &error))?;
            let name = Path::new(folder).join(file.file_name().unwrap_or_default());
            files.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    Ok(files)
}

fn refused(what: &str, path: &Path, error: &io::Error) -> String {
    format!("no se puede leer {what}{}: {}", path.display(), refusal::say(error))
}

/// A folder that cannot be read, as a fault among the faults of its files.
pub fn unreadable(dir: &Path, what: String) -> RuleError {
    RuleError { file: dir.display().to_string(), line: 1, column: 1, source: String::new(), what, warning: false }
}

fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "toml" || e == "txt")
}

fn version(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    format!("{:.12x}", hash.finalize())
}
