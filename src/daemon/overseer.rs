//! A file that is too large to be looked over before the start is looked over while the desk works; damage ends the work.
use crate::daemon::shared::Shared;
use crate::store::db::Store;
use crate::store::fault;
use anyhow::{Context, Error, Result};
use std::future::pending;
use std::path::PathBuf;
use std::thread;
use tokio::sync::oneshot;

/// Returns only when the file is damaged, with the error that names the remedy. The next start looks all of it over first.
pub(crate) async fn damage(shared: Shared, database: PathBuf) -> Error {
    match look_over(&shared, database).await {
        Ok(()) => pending().await,
        Err(error) => error,
    }
}

async fn look_over(shared: &Shared, database: PathBuf) -> Result<()> {
    if !shared.bell.ask(|clerk, _| Ok(clerk.store.is_unseen())).await? {
        return Ok(());
    }
    let (tell, told) = oneshot::channel();
    let look = move || drop(tell.send(Store::look_over(&database)));
    thread::Builder::new().name("overseer".to_owned()).spawn(look).context("no se pudo crear un hilo")?;
    match told.await? {
        Ok(()) => tracing::info!("the whole file is sound"),
        Err(error) if fault::is_damaged(&error) => {
            tracing::error!("the file is damaged; nobody works with it any more");
            shared.bell.ask(|clerk, _| clerk.store.suspect()).await?;
            return Err(error);
        }
        Err(error) => tracing::warn!(error = format!("{error:#}"), "the file could not be looked over"),
    }
    Ok(())
}
