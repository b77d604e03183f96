//! The guides keep up with the program: orders, reports, rule files, their examples and the links between the pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod kit;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::mail::message::Address;
use mesa_tic::reading::command::{Needs, VERBS};
use mesa_tic::store::reports::REPORTS;
use mesa_tic::ticket::estado::Estado;
use std::fs;
use std::path::Path;
use std::process::Command;

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
    // Each that corrects a box of the form says that it teaches; each that is not everybody's, whose it is.
    let section =
        |word: &str| guide.split("\n### ").find(|part| part.lines().next().unwrap().contains(&format!("`#{word}`")));
    for word in ["categoria", "prioridad", "dependencia", "ubicacion", "contacto"] {
        assert!(section(word).unwrap().contains("La corrección enseña"), "#{word}");
    }
    for verb in VERBS.iter().filter(|verb| verb.needs == Needs::Delicada) {
        assert!(section(verb.word).unwrap().contains("el jefe"), "#{}: whose is it?", verb.word);
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
    let guides =
        ["quien-escribe", "tecnicos", "administradores", "reglas", "fallas"].map(|name| format!("docs/{name}.md"));
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

/// The blocks of a section that open with this word.
fn blocks<'a>(section: &'a str, word: &str) -> Vec<&'a str> {
    let fence = format!("```{word}\n");
    section.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// Puts what an example shows where its comment says: at the end of a file, or into a list of it.
fn write_into(rules: &Path, block: &str) {
    let mut target: Vec<&str> = Vec::new();
    for line in block.lines() {
        if let Some(place) = line.strip_prefix("# ") {
            target = place.split(", ").collect();
            continue;
        }
        let file = rules.join(target.first().unwrap());
        let text = fs::read_to_string(&file).unwrap();
        let text = match target.get(1..) {
            Some([table, list]) => {
                let (head, tail) = text.split_once(&format!("\n{table}\n")).expect(table);
                let (before, after) = tail.split_once(&format!("{list} = [")).expect(list);
                format!("{head}\n{table}\n{before}{list} = [\n  {line}{after}")
            }
            Some(_) | None => format!("{text}\n{line}"),
        };
        fs::write(&file, text).unwrap();
    }
}

/// Does `shown` say this line? The guide leaves columns out, so the order of its words counts; of what is missing, all of it.
fn says(shown: &str, line: &str) -> bool {
    let bare = |word: &str| word.trim_matches(['«', '»', ',', ':', ';', '.']).to_owned();
    let wanted: Vec<String> = line.split_whitespace().map(bare).collect();
    shown.lines().any(|real| {
        if line.starts_with("falta ") {
            return real.split_whitespace().eq(line.split_whitespace());
        }
        // A rule's line number moves with every change of its file.
        let mut real = real.split_whitespace().map(|word| bare(word.split(".toml:").next().unwrap_or(word)));
        wanted.iter().all(|word| real.any(|r| r == word.trim_end_matches(".toml")))
    })
}

fn mesa(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mesa-tic")).args(args).env("COLUMNS", "200").output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn explained(rules: &Path, mail: &Path) -> String {
    let shown = mesa(&["explain", "--rules", rules.to_str().unwrap(), mail.to_str().unwrap()]);
    // The letters that follow repeat what was read.
    shown.split("Qué haría la mesa").next().unwrap().to_owned()
}

#[test]
fn the_three_worked_examples_come_out_as_the_guide_says() {
    let guide = page("docs/administradores.md");
    let examples: Vec<&str> = guide.split("### Ejemplo ").skip(1).map(|s| s.split("\n## ").next().unwrap()).collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let title = example.lines().next().unwrap();
        let home = tempfile::tempdir().unwrap();
        for (name, text) in shipped() {
            let file = home.path().join("rules").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let (rules, mail) = (home.path().join("rules"), home.path().join("correo.eml"));
        fs::write(&mail, blocks(example, "correo").concat()).unwrap();
        let before = explained(&rules, &mail);
        let [said, change, then] = ["antes", "toml", "despues"].map(|word| blocks(example, word).concat());
        assert!(!said.is_empty() && !change.is_empty() && then.lines().count() > 1, "{title}: a block is missing");
        for line in said.lines() {
            assert!(says(&before, line), "{title}: before, «{line}» is not in\n{before}");
        }
        let new = then.lines().filter(|line| !says(&before, line)).count();
        assert!(new > 0, "{title}: nothing changes");
        write_into(&rules, &change);
        let after = explained(&rules, &mail);
        for line in then.lines() {
            assert!(says(&after, line), "{title}: after, «{line}» is not in\n{after}");
        }
        checked_and_weighed(title, example, home.path());
    }
}

/// The rules of an example pass `check` without a warning; where the guide shows a backtest or a label, they hold too.
fn checked_and_weighed(title: &str, example: &str, home: &Path) {
    kit::maildir_desk(home, "mesa.db");
    let (config, rules) = (home.join("config.toml"), home.join("rules"));
    let (config, rules) = (config.to_str().unwrap(), rules.to_str().unwrap());
    let checked = mesa(&["check", "--config", config, "--rules", rules]);
    assert!(!checked.contains("advertencia"), "{title}: {checked}");
    let backtest = blocks(example, "backtest").concat();
    if !backtest.is_empty() {
        fs::copy(home.join("correo.eml"), home.join("buzon/new/1")).unwrap();
        mesa(&["run", "--once", "--config", config]);
        let weighed = mesa(&["backtest", rules, "--config", config]);
        for line in backtest.lines() {
            assert!(says(&weighed, line), "{title}: «{line}» is not in\n{weighed}");
        }
    }
    let label = blocks(example, "etiqueta").concat();
    if !label.is_empty() {
        let folder = home.join("etiquetados");
        fs::create_dir(&folder).unwrap();
        fs::copy(home.join("correo.eml"), folder.join("012-formato.eml")).unwrap();
        fs::write(folder.join("012-formato.toml"), label).unwrap();
        let scored = mesa(&["score", folder.to_str().unwrap(), "--rules", rules]);
        assert!(says(&scored, "todo bien 1/1"), "{title}: {scored}");
    }
}

/// Each test that the table of faults names stands where it says, and each of the 59 faults has a row.
#[test]
fn every_fault_has_a_test_that_exists() {
    let table = page("docs/fallas.md");
    let named = table.split('`').skip(1).step_by(2).filter(|word| word.contains("::"));
    for name in named {
        let parts: Vec<&str> = name.split("::").collect();
        let (test, modules) = parts.split_last().unwrap();
        let path = modules.join("/");
        let places = match modules.split_first() {
            Some((&"lib", inner)) => {
                let inner = inner.split_last().map_or(inner, |(_, rooms)| rooms).join("/");
                vec![format!("src/{inner}.rs"), format!("src/{inner}/mod.rs")]
            }
            _ => vec![format!("tests/{path}.rs"), format!("tests/{path}/main.rs")],
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = places.iter().find_map(|place| fs::read_to_string(root.join(place)).ok());
        let text = text.unwrap_or_else(|| panic!("{name}: no file {places:?}"));
        let lines: Vec<&str> = text.lines().collect();
        let at = lines
            .iter()
            .position(|line| line.contains(&format!("fn {test}(")))
            .unwrap_or_else(|| panic!("{name} is gone"));
        let is_test =
            lines[..at].iter().rev().take(3).any(|line| line.contains("#[test]") || line.contains("#[tokio::test"));
        assert!(is_test, "{name} is no test");
    }
    let rows: Vec<usize> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(rows, (1..=59).collect::<Vec<_>>());
    let is_row =
        |line: &&str| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    for line in table.lines().filter(is_row) {
        assert!(line.contains("::") || line.contains("**no aquí**: "), "neither a test nor a reason: {line}");
    }
}
