//! The wire against real servers: a private Dovecot and a private Postfix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;

use std::path::PathBuf;
use std::time::Duration;

use kit::servers::{DOMAIN, Servers};
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::raw::{Place, Settled};
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::fault::Kind;
use mesa_tic::net::secret::Secret;
use mesa_tic::outbox::Outbox;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::outbox::setting::{Login, Relay, Setting as Way};

fn endpoint(port: u16, tls: Tls, ca: Option<PathBuf>) -> Endpoint {
    Endpoint { host: "localhost".to_owned(), port, tls, ca }
}

fn account(servers: &Servers, tls: Tls) -> Account {
    let port = if tls == Tls::Connect { servers.imaps } else { servers.imap };
    Account {
        endpoint: endpoint(port, tls, Some(servers.ca())),
        user: "mesa".to_owned(),
        secret: Secret::File(servers.secret()),
        auth: Auth::Plain,
        folder: "INBOX".to_owned(),
        done: Some("Atención/Procesados".to_owned()),
        max_size: 100_000,
    }
}

fn imap(account: Account) -> Inbox {
    Inbox::new(Setting::Imap(account))
}

fn smtp(servers: &Servers, port: u16, tls: Tls, login: bool) -> Outbox {
    let login = login.then(|| Login { user: "mesa".to_owned(), secret: Secret::File(servers.secret()) });
    Outbox::new(Way::Smtp(Relay { endpoint: endpoint(port, tls, Some(servers.ca())), login }))
}

fn mail(subject: &str) -> String {
    format!("From: ana@{DOMAIN}\r\nTo: mesa@{DOMAIN}\r\nSubject: {subject}\r\n\r\nNo prende el PC.\r\n")
}

fn at(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

async fn places(inbox: &mut Inbox) -> Vec<Place> {
    inbox.list().await.unwrap().into_iter().map(|mail| mail.place).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_comes_by_postfix_is_read_and_moved_over_every_kind_of_line() {
    let servers = Servers::start();
    for (round, tls) in [Tls::Connect, Tls::StartTls, Tls::None].into_iter().enumerate() {
        for auth in [Auth::Plain, Auth::Login] {
            let subject = format!("{tls:?} {auth:?}");
            servers.submit(&at("ana"), &at("mesa"), &mail(&subject));
            servers.await_mail("mesa", 1);
            let mut inbox = imap(Account { auth, ..account(&servers, tls) });
            let places = places(&mut inbox).await;
            let fetched = inbox.fetch(&places).await.unwrap();
            assert_eq!(fetched.mails.len(), 1, "{subject}");
            assert!(String::from_utf8_lossy(&fetched.mails[0].bytes).contains(&subject));
            assert!(fetched.mails[0].is_whole() && fetched.gone.is_empty() && fetched.short.is_empty());
            assert_eq!(inbox.done(&places).await.unwrap(), Settled::Moved);
            assert_eq!(inbox.done(&places).await.unwrap(), Settled::Moved);
            assert!(inbox.list().await.unwrap().is_empty());
            inbox.close().await;
        }
        assert_eq!(servers.mails("mesa", "Atenci&APM-n/Procesados").len(), 2 * (round + 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_go_out_over_every_kind_of_line_and_refusals_find_their_owner() {
    let servers = Servers::start();
    let ways = [
        (servers.smtp, Tls::None, false),
        (servers.smtp, Tls::StartTls, true),
        (servers.submission, Tls::StartTls, true),
        (servers.smtps, Tls::Connect, true),
    ];
    for (count, (port, tls, login)) in ways.into_iter().enumerate() {
        let mut outbox = smtp(&servers, port, tls, login);
        let letter = format!("Subject: {count}\r\n\r\n.\r\n..dos\r\nfin\r\n");
        let outcome = outbox.send(&at("mesa"), &at("ana"), letter.as_bytes()).await;
        assert!(matches!(&outcome, Outcome::Sent { receipt } if receipt.contains("queued as")), "{tls:?}: {outcome:?}");
        let nobody = outbox.send(&at("mesa"), &at("nadie"), letter.as_bytes()).await;
        assert!(matches!(&nobody, Outcome::Never { why } if why.contains("550 5.1.1")), "{nobody:?}");
        let slow = outbox.send(&at("mesa"), &at("lento"), letter.as_bytes()).await;
        assert!(matches!(&slow, Outcome::Later { why } if why.contains("450 4.7.1")), "{slow:?}");
        let again = outbox.send(&at("mesa"), &at("luis"), letter.as_bytes()).await;
        assert!(matches!(again, Outcome::Sent { .. }), "{again:?}");
        outbox.close().await;
        let received = servers.await_mail("ana", count + 1);
        let text = String::from_utf8_lossy(&received[count]).replace("\r\n", "\n");
        assert!(text.ends_with("\n\n.\n..dos\nfin\n"), "{text}");
    }
    assert_eq!(servers.await_mail("luis", 4).len(), 4);
    let mut stranger = smtp(&servers, servers.submission, Tls::StartTls, false);
    let refused = stranger.send(&at("mesa"), &at("ana"), b"Subject: x\r\n\r\n").await;
    assert!(!matches!(refused, Outcome::Sent { .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_a_refusal_by_both() {
    let servers = Servers::start();
    let wrong = servers.home().join("wrong");
    std::fs::write(&wrong, "otra\n").unwrap();
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for auth in [Auth::Plain, Auth::Login] {
        let mut inbox = imap(Account { secret: Secret::File(wrong.clone()), auth, ..account(&servers, Tls::Connect) });
        let fault = inbox.list().await.unwrap_err();
        assert_eq!(fault.kind, Kind::Refused, "{fault}");
    }
    let login = Some(Login { user: "mesa".to_owned(), secret: Secret::File(wrong) });
    let endpoint = endpoint(servers.smtps, Tls::Connect, Some(servers.ca()));
    let outcome = Outbox::new(Way::Smtp(Relay { endpoint, login })).send(&at("mesa"), &at("ana"), b"x").await;
    assert!(matches!(&outcome, Outcome::Closed { kind: Kind::Refused, .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_used_again() {
    let servers = Servers::start();
    let (mut inbox, mut outbox) =
        (imap(account(&servers, Tls::Connect)), smtp(&servers, servers.smtps, Tls::Connect, true));
    assert!(inbox.list().await.unwrap().is_empty());
    assert!(matches!(outbox.send(&at("mesa"), &at("ana"), b"Subject: 1\r\n\r\n").await, Outcome::Sent { .. }));
    servers.dovecot_down();
    servers.postfix_down();
    let fault = inbox.list().await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unreachable, "{fault}");
    let fault = inbox.list().await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unreachable, "{fault}");
    let outcome = outbox.send(&at("mesa"), &at("ana"), b"Subject: 2\r\n\r\n").await;
    assert!(matches!(outcome, Outcome::Closed { kind: Kind::Unreachable, .. }), "{outcome:?}");
    servers.dovecot_up();
    servers.postfix_up();
    assert!(inbox.list().await.unwrap().is_empty());
    assert!(matches!(outbox.send(&at("mesa"), &at("ana"), b"Subject: 2\r\n\r\n").await, Outcome::Sent { .. }));
    assert_eq!(servers.await_mail("ana", 2).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_when_mail_comes_and_may_be_dropped() {
    let servers = Servers::imap("");
    let mut inbox = imap(account(&servers, Tls::Connect));
    assert!(inbox.list().await.unwrap().is_empty());
    // Dropped in the middle of it, then asked something else, then again: the line still answers each question by itself.
    for _ in 0..3 {
        assert!(tokio::time::timeout(Duration::from_millis(300), inbox.wait(Duration::from_secs(60))).await.is_err());
        assert!(inbox.list().await.unwrap().is_empty());
    }
    assert!(tokio::time::timeout(Duration::from_millis(300), inbox.wait(Duration::from_secs(60))).await.is_err());
    servers.drop_in("mesa", mail("uno").as_bytes());
    inbox.wait(Duration::from_secs(60)).await.unwrap();
    assert_eq!(inbox.list().await.unwrap().len(), 1);
    inbox.wait(Duration::from_millis(100)).await.unwrap();
}
