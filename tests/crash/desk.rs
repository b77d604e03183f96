//! A desk that dies on demand, and the mails that come meanwhile.
use crate::kit::home::slim_rules;
use crate::kit::servers::Servers;
use crate::kit::sink::{Sink, Taken};
use crate::oracle::{Kind, Posted};
use fastrand::Rng;
use jiff::Timestamp;
use mesa_tic::crash::{self, Point};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(3);
/// What has not happened by now will not happen.
const PATIENCE: Duration = Duration::from_secs(40);
/// A point that was not passed after so long at work lies on none of this cycle's ways.
const NOT_THERE: Duration = Duration::from_secs(3);
/// A mail begun so often is one death away from the quarantine: it is let to its end.
const TIRED: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    At(Point),
    Whenever,
}

pub(crate) struct Desk {
    pub(crate) servers: Servers,
    pub(crate) sink: Sink,
    pub(crate) rng: Rng,
    /// Every mail that was ever put into the mailbox.
    pub(crate) posted: Vec<Posted>,
    /// How often the desk died while a letter was on its way, by Message-ID.
    pub(crate) breaks: BTreeMap<String, usize>,
    pub(crate) deaths: usize,
    answered: BTreeSet<usize>,
    trace: Vec<String>,
    daemon: Option<Child>,
}

/// The roster: enough hands for hundreds of cases.
fn people() -> String {
    let mut people = "dominios = [\"magdalena.test\"]\nbuzones_compartidos = [\"mesa@magdalena.test\"]\n".to_owned();
    for n in 0..12 {
        people.push_str(&format!(
            "[[persona]]\nusuario = \"tecnico{n}\"\nnombre = \"Técnico {n}\"\ncorreo = \"tecnico{n}@magdalena.test\"\nrol = \
             \"tecnico\"\n"
        ));
    }
    people
}

impl Desk {
    pub(crate) fn open(extra: &str, seed: u64) -> Desk {
        let mut desk = Desk {
            servers: Servers::imap(extra),
            sink: Sink::open(),
            rng: Rng::with_seed(seed),
            posted: Vec::new(),
            breaks: BTreeMap::new(),
            deaths: 0,
            answered: BTreeSet::new(),
            trace: vec![format!("seed {seed}")],
            daemon: None,
        };
        slim_rules(&desk.path("rules"), &people());
        desk.write_config();
        // The books are made; deaths while they are made have a test of their own.
        desk.live(None);
        desk.until("the desk at work", |desk| desk.is_at_work(0));
        desk.kill();
        desk
    }

    fn write_config(&self) {
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
            port = {}
            tls = "none"
            user = "mesa"
            password = {{ file = {:?} }}
            done = "Procesados"
            start = "all"
            [outbox]
            kind = "smtp"
            host = "localhost"
            port = {}
            tls = "none"
            "#,
            self.servers.imap,
            self.servers.secret(),
            self.sink.port
        );
        fs::write(self.path("config.toml"), config).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.servers.home().join("desk").join(name)
    }

    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        format!("{}\n{}", self.trace.join("\n"), log)
    }

    pub(crate) fn mesa(&self, args: &[&str]) -> std::process::Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
        command.args(args).arg("--config").arg(self.path("config.toml")).output().unwrap()
    }

    /// The books, looked at without touching what the dead left: no checkpoint.
    pub(crate) fn books(&self) -> Connection {
        let books = Connection::open(self.path("mesa.db")).unwrap();
        books.busy_timeout(Duration::from_secs(30)).unwrap();
        books.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        books
    }

    pub(crate) fn count(&self, question: &str) -> u32 {
        self.books().query_row(question, [], |row| row.get(0)).unwrap()
    }

    /// Mails come, the desk starts, and dies; afterwards some minutes pass.
    pub(crate) fn cycle(&mut self, death: Death) {
        self.post();
        for pass in self.passes(death) {
            if self.die(death, pass) {
                break;
            }
            // Not on this way: other mails, and at its first passing.
            self.post();
        }
        self.after_death();
        if self.count("SELECT ifnull(max(intentos), 0) FROM correo WHERE destino IS NULL") >= TIRED {
            self.live(None);
            self.until("the tired mails worked", |desk| desk.nothing_waits());
            self.kill();
            self.after_death();
        }
    }

    /// At which of its passings the desk dies, one after the other until it does.
    fn passes(&mut self, death: Death) -> Vec<u32> {
        let first = match death {
            Death::At(Point::Committing | Point::Committed) => self.rng.u32(1..12),
            Death::At(Point::MailWritten | Point::FactsWritten | Point::Filing) => self.rng.u32(1..4),
            Death::At(Point::Addressed | Point::Invited | Point::Accepted | Point::Settled) => self.rng.u32(1..4),
            Death::At(_) | Death::Whenever => 1,
        };
        vec![first, 1, 1, 1]
    }

    fn die(&mut self, death: Death, pass: u32) -> bool {
        self.deaths += 1;
        match death {
            Death::At(point) => {
                self.trace.push(format!("{} at {point:?}:{pass}", self.deaths));
                let plan = format!("{point:?}:{pass}");
                let log = self.log_len();
                self.live(Some(&plan));
                let mut at_work: Option<Instant> = None;
                let begun = Instant::now();
                loop {
                    if self.daemon.as_mut().unwrap().try_wait().unwrap().is_some() {
                        self.daemon = None;
                        return true;
                    }
                    at_work = at_work.or_else(|| self.is_at_work(log).then(Instant::now));
                    if at_work.is_some_and(|at| at.elapsed() > NOT_THERE) {
                        self.trace.push("  not there".to_owned());
                        self.kill();
                        self.after_death();
                        return false;
                    }
                    assert!(begun.elapsed() < PATIENCE, "{}", self.log());
                    sleep(STEP);
                }
            }
            Death::Whenever => {
                let log = self.log_len();
                self.live(None);
                // One in eight dies before it is at work.
                if self.rng.u32(0..8) > 0 {
                    self.until("the desk at work", |desk| desk.is_at_work(log));
                }
                let millis = self.rng.u64(0..400);
                self.trace.push(format!("{} after {millis} ms", self.deaths));
                sleep(Duration::from_millis(millis));
                self.kill();
                true
            }
        }
    }

    /// What the run was, for who looks.
    pub(crate) fn sum_up(&self) {
        let (missed, letters) =
            (self.trace.iter().filter(|line| line.contains("not there")).count(), self.sink.letters());
        let (breaks, mails) = (self.breaks.values().sum::<usize>(), self.posted.len());
        let again = letters.len() - letters.iter().map(Taken::id).collect::<BTreeSet<_>>().len();
        eprintln!(
            "{} deaths ({missed} came elsewhere), {mails} mails, {} letters, {breaks} of them cut off, {again} came twice",
            self.deaths,
            letters.len(),
        );
    }

    fn log_len(&self) -> usize {
        fs::metadata(self.path("log")).map_or(0, |meta| meta.len() as usize)
    }

    fn is_at_work(&self, since: usize) -> bool {
        let log = fs::read(self.path("log")).unwrap_or_default();
        String::from_utf8_lossy(log.get(since..).unwrap_or_default()).contains("at work")
    }

    pub(crate) fn live(&mut self, plan: Option<&str>) {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        // An abort leaves no core behind.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -c 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_mesa-tic"), "run", "--config"]);
        command.arg(self.path("config.toml")).stderr(log).stdout(Stdio::null());
        if let Some(plan) = plan {
            command.env(crash::VARIABLE, plan);
        }
        self.daemon = Some(command.spawn().unwrap());
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    fn until(&mut self, what: &str, mut ready: impl FnMut(&Desk) -> bool) {
        let begun = Instant::now();
        while !ready(self) {
            let ended = self.daemon.as_mut().and_then(|daemon| daemon.try_wait().unwrap());
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.log());
            sleep(STEP);
        }
    }

    pub(crate) fn note(&mut self, line: String) {
        self.trace.push(line);
    }

    /// By other ways to both servers from now on.
    pub(crate) fn change_ports(&self, imap: u16, smtp: u16) {
        let config = fs::read_to_string(self.path("config.toml")).unwrap();
        let config = config.replace(&format!("port = {}\n", self.servers.imap), &format!("port = {imap}\n"));
        let config = config.replace(&format!("port = {}\n", self.sink.port), &format!("port = {smtp}\n"));
        fs::write(self.path("config.toml"), config).unwrap();
    }

    /// No mail waits, in the mailbox or in the books, and no letter.
    pub(crate) fn is_tidy(&self) -> bool {
        self.is_put_away() && self.count("SELECT count(*) FROM carta WHERE estado IN ('pendiente', 'enviando')") == 0
    }

    /// Every mail is on the ledger, worked, and out of the way or marked as done.
    fn is_put_away(&self) -> bool {
        let listed = self.count("SELECT count(*) FROM correo WHERE movido IS NOT NULL") as usize;
        listed == self.posted.len() && self.nothing_waits()
    }

    fn nothing_waits(&self) -> bool {
        self.count("SELECT count(*) FROM correo WHERE destino IS NULL") == 0
    }

    /// Which letters were under way, and then some minutes pass: what the dead daemon's heir put off comes due.
    pub(crate) fn after_death(&mut self) {
        let books = self.books();
        let mut under_way = books
            .prepare("SELECT mensaje FROM carta WHERE estado = 'enviando' OR (estado = 'pendiente' AND intentos > 0)")
            .unwrap();
        for id in under_way.query_map([], |row| row.get::<_, String>(0)).unwrap() {
            *self.breaks.entry(id.unwrap()).or_default() += 1;
        }
        books.execute("UPDATE carta SET proximo = encolada WHERE estado = 'pendiente'", []).unwrap();
    }

    /// Starts without a death until nothing is left to do.
    pub(crate) fn come_to_rest(&mut self) {
        for _ in 0..8 {
            self.live(None);
            self.until("a mailbox that is tidy", Desk::is_put_away);
            self.until("letters that are on their way", |desk| {
                let due = "estado = 'enviando' OR (estado = 'pendiente' AND proximo <= encolada)";
                desk.count(&format!("SELECT count(*) FROM carta WHERE {due}")) == 0
            });
            self.kill();
            self.after_death();
            let waiting = self.count("SELECT count(*) FROM carta WHERE estado IN ('pendiente', 'enviando')");
            if waiting == 0 && !self.let_out() {
                return;
            }
        }
        panic!("it never comes to rest\n{}", self.log());
    }

    /// A mail that lay open at three deaths in a row is set aside, rightly: the administrator lets it try again.
    fn let_out(&mut self) -> bool {
        let list = "SELECT id FROM correo WHERE destino = 'cuarentena'";
        let rows: Vec<i64> = {
            let books = self.books();
            let mut list = books.prepare(list).unwrap();
            list.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        for row in &rows {
            let why: String =
                self.books().query_row("SELECT motivo FROM correo WHERE id = ?1", [row], |row| row.get(0)).unwrap();
            assert!(why.contains("se detuvo tres veces"), "{why}\n{}", self.log());
            self.trace.push(format!("let out {row}"));
            assert!(self.mesa(&["quarantine", "retry", &row.to_string()]).status.success());
        }
        !rows.is_empty()
    }

    /// One to four mails: a request, perhaps the same by another road, an answer to a letter, a machine's word.
    pub(crate) fn post(&mut self) {
        let n = self.posted.len();
        let request = Posted::request(n);
        if self.rng.u32(0..4) == 0 {
            let twin = request.by_another_road();
            self.drop_in(twin);
        }
        self.drop_in(request);
        if self.rng.u32(0..4) == 0 {
            self.drop_in(Posted::automatic(n));
        }
        let receipts = self.sink.letters();
        let receipt = receipts.iter().find_map(|letter| {
            let asked = self.posted.iter().position(|mail| mail.kind == Kind::Request && mail.from == letter.to)?;
            (!self.answered.contains(&asked)).then_some((asked, letter))
        });
        if let Some((asked, letter)) = receipt {
            self.answered.insert(asked);
            let answer = Posted::answer(&self.posted[asked], &letter.id());
            self.drop_in(answer);
        }
    }

    pub(crate) fn drop_in(&mut self, mail: Posted) {
        self.put(&mail.text);
        self.posted.push(mail);
    }

    pub(crate) fn put(&self, text: &str) {
        self.servers.drop_in("mesa", text.as_bytes());
    }

    /// Finished mails stay in the mailbox from now on.
    pub(crate) fn leave_finished_mails(&self) {
        let config = fs::read_to_string(self.path("config.toml")).unwrap();
        fs::write(self.path("config.toml"), config.replace("done = \"Procesados\"", "")).unwrap();
    }

    /// Lives until so many mails are on the ledger, worked and put away, and all letters are sent.
    pub(crate) fn attend(&mut self, mails: u32) {
        self.live(None);
        let listed = "SELECT count(*) FROM correo WHERE destino IS NOT NULL AND movido IS NOT NULL";
        self.until("the mails", |desk| desk.count(listed) == mails);
        let waiting = "SELECT count(*) FROM carta WHERE estado IN ('pendiente', 'enviando')";
        self.until("the letters", |desk| desk.count(waiting) == 0);
        self.kill();
        assert_eq!(String::from_utf8_lossy(&self.mesa(&["reconcile", "--json"]).stdout).trim(), "[]");
    }

    /// One life that ends at this point.
    pub(crate) fn dies_at(&mut self, point: Point) -> bool {
        self.die(Death::At(point), 1)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Now, as mails write it.
pub(crate) fn date() -> String {
    #[allow(clippy::disallowed_methods)]
    let now = Timestamp::now();
    jiff::fmt::rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap()
}
