//! From nothing to a line that takes letters: connect, protect, greet, log in.
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::time::{Instant, timeout};

use crate::net::endpoint::{Endpoint, Tls};
use crate::net::fault::{Fault, Kind, quote};
use crate::net::oauth::{Proof, Purse};
use crate::net::stream::Stream;
use crate::outbox::setting::Relay;
use crate::outbox::smtp::blame::{Cause, unopened};

/// Everything up to the first letter.
const OPENING: Duration = Duration::from_secs(120);
/// Within a letter the server may think for so long (RFC 5321 section 4.5.3.2.6).
const THINKING: Duration = Duration::from_secs(600);
/// A reply before TLS has at most so many lines of at most so many octets.
const LINES: usize = 100;
const OCTETS: u64 = 2048;
/// A reply to lettre has at most so many octets.
const REPLY: usize = 16 * 1024;

/// A session that takes letters.
pub(crate) struct Line {
    pub(crate) smtp: AsyncSmtpConnection,
    /// Largest letter that the server announced (RFC 1870).
    pub(crate) size: Option<u64>,
    pub(crate) protection: String,
    /// When it was used last.
    pub(crate) used: Instant,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("size", &self.size).field("protection", &self.protection).finish_non_exhaustive()
    }
}

/// A line of ours. A token that was held and is refused is followed by a new one, once.
pub(crate) async fn open(relay: &Relay, purse: &mut Purse) -> Result<Line, Fault> {
    let silent = || Fault::line(&relay.endpoint.to_string(), &io::ErrorKind::TimedOut.into());
    loop {
        let word = word(relay, purse).await?;
        let opened = timeout(OPENING, begin(relay, &word)).await.unwrap_or_else(|_| Err(silent()));
        match (&opened, &word) {
            (Err(fault), Word::Token { is_fresh, .. }) if fault.kind == Kind::Refused => {
                purse.spoil();
                if *is_fresh {
                    return opened;
                }
            }
            (Ok(_) | Err(_), Word::None | Word::Password(_) | Word::Token { .. }) => return opened,
        }
    }
}

/// What is presented at the door.
enum Word {
    None,
    Password(Credentials),
    /// The words of XOAUTH2, in base64.
    Token {
        proof: String,
        is_fresh: bool,
    },
}

async fn word(relay: &Relay, purse: &mut Purse) -> Result<Word, Fault> {
    let Some(login) = &relay.login else { return Ok(Word::None) };
    match &login.proof {
        Proof::Password(secret) => {
            Ok(Word::Password(Credentials::new(login.user.clone(), secret.read()?.reveal().to_owned())))
        }
        Proof::Token(grant) => {
            let bearer = purse.bearer(grant).await?;
            Ok(Word::Token { proof: STANDARD.encode(bearer.words(&login.user)), is_fresh: bearer.is_fresh })
        }
    }
}

async fn begin(relay: &Relay, word: &Word) -> Result<Line, Fault> {
    let to = &relay.endpoint;
    let server = to.to_string();
    let stream = Stream::connect(to).await?;
    // An address literal is right for a client whose own name nobody knows (RFC 5321 section 4.1.4).
    let hello = match stream.local_ip() {
        IpAddr::V4(address) => ClientId::Ipv4(address),
        IpAddr::V6(address) => ClientId::Ipv6(address),
    };
    let mut wire = match to.tls {
        Tls::Connect | Tls::None => Wire { greeting: &[], stream, heard: 0 },
        // After STARTTLS a server does not greet again, but lettre begins by reading a greeting.
        Tls::StartTls => Wire { greeting: b"220 TLS\r\n", stream: start_tls(stream, to, &hello).await?, heard: 0 },
    };
    wire.stream.set_limit(THINKING);
    let protection = wire.stream.protection();
    let opened = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello).await;
    let mut smtp = opened.map_err(|error| unopened(&server, &error))?;
    // lettre keeps of the answer to EHLO only what it uses itself; the size is not among it.
    let offers = smtp.command(Ehlo::new(hello)).await.map_err(|error| unopened(&server, &error))?;
    match word {
        Word::None => {}
        Word::Password(credentials) => log_in(&mut smtp, credentials, &server).await?,
        Word::Token { proof, .. } => present(&mut smtp, proof, &server).await?,
    }
    Ok(Line { smtp, size: size(&offers), protection, used: Instant::now() })
}

/// XOAUTH2 by hand: a server that refuses says why with 334 first, and wants an empty line for its verdict.
async fn present(smtp: &mut AsyncSmtpConnection, proof: &str, server: &str) -> Result<(), Fault> {
    let mut said = smtp.command(format!("AUTH XOAUTH2 {proof}\r\n")).await;
    if said.as_ref().is_ok_and(|reply| reply.has_code(334)) {
        said = smtp.command("\r\n").await;
    }
    let Err(error) = said else { return Ok(()) };
    Err(turned_away(&error, server, |said| {
        format!(
            "{server} no aceptó el permiso (OAuth2) para enviar ({said}). Revise `user`, `scope` y que la aplicación tenga permiso sobre ese buzón."
        )
    }))
}

async fn log_in(smtp: &mut AsyncSmtpConnection, credentials: &Credentials, server: &str) -> Result<(), Fault> {
    let Err(error) = smtp.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await else { return Ok(()) };
    if error.is_client() {
        let why = format!("{server} no admite entrar con usuario y contraseña (PLAIN o LOGIN).");
        return Err(Fault::new(Kind::Refused, why));
    }
    Err(turned_away(&error, server, |said| {
        format!(
            "{server} no aceptó el usuario o la contraseña ({said}). Corrija la contraseña; si es una credencial de systemd, reinicie después el servicio."
        )
    }))
}

/// Why a log-in failed. What the server says for good is put into words with what to do about it.
fn turned_away(error: &Error, server: &str, refusal: impl FnOnce(String) -> String) -> Fault {
    match Cause::of(error) {
        Cause::Reply { code, words } if code < 500 => {
            Fault::new(Kind::Unreachable, format!("{server} no atiende ahora: {code} {words}"))
        }
        Cause::Reply { code, words } => Fault::new(Kind::Refused, refusal(format!("{code} {words}"))),
        Cause::Broken { why } | Cause::Ours { why } => Fault::new(Kind::Unreachable, format!("{server} {why}.")),
    }
}

/// «SIZE 26214400»; 0 means that the server sets no limit.
fn size(offers: &Response) -> Option<u64> {
    let announced = offers.message().find_map(|line| line.strip_prefix("SIZE "))?;
    announced.trim().parse().ok().filter(|size| *size > 0)
}

/// Greeting, EHLO, STARTTLS and the handshake. Nothing that was said in clear counts afterwards.
async fn start_tls(stream: Stream, to: &Endpoint, hello: &ClientId) -> Result<Stream, Fault> {
    let mut line = BufReader::new(stream);
    let (code, words) = reply(&mut line, to).await?;
    match code {
        220 => {}
        400..500 => return Err(Fault::new(Kind::Unreachable, format!("{to} no atiende ahora: {code} {words}"))),
        _ => {
            let what = format!("{to} no quiere recibir correo de esta máquina: {code} {words}");
            return Err(Fault::new(Kind::Refused, what));
        }
    }
    say(&mut line, to, &format!("EHLO {hello}\r\n")).await?;
    reply(&mut line, to).await?;
    say(&mut line, to, "STARTTLS\r\n").await?;
    let (code, words) = reply(&mut line, to).await?;
    if code != 220 {
        let what = format!("{to} no ofrece STARTTLS ({code} {words}): sin cifrado no se le envía nada.");
        return Err(Fault::new(Kind::Untrusted, what));
    }
    if !line.buffer().is_empty() {
        let what = format!("Alguien intervino la conexión con {to} antes de protegerla: se abandona.");
        return Err(Fault::new(Kind::Untrusted, what));
    }
    line.into_inner().protect(to).await
}

async fn say(line: &mut BufReader<Stream>, to: &Endpoint, words: &str) -> Result<(), Fault> {
    let written = async {
        line.write_all(words.as_bytes()).await?;
        line.flush().await
    };
    written.await.map_err(|error| Fault::line(&to.to_string(), &error))
}

/// A reply of one or more lines (RFC 5321 section 4.2.1): its code, and its last words.
async fn reply(line: &mut BufReader<Stream>, to: &Endpoint) -> Result<(u16, String), Fault> {
    let nonsense = || Fault::new(Kind::Protocol, format!("{to} respondió algo que no se entiende como SMTP."));
    for _ in 0..LINES {
        let mut bytes = Vec::new();
        let read = line.take(OCTETS).read_until(b'\n', &mut bytes).await;
        read.map_err(|error| Fault::line(&to.to_string(), &error))?;
        if bytes.is_empty() {
            return Err(Fault::line(&to.to_string(), &io::ErrorKind::UnexpectedEof.into()));
        }
        let text = String::from_utf8_lossy(&bytes);
        let (code, rest) = text.trim_end().split_at_checked(3).ok_or_else(nonsense)?;
        let code: u16 = code.parse().map_err(|_| nonsense())?;
        if !rest.starts_with('-') {
            return Ok((code, quote(rest)));
        }
    }
    Err(nonsense())
}

/// Our stream as lettre takes it, with a greeting to be read first where the server gives none, and no end of patience for
/// a reply without end: lettre itself reads a line until memory is full.
#[derive(Debug)]
struct Wire {
    greeting: &'static [u8],
    stream: Stream,
    /// Octets that came since we last spoke.
    heard: usize,
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.stream.peer())
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            if self.heard > REPLY {
                return Poll::Ready(Err(io::Error::other("a reply without end")));
            }
            let before = buffer.filled().len();
            let done = Pin::new(&mut self.stream).poll_read(cx, buffer);
            self.heard += buffer.filled().len() - before;
            return done;
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.heard = 0;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
