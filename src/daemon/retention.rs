//! What is older than the office may keep loses its personal data: once a day, a handful at a time, mails in between.
use crate::daemon::shared::Shared;
use crate::desk::terms;
use crate::spanish::when::day_of;
use crate::store::erase::Erased;
use crate::ticket::facts::Ticket;
use anyhow::Result;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// Cases, mails and letters that are taken at once.
const HANDFUL: usize = 50;
/// How often it is looked whether a new day has come.
const LOOK: Duration = Duration::from_secs(10 * 60);
/// The note of the day on which it was done last.
const DONE: &str = "retencion";

/// Keeps to the term until it is time to go; `days` is `None` where everything is kept.
pub(crate) async fn retain(mut shared: Shared, days: Option<u32>) {
    let Some(days) = days else { return };
    while !shared.stopping() {
        match round(&shared, days).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(error = format!("{error:#}"), "old data could not be taken out; trying again"),
        }
        shared.rest(LOOK).await;
    }
}

/// One handful. Returns whether there may be more.
pub(crate) async fn round(shared: &Shared, days: u32) -> Result<bool> {
    let erased = shared.bell.ask(move |clerk, now| {
        let today = day_of(now).to_string();
        if clerk.store.get(DONE)?.as_deref() == Some(today.as_str()) {
            return Ok(Erased::default());
        }
        let before = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days)))?;
        let handbook = Arc::clone(&clerk.handbook);
        let sort = |ticket: &Ticket| terms::sort(&handbook.office, ticket);
        let erased = clerk.store.expire(before, HANDFUL, &sort, now)?;
        if erased == Erased::default() {
            clerk.store.set(DONE, &today)?;
        }
        Ok(erased)
    });
    let erased = erased.await?;
    let Erased { casos, correos, cartas, .. } = erased;
    if erased != Erased::default() {
        tracing::info!(
            tickets = casos,
            mails = correos,
            letters = cartas,
            "personal data past their term were taken out"
        );
    }
    Ok(erased != Erased::default())
}
