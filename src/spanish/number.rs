//! Numbers as people say them, «2», «2do», «segundo», «dos», and as the desk says them: «1 caso», «2 casos».

/// The whole number that one folded word stands for, ordinals included; `None` for «un» and «una», which are articles.
pub fn value(word: &str) -> Option<u32> {
    read(word).map(|(value, _)| value)
}

/// «Segunda», «2da»: one of several in their order.
pub fn is_ordinal(word: &str) -> bool {
    read(word).is_some_and(|(_, ordinal)| ordinal)
}

/// «1 caso», «3 casos».
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The number, and whether it is an ordinal.
fn read(word: &str) -> Option<(u32, bool)> {
    const ENDINGS: &[&str] =
        &["o", "a", "er", "ero", "era", "ro", "ra", "do", "da", "to", "ta", "mo", "ma", "vo", "va", "no", "na"];
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        let (number, tail) = word.split_at_checked(digits)?;
        let ordinal = ENDINGS.contains(&tail);
        return number.parse().ok().filter(|_| ordinal || tail.is_empty()).map(|number| (number, ordinal));
    }
    let cardinal = match word {
        "cero" => 0,
        "uno" => 1,
        "dos" => 2,
        "tres" => 3,
        "cuatro" => 4,
        "cinco" => 5,
        "seis" => 6,
        "siete" => 7,
        "ocho" => 8,
        "nueve" => 9,
        "diez" => 10,
        "once" => 11,
        "doce" => 12,
        "trece" => 13,
        "catorce" => 14,
        "quince" => 15,
        "veinte" => 20,
        "treinta" => 30,
        _ => return ordinal(word).map(|value| (value, true)),
    };
    Some((cardinal, false))
}

fn ordinal(word: &str) -> Option<u32> {
    let value = match word {
        "primer" | "primero" | "primera" => 1,
        "segundo" | "segunda" => 2,
        "tercer" | "tercero" | "tercera" => 3,
        "cuarto" | "cuarta" => 4,
        "quinto" | "quinta" => 5,
        "sexto" | "sexta" => 6,
        "septimo" | "septima" | "setimo" => 7,
        "octavo" | "octava" => 8,
        "noveno" | "novena" => 9,
        "decimo" | "decima" => 10,
        _ => return None,
    };
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{is_ordinal, value};

    #[test]
    fn words_and_ordinals() {
        for (word, expected) in [
            ("2", Some(2)),
            ("2do", Some(2)),
            ("3er", Some(3)),
            ("4to", Some(4)),
            ("1o", Some(1)),
            ("segundo", Some(2)),
            ("quinta", Some(5)),
            ("doce", Some(12)),
            ("una", None),
            ("2pm", None),
            ("99999999999999", None),
        ] {
            assert_eq!(value(word), expected, "{word}");
        }
    }

    #[test]
    fn one_of_several_is_no_count() {
        for (word, ordinal) in [
            ("segunda", true),
            ("2da", true),
            ("primero", true),
            ("2", false),
            ("dos", false),
            ("treinta", false),
            ("hoy", false),
        ] {
            assert_eq!(is_ordinal(word), ordinal, "{word}");
        }
    }
}
