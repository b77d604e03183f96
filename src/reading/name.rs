//! How a person's name is written, and whether two of them are one person's.
use crate::reading::words::Words;

/// Little words within a name.
pub(crate) const LITTLE: &[&str] = &["de", "del", "la", "las", "los", "y", "da", "di", "van", "san", "st"];

/// Words spelt out, not initials.
pub(crate) fn fullness(name: &str) -> usize {
    let words = Words::new(name);
    (0..words.len()).filter(|i| words.folded(*i).len() > 1 && !LITTLE.contains(&words.folded(*i))).count()
}

/// The fullest form of a name as it is signed: «DIAZGRANADOS LUCIA MARGARITA» signs «Lucía Diazgranados». The surname goes last,
/// and a word has the accents with which it is signed.
pub(crate) fn in_order_of(name: &str, signed: &str) -> String {
    let (words, order) = (Words::new(name), Words::new(signed));
    let first = words.folded(0).to_owned();
    let place = (0..order.len()).find(|i| order.folded(*i) == first);
    let starts = (0..words.len()).position(|i| words.folded(i) == order.folded(0));
    let written = match (place, starts) {
        (Some(place), Some(cut)) if place > 0 && cut > 0 => {
            let at = words.get(cut).map_or(0, |w| w.span.start);
            let (surnames, given) = name.split_at_checked(at).unwrap_or(("", name));
            format!("{} {}", given.trim(), surnames.trim())
        }
        (_, _) => name.to_owned(),
    };
    with_accents_of(&written, signed)
}

/// A word without accents that the other name writes with them is written so.
fn with_accents_of(name: &str, signed: &str) -> String {
    let (words, order) = (Words::new(name), Words::new(signed));
    let mut written = String::with_capacity(name.len());
    let mut end = 0;
    for (index, word) in words.list().iter().enumerate() {
        let plain = name.get(word.span.clone()).unwrap_or_default();
        let accented = (0..order.len())
            .filter(|i| plain.is_ascii() && order.folded(*i) == words.folded(index))
            .filter_map(|i| signed.get(order.get(i)?.span.clone()))
            .find(|other| !other.is_ascii());
        written.push_str(name.get(end..word.span.start).unwrap_or_default());
        written.push_str(accented.unwrap_or(plain));
        end = word.span.end;
    }
    written.push_str(name.get(end..).unwrap_or_default());
    written
}

/// Do two names speak of one person: do the words of the shorter stand in the longer?
pub(crate) fn same_person(a: &str, b: &str) -> bool {
    fn list(words: &Words) -> Vec<&str> {
        let all = (0..words.len()).map(|i| words.folded(i));
        all.filter(|word| !word.is_empty() && !LITTLE.contains(word)).collect()
    }
    let (a, b) = (Words::new(a), Words::new(b));
    let (a, b) = (list(&a), list(&b));
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let like = |x: &str, y: &str| {
        x == y
            || x.len() == 1 && y.starts_with(x)
            || y.len() == 1 && x.starts_with(y)
            || x.len() >= 5 && y.len() >= 5 && is_slip(x, y)
    };
    let full = |x: &str, y: &str| x.len() > 1 && y.len() > 1 && like(x, y);
    let whole = short.iter().filter(|x| long.iter().any(|y| full(x, y))).count();
    let shared = short.iter().filter(|x| long.iter().any(|y| like(x, y))).count();
    match short.len() {
        0 => false,
        1 => long.first().is_some_and(|y| short.first().is_some_and(|x| like(x, y) && x.len() > 2)),
        n => whole >= 2 || whole == 1 && shared == n,
    }
}

/// Is one word the other but for one letter, or for two that changed places? Such words begin or end alike, which is looked at
/// first: most words of a mail are nobody's name.
pub(crate) fn is_slip(a: &str, b: &str) -> bool {
    let alike = a.chars().next() == b.chars().next() || a.chars().next_back() == b.chars().next_back();
    alike && a.len().abs_diff(b.len()) <= 2 && strsim::osa_distance(a, b) <= 1
}

/// A name in capitals or in lower case, as a name is written.
pub(crate) fn titled(name: &str) -> String {
    let upper = name.chars().filter(|c| c.is_uppercase()).count();
    let lower = name.chars().filter(|c| c.is_lowercase()).count();
    let one_case = upper == 0 || lower == 0;
    let mut words = Vec::new();
    for word in name.split_whitespace() {
        let little = !words.is_empty() && LITTLE.contains(&word.to_lowercase().as_str());
        let mut chars = word.chars();
        words.push(match chars.next() {
            _ if !one_case && !word.chars().skip(1).all(char::is_uppercase) => word.to_owned(),
            _ if little => word.to_lowercase(),
            Some(first) if word.chars().count() > 1 => {
                first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect()
            }
            Some(_) | None => word.to_owned(),
        });
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{in_order_of, same_person, titled};

    #[test]
    fn one_person_or_two() {
        for (a, b, same) in [
            ("Lía M. Rojano", "Lía Margarita Rojano", true),
            ("CANTILLO JAIR ENRIQUE", "JAIR CANTILLO YEPES", true),
            ("Jorge Eliecer Llinas", "Jorge Eliécer Llinás", true),
            ("Breiner", "Breiner Cantillo", true),
            ("María Pérez", "María Gómez", false),
            ("Kevin Barros", "Maryuris Orozco", false),
        ] {
            assert_eq!(same_person(a, b), same, "{a} / {b}");
        }
    }

    #[test]
    fn written_as_names_are() {
        assert_eq!(titled("HERNANDO MAESTRE"), "Hernando Maestre");
        assert_eq!(titled("nohemí granados de la hoz"), "Nohemí Granados de la Hoz");
        assert_eq!(titled("Lía M. Rojano"), "Lía M. Rojano");
        assert_eq!(in_order_of("Ruiz Polo Ana Lucia", "Ana Lucía Ruiz"), "Ana Lucía Ruiz Polo");
        assert_eq!(in_order_of("Diazgranados Margarita Rosa", "Margarita Diazgranados"), "Margarita Rosa Diazgranados");
    }
}
