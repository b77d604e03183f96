//! What the verbs work with: the config, the handbook and the store, found where the command line says.
use crate::cli::args::Common;
use crate::config::{Config, Orders};
use crate::daemon;
use crate::desk::decision::Office;
use crate::desk::office;
use crate::handbook;
use crate::handbook::Handbook;
use crate::mail::message::Address;
use crate::office::rulefile::RuleError;
use crate::reading::rules::Files;
use crate::seal::Seal;
use crate::seal::keyfile;
use crate::spanish::refusal;
use crate::spanish::when;
use crate::store::db::Store;
use anyhow::{Context, Result};
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf, absolute};

const USUAL: &str = "/etc/mesa-tic/config.toml";

/// The person at the terminal has to change something: a flag, the config, a rule. Exit code 2.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// The path of the config: `--config`, else `$MESA_CONFIG`, else the usual one.
pub(crate) fn path(common: &Common) -> PathBuf {
    let named =
        common.config.clone().or_else(|| env::var_os("MESA_CONFIG").filter(|v| !v.is_empty()).map(PathBuf::from));
    named.unwrap_or_else(|| USUAL.into())
}

/// The config, whole; or every fault of it.
pub(crate) fn config(common: &Common) -> Result<Config> {
    let path = path(common);
    let hint = "indique otra con --config ARCHIVO, o copie config.example.toml";
    let text = fs::read_to_string(&path).map_err(|error| {
        WrongUse(format!("no se puede leer la configuración {}: {}; {hint}", path.display(), refusal::say(&error)))
    })?;
    // Whole from the root: a program named by a bare word would be looked for in $PATH instead.
    let whole = absolute(&path).context("no se sabe en qué carpeta se está")?;
    let dir = whole.parent().unwrap_or(Path::new("/"));
    Config::parse(&path.display().to_string(), &text, dir).map_err(|faults| listing("la configuración", &faults).into())
}

/// The rule files: `--rules`, else those that the config names, else the built-in ones; with where they came from.
pub(crate) fn files(common: &Common, config: Option<&Config>) -> Result<(Files, String)> {
    match common.rules.as_ref().or(config.and_then(|c| c.rules.as_ref())) {
        Some(dir) => {
            let files = handbook::from_dir(dir).map_err(WrongUse)?;
            Ok((files, dir.display().to_string()))
        }
        None => Ok((handbook::shipped(), "incluidas en el programa".to_owned())),
    }
}

/// The handbook for a desk that has a config.
pub(crate) fn handbook(common: &Common, config: &Config) -> Result<Handbook> {
    let (files, place) = files(common, Some(config))?;
    Handbook::load(&files, &config.desk).map_err(|faults| listing(&format!("las reglas ({place})"), &faults).into())
}

/// People, hours and terms alone: who looks at a case or at the agenda does not wait until every phrase of the rules is compiled.
pub(crate) fn office(common: &Common, config: &Config) -> Result<Office> {
    let (files, place) = files(common, Some(config))?;
    let mut faults = Vec::new();
    let office = office::load(&files, &config.desk.correo, &mut faults);
    let whole = office.filter(|_| faults.iter().all(|fault| fault.warning));
    whole.ok_or_else(|| listing(&format!("las reglas ({place})"), &faults).into())
}

/// The handbook for verbs that only read mails: the config is used when there is one, and not missed when there is none.
pub(crate) fn handbook_to_read_with(common: &Common) -> Result<Handbook> {
    if common.config.is_some() || path(common).is_file() {
        return handbook(common, &config(common)?);
    }
    handbook_without_config(common)
}

/// The handbook of `--rules`, or the built-in one.
pub(crate) fn handbook_without_config(common: &Common) -> Result<Handbook> {
    let (files, place) = files(common, None)?;
    let nobody = Address { correo: "mesa@localhost".to_owned(), nombre: None };
    Handbook::load(&files, &nobody).map_err(|faults| listing(&format!("las reglas ({place})"), &faults).into())
}

/// What seals the letters. The keys are made when there are none yet.
pub(crate) fn seal(config: &Config) -> Result<Seal> {
    let Orders { policy, plus_address, keys } = config.orders.clone();
    let today = when::day_of(daemon::now());
    Ok(Seal { ring: keyfile::open(&keys, today)?, policy, plus_address })
}

/// The store, for looking only; it may be in use by the daemon.
pub(crate) fn store(common: &Common) -> Result<Store> {
    let config = config(common)?;
    Store::open_read(&config.database).with_context(|| format!("base de datos {}", config.database.display()))
}

/// The store, for a small change beside the running daemon.
pub(crate) fn store_beside(common: &Common) -> Result<Store> {
    let config = config(common)?;
    Store::open_beside(&config.database).with_context(|| format!("base de datos {}", config.database.display()))
}

/// Every fault, and how many.
pub(crate) fn listing(of: &str, faults: &[RuleError]) -> WrongUse {
    let (warnings, errors): (Vec<_>, Vec<_>) = faults.iter().partition(|f| f.warning);
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let count = match (errors.len(), warnings.len()) {
        (1, 0) => "1 error".to_owned(),
        (n, 0) => format!("{n} errores"),
        (n, w) => format!("errores: {n}; advertencias: {w}"),
    };
    WrongUse(format!("{of}: {count}; no se cambió nada\n{}", lines.join("\n")))
}
