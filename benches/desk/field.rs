//! The desk beside the field's reference: mbsync only downloads the mailbox that the desk turns into cases and answers.
use crate::kit::servers::{PASSWORD, Servers};
use crate::kit::sink::Sink;
use crate::{INGESTED, highest_memory, is_worked, mails, memory, show};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
/// A port that nobody listens on: letters stay queued.
const CLOSED: u16 = 1;
/// Mails that come one by one to a desk that waits for them.
const SINGLE: usize = 40;
/// What Dovecot waits before it tells a client that listens (its `mailbox_idle_check` by inotify).
const NOTICE: f64 = 500.0;

/// The whole mailbox over TLS: downloaded by mbsync; made cases with their letters queued; and worked until the letters are accepted.
pub(crate) fn whole_loop() {
    let servers = Servers::imap("");
    for n in 0..INGESTED {
        servers.drop_in("mesa", &mails::mail(n));
    }
    let (mut reference, mut filed, mut sent, mut peak) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        reference.extend(mbsync(&servers, round));
        let (begun, mut daemon) = emptied(&servers, &format!("queued{round}"), CLOSED);
        filed.push(INGESTED as f64 / begun.elapsed().as_secs_f64());
        stop(&mut daemon);
        let sink = Sink::open();
        let (begun, mut daemon) = emptied(&servers, &format!("sent{round}"), sink.port);
        let took = settled(&sink, begun);
        sent.push(sink.count() as f64 / took.as_secs_f64());
        peak.push(highest_memory(daemon.id()).unwrap());
        stop(&mut daemon);
    }
    match reference.is_empty() {
        true => println!("mbsync is not installed: no reference (package isync)"),
        false => show("mbsync: downloaded over TLS, durable", "mails/s", &reference),
    }
    show("the desk: cases and letters queued, over TLS", "mails/s", &filed);
    if !reference.is_empty() {
        let ratios: Vec<f64> = filed.iter().zip(&reference).map(|(desk, other)| desk / other * 100.0).collect();
        show("  of mbsync's pace", "%", &ratios);
    }
    show("the desk: letters accepted, whole loop", "letters/s", &sent);
    show("  resident memory at its highest", "MB", &peak);
}

/// A desk of its own, from its start until every mail of the mailbox is worked.
fn emptied(servers: &Servers, name: &str, smtp: u16) -> (Instant, Child) {
    let home = desk(servers, name, smtp);
    let begun = Instant::now();
    let mut daemon = start(&home);
    while !is_worked(&home.join("mesa.db")) {
        assert!(daemon.try_wait().unwrap().is_none(), "{}", fs::read_to_string(home.join("log")).unwrap());
        sleep(Duration::from_millis(50));
    }
    (begun, daemon)
}

fn stop(daemon: &mut Child) {
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

/// From the moment a mail lies in the mailbox to the moment its answer is accepted, and what the desk costs meanwhile.
pub(crate) fn one_by_one() {
    let (servers, sink) = (Servers::imap(""), Sink::open());
    let home = desk(&servers, "single", sink.port);
    let mut daemon = start(&home);
    let mut took: Vec<f64> = (0..SINGLE).map(|n| answered(&servers, &sink, n)).collect();
    took.sort_by(f64::total_cmp);
    show("delivery to answer accepted", "ms", &took);
    let after: Vec<f64> = took.iter().map(|ms| ms - NOTICE).collect();
    show("  after Dovecot's notice (half a second)", "ms", &after);
    println!("{:<44}{:>9.0} ms", "  the slowest but one of a hundred", after[(SINGLE * 99).div_ceil(100) - 1]);
    sleep(Duration::from_secs(5));
    let (before, span) = (wakes(daemon.id()), 10);
    sleep(Duration::from_secs(span));
    println!("{:<44}{:>9.1} /s", "idle: wake-ups", (wakes(daemon.id()) - before) as f64 / span as f64);
    println!("{:<44}{:>9.1} MB", "idle: resident memory", memory(daemon.id(), "VmRSS:").unwrap());
    stop(&mut daemon);
}

/// In milliseconds.
fn answered(servers: &Servers, sink: &Sink, n: usize) -> f64 {
    let before = sink.count();
    let begun = Instant::now();
    servers.drop_in("mesa", &mails::mail(n));
    while sink.count() == before {
        assert!(begun.elapsed() < Duration::from_secs(60), "no answer");
        sleep(Duration::from_micros(500));
    }
    let took = begun.elapsed().as_secs_f64() * 1e3;
    // Its other letters, and the move, are done when the next comes.
    sleep(Duration::from_millis(150));
    took
}

/// Until no more letters come.
fn settled(sink: &Sink, begun: Instant) -> Duration {
    let (mut count, mut at) = (sink.count(), begun.elapsed());
    while begun.elapsed() - at < Duration::from_secs(2) {
        sleep(Duration::from_millis(50));
        let now = sink.count();
        if now != count {
            (count, at) = (now, begun.elapsed());
        }
    }
    at
}

fn wakes(process: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
    let status = tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
    let count = |status: String| {
        status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse::<u64>().ok())
    };
    status.filter_map(count).sum()
}

fn desk(servers: &Servers, name: &str, smtp: u16) -> PathBuf {
    let home = servers.home().join(name);
    fs::create_dir(&home).unwrap();
    let (imaps, ca, secret) = (servers.imaps, servers.ca(), servers.secret());
    let config = format!(
        "database = \"mesa.db\"\n[desk]\naddress = \"mesa@magdalena.test\"\nname = \"Mesa\"\nadministrator = \
         \"admin@magdalena.test\"\n[inbox]\nkind = \"imap\"\nhost = \"localhost\"\nport = {imaps}\ntls = \"connect\"\nca = \
         {ca:?}\nuser = \"mesa\"\npassword = {{ file = {secret:?} }}\nstart = \"all\"\n[outbox]\nkind = \"smtp\"\nhost = \
         \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n"
    );
    fs::write(home.join("config.toml"), config).unwrap();
    home
}

fn start(home: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(["run", "--config"])
        .arg(home.join("config.toml"))
        .stderr(Stdio::from(fs::File::create(home.join("log")).unwrap()))
        .spawn()
        .unwrap()
}

/// Mails per second of a durable download into a fresh Maildir; nothing where it is not installed.
fn mbsync(servers: &Servers, round: usize) -> Option<f64> {
    let home = servers.home().join(format!("mbsync{round}"));
    fs::create_dir_all(home.join("INBOX/cur")).unwrap();
    for part in ["new", "tmp"] {
        fs::create_dir(home.join("INBOX").join(part)).unwrap();
    }
    let secret = PASSWORD.replace('"', "\\\"");
    let (port, ca, base) = (servers.imaps, servers.ca(), home.display());
    let config = format!(
        "FSync yes\n\nIMAPAccount desk\nHost localhost\nPort {port}\nUser mesa\nPass \"{secret}\"\nSSLType IMAPS\n\
         CertificateFile {}\n\nIMAPStore far\nAccount desk\n\nMaildirStore near\nPath {base}/\nInbox {base}/INBOX\n\n\
         Channel desk\nFar :far:INBOX\nNear :near:INBOX\nCreate Near\nSync Pull\nSyncState *\n",
        ca.display()
    );
    fs::write(home.join("rc"), config).unwrap();
    let begun = Instant::now();
    let done = Command::new("mbsync").args(["-q", "-c"]).arg(home.join("rc")).arg("desk").output().ok()?;
    let took = begun.elapsed().as_secs_f64();
    let came = ["cur", "new"].iter().map(|part| fs::read_dir(home.join("INBOX").join(part)).unwrap().count());
    let came: usize = came.sum();
    assert!(done.status.success() && came == INGESTED, "{came}: {}", String::from_utf8_lossy(&done.stderr));
    Some(INGESTED as f64 / took)
}
