//! What the library that reads TOML finds wrong with a file, in Spanish: its own words are English and mean little to who tunes rules.

/// By how its message begins; a longer beginning stands before a shorter one.
const SAID: &[(&str, &str)] = &[
    ("duplicate key", "esta clave ya está puesta más arriba"),
    ("unclosed array table", "falta cerrar los corchetes de la sección: [[nombre]]"),
    ("unclosed array", "falta cerrar la lista con «]»"),
    ("unclosed table", "falta cerrar el corchete de la sección: [nombre]"),
    ("unclosed inline table", "falta cerrar con «}»"),
    ("invalid basic string", "faltan las comillas del final"),
    ("invalid literal string", "faltan las comillas del final"),
    ("invalid multi-line", "faltan las tres comillas del final"),
    ("string values must be quoted", "un texto va entre comillas rectas: \"así\""),
    ("invalid boolean", "sin comillas solo puede ir true o false, o un número"),
    ("extra `=`", "sobra un «=»"),
    ("unexpected key or value", "sobra lo que sigue en esta línea"),
    ("missing comma between array elements", "falta una coma entre dos elementos de la lista"),
    ("key with no value", "falta «=» y el valor después de la clave"),
    ("unquoted keys cannot be empty", "falta la clave antes del «=»"),
    ("missing escaped value", "para escribir una barra invertida ponga dos: \\\\"),
];

/// Of rarer faults the library's own words.
pub fn say(message: &str) -> &str {
    SAID.iter().find(|(begins, _)| message.starts_with(begins)).map_or(message, |(_, said)| said)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use toml::de::DeTable;

    #[test]
    fn what_is_often_mistyped_is_told_in_spanish() {
        for (text, expected) in [
            ("a = 1\na = 2", "esta clave ya está puesta más arriba"),
            ("a = [1,", "falta cerrar la lista con «]»"),
            ("[a", "falta cerrar el corchete de la sección: [nombre]"),
            ("[[a]\nb = 1", "falta cerrar los corchetes de la sección: [[nombre]]"),
            ("a = { b = 1", "falta cerrar con «}»"),
            ("a = \"b", "faltan las comillas del final"),
            ("a = 'b", "faltan las comillas del final"),
            ("a = \"\"\"b", "faltan las tres comillas del final"),
            ("a = “b”", "un texto va entre comillas rectas: \"así\""),
            ("a = tru", "sin comillas solo puede ir true o false, o un número"),
            ("a == 1", "sobra un «=»"),
            ("a = \"b\" \"c\"", "sobra lo que sigue en esta línea"),
            ("a = [\"b\" \"c\"]", "falta una coma entre dos elementos de la lista"),
            ("a 1", "falta «=» y el valor después de la clave"),
            ("= 1", "falta la clave antes del «=»"),
            ("a = \"\\q\"", "para escribir una barra invertida ponga dos: \\\\"),
        ] {
            let fault = DeTable::parse(text).unwrap_err();
            assert_eq!(say(fault.message()), expected, "{text}");
        }
    }
}
