//! The labelled mails, read by the shipped rules: no figure may fall below its committed table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;

/// The labelled mails of the first hand and of later ones, which the rules have been tuned on, and those that nobody looks at.
const FOLDERS: [&str; 3] = ["corpus", "corpus-practice", "corpus-held"];

#[test]
fn no_figure_falls() {
    let fallen: Vec<String> = FOLDERS.into_iter().flat_map(fallen).collect();
    assert!(fallen.is_empty(), "fell below the floor:\n{}", fallen.join("\n"));
}

/// The figures of one folder that are below its committed table.
fn fallen(folder: &str) -> Vec<String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let output = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(["score", folder, "--json", "--rules", "../rules"])
        .current_dir(&home)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures = flat(&serde_json::from_slice(&output.stdout).unwrap());
    let floor = std::fs::read_to_string(home.join(format!("{folder}-floor.json"))).unwrap();
    let floor = flat(&serde_json::from_str(&floor).unwrap());
    assert!(floor.len() > 20, "the table of floors is whole");
    let below = floor.iter().filter_map(|(name, least)| {
        let now = figures.get(name).copied().unwrap_or(f64::NEG_INFINITY);
        (now < least - 5e-4).then(|| format!("{folder}, {name}: {now:.3}, and it was {least:.3}"))
    });
    below.collect()
}

/// Every share and F1 under one name: «dependencia.f1», «problema.share», «kind».
fn flat(figures: &Map<String, Value>) -> std::collections::BTreeMap<String, f64> {
    let mut flat = std::collections::BTreeMap::new();
    for (name, value) in figures {
        match value {
            Value::Object(parts) => {
                for part in ["f1", "mean", "share"] {
                    flat.extend(parts.get(part).and_then(Value::as_f64).map(|v| (format!("{name}.{part}"), v)));
                }
            }
            _ => flat.extend(value.as_f64().map(|v| (name.clone(), v))),
        }
    }
    flat
}
