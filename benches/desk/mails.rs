//! Typical mails of an office, any number of them, always the same ones for the same number.
//!
//! Five shapes in the proportions of an office's mailbox: a plain request, an Outlook request in text and HTML with a
//! signature block, a form-like one with labels, a forward, and a reply with its history.

const PEOPLE: &[(&str, &str, &str, &str)] = &[
    ("Ana Ruiz Díaz", "ana.ruiz", "Secretaría de Hacienda", "Palacio Tayrona, piso 2, oficina 204"),
    ("Jorge Núñez Polo", "jorge.nunez", "Oficina Asesora Jurídica", "piso 3, oficina 310"),
    ("Marta Peña Ibáñez", "marta.pena", "Tesorería", "primer piso, al lado de la caja"),
    ("Luis Ávila Granados", "luis.avila", "Secretaría de Educación", "edificio anexo, piso 1"),
    ("Sandra Ospino Cantillo", "sandra.ospino", "Oficina de Talento Humano", "piso 4, oficina 402"),
];

const TROUBLES: &[(&str, &str)] = &[
    ("Computador no prende", "el computador de mi puesto no prende desde esta mañana, se fue la luz y quedó así."),
    (
        "Impresora atascada",
        "la impresora HP del pasillo atasca el papel en cada hoja y tenemos que entregar los oficios hoy.",
    ),
    ("Sin internet", "estamos sin internet en toda la oficina, no abre ninguna página y no podemos radicar."),
    (
        "Clave bloqueada",
        "se me bloqueó la clave del correo institucional por intentos fallidos, necesito que la restablezcan.",
    ),
    ("Error en el sistema de presupuesto", "el sistema saca un error al expedir el CDP y se cierra solo."),
    ("Instalar programa", "agradezco instalar el lector de PDF y configurar la firma digital en el equipo nuevo."),
];

/// The mail of this number, with CRLF line ends.
pub(crate) fn mail(n: usize) -> Vec<u8> {
    let (name, user, office, place) = PEOPLE[n % PEOPLE.len()];
    // Everybody writes once: the answers to one address are limited.
    let user = format!("{user}.{n}");
    let (subject, trouble) = TROUBLES[n / PEOPLE.len() % TROUBLES.len()];
    let (extension, mobile) = (200 + n % 700, 3_000_000_000_u64 + n as u64 * 7919 % 200_000_000);
    let signature = format!(
        "Cordialmente,\n\n{name}\nProfesional Universitario\n{office}\n{place}\nExt. {extension}\nCel. {mobile}\n"
    );
    let (subject, body) = match n % 10 {
        0..=3 => {
            (subject.to_owned(), plain(&format!("Buenos días,\n\nMe permito informar que {trouble}\n\n{signature}")))
        }
        4..=6 => (subject.to_owned(), alternative(trouble, &signature)),
        7 => {
            let form = format!(
                "Dependencia: {office}\nUbicación: {place}\nNombre: {name}\nExtensión: {extension}\nCelular: {mobile}\n\
                 Correo: {user}@magdalena.gov.co\nProblema: {trouble}\n"
            );
            (format!("Solicitud de soporte {n}"), plain(&form))
        }
        8 => {
            let forward = format!(
                "Para su atención.\n\n---------- Forwarded message ---------\nDe: {name} <{user}@magdalena.gov.co>\n\
                 Date: mar, 24 nov 2026 a las 8:15\nSubject: {subject}\nTo: Correspondencia \
                 <correspondencia@magdalena.gov.co>\n\n\nBuenas tardes, {trouble}\n\n{signature}"
            );
            (format!("RV: {subject}"), plain(&forward))
        }
        _ => {
            let history: String =
                (0..40).map(|i| format!("> línea {i} del mensaje anterior, que ya se había contestado\n")).collect();
            let reply = format!(
                "Sigue igual: {trouble}\n\n{signature}\nEl mar, 24 nov 2026 a las 9:00, Mesa de Ayuda \
                 (<soporte@magdalena.gov.co>) escribió:\n\n{history}"
            );
            (format!("RE: {subject}"), plain(&reply))
        }
    };
    let head = format!(
        "Return-Path: <{user}@magdalena.gov.co>\nReceived: from mail.magdalena.gov.co (mail.magdalena.gov.co [192.0.2.25])\n\
         \tby mx.magdalena.gov.co (Postfix) with ESMTPS id {n:08X}\n\tfor <soporte.tic@magdalena.gov.co>; Wed, 25 Nov 2026 \
         09:12:44 -0500 (-05)\nFrom: =?utf-8?Q?{}?= <{user}@magdalena.gov.co>\nTo: soporte.tic@magdalena.gov.co\n\
         Subject: {}\nDate: Wed, 25 Nov 2026 09:12:{:02} -0500\nMessage-ID: <bench.{n}@magdalena.gov.co>\n\
         MIME-Version: 1.0\nX-Mailer: Microsoft Outlook 16.0\n",
        quoted(name),
        encoded(&subject),
        n % 60,
    );
    (head + &body).replace('\n', "\r\n").into_bytes()
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=\"utf-8\"\nContent-Transfer-Encoding: 8bit\n\n{text}")
}

fn alternative(trouble: &str, signature: &str) -> String {
    let lines: String = signature
        .lines()
        .map(|l| format!("<p class=\"MsoNormal\"><span style='font-size:10.0pt'>{l}</span></p>\n"))
        .collect();
    format!(
        "Content-Type: multipart/alternative; boundary=\"=_b1\"\n\n--=_b1\nContent-Type: text/plain; charset=\"utf-8\"\n\
         Content-Transfer-Encoding: 8bit\n\nCordial saludo.\n\nLes informo que {trouble}\n\n{signature}\n--=_b1\nContent-Type: \
         text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: 8bit\n\n<html><head><style>p.MsoNormal{{margin:0cm}}</style>\
         </head><body lang=\"ES-CO\"><div class=\"WordSection1\"><p class=\"MsoNormal\">Cordial saludo.</p><p \
         class=\"MsoNormal\">&nbsp;</p><p class=\"MsoNormal\">Les informo que {trouble}</p>{lines}</div></body></html>\n--=_b1--\n"
    )
}

fn quoted(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("={b:02X}") })
        .collect()
}

fn encoded(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { format!("=?utf-8?Q?{}?=", quoted(text)) }
}
