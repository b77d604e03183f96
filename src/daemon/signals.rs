//! TERM and INT end the daemon; HUP, or a change of the rules, makes it read them again, and the keys with them.
use crate::daemon::rules::Watcher;
use crate::daemon::shared::{Shared, tell_systemd};
use crate::net::secret::Secret;
use crate::seal::keyfile;
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
pub(crate) async fn listen(signals: Signals, shared: &Shared, mut watcher: Watcher, keys: Secret) {
    let Signals { mut term, mut int, mut hup } = signals;
    loop {
        tokio::select! {
            _ = term.recv() => return,
            _ = int.recv() => return,
            _ = hup.recv() => {}
            () = watcher.changed() => {}
        }
        read_again(shared, &mut watcher, keys.clone()).await;
    }
}

/// New rules take the place of the old ones between two mails; bad ones leave the old ones at work.
async fn read_again(shared: &Shared, watcher: &mut Watcher, keys: Secret) {
    tell_systemd(&[NotifyState::Reloading]);
    if let Err(error) = read_keys(shared, keys).await {
        tracing::error!(error = format!("{error:#}"), "the keys were not read again");
    }
    if let Err(error) = watcher.read_again(shared).await {
        tracing::error!(error = format!("{error:#}"), "the rules were not read again");
    }
    shared.letters.notify_one();
    tell_systemd(&[NotifyState::Ready]);
}

/// New keys take the place of the old ones; a file that cannot be read leaves the old ones at work.
async fn read_keys(shared: &Shared, keys: Secret) -> Result<()> {
    let read = shared.bell.ask(move |clerk, now| {
        match keyfile::read(&keys) {
            Ok(ring) => clerk.seal.ring = ring,
            Err(error) => {
                tracing::error!("the keys cannot be read; the old ones stay at work");
                let what = "No se pudieron leer otra vez las llaves de las cartas: la mesa sigue con las anteriores.";
                clerk.tell_administrator(what, &format!("{error:#}"), now)?;
            }
        }
        Ok(())
    });
    read.await
}
