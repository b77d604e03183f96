//! A correction: what somebody of the office says a box of the form should hold, checked against the catalogue.
//!
//! One function for the command line and for the orders of a mail. Its facts carry who said so, and the cabinet keeps such
//! a fact as a label of the mail that opened the ticket.
use crate::desk::decision::{Named, Office};
use crate::desk::wording;
use crate::office::fields::{Campo, Categoria, Origen, Prioridad, Requisito, is_address};
use crate::reading::note::Kind;
use crate::spanish::fold::fold;
use crate::ticket::facts::{Corrected, Event, Ticket};

/// Characters of a value that fits on a line of the form.
const LINE: usize = 200;

/// The facts of a correction, in their order; or why it cannot be, in Spanish. A `valor` that is absent or blank means that
/// the mail does not say it. A value that the ticket has already is confirmed, and that is a fact too.
pub fn correct(
    office: &Office,
    ticket: &Ticket,
    campo: Campo,
    valor: Option<&str>,
    quien: &str,
) -> Result<Vec<Event>, String> {
    let said = valor.map(str::trim).filter(|valor| !valor.is_empty());
    let quien = quien.to_owned();
    let Some(said) = said else {
        return match campo {
            Campo::Clase | Campo::Origen | Campo::Categoria | Campo::Prioridad => {
                Err(format!("todo caso tiene {campo}; escriba cuál"))
            }
            Campo::Dependencia
            | Campo::Ubicacion
            | Campo::Edificio
            | Campo::Piso
            | Campo::Oficina
            | Campo::Nombre
            | Campo::Telefono
            | Campo::Extension
            | Campo::Celular
            | Campo::Correo
            | Campo::Problema => Ok(vec![corrected(ticket, campo, None, quien)]),
        };
    };
    Ok(vec![match campo {
        Campo::Prioridad => Event::Ranked { prioridad: prioridad(said)?, quien: Some(quien) },
        Campo::Categoria => Event::Filed { categoria: categoria(office, said)?, quien: Some(quien) },
        Campo::Clase
        | Campo::Origen
        | Campo::Dependencia
        | Campo::Ubicacion
        | Campo::Edificio
        | Campo::Piso
        | Campo::Oficina
        | Campo::Nombre
        | Campo::Telefono
        | Campo::Extension
        | Campo::Celular
        | Campo::Correo
        | Campo::Problema => corrected(ticket, campo, Some(checked(office, campo, said)?), quien),
    }])
}

fn corrected(ticket: &Ticket, campo: Campo, valor: Option<String>, quien: String) -> Event {
    let fact =
        |faltan| Event::Corrected(Box::new(Corrected { campo, valor: valor.clone(), quien: quien.clone(), faltan }));
    // What is missing is seen on the ticket as it will stand.
    let after = ticket.clone().apply(&fact(ticket.faltan.clone()));
    fact(missing(&after, campo))
}

/// What the ticket still misses once `campo` is as it is. Only what the field answers changes: nobody is asked for more.
fn missing(after: &Ticket, campo: Campo) -> Vec<Requisito> {
    let contact = &after.contacto;
    let (what, given) = match campo {
        Campo::Dependencia => (Requisito::Dependencia, after.dependencia.is_some()),
        Campo::Ubicacion => (Requisito::Ubicacion, after.ubicacion.texto.is_some()),
        Campo::Nombre => (Requisito::Nombre, contact.nombre.is_some()),
        Campo::Extension | Campo::Celular => {
            (Requisito::Telefono, contact.extension.is_some() || contact.celular.is_some())
        }
        Campo::Correo => (Requisito::Correo, contact.correo.is_some()),
        Campo::Clase
        | Campo::Origen
        | Campo::Edificio
        | Campo::Piso
        | Campo::Oficina
        | Campo::Telefono
        | Campo::Problema
        | Campo::Categoria
        | Campo::Prioridad => return after.faltan.clone(),
    };
    let asked = |requisito: &&Requisito| match (**requisito == what, given) {
        (true, given) => !given && after.clase != Kind::Alarma.word(),
        (false, _) => after.faltan.contains(requisito),
    };
    Requisito::ALL.iter().filter(asked).copied().collect()
}

/// The value as the form writes it.
fn checked(office: &Office, campo: Campo, said: &str) -> Result<String, String> {
    match campo {
        Campo::Dependencia => dependencia(office, said),
        Campo::Piso => piso(office, said),
        Campo::Telefono => digits(said, |n| n.len() == 7 || (n.len() == 10 && n.starts_with("60")))
            .ok_or_else(|| format!("«{said}» no es un teléfono fijo: son 10 cifras que empiezan por 60, o 7")),
        Campo::Celular => digits(said, |n| n.len() == 10 && n.starts_with('3'))
            .ok_or_else(|| format!("«{said}» no es un celular: son 10 cifras que empiezan por 3")),
        Campo::Extension => digits(said, |n| (2..=5).contains(&n.len()))
            .ok_or_else(|| format!("«{said}» no es una extensión: son de 2 a 5 cifras")),
        Campo::Correo => correo(said),
        Campo::Clase => word(said, Kind::ALL.iter().map(|kind| kind.word()), "una clase"),
        Campo::Origen => word(said, Origen::ALL.iter().map(|origen| origen.word()), "un origen"),
        Campo::Problema => Ok(wording::kept(said)),
        Campo::Ubicacion | Campo::Edificio | Campo::Oficina | Campo::Nombre => Ok(wording::line(said, LINE)),
        Campo::Categoria => categoria(office, said).map(|categoria| categoria.0),
        Campo::Prioridad => prioridad(said).map(|prioridad| prioridad.word().to_owned()),
    }
}

fn prioridad(said: &str) -> Result<Prioridad, String> {
    let word = word(said, Prioridad::ALL.iter().map(|prioridad| prioridad.word()), "una prioridad")?;
    Prioridad::from_word(&word).ok_or(word)
}

fn categoria(office: &Office, said: &str) -> Result<Categoria, String> {
    word(said, office.work.keys().map(|categoria| categoria.0.as_str()), "una categoría").map(Categoria)
}

/// The one of a closed list that is meant, whatever its case, accents and blanks.
fn word<'a>(said: &str, known: impl Iterator<Item = &'a str> + Clone, what: &str) -> Result<String, String> {
    let wanted = plain(said).replace([' ', '-'], "_");
    if let Some(found) = known.clone().find(|word| plain(word) == wanted) {
        return Ok(found.to_owned());
    }
    let all = known.clone().collect::<Vec<_>>().join(", ");
    let near = known.min_by_key(|word| strsim::osa_distance(word, &wanted));
    match near.filter(|near| strsim::osa_distance(near, &wanted) <= 2) {
        Some(near) => Err(format!("«{said}» no es {what}; ¿quiso decir «{near}»?")),
        None => Err(format!("«{said}» no es {what}; escriba una de estas: {all}")),
    }
}

/// The canonical name, from any name that the catalogue has.
fn dependencia(office: &Office, said: &str) -> Result<String, String> {
    let wanted = plain(said);
    let goes_by = |name: &str| plain(name) == wanted;
    let meant = |named: &&Named| goes_by(&named.nombre.0) || named.alias.iter().any(|a| goes_by(a));
    if let Some(named) = office.dependencias.iter().find(meant) {
        return Ok(named.nombre.0.clone());
    }
    let names = || office.dependencias.iter().map(|named| named.nombre.0.as_str());
    let within = names().find(|name| plain(name).contains(&wanted));
    let near = || {
        let closest = names().min_by_key(|name| strsim::osa_distance(&plain(name), &wanted))?;
        let slips = strsim::osa_distance(&plain(closest), &wanted);
        (slips <= wanted.chars().count() / 3).then_some(closest)
    };
    Err(match within.or_else(near) {
        Some(near) => format!("«{said}» no es una dependencia del catálogo; ¿quiso decir «{near}»?"),
        None => {
            format!("«{said}» no es una dependencia del catálogo (dependencias.toml); agréguela allí o escriba otra")
        }
    })
}

/// Digits, or a floor that has a word.
fn piso(office: &Office, said: &str) -> Result<String, String> {
    let wanted = plain(said);
    let number = wanted.strip_prefix("piso ").unwrap_or(&wanted);
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let named = office.pisos.iter().find(|floor| plain(floor) == number);
    match named {
        Some(floor) => Ok(floor.clone()),
        None if is_number => Ok(number.to_owned()),
        None => {
            let words = office.pisos.iter().map(|floor| format!(" o {floor}")).collect::<String>();
            Err(format!("«{said}» no es un piso: escriba su número{words}"))
        }
    }
}

/// The digits of a number that is written with blanks, dots or hyphens; nothing else may stand in it.
fn digits(said: &str, fits: impl FnOnce(&str) -> bool) -> Option<String> {
    let digits: String = said.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let bare = digits.strip_prefix("+57").unwrap_or(&digits);
    let is_number = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit());
    (is_number && fits(bare)).then(|| bare.to_owned())
}

fn correo(said: &str) -> Result<String, String> {
    let lower = said.to_lowercase();
    if is_address(&lower) { Ok(lower) } else { Err(format!("«{said}» no es un correo")) }
}

/// Folded, with single blanks.
fn plain(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
