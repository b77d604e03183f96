//! The header fields of a mail as raw bytes, found by name: nothing is decoded before somebody asks.

/// One mail's header fields in order; names in lower case, values as they came, still folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head<'a> {
    fields: Vec<(String, &'a [u8])>,
}

impl<'a> Head<'a> {
    pub(crate) fn push(&mut self, name: &str, value: &'a [u8]) {
        self.fields.push((name.to_ascii_lowercase(), value));
    }

    /// Every value under this name, in order. `name` in lower case.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| *value)
    }

    /// The first value under this name; empty when there is none.
    pub(crate) fn first(&self, name: &str) -> &'a [u8] {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field from the top, name and value.
    pub(crate) fn top(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.fields.iter().map(|(name, value)| (name.as_str(), *value))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The first value as one lower-case line, for marks like «auto-replied».
    pub(crate) fn word(&self, name: &str) -> String {
        const LONGEST: usize = 1000;
        let value = self.first(name);
        let value = String::from_utf8_lossy(value.get(..LONGEST).unwrap_or(value));
        value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Headers that a mail may have once and that this one has more often; the first is the one that counts.
    pub(crate) fn doubles(&self) -> impl Iterator<Item = String> {
        const SINGLE: &[&str] = &["from", "subject", "date", "message-id", "content-type"];
        let doubled = |name: &&&str| self.all(name).nth(1).is_some();
        SINGLE.iter().filter(doubled).map(|name| format!("several {name} headers"))
    }
}
