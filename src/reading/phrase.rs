//! The phrases that rules are made of, spelt out into forms.
//!
//! A phrase is words: `imprim*` begins so, `#` a number, `@` a single letter, `^` a word with a capital, `+` any word, `...`
//! up to three words, `(a|b|)` alternatives. Case, accents and the marks between words do not count.
use crate::reading::words::Words;

/// Forms that one phrase may have, at most.
const MOST_FORMS: usize = 3000;

/// What is wrong with a phrase, and at which octet of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// The forms of a phrase: its alternatives spelt out, folded.
pub(crate) fn forms(phrase: &str) -> Result<Vec<Vec<String>>, Fault> {
    let fault = |at, what| Err(Fault { at, what });
    let mut pieces: Vec<Vec<Vec<String>>> = Vec::new();
    let mut at = 0;
    while let Some(rest) = phrase.get(at..).filter(|rest| !rest.is_empty()) {
        let piece = match rest.strip_prefix('(') {
            Some(inner) => {
                let Some(close) = inner.find(')') else {
                    return fault(at, format!("falta «)» en «{phrase}»"));
                };
                let choices = inner.get(..close).unwrap_or_default();
                if let Some(nested) = choices.find('(') {
                    let what = format!("en «{phrase}» hay un paréntesis dentro de otro; sepárelos");
                    return fault(at + 1 + nested, what);
                }
                at += close + 2;
                choices
            }
            None => {
                let end = rest.find('(').unwrap_or(rest.len());
                at += end;
                rest.get(..end).unwrap_or_default()
            }
        };
        if !piece.trim().is_empty() || rest.starts_with('(') {
            pieces.push(piece.split('|').map(parts).collect());
        }
    }
    let count = pieces.iter().fold(1_usize, |count, choices| count.saturating_mul(choices.len()));
    if count > MOST_FORMS {
        return fault(0, format!("«{phrase}» tiene {count} formas, y caben {MOST_FORMS}; divídala en varias frases"));
    }
    let mut forms: Vec<Vec<String>> = vec![Vec::new()];
    for choices in &pieces {
        forms = forms
            .iter()
            .flat_map(|form| choices.iter().map(move |choice| form.iter().chain(choice).cloned().collect()))
            .collect();
    }
    forms.retain(|form| !form.is_empty());
    if forms.is_empty() {
        return fault(0, format!("«{phrase}» no tiene palabras; escriba al menos una"));
    }
    Ok(forms)
}

fn parts(piece: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for chunk in piece.split_whitespace() {
        if matches!(chunk, "#" | "@" | "^" | "+" | "...") {
            parts.push(chunk.to_owned());
            continue;
        }
        let words = Words::new(chunk);
        let last = words.len().saturating_sub(1);
        for index in 0..words.len() {
            let star = index == last && chunk.ends_with('*');
            parts.push(format!("{}{}", words.folded(index), if star { "*" } else { "" }));
        }
    }
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_spelt_out() {
        assert_eq!(forms("(a|b) (c|)").unwrap(), [vec!["a", "c"], vec!["a"], vec!["b", "c"], vec!["b"]]);
        assert_eq!(forms("No Imprimé*").unwrap(), [["no", "imprime*"]]);
    }

    #[test]
    fn faulty_phrases_say_what_is_wrong_and_where() {
        for (phrase, at, why) in
            [("x (a|b", 2, "falta «)»"), ("((a) b)", 1, "paréntesis dentro"), ("()", 0, "no tiene palabras")]
        {
            let fault = forms(phrase).unwrap_err();
            assert!(fault.what.contains(why) && fault.at == at, "{phrase}: {fault:?}");
        }
        assert!(forms(&"(a|b)".repeat(70)).unwrap_err().what.contains("y caben 3000"), "counted, never built");
    }
}
