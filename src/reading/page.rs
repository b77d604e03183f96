//! The parts of a mail that a reader looks at, each as words with the phrases and numbers found in it.
use crate::mail::body::{Part, Segment};
use crate::mail::message::{Address, Mail};
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::Zone;
use crate::reading::tag::{Courtesy, Field, Mark, Tag};
use crate::reading::words::{Gap, Words};
use crate::spanish::fold::fold;
use crate::spanish::number;
use crate::spanish::phone::{self, Number};
use std::ops::Range;

/// One part of a mail.
pub(crate) struct Page<'a> {
    pub(crate) zone: Zone,
    /// The whole text in which the zone's spans count.
    pub(crate) text: &'a str,
    /// What of it this page is.
    pub(crate) span: Range<usize>,
    pub(crate) words: Words,
    /// In the order of their first words.
    pub(crate) hits: Vec<Hit>,
    pub(crate) numbers: Vec<Number>,
    /// The words of each line, in order.
    lines: Vec<Range<usize>>,
}

/// Words that a phrase may span, at most; the rules' longest are shorter.
pub(crate) const LONGEST_PHRASE: usize = 24;

/// Items of a list that are told apart.
pub(crate) const MOST_ITEMS: u32 = 20;

impl<'a> Page<'a> {
    pub(crate) fn new(lexicon: &Lexicon, zone: Zone, text: &'a str, span: Range<usize>) -> Page<'a> {
        let part = text.get(span.clone()).unwrap_or_default();
        let mut words = Words::new(part);
        let mut numbers = phone::find(part);
        for number in &mut numbers {
            number.span.start += span.start;
            number.span.end += span.start;
        }
        words.shift(span.start);
        let mut hits = lexicon.find(&words);
        hits.sort_by_key(|hit| (hit.first, hit.last));
        let lines = lines(text, &words);
        Page { zone, text, span, words, hits, numbers, lines }
    }

    pub(crate) fn whole(lexicon: &Lexicon, zone: Zone, text: &'a str) -> Page<'a> {
        Page::new(lexicon, zone, text, 0..text.len())
    }

    /// The text of a span, as written.
    pub(crate) fn said(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The hits whose meaning `meant` knows, with it.
    pub(crate) fn tagged<T>(
        &self,
        lexicon: &Lexicon,
        meant: impl Fn(&Tag) -> Option<T>,
    ) -> impl Iterator<Item = (Hit, T)> {
        self.hits.iter().filter_map(move |hit| meant(lexicon.tag(hit)?).map(|t| (*hit, t)))
    }

    /// The hits that begin with one of these words.
    pub(crate) fn hits_in(&self, words: Range<usize>) -> &[Hit] {
        let first = self.hits.partition_point(|hit| hit.first < words.start);
        let end = self.hits.partition_point(|hit| hit.first < words.end);
        self.hits.get(first..end.max(first)).unwrap_or_default()
    }

    /// As [`Page::tagged`], of the hits that begin with one of these words.
    pub(crate) fn tagged_in<T>(
        &self,
        lexicon: &Lexicon,
        words: Range<usize>,
        meant: impl Fn(&Tag) -> Option<T>,
    ) -> impl Iterator<Item = (Hit, T)> {
        self.hits_in(words).iter().filter_map(move |hit| meant(lexicon.tag(hit)?).map(|t| (*hit, t)))
    }

    /// Does a phrase with this mark stand here?
    pub(crate) fn marked(&self, lexicon: &Lexicon, wanted: Mark) -> Option<Hit> {
        self.tagged(lexicon, |tag| match tag {
            Tag::Mark { mark, .. } if *mark == wanted => Some(()),
            _ => None,
        })
        .map(|(hit, ())| hit)
        .next()
    }

    pub(crate) fn span_of(&self, hit: &Hit) -> Range<usize> {
        self.words.span(hit.first, hit.last)
    }

    /// Is the phrase the whole of what stands between quotation marks: what a screen says, not what the writer does?
    pub(crate) fn is_quoted(&self, hit: &Hit) -> bool {
        let span = self.span_of(hit);
        let before = self.text.get(..span.start).and_then(|t| t.chars().next_back());
        let after = self.text.get(span.end..).and_then(|t| t.trim_start_matches(['.', ',']).chars().next());
        matches!((before, after), (Some('"'), Some('"')) | (Some('«'), Some('»')) | (Some('“'), Some('”' | '“')))
    }

    /// Does this phrase stand within one that means something else: «recepción de facturas» is no reception?
    pub(crate) fn is_not_meant(&self, lexicon: &Lexicon, hit: &Hit, field: Field) -> bool {
        let near = hit.first.saturating_sub(LONGEST_PHRASE)..hit.first + 1;
        self.tagged_in(lexicon, near, |tag| matches!(tag, Tag::NotMeant(f) if *f == field).then_some(()))
            .any(|(longer, ())| longer.last >= hit.last)
    }

    /// Does the phrase begin with a label and its colon: «Sede: Hospital Viejo»? The value is found by itself.
    pub(crate) fn is_label_and_value(&self, hit: &Hit) -> bool {
        let end = self.words.get(hit.first).map_or(0, |w| w.span.end);
        hit.last > hit.first
            && self.text.get(end..).is_some_and(|t| t.trim_start_matches([' ', '*', '\t']).starts_with(':'))
    }

    /// Does this word stand behind the dash or the dot of a list?
    pub(crate) fn is_bulleted(&self, index: usize) -> bool {
        let start = self.words.get(index).map_or(0, |w| w.span.start);
        let before = self.text.get(self.span.start..start).unwrap_or_default().trim_end_matches([' ', '\t']);
        let rest = before.trim_end_matches(['-', '•', '*', '·', '–', '—', '>', '▪']);
        rest.len() < before.len() && (rest.trim_end_matches([' ', '\t']).ends_with('\n') || rest.trim().is_empty())
    }

    /// Does this word open an item of a list: «2) …», «- …», «b. …» at the beginning of a line?
    pub(crate) fn opens_item(&self, index: usize) -> bool {
        if !self.words.line_start(index, self.text) {
            return false;
        }
        let first = self.words.folded(index);
        let marked = self.words.get(index + 1).is_some_and(|w| w.gap == Gap::Mark);
        let counted = number::value(first).is_some_and(|n| (1..=MOST_ITEMS).contains(&n));
        let lettered = matches!(first, "a" | "b" | "c" | "d" | "e" | "f" | "punto" | "item");
        marked && (counted || lettered) || self.is_bulleted(index)
    }

    /// Does this word open another column of its line: a tab or several blanks stand before it?
    pub(crate) fn in_columns(&self, index: usize) -> bool {
        let end = index.checked_sub(1).and_then(|i| self.words.get(i)).map_or(0, |w| w.span.end);
        let gap = self.words.get(index).and_then(|w| self.text.get(end..w.span.start)).unwrap_or_default();
        gap.contains('\t') || gap.contains("   ")
    }

    /// Indices of the words of the line in which this word stands.
    pub(crate) fn line_of(&self, index: usize) -> Range<usize> {
        let at = self.lines.partition_point(|line| line.end <= index);
        self.lines.get(at).cloned().unwrap_or(index..index)
    }
}

fn lines(text: &str, words: &Words) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut end = 0;
    for (index, word) in words.list().iter().enumerate() {
        let broken = text.get(end..word.span.start).is_none_or(|gap| gap.contains('\n'));
        match lines.last_mut().filter(|_| !broken) {
            Some(line) => line.end = index + 1,
            None => lines.push(index..index + 1),
        }
        end = word.span.end;
    }
    lines
}

/// What somebody asks: whose words they are, and the pages that hold them.
pub(crate) struct Ask<'a> {
    pub(crate) who: Address,
    /// `who` as one text, in which spans of the zone `Remitente` count.
    pub(crate) sender: String,
    pub(crate) texts: Vec<Page<'a>>,
    pub(crate) feet: Vec<Page<'a>>,
    pub(crate) subject: Page<'a>,
    /// The signatures of who passed the mail on.
    pub(crate) passers: Vec<Page<'a>>,
    /// The words are not the sender's own but forwarded or attached.
    pub(crate) passed: bool,
}

impl<'a> Ask<'a> {
    /// The request of a mail: its own, that of the mail forwarded in it, or that of the mail attached to it.
    pub(crate) fn of(lexicon: &Lexicon, mail: &'a Mail) -> Ask<'a> {
        let own = own_words(lexicon, mail);
        if let Some(inner) = mail.attached.first().filter(|inner| !own.stands && has_words(inner)) {
            let mut ask = Ask::of(lexicon, inner);
            for page in ask.texts.iter_mut().chain(&mut ask.feet).chain(&mut ask.passers) {
                page.zone = Zone::Adjunto;
            }
            ask.passers.extend(pages(lexicon, mail, Part::Signature, 0, Zone::Firma));
            ask.passed = true;
            return ask;
        }
        let depth = if own.stands { 0 } else { deepest(mail) };
        let zone = |at_home| if depth == 0 { at_home } else { Zone::Reenviado };
        let who = if depth == 0 { mail.from.clone() } else { forwarded_author(mail, depth).unwrap_or_default() };
        let sender = match &who.nombre {
            Some(nombre) => format!("{nombre} <{}>", who.correo),
            None => who.correo.clone(),
        };
        let texts = if depth == 0 { own.pages } else { pages(lexicon, mail, Part::New, depth, zone(Zone::Texto)) };
        Ask {
            who,
            sender,
            texts,
            feet: pages(lexicon, mail, Part::Signature, depth, zone(Zone::Firma)),
            subject: Page::whole(lexicon, Zone::Asunto, &mail.subject),
            passers: if depth == 0 { Vec::new() } else { pages(lexicon, mail, Part::Signature, 0, Zone::Firma) },
            passed: depth > 0,
        }
    }

    /// Pages in the order in which a reader sees them, the subject first.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &Page<'a>> {
        std::iter::once(&self.subject).chain(&self.texts).chain(&self.feet)
    }
}

struct Own<'a> {
    pages: Vec<Page<'a>>,
    /// These words are the request, whatever the mail carries besides.
    stands: bool,
}

/// Words of one's own from which on a forward is an exhibit rather than the request.
const OWN_REQUEST: usize = 30;

fn own_words<'a>(lexicon: &Lexicon, mail: &'a Mail) -> Own<'a> {
    let pages = pages(lexicon, mail, Part::New, 0, Zone::Texto);
    if !mail.body.is_forward() && mail.attached.is_empty() {
        return Own { pages, stands: true };
    }
    let exhibit = pages.iter().any(|p| p.marked(lexicon, Mark::PropioReenvio).is_some());
    let passes_on = pages.iter().any(|p| {
        let said = p.tagged(lexicon, |tag| matches!(tag, Tag::Courtesy(Courtesy::Remision)).then_some(()));
        said.count() > 0
    });
    let count: usize = pages.iter().map(|p| p.words.len()).sum();
    let stands = exhibit
        || count > OWN_REQUEST && !passes_on
        || count > OWN_REQUEST * 3
        || deepest(mail) == 0 && mail.attached.is_empty();
    Own { pages, stands }
}

fn has_words(mail: &Mail) -> bool {
    mail.body.segments.iter().any(|s| s.part == Part::New && !mail.body.words(s).trim().is_empty())
}

/// The innermost forwarded mail that says something.
fn deepest(mail: &Mail) -> u8 {
    let says = |s: &&Segment| s.part == Part::New && mail.body.words(s).split_whitespace().count() >= 3;
    mail.body.segments.iter().filter(says).map(|s| s.depth).max().unwrap_or(0)
}

fn pages<'a>(lexicon: &Lexicon, mail: &'a Mail, part: Part, depth: u8, zone: Zone) -> Vec<Page<'a>> {
    mail.body.of(part, depth).map(|s| Page::new(lexicon, zone, &mail.body.text, s.span.clone())).collect()
}

/// Who wrote the mail that was forwarded in the text, by its «De:» line.
fn forwarded_author(mail: &Mail, depth: u8) -> Option<Address> {
    let headers = mail.body.of(Part::ForwardHeader, depth).map(|s| mail.body.words(s));
    let line = headers.flat_map(str::lines).find_map(|line| {
        let line = line.trim_start_matches(['*', '>', ' ', '\t', '-']);
        let (label, value) = line.split_once(':')?;
        matches!(fold(label.trim_matches(['*', ' '])).as_str(), "de" | "from")
            .then(|| value.trim_matches(['*', ' ', '\t']))
    })?;
    Some(address(line))
}

/// `Nombre <correo>`, `Nombre [mailto:correo]`, or either alone.
fn address(line: &str) -> Address {
    let (name, rest) = line.split_once(['<', '[', '(']).unwrap_or((if line.contains('@') { "" } else { line }, line));
    let correo = rest
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | ',' | ';'))
        .map(|word| word.trim_start_matches("mailto:"))
        .find(|word| word.contains('@'))
        .unwrap_or_default()
        .to_lowercase();
    let name = name.trim_matches(['"', '\'', ' ', '*']).trim();
    Address { correo, nombre: (!name.is_empty()).then(|| name.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_of_forwarded_mails() {
        for (line, nombre, correo) in [
            ("Ana Ruiz <ARuiz@x.co>", Some("Ana Ruiz"), "aruiz@x.co"),
            ("Ana Ruiz [mailto:a@x.co]", Some("Ana Ruiz"), "a@x.co"),
            ("a@x.co", None, "a@x.co"),
            ("Ana Ruiz", Some("Ana Ruiz"), ""),
            ("\"Ruiz, Ana\" <a@x.co> en nombre de B", Some("Ruiz, Ana"), "a@x.co"),
        ] {
            let found = address(line);
            assert_eq!((found.nombre.as_deref(), found.correo.as_str()), (nombre, correo), "{line}");
        }
    }
}
