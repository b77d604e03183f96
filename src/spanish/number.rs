//! Numbers as people say them: «2», «2do», «segundo», «dos».

/// The whole number that one folded word stands for, ordinals included; `None` for «un» and «una», which are articles.
pub fn value(word: &str) -> Option<u32> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        let (number, tail) = word.split_at_checked(digits)?;
        let ordinal = matches!(
            tail,
            "" | "o"
                | "a"
                | "er"
                | "ero"
                | "era"
                | "ro"
                | "ra"
                | "do"
                | "da"
                | "to"
                | "ta"
                | "mo"
                | "ma"
                | "vo"
                | "va"
                | "no"
                | "na"
        );
        return if ordinal { number.parse().ok() } else { None };
    }
    let found = match word {
        "cero" => 0,
        "uno" | "primer" | "primero" | "primera" => 1,
        "dos" | "segundo" | "segunda" => 2,
        "tres" | "tercer" | "tercero" | "tercera" => 3,
        "cuatro" | "cuarto" | "cuarta" => 4,
        "cinco" | "quinto" | "quinta" => 5,
        "seis" | "sexto" | "sexta" => 6,
        "siete" | "septimo" | "septima" | "setimo" => 7,
        "ocho" | "octavo" | "octava" => 8,
        "nueve" | "noveno" | "novena" => 9,
        "diez" | "decimo" | "decima" => 10,
        "once" => 11,
        "doce" => 12,
        "trece" => 13,
        "catorce" => 14,
        "quince" => 15,
        "veinte" => 20,
        "treinta" => 30,
        _ => return None,
    };
    Some(found)
}

/// «Segunda», «2da»: one of several in their order.
pub fn is_ordinal(word: &str) -> bool {
    const CARDINALS: &[&str] =
        &["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"];
    let plain = word.bytes().all(|b| b.is_ascii_digit()) || CARDINALS.contains(&word);
    let long = ["trece", "catorce", "quince", "veinte", "treinta"].contains(&word);
    value(word).is_some() && !plain && !long
}

#[cfg(test)]
mod tests {
    use super::value;

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
}
