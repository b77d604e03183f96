//! A private Dovecot and a private Postfix.

use std::path::PathBuf;
use std::time::Duration;

use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::raw::{Place, Settled};
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::fault::Kind;
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use mesa_tic::outbox::Outbox;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::outbox::setting::{Login, Relay, Setting as Way};

use crate::kit::servers::{DOMAIN, Servers};

fn endpoint(port: u16, tls: Tls, ca: Option<PathBuf>) -> Endpoint {
    Endpoint { host: "localhost".to_owned(), port, tls, ca }
}

pub(crate) fn account(servers: &Servers, tls: Tls) -> Account {
    let port = if tls == Tls::Connect { servers.imaps } else { servers.imap };
    Account {
        endpoint: endpoint(port, tls, Some(servers.ca())),
        user: "mesa".to_owned(),
        proof: Proof::Password(Secret::File(servers.secret())),
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
    let login =
        login.then(|| Login { user: "mesa".to_owned(), proof: Proof::Password(Secret::File(servers.secret())) });
    Outbox::new(Way::Smtp(Relay { endpoint: endpoint(port, tls, Some(servers.ca())), login }))
}

pub(crate) fn smtp_as(servers: &Servers, port: u16, tls: Tls, proof: Proof) -> Outbox {
    let login = Some(Login { user: "mesa".to_owned(), proof });
    Outbox::new(Way::Smtp(Relay { endpoint: endpoint(port, tls, Some(servers.ca())), login }))
}

pub(crate) fn mail(subject: &str) -> String {
    format!("From: ana@{DOMAIN}\r\nTo: mesa@{DOMAIN}\r\nSubject: {subject}\r\n\r\nNo prende el PC.\r\n")
}

pub(crate) fn at(user: &str) -> String {
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
        let mut inbox = imap(Account {
            proof: Proof::Password(Secret::File(wrong.clone())),
            auth,
            ..account(&servers, Tls::Connect)
        });
        let fault = inbox.list().await.unwrap_err();
        assert_eq!(fault.kind, Kind::Refused, "{fault}");
    }
    let login = Some(Login { user: "mesa".to_owned(), proof: Proof::Password(Secret::File(wrong)) });
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

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_proves_nothing_gets_no_password() {
    let servers = Servers::start();
    let [other, stranger] = ["other-name", "stranger"].map(|name| servers.home().join("tls").join(name));
    let unknown =
        imap(Account { endpoint: endpoint(servers.imaps, Tls::Connect, None), ..account(&servers, Tls::Connect) });
    let wrong_ca = Some(stranger.with_extension("pem"));
    let strange =
        imap(Account { endpoint: endpoint(servers.imap, Tls::StartTls, wrong_ca), ..account(&servers, Tls::StartTls) });
    for mut inbox in [unknown, strange] {
        let fault = inbox.list().await.unwrap_err();
        assert!(fault.kind == Kind::Untrusted && fault.what.contains("autoridad desconocida"), "{fault}");
    }
    servers.dovecot_down();
    for end in ["pem", "key"] {
        std::fs::copy(other.with_extension(end), servers.home().join("tls/server").with_extension(end)).unwrap();
    }
    servers.dovecot_up();
    let fault = imap(account(&servers, Tls::Connect)).list().await.unwrap_err();
    assert!(fault.kind == Kind::Untrusted && fault.what.contains("no es de «localhost»"), "{fault}");
    let outcome = smtp(&servers, servers.smtps, Tls::Connect, true).send(&at("mesa"), &at("ana"), b"x").await;
    assert!(matches!(&outcome, Outcome::Closed { kind: Kind::Untrusted, .. }), "{outcome:?}");
    let log = std::fs::read_to_string(servers.home().join("dovecot.log")).unwrap();
    assert!(!log.contains("Login: user="), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_move_copies_and_removes_exactly_these() {
    let servers = Servers::imap("imap_capability = IMAP4rev1 LITERAL+ UIDPLUS");
    for subject in ["uno", "dos", "tres"] {
        servers.drop_in("mesa", mail(subject).as_bytes());
    }
    let mut inbox = imap(account(&servers, Tls::Connect));
    let all = places(&mut inbox).await;
    // What another program marked as deleted is not ours to expunge.
    servers.doveadm(&["flags", "add", "-u", "mesa", "\\Deleted", "mailbox", "INBOX", "uid", &all[2].key]);
    assert_eq!(inbox.done(&all[..1]).await.unwrap(), Settled::Moved);
    assert_eq!(places(&mut inbox).await, all[1..]);
    assert_eq!(servers.mails("mesa", "Atenci&APM-n/Procesados").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_move_marks() {
    let servers = Servers::imap("imap_capability = IMAP4rev1 IDLE");
    servers.drop_in("mesa", mail("uno").as_bytes());
    let mut inbox = imap(account(&servers, Tls::Connect));
    let all = places(&mut inbox).await;
    for _ in 0..2 {
        assert!(matches!(inbox.done(&all).await.unwrap(), Settled::Marked { .. }));
    }
    assert_eq!(places(&mut inbox).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_leaves_no_trace_and_what_vanished_is_told_apart() {
    let servers = Servers::imap("");
    servers.drop_in("mesa", mail("chico").as_bytes());
    servers.drop_in("mesa", (mail("grande") + &"x".repeat(400_000)).as_bytes());
    servers.drop_in("mesa", mail("fugaz").as_bytes());
    let mut inbox = imap(Account { done: None, ..account(&servers, Tls::Connect) });
    let listed = inbox.list().await.unwrap();
    let all: Vec<Place> = listed.iter().map(|mail| mail.place.clone()).collect();
    servers.doveadm(&["expunge", "-u", "mesa", "mailbox", "INBOX", "uid", &all[2].key]);
    let fetched = inbox.fetch(&all).await.unwrap();
    assert_eq!(fetched.mails.len(), 2, "{:?} {:?}", fetched.gone, fetched.short);
    assert_eq!((fetched.gone.len() + fetched.short.len(), fetched.mails[0].is_whole()), (1, true));
    let big = &fetched.mails[1];
    assert_eq!((big.size, big.bytes.len(), big.is_whole()), (listed[1].size, 256 * 1024, false));
    assert!(matches!(inbox.done(&all).await.unwrap(), Settled::Left { .. }));
    let unseen: Vec<_> =
        std::fs::read_dir(servers.home().join("mail/mesa/Maildir/cur")).into_iter().flatten().collect();
    assert!(unseen.iter().all(|file| !file.as_ref().unwrap().file_name().to_string_lossy().contains('S')));
    // Under another UIDVALIDITY the old places mean nothing, and every mail has a new one.
    servers.doveadm(&["mailbox", "update", "-u", "mesa", "--uid-validity", "4711", "INBOX"]);
    let anew = places(&mut inbox).await;
    assert_eq!(anew.iter().map(|place| place.validity).collect::<Vec<_>>(), [4711, 4711]);
    assert_eq!(inbox.fetch(&all).await.unwrap().gone.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_comes_in_bites() {
    let servers = Servers::imap("");
    for number in 0..1200 {
        servers.drop_in("mesa", (mail(&number.to_string()) + &"x".repeat(20_000)).as_bytes());
    }
    let mut inbox = imap(account(&servers, Tls::Connect));
    let mut wanted = places(&mut inbox).await;
    assert_eq!(wanted.len(), 1200);
    let mut bites = 0;
    while !wanted.is_empty() {
        let fetched = inbox.fetch(&wanted).await.unwrap();
        assert!(fetched.mails.iter().map(|mail| mail.bytes.len()).sum::<usize>() <= 16 * 1024 * 1024);
        assert!(
            !fetched.mails.is_empty() && fetched.gone.is_empty() && fetched.short.is_empty(),
            "{} {} {}",
            fetched.mails.len(),
            fetched.gone.len(),
            fetched.short.len()
        );
        let brought: Vec<Place> = fetched.mails.into_iter().map(|mail| mail.place).collect();
        assert_eq!(brought, wanted[..brought.len()]);
        assert_eq!(inbox.done(&brought).await.unwrap(), Settled::Moved);
        wanted.drain(..brought.len());
        bites += 1;
    }
    assert_eq!(bites, 2);
    assert!(inbox.list().await.unwrap().is_empty());
}

/// A folder of finished mails that has no room, or may not be written to: what would not go is named, and goes when it may.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_quota_or_an_acl_keeps_from_moving_moves_when_it_may() {
    let quota = "mail_plugins = quota\nimap_capability = IMAP4rev1 LITERAL+ UIDPLUS\nplugin {\n  quota = maildir:Todo\n  quota_rule = \
                 *:bytes=900\n}\n";
    let acl = "mail_plugins = acl\nplugin {\n  acl = vfile\n}\n";
    for (extra, word) in [(quota, "OVERQUOTA"), (acl, "NOPERM")] {
        let servers = Servers::imap(extra);
        for subject in ["uno", "dos", "tres"] {
            servers.drop_in("mesa", (mail(subject) + &"x".repeat(300)).as_bytes());
        }
        servers.doveadm(&["mailbox", "create", "-u", "mesa", "Atención/Procesados"]);
        let rights = servers.home().join("mail/mesa/Maildir/.Atenci&APM-n.Procesados/dovecot-acl");
        if word == "NOPERM" {
            std::fs::write(&rights, "owner lr\n").unwrap();
        }
        let mut inbox = imap(account(&servers, Tls::Connect));
        let all = places(&mut inbox).await;
        let settled = inbox.done(&all).await.unwrap();
        let all_named = |keys: &[String]| keys.iter().eq(all.iter().map(|place| &place.key));
        assert!(
            matches!(&settled, Settled::Refused { keys, why } if all_named(keys) && why.contains(word)),
            "{settled:?}"
        );
        assert_eq!(places(&mut inbox).await, all, "all of them lie there");
        inbox.close().await;
        servers.dovecot_down();
        let config = servers.home().join("dovecot.conf");
        let text = std::fs::read_to_string(&config).unwrap().replace("bytes=900", "bytes=10M");
        std::fs::write(&config, text).unwrap();
        drop(std::fs::remove_file(&rights));
        servers.dovecot_up();
        assert_eq!(inbox.done(&all).await.unwrap(), Settled::Moved, "{word}");
        assert_eq!(servers.mails("mesa", "Atenci&APM-n/Procesados").len(), 3);
        assert!(places(&mut inbox).await.is_empty());
    }
}
