//! `config.toml`: this machine. Every fault of the file is found in one reading; nothing is touched until it is whole.
//!
//! Secrets are named here and read where they are used, so that listing tickets needs no password.
use crate::inbox::setting::{Account, Auth, Folder, Setting as InboxSetting};
use crate::mail::message::Address;
use crate::net::endpoint::{Endpoint, Tls};
use crate::net::secret::Secret;
use crate::office::rulefile::{Entry, RuleError, RuleFile, Text};
use crate::outbox::setting::{Login, Relay, Setting as OutboxSetting};
use crate::seal::identity::Policy;
use jiff::civil::Date;
use std::net::IpAddr;
use std::ops::Range;
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
    let ((desk, administrator), (inbox, start), outbox, database) = (desk?, inbox?, outbox?, database?);
    let usual = Orders::usual(&database);
    let orders = match asked {
        None => usual,
        Some(asked) => {
            let (policy, plus_address, keys) = asked?;
            Orders { policy, plus_address, keys: keys.unwrap_or(usual.keys) }
        }
    };
    Some(Config { database, rules, desk, administrator, inbox, start, outbox, orders })
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

fn address(file: &mut RuleFile<'_>, text: &Text) -> Option<Address> {
    let good = text.value.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    });
    if !good || text.value.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c)) {
        file.error(
            &text.span,
            format!("«{}» no es una dirección de correo; escríbala sola: \"soporte@entidad.gov.co\"", text.value),
        );
        return None;
    }
    Some(Address { correo: text.value.to_lowercase(), nombre: None })
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
            let (user, secret) = (entry.text(file, "user").map(|t| t.value), secret(file, entry, dir, "password"));
            if secret.is_none() && !entry.has("password") {
                file.error(
                    &entry.span,
                    "falta «password»; escriba password = { credential = \"imap_password\" } o { file = \"/ruta\" }",
                );
            }
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
            let (endpoint, user, secret, auth) = (endpoint?, user?, secret?, auth?);
            InboxSetting::Imap(Account { endpoint, user, secret, auth, folder, done, max_size: max_size? })
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
            let user = entry.optional_text(file, "user");
            let secret = secret(file, entry, dir, "password");
            match (&user, &secret) {
                (Some(user), None) if !entry.has("password") => {
                    file.error(&user.span, "hay «user» y falta «password»; escriba password = { credential = \"smtp_password\" } o { file = \"/ruta\" }");
                }
                (None, Some(_)) => file.error(&entry.span, "hay «password» y falta «user»; escriba user = \"…\""),
                (Some(_) | None, Some(_) | None) => {}
            }
            let login = user.zip(secret).map(|(user, secret)| Login { user: user.value, secret });
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

/// Host, port, TLS and extra authority; `ports` are the defaults of connect, starttls and none.
fn endpoint(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path, ports: [u16; 3]) -> Option<Endpoint> {
    let host = entry.text(file, "host");
    let [connect, starttls, plain] = ports;
    let tls = entry.optional_text(file, "tls");
    let (tls, usual) = match tls.as_ref().map_or("connect", |t| t.value.as_str()) {
        "connect" => (Some(Tls::Connect), connect),
        "starttls" => (Some(Tls::StartTls), starttls),
        "none" => (plaintext(file, host.as_ref(), tls.as_ref()), plain),
        other => {
            let span = tls.as_ref().map_or(entry.span.clone(), |t| t.span.clone());
            (fault(file, &span, format!("tls = \"{other}\": escriba \"connect\", \"starttls\" o \"none\"")), connect)
        }
    };
    let port = match entry.integer(file, "port") {
        None => Some(usual),
        Some((port, span)) => match u16::try_from(port) {
            Ok(port) if port > 0 => Some(port),
            Ok(_) | Err(_) => fault(file, &span, format!("port = {port}: escriba un número de 1 a 65535")),
        },
    };
    let ca = entry.optional_text(file, "ca");
    if let Some(ca) = ca.as_ref().filter(|ca| !dir.join(&ca.value).is_file()) {
        file.error(&ca.span, format!("no existe el archivo {}", dir.join(&ca.value).display()));
    }
    Some(Endpoint { host: host?.value, port: port?, tls: tls?, ca: ca.map(|t| dir.join(t.value)) })
}

/// Without TLS a password would cross the network in clear: only to this same machine.
fn plaintext(file: &mut RuleFile<'_>, host: Option<&Text>, tls: Option<&Text>) -> Option<Tls> {
    let host = host?.value.as_str();
    let loopback = host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    match (loopback, tls) {
        (true, _) => Some(Tls::None),
        (false, Some(tls)) => fault(
            file,
            &tls.span,
            format!(
                "tls = \"none\" solo se admite hacia esta misma máquina (127.0.0.1), no hacia «{host}»; escriba \"connect\" o \"starttls\""
            ),
        ),
        (false, None) => None,
    }
}

/// `{ file = … }` or `{ credential = … }`; a secret written inline is refused without repeating it.
fn secret(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path, key: &str) -> Option<Secret> {
    if let Some(span) = entry.not_a_table(key) {
        file.error_hiding(&span, "la contraseña no se escribe aquí; escriba { credential = \"nombre\" } o { file = \"/ruta\" }, y cámbiela, pues quedó a la vista");
        return None;
    }
    let read = |file: &mut RuleFile<'_>, entry: &mut Entry<'_>| {
        let (path, credential) = (entry.optional_text(file, "file"), entry.optional_text(file, "credential"));
        match (path, credential) {
            (Some(path), None) => Some(Secret::File(dir.join(path.value))),
            (None, Some(name)) => Some(Secret::Credential(name.value)),
            (Some(_), Some(_)) | (None, None) => {
                fault(file, &entry.span, "escriba una de las dos: { file = \"/ruta\" } o { credential = \"nombre\" }")
            }
        }
    };
    entry.table(file, key, read).flatten()
}

/// Notes a fault and gives nothing.
fn fault<T>(file: &mut RuleFile<'_>, span: &Range<usize>, what: impl Into<String>) -> Option<T> {
    file.error(span, what);
    None
}
