//! Mail in: list, bring, file, work, put away; then wait for the next.
use crate::config::Start;
use crate::crash::{self, Point};
use crate::daemon::bell::now;
use crate::daemon::line::{Line, Watch};
use crate::daemon::shared::Shared;
use crate::desk::decision::Disposition;
use crate::inbox::Inbox;
use crate::inbox::raw::{Fetched, Listed, Place, Settled};
use crate::net::backoff::Backoff;
use crate::net::fault::{Fault, Kind, anonymous};
use crate::spanish::when;
use anyhow::{Error, Result};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A full listing is made this often all the same: a server's IDLE may fall silent.
const LISTING: Duration = Duration::from_secs(5 * 60);
/// What has come with more octets is on the disk before the next bite is asked for: two of them would fill the memory.
const LIGHT: usize = 4 << 20;
/// Mails asked for in one go, and put away in one go.
const CHUNK: usize = 128;
/// The note of the store that says when this desk was switched on.
const SWITCHED_ON: &str = "inicio";
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// Attends the mailbox until it is time to go.
pub(crate) async fn receive(mut shared: Shared, mut inbox: Inbox, start: Start) {
    let (mut backoff, mut watch) = (Backoff::default(), Watch::new(Line::Inbox));
    // Has the administrator heard of this refusal? A server out of reach may come back with a closed door.
    let mut told = false;
    while !shared.stopping() {
        let attended = attend(&mut shared, &mut inbox, start, &mut watch).await;
        let Err(error) = attended else {
            backoff.reset();
            continue;
        };
        // What is no fault of the line is one of the store: a full disk above all. Nothing was acknowledged.
        let kind = error.downcast_ref::<Fault>().map_or(Kind::Local, |fault| fault.kind);
        let rest = backoff.next(Instant::now(), kind);
        let error = format!("{error:#}");
        tracing::warn!(error = anonymous(&error), seconds = rest.as_secs(), "cannot receive; trying again");
        match watch.note(&shared.bell, now(), Some(error.clone())).await {
            Ok(fell_ill) => {
                told &= !fell_ill;
                if kind == Kind::Refused && !told {
                    tell(&shared, error).await;
                    told = true;
                }
            }
            Err(error) => tracing::warn!(error = format!("{error:#}"), "the state of the inbox could not be noted"),
        }
        shared.rest(rest).await;
    }
    inbox.close().await;
}

/// One round, then a wait for what comes next.
async fn attend(shared: &mut Shared, inbox: &mut Inbox, start: Start, watch: &mut Watch) -> Result<()> {
    let mails = round(shared, inbox, start).await?;
    if mails > 0 {
        tracing::info!(mails, "worked");
    }
    watch.note(&shared.bell, now(), None).await?;
    if shared.stopping() {
        return Ok(());
    }
    tokio::select! {
        waited = inbox.wait(LISTING) => Ok(waited?),
        () = shared.stopped() => Ok(()),
    }
}

/// Brings and works all that the ledger does not know, and puts away what is finished. Returns how many mails were worked.
pub(crate) async fn round(shared: &Shared, inbox: &mut Inbox, start: Start) -> Result<usize> {
    // What a crash left over needs no server.
    let left_over = shared.work().await?;
    let listed = inbox.list().await?;
    crash::at(Point::Listed);
    let wanted = wanted(shared, listed, start).await?;
    // The clerk works what was filed while the next mails come.
    let (filed, all_here) = (Notify::new(), Cell::new(false));
    let (brought, worked) = tokio::join!(
        async {
            let brought = bring(shared, inbox, wanted, &filed).await;
            all_here.set(true);
            filed.notify_one();
            brought
        },
        async {
            let mut worked = 0;
            loop {
                filed.notified().await;
                // Asked before: what is filed while the clerk works may come too late for him.
                let was_all_here = all_here.get();
                worked += shared.work().await?;
                if was_all_here || shared.stopping() {
                    return Ok::<usize, Error>(worked);
                }
            }
        }
    );
    // What was brought is worked even when the line broke afterwards.
    let worked = left_over + worked?;
    brought?;
    put_away(shared, inbox).await?;
    Ok(worked)
}

/// Brings mails bite by bite; what has come is filed whenever the clerk has a hand free, while the next bites come. So the clerk
/// finds the mails of the batch after next on file, and has them read while it decides on those of the next.
async fn bring(shared: &Shared, inbox: &mut Inbox, wanted: Vec<Place>, filed: &Notify) -> Result<()> {
    let pile = Pile::default();
    let (fetched, kept) = tokio::join!(
        async {
            let fetched = fetch(shared, inbox, wanted, &pile).await;
            pile.is_whole.set(true);
            pile.grew.notify_one();
            fetched
        },
        async {
            let kept = keep(shared, &pile, filed).await;
            pile.is_refused.set(kept.is_err());
            pile.shrank.notify_one();
            kept
        },
    );
    kept.and(fetched)
}

/// What has come and is not on the disk yet.
#[derive(Default)]
struct Pile {
    fetched: RefCell<Fetched>,
    /// Octets of what is being filed.
    leaving: Cell<usize>,
    grew: Notify,
    shrank: Notify,
    /// Nothing more comes.
    is_whole: Cell<bool>,
    /// The cabinet does not take any.
    is_refused: Cell<bool>,
}

impl Pile {
    /// Is there so much of it that the next bite has to wait?
    fn is_high(&self) -> bool {
        let fetched = self.fetched.borrow();
        fetched.mails.len() > CHUNK || self.leaving.get() + octets(&fetched) > LIGHT
    }

    fn put(&self, bite: Fetched) {
        let mut fetched = self.fetched.borrow_mut();
        fetched.mails.extend(bite.mails);
        fetched.gone.extend(bite.gone);
        self.grew.notify_one();
    }
}

/// Asks for mails bite by bite and puts them on the pile. A mail that cannot be read holds up no other; where not one can, it is the
/// mailbox that ails.
async fn fetch(shared: &Shared, inbox: &mut Inbox, mut wanted: Vec<Place>, pile: &Pile) -> Result<()> {
    let (mut came, mut fault) = (0, None);
    while !wanted.is_empty() && !shared.stopping() && !pile.is_refused.get() {
        if pile.is_high() {
            pile.shrank.notified().await;
            continue;
        }
        let chunk: Vec<Place> = wanted.iter().take(CHUNK).cloned().collect();
        let mut bite = inbox.fetch(&chunk).await?;
        came += bite.mails.len();
        fault = bite.fault.take().or(fault);
        if !bite.short.is_empty() {
            tracing::warn!(mails = bite.short.len(), "the server gave less than it promised; asking again later");
        }
        let settled: BTreeSet<Place> =
            bite.mails.iter().map(|raw| &raw.place).chain(&bite.gone).chain(&bite.short).cloned().collect();
        if settled.is_empty() {
            break;
        }
        crash::at(Point::Fetched);
        wanted.retain(|place| !settled.contains(place));
        pile.put(bite);
    }
    fault.filter(|_| came == 0).map_or(Ok(()), |fault| Err(fault.into()))
}

/// Files what lies on the pile until nothing more comes.
async fn keep(shared: &Shared, pile: &Pile, filed: &Notify) -> Result<()> {
    while !pile.is_whole.get() {
        pile.grew.notified().await;
        let lot = pile.fetched.take();
        pile.leaving.set(octets(&lot));
        file(shared, lot, filed).await?;
        pile.leaving.set(0);
        pile.shrank.notify_one();
    }
    file(shared, pile.fetched.take(), filed).await
}

fn octets(fetched: &Fetched) -> usize {
    fetched.mails.iter().map(|raw| raw.bytes.len()).sum()
}

/// Makes mails durable, and says so to whoever works them.
async fn file(shared: &Shared, fetched: Fetched, filed: &Notify) -> Result<()> {
    if fetched.mails.is_empty() && fetched.gone.is_empty() {
        return Ok(());
    }
    let errand = shared.bell.ask(move |clerk, now| {
        clerk.store.file(&fetched.mails, now)?;
        clerk.store.record(&fetched.gone, Disposition::Desaparecido, now)
    });
    errand.await?;
    crash::at(Point::Filed);
    filed.notify_one();
    Ok(())
}

/// Those of the listed mails that the ledger does not know and that are the desk's to work; the others are noted as
/// earlier than the desk.
async fn wanted(shared: &Shared, listed: Vec<Listed>, start: Start) -> Result<Vec<Place>> {
    let errand = shared.bell.ask(move |clerk, now| {
        let noted: Option<SwitchedOn> =
            clerk.store.get(SWITCHED_ON)?.map(|text| serde_json::from_str(&text)).transpose()?;
        let places: Vec<Place> = listed.iter().map(|l| l.place.clone()).collect();
        let unknown: BTreeSet<Place> = clerk.store.unknown(&places)?.into_iter().collect();
        let fresh = listed.iter().filter(|l| unknown.contains(&l.place));
        let (ours, earlier): (Vec<&Listed>, Vec<&Listed>) = fresh.partition(|l| is_ours(l, start, noted.as_ref()));
        let earlier: Vec<Place> = earlier.into_iter().map(|l| l.place.clone()).collect();
        if !earlier.is_empty() {
            tracing::info!(mails = earlier.len(), "from before the start; left alone");
        }
        let validity = listed.first().map(|l| l.place.validity);
        match noted {
            Some(noted) if noted.validity.is_some() || validity.is_none() => {
                clerk.store.record(&earlier, Disposition::Anterior, now)?;
            }
            // One moment for both: a kill between them would take what comes next for earlier, or what is earlier for new.
            noted => {
                let at = noted.map_or(now, |n| n.at);
                let note = serde_json::to_string(&SwitchedOn { at, validity })?;
                clerk.store.record_and_note(&earlier, Disposition::Anterior, (SWITCHED_ON, &note), now)?;
            }
        }
        Ok(ours.into_iter().map(|l| l.place.clone()).collect())
    });
    errand.await
}

/// When this desk saw its mailbox for the first time, and which UIDVALIDITY the mailbox had then, if it held a mail.
#[derive(Serialize, Deserialize)]
struct SwitchedOn {
    at: Timestamp,
    validity: Option<u32>,
}

/// Is a mail that the ledger does not know the desk's to work? `noted` is absent at the very first listing.
fn is_ours(listed: &Listed, start: Start, noted: Option<&SwitchedOn>) -> bool {
    match start {
        Start::All => true,
        Start::From(day) => when::instant(day, Time::midnight()).is_some_and(|midnight| listed.received >= midnight),
        // After the first listing whatever is new has come since then, whatever the server's clock says of it; only when
        // the UIDs have all changed must the clocks tell.
        Start::Now => noted.is_some_and(|n| {
            n.validity.is_none_or(|v| v == listed.place.validity) || listed.received >= n.at - CLOCKS_DIFFER
        }),
    }
}

/// Moves finished mails out of the way. A courtesy to whoever looks into the mailbox: the ledger is the truth. What the server
/// will not move now is asked for again at the next round.
async fn put_away(shared: &Shared, inbox: &mut Inbox) -> Result<()> {
    let mut lying = BTreeSet::<Place>::new();
    while !shared.stopping() {
        let most = CHUNK + lying.len();
        let mut places = shared.bell.ask(move |clerk, _| clerk.store.to_move(most)).await?;
        places.retain(|place| !lying.contains(place));
        places.truncate(CHUNK);
        if places.is_empty() {
            break;
        }
        crash::at(Point::Moving);
        match inbox.done(&places).await? {
            Settled::Moved => {}
            Settled::Marked { why } | Settled::Left { why } => {
                tracing::debug!(why, "finished mails stay in their folder")
            }
            Settled::Refused { keys, why } => {
                tracing::warn!(mails = keys.len(), why = anonymous(&why), "finished mails were not moved; again later");
                let keys: BTreeSet<String> = keys.into_iter().collect();
                lying.extend(places.extract_if(.., |place| keys.contains(&place.key)));
            }
        }
        crash::at(Point::Moved);
        let none = places.is_empty();
        shared.bell.ask(move |clerk, now| clerk.store.moved(&places, now)).await?;
        crash::at(Point::Tidied);
        if none {
            break;
        }
    }
    Ok(())
}

/// A password that is refused mends itself never: the administrator hears of it, as soon as letters can go out.
async fn tell(shared: &Shared, why: String) {
    let what = "El servidor de correo no deja entrar a la mesa: no se están leyendo correos.";
    let told = shared.bell.ask(move |clerk, now| clerk.tell_administrator(what, &why, now)).await;
    match told {
        Ok(()) => shared.letters.notify_one(),
        Err(error) => tracing::warn!(error = format!("{error:#}"), "the administrator could not be told"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A day begins at midnight of the office's clock, whatever the machine's is.
    #[test]
    fn a_desk_that_starts_on_a_day_works_what_came_from_its_midnight_on() {
        let start = Start::From("2026-11-01".parse().unwrap());
        let is_ours = |received: &str| {
            let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: "1".to_owned() };
            is_ours(&Listed { place, received: received.parse().unwrap(), size: 1 }, start, None)
        };
        assert!(is_ours("2026-11-01T05:00:00Z"));
        assert!(!is_ours("2026-11-01T04:59:59Z"));
    }
}
