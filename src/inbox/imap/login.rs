//! From nothing to a session: connect, protect, prove who we are, ask what the server can do.
use std::collections::HashSet;

use async_imap::imap_proto::{Capability, Response, ResponseCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;

use crate::inbox::imap::line::{COMMAND, Heard, Line, Reply, Verdict};
use crate::inbox::imap::words::quoted;
use crate::inbox::raw::BEGINNING;
use crate::inbox::setting::{Account, Auth};
use crate::net::endpoint::Tls;
use crate::net::fault::{Fault, Kind};
use crate::net::oauth::{Bearer, Proof, Purse};
use crate::net::secret::Password;
use crate::net::stream::Stream;

/// What a server says it can do, in capitals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abilities(HashSet<String>);

impl Abilities {
    pub(crate) fn has(&self, ability: &str) -> bool {
        self.0.contains(ability)
    }

    fn learn(&mut self, found: &[Capability<'_>]) {
        self.0.extend(found.iter().map(|ability| match ability {
            Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            Capability::Auth(name) => format!("AUTH={}", name.to_uppercase()),
            Capability::Atom(name) => name.to_uppercase(),
        }));
    }
}

/// A session of ours. A token that was held and is refused is followed by a new one, once.
pub(crate) async fn open(account: &Account, purse: &mut Purse) -> Result<(Line, Abilities), Fault> {
    loop {
        let word = match &account.proof {
            Proof::Password(secret) => Word::Password(secret.read()?),
            Proof::Token(grant) => Word::Token(purse.bearer(grant).await?),
        };
        let opened = begin(account, &word).await;
        match (&opened, &word) {
            (Err(fault), Word::Token(bearer)) if fault.kind == Kind::Refused => {
                purse.spoil();
                if bearer.is_fresh {
                    return opened;
                }
            }
            (Ok(_) | Err(_), Word::Password(_) | Word::Token(_)) => return opened,
        }
    }
}

/// What is presented at the door.
enum Word {
    Password(Password),
    Token(Bearer),
}

async fn begin(account: &Account, word: &Word) -> Result<(Line, Abilities), Fault> {
    let to = &account.endpoint;
    let largest = largest(account.max_size);
    let mut line = Line::new(Stream::connect(to).await?, to.to_string(), largest);
    line.greeting().await?;
    if to.tls == Tls::StartTls {
        let reply = line.command("STARTTLS", COMMAND, |_| {}).await?;
        if reply.verdict != Verdict::Ok {
            let what = format!("{to} no ofrece STARTTLS ({}): sin cifrado no se le envía la contraseña.", reply.text);
            return Err(Fault::new(Kind::Untrusted, what));
        }
        line = Line::new(line.into_stream().protect(to).await?, to.to_string(), largest);
    }
    let before = line.abilities().await?;
    let reply = match word {
        Word::Password(password) => line.show(account, password.reveal(), &before).await?,
        Word::Token(bearer) => {
            let proof = STANDARD.encode(bearer.words(&account.user));
            line.authenticate("XOAUTH2", &proof, before.has("SASL-IR")).await?
        }
    };
    if reply.verdict != Verdict::Ok {
        return Err(refusal(&line, word, &reply));
    }
    let after = line.abilities().await?;
    Ok((line, after))
}

/// Servers may only estimate the size of a mail; twice as much is more than any estimate.
fn largest(max_size: u64) -> u64 {
    max_size.max(BEGINNING).saturating_mul(2)
}

/// The way that is wished for, if the server has it; else the other one.
fn choose(wish: Auth, server: &Abilities) -> Option<Auth> {
    let (plain, login) = (server.has("AUTH=PLAIN"), !server.has("LOGINDISABLED"));
    match wish {
        Auth::Plain if plain => Some(Auth::Plain),
        Auth::Login if login => Some(Auth::Login),
        Auth::Plain | Auth::Login if login => Some(Auth::Login),
        Auth::Plain | Auth::Login if plain => Some(Auth::Plain),
        Auth::Plain | Auth::Login => None,
    }
}

/// Why it did not let us in (RFC 5530): a full or resting server is not a wrong password.
fn refusal(line: &Line, word: &Word, reply: &Reply) -> Fault {
    let code = reply.text.to_uppercase();
    let resting = ["[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]"].iter().any(|known| code.starts_with(known));
    if resting {
        return Fault::new(Kind::Unreachable, format!("{} no atiende ahora: {}", line.server(), reply.text));
    }
    let (server, said) = (line.server(), &reply.text);
    let what = match word {
        Word::Password(_) => format!(
            "{server} no aceptó el usuario o la contraseña del buzón ({said}). Corrija la contraseña; si es una credencial de systemd, reinicie después el servicio."
        ),
        Word::Token(_) => format!(
            "{server} no aceptó el permiso (OAuth2) para el buzón ({said}). Revise `user`, `scope` y que la aplicación tenga permiso sobre ese buzón."
        ),
    };
    Fault::new(Kind::Refused, what)
}

impl Line {
    async fn abilities(&mut self) -> Result<Abilities, Fault> {
        let mut found = Abilities::default();
        let learn = |response: &Response<'_>| match response {
            Response::Capabilities(list) => found.learn(list),
            Response::Data { outcome, .. } => {
                if let Some(ResponseCode::Capabilities(list)) = &outcome.code {
                    found.learn(list);
                }
            }
            _ => {}
        };
        self.demand("CAPABILITY", COMMAND, learn).await?;
        Ok(found)
    }

    /// User and password, in the way the server has.
    async fn show(&mut self, account: &Account, password: &str, server: &Abilities) -> Result<Reply, Fault> {
        let user = &account.user;
        match choose(account.auth, server) {
            Some(Auth::Plain) => {
                let proof = STANDARD.encode(format!("\0{user}\0{password}"));
                self.authenticate("PLAIN", &proof, server.has("SASL-IR")).await
            }
            Some(Auth::Login) => self.login(user, password).await,
            None => {
                let to = &account.endpoint;
                let what = format!("{to} no admite entrar con usuario y contraseña. Pregunte a su administrador.");
                Err(Fault::new(Kind::Refused, what))
            }
        }
    }

    /// SASL with one word of ours. A server that asks for another has refused the first and says why: it is answered with
    /// nothing, and then gives its verdict (as XOAUTH2 wants it).
    async fn authenticate(&mut self, mechanism: &str, proof: &str, at_once: bool) -> Result<Reply, Fault> {
        let words = if at_once { format!("{mechanism} {proof}") } else { mechanism.to_owned() };
        let tag = self.say(&format!("AUTHENTICATE {words}")).await?;
        let (until, mut said) = (Instant::now() + COMMAND, at_once);
        loop {
            match self.hear(&tag, until, &mut |_| {}).await? {
                Heard::Go if said => self.put("\r\n").await?,
                Heard::Go => {
                    self.put(&format!("{proof}\r\n")).await?;
                    said = true;
                }
                Heard::Done(reply) => return Ok(reply),
                Heard::Other => {}
            }
        }
    }

    async fn login(&mut self, user: &str, password: &str) -> Result<Reply, Fault> {
        let (Some(user), Some(password)) = (quoted(user), quoted(password)) else {
            let what = format!(
                "{} solo acepta usuarios y contraseñas sin tildes ni eñes (LOGIN). Cambie la contraseña del buzón.",
                self.server()
            );
            return Err(Fault::new(Kind::Refused, what));
        };
        self.command(&format!("LOGIN {user} {password}"), COMMAND, |_| {}).await
    }
}
