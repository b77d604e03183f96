//! Places where a debug build can be made to die: the tests kill it at each of them and look at what is left.
//!
//! `MESA_CRASH_AT=Filed:2` ends the process the second time it comes by [`Point::Filed`], without farewell and without any
//! clean-up, as a `kill -9` would. A release build knows nothing of it, and does not start while the variable stands.
//!
//! `MESA_POISON=hang:WORD:500` makes whoever reads a mail with that word never come to an end, and the watchdog wait no longer
//! than 500 ms; with `abort:WORD` such a mail ends the process.
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

pub const VARIABLE: &str = "MESA_CRASH_AT";
pub const POISON: &str = "MESA_POISON";

/// Between any two of these something becomes durable, here or at one of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before each statement of a migration, and before its version is written.
    Migrating,
    /// After a migration was committed.
    Migrated,
    /// The old cabinet is set aside, and the copy not yet in its place.
    Apart,
    /// The copy is in its place; what came after it is not known yet.
    Restored,
    /// The cabinet is open, letters in doubt are not yet put back.
    Recovering,
    /// They are.
    Recovered,
    /// The mailbox was listed; nothing is noted yet.
    Listed,
    /// Mails were brought; nothing of them is on the disk.
    Fetched,
    /// A mail was filed, and the others of its batch not yet.
    Filing,
    /// The mails are durable; nobody has looked into them.
    Filed,
    /// The attempt is counted; the mails are not read yet.
    Begun,
    /// They are read; nothing is decided.
    Opened,
    /// The facts of a mail are written, but not its end, its letters or its files.
    FactsWritten,
    /// All that a mail causes is written; its batch is not committed.
    MailWritten,
    /// Before any COMMIT.
    Committing,
    /// After any COMMIT.
    Committed,
    /// What is finished is about to be moved out of the mailbox.
    Moving,
    /// A mail lies in both folders (servers without MOVE).
    Copied,
    /// And is marked as deleted in the first.
    Flagged,
    /// The mails were moved; that is not noted.
    Moved,
    /// It is.
    Tidied,
    /// Letters are due and not yet marked as being sent.
    Due,
    /// They are marked; nothing was said to the server.
    Sending,
    /// The server was told from whom and to whom.
    Addressed,
    /// The server waits for the text.
    Invited,
    /// The server has taken the letter; that is not noted.
    Accepted,
    /// It is.
    Settled,
}

impl Point {
    pub const ALL: [Point; 27] = [
        Point::Migrating,
        Point::Migrated,
        Point::Apart,
        Point::Restored,
        Point::Recovering,
        Point::Recovered,
        Point::Listed,
        Point::Fetched,
        Point::Filing,
        Point::Filed,
        Point::Begun,
        Point::Opened,
        Point::FactsWritten,
        Point::MailWritten,
        Point::Committing,
        Point::Committed,
        Point::Moving,
        Point::Copied,
        Point::Flagged,
        Point::Moved,
        Point::Tidied,
        Point::Due,
        Point::Sending,
        Point::Addressed,
        Point::Invited,
        Point::Accepted,
        Point::Settled,
    ];
}

/// Where this process is to die, and how often it may pass there before.
struct Plan {
    point: Point,
    passes: AtomicU32,
}

static PLAN: LazyLock<Option<Plan>> = LazyLock::new(|| {
    let (name, pass) = asked()?;
    let point = Point::ALL.into_iter().find(|point| format!("{point:?}") == name)?;
    Some(Plan { point, passes: AtomicU32::new(pass.saturating_sub(1)) })
});

fn asked() -> Option<(String, u32)> {
    let asked = std::env::var(VARIABLE).ok()?;
    let (name, pass) = asked.split_once(':').unwrap_or((&asked, "1"));
    Some((name.to_owned(), pass.parse().ok()?))
}

/// Ends the process here if a test asked for it; else nothing, and in a release build not even that.
#[inline]
pub fn at(point: Point) {
    if !cfg!(debug_assertions) {
        return;
    }
    let Some(plan) = PLAN.as_ref().filter(|plan| plan.point == point) else { return };
    if plan.passes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
        std::process::abort();
    }
}

/// A word that makes a mail poisonous, and what of.
struct Poison {
    hangs: bool,
    word: String,
    patience: Option<Duration>,
}

static POISONED: LazyLock<Option<Poison>> = LazyLock::new(|| {
    let asked = std::env::var(POISON).ok()?;
    let mut parts = asked.split(':');
    let (harm, word) = (parts.next()?, parts.next()?.to_owned());
    let patience = parts.next().and_then(|millis| millis.parse().ok()).map(Duration::from_millis);
    Some(Poison { hangs: harm == "hang", word, patience })
});

fn poison() -> Option<&'static Poison> {
    if cfg!(debug_assertions) { POISONED.as_ref() } else { None }
}

/// Whoever reads this mail does not live to tell of it, if a test asked for that.
pub fn by(mail: &[u8]) {
    let Some(poison) = poison() else { return };
    if !mail.windows(poison.word.len().max(1)).any(|octets| octets == poison.word.as_bytes()) {
        return;
    }
    if !poison.hangs {
        std::process::abort();
    }
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

/// How long a test wants the watchdog to wait.
pub fn patience() -> Option<Duration> {
    poison()?.patience
}

/// Is a variable set where nobody tests?
pub fn is_out_of_place() -> bool {
    !cfg!(debug_assertions) && [VARIABLE, POISON].iter().any(|name| std::env::var_os(name).is_some())
}
