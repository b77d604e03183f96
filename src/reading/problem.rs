//! The problem in the sender's own words: what is left when courtesies, data and labels are taken away.
use crate::reading::page::{Ask, Page};
use crate::reading::pieces::{Piece, Sort};
use crate::spanish::fold::fold;
use std::ops::Range;

/// Fewer words than these say nothing; then the subject tells.
const FEWEST_WORDS: usize = 2;

/// The matter of each text page: the words of it that tell the problem, and the problem itself.
pub(crate) struct Story {
    /// By page of `Ask::texts`: the indices of its words that matter, in order.
    pub(crate) words: Vec<Vec<Range<usize>>>,
    pub(crate) problema: String,
    /// The body says nothing: the problem is the subject.
    pub(crate) from_subject: bool,
}

pub(crate) fn tell(ask: &Ask<'_>, pieces: &[Vec<Piece>]) -> Story {
    let mut words = Vec::new();
    let mut told: Vec<String> = Vec::new();
    let mut count = 0;
    for (page, pieces) in ask.texts.iter().zip(pieces) {
        let story = pieces.iter().any(|p| p.sort == Sort::Story);
        let wanted = if story { Sort::Story } else { Sort::Matter };
        let kept: Vec<&Piece> = pieces.iter().filter(|p| p.sort == wanted).collect();
        count += kept.iter().map(|p| p.words.len()).sum::<usize>();
        words.push(kept.iter().map(|p| p.words.clone()).collect());
        told.extend(joined(page, pieces, wanted));
    }
    let subject = without_prefixes(ask.subject.text);
    let from_subject = count < FEWEST_WORDS && !subject.is_empty();
    let problema = if from_subject { subject.to_owned() } else { told.join("\n\n") };
    Story { words, problema, from_subject }
}

/// Pieces that follow each other as they stand in the text; where something was dropped between, a new paragraph.
fn joined(page: &Page<'_>, pieces: &[Piece], wanted: Sort) -> Vec<String> {
    let mut paragraphs: Vec<Range<usize>> = Vec::new();
    let mut adjacent = false;
    for piece in pieces {
        if piece.sort != wanted {
            adjacent = false;
            continue;
        }
        match paragraphs.last_mut().filter(|_| adjacent) {
            Some(last) => last.end = piece.span.end,
            None => paragraphs.push(piece.span.clone()),
        }
        adjacent = true;
    }
    // A comma led to what was dropped.
    let told = |span: &Range<usize>| page.said(span).trim().trim_end_matches([',', ';']).trim_end().to_owned();
    paragraphs.iter().map(told).filter(|p| !p.is_empty()).collect()
}

/// What a tool writes below its alert, of the mail and not of the fault.
const BOILERPLATE: &[&str] = &[
    "generado automaticamente",
    "mensaje automatico",
    "no responda a este",
    "do not reply",
    "automatically generated",
];

/// The text of an alert without the one or two words that some tools put on top as a banner, and without their last
/// paragraph where it only says that a machine wrote it.
pub(crate) fn of_alarm(text: &str) -> &str {
    let text = match text.trim_end().rsplit_once("\n\n") {
        Some((before, last)) if !last.contains('\n') && says_only(last) => before.trim_end(),
        Some(_) | None => text,
    };
    let words = |line: &str| line.split_whitespace().filter(|w| w.contains(char::is_alphanumeric)).count();
    match text.split_once('\n') {
        Some((first, rest)) if words(first) <= 2 && !first.contains(':') && !rest.trim().is_empty() => rest.trim(),
        _ => text,
    }
}

fn says_only(paragraph: &str) -> bool {
    let folded = fold(paragraph);
    BOILERPLATE.iter().any(|said| folded.contains(said))
}

/// The subject without «RE:», «RV:», «Fwd:» and the like.
pub(crate) fn without_prefixes(subject: &str) -> &str {
    const PREFIXES: &[&str] = &["re", "rv", "fw", "fwd", "rta", "rpta", "resp", "reenv", "enc", "tr"];
    let mut rest = subject.trim();
    while let Some((prefix, after)) = rest.split_once(':') {
        let prefix = prefix.trim().to_lowercase();
        if !PREFIXES.contains(&prefix.as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}
