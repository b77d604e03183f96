//! One question by HTTP/1.1 to a server that gives tokens: a form is posted, a short answer comes back, the line is closed.
use crate::net::endpoint::Endpoint;
use crate::net::fault::{Fault, Kind};
use crate::net::stream::Stream;
use httparse::{EMPTY_HEADER, Header, Status, parse_chunk_size};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// The whole of it, connection included.
const PATIENCE: Duration = Duration::from_secs(30);
/// Octets of an answer; a token has a few thousand.
const LONGEST: usize = 64 * 1024;
const HEADERS: usize = 64;

/// What the server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) body: Vec<u8>,
}

/// Posts a form (its fields are encoded here) and waits for the answer.
pub(crate) async fn post(to: &Endpoint, path: &str, form: &[(&str, &str)]) -> Result<Answer, Fault> {
    let silent = || Fault::line(&to.to_string(), &io::ErrorKind::TimedOut.into());
    timeout(PATIENCE, ask(to, path, form)).await.unwrap_or_else(|_| Err(silent()))
}

async fn ask(to: &Endpoint, path: &str, form: &[(&str, &str)]) -> Result<Answer, Fault> {
    let broken = |error: io::Error| Fault::line(&to.to_string(), &error);
    let mut stream = Stream::connect(to).await?;
    stream.write_all(request(&to.host, path, form).as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let (mut heard, mut bite) = (Vec::new(), vec![0; 8192]);
    loop {
        let read = match stream.read(&mut bite).await {
            Ok(read) => read,
            // Servers that hang up without the farewell of TLS are common; what came must be whole all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(broken(error)),
        };
        heard.extend_from_slice(bite.get(..read).unwrap_or_default());
        match parse(&heard, read == 0) {
            Some(answer) => return Ok(answer),
            None if read == 0 || heard.len() > LONGEST => {
                let what = format!("{to} respondió algo que no se entiende como HTTP.");
                return Err(Fault::new(Kind::Protocol, what));
            }
            None => {}
        }
    }
}

fn request(host: &str, path: &str, form: &[(&str, &str)]) -> String {
    let fields: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let body = fields.join("&");
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nUser-Agent: mesa-tic\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// As forms want it (WHATWG URL, section 5), with %20 for a space.
fn encode(value: &str) -> String {
    let octet = |octet: u8| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(octet).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(octet).collect()
}

/// The answer, once all of it is here. `is_all`: nothing more will come. Words of a server that goes on working (1xx) are
/// passed over.
fn parse(heard: &[u8], is_all: bool) -> Option<Answer> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(Status::Complete(head)) = response.parse(heard) else { return None };
    let (code, rest) = (response.code?, heard.get(head..)?);
    if code < 200 {
        return parse(rest, is_all);
    }
    let named = |name: &str| response.headers.iter().find(|h: &&Header<'_>| h.name.eq_ignore_ascii_case(name));
    let value = |name: &str| named(name).and_then(|header| std::str::from_utf8(header.value).ok()).map(str::trim);
    if value("Transfer-Encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return chunks(rest).map(|body| Answer { code, body });
    }
    let body = match value("Content-Length").map(str::parse::<usize>) {
        Some(Ok(length)) => rest.get(..length)?,
        Some(Err(_)) => return None,
        None if is_all => rest,
        None => return None,
    };
    Some(Answer { code, body: body.to_vec() })
}

/// A body in pieces (RFC 9112 section 7.1), once its last one is here.
fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let Ok(Status::Complete((head, size))) = parse_chunk_size(rest) else { return None };
        if size == 0 {
            return Some(body);
        }
        let size = usize::try_from(size).ok().filter(|size| *size <= LONGEST)?;
        let end = head.checked_add(size)?;
        body.extend_from_slice(rest.get(head..end)?);
        rest = rest.get(end..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]
    use super::*;

    const ANSWERS: [&str; 3] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\"}",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n3;x=y\r\na\"}\r\n0\r\n\r\n",
        "HTTP/1.0 200\r\n\r\n{\"a\"}",
    ];

    #[test]
    fn an_answer_is_read_when_all_of_it_is_here_and_not_before() {
        for answer in ANSWERS {
            let whole = parse(answer.as_bytes(), true).unwrap();
            assert_eq!((whole.code, whole.body.as_slice()), (200, "{\"a\"}".as_bytes()), "{answer}");
            let early = (0..answer.len()).find(|end| parse(&answer.as_bytes()[..*end], false).is_some());
            assert!(early.is_none_or(|end| answer[..end].ends_with("0\r\n")), "{answer}: {early:?}");
        }
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", true), None);
        assert_eq!(parse(b"SSH-2.0-OpenSSH\r\n", true), None);
    }

    #[test]
    fn what_is_asked_cannot_be_broken_by_what_is_in_it() {
        let asked = request("x.co", "/token", &[("client_secret", "a&b=c\r\nñ "), ("scope", "https://x/.default")]);
        assert!(
            asked.ends_with("\r\n\r\nclient_secret=a%26b%3Dc%0D%0A%C3%B1%20&scope=https%3A%2F%2Fx%2F.default"),
            "{asked}"
        );
    }
}
