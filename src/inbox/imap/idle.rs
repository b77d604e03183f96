//! Waiting for mail: IDLE where the server has it (RFC 2177), otherwise a question now and then.
use std::time::Duration;

use async_imap::imap_proto::Response;
use tokio::time::{Instant, sleep, sleep_until};

use crate::inbox::imap::line::{COMMAND, Heard};
use crate::inbox::imap::session::Session;
use crate::net::fault::{Fault, Kind};
use crate::net::stream::LIMIT;

/// An IDLE is asked for again before this: routers and servers forget a line that says nothing for half an hour.
const LONGEST: Duration = Duration::from_secs(24 * 60);
/// How often a server without IDLE is asked.
const POLL: Duration = Duration::from_secs(30);

/// Tells the server to speak up by itself. `false` when it will not.
pub(crate) async fn begin(session: &mut Session, max: Duration) -> Result<bool, Fault> {
    if !session.can.has("IDLE") {
        return Ok(false);
    }
    let tag = session.line.say("IDLE").await?;
    let until = Instant::now() + COMMAND;
    loop {
        match session.line.hear(&tag, until, &mut |_| {}).await? {
            Heard::Go => break,
            Heard::Done(_) => return Ok(false),
            Heard::Other => {}
        }
    }
    session.line.set_limit(max.min(LONGEST) + LIMIT);
    session.idle = Some(tag);
    Ok(true)
}

/// Until mail comes or `max` is over. Dropping this future loses nothing: the session is still in IDLE.
pub(crate) async fn listen(session: &mut Session, max: Duration) -> Result<(), Fault> {
    let Some(tag) = session.idle.clone() else { return Ok(()) };
    let end = Instant::now() + max.min(LONGEST);
    let mut ignore = |_: &Response<'_>| {};
    while !session.line.news {
        // `hear` takes the end of its time for a dead line; here it is only the end of the wait.
        tokio::select! {
            biased;
            heard = session.line.hear(&tag, end + LIMIT, &mut ignore) => match heard? {
                Heard::Go | Heard::Other => {}
                Heard::Done(reply) => {
                    session.idle = None;
                    let what = format!("{} dejó de avisar del correo nuevo: {}", session.line.server(), reply.text);
                    return if reply.is_ok() { Ok(()) } else { Err(Fault::new(Kind::Protocol, what)) };
                }
            },
            () = sleep_until(end) => break,
        }
    }
    Ok(())
}

/// Ends an IDLE, if there is one, so that commands can be given again.
pub(crate) async fn end(session: &mut Session) -> Result<(), Fault> {
    session.line.set_limit(LIMIT);
    if let Some(tag) = session.idle.take() {
        session.line.put("DONE\r\n").await?;
        let reply = session.line.verdict(&tag, COMMAND, |_| {}).await?;
        session.line.satisfied("IDLE", reply)?;
    }
    Ok(())
}

/// Asks now and then. Only the sleep may be dropped without loss: the caller sees to it.
pub(crate) async fn doze(max: Duration) {
    sleep(max.min(POLL)).await;
}

pub(crate) async fn ask(session: &mut Session) -> Result<(), Fault> {
    session.line.demand("NOOP", COMMAND, |_| {}).await?;
    Ok(())
}
