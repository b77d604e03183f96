//! Who writes and where the service is needed, in short mails of every make.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use mesa_tic::handbook;
use mesa_tic::mail;
use mesa_tic::office::people::Directory;
use mesa_tic::reading::note::Zone;
use mesa_tic::reading::{read, rules::Rules};
use std::collections::BTreeMap;

const FIELDS: [&str; 10] =
    ["dependencia", "lugar", "edificio", "piso", "oficina", "nombre", "telefono", "extension", "celular", "correo"];

/// One case of the file.
struct Case<'a> {
    class: &'a str,
    from: &'a str,
    subject: &'a str,
    body: &'a str,
    expected: BTreeMap<&'a str, &'a str>,
}

fn cases(file: &str) -> Vec<Case<'_>> {
    let blocks = file.split("\n== ").skip(1);
    blocks
        .map(|block| {
            let (class, rest) = block.split_once('\n').unwrap();
            let (head, rest) = rest.split_once("\n\n").unwrap();
            let (body, said) = rest.rsplit_once("\n--\n").or_else(|| rest.rsplit_once("\n--")).unwrap();
            let header = |name: &str| head.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim();
            let expected = said.lines().filter_map(|l| l.split_once(": "));
            let expected: BTreeMap<&str, &str> = expected.collect();
            let unknown = expected.keys().find(|key| !FIELDS.contains(key));
            assert!(unknown.is_none(), "{class}: «{unknown:?}» is no field");
            Case { class, from: header("De:"), subject: header("Asunto:"), body, expected }
        })
        .collect()
}

/// The fields that are read otherwise than the case says.
fn faults(rules: &Rules, people: &Directory, case: &Case<'_>) -> Vec<String> {
    let raw = format!(
        "From: {}\r\nTo: soporte.tic@magdalena.gov.co\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
        case.from,
        case.subject,
        case.body.replace('\n', "\r\n")
    );
    let mail = mail::parse(raw.as_bytes());
    let reading = read(rules, people, &mail);
    let (place, person) = (reading.fields.ubicacion(), reading.fields.contacto());
    let read = [
        reading.fields.dependencia.map(|d| d.value.0),
        place.texto,
        place.edificio,
        place.piso,
        place.oficina,
        person.nombre,
        person.telefono,
        person.extension,
        person.celular,
        person.correo,
    ];
    let usual = |field: &str| match field {
        "nombre" => mail.from.nombre.clone(),
        "correo" => Some(mail.from.correo.clone()),
        _ => None,
    };
    FIELDS
        .iter()
        .zip(read)
        .filter_map(|(field, read)| {
            let expected = match case.expected.get(field) {
                Some(&"-") => None,
                Some(value) => Some((*value).to_owned()),
                None => usual(field),
            };
            (read != expected).then(|| format!("{field}: {read:?}, and it is {expected:?}"))
        })
        .collect()
}

/// A case that is read otherwise than it says, as text.
fn misread(rules: &Rules, people: &Directory, case: &Case<'_>) -> Option<String> {
    let faults = faults(rules, people, case);
    let said = || format!("{}: «{}»\n    {}", case.class, case.body.trim(), faults.join("\n    "));
    (!faults.is_empty()).then(said)
}

const BOOK: &str = r#"
[[contacto]]
correo = "MOspino@magdalena.gov.co"
nombre = "María Fernanda Ospino"
dependencia = "Secretaría de Cultura"
lugar = "Palacio Tayrona, piso 2"
extension = "204"

[[contacto]]
correo = "luisameza@correo.example"
nombre = "Luisa Meza Cuao"
dependencia = "Rentas"
celular = "300 111 22 33"

[[contacto]]
correo = "digiturno@magdalena.gov.co"
dependencia = "Oficina de Atención al Ciudadano"
compartido = true
"#;

/// The shipped rules with an address book.
fn with_book(book: &str) -> (Option<Rules>, Directory, Vec<String>) {
    let mut files = handbook::shipped();
    files.insert("directorio.toml".to_owned(), book.to_owned());
    let mut errors = Vec::new();
    let rules = Rules::load(&files, &mut errors);
    let people = Directory::load("personas.toml", &files["personas.toml"], &mut errors);
    (rules, people, errors.iter().map(|e| format!("{}:{}: {}", e.file, e.line, e.what)).collect())
}

/// The address book fills what the mail leaves open, says where it is from, and gives way to all that the mail says.
#[test]
fn the_address_book_fills_what_is_open() {
    let (rules, people, errors) = with_book(BOOK);
    let rules = rules.unwrap_or_else(|| panic!("{errors:?}"));
    let file = "
== nothing is said
De: mospino@magdalena.gov.co
Asunto: pc

El pc no prende.
--
nombre: María Fernanda Ospino
dependencia: Secretaría de Cultura
lugar: Palacio Tayrona, piso 2
edificio: Palacio Tayrona
piso: 2
extension: 204

== the mail goes before the book
De: María Ospino <mospino@magdalena.gov.co>
Asunto: pc

El pc de la oficina 415, cuarto piso, no prende. Cel 3015552211

María Ospino
Oficina de Turismo
--
dependencia: Oficina de Turismo
lugar: oficina 415, cuarto piso
oficina: 415
piso: 4
celular: 3015552211

== of the house from a private mailbox
De: Luisa <luisameza@correo.example>
Asunto: pc

El pc no prende.
--
dependencia: Rentas
celular: 3001112233

== the one for whom it is written, by name
De: Ana Ruiz <aruiz@magdalena.gov.co>
Asunto: pc

La doctora María Fernanda Ospino necesita que le revisen el pc.
--
nombre: María Fernanda Ospino
dependencia: Secretaría de Cultura
lugar: Palacio Tayrona, piso 2
edificio: Palacio Tayrona
piso: 2
extension: 204

== not for somebody else
De: María Ospino <mospino@magdalena.gov.co>
Asunto: pc

Escribo a nombre de la doctora Carmen Daza Polo, no le abre el correo.
--
nombre: Carmen Daza Polo

== a mailbox of several people
De: Digiturno <digiturno@magdalena.gov.co>
Asunto: turnos

No salen los turnos.

Pedro Charris Daza
--
nombre: Pedro Charris Daza
dependencia: Oficina de Atención al Ciudadano
correo: -
";
    let faults: Vec<String> = cases(file).iter().flat_map(|case| misread(&rules, &people, case)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let raw = b"From: mospino@magdalena.gov.co\r\nSubject: pc\r\n\r\nEl pc no prende.\r\n";
    let fields = read(&rules, &people, &mail::parse(raw)).fields;
    let dependencia = fields.dependencia.as_ref().unwrap();
    assert_eq!((dependencia.zone, dependencia.rule.as_str()), (Zone::Directorio, "directorio.toml:3"));
    assert_eq!(fields.missing(), []);
}

#[test]
fn faults_of_an_address_book_are_told() {
    let (rules, _, errors) = with_book(
        "[[contacto]]\ncorreo = \"ana\"\nextension = \"la de siempre\"\n[[contacto]]\ncorreo = \"b@x.co\"\n\
         dependencia = \"Secretaria de Cultura\"\n[[contacto]]\ncorreo = \"B@x.co\"\n[[contacto]]\nnombre = \"Sin correo\"\n",
    );
    assert!(rules.is_none());
    for said in [
        "directorio.toml:2: «ana» no es un correo",
        "directorio.toml:3: «la de siempre» no sirve para «extension»; escriba extension = \"204\"",
        "directorio.toml:6: «Secretaria de Cultura» no es una dependencia de dependencias.toml; ¿quiso decir «Secretaría de Cultura»?",
        "directorio.toml:8: «B@x.co» está dos veces; deje uno",
        "directorio.toml:9: falta «correo»; escriba correo = \"…\"",
    ] {
        assert!(errors.iter().any(|e| e == said), "«{said}» is missing from:\n{}", errors.join("\n"));
    }
}

#[test]
fn who_and_where() {
    let files = handbook::shipped();
    let mut errors = Vec::new();
    let rules = Rules::load(&files, &mut errors).unwrap();
    let people = Directory::load("personas.toml", &files["personas.toml"], &mut errors);
    let cases = cases(include_str!("../fixtures/who.txt"));
    assert!(cases.len() > 50, "{} cases", cases.len());
    let said: Vec<String> = cases.iter().filter_map(|case| misread(&rules, &people, case)).collect();
    assert!(said.is_empty(), "{} of {} are misread:\n{}", said.len(), cases.len(), said.join("\n"));
}
