//! The unit as shipped: how exposed it is, what it promises, and that nothing of the daemon's secrets stands where others look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::desk::{Desk, PEOPLE};
use kit::servers::{PASSWORD, Servers};
use mesa_tic::store::db::Store;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

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

const AT_WORK: &str = "the_unit_as_shipped_works_a_mail_under_systemd";

/// Where systemd runs the machine, there; where it does not and root may make namespaces, under a systemd of its own. Elsewhere
/// a line says that it was not run.
#[test]
fn the_unit_as_shipped_works_a_mail_under_systemd() {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let systemd = Path::new("/run/systemd/system").exists();
    let me = std::env::current_exe().unwrap();
    if systemd && is_root {
        Installed::new().works();
    } else if systemd && succeeds("sudo", &["-n", "true"]) {
        let again = Command::new("sudo").arg("-n").arg(&me).args([AT_WORK, "--exact", "--nocapture"]).output().unwrap();
        assert!(again.status.success(), "{}", words(&again));
    } else if is_root {
        under_a_systemd_of_its_own(&me);
    } else {
        not_run("systemd does not run this machine, and who is not root cannot start one");
    }
}

/// Not by `eprintln!`: that is shown only of tests that fail.
fn not_run(why: &str) {
    io::stderr().write_all(format!("\n{AT_WORK} was NOT RUN: {why}\n").as_bytes()).unwrap();
}

fn under_a_systemd_of_its_own(me: &Path) {
    let home = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit/systemd.sh");
    let seen = Path::new(env!("CARGO_MANIFEST_DIR"));
    let command = format!("cd {} && {} {AT_WORK} --exact --nocapture", seen.display(), me.display());
    let log = fs::File::create(home.path().join("log")).unwrap();
    let mut systemd = Command::new("sh");
    systemd.arg(script).arg(home.path()).arg(seen).arg(command);
    let mut systemd = systemd.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let begun = Instant::now();
    while systemd.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(240) {
        sleep(Duration::from_millis(50));
    }
    // Its process 1 goes with it, and all that it started.
    drop(systemd.kill());
    systemd.wait().unwrap();
    let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap_or_default();
    if read("out").is_empty() {
        let said = read("log");
        let last: Vec<&str> = said.lines().rev().take(3).collect();
        return not_run(&format!("no systemd could be started in namespaces: {last:?}"));
    }
    assert_eq!(read("rc").trim(), "0", "{}\n{}", read("out"), read("log"));
    assert!(read("out").contains("1 passed"), "{}", read("out"));
}

fn succeeds(program: &str, words: &[&str]) -> bool {
    Command::new(program).args(words).output().is_ok_and(|done| done.status.success())
}

fn words(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

fn ask(program: &str, words_of: &[&str]) -> String {
    let done = Command::new(program).args(words_of).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(done.status.success(), "{program} {words_of:?}: {}", words(&done));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// The name of unit, user and folders while the test lasts.
const NAME: &str = "mesa-tic-prueba";

/// The unit as shipped, under another name, between servers of its own; all of it goes with this value.
struct Installed {
    desk: Desk,
}

impl Installed {
    fn new() -> Installed {
        let installed = Installed { desk: Desk::over(Servers::start()) };
        let at = |name: &str| PathBuf::from(format!("/etc/{NAME}/{name}"));
        let (bin, unit_file) = (program(), unit_file());
        fs::copy(env!("CARGO_BIN_EXE_mesa-tic"), &bin).unwrap();
        fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
        ask("useradd", &["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]);
        fs::create_dir_all(at("credenciales")).unwrap();
        kit::home::copy(&installed.desk.path("rules"), &at("rules"));
        fs::write(at("rules/personas.toml"), PEOPLE).unwrap();
        fs::copy(installed.desk.servers.ca(), at("ca.pem")).unwrap();
        let secret = installed.desk.servers.secret();
        let mut config = fs::read_to_string(installed.desk.path("config.toml")).unwrap();
        for credential in ["imap_password", "smtp_password"] {
            let sealed = at(&format!("credenciales/{credential}"));
            let name = format!("--name={credential}");
            ask(
                "systemd-creds",
                &["encrypt", "--with-key=host", &name, secret.to_str().unwrap(), sealed.to_str().unwrap()],
            );
            config = config.replacen(
                &format!("{{ file = {secret:?} }}"),
                &format!("{{ credential = \"{credential}\" }}"),
                1,
            );
        }
        config = config.replace("\"mesa.db\"", &format!("\"{STATE}/mesa.db\""));
        config = config.replace(&format!("{:?}", installed.desk.servers.ca()), "\"ca.pem\"");
        fs::write(at("config.toml"), config).unwrap();
        let text = fs::read_to_string(unit()).unwrap();
        let text = text.replace("mesa-tic", NAME).replace(&format!("/usr/bin/{NAME}"), bin.to_str().unwrap());
        let text = text.replace("192.0.2.10 192.0.2.11 192.0.2.53", "localhost");
        assert!(text.contains("IPAddressAllow=localhost") && text.contains(&format!("User={NAME}")), "{text}");
        // Where there is no journal: systemd opens the file, not the daemon.
        let text = text.replace("[Install]", &format!("StandardError=truncate:{LOG}\n[Install]"));
        fs::write(unit_file, text).unwrap();
        ask("systemctl", &["daemon-reload"]);
        installed
    }

    fn works(self) {
        let servers = &self.desk.servers;
        // Returns when the daemon says that it is ready, or failed.
        let started = Command::new("systemctl").args(["start", NAME]).output().unwrap();
        let log = || fs::read_to_string(LOG).unwrap_or_default();
        assert!(started.status.success(), "{}{}", words(&started), log());
        assert_eq!(ask("systemctl", &["is-active", NAME]), "active");
        let mail = "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: No prende\r\nMessage-ID: \
                    <u1@magdalena.test>\r\n\r\nNo prende el computador.\r\n";
        servers.submit("ana@magdalena.test", "mesa@magdalena.test", mail);
        let begun = Instant::now();
        while servers.mails("ana", "INBOX").is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no answer: {}", log());
            sleep(Duration::from_millis(50));
        }
        let process = show("MainPID");
        self.is_confined(&process);
        ask("systemctl", &["reload", NAME]);
        assert_eq!((show("MainPID"), show("NRestarts")), (process, "0".to_owned()), "{}", log());
        ask("systemctl", &["stop", NAME]);
        assert_eq!((show("Result"), show("ExecMainStatus")), ("success".to_owned(), "0".to_owned()), "{}", log());
        let store = Store::open_read(Path::new(&format!("{STATE}/mesa.db"))).unwrap();
        assert_eq!(store.tickets(None, 10).unwrap().len(), 1);
        kit::in_order(&store);
    }

    /// What the running daemon sees of the machine, looked at through its own root.
    fn is_confined(&self, process: &str) {
        let inside = |path: &str| PathBuf::from(format!("/proc/{process}/root{path}"));
        for closed in ["/etc", "/usr", "/usr/local/bin", "/var", "/var/lib", "/boot", &format!("/etc/{NAME}")] {
            let refused = fs::write(inside(&format!("{closed}/{NAME}-escrito")), "x");
            assert!(refused.is_err(), "it can write into {closed}");
        }
        for hidden in ["/home", "/root", "/srv", "/var/spool"] {
            let seen = fs::read_dir(inside(hidden)).map_or(0, Iterator::count);
            assert_eq!(seen, 0, "it sees into {hidden}");
        }
        // The room for temporary files is its own.
        let (its, ours) = (inside("/tmp").join(NAME), Path::new("/tmp").join(NAME));
        fs::write(&its, "x").unwrap();
        assert!(its.exists() && !ours.exists(), "it shares /tmp");
        let mode = fs::metadata(STATE).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o700);
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line =
            |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
        assert_eq!((line("CapEff:"), line("CapBnd:")), ("0".repeat(16), "0".repeat(16)));
        assert_eq!((line("NoNewPrivs:"), line("Seccomp:")), ("1".to_owned(), "2".to_owned()));
        assert_eq!(line("Uid:").split_whitespace().next().unwrap(), ask("id", &["-u", NAME]));
        let mounts = fs::read_to_string(format!("/proc/{process}/mountinfo")).unwrap();
        let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/")).unwrap();
        assert!(root.contains("noexec") && root.contains("ro,"), "{root}");
        // No password stands where others look.
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap();
        assert!(!String::from_utf8_lossy(&environment).contains("prueba\""));
    }
}

const STATE: &str = "/var/lib/mesa-tic-prueba";
const LOG: &str = "/run/mesa-tic-prueba.log";

fn program() -> PathBuf {
    Path::new("/usr/local/bin").join(NAME)
}

fn unit_file() -> PathBuf {
    Path::new("/run/systemd/system").join(format!("{NAME}.service"))
}

fn show(property: &str) -> String {
    ask("systemctl", &["show", NAME, "--value", "-p", property])
}

impl Drop for Installed {
    fn drop(&mut self) {
        for (program, words) in [("systemctl", &["stop", NAME][..]), ("systemctl", &["reset-failed", NAME])] {
            succeeds(program, words);
        }
        for path in [program(), unit_file(), PathBuf::from(LOG)] {
            drop(fs::remove_file(path));
        }
        for folder in [format!("/etc/{NAME}"), STATE.to_owned()] {
            drop(fs::remove_dir_all(folder));
        }
        succeeds("systemctl", &["daemon-reload"]);
        succeeds("userdel", &[NAME]);
    }
}
