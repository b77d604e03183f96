//! Which dependencia the writer belongs to, and whether to the institution at all.
use crate::office::fields::Origen;
use crate::office::people::Directory;
use crate::reading::candidate::{Ballot, Source};
use crate::reading::form::Form;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::Zone;
use crate::reading::page::{Ask, LONGEST_PHRASE, Page};
use crate::reading::pieces::{Piece, in_data};
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Person, Tag};
use crate::reading::words::Words;

/// A name of a dependencia on a page.
struct Named {
    hit: Hit,
    index: u16,
    short: bool,
}

/// A signature or a claim of the writer: what makes somebody with a private mailbox one of the house.
const CLAIM: i32 = 76;

pub(crate) fn in_text(rules: &Rules, page: &Page<'_>, form: &Form, pieces: &[Piece], ballot: &mut Ballot) {
    for named in names(&rules.lexicon, page) {
        let place = page.span_of(&named.hit).start;
        let labelled = form.at(place).filter(|l| l.field == Field::Dependencia);
        let zone = if labelled.is_some() { Zone::Etiqueta } else { page.zone };
        let (alone, company) = if labelled.is_some() {
            (100, true)
        } else if claimed(&rules.lexicon, page, &named.hit) {
            (90, true)
        } else if in_data(pieces, named.hit.first) {
            (78, true)
        } else if before(page, &named.hit, &["en"]) {
            (45, false)
        } else if before(page, &named.hit, &["para"]) {
            (30, false)
        } else {
            (20, false)
        };
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
    for named in names(&rules.lexicon, page) {
        offer(rules, page, &named, page.zone, if named.short { base - 4 } else { base }, ballot);
    }
}

pub(crate) fn in_subject(rules: &Rules, page: &Page<'_>, ballot: &mut Ballot) {
    for named in names(&rules.lexicon, page) {
        let base = if named.short && !before(page, &named.hit, &["en", "de", "del", "desde"]) { 38 } else { 45 };
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
    found.sort_by_key(|n| (n.hit.first, usize::MAX - n.hit.last, n.short));
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

/// «Soy de …», «mi contrato con la …»: the writer says where he belongs.
fn claimed(lexicon: &Lexicon, page: &Page<'_>, hit: &Hit) -> bool {
    let near = hit.first.saturating_sub(LONGEST_PHRASE)..hit.first;
    let claims = page.tagged_in(lexicon, near, |tag| matches!(tag, Tag::Person(Person::Pertenece)).then_some(()));
    claims.into_iter().any(|(claim, ())| {
        claim.last + 1 == hit.first || claim.last >= hit.first && claim.first < hit.first && claim.last <= hit.last
    })
}

fn before(page: &Page<'_>, hit: &Hit, words: &[&str]) -> bool {
    let previous = |back: usize| hit.first.checked_sub(back).map_or("", |i| page.words.folded(i));
    let article = matches!(previous(1), "la" | "el" | "los" | "las");
    words.contains(&previous(1)) || article && words.contains(&previous(2))
}

/// Of the house, or a citizen, a municipality, another entity, a supplier?
pub(crate) fn origen(rules: &Rules, people: &Directory, ask: &Ask<'_>, ballot: &Ballot) -> Origen {
    if people.is_institutional(&ask.who.correo) {
        return Origen::Interna;
    }
    let sender = Words::new(&ask.sender);
    let outside = |hit: &Hit| matches!(rules.lexicon.tag(hit), Some(Tag::Person(Person::Externa)));
    let signs_outside =
        ask.feet.iter().any(|p| p.hits.iter().any(outside)) || rules.lexicon.find(&sender).iter().any(outside);
    let claims = ballot.best(Field::Dependencia).is_some_and(|c| c.score >= CLAIM);
    if claims && !signs_outside { Origen::Interna } else { Origen::Externa }
}
