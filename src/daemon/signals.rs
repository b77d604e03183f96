//! TERM and INT end the daemon; HUP, or a change of the rules, makes it read them again.
use crate::daemon::rules::Watcher;
use crate::daemon::shared::{Shared, tell_systemd};
use anyhow::{Context, Result};
use sd_notify::NotifyState;
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
pub(crate) async fn listen(signals: Signals, shared: &Shared, mut watcher: Watcher) {
    let Signals { mut term, mut int, mut hup } = signals;
    loop {
        tokio::select! {
            _ = term.recv() => return,
            _ = int.recv() => return,
            _ = hup.recv() => {}
            () = watcher.changed() => {}
        }
        read_again(shared, &mut watcher).await;
    }
}

/// New rules take the place of the old ones between two mails; bad ones leave the old ones at work.
async fn read_again(shared: &Shared, watcher: &mut Watcher) {
    tell_systemd(&[NotifyState::Reloading]);
    if let Err(error) = watcher.read_again(shared).await {
        tracing::error!(error = format!("{error:#}"), "the rules were not read again");
    }
    shared.letters.notify_one();
    tell_systemd(&[NotifyState::Ready]);
}
