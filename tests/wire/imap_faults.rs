//! IMAP servers that misbehave: no mail is lost by any of it, and none is made up.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::raw::{Fetched, Listed, Place, Settled};
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::fault::{Fault, Kind};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;

use crate::kit::fake::{Fake, Say, last, say};

struct Box {
    inbox: Inbox,
    _home: tempfile::TempDir,
}

fn open(fake: &Fake, auth: Auth, tls: Tls) -> Box {
    let home = tempfile::tempdir().unwrap();
    let secret = home.path().join("secret");
    std::fs::write(&secret, "clave\n").unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let inbox = Inbox::new(Setting::Imap(Account {
        endpoint: Endpoint { host: "127.0.0.1".to_owned(), port: fake.port, tls, ca: None },
        user: "mesa".to_owned(),
        proof: Proof::Password(Secret::File(secret)),
        auth,
        folder: "INBOX".to_owned(),
        done: Some("Procesados".to_owned()),
        max_size: 1000,
    }));
    Box { inbox, _home: home }
}

fn plain(fake: &Fake) -> Box {
    open(fake, Auth::Plain, Tls::None)
}

fn one() -> Place {
    Place { mailbox: "INBOX".to_owned(), validity: 7, key: "1".to_owned() }
}

async fn list(script: impl Fn(&str, &str) -> Option<Say> + Send + Sync + 'static) -> Result<Vec<Listed>, Fault> {
    plain(&Fake::imap(script).await).inbox.list().await
}

async fn fetch(script: impl Fn(&str, &str) -> Option<Say> + Send + Sync + 'static) -> Result<Fetched, Fault> {
    plain(&Fake::imap(script).await).inbox.fetch(&[one()]).await
}

fn shape(fetched: &Fetched) -> (usize, usize, usize) {
    (fetched.mails.len(), fetched.gone.len(), fetched.short.len())
}

#[tokio::test]
async fn the_fake_behaves_when_it_is_let() {
    let fake = Fake::imap(|_, _| None).await;
    let mut desk = plain(&fake);
    assert_eq!(desk.inbox.list().await.unwrap()[0].place, one());
    assert_eq!(desk.inbox.fetch(&[one()]).await.unwrap().mails[0].bytes, b"0123456789");
    assert_eq!(desk.inbox.done(&[one()]).await.unwrap(), Settled::Moved);
    desk.inbox.close().await;
    assert_eq!((fake.connections(), fake.count("UID MOVE 1 \"Procesados\""), fake.count("LOGOUT")), (1, 1, 1));
}

#[tokio::test]
async fn no_listing_is_taken_for_an_empty_one() {
    let refused =
        list(|tag, command| command.starts_with("UID FETCH").then(|| say(format!("{tag} NO [UNAVAILABLE] x\r\n"))));
    assert_eq!(refused.await.unwrap_err().kind, Kind::Protocol);
    let cut = list(|_, command| command.starts_with("UID FETCH").then(|| last("")));
    assert_eq!(cut.await.unwrap_err().kind, Kind::Unreachable);
    let cut = list(|_, command| command.starts_with("SELECT").then(|| last("* 0 EXISTS\r\n")));
    assert_eq!(cut.await.unwrap_err().kind, Kind::Unreachable);
    let bye = list(|_, command| command.starts_with("UID FETCH").then(|| last("* BYE apagado\r\n"))).await.unwrap_err();
    assert!(bye.kind == Kind::Unreachable && bye.what.contains("apagado"), "{bye}");
    let other = list(|_, command| command.starts_with("UID FETCH").then(|| say("T99 OK done\r\n")));
    assert_eq!(other.await.unwrap_err().kind, Kind::Protocol);
    let unnumbered = list(|tag, command| {
        command.starts_with("SELECT").then(|| say(format!("* 1 EXISTS\r\n{tag} OK [READ-WRITE] done\r\n")))
    });
    assert_eq!(unnumbered.await.unwrap_err().kind, Kind::Protocol);
}

#[tokio::test]
async fn no_body_or_half_a_body_is_no_mail() {
    let body = |text: &'static str| {
        fetch(move |tag, command| command.contains("BODY").then(|| say(format!("{text}{tag} OK done\r\n"))))
    };
    assert_eq!(shape(&body("* 1 FETCH (UID 1 BODY[] NIL)\r\n").await.unwrap()), (0, 0, 1));
    assert_eq!(shape(&body("* 1 FETCH (UID 1 BODY[] {0}\r\n)\r\n").await.unwrap()), (0, 0, 1));
    assert_eq!(shape(&body("* 1 FETCH (UID 1 BODY[] {3}\r\n012)\r\n").await.unwrap()), (0, 0, 1));
    assert_eq!(shape(&body("").await.unwrap()), (0, 0, 1));
    assert_eq!(shape(&body("* 1 FETCH (FLAGS (\\Seen))\r\n").await.unwrap()), (0, 0, 1));
    let vanished = fetch(|tag, command| command.starts_with("UID FETCH").then(|| say(format!("{tag} OK done\r\n"))));
    assert_eq!(shape(&vanished.await.unwrap()), (0, 1, 0));
    let cut = fetch(|_, command| command.contains("BODY").then(|| last("* 1 FETCH (UID 1 BODY[] {10}\r\n0123")));
    assert_eq!(cut.await.unwrap_err().kind, Kind::Unreachable);
    let refused = fetch(|tag, command| command.contains("BODY").then(|| say(format!("{tag} BAD no\r\n"))));
    assert_eq!(refused.await.unwrap_err().kind, Kind::Protocol);
}

#[tokio::test]
async fn a_server_that_only_estimates_sizes_is_believed_the_third_time() {
    let fake = Fake::imap(|tag, command| {
        command.contains("BODY").then(|| say(format!("* 1 FETCH (UID 1 BODY[] {{3}}\r\n012)\r\n{tag} OK done\r\n")))
    });
    let mut desk = plain(&fake.await);
    for _ in 0..2 {
        assert_eq!(shape(&desk.inbox.fetch(&[one()]).await.unwrap()), (0, 0, 1));
    }
    let mail = desk.inbox.fetch(&[one()]).await.unwrap().mails.remove(0);
    assert_eq!((mail.bytes.as_slice(), mail.size, mail.is_whole()), (&b"012"[..], 3, true));
}

#[tokio::test]
async fn what_it_throws_in_between_does_no_harm() {
    let fetched = fetch(|tag, command| {
        let noise =
            "* 5 EXISTS\r\n\r\n* XNEW (a b)\r\n* 4 FETCH (FLAGS (\\Seen))\r\n* VANISHED 41\r\n* OK [X-ODD 1] hola\r\n";
        let mail = "* 1 FETCH (FLAGS () BODY[] {10}\r\n01234{9}\r\n UID 1)\r\n* 2 EXPUNGE\r\n";
        command.contains("BODY").then(|| say(format!("{noise}{mail}{noise}{tag} OK\r\n")))
    });
    assert_eq!(fetched.await.unwrap().mails[0].bytes, b"01234{9}\r\n");
}

#[tokio::test]
async fn a_mail_over_the_limit_is_only_begun() {
    let size = |command: &str| command.starts_with("UID FETCH") && !command.contains("BODY");
    let fetched = fetch(move |tag, command| match command {
        _ if size(command) => Some(say(format!("* 1 FETCH (UID 1 RFC822.SIZE 5000)\r\n{tag} OK\r\n"))),
        "UID FETCH 1 (UID BODY.PEEK[]<0.262144>)" => {
            Some(say(format!("* 1 FETCH (UID 1 BODY[]<0> {{4}}\r\nhola)\r\n{tag} OK\r\n")))
        }
        _ => None,
    });
    let mail = fetched.await.unwrap().mails.remove(0);
    assert_eq!((mail.bytes.as_slice(), mail.size, mail.is_whole()), (&b"hola"[..], 5000, false));
    let flood = fetch(|_, command| command.contains("BODY").then(|| say("* 1 FETCH (UID 1 BODY[] {4000000000}\r\n")));
    assert_eq!(flood.await.unwrap_err().kind, Kind::Protocol);
}

#[tokio::test]
async fn a_silent_or_dripping_server_is_given_up() {
    for answer in [Say::Nothing, Say::Drip(b'x')] {
        let fake = Fake::imap(move |_, command| command.contains("BODY").then(|| answer.clone())).await;
        let mut desk = plain(&fake);
        desk.inbox.list().await.unwrap();
        tokio::time::pause();
        let fault = desk.inbox.fetch(&[one()]).await.unwrap_err();
        tokio::time::resume();
        assert_eq!(fault.kind, Kind::Unreachable);
        assert!(fault.what.contains("dejó de responder"), "{fault}");
    }
}

#[tokio::test]
async fn no_nonsense_makes_a_mail_or_a_panic() {
    let words = [
        "* ",
        "1 ",
        "FETCH ",
        "(",
        ")",
        "UID 1 ",
        "BODY[] ",
        "{3}\r\n",
        "{10}\r\n",
        "{99}\r\n",
        "abc",
        "\r\n",
        "\"",
        "\\",
        "NIL",
        "OK ",
        "NO ",
        "BYE ",
        "[",
        "]",
        "T6 ",
        "+ ",
        "\0",
        "ñ",
        "EXISTS",
        "RFC822.SIZE 10 ",
        "VANISHED 1:4294967295 ",
    ];
    for seed in 0..150 {
        let words = move || {
            let mut rng = fastrand::Rng::with_seed(seed);
            (0..rng.usize(1..40)).map(|_| words[rng.usize(..words.len())]).collect::<String>()
        };
        let fetched = fetch(move |_, command| command.contains("BODY").then(|| last(words()))).await;
        let mails = fetched.map(|fetched| fetched.mails).unwrap_or_default();
        assert!(mails.iter().all(|mail| mail.place == one()), "seed {seed}");
    }
}

#[tokio::test]
async fn logins_are_refused_for_the_right_reason() {
    let answers = [
        ("NO [AUTHENTICATIONFAILED] no", Kind::Refused),
        ("NO no", Kind::Refused),
        ("NO [UNAVAILABLE] luego", Kind::Unreachable),
        ("NO [LIMIT] muchos", Kind::Unreachable),
    ];
    for (answer, kind) in answers {
        let fault = list(move |tag, command| command.starts_with("AUTH").then(|| say(format!("{tag} {answer}\r\n"))));
        let fault = fault.await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(!fault.what.contains("clave"));
    }
    let latin = list(|tag, command| {
        command.starts_with("AUTH").then(|| say([tag.as_bytes(), b" NO contrase\xf1a mala\r\n"].concat()))
    });
    assert_eq!(latin.await.unwrap_err().kind, Kind::Refused);
}

#[tokio::test]
async fn the_password_goes_out_only_in_the_ways_a_server_has() {
    let capable = |what: &'static str| {
        move |tag: &str, command: &str| {
            (command == "CAPABILITY").then(|| say(format!("* CAPABILITY IMAP4rev1 {what}\r\n{tag} OK\r\n")))
        }
    };
    let fake = Fake::imap(capable("LOGINDISABLED")).await;
    assert_eq!(plain(&fake).inbox.list().await.unwrap_err().kind, Kind::Refused);
    assert_eq!(fake.count("LOGIN") + fake.count("AUTH"), 0);
    let fake = Fake::imap(capable("")).await;
    plain(&fake).inbox.list().await.unwrap();
    assert_eq!(fake.count("LOGIN \"mesa\" \"clave\""), 1);
    let fake = Fake::imap(capable("AUTH=PLAIN LOGINDISABLED")).await;
    let mut desk = open(&fake, Auth::Login, Tls::None);
    // Without SASL-IR the proof follows the invitation; this fake gives none, and then the verdict.
    desk.inbox.list().await.unwrap();
    assert_eq!(fake.count("AUTHENTICATE PLAIN"), 1);
}

#[tokio::test]
async fn nothing_is_said_before_a_line_is_protected() {
    let stripped = Fake::imap(|tag, command| (command == "STARTTLS").then(|| say(format!("{tag} BAD no\r\n")))).await;
    assert_eq!(open(&stripped, Auth::Plain, Tls::StartTls).inbox.list().await.unwrap_err().kind, Kind::Untrusted);
    assert_eq!(stripped.heard(), ["STARTTLS"]);
    let preauth = Fake::greeting("* PREAUTH hola\r\n", |_, _| None).await;
    assert_eq!(open(&preauth, Auth::Plain, Tls::StartTls).inbox.list().await.unwrap_err().kind, Kind::Untrusted);
    assert!(preauth.heard().is_empty());
    let busy = Fake::greeting("* BYE llenos\r\n", |_, _| None).await;
    assert_eq!(plain(&busy).inbox.list().await.unwrap_err().kind, Kind::Unreachable);
    let other = Fake::greeting("220 smtp\r\n", |_, _| None).await;
    assert_eq!(plain(&other).inbox.list().await.unwrap_err().kind, Kind::Protocol);
}

#[tokio::test]
async fn done_falls_back_as_far_as_it_must() {
    let capable = |what: &'static str, refuse: &'static str| {
        Fake::imap(move |tag, command| match command {
            "CAPABILITY" => Some(say(format!("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR {what}\r\n{tag} OK\r\n"))),
            _ if !refuse.is_empty() && command.starts_with(refuse) => {
                Some(say(format!("{tag} NO [OVERQUOTA] lleno\r\n")))
            }
            _ => None,
        })
    };
    let fake = capable("UIDPLUS", "").await;
    assert_eq!(plain(&fake).inbox.done(&[one()]).await.unwrap(), Settled::Moved);
    let said: Vec<String> = fake.heard().into_iter().filter(|line| line.starts_with("UID")).collect();
    assert_eq!(said, ["UID COPY 1 \"Procesados\"", "UID STORE 1 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1"]);
    for (what, refuse) in [("", ""), ("MOVE UIDPLUS", "UID MOVE"), ("UIDPLUS", "UID COPY")] {
        let fake = capable(what, refuse).await;
        let settled = plain(&fake).inbox.done(&[one()]).await.unwrap();
        // One that could move them is asked again.
        let again = matches!(&settled, Settled::Refused { keys, .. } if *keys == ["1"]);
        assert!(if refuse.is_empty() { matches!(settled, Settled::Marked { .. }) } else { again }, "{settled:?}");
        assert_eq!(fake.count("UID STORE 1 +FLAGS.SILENT ($MesaProcesado)"), 1);
        assert_eq!(fake.count("UID EXPUNGE") + fake.count("EXPUNGE"), 0);
    }
    let fake = capable("", "UID STORE").await;
    assert!(matches!(plain(&fake).inbox.done(&[one()]).await.unwrap(), Settled::Left { .. }));
}

/// What was copied and stays is done; what was never copied is asked for again, and is not taken for done because of the other.
#[tokio::test]
async fn a_mail_that_stays_after_its_copy_holds_up_no_other() {
    let fake = Fake::imap(|tag, command| match command {
        "CAPABILITY" => Some(say(format!("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS\r\n{tag} OK\r\n"))),
        "UID COPY 1 \"Procesados\"" | "UID COPY 3 \"Procesados\"" => None,
        "UID STORE 1 +FLAGS.SILENT (\\Deleted)" => Some(say(format!("{tag} NO no se borra\r\n"))),
        _ if command.starts_with("UID COPY") => Some(say(format!("{tag} NO [OVERQUOTA] lleno\r\n"))),
        _ => None,
    });
    let fake = fake.await;
    let places = ["1", "2", "3"].map(|key| Place { key: key.to_owned(), ..one() });
    let settled = plain(&fake).inbox.done(&places).await.unwrap();
    assert!(matches!(&settled, Settled::Refused { keys, .. } if *keys == ["2"]), "{settled:?}");
    assert_eq!(fake.count("UID STORE 1 +FLAGS.SILENT ($MesaProcesado)"), 1);
    assert_eq!(fake.count("UID EXPUNGE 3"), 1);
}

#[tokio::test]
async fn a_folder_that_is_missing_is_created_where_the_server_wants_it() {
    let fake = Fake::imap(|tag, command| match command {
        "LIST \"\" \"INBOX\"" => Some(say(format!("* LIST () \".\" INBOX\r\n{tag} OK\r\n"))),
        _ if command.starts_with("LIST") => Some(say(format!("{tag} OK\r\n"))),
        "CREATE \"Procesados\"" => Some(say(format!("{tag} NO prefix\r\n"))),
        _ => None,
    });
    let fake = fake.await;
    assert_eq!(plain(&fake).inbox.done(&[one()]).await.unwrap(), Settled::Moved);
    assert_eq!(fake.count("UID MOVE 1 \"INBOX.Procesados\""), 1);
}

#[tokio::test]
async fn places_of_another_uidvalidity_are_gone_and_never_moved() {
    let fake = Fake::imap(|_, _| None).await;
    let mut desk = plain(&fake);
    let old = Place { validity: 6, ..one() };
    assert_eq!(shape(&desk.inbox.fetch(std::slice::from_ref(&old)).await.unwrap()), (0, 1, 0));
    assert_eq!(desk.inbox.done(&[old]).await.unwrap(), Settled::Moved);
    assert_eq!(fake.count("UID MOVE"), 0);
}

#[tokio::test]
async fn idle_is_asked_for_again_before_25_minutes() {
    let idle = Mutex::new(String::new());
    let fake = Fake::imap(move |tag, command| {
        if command == "IDLE" {
            *idle.lock().unwrap() = tag.to_owned();
        }
        (command == "DONE").then(|| say(format!("{} OK\r\n", idle.lock().unwrap())))
    });
    let fake = fake.await;
    let mut desk = plain(&fake);
    desk.inbox.list().await.unwrap();
    tokio::time::pause();
    desk.inbox.wait(Duration::from_secs(3600)).await.unwrap();
    assert_eq!((fake.connections(), fake.count("IDLE"), fake.count("DONE")), (1, 3, 3));
}

#[tokio::test]
async fn a_line_that_died_while_idle_is_news() {
    let fake = Fake::imap(|_, _| None).await;
    let mut desk = plain(&fake);
    desk.inbox.list().await.unwrap();
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    // DONE is not answered: the line is dead, and nobody knows since when.
    desk.inbox.wait(Duration::from_secs(3600)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(26 * 60), "{:?}", begun.elapsed());
    assert_eq!((fake.connections(), fake.count("IDLE"), fake.count("DONE")), (2, 1, 1));
}

#[tokio::test]
async fn without_idle_the_server_is_asked_now_and_then() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let fake = Fake::imap(move |tag, command| match command {
        "IDLE" => Some(say(format!("{tag} NO no\r\n"))),
        "NOOP" => {
            let news = if count.fetch_add(1, Ordering::SeqCst) == 2 { "* 2 EXISTS\r\n" } else { "" };
            Some(say(format!("{news}{tag} OK\r\n")))
        }
        _ => None,
    });
    let mut desk = plain(&fake.await);
    desk.inbox.list().await.unwrap();
    tokio::time::pause();
    desk.inbox.wait(Duration::from_secs(3600)).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn answers_to_two_commands_may_come_mixed() {
    let first = Mutex::new(String::new());
    let fake = Fake::imap(move |tag, command| match command {
        "UID FETCH 1:2 (UID RFC822.SIZE INTERNALDATE)" => {
            let metas = "* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n* 2 FETCH (UID 2 RFC822.SIZE 5000)\r\n";
            Some(say(format!("{metas}{tag} OK\r\n")))
        }
        "UID FETCH 1 (UID BODY.PEEK[])" => {
            *first.lock().unwrap() = tag.to_owned();
            Some(Say::Nothing)
        }
        "UID FETCH 2 (UID BODY.PEEK[]<0.262144>)" => {
            let bodies = "* 2 FETCH (UID 2 BODY[]<0> {3}\r\ndos)\r\n* 1 FETCH (UID 1 BODY[] {10}\r\n0123456789)\r\n";
            Some(say(format!("{bodies}{tag} OK\r\n{} OK\r\n", first.lock().unwrap())))
        }
        _ => None,
    });
    let two = Place { key: "2".to_owned(), ..one() };
    let fetched = plain(&fake.await).inbox.fetch(&[one(), two.clone()]).await.unwrap();
    assert_eq!(shape(&fetched), (2, 0, 0));
    assert_eq!((fetched.mails[1].place.clone(), fetched.mails[1].bytes.as_slice()), (two, &b"dos"[..]));
}
