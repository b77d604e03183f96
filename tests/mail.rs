//! The mail room as a whole: the labelled corpus, and what holds of any bytes at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use mesa_tic::mail::message::Mail;
use mesa_tic::mail::parse;
use std::fs;
use std::path::PathBuf;

fn corpus() -> Vec<(String, Mail, toml::Table)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus");
    let mut stems: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    stems.retain(|p| p.extension().is_some_and(|e| e == "eml"));
    stems.sort();
    let read = |path: &PathBuf| {
        let label = fs::read_to_string(path.with_extension("toml")).unwrap().parse().unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), parse(&fs::read(path).unwrap()), label)
    };
    stems.iter().map(read).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn new_text_of_replies_and_commands() {
    let mut wrong = Vec::new();
    for (name, mail, label) in corpus() {
        let Some(expected) = label.get("respuesta").and_then(|r| r.get("texto_nuevo")).and_then(|t| t.as_str()) else {
            continue;
        };
        let found = mail.body.new_text();
        if squeezed(&found) != squeezed(expected) {
            wrong.push(format!("{name}\n  found «{found}»\n  label «{expected}»"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
