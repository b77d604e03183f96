//! Finished mails go out of the way: MOVE, or a copy and the removal of exactly these, or at least a keyword.
use crate::crash::{self, Point};
use crate::inbox::imap::line::{COMMAND, Reply};
use crate::inbox::imap::session::Session;
use crate::inbox::imap::words::{folder, sets};
use crate::inbox::raw::Settled;
use crate::net::fault::Fault;

/// Says on the server that a mail is done where it could not be moved.
const KEYWORD: &str = "$MesaProcesado";

pub(crate) async fn settle(session: &mut Session, uids: &[u32], wish: &str) -> Result<Settled, Fault> {
    let can_move = session.can.has("MOVE") || session.can.has("UIDPLUS");
    let why = if can_move {
        match take_away(session, uids, wish).await? {
            None => return Ok(Settled::Moved),
            Some(refused) => format!("El servidor no los movió a «{wish}»: {}", refused.text),
        }
    } else {
        "El servidor no sabe mover correos (MOVE ni UIDPLUS).".to_owned()
    };
    if !session.keywords {
        return Ok(Settled::Left { why });
    }
    for set in sets(uids) {
        let reply =
            session.line.command(&format!("UID STORE {set} +FLAGS.SILENT ({KEYWORD})"), COMMAND, |_| {}).await?;
        if !reply.is_ok() {
            return Ok(Settled::Left { why });
        }
    }
    Ok(Settled::Marked { why })
}

/// `None` when they are gone from the folder; else what the server had against it.
async fn take_away(session: &mut Session, uids: &[u32], wish: &str) -> Result<Option<Reply>, Fault> {
    let target = match &session.target {
        Some(known) => known.clone(),
        None => match find_or_create(session, wish).await? {
            Ok(found) => session.target.insert(found).clone(),
            Err(refused) => return Ok(Some(refused)),
        },
    };
    for set in sets(uids) {
        let mut reply = carry(session, &set, &target).await?;
        if !reply.is_ok() && reply.try_create {
            // Somebody deleted it meanwhile.
            session.line.command(&format!("CREATE {}", folder(&target)), COMMAND, |_| {}).await?;
            reply = carry(session, &set, &target).await?;
        }
        if !reply.is_ok() {
            session.target = None;
            return Ok(Some(reply));
        }
    }
    Ok(None)
}

async fn carry(session: &mut Session, set: &str, target: &str) -> Result<Reply, Fault> {
    let target = folder(target);
    if session.can.has("MOVE") {
        return session.line.command(&format!("UID MOVE {set} {target}"), COMMAND, |_| {}).await;
    }
    let copied = session.line.command(&format!("UID COPY {set} {target}"), COMMAND, |_| {}).await?;
    if !copied.is_ok() {
        return Ok(copied);
    }
    crash::at(Point::Copied);
    let flagged = session.line.command(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), COMMAND, |_| {}).await?;
    if !flagged.is_ok() {
        return Ok(flagged);
    }
    crash::at(Point::Flagged);
    // Never a plain EXPUNGE: it would take what others marked as deleted.
    session.line.command(&format!("UID EXPUNGE {set}"), COMMAND, |_| {}).await
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
