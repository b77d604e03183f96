//! Writes text as a page of lines: breaks are kept back until words follow, and the cells of a table's row share a line.
use crate::mail::page::{Hint, Line, Page, readable};

/// Line breaks kept back at most: two blank lines.
const MOST_BREAKS: u8 = 3;
/// A first cell that is longer is text, not a label.
const LONGEST_LABEL: usize = 60;
/// Tables within tables that are told apart; layouts nest deeper than data.
const DEEPEST_TABLE: usize = 64;

/// Where the writer is within one table.
#[derive(Default)]
struct Row {
    /// Cells with words so far, and where in the open line each but the first begins.
    cells: usize,
    borders: Vec<usize>,
    /// Some cell took more than one line: the row is a layout, not data.
    broken: bool,
    /// A cell was opened after one with words: a border is due before the next word.
    border_due: bool,
}

#[derive(Default)]
pub(crate) struct Flow {
    page: Page,
    line: String,
    /// Level and hint at the first word of the open line.
    line_level: u8,
    line_hint: Hint,
    pub(crate) level: u8,
    /// The next line with words begins the earlier mails.
    pub(crate) history: bool,
    pub(crate) signature: bool,
    breaks: u8,
    space: bool,
    /// Only a no-break space stands on the line: it is blank, but it is there.
    held: bool,
    bullet: Option<String>,
    rows: Vec<Row>,
}

impl Flow {
    /// Running text: blanks collapse, line ends are blanks.
    pub(crate) fn text(&mut self, text: &str) {
        for c in readable_html(text).chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.space = true,
                '\u{a0}' => {
                    self.space = true;
                    self.held = true;
                }
                c => self.put(c),
            }
        }
    }

    /// Text within `pre`: line ends are kept, and blanks but for the indent.
    pub(crate) fn preformatted(&mut self, text: &str) {
        for (nth, line) in readable_html(text).split('\n').enumerate() {
            if nth > 0 {
                self.line_break();
            }
            for c in line.chars().filter(|c| *c != '\r') {
                match c {
                    '\u{a0}' | ' ' if self.breaks > 0 || self.line.is_empty() => self.space = true,
                    '\u{a0}' => self.line.push(' '),
                    c if c == ' ' || c == '\t' => self.line.push(c),
                    c => self.put(c),
                }
            }
        }
    }

    fn put(&mut self, c: char) {
        if self.breaks > 0 {
            self.flush();
        }
        if self.line.is_empty() {
            self.line_level = self.level;
            self.line_hint = if std::mem::take(&mut self.history) {
                Hint::History
            } else if self.signature {
                Hint::Signature
            } else {
                Hint::None
            };
            self.line.extend(self.bullet.take());
            self.space = false;
        }
        self.border();
        if std::mem::take(&mut self.space) && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
        self.held = false;
        self.line.push(c);
    }

    /// Before the first word of a further cell: remembers where it begins.
    fn border(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            if std::mem::take(&mut row.border_due) && !self.line.is_empty() {
                self.line.truncate(self.line.trim_end().len());
                row.borders.push(self.line.len());
                self.space = false;
            }
            row.cells = row.cells.max(1);
        }
    }

    fn flush(&mut self) {
        self.draw_borders();
        if !self.line.is_empty() {
            let text = std::mem::take(&mut self.line);
            for line in text.trim_end().split('\n') {
                let text = line.trim_end().to_owned();
                self.page.push(Line { text, level: self.line_level, hint: self.line_hint, marks: 0 });
            }
            if let Some(row) = self.rows.last_mut() {
                row.broken |= row.cells > 0;
            }
        }
        let level = self.level.min(self.line_level);
        for _ in 1..self.breaks {
            self.page.push(Line { level, ..Line::default() });
        }
        self.breaks = 0;
        self.space = false;
    }

    /// `<br>`
    pub(crate) fn line_break(&mut self) {
        if self.at_border() {
            return;
        }
        self.breaks = (self.breaks + 1).min(MOST_BREAKS);
        self.held = false;
    }

    /// The edge of an element that stands on lines of its own.
    pub(crate) fn block(&mut self, breaks: u8) {
        if self.at_border() {
            return;
        }
        let blank = u8::from(std::mem::take(&mut self.held) && (self.breaks > 0 || self.line.is_empty()));
        self.breaks = self.breaks.max(breaks).saturating_add(blank).min(MOST_BREAKS);
    }

    /// In a further cell that has no words yet: its blocks break nothing.
    fn at_border(&self) -> bool {
        self.rows.last().is_some_and(|row| row.border_due)
    }

    pub(crate) fn item(&mut self, bullet: String) {
        self.block(1);
        self.bullet = Some(bullet);
    }

    pub(crate) fn table(&mut self) {
        self.block(1);
        if self.rows.len() < DEEPEST_TABLE {
            self.rows.push(Row::default());
        }
    }

    pub(crate) fn row(&mut self) {
        self.end_row();
        self.block(1);
    }

    pub(crate) fn cell(&mut self) {
        if let Some(row) = self.rows.last_mut()
            && row.cells > 0
            && !row.broken
            && !self.line.is_empty()
        {
            row.border_due = true;
            row.cells += 1;
            self.breaks = 0;
            self.held = false;
        } else {
            self.block(1);
        }
    }

    pub(crate) fn end_table(&mut self) {
        self.end_row();
        self.rows.pop();
        if let Some(outer) = self.rows.last_mut() {
            outer.broken = true;
        }
        self.block(1);
    }

    fn end_row(&mut self) {
        self.held = false;
        self.draw_borders();
        if let Some(row) = self.rows.last_mut() {
            *row = Row::default();
        }
    }

    /// Now that the cells on the line are known: «label: value» for two, « | » between more; labels with their colon and
    /// their values in turn get a line for each pair.
    fn draw_borders(&mut self) {
        let Some(row) = self.rows.last_mut() else { return };
        let borders = std::mem::take(&mut row.borders);
        if borders.is_empty() {
            return;
        }
        let mut cells = Vec::with_capacity(borders.len() + 1);
        let mut rest = self.line.as_str();
        for at in borders.into_iter().rev() {
            let (before, cell) = rest.split_at_checked(at).unwrap_or((rest, ""));
            cells.push(cell);
            rest = before;
        }
        cells.push(rest);
        cells.reverse();
        let paired = cells.len().is_multiple_of(2) && cells.iter().step_by(2).all(|cell| cell.ends_with(':'));
        self.line = match cells.as_slice() {
            [label, value] if is_label(label) => format!("{}: {value}", label.trim_end_matches(':')),
            _ if paired => cells.chunks(2).map(|pair| pair.join(" ")).collect::<Vec<_>>().join("\n"),
            _ => cells.join(" | "),
        };
    }

    /// Where the open line stands: the start of a link's words.
    pub(crate) fn mark(&self) -> usize {
        if self.breaks > 0 { 0 } else { self.line.len() }
    }

    /// The words since `mark`, when the line was not broken meanwhile.
    pub(crate) fn since(&self, mark: usize) -> &str {
        if self.breaks > 0 { "" } else { self.line.get(mark..).unwrap_or_default() }
    }

    /// Words of the writer, not of the mail: appended as they are.
    pub(crate) fn append(&mut self, text: &str) {
        self.line.push_str(text);
    }

    pub(crate) fn finish(mut self) -> Page {
        while !self.rows.is_empty() {
            self.end_row();
            self.rows.pop();
        }
        self.breaks = 0;
        self.flush();
        self.page
    }
}

/// A first cell that names what stands beside it: short, and no sentence.
fn is_label(cell: &str) -> bool {
    let sentence = cell.ends_with('.') && cell.split_whitespace().count() > 4;
    cell.chars().count() <= LONGEST_LABEL && !sentence && !cell.ends_with('!')
}

/// No-break spaces are kept for now: alone on a line they make it a blank one.
fn readable_html(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b < 0x20 && !matches!(b, b'\n' | b'\t' | b'\r' | 0xc) || b == 0x7f) {
        return std::borrow::Cow::Borrowed(text);
    }
    let kept = |piece: &str| piece.split('\u{a0}').map(|p| readable(p).into_owned()).collect::<Vec<_>>().join("\u{a0}");
    std::borrow::Cow::Owned(text.split('\n').map(kept).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use crate::mail::html;

    fn shown(html: &str) -> String {
        html::page(html).lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn cells_of_a_row_share_a_line() {
        let table = [
            (
                "<table><tr><td>Lugar</td><td>Piso 2</td></tr><tr><td>Ext.:</td><td>204</td></tr></table>",
                "Lugar: Piso 2/Ext.: 204",
            ),
            ("<table><tr><th>A</th><th>B</th><th>C</th></tr></table>", "A | B | C"),
            ("<table><tr><td>Nombre:</td><td>Ana</td><td>Ext:</td><td>204</td></tr></table>", "Nombre: Ana/Ext: 204"),
            ("<table><tr><td><p>Falla</p></td><td><p>uno</p><div>dos</div></td></tr></table>", "Falla: uno/dos"),
            (
                "<table><tr><td><table><tr><td>Lugar</td><td>aquí</td></tr></table></td><td>otro</td></tr></table>",
                "Lugar: aquí/otro",
            ),
            (
                "<table><tr><td>No enciende el equipo de la ventanilla desde ayer.</td><td>x</td></tr></table>",
                "No enciende el equipo de la ventanilla desde ayer. | x",
            ),
            ("<table><tr><td></td><td>solo</td></tr></table>", "solo"),
        ];
        for (html, expected) in table {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    #[test]
    fn blocks_break_lines_and_blank_paragraphs_leave_one() {
        let table = [
            ("<div>a</div><div><br></div><div>b</div>", "a//b"),
            ("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a//b"),
            ("<p>a</p><p>b</p>", "a//b"),
            ("a<br>b<br><br>c", "a/b//c"),
            ("<ul><li>a<ul><li>b</ul></ul><ol><li>c<li>d</ol>", "- a/- b/1. c/2. d"),
            ("a <b>b</b>\n  c&nbsp;d &lt;e&gt; &ntilde;", "a b c d <e> ñ"),
            ("<head><title>t</title><style>p{}</style></head><body>a<script>x</script></body>", "a"),
            ("<div style='display:none'>oculto</div><span hidden>no</span>a", "a"),
            ("<pre>a\n  b</pre>", "a/b"),
            ("<div style='display:none'>sin cierre", "sin cierre"),
        ];
        for (html, expected) in table {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    #[test]
    fn quotations_have_a_level_and_indents_have_none() {
        let html = "<blockquote type=cite>a<blockquote>b</blockquote></blockquote>c<blockquote style='border:none'>d</blockquote>";
        let levels: Vec<(String, u8)> = html::page(html).lines.into_iter().map(|l| (l.text, l.level)).collect();
        assert_eq!(levels, [("a".to_owned(), 1), ("b".to_owned(), 2), ("c".to_owned(), 0), ("d".to_owned(), 0)]);
    }
}
