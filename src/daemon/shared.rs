//! What the daemon's loops share: the bell, the word that letters wait, and the word that it is time to go.
use crate::clerk::Clerk;
use crate::daemon::bell::Bell;
use crate::daemon::memory;
use crate::daemon::watchdog::Watchdog;
use anyhow::{Context, Result};
use sd_notify::NotifyState;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use tokio::sync::{Notify, watch};

#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) bell: Bell,
    /// Rung when letters were queued.
    pub(crate) letters: Arc<Notify>,
    /// Turns true when it is time to go.
    stop: watch::Receiver<bool>,
    watchdog: Watchdog,
}

impl Shared {
    pub(crate) fn new(bell: Bell, watchdog: Watchdog, stop: watch::Receiver<bool>) -> Shared {
        Shared { bell, letters: Arc::new(Notify::new()), stop, watchdog }
    }

    pub(crate) fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Works every mail that waits, batch by batch, and rings for the letters. Returns how many mails.
    pub(crate) async fn work(&self) -> Result<usize> {
        let mut total = 0;
        loop {
            let watchdog = self.watchdog.clone();
            let errand = self.bell.ask(move |clerk, now| {
                let _leash = watchdog.leash();
                clerk.work(now)
            });
            let done = errand.await?;
            if done == 0 {
                return Ok(total);
            }
            total += done;
            self.letters.notify_one();
            if self.stopping() {
                return Ok(total);
            }
        }
    }

    /// Works what waits, does what is due by now, and rings for the letters that are. A desk at rest is asked once.
    pub(crate) async fn pass(&self) -> Result<()> {
        let look = |clerk: &mut Clerk, now| {
            if !clerk.store.waiting(1)?.is_empty() {
                return Ok(None);
            }
            let new = clerk.store.call_back(now)? + clerk.tick(now)?;
            let due = new > 0 || clerk.store.is_due(now)?;
            if let Err(error) = clerk.store.rest() {
                tracing::warn!(error = format!("{error:#}"), "the log of the database stays as long as it is");
            }
            memory::give_back();
            Ok(Some(due))
        };
        let mut due = self.bell.ask(look).await?;
        if due.is_none() {
            self.work().await?;
            due = self.bell.ask(look).await?;
        }
        // Mails that came meanwhile are worked by whoever brought them.
        if due == Some(true) {
            self.letters.notify_one();
        }
        Ok(())
    }

    /// Sleeps, unless it is time to go.
    pub(crate) async fn rest(&mut self, how_long: Duration) {
        tokio::select! {
            () = tokio::time::sleep(how_long) => {}
            () = self.stopped() => {}
        }
    }

    /// Waits until it is time to go.
    pub(crate) async fn stopped(&mut self) {
        // An error means that the daemon itself is gone, which is time to go as well.
        drop(self.stop.wait_for(|stop| *stop).await);
    }
}

/// One thread turns all the loops: what takes long has threads of its own.
pub(crate) fn runtime() -> Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build().context("no se pudo iniciar")
}

/// Without systemd around this does nothing.
pub(crate) fn tell_systemd(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd did not listen");
    }
}
