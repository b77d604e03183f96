//! Folding away case and accents, so that «SECRETARÍA» and «secretaria» are one word.
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in lower case and without accents (`ñ` becomes `n`: people drop the tilde as often as the accent).
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold_char(c, |plain| folded.push(plain)));
    folded
}

/// As [`fold`], of one character; `push` gets what remains of it. What Spanish mails are made of is looked up here, the rest
/// in Unicode's tables.
pub fn fold_char(c: char, mut push: impl FnMut(char)) {
    match c {
        c if c.is_ascii() => push(c.to_ascii_lowercase()),
        'á' | 'Á' | 'à' | 'À' => push('a'),
        'é' | 'É' | 'è' | 'È' => push('e'),
        'í' | 'Í' => push('i'),
        'ó' | 'Ó' => push('o'),
        'ú' | 'Ú' | 'ü' | 'Ü' => push('u'),
        'ñ' | 'Ñ' => push('n'),
        '¿' | '¡' | '«' | '»' | '“' | '”' | '‘' | '’' | '–' | '—' | '•' | '·' | '°' => push(c),
        _ => by_tables(c).for_each(push),
    }
}

fn by_tables(c: char) -> impl Iterator<Item = char> {
    std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_go_and_words_stay() {
        assert_eq!(fold("SECRETARÍA de Educación, Güicán; Ñapa"), "secretaria de educacion, guican; napa");
        assert_eq!(fold("ﬁrma №\u{a0}5 ½"), "firma no 5 1⁄2");
        assert_eq!(fold("¿Qué?"), "¿que?");
        assert_eq!(fold("i\u{301}"), "i");
    }

    #[test]
    fn what_is_looked_up_is_what_the_tables_say() {
        for c in ('\0'..='\u{2100}').filter(|c| !is_combining_mark(*c)) {
            let mut folded = String::new();
            fold_char(c, |plain| folded.push(plain));
            assert_eq!(folded, by_tables(c).collect::<String>(), "{c}");
        }
    }
}
