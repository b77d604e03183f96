//! The labelled corpus, read by the shipped rules: no figure may fall below the committed table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;

const CORPUS: &str = "fixtures/corpus";
const FLOOR: &str = "fixtures/corpus-floor.json";

#[test]
fn no_figure_falls() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(["score", CORPUS, "--json", "--rules", "rules"])
        .current_dir(home)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures = flat(&serde_json::from_slice(&output.stdout).unwrap());
    let floor = flat(&serde_json::from_str(&std::fs::read_to_string(home.join(FLOOR)).unwrap()).unwrap());
    assert!(floor.len() > 20, "the table of floors is whole");
    let fallen: Vec<String> = floor
        .iter()
        .filter_map(|(name, least)| {
            let now = figures.get(name).copied().unwrap_or(f64::NEG_INFINITY);
            (now < least - 5e-4).then(|| format!("{name}: {now:.3}, and it was {least:.3}"))
        })
        .collect();
    assert!(fallen.is_empty(), "fell below {FLOOR}:\n{}", fallen.join("\n"));
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
