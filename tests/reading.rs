//! Reading holds for any text: it ends, it does not panic, and every span spells the words it stands for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use mesa_tic::handbook;
use mesa_tic::mail;
use mesa_tic::mail::message::Mail;
use mesa_tic::office::people::Directory;
use mesa_tic::reading::note::{Candidate, Found, Kind, Reading, Zone};
use mesa_tic::reading::{read, read_with_candidates, rules::Rules};
use proptest::prelude::*;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

static RULES: LazyLock<(Rules, Directory)> = LazyLock::new(|| {
    let files = handbook::shipped();
    let mut errors = Vec::new();
    let rules = Rules::load(&files, &mut errors);
    let people = Directory::load("personas.toml", &files["personas.toml"], &mut errors);
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    (rules.unwrap_or_else(|| panic!("{}", said.join("\n"))), people)
});

fn candidates(mail: &Mail) -> (Reading, Vec<Candidate>) {
    let (rules, people) = &*RULES;
    read_with_candidates(rules, people, mail)
}

fn written(from: &str, subject: &str, body: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: soporte.tic@magdalena.gov.co\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Words that a reading or a candidate stands on.
struct Ground {
    zone: Zone,
    span: Range<usize>,
    words: String,
}

/// What every candidate and every winner of a reading stands on.
fn grounds(reading: &Reading, candidates: &[Candidate]) -> Vec<Ground> {
    fn of<T>(found: &Found<T>) -> Ground {
        Ground { zone: found.zone, span: found.span.clone(), words: found.words.clone() }
    }
    let fields = &reading.fields;
    let texts = [
        &fields.lugar,
        &fields.edificio,
        &fields.piso,
        &fields.oficina,
        &fields.nombre,
        &fields.telefono,
        &fields.extension,
        &fields.celular,
        &fields.correo,
    ];
    let mut grounds = vec![of(&reading.kind), of(&reading.categoria), of(&reading.prioridad)];
    grounds.extend(fields.dependencia.iter().map(of));
    grounds.extend(texts.into_iter().flatten().map(of));
    grounds.extend(candidates.iter().map(|c| Ground { zone: c.zone, span: c.span.clone(), words: c.words.clone() }));
    grounds
}

/// Spans spell their words in the text of their zone.
fn spells(mail: &Mail, ground: &Ground) -> bool {
    let spelt =
        |texts: Vec<&str>| texts.iter().any(|text| text.get(ground.span.clone()) == Some(ground.words.as_str()));
    match ground.zone {
        Zone::Etiqueta | Zone::Texto | Zone::Firma | Zone::Reenviado | Zone::Adjunto => spelt(bodies(mail)),
        Zone::Asunto => spelt(subjects(mail)),
        Zone::Remitente => {
            let own = senders(mail);
            let length = ground.span.len() == ground.words.len() || ground.span.is_empty();
            // The author of a forwarded mail stands in its header, which is part of the body.
            let forwarded = || bodies(mail).iter().any(|t| t.to_lowercase().contains(&ground.words.to_lowercase()));
            ground.span.is_empty() || spelt(own.iter().map(String::as_str).collect()) || length && forwarded()
        }
        Zone::Directorio => ground.span.len() == ground.words.len(),
        Zone::Historial | Zone::Regla => ground.span.is_empty(),
    }
}

/// Reads a mail and asks that every ground spells its words; how many there are.
fn all_spell(mail: &Mail) -> usize {
    let (reading, considered) = candidates(mail);
    let grounds = grounds(&reading, &considered);
    for ground in &grounds {
        let Ground { zone, span, words } = ground;
        assert!(spells(mail, ground), "«{words}» at {span:?} of {zone:?} in «{}»", mail.body.text);
    }
    grounds.len()
}

fn bodies(mail: &Mail) -> Vec<&str> {
    std::iter::once(mail.body.text.as_str()).chain(mail.attached.iter().flat_map(bodies)).collect()
}

fn subjects(mail: &Mail) -> Vec<&str> {
    std::iter::once(mail.subject.as_str()).chain(mail.attached.iter().flat_map(subjects)).collect()
}

fn senders(mail: &Mail) -> Vec<String> {
    let own = match &mail.from.nombre {
        Some(nombre) => format!("{nombre} <{}>", mail.from.correo),
        None => mail.from.correo.clone(),
    };
    std::iter::once(own).chain(mail.attached.iter().flat_map(senders)).collect()
}

#[test]
fn spans_of_all_fixtures_spell_their_words() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    let (mut mails, mut seen) = (0, 0);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "eml") {
                seen += all_spell(&mail::parse(&fs::read(&path).unwrap()));
                mails += 1;
            }
        }
    }
    assert!(mails > 250 && seen > 3000, "{mails} mails give {seen} grounds");
}

#[test]
fn large_mails_of_any_shape_are_read() {
    let phrase = "Buenas tardes ingeniero, la impresora del piso 2 de la Secretaría de Hacienda no imprime, ext. 204. ";
    let bodies = [
        phrase.repeat(2_000),
        "3001112233 ".repeat(10_000),
        "a".repeat(1_000_000),
        "Dependencia: ".repeat(10_000),
        "de la ".repeat(20_000),
        "el edificio 4 24 piso piso oficina ".repeat(4_000),
        "Nombre:\n".repeat(10_000),
        "María José ".repeat(10_000),
        "#nota ".repeat(10_000),
        "> > > > ".repeat(20_000),
        "Ana Ruiz, Secretaría de Salud. ".repeat(10_000),
        "Soy Ana Ruiz, de Rentas, ext 204 y mi correo aruiz@magdalena.gov.co; ".repeat(5_000),
        "MESA PALACIO SALUD ".repeat(10_000),
        "Dependencia | Nombre | Ext\nRentas | Ana Ruiz | 204\n".repeat(5_000),
        "a la doctora Rosa Vives de Rentas ".repeat(5_000),
        "Palacio Tayrona, piso 2, Edificio 4-24\n".repeat(5_000),
    ];
    for body in bodies {
        let mail = mail::parse(&written("Ana Ruiz <aruiz@magdalena.gov.co>", "impresora", &body));
        all_spell(&mail);
    }
}

#[test]
fn a_subject_alone_is_the_problem() {
    let raw = written("Ana Ruiz <aruiz@magdalena.gov.co>", "Fwd: RE: la impresora de Rentas no imprime", "");
    let (rules, people) = &*RULES;
    let reading = read(rules, people, &mail::parse(&raw));
    assert_eq!(reading.kind.value, Kind::Solicitud);
    assert_eq!(reading.problema, "la impresora de Rentas no imprime");
    assert_eq!(reading.categoria.value.0, "impresoras_escaneres");
}

#[test]
fn nothing_at_all_is_read() {
    let (rules, people) = &*RULES;
    let reading = read(rules, people, &mail::parse(b""));
    assert_eq!(reading.problema, "");
    assert_eq!(reading.categoria.value.0, "otro");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_read(body in "\\PC{0,400}", subject in "[^\r\n]{0,80}") {
        let mail = mail::parse(&written("Ana Ruiz <aruiz@magdalena.gov.co>", &subject, &body));
        all_spell(&mail);
    }

    #[test]
    fn any_mix_of_lines_is_read(
        from in prop::sample::select(FROM),
        subject in prop::sample::select(LINES),
        lines in prop::collection::vec(prop::sample::select(LINES), 0..24),
        end in prop::sample::select(&["\r\n", "\r\n\r\n"][..]),
    ) {
        all_spell(&mail::parse(&written(from, subject, &lines.join(end))));
    }

    #[test]
    fn any_mix_of_known_words_is_read(words in prop::collection::vec(prop::sample::select(WORDS), 0..120)) {
        let mail = mail::parse(&written("Ana Ruiz <aruiz@magdalena.gov.co>", words.first().unwrap_or(&""), &words.join("")));
        all_spell(&mail);
    }
}

/// Lines of which people make mails.
const LINES: &[&str] = &[
    "Buenas tardes,",
    "",
    "Señores Oficina TIC",
    "Dependencia | Nombre | Ext. | Lugar | Problema",
    "Rentas | Ana Ruiz | 204 | Palacio, piso 2 | no imprime",
    "Dependencia: Secretaría de Cultura",
    "Dependencia\tNómina",
    "Ubicación      Edificio 4-24, 3er. piso",
    "PISO: 2",
    "EDIFICIO: PALACIO TAYRONA",
    "Oficina: 204",
    "Nombre",
    "Extensión",
    "Celular",
    "El computador de la sala de juntas del despacho no prende.",
    "A la doctora Rosa Vives, Secretaria General, no le abre el correo; su extensión es la 205.",
    "Escribo de parte del Ing. Salud Mesa Palacio de Infraestructura",
    "me llamo rosa elvira manjarrés y mi celular es 301 555 22 11",
    "Yo, Ana Ruiz, identificada con C.C. 36.555.777 de Aracataca,",
    "El punto dañado es el del pasillo del tercer piso, al lado de la fotocopiadora",
    "Ana Lucía Ruiz Polo | Contabilidad | (605) 4381144 Ext. 204/205",
    "-- ",
    "Cordialmente,",
    "ANA RUIZ POLO",
    "Secretaria de Despacho",
    "Casa de la Mujer, segundo piso",
    "Palacio Tayrona",
    "Enviado desde mi iPhone",
    "De: Luis Meza <lmeza@magdalena.gov.co>",
    "Enviado el: martes, 4 de marzo de 2025 8:10 a. m.",
    "Para: Soporte TIC",
    "Asunto: RV: sin internet en Rentas",
    "---------- Forwarded message ---------",
    "> cita anterior ext 300",
    "El lun, 3 mar 2025 a las 9:00, Ana <ana@x.co> escribió:",
];
const FROM: &[&str] = &[
    "Ana Ruiz <aruiz@magdalena.gov.co>",
    "\"Ruiz Polo, Ana\" <ana@correo.example>",
    "RUIZ POLO ANA <aruiz@magdalena.gov.co>",
    "Almacén Gobernación <almacen@magdalena.gov.co>",
    "Gerencia ESE San Pedro - Dalgis Rocha <gerencia.drocha@esesanpedro.example>",
    "planeacion@pivijay-magdalena.gov.co",
    "=?utf-8?q?=C3=81ngel_Mayo_=F0=9F=98=80?= <amayo@magdalena.gov.co>",
];

const WORDS: &[&str] = &[
    "buenas tardes",
    " ",
    " ",
    "\n",
    ", ",
    ". ",
    ": ",
    "\t",
    "(",
    ")",
    "- ",
    "Dependencia",
    "Nombre",
    "Ext",
    "Tel",
    "ing",
    "Ana",
    " Ruiz",
    "ÁÉÍ",
    "ñandú",
    "piso",
    " 2",
    "2do ",
    "edificio 4-24",
    "sec de cultura",
    "Hacienda",
    "oficina ",
    "3001112233",
    "(605) 438 1144",
    "soy de ",
    "a nombre de la Dra. ",
    "no imprime",
    "la impresora",
    "urgente",
    "gracias",
    "Cordialmente,",
    "a@b.co",
    "http://x.co",
    "😭",
    "\u{301}",
    "ﬁ",
    "#estado ",
    "en proceso",
    "Problema",
    "De: ",
    "> ",
    "TIC-2026-00001",
    "sotano",
    "ala norte",
    "sala de juntas ",
];

/// Every fault of every file is told at once, where it stands and with what to write instead.
#[test]
fn all_faults_of_all_files_at_once() {
    let mut files = handbook::shipped();
    let mut spoil = |name: &str, from: &str, to: &str| {
        let text = files.get_mut(name).unwrap();
        assert!(text.contains(from), "{name} holds «{from}»");
        *text = text.replacen(from, to, 1);
    };
    spoil("dependencias.toml", "corto = [\"cultura\"]", "cortos = [\"cultura\"]");
    spoil("dependencias.toml", "parte_de = \"Secretaría General\"", "parte_de = \"Secretaria Generala\"");
    spoil("dependencias.toml", "corto = [\"turismo\"]", "corto = [\"salud\"]");
    spoil("ubicaciones.toml", "\"piso #\"", "\"(piso #\"");
    spoil("categorias.toml", "urgencia = \"baja\"", "urgencia = \"bajita\"");
    files.remove("clases.toml");
    let mut errors = Vec::new();
    assert!(Rules::load(&files, &mut errors).is_none());
    errors.sort();
    let said: Vec<String> = errors.iter().filter(|e| !e.warning).map(|e| format!("{}: {}", e.file, e.what)).collect();
    for (file, what) in [
        ("dependencias.toml", "clave desconocida «cortos»; ¿quiso decir «corto»?"),
        (
            "dependencias.toml",
            "«Secretaria Generala» no es una dependencia de esta lista; ¿quiso decir «Secretaría General»?",
        ),
        ("dependencias.toml", "«salud» ya es de «Secretaría de Salud»; quítelo de una de las dos"),
        ("ubicaciones.toml", "falta «)» en «(piso #»"),
        ("categorias.toml", "«bajita» no se conoce en «urgencia»; escriba una de estas: alta, pronto, media, baja"),
        ("clases.toml", "falta este archivo; copie el que viene con el programa"),
    ] {
        assert!(said.contains(&format!("{file}: {what}")), "«{what}» is missing from:\n{}", said.join("\n"));
    }
}

fn solicitud(from: &str, subject: &str, body: &str) -> Reading {
    candidates(&mail::parse(&written(from, subject, body))).0
}

const INSIDE: &str = "Rosa Elvira Manjarrés <rmanjarres@magdalena.gov.co>";

/// Words of priority speak of who writes and of the main matter: not in names, addressees and second matters.
#[test]
fn priority_is_the_writers_own() {
    for (body, prioridad) in [
        ("Solicito permiso de lectura sobre la carpeta AUDIENCIAS del servidor de archivos, por ahora la veo.", "baja"),
        ("Solicito una cuenta para el archivo que mando al juzgado, cuando tengan un ratico.", "baja"),
        ("Mi Excel se cierra solo, pero trabajo con el portátil mientras tanto.", "baja"),
        ("Desde esta mañana las compañeras de la oficina estamos sin internet y hay gente haciendo fila.", "alta"),
        ("Al portátil le fallan unas teclas, igual no salgo a comisión hasta noviembre.", "baja"),
        (
            "No tengo internet. Hoy es el último día para pagar la mesada de los pensionados del Departamento.",
            "critica",
        ),
        ("El internet está lento y así estamos todos los abogados desde el lunes.", "media"),
        ("El televisor de la sala de crisis no da imagen y hoy tenemos reunión a las 4.", "alta"),
        ("La impresora de la oficina no imprime y esto no aguanta hasta mañana.", "alta"),
        ("La impresora de la oficina no imprime. Agradezco darle prioridad.", "alta"),
        ("La impresora de la oficina hace ruido, no es prioridad.", "baja"),
        ("No hay internet en la oficina y antes del mediodía toca enviar el plano.", "alta"),
        ("No hay internet en la oficina, tenemos hasta las 4 p. m. para subir la información.", "alta"),
        ("Ni a mi compañera ni a mí nos entra el correo.", "media"),
        ("Ningún equipo de la entidad abre el ORFEO y hay gente en fila.", "critica"),
        ("Es imposible trabajar así, el computador se bloquea cada cinco minutos.", "media"),
        ("El parlante no suena, eso puede quedar para después.", "baja"),
        ("Por favor inactivar el usuario del señor Pava, que se desvinculó en julio.", "baja"),
        ("Mi usuario está inactivo y no puedo trabajar.", "media"),
        ("Toda la sede está sin internet.", "alta"),
        ("No me abre Outlook, pero por la web sí puedo leer los correos.", "baja"),
        ("Se dañó el mouse, estoy en la ventanilla 3.", "baja"),
        (
            "1) Lo primero: la impresora de la oficina no imprime y la esperan el jueves.\n2) Cuando puedan, me instalan Visio.",
            "media",
        ),
    ] {
        let reading = solicitud(INSIDE, "Apoyo", body);
        assert_eq!(reading.prioridad.value.to_string(), prioridad, "{body}: {:?}", reading.prioridad);
    }
}

/// A word of a list is not meant inside a longer name, and what a screen says weighs less than what fails.
#[test]
fn a_longer_name_hides_its_words() {
    for (body, categoria) in [
        ("Para el jefe de talento humano: configurar el correo institucional, no le llega nada.", "correo"),
        ("El plotter no recibe los planos, dice \"sin red\".", "impresoras_escaneres"),
        ("¿Cuál es la clave del wifi del piso 3?", "red_internet"),
        ("Solicito desbloquear YouTube en mi equipo para las transmisiones.", "red_internet"),
    ] {
        assert_eq!(solicitud(INSIDE, "Apoyo", body).categoria.value.0, categoria, "{body}");
    }
}

/// Labels that no list of a form foresaw, by how people ask: «Qué pasó», «Dónde queda», «Sede».
#[test]
fn forms_that_ask_are_read() {
    let body = "Buen día, diligencio la información:\n\nQuién reporta: Rosa Elvira Manjarrés\nDependencia: Laboratorio Dptal de Salud Pública\n\
                Sede: Hospital Viejo bloque B\nQué pasó: la nevera de datos no enciende\nDesde cuándo: ayer\nCómo la ubicamos: Ext. 4410\n";
    let reading = solicitud(INSIDE, "Reporte", body);
    assert_eq!(reading.problema, "la nevera de datos no enciende");
    assert_eq!(reading.fields.dependencia.unwrap().value.0, "Laboratorio de Salud Pública");
    assert_eq!(reading.fields.lugar.unwrap().value, "Hospital Viejo bloque B");
    assert_eq!(reading.fields.extension.unwrap().value, "4410");
    let body =
        "Área: Rentas\n¿Qué pasó?: el monitor no enciende\n¿Desde cuándo?: hoy\n¿Quién reporta?: Rosa Elvira Manjarrés";
    assert_eq!(solicitud(INSIDE, "Reporte", body).problema, "el monitor no enciende");
}

/// Greetings, introductions, leave-takings and dictated data are no part of the problem.
#[test]
fn only_the_problem_is_left() {
    for (body, problema) in [
        (
            "Buenos días señores de la Gobernación.\n\nMi nombre es Rosa Elvira Manjarrés, identificada con C.C. 36.555.777 de Aracataca.\n\n\
             La página del impuesto no abre.\n\nCon sentimientos de aprecio y estima,\n\nRosa Elvira Manjarrés",
            "La página del impuesto no abre.",
        ),
        (
            "hola buenas es que la impresora de acá no imprime desde ayer mi celular es 301 555 44 33 muchas gracias que esté muy bien",
            "es que la impresora de acá no imprime desde ayer",
        ),
    ] {
        assert_eq!(solicitud(INSIDE, "Apoyo", body).problema, problema);
    }
    let body = "Buenos días, mi nombre es Rosa Elvira Manjarrés identificada con cédula de ciudadanía No 36.555.777 de Santa Marta, \
                el portátil no reconoce la memoria.";
    let reading = solicitud(INSIDE, "memoria", body);
    assert_eq!(reading.problema, "el portátil no reconoce la memoria.");
    assert_eq!(reading.fields.nombre.unwrap().value, "Rosa Elvira Manjarrés");
    let all = "ingeniero buenas el escaner de la oficina 415 no funciona estoy en el cuarto piso mi extension es 4415 gracias";
    assert_eq!(solicitud(INSIDE, "escaner", all).problema, "el escaner de la oficina 415 no funciona");
    let reading = solicitud(INSIDE, "el telefono de la oficina 415 no da tono", "");
    assert_eq!(reading.fields.extension, None);
    assert_eq!(reading.fields.oficina.unwrap().value, "415");
}

/// What is down is a switch by its name or its link, and the house's circulars are not for the desk.
#[test]
fn alerts_and_circulars() {
    for subject in ["** PROBLEM Host Alert: sw-palacio-p3 is DOWN **", "Problem: Interface Gi0/24(uplink): Link down"] {
        let alert = solicitud("zabbix@monitor.magdalena.gov.co", subject, "Host: sw-12\nState: DOWN");
        assert_eq!((alert.kind.value, alert.categoria.value.0.as_str()), (Kind::Alarma, "red_internet"), "{subject}");
    }
    let over =
        solicitud("zabbix@monitor.magdalena.gov.co", "Resolved: Link down", "Host: sw-12\nProblem has been resolved");
    assert_eq!(over.prioridad.value.to_string(), "baja");
    let body = "CIRCULAR No. 044\n\nPARA: Todos los servidores y contratistas\nDE: Secretaría General\n\nSe informa que el viernes no hay jornada.";
    assert_eq!(solicitud(INSIDE, "Circular 044", body).kind.value, Kind::Ajeno);
}

/// Who writes from a private mailbox and says that he is of the house, and an area that writes from its own mailbox.
#[test]
fn whose_mailbox_it_is() {
    let private = "Rosa Manjarrés <rosamanja88@correo.example>";
    for body in [
        "En la Casa de la Mujer no abre el formulario.\n\nRosa Manjarrés\nTrabajadora social (contratista)\n300 555 4433",
        "En la Casa de la Mujer no abre el formulario. Escribo desde mi correo personal.\n\nRosa Manjarrés",
    ] {
        let reading = solicitud(private, "Formulario", body);
        assert_eq!(reading.fields.dependencia.map(|d| d.value.0).as_deref(), Some("Casa de la Mujer"), "{body}");
    }
    let visitor = solicitud(
        private,
        "Formulario",
        "En la Casa de la Mujer no abre el formulario de inscripción.\n\nRosa Manjarrés",
    );
    assert_eq!(visitor.fields.dependencia, None);
    let body = "El formulario no abre.\n\nRosa Elvira Manjarrés\nCoordinadora\nAlcaldía Municipal de Pivijay";
    let area = solicitud("Planeación Pivijay <planeacionpivijay@pivijay.example>", "Formulario", body);
    assert_eq!(area.fields.correo, None);
    let person = solicitud("Rosa Elvira Manjarrés <rosaelvira@pivijay.example>", "Formulario", body);
    assert_eq!(person.fields.correo.unwrap().value, "rosaelvira@pivijay.example");
}

/// A floor said barely is the one of the signature, which names the building too; another floor is not.
#[test]
fn the_fuller_of_two_same_places() {
    for (floor, lugar) in [("segundo", "Palacio Tayrona, piso 2"), ("tercer", "tercer piso")] {
        let body = format!(
            "No hay red en todo el {floor} piso.\n\nRosa Manjarrés\nCorrespondencia\nPalacio Tayrona, piso 2\nExt. 1144"
        );
        assert_eq!(solicitud(INSIDE, "Sin red", &body).fields.lugar.unwrap().value, lugar);
    }
}

/// Names and numbers below «los siguientes usuarios:» are what is asked for; those under «mis datos» are not.
#[test]
fn people_in_a_list_are_part_of_the_problem() {
    for list in [
        "Solicito crear usuario de SIIF para los siguientes funcionarios:\n\nAna Ruiz Daza - CC 57.111.222\nLuis Meza Pérez - CC 85.222.333",
        "Solicito inactivar los siguientes usuarios por terminación de contrato:\n1. Ana Ruiz Daza\n2. Luis Meza Pérez\n3. Rosa Gil Mora",
        "A los siguientes compañeros no les abre el correo:\n- Ana Ruiz, ext 210\n- Luis Meza, ext 211",
    ] {
        let reading =
            solicitud(INSIDE, "Apoyo", &format!("{list}\n\nQuedo atenta.\n\nRosa Elvira Manjarrés\nExt. 204"));
        assert_eq!(reading.problema, list);
        assert_eq!(reading.fields.nombre.unwrap().value, "Rosa Elvira Manjarrés");
        assert_eq!(reading.fields.extension.unwrap().value, "204");
    }
    let own = "El monitor no prende.\n\nMis datos son los siguientes:\n\nRosa Elvira Manjarrés\nExt. 204";
    assert_eq!(solicitud(INSIDE, "Apoyo", own).problema, "El monitor no prende.");
}

/// What is thanked for, or waited for, may be the request itself.
#[test]
fn a_request_dressed_as_a_courtesy() {
    for asks in [
        "Agradecemos gestionar la renovación.",
        "Quedo atenta a que me instalen los programas.",
        "Agradezco asignarle usuario a la contratista nueva.",
        "Agradecería me ayudaran a recuperar las fotos del año pasado.",
        "Gracias por instalar el programa, pero ahora no abre.",
    ] {
        let body = format!("Llegó el equipo nuevo. {asks}");
        assert_eq!(solicitud(INSIDE, "Apoyo", &body).problema, body);
    }
    for courtesy in [
        "Quedo atenta a que me confirmen la fecha de la visita.",
        "Agradezco enviar un técnico lo más pronto posible.",
        "Agradezco su valiosa colaboración y quedo atenta a su pronta y oportuna respuesta a la presente solicitud.",
        "Agradezco la atención que se sirva prestar a la presente y quedo en espera de una respuesta favorable.",
        "Quedamos atentos a cualquier inquietud.",
    ] {
        let body = format!("Llegó el equipo nuevo. {courtesy}");
        assert_eq!(solicitud(INSIDE, "Apoyo", &body).problema, "Llegó el equipo nuevo.", "{courtesy}");
    }
}

/// An extension is data where somebody gives his own, and the matter where it is what fails or moves.
#[test]
fn an_extension_may_be_the_matter() {
    for (body, problema) in [
        ("Solicito trasladar la extensión 131 a la oficina 205 del piso 2.", None),
        ("Reporto que la extensión 131 no da tono.", None),
        (
            "El computador está muy lento, me pueden llamar al 3005540019 o a la extensión 244 que es la de la secretaria, \
             estamos en el edificio 4-24 segundo piso diagonal al ascensor.",
            Some("El computador está muy lento"),
        ),
        (
            "se me fue el internet, a los demás sí les sirve estoy en el 3 piso del palacio ext 318",
            Some("se me fue el internet, a los demás sí les sirve"),
        ),
    ] {
        assert_eq!(solicitud(INSIDE, "Apoyo", body).problema, problema.unwrap_or(body));
    }
}

/// A street parts no building from its floor, and a form may ask for the building as «Sede».
#[test]
fn a_place_in_several_parts() {
    for (foot, text) in [
        ("Palacio Tayrona, Carrera 1 No. 16-15, piso 1", "Palacio Tayrona, Carrera 1 No. 16-15, piso 1"),
        ("Palacio Tayrona\nCra 1 # 16-15\nPiso 1", "Palacio Tayrona Cra 1 # 16-15 Piso 1"),
    ] {
        let body =
            format!("El monitor no prende.\n\nAtentamente,\n\nRosa Elvira Manjarrés\nOficina de Pasaportes\n{foot}");
        let fields = solicitud(INSIDE, "Apoyo", &body).fields;
        assert_eq!(fields.lugar.unwrap().value, text);
        assert_eq!(fields.edificio.unwrap().value, "Palacio Tayrona");
        assert_eq!(fields.piso.unwrap().value, "1");
    }
    let form = "Dependencia: Rentas\nSede: Palacio Tayrona\nPiso: 1\nOficina: 104\nFalla: el monitor no prende";
    let fields = solicitud(INSIDE, "Apoyo", form).fields;
    assert_eq!(fields.lugar.unwrap().value, "Sede: Palacio Tayrona, Piso: 1, Oficina: 104");
    assert_eq!(fields.edificio.unwrap().value, "Palacio Tayrona");
    assert_eq!((fields.piso.unwrap().value, fields.oficina.unwrap().value), ("1".into(), "104".into()));
}

/// Who signs beside another, who shouts, and whose signature is only spoken of.
#[test]
fn whose_name_it_is() {
    for (from, body, nombre) in [
        (
            INSIDE,
            "La impresora no imprime.\n\nAtentamente,\n\nRosa Elvira Manjarrés          Henry Castro Daza\nAuxiliar                       Líder\nExt 2215",
            "Rosa Elvira Manjarrés",
        ),
        (
            "Correspondencia <correspondencia@magdalena.gov.co>",
            "ORFEO NO ABRE DESDE LAS OCHO Y NO PODEMOS RADICAR\n\nVILMA ROSA CANTILLO\nCORRESPONDENCIA PISO 1 PALACIO TAYRONA\nEXT 107",
            "Vilma Rosa Cantillo",
        ),
        (
            INSIDE,
            "El certificado de firma digital del doctor Fabio Escobar se vence el 10 de marzo.\n\nRosa Elvira Manjarrés\nAsistente\nExt. 220",
            "Rosa Elvira Manjarrés",
        ),
        (
            "Jorge Anaya <janaya@elevacaribe.example>",
            "Solicitamos el ingreso al cuarto de datos, según contrato 0455. Ingresan Jorge Anaya y Luis Mier.\n\nGracias",
            "Jorge Anaya",
        ),
    ] {
        assert_eq!(solicitud(from, "Apoyo", body).fields.nombre.unwrap().value, nombre);
    }
    let fields =
        solicitud(INSIDE, "Apoyo", "El monitor no prende.\n\nRosa Elvira Manjarrés\n438 11 44 ext. 115").fields;
    assert_eq!((fields.telefono.unwrap().value, fields.extension.unwrap().value), ("4381144".into(), "115".into()));
}

/// A receipt that a mail program wrote is answered by nobody; who only begins his subject so is heard.
#[test]
fn receipts_are_automatic() {
    let receipt = "Su mensaje\n\n  Para: Rosa Elvira Manjarrés\n  Asunto: Portátil\n\nse leyó el lunes, 3 de agosto de 2026 9:14.";
    for subject in ["Leído: Portátil", "No leído: [TIC-2026-00031] Portátil", "Read: Portátil", "Not read: Portátil"]
    {
        assert_eq!(solicitud(INSIDE, subject, receipt).kind.value, Kind::Automatico, "{subject}");
    }
    let person = solicitud(INSIDE, "Leído: Portátil", "Ya lo leí, pero el portátil sigue sin prender.");
    assert_eq!(person.kind.value, Kind::Solicitud);
}

/// Hardware and cameras speak of themselves, by their subject or line by line; the name of the tool is not what failed.
#[test]
fn machines_raise_alarms() {
    for (from, subject, body, categoria) in [
        (
            "PRTG <prtg@x.co>",
            "[PRTG Network Monitor (SEDE)] RT-1 Ping Down",
            "Device: RT-1\nStatus: Down",
            "red_internet",
        ),
        (
            "iDRAC SRV-2 <srv2@x.co>",
            "iDRAC Alert: PDR1016",
            "Drive 3 is removed from disk drive bay 1.",
            "equipo_computo",
        ),
        ("HPE iLO <ilo-1@x.co>", "Drive Array Controller Status", "Bay 3: Failed", "equipo_computo"),
        (
            "NAS Norte <nas@x.co>",
            "Storage pool 2 degraded",
            "Disk 1 has failed. Please replace the drive.",
            "equipo_computo",
        ),
        ("Cisco Meraki <alerts@x.co>", "The switch SW-P2 has gone offline", "SW-P2 stopped responding", "red_internet"),
        ("Monitoreo <monitor@x.co>", "ALERTA: SRV-DC02 CPU al 97%", "CPU 97% hace 10 minutos", "equipo_computo"),
        ("FortiGate <fgt@x.co>", "FGT-1: link monitor WAN2 is down", "Interface wan2 down", "red_internet"),
    ] {
        let alarm = solicitud(from, subject, body);
        assert_eq!((alarm.kind.value, alarm.categoria.value.0.as_str()), (Kind::Alarma, categoria), "{subject}");
    }
    let camera = solicitud("Hikvision <nvr@x.co>", "NVR-1: Video Loss", "EVENT TYPE: Video Loss\nDVR NAME: NVR-1");
    assert_eq!(camera.kind.value, Kind::Alarma);
    let seller =
        "Buenos días, ofrecemos cámaras Hikvision a los mejores precios. Le comparto nuestro catálogo de productos.";
    let seller = solicitud("Juan Vega <jvega@hikvision.example>", "Catálogo", seller);
    assert_ne!(seller.kind.value, Kind::Alarma);
}

/// Numbers glued to their word, and floors as people write them in a signature.
#[test]
fn numbers_and_floors_however_written() {
    for (line, extension, piso) in [
        ("ext1144", Some("1144"), None),
        ("Ext-1144 p3", Some("1144"), Some("3")),
        ("IP1144, 3 er piso", Some("1144"), Some("3")),
        ("Ext: 11-44", None, None),
        ("piso III", None, Some("3")),
        ("Pso 3", None, Some("3")),
        ("P. 3", None, Some("3")),
    ] {
        let body = format!("No prende el monitor.\n\nRosa Elvira Manjarrés\nOficina de Turismo\n{line}");
        let fields = solicitud(INSIDE, "Monitor", &body).fields;
        let said = (fields.extension.map(|f| f.value), fields.piso.map(|f| f.value));
        assert_eq!((said.0.as_deref(), said.1.as_deref()), (extension, piso), "{line}");
    }
}

/// The office beside which somebody sits belongs to the place, whole, and is not his own.
#[test]
fn a_neighbour_is_nobodys_own() {
    for near in [
        "al lado de la Tesorería",
        "frente a Rentas",
        "contiguo a la oficina de Nómina",
        "pasando Contabilidad",
        "detrás del Archivo",
        "junto a la Secretaría de Salud",
        "entre Nómina y Presupuesto",
    ] {
        let place = format!("piso 2, {near}");
        for body in [
            format!("No prende el monitor. Estoy en el {place}.\n\nRosa Elvira Manjarrés\nOficina de Turismo"),
            format!("No prende el monitor.\n\nRosa Elvira Manjarrés\nOficina de Turismo\n{place}"),
        ] {
            let fields = solicitud(INSIDE, "Monitor", &body).fields;
            assert_eq!(fields.dependencia.unwrap().value.0, "Oficina de Turismo", "{body}");
            assert_eq!(fields.lugar.unwrap().value, place);
        }
    }
    let own = solicitud(INSIDE, "Red", "No hay internet en Presupuesto, frente a Rentas.\n\nRosa Elvira Manjarrés");
    assert_eq!(own.fields.dependencia.unwrap().value.0, "Presupuesto");
}

/// Dotted and cut names of offices, and who gives a first name and the office.
#[test]
fn offices_in_short() {
    for (office, full) in [
        ("O.C.I.D.", "Oficina de Control Interno Disciplinario"),
        ("O.C.I.", "Oficina de Control Interno"),
        ("Secr. de Hda.", "Secretaría de Hacienda"),
        ("contab.", "Contabilidad"),
        ("Ppto", "Presupuesto"),
    ] {
        let body = format!("No prende el monitor.\n\nRosa Elvira Manjarrés\n{office}\nExt 1144");
        assert_eq!(solicitud(INSIDE, "Monitor", &body).fields.dependencia.unwrap().value.0, full, "{office}");
    }
    for body in [
        "soy rosa de tesoreria y no prende el monitor",
        "No prende el monitor, les habla Rosa, de la oficina de tesorería",
    ] {
        assert_eq!(solicitud(INSIDE, "Monitor", body).fields.dependencia.unwrap().value.0, "Tesorería", "{body}");
    }
    let visitor = solicitud("Rosa Mier <rm@correo.example>", "Citas", "Soy usuaria de pasaportes y no abre la página.");
    assert_eq!(visitor.fields.dependencia, None);
}

/// A post before the name, and an office behind it, are no part of it; a mailbox that bears a post is nobody's.
#[test]
fn who_signs_for_a_shared_mailbox() {
    for line in [
        "Bacterióloga Enith Causado Rúa",
        "Enfermera Jefe Enith Causado Rúa",
        "Abog. Enith Causado Rúa",
        "Trabajadora Social Enith Causado Rúa",
        "Profesional Universitario Enith Causado Rúa",
        "Enith Causado Rúa Oficina de Turismo",
    ] {
        let body = format!("No prende el monitor.\n\n{line}\nCel: 3005550142");
        let fields = solicitud("Portería Norte <sede12@magdalena.gov.co>", "Monitor", &body).fields;
        assert_eq!(fields.nombre.unwrap().value, "Enith Causado Rúa", "{line}");
        assert_eq!(fields.correo, None);
    }
    for (correo, own) in
        [("vigilancia2", false), ("sala.juntas", false), ("despacho.educacion", false), ("educacion.ecausado", true)]
    {
        let from = format!("Recepción <{correo}@magdalena.gov.co>");
        let fields = solicitud(&from, "Monitor", "No prende el monitor.\n\nEnith Causado Rúa\nCel: 3005550142").fields;
        assert_eq!(fields.correo.is_some(), own, "{correo}");
    }
    let teacher = solicitud(
        "Ana Mier <ana.docente@correo.example>",
        "Clave",
        "Soy docente comisionada en la Secretaría de Educación.\n\nAna Mier Polo",
    );
    assert_eq!(teacher.fields.nombre.unwrap().value, "Ana Mier Polo");
}

/// Who writes for another gives that person's data; the number of somebody else is not the writer's.
#[test]
fn data_of_two_people() {
    let (writer, his) = ("Rosa Elvira Manjarrés", "rmanjarres@magdalena.gov.co");
    let (other, hers) = ("Inés Vives Daza", "ivives@magdalena.gov.co");
    for (body, nombre, extension, celular, correo) in [
        (
            "El portátil de la doctora Inés Vives Daza, jefe de la Oficina Jurídica, no prende. La doctora se localiza en la \
             extensión 1302 y en el correo ivives@magdalena.gov.co.",
            other,
            Some("1302"),
            None,
            hers,
        ),
        ("El computador de Inés Vives Daza no enciende, su extensión es la 1302.", other, Some("1302"), None, his),
        (
            "A Inés Vives Daza no le abre Excel. El correo de ella es ivives@magdalena.gov.co, ext 1302.",
            other,
            Some("1302"),
            None,
            hers,
        ),
        (
            "Favor crear usuario para la contratista Inés Vives Daza.\n\nCelular: 3005550142\nCorreo: ivives@magdalena.gov.co",
            other,
            None,
            Some("3005550142"),
            hers,
        ),
        (
            "Favor crear usuario para Inés Vives Daza (cel 3005550142, correo ivives@magdalena.gov.co).",
            writer,
            None,
            None,
            his,
        ),
        (
            "Favor crear usuario para la contratista Inés Vives Daza, C.C. 36.555.777. Cel 3005550142.",
            writer,
            None,
            None,
            his,
        ),
        ("Favor inactivar el usuario de Inés Vives Daza, ya no labora aquí.", writer, None, None, his),
        ("No abre Excel. El número de mi jefe es 3005550142.", writer, None, None, his),
        ("La UPS pita. Teléfono del proveedor: 3005550142.", writer, None, None, his),
        ("La cuenta de Microsoft Teams no abre.", writer, None, None, his),
    ] {
        let body = format!("{body}\n\n{writer}");
        let fields = solicitud(INSIDE, "Apoyo", &body).fields;
        let said = [fields.nombre, fields.extension, fields.celular, fields.correo].map(|f| f.map(|f| f.value));
        let said = said.each_ref().map(Option::as_deref);
        assert_eq!(said, [Some(nombre), extension, celular, Some(correo)], "{body}");
    }
}

/// Data with a courtesy behind them are no part of the problem.
#[test]
fn data_take_leave_too() {
    for data in [
        "Mi numero es 3005550142, quedo pendiente.",
        "Los espero en el piso 3, gracias",
        "Mi ext es 1144, muchas gracias por su ayuda",
    ] {
        let body = format!("No prende el monitor desde ayer. {data}\n\nRosa Elvira Manjarrés");
        assert_eq!(solicitud(INSIDE, "Monitor", &body).problema, "No prende el monitor desde ayer.", "{data}");
    }
}
