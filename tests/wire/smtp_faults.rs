//! SMTP servers that misbehave: no letter is lost, none is blamed for what is not its own, none is taken for sent that was not.
use std::time::Duration;

use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::fault::Kind;
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use mesa_tic::outbox::Outbox;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::outbox::setting::{Login, Relay, Setting};

use crate::kit::fake::{Fake, Say, last, say};

const LETTER: &[u8] = b"Subject: hola\r\n\r\nhola\r\n";

fn outbox(fake: &Fake, tls: Tls) -> Outbox {
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port: fake.port, tls, ca: None };
    Outbox::new(Setting::Smtp(Relay { endpoint, login: None }))
}

async fn send(outbox: &mut Outbox, to: &str) -> Outcome {
    outbox.send("mesa@x.co", &format!("{to}@x.co"), LETTER).await
}

async fn once(script: impl Fn(&str, usize) -> Option<Say> + Send + Sync + 'static) -> Outcome {
    send(&mut outbox(&Fake::smtp(script).await, Tls::None), "ana").await
}

/// «Later», «Never», … of an outcome.
fn name(outcome: &Outcome) -> String {
    format!("{outcome:?}").split([' ', '{']).next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn one_line_serves_many_letters_refused_ones_included() {
    let fake = Fake::smtp(|line, _| match line {
        "RCPT TO:<nadie@x.co>" => Some(say("550 5.1.1 no such user\r\n")),
        "RCPT TO:<lento@x.co>" => Some(say("451 4.7.1 greylisted\r\n")),
        _ => None,
    });
    let fake = fake.await;
    let mut outbox = outbox(&fake, Tls::None);
    let mut names = Vec::new();
    for to in ["ana", "nadie", "lento", "luis"] {
        names.push(name(&send(&mut outbox, to).await));
    }
    assert_eq!(names, ["Sent", "Never", "Later", "Sent"]);
    outbox.close().await;
    assert_eq!((fake.connections(), fake.count("RSET"), fake.count("QUIT")), (1, 2, 1));
    assert_eq!(fake.count("MAIL FROM:<mesa@x.co> SIZE="), 4);
}

#[tokio::test]
async fn a_server_that_refuses_us_blames_no_letter() {
    let greetings = [
        (say("554 no service\r\n"), Kind::Refused),
        (say("421 busy\r\n"), Kind::Unreachable),
        (last(""), Kind::Unreachable),
    ];
    for (greeting, kind) in greetings {
        for tls in [Tls::None, Tls::StartTls] {
            let fake = Fake::smtp_greeting(greeting.clone(), |_, _| None).await;
            let outcome = send(&mut outbox(&fake, tls), "ana").await;
            assert!(matches!(&outcome, Outcome::Closed { kind: found, .. } if *found == kind), "{tls:?}: {outcome:?}");
        }
    }
    let denied = once(|line, _| line.starts_with("MAIL").then(|| say("550 5.7.1 not you\r\n"))).await;
    assert_eq!(name(&denied), "Closed");
}

#[tokio::test]
async fn a_line_that_breaks_only_puts_a_letter_off() {
    for stage in ["RCPT", "DATA", "."] {
        let cut = once(move |line, _| line.starts_with(stage).then(|| last(""))).await;
        assert_eq!(name(&cut), "Later", "{stage}: {cut:?}");
        let shut = once(move |line, _| line.starts_with(stage).then(|| last("421 4.3.2 shutting down\r\n"))).await;
        assert_eq!(name(&shut), "Later", "{stage}: {shut:?}");
        let garbage = once(move |line, _| line.starts_with(stage).then(|| say("¿qué?\r\n"))).await;
        assert_eq!(name(&garbage), "Later", "{stage}: {garbage:?}");
    }
    let go = once(|line, _| (line == "DATA").then(|| say("250 ok\r\n"))).await;
    assert_eq!(name(&go), "Later");
    for endless in ["354-more\r\n", "354-more"] {
        let endless = once(move |line, _| (line == "DATA").then(|| say(endless.repeat(20_000)))).await;
        assert_eq!(name(&endless), "Later", "{endless:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_late_is_nobody_elses() {
    let fake = Fake::smtp(|line, _| match line {
        // The first letter's verdict never comes; the second is refused.
        "." => Some(Say::Nothing),
        "RCPT TO:<nadie@x.co>" => Some(say("550 5.1.1 no such user\r\n")),
        _ => None,
    });
    let fake = fake.await;
    let mut outbox = outbox(&fake, Tls::None);
    let given_up = tokio::time::timeout(Duration::from_millis(300), send(&mut outbox, "ana")).await;
    assert!(given_up.is_err());
    assert_eq!(name(&send(&mut outbox, "nadie").await), "Never");
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_line_the_server_closed_while_idle_is_replaced() {
    // The second MAIL of a connection finds it closed, and that of a new one does not.
    let fake = Fake::smtp(|line, nth| (line.starts_with("MAIL") && nth > 4).then(|| last("421 4.4.2 idle\r\n"))).await;
    let mut outbox = outbox(&fake, Tls::None);
    assert_eq!(name(&send(&mut outbox, "ana").await), "Sent");
    assert_eq!(name(&send(&mut outbox, "luis").await), "Sent");
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_silent_or_dripping_server_is_given_up() {
    for answer in [Say::Nothing, Say::Drip(b'2')] {
        let fake = Fake::smtp(move |line, _| line.starts_with("RCPT").then(|| answer.clone())).await;
        let mut outbox = outbox(&fake, Tls::None);
        outbox.probe().await.unwrap();
        tokio::time::pause();
        let outcome = send(&mut outbox, "ana").await;
        tokio::time::resume();
        assert!(matches!(&outcome, Outcome::Later { why } if why.contains("dejó de responder")), "{outcome:?}");
    }
}

#[tokio::test]
async fn nothing_is_said_before_a_line_is_protected() {
    let refused = |line: &str, _: usize| (line == "STARTTLS").then(|| say("502 no\r\n"));
    let injected = |line: &str, _: usize| (line == "STARTTLS").then(|| say("220 go\r\n250 hola\r\n"));
    for fake in [Fake::smtp(refused).await, Fake::smtp(injected).await] {
        let home = tempfile::tempdir().unwrap();
        let secret = home.path().join("secret");
        std::fs::write(&secret, "clave\n").unwrap();
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port: fake.port, tls: Tls::StartTls, ca: None };
        let login = Some(Login { user: "mesa".to_owned(), proof: Proof::Password(Secret::File(secret)) });
        let outcome = send(&mut Outbox::new(Setting::Smtp(Relay { endpoint, login })), "ana").await;
        assert!(matches!(outcome, Outcome::Closed { kind: Kind::Untrusted, .. }), "{outcome:?}");
        assert_eq!(fake.count("AUTH") + fake.count("MAIL"), 0);
    }
}

#[tokio::test]
async fn what_the_server_cannot_take_is_not_offered_to_it() {
    let fake = Fake::smtp(|_, _| None).await;
    let mut outbox = outbox(&fake, Tls::None);
    let big = outbox.send("mesa@x.co", "ana@x.co", &[b'x'; 2000]).await;
    let foreign = outbox.send("mesa@x.co", "ñoño@x.co", LETTER).await;
    let nonsense = outbox.send("mesa@x.co", "a b\r\nRCPT TO:<x@x.co>", LETTER).await;
    for outcome in [big, foreign, nonsense] {
        assert_eq!(name(&outcome), "Never", "{outcome:?}");
    }
    assert_eq!(fake.count("MAIL"), 0);
}

#[tokio::test]
async fn no_second_letter_is_smuggled_into_the_first() {
    let fake = Fake::smtp(|_, _| None).await;
    let evil = b"Subject: x\r\n\r\nhola\n.\nMAIL FROM:<x@x.co>\r.\rfin\r\n";
    let outcome = outbox(&fake, Tls::None).send("mesa@x.co", "ana@x.co", evil).await;
    assert_eq!(name(&outcome), "Sent");
    let heard = fake.heard();
    let dots: Vec<&String> = heard.iter().filter(|line| line.starts_with('.')).collect();
    assert_eq!(dots, ["..", "..", "."]);
}
