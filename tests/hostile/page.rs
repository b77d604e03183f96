//! docs/hostiles.md, section by section: each test holds the one it can vouch for.
use expect_test::expect_file;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

static PAGE: Mutex<()> = Mutex::new(());

/// The section under that heading says `text`. `UPDATE_EXPECT=1` writes it.
pub(crate) fn hold(heading: &str, text: &str) {
    let _alone = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hostiles.md");
    let page = fs::read_to_string(path).unwrap();
    let mut sections: Vec<String> =
        format!("\n{page}").split("\n#").map(|section| format!("#{section}")).skip(1).collect();
    let is_it = |section: &String| section.trim_start_matches('#').trim_start().starts_with(heading);
    let at = sections.iter().position(is_it).unwrap_or_else(|| panic!("no section «{heading}» in docs/hostiles.md"));
    let mark = sections[at].split(' ').next().unwrap().to_owned();
    sections[at] = format!("{mark} {heading}\n\n{}\n", text.trim_end());
    expect_file!["../../docs/hostiles.md"].assert_eq(&(sections.join("\n").trim_end().to_owned() + "\n"));
}
