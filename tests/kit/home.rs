//! The program as a person and a script meet it, in a folder of its own: the real binary over Maildirs.
use crate::kit;
use crate::kit::canary;
use mesa_tic::store::db::Store;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Runs a verb where no config lies about, and in a zone that is not the office's.
pub fn mesa(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(args)
        .env("MESA_CONFIG", "/nonexistent/config.toml")
        .env("TZ", "Pacific/Kiritimati")
        .output()
        .unwrap()
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The shipped rules, copied to `dir`; not their examples, which a test brings itself.
pub fn copy_rules(dir: &Path) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), dir);
    fs::remove_dir_all(dir.join("ejemplos")).unwrap();
}

/// Rules that know few words: for tests that start the program again and again, and are not about reading.
pub fn slim_rules(dir: &Path, people: &str) {
    copy_rules(dir);
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = fs::read_to_string(&entry).unwrap();
        let kept: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("responsable")).collect();
        fs::write(entry, kept.join("\n") + "\n").unwrap();
    }
    for file in ["prioridad", "contacto", "respuestas"] {
        fs::write(dir.join(format!("{file}.toml")), "").unwrap();
    }
    let hacienda = "[[dependencia]]\nnombre = \"Secretaría de Hacienda\"\n";
    fs::write(dir.join("dependencias.toml"), hacienda).unwrap();
    let other = "[[categoria]]\nnombre = \"otro\"\ntitulo = \"otro servicio\"\n";
    fs::write(dir.join("categorias.toml"), other).unwrap();
    fs::write(dir.join("personas.toml"), people).unwrap();
    // Letters go at whatever hour the test runs, and as many as it takes.
    let service = fs::read_to_string(dir.join("servicio.toml")).unwrap();
    let service = service.replace("\"19:00\"", "\"07:00\"").replace("_oficina = 200", "_oficina = 10000");
    fs::write(dir.join("servicio.toml"), service).unwrap();
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let there = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copy(&entry, &there) } else { fs::copy(&entry, there).map(|_| ()).unwrap() }
    }
}

/// A desk over Maildirs in a folder of its own.
pub struct Home {
    pub dir: TempDir,
}

impl Home {
    pub fn new() -> Home {
        let home = Home { dir: tempfile::tempdir().unwrap() };
        kit::maildir_desk(home.dir.path(), "mesa.db");
        home
    }

    /// A desk that has worked these mails.
    pub fn with(mails: &[Vec<u8>]) -> Home {
        let home = Home::new();
        home.receive(mails);
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a mail into the mailbox.
    pub fn mail(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path("buzon/new").join(name), bytes).unwrap();
    }

    /// Puts mails into the mailbox and works them.
    pub fn receive(&self, mails: &[Vec<u8>]) {
        let known = fs::read_dir(self.path("procesados/cur")).map_or(0, Iterator::count);
        for (i, mail) in (known..).zip(mails) {
            self.mail(&format!("{i:04}"), mail);
        }
        let done = self.run(&["run", "--once"]);
        assert!(done.status.success(), "{}", err(&done));
    }

    pub fn run(&self, args: &[&str]) -> Output {
        let config = self.path("config.toml");
        mesa(&[args, &["--config", config.to_str().unwrap()]].concat())
    }

    /// What a verb says for scripts; a verb may end with 1 and still have said it.
    pub fn json(&self, args: &[&str]) -> Value {
        let done = self.run(&[args, &["--json"]].concat());
        assert!(done.status.code().is_some_and(|code| code < 2), "{}", err(&done));
        serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", out(&done), err(&done)))
    }

    pub fn store(&self) -> Store {
        Store::open_read(&self.path("mesa.db")).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let roster = include_str!("../../rules/personas.toml");
        let store = Store::open_read(&self.path("mesa.db"));
        if let Some(store) = store.ok().filter(|_| !std::thread::panicking()) {
            kit::in_order(&store);
            canary::of_store(&store, |to| roster.contains(&format!("\"{to}\"")));
        }
    }
}
