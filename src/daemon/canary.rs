//! Each day the desk writes to itself and sees whether its mail server still vouches for senders; an administrator may ask too.
use crate::config::Config;
use crate::daemon::bell::now;
use crate::daemon::shared::Shared;
use crate::daemon::shared::runtime;
use crate::inbox::Inbox;
use crate::inbox::raw::Place;
use crate::mail;
use crate::mail::message::Address;
use crate::net::fault::Fault;
use crate::office::people::Directory;
use crate::outbox::Outbox;
use crate::outbox::setting::Setting;
use crate::seal::canary::{Canary, Pair};
use crate::seal::identity::Policy;
use crate::seal::keyfile;
use crate::store::canary::Sender;
use crate::store::db::Store;
use anyhow::{Error, Result};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often it is looked whether it is time for the next.
const LOOK: Duration = Duration::from_secs(15 * 60);
/// How long the one that an administrator sent is waited for, and after it its twin to the plus-address.
const PATIENCE: Duration = Duration::from_secs(60);
const TWIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);

/// Sends canaries until it is time to go, where the config asks for the server's word.
pub(crate) async fn keep(mut shared: Shared, setting: Setting, asked: Policy, desk: Address) {
    if matches!(asked, Policy::Unverified) || matches!(setting, Setting::Maildir { .. }) {
        return;
    }
    let mut outbox = Outbox::new(setting);
    while !shared.stopping() {
        match send_if_due(&shared, &mut outbox, &asked, &desk).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(error = format!("{error:#}"), "no canary was sent; trying again"),
        }
        outbox.close().await;
        shared.rest(LOOK).await;
    }
}

async fn send_if_due(shared: &Shared, outbox: &mut Outbox, asked: &Policy, desk: &Address) -> Result<()> {
    let (policy, mailbox) = (asked.clone(), desk.clone());
    let errand = shared.bell.ask(move |clerk, now| {
        let before = clerk.store.canary(Sender::Daemon)?;
        if before.as_ref().is_some_and(|before| !before.is_old(&policy, now)) {
            return Ok(None);
        }
        // It must be known before it comes.
        let canary = Canary::new(&policy, &keyfile::fresh()?, before.as_ref(), now);
        clerk.store.keep_canary(Sender::Daemon, &canary)?;
        Ok(Some((canary.mails(&mailbox), before)))
    });
    let Some((mails, before)) = errand.await? else { return Ok(()) };
    let Err(error) = send(outbox, desk, &mails).await else { return Ok(()) };
    if let Some(before) = before {
        shared.bell.ask(move |clerk, _| clerk.store.keep_canary(Sender::Daemon, &before)).await?;
    }
    Err(error)
}

/// The server may refuse the plus-address; the plain one is its own mailbox.
async fn send(outbox: &mut Outbox, desk: &Address, mails: &Pair) -> Result<()> {
    let [(plain, bytes), (tagged, twin)] = mails;
    outbox.send(&desk.correo, plain, bytes).await.sent().map_err(Error::msg)?;
    outbox.send(&desk.correo, tagged, twin).await;
    Ok(())
}

/// Sends the desk a canary and waits for it, beside a daemon that may be running and be quicker to take it in.
pub fn fly(config: Config, people: &Directory) -> Result<Canary> {
    runtime()?.block_on(async {
        let mut canary = Canary::new(&config.orders.policy, &keyfile::fresh()?, None, now());
        // Before the first start there are no books, and nobody else who takes the mail in.
        let books = Store::open_beside(&config.database).ok();
        let store = books.and_then(|mut store| store.keep_canary(Sender::Check, &canary).is_ok().then_some(store));
        let (mut inbox, mut outbox) = (Inbox::new(config.inbox), Outbox::new(config.outbox));
        let mut known: BTreeSet<Place> = inbox.list().await?.into_iter().map(|listed| listed.place).collect();
        send(&mut outbox, &config.desk, &canary.mails(&config.desk)).await?;
        let begun = Instant::now();
        let mut came = None;
        while begun.elapsed() < PATIENCE && came.is_none_or(|came: Instant| came.elapsed() < TWIN) && !canary.is_whole()
        {
            sleep(PAUSE).await;
            look(&mut inbox, &mut known, people, &config.desk, &mut canary).await?;
            if let Some(noted) = store.as_ref().map(|store| store.canary(Sender::Check)).transpose()?.flatten() {
                canary.learn(&noted);
            }
            came = came.or(canary.visto.is_some().then(Instant::now));
        }
        tokio::join!(inbox.close(), outbox.close());
        Ok(canary)
    })
}

/// What is new in the mailbox; it leaves no trace there.
async fn look(
    inbox: &mut Inbox,
    known: &mut BTreeSet<Place>,
    people: &Directory,
    desk: &Address,
    canary: &mut Canary,
) -> Result<(), Fault> {
    let fresh: Vec<Place> = inbox.list().await?.into_iter().map(|l| l.place).filter(|p| !known.contains(p)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let fetched = inbox.fetch(&fresh).await?;
    for raw in fetched.mails {
        canary.heed(people, desk, &mail::parse(&raw.bytes));
        known.insert(raw.place);
    }
    known.extend(fetched.gone);
    Ok(())
}
