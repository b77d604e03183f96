//! What a mail of the desk to itself has shown of its mail server, in plain words, and what follows from it.
use crate::seal::canary::{Canary, Palabra, Visto};
use crate::seal::identity::Policy;

/// One line of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Well,
    /// Worth knowing; the desk works.
    Warning,
    /// The config asks for what the server does not do.
    Wrong,
}

const GUIDE: &str = "docs/administradores.md, «Quién puede dar órdenes por correo»";

/// Line by line. `plus` is what the config says of plus-addresses.
pub(crate) fn report(canary: &Canary, asked: &Policy, plus: bool) -> Vec<(Weight, String)> {
    let Some(seen) = &canary.visto else {
        let what = "el correo de prueba salió y no llegó al buzón en un minuto. Mire si la dirección de [desk] es la del buzón \
                    que se lee, y repita";
        return vec![(Weight::Wrong, what.to_owned())];
    };
    let id = match seen.conserva_id {
        true => (Weight::Well, "el correo de prueba llegó, y el servidor conserva su Message-ID".to_owned()),
        false => (Weight::Wrong, no_id(canary.mas)),
    };
    vec![id, word(seen, asked), plus_address(canary.mas, plus)]
}

fn no_id(plus_works: bool) -> String {
    let rest = match plus_works {
        true => "Las respuestas se reconocerán solo por la dirección con «+»: escriba plus_address = true en [ordenes]",
        false => "Las respuestas no se podrán unir a su caso ni dar órdenes: use otro servidor de salida",
    };
    format!("el servidor cambia el Message-ID de las cartas. {rest}")
}

fn word(seen: &Visto, asked: &Policy) -> (Weight, String) {
    let other = |server: &str| match &seen.nombre {
        Some(name) if name != server => format!(" La que hay es de «{name}»."),
        Some(_) | None => String::new(),
    };
    match (asked, seen.palabra) {
        (Policy::Strict { authserv_id }, Palabra::Propia) if seen.da_fe => (
            Weight::Well,
            format!(
                "Authentication-Results: «{authserv_id}» la escribe de primera y da fe de la propia oficina; una falsa no se \
                 cree. Rige el modo estricto"
            ),
        ),
        (Policy::Strict { authserv_id }, Palabra::Propia) => (
            Weight::Warning,
            format!(
                "Authentication-Results: «{authserv_id}» la escribe de primera, y una falsa no se cree; pero no dio fe del \
                 correo que la mesa envió (ni dmarc=pass ni auth=pass con su dirección). Rige el modo estricto: si tampoco da \
                 fe de los correos de los técnicos, no se cumplirá ninguna de sus órdenes"
            ),
        ),
        (Policy::Strict { authserv_id }, Palabra::Falsa) => (
            Weight::Wrong,
            format!(
                "Authentication-Results: el servidor dejó pasar una falsa a nombre de «{authserv_id}» y no puso la suya \
                 encima.{} Con eso cualquiera pasaría por técnico: la mesa trabaja en modo sin-ar (la primera orden de cada \
                 día se confirma) hasta que el servidor borre las ajenas (RFC 8601, sección 5). Lea {GUIDE}",
                other(authserv_id)
            ),
        ),
        (Policy::Strict { authserv_id }, Palabra::Ninguna) => (
            Weight::Wrong,
            format!(
                "Authentication-Results: el servidor no escribió ninguna a nombre de «{authserv_id}».{} La mesa trabaja en \
                 modo sin-ar (la primera orden de cada día se confirma). Corrija authserv_id o escriba modo = \"sin-ar\". Lea \
                 {GUIDE}",
                other(authserv_id)
            ),
        ),
        (Policy::Unverified, _) => match &seen.nombre {
            Some(name) => (
                Weight::Warning,
                format!(
                    "Authentication-Results: el servidor la escribe, a nombre de «{name}». Puede usar el modo seguro: en \
                     [ordenes] escriba modo = \"estricto\" y authserv_id = \"{name}\", y repita esta revisión"
                ),
            ),
            None => (
                Weight::Well,
                "Authentication-Results: el servidor no la escribe; el modo sin-ar es el que corresponde".to_owned(),
            ),
        },
    }
}

fn plus_address(works: bool, asked: bool) -> (Weight, String) {
    match (works, asked) {
        (true, true) => (Weight::Well, "direcciones con «+»: llegan al buzón".to_owned()),
        (true, false) => (
            Weight::Warning,
            "direcciones con «+»: llegan al buzón. Con plus_address = true en [ordenes], las respuestas de más programas se \
             reconocen"
                .to_owned(),
        ),
        (false, false) => {
            (Weight::Well, "direcciones con «+»: no llegan; plus_address = false es lo que corresponde".to_owned())
        }
        (false, true) => (
            Weight::Wrong,
            "direcciones con «+»: no llegan al buzón, y las respuestas a las cartas se perderían. Escriba plus_address = \
             false en [ordenes]"
                .to_owned(),
        ),
    }
}
