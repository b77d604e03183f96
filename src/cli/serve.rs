//! `run`: the daemon, or one round of it.
use crate::clerk::Clerk;
use crate::cli::args::Common;
use crate::cli::setting;
use crate::cli::terminal::complain;
use crate::crash;
use crate::daemon;
use crate::exam::gate;
use crate::exam::paper;
use crate::handbook::Handbook;
use crate::store::canary::Sender;
use crate::store::db::Store;
use crate::store::fault;
use anyhow::{Context, Result, ensure};
use std::env;
use std::io::{IsTerminal, stderr};
use std::panic;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// What is logged when `MESA_LOG` does not say: our own doings, and the libraries' troubles.
const USUAL_LOG: &str = "warn,mesa_tic=info";
/// How long a full disk is given before it is tried again.
const NO_ROOM: Duration = Duration::from_secs(10);

pub(crate) fn run(common: &Common, once: bool) -> Result<ExitCode> {
    ensure!(
        !crash::is_out_of_place(),
        "{} es solo para las pruebas del programa: quítela del entorno del servicio",
        crash::VARIABLE
    );
    start_logging();
    let config = setting::config(common)?;
    let handbook = setting::handbook(common, &config)?;
    tracing::info!(rules = handbook.version, warnings = handbook.warnings.len(), "rules in order");
    let store = open(&config.database, once).context("no se puede trabajar con la base de datos")?;
    let rules = common.rules.clone().or_else(|| config.rules.clone());
    try_examples(&handbook, rules.as_deref());
    let (desk, administrator) = (config.desk.clone(), config.administrator.clone());
    let mut seal = setting::seal(&config)?;
    if let Some(canary) = store.canary(Sender::Daemon)? {
        seal.policy = canary.allows(&seal.policy);
        if seal.policy != config.orders.policy {
            tracing::warn!("the mail server does not vouch for senders; orders are confirmed (modo sin-ar)");
        }
    }
    let clerk = Clerk::new(store, handbook, desk, administrator, seal);
    if once {
        let tally = daemon::run_once(clerk, config)?;
        complain(&format!("Correos atendidos: {}. Cartas entregadas: {}.", tally.mails, tally.letters));
    } else {
        daemon::run(clerk, config, rules)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The store. The daemon waits for room on a full disk; whoever started one round hears of it instead.
fn open(database: &Path, once: bool) -> Result<Store> {
    loop {
        match Store::open(database, daemon::now()) {
            Err(error) if fault::is_full(&error) && !once => {
                tracing::warn!(error = format!("{error:#}"), "no room on the disk; trying again");
                daemon::still_starting(2 * NO_ROOM);
                thread::sleep(NO_ROOM);
            }
            opened => return opened,
        }
    }
}

/// The office's own examples ought to come out right; those that do not are told, and stop nobody from working.
fn try_examples(handbook: &Handbook, rules: Option<&Path>) {
    match rules.map_or_else(|| Ok(Vec::new()), paper::beside) {
        Ok(examples) => {
            let score = gate::score(handbook, &examples);
            if score.bien < score.de {
                tracing::warn!(wrong = score.de - score.bien, of = score.de, "examples are not read right");
            }
        }
        Err(faults) => tracing::warn!(faults = faults.len(), "the labels of the examples are faulty"),
    }
}

/// Text for who watches, JSON for what collects. Ids and counts only; never who wrote, nor what.
fn start_logging() {
    let filter = env::var("MESA_LOG").ok().and_then(|spec| EnvFilter::try_new(spec).ok());
    // async-imap traces whole mails, whoever asks for traces.
    let filter = filter.unwrap_or_else(|| USUAL_LOG.into());
    let filter = "async_imap=info".parse().map_or(filter.clone(), |quiet| filter.add_directive(quiet));
    let log = tracing_subscriber::fmt().with_writer(stderr).with_env_filter(filter);
    let started = match stderr().is_terminal() {
        true => log.compact().try_init(),
        false => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
    if started.is_err() {
        complain("advertencia: ya había un registro de eventos; se usa ese");
    }
    // A panic's own words may quote a mail: only its place is told.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "internal fault");
    }));
}
