//! Legal and environmental notices at the foot of a mail, and security banners on its top.
use crate::mail::page::Line;
use crate::mail::phrases::pattern;
use crate::spanish::fold::fold;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Bytes of a paragraph that say what it is.
const OPENING: usize = 300;
/// Lines of a paragraph within which a notice may begin without a blank line above it.
const DEEPEST: usize = 16;

/// What every notice and banner says somewhere: a cheap look at the words as written.
static HINT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "(?i-u)confidenc|confidential|reservad|exclusiv|1273|beas data|monitore|destinatari|imprim|privacidad|privileg|1581|virus|ambient|disclaimer|intended|retenci|extern|outside|phishing|aviso legal|nota legal|contenido de est|contenida en est|datos personales|planeta|fuera de la",
    )
});

static NOTICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) ^\W*(?:
            (?:aviso|nota|advertencia|importante|atencion|recuerde)\W.{0,60}\b(?:correo|e-?mail|mensaje|comunicacion|informacion|anexos)\b.{0,160}
                (?:confidenc|destinatari|reservad|privilegi|exclusiv|1581|1273|habeas|virus|prohibid|imprim)
          | (?:este|el\ presente|esta)\ (?:mensaje|correo|e-?mail|comunicacion)\b.{0,100}\b(?:uso\ exclusivo|exclusivamente|1581|1273|habeas\ data|datos\ personales)
          | (?:aviso|nota|clausula|politica|advertencia)(?:\ de|\ legal|:)?\ ?(?:confidencial|legal|privacidad|importante)
          | confidencial(?:idad)?\b
          | (?:este|el\ presente)\ (?:mensaje|correo|e-?mail)\b.{0,160}(?:confidencial|destinatari|privilegiad|reservad)
          | la\ (?:presente\ )?informacion\ (?:contenida|transmitida|enviada|incluida|de\ este)\b
          | el\ contenido\ de\ (?:este|esta)\ (?:mensaje|correo|comunicacion|transmision)
          | si\ (?:usted\ )?(?:no\ es\ el\ (?:\w+\ )?destinatario|ha\ recibido\ est|recibio\ est|recibe\ est|lo\ recibio\ por\ error)
          | esta\ prohibida\ su\ retencion
          | antes\ de\ imprimir | (?:por\ favor,?\ )?no\ imprima | evite\ imprimir | imprima\ (?:este|solo)
          | (?:piense|pensemos)\ (?:en\ el|antes|verde) | considere\ (?:su\ responsabilidad|el\ medio)
          | (?:cuidemos|cuide|protejamos|proteja|ayudemos|salvemos)\ (?:el|al|nuestro)\ (?:medio\ )?(?:ambiente|planeta)
          | el\ (?:medio\ )?ambiente\ es | la\ gobernacion\ .{0,80}responsab
          | (?:de\ conformidad|en\ cumplimiento|de\ acuerdo|conforme)\ (?:con|de|a)\ (?:lo\ .{0,40})?la\ ley\ (?:estatutaria\ )?1581
          | sus\ datos\ (?:personales\ )?(?:seran|son)\ tratados | tratamiento\ de\ datos\ personales
          | libre\ de\ virus | este\ (?:mensaje|correo)\ .{0,60}(?:virus|antivirus) | virus-free | no\ virus\ found
          | disclaimer | (?:this|the)\ (?:e-?mail|message|information)\b.{0,160}(?:confidential|intended|privileged)
          | (?:please\ )?consider\ the\ environment | confidentiality
        )",
    )
});

static BANNER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) ^\W*(?:
            precaucion | cuidado | atencion | advertencia | alerta | aviso | importante | external | externo | caution | warning
          | (?:remitente|correo|mensaje|e-?mail)\ externo | this\ (?:email|message)\ (?:originated|came)
          | este\ (?:correo|mensaje|e-?mail)\ (?:electronico\ )?(?:proviene|se\ origino|fue\ enviado\ desde|es\ externo|viene|se\ ha\ originado)
          | no\ suele\ recibir\ correo | you\ don.t\ often\ get
        )\b.{0,200}(?:extern|fuera\ de\ la|outside|no\ haga\ clic|do\ not\ click|desconocid|important)",
    )
});

/// The stretches of lines that are notices: a banner only on top, the others anywhere.
pub(crate) fn notices(lines: &[Line]) -> Vec<Range<usize>> {
    let hinted: Vec<bool> = lines.iter().map(|line| HINT.is_match(&line.text)).collect();
    let mut found = Vec::new();
    let (mut at, mut first) = (0, true);
    while hinted.iter().skip(at).any(|hint| *hint) {
        let length = lines.iter().skip(at).take_while(|l| !l.is_blank()).count();
        let paragraph = at..at + length;
        if hinted.get(paragraph.clone()).unwrap_or_default().contains(&true)
            && let Some(start) = begins(lines.get(paragraph.clone()).unwrap_or_default(), first)
        {
            found.push(at + start..paragraph.end);
        }
        first &= length == 0;
        at = paragraph.end + 1;
    }
    found
}

/// The line of a paragraph at which a notice begins.
fn begins(paragraph: &[Line], first: bool) -> Option<usize> {
    let opening = opening(paragraph);
    if first && BANNER.is_match(&opening) || NOTICE.is_match(&opening) {
        return Some(0);
    }
    let inner = |n: &usize| paragraph.get(*n..).is_some_and(|rest| NOTICE.is_match(&self::opening(rest)));
    (1..paragraph.len().min(DEEPEST)).find(inner)
}

fn opening(paragraph: &[Line]) -> String {
    let mut text = String::new();
    for line in paragraph {
        text.push_str(line.words());
        text.push(' ');
        if text.len() > OPENING {
            break;
        }
    }
    fold(text.get(..text.floor_char_boundary(2 * OPENING)).unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::page::plain;

    fn found(text: &str) -> Vec<String> {
        let lines = plain(text, false, false).lines;
        let spell = |r: Range<usize>| lines[r].iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("/");
        notices(&lines).into_iter().map(spell).collect()
    }

    #[test]
    fn notices_are_found_where_they_begin() {
        for notice in [
            "AVISO LEGAL: Este mensaje y sus anexos pueden contener información confidencial",
            "Antes de imprimir este correo piense bien si es necesario",
            "Este mensaje es confidencial, está amparado por secreto profesional",
            "La información contenida en este mensaje es confidencial.",
            "CONFIDENCIALIDAD: La información transmitida",
            "Por favor no imprima este correo si no es necesario 🌱",
            "Si usted no es el destinatario, bórrelo",
        ] {
            assert_eq!(
                found(&format!("no prende\n\nAna Polo\nExt 204\n\n{notice}\ny más")),
                [format!("{notice}/y más")]
            );
            assert_eq!(found(&format!("no prende\n\nAna Polo\n{notice}")), [notice]);
        }
    }

    #[test]
    fn what_people_write_is_no_notice() {
        for text in [
            "Este mensaje me sale cuando abro el correo: buzón lleno",
            "El aviso de la pantalla dice que es confidencial",
            "No puedo imprimir este correo ni el anexo",
            "El disco externo no abre",
            "Cuidado que el virus sigue en el equipo",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_banner_is_one_only_on_top() {
        let banner = "PRECAUCIÓN: este correo proviene de fuera de la organización.";
        assert_eq!(found(&format!("{banner}\n\nno prende")), [banner]);
        assert!(found(&format!("no prende\n\n{banner}")).is_empty());
    }
}
