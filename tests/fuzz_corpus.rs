//! Every input that fuzzing began from, and every one that once took something down, through what the fuzz targets hold.
//! `fuzz/run` makes new ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

type Hold = fn(&[u8]);

#[test]
fn what_fuzzing_found_stays_mended() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let targets: [(&str, Hold); 7] = [
        ("calendar", fuzz::calendar::hold),
        ("commands", fuzz::commands::hold),
        ("imap", fuzz::imap::hold),
        ("mail", fuzz::mail::hold),
        ("results", fuzz::results::hold),
        ("rules", fuzz::rules::hold),
        ("token", fuzz::token::hold),
    ];
    let mut failed = Vec::new();
    for (target, hold) in targets {
        let inputs: Vec<_> = fs::read_dir(corpus.join(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "{target} has no corpus");
        for path in inputs {
            let bytes = fs::read(&path).unwrap();
            if catch_unwind(|| hold(&bytes)).is_err() {
                failed.push(path.strip_prefix(&corpus).unwrap().display().to_string());
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(fs::read_dir(&corpus).unwrap().count(), targets.len(), "a corpus that no target reads");
}
