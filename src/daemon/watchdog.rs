//! A mail that never comes to an end would stop all that follow: a thread of its own ends the process instead. The attempt is
//! counted already, the next start takes such a mail alone, and the third goes to the quarantine.
use crate::crash;
use anyhow::{Context, Result};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// A batch of 64 mails takes a second, the worst mail known a few. Shorter than the watchdog of the unit, so that the log says why.
pub(crate) const LIMIT: Duration = Duration::from_secs(100);

/// A dog that watches whoever holds it by a [`Leash`].
#[derive(Clone)]
pub(crate) struct Watchdog(Sender<Receiver<()>>);

/// While it is held the time runs; let go of, all is well.
pub(crate) struct Leash(#[allow(dead_code)] Sender<()>);

impl Watchdog {
    /// `bite` is called when a leash is held for longer than `limit`.
    pub(crate) fn new(limit: Duration, bite: impl Fn() + Send + 'static) -> Result<Watchdog> {
        let (watchdog, leashes) = channel::<Receiver<()>>();
        let watch = move || {
            for leash in leashes {
                // Nothing is ever said: either its other end goes away in time, or it does not.
                if leash.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                    bite();
                }
            }
        };
        thread::Builder::new().name("watchdog".to_owned()).spawn(watch).context("no se pudo crear un hilo")?;
        Ok(Watchdog(watchdog))
    }

    /// Its bite ends the process, at once and without clean-up: what is not committed did not happen.
    pub(crate) fn of_the_clerk() -> Result<Watchdog> {
        let limit = crash::patience().unwrap_or(LIMIT);
        Watchdog::new(limit, move || {
            tracing::error!(seconds = limit.as_secs(), "a mail does not come to an end; starting over without it");
            std::process::abort();
        })
    }

    pub(crate) fn leash(&self) -> Leash {
        let (held, watched) = channel();
        // Without the thread nobody is watched; the unit's own watchdog remains.
        drop(self.0.send(watched));
        Leash(held)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_bites_who_takes_too_long_and_nobody_else() {
        let (bitten, bites) = channel();
        let dog = Watchdog::new(Duration::from_millis(200), move || bitten.send(()).unwrap_or_default()).unwrap();
        for _ in 0..50 {
            drop(dog.leash());
        }
        assert_eq!(bites.recv_timeout(Duration::from_millis(600)), Err(RecvTimeoutError::Timeout));
        let held = dog.leash();
        bites.recv_timeout(Duration::from_secs(30)).unwrap();
        drop(held);
        drop(dog.leash());
        assert_eq!(bites.recv_timeout(Duration::from_millis(600)), Err(RecvTimeoutError::Timeout));
    }
}
