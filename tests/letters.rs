//! Letters as the post takes them: the words arrive whole, nobody's words become a header, the same letter is the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use expect_test::expect;
use jiff::Timestamp;
use mesa_tic::desk::decision::{Blanks, Form, Letter};
use mesa_tic::desk::notice::notice;
use mesa_tic::handbook::shipped;
use mesa_tic::letter;
use mesa_tic::letter::parcel::Parcel;
use mesa_tic::letter::samples::samples;
use mesa_tic::letter::template::Templates;
use mesa_tic::mail;
use mesa_tic::mail::message::{Address, Hand, MessageId};
use mesa_tic::office::rulefile::RuleError;
use mesa_tic::reading::rules::Files;
use mesa_tic::seal::Seal;
use mesa_tic::seal::identity::Policy;
use mesa_tic::seal::ring::Ring;
use proptest::prelude::*;

fn load(files: &Files) -> (Option<Templates>, Vec<RuleError>) {
    let mut errors = Vec::new();
    let templates = Templates::load(files, &mut errors);
    (templates, errors)
}

fn templates() -> Templates {
    let (templates, errors) = load(&shipped());
    assert_eq!(errors, []);
    templates.unwrap()
}

fn sender() -> Address {
    Address { correo: "soporte.tic@magdalena.gov.co".into(), nombre: Some("Mesa de Ayuda - Oficina TIC".into()) }
}

fn seal() -> Seal {
    let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
    Seal { ring, policy: Policy::Unverified, plus_address: false }
}

fn now() -> Timestamp {
    "2026-11-25T20:40:00Z".parse().unwrap()
}

fn receipt(to: Address, blanks: Blanks) -> Letter {
    Letter {
        form: Form::Acuse,
        to,
        about: Some("TIC-2026-00017".parse().unwrap()),
        answers: Some(MessageId("a1@outlook.com".into())),
        references: vec![MessageId("a0@outlook.com".into()), MessageId("a1@outlook.com".into())],
        blanks,
    }
}

fn pack(letter: &Letter) -> Parcel {
    letter::render(&templates(), &sender(), &seal(), letter, "7.abc.0", now())
}

fn head(parcel: &Parcel) -> String {
    let text = String::from_utf8(parcel.bytes.clone()).unwrap();
    text.split("\r\n\r\n").next().unwrap().replace('\r', "")
}

#[test]
fn a_receipt_on_the_wire() {
    let to = Address { correo: "mospino@magdalena.gov.co".into(), nombre: Some("María Ospino".into()) };
    let blanks = Blanks { asunto: "Impresión con rayas".into(), ..samples()[1].clone() };
    let letter = receipt(to, blanks);
    let parcel = pack(&letter);
    expect![[r#"
        Date: Wed, 25 Nov 2026 20:40:00 +0000
        Message-ID: <r.aed6uaaaaaivclqq6ht6jxvr35tt3k3jiarmafxejxubkvy@magdalena.gov.co>
        Subject: [TIC-2026-00017] Recibimos su solicitud: =?utf-8?b?SW1wcmVzacOz?=
         =?utf-8?b?bg==?= con rayas
        From: "Mesa de Ayuda - Oficina TIC" <soporte.tic@magdalena.gov.co>
        To: =?utf-8?b?TWFyw61hIE9zcGlubw==?= <mospino@magdalena.gov.co>
        In-Reply-To: <a1@outlook.com>
        References: <a0@outlook.com> <a1@outlook.com>
        Auto-Submitted: auto-replied
        X-Auto-Response-Suppress: All
        X-Mesa-Loop: soporte.tic@magdalena.gov.co
        Content-Language: es
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
         boundary="=_b063290f21ab4653cd98204be13efa71"
    "#]]
    .assert_eq(&format!("{}\n", head(&parcel)));
    assert_eq!(parcel, pack(&letter), "the same letter, the same bytes");
    let back = mail::parse(&parcel.bytes);
    assert_eq!(back.hand, Hand::Ourselves);
    assert_eq!(back.subject, "[TIC-2026-00017] Recibimos su solicitud: Impresión con rayas");
    assert!(
        back.body
            .text
            .contains("Día y hora del servicio: jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m.")
    );
    assert_eq!(back.to[0].nombre.as_deref(), Some("María Ospino"));
}

#[test]
fn every_letter_of_every_sample_survives_the_wire() {
    let templates = templates();
    for form in Form::ALL {
        for blanks in samples() {
            let to = Address { correo: "ana@x.co".into(), nombre: None };
            let letter = Letter { form: *form, ..receipt(to, blanks.clone()) };
            let parcel = letter::render(&templates, &sender(), &seal(), &letter, "k", now());
            let filled = templates.fill(*form, &blanks);
            let back = mail::parse(&parcel.bytes);
            assert_eq!(back.subject, filled.subject);
            assert_eq!(back.body.text.trim(), filled.text);
            assert!(!filled.text.contains("\n\n\n") && !filled.text.contains("none"), "{}", filled.text);
        }
    }
}

/// What a letter says depends on how the case stands: it promises no hour of a case that is over, and nobody who has it.
#[test]
fn a_letter_promises_nothing_that_is_not_so() {
    let templates = templates();
    let text = |form: Form, estado: &str, blanks: &Blanks| {
        templates.fill(form, &Blanks { estado: estado.into(), ..blanks.clone() }).text
    };
    let bare = Blanks { cuando: None, tecnico: None, urgente: false, faltan: vec![], ..samples()[1].clone() };
    let soon = "Le escribiremos en cuanto tengamos el día y la hora del servicio.";
    assert!(text(Form::MuyGrande, "nuevo", &bare).contains(soon));
    assert!(!text(Form::MuyGrande, "cerrado", &bare).contains(soon));
    let had = Blanks { tecnico: Some("Kevin Barros".into()), ..bare.clone() };
    assert!(text(Form::Consulta, "asignado", &had).contains("Kevin Barros también recibió su mensaje."));
    assert!(!text(Form::Consulta, "nuevo", &bare).contains("también recibió"));
}

#[test]
fn a_notice_to_the_administrator_answers_nobody() {
    let to = Address { correo: "admin@x.co".into(), nombre: None };
    let letter = notice(&to, "Una carta no se pudo entregar", vec!["Carta: 7".into(), "Motivo: 550".into()]);
    let parcel = letter::render(&templates(), &sender(), &seal(), &letter, "aviso 1", now());
    assert!(head(&parcel).contains("Auto-Submitted: auto-generated"));
    let back = mail::parse(&parcel.bytes);
    expect![[r#"
        Mesa de ayuda: Una carta no se pudo entregar
        Cordial saludo:

        Una carta no se pudo entregar.

        - Carta: 7
        - Motivo: 550

        Este aviso lo envía el programa de la mesa de ayuda. Mientras tanto sigue trabajando."#]]
    .assert_eq(&format!("{}\n{}", back.subject, back.body.text.trim()));
}

#[test]
fn every_fault_of_a_letter_is_told_with_its_line() {
    let mut files = shipped();
    let mut put = |name: &str, text: &str| files.insert(format!("cartas/{name}.txt"), text.to_owned());
    put("acuse", "Asunto: {{ numero }}\n\nHola {{ nombr }}\n");
    put("estado", "Asunto: {{ numero }}\n\nHola\n\nlo atiende {{ tecnico }}.\n");
    put("completado", "Hola\n");
    put("novedad", "Asunto: x\n\n{% for i in range(10000) %}{% for j in range(10000) %}x{% endfor %}{% endfor %}\n");
    put("asignacion", "Asunto: x\n\n\n{% if tecnico %}\n");
    put("ordenes", "Asunto: x\n\n{% include \"_pie.txt\" %}\n");
    put("aviso", "Asunto: x\nHola\n");
    put("bienvenida", "Asunto: x\n\nHola\n");
    files.remove("cartas/muy_grande.txt");
    let (templates, mut errors) = load(&files);
    assert!(templates.is_none());
    errors.sort();
    let told = |errors: &[RuleError]| {
        errors.iter().map(|e| format!("{}:{}: {}", e.file, e.line, e.what)).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        cartas/_cita.txt:1: ninguna carta incluye esta pieza
        cartas/_desplaza.txt:1: ninguna carta incluye esta pieza
        cartas/_entendido.txt:1: ninguna carta incluye esta pieza
        cartas/_privacidad.txt:1: ninguna carta incluye esta pieza
        cartas/asignacion.txt:4: la carta no se entiende: revise las llaves {{ }} y {% %} (unexpected end of input, expected end of block)
        cartas/aviso.txt:2: entre el asunto y el texto va una línea en blanco
        cartas/bienvenida.txt:1: nadie envía esta carta; las que se envían son: acuse, completado, estado, consulta, asignacion, novedad, ordenes, confirmacion, caso, cita, horas, recordatorio, realizada, agenda, ayuda, muy_grande, resumen, aviso
        cartas/completado.txt:1: la primera línea debe ser «Asunto: …»
        cartas/muy_grande.txt:1: falta esta carta; copie la que trae el programa"#]].assert_eq(&told(&errors));
    // With the syntax in order, the samples find the rest.
    let shipped = shipped();
    for name in ["completado", "asignacion", "aviso", "muy_grande"] {
        let path = format!("cartas/{name}.txt");
        files.insert(path.clone(), shipped[&path].clone());
    }
    let (templates, mut errors) = load(&files);
    assert!(templates.is_none());
    errors.sort();
    expect![[r#"
        cartas/acuse.txt:3: ese dato no existe; existen: anexos, antes_lugar, antes_persona, asunto, aviso, categoria, correo, cuando, de_antes, del_directorio, dependencia, desplaza, detalle, estado, externa, faltan, lugar, motivo, no_llega, nombre, numero, ordenes, plantilla, prioridad, problema, quien, recibido, relacionado, remota, saludo, secciones, tecnico, telefono, texto, urgente, vence
        cartas/bienvenida.txt:1: nadie envía esta carta; las que se envían son: acuse, completado, estado, consulta, asignacion, novedad, ordenes, confirmacion, caso, cita, horas, recordatorio, realizada, agenda, ayuda, muy_grande, resumen, aviso
        cartas/estado.txt:5: se escribe un dato que puede faltar; enciérrelo así: {% if dato %}{{ dato }}{% endif %}
        cartas/novedad.txt:3: la carta no termina: revise los {% for %}
        cartas/ordenes.txt:3: se incluye una pieza que no existe en cartas/ (tried to include non-existing template '_pie.txt')"#]].assert_eq(&told(&errors));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a sender writes: no header of his, no line over 998 octets, CRLF only, ASCII only, and the words arrive.
    #[test]
    fn nobody_writes_a_header(
        subject in "\\PC{0,300}|[a-z\r\n:]{0,60}|x\r\nBcc: victima@x.co",
        name in "\\PC{0,120}|\r\nBcc: victima@x.co|\"<>,;",
        text in "(?s).{0,400}|a{2000}",
        id in "[ -~]{0,40}|a@b>\r\nBcc: v@x.co",
    ) {
        let to = Address { correo: "ana@x.co".into(), nombre: Some(name) };
        let blanks = Blanks { asunto: subject, problema: text, ..samples()[0].clone() };
        let mut letter = receipt(to, blanks);
        letter.answers = Some(MessageId(id.clone()));
        letter.references = vec![MessageId(id)];
        let parcel = pack(&letter);
        let wire = String::from_utf8(parcel.bytes.clone()).expect("ASCII");
        prop_assert!(wire.is_ascii());
        prop_assert!(wire.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
        let head = head(&parcel);
        let names: Vec<&str> = head.lines().filter(|l| !l.starts_with([' ', '\t'])).filter_map(|l| Some(l.split_once(':')?.0)).collect();
        let known = ["Date", "Message-ID", "Subject", "From", "To", "In-Reply-To", "References", "Auto-Submitted",
            "X-Auto-Response-Suppress", "X-Mesa-Loop", "Content-Language", "MIME-Version", "Content-Type"];
        prop_assert!(names.iter().all(|name| known.contains(name)), "{head}");
        prop_assert_eq!(names.iter().filter(|name| **name == "To").count(), 1);
    }
}
