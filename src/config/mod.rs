//! `config.toml`: this machine. Every fault of the file is found in one reading; nothing is touched until it is whole.
//!
//! Secrets are named here and read where they are used, so that listing tickets needs no password.
pub mod care;
mod server;
use crate::config::care::{Care, care};
use crate::config::server::{Asked as Shown, address, endpoint, fault, login, proof, secret};
use crate::inbox::setting::{Account, Auth, Folder, Setting as InboxSetting};
use crate::mail::message::Address;
use crate::net::secret::Secret;
use crate::office::rulefile::{Entry, RuleError, RuleFile};
use crate::outbox::setting::{Relay, Setting as OutboxSetting};
use crate::seal::identity::Policy;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// Default of `max_size_mb`.
const MAX_SIZE_MB: i64 = 40;

/// This machine, as its administrator wrote it down.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: PathBuf,
    /// `None`: the rules that are built into the binary.
    pub rules: Option<PathBuf>,
    /// What letters come from.
    pub desk: Address,
    /// Who is told when the desk itself needs a hand.
    pub administrator: Address,
    pub inbox: InboxSetting,
    pub start: Start,
    pub outbox: OutboxSetting,
    pub orders: Orders,
    pub care: Care,
}

/// Whose orders are obeyed: section `[ordenes]`, all of which may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    pub policy: Policy,
    /// Does the server deliver `mailbox+anything@domain`?
    pub plus_address: bool,
    /// Where the keys of the letters' ids lie.
    pub keys: Secret,
}

impl Orders {
    /// What holds without the section: no server vouches for anybody, and the keys lie beside the database.
    pub fn usual(database: &Path) -> Orders {
        let keys = Secret::File(database.with_extension("llaves"));
        Orders { policy: Policy::Unverified, plus_address: false, keys }
    }
}

/// Which of the mails that lie in the mailbox at the very first start are the desk's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// None: only what comes from then on.
    Now,
    All,
    /// Those received on this day (America/Bogota) or later.
    From(Date),
}

impl Config {
    /// Reads the text of a config file. Relative paths count from `dir`, the folder of the file.
    pub fn parse(name: &str, text: &str, dir: &Path) -> Result<Config, Vec<RuleError>> {
        let mut errors = Vec::new();
        let config = RuleFile::read(name, text, &mut errors, |file, entry| whole(file, entry, dir));
        errors.sort();
        match config {
            Some(config) if errors.is_empty() => Ok(config),
            Some(_) | None => Err(errors),
        }
    }
}

fn whole(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<Config> {
    let database = entry.text(file, "database").map(|t| dir.join(t.value));
    let rules = entry.optional_text(file, "rules").map(|t| dir.join(t.value));
    let desk = section(file, entry, "desk", desk);
    let inbox = section(file, entry, "inbox", |file, entry| inbox(file, entry, dir));
    let outbox = section(file, entry, "outbox", |file, entry| outbox(file, entry, dir));
    let asked = entry.table(file, "ordenes", |file, entry| orders(file, entry, dir));
    let care = care(file, entry, dir);
    let ((desk, administrator), (inbox, start), outbox, database) = (desk?, inbox?, outbox?, database?);
    let usual = Orders::usual(&database);
    let orders = match asked {
        None => usual,
        Some(asked) => {
            let (policy, plus_address, keys) = asked?;
            Orders { policy, plus_address, keys: keys.unwrap_or(usual.keys) }
        }
    };
    Some(Config { database, rules, desk, administrator, inbox, start, outbox, orders, care })
}

type Asked = (Policy, bool, Option<Secret>);

fn orders(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<Asked> {
    let modo = entry.optional_text(file, "modo");
    let server = entry.optional_text(file, "authserv_id");
    let plus_address = entry.flag(file, "plus_address").unwrap_or(false);
    let keys = secret(file, entry, dir, "token_keys");
    // Who names the server that vouches for senders means it; nobody else is vouched for.
    let asked = modo.as_ref().map_or(if server.is_some() { "estricto" } else { "sin-ar" }, |modo| modo.value.as_str());
    let span = modo.as_ref().map_or(&entry.span, |modo| &modo.span);
    let policy = match (asked, server) {
        ("estricto", Some(server)) if server.value.contains(|c: char| c.is_whitespace() || ";()\"".contains(c)) => {
            fault(
                file,
                &server.span,
                "«authserv_id» es la primera palabra de la cabecera Authentication-Results, sin lo que sigue",
            )
        }
        ("estricto", Some(server)) => Some(Policy::Strict { authserv_id: server.value.to_lowercase() }),
        ("estricto", None) => fault(
            file,
            span,
            "falta «authserv_id»: el nombre con que su servidor firma la cabecera Authentication-Results; si no la \
             escribe, use modo = \"sin-ar\"",
        ),
        ("sin-ar", None) => Some(Policy::Unverified),
        ("sin-ar", Some(server)) => fault(
            file,
            &server.span,
            "con modo = \"sin-ar\" no se lee esa cabecera; quite «authserv_id» o escriba modo = \"estricto\"",
        ),
        (other, _) => fault(file, span, format!("modo = \"{other}\": escriba \"estricto\" o \"sin-ar\"")),
    };
    Some((policy?, plus_address, keys))
}

/// A section that must be there.
fn section<T>(
    file: &mut RuleFile<'_>,
    entry: &mut Entry<'_>,
    key: &str,
    read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> Option<T>,
) -> Option<T> {
    if !entry.has(key) {
        file.error(&entry.span, format!("falta la sección [{key}]; cópiela de config.example.toml"));
    }
    entry.table(file, key, read).flatten()
}

fn desk(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<(Address, Address)> {
    let mailbox = entry.text(file, "address").and_then(|t| address(file, &t));
    let nombre = entry.text(file, "name").map(|t| t.value);
    let administrator = entry.text(file, "administrator").and_then(|t| address(file, &t));
    Some((Address { nombre, ..mailbox? }, administrator?))
}

fn inbox(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<(InboxSetting, Start)> {
    let start = start(file, entry);
    let max_size = match entry.integer(file, "max_size_mb") {
        None => Some(MAX_SIZE_MB),
        Some((mb, _)) if (1..=1024).contains(&mb) => Some(mb),
        Some((mb, span)) => fault(file, &span, format!("max_size_mb = {mb}: escriba un número de 1 a 1024")),
    }
    .and_then(|mb| u64::try_from(mb).ok())
    .map(|mb| mb * 1024 * 1024);
    let kind = entry.text(file, "kind")?;
    let setting = match kind.value.as_str() {
        "imap" => {
            let endpoint = endpoint(file, entry, dir, [993, 143, 143]);
            let user = entry.text(file, "user").map(|t| t.value);
            let proof = match proof(file, entry, dir, "imap_password") {
                Shown::Proof(proof) => Some(proof),
                Shown::Nothing(what) => fault(file, &entry.span, format!("falta «password»; {what}")),
                Shown::Faulty => None,
            };
            let auth = auth(file, entry);
            let folder = entry.optional_text(file, "folder").map_or_else(|| "INBOX".to_owned(), |t| t.value);
            let done = entry.optional_text(file, "done");
            if let Some(done) = done.as_ref().filter(|d| d.value == folder) {
                file.error(
                    &done.span,
                    "«done» no puede ser la misma carpeta que «folder»; si no quiere mover los correos, quite «done»",
                );
            }
            let done = done.map(|t| t.value);
            let (endpoint, user, proof, auth) = (endpoint?, user?, proof?, auth?);
            InboxSetting::Imap(Account { endpoint, user, proof, auth, folder, done, max_size: max_size? })
        }
        "maildir" => {
            let path = entry.text(file, "path").map(|t| dir.join(t.value));
            let done = entry.optional_text(file, "done").map(|t| dir.join(t.value));
            InboxSetting::Maildir(Folder { path: path?, done, max_size: max_size? })
        }
        other => fault(file, &kind.span, format!("kind = \"{other}\": escriba \"imap\" o \"maildir\""))?,
    };
    Some((setting, start?))
}

fn start(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Start> {
    if !entry.has("start") {
        return fault(
            file,
            &entry.span,
            "falta «start»: diga desde cuándo se atiende: \"now\" (solo lo que llegue), \"all\" (todo) o una fecha \"2026-11-01\"",
        );
    }
    let text = entry.text(file, "start")?;
    match text.value.as_str() {
        "now" => Some(Start::Now),
        "all" => Some(Start::All),
        date => match date.parse() {
            Ok(date) => Some(Start::From(date)),
            Err(_) => fault(
                file,
                &text.span,
                format!("start = \"{date}\": escriba \"now\", \"all\" o una fecha como \"2026-11-01\""),
            ),
        },
    }
}

fn auth(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Auth> {
    match entry.optional_text(file, "auth") {
        None => Some(Auth::Plain),
        Some(text) => match text.value.as_str() {
            "plain" => Some(Auth::Plain),
            "login" => Some(Auth::Login),
            other => fault(file, &text.span, format!("auth = \"{other}\": escriba \"plain\" o \"login\"")),
        },
    }
}

fn outbox(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<OutboxSetting> {
    let kind = entry.text(file, "kind")?;
    match kind.value.as_str() {
        "smtp" => {
            let endpoint = endpoint(file, entry, dir, [465, 587, 25]);
            let login = login(file, entry, dir, "smtp_password");
            Some(OutboxSetting::Smtp(Relay { endpoint: endpoint?, login }))
        }
        "sendmail" => {
            let command = entry.optional_text(file, "command").map_or_else(|| "/usr/sbin/sendmail".into(), |t| t.value);
            Some(OutboxSetting::Sendmail { command: dir.join(command) })
        }
        "maildir" => Some(OutboxSetting::Maildir { path: dir.join(entry.text(file, "path")?.value) }),
        other => fault(file, &kind.span, format!("kind = \"{other}\": escriba \"smtp\", \"sendmail\" o \"maildir\"")),
    }
}
