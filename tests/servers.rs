//! The whole desk between real servers: a mail goes through Postfix into Dovecot, becomes a case, is answered through Postfix
//! into the requester's mailbox, and the requester's reply fills what was missing; with a kill -9 between any two of these
//! steps the end is the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::servers::Servers;
use mesa_tic::mail;
use mesa_tic::mail::message::Mail;
use mesa_tic::office::fields::Requisito;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::facts::Ticket;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A letter that was being handed over when the desk was killed is tried again after three minutes.
const PATIENCE: Duration = Duration::from_secs(270);

const PEOPLE: &str = r#"
dominios = ["magdalena.test"]
buzones_compartidos = ["mesa@magdalena.test"]
[[persona]]
usuario = "tecnico"
nombre = "Kevin Barros"
correo = "tecnico@magdalena.test"
rol = "tecnico"
"#;

/// A desk of its own between servers of its own.
struct Desk {
    servers: Servers,
    daemon: Option<Child>,
    /// Where in the log the running daemon begins.
    begun: usize,
}

impl Desk {
    fn open() -> Desk {
        let desk = Desk { servers: Servers::start(), daemon: None, begun: 0 };
        copy_rules(&desk.path("rules"));
        desk.write_config("connect");
        desk
    }

    /// Another line in place of one of the config.
    fn change_config(&self, line: &str, by: &str) {
        let config = fs::read_to_string(self.path("config.toml")).unwrap();
        assert!(config.contains(line), "{config}");
        fs::write(self.path("config.toml"), config.replace(line, by)).unwrap();
    }

    /// A config over TLS on connect, or over STARTTLS.
    fn write_config(&self, tls: &str) {
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

    fn path(&self, name: &str) -> PathBuf {
        self.servers.home().join("desk").join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
        command.args(args).arg("--config").arg(self.path("config.toml"));
        command
    }

    fn ask(&self, args: &[&str]) -> Value {
        let done = self.command(args).output().unwrap();
        serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&done.stderr)))
    }

    fn start(&mut self) {
        self.begun = self.log().len();
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        self.daemon = Some(self.command(&["run"]).stderr(log).stdout(Stdio::null()).spawn().unwrap());
    }

    /// kill -9: no farewell, no clean-up.
    fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.daemon.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// TERM, and a clean end within the 45 seconds that the unit grants.
    fn stop(&mut self) {
        let at_work = |desk: &Desk| desk.log().get(desk.begun..).is_some_and(|log| log.contains("\"at work\""));
        self.until("the daemon at work", |desk| at_work(desk).then_some(()));
        self.signal("-TERM");
        let (mut daemon, begun) = (self.daemon.take().unwrap(), Instant::now());
        while daemon.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(45), "still there: {}", self.log());
            sleep(Duration::from_millis(20));
        }
        assert!(daemon.wait().unwrap().success(), "{}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until `ready` gives something.
    fn until<T>(&self, what: &str, mut ready: impl FnMut(&Desk) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(value) = ready(self) {
                return value;
            }
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.log());
            sleep(Duration::from_millis(20));
        }
    }

    fn tickets(&self) -> Vec<Ticket> {
        // Until the daemon has made its database there are none.
        Store::open_read(&self.path("mesa.db")).and_then(|store| store.tickets(None, 100)).unwrap_or_default()
    }

    /// Letters that somebody received, each once however often it came, in the order they came.
    fn letters(&self, user: &str) -> Vec<Mail> {
        let mut seen = BTreeSet::new();
        let mails = self.servers.mails(user, "INBOX").into_iter().map(|bytes| mail::parse(&bytes));
        mails.filter(|m| seen.insert(m.id.clone())).collect()
    }

    /// Everything is where it belongs.
    fn assert_in_order(&self) {
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
}

const REQUEST: &str = "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: Mi computador no prende\r\n\
    Message-ID: <solicitud.1@magdalena.test>\r\nDate: Wed, 25 Nov 2026 09:00:00 -0500\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\nBuenos días, el computador no prende desde ayer. Gracias.\r\n";

fn reply_to(letter: &Mail) -> String {
    format!(
        "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: Re: {}\r\nMessage-ID: \
         <respuesta.1@magdalena.test>\r\nIn-Reply-To: <{id}>\r\nReferences: <{id}>\r\nDate: Wed, 25 Nov 2026 10:00:00 \
         -0500\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDependencia: Secretaría de \
         Hacienda\r\nUbicación: Palacio Tayrona, piso 2, oficina 204\r\nExtensión: 123\r\n\r\nAna Ruiz\r\n",
        letter.subject,
        id = letter.id.as_ref().unwrap().0
    )
}

/// The steps of the story, between any two of which the desk may be killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Nothing,
    MailLanded,
    CaseOpened,
    AnswerArrived,
    ReplyLanded,
    ReplyFiled,
    AnswerToReplyArrived,
}

const STEPS: [Step; 7] = [
    Step::Nothing,
    Step::MailLanded,
    Step::CaseOpened,
    Step::AnswerArrived,
    Step::ReplyLanded,
    Step::ReplyFiled,
    Step::AnswerToReplyArrived,
];

/// Plays the story, with a kill -9 and a fresh start as soon as `killed_after` is seen.
fn play(killed_after: Option<Step>) {
    let mut desk = Desk::open();
    desk.start();
    for step in STEPS {
        match step {
            Step::Nothing => desk.until("the database", |d| d.path("mesa.db").exists().then_some(())),
            Step::MailLanded => desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", REQUEST),
            Step::CaseOpened => desk.until("the case", |d| (!d.tickets().is_empty()).then_some(())),
            Step::AnswerArrived => desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(())),
            Step::ReplyLanded => {
                let reply = reply_to(&desk.letters("ana")[0]);
                desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &reply);
            }
            Step::ReplyFiled => desk.until("the missing data", |d| d.tickets()[0].dependencia.is_some().then_some(())),
            Step::AnswerToReplyArrived => {
                desk.until("the second answer", |d| (d.letters("ana").len() >= 2).then_some(()))
            }
        }
        if Some(step) == killed_after {
            desk.kill();
            desk.start();
        }
    }
    // The technician hears of the case, and of the reply; the mails are out of the way.
    desk.until("the technician's letters", |d| (d.letters("tecnico").len() >= 2).then_some(()));
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.until("the empty queue", |d| (d.ask(&["outbox", "list", "--json"]) == serde_json::json!([])).then_some(()));
    desk.stop();

    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 1, "{killed_after:?}");
    let ticket = &tickets[0];
    assert_eq!(ticket.id.number, 1);
    assert_eq!(ticket.dependencia.as_ref().unwrap().0, "Secretaría de Hacienda");
    assert_eq!(ticket.contacto.extension.as_deref(), Some("123"));
    assert_eq!(ticket.faltan, Vec::<Requisito>::new());
    assert_eq!(ticket.tecnico.as_deref(), Some("tecnico"));
    assert!(ticket.visita.is_some());

    let letters = desk.letters("ana");
    assert_eq!(letters.len(), 2, "{killed_after:?}: {:?}", letters.iter().map(|l| &l.subject).collect::<Vec<_>>());
    let number = format!("[{}]", ticket.id);
    assert!(letters.iter().all(|l| l.subject.contains(&number)));
    let answer = &letters[0].body.text;
    for said in ["Kevin Barros", "2026", "Dependencia a la que", "Ley 1581"] {
        assert!(answer.contains(said), "«{said}» is missing from:\n{answer}");
    }
    assert!(!letters[1].body.text.contains("Ley 1581"), "the privacy notice goes out once");
    // At most the one letter that was under way when the desk was killed came twice, and then as the same mail.
    let came = desk.servers.mails("ana", "INBOX").len();
    assert!(came <= letters.len() + usize::from(killed_after.is_some()), "{killed_after:?}: {came} mails");
    assert_eq!(desk.servers.mails("mesa", "Procesados").len(), 2);
    desk.assert_in_order();
}

#[test]
fn a_request_is_answered_and_its_reply_fills_what_was_missing() {
    play(None);
}

#[test]
fn killed_between_any_two_steps_the_end_is_the_same() {
    std::thread::scope(|scope| {
        let plays: Vec<_> = STEPS.into_iter().map(|step| scope.spawn(move || play(Some(step)))).collect();
        for play in plays {
            play.join().expect("a story that ended otherwise");
        }
    });
}

#[test]
fn servers_that_go_away_lose_nothing() {
    let mut desk = Desk::open();
    desk.write_config("starttls");
    desk.servers.dovecot_down();
    desk.start();
    desk.until("the fault in the status", |d| {
        let status = d.command(&["status", "--json"]).output().unwrap();
        let status: Value = serde_json::from_slice(&status.stdout).ok()?;
        status["buzon"]["fault"].as_str().map(str::to_owned)
    });
    desk.servers.dovecot_up();
    desk.servers.postfix_down();
    desk.servers.drop_in("mesa", REQUEST.as_bytes());
    desk.until("the case", |d| (!d.tickets().is_empty()).then_some(()));
    desk.until("the fault of the outbox", |d| {
        d.ask(&["status", "--json"])["salida"]["fault"].as_str().map(str::to_owned)
    });
    assert!(desk.letters("ana").is_empty());
    desk.servers.postfix_up();
    desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(()));
    desk.until("the technician's letter", |d| (!d.letters("tecnico").is_empty()).then_some(()));
    desk.until("the line in order", |d| d.ask(&["status", "--json"])["salida"]["fault"].is_null().then_some(()));
    desk.stop();
    assert_eq!(desk.tickets().len(), 1);
    desk.assert_in_order();
}

#[test]
fn check_logs_in_at_both_servers_and_says_what_is_wrong() {
    let desk = Desk::open();
    let well = desk.command(&["check", "--connect"]).output().unwrap();
    assert!(
        well.status.success(),
        "{}{}",
        String::from_utf8_lossy(&well.stdout),
        String::from_utf8_lossy(&well.stderr)
    );
    fs::write(desk.servers.secret(), "equivocada\n").unwrap();
    let ill = desk.command(&["check", "--connect"]).output().unwrap();
    assert_eq!(ill.status.code(), Some(1));
    let told = String::from_utf8(ill.stdout).unwrap();
    assert!(told.contains("buzón de entrada") && told.contains("contraseña"), "{told}");
    assert!(!told.contains("equivocada"));
}

#[test]
fn new_rules_go_to_work_on_a_hup_and_bad_ones_do_not() {
    let mut desk = Desk::open();
    desk.start();
    desk.until("the database", |d| d.path("mesa.db").exists().then_some(()));
    let letter = desk.path("rules/cartas/acuse.txt");
    let good = fs::read_to_string(&letter).unwrap();
    fs::write(&letter, good.replacen("Recibimos su mensaje", "Recibimos su mensaje {{ nada }}", 1)).unwrap();
    let people = desk.path("rules/personas.toml");
    fs::write(&people, PEOPLE.replace("nombre =", "nonbre =")).unwrap();
    desk.until("the daemon at work", |d| d.log().contains("at work").then_some(()));
    desk.signal("-HUP");
    let told = desk.until("the word to the administrator", |d| d.letters("admin").into_iter().next());
    for fault in ["acuse.txt", "personas.toml", "nonbre", "nombre"] {
        assert!(told.body.text.contains(fault), "«{fault}» is missing from:\n{}", told.body.text);
    }
    // The old rules are still at work.
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", REQUEST);
    let answer = desk.until("the answer by the old rules", |d| d.letters("ana").into_iter().next());
    assert!(answer.body.text.contains("Kevin Barros"));
    // Good ones take their place.
    fs::write(&letter, good.replacen("Recibimos su mensaje", "Con gusto recibimos su mensaje", 1)).unwrap();
    fs::write(&people, PEOPLE).unwrap();
    desk.signal("-HUP");
    desk.until("the new rules", |d| d.log().contains("rules read again").then_some(()));
    let another = REQUEST.replace("solicitud.1", "solicitud.2").replace("prende", "enciende");
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &another);
    desk.until("the answer by the new rules", |d| {
        d.letters("ana").into_iter().find(|l| l.body.text.contains("Con gusto recibimos su mensaje"))
    });
    desk.stop();
}

#[test]
fn of_a_mail_over_the_limit_a_case_is_opened_and_the_rest_stays_on_the_server() {
    let mut desk = Desk::open();
    desk.change_config("start = \"all\"", "start = \"all\"\nmax_size_mb = 1");
    let (head, text) = REQUEST.split_once("\r\n\r\n").unwrap();
    let head = head.replace("text/plain; charset=utf-8", "multipart/mixed; boundary=b");
    let file = format!("{}\r\n", "A".repeat(76)).repeat(20_000);
    let mail = format!(
        "{head}\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: \
         application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}--b--\r\n"
    );
    desk.servers.drop_in("mesa", mail.as_bytes());
    desk.start();
    let letter = desk.until("the word to the sender", |d| d.letters("ana").into_iter().next());
    assert!(letter.subject.contains("muy grande"), "{}", letter.subject);
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.until("the technician's letter", |d| (!d.letters("tecnico").is_empty()).then_some(()));
    desk.until("the empty queue", |d| (d.ask(&["outbox", "list", "--json"]) == serde_json::json!([])).then_some(()));
    desk.stop();
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 1);
    assert!(tickets[0].problema.contains("no prende"), "{}", tickets[0].problema);
    // All of it is still there, in the folder of the finished ones.
    assert_eq!(desk.servers.mails("mesa", "Procesados"), [mail.into_bytes()]);
    desk.assert_in_order();
}

#[test]
fn a_start_from_now_leaves_the_old_mails_alone_even_when_the_mailbox_is_numbered_anew() {
    let mut desk = Desk::open();
    // Finished mails stay where they are, so that they come up again under their new numbers.
    desk.change_config("done = \"Procesados\"", "");
    desk.change_config("start = \"all\"", "start = \"now\"");
    let mail = |n: usize| {
        REQUEST.replace("solicitud.1", &format!("solicitud.{n}")).replace("desde ayer", &format!("hace {n} días"))
    };
    let old = desk.servers.drop_in("mesa", mail(10).as_bytes());
    let yesterday = fs::metadata(&old).unwrap().modified().unwrap() - Duration::from_secs(86_400);
    File::options().write(true).open(old).unwrap().set_modified(yesterday).unwrap();
    desk.start();
    let ended = |d: &Desk, word: &str| d.ask(&["status", "--json"])["correos"][word].as_u64().unwrap_or(0);
    desk.until("the daemon at work", |d| d.log().contains("at work").then_some(()));
    desk.until("the old mail on the ledger", |d| (ended(d, "anterior") == 1).then_some(()));
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &mail(20));
    desk.until("the case of the new mail", |d| (d.tickets().len() == 1).then_some(()));
    desk.stop();

    desk.servers.doveadm(&["mailbox", "update", "-u", "mesa", "--uid-validity", "77777", "INBOX"]);
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &mail(30));
    desk.servers.await_mail("mesa", 3);
    desk.start();
    desk.until("the case of the mail after the new numbers", |d| (d.tickets().len() == 2).then_some(()));
    desk.until("the known mail known again", |d| (ended(d, "duplicado") == 1).then_some(()));
    desk.until("the old mail left alone again", |d| (ended(d, "anterior") == 2).then_some(()));
    desk.until("the answers", |d| (d.letters("ana").len() == 2).then_some(()));
    desk.stop();
    assert_eq!(desk.tickets().len(), 2);
    assert_eq!(desk.letters("ana").len(), 2);
}
