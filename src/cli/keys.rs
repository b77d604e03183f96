//! `mesa-tic keys`: the keys that sign the letters' ids are listed, followed by a new one, or revoked. Their secrets are not shown.
use crate::cli::args::{Common, Keys};
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{GREEN, paint, say, say_json, table, width};
use crate::daemon;
use crate::net::secret::Secret;
use crate::seal::keyfile;
use crate::seal::ring::Shown;
use crate::spanish::when;
use anyhow::{Context, Result};
use std::process::ExitCode;

/// What is left to do after a change.
const RELOAD: &str = "Si el servicio está en marcha, haga que las lea: systemctl reload mesa-tic";

pub(crate) fn run(common: &Common, what: Keys) -> Result<ExitCode> {
    let place = setting::config(common)?.orders.keys;
    let today = when::day_of(daemon::now());
    match what {
        Keys::List { json } => list(&place, json)?,
        Keys::New => {
            keyfile::open(&place, today)?;
            let secret = keyfile::fresh()?;
            let kid = keyfile::change(&place, |ring| ring.rotate(secret, today))?;
            let kid = kid.context("ya se usaron los 255 números de llave; empiece otro archivo")?;
            done(&format!("la llave {kid} firma desde ahora; la anterior solo verifica, por 400 días"));
        }
        Keys::Revoke { number } => {
            let secret = keyfile::fresh()?;
            let done_so = keyfile::change(&place, |ring| ring.revoke(number, secret, today))?;
            let unknown = || WrongUse(format!("no hay una llave {number}; vea «mesa-tic keys list»"));
            done_so.ok_or_else(unknown)?;
            done(&format!(
                "la llave {number} ya no vale; a las cartas que firmó no se les puede responder con órdenes"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(place: &Secret, json: bool) -> Result<()> {
    let keys = keyfile::read(place)?.list();
    if json {
        return say_json(&keys);
    }
    let row = |key: &Shown| {
        let since = key.desde.map(|day| day.to_string()).unwrap_or_default();
        vec![key.numero.to_string(), key.estado.to_string(), since]
    };
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    say(&table(width(), &["Número", "Estado", "Desde"], &rows));
    Ok(())
}

fn done(what: &str) {
    say(&format!("{} {what}\n{RELOAD}", paint(GREEN, "✓")));
}
