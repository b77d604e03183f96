//! Tables that mail clients write without colons: labels above their values, or one cell below the other.
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::page::Page;
use crate::reading::tag::{Field, Tag};
use std::ops::Range;

/// A label of a table, and the cell that holds its value.
pub(crate) struct Cell {
    pub(crate) field: Field,
    pub(crate) hit: Hit,
    pub(crate) label: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// Labels that make a table where nothing but line ends parts them from their values.
const FEWEST_STACKED: usize = 3;
/// Words of a label that the rules do not know: «Nombre del solicitante *del servicio*».
const LONGEST_TAIL: usize = 3;
/// Words of a cell that may be a label.
const LONGEST_LABEL: usize = 8;

/// A cell's span and the label that it is, if it is one.
type Said = (Range<usize>, Option<(Field, Hit)>);

/// A line's cells.
struct Row {
    cells: Vec<Said>,
}

impl Row {
    fn is_labels(&self) -> bool {
        let known = self.cells.iter().filter(|(_, label)| label.is_some()).count();
        known >= 2 && known * 3 >= self.cells.len() * 2
    }

    /// The label that is the whole line.
    fn label(&self) -> Option<(Field, Hit, Range<usize>)> {
        match self.cells.as_slice() {
            [(span, Some((field, hit)))] => Some((*field, *hit, span.clone())),
            _ => None,
        }
    }

    fn span(&self) -> Range<usize> {
        let start = self.cells.first().map_or(0, |(span, _)| span.start);
        start..self.cells.last().map_or(start, |(span, _)| span.end)
    }
}

/// The cells of every table of the page, in the order of their labels.
pub(crate) fn cells(lexicon: &Lexicon, page: &Page<'_>) -> Vec<Cell> {
    let labels = page.tagged(lexicon, |tag| matches!(tag, Tag::Label(_)).then_some(()));
    if labels.take(2).count() < 2 {
        return Vec::new();
    }
    let rows = rows(lexicon, page);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let stacked = rows.get(at..).unwrap_or_default();
        let taken = match rows.get(at + 1) {
            Some(values) if row.is_labels() && !values.is_labels() && values.cells.len() >= 2 => {
                across(row, values, &mut found)
            }
            Some(_) | None => below(stacked, &mut found),
        };
        at += taken.max(1);
    }
    found
}

/// The lines of the page that are no running text, as rows of cells.
fn rows(lexicon: &Lexicon, page: &Page<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = page.span.start;
    for line in page.said(&page.span).split_inclusive('\n') {
        let mut cells = Vec::new();
        let mut at = start;
        for cell in line.split_inclusive(['|', '\t']) {
            let inner = cell.trim_start_matches(is_edge);
            let said = inner.trim_end_matches(is_edge);
            if !said.is_empty() {
                let from = at + cell.len() - inner.len();
                let span = from..from + said.len();
                cells.push((span.clone(), label(lexicon, page, &span)));
            }
            at += cell.len();
        }
        if !cells.is_empty() {
            rows.push(Row { cells });
        }
        start += line.len();
    }
    rows
}

/// What stands around the words of a cell.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || matches!(c, '|' | '*' | '_')
}

/// The label that a whole cell is.
fn label(lexicon: &Lexicon, page: &Page<'_>, span: &Range<usize>) -> Option<(Field, Hit)> {
    let words = page.words.within(span);
    if words.is_empty() || words.len() > LONGEST_LABEL || page.said(span).contains(':') {
        return None;
    }
    let meant = |tag: &Tag| match tag {
        Tag::Label(field) => Some(*field),
        _ => None,
    };
    let hits = page.tagged_in(lexicon, words.start..words.start + 1, meant);
    let whole = hits.filter(|(hit, _)| !hit.typo && hit.last < words.end && hit.last + 1 + LONGEST_TAIL >= words.end);
    whole.max_by_key(|(hit, _)| hit.last).map(|(hit, field)| (field, hit))
}

/// A row of labels above a row of values. Says how many rows it took.
fn across(labels: &Row, values: &Row, found: &mut Vec<Cell>) -> usize {
    if labels.cells.len() != values.cells.len() {
        return 1;
    }
    for ((label, known), (value, _)) in labels.cells.iter().zip(&values.cells) {
        if let Some((field, hit)) = known {
            found.push(Cell { field: *field, hit: *hit, label: label.clone(), value: value.clone() });
        }
    }
    2
}

/// One cell below the other: label, value, label, value; or all labels and then all values.
fn below(rows: &[Row], found: &mut Vec<Cell>) -> usize {
    let labels: Vec<_> = rows.iter().map_while(Row::label).collect();
    let count = labels.len();
    if count >= FEWEST_STACKED {
        let values = rows.get(count..count * 2).unwrap_or_default();
        if values.len() == count && values.iter().all(|row| row.label().is_none()) {
            let pairs = labels.into_iter().zip(values);
            found.extend(pairs.map(|((field, hit, label), row)| Cell { field, hit, label, value: row.span() }));
            return count * 2;
        }
        return count;
    }
    let pairs = || rows.chunks_exact(2).map_while(|pair| pair.first()?.label().zip(value_of(pair)));
    let count = pairs().count();
    if count >= FEWEST_STACKED {
        found.extend(pairs().map(|((field, hit, label), value)| Cell { field, hit, label, value }));
        return count * 2;
    }
    1
}

fn value_of(pair: &[Row]) -> Option<Range<usize>> {
    pair.get(1).filter(|row| row.label().is_none()).map(Row::span)
}
