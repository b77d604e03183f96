//! Mails as a terminal shows them: what was taken from one marked and named, and a letter set off from the talk around it.
use crate::cli::terminal::{self, BOLD, DIM, paint, width, wrap};
use crate::exam::label::Because;
use crate::mail::message::Mail;
use crate::reading::note::Zone;
use anstyle::{AnsiColor, Style};

/// The fields in the order of their colours; a colour never says anything that the name beside it does not.
const COLOURS: [(&str, AnsiColor); 10] = [
    ("dependencia", AnsiColor::Magenta),
    ("lugar", AnsiColor::Green),
    ("edificio", AnsiColor::Green),
    ("piso", AnsiColor::Green),
    ("oficina", AnsiColor::Green),
    ("nombre", AnsiColor::Cyan),
    ("correo", AnsiColor::Cyan),
    ("categoria", AnsiColor::Yellow),
    ("prioridad", AnsiColor::Red),
    ("clase", AnsiColor::Blue),
];

/// A span of a text that a field was read from.
struct Mark {
    start: usize,
    end: usize,
    field: &'static str,
}

/// Subject, sender, body and attached mails, marked.
pub(crate) fn mail(mail: &Mail, because: &[Because]) -> String {
    let sender = format!("{} <{}>", mail.from.nombre.as_deref().unwrap_or_default(), mail.from.correo);
    let subject = marked(&mail.subject, because, |zone| zone == Zone::Asunto);
    let mut lines = vec![format!("{} {}", paint(DIM, "De:"), marked(sender.trim(), because, |z| z == Zone::Remitente))];
    lines.push(format!("{} {subject}", paint(DIM, "Asunto:")));
    lines.push(String::new());
    lines.push(marked(mail.body.text.trim_end(), because, is_body));
    for inner in &mail.attached {
        lines.push(format!("\n{}", paint(BOLD, &format!("Correo adjunto: {}", terminal::plain(&inner.subject)))));
        lines.push(marked(inner.body.text.trim_end(), because, |zone| zone == Zone::Adjunto));
    }
    lines.join("\n")
}

/// A letter as a person sees it, set off by a rule at its left and wrapped to the terminal.
pub(crate) fn letter(to: &str, subject: &str, text: &str) -> String {
    let columns = usize::from(width()).saturating_sub(4).clamp(36, 96);
    let head = [format!("Para: {to}"), format!("Asunto: {subject}"), String::new()];
    let lines: Vec<String> =
        head.into_iter().chain(text.trim_end().lines().map(str::to_owned)).map(|line| terminal::plain(&line)).collect();
    let lines = lines.iter().flat_map(|line| wrap(line, columns));
    lines.map(|line| format!("{} {line}", paint(DIM, "│"))).collect::<Vec<_>>().join("\n")
}

fn is_body(zone: Zone) -> bool {
    match zone {
        Zone::Etiqueta | Zone::Texto | Zone::Firma | Zone::Reenviado => true,
        Zone::Asunto | Zone::Remitente | Zone::Adjunto | Zone::Directorio | Zone::Historial | Zone::Regla => false,
    }
}

/// The text with `[campo: words]` around what was taken from it; a place holds its parts.
fn marked(text: &str, because: &[Because], zone: impl Fn(Zone) -> bool) -> String {
    let taken = because.iter().filter(|b| zone(b.zone) && !b.words.is_empty());
    let spells = |b: &&Because| text.get(b.span.clone()) == Some(b.words.as_str());
    let mut marks: Vec<Mark> =
        taken.filter(spells).map(|b| Mark { start: b.span.start, end: b.span.end, field: b.field }).collect();
    marks.sort_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
    let mut shown = String::new();
    let mut open: Vec<Mark> = Vec::new();
    let mut at = 0;
    let close = |shown: &mut String, open: &mut Vec<Mark>, at: &mut usize, until: usize| {
        while let Some(mark) = open.pop_if(|mark| mark.end <= until) {
            shown.push_str(&painted(text, *at, mark.end, Some(&mark)));
            shown.push_str(&paint(style(mark.field), "]"));
            *at = mark.end.max(*at);
        }
    };
    for mark in marks {
        close(&mut shown, &mut open, &mut at, mark.start);
        // Two spans that cross cannot be nested: the later one is left to the table.
        if open.last().is_some_and(|outer| mark.end > outer.end) {
            continue;
        }
        shown.push_str(&painted(text, at, mark.start, open.last()));
        shown.push_str(&paint(style(mark.field), &format!("[{}: ", mark.field)));
        at = mark.start;
        open.push(mark);
    }
    close(&mut shown, &mut open, &mut at, usize::MAX);
    shown + &terminal::plain(text.get(at..).unwrap_or_default())
}

fn painted(text: &str, from: usize, to: usize, within: Option<&Mark>) -> String {
    let words = terminal::plain(text.get(from..to).unwrap_or_default());
    match within {
        Some(mark) if !words.is_empty() => {
            words.split('\n').map(|line| paint(style(mark.field), line)).collect::<Vec<_>>().join("\n")
        }
        Some(_) | None => words,
    }
}

fn style(field: &str) -> Style {
    // The telephones, which are many, have none of the list.
    let colour = COLOURS.iter().find(|(name, _)| *name == field).map_or(AnsiColor::BrightBlue, |(_, colour)| *colour);
    colour.on_default().bold()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::note::RuleId;

    fn because(text: &str, taken: &[(&'static str, &str)]) -> Vec<Because> {
        let one = |(field, words): &(&'static str, &str)| {
            let start = text.find(words).unwrap_or_default();
            Because {
                field,
                value: String::new(),
                rule: RuleId::new("x.toml:1"),
                zone: Zone::Texto,
                span: start..start + words.len(),
                words: (*words).to_owned(),
            }
        };
        taken.iter().map(one).collect()
    }

    #[test]
    fn a_place_holds_its_parts() {
        let text = "Estoy en el piso 2, oficina 204. Ext. 331\u{1b}[31m";
        let because = because(text, &[("piso", "piso 2"), ("lugar", "piso 2, oficina 204"), ("extension", "331")]);
        assert_eq!(
            marked(text, &because, |_| true),
            "Estoy en el [lugar: [piso: piso 2], oficina 204]. Ext. [extension: 331]·[31m"
        );
    }

    #[test]
    fn spans_that_cross_or_lie_elsewhere_do_not_break_the_text() {
        let text = "uno dos tres";
        let because = because(text, &[("lugar", "uno dos"), ("nombre", "dos tres"), ("piso", "nueve")]);
        assert_eq!(marked(text, &because, |_| true), "[lugar: uno dos] tres");
        assert_eq!(marked(text, &because, |_| false), text);
    }
}
