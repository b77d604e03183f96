//! Letters out: one at a time, each settled before the next is sent.
use crate::crash::{self, Point};
use crate::daemon::bell::now;
use crate::daemon::line::{Line, Watch};
use crate::daemon::shared::Shared;
use crate::net::backoff::Backoff;
use crate::net::fault::{Fault, Kind, anonymous};
use crate::outbox::Outbox;
use crate::outbox::outcome::Outcome;
use anyhow::Result;
use std::time::Duration;
use tokio::time::Instant;

/// Letters taken from the queue at once.
const HANDFUL: usize = 20;
/// The queue is looked at this often all the same. Letters that fall due by time, or that the command line releases, the clock
/// rings for.
const LOOK: Duration = Duration::from_secs(5 * 60);

/// Delivers until it is time to go.
pub(crate) async fn deliver(mut shared: Shared, mut outbox: Outbox, from: String) {
    let (mut backoff, mut watch) = (Backoff::default(), Watch::new(Line::Outbox));
    while !shared.stopping() {
        let letters = shared.letters.clone();
        let (rest, fault) = match round(&shared, &mut outbox, &from).await {
            Ok(sent) => {
                backoff.reset();
                if sent > 0 {
                    tracing::info!(letters = sent, "delivered");
                }
                (LOOK, None)
            }
            Err(error) => {
                let kind = error.downcast_ref::<Fault>().map_or(Kind::Local, |fault| fault.kind);
                let rest = backoff.next(Instant::now(), kind);
                let error = format!("{error:#}");
                tracing::warn!(seconds = rest.as_secs(), error = anonymous(&error), "cannot deliver; letters wait");
                (rest, Some(error))
            }
        };
        let well = fault.is_none();
        if let Err(error) = watch.note(&shared.bell, now(), fault).await {
            tracing::warn!(error = format!("{error:#}"), "the state of the outbox could not be noted");
        }
        tokio::select! {
            () = shared.rest(rest) => {}
            // A new letter does not open a closed door: only a line that is well is tried at once.
            () = letters.notified(), if well => {}
        }
    }
    outbox.close().await;
}

/// Sends what is due. An error means that nothing can be sent now; no letter is blamed for it.
pub(crate) async fn round(shared: &Shared, outbox: &mut Outbox, from: &str) -> Result<usize> {
    let mut sent = 0;
    while !shared.stopping() {
        let due = shared.bell.ask(|clerk, now| clerk.due(HANDFUL, now)).await?;
        if due.is_empty() {
            break;
        }
        crash::at(Point::Sending);
        let mut closed = None;
        for letter in due {
            let row = letter.row;
            let outcome = match (&closed, shared.stopping()) {
                (Some(door), _) => Outcome::clone(door),
                (None, true) => Outcome::Closed { kind: Kind::Local, why: "el servicio se detiene".to_owned() },
                (None, false) => outbox.send(from, &letter.parcel.to, &letter.parcel.bytes).await,
            };
            match &outcome {
                Outcome::Sent { .. } => {
                    crash::at(Point::Accepted);
                    sent += 1;
                }
                Outcome::Later { why } => tracing::warn!(letter = row, why = anonymous(why), "later"),
                Outcome::Never { why } => tracing::warn!(letter = row, why = anonymous(why), "refused for good"),
                Outcome::Closed { .. } => closed = Some(outcome.clone()),
            }
            shared.bell.ask(move |clerk, now| clerk.settle(row, &outcome, now)).await?;
            crash::at(Point::Settled);
        }
        if let Some(Outcome::Closed { kind, why }) = closed {
            return Err(Fault::new(kind, why).into());
        }
    }
    Ok(sent)
}
