//! One stream for IMAP and SMTP alike: no delay, keepalive, a deadline on every read and write, plain or TLS.
