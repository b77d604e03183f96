//! A `Letter` becomes a `Parcel`: the office's wording filled in and packed as a mail.
pub mod html;
pub mod mime;
pub mod parcel;
pub mod plain;
pub mod samples;
pub mod template;
use crate::desk::decision::Letter;
use crate::letter::parcel::{Parcel, Stamp};
use crate::letter::template::Templates;
use crate::mail::message::Address;
use crate::seal::Seal;
use jiff::Timestamp;

/// What a letter is known by. `key` makes its Message-ID: the same letter of the same decision on the same day always has
/// the same one. A letter about a case is sealed: its id proves to us, when it comes back, which case it was and to whom.
pub fn stamp(sender: &Address, seal: &Seal, letter: &Letter, key: &str, now: Timestamp) -> Stamp {
    mime::stamp(sender, seal, letter, key, now)
}

/// Writes and packs one letter: the bytes that go out.
pub fn write(templates: &Templates, sender: &Address, letter: &Letter, stamp: &Stamp, now: Timestamp) -> Vec<u8> {
    let filled = templates.fill(letter.form, &letter.blanks);
    mime::pack(sender, letter, stamp, &filled, now)
}

/// Stamped and written.
pub fn render(
    templates: &Templates,
    sender: &Address,
    seal: &Seal,
    letter: &Letter,
    key: &str,
    now: Timestamp,
) -> Parcel {
    let stamp = stamp(sender, seal, letter, key, now);
    let bytes = write(templates, sender, letter, &stamp, now);
    Parcel { id: stamp.id, to: stamp.to, bytes }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::desk::decision::Form;
    use crate::handbook::shipped;
    use crate::letter::samples::samples;
    use expect_test::expect_file;

    fn templates() -> Templates {
        let mut errors = Vec::new();
        let templates = Templates::load(&shipped(), &mut errors);
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", told.join("\n"));
        templates.unwrap()
    }

    /// Every letter as it differs from sample to sample, for the office to read through.
    #[test]
    fn the_shipped_letters_say() {
        let templates = templates();
        let mut book = String::new();
        for form in Form::ALL {
            for blanks in &samples() {
                let filled = templates.fill(*form, blanks);
                let page = format!("──── {form} ────\nAsunto: {}\n\n{}\n\n", filled.subject, filled.text);
                if !book.contains(&page) {
                    book.push_str(&page);
                }
            }
        }
        expect_file!["../../fixtures/letters.txt"].assert_eq(&book);
    }
}
