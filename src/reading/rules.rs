//! `rules/*.toml`, checked and compiled: all errors at once, with file and line.
use crate::office::rulefile::RuleError;
use std::collections::BTreeMap;

/// The rules by which mails are read.
pub struct Rules {}

/// Rule files by name («dependencias.toml»), with their text.
pub type Files = BTreeMap<String, String>;

impl Rules {
    /// Every fault of every file, or rules that are whole. Warnings alone do not stop them.
    pub fn load(_files: &Files, _errors: &mut Vec<RuleError>) -> Option<Rules> {
        todo!()
    }
}
