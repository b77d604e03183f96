//! A server that gives tokens and says whether one is good (RFC 6749, RFC 7662), on loopback: what Microsoft 365 and Google do.
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Whose mailbox every token opens.
const USER: &str = "mesa";

#[derive(Default)]
struct Book {
    /// Tokens given, and until when each is good.
    tokens: BTreeMap<String, Instant>,
    /// The forms that asked for them.
    asked: Vec<BTreeMap<String, String>>,
    lifetime: Duration,
    is_closed: bool,
}

#[derive(Clone)]
pub struct Tokens {
    pub port: u16,
    book: Arc<Mutex<Book>>,
}

impl Tokens {
    /// Each token lasts so long.
    pub fn start(lifetime: Duration) -> Tokens {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let book = Arc::new(Mutex::new(Book { lifetime, ..Book::default() }));
        let tokens = Tokens { port: listener.local_addr().unwrap().port(), book };
        let serving = tokens.clone();
        thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.answer(line));
            }
        });
        tokens
    }

    /// Dovecot's passdb that asks this server, for the configuration of [`crate::kit::servers::Servers`].
    pub fn passdb(&self, home: &std::path::Path) -> String {
        let file = home.join("oauth2.conf.ext");
        let port = self.port;
        let ask = format!(
            "introspection_mode = post\nintrospection_url = http://127.0.0.1:{port}/introspect\nusername_attribute = email\n\
             username_format = %n\nactive_attribute = active\nactive_value = true\ntimeout_msecs = 3000\n"
        );
        std::fs::write(&file, ask).unwrap();
        format!(
            "auth_mechanisms = plain login xoauth2\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {}\n}}\n",
            file.display()
        )
    }

    /// How many tokens were given.
    pub fn given(&self) -> usize {
        self.book.lock().unwrap().tokens.len()
    }

    pub fn asked(&self) -> Vec<BTreeMap<String, String>> {
        self.book.lock().unwrap().asked.clone()
    }

    /// Every token that was given is worth nothing from now on.
    pub fn revoke(&self) {
        let mut book = self.book.lock().unwrap();
        book.tokens.values_mut().for_each(|until| *until = Instant::now());
    }

    /// From now on nobody gets a token, and none is good; or all is as it was.
    pub fn close(&self, is_closed: bool) {
        self.book.lock().unwrap().is_closed = is_closed;
    }

    fn answer(&self, stream: TcpStream) {
        let mut line = BufReader::new(stream);
        loop {
            let Some((path, form)) = request(&mut line) else { return };
            let (code, body) = self.judge(&path, &form);
            let body = body.to_string();
            let head = format!("HTTP/1.1 {code}\r\nContent-Type: application/json\r\n");
            // In two pieces to who asks for a token, in one to who asks about it: both are HTTP.
            let (half, rest) = body.split_at(body.len() / 2);
            let whole = match path.as_str() {
                "/token" => format!(
                    "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{half}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
                    half.len(),
                    rest.len()
                ),
                _ => format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()),
            };
            if line.get_mut().write_all(whole.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn judge(&self, path: &str, form: &BTreeMap<String, String>) -> (&'static str, serde_json::Value) {
        let mut book = self.book.lock().unwrap();
        if path != "/token" {
            let token = form.get("token").cloned().unwrap_or_default();
            let good = !book.is_closed && book.tokens.get(&token).is_some_and(|until| Instant::now() < *until);
            return ("200 OK", json!({ "active": good, "email": USER, "scope": "mail" }));
        }
        book.asked.push(form.clone());
        let known = form.get("client_id").is_some_and(|id| id == "mesa-tic")
            && form.get("client_secret").is_some_and(|s| s == "s&creto");
        let leave = format!("leave-{}", book.tokens.len());
        let may = match form.get("grant_type").map(String::as_str) {
            Some("client_credentials") => true,
            Some("refresh_token") => form.get("refresh_token") == Some(&leave),
            Some(_) | None => false,
        };
        if book.is_closed || !known || !may {
            return (
                "401 Unauthorized",
                json!({ "error": "invalid_client", "error_description": "The secret has expired." }),
            );
        }
        let (token, until) = (format!("token-{}.~+/=", book.tokens.len() + 1), Instant::now() + book.lifetime);
        book.tokens.insert(token.clone(), until);
        let next = format!("leave-{}", book.tokens.len());
        (
            "200 OK",
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": book.lifetime.as_secs(), "refresh_token": next }),
        )
    }
}

fn request(line: &mut BufReader<TcpStream>) -> Option<(String, BTreeMap<String, String>)> {
    let mut first = String::new();
    line.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let (mut length, mut header) = (0, String::new());
    while line.read_line(&mut header).ok()? > 2 {
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        header.clear();
    }
    let mut body = vec![0; length];
    line.read_exact(&mut body).ok()?;
    let target = first.split(' ').nth(1)?.to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let form = [String::from_utf8(body).unwrap(), query.to_owned()].join("&");
    let fields = form.split('&').filter_map(|field| field.split_once('='));
    Some((path.to_owned(), fields.map(|(name, value)| (name.to_owned(), decode(value))).collect()))
}

fn decode(value: &str) -> String {
    let (mut octets, mut rest) = (Vec::new(), value.bytes());
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let code = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&code).unwrap(), 16).unwrap()
            }
            b'+' => b' ',
            plain => plain,
        });
    }
    String::from_utf8(octets).unwrap()
}
