//! A text put into a list of a rule file, where the person who tends the rules would put it.
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table of a rule file that has the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    /// The file's own keys.
    Root,
    /// `[name]`
    Section(&'static str),
    /// The `[[array]]` whose `nombre` is this.
    Named { array: &'static str, nombre: String },
}

/// A text for a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edit {
    pub(crate) file: &'static str,
    pub(crate) table: Table,
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

/// Where it goes in the text of the file, and what to write there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    at: usize,
    /// Counted from 1: the line of the list's bracket, or the line below which the whole list goes.
    pub(crate) line: usize,
    /// Characters of that line before the new text; absent where the whole list goes below it.
    pub(crate) column: Option<usize>,
    /// `"texto",` or, where there is no such list yet, `clave = ["texto"]`.
    pub(crate) what: String,
}

impl Edit {
    /// `None` when the file has no such table, or something else than a list there.
    pub(crate) fn spot(&self, text: &str) -> Option<Spot> {
        let parsed = DeTable::parse(text).ok()?;
        let quoted = toml::Value::String(self.value.clone());
        let (table, anchor) = find(parsed.get_ref(), &self.table)?;
        if let Some(list) = table.get(self.key) {
            list.get_ref().as_array()?;
            let at = list.span().start + 1;
            return Some(Spot { at, line: line(text, at), column: Some(column(text, at)), what: format!("{quoted},") });
        }
        let from = anchor?.end;
        let at = from + text.get(from..)?.find('\n').unwrap_or(text.len() - from);
        Some(Spot { at, line: line(text, at), column: None, what: format!("{} = [{quoted}]", self.key) })
    }

    /// The whole file with the text in its place.
    pub(crate) fn paste(&self, text: &str) -> Option<String> {
        let spot = self.spot(text)?;
        let (before, after) = text.split_at_checked(spot.at)?;
        let what = &spot.what;
        Some(match spot.column {
            Some(_) if after.starts_with('\n') => format!("{before}\n  {what}{after}"),
            Some(_) => format!("{before}{what} {after}"),
            None => format!("{before}\n{what}{after}"),
        })
    }
}

/// The table, and the value below whose line a new key may stand.
fn find<'a>(root: &'a DeTable<'a>, table: &Table) -> Option<(&'a DeTable<'a>, Option<Range<usize>>)> {
    match table {
        Table::Root => Some((root, None)),
        Table::Section(name) => {
            let section = root.get(*name)?.get_ref().as_table()?;
            // A list of its own line is not cut in two: the new key goes below the first list's last line.
            Some((section, section.values().map(Spanned::span).min_by_key(|span| span.start)))
        }
        Table::Named { array, nombre } => {
            let tables = root.get(*array)?.get_ref().as_array()?;
            tables.iter().filter_map(|table| table.get_ref().as_table()).find_map(|table| {
                let name = table.get("nombre").filter(|name| is_text(name, nombre))?;
                Some((table, Some(name.span())))
            })
        }
    }
}

fn is_text(value: &Spanned<DeValue<'_>>, text: &str) -> bool {
    value.get_ref().as_str() == Some(text)
}

fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

fn column(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().chars().count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use expect_test::{Expect, expect};

    const FILE: &str = "sitio = [\n  \"sala\",\n]\n\n[etiquetas]\npiso = [\"piso\"]\n\n[[dependencia]]\nnombre = \"Tesorería\" # la de todos\n\
                        [[dependencia]]\nnombre = \"Rentas\"\nalias = [\"renta\"]\n";

    fn check(table: Table, key: &'static str, expected: Expect) {
        let edit = Edit { file: "x.toml", table, key, value: "caja \"fuerte\"".to_owned() };
        let pasted = edit.paste(FILE).unwrap();
        toml::from_str::<toml::Table>(&pasted).unwrap();
        let spot = edit.spot(FILE).unwrap();
        let new: Vec<&str> = pasted.lines().filter(|line| !FILE.lines().any(|old| old == *line)).collect();
        expected.assert_eq(&format!("{}:{:?} {}\n{}", spot.line, spot.column, spot.what, new.join("\n")));
    }

    #[test]
    fn a_text_goes_into_its_list() {
        check(
            Table::Root,
            "sitio",
            expect![[r#"
            1:Some(9) 'caja "fuerte"',
              'caja "fuerte"',"#]],
        );
        check(
            Table::Section("etiquetas"),
            "piso",
            expect![[r#"
                6:Some(8) 'caja "fuerte"',
                piso = ['caja "fuerte"', "piso"]"#]],
        );
        check(
            Table::Section("etiquetas"),
            "otro",
            expect![[r#"
            6:None otro = ['caja "fuerte"']
            otro = ['caja "fuerte"']"#]],
        );
        let named = |nombre: &str| Table::Named { array: "dependencia", nombre: nombre.to_owned() };
        check(
            named("Tesorería"),
            "alias",
            expect![[r#"
            9:None alias = ['caja "fuerte"']
            alias = ['caja "fuerte"']"#]],
        );
        check(
            named("Rentas"),
            "alias",
            expect![[r#"
                12:Some(9) 'caja "fuerte"',
                alias = ['caja "fuerte"', "renta"]"#]],
        );
        let nowhere = Edit { file: "x.toml", table: named("Caja"), key: "alias", value: "x".to_owned() };
        assert_eq!(nowhere.spot(FILE), None);
    }
}
