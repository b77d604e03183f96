//! What time alone brings: mails that were left over are worked, and systemd's watchdog is answered.
use crate::daemon::shared::{Shared, tell_systemd};
use sd_notify::NotifyState;
use std::time::Duration;

const TICK: Duration = Duration::from_secs(30);

/// Ticks until it is time to go.
pub(crate) async fn clock(mut shared: Shared) {
    let tick = tick();
    while !shared.stopping() {
        // The round trip to the clerk is the proof of life: a clerk that hangs leaves the watchdog to bite.
        match shared.pass().await {
            Ok(()) => tell_systemd(&[NotifyState::Watchdog]),
            Err(error) => {
                // A full disk or a busy file is no reason to be restarted: the next tick tries again.
                tell_systemd(&[NotifyState::Watchdog]);
                tracing::warn!(error = format!("{error:#}"), "waiting mails could not be worked; trying again");
            }
        }
        shared.rest(tick).await;
    }
}

/// Says that the clerk lives, until it is time to go: while mails after a copy are still to be worked again, time brings nothing.
pub(crate) async fn heartbeat(mut shared: Shared) {
    let tick = tick();
    while !shared.stopping() {
        if shared.bell.ask(|_, _| Ok(())).await.is_ok() {
            tell_systemd(&[NotifyState::Watchdog]);
        }
        shared.rest(tick).await;
    }
}

/// Thrice in what systemd's watchdog allows.
fn tick() -> Duration {
    sd_notify::watchdog_enabled().map_or(TICK, |limit| TICK.min(limit / 3))
}
