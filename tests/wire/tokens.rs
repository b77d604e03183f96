//! Tokens instead of passwords (OAuth2, XOAUTH2) at a real Dovecot and a real Postfix, given by a server of our own.
use crate::kit::oauth::Tokens;
use crate::kit::servers::Servers;
use crate::real::{account, at, mail, smtp_as};
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::setting::{Account, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::fault::Kind;
use mesa_tic::net::oauth::{Grant, Proof};
use mesa_tic::net::secret::Secret;
use mesa_tic::outbox::outcome::Outcome;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

fn secret(home: &Path, name: &str, word: &str) -> Secret {
    let path = home.join(name);
    fs::write(&path, format!("{word}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    Secret::File(path)
}

fn grant(tokens: &Tokens, home: &Path) -> Grant {
    Grant {
        endpoint: Endpoint { host: "127.0.0.1".into(), port: tokens.port, tls: Tls::None, ca: None },
        path: "/token".into(),
        client_id: "mesa-tic".into(),
        client_secret: Some(secret(home, "client_secret", "s&creto")),
        refresh_token: None,
        scope: Some("https://outlook.office365.com/.default".into()),
    }
}

fn inbox(servers: &Servers, grant: &Grant) -> Inbox {
    let account = Account { proof: Proof::Token(Box::new(grant.clone())), ..account(servers, Tls::Connect) };
    Inbox::new(Setting::Imap(account))
}

#[tokio::test]
async fn both_servers_are_entered_with_a_token_that_is_fetched_once_and_again_when_it_is_worth_nothing() {
    let tokens = Tokens::start(Duration::from_secs(3600));
    let servers = Servers::start_with(|home| tokens.passdb(home));
    let grant = grant(&tokens, servers.home());
    servers.submit(&at("ana"), &at("mesa"), &mail("con permiso"));
    servers.await_mail("mesa", 1);
    let mut inbox = inbox(&servers, &grant);
    assert_eq!(inbox.list().await.unwrap().len(), 1);
    let mut outbox = smtp_as(&servers, servers.smtps, Tls::Connect, Proof::Token(Box::new(grant.clone())));
    let sent = outbox.send(&at("mesa"), &at("ana"), mail("respuesta").as_bytes()).await;
    assert!(matches!(sent, Outcome::Sent { .. }), "{sent:?}");
    servers.await_mail("ana", 1);
    let asked = tokens.asked();
    assert_eq!(
        (asked.len(), asked[0]["grant_type"].as_str()),
        (2, "client_credentials"),
        "one for each of the two lines"
    );
    assert_eq!(asked[0]["scope"], "https://outlook.office365.com/.default");
    // A new line is entered with the token that is held.
    inbox.close().await;
    inbox.list().await.unwrap();
    assert_eq!(tokens.given(), 2);
    // A token that was taken back is followed by a new one, at once; nobody notices.
    tokens.revoke();
    inbox.close().await;
    outbox.close().await;
    assert_eq!(inbox.list().await.unwrap().len(), 1);
    let sent = outbox.send(&at("mesa"), &at("ana"), mail("otra").as_bytes()).await;
    assert!(matches!(sent, Outcome::Sent { .. }), "{sent:?}");
    assert_eq!(tokens.given(), 4);
    // Without leave nothing is entered, and it is told as what somebody has to mend; nothing of the secret is in the words.
    tokens.close(true);
    inbox.close().await;
    outbox.close().await;
    let fault = inbox.list().await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    assert!(
        fault.what.contains("invalid_client The secret has expired.") && !fault.what.contains("s&creto"),
        "{fault}"
    );
    let refused = outbox.send(&at("mesa"), &at("ana"), mail("no").as_bytes()).await;
    assert!(matches!(refused, Outcome::Closed { kind: Kind::Refused, .. }), "{refused:?}");
    // Leave given again: all goes on.
    tokens.close(false);
    assert_eq!(inbox.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends_and_so_is_the_leave_to_ask_for_it() {
    let tokens = Tokens::start(Duration::from_secs(4));
    let servers = Servers::start_with(|home| tokens.passdb(home));
    let leave = secret(servers.home(), "leave", "leave-0");
    let grant = Grant { refresh_token: Some(leave.clone()), scope: None, ..grant(&tokens, servers.home()) };
    let mut inbox = inbox(&servers, &grant);
    for turn in 1..=3 {
        inbox.list().await.unwrap();
        inbox.close().await;
        assert_eq!(tokens.given(), turn, "a token of 4 seconds is used for 2");
        assert_eq!(leave.read().unwrap().reveal(), format!("leave-{turn}"));
        tokio::time::sleep(Duration::from_millis(2100)).await;
    }
    assert!(tokens.asked().iter().all(|form| form["grant_type"] == "refresh_token"));
    // By STARTTLS as well; and a leave that somebody else has used is refused.
    let mut outbox = smtp_as(&servers, servers.submission, Tls::StartTls, Proof::Token(Box::new(grant.clone())));
    let sent = outbox.send(&at("mesa"), &at("ana"), mail("hola").as_bytes()).await;
    assert!(matches!(sent, Outcome::Sent { .. }), "{sent:?}");
    secret(servers.home(), "leave", "leave-1");
    tokens.revoke();
    outbox.close().await;
    let refused = outbox.send(&at("mesa"), &at("ana"), mail("no").as_bytes()).await;
    assert!(matches!(refused, Outcome::Closed { kind: Kind::Refused, .. }), "{refused:?}");
}

/// A token goes out only over a line that is protected, or to this same machine.
#[tokio::test]
async fn a_token_server_that_proves_nothing_is_told_nothing() {
    let tokens = Tokens::start(Duration::from_secs(60));
    let home = tempfile::tempdir().unwrap();
    let whole = grant(&tokens, home.path());
    let endpoint = Endpoint { tls: Tls::Connect, ..whole.endpoint.clone() };
    let servers = Servers::imap("");
    let fault = inbox(&servers, &Grant { endpoint, ..whole }).list().await.unwrap_err();
    assert!(matches!(fault.kind, Kind::Untrusted | Kind::Unreachable), "{fault}");
    assert_eq!(tokens.asked(), Vec::<std::collections::BTreeMap<String, String>>::new());
}
