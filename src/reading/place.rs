//! Where the service is needed: parts of a place that stand together become one place.
use crate::reading::candidate::{Ballot, ENOUGH, Source};
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::named::names_too;
use crate::reading::neighbour::{dependencia, neighbours};
use crate::reading::note::{Candidate, Zone};
use crate::reading::page::{LONGEST_PHRASE, Page};
use crate::reading::pieces::{Piece, Sort};
use crate::reading::rules::Rules;
use crate::reading::street::{is_door, is_street};
use crate::reading::tag::{Field, Place, Tag};
use crate::reading::words::{Gap, Shape, Words};
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
/// How the head of an oficio opens.
const ADDRESSED: &[&str] = &["senores", "senor", "senora", "doctor", "doctora", "ingeniero", "ingeniera", "respetados"];
/// Words between a spot and the floor it is on: «de la Secretaría de Salud».
const LONGEST_OWNER: usize = 6;
/// Words of a sentence that no name of a building holds.
const GOES_ON: &[&str] = &[
    "no",
    "se",
    "ya",
    "esta",
    "estan",
    "hay",
    "sin",
    "con",
    "para",
    "por",
    "que",
    "y",
    "en",
    "urgente",
    "favor",
    "desde",
    "necesito",
    "necesitamos",
    "tiene",
    "tenemos",
    "solicito",
    "piso",
    "oficina",
    "a",
    "al",
    "gracias",
    "ext",
    "tel",
    "cel",
];
/// «En todo el Palacio»: no room of it is meant.
const WHOLE: i32 = 90;

struct Part {
    place: Place,
    fixed: Option<u16>,
    hit: Hit,
    /// The name of a dependencia that has a building of its own.
    office: bool,
}

/// Parts that stand together.
struct Run<'a> {
    parts: Vec<&'a Part>,
    span: Range<usize>,
}

/// Puts every place of the page on the ballot, from that word on.
pub(crate) fn look(rules: &Rules, page: &Page<'_>, role: Role, from: usize, ballot: &mut Ballot) {
    let mut parts = parts(rules, page);
    parts.retain(|part| part.hit.first >= from);
    for run in runs(&rules.lexicon, page, &parts, role) {
        let score = weigh(page, &run, role);
        offer(rules, page, &run, page.zone, run.span.clone(), score, ballot);
    }
}

/// One past the last word of whom an oficio is addressed to: «Señores / Oficina de las TIC / Palacio Tayrona», up to the blank
/// line.
pub(crate) fn addressee(page: &Page<'_>, pieces: &[Piece]) -> usize {
    let polite = |sort: Sort| matches!(sort, Sort::Greeting | Sort::Data);
    let opens = pieces.first().is_some_and(|p| {
        let alone = page.line_of(p.words.start).end <= p.words.end;
        p.sort == Sort::Greeting && alone && ADDRESSED.contains(&page.words.folded(p.words.start))
    });
    let start = pieces.first().map_or(0, |p| p.span.start);
    let block = page.text.get(start..).and_then(|t| t.find("\n\n")).map_or(0, |at| start + at);
    let end = page.words.at(block);
    let whole = pieces.iter().take_while(|p| p.words.start < end).all(|p| polite(p.sort) && p.words.end <= end);
    if opens && whole { end } else { 0 }
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

/// A floor, a room or a building that is said barely, and fully elsewhere: «todo el primer piso» or «aquí en el 4-24» of who
/// signs «Edificio 4-24, primer piso».
pub(crate) fn settle(ballot: &mut Ballot) {
    let Some(lead) = ballot.best(Field::Lugar).cloned() else { return };
    let of_a_place = |f| matches!(f, Field::Edificio | Field::Piso | Field::Oficina);
    let bare = ballot.list.iter().find(|c| of_a_place(c.field) && c.zone == lead.zone && c.span == lead.span);
    let Some(bare) = bare.filter(|c| c.field != Field::Edificio || lead.score < WHOLE).cloned() else { return };
    // The parts of a place stand behind it on the ballot.
    let parts = |at: usize| ballot.list.iter().skip(at + 1).take_while(|c| of_a_place(c.field));
    let fuller = |(at, c): &(usize, &Candidate)| {
        let says_it = || parts(*at).any(|p| p.field == bare.field && alike(&p.value, &bare.value));
        let says_more = || {
            let of_building = |f| f == Field::Edificio || bare.field == Field::Edificio;
            parts(*at).any(|p| p.field != bare.field && of_building(p.field))
        };
        c.field == Field::Lugar && c.score >= ENOUGH && says_it() && says_more()
    };
    if let Some(fuller) = ballot.list.iter().enumerate().find(fuller).map(|(_, c)| c.clone()) {
        ballot.list.push(Candidate { score: lead.score + 1, ..fuller });
    }
}

/// «4-24» is «Edificio 4-24», «Palacio» is «Palacio Tayrona».
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (Words::new(a), Words::new(b));
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let last = long.len() - short.len();
    short.len() > 0 && (0..=last).any(|at| (0..short.len()).all(|i| short.folded(i) == long.folded(at + i)))
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
            Tag::Place { place: Place::Entrada | Place::Vecino, .. } => None,
            Tag::Place { place: Place::Edificio, .. } if is_cut(page, hit) => None,
            Tag::Place { place: Place::Piso, .. } if is_of_two(page, hit) => None,
            Tag::Place { place, value } => Some(Part { place: *place, fixed: *value, hit: *hit, office: false }),
            Tag::Dependencia { index, short: false } if own_building(*index) => {
                Some(Part { place: Place::Edificio, fixed: None, hit: *hit, office: true })
            }
            _ => None,
        })
        .filter(|part| !page.is_not_meant(&rules.lexicon, &part.hit, Field::Lugar))
        .filter(|part| !names_too(&rules.lexicon, page, part.hit.first))
        .collect();
    let near = |hit| Part { place: Place::Detalle, fixed: None, hit, office: false };
    found.extend(neighbours(&rules.lexicon, page).map(near));
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

/// «Ext. 204, piso 3» is no floor 204, «Calle 16-15 piso 3» no floor 15.
fn is_of_two(page: &Page<'_>, hit: &Hit) -> bool {
    let parted = page.said(&page.span_of(hit)).contains([',', '/', '|', ';', '(', ')', ':']);
    page.words.is_number(hit.first) && (parted || is_door(page, hit))
}

/// Only a shorter form of this name is one.
fn is_cut(page: &Page<'_>, hit: &Hit) -> bool {
    labelled_sede(page, hit) || over_a_comma(page, hit) || shouted(page, hit)
}

/// «Sede: Hospital Viejo»: the label is no part of the name; «Edificio: 4-24» needs it.
fn labelled_sede(page: &Page<'_>, hit: &Hit) -> bool {
    page.words.folded(hit.first) == "sede" && page.is_label_and_value(hit)
}

/// «EL COLISEO MAYOR NO TIENE RED»: in a text of capitals a name ends where a sentence goes on.
fn shouted(page: &Page<'_>, hit: &Hit) -> bool {
    let upper = page.words.get(hit.last).is_some_and(|w| w.shape == Shape::Upper);
    upper && (hit.first + 1..=hit.last).any(|i| GOES_ON.contains(&page.words.folded(i)))
}

/// «Coliseo Mayor, Deportes»: no name of a building goes on behind a comma or a bracket.
fn over_a_comma(page: &Page<'_>, hit: &Hit) -> bool {
    let said = page.said(&page.span_of(hit));
    said.contains([',', '(', ')', '|', '/', '·', '•', '–', '—', ';']) || said.contains(" - ")
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
        while let Some(next) = rest.next_if(|next| joined(lexicon, page, run.last().copied(), last, next, role)) {
            run.push(next);
            last = next.hit.last;
        }
        if run.len() == 1 && role != Role::Foot && needs_company(page, first) {
            continue;
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
fn joined(lexicon: &Lexicon, page: &Page<'_>, part: Option<&Part>, last: usize, next: &Part, role: Role) -> bool {
    let (kind, next) = (next.place, next.hit.first);
    let between = last + 1..next;
    // «Del piso 2 al piso 3»: two places.
    let moves =
        part.is_some_and(|p| p.place == kind) && between.clone().any(|i| matches!(page.words.folded(i), "a" | "al"));
    if moves {
        return false;
    }
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
        gap.joins() || role == Role::Foot && gap == Gap::Line && (between.is_empty() || is_street(page, &between))
    });
    gaps && (between.clone().all(little) || is_street(page, &between))
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

/// «P3», «p. 3»: a floor only beside its building, in a signature, or where somebody is «en el p3».
fn needs_company(page: &Page<'_>, part: &Part) -> bool {
    let first = page.words.folded(part.hit.first);
    let within = matches!(page.words.folded(part.hit.first.wrapping_sub(1)), "en" | "el" | "del" | "al");
    let bare = first.strip_prefix('p').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    part.place == Place::Piso && bare && !within
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
    let whole = is(&["todo", "toda"]);
    // «Auxiliar de la Casa de la Mujer»: a post first, and only then a place.
    let of_office = run.parts.iter().all(|p| p.office) && is(&["de", "del"]);
    let base = match role {
        Role::Text if whole => WHOLE,
        Role::Text if towards && !within => 40,
        Role::Text if within => 80,
        Role::Text if of_office => 55,
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
    let value = page.said(&span).split_whitespace().collect::<Vec<_>>().join(" ");
    ballot.add(Field::Lugar, value, Source::span(page, rule, zone, span), score);
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
            Place::Edificio | Place::Sitio | Place::Detalle | Place::Vecino | Place::Entrada => continue,
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
