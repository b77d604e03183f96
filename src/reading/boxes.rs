//! A place that a form asks for in several boxes: building, or «sede», floor and room.
use crate::reading::candidate::{Ballot, Source};
use crate::reading::form::{Form, Labelled};
use crate::reading::note::Zone;
use crate::reading::page::Page;
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Place, Tag};
use crate::spanish::number;
use std::ops::Range;

/// A little more than the value of one box.
const WHOLE: i32 = 101;

/// Boxes that stand line after line make one place.
pub(crate) fn place(rules: &Rules, page: &Page<'_>, form: &Form, ballot: &mut Ballot) {
    let is_box = |line: &Labelled| matches!(line.field, Field::Edificio | Field::Piso | Field::Oficina);
    // «Sede: Palacio», right above or below them, is one of them.
    let is_sede = |line: &Labelled| line.field == Field::Lugar;
    let first = form.lines.iter().position(is_box).unwrap_or(form.lines.len());
    let above = first.checked_sub(1).filter(|i| form.lines.get(*i).is_some_and(is_sede));
    let boxes = form.lines.iter().skip(above.unwrap_or(first)).take_while(|line| is_box(line) || is_sede(line));
    let values: Vec<(&Labelled, String)> = boxes
        .filter(|line| !line.value.is_empty())
        .filter_map(|line| Some((line, boxed(rules, page, line)?)))
        .collect();
    let (Some((first, _)), Some((last, _)), true) = (values.first(), values.last(), values.len() > 1) else { return };
    let span = first.whole.start..last.value.end;
    let source = |line: &Labelled, span: Range<usize>| {
        Source::span(page, rules.lexicon.rule(line.hit.entry), Zone::Etiqueta, span)
    };
    let all = values.iter().map(|(line, _)| page.said(&line.whole)).collect::<Vec<_>>().join(", ");
    ballot.add(Field::Lugar, all, source(first, span), WHOLE);
    // The parts of a «sede» are on the ballot as those of any labelled place.
    for (line, value) in values.into_iter().filter(|(line, _)| !is_sede(line)) {
        ballot.add(line.field, value, source(line, line.value.clone()), WHOLE);
    }
}

/// What a box of a form says: «2» of «segundo», «204», «Palacio Tayrona».
fn boxed(rules: &Rules, page: &Page<'_>, line: &Labelled) -> Option<String> {
    let words = page.words.within(&line.value);
    let said = page.said(&line.value).to_owned();
    if line.field == Field::Lugar {
        let names = |tag: &Tag| matches!(tag, Tag::Place { place, .. } if *place != Place::Entrada).then_some(());
        return page.tagged_in(&rules.lexicon, words, names).next().map(|_| said);
    }
    if line.field != Field::Piso {
        return (line.field == Field::Edificio || said.contains(|c: char| c.is_ascii_digit())).then_some(said);
    }
    let named = page.tagged_in(&rules.lexicon, words.clone(), |tag| match tag {
        Tag::Place { place: Place::Piso, value } => *value,
        _ => None,
    });
    let named = named.map(|(_, value)| value).next().and_then(|value| rules.pisos.get(usize::from(value)).cloned());
    named.or_else(|| words.filter_map(|i| number::value(page.words.folded(i))).next().map(|n| n.to_string()))
}
