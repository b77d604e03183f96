//! `check`: is all that the admin wrote in order; and, when asked, do both servers let us in.
use crate::cli::args::Common;
use crate::cli::canary;
use crate::cli::canary::Weight;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{DIM, GREEN, RED, YELLOW, paint, say};
use crate::config::{Config, Orders};
use crate::daemon;
use crate::daemon::Probed;
use crate::exam::gate;
use crate::exam::paper::{self, EXAMPLES};
use crate::handbook::Handbook;
use crate::inbox::setting::Setting as Inbox;
use crate::outbox::setting::Setting;
use crate::seal::identity::Policy;
use anyhow::{Error, Result};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(common: &Common, connect: bool) -> Result<ExitCode> {
    // Both are looked at, so that one run shows the faults of config and rules together.
    let config = setting::config(common);
    let handbook = match &config {
        Ok(config) => setting::handbook(common, config),
        Err(_) => setting::handbook_without_config(common),
    };
    let (config, handbook) = match (config, handbook) {
        (Ok(config), Ok(handbook)) => (config, handbook),
        (config, handbook) => {
            let errors = [config.err(), handbook.err()];
            let errors: Vec<String> = errors.iter().flatten().map(Error::to_string).collect();
            return Err(WrongUse(errors.join("\n\n")).into());
        }
    };
    well(&format!("configuración: {}", setting::path(common).display()));
    well(&format!("reglas y cartas: versión {}", handbook.version));
    let rules = common.rules.as_deref().or(config.rules.as_deref());
    if let Some(rules) = rules {
        try_examples(&handbook, rules)?;
    }
    let doubts = doubts(&config);
    for warning in handbook.warnings.iter().map(ToString::to_string).chain(doubts) {
        say(&format!("{} {warning}", paint(YELLOW, "!")));
    }
    match &config.orders.policy {
        Policy::Strict { authserv_id } => {
            well(&format!("órdenes por correo: modo estricto, por la palabra de «{authserv_id}»"));
        }
        Policy::Unverified => say(&format!(
            "{} órdenes por correo: modo sin-ar. El servidor no comprueba a los remitentes, y por eso la primera orden de \
             cada día se confirma por correo. Si el suyo escribe Authentication-Results, use modo = \"estricto\" en \
             [ordenes]: docs/administradores.md, «Quién puede dar órdenes por correo»",
            paint(YELLOW, "!")
        )),
    }
    if connect { log_in(config, &handbook) } else { Ok(ExitCode::SUCCESS) }
}

/// What is written as it may be and hardly meant so; some of it the first start mends (systemd makes its folders).
fn doubts(config: &Config) -> Vec<String> {
    let mut doubts = Vec::new();
    let folder_of = |path: &Path| path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
    let metrics = config.care.metrics.as_deref();
    for (what, file) in [("la base de datos", Some(config.database.as_path())), ("las cifras ([metricas])", metrics)] {
        if let Some(folder) = file.and_then(folder_of).filter(|folder| !folder.is_dir()) {
            doubts.push(format!("no existe la carpeta de {what}: {}", folder.display()));
        }
    }
    if config.administrator.correo.eq_ignore_ascii_case(&config.desk.correo) {
        doubts.push(format!(
            "«administrator» es la dirección de la mesa misma, {}: sus avisos no los leería nadie",
            config.desk.correo
        ));
    }
    if let Inbox::Maildir(folder) = &config.inbox {
        if !folder.path.is_dir() {
            doubts.push(format!("no existe el buzón {}: se creará vacío", folder.path.display()));
        }
        if matches!(&config.outbox, Setting::Maildir { path } if *path == folder.path) {
            doubts.push("[inbox] y [outbox] son la misma carpeta: la mesa leería sus propias cartas".to_owned());
        }
    }
    doubts
}

/// How the office's own examples come out. Wrong ones are shown; they keep nobody from working.
fn try_examples(handbook: &Handbook, rules: &Path) -> Result<()> {
    let examples = paper::beside(rules).map_err(|faults| setting::listing("los ejemplos", &faults))?;
    let score = gate::score(handbook, &examples);
    if score.de > 0 {
        well(&format!("ejemplos: {} de {} bien", score.bien, score.de));
    }
    for (stem, boxes) in &score.mal {
        say(&format!("{} {EXAMPLES}/{stem}: difiere en {}", paint(YELLOW, "!"), boxes.join(", ")));
    }
    Ok(())
}

fn log_in(config: Config, handbook: &Handbook) -> Result<ExitCode> {
    let [inbox, outbox] = daemon::probe(config.clone())?;
    let let_in = report("buzón de entrada", &inbox) & report("correo de salida", &outbox);
    let all_well = let_in && look_at_server(config, handbook);
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The desk writes to itself, and what comes of it is told.
fn look_at_server(config: Config, handbook: &Handbook) -> bool {
    if matches!(config.outbox, Setting::Maildir { .. }) {
        return true;
    }
    let Orders { policy, plus_address, .. } = config.orders.clone();
    let told = match daemon::fly(config, &handbook.office.people) {
        Ok(flown) => canary::report(&flown, &policy, plus_address),
        Err(error) => vec![(Weight::Wrong, format!("correo de prueba: {error:#}"))],
    };
    for (weight, line) in &told {
        match weight {
            Weight::Well => well(line),
            Weight::Warning => say(&format!("{} {line}", paint(YELLOW, "!"))),
            Weight::Wrong => say(&format!("{} {line}", paint(RED, "✗"))),
        }
    }
    told.iter().all(|(weight, _)| *weight != Weight::Wrong)
}

fn report(what: &str, probed: &Probed) -> bool {
    match probed {
        Ok(lines) => {
            well(what);
            lines.iter().for_each(|line| say(&format!("    {}", paint(DIM, line))));
        }
        Err(fault) => say(&format!("{} {what}: {fault}", paint(RED, "✗"))),
    }
    probed.is_ok()
}

fn well(what: &str) {
    say(&format!("{} {what}", paint(GREEN, "✓")));
}
