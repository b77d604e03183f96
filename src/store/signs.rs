//! By what a person is known in a text: the address, and what the cases that are the person's own say of him.
use crate::mail::message::Mail;
use crate::ticket::erase::is_named;
use crate::ticket::facts::Ticket;
use std::collections::BTreeSet;

/// Letters of a name or a number below which it could be anybody's.
const TELLING: usize = 7;
/// What stands between the groups in which a number is written.
const BETWEEN: &str = " -.()";
/// What may stand before a number of this country.
const COUNTRY: &str = "57";

/// In lower case.
pub(crate) struct Signs {
    address: String,
    words: Vec<String>,
    /// Of digits alone.
    numbers: Vec<String>,
}

impl Signs {
    pub(crate) fn of(address: &str, cases: &[Ticket]) -> Signs {
        let mut signs = BTreeSet::new();
        for case in cases {
            let contact = &case.contacto;
            if contact.correo.as_ref().is_none_or(|correo| correo.eq_ignore_ascii_case(address)) {
                let said = [&contact.nombre, &contact.telefono, &contact.celular];
                let telling = said.into_iter().flatten().filter(|said| said.chars().count() >= TELLING);
                signs.extend(telling.map(|said| said.to_lowercase()));
            }
        }
        let (numbers, words) =
            signs.into_iter().partition(|sign: &String| sign.bytes().all(|octet| octet.is_ascii_digit()));
        Signs { address: address.to_owned(), words, numbers }
    }

    /// Does the mail name the address? It alone is nobody else's.
    pub(crate) fn address_in(&self, mail: &Mail) -> bool {
        says(mail, &|text| is_named(text, &self.address))
    }

    /// Does the mail say the address, the name or a number? Those may be a namesake's, or the telephone of a whole house.
    pub(crate) fn any_in(&self, mail: &Mail) -> bool {
        let stands = |text: &str| {
            // A name may be cut by a line's end.
            let words = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
            self.words.iter().any(|sign| has_words(&words, sign))
                || self.numbers.iter().any(|number| has_number(&words, number))
        };
        self.address_in(mail) || says(mail, &stands)
    }
}

/// Does one of its texts satisfy this: the headers, the body, or those of a mail attached to it?
fn says(mail: &Mail, this: &dyn Fn(&str) -> bool) -> bool {
    let people = [&mail.from].into_iter().chain(&mail.to).chain(&mail.cc).chain(&mail.reply_to);
    let said = people.flat_map(|a| [a.correo.as_str(), a.nombre.as_deref().unwrap_or_default()]);
    let recipient = mail.bounce.as_ref().and_then(|bounce| bounce.recipient.as_deref());
    let mut said = said.chain([mail.subject.as_str(), mail.body.text.as_str()]).chain(recipient);
    said.any(this) || mail.attached.iter().any(|mail| says(mail, this))
}

/// The words as such, and not as the middle of longer ones: «Ana Ruiz» is not in «Mariana Ruiz».
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// The number, whole, in however many groups it is written.
fn has_number(text: &str, number: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit() && !BETWEEN.contains(c)).any(|run| {
        let groups: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        (0..groups.len()).any(|first| begins_with(groups.iter().skip(first), number))
    })
}

fn begins_with<'a>(groups: impl Iterator<Item = &'a &'a str>, number: &str) -> bool {
    let mut joined = String::new();
    for group in groups {
        joined.push_str(group);
        if joined == number || joined.strip_prefix(COUNTRY) == Some(number) {
            return true;
        }
        if joined.len() >= number.len() + COUNTRY.len() {
            break;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_whole_words() {
        for (text, is_there) in [
            ("para ana ruiz, de tesorería", true),
            ("ana ruiz", true),
            ("«ana ruiz»", true),
            ("mariana ruiz daza", false),
            ("ana ruizo", false),
            ("iana ruiz y ana ruiz", true),
        ] {
            assert_eq!(has_words(text, "ana ruiz"), is_there, "{text}");
        }
    }

    #[test]
    fn a_number_is_whole_and_may_be_written_in_groups() {
        for (text, is_there) in [
            ("celular 3004567890.", true),
            ("cel. 300 456 7890 y 605 438 1144", true),
            ("605 438 1144 300-456-78-90", true),
            ("+57 (300) 456.7890", true),
            ("+573004567890", true),
            ("13004567890", false),
            ("300456789012", false),
            ("300 456 78901", false),
            ("300 456 ext. 7890", false),
        ] {
            assert_eq!(has_number(text, "3004567890"), is_there, "{text}");
        }
    }
}
