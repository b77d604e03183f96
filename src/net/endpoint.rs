//! Which server, and how the line to it is protected.
use std::fmt;
use std::path::PathBuf;

/// How a line is protected (RFC 8314).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte on: ports 993 and 465. The default.
    Connect,
    /// Plain until STARTTLS, and nothing said before it but that: ports 143 and 587. A server that does not offer it is
    /// refused.
    StartTls,
    /// Never protected; only to this same machine.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// A PEM file of certificate authorities to trust besides the machine's own.
    pub ca: Option<PathBuf>,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
