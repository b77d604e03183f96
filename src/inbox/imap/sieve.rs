//! Between the line and the parser: what the parser would choke on is left out, and nothing grows without bound.
//!
//! async-imap ends a session at the first response that imap-proto does not know, be it a blank line or some server's own
//! extension, and reserves memory for a literal as soon as it is announced. So each response that is one line is tried on
//! imap-proto first, and each announcement is measured. imap-proto itself panics on some words (found by fuzzing) and goes down
//! one call deeper with every parenthesis: it gets to see only what is ever asked for.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_imap::imap_proto::Response;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tracing::debug;

use crate::net::stream::Stream;

/// The longest line: those we ask for have a few hundred octets.
const LINE: usize = 256 * 1024;
const CHUNK: usize = 16 * 1024;
/// Parentheses within parentheses: what we ask for has two or three.
const DEEPEST: usize = 8;
/// Data that means something to us; those of [`NUMBERED`] come after a number.
const DATA: [&[u8]; 7] = [b"CAPABILITY", b"FLAGS", b"LIST", b"LSUB", b"SEARCH", b"STATUS", b"VANISHED"];
const NUMBERED: [&[u8]; 4] = [b"EXISTS", b"RECENT", b"EXPUNGE", b"FETCH"];
/// A date that is none: imap-proto panics on it.
const DATELESS: &[u8] = b"INTERNALDATE NIL";

#[derive(Debug)]
pub(crate) struct Sieve {
    stream: Stream,
    sifter: Sifter,
    /// How much of the sifter's output was handed on.
    taken: usize,
}

#[derive(Debug)]
struct Sifter {
    /// The largest literal that is let through.
    largest: u64,
    /// The line that is being received.
    line: Vec<u8>,
    /// Octets of a literal still to come.
    literal: u64,
    /// Had this response a literal already, so that the line is its continuation?
    inside: bool,
    /// Parentheses of this response that are still open.
    depth: usize,
    /// What the parser may read.
    ready: Vec<u8>,
}

impl Sieve {
    pub(crate) fn new(stream: Stream, largest: u64) -> Sieve {
        Sieve { stream, sifter: Sifter::new(largest), taken: 0 }
    }

    pub(crate) fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(crate) fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }

    pub(crate) fn into_stream(self) -> Stream {
        self.stream
    }
}

impl Sifter {
    fn new(largest: u64) -> Sifter {
        Sifter { largest, line: Vec::new(), literal: 0, inside: false, depth: 0, ready: Vec::new() }
    }

    fn sift(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.literal > 0 {
                let now = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                let (literal, rest) = bytes.split_at(now);
                self.ready.extend_from_slice(literal);
                self.literal -= now as u64;
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let (line, rest) = bytes.split_at(end);
            self.line.extend_from_slice(line);
            bytes = rest;
            if self.line.len() > LINE {
                return Err(io::Error::other("a line without end"));
            }
            if self.line.ends_with(b"\n") {
                self.whole_line()?;
            }
        }
        Ok(())
    }

    fn whole_line(&mut self) -> io::Result<()> {
        let is_status = !self.inside && self.is_status();
        if is_status {
            part(&mut self.line);
        }
        let is_odd = !is_status && self.is_odd();
        if let Some(octets) = self.announced() {
            if octets > self.largest {
                return Err(io::Error::other("a literal larger than any mail"));
            }
            if is_odd {
                return Err(io::Error::other("an answer to no question of ours"));
            }
            self.literal = octets;
            self.inside = true;
        } else if self.inside {
            if is_odd {
                return Err(io::Error::other("an answer to no question of ours"));
            }
            self.inside = false;
        } else if self.is_untagged() && (is_odd || !parses(&self.line)) {
            debug!(octets = self.line.len(), "an unknown response was left out");
            self.line.clear();
            return Ok(());
        }
        self.ready.append(&mut self.line);
        Ok(())
    }

    /// What bears a tag or asks us to go on is the parser's to refuse.
    fn is_untagged(&self) -> bool {
        self.line.starts_with(b"* ") || self.line.trim_ascii().is_empty()
    }

    /// Tagged, untagged or an invitation to go on: words for people, which may say anything.
    fn is_status(&self) -> bool {
        const STATUS: [&[u8]; 5] = [b"OK ", b"NO ", b"BAD ", b"BYE ", b"PREAUTH "];
        let Some(data) = self.line.strip_prefix(b"* ") else { return true };
        let begins = |status: &&[u8]| data.get(..status.len()).is_some_and(|word| word.eq_ignore_ascii_case(status));
        STATUS.iter().any(begins)
    }

    /// Data that we never ask for, or that imap-proto cannot bear.
    fn is_odd(&mut self) -> bool {
        if !self.inside {
            self.depth = 0;
        }
        let mut deepest = 0;
        for byte in &self.line {
            match byte {
                b'(' => self.depth += 1,
                b')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(self.depth);
        }
        let is_dateless = self.line.windows(DATELESS.len()).any(|words| words.eq_ignore_ascii_case(DATELESS));
        deepest > DEEPEST || is_dateless || !self.inside && !self.is_ours()
    }

    fn is_ours(&self) -> bool {
        let mut words = self.line.split(|byte| byte.is_ascii_whitespace()).skip(1);
        let first = words.next().unwrap_or_default();
        let (word, known) = match first.first().is_some_and(u8::is_ascii_digit) {
            true => (words.next().unwrap_or_default(), NUMBERED.as_slice()),
            false => (first, DATA.as_slice()),
        };
        known.iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// «{123}» at the end of a line that may have a literal: not of a status.
    fn announced(&self) -> Option<u64> {
        if !self.inside && self.is_status() {
            return None;
        }
        let inner = self.line.strip_suffix(b"}\r\n")?;
        let open = inner.iter().rposition(|byte| *byte == b'{')?;
        let digits = std::str::from_utf8(inner.get(open + 1..)?).ok()?;
        let digits = digits.strip_suffix('+').unwrap_or(digits);
        // A number beyond all bounds is still an announcement, and refused as one.
        let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        number.then(|| digits.parse().unwrap_or(u64::MAX))
    }
}

/// imap-proto takes whatever follows the code of a status for a space, and panics where that is a letter beyond ASCII.
fn part(line: &mut Vec<u8>) {
    let is_glued = |before: u8, byte: u8| before == b']' && !byte.is_ascii();
    if line.windows(2).any(|pair| matches!(pair, [before, byte] if is_glued(*before, *byte))) {
        let befores = std::iter::once(b' ').chain(line.iter().copied());
        let pairs = befores.zip(line.iter().copied());
        *line = pairs.flat_map(|(b, byte)| is_glued(b, byte).then_some(b' ').into_iter().chain([byte])).collect();
    }
}

fn parses(line: &[u8]) -> bool {
    Response::parse(line).is_ok_and(|(rest, _)| rest.is_empty())
}

impl AsyncRead for Sieve {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let ready = this.sifter.ready.get(this.taken..).unwrap_or_default();
            if !ready.is_empty() {
                let (now, later) = ready.split_at(ready.len().min(buffer.remaining()));
                buffer.put_slice(now);
                this.taken += now.len();
                if later.is_empty() {
                    this.sifter.ready.clear();
                    this.taken = 0;
                }
                return Poll::Ready(Ok(()));
            }
            let mut chunk = [0; CHUNK];
            let mut chunk = ReadBuf::new(&mut chunk);
            match Pin::new(&mut this.stream).poll_read(cx, &mut chunk) {
                Poll::Ready(Ok(())) if chunk.filled().is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => this.sifter.sift(chunk.filled())?,
                other => return other,
            }
        }
    }
}

impl AsyncWrite for Sieve {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sift(chunks: &[&[u8]]) -> io::Result<Vec<u8>> {
        let mut sifter = Sifter::new(1000);
        chunks.iter().try_for_each(|chunk| sifter.sift(chunk))?;
        Ok(sifter.ready)
    }

    #[test]
    fn what_the_parser_knows_goes_through_untouched() {
        let known: &[u8] = b"* 3 EXISTS\r\n* 1 FETCH (UID 7 BODY[] {9}\r\n\r\n* XX {9})\r\n* OK [ALERT] text {5}\r\n+ go\r\nT1 OK done\r\n";
        assert_eq!(sift(&[known]).unwrap(), known);
    }

    #[test]
    fn blank_lines_and_unknown_data_are_left_out() {
        assert_eq!(sift(&[b"\r\n* XNEW (a b)\r\n* 1 EXISTS\r\nT1 OK x\r\n"]).unwrap(), b"* 1 EXISTS\r\nT1 OK x\r\n");
    }

    #[test]
    fn a_status_in_latin_1_is_still_a_status() {
        for status in ["* OK contrase", "* BYE contrase", "T1 NO contrase"] {
            let line = [status.as_bytes(), b"\xf1a mala\r\n"].concat();
            assert!(parses(&line), "{status}");
            assert_eq!(sift(&[&line]).unwrap(), line);
        }
    }

    #[test]
    fn a_letter_glued_to_a_code_is_parted_from_it() {
        for begin in ["* OK [ALERT]", "T1 NO [ALERT]", "+ [ALERT]"] {
            let (glued, parted) = (format!("{begin}ñame\r\n"), format!("{begin} ñame\r\n"));
            assert!(parses(parted.as_bytes()), "{begin}");
            assert_eq!(sift(&[glued.as_bytes()]).unwrap(), parted.as_bytes());
        }
        let named = "* LIST () \"/\" \"[x]\"\r\n";
        assert_eq!(sift(&[named.as_bytes()]).unwrap(), named.as_bytes());
    }

    #[test]
    fn what_the_parser_cannot_bear_never_reaches_it() {
        let deep = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(".repeat(100_000));
        let dateless = "* 1 FETCH (UID 7 INTERNALDATE nil)\r\n";
        let foreign = "* METADATA \"x\" (/private/comment \"\u{e1}\")\r\n* ID NIL\r\n";
        for odd in [&deep, dateless, foreign] {
            assert_eq!(sift(&[odd.as_bytes()]).unwrap(), b"", "{odd:.30}");
        }
        // A response with a literal is not held until it is whole: the line ends there.
        let in_pieces = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(((({1}\r\nx".repeat(3));
        for odd in ["* 1 FETCH (INTERNALDATE NIL BODY[] {1}\r\n", "* METADATA \"x\" (/private/a {1}\r\n", &in_pieces] {
            assert!(sift(&[odd.as_bytes()]).is_err(), "{odd}");
        }
    }

    #[test]
    fn nothing_grows_without_bound() {
        for huge in ["* 1 FETCH (BODY[] {1001}\r\n", "* 1 FETCH (BODY[] {99999999999999999999999}\r\n"] {
            assert!(sift(&[huge.as_bytes()]).is_err());
        }
        assert!(sift(&[&vec![b'x'; LINE + 1]]).is_err());
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_comes_out_the_same(
            bytes in proptest::collection::vec(
                prop::sample::select(b"\r\n{}0123* FETCH(OK+)\xf1".to_vec()), 0..200),
            cut in 1..50usize,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
            let (whole, cut) = (sift(&[&bytes]), sift(&pieces));
            prop_assert_eq!(whole.ok(), cut.ok());
        }
    }
}
