//! The pieces of readable text of a mail, each perhaps as plain text and as HTML, and which of the two is read.
use crate::mail::html;
use crate::mail::page::{Line, Page, plain};

/// Letters below which plain text may be a mere stub («Su cliente no admite HTML»).
const STUB: usize = 200;
/// The HTML must say that many times more than the stub.
const FULLER: usize = 4;
/// Bytes of one piece that are read; the raw mail keeps the rest.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// One piece of text.
#[derive(Default)]
struct Piece {
    /// The multipart/alternative that the piece stands in.
    choice: Option<u32>,
    plain: Option<Page>,
    html: Option<String>,
}

/// The pieces in order of reading.
#[derive(Default)]
pub(crate) struct Pieces {
    pieces: Vec<Piece>,
}

/// How a text/plain part breaks its lines (RFC 3676).
#[derive(Clone, Copy, Default)]
pub(crate) struct Format {
    pub(crate) flowed: bool,
    pub(crate) delsp: bool,
}

impl Pieces {
    pub(crate) fn add_plain(&mut self, choice: Option<u32>, text: &str, format: Format) {
        let page = plain(shortened(text), format.flowed, format.delsp);
        self.piece(choice).plain.get_or_insert_default().append(page);
    }

    pub(crate) fn add_html(&mut self, choice: Option<u32>, text: &str) {
        self.piece(choice).html.get_or_insert_default().push_str(shortened(text));
    }

    /// The last piece when it belongs to the same alternative, else a new one.
    fn piece(&mut self, choice: Option<u32>) -> &mut Piece {
        let same = choice.is_some() && self.pieces.last().is_some_and(|p| p.choice == choice);
        if !same {
            self.pieces.push(Piece { choice, ..Piece::default() });
        }
        let last = self.pieces.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "a piece was just seen or added")]
        &mut self.pieces[last]
    }

    /// One page: plain text where there is any worth reading, else what the HTML says.
    pub(crate) fn page(self, oddities: &mut Vec<String>) -> Page {
        let mut all = Page::default();
        for piece in self.pieces {
            all.append(piece.chosen(oddities));
        }
        all
    }
}

impl Piece {
    fn chosen(self, oddities: &mut Vec<String>) -> Page {
        let Piece { plain, html, .. } = self;
        let (plain, html) = match (plain, html) {
            (Some(plain), Some(html)) => (plain, html),
            (Some(plain), None) => return plain,
            (None, Some(html)) => return html::page(&html),
            (None, None) => return Page::default(),
        };
        let substance = plain.substance();
        let ordered = orders(&plain);
        if substance >= STUB && ordered.is_empty() && !may_order(&html) {
            return plain;
        }
        let shown = html::page(&html);
        if ordered != orders(&shown) {
            oddities.push("text and HTML give different commands".to_owned());
        }
        let fuller = substance == 0 || substance < STUB && shown.substance() > FULLER * substance;
        if fuller { shown } else { plain }
    }
}

/// The first words of each line that may be a command: the rest of it may be wrapped in one and not in the other.
fn orders(page: &Page) -> Vec<String> {
    let first = |words: &str| words.split_whitespace().take(3).collect::<Vec<_>>().join(" ").to_lowercase();
    page.lines.iter().map(Line::words).filter(|w| is_order(w)).map(first).collect()
}

/// A line that may be a command of a technician.
fn is_order(words: &str) -> bool {
    words.strip_prefix('#').is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}

/// Text that begins with `#` somewhere in the HTML, colours in attributes aside.
fn may_order(html: &str) -> bool {
    html.split('#').zip(html.split('#').skip(1)).any(|(before, after)| {
        let before = before.trim_end().trim_end_matches("&nbsp;").trim_end();
        before.ends_with('>') && after.starts_with(char::is_alphabetic)
    })
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(plain: &str, html: &str) -> (String, Vec<String>) {
        let (mut pieces, mut oddities) = (Pieces::default(), Vec::new());
        pieces.add_plain(Some(1), plain, Format::default());
        pieces.add_html(Some(1), html);
        let page = pieces.page(&mut oddities);
        (page.lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("/"), oddities)
    }

    #[test]
    fn plain_text_is_read_unless_it_is_a_stub() {
        let long =
            "<p>El equipo de la ventanilla dos no enciende desde ayer y hay muchas personas en la fila esperando.</p>";
        assert_eq!(read("no prende", "<p>no prende</p>").0, "no prende");
        assert_eq!(read("", "<p>no prende</p>").0, "no prende");
        assert!(read("No HTML", long).0.starts_with("El equipo"));
    }

    #[test]
    fn alternatives_that_order_different_things_are_noted() {
        assert!(read("#estado en espera", "<p>#estado&nbsp;en espera</p>").1.is_empty());
        assert_eq!(read("Gracias.", "<p style=\"color:#fff\">#estado cerrado</p>").1.len(), 1);
        assert_eq!(read("#estado cerrado", "<p>Gracias</p>").1.len(), 1);
    }
}
