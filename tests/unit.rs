//! The unit as shipped: how exposed it is, what it promises, and that nothing of the daemon's secrets stands where others look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::desk::Desk;
use kit::servers::PASSWORD;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

fn unit() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/mesa-tic.service").display().to_string()
}

/// `Key=value` lines; a key that stands twice keeps all its values.
fn settings() -> BTreeMap<String, Vec<String>> {
    let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in fs::read_to_string(unit()).unwrap().lines().filter_map(|line| line.split_once('=')) {
        settings.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    settings
}

#[test]
fn the_unit_is_hardly_exposed() {
    // In tenths: 15 is 1.5 of 10, and above it the command fails.
    let judged = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager", "--threshold=15", &unit()])
        .output()
        .expect("systemd-analyze is not installed: tests/run installs it");
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{said}{}", String::from_utf8_lossy(&judged.stderr));
    let score = said.lines().last().and_then(|line| line.split(": ").nth(1)).unwrap_or_default();
    let score: f64 = score.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{said}"));
    assert!(score <= 1.5, "{said}");
}

#[test]
fn the_unit_leaves_no_core_and_is_minded() {
    let settings = settings();
    let one = |key: &str| settings.get(key).and_then(|values| values.first()).map(String::as_str).unwrap_or_default();
    // A core would hold mails and passwords.
    assert_eq!((one("LimitCORE"), one("UMask"), one("StateDirectoryMode")), ("0", "0077", "0700"));
    assert_eq!((one("Type"), one("Restart"), one("OOMPolicy")), ("notify", "on-failure", "stop"));
    assert!(one("WatchdogSec").parse::<u32>().unwrap() >= 60 && one("TimeoutStopSec").parse::<u32>().unwrap() >= 45);
    // Passwords come as credentials: neither a variable nor an argument holds one.
    assert!(settings.keys().all(|key| !key.starts_with("Environment")) && !one("ExecStart").contains("password"));
    assert_eq!(settings["LoadCredentialEncrypted"].len(), 2);
}

/// Where systemd is at work, it takes the unit as it stands.
#[test]
fn systemd_reads_the_unit_without_complaint() {
    let home = tempfile::tempdir().unwrap();
    // The program and the user are not installed here: the unit is read with others in their place.
    let text = fs::read_to_string(unit()).unwrap().replace("/usr/bin/mesa-tic run", "/bin/true run");
    let path = home.path().join("mesa-tic.service");
    fs::write(&path, text.replace("User=mesa-tic", "User=root").replace("Group=mesa-tic", "Group=root")).unwrap();
    let read = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("mesa-tic.service")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}

/// What others of the machine can see of the daemon at work, and what it writes, holds no password and nobody's words.
#[test]
fn no_secret_stands_where_others_look() {
    let mut desk = Desk::open();
    desk.start();
    let text = "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: Loro amarillo\r\nMessage-ID: \
                <c1@magdalena.test>\r\n\r\nNo prende, mi cédula es 1082999777.\r\n";
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", text);
    desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(()));
    let id = desk.process();
    let mut seen: Vec<(String, Vec<u8>)> = ["cmdline", "environ", "comm", "status"]
        .iter()
        .map(|name| (name.to_string(), fs::read(format!("/proc/{id}/{name}")).unwrap()))
        .collect();
    for thread in fs::read_dir(format!("/proc/{id}/task")).unwrap() {
        seen.push(("thread".into(), fs::read(thread.unwrap().path().join("comm")).unwrap()));
    }
    desk.stop();
    seen.push(("log".into(), desk.log().into_bytes()));
    for (what, bytes) in seen {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [PASSWORD, "prueba", "ana@", "Ana Ruiz", "Loro amarillo", "1082999777"] {
            assert!(!text.contains(secret), "«{secret}» in {what}: {text}");
        }
    }
}
