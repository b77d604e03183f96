//! The admin's bench: corrections kept as labels, rules tried on the mails that came, and what the mails ask of the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use mesa_tic::office::fields::Campo;
use mesa_tic::store::db::Store;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A desk over Maildirs in a folder of its own.
struct Home {
    dir: TempDir,
}

impl Home {
    fn new() -> Home {
        let home = Home { dir: tempfile::tempdir().unwrap() };
        kit::maildir_desk(home.dir.path(), "mesa.db");
        home
    }

    /// A desk that has worked these mails.
    fn with(mails: &[Vec<u8>]) -> Home {
        let home = Home::new();
        home.receive(mails);
        home
    }

    fn receive(&self, mails: &[Vec<u8>]) {
        let known = fs::read_dir(self.path("procesados/cur")).map_or(0, Iterator::count);
        for (i, mail) in (known..).zip(mails) {
            fs::write(self.path(&format!("buzon/new/{i:04}")), mail).unwrap();
        }
        let done = self.run(&["run", "--once"]);
        assert!(done.status.success(), "{}", err(&done));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let config = self.path("config.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
        command
            .args(args)
            .args(["--config", config.to_str().unwrap()])
            .env("TZ", "Pacific/Kiritimati")
            .output()
            .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let done = self.run(&[args, &["--json"]].concat());
        assert!(done.status.code().is_some_and(|code| code < 2), "{}", err(&done));
        serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", out(&done), err(&done)))
    }

    fn store(&self) -> Store {
        Store::open_read(&self.path("mesa.db")).unwrap()
    }
}

fn mail(from: &str, subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: mesa@magdalena.gov.co\r\nSubject: {subject}\r\nMessage-ID: <{:x}@magdalena.gov.co>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        subject.bytes().chain(text.bytes()).fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
    )
    .into_bytes()
}

fn request(text: &str) -> Vec<u8> {
    mail("Ana Ruiz <ana.ruiz@magdalena.gov.co>", "solicitud", text)
}

const PRINTER: &str = "Buenos días, la impresora no imprime.\r\n\r\nDependencia: Tesorería\r\n";

#[test]
fn a_correction_changes_the_case_and_labels_its_first_mail() {
    let home = Home::with(&[request(PRINTER)]);
    let id = "TIC-2026-00001";
    let before = home.json(&["ticket", id]);
    let id = before["ticket"]["id"].as_str().unwrap_or(id).to_owned();
    let letters = before["cartas"].as_array().unwrap().len();
    let told = home.json(&[
        "correct",
        &id,
        "dependencia=hacienda",
        "piso=2",
        "categoria=red internet",
        "nombre=",
        "celular=301 555-0123",
    ]);
    assert_eq!(
        told,
        json!({"caso": id, "correo": 1, "corregido": [
            {"campo": "dependencia", "valor": "Secretaría de Hacienda"},
            {"campo": "piso", "valor": "2"},
            {"campo": "categoria", "valor": "red_internet"},
            {"campo": "nombre", "valor": null},
            {"campo": "celular", "valor": "3015550123"},
        ]})
    );
    let after = home.json(&["ticket", &id]);
    let ticket = &after["ticket"];
    assert_eq!(ticket["dependencia"], "Secretaría de Hacienda");
    assert_eq!(ticket["ubicacion"]["piso"], "2");
    assert_eq!(ticket["categoria"], "red_internet");
    assert_eq!(ticket["contacto"].get("nombre"), None);
    assert_eq!(ticket["fuentes"]["dependencia"]["regla"], "administrador");
    let missing: Vec<&str> = ticket["faltan"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    assert!(missing.contains(&"nombre") && !missing.contains(&"telefono"), "{missing:?}");
    assert_eq!(after["cartas"].as_array().unwrap().len(), letters, "no letter goes out");
    let labels = home.store().labels(1).unwrap();
    assert_eq!(labels[&Campo::Dependencia].as_deref(), Some("Secretaría de Hacienda"));
    assert_eq!(labels[&Campo::Nombre], None);
    // The newest word counts, and the history tells who.
    home.json(&["correct", &id, "dependencia="]);
    assert_eq!(home.store().labels(1).unwrap()[&Campo::Dependencia], None);
    let shown = out(&home.run(&["ticket", &id]));
    assert!(shown.contains("corregido: dependencia: Secretaría de Hacienda (por administrador)"), "{shown}");
    assert!(shown.contains("corregido: dependencia: el correo no lo dice (por administrador)"), "{shown}");
    assert!(home.run(&["reconcile"]).status.success(), "the case is the sum of its facts");
}

#[test]
fn an_order_by_mail_teaches_too() {
    let home = Home::with(&[request(PRINTER)]);
    let id = home.json(&["tickets"])[0]["id"].as_str().unwrap().to_owned();
    let order = "#prioridad alta\r\n#categoria red_internet\r\n";
    home.receive(&[mail("kbarros@magdalena.gov.co", &format!("RE: [{id}] solicitud"), order)]);
    let labels = home.store().labels(1).unwrap();
    assert_eq!(labels[&Campo::Prioridad].as_deref(), Some("alta"), "{}", out(&home.run(&["ticket", &id])));
    assert_eq!(labels[&Campo::Categoria].as_deref(), Some("red_internet"));
    assert_eq!(home.store().labels(2).unwrap().len(), 0, "the order itself is no lesson");
}

#[test]
fn a_wrong_correction_tells_every_fault_and_changes_nothing() {
    let home = Home::with(&[request(PRINTER)]);
    let id = home.json(&["tickets"])[0]["id"].as_str().unwrap().to_owned();
    for (values, told) in [
        (&["dependensia=x", "piso"][..], &["¿quiso decir «dependencia»?", "«piso»: escriba campo=valor"][..]),
        (&["piso=2", "piso=3"], &["«piso» está dos veces"]),
        (
            &["dependencia=Secretaria de Hasienda", "prioridad=altta", "celular=12", "categoria="],
            &[
                "¿quiso decir «Secretaría de Hacienda»?",
                "¿quiso decir «alta»?",
                "no es un celular",
                "todo caso tiene categoria",
            ],
        ),
        (&["dependencia=Ministerio del Ruido"], &["no es una dependencia del catálogo"]),
        (&["piso=terraza"], &["no es un piso"]),
        (&["correo=ana"], &["no es un correo"]),
        (&["clase=pregunta"], &["escriba una de estas: solicitud"]),
    ] {
        let done = home.run(&[&["correct", id.as_str()], values].concat());
        assert_eq!(done.status.code(), Some(2), "{values:?}");
        for told in told {
            assert!(err(&done).contains(told), "«{told}» is missing from: {}", err(&done));
        }
    }
    assert!(home.store().labels(1).unwrap().is_empty());
    let unknown = home.run(&["correct", "TIC-2026-00099", "piso=2"]);
    assert_eq!((unknown.status.code(), err(&unknown).contains("no existe el caso")), (Some(1), true));
    assert_eq!(home.run(&["correct", "17", "piso=2"]).status.code(), Some(2));
    let bare = Home::new();
    let none = bare.run(&["correct", "TIC-2026-00001", "piso=2"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(err(&none).contains("base de datos"), "{}", err(&none));
}
