//! The guides keep up with the program: orders, reports, rule files, their examples and the links between the pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::mail::message::Address;
use mesa_tic::reading::command::VERBS;
use mesa_tic::store::reports::REPORTS;
use mesa_tic::ticket::estado::Estado;
use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn every_order_and_every_estado_is_explained_to_technicians() {
    let guide = page("docs/tecnicos.md");
    for verb in VERBS {
        let titles = guide.lines().filter(|line| line.starts_with("### "));
        let explained = titles.into_iter().any(|title| title.contains(&format!("`#{}`", verb.word)));
        assert!(explained, "#{} has no section in docs/tecnicos.md", verb.word);
        assert!(!verb.help.is_empty() && verb.usage.starts_with(&format!("#{}", verb.word)));
    }
    for estado in Estado::ALL {
        assert!(guide.contains(estado.word()), "«{estado}» is not in docs/tecnicos.md");
    }
}

#[test]
fn every_report_and_every_rule_file_is_explained_to_administrators() {
    let guide = page("docs/administradores.md");
    for report in REPORTS {
        assert!(guide.contains(&format!("`{}`", report.name)), "`{}` is not in docs/administradores.md", report.name);
    }
    let ready = shipped().keys().filter(|path| path.starts_with("cartas/plantillas/")).count();
    assert!(ready >= 4, "{ready} ready answers");
    let rules = page("docs/reglas.md");
    for file in shipped().keys() {
        let name = file.strip_prefix("cartas/").unwrap_or(file);
        assert!(rules.contains(&format!("`{name}`")), "`{name}` is not in docs/reglas.md");
    }
}

/// What «agregar una dependencia» shows is put at the end of the shipped file, and the whole handbook still loads.
#[test]
fn the_examples_of_the_rules_can_be_copied() {
    let mut files = shipped();
    let mut added = 0;
    for section in page("docs/reglas.md").split("\n## ").skip(1) {
        let file = section.lines().next().unwrap().to_owned();
        for example in section.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            if example.starts_with("[[") {
                files.get_mut(&file).expect(&file).push_str(&format!("\n{example}"));
                added += 1;
            }
        }
    }
    assert!(added >= 5, "{added} examples");
    let desk = Address { correo: "mesa@magdalena.gov.co".into(), nombre: None };
    let handbook = Handbook::load(&files, &desk)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    assert_eq!(handbook.unwrap_or_else(|told| panic!("{told}")).warnings, []);
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let pages = ["README.md", "CONTRIBUTING.md"].map(str::to_owned);
    let guides = ["quien-escribe", "tecnicos", "administradores", "reglas"].map(|name| format!("docs/{name}.md"));
    for name in pages.iter().chain(&guides) {
        let (text, dir) = (page(name), Path::new(name).parent().unwrap());
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.contains(':') {
                continue;
            }
            let target = if path.is_empty() { name.clone() } else { dir.join(path).to_string_lossy().into_owned() };
            let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(&target);
            assert!(there.exists(), "{name}: {link} leads nowhere");
            if !anchor.is_empty() {
                let titles = page(&target).lines().filter(|l| l.starts_with('#')).map(slug).collect::<Vec<_>>();
                assert!(titles.iter().any(|title| title == anchor), "{name}: no title for {link}: {titles:?}");
            }
        }
    }
}

/// How a title is named in an address: small, without marks, spaces as hyphens.
fn slug(title: &str) -> String {
    let words = title.trim_start_matches('#').trim().to_lowercase();
    words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>().replace(' ', "-")
}
