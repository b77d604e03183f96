//! What is linked into the binary is known: from one registry, under licences that deny.toml allows, and twice only where
//! deny.toml says why. `cargo deny` asks the same and more (advisories) in tests/run; this asks it on every `cargo test`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Packages that are compiled for the binary: its own, and all that those need, tests and benches left out.
fn linked() -> Vec<Value> {
    let target = "x86_64-unknown-linux-gnu";
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = told["resolve"]["nodes"].as_array().unwrap();
    let node = |id: &str| nodes.iter().find(|node| node["id"] == id).unwrap();
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![told["resolve"]["root"].as_str().unwrap().to_owned()]);
    while let Some(id) = ahead.pop() {
        let needs = node(&id)["deps"].as_array().unwrap();
        let is_linked = |dep: &&Value| dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev");
        if seen.insert(id) {
            ahead.extend(needs.iter().filter(is_linked).map(|dep| dep["pkg"].as_str().unwrap().to_owned()));
        }
    }
    let packages = told["packages"].as_array().unwrap();
    let linked: Vec<Value> = packages.iter().filter(|p| seen.contains(p["id"].as_str().unwrap())).cloned().collect();
    assert!(linked.len() > 100, "{} packages", linked.len());
    linked
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn deny() -> toml::Table {
    include_str!("../deny.toml").parse().unwrap()
}

fn names(list: &toml::Value) -> BTreeSet<String> {
    let name = |one: &toml::Value| one.as_str().or_else(|| one["crate"].as_str()).unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

/// An SPDX expression under which a choice of allowed licences can be made.
fn may_use(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ");
    let mut depth = 0;
    let mut split = |word: &str| {
        let (mut parts, mut part) = (Vec::new(), String::new());
        for piece in expression.split(' ') {
            if piece == word && depth == 0 {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            depth += piece.matches('(').count();
            depth -= piece.matches(')').count();
            part = format!("{part} {piece}").trim().to_owned();
        }
        parts.push(part);
        parts
    };
    let both = split("AND");
    if both.len() > 1 {
        return both.iter().all(|part| may_use(part, allowed));
    }
    let either = split("OR");
    if either.len() > 1 {
        return either.iter().any(|part| may_use(part, allowed));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => may_use(inner, allowed),
        None => allowed.contains(expression.as_str()),
    }
}

#[test]
fn every_part_comes_from_the_registry_under_a_licence_that_is_allowed() {
    let deny = deny();
    let (allowed, banned) = (names(&deny["licenses"]["allow"]), names(&deny["bans"]["deny"]));
    for package in linked().iter().filter(|package| package["name"] != env!("CARGO_PKG_NAME")) {
        let name = text(&package["name"]);
        assert_eq!(text(&package["source"]), REGISTRY, "{name}");
        assert!(may_use(text(&package["license"]), &allowed), "{name}: {}", package["license"]);
        assert!(!banned.contains(name), "{name} is not for this binary");
    }
    for (expression, may) in [
        ("MIT OR GPL-3.0", true),
        ("GPL-2.0-only", false),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("", false),
    ] {
        assert_eq!(may_use(expression, &allowed), may, "{expression}");
    }
}

#[test]
fn nothing_is_linked_twice_without_a_reason() {
    let skipped = names(&deny()["bans"]["skip"]);
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in linked() {
        versions.entry(text(&package["name"]).to_owned()).or_default().insert(text(&package["version"]).to_owned());
    }
    let twice = versions.iter().filter(|(_, versions)| versions.len() > 1);
    let old = twice.flat_map(|(name, versions)| versions.iter().rev().skip(1).map(move |v| format!("{name}@{v}")));
    assert_eq!(old.collect::<BTreeSet<_>>(), skipped, "those that are there twice, and those that deny.toml excuses");
}

/// The fuzz targets have a lock file of their own: what the desk needs stands in it too, or none of them can be built.
#[test]
fn the_lock_of_the_fuzz_targets_keeps_up() {
    let lock: toml::Table = include_str!("../fuzz/Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let own = packages.iter().find(|package| package["name"].as_str() == Some("mesa-tic")).unwrap();
    let locked: BTreeSet<&str> =
        own["dependencies"].as_array().unwrap().iter().filter_map(|dep| dep.as_str()).collect();
    let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let needed: BTreeSet<&str> = manifest["dependencies"].as_table().unwrap().keys().map(String::as_str).collect();
    // A package of which there are two versions is named with its own.
    let missing: Vec<&&str> =
        needed.iter().filter(|name| !locked.iter().any(|l| l.split(' ').next() == Some(*name))).collect();
    assert!(needed.len() > 20 && missing.is_empty(), "run cargo metadata in fuzz/: {missing:?}");
}
