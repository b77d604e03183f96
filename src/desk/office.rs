//! The office's standing arrangements, read from the rule files: hours, people, and what each categoría means for the agenda.
use crate::desk::decision::Office;
use crate::office::rulefile::RuleError;
use std::collections::BTreeMap;

/// `personas.toml`, `horario.toml` and `categorias.toml` put together for the desk; `None` when one of them is missing.
pub fn load(_files: &BTreeMap<String, String>, _mailbox: &str, _errors: &mut Vec<RuleError>) -> Option<Office> {
    todo!()
}
