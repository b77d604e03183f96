//! `rules/cartas/*.txt`: the office's own wording, checked when it is loaded.
use crate::office::rulefile::RuleError;
use std::collections::BTreeMap;

/// Every letter of the office, compiled.
pub struct Templates {}

impl Templates {
    /// Letters by file name («acuse.txt»). A letter missing, or with a blank nobody fills, is an error.
    pub fn load(_files: &BTreeMap<String, String>, _errors: &mut Vec<RuleError>) -> Option<Templates> {
        todo!()
    }
}
