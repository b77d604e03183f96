//! Which dependencia the writer belongs to, and whether to the institution at all.
use crate::office::fields::Origen;
use crate::office::people::Directory;
use crate::reading::candidate::{Ballot, Source};
use crate::reading::form::Form;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::named::names_too;
use crate::reading::neighbour::neighbours;
use crate::reading::note::{Candidate, Zone};
use crate::reading::page::{Ask, LONGEST_PHRASE, Page};
use crate::reading::person::OTHER;
use crate::reading::pieces::{Piece, in_data};
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Person, Place, Tag};
use crate::reading::words::{Gap, Shape, Words};
use std::ops::Range;

/// A name of a dependencia on a page.
struct Named {
    hit: Hit,
    index: u16,
    short: bool,
}

/// A name that the text itself introduces, and the words of a post behind it, at most.
const INTRODUCED: i32 = 80;
const LONGEST_POST: usize = 6;
/// Words that may lead to the name of a dependencia, and how many of them.
const LEADS: &[&str] = &[
    "oficina",
    "unidad",
    "area",
    "grupo",
    "jefe",
    "jefa",
    "jefatura",
    "direccion",
    "director",
    "directora",
    "gerencia",
    "equipo",
    "coordinacion",
    "coordinador",
    "coordinadora",
    "departamental",
    "asesor",
    "asesora",
    "fondo",
    "secretaria",
    "secretario",
    "despacho",
    "parte",
    "de",
    "del",
    "la",
    "el",
    "los",
    "las",
];
const LONGEST_LEAD: usize = 4;
/// A signature or a claim of the writer: what makes somebody with a private mailbox one of the house.
const CLAIM: i32 = 76;
/// «En la Casa de la Mujer …», of somebody who says that he works for the house.
const PLACE: i32 = 45;

pub(crate) fn in_text(
    rules: &Rules,
    page: &Page<'_>,
    form: &Form,
    pieces: &[Piece],
    sender: &str,
    ballot: &mut Ballot,
) {
    let known = Words::new(sender);
    let place_of_fault = ballot.best(Field::Lugar).filter(|c| c.zone == page.zone).map(|c| c.span.clone());
    let persons = introduced(page, ballot);
    for named in names(&rules.lexicon, page) {
        let place = page.span_of(&named.hit).start;
        let labelled = form.at(place).filter(|l| l.field == Field::Dependencia);
        let zone = if labelled.is_some() { Zone::Etiqueta } else { page.zone };
        let (alone, company) = if labelled.is_some() {
            (100, true)
        } else if claimed(&rules.lexicon, page, &named.hit) || presented(&rules.lexicon, page, &named.hit, &known) {
            (90, true)
        } else if let Some(weight) = of_person(&rules.lexicon, page, &named.hit, &persons) {
            (weight, true)
        } else if stands_there(rules, &named) && in_place(page, &named.hit, place_of_fault.as_ref()) {
            (34, true)
        } else if in_data(pieces, named.hit.first) {
            (78, true)
        } else if before(page, &named.hit, &["en", "desde"]) {
            (45, false)
        } else if before(page, &named.hit, &["para"]) {
            (30, false)
        } else if in_place(page, &named.hit, place_of_fault.as_ref()) {
            (34, true)
        } else {
            (20, false)
        };
        let (alone, company) = match company {
            false if before_place(&rules.lexicon, page, &named.hit) => (alone.max(40), true),
            company => (alone, company),
        };
        let (alone, company) =
            if named.short && !company && plainly_in(page, &named.hit) { (30, true) } else { (alone, company) };
        if named.short && !company {
            continue;
        }
        let helps = company || !rules.dependencias.get(usize::from(named.index)).is_some_and(|d| d.atiende);
        if helps {
            offer(rules, page, &named, zone, alone, ballot);
        }
    }
}

pub(crate) fn in_foot(rules: &Rules, page: &Page<'_>, base: i32, ballot: &mut Ballot) {
    let found = names(&rules.lexicon, page);
    let secretarias: Vec<&str> = found.iter().filter_map(|n| secretaria(rules, n)).collect();
    for named in &found {
        let office = rules.dependencias.get(usize::from(named.index));
        // «Jurídica – Sec. Educación» is that secretaría's.
        let of_theirs = office.is_some_and(|o| o.comun) && !secretarias.is_empty();
        let strange = of_theirs
            || office.and_then(|o| o.parte_de.as_deref()).is_some_and(|parent| {
                !secretarias.is_empty() && !secretarias.iter().any(|s| *s == parent || rules.is_part(parent, s))
            });
        // «Nómina | Talento Humano | Secretaría General»: what it is part of stands beside it.
        let whole = |other: &Named| {
            let names = |n: &Named| rules.dependencias.get(usize::from(n.index)).map(|o| o.nombre.0.as_str());
            names(named).zip(names(other)).is_some_and(|(small, large)| rules.is_part(small, large))
        };
        let placed = found.iter().any(whole);
        // «Líder de nómina, Secretaría de Educación»: another's nómina than the catalogue's.
        let weight = match (strange, placed, named.short) {
            (true, _, short) => base - 12 - if short { 4 } else { 0 },
            (false, true, _) => base + 10,
            (false, false, short) => base - if short { 4 } else { 0 },
        };
        offer(rules, page, named, page.zone, weight, ballot);
    }
}

/// The name, if it is a secretaría's, that stands above no other.
fn secretaria<'a>(rules: &'a Rules, named: &Named) -> Option<&'a str> {
    let office = rules.dependencias.get(usize::from(named.index))?;
    let top = office.parte_de.is_none() && office.nombre.0.starts_with("Secretar");
    top.then_some(office.nombre.0.as_str())
}

pub(crate) fn in_subject(rules: &Rules, page: &Page<'_>, ballot: &mut Ballot) {
    for named in names(&rules.lexicon, page) {
        // «Nómina», as the whole of a subject, is what the mail is about.
        let alone = named.hit.first == 0 && named.hit.last + 1 == page.words.len();
        let base = match named.short {
            true if alone => 10,
            true if !before(page, &named.hit, &["en", "de", "del", "desde"]) => 38,
            true | false => 45,
        };
        offer(rules, page, &named, page.zone, base, ballot);
    }
}

/// The sender's display name («Ventanilla Única») and the first part of a shared mailbox («juridica@…»).
pub(crate) fn in_sender(rules: &Rules, ask: &Ask<'_>, ballot: &mut Ballot) {
    let page = Page::whole(&rules.lexicon, Zone::Remitente, &ask.sender);
    for named in names(&rules.lexicon, &page) {
        offer(rules, &page, &named, Zone::Remitente, if named.short { 52 } else { 60 }, ballot);
    }
    let local = ask.who.correo.split('@').next().unwrap_or_default();
    let words = Words::new(local);
    for hit in rules.lexicon.find(&words).iter().filter(|h| h.first == 0 && h.last + 1 == words.len() && !h.typo) {
        if let Some(Tag::Dependencia { index, .. }) = rules.lexicon.tag(hit)
            && let Some(office) = rules.dependencias.get(usize::from(*index))
            && !office.atiende
        {
            let span = ask.sender.find(local).map_or(0..0, |at| at..at + local.len());
            let source = Source { rule: rules.lexicon.rule(hit.entry), zone: Zone::Remitente, span, words: local };
            ballot.add(Field::Dependencia, office.nombre.0.as_str(), source, 50);
        }
    }
}

fn offer(rules: &Rules, page: &Page<'_>, named: &Named, zone: Zone, base: i32, ballot: &mut Ballot) {
    let Some(office) = rules.dependencias.get(usize::from(named.index)) else { return };
    let nearer = if office.parte_de.is_some() { 6 } else { 0 };
    let ours = if office.atiende { -10 } else { 0 };
    let slip = if named.hit.typo { -2 } else { 0 };
    let span = page.span_of(&named.hit);
    let source = Source::span(page, rules.lexicon.rule(named.hit.entry), zone, span);
    ballot.add(Field::Dependencia, office.nombre.0.as_str(), source, base + nearer + ours + slip);
}

/// Names of dependencias, the longest at each place, none within another.
fn names(lexicon: &Lexicon, page: &Page<'_>) -> Vec<Named> {
    let meant = |tag: &Tag| match tag {
        Tag::Dependencia { index, short } => Some((*index, *short)),
        _ => None,
    };
    let mut found: Vec<Named> =
        page.tagged(lexicon, meant).map(|(hit, (index, short))| Named { hit, index, short }).collect();
    // «Dependencia: Laboratorio Departamental …» is not «dependencia laboratorio».
    found.retain(|n| !page.is_label_and_value(&n.hit));
    found.retain(|n| n.hit.last > n.hit.first || !names_too(lexicon, page, n.hit.first));
    found.retain(|n| !page.is_not_meant(lexicon, &n.hit, Field::Dependencia));
    let near: Vec<Hit> = neighbours(lexicon, page).collect();
    found.retain(|n| !near.iter().any(|near| near.first < n.hit.first && n.hit.last <= near.last));
    found.sort_by_key(|n| (n.hit.first, usize::MAX - n.hit.last, n.short));
    // «Despacho de la Secretaría General»: the short name only leads to the long one.
    let starts: Vec<usize> = found.iter().map(|n| n.hit.first).collect();
    let leads = |n: &Named| {
        let little = |i: usize| matches!(page.words.folded(i), "de" | "del" | "la" | "el");
        let next = starts.get(starts.partition_point(|s| *s <= n.hit.last)).copied();
        next.is_some_and(|next| {
            next <= n.hit.last + 3 && (n.hit.last + 1..next).all(little) && page.words.joined(n.hit.last, next)
        })
    };
    found.retain(|n| !(n.short && leads(n)));
    let mut end = 0;
    found.retain(|n| {
        let free = n.hit.first >= end;
        if free {
            end = n.hit.last + 1;
        }
        free
    });
    found
}

/// «La de Rentas piso 2»: a floor or a building behind the name makes an office of it.
fn before_place(lexicon: &Lexicon, page: &Page<'_>, hit: &Hit) -> bool {
    let next = hit.last + 1;
    let place = |tag: &Tag| matches!(tag, Tag::Place { place: Place::Piso | Place::Edificio, .. }).then_some(());
    page.words.get(next).is_some_and(|w| w.gap.joins())
        && page.tagged_in(lexicon, next..next + 1, place).next().is_some()
}

/// «En contabilidad no abre el PCT»: no article, so the office is meant.
fn plainly_in(page: &Page<'_>, hit: &Hit) -> bool {
    hit.first.checked_sub(1).is_some_and(|i| matches!(page.words.folded(i), "en" | "desde")) && !hit.typo
}

/// «Ventanilla 3 de pasaportes»: the place of the fault is theirs.
fn in_place(page: &Page<'_>, hit: &Hit, place: Option<&Range<usize>>) -> bool {
    let span = page.span_of(hit);
    place.is_some_and(|place| place.start < span.start && place.end >= span.end)
}

/// «Soy de …», «mi contrato con la …»: the writer says where he belongs.
fn claimed(lexicon: &Lexicon, page: &Page<'_>, hit: &Hit) -> bool {
    let near = hit.first.saturating_sub(LONGEST_PHRASE)..hit.first;
    let mut claims = page.tagged_in(lexicon, near, |tag| matches!(tag, Tag::Person(Person::Pertenece)).then_some(()));
    // «Soy de la jefatura de prensa».
    let leads = |from: usize| {
        from + LONGEST_LEAD >= hit.first
            && (from..hit.first).all(|i| LEADS.contains(&page.words.folded(i)))
            && page.words.joined(from.saturating_sub(1), hit.first)
    };
    claims.any(|(claim, ())| {
        claim.last < hit.first && leads(claim.last + 1) || claim.last >= hit.first && claim.last <= hit.last
    })
}

/// «Les habla Aura de Tesorería», «escribe aura, de la oficina de contratación»: a first name, and where she works.
fn presented(lexicon: &Lexicon, page: &Page<'_>, hit: &Hit, sender: &Words) -> bool {
    let is_name = |i: usize| {
        let cased = page.words.get(i).is_some_and(|w| w.shape == Shape::Capital);
        cased || (0..sender.len()).any(|k| sender.folded(k) == page.words.folded(i))
    };
    let leads = |of: usize| {
        matches!(page.words.folded(of), "de" | "del")
            && (of..hit.first).all(|i| LEADS.contains(&page.words.folded(i)))
            && hit.first <= of + LONGEST_LEAD
    };
    let near = hit.first.saturating_sub(LONGEST_PHRASE)..hit.first;
    let mut says = page.tagged_in(lexicon, near, |tag| matches!(tag, Tag::Person(Person::Presenta)).then_some(()));
    says.any(|(says, ())| {
        let name = says.last + 1;
        let joined = || (name..=hit.first).all(|i| page.words.get(i).is_some_and(|w| w.gap.joins()));
        [name + 1, name + 2].iter().any(|of| *of < hit.first && (name..*of).all(is_name) && leads(*of)) && joined()
    })
}

/// The names of persons that a page introduces, by where they end, with their weights.
fn introduced(page: &Page<'_>, ballot: &Ballot) -> Vec<(usize, i32)> {
    let of_page = |c: &&Candidate| c.field == Field::Nombre && c.zone == page.zone && c.score >= INTRODUCED;
    let inside = |c: &&Candidate| c.span.start >= page.span.start && c.span.end <= page.span.end;
    let mut ends: Vec<(usize, i32)> =
        ballot.list.iter().filter(of_page).filter(inside).map(|c| (c.span.end, c.score)).collect();
    ends.sort_unstable();
    ends
}

/// «Margarita Dangond, Secretaria General, …», «Ana Ruiz de Contabilidad»: what stands behind a person's name is his.
fn of_person(lexicon: &Lexicon, page: &Page<'_>, hit: &Hit, persons: &[(usize, i32)]) -> Option<i32> {
    let start = page.span_of(hit).start;
    let (end, score) = persons.get(persons.partition_point(|(end, _)| *end <= start).checked_sub(1)?)?;
    let at = page.words.at(*end);
    let near =
        hit.first <= at + LONGEST_POST && (at..=hit.first).all(|i| page.words.get(i).is_some_and(|w| w.gap.joins()));
    let apposed = page.words.get(at).is_some_and(|w| w.gap == Gap::Mark);
    // «El doctor Jimeno jefe de Almacén»: in a text without marks the post says so.
    let post = |tag: &Tag| matches!(tag, Tag::Person(Person::Cargo)).then_some(());
    let posted = || page.tagged_in(lexicon, at..at + 1, post).next().is_some();
    let his = near && (apposed || matches!(page.words.folded(at), "de" | "del") || posted());
    his.then_some(if (OTHER..100).contains(score) { 92 } else { 88 })
}

/// Does the dependencia have a building of its own, so that naming it may only say where?
fn stands_there(rules: &Rules, named: &Named) -> bool {
    rules.dependencias.get(usize::from(named.index)).is_some_and(|d| d.sede_propia)
}

fn before(page: &Page<'_>, hit: &Hit, words: &[&str]) -> bool {
    let previous = |back: usize| hit.first.checked_sub(back).map_or("", |i| page.words.folded(i));
    let article = matches!(previous(1), "la" | "el" | "los" | "las");
    words.contains(&previous(1)) || article && words.contains(&previous(2))
}

/// Of the house, or a citizen, a municipality, another entity, a supplier?
pub(crate) fn origen(rules: &Rules, people: &Directory, ask: &Ask<'_>, ballot: &Ballot) -> Origen {
    if people.is_institutional(&ask.who.correo) || rules.book.is_of_the_house(&ask.who.correo) {
        return Origen::Interna;
    }
    if is_another_entity(&ask.who.correo) {
        return Origen::Externa;
    }
    let sender = Words::new(&ask.sender);
    let by_name = rules.lexicon.find(&sender);
    let signs_outside =
        ask.feet.iter().any(|p| is_outside(&rules.lexicon, &p.hits)) || is_outside(&rules.lexicon, &by_name);
    let inside = |hit: &Hit| matches!(rules.lexicon.tag(hit), Some(Tag::Person(Person::Interna)));
    let says_so = ask.feet.iter().chain(&ask.texts).any(|p| p.hits.iter().any(inside));
    let enough = if says_so { PLACE } else { CLAIM };
    let claims = ballot.best(Field::Dependencia).is_some_and(|c| c.score >= enough);
    if claims && !signs_outside { Origen::Interna } else { Origen::Externa }
}

/// Does a word of another entity stand here, outside our own names: «ciudadano», but not in «Atención al Ciudadano»?
fn is_outside(lexicon: &Lexicon, hits: &[Hit]) -> bool {
    let ours: Vec<&Hit> = hits.iter().filter(|h| matches!(lexicon.tag(h), Some(Tag::Dependencia { .. }))).collect();
    let covered = |hit: &Hit| ours.iter().any(|o| o.first <= hit.first && hit.last <= o.last && o.last > o.first);
    hits.iter().any(|hit| matches!(lexicon.tag(hit), Some(Tag::Person(Person::Externa))) && !covered(hit))
}

/// A public entity that is not ours: a municipality, a hospital, a university.
fn is_another_entity(correo: &str) -> bool {
    let domain = correo.rsplit_once('@').map_or("", |(_, domain)| domain);
    [".gov.co", ".edu.co", ".mil.co"].iter().any(|end| domain.to_ascii_lowercase().ends_with(end))
}
