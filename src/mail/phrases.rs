//! The fixed phrases of mail programs and of courtesy: what the whole world's clients write, not what an office tunes.
use crate::spanish::fold::fold;
use regex::Regex;
use std::borrow::Cow;

/// Where other help desks ask to answer above.
const CUT_MARKS: &[&str] = &["por encima de esta linea", "arriba de esta linea", "above this line"];
/// How our own letters begin and explain themselves: a client may quote them without any mark.
const OWN_WORDS: &[&str] = &["recibimos su mensaje (", "basta con responder a este correo"];

/// From this line on the words are a help desk's, not the writer's.
pub(crate) fn is_cut_mark(folded: &str) -> bool {
    folded.len() < 160 && CUT_MARKS.iter().any(|mark| folded.contains(mark))
        || OWN_WORDS.iter().any(|words| folded.starts_with(words))
}

/// Between the rules of «-----Mensaje original-----». `true`: what follows was forwarded.
const SEPARATORS: &[(&str, bool)] = &[
    ("mensaje original", false),
    ("mensaje citado", false),
    ("original message", false),
    ("original-nachricht", false),
    ("correo original", false),
    ("mensaje reenviado", true),
    ("forwarded message", true),
    ("correo reenviado", true),
    ("inicio del mensaje reenviado", true),
    ("begin forwarded message", true),
];

/// Does the line separate this mail from an earlier one, and is that one forwarded?
pub(crate) fn separator(folded: &str) -> Option<bool> {
    let bare = folded.trim_matches(|c: char| matches!(c, '-' | '_' | '=' | '*' | '>' | ' ' | '–' | '—'));
    let ruled = bare.len() + 4 <= folded.len();
    let name = bare.trim_end_matches([':', ' ']);
    SEPARATORS.iter().find(|(phrase, _)| *phrase == name).filter(|_| ruled || bare.ends_with(':')).map(|(_, fwd)| *fwd)
}

/// «----- Mensaje reenviado ----- De: …»: Yahoo's separator with the header block on the same line.
pub(crate) fn inline_separator(words: &str) -> Option<(bool, &str)> {
    let (name, rest) = words.strip_prefix("--")?.trim_start_matches(['-', ' ']).split_once("--")?;
    let name = fold(name.trim());
    let (_, forwarded) = SEPARATORS.iter().find(|(phrase, _)| *phrase == name)?;
    Some((*forwarded, rest.trim_start_matches(['-', ' '])))
}

/// The long rule that Outlook draws above the header block.
pub(crate) fn is_rule(words: &str) -> bool {
    words.len() >= 20 && (words.bytes().all(|b| b == b'_') || words.bytes().all(|b| b == b'-'))
}

/// A line of the header block that mail programs write above an earlier mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    From,
    Sent,
    To,
    Subject,
    Other,
}

const LABELS: &[(&str, Label)] = &[
    ("de", Label::From),
    ("from", Label::From),
    ("desde", Label::From),
    ("enviado el", Label::Sent),
    ("enviado", Label::Sent),
    ("enviados", Label::Sent),
    ("sent", Label::Sent),
    ("fecha", Label::Sent),
    ("date", Label::Sent),
    ("para", Label::To),
    ("to", Label::To),
    ("a", Label::To),
    ("asunto", Label::Subject),
    ("subject", Label::Subject),
    ("cc", Label::Other),
    ("cco", Label::Other),
    ("c.c.", Label::Other),
    ("bcc", Label::Other),
    ("copia", Label::Other),
    ("responder a", Label::Other),
    ("reply-to", Label::Other),
    ("importancia", Label::Other),
    ("importance", Label::Other),
    ("datos adjuntos", Label::Other),
    ("attachments", Label::Other),
    ("organizacion", Label::Other),
    ("en nombre de", Label::Other),
];

/// The label of a header line and its value as written: «*De:* Ana <a@x.co>».
pub(crate) fn label(words: &str) -> Option<(Label, &str)> {
    let colon = words.bytes().take(24).position(|b| b == b':')?;
    let (name, value) = words.split_at_checked(colon)?;
    let name = fold(name.trim_matches(['*', '_', ' ', '\t']));
    let (_, label) = LABELS.iter().find(|(l, _)| *l == name)?;
    Some((*label, value.trim_start_matches([':', '*', '_', ' ', '\t'])))
}

/// Prefixes of a subject that say «this is forwarded».
const FORWARDS: &[&str] = &["rv", "fw", "fwd", "enc", "tr", "reenv", "reenvio", "reenviado", "i"];
/// Prefixes of a subject that say «this is an answer».
const ANSWERS: &[&str] = &["re", "rta", "rpta", "resp", "respuesta", "r", "aw", "sv"];

/// What the outermost prefix of a subject says: forwarded, answered, or neither.
pub(crate) fn is_forward(subject: &str) -> bool {
    prefix(subject).is_some_and(|p| FORWARDS.contains(&p.as_str()))
}

pub(crate) fn is_answer(subject: &str) -> bool {
    prefix(subject).is_some_and(|p| ANSWERS.contains(&p.as_str()))
}

/// The first prefix, past tags in brackets («[EXTERNO] RV: …»), without its counter («RE[2]:»).
fn prefix(subject: &str) -> Option<String> {
    let mut rest = subject.trim_start();
    while let Some(tail) = rest.strip_prefix('[') {
        rest = tail.split_once(']')?.1.trim_start();
    }
    let end = rest.find([':', '：'])?;
    let head = rest.get(..end).filter(|h| h.len() <= 12)?;
    let name = head.split(['[', '(', '^']).next().unwrap_or_default().trim();
    Some(fold(name))
}

/// «Enviado desde mi iPhone», «Obtener Outlook para Android»: how the line begins, and what must follow.
const SENT: &[&str] = &[
    "enviado desde ",
    "enviada desde ",
    "enviado con ",
    "enviado por ",
    "mandado desde ",
    "sent from ",
    "sent with ",
    "sent via ",
];
const PROGRAMS: &[&str] = &[
    "mi ",
    "my ",
    "el correo",
    "correo para",
    "outlook",
    "gmail",
    "yahoo",
    "mail",
    "proton",
    "tutanota",
    "spark",
    "bluemail",
    "samsung",
    "galaxy",
    "huawei",
    "xiaomi",
    "motorola",
    "iphone",
    "ipad",
    "android",
    "windows",
    "dispositivo",
    "telefono",
    "celular",
    "movil",
    "un dispositivo",
    "un telefono",
    "un celular",
    "un movil",
    "la aplicacion",
    "la app",
    "blackberry",
    "zimbra",
    "libre",
    "hotmail",
    "icloud",
];
const GET: &[&str] = &[
    "obtener outlook",
    "obten outlook",
    "descargar outlook",
    "descargue outlook",
    "descarga outlook",
    "consigue outlook",
    "get outlook",
    "get bluemail",
];

/// The line that a telephone or an app writes under a mail.
pub(crate) fn is_mobile(folded: &str) -> bool {
    let sent = || SENT.iter().find_map(|start| folded.strip_prefix(start));
    let program = || sent().is_some_and(|rest| PROGRAMS.iter().any(|program| rest.starts_with(program)));
    folded.len() <= 120 && (GET.iter().any(|start| folded.starts_with(start)) || program())
}

/// Closings that stand above a name and say nothing else. Thanks are not among them: they are the writer's words.
const CLOSINGS: &[&str] = &[
    "cordialmente",
    "muy cordialmente",
    "atentamente",
    "muy atentamente",
    "respetuosamente",
    "att",
    "atte",
    "atto",
    "con toda atencion",
    "de usted atentamente",
    "de ustedes atentamente",
    "de usted cordialmente",
    "sinceramente",
    "best regards",
    "kind regards",
    "regards",
    "fdo",
];

/// Words that greet as often as they close.
const SALUTES: &[&str] = &[
    "saludos",
    "saludos cordiales",
    "cordiales saludos",
    "un saludo",
    "un cordial saludo",
    "cordial saludo",
    "un abrazo",
    "abrazos",
    "firma",
    "firmado",
];

pub(crate) fn is_closing(folded: &str) -> bool {
    says(CLOSINGS, folded)
}

pub(crate) fn is_salute(folded: &str) -> bool {
    says(SALUTES, folded)
}

fn says(phrases: &[&str], folded: &str) -> bool {
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    if bare.len() > 30 {
        return false;
    }
    let words = if bare.contains(',') { Cow::Owned(bare.replace(',', "")) } else { Cow::Borrowed(bare) };
    phrases.contains(&&*words)
}

/// A constant pattern, compiled.
pub(crate) fn pattern(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the pattern is a constant that every test compiles")]
    Regex::new(pattern).expect("a constant pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators() {
        for (line, expected) in [
            ("-----Mensaje original-----", Some(false)),
            ("---------- Forwarded message ---------", Some(true)),
            ("Inicio del mensaje reenviado:", Some(true)),
            ("mensaje original", None),
            ("-----", None),
        ] {
            assert_eq!(separator(&fold(line)), expected, "{line}");
        }
    }

    #[test]
    fn subjects() {
        for forward in ["RV: x", "Fwd: x", "[EXTERNO] FW: x", "Rv[2]: x", "RV:x"] {
            assert!(is_forward(forward), "{forward}");
        }
        for other in ["RE: RV: x", "Reunión: x", "Red: caída", "x", "[TIC-2026-00001] x"] {
            assert!(!is_forward(other), "{other}");
        }
    }

    #[test]
    fn telephones_sign_in_their_own_words() {
        for line in [
            "enviado desde mi iphone",
            "sent from my galaxy",
            "obtener outlook para ios",
            "enviado desde correo para windows",
        ] {
            assert!(is_mobile(line), "{line}");
        }
        for line in
            ["enviado por correspondencia el oficio 12", "enviado desde la oficina 204", "obtener el certificado"]
        {
            assert!(!is_mobile(line), "{line}");
        }
    }

    #[test]
    fn labels() {
        assert_eq!(label("*De:* Ana <a@x.co>"), Some((Label::From, "Ana <a@x.co>")));
        assert_eq!(label("Enviado el: lunes"), Some((Label::Sent, "lunes")));
        assert_eq!(label("Problema: no prende"), None);
    }
}
