//! Letters out, one after another over one line; how they fared is written down while the next ones go.
use crate::crash::{self, Point};
use crate::daemon::bell::{Bell, now};
use crate::daemon::line::{Line, Watch};
use crate::daemon::shared::Shared;
use crate::net::backoff::Backoff;
use crate::net::fault::{Fault, Kind, anonymous};
use crate::outbox::Outbox;
use crate::outbox::outcome::Outcome;
use crate::store::queue::Due;
use anyhow::{Error, Result};
use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Letters taken from the queue at once: as many as go out while the clerk works a batch of mails.
const HANDFUL: usize = 128;
/// The queue is looked at this often all the same. Letters that fall due by time, or that the command line releases, the clock
/// rings for.
const LOOK: Duration = Duration::from_secs(5 * 60);

/// Refusals in a row, to different people, after which they are about us.
const DOUBTS: usize = 3;

/// Refusals that may be about one letter or about all of ours, since the last letter that went out.
#[derive(Default)]
pub(crate) struct Doubts {
    people: BTreeSet<String>,
    last: String,
}

impl Doubts {
    fn heed(&mut self, to: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Sent { .. } => *self = Doubts::default(),
            Outcome::Doubtful { why } => {
                self.people.insert(to.to_owned());
                self.last.clone_from(why);
            }
            Outcome::Later { .. } | Outcome::Never { .. } | Outcome::Closed { .. } => {}
        }
    }

    /// What ails us, if it is not the letters.
    pub(crate) fn verdict(&self) -> Option<String> {
        (self.people.len() >= DOUBTS)
            .then(|| format!("Ninguna carta está saliendo: {}. Se siguen intentando.", self.last.trim_end_matches('.')))
    }
}

/// Delivers until it is time to go.
pub(crate) async fn deliver(mut shared: Shared, mut outbox: Outbox, from: String) {
    let (mut backoff, mut watch, mut doubts) = (Backoff::default(), Watch::new(Line::Outbox), Doubts::default());
    while !shared.stopping() {
        let letters = shared.letters.clone();
        let sent = round(&shared, &mut outbox, &from, &mut doubts).await;
        // A new letter does not open a closed door: only a line that lets us in is tried at once.
        let is_open = sent.is_ok();
        let (rest, fault) = match sent {
            Ok(sent) => {
                backoff.reset();
                if sent > 0 {
                    tracing::info!(letters = sent, "delivered");
                }
                (LOOK, doubts.verdict())
            }
            Err(error) => {
                let kind = error.downcast_ref::<Fault>().map_or(Kind::Local, |fault| fault.kind);
                let rest = backoff.next(Instant::now(), kind);
                let error = format!("{error:#}");
                tracing::warn!(seconds = rest.as_secs(), error = anonymous(&error), "cannot deliver; letters wait");
                (rest, Some(error))
            }
        };
        if let Err(error) = watch.note(&shared.bell, now(), fault).await {
            tracing::warn!(error = format!("{error:#}"), "the state of the outbox could not be noted");
        }
        tokio::select! {
            () = shared.rest(rest) => {}
            () = letters.notified(), if is_open => {}
        }
    }
    outbox.close().await;
}

/// Sends what is due. An error means that nothing can be sent now; no letter is blamed for it.
pub(crate) async fn round(shared: &Shared, outbox: &mut Outbox, from: &str, doubts: &mut Doubts) -> Result<usize> {
    let mut pen = Pen { bell: shared.bell.clone(), fared: Vec::new(), writing: None, failure: None };
    let (mut sent, mut handful) = (0, take(shared.bell.clone()).await?);
    let mut closed = None;
    while !handful.is_empty() {
        crash::at(Point::Sending);
        // A full hand means that more wait: they are taken while these go out.
        let more = handful.len() == HANDFUL && closed.is_none() && !handful.iter().any(|letter| letter.is_stale(now()));
        let ahead = more.then(|| tokio::spawn(take(shared.bell.clone())));
        for letter in handful {
            let outcome = match (&closed, shared.stopping()) {
                // In no words about another letter.
                (Some(_), _) => back("el servidor no recibe cartas ahora"),
                (None, true) => back("el servicio se detiene"),
                (None, false) if letter.is_stale(now()) => {
                    pen.note(letter.row, back("las anteriores tardaron mucho en salir")).await;
                    continue;
                }
                (None, false) => outbox.send(from, &letter.parcel.to, &letter.parcel.bytes).await,
            };
            doubts.heed(&letter.parcel.to, &outcome);
            sent += usize::from(look_at(letter.row, &outcome));
            if let Outcome::Closed { .. } = outcome {
                closed = Some(outcome.clone());
            }
            pen.note(letter.row, outcome).await;
            if pen.failure.is_some() {
                closed.get_or_insert_with(|| back("la base de datos no recibe anotaciones"));
            }
        }
        let next = match (ahead, &closed) {
            (Some(ahead), _) => ahead.await.map_err(Error::from).flatten(),
            (None, Some(_)) => break,
            (None, None) => {
                pen.write().await;
                if pen.failure.is_some() {
                    break;
                }
                take(shared.bell.clone()).await
            }
        };
        handful = next.unwrap_or_else(|error| {
            pen.failure.get_or_insert(error);
            Vec::new()
        });
    }
    pen.write().await;
    match (pen.failure, closed) {
        (Some(error), _) => Err(error),
        (None, Some(Outcome::Closed { kind, why })) if !shared.stopping() => Err(Fault::new(kind, why).into()),
        (None, Some(_) | None) => Ok(sent),
    }
}

/// A letter that was not sent goes back to the queue; the attempt does not count.
fn back(why: &str) -> Outcome {
    Outcome::Closed { kind: Kind::Local, why: why.to_owned() }
}

/// The next letters, marked as being sent before anybody sends them.
async fn take(bell: Bell) -> Result<Vec<Due>> {
    bell.ask(|clerk, now| clerk.due(HANDFUL, now)).await
}

/// Says in the log how a letter fared, by its number alone. True when it went out.
fn look_at(row: i64, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Sent { .. } => crash::at(Point::Accepted),
        Outcome::Later { why } | Outcome::Doubtful { why } => {
            tracing::warn!(letter = row, why = anonymous(why), "later")
        }
        Outcome::Never { why } => tracing::warn!(letter = row, why = anonymous(why), "refused for good"),
        Outcome::Closed { .. } => {}
    }
    matches!(outcome, Outcome::Sent { .. })
}

/// Writes down how letters fared: one errand at a time, with all that went out while the last one was written. Where one fails,
/// the others are handed over all the same: the clerk remembers what went out, and only he can.
struct Pen {
    bell: Bell,
    fared: Vec<(i64, Outcome)>,
    writing: Option<JoinHandle<Result<()>>>,
    /// The first.
    failure: Option<Error>,
}

impl Pen {
    async fn note(&mut self, row: i64, outcome: Outcome) {
        self.fared.push((row, outcome));
        match &self.writing {
            // Letters that went out and are not noted as such would go out again after a crash: not too many of them.
            Some(writing) if !writing.is_finished() && self.fared.len() < HANDFUL => {}
            Some(_) | None => self.dip().await,
        }
    }

    /// Ends the last errand and begins the next.
    async fn dip(&mut self) {
        if let Some(writing) = self.writing.take()
            && let Err(error) = writing.await.map_err(Error::from).flatten()
        {
            self.failure.get_or_insert(error);
        }
        let (bell, fared) = (self.bell.clone(), mem::take(&mut self.fared));
        if !fared.is_empty() {
            self.writing = Some(tokio::spawn(async move {
                bell.ask(move |clerk, now| clerk.settle(&fared, now)).await?;
                crash::at(Point::Settled);
                Ok(())
            }));
        }
    }

    /// Everything noted is durable on return, unless there is a failure.
    async fn write(&mut self) {
        self.dip().await;
        self.dip().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_people_who_fare_the_same_are_no_chance() {
        let doubtful = || Outcome::Doubtful { why: "x no acepta al destinatario: 554 relay".to_owned() };
        let mut doubts = Doubts::default();
        for to in ["a@x.co", "b@x.co", "a@x.co"] {
            doubts.heed(to, &doubtful());
        }
        assert_eq!(doubts.verdict(), None, "two people");
        doubts.heed("c@x.co", &doubtful());
        assert!(doubts.verdict().is_some_and(|why| why.contains("554 relay")), "three");
        doubts.heed("d@x.co", &Outcome::Never { why: String::new() });
        assert!(doubts.verdict().is_some());
        doubts.heed("e@x.co", &Outcome::Sent { receipt: String::new() });
        assert_eq!(doubts.verdict(), None, "somebody was written to");
    }
}
