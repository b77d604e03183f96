//! A text as words: folded, with the place of each in the text, how it was written and what parts it from the word before.
use crate::spanish::fold::fold_char;
use crate::spanish::number;
use crate::spanish::phone;
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Blanks, or the fold of a long line.
    Space,
    /// A comma, a dash, a bracket: the phrase may go on.
    Mark,
    /// The end of a sentence.
    Stop,
    /// The end of a line that was ended on purpose.
    Line,
}

impl Gap {
    /// May a phrase go on over this gap?
    pub(crate) fn joins(self) -> bool {
        matches!(self, Gap::Space | Gap::Mark)
    }
}

/// How a word was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Lower,
    Capital,
    Upper,
    /// It holds a digit.
    Digits,
    /// An e-mail address or the address of a page, taken whole.
    Address,
}

#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// In the text it was read from.
    pub(crate) span: Range<usize>,
    pub(crate) shape: Shape,
    pub(crate) gap: Gap,
    folded: Range<usize>,
}

/// The words of one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    list: Vec<Word>,
    folded: String,
}

/// Mail clients fold lines at 72 to 80 columns: a line of this length, to which the next word could not be added, was
/// folded rather than ended by its author. Lengths in bytes, a little more than the columns.
const FOLDED_LINE: usize = 56;
const WIDEST_LINE: usize = 86;
const NARROWEST_LIMIT: usize = 71;

impl Words {
    pub(crate) fn new(text: &str) -> Words {
        // Few words and their gaps take less than four octets.
        let mut words = Words { list: Vec::with_capacity(text.len() / 4), folded: String::with_capacity(text.len()) };
        let (mut at, mut last_end, mut line_start) = (0, 0, 0);
        // Where the next @ stands: far from one no address can begin.
        let mut sign = text.find('@');
        while let Some(c) = char_at(text, at) {
            if c == '\n' {
                line_start = at + 1;
            }
            if !c.is_alphanumeric() {
                at += c.len_utf8();
                continue;
            }
            let gap = words.gap(text, last_end, at, line_start);
            while let Some(passed) = sign.filter(|sign| *sign < at) {
                sign = text.get(passed + 1..).and_then(|rest| rest.find('@')).map(|next| passed + 1 + next);
            }
            at = match address_end(text, at, sign) {
                Some(end) => {
                    words.push_address(at..end, gap);
                    end
                }
                None => {
                    let end = word_end(text, at);
                    words.push(text, at..end, gap);
                    end
                }
            };
            last_end = at;
        }
        words
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn list(&self) -> &[Word] {
        &self.list
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Word> {
        self.list.get(index)
    }

    /// The word in lower case and without accents; empty out of bounds and for addresses.
    pub(crate) fn folded(&self, index: usize) -> &str {
        self.list.get(index).map_or("", |word| self.folded_of(word))
    }

    pub(crate) fn folded_of(&self, word: &Word) -> &str {
        self.folded.get(word.folded.clone()).unwrap_or_default()
    }

    /// From the first letter of one word to the last letter of another.
    pub(crate) fn span(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.list.get(first).map_or(0, |w| w.span.start);
        let end = self.list.get(last).map_or(start, |w| w.span.end);
        start..end.max(start)
    }

    /// Index of the first word that starts at or after this place of the text.
    pub(crate) fn at(&self, place: usize) -> usize {
        self.list.partition_point(|w| w.span.start < place)
    }

    /// The words that lie inside a span of the text.
    pub(crate) fn within(&self, span: &Range<usize>) -> Range<usize> {
        let first = self.at(span.start);
        let end = self.list.partition_point(|w| w.span.end <= span.end);
        first..end.max(first)
    }

    /// Do all words after the first up to the last follow within one phrase, without a mark between?
    pub(crate) fn joined(&self, first: usize, last: usize) -> bool {
        (first + 1..=last).all(|i| self.get(i).is_some_and(|w| w.gap == Gap::Space))
    }

    /// Does this word open with a digit?
    pub(crate) fn is_number(&self, index: usize) -> bool {
        self.folded(index).starts_with(|c: char| c.is_ascii_digit()) || number::value(self.folded(index)).is_some()
    }

    /// Does this word open a line?
    pub(crate) fn line_start(&self, index: usize, text: &str) -> bool {
        let start = self.get(index).map_or(0, |w| w.span.start);
        text.get(..start)
            .is_some_and(|t| t.trim_end_matches([' ', '\t', '*', '-', '•']).ends_with('\n') || t.trim().is_empty())
    }

    fn push(&mut self, text: &str, span: Range<usize>, gap: Gap) {
        let start = self.folded.len();
        let written = text.get(span.clone()).unwrap_or_default();
        let opens_upper = written.chars().next().is_some_and(char::is_uppercase);
        let lower = written.chars().any(char::is_lowercase);
        let digit = written.bytes().any(|b| b.is_ascii_digit());
        if written.is_ascii() {
            self.folded.push_str(written);
            self.folded.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
        } else {
            for c in written.chars() {
                fold_char(c, |plain| {
                    if plain.is_alphanumeric() {
                        self.folded.push(plain);
                    }
                });
            }
        }
        let shape = match (digit, opens_upper, lower) {
            (true, ..) => Shape::Digits,
            (false, true, true) => Shape::Capital,
            (false, true, false) => Shape::Upper,
            (false, false, _) => Shape::Lower,
        };
        self.list.push(Word { span, shape, gap, folded: start..self.folded.len() });
    }

    /// The last word is an abbreviation, an initial, or the number of an item of a list.
    fn may_be_short(&self) -> bool {
        let Some(word) = self.list.last() else { return false };
        let folded = self.folded_of(word);
        let item = word.gap == Gap::Line && folded.len() <= 2 && word.shape == Shape::Digits;
        // «3er. piso», «2do. piso».
        let ordinal = word.shape == Shape::Digits && folded.len() <= 4 && folded.ends_with(char::is_alphabetic);
        item || ordinal && number::value(folded).is_some()
            || (folded.len() == 1 && word.shape != Shape::Digits)
            || SHORT.contains(&folded)
    }

    /// Moves every span: the words were read from a part of a longer text that begins there.
    pub(crate) fn shift(&mut self, by: usize) {
        for word in &mut self.list {
            word.span.start += by;
            word.span.end += by;
        }
    }

    fn push_address(&mut self, span: Range<usize>, gap: Gap) {
        let here = self.folded.len();
        self.list.push(Word { span, shape: Shape::Address, gap, folded: here..here });
    }

    fn gap(&self, text: &str, from: usize, to: usize, line_start: usize) -> Gap {
        let between = text.get(from..to).unwrap_or_default();
        if from == 0 && self.list.is_empty() {
            return Gap::Line;
        }
        if between == " " {
            return Gap::Space;
        }
        if between.bytes().any(|b| b == b'\n') {
            let line_end = from + between.find('\n').unwrap_or(0);
            let start = text.get(..line_end).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
            let length = line_end.saturating_sub(start);
            let next = text.get(to..).and_then(|t| t.split_whitespace().next()).map_or(0, str::len);
            let folded = (FOLDED_LINE..=WIDEST_LINE).contains(&length)
                && length + next >= NARROWEST_LIMIT
                && between.bytes().filter(|b| *b == b'\n').count() == 1
                // What a colon ends is told below it.
                && !between.starts_with(':')
                && text.get(line_start..to).is_some_and(|s| s.chars().all(|c| c == ' ' || c == '"' || c == '('));
            if !folded {
                return Gap::Line;
            }
        }
        let mut mark = false;
        for (i, c) in between.char_indices() {
            match c {
                '!' | '?' | ';' | '¿' | '¡' | '…' => return Gap::Stop,
                '.' if between.get(i + 1..).is_some_and(|rest| rest.starts_with(char::is_whitespace)) => {
                    if !(i == 0 && self.may_be_short()) {
                        return Gap::Stop;
                    }
                    mark = true;
                }
                ' ' | '\u{a0}' | '\n' => {}
                _ => mark = true,
            }
        }
        if mark { Gap::Mark } else { Gap::Space }
    }
}

/// Words that are written short, with a full stop that ends no sentence.
const SHORT: &[&str] = &[
    "sec", "secr", "sria", "of", "ofi", "ofic", "edif", "ed", "ext", "exts", "tel", "tels", "cel", "ing", "inge", "dr",
    "dra", "dres", "sr", "sra", "sres", "srta", "arq", "abg", "lic", "no", "nro", "num", "art", "cra", "kra", "av",
    "dpto", "depto", "gral", "prof", "etc", "ej", "tec", "aux", "adm", "admin", "esp", "tal", "hum", "des", "dllo",
    "lab", "gest", "planea", "infra", "juridic", "res", "resol", "rad", "ref", "vol", "pag", "ud", "uds", "vs", "ph",
    "sta", "sto", "ps", "abog", "bact", "cont", "bl", "blq", "econ", "int", "com", "comunic", "contrat", "atte", "att",
    "at", "bco", "desp", "educ", "transp",
];

/// The character that begins at this octet.
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(octet) if octet.is_ascii() => Some(char::from(*octet)),
        Some(_) => text.get(at..).and_then(|rest| rest.chars().next()),
        None => None,
    }
}

/// Where the word that starts here ends: «ext1219» is two.
fn word_end(text: &str, at: usize) -> usize {
    let goes_on = |c: char| c.is_alphanumeric() || !c.is_ascii() && is_combining_mark(c);
    let mut end = at;
    let mut letters = true;
    while let Some(c) = char_at(text, end).filter(|c| goes_on(*c)) {
        if letters && c.is_ascii_digit() {
            letters = false;
            if text.get(at..end).is_some_and(phone::names_a_number) {
                break;
            }
        }
        end += c.len_utf8();
    }
    end
}

/// Longest address that is looked for (RFC 5321 section 4.5.3.1: 64 octets, the @ and 255).
const LONGEST_ADDRESS: usize = 320;

/// Where an address that starts here ends: `a@b.c`, `http…`, `www…`; `sign` is where the next @ stands.
fn address_end(text: &str, at: usize, sign: Option<usize>) -> Option<usize> {
    let rest = text.get(at..)?;
    let page = rest.starts_with(['h', 'w']) && ["http://", "https://", "www."].iter().any(|p| rest.starts_with(p));
    let local = sign.filter(|sign| !page && sign - at < LONGEST_ADDRESS).and_then(|sign| text.get(at..sign));
    let of_a_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '&' | '\'');
    if !page && !local?.chars().all(of_a_local) {
        return None;
    }
    let window = rest.get(..rest.floor_char_boundary(LONGEST_ADDRESS))?;
    let stops = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '[' | ']' | '|');
    let chunk = window.split(stops).next()?;
    if let Some(domain) = local.and_then(|local| chunk.get(local.len() + 1..))
        && (!domain.starts_with(char::is_alphanumeric) || !domain.contains('.'))
    {
        return None;
    }
    Some(at + chunk.trim_end_matches(['.', ':', '!', '?', '\'', '*']).len())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::string_slice)]
mod tests {
    use super::{Gap, Words};
    use proptest::prelude::*;

    fn folded(text: &str) -> Vec<String> {
        let words = Words::new(text);
        (0..words.len()).map(|i| words.folded(i).to_owned()).collect()
    }

    #[test]
    fn folds_and_keeps_addresses_whole() {
        assert_eq!(folded("La SECRETARÍA, Ing. Peña"), ["la", "secretaria", "ing", "pena"]);
        let words = Words::new("mi correo a.b@magdalena.gov.co, gracias");
        assert_eq!(words.len(), 4);
        assert_eq!(
            &"mi correo a.b@magdalena.gov.co, gracias"[words.get(2).unwrap().span.clone()],
            "a.b@magdalena.gov.co"
        );
    }

    #[test]
    fn a_number_glued_to_its_word_stands_alone() {
        assert_eq!(folded("Ext1219, extensión1220 of204"), ["ext", "1219", "extension", "1220", "of", "204"]);
        assert_eq!(folded("SW4 office365 x12 GM08812"), ["sw4", "office365", "x12", "gm08812"]);
    }

    #[test]
    fn gaps() {
        let text = "Sec. Interior, piso 2\nTel 5. Quedo atenta";
        let gaps: Vec<Gap> = Words::new(text).list().iter().map(|w| w.gap).collect();
        assert_eq!(
            gaps,
            [Gap::Line, Gap::Mark, Gap::Mark, Gap::Space, Gap::Line, Gap::Space, Gap::Stop, Gap::Space][..gaps.len()]
        );
    }

    #[test]
    fn a_folded_line_is_no_end() {
        let text = "El computador de la oficina no prende desde ayer y nadie de la Oficina de\nControl Interno";
        let words = Words::new(text);
        assert_eq!(words.list().iter().filter(|w| w.gap == Gap::Line).count(), 1);
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_on_boundaries(text in "\\PC*") {
            let words = Words::new(&text);
            let mut last = 0;
            for word in words.list() {
                prop_assert!(word.span.start >= last && word.span.end > word.span.start);
                prop_assert!(text.get(word.span.clone()).is_some());
                last = word.span.end;
            }
        }
    }
}
