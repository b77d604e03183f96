//! The house keeps its own plan: who imports whom, how long a file may be, where `async` may stand, who knows which library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the ground up: a file imports its own room's other files, or any lower room.
const FLOORS: &[&str] = &[
    "crash", "ical", "spanish", "net", "inbox", "office", "mail", "ticket", "seal", "reading", "desk", "letter",
    "outbox", "store", "handbook", "exam", "config", "clerk", "daemon", "cli", "main",
];
const ASYNC: &[&str] = &["net", "inbox", "outbox", "daemon"];
/// Lines of a file before its tests.
const LONGEST: usize = 400;
/// A library and the only files that may know it.
const KEEPERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store/"]),
    ("async_imap", &["inbox/imap"]),
    ("lettre", &["outbox/smtp", "letter/mime"]),
    ("mail_parser", &["mail/mod.rs"]),
    ("minijinja", &["letter/template"]),
    ("icalendar", &["ical/"]),
    ("html5gum", &["mail/html"]),
    ("clap", &["cli/", "main.rs"]),
    ("comfy_table", &["cli/"]),
    ("tokio_rustls", &["net/"]),
    ("httparse", &["net/http"]),
    ("hmac", &["seal/token"]),
    ("getrandom", &["seal/keyfile"]),
    ("rustix", &["daemon/memory"]),
];
/// The only file that may do what the compiler does not vouch for.
const UNVOUCHED: &str = "daemon/memory.rs";

/// What gives somebody a right, and the only files that make it.
const PROOFS: &[(&str, &[&str])] = &[
    ("Unchecked::read(", &["seal/context.rs"]),
    ("token.is_of(", &["seal/ring.rs"]),
    ("verify_truncated_left(", &["seal/token.rs"]),
    ("Verified {", &["seal/context.rs"]),
    ("Standing {", &["seal/order.rs"]),
    ("Authority {", &["seal/order.rs"]),
];

#[test]
fn imports_go_down() {
    for (path, text) in sources() {
        let room = room_of(&path);
        if room == "lib" {
            continue;
        }
        let code = before_tests(&text);
        let imports = ["use crate::", "pub use crate::", "pub(crate) use crate::"];
        let is_import = |line: &str| imports.iter().any(|start| line.starts_with(start));
        for line in code.lines().map(str::trim_start).filter(|l| !l.starts_with("//") && !is_import(l)) {
            let spelt = line.contains("crate::") && !line.contains("pub(crate)") && !line.contains("$crate::");
            assert!(!spelt, "{}: import it on top instead of «{line}»", path.display());
        }
        assert!(
            !code.contains("use super") && !code.contains("super::"),
            "{}: name the sibling, not `super`",
            path.display()
        );
        for import in code.lines().filter_map(|line| imports.iter().find_map(|start| line.strip_prefix(start))) {
            assert!(
                !import.starts_with('{') && !import.contains("::*"),
                "{}: one room a line, no globs: {import}",
                path.display()
            );
            let there = import.split("::").next().unwrap_or_default().trim_end_matches(';');
            if there != room {
                assert!(floor(there) < floor(&room), "{} climbs to {there}", path.display());
            }
        }
        for import in whole_imports(code) {
            assert!(!is_of_own_mod(&path, &import), "{} imports its own mod.rs: {import}", path.display());
        }
    }
}

/// The paths that a file imports, those within braces one by one: «desk::orders::bench::Actor».
fn whole_imports(code: &str) -> Vec<String> {
    let uses = code.split("use crate::").skip(1).filter_map(|rest| rest.split(';').next());
    let each = |one: &str| match one.split_once('{') {
        None => vec![one.to_owned()],
        Some((room, names)) => {
            let names = names.trim_end_matches('}').split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(|name| format!("{room}{name}")).collect()
        }
    };
    uses.flat_map(|one| each(one.trim())).collect()
}

/// Does it stand in the `mod.rs` of a folder that the file lies in? There is no file and no folder of its name, then.
fn is_of_own_mod(path: &Path, import: &str) -> bool {
    let mut folder = root();
    let mut names = import.split("::");
    for part in path.parent().into_iter().flat_map(Path::components) {
        let Some(name) = names.next() else { return false };
        if part.as_os_str() != name {
            return false;
        }
        folder.push(name);
        let next = names.clone().next().unwrap_or("self");
        let is_there = folder.join(next).is_dir() || folder.join(next).with_extension("rs").is_file();
        if !is_there && next != "self" {
            return true;
        }
    }
    false
}

#[test]
fn an_import_of_the_own_mod_is_seen() {
    let is_own = |path: &str, import: &str| is_of_own_mod(Path::new(path), import);
    assert!(is_own("daemon/canary.rs", "daemon::runtime") && is_own("desk/orders/clash.rs", "desk::orders::spelt"));
    assert!(is_own("desk/orders/clash.rs", "desk::decide") && is_own("mail/body.rs", "mail::Leaf"));
    assert!(!is_own("desk/orders/clash.rs", "desk::orders::bench::Bench") && !is_own("desk/obey.rs", "desk::orders"));
    assert!(!is_own("daemon/canary.rs", "mail::parse") && !is_own("cli/tell.rs", "desk::orders::carry_out"));
    assert_eq!(whole_imports("use crate::a::{b, c::D};\npub use crate::e::f;"), ["a::b", "a::c::D", "e::f"]);
}

#[test]
fn files_are_short_and_say_why_they_exist() {
    for (path, text) in sources() {
        let code = before_tests(&text);
        assert!(text.starts_with("//! "), "{}: no opening sentence", path.display());
        assert!(code.lines().count() <= LONGEST, "{}: over {LONGEST} lines", path.display());
    }
}

#[test]
fn async_stays_at_the_edges() {
    for (path, text) in sources().into_iter().filter(|(path, _)| !ASYNC.contains(&room_of(path).as_str())) {
        let found = before_tests(&text)
            .lines()
            .any(|l| !l.trim_start().starts_with("//") && (l.contains("async ") || l.contains(".await")));
        assert!(!found, "{}: async outside the edges", path.display());
    }
}

/// What proves something is made in one place: a token is read there and nowhere else, and what follows from it cannot be
/// made by hand. (The fields are private: the compiler keeps the rest.)
#[test]
fn proofs_are_made_in_one_place() {
    for (what, keepers) in PROOFS {
        let mut holders = Vec::new();
        for (path, text) in sources() {
            let name = path.to_string_lossy().replace('\\', "/");
            let mut code = before_tests(&text).lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
            let declares = |line: &str| {
                ["struct ", "pub struct ", "pub(crate) struct ", "impl "].iter().any(|d| line.starts_with(d))
            };
            // A type at the end of a signature is not made there.
            let makes = |line: &str| line.contains(what) && !declares(line) && !line.contains(&format!("-> {what}"));
            if code.any(makes) {
                holders.push(name);
            }
        }
        assert_eq!(holders, *keepers, "«{what}»");
    }
    let token = fs::read_to_string(root().join("seal/token.rs")).unwrap();
    let compares =
        before_tests(&token).lines().any(|line| line.contains("mac") && (line.contains("==") || line.contains("!=")));
    assert!(!compares, "a mac is compared in constant time, by the library");
}

/// The lint denies it; so whoever wants it has to name the lint.
#[test]
fn the_compiler_vouches_for_all_but_one_call() {
    for (path, text) in sources() {
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let (named, done) = (code.contains("unsafe_code"), code.matches("unsafe ").count());
        let is_it = path.to_string_lossy().replace('\\', "/") == UNVOUCHED;
        assert_eq!((named, done), (is_it, usize::from(is_it)), "{}", path.display());
    }
}

#[test]
fn each_library_has_its_keeper() {
    for (path, text) in sources() {
        let name = path.to_string_lossy().replace('\\', "/");
        for (library, keepers) in KEEPERS.iter().filter(|(_, keepers)| !keepers.iter().any(|k| name.starts_with(k))) {
            let found = before_tests(&text)
                .lines()
                .any(|l| !l.trim_start().starts_with("//") && l.contains(&format!("{library}::")));
            assert!(!found, "{name} knows {library}; only {keepers:?} may");
        }
    }
}

#[test]
fn floors_are_the_modules_of_lib() {
    let lib = fs::read_to_string(root().join("lib.rs")).unwrap();
    let modules: Vec<&str> =
        lib.lines().filter_map(|l| l.strip_prefix("pub mod ")).map(|m| m.trim_end_matches(';')).collect();
    assert_eq!(modules, &FLOORS[..FLOORS.len() - 1], "src/lib.rs lists the floors from the ground up");
}

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|p| *p == room).unwrap_or_else(|| panic!("{room} stands on no floor"))
}

fn room_of(path: &Path) -> String {
    let first = path.components().next().expect("a path under src");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<(PathBuf, String)> {
    let (mut dirs, mut found) = (vec![root()], Vec::new());
    while let Some(dir) = dirs.pop() {
        for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 10, "the sources are gone");
    found
}
