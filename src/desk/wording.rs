//! Values as a letter says them: subjects without their prefixes, telephones in groups, orders, texts of a length that fits.
use crate::office::fields::{Contacto, Prioridad, Ubicacion};
use crate::reading::command::Command;
use regex::Regex;
use std::sync::LazyLock;

/// Characters of a mail's text that stand on a ticket.
const KEPT: usize = 20_000;

/// Reply and forward marks of the mail clients in use, banners of gateways, and our own number.
static PREFIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^\s*(?:(?:re|rv|fw|fwd|rta|rpta|resp|respuesta|reenv(?:[ií]o|iado)?|enc|tr|r)\s*(?:[\[(^]?\d{1,2}[\])]?)?\s*[:：]|\[(?:ext(?:erno|ernal)?|spam|tic-\d{4}-\d{1,10})\]|\*{2,}\s*spam\s*\*{2,})",
    )
    .ok()
});
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)(?:https?://|www\.)\S+|\S+@\S+\.\S+").ok());

/// The subject without «RE:», «RV:», «[EXTERNO]» and a ticket's number, on one line.
pub fn subject(raw: &str) -> String {
    let mut rest = raw;
    while let Some(found) = PREFIX.as_ref().and_then(|prefix| prefix.find(rest)) {
        rest = rest.get(found.end()..).unwrap_or_default();
    }
    line(rest, 200)
}

/// «#estado en espera»: an order as the desk spells it.
pub fn order(order: &Command) -> String {
    let (name, value) = order.label();
    let value = value.map(|value| format!(" {}", line(&value, 80))).unwrap_or_default();
    format!("#{name}{value}")
}

/// The text on one line, cut at a word when it is longer than `limit` characters.
pub fn line(text: &str, limit: usize) -> String {
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), limit)
}

/// The text with its lines, no more than one empty line in a row, cut at a word.
pub fn block(text: &str, limit: usize) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.trim().lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    cut(&lines.join("\n"), limit)
}

/// The text as written, cut at a word when it is longer than a ticket keeps; the mail itself keeps all of it.
pub fn kept(text: &str) -> String {
    cut(text.trim(), KEPT)
}

fn cut(text: &str, limit: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let kept = text.get(..end).unwrap_or_default();
    let word = kept.rfind(char::is_whitespace).filter(|at| *at > end / 2).unwrap_or(end);
    format!("{} […]", kept.get(..word).unwrap_or_default().trim_end())
}

/// «foto.jpg (240 KB)»; sizes as mail programs show them, in steps of 1024.
pub fn file(name: &str, octets: u64) -> String {
    const KILO: u64 = 1024;
    const MEGA: u64 = KILO * KILO;
    let size = if octets < KILO {
        format!("{octets} bytes")
    } else if octets < MEGA {
        format!("{} KB", octets / KILO)
    } else {
        format!("{},{} MB", octets / MEGA, octets % MEGA * 10 / MEGA)
    };
    format!("{} ({size})", line(name, 80))
}

/// Links and addresses taken out: nobody uses the desk to send his own advertisement to a third party.
pub fn without_links(text: &str) -> String {
    LINK.as_ref().map_or_else(|| text.to_owned(), |link| link.replace_all(text, "[enlace]").into_owned())
}

/// «María Ospino» for «MARIA OSPINO», which shouts; other names stay as they are.
pub fn name(raw: &str) -> String {
    let shouts = raw.chars().any(char::is_uppercase) && !raw.chars().any(char::is_lowercase);
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| format!("{first}{}", chars.as_str().to_lowercase()))
    };
    if shouts { raw.split_whitespace().map(word).collect::<Vec<_>>().join(" ") } else { line(raw, 80) }
}

/// «crítica», «alta», «media», «baja».
pub fn prioridad(prioridad: Prioridad) -> &'static str {
    match prioridad {
        Prioridad::Critica => "crítica",
        Prioridad::Alta => "alta",
        Prioridad::Media => "media",
        Prioridad::Baja => "baja",
    }
}

/// «piso 2 sec de cultura», or the parts when nobody wrote it in one piece.
pub fn lugar(place: &Ubicacion) -> Option<String> {
    if let Some(text) = &place.texto {
        return Some(line(text, 200));
    }
    let floor = place.piso.as_ref().map(|piso| match piso.chars().all(|c| c.is_ascii_digit()) {
        true => format!("piso {piso}"),
        false => piso.clone(),
    });
    let room = place.oficina.as_ref().map(|oficina| format!("oficina {oficina}"));
    join([place.edificio.clone(), floor, room])
}

/// «ext. 204, cel. 301 555 8812, tel. 605 438 1144»
pub fn telefono(contact: &Contacto) -> Option<String> {
    join([
        contact.extension.as_ref().map(|ext| format!("ext. {ext}")),
        contact.celular.as_ref().map(|cel| format!("cel. {}", grouped(cel))),
        contact.telefono.as_ref().map(|tel| format!("tel. {}", grouped(tel))),
    ])
}

fn join(parts: [Option<String>; 3]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Digits as people read them aloud: the last four together, threes before them.
fn grouped(digits: &str) -> String {
    let count = digits.chars().count();
    if count < 7 {
        return digits.to_owned();
    }
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = count - at;
        if at > 0 && (left == 4 || (left > 4 && (left - 4).is_multiple_of(3))) {
            said.push(' ');
        }
        said.push(digit);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_lose_their_prefixes_only() {
        for (raw, clean) in [
            ("RE: RV: [TIC-2026-00017] No imprime", "No imprime"),
            ("[EXTERNO] Re[2]: Red caída", "Red caída"),
            ("Reunión: micrófono", "Reunión: micrófono"),
            ("Red: sin servicio", "Red: sin servicio"),
            ("  RE:\r\n ", ""),
            ("***SPAM*** Fwd: hola\r\nBcc: x@y.co", "hola Bcc: x@y.co"),
        ] {
            assert_eq!(subject(raw), clean);
        }
    }

    #[test]
    fn texts_are_cut_at_a_word() {
        assert_eq!(line("no  me\nprende el pc", 100), "no me prende el pc");
        assert_eq!(line("no me prende el computador", 20), "no me prende el […]");
        assert_eq!(line(&"ñ".repeat(30), 10), format!("{} […]", "ñ".repeat(10)));
        assert_eq!(block("a  \n\n\n\nb\n", 10), "a\n\nb");
    }

    #[test]
    fn numbers_and_names_are_readable() {
        let contact = Contacto {
            extension: Some("204".into()),
            celular: Some("3015558812".into()),
            telefono: Some("4381144".into()),
            ..Contacto::default()
        };
        assert_eq!(telefono(&contact).as_deref(), Some("ext. 204, cel. 301 555 8812, tel. 438 1144"));
        assert_eq!(name("HERNANDO MAESTRE"), "Hernando Maestre");
        assert_eq!(name("Ana de la Hoz"), "Ana de la Hoz");
        let place = Ubicacion { piso: Some("sotano".into()), edificio: Some("4-24".into()), ..Ubicacion::default() };
        assert_eq!(lugar(&place).as_deref(), Some("4-24, sotano"));
    }

    #[test]
    fn files_have_their_size() {
        for (octets, said) in [(0, "0 bytes"), (1023, "1023 bytes"), (245_760, "240 KB"), (1_048_575, "1023 KB")] {
            assert_eq!(file("a.pdf", octets), format!("a.pdf ({said})"));
        }
        assert_eq!(file("a  b.pdf", 2_726_298), "a b.pdf (2,6 MB)");
    }

    #[test]
    fn strangers_send_no_links_through_us() {
        assert_eq!(without_links("mire https://x.example/a?b y a@b.co ya"), "mire [enlace] y [enlace] ya");
    }
}
