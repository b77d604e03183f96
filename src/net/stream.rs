//! The line itself: TCP without delay and with keepalive, plain or TLS, and a limit on how long any read or write may hang.
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_rustls::client::TlsStream;

use crate::net::endpoint::{Endpoint, Tls};
use crate::net::fault::{Fault, Kind};
use crate::net::tls;

/// Each address of a server gets this long to answer, and so does its handshake.
const CONNECT: Duration = Duration::from_secs(15);
/// A read or a write that hangs longer than this has failed, unless [`Stream::set_limit`] says otherwise.
pub const LIMIT: Duration = Duration::from_secs(60);
/// A peer that vanished without a word is noticed after 60 + 4 × 15 seconds.
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(15)).with_retries(4);

#[derive(Debug)]
pub struct Stream {
    inner: Inner,
    local: SocketAddr,
    peer: SocketAddr,
    limit: Duration,
    timer: Pin<Box<Sleep>>,
    /// Is a read or a write hanging, so that `timer` counts?
    armed: bool,
}

#[derive(Debug)]
enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// A line to `to`: protected already if its TLS is on connect; otherwise as yet in clear.
    pub async fn connect(to: &Endpoint) -> Result<Stream, Fault> {
        let tcp = dial(to).await?;
        let stream = Stream::over(tcp).map_err(|error| Fault::line(&to.to_string(), &error))?;
        match to.tls {
            Tls::Connect => stream.protect(to).await,
            Tls::StartTls => Ok(stream),
            Tls::None if stream.peer.ip().is_loopback() => Ok(stream),
            Tls::None => Err(Fault::new(
                Kind::Untrusted,
                format!(
                    "{to} no es esta misma máquina: sin cifrado no se le envía nada; use tls = \"connect\" o \"starttls\"."
                ),
            )),
        }
    }

    /// The same line under TLS, after the server agreed to it.
    pub async fn protect(self, to: &Endpoint) -> Result<Stream, Fault> {
        let Stream { inner, local, peer, limit, timer, armed: _ } = self;
        let Inner::Plain(tcp) = inner else {
            return Err(Fault::new(Kind::Protocol, format!("La conexión con {to} ya estaba protegida.")));
        };
        let line = timeout(CONNECT, tls::protect(tcp, to)).await.unwrap_or_else(|_| Err(silent(to)))?;
        Ok(Stream { inner: Inner::Tls(line), local, peer, limit, timer, armed: false })
    }

    /// From now on a read or a write may hang for `limit`.
    pub fn set_limit(&mut self, limit: Duration) {
        self.limit = limit;
        self.armed = false;
    }

    /// «TLS 1.3», or that there is none.
    pub fn protection(&self) -> String {
        match &self.inner {
            Inner::Plain(_) => "sin cifrado".to_owned(),
            Inner::Tls(line) => format!("TLS {}", tls::version(line)),
        }
    }

    /// Our own end of it.
    pub fn local_ip(&self) -> IpAddr {
        self.local.ip()
    }

    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn over(tcp: TcpStream) -> io::Result<Stream> {
        tcp.set_nodelay(true)?;
        SockRef::from(&tcp).set_tcp_keepalive(&KEEPALIVE)?;
        let (local, peer) = (tcp.local_addr()?, tcp.peer_addr()?);
        let inner = Inner::Plain(tcp);
        Ok(Stream { inner, local, peer, limit: LIMIT, timer: Box::pin(sleep(LIMIT)), armed: false })
    }

    /// What a read or a write gave, or that it has hung for too long.
    fn within<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.armed = false;
            return done;
        }
        if !self.armed {
            self.armed = true;
            self.timer.as_mut().reset(Instant::now() + self.limit);
        }
        match self.timer.as_mut().poll(cx) {
            Poll::Ready(()) => {
                self.armed = false;
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

async fn dial(to: &Endpoint) -> Result<TcpStream, Fault> {
    let host = to.host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(CONNECT, lookup_host((host, to.port))).await.map_err(|_| silent(to))?;
    let addresses = found.map_err(|error| {
        let what = format!("No se encuentra el servidor «{}»: {error}. Revise el nombre y la red.", to.host);
        Fault::new(Kind::Unreachable, what)
    })?;
    let mut last = Fault::new(Kind::Unreachable, format!("El servidor «{}» no tiene dirección.", to.host));
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = Fault::line(&to.to_string(), &error),
            Err(_) => last = silent(to),
        }
    }
    Err(last)
}

fn silent(to: &Endpoint) -> Fault {
    Fault::new(Kind::Unreachable, format!("{to} no responde: revise la red y el cortafuegos."))
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let done = match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Inner::Tls(line) => Pin::new(line).poll_read(cx, buffer),
        };
        self.within(cx, done)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Inner::Tls(line) => Pin::new(line).poll_write(cx, bytes),
        };
        self.within(cx, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Inner::Tls(line) => Pin::new(line).poll_flush(cx),
        };
        self.within(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Inner::Tls(line) => Pin::new(line).poll_shutdown(cx),
        };
        self.within(cx, done)
    }
}
