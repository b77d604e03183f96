//! A token that is worth nothing any more: no mail comes in or goes out, and whoever looks after the desk hears of it by
//! another road; `status` and the figures for the monitor say the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::desk::Desk;
use kit::oauth::Tokens;
use kit::servers::Servers;
use mesa_tic::mail::message::Mail;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const REQUEST: &str = "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: No prende\r\n\
    Message-ID: <s1@magdalena.test>\r\nDate: Wed, 25 Nov 2026 09:00:00 -0500\r\n\r\nEl computador no prende.\r\n";

/// A desk that enters with tokens of so many seconds, and an alarm by the road that these lines name.
fn desk(tokens: &Tokens, road: &str) -> Desk {
    let desk = Desk::over(Servers::start_with(|home| tokens.passdb(home)));
    let secret = desk.path("client_secret");
    fs::write(&secret, "s&creto\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    let password = format!("password = {{ file = {:?} }}", desk.servers.secret());
    let oauth = format!(
        "oauth2 = {{ token_url = \"http://127.0.0.1:{}/token\", client_id = \"mesa-tic\", client_secret = {{ file = \"client_secret\" }} }}",
        tokens.port
    );
    assert_eq!(config.matches(&password).count(), 2);
    let care = format!("[metricas]\narchivo = \"mesa.prom\"\n[alarma]\nminutos = 0\n{road}");
    fs::write(desk.path("config.toml"), config.replace(&password, &oauth) + "\n" + &care).unwrap();
    desk
}

fn figures(desk: &Desk) -> String {
    fs::read_to_string(desk.path("mesa.prom")).unwrap_or_default()
}

#[test]
fn a_dead_token_is_told_by_another_server_and_so_is_its_end() {
    let tokens = Tokens::start(Duration::from_secs(6));
    let mut desk = desk(&tokens, "");
    let road = format!(
        "host = \"localhost\"\nport = {}\ntls = \"none\"\nde = \"avisos@magdalena.test\"\npara = \"admin@magdalena.test\"\n",
        desk.servers.smtp
    );
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    fs::write(desk.path("config.toml"), config + &road).unwrap();
    desk.start();
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", REQUEST);
    desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(()));
    // Each of them is written when its line was used: which comes last, nobody knows.
    let wanted = ["mesa_tic_line_up{line=\"salida\"} 1", "mesa_tic_line_up{line=\"buzon\"} 1", "mesa_tic_tickets 1"];
    desk.until("the figures", |d| {
        let well = figures(d);
        wanted.iter().all(|figure| well.contains(figure)).then_some(())
    });
    let well = figures(&desk);
    for figure in wanted.into_iter().chain(["mesa_tic_alarm{line=\"buzon\"} 0"]) {
        assert!(well.contains(figure), "{figure}: {well}");
    }
    assert!(desk.letters("admin").is_empty());

    tokens.close(true);
    // Both lines are closed by their servers some day; here at once.
    desk.servers.dovecot_down();
    desk.servers.dovecot_up();
    // The line for letters may still be open, and then the desk itself tells of it as well.
    let by = |d: &Desk, word: &str| {
        let told = |l: &Mail| l.from.correo == "avisos@magdalena.test" && l.subject.contains(word);
        d.letters("admin").into_iter().find(told)
    };
    let alarm = desk.until("the alarm", |d| by(d, "ALARMA de la mesa de ayuda"));
    assert!(alarm.body.text.contains("No funciona la lectura del buzón desde el"), "{}", alarm.body.text);
    desk.until("the refusal in the status", |d| {
        let said = d.ask(&["status", "--json"])["alarmas"][0]["porque"].as_str().unwrap_or_default().to_owned();
        said.contains("OAuth2: 401 invalid_client").then_some(())
    });
    desk.until("the figures", |d| figures(d).contains("mesa_tic_alarm{line=\"buzon\"} 1").then_some(()));
    let told = String::from_utf8(desk.command(&["status"]).output().unwrap().stdout).unwrap();
    assert!(told.contains("ALARMA: No funciona la lectura del buzón"), "{told}");

    tokens.close(false);
    let over = desk.until("that it is over", |d| by(d, "otra vez"));
    assert!(over.body.text.contains("Se arregló: la lectura del buzón"), "{}", over.body.text);
    desk.stop();
    // No secret and nobody's data in the log, nor in the figures.
    for private in ["s&creto", "token-", "ana@", "Ana Ruiz"] {
        assert!(!desk.log().contains(private) && !figures(&desk).contains(private), "«{private}»");
    }
}

#[test]
fn the_alarm_may_be_a_program() {
    let tokens = Tokens::start(Duration::from_secs(60));
    tokens.close(true);
    let mut desk = desk(&tokens, "orden = \"avisar\"\n");
    fs::write(desk.path("avisar"), "#!/bin/sh\n{ echo \"$1\"; cat; } > \"$(dirname \"$0\")/aviso.nuevo\"\nmv \"$(dirname \"$0\")/aviso.nuevo\" \"$(dirname \"$0\")/aviso\"\n").unwrap();
    fs::set_permissions(desk.path("avisar"), fs::Permissions::from_mode(0o755)).unwrap();
    desk.start();
    let told = desk.until("the word", |d| fs::read_to_string(d.path("aviso")).ok());
    assert!(told.starts_with("ALARMA de la mesa de ayuda\nNo funciona la lectura del buzón"), "{told}");
    desk.kill();
}
