//! After a restoration: the mails that came after the copy are worked again, at the hour at which they came, and nobody is
//! written to about them again.
use crate::daemon::bell::now;
use crate::daemon::line::{Line, Watch};
use crate::daemon::shared::{Shared, tell_systemd};
use crate::inbox::Inbox;
use crate::inbox::imap::ESTIMATES;
use crate::inbox::raw::{Fetched, Listed, Place, Raw};
use crate::net::backoff::Backoff;
use crate::net::fault::{Fault, Kind, anonymous};
use crate::spanish::number::counted;
use crate::store::restore::Rescan;
use anyhow::{Error, Result, anyhow};
use jiff::Timestamp;
use sd_notify::NotifyState;
use std::collections::BTreeSet;
use tokio::time::Instant;

/// Mails asked for in one go.
const CHUNK: usize = 128;

/// What a rescan did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rebuilt {
    pub mails: usize,
    /// On file and taken as sent.
    pub letters: usize,
}

/// Tries until the rescan is done, where one is due, or until it is time to go. Before that no letter may leave.
pub(crate) async fn rescan(shared: &mut Shared, inbox: &mut Inbox) {
    let (mut backoff, mut watch) = (Backoff::default(), Watch::new(Line::Inbox));
    while !shared.stopping() {
        let error = match rescan_once(shared, inbox).await {
            Ok(Some(Rebuilt { mails, letters })) => {
                return tracing::info!(mails, letters, "worked again after the copy");
            }
            Ok(None) => return,
            Err(error) => error,
        };
        let kind = error.downcast_ref::<Fault>().map_or(Kind::Local, |fault| fault.kind);
        let rest = backoff.next(Instant::now(), kind);
        let error = format!("{error:#}");
        tracing::warn!(error = anonymous(&error), seconds = rest.as_secs(), "cannot look for mails after the copy");
        if let Err(error) = watch.note(&shared.bell, now(), Some(error)).await {
            tracing::warn!(error = format!("{error:#}"), "the state of the inbox could not be noted");
        }
        shared.rest(rest).await;
    }
}

/// Works what the copy does not know. Cut off in the middle it is begun again, and what was done is known by then.
pub(crate) async fn rescan_once(shared: &Shared, inbox: &mut Inbox) -> Result<Option<Rebuilt>> {
    let Some(due) = shared.bell.ask(|clerk, _| clerk.store.rescan_due()).await? else { return Ok(None) };
    let mut replay = Replay { shared, hour: Timestamp::MIN, mails: 0 };
    // Those that the copy holds unworked come first, as they did.
    replay.work_what_waits(due).await?;
    let listed = inbox.list().await?;
    if let Some(mut finished) = inbox.finished().await? {
        let lying = finished.list().await?;
        replay.bring(&mut finished, lying.iter().filter(|mail| mail.received >= due.desde)).await?;
        finished.close().await;
    }
    let places: Vec<Place> = listed.iter().map(|mail| mail.place.clone()).collect();
    let asked = places.clone();
    if shared.bell.ask(move |clerk, _| clerk.store.finished_stay(&asked)).await? {
        // Nothing in the mailbox says which of them were worked before the loss: all that came before it, then.
        let unknown = shared.bell.ask(move |clerk, _| clerk.store.unknown(&places)).await?;
        let unknown: BTreeSet<Place> = unknown.into_iter().collect();
        let is_old = |mail: &&Listed| mail.received >= due.desde && mail.received <= due.hasta;
        replay.bring(inbox, listed.iter().filter(|mail| unknown.contains(&mail.place)).filter(is_old)).await?;
    }
    let (hour, mails) = (replay.hour, replay.mails);
    let end = shared.bell.ask(move |clerk, _| {
        if mails > 0 {
            // What time had brought by then was told by then.
            clerk.tick(hour)?;
        }
        clerk.store.end_rescan(due, hour)
    });
    Ok(Some(Rebuilt { mails, letters: end.await? }))
}

struct Replay<'a> {
    shared: &'a Shared,
    /// The clock of the replay: when the mail at hand came in. It never goes back.
    hour: Timestamp,
    mails: usize,
}

impl Replay<'_> {
    async fn work_what_waits(&mut self, due: Rescan) -> Result<()> {
        let errand = self.shared.bell.ask(move |clerk, _| {
            let mut mails = 0;
            let waiting = clerk.store.waiting(usize::MAX >> 1)?;
            let hour = waiting.iter().map(|mail| mail.received).max().unwrap_or(due.desde).min(due.hasta);
            while let worked @ 1.. = clerk.work(hour)? {
                mails += worked;
            }
            Ok((hour, mails))
        });
        let (hour, mails) = errand.await?;
        (self.hour, self.mails) = (hour, self.mails + mails);
        Ok(())
    }

    /// Brings these mails, and works each of them that the books do not hold, in their order.
    async fn bring(&mut self, inbox: &mut Inbox, mails: impl Iterator<Item = &Listed>) -> Result<()> {
        let mut wanted: Vec<Place> = mails.map(|mail| mail.place.clone()).collect();
        while !wanted.is_empty() {
            let chunk: Vec<Place> = wanted.iter().take(CHUNK).cloned().collect();
            let mut fetched = fetch(inbox, &chunk).await?;
            let settled: BTreeSet<Place> =
                fetched.mails.iter().map(|raw| &raw.place).chain(&fetched.gone).cloned().collect();
            if settled.is_empty() {
                return Err(unread(&chunk));
            }
            wanted.retain(|place| !settled.contains(place));
            // One that came at the second time of asking has its place before those that came at the first.
            fetched.mails.sort_by_key(|raw| chunk.iter().position(|place| *place == raw.place));
            for raw in fetched.mails {
                self.work(raw).await?;
            }
        }
        Ok(())
    }

    async fn work(&mut self, raw: Raw) -> Result<()> {
        let hour = self.hour.max(raw.received);
        let errand = self.shared.bell.ask(move |clerk, _| {
            if clerk.store.holds(&raw.bytes)? {
                return Ok(0);
            }
            clerk.store.file(&[raw], hour)?;
            let mut mails = 0;
            while let worked @ 1.. = clerk.work(hour)? {
                mails += worked;
            }
            Ok(mails)
        });
        let mails = errand.await?;
        // The loop that answers the watchdog does not run yet.
        tell_systemd(&[NotifyState::Watchdog]);
        if mails > 0 {
            (self.hour, self.mails) = (hour, self.mails + mails);
        }
        Ok(())
    }
}

/// As many of these as fit into one bite. What comes short is asked for again, as often as it takes to know that there is no more
/// of it; after that the rescan is not over, for it would never be looked for again.
async fn fetch(inbox: &mut Inbox, places: &[Place]) -> Result<Fetched> {
    let mut fetched = inbox.fetch(places).await?;
    for _ in 1..ESTIMATES {
        if fetched.short.is_empty() {
            break;
        }
        let again = inbox.fetch(&fetched.short).await?;
        fetched.mails.extend(again.mails);
        fetched.gone.extend(again.gone);
        (fetched.short, fetched.fault) = (again.short, again.fault);
    }
    match fetched.fault {
        _ if fetched.short.is_empty() => Ok(fetched),
        Some(fault) => Err(fault.into()),
        None => Err(unread(&fetched.short)),
    }
}

fn unread(places: &[Place]) -> Error {
    let (count, first) = (places.len(), places.first());
    let (folder, key) = first.map_or(("", ""), |place| (&place.mailbox, &place.key));
    let what = counted(count, "correo que no se pudo leer entero", "correos que no se pudieron leer enteros");
    anyhow!("en la carpeta «{folder}» hay {what} (el primero, {key}); si no se puede arreglar, sáquelo de la carpeta")
}
