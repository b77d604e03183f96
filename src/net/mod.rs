//! One stream for IMAP and SMTP alike: no delay, keepalive, a deadline on every read and write, plain or TLS.
pub mod backoff;
pub mod endpoint;
pub mod fault;
mod http;
pub mod oauth;
pub mod secret;
pub mod stream;
mod tls;
