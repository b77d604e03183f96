//! A file that is too large to be read while somebody waits is looked over and its books are proven while the desk works: at the
//! start, and every week. Damage ends the work; books out of order are told to the administrator.
use crate::clerk::Clerk;
use crate::daemon::bell::now;
use crate::daemon::shared::Shared;
use crate::store::db::Store;
use crate::store::fault;
use crate::store::reconcile::{Finding, Proven};
use anyhow::{Context, Error, Result};
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often it is looked whether it is time.
const LOOK: Duration = Duration::from_secs(60 * 60);
/// Books are proven again after so long.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Findings that the administrator's letter lists.
const TOLD: usize = 20;

/// Returns only when the file is damaged, with the error that names the remedy. The next start looks all of it over first.
pub(crate) async fn damage(mut shared: Shared, database: PathBuf) -> Error {
    // Of books that are not in order it is told once a week.
    let mut tried = None;
    loop {
        if let Err(error) = oversee(&shared, &database, &mut tried).await {
            if fault::is_damaged(&error) {
                tracing::error!("the file is damaged; nobody works with it any more");
                if let Err(error) = shared.bell.ask(|clerk, _| clerk.store.suspect()).await {
                    tracing::error!(error = format!("{error:#}"), "that could not be noted");
                }
                return error;
            }
            tracing::warn!(error = format!("{error:#}"), "the file could not be looked over");
        }
        shared.rest(LOOK).await;
    }
}

async fn oversee(shared: &Shared, database: &Path, tried: &mut Option<Timestamp>) -> Result<()> {
    let (unseen, unproven) = shared.bell.ask(|clerk, now| due(&clerk.store, now)).await?;
    if unseen {
        beside(database, Store::look_over).await?;
        let note = |clerk: &mut Clerk, _| {
            clerk.store.note_looked_over();
            Ok(())
        };
        shared.bell.ask(note).await?;
        tracing::info!("the whole file is sound");
    }
    if unproven && tried.is_none_or(|at| now().duration_since(at) >= WEEK) {
        let (findings, proven) = beside(database, |database| Store::open_read(database)?.prove(now())).await?;
        *tried = Some(now());
        shared.bell.ask(move |clerk, now| close(clerk, &findings, proven, now)).await?;
    }
    Ok(())
}

/// Must the file be looked over, and are the books to be proven?
fn due(store: &Store, now: Timestamp) -> Result<(bool, bool)> {
    let is_old = |proven: Option<Proven>| proven.is_none_or(|proven| now.duration_since(proven.cuando) >= WEEK);
    Ok((store.is_unseen(), store.is_large()? && is_old(store.proven()?)))
}

fn close(clerk: &mut Clerk, findings: &[Finding], proven: Option<Proven>, now: Timestamp) -> Result<()> {
    if let Some(proven) = proven {
        tracing::info!("the books are in order");
        return clerk.store.note_proven(&proven);
    }
    tracing::error!(findings = findings.len(), "the books are not in order");
    let lines: Vec<String> = findings.iter().take(TOLD).map(|f| format!("{}: {}", f.donde, f.que)).collect();
    let what =
        "Los libros de la mesa no cuadran. Ejecute «mesa-tic reconcile --todo», que dice qué hacer con cada hallazgo.";
    clerk.tell_administrator(what, &lines.join("\n"), now)
}

/// In a thread of its own, with a connection of its own that only reads.
async fn beside<T: Send + 'static>(
    database: &Path,
    look: impl FnOnce(&Path) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (database, (tell, told)) = (database.to_owned(), oneshot::channel());
    let look = move || drop(tell.send(look(&database)));
    thread::Builder::new().name("overseer".to_owned()).spawn(look).context("no se pudo crear un hilo")?;
    told.await?
}
