//! `status`, `reconcile` and `backup`: is the desk well, are its books in order, and a copy of them.
use crate::cli::args::Common;
use crate::cli::setting;
use crate::cli::terminal::{BOLD, GREEN, RED, YELLOW, complain, paint, say, say_json};
use crate::daemon;
use crate::daemon::alarm::{self, Signs, Trouble};
use crate::daemon::line::LineState;
use crate::spanish::when;
use crate::store::status::Status;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

#[derive(Serialize)]
struct Health {
    #[serde(flatten)]
    status: Status,
    /// How the daemon last found its lines; absent when it has never used them.
    buzon: Option<LineState>,
    salida: Option<LineState>,
    /// What has been out of order for longer than the config grants.
    alarmas: Vec<Trouble>,
}

pub(crate) fn status(common: &Common, json: bool) -> Result<ExitCode> {
    let store = setting::store(common)?;
    let after = setting::config(common)?.care.alarm.map_or(alarm::USUAL, |alarm| alarm.after);
    let signs = Signs::of(&store, None)?;
    let alarmas = signs.judge(after, daemon::now());
    let health = Health { status: store.status()?, buzon: signs.inbox, salida: signs.outbox, alarmas };
    if json {
        say_json(&health)?;
    } else {
        say(&tell(&health));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(health: &Health) -> String {
    let (status, none) = (&health.status, || "ninguno todavía".to_owned());
    let mut lines = vec![
        format!("Buzón de entrada     {}", tell_line(health.buzon.as_ref())),
        format!("Correo de salida     {}", tell_line(health.salida.as_ref())),
        format!("Último correo        {}", status.ultimo_recibido.map_or_else(none, when::say)),
        format!("Correos              {}", counts(&status.correos)),
        format!("Por trabajar         {}", status.por_trabajar),
        format!("En cuarentena        {}", alarming(status.cuarentena, "vea «mesa-tic quarantine list»")),
        format!("Casos                {} en total; abiertos: {}", status.casos, counts(&status.abiertos_por_estado)),
        format!("Abiertos             {}", counts(&status.abiertos_por_prioridad)),
        format!("Cartas               {}", counts(&status.cartas)),
        format!("Las devuelven        {}", alarming(status.direcciones_marcadas, "vea «mesa-tic outbox marked»")),
    ];
    if status.por_mover > 0 {
        lines.push(format!("Por mover            {} atendidos que siguen en el buzón", status.por_mover));
    }
    if let Some(oldest) = status.carta_mas_antigua {
        lines.push(format!("Carta más antigua    espera desde el {}", when::say(oldest)));
    }
    lines.extend(health.alarmas.iter().map(|trouble| paint(RED, &format!("ALARMA: {}", alarm::tell(trouble)))));
    lines.join("\n")
}

fn tell_line(state: Option<&LineState>) -> String {
    match state {
        None => "sin usar todavía".to_owned(),
        Some(LineState { fault: None, last, .. }) => {
            format!("{}, última vez el {}", paint(GREEN, "bien"), when::say(*last))
        }
        Some(LineState { fault: Some(why), since, .. }) => {
            format!("{} desde el {}: {why}", paint(RED, "sin servicio"), when::say(*since))
        }
    }
}

fn counts(of: &BTreeMap<String, u64>) -> String {
    if of.is_empty() {
        return "ninguno".to_owned();
    }
    of.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

fn alarming(count: u64, hint: &str) -> String {
    if count == 0 { "0".to_owned() } else { paint(YELLOW, &format!("{count}; {hint}")) }
}

pub(crate) fn reconcile(common: &Common, whole: bool, json: bool) -> Result<ExitCode> {
    let store = setting::store(common)?;
    let before = if whole { None } else { store.proven()? };
    let findings = match &before {
        Some(proven) => store.reconcile_after(proven)?,
        None => {
            let (findings, proven) = store.prove(daemon::now())?;
            if let Some(proven) = proven.filter(|_| store.is_large().unwrap_or_default()) {
                // Whoever may only read proves it all again the next time.
                let _ = setting::store_beside(common).and_then(|mut store| store.note_proven(&proven));
            }
            findings
        }
    };
    if json {
        say_json(&findings)?;
    } else if findings.is_empty() {
        say("Todo cuadra: cada correo terminó en un solo lugar y cada caso es la suma de sus hechos.");
        if let Some(proven) = before {
            say(&format!(
                "Se revisó lo nuevo; lo anterior se comprobó entero el {}. Para comprobarlo todo otra vez: «mesa-tic reconcile --todo».",
                when::say(proven.cuando)
            ));
        }
    } else {
        for finding in &findings {
            say(&format!(
                "{} {}\n  {}\n  {}",
                paint(RED, "✗"),
                paint(BOLD, &finding.que),
                finding.donde,
                finding.remedio
            ));
        }
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn backup(common: &Common, file: &Path) -> Result<ExitCode> {
    setting::store(common)?.backup(file)?;
    complain(&format!(
        "Copia completa en {}. Para restaurarla, detenga el servicio y use «mesa-tic restore {}».",
        file.display(),
        file.display()
    ));
    Ok(ExitCode::SUCCESS)
}
