//! The rules at work give way to new ones: on a HUP, and when the folder has changed and then been quiet for a while.
//!
//! The folder is looked at, not listened to: a network disk tells nobody of a change made elsewhere, and a look at some
//! thirty files a few times a minute costs nothing.
use crate::daemon::shared::Shared;
use crate::exam::gate::{self, Fallen};
use crate::exam::paper::{self, EXAMPLES, Example};
use crate::handbook::{self, FOLDERS, Handbook};
use crate::office::rulefile::RuleError;
use crate::reading::rules::Files;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// How often the folder is looked at while nothing changes, so that a desk at rest sleeps.
const LOOK: Duration = Duration::from_secs(15);
/// How often once something has changed, until it stands still.
const CLOSER: Duration = Duration::from_secs(2);
/// Looks in a row that must see the same: editors write in several steps, and an admin changes several files.
const QUIET_LOOKS: u32 = 2;
/// Faults and examples that the administrator's letter lists.
const TOLD: usize = 60;

/// Size, time and number of each file.
type Look = BTreeMap<PathBuf, (u64, Option<SystemTime>, u64)>;

/// Watches the folder, and remembers which set was refused last.
pub(crate) struct Watcher {
    dir: Option<PathBuf>,
    /// As the folder was when its rules were read last; absent before the first look.
    read: Option<Look>,
    seen: Look,
    quiet: u32,
    /// What was refused, and why: the same is not told twice.
    refused: Option<String>,
}

/// What lies in the folder, or why it cannot be used.
type Found = Result<(Files, Vec<Example>), Vec<RuleError>>;

impl Watcher {
    pub(crate) fn new(dir: Option<PathBuf>) -> Watcher {
        Watcher { dir, read: None, seen: Look::new(), quiet: 0, refused: None }
    }

    /// Returns when the folder has changed since it was read and stands still. Safe to drop and ask again.
    pub(crate) async fn changed(&mut self) {
        let Some(dir) = self.dir.clone() else { return pending().await };
        loop {
            match &self.read {
                None => {}
                Some(read) => sleep(if *read == self.seen { LOOK } else { CLOSER }).await,
            }
            let dir = dir.clone();
            // In a thread of its own: a network disk that hangs must not hold the loops.
            let Ok(look) = spawn_blocking(move || look(&dir)).await else { continue };
            self.quiet = if look == self.seen { self.quiet + 1 } else { 0 };
            self.seen = look;
            match &self.read {
                None => self.read = Some(self.seen.clone()),
                Some(read) if *read != self.seen && self.quiet >= QUIET_LOOKS => return,
                Some(_) => {}
            }
        }
    }

    /// Puts the rules of the folder to work, if they are whole and read the examples as well as those at work do.
    pub(crate) async fn read_again(&mut self, shared: &Shared) -> Result<()> {
        let dir = self.dir.clone();
        let (look, found) = spawn_blocking(move || match dir {
            Some(dir) => (look(&dir), find(&dir)),
            None => (Look::new(), Ok((handbook::shipped(), Vec::new()))),
        })
        .await?;
        (self.read, self.quiet) = (Some(look), 0);
        let refused = self.refused.take();
        let errand = shared.bell.ask(move |clerk, now| {
            let tried = found.and_then(|(files, examples)| Ok((Handbook::load(&files, &clerk.desk)?, examples)));
            let why = match tried {
                Err(faults) => Refusal::Faults(faults),
                Ok((fresh, examples)) => match gate::fallen(&clerk.handbook, &fresh, &examples) {
                    fallen if fallen.is_empty() => {
                        tracing::info!(version = fresh.version, warnings = fresh.warnings.len(), "rules read again");
                        clerk.adopt(fresh);
                        return Ok(None);
                    }
                    fallen => Refusal::Fallen(fallen),
                },
            };
            let (what, detail) = (why.what(), why.detail());
            why.log();
            if refused.as_ref() != Some(&detail) {
                clerk.tell_administrator(what, &detail, now)?;
            }
            Ok(Some(detail))
        });
        self.refused = errand.await?;
        Ok(())
    }
}

/// Why a set of rules is not put to work.
enum Refusal {
    Faults(Vec<RuleError>),
    Fallen(Vec<Fallen>),
}

impl Refusal {
    fn what(&self) -> &'static str {
        match self {
            Refusal::Faults(_) => "Las reglas nuevas tienen errores: la mesa sigue trabajando con las anteriores.",
            Refusal::Fallen(_) => {
                "Las reglas nuevas leen peor los ejemplos: la mesa sigue trabajando con las anteriores."
            }
        }
    }

    fn detail(&self) -> String {
        let mut lines: Vec<String> = match self {
            Refusal::Faults(faults) => {
                let line = |fault: &RuleError| format!("{}, línea {}: {}", fault.file, fault.line, fault.what);
                faults.iter().filter(|fault| !fault.warning).map(line).collect()
            }
            Refusal::Fallen(fallen) => {
                let line = |f: &Fallen| format!("{EXAMPLES}/{}: deja de leerse bien: {}", f.stem, f.boxes.join(", "));
                fallen.iter().map(line).collect()
            }
        };
        let more = lines.len().saturating_sub(TOLD);
        lines.truncate(TOLD);
        if more > 0 {
            lines.push(format!("y {more} más; «mesa-tic check» los dice todos"));
        }
        lines.join("\n")
    }

    /// One line, with file and line of the first fault; no words of anybody.
    fn log(&self) {
        const REFUSED: &str = "the new rules are faulty; the old ones stay at work";
        match self {
            Refusal::Faults(faults) => {
                let first = faults.iter().find(|fault| !fault.warning);
                let place = first.map(|fault| format!("{}:{}", fault.file, fault.line));
                tracing::error!(faults = faults.len(), first = place, "{REFUSED}");
            }
            Refusal::Fallen(fallen) => tracing::error!(examples = fallen.len(), "{REFUSED}"),
        }
    }
}

fn find(dir: &Path) -> Found {
    let files = handbook::from_dir(dir).map_err(|what| vec![handbook::unreadable(dir, what)])?;
    Ok((files, paper::beside(dir)?))
}

fn look(dir: &Path) -> Look {
    let mut look = Look::new();
    for folder in FOLDERS.into_iter().chain([EXAMPLES]) {
        for entry in fs::read_dir(dir.join(folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            let ours = path.extension().is_some_and(|e| e == "toml" || e == "txt" || e == "eml");
            if let Some(about) = fs::metadata(&path).ok().filter(|about| ours && about.is_file()) {
                look.insert(path, (about.len(), about.modified().ok(), about.ino()));
            }
        }
    }
    look
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Whatever is loaded is watched: a change of it goes to work.
    #[test]
    fn every_folder_that_is_loaded_is_watched() {
        let dir = tempfile::tempdir().unwrap();
        for folder in FOLDERS {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
            fs::write(dir.path().join(folder).join("uno.txt"), "x").unwrap();
        }
        let loaded = handbook::from_dir(dir.path()).unwrap();
        let watched = look(dir.path());
        assert_eq!(loaded.len(), 3);
        for name in loaded.keys() {
            assert!(watched.contains_key(&dir.path().join(name)), "{name}");
        }
    }
}
