//! A read receipt that a mail program wrote as plain text: «Leído: …», «Su mensaje … se leyó el lunes …».
//!
//! A person may open a subject so too: the text must be a receipt's, or there must be none.
use crate::mail::body::{Body, Part};
use crate::spanish::fold::fold;

const SUBJECTS: &[&str] = &[
    "leido:",
    "no leido:",
    "eliminado sin leer:",
    "confirmacion de lectura:",
    "acuse de lectura:",
    "recibo de lectura:",
    "aviso de lectura:",
    "read:",
    "not read:",
    "read receipt:",
];
/// The lines that say which mail was read.
const LABELS: &[&str] =
    &["para", "asunto", "enviado", "enviados", "enviado el", "fecha", "to", "subject", "sent", "date"];
/// What no person writes of a mail.
const ACKNOWLEDGES: &[&str] = &[
    "este es un acuse de",
    "esta es una confirmacion de lectura",
    "this is a receipt for",
    "this is a return receipt",
    "this is a read receipt",
];
const OPENS: &[&str] = &["su mensaje", "tu mensaje", "el mensaje", "su correo", "your message", "the message"];
const SAYS: &[&str] = &[
    "se leyo el",
    "fue leido el",
    "ha sido leido el",
    "se elimino sin leer",
    "fue eliminado sin",
    "ha sido eliminado sin",
    "se ha eliminado sin",
    "was read on",
    "was deleted without being read",
];
/// Words of the hour behind it: «lunes, 10 de agosto de 2026 9:14:00 (UTC-05:00) Bogotá, Lima, Quito».
const LONGEST_HOUR: usize = 16;

pub(crate) fn is_receipt(subject: &str, body: &Body) -> bool {
    let subject = fold(subject);
    SUBJECTS.iter().any(|start| subject.trim_start().starts_with(start)) && is_of_one(body)
}

/// The lines that name the mail read look like the head of a forwarded one: all parts count that are not quoted.
fn is_of_one(body: &Body) -> bool {
    let own = body.segments.iter().filter(|s| s.part != Part::Quoted).map(|s| body.words(s));
    let lines = own.flat_map(str::lines).map(fold);
    let names_it = |line: &String| line.split_once(':').is_some_and(|(label, _)| LABELS.contains(&label.trim()));
    let rest: Vec<String> = lines.filter(|line| !names_it(line)).collect();
    let said = rest.join(" ");
    let said = said.trim();
    let hour = || SAYS.iter().filter_map(|says| said.split_once(says)).map(|(_, hour)| hour.split_whitespace().count());
    said.is_empty()
        || ACKNOWLEDGES.iter().any(|start| said.starts_with(start))
        || OPENS.iter().any(|start| said.starts_with(start)) && hour().any(|words| words <= LONGEST_HOUR)
}

#[cfg(test)]
mod tests {
    use super::is_receipt;
    use crate::mail::page::plain;
    use crate::mail::signature::Author;
    use crate::mail::split::split;

    fn told(subject: &str, text: &str) -> bool {
        is_receipt(subject, &split(plain(text, false, false), subject, &Author::default()))
    }

    #[test]
    fn receipts_of_mail_programs() {
        let outlook = "El mensaje\n\n  Para: Ana Polo\n  Asunto: impresora\n  Enviados: lunes, 3 de agosto de 2026 9:00\n\n\
                       se leyó el lunes, 3 de agosto de 2026 9:14:00 (UTC-05:00) Bogotá, Lima, Quito.";
        let english = "Your message\n\n   To: Ana Polo\n   Subject: impresora\n   Sent: Monday, August 3, 2026 9:00:00 AM\n\n\
                       was read on Monday, August 3, 2026 9:14:00 AM (UTC-05:00) Bogota, Lima, Quito, Rio Branco.";
        for (subject, text) in [
            ("Leído: [TIC-2026-00377] impresora", outlook),
            ("LEÍDO: impresora", "Su mensaje se leyó el lunes, 3 de agosto de 2026 9:14."),
            ("No leído: impresora", "Su mensaje\n\nPara: Mesa\nAsunto: impresora\n\nse eliminó sin leer el lunes 3."),
            ("Confirmación de lectura: impresora", "Este es un acuse de recibo del mensaje que envió a Ana Polo."),
            ("Read: impresora", english),
            ("Not read: impresora", "Your message was deleted without being read on Monday, August 3, 2026."),
            ("Leído: impresora", ""),
        ] {
            assert!(told(subject, text), "{subject}\n{text}");
        }
    }

    #[test]
    fn a_person_may_open_a_subject_so() {
        for (subject, text) in [
            ("Leído: impresora", "Ya lo leí, pero la impresora sigue sin imprimir.\n\nAna Polo"),
            ("Read: manual de la impresora", "Buenos días, no entiendo el manual"),
            (
                "Leído: impresora",
                "El mensaje de error se leyó el lunes en la pantalla, y desde entonces no hay manera de que \
                                 la impresora vuelva a funcionar como antes",
            ),
            ("RE: Leído: impresora", "Su mensaje se leyó el lunes 3 de agosto."),
            ("Leídos y no leídos: no puedo ver los correos", ""),
        ] {
            assert!(!told(subject, text), "{subject}\n{text}");
        }
    }
}
