//! Entering without a password: tokens of Microsoft 365 or Google (RFC 6749), fetched, kept while they last, and presented.
use crate::net::endpoint::Endpoint;
use crate::net::fault::{Fault, Kind, quote};
use crate::net::http::{self, Answer};
use crate::net::secret::{Password, Secret};
use serde::Deserialize;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// A token is not used any more so long before it ends.
const MARGIN: Duration = Duration::from_secs(300);
/// How long a token lasts whose giver does not say.
const USUAL: u64 = 600;

/// How a server is shown who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    Password(Secret),
    Token(Box<Grant>),
}

/// What tokens are asked for with, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub endpoint: Endpoint,
    /// «/tenant/oauth2/v2.0/token».
    pub path: String,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    /// With one the mailbox's owner gave us leave (section 6); without, the organisation did (section 4.4).
    pub refresh_token: Option<Secret>,
    pub scope: Option<String>,
}

/// The token that is held, and since it was asked for, until when it may be used.
#[derive(Default)]
pub struct Purse {
    held: Option<(Password, Instant)>,
    /// The leave that came with the last token, where the giver changes it each time and it could not be written down.
    leave: Option<Password>,
}

/// A token to be presented.
#[derive(Clone, Debug)]
pub struct Bearer {
    token: Password,
    /// It was fetched just now: if it is refused, another will be too.
    pub is_fresh: bool,
}

impl Bearer {
    /// The words of XOAUTH2, before base64.
    pub fn words(&self, user: &str) -> String {
        format!("user={user}\u{1}auth=Bearer {}\u{1}\u{1}", self.token.reveal())
    }
}

/// Nothing prints a token.
impl fmt::Debug for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Purse({})", if self.held.is_some() { "…" } else { "" })
    }
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    /// Seconds: a number, or the text of one.
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default)]
    refresh_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

impl Purse {
    /// A token that will last: the one that is held, or a new one.
    pub async fn bearer(&mut self, grant: &Grant) -> Result<Bearer, Fault> {
        if let Some((token, until)) = &self.held
            && Instant::now() < *until
        {
            return Ok(Bearer { token: token.clone(), is_fresh: false });
        }
        let token = self.fetch(grant).await?;
        Ok(Bearer { token, is_fresh: true })
    }

    /// The token that is held was refused: the next is a new one.
    pub fn spoil(&mut self) {
        self.held = None;
    }

    async fn fetch(&mut self, grant: &Grant) -> Result<Password, Fault> {
        self.held = None;
        let asked = Instant::now();
        let (secret, leave) = (read(grant.client_secret.as_ref())?, self.leave(grant)?);
        let mut form = vec![("client_id", grant.client_id.as_str())];
        form.extend(secret.as_ref().map(|secret| ("client_secret", secret.reveal())));
        match &leave {
            Some(leave) => form.extend([("grant_type", "refresh_token"), ("refresh_token", leave.reveal())]),
            None => form.push(("grant_type", "client_credentials")),
        }
        form.extend(grant.scope.as_ref().map(|scope| ("scope", scope.as_str())));
        let answer = http::post(&grant.endpoint, &grant.path, &form).await?;
        let given = judge(&grant.endpoint, &answer)?;
        if let (Some(new), Some(place)) = (given.refresh_token, &grant.refresh_token) {
            self.keep_leave(place, leave.as_ref(), Password::new(new));
        }
        let token = Password::new(given.access_token);
        self.held = Some((token.clone(), asked + lasting(given.expires_in.as_ref())));
        Ok(token)
    }

    fn leave(&self, grant: &Grant) -> Result<Option<Password>, Fault> {
        match &self.leave {
            Some(leave) => Ok(Some(leave.clone())),
            None => read(grant.refresh_token.as_ref()),
        }
    }

    /// A new leave takes the place of the old one in its file, where that is ours to write: the old one ends some day.
    fn keep_leave(&mut self, place: &Secret, old: Option<&Password>, new: Password) {
        if old == Some(&new) {
            return;
        }
        self.leave = match place.replace(&new) {
            Ok(()) => None,
            Err(fault) => {
                tracing::warn!(error = %fault, "a new refresh token could not be written down; it is kept until the service stops");
                Some(new)
            }
        };
    }
}

fn read(secret: Option<&Secret>) -> Result<Option<Password>, Fault> {
    secret.map(Secret::read).transpose()
}

/// How long a token may be used: not to its very end, and not longer than half of a short life.
fn lasting(seconds: Option<&serde_json::Value>) -> Duration {
    let said = seconds.and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()));
    let whole = Duration::from_secs(said.unwrap_or(USUAL));
    whole.saturating_sub(MARGIN).max(whole / 2)
}

/// A token, or whose fault it is that there is none.
fn judge(to: &Endpoint, answer: &Answer) -> Result<Given, Fault> {
    if answer.code == 200 {
        let what = format!("{to} respondió algo que no es un permiso (OAuth2).");
        let given: Option<Given> = serde_json::from_slice(&answer.body).ok();
        let usable = |given: &Given| !given.access_token.is_empty() && !given.access_token.contains(char::is_control);
        return given.filter(usable).ok_or_else(|| Fault::new(Kind::Protocol, what));
    }
    let said: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let why = quote(&format!("{} {} {}", answer.code, said.error, said.error_description));
    let resting = answer.code >= 500 || answer.code == 429 || said.error == "temporarily_unavailable";
    if resting {
        return Err(Fault::new(Kind::Unreachable, format!("{to} no atiende ahora: {why}")));
    }
    let what = format!(
        "{to} no da permiso para entrar al correo (OAuth2: {why}). Revise `client_id`, su secreto y su vencimiento, y que la \
         aplicación siga autorizada."
    );
    Err(Fault::new(Kind::Refused, what))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::net::endpoint::Tls;
    use serde_json::json;

    fn answer(code: u16, body: &str) -> Result<Given, Fault> {
        let to = Endpoint { host: "login.x.co".into(), port: 443, tls: Tls::Connect, ca: None };
        judge(&to, &Answer { code, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn a_token_is_let_go_before_it_ends() {
        let seconds = |value: serde_json::Value| lasting(Some(&value)).as_secs();
        assert_eq!((seconds(json!(3599)), seconds(json!("3599")), seconds(json!(8))), (3299, 3299, 4));
        assert_eq!(lasting(None).as_secs(), 300);
    }

    #[test]
    fn a_refusal_is_told_apart_from_a_server_that_rests() {
        assert_eq!(answer(200, r#"{"access_token": "a", "expires_in": 9}"#).unwrap().access_token, "a");
        let refused = answer(401, r#"{"error": "invalid_client", "error_description": "AADSTS7000222: expired"}"#);
        let fault = refused.err().unwrap();
        assert!(fault.kind == Kind::Refused && fault.what.contains("401 invalid_client AADSTS7000222"), "{fault}");
        for (code, body, kind) in [
            (503, "<html>", Kind::Unreachable),
            (429, "", Kind::Unreachable),
            (404, "<html>", Kind::Refused),
            (200, "<html>", Kind::Protocol),
            (200, r#"{"access_token": "a\r\nb"}"#, Kind::Protocol),
        ] {
            assert_eq!(answer(code, body).err().unwrap().kind, kind, "{code} {body}");
        }
    }

    #[test]
    fn nothing_prints_a_token() {
        let token = Password::new("canario".to_owned());
        let purse = Purse { held: Some((token.clone(), Instant::now())), leave: Some(token.clone()) };
        assert!(!format!("{purse:?} {:?}", Bearer { token, is_fresh: true }).contains("canario"));
    }
}
