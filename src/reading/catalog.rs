//! `dependencias.toml`: the catalogue of dependencias and every way people write their names.
use crate::office::fields::Dependencia;
use crate::office::rulefile::{Entry, RuleFile, Text};
use crate::reading::lexicon::Lexicon;
use crate::reading::rules::{Office, at};
use crate::reading::tag::{Field, Tag};
use crate::reading::words::Words;
use std::collections::BTreeMap;

/// Little words that people leave out of a name.
const OPTIONAL: &[&str] = &["de", "del", "la", "las", "los", "el", "y", "e", "en"];

pub(crate) fn load(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, lexicon: &mut Lexicon) -> Vec<Office> {
    for word in entry.texts(file, "no_son_errores") {
        lexicon.not_slip(&word.value);
    }
    for phrase in entry.texts(file, "no_nombran") {
        lexicon.add(file, &phrase, Tag::NotMeant(Field::Dependencia));
    }
    let company: Vec<String> = entry.texts(file, "compania").into_iter().map(|t| t.value).collect();
    let mut short = BTreeMap::new();
    entry.table(file, "abreviaturas", |file, entry| {
        for key in entry.keys() {
            let ways: Vec<String> = entry.texts(file, &key.value).into_iter().map(|t| t.value).collect();
            short.insert(Words::new(&key.value).folded(0).to_owned(), ways);
        }
    });
    let ways =
        company.iter().flat_map(|word| std::iter::once(word).chain(short.get(word.as_str()).into_iter().flatten()));
    let company = ways.cloned().collect::<Vec<_>>().join("|");
    let mut offices: Vec<Office> = Vec::new();
    let mut claims: BTreeMap<String, String> = BTreeMap::new();
    let mut parents: Vec<Text> = Vec::new();
    entry.tables(file, "dependencia", |file, entry| {
        let index = offices.len() as u16;
        let nombre = entry.text(file, "nombre");
        let (alias, corto) = (entry.texts(file, "alias"), entry.texts(file, "corto"));
        let parte_de = entry.optional_text(file, "parte_de");
        let sede_propia = entry.flag(file, "sede_propia").unwrap_or(false);
        let comun = entry.flag(file, "comun").unwrap_or(false);
        let atiende = entry.flag(file, "atiende").unwrap_or(false);
        let Some(nombre) = nombre else { return };
        if offices.iter().any(|o| o.nombre.0 == nombre.value) {
            file.error(&nombre.span, format!("la dependencia «{}» está dos veces; deje una", nombre.value));
        }
        for (text, is_short) in
            std::iter::once(&nombre).chain(&alias).map(|t| (t, false)).chain(corto.iter().map(|t| (t, true)))
        {
            claim(file, text, &nombre.value, &mut claims);
            let phrase = spelt(&text.value, &short);
            let is_short = is_short || !phrase.contains(' ');
            lexicon.add_name(file, &at(&text.value, &text.span), &phrase, Tag::Dependencia { index, short: is_short });
            if is_short {
                let phrase = format!("({company}) (de|del|de la|de las|) {phrase}");
                lexicon.add_name(file, &at(&text.value, &text.span), &phrase, Tag::Dependencia { index, short: false });
            }
        }
        parents.extend(parte_de.clone());
        offices.push(Office {
            nombre: Dependencia(nombre.value),
            parte_de: parte_de.map(|t| t.value),
            sede_propia,
            comun,
            atiende,
        });
    });
    for parent in parents {
        if !offices.iter().any(|o| o.nombre.0 == parent.value) {
            let near = offices.iter().min_by_key(|o| strsim::osa_distance(&o.nombre.0, &parent.value));
            let hint = near.map_or(String::new(), |o| format!("; ¿quiso decir «{}»?", o.nombre.0));
            file.error(&parent.span, format!("«{}» no es una dependencia de esta lista{hint}", parent.value));
        }
    }
    offices
}

/// A name may belong to one dependencia only.
fn claim(file: &mut RuleFile<'_>, text: &Text, owner: &str, claims: &mut BTreeMap<String, String>) {
    let words = Words::new(&text.value);
    let key = (0..words.len()).map(|i| words.folded(i)).collect::<Vec<_>>().join(" ");
    match claims.get(&key) {
        Some(other) if other != owner => {
            file.error(&text.span, format!("«{}» ya es de «{other}»; quítelo de una de las dos", text.value));
        }
        Some(_) => file.warn(&text.span, format!("«{}» está dos veces; sobra una", text.value)),
        None => {
            claims.insert(key, owner.to_owned());
        }
    }
}

/// The phrase of a name: its abbreviations as alternatives, its little words optional.
fn spelt(name: &str, short: &BTreeMap<String, Vec<String>>) -> String {
    if name.contains(['(', '*', '#', '^', '+', '@']) {
        return name.to_owned();
    }
    let words = Words::new(name);
    let mut phrase = Vec::new();
    for index in 0..words.len() {
        let word = words.folded(index);
        phrase.push(match short.get(word) {
            Some(ways) => format!("({word}|{})", ways.join("|")),
            None if index > 0 && OPTIONAL.contains(&word) => format!("({word}|)"),
            None => word.to_owned(),
        });
    }
    phrase.join(" ")
}
