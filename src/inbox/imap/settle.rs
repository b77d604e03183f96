//! Finished mails go out of the way: MOVE, or a copy and the removal of exactly these, or at least a keyword.
use crate::crash::{self, Point};
use crate::inbox::imap::line::{COMMAND, Reply};
use crate::inbox::imap::session::Session;
use crate::inbox::imap::words::{folder, sets};
use crate::inbox::raw::Settled;
use crate::net::fault::Fault;

/// Says on the server that a mail is done where it could not be moved.
const KEYWORD: &str = "$MesaProcesado";

/// Refusals in a row after which it is the folder that is refused, and not this mail or that one.
const MOST_REFUSALS: usize = 3;

pub(crate) async fn settle(session: &mut Session, uids: &[u32], wish: &str) -> Result<Settled, Fault> {
    if !(session.can.has("MOVE") || session.can.has("UIDPLUS")) {
        let why = "El servidor no sabe mover correos (MOVE ni UIDPLUS).".to_owned();
        let marked = mark(session, uids).await?;
        return Ok(if marked { Settled::Marked { why } } else { Settled::Left { why } });
    }
    let Some(refused) = take_away(session, uids, wish).await? else { return Ok(Settled::Moved) };
    let why = format!("El servidor no los movió a «{wish}»: {}", refused.why);
    let marked = mark(session, &refused.uids).await?;
    Ok(match (refused.for_good, marked) {
        (true, true) => Settled::Marked { why },
        (true, false) => Settled::Left { why },
        (false, _) => Settled::Refused { keys: refused.uids.iter().map(u32::to_string).collect(), why },
    })
}

/// Says on the server that they are done, where it keeps keywords.
async fn mark(session: &mut Session, uids: &[u32]) -> Result<bool, Fault> {
    if !session.keywords {
        return Ok(false);
    }
    for set in sets(uids) {
        let store = format!("UID STORE {set} +FLAGS.SILENT ({KEYWORD})");
        if !session.line.command(&store, COMMAND, |_| {}).await?.is_ok() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the server would not move, and what it had against it.
struct Refused {
    uids: Vec<u32>,
    why: String,
    /// A copy lies there already: another attempt would make another one.
    for_good: bool,
}

/// What became of one set.
enum Carried {
    Away,
    /// All of it lies where it was.
    Not(Reply),
    /// It was copied, and lies where it was too.
    Copied(Reply),
}

/// `None` when they are gone from the folder.
async fn take_away(session: &mut Session, uids: &[u32], wish: &str) -> Result<Option<Refused>, Fault> {
    let refused = |why: Reply, for_good| Ok(Some(Refused { uids: uids.to_vec(), why: why.text, for_good }));
    let target = match &session.target {
        Some(known) => known.clone(),
        None => match find_or_create(session, wish).await? {
            Ok(found) => session.target.insert(found).clone(),
            Err(why) => return refused(why, false),
        },
    };
    for set in sets(uids) {
        let mut carried = carry(session, &set, &target).await?;
        if let Carried::Not(reply) = &carried
            && reply.try_create
        {
            // Somebody deleted it meanwhile.
            session.line.command(&format!("CREATE {}", folder(&target)), COMMAND, |_| {}).await?;
            carried = carry(session, &set, &target).await?;
        }
        match carried {
            Carried::Away => {}
            Carried::Copied(why) => return refused(why, true),
            Carried::Not(why) => {
                let left = one_by_one(session, uids, &target, why.text).await?;
                session.target = None;
                return Ok(Some(left).filter(|left| !left.uids.is_empty()));
            }
        }
    }
    Ok(None)
}

/// One mail that the server will not move must not hold up the others.
async fn one_by_one(session: &mut Session, uids: &[u32], target: &str, why: String) -> Result<Refused, Fault> {
    let mut left = Refused { uids: Vec::new(), why, for_good: false };
    let mut in_a_row = 0;
    for (n, uid) in uids.iter().enumerate() {
        match carry(session, &uid.to_string(), target).await? {
            Carried::Away => in_a_row = 0,
            // It lies in both folders, and another attempt would make another copy.
            Carried::Copied(_) => {
                mark(session, &[*uid]).await?;
                in_a_row = 0;
            }
            Carried::Not(why) => {
                left.uids.push(*uid);
                left.why = why.text;
                in_a_row += 1;
            }
        }
        if in_a_row == MOST_REFUSALS {
            left.uids.extend(uids.iter().skip(n + 1));
            break;
        }
    }
    Ok(left)
}

async fn carry(session: &mut Session, set: &str, target: &str) -> Result<Carried, Fault> {
    let target = folder(target);
    if session.can.has("MOVE") {
        let moved = session.line.command(&format!("UID MOVE {set} {target}"), COMMAND, |_| {}).await?;
        return Ok(if moved.is_ok() { Carried::Away } else { Carried::Not(moved) });
    }
    let copied = session.line.command(&format!("UID COPY {set} {target}"), COMMAND, |_| {}).await?;
    if !copied.is_ok() {
        return Ok(Carried::Not(copied));
    }
    crash::at(Point::Copied);
    let flagged = session.line.command(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), COMMAND, |_| {}).await?;
    if !flagged.is_ok() {
        return Ok(Carried::Copied(flagged));
    }
    crash::at(Point::Flagged);
    // Never a plain EXPUNGE: it would take what others marked as deleted.
    let expunged = session.line.command(&format!("UID EXPUNGE {set}"), COMMAND, |_| {}).await?;
    Ok(if expunged.is_ok() { Carried::Away } else { Carried::Copied(expunged) })
}

/// The folder of that name as this server spells it, if it exists.
pub(crate) async fn find(session: &mut Session, wish: &str) -> Result<Option<String>, Fault> {
    for name in spellings(session, wish).await? {
        if session.naming(&name).await?.exists {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// A folder's name with the server's separator, and below INBOX where all folders must be.
async fn spellings(session: &mut Session, wish: &str) -> Result<[String; 2], Fault> {
    let separator = session.naming("INBOX").await?.separator.unwrap_or_else(|| "/".to_owned());
    let spelt = if separator == "/" { wish.to_owned() } else { wish.replace('/', &separator) };
    let below = format!("INBOX{separator}{spelt}");
    Ok([spelt, below])
}

async fn find_or_create(session: &mut Session, wish: &str) -> Result<Result<String, Reply>, Fault> {
    if let Some(name) = find(session, wish).await? {
        return Ok(Ok(name));
    }
    let names = spellings(session, wish).await?;
    let mut last = None;
    for name in &names {
        let reply = session.line.command(&format!("CREATE {}", folder(name)), COMMAND, |_| {}).await?;
        // It may exist without being shown to us (RFC 5530).
        if reply.is_ok() || reply.text.starts_with("[ALREADYEXISTS]") {
            // A courtesy to people: mail programs show only folders they subscribed to.
            session.line.command(&format!("SUBSCRIBE {}", folder(name)), COMMAND, |_| {}).await?;
            return Ok(Ok(name.clone()));
        }
        last = Some(reply);
    }
    Ok(last.map_or(Ok(wish.to_owned()), Err))
}
