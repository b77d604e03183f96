//! The bell on the clerk's counter: ring it with an errand, wait for the answer. The clerk works alone, in a thread of its own.
use crate::clerk::Clerk;
use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use tokio::sync::{mpsc, oneshot};

type Errand = Box<dyn FnOnce(&mut Clerk) + Send>;

/// A way to reach the clerk. Clones ring the same bell; when the last is gone the clerk goes home.
#[derive(Clone)]
pub(crate) struct Bell(mpsc::Sender<Errand>);

impl Bell {
    /// Puts the clerk to work in a thread of its own.
    pub(crate) fn hire(mut clerk: Clerk) -> Result<Bell> {
        let (bell, mut errands) = mpsc::channel::<Errand>(16);
        let work = move || {
            while let Some(errand) = errands.blocking_recv() {
                // An errand that panics answers nobody; its caller learns of it, the clerk stays.
                drop(catch_unwind(AssertUnwindSafe(|| errand(&mut clerk))));
            }
        };
        thread::Builder::new().name("clerk".to_owned()).spawn(work).context("no se pudo crear un hilo")?;
        Ok(Bell(bell))
    }

    /// Runs one errand after those that wait already. `errand` gets the clerk and the hour at which it begins.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        errand: impl FnOnce(&mut Clerk, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let errand: Errand = Box::new(move |clerk| drop(answer.send(errand(clerk, now()))));
        self.0.send(errand).await.map_err(|_| anyhow!("the clerk is gone"))?;
        answered.await.map_err(|_| anyhow!("the clerk dropped an errand"))?
    }
}

/// The only clock of the daemon.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
