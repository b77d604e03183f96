//! TERM and INT end the daemon; HUP makes it read its rules again.
use crate::daemon::shared::{Reload, Shared, tell_systemd};
use crate::office::rulefile::RuleError;
use anyhow::{Context, Result};
use sd_notify::NotifyState;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that are ours from the moment this value exists.
pub(crate) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    pub(crate) fn catch() -> Result<Signals> {
        let catch = |kind| signal(kind).context("no se pueden recibir señales del sistema");
        let [term, int, hup] = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(catch);
        Ok(Signals { term: term?, int: int?, hup: hup? })
    }
}

/// Returns when TERM or INT comes.
pub(crate) async fn listen(signals: Signals, shared: &Shared, reload: Reload) {
    let Signals { mut term, mut int, mut hup } = signals;
    let reload = Arc::new(reload);
    loop {
        tokio::select! {
            _ = term.recv() => return,
            _ = int.recv() => return,
            _ = hup.recv() => read_again(shared, Arc::clone(&reload)).await,
        }
    }
}

/// New rules take the place of the old ones between two mails; bad ones leave the old ones at work.
async fn read_again(shared: &Shared, reload: Arc<Reload>) {
    tell_systemd(&[NotifyState::Reloading]);
    let done = shared.bell.ask(move |clerk, now| {
        match reload() {
            Ok(handbook) => {
                tracing::info!(version = handbook.version, warnings = handbook.warnings.len(), "rules read again");
                clerk.handbook = handbook;
            }
            Err(faults) => {
                for fault in &faults {
                    tracing::error!(file = fault.file, line = fault.line, "fault in the rules");
                }
                tracing::error!(faults = faults.len(), "the new rules are faulty; the old ones stay at work");
                let what = "Las reglas nuevas tienen errores: la mesa sigue trabajando con las anteriores.";
                clerk.tell_administrator(what, &detail(&faults), now)?;
            }
        }
        Ok(())
    });
    if let Err(error) = done.await {
        tracing::error!(error = format!("{error:#}"), "the rules were not read again");
    }
    shared.letters.notify_one();
    tell_systemd(&[NotifyState::Ready]);
}

fn detail(faults: &[RuleError]) -> String {
    let line = |fault: &RuleError| format!("{}, línea {}: {}", fault.file, fault.line, fault.what);
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}
