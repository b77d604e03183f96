//! Parts a page into what is new, who signs, what is quoted and what was forwarded: every line falls to exactly one part.
use crate::mail::body::{Body, Part, Segment};
use crate::mail::history::{Opener, opener};
use crate::mail::notices::notices;
use crate::mail::page::{Line, Page};
use crate::mail::phrases::{is_answer, is_forward};
use crate::mail::signature::{Author, begins};

/// Mails forwarded within each other that are told apart.
const DEEPEST: u8 = 8;
/// Header blocks and attributions that are looked for; a chain of hundreds is one history.
const MOST_OPENERS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    part: Part,
    depth: u8,
}

/// Parts the text of a mail with this subject by this author.
pub(crate) fn split(page: Page, subject: &str, author: &Author) -> Body {
    let mut lines = page.lines;
    let (forward, answer) = (is_forward(subject), is_answer(subject));
    let body = part(&mut lines, author, forward, answer);
    // Whoever passes a mail on without a word of the own, under a subject without «RV:», has forwarded it all the same.
    let quotes = body.of(Part::Quoted, 0).next().is_some();
    let silent = quotes && !body.is_forward() && body.new_text().is_empty();
    if silent && !forward && !answer { part(&mut lines, author, true, false) } else { body }
}

fn part(lines: &mut [Line], author: &Author, forward: bool, answer: bool) -> Body {
    let (mut places, authors) = histories(lines, author, forward, answer);
    feet(lines, &mut places, &authors);
    assemble(lines, &places)
}

/// What the walk through the lines knows.
struct Walk {
    depth: u8,
    /// Quote marks that belong to the forwarded mail as a whole.
    base: u8,
    /// The subject of the mail that is being read says «forwarded».
    forward: bool,
    answer: bool,
    /// New words seen at this depth.
    new: bool,
    openers: usize,
}

fn histories(lines: &mut [Line], author: &Author, forward: bool, answer: bool) -> (Vec<Place>, Vec<Author>) {
    let mut places: Vec<Place> = Vec::with_capacity(lines.len());
    let mut authors = vec![author.clone()];
    let mut walk = Walk { depth: 0, base: 0, forward, answer, new: false, openers: 0 };
    while places.len() < lines.len() {
        let at = places.len();
        let found = if walk.openers < MOST_OPENERS { opener(lines, at) } else { None };
        let Some(found) = found else {
            let torn = is_torn(lines, at);
            let Some(line) = lines.get_mut(at) else { break };
            unquote(line, walk.base);
            let part = if line.level > 0 || torn { Part::Quoted } else { Part::New };
            walk.new |= part == Part::New && !line.is_blank();
            places.push(Place { part, depth: walk.depth });
            continue;
        };
        walk.openers += 1;
        let level = lines.get(at).map_or(0, |l| l.level);
        if level <= walk.base && forwards(&found, &walk) {
            enter(lines, &mut places, &found, &mut walk);
            authors.push(found.sender.as_deref().map(Author::of_line).unwrap_or_default());
        } else {
            quote(lines, &mut places, &found, &walk);
        }
    }
    (places, authors)
}

/// A client that wraps quoted lines leaves their tails without a mark: a short piece between two quoted lines, of which the
/// first is long and ends within a sentence.
fn is_torn(lines: &[Line], at: usize) -> bool {
    const LONG: usize = 60;
    let above = at.checked_sub(1).and_then(|n| lines.get(n));
    let (Some(above), Some(line), Some(below)) = (above, lines.get(at), lines.get(at + 1)) else { return false };
    let short = line.words().len() < LONG && line.words().starts_with(char::is_lowercase);
    let long = above.words().len() >= LONG && !above.words().ends_with(['.', '?', ':', '!']);
    line.level == 0 && above.level > 0 && below.level > 0 && short && long
}

/// Is the mail that begins here passed on, or only quoted?
fn forwards(found: &Opener, walk: &Walk) -> bool {
    let passed_on = found.forwarded || found.block && (walk.forward || !walk.new && !walk.answer);
    passed_on && walk.depth < DEEPEST
}

/// The forwarded mail becomes a text of its own, one deeper; its quote marks, if all of it bears them, go.
fn enter(lines: &mut [Line], places: &mut Vec<Place>, found: &Opener, walk: &mut Walk) {
    let at = places.len();
    walk.depth += 1;
    let after = lines.iter().skip(at + 1).filter(|l| !l.is_blank() || l.level > 0);
    walk.base = after.take(8).map(|l| l.level).min().unwrap_or(walk.base).max(walk.base);
    for line in lines.iter_mut().take(found.end).skip(at) {
        unquote(line, walk.base);
        places.push(Place { part: Part::ForwardHeader, depth: walk.depth });
    }
    let subject = found.subject.as_deref().unwrap_or_default();
    walk.forward = is_forward(subject);
    walk.answer = is_answer(subject);
    walk.new = false;
}

/// An attribution with quote marks beneath quotes only what bears them; anything else quotes to the end.
fn quote(lines: &mut [Line], places: &mut Vec<Place>, found: &Opener, walk: &Walk) {
    let at = places.len();
    let level = lines.get(at).map_or(0, |l| l.level);
    let next = lines.iter().skip(found.end).find(|l| !l.is_blank());
    let marked = !found.block && next.is_some_and(|l| l.level > level) || level > walk.base;
    let end = if marked { found.end } else { lines.len() };
    for line in lines.iter_mut().take(end).skip(at) {
        unquote(line, walk.base);
        places.push(Place { part: Part::Quoted, depth: walk.depth });
    }
}

fn unquote(line: &mut Line, base: u8) {
    if base == 0 || line.level == 0 {
        return;
    }
    let gone = base.min(line.level);
    let mut kept = line.text.as_str();
    if line.marks > 0 {
        for _ in 0..gone {
            kept = kept.trim_start_matches(' ').strip_prefix('>').unwrap_or(kept);
        }
        kept = kept.strip_prefix(' ').unwrap_or(kept);
        line.marks = line.marks.saturating_sub(line.text.len() - kept.len());
        line.text = kept.to_owned();
    }
    line.level -= gone;
}

/// Finds signatures and notices within each stretch of new text.
fn feet(lines: &[Line], places: &mut [Place], authors: &[Author]) {
    let mut from = 0;
    while from < lines.len() {
        let Some(place) = places.get(from).copied() else { return };
        let run = places.iter().skip(from).take_while(|p| **p == place).count();
        if place.part == Part::New
            && let (Some(lines), Some(places)) = (lines.get(from..from + run), places.get_mut(from..from + run))
        {
            let nobody = Author::default();
            foot(lines, places, authors.get(usize::from(place.depth)).unwrap_or(&nobody));
        }
        from += run;
    }
}

fn foot(lines: &[Line], places: &mut [Place], author: &Author) {
    let notices = notices(lines);
    for notice in &notices {
        places.iter_mut().take(notice.end).skip(notice.start).for_each(|p| p.part = Part::Disclaimer);
    }
    let top = notices.iter().find(|n| lines.iter().take(n.start).all(Line::is_blank)).map_or(0, |n| n.end);
    let end = notices.iter().map(|n| n.start).find(|start| *start >= top && *start > 0).unwrap_or(lines.len());
    let text = lines.get(top..end.max(top)).unwrap_or_default();
    if let Some(start) = begins(text, author) {
        places.iter_mut().skip(top + start).filter(|p| p.part == Part::New).for_each(|p| p.part = Part::Signature);
    }
}

/// Joins the lines into the text, and neighbours of one place into segments. Blank lines go with what is above them.
fn assemble(lines: &[Line], places: &[Place]) -> Body {
    let octets = lines.iter().map(|line| line.text.len() + 1).sum();
    let mut body = Body { text: String::with_capacity(octets), ..Body::default() };
    let last = lines.iter().rposition(|l| !l.is_blank()).map_or(0, |at| at + 1);
    for (line, place) in lines.iter().zip(places).take(last) {
        let start = body.text.len();
        body.text.push_str(&line.text);
        body.text.push('\n');
        let end = body.text.len();
        match body.segments.last_mut() {
            Some(last) if line.is_blank() || (last.part, last.depth) == (place.part, place.depth) => {
                last.span.end = end
            }
            Some(_) | None => body.segments.push(Segment { part: place.part, depth: place.depth, span: start..end }),
        }
    }
    body
}
