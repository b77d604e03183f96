//! Who signs: the foot of a stretch of new text, from the courtesy closing or the name on.
use crate::mail::page::{Hint, Line};
use crate::mail::phrases::{is_closing, is_mobile, is_salute};
use crate::mail::signs::{TITLES, has_data, is_courtesy, is_full_name, is_name, may_sign, opens_with_office};
use crate::spanish::fold::fold;

/// Lines that a signature without a mark above it may take.
const LONGEST: usize = 14;
/// Lines that may follow «-- » or the client's own mark.
const LONGEST_MARKED: usize = 40;
/// Characters of a line below a closing.
const WIDEST: usize = 220;

/// What is known of the author beforehand: the words of the name and of the address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Author {
    names: Vec<String>,
    local: String,
}

impl Author {
    pub(crate) fn new(nombre: &str, correo: &str) -> Author {
        let names = fold(nombre);
        let names = names.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= 3 && !is_common(w));
        let local = correo.split('@').next().unwrap_or_default();
        Author { names: names.map(str::to_owned).collect(), local: fold(local) }
    }

    /// The author of a forwarded mail, from its `De:` line: «Ana Polo <apolo@x.co>».
    pub(crate) fn of_line(sender: &str) -> Author {
        let (name, address) = sender.split_once(['<', '[', '(']).unwrap_or((sender, sender));
        Author::new(name.trim_matches(['"', '\'', ' ']), address.trim_start_matches("mailto:"))
    }

    /// Does a line begin with the author's name? One word of it is enough in a short line or before office data.
    fn opens(&self, words: &str) -> bool {
        let folded = fold(words);
        let all: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let name = all.iter().skip_while(|w| TITLES.contains(w)).take_while(|w| w.len() == 1 || self.knows(w));
        let named = name.filter(|w| w.len() > 1).count();
        let barred = words.contains(BARS) || has_data(&folded);
        let alone = all.len() <= 2 || barred || is_name(words);
        named >= 2 && all.len() <= 14
            || named == 1 && all.first().is_some_and(|w| w.len() > 1) && alone && all.len() <= 12
    }

    fn knows(&self, word: &str) -> bool {
        self.names.iter().any(|name| name == word) || word.len() >= 4 && self.local.contains(word) && !is_common(word)
    }
}

/// Words of shared mailboxes' names: nobody's own.
fn is_common(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "oficina",
        "secretaria",
        "soporte",
        "mesa",
        "ayuda",
        "gobernacion",
        "alcaldia",
        "correo",
        "tic",
        "del",
        "las",
        "los",
        "atencion",
        "notificaciones",
        "contacto",
        "info",
        "jefe",
        "juridica",
        "hacienda",
        "grupo",
        "sistema",
        "sistemas",
        "usuario",
    ];
    COMMON.contains(&word)
}

/// The first line of the signature within `lines`, which are one stretch of new text.
pub(crate) fn begins(lines: &[Line], author: &Author) -> Option<usize> {
    let marked = marked(lines);
    let above = lines.get(..marked.unwrap_or(lines.len())).unwrap_or_default();
    closed(above, author).or_else(|| signed(above, author)).or(marked)
}

/// «-- » of RFC 3676, the client's own signature element, or the telephone's «Enviado desde mi…».
fn marked(lines: &[Line]) -> Option<usize> {
    let from = lines.len().saturating_sub(LONGEST_MARKED);
    // Some telephones write the whole mail into the signature's element.
    let whole = lines.iter().find(|line| !line.is_blank())?.hint == Hint::Signature;
    let mark = |line: &Line| {
        let dashed = matches!(line.text.trim_end(), "--" | "—");
        line.hint == Hint::Signature && !whole || dashed || is_mobile(&fold(line.words()))
    };
    let mut tail = lines.iter().enumerate().skip(from).filter(|(_, line)| !line.is_blank());
    tail.find(|(_, line)| mark(line)).map(|(at, _)| at)
}

/// «Cordialmente,» on a line of its own. A word that also greets («Saludos») closes only above a name.
fn closed(lines: &[Line], author: &Author) -> Option<usize> {
    let from = lines.len().saturating_sub(LONGEST + 10);
    let closes = |at: &usize| {
        let words = lines.get(*at).map_or("", Line::words);
        if words.len() > 40 {
            return false;
        }
        let folded = fold(words);
        let (closing, salute) = (is_closing(&folded), is_salute(&folded));
        if !closing && !salute {
            return false;
        }
        let below: Vec<&Line> = lines.iter().skip(at + 1).filter(|l| !l.is_blank()).collect();
        let fits =
            below.len() <= LONGEST && below.iter().all(|l| l.words().len() <= WIDEST && !l.words().starts_with('#'));
        let named = || below.first().is_some_and(|l| author.opens(l.words()) || opens_with_name(l.words()));
        fits && (closing || salute && named() && below.iter().all(|l| may_sign(l.words())))
    };
    (from..lines.len()).rev().find(closes)
}

/// A name, perhaps with office and telephone, at the foot without any closing.
fn signed(lines: &[Line], author: &Author) -> Option<usize> {
    let end = lines.iter().rposition(|l| !l.is_blank())? + 1;
    let filled = lines.iter().enumerate().take(end).rev().filter(|(_, l)| !l.is_blank());
    let zone: Vec<usize> = filled.take(LONGEST).take_while(|(_, l)| may_sign(l.words())).map(|(at, _)| at).collect();
    let words = |at: usize| lines.get(at).map_or("", Line::words);
    // The zone runs upwards: its last line that fits is the first of the signature.
    if let Some(found) = zone.iter().rev().copied().find(|at| author.opens(words(*at))) {
        let mut above =
            zone.iter().copied().filter(|at| *at < found && is_full_name(words(*at)) && stands_alone(lines, *at));
        return Some(above.next_back().unwrap_or(found));
    }
    let block = |at: usize| lines.get(at..end).unwrap_or_default();
    zone.iter().rev().copied().find(|at| stands_alone(lines, *at) && is_signed_block(block(*at)))
}

/// Above a name that nobody knows yet stands a blank line, a line of courtesy, or nothing.
fn stands_alone(lines: &[Line], at: usize) -> bool {
    at == 0 || lines.get(at - 1).is_some_and(|above| above.is_blank() || is_courtesy(above.words()))
}

/// What stands between a name and an office on one line.
const BARS: [char; 7] = [',', '-', '–', '·', '|', '/', '('];

fn opens_with_name(words: &str) -> bool {
    is_name(words) || words.split_once(BARS).is_some_and(|(name, _)| is_full_name(name))
}

/// A name first, then at least one line of office data; or office data alone («Oficina Jurídica / Gobernación»).
fn is_signed_block(block: &[Line]) -> bool {
    let mut lines = block.iter().filter(|l| !l.is_blank()).map(Line::words);
    let Some(first) = lines.next() else { return false };
    let data = lines.clone().filter(|words| has_data(&fold(words))).count();
    let rest = lines.count();
    let (name, office) = first.split_once(BARS).unwrap_or((first, ""));
    let alone = is_full_name(first) || is_full_name(name) && has_data(&fold(office));
    opens_with_name(first) && (data > 0 || rest == 0 && alone)
        || opens_with_office(&fold(first)) && rest > 0 && data == rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::page::plain;

    fn foot(text: &str) -> String {
        let lines = plain(text, false, false).lines;
        let author = Author::new("Ana Milena Polo Ríos", "apolo@magdalena.gov.co");
        let at = begins(&lines, &author).unwrap_or(lines.len());
        lines[at..].iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn who_signs() {
        let table = [
            ("no prende el pc\n\nCordialmente,\n\nAna Polo\nAuxiliar", "Cordialmente,//Ana Polo/Auxiliar"),
            ("no prende\n\nAna Polo", "Ana Polo"),
            ("no prende\n\nana", "ana"),
            ("no prende\nGracias\n-- \nQuien Sea\nExt 204", "--/Quien Sea/Ext 204"),
            (
                "no prende\n\nMuchas gracias,\n\nPedro Ruiz Mejía\nTesorería\nExt. 4",
                "Pedro Ruiz Mejía/Tesorería/Ext. 4",
            ),
            ("ya quedó\n\nEnviado desde mi iPhone", "Enviado desde mi iPhone"),
            ("ya quedó\n\nAna Polo - Cultura\nEnviado desde mi iPhone", "Ana Polo - Cultura/Enviado desde mi iPhone"),
            (
                "no prende\n\nAna M. Polo – Cultura – edif. 4-24 piso 2 – IP 1244",
                "Ana M. Polo – Cultura – edif. 4-24 piso 2 – IP 1244",
            ),
            ("no prende\nANA POLO\nCULTURA\n3187704415", "ANA POLO/CULTURA/3187704415"),
            (
                "Hay una falla\n\nOficina Jurídica\nGobernación del Magdalena",
                "Oficina Jurídica/Gobernación del Magdalena",
            ),
            ("no prende\n\nQuedo atenta,\nAna Polo", "Ana Polo"),
            ("no prende\n\nSaludos,\nAna", "Saludos,/Ana"),
            ("no prende\n\nPedro Ruiz\nPolo", "Pedro Ruiz/Polo"),
        ];
        for (text, expected) in table {
            assert_eq!(foot(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_signature() {
        for text in [
            "Dependencia: Cultura\nNombre: Ana Polo\nTeléfono: 204",
            "1. el mouse\n2. el teclado",
            "Ana ha respondido Quizá.",
            "vea\n\na b\nhttps://x.co",
            "Cordial saludo,\n\nno prende el pc",
            "Cordial saludo\n\nIngeniero Barros\n\nNo tengo internet",
            "Saludos\n\nno hay red",
            "no prende\n\nMuchas gracias",
            "#estado resuelto\n#nota Cambié Fuente",
            "Cordialmente,\nAna\n#estado resuelto",
            "Ana Polo de Cultura informa que no hay internet en todo el piso desde ayer por la tarde",
            "NO HAY RED\n\nSALA PRINCIPAL CAIDA",
            "la que falla es la\n\nImpresora Kyocera",
            "Falla el\n\nSwitch Principal",
        ] {
            assert_eq!(foot(text), "", "{text}");
        }
    }
}
