//! Sections of the config that name a server: where it is, how the line to it is protected, and what is shown at its door.
use crate::mail::message::Address;
use crate::net::endpoint::{Endpoint, Tls};
use crate::net::oauth::{Grant, Proof};
use crate::net::secret::Secret;
use crate::office::fields::is_address;
use crate::office::rulefile::{Entry, RuleFile, Text};
use crate::outbox::setting::Login;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// `password = { … }` or the section `oauth2`, one of the two; nothing where neither stands. `usual` is the name of the
/// credential that is proposed.
pub(crate) fn proof(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path, usual: &str) -> Asked {
    let had = (entry.has("password"), entry.has("oauth2"));
    let span = entry.span.clone();
    let secret = secret(file, entry, dir, "password");
    let grant = entry.table(file, "oauth2", |file, entry| grant(file, entry, dir)).flatten();
    match had {
        (true, true) => {
            file.error(&span, "hay «password» y «oauth2»; deje uno");
            Asked::Faulty
        }
        (false, false) => Asked::Nothing(format!(
            "escriba password = {{ credential = \"{usual}\" }} o {{ file = \"/ruta\" }}, o la sección oauth2"
        )),
        (true, false) => secret.map_or(Asked::Faulty, |secret| Asked::Proof(Proof::Password(secret))),
        (false, true) => grant.map_or(Asked::Faulty, |grant| Asked::Proof(Proof::Token(Box::new(grant)))),
    }
}

/// What a section says of how to enter.
pub(crate) enum Asked {
    Proof(Proof),
    /// Nothing; what to write.
    Nothing(String),
    /// Something, and a fault of it was noted.
    Faulty,
}

/// Tokens (OAuth2): from whom, and with which leave.
fn grant(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<Grant> {
    let span = entry.span.clone();
    let url = entry.text(file, "token_url");
    let ca = authority(file, entry, dir);
    let client_id = entry.text(file, "client_id").map(|t| t.value);
    let (has_secret, has_leave) = (entry.has("client_secret"), entry.has("refresh_token"));
    let client_secret = secret(file, entry, dir, "client_secret");
    let refresh_token = secret(file, entry, dir, "refresh_token");
    let scope = entry.optional_text(file, "scope").map(|t| t.value);
    if !has_secret && !has_leave {
        return fault(
            file,
            &span,
            "falta «client_secret» (o «refresh_token», o los dos): { credential = \"nombre\" } o { file = \"/ruta\" }",
        );
    }
    if client_secret.is_none() && has_secret || refresh_token.is_none() && has_leave {
        return None;
    }
    let (endpoint, path) = url.and_then(|url| web_address(file, &url))?;
    Some(Grant {
        endpoint: Endpoint { ca, ..endpoint },
        path,
        client_id: client_id?,
        client_secret,
        refresh_token,
        scope,
    })
}

/// «https://host/path». In clear only to this same machine.
fn web_address(file: &mut RuleFile<'_>, url: &Text) -> Option<(Endpoint, String)> {
    let wrong = |file: &mut RuleFile<'_>| {
        fault(
            file,
            &url.span,
            format!(
                "«{}» no es una dirección como \"https://login.microsoftonline.com/…/oauth2/v2.0/token\"",
                url.value
            ),
        )
    };
    let (tls, port, rest) = match (url.value.strip_prefix("https://"), url.value.strip_prefix("http://")) {
        (Some(rest), _) => (Tls::Connect, 443, rest),
        (None, Some(rest)) => (Tls::None, 80, rest),
        (None, None) => return wrong(file),
    };
    let (server, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => match port.parse() {
            Ok(port) => (host, port),
            Err(_) => return wrong(file),
        },
        Some(_) | None => (server, port),
    };
    if host.is_empty() || url.value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#' || c == '@') {
        return wrong(file);
    }
    if tls == Tls::None && !is_here(host) {
        return fault(file, &url.span, "un permiso no viaja sin cifrar: escriba https://");
    }
    Some((Endpoint { host: host.to_owned(), port, tls, ca: None }, format!("/{path}")))
}

/// This same machine?
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// `ca`: a file that must be there.
fn authority(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path) -> Option<PathBuf> {
    let ca = entry.optional_text(file, "ca")?;
    let path = dir.join(&ca.value);
    if !path.is_file() {
        file.error(&ca.span, format!("no existe el archivo {}", path.display()));
    }
    Some(path)
}

/// Host, port, TLS and extra authority; `ports` are the defaults of connect, starttls and none.
pub(crate) fn endpoint(
    file: &mut RuleFile<'_>,
    entry: &mut Entry<'_>,
    dir: &Path,
    ports: [u16; 3],
) -> Option<Endpoint> {
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
    let ca = authority(file, entry, dir);
    Some(Endpoint { host: host?.value, port: port?, tls: tls?, ca })
}

/// Without TLS a password would cross the network in clear: only to this same machine.
fn plaintext(file: &mut RuleFile<'_>, host: Option<&Text>, tls: Option<&Text>) -> Option<Tls> {
    let host = host?.value.as_str();
    match (is_here(host), tls) {
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
pub(crate) fn secret(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path, key: &str) -> Option<Secret> {
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
pub(crate) fn fault<T>(file: &mut RuleFile<'_>, span: &Range<usize>, what: impl Into<String>) -> Option<T> {
    file.error(span, what);
    None
}

/// A mailbox's address, in lower case.
pub(crate) fn address(file: &mut RuleFile<'_>, text: &Text) -> Option<Address> {
    if !is_address(&text.value) {
        file.error(
            &text.span,
            format!("«{}» no es una dirección de correo; escríbala sola: \"soporte@entidad.gov.co\"", text.value),
        );
        return None;
    }
    Some(Address { correo: text.value.to_lowercase(), nombre: None })
}

/// `user`, and what proves it: both or neither.
pub(crate) fn login(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, dir: &Path, usual: &str) -> Option<Login> {
    let user = entry.optional_text(file, "user");
    match (user, proof(file, entry, dir, usual)) {
        (Some(user), Asked::Proof(proof)) => Some(Login { user: user.value, proof }),
        (Some(user), Asked::Nothing(what)) => fault(file, &user.span, format!("hay «user» y falta «password»; {what}")),
        (None, Asked::Proof(_)) => {
            fault(file, &entry.span, "hay «password» u «oauth2» y falta «user»; escriba user = \"…\"")
        }
        (None, Asked::Nothing(_)) | (Some(_) | None, Asked::Faulty) => None,
    }
}
