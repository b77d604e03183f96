//! The whole desk between real servers: the real daemon, its config and rules, beside a Dovecot and a Postfix of its own.
use crate::kit;
use crate::kit::canary;
use crate::kit::servers::{AUTHSERV, DOMAIN, Servers, USERS};
use mesa_tic::mail;
use mesa_tic::mail::message::Mail;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::facts::Ticket;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What has not come by now will not come.
const PATIENCE: Duration = Duration::from_secs(120);

pub const PEOPLE: &str = r#"
dominios = ["magdalena.test"]
buzones_compartidos = ["mesa@magdalena.test"]
[[persona]]
usuario = "tecnico"
nombre = "Kevin Barros"
correo = "tecnico@magdalena.test"
rol = "tecnico"
"#;

/// A desk of its own between servers of its own.
pub struct Desk {
    pub servers: Servers,
    daemon: RefCell<Option<Child>>,
    /// Where in the log the running daemon begins.
    begun: usize,
}

impl Desk {
    pub fn open() -> Desk {
        Desk::over(Servers::start())
    }

    pub fn over(servers: Servers) -> Desk {
        let desk = Desk { servers, daemon: RefCell::default(), begun: 0 };
        copy_rules(&desk.path("rules"));
        desk.write_config("connect");
        desk
    }

    /// Another line in place of one of the config.
    pub fn change_config(&self, line: &str, by: &str) {
        let config = fs::read_to_string(self.path("config.toml")).unwrap();
        assert!(config.contains(line), "{config}");
        fs::write(self.path("config.toml"), config.replace(line, by)).unwrap();
    }

    /// A config over TLS on connect, or over STARTTLS.
    pub fn write_config(&self, tls: &str) {
        let (imap, smtp) = match tls {
            "connect" => (self.servers.imaps, self.servers.smtps),
            _ => (self.servers.imap, self.servers.submission),
        };
        let (secret, ca) = (self.servers.secret(), self.servers.ca());
        let config = format!(
            r#"
            database = "mesa.db"
            rules = "rules"
            [desk]
            address = "mesa@magdalena.test"
            name = "Mesa de Ayuda"
            administrator = "admin@magdalena.test"
            [inbox]
            kind = "imap"
            host = "localhost"
            port = {imap}
            tls = "{tls}"
            ca = {ca:?}
            user = "mesa"
            password = {{ file = {secret:?} }}
            done = "Procesados"
            start = "all"
            [outbox]
            kind = "smtp"
            host = "localhost"
            port = {smtp}
            tls = "{tls}"
            ca = {ca:?}
            user = "mesa"
            password = {{ file = {secret:?} }}
            "#
        );
        fs::create_dir_all(self.path("")).unwrap();
        fs::write(self.path("config.toml"), config).unwrap();
    }

    /// Orders are obeyed by the word of the server, and the thread is kept by plus-addresses too. The office never closes, so
    /// that no letter waits for the morning.
    pub fn be_strict(&self) {
        let config = fs::read_to_string(self.path("config.toml")).unwrap();
        let orders = format!("[ordenes]\nmodo = \"estricto\"\nauthserv_id = \"{AUTHSERV}\"\nplus_address = true\n");
        fs::write(self.path("config.toml"), format!("{config}\n{orders}")).unwrap();
        let days = ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"];
        let week: String = days.iter().map(|day| format!("{day} = [\"00:00-23:59\"]\n")).collect();
        fs::write(self.path("rules/horario.toml"), format!("[semana]\n{week}")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.servers.home().join("desk").join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
        command.args(args).arg("--config").arg(self.path("config.toml"));
        command
    }

    pub fn ask(&self, args: &[&str]) -> Value {
        let done = self.command(args).output().unwrap();
        serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&done.stderr)))
    }

    pub fn start(&mut self) {
        self.begun = self.log().len();
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        *self.daemon.get_mut() = Some(self.command(&["run"]).stderr(log).stdout(Stdio::null()).spawn().unwrap());
    }

    /// kill -9: no farewell, no clean-up.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.get_mut().take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// The daemon's own number.
    pub fn process(&self) -> u32 {
        self.daemon.borrow().as_ref().unwrap().id()
    }

    pub fn signal(&self, name: &str) {
        let pid = self.daemon.borrow().as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// TERM, and a clean end within the 45 seconds that the unit grants.
    pub fn stop(&mut self) {
        let at_work = |desk: &Desk| desk.log().get(desk.begun..).is_some_and(|log| log.contains("\"at work\""));
        self.until("the daemon at work", |desk| at_work(desk).then_some(()));
        self.signal("-TERM");
        let (mut daemon, begun) = (self.daemon.get_mut().take().unwrap(), Instant::now());
        while daemon.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(45), "still there: {}", self.log());
            sleep(Duration::from_millis(20));
        }
        assert!(daemon.wait().unwrap().success(), "{}", self.log());
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until `ready` gives something.
    pub fn until<T>(&self, what: &str, mut ready: impl FnMut(&Desk) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(value) = ready(self) {
                return value;
            }
            let ended = self.daemon.borrow_mut().as_mut().and_then(|daemon| daemon.try_wait().unwrap());
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.log());
            sleep(Duration::from_millis(20));
        }
    }

    pub fn tickets(&self) -> Vec<Ticket> {
        // Until the daemon has made its database there are none.
        Store::open_read(&self.path("mesa.db")).and_then(|store| store.tickets(None, 100)).unwrap_or_default()
    }

    /// Letters that somebody received, each once however often it came, in the order they came.
    pub fn letters(&self, user: &str) -> Vec<Mail> {
        let mut seen = BTreeSet::new();
        let mails = self.servers.mails(user, "INBOX").into_iter().map(|bytes| mail::parse(&bytes));
        mails.filter(|m| seen.insert(m.id.clone())).collect()
    }

    /// No note of the office lies in anybody else's mailbox, nor in any letter that was ever written, nor in the log.
    fn assert_discreet(&self) {
        let roster = fs::read_to_string(self.path("rules/personas.toml")).unwrap();
        let is_office = |address: &str| roster.contains(&format!("\"{address}\""));
        for user in USERS.iter().filter(|user| !is_office(&format!("{user}@{DOMAIN}")) && **user != "mesa") {
            self.servers
                .mails(user, "INBOX")
                .iter()
                .for_each(|bytes| canary::silent(bytes, user, &[canary::bare(canary::WORD)]));
        }
        if let Ok(store) = Store::open_read(&self.path("mesa.db")) {
            kit::in_order(&store);
            canary::of_store(&store, is_office);
        }
        assert!(!self.log().contains(canary::WORD), "a note in the log");
    }

    /// Everything is where it belongs.
    pub fn assert_in_order(&self) {
        assert_eq!(self.ask(&["reconcile", "--json"]), serde_json::json!([]), "{}", self.log());
        assert_eq!(self.ask(&["outbox", "list", "--json"]), serde_json::json!([]));
        assert_eq!(self.ask(&["quarantine", "list", "--json"]), serde_json::json!([]));
        let log = self.log();
        for private in ["ana@", "Ana Ruiz", "computador", "oficina 204"] {
            assert!(!log.contains(private), "«{private}» in the log:\n{log}");
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
        if !std::thread::panicking() {
            self.assert_discreet();
        }
    }
}

/// The shipped rules, with a roster of this test's domain.
fn copy_rules(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for folder in ["", "cartas"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                let text = fs::read_to_string(entry.path()).unwrap();
                let kept: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("responsable")).collect();
                fs::write(to.join(folder).join(entry.file_name()), kept.join("\n") + "\n").unwrap();
            }
        }
    }
    fs::write(to.join("personas.toml"), PEOPLE).unwrap();
    // Letters go at whatever hour the test runs.
    let service = fs::read_to_string(to.join("servicio.toml")).unwrap();
    fs::write(to.join("servicio.toml"), service.replace("\"19:00\"", "\"07:00\"")).unwrap();
}
