//! The daemon: small loops around one clerk. Mail in, letters out, and time; beside them those that watch: over the rules, the data's
//! age, the disk, the server's word, and whether all the others still move.
pub mod alarm;
mod bell;
mod canary;
mod clock;
mod deliver;
pub mod line;
mod memory;
mod metrics;
mod overseer;
mod receive;
mod rescan;
mod retention;
mod rules;
mod shared;
mod signals;
mod watchdog;
use crate::clerk::Clerk;
use crate::config::Config;
use crate::daemon::bell::Bell;
pub use crate::daemon::bell::now;
pub use crate::daemon::canary::fly;
use crate::daemon::deliver::Doubts;
use crate::daemon::line::{Line, Watch};
pub use crate::daemon::rescan::Rebuilt;
use crate::daemon::rules::Watcher;
use crate::daemon::shared::{Shared, runtime, tell_systemd};
use crate::daemon::signals::Signals;
use crate::daemon::watchdog::Watchdog;
use crate::inbox::Inbox;
use crate::net::fault::Fault;
use crate::outbox::Outbox;
use anyhow::{Result, anyhow};
use sd_notify::NotifyState;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the loops may take to finish what they hold after a TERM; the unit kills after 45 seconds.
const FAREWELL: Duration = Duration::from_secs(40);

/// Attends the mailbox until told to stop. `rules` is the folder whose changes are put to work; without it, the rules are
/// those of the binary.
pub fn run(clerk: Clerk, config: Config, rules: Option<PathBuf>) -> Result<()> {
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let signals = Signals::catch()?;
        let (stop, stopped) = watch::channel(false);
        let shared = Shared::new(Bell::hire(clerk)?, Watchdog::of_the_clerk()?, stopped);
        let canary = canary::keep(shared.clone(), config.outbox.clone(), config.orders.policy, config.desk.clone());
        let mut damage = Box::pin(overseer::damage(shared.clone(), config.database));
        let alarm = alarm::watch(shared.clone(), config.care.clone());
        let work = async {
            let (mut inbox, mut own) = (Inbox::new(config.inbox), shared.clone());
            // It may take days, where a server stays out of reach: systemd and the alarm hear of it meanwhile.
            tokio::select! {
                () = rescan::rescan(&mut own, &mut inbox) => {}
                () = clock::heartbeat(shared.clone()) => {}
            }
            tokio::join!(
                receive::receive(shared.clone(), inbox, config.start),
                deliver::deliver(shared.clone(), Outbox::new(config.outbox), config.desk.correo),
                clock::clock(shared.clone()),
                canary,
                retention::retain(shared.clone(), config.care.keep_days),
            )
        };
        let mut loops = Box::pin(async { tokio::join!(alarm, work) });
        tell_systemd(&[NotifyState::Ready]);
        tracing::info!("at work");
        tokio::select! {
            _ = &mut loops => return Ok(()),
            error = &mut damage => return Err(error),
            () = signals::listen(signals, &shared, Watcher::new(rules), config.orders.keys) => {}
        }
        tell_systemd(&[NotifyState::Stopping]);
        tracing::info!("stopping");
        stop.send_replace(true);
        match timeout(FAREWELL, loops).await {
            Ok(_) => tracing::info!("stopped"),
            Err(_) => tracing::warn!("stopped in the middle of a task; the next start takes it up"),
        }
        Ok(())
    });
    // A name server or a disk that does not answer holds a thread: it is not waited for.
    runtime.shutdown_background();
    ended
}

/// Asks systemd for patience with a start that has to wait.
pub fn still_starting(longest: Duration) {
    let micros = u32::try_from(longest.as_micros()).unwrap_or(u32::MAX);
    tell_systemd(&[NotifyState::ExtendTimeoutUsec(micros)]);
}

/// What one round did.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    pub mails: usize,
    pub letters: usize,
}

/// Works what lies in the mailbox, delivers what is due, and ends. A server out of reach is an error here; what could be
/// done without it has been done.
pub fn run_once(clerk: Clerk, config: Config) -> Result<Tally> {
    runtime()?.block_on(async {
        // The sender lives to the end, so that nobody takes its loss for a stop.
        let (_stop, stopped) = watch::channel(false);
        let shared = Shared::new(Bell::hire(clerk)?, Watchdog::of_the_clerk()?, stopped);
        let (mut inbox, mut outbox) = (Inbox::new(config.inbox), Outbox::new(config.outbox));
        rescan::rescan_once(&shared, &mut inbox).await?;
        let mails = receive::round(&shared, &mut inbox, config.start).await;
        note(&shared, Line::Inbox, &mails).await?;
        inbox.close().await;
        shared.bell.ask(|clerk, now| clerk.tick(now)).await?;
        if let Some(days) = config.care.keep_days {
            while retention::round(&shared, days).await? {}
        }
        let mut doubts = Doubts::default();
        let sent = deliver::round(&shared, &mut outbox, &config.desk.correo, &mut doubts).await;
        let letters = sent.and_then(|sent| doubts.verdict().map_or(Ok(sent), |why| Err(anyhow!(why))));
        note(&shared, Line::Outbox, &letters).await?;
        outbox.close().await;
        Ok(Tally { mails: mails?, letters: letters? })
    })
}

/// Works again what came after a copy that was put in the cabinet's place; nothing is sent.
pub fn rescan_after_copy(clerk: Clerk, config: Config) -> Result<Rebuilt> {
    runtime()?.block_on(async {
        let (_stop, stopped) = watch::channel(false);
        let shared = Shared::new(Bell::hire(clerk)?, Watchdog::of_the_clerk()?, stopped);
        let mut inbox = Inbox::new(config.inbox);
        let rebuilt = rescan::rescan_once(&shared, &mut inbox).await?;
        inbox.close().await;
        Ok(rebuilt.unwrap_or_default())
    })
}

/// How a line was in the only round, for `status`.
async fn note(shared: &Shared, line: Line, round: &Result<usize>) -> Result<()> {
    let fault = round.as_ref().err().map(|error| format!("{error:#}"));
    Watch::new(line).note(&shared.bell, now(), fault).await.map(drop)
}

/// What a log-in at one server found, line by line.
pub type Probed = Result<Vec<String>, Fault>;

/// Logs in at both servers, inbox first; sends and changes nothing.
pub fn probe(config: Config) -> Result<[Probed; 2]> {
    runtime()?.block_on(async {
        let (mut inbox, mut outbox) = (Inbox::new(config.inbox), Outbox::new(config.outbox));
        let found = [inbox.probe().await, outbox.probe().await];
        tokio::join!(inbox.close(), outbox.close());
        Ok(found)
    })
}
