//! The line to an IMAP server. Every command has a tag, a time limit and a verdict, and the verdict is read.
//!
//! async-imap frames and parses what the server says. Its own commands stop at the tag without reading the status, and so
//! report a NO, a BAD and a lost connection as an empty success; none of them is used here.
use std::io;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode, Status};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

use crate::inbox::imap::sieve::Sieve;
use crate::net::fault::{Fault, Kind, quote};
use crate::net::stream::{LIMIT, Stream};

/// A command without much to bring is answered within this.
pub(crate) const COMMAND: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Line {
    client: Client<Sieve>,
    server: String,
    said: u32,
    /// Commands on the way: those without a verdict, and those whose verdict came before it was asked for.
    open: Vec<(Tag, Option<Reply>)>,
    /// How many mails lie in the selected folder, as far as the server told us.
    pub(crate) exists: u32,
    /// A mail came since this was last cleared.
    pub(crate) news: bool,
}

/// The tag that a command's verdict will bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    No,
    Bad,
}

/// How the server closed a command.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) verdict: Verdict,
    /// The folder named does not exist and may be created (RFC 9051 section 7.1).
    pub(crate) try_create: bool,
    /// The server's own words, tamed.
    pub(crate) text: String,
}

/// What came next: our verdict, an invitation to go on, or something else that `on` was told of.
#[derive(Debug)]
pub(crate) enum Heard {
    Done(Reply),
    Go,
    Other,
}

impl Reply {
    pub(crate) fn is_ok(&self) -> bool {
        self.verdict == Verdict::Ok
    }
}

impl Line {
    /// `largest` is the size of the largest literal that will be taken.
    pub(crate) fn new(stream: Stream, server: String, largest: u64) -> Line {
        Line {
            client: Client::new(Sieve::new(stream, largest)),
            server,
            said: 0,
            open: Vec::new(),
            exists: 0,
            news: false,
        }
    }

    /// The line without what it had read ahead: bytes slipped in before TLS die here.
    pub(crate) fn into_stream(self) -> Stream {
        self.client.into_inner().into_stream()
    }

    pub(crate) fn stream(&self) -> &Stream {
        self.client.get_ref().stream()
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The first thing a server says, before any command.
    pub(crate) async fn greeting(&mut self) -> Result<(), Fault> {
        let response = match timeout_at(Instant::now() + COMMAND, self.client.read_response()).await {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None)) => return Err(self.broken(&io::ErrorKind::UnexpectedEof.into())),
            Ok(Err(error)) => return Err(self.broken(&error)),
            Err(_) => return Err(self.silent()),
        };
        let server = &self.server;
        match response.parsed() {
            Response::Data { status: Status::Ok, .. } => Ok(()),
            // A session we did not log in to, before any TLS: someone in the middle, or a server that is not for us.
            Response::Data { status: Status::PreAuth, .. } => {
                Err(Fault::new(Kind::Untrusted, format!("{server} abrió una sesión que nadie pidió.")))
            }
            Response::Data { outcome, .. } => {
                let why = quote(outcome.information.as_deref().unwrap_or("sin explicación"));
                Err(Fault::new(Kind::Unreachable, format!("{server} no atiende ahora: {why}")))
            }
            _ => Err(Fault::new(Kind::Protocol, format!("{server} no saludó como un servidor IMAP."))),
        }
    }

    /// A command and its verdict; `on` sees all that the server says in between.
    pub(crate) async fn command(
        &mut self,
        text: &str,
        within: Duration,
        on: impl FnMut(&Response<'_>),
    ) -> Result<Reply, Fault> {
        let tag = self.say(text).await?;
        self.verdict(&tag, within, on).await
    }

    /// As [`Line::command`], for one that has no reason to be refused.
    pub(crate) async fn demand(
        &mut self,
        text: &str,
        within: Duration,
        on: impl FnMut(&Response<'_>),
    ) -> Result<Reply, Fault> {
        let reply = self.command(text, within, on).await?;
        self.satisfied(text, reply)
    }

    /// The first half of a command: it is on its way. Several may be, and a server may work at them side by side: what it
    /// says of one can come between what it says of another.
    pub(crate) async fn say(&mut self, text: &str) -> Result<Tag, Fault> {
        self.said = self.said.wrapping_add(1);
        let tag = Tag(format!("T{}", self.said));
        self.put(&format!("{} {text}\r\n", tag.0)).await?;
        self.open.push((tag.clone(), None));
        Ok(tag)
    }

    /// Raw words inside a command: DONE, or a password that was asked for.
    pub(crate) async fn put(&mut self, words: &str) -> Result<(), Fault> {
        let stream = self.client.get_mut();
        let written = async {
            stream.write_all(words.as_bytes()).await?;
            stream.flush().await
        };
        match timeout_at(Instant::now() + LIMIT, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::line(&self.server, &error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// The second half: all that comes until the verdict on `tag`.
    pub(crate) async fn verdict(
        &mut self,
        tag: &Tag,
        within: Duration,
        mut on: impl FnMut(&Response<'_>),
    ) -> Result<Reply, Fault> {
        let until = Instant::now() + within;
        loop {
            match self.hear(tag, until, &mut on).await? {
                Heard::Done(reply) => return Ok(reply),
                Heard::Go | Heard::Other => {}
            }
        }
    }

    pub(crate) fn satisfied(&self, text: &str, reply: Reply) -> Result<Reply, Fault> {
        match reply.verdict {
            Verdict::Ok => Ok(reply),
            Verdict::No | Verdict::Bad => {
                // The first word only: the rest may be anybody's name.
                let verb: Vec<&str> = text.split(' ').take(if text.starts_with("UID") { 2 } else { 1 }).collect();
                let what = format!("{} rechazó la orden {}: {}", self.server, verb.join(" "), reply.text);
                Err(Fault::new(Kind::Protocol, what))
            }
        }
    }

    /// The verdict on `tag`, if it came while another was waited for.
    fn early(&mut self, tag: &Tag) -> Option<Reply> {
        let at = self.open.iter().position(|(open, reply)| open == tag && reply.is_some())?;
        self.open.swap_remove(at).1
    }

    /// One response. Dropping this future loses nothing: what was read stays in the buffer.
    pub(crate) async fn hear(
        &mut self,
        tag: &Tag,
        until: Instant,
        on: &mut impl FnMut(&Response<'_>),
    ) -> Result<Heard, Fault> {
        if let Some(reply) = self.early(tag) {
            return Ok(Heard::Done(reply));
        }
        let response = match timeout_at(until, self.client.read_response()).await {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None)) => return Err(self.broken(&io::ErrorKind::UnexpectedEof.into())),
            Ok(Err(error)) => return Err(self.broken(&error)),
            Err(_) => return Err(self.silent()),
        };
        match response.parsed() {
            Response::Done { tag: theirs, status, outcome } => {
                let verdict = match status {
                    Status::Ok => Verdict::Ok,
                    Status::No => Verdict::No,
                    Status::Bad | Status::PreAuth | Status::Bye => Verdict::Bad,
                };
                let try_create = outcome.code == Some(ResponseCode::TryCreate);
                let text = quote(outcome.information.as_deref().unwrap_or("sin explicación"));
                let reply = Reply { verdict, try_create, text };
                let Some(at) = self.open.iter().position(|(open, _)| open.0 == theirs.0) else {
                    let what = format!("{} respondió a una orden que no se le dio.", self.server);
                    return Err(Fault::new(Kind::Protocol, what));
                };
                let (theirs, _) = self.open.swap_remove(at);
                if theirs == *tag {
                    return Ok(Heard::Done(reply));
                }
                self.open.push((theirs, Some(reply)));
                return Ok(Heard::Other);
            }
            Response::Data { status: Status::Bye, outcome } => {
                let why = quote(outcome.information.as_deref().unwrap_or("sin explicación"));
                return Err(Fault::new(Kind::Unreachable, format!("{} terminó la sesión: {why}", self.server)));
            }
            Response::Continue(_) => return Ok(Heard::Go),
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.news |= *count > self.exists;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            _ => {}
        }
        on(response.parsed());
        Ok(Heard::Other)
    }

    /// async-imap puts what it could not parse into the error: that may be somebody's mail, and is not repeated.
    fn broken(&self, error: &io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::Other => {
                Fault::new(Kind::Protocol, format!("{} respondió algo que no se entiende como IMAP.", self.server))
            }
            _ => Fault::line(&self.server, error),
        }
    }

    fn silent(&self) -> Fault {
        Fault::line(&self.server, &io::ErrorKind::TimedOut.into())
    }

    /// During IDLE the server may keep silent for longer than any answer takes.
    pub(crate) fn set_limit(&mut self, limit: Duration) {
        self.client.get_mut().stream_mut().set_limit(limit);
    }
}
