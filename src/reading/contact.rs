//! Telephones, extensions and addresses of the person, each with the word that says what it is.
use crate::mail::message::Address;
use crate::office::people::Directory;
use crate::reading::candidate::{Ballot, Source};
use crate::reading::form::Form;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{RuleId, Zone};
use crate::reading::page::{Ask, LONGEST_PHRASE, Page};
use crate::reading::pieces::{Piece, in_data};
use crate::reading::rules::Rules;
use crate::reading::tag::{Cue, Field, Person, Place, Tag};
use crate::reading::words::{Shape, Words};
use crate::spanish::fold::fold;
use crate::spanish::phone::{Line, Number};

/// Little words of a name that an address leaves out.
const LITTLE: &[&str] = &["de", "del", "la", "las", "los", "el", "y", "para"];
/// Fewer letters of an address may be anybody's initials.
const SHORTEST_AREA: usize = 4;
/// How far before a number the word that names it may stand.
const CUE_REACH: usize = 4;

/// Puts the page's numbers on the ballot. `base` is what an unlabelled number weighs here.
pub(crate) fn numbers(rules: &Rules, page: &Page<'_>, form: &Form, pieces: &[Piece], base: i32, ballot: &mut Ballot) {
    for number in &page.numbers {
        let index = page.words.at(number.span.start);
        if number.line == Line::Corto && is_room(&rules.lexicon, page, index) {
            continue;
        }
        let label = form.at(number.span.start);
        let cue = cue(&rules.lexicon, page, index).or_else(|| label.and_then(|l| of_label(l.field, &l.hit)));
        let Some((field, digits, weight)) = meant(number, cue.map(|(c, _)| c), label.map(|l| l.field)) else {
            continue;
        };
        let in_data = in_data(pieces, index);
        let (zone, base) = match label {
            Some(_) if form.is_form() => (Zone::Etiqueta, 100),
            Some(_) => (Zone::Etiqueta, base + 5),
            None if in_data => (page.zone, base + 20),
            None => (page.zone, base),
        };
        let rule = match cue {
            Some((_, entry)) => rules.lexicon.rule(entry),
            None => RuleId("numeración de Colombia".to_owned()),
        };
        ballot.add(field, digits, Source::span(page, rule, zone, number.span.clone()), base + weight);
    }
}

/// «El teléfono de la of 302»: the number is that of a room or a floor.
fn is_room(lexicon: &Lexicon, page: &Page<'_>, index: usize) -> bool {
    let rooms = page.tagged_in(lexicon, index.saturating_sub(LONGEST_PHRASE)..index, |tag| {
        matches!(tag, Tag::Place { place: Place::Oficina | Place::Piso, .. }).then_some(())
    });
    rooms.into_iter().any(|(hit, ())| hit.last >= index)
}

/// The nearest word before a number that says what it is.
fn cue(lexicon: &Lexicon, page: &Page<'_>, index: usize) -> Option<(Cue, u32)> {
    let line = page.line_of(index);
    let reach = index.saturating_sub(CUE_REACH).max(line.start);
    let found = page.tagged_in(lexicon, index.saturating_sub(LONGEST_PHRASE)..index, |tag| match tag {
        Tag::Cue(cue) => Some(*cue),
        _ => None,
    });
    let near = found.filter(|(hit, _)| hit.last < index && hit.last >= reach && !hit.typo);
    near.max_by_key(|(hit, _)| (hit.last, hit.last - hit.first)).map(|(hit, cue)| (cue, hit.entry))
}

fn of_label(field: Field, hit: &Hit) -> Option<(Cue, u32)> {
    let cue = match field {
        Field::Telefono => Cue::Fijo,
        Field::Extension => Cue::Extension,
        Field::Celular => Cue::Celular,
        Field::Otro => Cue::Ajeno,
        Field::Dependencia | Field::Lugar | Field::Edificio | Field::Piso | Field::Oficina | Field::Nombre => {
            return None;
        }
        Field::Correo | Field::Problema => return None,
    };
    Some((cue, hit.entry))
}

/// Which box a number fills, how it is written there, and what its own words add.
fn meant(number: &Number, cue: Option<Cue>, label: Option<Field>) -> Option<(Field, String, i32)> {
    let digits = number.digits.clone();
    let is_phone = matches!(label, Some(Field::Telefono));
    match (number.line, cue) {
        (_, Some(Cue::Ajeno)) => None,
        (Line::Celular, Some(Cue::Celular | Cue::Fijo | Cue::Extension)) => Some((Field::Celular, digits, 3)),
        (Line::Celular, None) => Some((Field::Celular, digits, 0)),
        (Line::Fijo, Some(Cue::Celular | Cue::Fijo | Cue::Extension)) => Some((Field::Telefono, digits, 3)),
        (Line::Fijo, None) => Some((Field::Telefono, digits, 0)),
        (Line::Local, Some(Cue::Fijo)) => Some((Field::Telefono, digits, 0)),
        (Line::Local, Some(Cue::Celular | Cue::Extension) | None) => None,
        (Line::Corto, Some(Cue::Extension)) => Some((Field::Extension, digits, 3)),
        (Line::Corto, Some(Cue::Fijo)) if is_phone || number.digits.len() >= 3 => Some((Field::Extension, digits, -10)),
        (Line::Corto, Some(Cue::Fijo | Cue::Celular) | None) => None,
    }
}

/// The address given for the person, else the sender's; never one that no person owns.
pub(crate) fn addresses(
    rules: &Rules,
    people: &Directory,
    page: &Page<'_>,
    form: &Form,
    pieces: &[Piece],
    base: i32,
    ballot: &mut Ballot,
) {
    for (index, word) in page.words.list().iter().enumerate().filter(|(_, w)| w.shape == Shape::Address) {
        let said = page.said(&word.span);
        if !said.contains('@') {
            continue;
        }
        let correo = said.trim_start_matches("mailto:").to_lowercase();
        if is_shared(rules, people, &correo) {
            continue;
        }
        let label = form.at(word.span.start).filter(|l| l.field == Field::Correo);
        let own = (index.saturating_sub(5)..index).map(|i| page.words.folded(i)).any(|w| {
            matches!(
                w,
                "mi" | "personal" | "escribir" | "escribirme" | "responder" | "responderme" | "contestar" | "contacto"
            )
        });
        let in_data = in_data(pieces, index);
        let line = page.line_of(index);
        let line = page.words.span(line.start, line.end.saturating_sub(1));
        let first = page.numbers.partition_point(|n| n.span.start < line.start);
        let phone = page.numbers.get(first).is_some_and(|n| n.line == Line::Celular && n.span.end <= line.end);
        let (zone, score) = match label {
            Some(_) => (Zone::Etiqueta, 100),
            None if phone => (page.zone, base + 55),
            None if own || in_data => (page.zone, base + 20),
            None => (page.zone, base),
        };
        let rule = label.map_or_else(|| RuleId("correo escrito".to_owned()), |l| rules.lexicon.rule(l.hit.entry));
        ballot.add(Field::Correo, correo, Source::span(page, rule, zone, word.span.clone()), score);
    }
}

/// The sender's own address.
pub(crate) fn sender(rules: &Rules, people: &Directory, ask: &Ask<'_>, ballot: &mut Ballot) {
    let correo = &ask.who.correo;
    if correo.is_empty() || is_shared_by(rules, people, &ask.who) {
        return;
    }
    let span = ask.sender.rfind(correo.as_str()).map_or(0..0, |at| at..at + correo.len());
    let source = Source { rule: RuleId("remitente".to_owned()), zone: Zone::Remitente, span, words: correo };
    ballot.add(Field::Correo, correo.as_str(), source, 60);
}

/// A mailbox that no single person owns, by its address or because an area and no person sends from it: «Gestión del Riesgo
/// El Banco <gestionriesgo@…>».
pub(crate) fn is_shared_by(rules: &Rules, people: &Directory, who: &Address) -> bool {
    is_shared(rules, people, &who.correo) || is_area(&rules.lexicon, who)
}

/// The name opens with a word that no person is called, and the address is the name run together.
fn is_area(lexicon: &Lexicon, who: &Address) -> bool {
    let words = Words::new(who.nombre.as_deref().unwrap_or_default());
    let area = lexicon.find(&words).iter().any(|hit| {
        let no_name = matches!(lexicon.tag(hit), Some(Tag::Dependencia { .. } | Tag::Person(Person::NoEsNombre)));
        hit.first == 0 && no_name && !hit.typo
    });
    let said = (0..words.len()).map(|i| words.folded(i)).filter(|w| !LITTLE.contains(w));
    let name: String = said.collect();
    let local = fold(who.correo.split('@').next().unwrap_or_default());
    let local = Words::new(&local);
    let local: String = (0..local.len()).map(|i| local.folded(i)).filter(|w| !LITTLE.contains(w)).collect();
    area && local.len() >= SHORTEST_AREA && name.starts_with(&local)
}

/// A mailbox that no single person owns, by the address book or by its first part.
pub(crate) fn is_shared(rules: &Rules, people: &Directory, correo: &str) -> bool {
    if people.is_shared(correo) {
        return true;
    }
    let local = correo.split('@').next().unwrap_or_default();
    let words = Words::new(local);
    let whole = |first: usize, last: usize| first == 0 && last + 1 == words.len();
    rules
        .lexicon
        .find(&words)
        .iter()
        .any(|h| whole(h.first, h.last) && matches!(rules.lexicon.tag(h), Some(Tag::Shared)))
}
