//! Who signs, and which legal notice follows: the foot of a stretch of new text.
use crate::mail::page::{Hint, Line};
use crate::mail::phrases::{folded, is_closing, is_mobile};
use regex::Regex;
use std::sync::LazyLock;

/// What is known of the author beforehand: the words of the name and of the address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Author {
    names: Vec<String>,
    local: String,
}

impl Author {
    pub(crate) fn new(nombre: &str, correo: &str) -> Author {
        let names = folded(nombre);
        let names = names.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= 3 && !is_common(w));
        let local = correo.split('@').next().unwrap_or_default();
        Author { names: names.map(str::to_owned).collect(), local: folded(local).into_owned() }
    }

    /// The author of a forwarded mail, from its `De:` line: «Ana Polo <apolo@x.co>».
    pub(crate) fn of_line(sender: &str) -> Author {
        let (name, address) = sender.split_once(['<', '[', '(']).unwrap_or((sender, sender));
        Author::new(name.trim_matches(['"', '\'', ' ']), address.trim_start_matches("mailto:"))
    }

    /// Does a line begin with the author's name, in whole or in part?
    fn opens(&self, folded: &str) -> bool {
        let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty() && !TITLES.contains(w));
        words.next().is_some_and(|first| {
            self.names.iter().any(|n| n == first) || first.len() >= 4 && self.local.contains(first) && !is_common(first)
        })
    }
}

fn is_common(word: &str) -> bool {
    matches!(
        word,
        "oficina"
            | "secretaria"
            | "soporte"
            | "mesa"
            | "ayuda"
            | "gobernacion"
            | "alcaldia"
            | "correo"
            | "tic"
            | "del"
            | "las"
            | "los"
    )
}

const TITLES: &[&str] = &[
    "ing",
    "ingeniero",
    "ingeniera",
    "dr",
    "dra",
    "doctor",
    "doctora",
    "arq",
    "lic",
    "abg",
    "abogado",
    "abogada",
    "esp",
    "mg",
    "msc",
    "prof",
    "sr",
    "sra",
    "don",
    "dona",
];

/// Lines that a signature without a mark above it may take.
const LONGEST: usize = 14;
/// Characters of a line of a signature.
const WIDEST: usize = 90;
/// Lines that may follow «-- » or a closing.
const LONGEST_MARKED: usize = 40;

/// The first line of the signature within `lines`, which are one stretch of new text.
pub(crate) fn begins(lines: &[Line], author: &Author) -> Option<usize> {
    let marked = marked(lines);
    let upto = marked.unwrap_or(lines.len());
    let above = lines.get(..upto).unwrap_or_default();
    let foot = closed(above).or_else(|| signed(above, author));
    foot.or(marked)
}

/// «-- » of RFC 3676, the client's own signature element, or the telephone's «Enviado desde mi…».
fn marked(lines: &[Line]) -> Option<usize> {
    let from = lines.len().saturating_sub(LONGEST_MARKED);
    let tail = lines.iter().enumerate().skip(from);
    let mark = |line: &Line| {
        line.hint == Hint::Signature || matches!(line.text.trim_end(), "--" | "—") || is_mobile(&folded(line.words()))
    };
    tail.filter(|(_, line)| !line.is_blank()).find(|(_, line)| mark(line)).map(|(at, _)| at)
}

/// «Cordialmente,» on a line of its own with a name beneath.
fn closed(lines: &[Line]) -> Option<usize> {
    let from = lines.len().saturating_sub(LONGEST + 10);
    let candidates = lines.iter().enumerate().skip(from.max(usize::from(from == 0 && is_greeted(lines))));
    let closing = candidates.filter(|(_, line)| line.words().len() <= 40 && is_closing(&folded(line.words())));
    let at = closing.map(|(at, _)| at).next_back()?;
    let below = lines.get(at + 1..).unwrap_or_default().iter().filter(|l| !l.is_blank());
    let short = below.clone().all(|l| l.words().chars().count() <= WIDEST);
    (short && below.count() <= LONGEST).then_some(at)
}

/// «Cordial saludo,» opens a mail as often as it closes one.
fn is_greeted(lines: &[Line]) -> bool {
    lines.first().is_some_and(|l| is_closing(&folded(l.words())))
}

/// A name, perhaps with office and telephone, at the foot without any closing.
fn signed(lines: &[Line], author: &Author) -> Option<usize> {
    let end = lines.iter().rposition(|l| !l.is_blank())? + 1;
    let mut start = end;
    let mut taken = 0;
    for (at, line) in lines.iter().enumerate().take(end).rev() {
        if line.is_blank() {
            continue;
        }
        if taken == LONGEST || !may_sign(line.words()) {
            break;
        }
        taken += 1;
        start = at;
    }
    let zone = start..end;
    let by_author = zone
        .clone()
        .find(|at| lines.get(*at).is_some_and(|l| author.opens(&folded(l.words())) && is_short_of_words(l.words())));
    by_author.or_else(|| {
        zone.clone().find(|at| stands_alone(lines, *at) && is_signed_block(lines.get(*at..end).unwrap_or_default()))
    })
}

fn is_short_of_words(words: &str) -> bool {
    words.split_whitespace().count() <= 12
}

/// Above a name that nobody knows yet stands a blank line, or nothing.
fn stands_alone(lines: &[Line], at: usize) -> bool {
    at == 0 || lines.get(at - 1).is_some_and(Line::is_blank)
}

/// A line that may belong to a signature: short, no sentence, no item of a list, no box of a form, no order.
fn may_sign(words: &str) -> bool {
    if words.chars().count() > WIDEST
        || words.ends_with(['?', '!', ';', ':'])
        || words.starts_with(['#', '-', '•', '¿', '¡'])
    {
        return false;
    }
    let folded = folded(words);
    let sentence = words.ends_with('.') && words.split_whitespace().count() > 6 && !has_data(&folded);
    let item = words
        .split_once(['.', ')'])
        .is_some_and(|(n, rest)| n.len() <= 2 && n.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' '));
    let boxed = folded.split_once(':').is_some_and(|(name, _)| is_form_box(name.trim()));
    !(sentence || item || boxed || words.split_whitespace().count() > 14)
}

fn is_form_box(name: &str) -> bool {
    const BOXES: &[&str] = &[
        "nombre",
        "dependencia",
        "ubicacion",
        "inconveniente",
        "problema",
        "descripcion",
        "asunto",
        "solicitud",
        "lugar",
        "funcionario",
        "solicitante",
        "falla",
        "equipo",
        "usuario",
        "observacion",
        "observaciones",
        "justificacion",
        "objeto",
        "estado",
        "prioridad",
        "proyecto",
        "nota",
    ];
    BOXES.iter().any(|b| name.starts_with(b))
}

/// A name first, then at least one line of office data; or office data alone («Oficina Jurídica / Gobernación»).
fn is_signed_block(block: &[Line]) -> bool {
    let mut lines = block.iter().filter(|l| !l.is_blank());
    let Some(first) = lines.next() else { return false };
    let data = lines.clone().filter(|l| has_data(&folded(l.words()))).count();
    let rest = lines.count();
    let named =
        is_name(first.words()) || first.words().split([',', '-', '–', '·', '|', '/', '(']).next().is_some_and(is_name);
    let office = opens_with_office(&folded(first.words()));
    named && (data > 0 || rest == 0 && is_full_name(first.words())) || office && rest > 0 && data == rest
}

static DATA: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"@|\bext(?:ension)?\b|\bip\b|\bcel(?:ular)?\b|\btel(?:efono)?\b|\bpbx\b|whatsapp|\d{3}[ .-]?\d{3,4}|\bpiso\b|edificio|\bpalacio\b|\bsede\b|oficina|secretari|gobernacion|alcaldia|despacho|\bgrupo\b|\barea\b|profesional|tecnic|auxiliar|contratista|asesor|\bjefe\b|lider|coordinador|director|gerente|asistente|enlace|practicante|hospital|\be\.?s\.?e\b|municip|magdalena|www\.|calle|carrera|\bcra\b|s\.?a\.?s\b|contador|almacen|abogad|ingenier|\bedif\b|\bcc\b|tesorer|juridic|planeacion",
    )
});

static OFFICE: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"^(?:oficina|secretaria|sec\b|alcaldia|gobernacion|despacho|grupo|area|direccion|subdireccion|hospital|e\.?s\.?e|unidad|instituto|fundacion|mesa de ayuda)",
    )
});

fn build(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the pattern is a constant that every test compiles")]
    Regex::new(pattern).expect("a constant pattern")
}

fn has_data(folded: &str) -> bool {
    DATA.is_match(folded)
}

fn opens_with_office(folded: &str) -> bool {
    OFFICE.is_match(folded)
}

/// One to six words, all capitalised but the particles, no digits: «Rosa Elvira De la Hoz».
fn is_name(words: &str) -> bool {
    let mut count = 0;
    for word in words.split_whitespace() {
        let bare = word.trim_matches(|c: char| matches!(c, '.' | ',' | '*' | '_'));
        let particle = matches!(bare, "de" | "del" | "la" | "las" | "los" | "y" | "e");
        let capital = bare.chars().next().is_some_and(char::is_uppercase);
        if !(particle || capital) || !bare.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '.')) {
            return false;
        }
        count += usize::from(!particle);
    }
    (1..=6).contains(&count) && !is_phrase(&folded(words))
}

fn is_full_name(words: &str) -> bool {
    is_name(words) && (2..=5).contains(&words.split_whitespace().count())
}

/// Capitalised words that are courtesy and not a name.
fn is_phrase(folded: &str) -> bool {
    const STARTS: &[&str] = &[
        "gracias",
        "muchas",
        "mil ",
        "buen",
        "hola",
        "senor",
        "cordial",
        "quedo",
        "quedamos",
        "dios",
        "feliz",
        "saludo",
        "urgente",
        "por favor",
        "favor",
        "porfa",
        "ok",
        "listo",
        "si",
        "no",
        "dr",
        "estimad",
        "respetad",
        "apreciad",
        "ingeniero",
        "oficina",
        "secretaria",
        "agradezco",
        "bendiciones",
        "atent",
        "adjunto",
        "anexo",
        "prueba",
        "resuelto",
    ];
    let lettered = ["dr. ", "dra. ", "ing. ", "ingeniero ", "ingeniera "].iter().any(|t| folded.starts_with(t));
    !lettered && STARTS.iter().any(|s| folded.starts_with(s))
}

static NOTICE: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"^\W*(?:(?:aviso|nota|clausula|politica)(?: de| legal|:)? ?(?:confidencial|legal|privacidad|importante)|confidencial(?:idad)?\b|este (?:mensaje|correo|e-?mail)\b.{0,160}(?:confidencial|destinatari|privilegiad|reservad)|la informacion (?:contenida|transmitida|enviada|de este)\b|el contenido de este|si (?:usted )?(?:no es el destinatario|ha recibido este|recibio (?:este|esta)|lo recibio por error)|esta prohibida su retencion|antes de imprimir|por favor,? no imprima|no imprima este|piense (?:en el|antes)|considere su responsabilidad ambiental|considere el medio ambiente|cuidemos el (?:medio )?ambiente|el medio ambiente es|de conformidad con la ley 1581|en cumplimiento de la ley 1581|libre de virus|virus-free|disclaimer|this (?:e-?mail|message)\b.{0,160}(?:confidential|intended)|no virus found|sus datos (?:personales )?seran tratados)",
    )
});

static BANNER: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"^\W*(?:precaucion|cuidado|atencion|advertencia|alerta|aviso|external|externo|caution|warning|remitente externo|correo externo|this email originated|este (?:correo|mensaje) (?:proviene|se origino|fue enviado desde|es externo|viene))\b.{0,200}(?:extern|fuera de la|outside|no haga clic|do not click|desconocid)",
    )
});

/// The lines of one paragraph: do they make a legal or environmental notice?
pub(crate) fn is_notice(paragraph: &[Line]) -> bool {
    opening(paragraph).is_some_and(|text| NOTICE.is_match(&text))
}

/// A security banner that the mail server put on top.
pub(crate) fn is_banner(paragraph: &[Line]) -> bool {
    opening(paragraph).is_some_and(|text| BANNER.is_match(&text))
}

fn opening(paragraph: &[Line]) -> Option<String> {
    const ENOUGH: usize = 300;
    let mut text = String::new();
    for line in paragraph {
        text.push_str(line.words());
        text.push(' ');
        if text.len() > ENOUGH {
            break;
        }
    }
    // Only words that every notice has are worth the folding.
    (text.len() >= 20).then(|| folded(&text).into_owned())
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
            ("Dependencia: Cultura\nNombre: Ana Polo\nTeléfono: 204", ""),
            ("1. el mouse\n2. el teclado", ""),
            ("Cordial saludo,\n\nno prende el pc", ""),
            ("no prende\n\nMuchas gracias", ""),
            ("no prende\n\nQuedo atenta,\nAna Polo", "Ana Polo"),
            ("#estado resuelto\n#nota Cambié Fuente", ""),
            (
                "Hay una falla\n\nOficina Jurídica\nGobernación del Magdalena",
                "Oficina Jurídica/Gobernación del Magdalena",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(foot(text), expected, "{text}");
        }
    }

    #[test]
    fn notices_and_banners() {
        let is = |text: &str| is_notice(&plain(text, false, false).lines);
        assert!(is("AVISO LEGAL: Este mensaje y sus anexos pueden contener información confidencial"));
        assert!(is("Antes de imprimir este correo piense bien si es necesario"));
        assert!(is("Este mensaje es confidencial, está amparado por secreto profesional"));
        assert!(!is("Este mensaje me sale cuando abro el correo: buzón lleno"));
        assert!(!is("El aviso de la pantalla dice que es confidencial"));
        assert!(is_banner(&plain("PRECAUCIÓN: este correo proviene de fuera de la organización.", false, false).lines));
    }
}
