//! `Etiqueta: valor`: the lines of forms and the rows of tables, wherever they stand in a mail.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::page::Page;
use crate::reading::table::{self, Cell};
use crate::reading::tag::{Field, Tag};
use std::ops::Range;

/// A labelled line.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub(crate) field: Field,
    pub(crate) hit: Hit,
    /// From the label's first letter to the value's last.
    pub(crate) whole: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// The labelled lines of a page, in order.
#[derive(Default)]
pub(crate) struct Form {
    pub(crate) lines: Vec<Labelled>,
    is_form: bool,
}

/// Words that may stand between a label that is known and its colon: «Nombre del solicitante *del servicio*:».
const LONGEST_TAIL: usize = 3;

/// Blanks that part two columns.
const WIDEST_GAP: usize = 3;

impl Form {
    pub(crate) fn of(lexicon: &Lexicon, page: &Page<'_>) -> Form {
        let labels = labels(lexicon, page);
        let mut form = Form::default();
        let mut rest = labels.iter().peekable();
        // A value on the line below its label is read once, however many bare labels stand above it.
        let mut taken = 0;
        while let Some((hit, field, colon)) = rest.next() {
            let start = page.words.get(hit.first).map_or(0, |w| w.span.start);
            let line_end = end_of_line(page.text, *colon).min(page.span.end);
            let next =
                rest.peek().map_or(page.span.end, |(next, ..)| page.words.get(next.first).map_or(0, |w| w.span.start));
            let mut value = trimmed(page.text, *colon..line_end.min(next));
            if value.is_empty() && next > line_end && taken <= line_end {
                let below = page.text.get(line_end..next).unwrap_or_default();
                let at = line_end + (below.len() - below.trim_start().len());
                value = trimmed(page.text, at..end_of_line(page.text, at).min(next));
            }
            if *field == Field::Problema {
                value = whole_story(page.text, value, next);
            }
            taken = value.end;
            form.lines.push(Labelled { field: *field, hit: *hit, whole: start..value.end.max(*colon), value });
        }
        form.add(table::cells(lexicon, page));
        form.is_form = form.makes_a_form();
        form
    }

    /// Takes in the cells of tables, unless labels with colons stand among them.
    fn add(&mut self, cells: Vec<Cell>) {
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { return };
        let table = first.label.start..last.value.end;
        if self.lines.iter().any(|l| l.whole.start < table.end && table.start < l.whole.end) {
            return;
        }
        for Cell { field, hit, label, value } in cells {
            self.lines.push(Labelled { field, hit, whole: label.clone(), value: label.end..label.end });
            self.lines.push(Labelled { field, hit, whole: value.clone(), value });
        }
        self.lines.sort_by_key(|l| l.whole.start);
    }

    /// Two labels make a form; a single «Tel: …» in a signature does not.
    pub(crate) fn is_form(&self) -> bool {
        self.is_form
    }

    fn makes_a_form(&self) -> bool {
        let filled = self.lines.iter().filter(|l| !l.value.is_empty());
        filled.filter(|l| l.field != Field::Problema).count() >= 2 || self.lines.len() >= 2 && self.problem().is_some()
    }

    pub(crate) fn problem(&self) -> Option<&Labelled> {
        self.lines.iter().find(|l| l.field == Field::Problema && !l.value.is_empty())
    }

    pub(crate) fn of_field(&self, field: Field) -> impl Iterator<Item = &Labelled> {
        self.lines.iter().filter(move |l| l.field == field && !l.value.is_empty())
    }

    /// The label whose value this place of the text belongs to.
    pub(crate) fn at(&self, place: usize) -> Option<&Labelled> {
        self.line_at(place).filter(|l| l.value.contains(&place))
    }

    /// The labelled line that this place of the text stands in.
    pub(crate) fn line_at(&self, place: usize) -> Option<&Labelled> {
        let after = self.lines.partition_point(|l| l.whole.start <= place);
        self.lines.get(after.checked_sub(1)?).filter(|l| l.whole.contains(&place))
    }
}

/// Labels with a colon or a tab behind them: the longest at each place, and where its value begins.
fn labels(lexicon: &Lexicon, page: &Page<'_>) -> Vec<(Hit, Field, usize)> {
    let mut found: Vec<(Hit, Field, usize)> = Vec::new();
    let meant = |tag: &Tag| match tag {
        Tag::Label(field) => Some(*field),
        _ => None,
    };
    let mut hits: Vec<(Hit, Field)> = page.tagged(lexicon, meant).filter(|(hit, _)| !hit.typo).collect();
    hits.sort_by_key(|(hit, _)| (hit.first, usize::MAX - hit.last));
    for (hit, field) in hits {
        if found.last().is_some_and(|(last, _, colon)| last.last >= hit.first || begins(page, hit.first) < *colon) {
            continue;
        }
        if let Some(colon) = colon_after(page, &hit) {
            found.push((hit, field, colon));
        }
    }
    found
}

fn begins(page: &Page<'_>, index: usize) -> usize {
    page.words.get(index).map_or(0, |w| w.span.start)
}

/// Where the value begins, if this label opens a line or a part of one and a colon or a tab follows.
fn colon_after(page: &Page<'_>, hit: &Hit) -> Option<usize> {
    let start = begins(page, hit.first);
    let before = page.text.get(..start)?.trim_end_matches([' ', '*', '-', '•', '·', '>', '_', '|', '\u{a0}', '¿']);
    let opens_line = before.is_empty() || before.ends_with('\n') || start == page.span.start;
    let numbered = hit.first > 0
        && page.words.folded(hit.first - 1).len() <= 2
        && page.words.line_start(hit.first - 1, page.text)
        && page.words.folded(hit.first - 1).bytes().all(|b| b.is_ascii_digit());
    let opens_part = before.ends_with([',', ';', '.', '|', '/', '(']) || page.text.get(..start)?.ends_with("  ");
    let asked = page.text.get(..start)?.ends_with('¿');
    let tail = if opens_line || numbered { LONGEST_TAIL } else { 0 };
    if !(opens_line || numbered || opens_part) {
        return None;
    }
    for last in hit.last..=hit.last + tail {
        let end = page.words.get(last)?.span.end;
        let next = page.words.get(last + 1);
        let gap = page.text.get(end..next.map_or(page.span.end, |w| w.span.start))?;
        let gap = gap.split('\n').next().unwrap_or_default();
        if let Some(colon) = gap.find([':', '\t', '=']) {
            return Some(end + colon + 1);
        }
        if opens_line && parts_two(page, end, gap, next.map_or(end, |w| w.span.start)) {
            return next.map(|w| w.span.start);
        }
        // «¿Qué pasó? El computador …»: the question is the label.
        if let Some(mark) = gap.find('?').filter(|_| asked && opens_line) {
            return Some(end + mark + 1);
        }
        if next.is_none_or(|w| !w.gap.joins()) || gap.contains([',', '.', ';']) {
            return None;
        }
    }
    None
}

/// A label and its value in two columns: «Dependencia | Rentas», «Dependencia      Rentas».
fn parts_two(page: &Page<'_>, end: usize, gap: &str, next: usize) -> bool {
    let bare = |s: &str| s.trim_matches([' ', '*', '|', '_']).is_empty();
    let line = page.text.get(end..end_of_line(page.text, end)).unwrap_or_default().trim_end_matches([' ', '|']);
    let bar = gap.contains('|') && line.matches('|').count() == 1;
    let columns = gap.len() >= WIDEST_GAP && !line.trim_start().contains("   ");
    next > end && bare(gap) && (bar || columns && !gap.contains('|'))
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|t| t.find('\n')).map_or(text.len(), |i| at + i)
}

/// The span without blanks and dressing at its ends.
pub(crate) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let said = text.get(span.clone()).unwrap_or_default();
    let left = said.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | ':' | '|' | '_'));
    let start = span.start + (said.len() - left.len());
    let right = left
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '|' | '_' | ',' | ';' | '/' | '-' | '¿'));
    start..start + right.len()
}

/// A problem goes on over the lines below it until the next label.
fn whole_story(text: &str, value: Range<usize>, next: usize) -> Range<usize> {
    trimmed(text, value.start..next.max(value.end))
}
