//! Where the service is needed: parts of a place that stand together become one place.
use crate::reading::candidate::{Ballot, ENOUGH, Source};
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{Candidate, Zone};
use crate::reading::page::{LONGEST_PHRASE, Page};
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Place, Tag};
use crate::reading::words::{Gap, Shape};
use crate::spanish::number;
use std::ops::Range;

/// Where on the mail a page stands, as far as its places are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Text,
    Foot,
    Subject,
}

/// Whose a spot may be, besides a dependencia of the catalogue.
const OWNERS: &[&str] =
    &["secretaria", "despacho", "gobernacion", "oficina", "dependencia", "alcaldia", "gobernador", "gobernadora"];
/// Words between a spot and the floor it is on: «de la Secretaría de Salud».
const LONGEST_OWNER: usize = 6;

struct Part {
    place: Place,
    fixed: Option<u16>,
    hit: Hit,
}

/// Parts that stand together.
struct Run<'a> {
    parts: Vec<&'a Part>,
    span: Range<usize>,
}

/// Puts every place of the page on the ballot.
pub(crate) fn look(rules: &Rules, page: &Page<'_>, role: Role, ballot: &mut Ballot) {
    let parts = parts(rules, page);
    for run in runs(&rules.lexicon, page, &parts, role) {
        let score = weigh(page, &run, role);
        offer(rules, page, &run, page.zone, run.span.clone(), score, ballot);
    }
}

/// A labelled place: the whole value, with the parts that stand in it.
pub(crate) fn labelled(rules: &Rules, page: &Page<'_>, value: &Range<usize>, score: i32, ballot: &mut Ballot) {
    let parts = parts(rules, page);
    let inside: Vec<&Part> = parts.iter().filter(|p| inside(page, p, value)).collect();
    if let Some(first) = inside.first() {
        let rule = rules.lexicon.rule(first.hit.entry);
        ballot.add(Field::Lugar, page.said(value), Source::span(page, rule, Zone::Etiqueta, value.clone()), score);
        let run = Run { parts: inside, span: value.clone() };
        offer_parts(rules, page, &run, Zone::Etiqueta, score, ballot);
    }
}

/// A floor or a room that is said barely, and fully elsewhere: «todo el primer piso» of who signs «primer piso, Palacio Tayrona».
pub(crate) fn settle(ballot: &mut Ballot) {
    let Some(lead) = ballot.best(Field::Lugar).cloned() else { return };
    let bare = ballot
        .list
        .iter()
        .find(|c| matches!(c.field, Field::Piso | Field::Oficina) && c.zone == lead.zone && c.span == lead.span);
    let Some((field, value)) = bare.map(|c| (c.field, c.value.clone())) else { return };
    let has = |place: &Candidate, field: Field, value: Option<&str>| {
        let within = |c: &&Candidate| {
            c.field == field && c.zone == place.zone && c.span.start >= place.span.start && c.span.end <= place.span.end
        };
        ballot.list.iter().filter(within).any(|c| value.is_none_or(|v| v == c.value))
    };
    let fuller = |c: &&Candidate| {
        c.field == Field::Lugar && c.score >= ENOUGH && has(c, field, Some(&value)) && has(c, Field::Edificio, None)
    };
    if let Some(fuller) = ballot.list.iter().find(fuller).cloned() {
        ballot.list.push(Candidate { score: lead.score + 1, ..fuller });
    }
}

fn inside(page: &Page<'_>, part: &Part, span: &Range<usize>) -> bool {
    let found = page.span_of(&part.hit);
    found.start >= span.start && found.end <= span.end
}

/// The parts of places on a page, none over another: floors and rooms first, then the longest.
fn parts(rules: &Rules, page: &Page<'_>) -> Vec<Part> {
    let own_building = |index: u16| rules.dependencias.get(usize::from(index)).is_some_and(|d| d.sede_propia);
    let mut found: Vec<Part> = page
        .hits
        .iter()
        .filter_map(|hit| match rules.lexicon.tag(hit)? {
            Tag::Place { place: Place::Entrada, .. } => None,
            Tag::Place { place: Place::Edificio, .. } if labelled_sede(page, hit) => None,
            Tag::Place { place, value } => Some(Part { place: *place, fixed: *value, hit: *hit }),
            Tag::Dependencia { index, short: false } if own_building(*index) => {
                Some(Part { place: Place::Edificio, fixed: None, hit: *hit })
            }
            _ => None,
        })
        .collect();
    // «Edificio Bolívar Piso» is a building only up to the floor that follows.
    let opens: Vec<usize> = found
        .iter()
        .filter(|p| matches!(p.place, Place::Piso | Place::Oficina) && !page.words.is_number(p.hit.first))
        .map(|p| p.hit.first)
        .collect();
    found.retain(|p| !(p.place == Place::Edificio && p.hit.last > p.hit.first && opens.contains(&p.hit.last)));
    found.sort_by_key(|p| (usize::MAX - (p.hit.last - p.hit.first), p.place == Place::Detalle, p.hit.first));
    let mut taken = vec![false; page.words.len()];
    found.retain(|part| {
        let words = taken.get_mut(part.hit.first..part.hit.last + 1).unwrap_or_default();
        let free = words.iter().all(|t| !t);
        if free {
            words.fill(true);
        }
        free
    });
    found.sort_by_key(|p| p.hit.first);
    found
}

/// «Sede: Hospital Viejo»: the label is no part of the name; «Edificio: 4-24» needs it.
fn labelled_sede(page: &Page<'_>, hit: &Hit) -> bool {
    page.words.folded(hit.first) == "sede" && page.is_label_and_value(hit)
}

fn runs<'a>(lexicon: &Lexicon, page: &Page<'_>, parts: &'a [Part], role: Role) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    let mut rest = parts.iter().peekable();
    while let Some(first) = rest.next() {
        if first.place == Place::Detalle {
            continue;
        }
        let mut run = vec![first];
        let mut last = first.hit.last;
        while let Some(next) =
            rest.next_if(|next| joined(lexicon, page, run.last().copied(), last, next.hit.first, role))
        {
            run.push(next);
            last = next.hit.last;
        }
        let last = with_owner(lexicon, page, &run, last);
        let mut span = page.words.span(first.hit.first, last);
        if page.said(&span).contains('(') && page.text.get(span.end..).is_some_and(|t| t.starts_with(')')) {
            span.end += 1;
        }
        runs.push(Run { parts: run, span });
    }
    runs
}

/// Do two parts belong together: nothing but little words and marks between them?
fn joined(lexicon: &Lexicon, page: &Page<'_>, part: Option<&Part>, last: usize, next: usize, role: Role) -> bool {
    let between = last + 1..next;
    let owned = part.is_some_and(|p| p.place == Place::Sitio) && between.len() <= LONGEST_OWNER;
    let owner = |i: usize| {
        let named = |(hit, ()): (Hit, ())| hit.first <= i && i <= hit.last;
        OWNERS.contains(&page.words.folded(i))
            || page.tagged_in(lexicon, i.saturating_sub(LONGEST_PHRASE)..i + 1, dependencia).any(named)
    };
    let little = |i: usize| {
        let link = matches!(page.words.folded(i), "de" | "del" | "la" | "el" | "en" | "y" | "los" | "al" | "lo");
        link && (between.len() <= 3 || owned) || owned && owner(i)
    };
    let gaps = (last + 1..=next).all(|i| {
        let gap = page.words.get(i).map_or(Gap::Stop, |w| w.gap);
        gap.joins() || role == Role::Foot && gap == Gap::Line && between.is_empty()
    });
    gaps && between.clone().all(little)
}

/// A floor or a spot named by its dependencia: «piso 2 sec de cultura», «sala de juntas del despacho».
fn with_owner(lexicon: &Lexicon, page: &Page<'_>, run: &[&Part], last: usize) -> usize {
    if run.iter().any(|p| matches!(p.place, Place::Edificio | Place::Oficina)) {
        return last;
    }
    let spot = run.last().is_some_and(|p| p.place == Place::Sitio);
    let mut at = last + 1;
    while spot && matches!(page.words.folded(at), "de" | "del" | "la" | "el") && at <= last + 2 {
        at += 1;
    }
    let spaced = (last + 1..=at).all(|i| page.words.get(i).is_some_and(|w| w.gap == Gap::Space));
    if !spaced || spot && at == last + 1 {
        return last;
    }
    let owner = page.tagged_in(lexicon, at..at + 1, dependencia).map(|(hit, ())| hit.last).max();
    let common = OWNERS.contains(&page.words.folded(at));
    let end = owner.or((spot && common).then_some(at)).unwrap_or(last);
    // «salón de reuniones de la Secretaría (bloque 2, piso 2)»: the parts in brackets were joined before.
    end.max(last)
}

fn dependencia(tag: &Tag) -> Option<()> {
    matches!(tag, Tag::Dependencia { .. }).then_some(())
}

fn weigh(page: &Page<'_>, run: &Run<'_>, role: Role) -> i32 {
    let hard = run.parts.iter().filter(|p| matches!(p.place, Place::Edificio | Place::Piso | Place::Oficina)).count();
    let more = run.parts.len().min(4) as i32;
    let first = run.parts.first().map_or(0, |p| p.hit.first);
    let before = |back: usize| first.checked_sub(back).map_or("", |i| page.words.folded(i));
    let article =
        matches!(before(1), "la" | "el" | "los" | "las" | "un" | "una" | "este" | "esta" | "nuestra" | "nuestro");
    let is = |words: &[&str]| words.contains(&before(1)) || article && words.contains(&before(2));
    let within = is(&["en", "desde"]);
    let towards = is(&["a", "al", "hasta", "hacia"]);
    let base = match role {
        Role::Text if towards && !within => 40,
        Role::Text if within => 80,
        Role::Text if hard > 0 => 72,
        Role::Text => 50,
        Role::Foot if hard > 0 => 70,
        Role::Foot => 60,
        Role::Subject if hard > 0 => 62,
        Role::Subject => 45,
    };
    base + more
}

fn offer(
    rules: &Rules,
    page: &Page<'_>,
    run: &Run<'_>,
    zone: Zone,
    span: Range<usize>,
    score: i32,
    ballot: &mut Ballot,
) {
    let Some(first) = run.parts.first() else { return };
    let rule = rules.lexicon.rule(first.hit.entry);
    ballot.add(Field::Lugar, page.said(&span), Source::span(page, rule, zone, span), score);
    offer_parts(rules, page, run, zone, score, ballot);
}

/// The parts of a place are offered with its weight: the winner's parts win with it.
fn offer_parts(rules: &Rules, page: &Page<'_>, run: &Run<'_>, zone: Zone, score: i32, ballot: &mut Ballot) {
    if let Some((first, last)) = building(page, run) {
        let rule = rules.lexicon.rule(first.hit.entry);
        let span = page.words.span(first.hit.first, last);
        ballot.add(Field::Edificio, page.said(&span), Source::span(page, rule, zone, span), score);
    }
    for part in &run.parts {
        let field = match part.place {
            Place::Piso => Field::Piso,
            Place::Oficina => Field::Oficina,
            Place::Edificio | Place::Sitio | Place::Detalle | Place::Entrada => continue,
        };
        if let Some(value) = value(rules, page, part) {
            let source = Source::span(page, rules.lexicon.rule(part.hit.entry), zone, page.span_of(&part.hit));
            ballot.add(field, value, source, score);
        }
    }
}

/// The building, with the block that follows it.
fn building<'a>(page: &Page<'_>, run: &Run<'a>) -> Option<(&'a Part, usize)> {
    let at = run.parts.iter().position(|p| p.place == Place::Edificio)?;
    let first = *run.parts.get(at)?;
    let mut last = first.hit.last;
    for next in run.parts.iter().skip(at + 1).take_while(|p| p.place == Place::Edificio) {
        if next.hit.first != last + 1 || page.words.get(next.hit.first).is_none_or(|w| !w.gap.joins()) {
            break;
        }
        last = next.hit.last;
    }
    Some((first, last))
}

fn value(rules: &Rules, page: &Page<'_>, part: &Part) -> Option<String> {
    if let Some(fixed) = part.fixed {
        return rules.pisos.get(usize::from(fixed)).cloned();
    }
    let words = part.hit.first..part.hit.last + 1;
    if part.place == Place::Piso {
        return words.filter_map(|i| number::value(page.words.folded(i))).next().map(|n| n.to_string());
    }
    let from = words.clone().find(|i| page.words.get(*i).is_some_and(|w| w.shape == Shape::Digits))?;
    let mut last = part.hit.last;
    let span_end = |i: usize| page.words.get(i).map_or(0, |w| w.span.end);
    while let Some(next) = page.words.get(last + 1)
        && page.text.get(span_end(last)..next.span.start) == Some("-")
        && (next.shape == Shape::Digits || next.span.len() == 1)
    {
        last += 1;
    }
    Some(page.said(&page.words.span(from, last)).to_owned())
}
