//! A private Dovecot and a private Postfix on loopback ports of their own, in a temporary folder, with a certificate authority
//! of their own. Both are gone when the value is dropped, and soon after the test program ended in whatever way.
//!
//! ```ignore
//! mod kit;
//! use kit::servers::{Servers, PASSWORD};
//!
//! let servers = Servers::start();                    // or Servers::imap("imap_capability = IMAP4rev1") for Dovecot alone
//! servers.submit("ana@magdalena.test", "mesa@magdalena.test", "Subject: hola\r\n\r\nNo prende el PC.\r\n");
//! servers.submit_as("ana", "mesa@magdalena.test", "Subject: hola\r\n\r\nNo prende el PC.\r\n");      // logged in
//! let mail = servers.await_mail("mesa", 1);          // the INBOX of «mesa», by Postfix, LMTP and Dovecot
//! // The desk: IMAP on servers.imap (STARTTLS, or plain) and servers.imaps (TLS); SMTP on servers.smtp (no login wanted),
//! // servers.submission (STARTTLS + login) and servers.smtps (TLS + login); the authority is servers.ca(); every user's
//! // password is PASSWORD, and servers.secret() is a file of mode 0600 with it.
//! servers.dovecot_down();                            // and dovecot_up, postfix_down, postfix_up: a server that comes and goes
//! assert_eq!(servers.mails("ana", "INBOX").len(), 1);
//! ```
//!
//! Postfix writes Authentication-Results as [`AUTHSERV`] on top of every mail: who logged in to send it, or that nobody did. It
//! deletes none that a mail brings along.
//!
//! Domain `magdalena.test`; users in [`USERS`]. `nadie@` is refused with 550, `lento@` is put off with 450, other domains bounce.
//! Postfix must be started by root: as another user it is started through `sudo -n`.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub const DOMAIN: &str = "magdalena.test";
/// The name under which Postfix says what it found out about a sender.
pub const AUTHSERV: &str = "correo.magdalena.test";
pub const USERS: [&str; 6] = ["mesa", "ana", "luis", "tecnico", "admin", "ciudadana"];
/// Everybody's. It has a space and a quote: both must survive the wire.
pub const PASSWORD: &str = "clave de \"prueba\"";
/// Who owns the mail when root starts Dovecot: any number that is nobody's.
const OWNER: u32 = 1999;
/// A server that is not there by now will not come.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Servers {
    home: tempfile::TempDir,
    pub imap: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub submission: u16,
    pub smtps: u16,
    /// SMTP with login and without TLS: as from within the office.
    pub office: u16,
    dovecot: Mutex<Option<Child>>,
    guard: Option<Child>,
}

impl Servers {
    /// Both servers.
    pub fn start() -> Servers {
        let servers = Servers::prepare("");
        servers.dovecot_up();
        servers.postfix_up();
        servers
    }

    /// Both, with lines added to Dovecot's configuration: what `extra` makes of the folder.
    pub fn start_with(extra: impl FnOnce(&Path) -> String) -> Servers {
        let servers = Servers::prepare("");
        let config = servers.home().join("dovecot.conf");
        let whole = fs::read_to_string(&config).unwrap() + &extra(servers.home());
        fs::write(config, whole).unwrap();
        servers.dovecot_up();
        servers.postfix_up();
        servers
    }

    /// Dovecot alone, with lines of its own configuration added.
    pub fn imap(extra: &str) -> Servers {
        let servers = Servers::prepare(extra);
        servers.dovecot_up();
        servers
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The certificate authority, as PEM.
    pub fn ca(&self) -> PathBuf {
        self.home().join("tls/ca.pem")
    }

    /// A file of mode 0600 with [`PASSWORD`].
    pub fn secret(&self) -> PathBuf {
        self.home().join("secret")
    }

    /// A mail by SMTP, without login: as from anybody. Panics when Postfix does not take it.
    pub fn submit(&self, from: &str, to: &str, mail: &str) {
        self.hand_over(self.smtp, None, from, to, mail);
    }

    /// A mail of a user who logged in to send it.
    pub fn submit_as(&self, user: &str, to: &str, mail: &str) {
        let login = BASE64_STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
        self.hand_over(self.office, Some(login), &format!("{user}@{DOMAIN}"), to, mail);
    }

    fn hand_over(&self, port: u16, login: Option<String>, from: &str, to: &str, mail: &str) {
        let mut line = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
        let text = mail.replace("\r\n", "\n").replace("\n.", "\n..").replace('\n', "\r\n");
        let greeting = [(String::new(), "220"), ("EHLO kit\r\n".to_owned(), "250")];
        let login = login.map(|login| (format!("AUTH PLAIN {login}\r\n"), "235"));
        let commands = [
            (format!("MAIL FROM:<{from}>\r\n"), "250"),
            (format!("RCPT TO:<{to}>\r\n"), "250"),
            ("DATA\r\n".to_owned(), "354"),
            (format!("{text}\r\n.\r\n"), "250"),
            ("QUIT\r\n".to_owned(), "221"),
        ];
        for (command, expected) in greeting.into_iter().chain(login).chain(commands) {
            line.get_mut().write_all(command.as_bytes()).unwrap();
            let mut reply = String::new();
            loop {
                reply.clear();
                line.read_line(&mut reply).unwrap();
                if reply.as_bytes().get(3) != Some(&b'-') {
                    break;
                }
            }
            assert!(
                reply.starts_with(expected),
                "Postfix to «{}»: {reply}",
                command.lines().next().unwrap_or_default()
            );
        }
    }

    /// A mail put straight into a folder on disk, as a delivery agent would: quick, for many. Returns where it lies.
    pub fn drop_in(&self, user: &str, mail: &[u8]) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{:08}.kit{}.localhost", COUNT.fetch_add(1, Ordering::Relaxed), std::process::id());
        let (tmp, new) =
            (self.maildir(user, "INBOX").join("tmp").join(&name), self.maildir(user, "INBOX").join("new").join(&name));
        fs::write(&tmp, mail).unwrap();
        if is_root() {
            chown(&tmp, Some(OWNER), Some(OWNER)).unwrap();
        }
        fs::rename(tmp, &new).unwrap();
        new
    }

    /// The mails of a user's folder, in the order they came, straight from the disk.
    pub fn mails(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        let mut files: Vec<(i64, PathBuf)> = Vec::new();
        for half in ["new", "cur"] {
            let Ok(entries) = fs::read_dir(self.maildir(user, folder).join(half)) else { continue };
            for entry in entries.map(Result::unwrap) {
                // Moved meanwhile from one half to the other: read at its next place by the next call, as below.
                let Ok(meta) = entry.metadata() else { continue };
                files.push((meta.mtime() * 1_000_000_000 + meta.mtime_nsec(), entry.path()));
            }
        }
        files.sort();
        // One that is renamed between the listing and the reading is read at its next place by the next call.
        files.iter().filter_map(|(_, path)| fs::read(path).ok()).collect()
    }

    /// As [`Servers::mails`] of the INBOX, once there are at least `count`.
    pub fn await_mail(&self, user: &str, count: usize) -> Vec<Vec<u8>> {
        let begun = Instant::now();
        loop {
            let mails = self.mails(user, "INBOX");
            if mails.len() >= count {
                return mails;
            }
            assert!(begun.elapsed() < PATIENCE, "{user} has {} of {count} mails; {}", mails.len(), self.last_words());
            sleep(Duration::from_millis(50));
        }
    }

    pub fn dovecot_up(&self) {
        let child = quiet(tool("dovecot").arg("-F").arg("-c").arg(self.home().join("dovecot.conf"))).spawn();
        *self.dovecot.lock().unwrap() = Some(child.expect("dovecot is not installed: tests/run installs it"));
        // It opens them one by one.
        self.await_port(self.imap);
        self.await_port(self.imaps);
    }

    /// Sessions that are open end too.
    pub fn dovecot_down(&self) {
        let Some(mut child) = self.dovecot.lock().unwrap().take() else { return };
        succeeds(tool("doveadm").arg("-c").arg(self.home().join("dovecot.conf")).args(["kick", "*"]));
        succeeds(tool("kill").arg(child.id().to_string()));
        child.wait().unwrap();
        self.await_no_port(self.imap);
    }

    pub fn postfix_up(&self) {
        let up = succeeds(as_root("postfix").arg("-c").arg(self.home().join("postfix/etc")).arg("start"));
        assert!(up, "postfix did not start: is it installed, and is this root? {}", self.last_words());
        self.await_port(self.smtp);
    }

    /// By signal: `postfix stop` takes its time.
    pub fn postfix_down(&self) {
        let Ok(pid) = fs::read_to_string(self.home().join("postfix/queue/pid/master.pid")) else { return };
        succeeds(as_root("kill").arg(pid.trim()));
        self.await_no_port(self.smtp);
        let begun = Instant::now();
        while Path::new("/proc").join(pid.trim()).exists() {
            assert!(begun.elapsed() < PATIENCE, "postfix does not end: {}", self.last_words());
            sleep(Duration::from_millis(20));
        }
    }

    /// A line of Postfix's configuration becomes another one.
    pub fn change_postfix(&self, line: &str, by: &str) {
        let path = self.home().join("postfix/etc/main.cf");
        let config = fs::read_to_string(&path).unwrap();
        assert!(config.contains(line), "{config}");
        fs::write(path, config.replace(line, by)).unwrap();
        self.postfix_down();
        self.postfix_up();
    }

    /// Postfix says nothing of senders any more; and lets what others say in its name pass, or not.
    pub fn stop_vouching(&self, passes_forgeries: bool) {
        let checks = self.home().join("postfix/header_checks");
        fs::write(&checks, format!("/^Authentication-Results: *{AUTHSERV}/ IGNORE\n")).unwrap();
        let word =
            if passes_forgeries { String::new() } else { format!("header_checks = regexp:{}\n", checks.display()) };
        self.change_postfix("smtpd_sender_restrictions = ", &format!("{word}# smtpd_sender_restrictions = "));
    }

    /// One of Dovecot's administrative commands: `["mailbox", "update", …]`.
    pub fn doveadm(&self, words: &[&str]) {
        let status = tool("doveadm").arg("-c").arg(self.home().join("dovecot.conf")).args(words).status();
        assert!(status.unwrap().success(), "doveadm {words:?}");
    }

    fn prepare(extra: &str) -> Servers {
        let home = tempfile::Builder::new().prefix("mesa-kit-").tempdir().unwrap();
        let [imap, imaps, smtp, submission, smtps, office] = ports();
        let dovecot = Mutex::default();
        let mut servers = Servers { home, imap, imaps, smtp, submission, smtps, office, dovecot, guard: None };
        servers.guard();
        let home = &servers.home().to_owned();
        fs::set_permissions(home, fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["run", "state", "sockets", "mail", "postfix/etc", "postfix/queue", "postfix/data"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        certificates(&home.join("tls"));
        servers.write("secret", &format!("{PASSWORD}\n"));
        fs::set_permissions(servers.secret(), fs::Permissions::from_mode(0o600)).unwrap();
        let owner = if is_root() { (OWNER, OWNER) } else { (uid(), gid()) };
        let mut users = String::new();
        for user in USERS {
            let (uid, gid) = owner;
            let mail = home.join("mail").join(user);
            users.push_str(&format!("{user}:{{PLAIN}}{PASSWORD}:{uid}:{gid}::{}::\n", mail.display()));
            for half in ["tmp", "new", "cur"] {
                fs::create_dir_all(mail.join("Maildir").join(half)).unwrap();
            }
        }
        servers.write("users", &users);
        if is_root() {
            own(&home.join("mail"));
            as_root("chown").arg("postfix").arg(home.join("postfix/data")).status().unwrap();
        }
        servers.write("dovecot.conf", &(servers.fill(include_str!("servers/dovecot.conf")) + extra + "\n"));
        let recipients: Vec<String> =
            USERS.iter().chain(&["lento"]).map(|user| format!("{user}@{DOMAIN} ok\n")).collect();
        servers.write("postfix/recipients", &recipients.concat());
        servers.write("postfix/access", &format!("lento@{DOMAIN} 450 4.7.1 vuelva luego\n"));
        let login =
            |user| format!("{user} PREPEND Authentication-Results: {AUTHSERV}; auth=pass smtp.auth={user}@{DOMAIN}\n");
        servers.write("postfix/logins", &USERS.map(login).concat());
        servers.write("postfix/etc/main.cf", &servers.fill(include_str!("servers/main.cf")));
        servers.write("postfix/etc/master.cf", &servers.fill(include_str!("servers/master.cf")));
        let maps = fs::read_to_string("/etc/postfix/dynamicmaps.cf").unwrap_or_default();
        servers.write("postfix/etc/dynamicmaps.cf", &maps);
        servers
    }

    fn fill(&self, template: &str) -> String {
        let (me, mine) = (name("-un"), name("-gn"));
        let (internal, login, group) =
            if is_root() { ("dovecot", "dovenull", "dovecot") } else { (me.as_str(), me.as_str(), mine.as_str()) };
        let mut text = template.replace("{home}", &self.home().display().to_string());
        let (smtps, office) = (("smtps", self.smtps), ("office", self.office));
        let ports = [("imaps", self.imaps), ("imap", self.imap), smtps, ("smtp", self.smtp), office];
        for (word, port) in ports.into_iter().chain([("submission", self.submission)]) {
            text = text.replace(&format!("{{{word}}}"), &port.to_string());
        }
        for (word, value) in [("internal", internal), ("login", login), ("group", group), ("authserv", AUTHSERV)] {
            text = text.replace(&format!("{{{word}}}"), value);
        }
        text
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.home().join(name), text).unwrap();
    }

    fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        let inbox = self.home().join("mail").join(user).join("Maildir");
        if folder == "INBOX" { inbox } else { inbox.join(format!(".{}", folder.replace('/', "."))) }
    }

    /// Ends the servers when this program ends without having dropped them.
    fn guard(&mut self) {
        let script = r#"while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
            [ -d "$2" ] || exit 0
            doveadm -c "$2/dovecot.conf" stop; postfix -c "$2/postfix/etc" stop; rm -rf "$2""#;
        let mut guard = tool("setsid");
        guard.args(["sh", "-c", script, "guard", &std::process::id().to_string()]).arg(self.home());
        self.guard = Some(quiet(&mut guard).spawn().expect("setsid and sh"));
    }

    fn await_port(&self, port: u16) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "nothing listens on {port}: {}", self.last_words());
            sleep(Duration::from_millis(20));
        }
    }

    fn await_no_port(&self, port: u16) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "port {port} does not close: {}", self.last_words());
            sleep(Duration::from_millis(20));
        }
    }

    fn last_words(&self) -> String {
        let tail = |name: &str| {
            let log = fs::read_to_string(self.home().join(name)).unwrap_or_default();
            log.lines().rev().take(15).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
        };
        format!("the servers' logs:\n{}\n{}", tail("dovecot.log"), tail("postfix.log"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.dovecot_down();
        self.postfix_down();
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.kill().and_then(|()| guard.wait());
        }
    }
}

/// Keys and certificates into `folder`: ca.pem, server.{pem,key} for localhost, other-name.{pem,key}, stranger.pem.
pub fn certificates(folder: &Path) {
    let output = Command::new("sh")
        .arg("-c")
        .arg(include_str!("servers/certificates.sh"))
        .arg("sh")
        .arg(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
}

/// Ports nobody listens on just now.
fn ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn succeeds(command: &mut Command) -> bool {
    quiet(command).status().is_ok_and(|status| status.success())
}

/// A program that may lie where only root looks.
fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/local/sbin:/usr/sbin:/sbin"));
    command
}

fn as_root(program: &str) -> Command {
    if is_root() {
        return tool(program);
    }
    let mut command = tool("sudo");
    command.arg("-n").arg(program);
    command
}

fn is_root() -> bool {
    uid() == 0
}

fn uid() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

fn gid() -> u32 {
    fs::metadata("/proc/self").unwrap().gid()
}

fn name(option: &str) -> String {
    let output = Command::new("id").arg(option).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn own(path: &Path) {
    chown(path, Some(OWNER), Some(OWNER)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            own(&entry.unwrap().path());
        }
    }
}
