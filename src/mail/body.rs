//! A body parted into what is new, what is quoted and who signs: a partition of the text, nothing lost.
use std::ops::Range;

/// What a stretch of the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The author's own new words, greeting and thanks included.
    New,
    /// From the courtesy closing («Cordialmente,») or the name on: who signs. Also «Enviado desde mi iPhone».
    Signature,
    /// A legal or environmental notice at the foot or a security banner on top.
    Disclaimer,
    /// Earlier mails of the exchange, with the line or block that introduces them.
    Quoted,
    /// The header block of a mail that was forwarded within the text («De: … Enviado: …»).
    ForwardHeader,
}

/// One stretch of `Body::text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub part: Part,
    /// 0 is the mail itself; 1 a mail forwarded within its text, 2 one forwarded within that.
    pub depth: u8,
    pub span: Range<usize>,
}

/// The readable text of a mail, LF line ends, partitioned: the segments follow each other and cover the whole text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    pub text: String,
    pub segments: Vec<Segment>,
}

impl Body {
    /// The words of one segment.
    pub fn words(&self, segment: &Segment) -> &str {
        self.text.get(segment.span.clone()).unwrap_or_default()
    }

    /// The segments of one kind and depth, in order.
    pub fn of(&self, part: Part, depth: u8) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(move |s| s.part == part && s.depth == depth)
    }

    /// Does the mail carry another one forwarded within its text?
    pub fn is_forward(&self) -> bool {
        self.segments.iter().any(|s| s.depth > 0)
    }

    /// The author's new words: of an interleaved reply the pieces in order, a blank line between them.
    pub fn new_text(&self) -> String {
        let pieces = self.of(Part::New, 0).map(|s| self.words(s).trim()).filter(|w| !w.is_empty());
        pieces.collect::<Vec<_>>().join("\n\n")
    }
}
