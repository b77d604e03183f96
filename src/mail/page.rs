//! The readable text of a mail as lines that know how deep they are quoted, before it is parted.
use crate::mail::header::is_invisible;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// One line of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// As it will stand in the body, quote marks included.
    pub(crate) text: String,
    /// Bytes of `text` taken by quote marks.
    pub(crate) marks: usize,
    /// How many times quoted.
    pub(crate) level: u8,
    pub(crate) hint: Hint,
}

/// What the writer's mail client said about a line by its own markup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hint {
    #[default]
    None,
    /// Earlier mails begin here.
    History,
    /// Within the signature that the client adds by itself.
    Signature,
}

impl Line {
    /// The line without its quote marks and outer blanks.
    pub(crate) fn words(&self) -> &str {
        self.text.get(self.marks..).unwrap_or_default().trim()
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.words().is_empty()
    }
}

/// Blank lines in a row that are kept.
const MOST_BLANK: usize = 2;
/// Lines of one mail; a log pasted into a mail has thousands, an attack millions.
const MOST_LINES: usize = 200_000;

/// Lines in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) lines: Vec<Line>,
    blank: usize,
}

impl Page {
    pub(crate) fn push(&mut self, line: Line) {
        self.blank = if line.text.is_empty() && line.hint != Hint::History { self.blank + 1 } else { 0 };
        let leading = self.lines.is_empty() && self.blank > 0;
        if self.blank <= MOST_BLANK && !leading && self.lines.len() < MOST_LINES {
            self.lines.push(line);
        }
    }

    /// Adds another page below, a blank line between them.
    pub(crate) fn append(&mut self, other: Page) {
        if !self.lines.is_empty() && !other.lines.is_empty() {
            self.push(Line::default());
        }
        other.lines.into_iter().for_each(|line| self.push(line));
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.lines.iter().all(Line::is_blank)
    }

    /// Letters and digits on the page: how much there is to read.
    pub(crate) fn substance(&self) -> usize {
        self.lines.iter().map(|l| l.words().chars().filter(|c| c.is_alphanumeric()).count()).sum()
    }
}

/// Reads a text/plain part. `flowed` joins soft line breaks (RFC 3676), `delsp` drops the blank that marked them.
pub(crate) fn plain(text: &str, flowed: bool, delsp: bool) -> Page {
    let count = text.bytes().filter(|octet| *octet == b'\n').count();
    let mut page = Page { lines: Vec::with_capacity(count.min(MOST_LINES) + 1), blank: 0 };
    let mut open: Option<Line> = None;
    for raw in lines(text) {
        let mut line = quoted(&without_echo(&without_pictures(&readable(raw))));
        if !flowed {
            line.text.truncate(line.text.trim_end().len());
            line.marks = line.marks.min(line.text.len());
            page.push(line);
            continue;
        }
        unstuff(&mut line);
        let signature = line.text.get(line.marks..).is_some_and(|w| w == "-- ");
        let soft = line.text.ends_with(' ') && !signature && !line.is_blank();
        let continued = match open.take() {
            Some(mut begun) if begun.level == line.level && !signature => {
                begun.text.push_str(line.text.get(line.marks..).unwrap_or_default());
                begun
            }
            Some(begun) => {
                page.push(closed(begun));
                line
            }
            None => line,
        };
        if soft {
            open = Some(continued);
            if delsp && let Some(line) = &mut open {
                line.text.pop();
            }
        } else {
            page.push(if signature { continued } else { closed(continued) });
        }
    }
    open.into_iter().for_each(|line| page.push(closed(line)));
    page
}

/// Outlook and Gmail leave «[cid:image001.png@…]» or «[image: logo.png]» in the plain text where a picture stood.
fn without_pictures(text: &str) -> Cow<'_, str> {
    const PICTURES: [&str; 2] = ["[cid:", "[image: "];
    if !text.contains('[') || !PICTURES.iter().any(|picture| text.contains(picture)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.find('[').and_then(|at| rest.split_at_checked(at)) {
        kept.push_str(before);
        rest = from;
        let picture = PICTURES.iter().any(|picture| from.starts_with(picture));
        let end = if picture { from.find(']') } else { Some(0) };
        let Some((bracket, after)) = end.and_then(|end| from.split_at_checked(end + 1)) else { break };
        if !picture {
            kept.push_str(bracket);
        }
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Outlook writes every address twice: «ana@x.co<mailto:ana@x.co>».
fn without_echo(text: &str) -> Cow<'_, str> {
    const ECHO: &str = "<mailto:";
    if !text.contains('<') || !text.contains(ECHO) {
        return Cow::Borrowed(text);
    }
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, from)) = rest.split_once(ECHO) {
        kept.push_str(before);
        rest = match from.split_once('>') {
            Some((address, after)) if ends_with(&kept, address) => after,
            Some(_) | None => {
                kept.push_str(ECHO);
                from
            }
        };
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

fn ends_with(text: &str, end: &str) -> bool {
    let tail = text.len().checked_sub(end.len()).and_then(|at| text.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn closed(mut line: Line) -> Line {
    line.text.truncate(line.text.trim_end().len());
    line.marks = line.marks.min(line.text.len());
    line
}

/// CRLF, LF and bare CR all end a line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// RFC 3676 section 4.4: a sender puts a blank before a line that begins with a blank, a mark or «From ».
fn unstuff(line: &mut Line) {
    if line.level == 0 && line.text.starts_with(' ') {
        line.text.remove(0);
    }
}

/// Finds the quote marks: `>` one after the other, with or without blanks between and after them.
fn quoted(text: &str) -> Line {
    let (mut level, mut marks) = (0u8, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'>' => (level, marks) = (level.saturating_add(1), at + 1),
            b' ' if level > 0 || at == 0 => {}
            _ => break,
        }
    }
    if level > 0 && text.get(marks..).is_some_and(|rest| rest.starts_with(' ')) {
        marks += 1;
    }
    Line { text: text.to_owned(), marks, level, hint: Hint::None }
}

/// Blanks of every kind become a space, what nobody sees is dropped, accents are composed.
pub(crate) fn readable(text: &str) -> Cow<'_, str> {
    // Most lines are ASCII and the letters of Latin alphabets, the soft hyphen aside.
    if text.chars().all(|c| matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}')) {
        return Cow::Borrowed(text);
    }
    let visible = text.chars().filter(|c| !is_invisible(*c)).filter_map(|c| match c {
        '\t' => Some('\t'),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    });
    if text.contains(|c| ('\u{300}'..='\u{36f}').contains(&c)) {
        Cow::Owned(visible.nfc().collect())
    } else {
        Cow::Owned(visible.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(page: &Page) -> Vec<String> {
        page.lines.iter().map(|l| format!("{}|{}", l.level, l.words())).collect()
    }

    #[test]
    fn quote_marks_and_line_ends() {
        let page = plain("hola\r\n> uno\n>> dos\r> > tres\n\u{feff}cuatro\u{a0}cinco\n\n\n\n\nfin \n", false, false);
        assert_eq!(show(&page), ["0|hola", "1|uno", "2|dos", "2|tres", "0|cuatro cinco", "0|", "0|", "0|fin", "0|"]);
    }

    #[test]
    fn flowed_text_is_joined_but_never_its_signature() {
        let page = plain("uno \ndos\n> tres \n> cuatro\n tab\n-- \nAna \nPolo", true, false);
        assert_eq!(show(&page), ["0|uno dos", "1|tres cuatro", "0|tab", "0|--", "0|Ana Polo"]);
        assert_eq!(page.lines[3].text, "-- ");
        assert_eq!(show(&plain("pala \nbra", true, true)), ["0|palabra"]);
    }

    #[test]
    fn pictures_leave_nothing() {
        assert_eq!(
            show(&plain("mire [cid:image002.png@01DB] esto\n[image: logo.png]", false, false)),
            ["0|mire  esto", "0|"]
        );
    }

    #[test]
    fn addresses_are_said_once() {
        let page = plain("a@x.co<mailto:a@x.co> y Ana<mailto:a@x.co>", false, false);
        assert_eq!(show(&page), ["0|a@x.co y Ana<mailto:a@x.co>"]);
    }

    #[test]
    fn accents_are_composed() {
        assert_eq!(show(&plain("se\u{301} man\u{303}ana", false, false)), ["0|sé mañana"]);
    }
}
