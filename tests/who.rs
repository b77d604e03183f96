//! Who writes and where the service is needed, in short mails of every make.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use mesa_tic::handbook;
use mesa_tic::mail;
use mesa_tic::office::people::Directory;
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

#[test]
fn who_and_where() {
    let files = handbook::shipped();
    let mut errors = Vec::new();
    let rules = Rules::load(&files, &mut errors).unwrap();
    let people = Directory::load("personas.toml", &files["personas.toml"], &mut errors);
    let cases = cases(include_str!("../fixtures/who.txt"));
    assert!(cases.len() > 50, "{} cases", cases.len());
    let mut said = Vec::new();
    for case in &cases {
        let faults = faults(&rules, &people, case);
        if !faults.is_empty() {
            said.push(format!("{}: «{}»\n    {}", case.class, case.body.trim(), faults.join("\n    ")));
        }
    }
    assert!(said.is_empty(), "{} of {} are misread:\n{}", said.len(), cases.len(), said.join("\n"));
}
