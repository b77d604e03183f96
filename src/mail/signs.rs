//! Does a line look like a person's name, or like what stands under one: office, place, telephone?
use crate::mail::phrases::pattern;
use crate::spanish::fold::fold;
use regex::Regex;
use std::sync::LazyLock;

/// Characters of a line of a signature; one with several data between bars may be longer.
const WIDEST: usize = 90;
const WIDEST_DATA: usize = 220;
/// Words of a line that bears no data.
const MOST_WORDS: usize = 4;

static DATA: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x-u) @ | www\. | https?:// | \b(?:ext|extension|ip|cel|celular|tel|tels|telefono|telefax|fax|pbx|whatsapp|movil|conmutador|nit|cc|c\.c)\b
        | \d{3}[\ .-]?\d{3,4} | \b(?:piso|edif|edificio|palacio|sede|bloque|torre|of|oficina|ofic|calle|cll|carrera|cra|cr|kra|avenida|barrio|sotano|mezanine)\b
        | secretari | gobernacion | alcaldia | \bdespacho | \bgrupo\b | \barea\b | profesional | \btecnic | auxiliar | contratista
        | \basesor | \bjefe\b | \blider\b | coordinador | director | direccion | gerente | \bsub | asistente | \benlace\b | practicante | pasante
        | hospital | \be\.?s\.?e\b | municip | magdalena | colombia | \bs\.?a\.?s\b | contador | almacen | abogad | \bingenier | tesorer | juridic
        | planeacion | analista | especialista | docente | rector | universitari | \bunidad\b | instituto | \bmesa\ de\ ayuda | archivo | presupuesto | pensional
        | talento\ hum | \bsec\b | \bsec\. | \btic\b | \benfermer | medic[oa]\b | psicolog | trabajador",
    )
});

/// Office, place, telephone or address of a person.
pub(crate) fn has_data(folded: &str) -> bool {
    DATA.is_match(folded)
}

static OFFICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x-u) ^(?:oficina|secretaria|sec\b|alcaldia|gobernacion|despacho|grupo|area|direccion|subdireccion|hospital|e\.?s\.?e\b|unidad|instituto|fundacion|mesa\ de\ ayuda)",
    )
});

/// A line that begins with the name of an office.
pub(crate) fn opens_with_office(folded: &str) -> bool {
    OFFICE.is_match(folded)
}

/// Abbreviated and spelt titles before a name, folded and without dots.
pub(crate) const TITLES: &[&str] = &[
    "ing",
    "ingeniero",
    "ingeniera",
    "dr",
    "dra",
    "doctor",
    "doctora",
    "arq",
    "arquitecto",
    "arquitecta",
    "lic",
    "licenciado",
    "licenciada",
    "abg",
    "abogado",
    "abogada",
    "esp",
    "mg",
    "msc",
    "phd",
    "prof",
    "sr",
    "sra",
    "srta",
    "don",
    "dona",
    "tec",
];

/// One to six words, all capitalised but the particles, no digits: «Rosa Elvira De la Hoz». Titles may stand before it.
pub(crate) fn is_name(words: &str) -> bool {
    let mut count = 0;
    for word in words.split_whitespace() {
        let bare = word.trim_matches(|c: char| matches!(c, '.' | ',' | '*' | '_'));
        let particle = matches!(bare, "de" | "del" | "la" | "las" | "los" | "y" | "e");
        let capital = bare.chars().next().is_some_and(char::is_uppercase);
        if !(particle || capital) || !bare.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '.' | '’')) {
            return false;
        }
        count += usize::from(!particle);
    }
    (1..=6).contains(&count) && !is_phrase(words)
}

/// Enough of a name to stand alone at the foot. What shouts may be anything.
pub(crate) fn is_full_name(words: &str) -> bool {
    let shouted = !words.chars().any(char::is_lowercase);
    is_name(words) && (2..=5).contains(&words.split_whitespace().count()) && !shouted
}

/// Capitalised words that are courtesy, an order or a thing, by their first word.
fn is_phrase(words: &str) -> bool {
    let folded = fold(words);
    let mut all = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let Some(first) = all.next() else { return true };
    let alone = all.next().is_none();
    if TITLES.contains(&first) {
        return alone;
    }
    STEMS.iter().any(|stem| first.starts_with(stem)) || WORDS.contains(&first)
}

const STEMS: &[&str] = &[
    "gracia",
    "buen",
    "bnas",
    "hola",
    "senor",
    "cordial",
    "quedo",
    "quedamos",
    "saludo",
    "urgen",
    "favor",
    "porfa",
    "estimad",
    "respetad",
    "apreciad",
    "agradec",
    "agradezc",
    "bendicion",
    "atent",
    "adjunt",
    "anex",
    "prueba",
    "resuelt",
    "solicit",
    "impresora",
    "computador",
    "portatil",
    "escaner",
    "monitor",
    "teclado",
    "equipo",
    "plataforma",
    "servidor",
    "internet",
    "oficina",
    "secretaria",
    "edificio",
    "palacio",
    "error",
    "enviado",
    "companer",
    "reitero",
    "recib",
    "necesit",
    "requer",
];

const WORDS: &[&str] = &[
    "muchas", "mil", "dios", "feliz", "por", "ok", "listo", "lista", "si", "no", "se", "me", "el", "la", "los", "las",
    "un", "una", "es", "esta", "este", "estoy", "tengo", "para", "mi", "mis", "ya", "que", "hay", "y", "pero", "en",
    "con", "sin", "piso", "sede", "red", "wifi", "correo", "sistema", "asunto", "ext", "tel", "cel", "wsp", "nota",
    "pd", "ps", "todo", "toda", "todos", "sala", "switch", "mouse", "ups", "windows", "excel", "word", "outlook",
    "att", "atte", "fin", "aun", "aqui", "ahi", "donde", "cuando", "como", "urge",
];

/// A line that may belong to a signature: short or full of data; no sentence, item of a list, box of a form or command.
pub(crate) fn may_sign(words: &str) -> bool {
    let length = words.chars().take(WIDEST_DATA + 1).count();
    if length > WIDEST_DATA
        || words.ends_with(['?', '!', ';', ':'])
        || words.starts_with(['#', '-', '•', '·', '¿', '¡'])
        || words.starts_with("* ")
    {
        return false;
    }
    let folded = fold(words);
    let barred =
        folded.contains(['|', '@']) || folded.contains("www.") || folded.contains("pbx") || folded.contains(" - ");
    if length > WIDEST && !barred {
        return false;
    }
    if is_tail(words, &folded) {
        return true;
    }
    let data = has_data(&folded);
    let count = words.split_whitespace().filter(|w| w.contains(char::is_alphanumeric)).count();
    let sentence = words.ends_with('.') && count > 6 && !data || count > 12 && !barred;
    !(sentence
        || is_item(words)
        || is_boxed(&folded)
        || begins_sentence(&folded)
        || !data && count > MOST_WORDS && !is_name(words))
}

/// «Proyectó: Luis M.», «Copia: Archivo»: the foot of an oficio.
fn is_tail(words: &str, folded: &str) -> bool {
    const TAILS: &[&str] =
        &["elaboro", "reviso", "aprobo", "copia", "c.c.", "cc", "transcribio", "digito", "anexo", "anexos"];
    let (Some((name, _)), Some((_, value))) = (folded.split_once(':'), words.split_once(':')) else { return false };
    TAILS.contains(&name.trim()) && value.split_whitespace().count() <= MOST_WORDS
        || name.trim() == "proyecto" && is_name(value)
}

/// «Muchas gracias,», «Quedo atenta»: a short line of courtesy, under which a name may stand without a blank line.
pub(crate) fn is_courtesy(words: &str) -> bool {
    const STARTS: &[&str] = &[
        "gracias",
        "muchas gracias",
        "mil gracias",
        "quedo",
        "quedamos",
        "agradezco",
        "agradecemos",
        "agradeciendo",
        "feliz",
        "dios",
        "que dios",
        "bendiciones",
        "atent",
        "en espera",
        "sin otro",
        "de antemano",
        "buena tarde",
        "buen dia",
        "saludos",
        "un abrazo",
    ];
    let folded = fold(words);
    words.split_whitespace().count() <= 8 && STARTS.iter().any(|start| folded.starts_with(start))
}

/// «1. La impresora…»
fn is_item(words: &str) -> bool {
    words.split_once(['.', ')', '-']).is_some_and(|(number, rest)| {
        (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ')
    })
}

/// «Dependencia: Cultura»: a box that the sender filled in, and so the sender's words.
fn is_boxed(folded: &str) -> bool {
    const BOXES: &[&str] = &[
        "nombre",
        "dependencia",
        "ubicacion",
        "inconveniente",
        "problema",
        "descripcion",
        "asunto",
        "solicit",
        "lugar",
        "funcionario",
        "falla",
        "equipo",
        "usuario",
        "observacion",
        "justificacion",
        "objeto",
        "estado",
        "prioridad",
        "proyecto",
        "nota",
        "motivo",
        "requerimiento",
        "servicio",
        "serial",
        "placa",
        "fecha",
        "host",
        "severity",
    ];
    folded.split_once(':').is_some_and(|(name, _)| BOXES.iter().any(|b| name.trim_start().starts_with(b)))
}

/// Articles, pronouns, verbs and thanks begin sentences, not lines of a signature.
fn begins_sentence(folded: &str) -> bool {
    const STARTS: &[&str] = &[
        "no",
        "se",
        "me",
        "el",
        "la",
        "los",
        "las",
        "un",
        "una",
        "es",
        "esta",
        "estan",
        "estoy",
        "estamos",
        "tengo",
        "tenemos",
        "necesito",
        "necesitamos",
        "por",
        "favor",
        "para",
        "mi",
        "mis",
        "ya",
        "si",
        "que",
        "hay",
        "y",
        "pero",
        "gracias",
        "muchas",
        "mil",
        "quedo",
        "quedamos",
        "buenos",
        "buenas",
        "buen",
        "hola",
        "les",
        "le",
        "nos",
        "cuando",
        "donde",
        "como",
        "solicito",
        "adjunto",
        "agradezco",
        "agradecemos",
        "tambien",
        "ademas",
        "urgente",
        "porfa",
        "ok",
        "listo",
        "resuelto",
        "ayer",
        "hoy",
        "en",
        "con",
        "desde",
        "al",
    ];
    folded.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|first| STARTS.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "Ana Polo",
            "OSIRIS VILLAZÓN CANDANOZA",
            "Emiro De la Hoz Lacera",
            "Ing. Kevin Barros",
            "Kelly L.",
            "Nohemí Granados",
        ] {
            assert!(is_name(name), "{name}");
        }
        for other in
            ["Muchas Gracias", "no prende", "Impresora Epson", "Piso 2", "Ingeniera", "NO HAY RED", "Por Favor"]
        {
            assert!(!is_name(other), "{other}");
        }
        assert!(is_full_name("Ana Polo") && !is_full_name("SALA PRINCIPAL CAIDA") && !is_full_name("Ana"));
    }

    #[test]
    fn lines_of_a_signature() {
        for line in [
            "Técnico de soporte",
            "Tel (605) 438 1144 extensión: 704 – Celular: 300 815 2261",
            "Carrera 1C No. 16-15 Palacio Tayrona | Santa Marta, Magdalena | PBX (605) 438 1144 | www.magdalena.gov.co | Colombia",
            "Yeimy Maestre (practicante SENA)",
            "Calidad Educativa",
            "*Profesional Especializado*",
            "Proyectó: Luis M.",
            "Copia: Archivo",
        ] {
            assert!(may_sign(line), "{line}");
        }
        for line in [
            "no tengo internet",
            "No tengo internet desde ayer",
            "1. La impresora",
            "#estado resuelto",
            "Dependencia: Cultura",
            "¿Qué hago?",
            "Gracias",
        ] {
            assert!(!may_sign(line), "{line}");
        }
    }
}
