//! What takes a phrase back: a «no» before it, an «if» around it, a question mark behind it. The desk acts only on what is plain.
use crate::reading::lexicon::Hit;
use crate::reading::page::Page;
use crate::reading::words::Gap;

/// Words before a phrase in which a «no» takes it back.
pub(crate) const DENIAL: usize = 2;

/// Is one of so many words before the phrase a denial?
pub(crate) fn is_denied(page: &Page<'_>, hit: &Hit, reach: usize) -> bool {
    (hit.first.saturating_sub(reach)..hit.first).any(|at| denies(page, at))
}

/// As [`is_denied`], with no mark between: in «no, mejor el viernes» the «no» is an answer.
pub(crate) fn is_denied_plainly(page: &Page<'_>, hit: &Hit, reach: usize) -> bool {
    (hit.first.saturating_sub(reach)..hit.first).any(|at| denies(page, at) && page.words.joined(at, hit.first))
}

fn denies(page: &Page<'_>, at: usize) -> bool {
    matches!(page.words.folded(at), "no" | "ni" | "nunca" | "tampoco" | "nada")
}

/// Does its sentence end with a question mark?
pub(crate) fn is_asked(page: &Page<'_>, hit: &Hit) -> bool {
    let rest = page.text.get(page.span_of(hit).end..).unwrap_or_default();
    rest.find(['.', '?', '!', '\n']).and_then(|at| rest.get(at..)).is_some_and(|end| end.starts_with('?'))
}

/// «Si sigue igual les aviso», «no sé si puedo»: an «if» before it, with no mark between, that no «but» ends.
pub(crate) fn is_supposed(page: &Page<'_>, hit: &Hit) -> bool {
    let joined = |at: usize| page.words.get(at).is_some_and(|word| word.gap == Gap::Space);
    let mut before = (0..hit.first).rev().take_while(|at| joined(at + 1) && page.words.folded(*at) != "pero");
    before.any(|at| is_if(page, at))
}

/// «Nos cancelan el caso si no respondemos»: the «if» comes behind it, in the same sentence.
pub(crate) fn is_conditioned(page: &Page<'_>, hit: &Hit) -> bool {
    let joined = |at: usize| page.words.get(at).is_some_and(|word| word.gap.joins());
    (hit.last + 1..page.words.len()).take_while(|at| joined(*at)).any(|at| is_if(page, at))
}

/// «Si», and not «sí».
fn is_if(page: &Page<'_>, at: usize) -> bool {
    let written = page.words.get(at).map_or("", |word| page.said(&word.span));
    page.words.folded(at) == "si" && written.is_ascii()
}

/// Nothing hangs on the phrase: its clause ends, or a courtesy or a reason follows.
pub(crate) fn ends_its_clause(page: &Page<'_>, hit: &Hit) -> bool {
    const FOLLOW: &[&str] =
        &["por", "porfa", "porfavor", "favor", "porque", "pues", "ya", "gracias", "muchas", "mil", "ing", "ingeniero"];
    let next = page.words.get(hit.last + 1);
    next.is_none_or(|word| word.gap != Gap::Space || FOLLOW.contains(&page.words.folded_of(word)))
}
