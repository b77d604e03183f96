//! Telephones, extensions and addresses of the person, each with the word that says what it is.
use crate::office::people::Directory;
use crate::reading::candidate::{Ballot, Source};
use crate::reading::form::Form;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::mailbox::{Sender, is_made_of, is_shared};
use crate::reading::named::Names;
use crate::reading::note::{Candidate, RuleId, Zone};
use crate::reading::page::{Ask, LONGEST_PHRASE, Page};
use crate::reading::pieces::{Piece, in_data};
use crate::reading::rules::Rules;
use crate::reading::tag::{Cue, Field, Place, Tag};
use crate::reading::words::{Gap, Shape};
use crate::spanish::phone::{Line, Number};

/// How far before a number the word that names it may stand.
const CUE_REACH: usize = 5;
/// How far before a number the word may stand that says whose it is.
const OWNER_REACH: usize = 7;
/// How far before a number the word may stand that offers it.
const OFFER_REACH: usize = 12;
/// A number that the mail mentions and does not give.
const NOT_HIS: i32 = 15;
/// An address made of the name of the person who needs the service, in a mail that another one sends.
const OWN_ADDRESS: i32 = 70;

/// What stands around the numbers of a page.
pub(crate) struct Around<'a> {
    pub(crate) form: &'a Form,
    pub(crate) pieces: &'a [Piece],
    /// The mail is written for somebody else than its sender.
    pub(crate) other: bool,
    /// Whose numbers are wanted; empty where nobody is known.
    pub(crate) whom: &'a str,
}

/// Puts the page's numbers on the ballot. `base` is what an unlabelled number weighs here.
pub(crate) fn numbers(rules: &Rules, page: &Page<'_>, around: &Around<'_>, base: i32, ballot: &mut Ballot) {
    let matter = !around.pieces.is_empty() && !page.numbers.is_empty();
    let names = matter.then(|| Names::of(rules, page));
    for number in &page.numbers {
        let index = page.words.at(number.span.start);
        if number.line == Line::Corto && is_room(&rules.lexicon, page, index) {
            continue;
        }
        let label = around.form.at(number.span.start);
        let cue = cue(&rules.lexicon, page, index)
            .or_else(|| label.and_then(|l| of_label(l.field, &l.hit)))
            .or_else(|| has_extension(&rules.lexicon, page, number));
        let Some((field, digits, weight)) = meant(number, cue.map(|(c, _)| c), label.map(|l| l.field)) else {
            continue;
        };
        let (zone, base) = match label {
            Some(_) if around.form.is_form() => (Zone::Etiqueta, 100),
            Some(_) => (Zone::Etiqueta, base + 5),
            // Within the matter a number may be what the matter is about.
            None if names.as_ref().is_some_and(|n| n.gives_anothers(index, around.whom)) => (page.zone, NOT_HIS),
            None if !around.other && is_anothers(page, index) => (page.zone, NOT_HIS),
            None if in_data(around.pieces, index) => (page.zone, base + 20),
            None if matter && cue.is_none() && !is_offered(page, index) => (page.zone, NOT_HIS),
            None => (page.zone, base),
        };
        let weight = weight + if around.other { whose(page, index) } else { 0 };
        let rule = match cue {
            Some((_, entry)) => rules.lexicon.rule(entry),
            None => RuleId::new("numeración de Colombia"),
        };
        ballot.add(field, digits, Source::span(page, rule, zone, number.span.clone()), base + weight);
    }
}

/// In a mail for somebody else: «la extensión de ella es …» is that person's number, «mi extensión es …» is not.
fn whose(page: &Page<'_>, index: usize) -> i32 {
    let first = (index.saturating_sub(OWNER_REACH)..index).rev().take_while(|i| joins(page, i + 1)).last();
    for word in (first.unwrap_or(index)..index).rev() {
        match page.words.folded(word) {
            "mi" | "mia" | "mio" | "me" | "conmigo" => return -45,
            "ella" | "su" | "suya" | "suyo" => return 25,
            "el" if page.words.folded(word.wrapping_sub(1)) == "de" => return 25,
            other if is_titled(other) => return 25,
            _ => {}
        }
    }
    0
}

/// In a mail of one's own: «el número de mi jefe es …», «la doctora se localiza en la ext. …», «el correo de ella es …».
fn is_anothers(page: &Page<'_>, index: usize) -> bool {
    let word = |i: usize| page.words.folded(i);
    let first = (index.saturating_sub(OWNER_REACH)..index).rev().take_while(|i| joins(page, i + 1)).last();
    let opens = |i: usize| page.words.get(i).is_some_and(|w| !w.gap.joins());
    let owner = |i: usize| is_titled(word(i));
    (first.unwrap_or(index)..index).any(|i| match word(i) {
        "de" => {
            let at = if matches!(word(i + 1), "la" | "el" | "mi" | "nuestro" | "nuestra") { i + 2 } else { i + 1 };
            at < index && is_contact(word(i.wrapping_sub(1))) && (owner(at) || word(at) == "ella")
        }
        "del" => i + 1 < index && is_contact(word(i.wrapping_sub(1))) && owner(i + 1),
        "el" | "la" => opens(i) && i + 1 < index && owner(i + 1),
        _ => false,
    })
}

/// Whom people speak of by a title: how the word begins.
const OTHERS: &[&str] = &["doctor", "ingenier", "jefe", "jefa", "senor", "companer", "contratista"];

fn is_titled(word: &str) -> bool {
    matches!(word, "dr" | "dra") || OTHERS.iter().any(|other| word.starts_with(other))
}

/// «El celular», «la extensión», «el correo»: of whom, is said next.
fn is_contact(word: &str) -> bool {
    matches!(
        word,
        "extension" | "ext" | "numero" | "telefono" | "tel" | "celular" | "cel" | "whatsapp" | "contacto" | "correo"
    )
}

/// Does the sentence around a number offer it: «llámenme al …», «cualquier duda …», or does it stand at the end of a line?
fn is_offered(page: &Page<'_>, index: usize) -> bool {
    let start = (index.saturating_sub(OFFER_REACH)..index).rev().take_while(|i| joins(page, i + 1)).last();
    let offers = |i: usize| {
        let word = page.words.folded(i);
        matches!(word, "mi" | "mis" | "me" | "nos" | "conmigo" | "cualquier" | "duda" | "dudas" | "datos" | "contacto")
            || ["llam", "marc", "contact", "comunic", "escrib", "ubic", "atent", "pendiente", "localiz"]
                .iter()
                .any(|stem| word.starts_with(stem))
    };
    let last = page.words.get(index + 1).is_none_or(|w| w.gap == Gap::Line);
    last || (start.unwrap_or(index)..index).any(offers)
}

fn joins(page: &Page<'_>, index: usize) -> bool {
    page.words.get(index).is_some_and(|w| w.gap.joins())
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

/// «438 11 44 ext. 115»: what has an extension is a landline.
fn has_extension(lexicon: &Lexicon, page: &Page<'_>, number: &Number) -> Option<(Cue, u32)> {
    let next = page.words.at(number.span.end);
    let meant = |tag: &Tag| matches!(tag, Tag::Cue(Cue::Extension)).then_some(());
    let mut extensions = page.tagged_in(lexicon, next..next + 1, meant);
    let (hit, ()) = extensions.find(|_| number.line == Line::Local && joins(page, next))?;
    Some((Cue::Fijo, hit.entry))
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
    around: &Around<'_>,
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
        let label = around.form.at(word.span.start).filter(|l| l.field == Field::Correo);
        let whom = around.whom;
        let anothers = || {
            !around.other && is_anothers(page, index)
                || !is_made_of(&correo, whom) && Names::of(rules, page).gives_anothers(index, whom)
        };
        if label.is_none() && !around.pieces.is_empty() && anothers() {
            continue;
        }
        let own = (index.saturating_sub(5)..index).map(|i| page.words.folded(i)).any(|w| {
            matches!(
                w,
                "mi" | "personal" | "escribir" | "escribirme" | "responder" | "responderme" | "contestar" | "contacto"
            )
        });
        let in_data = in_data(around.pieces, index);
        let line = page.line_of(index);
        let line = page.words.span(line.start, line.end.saturating_sub(1));
        let first = page.numbers.partition_point(|n| n.span.start < line.start);
        let phone = page.numbers.get(first).is_some_and(|n| n.line == Line::Celular && n.span.end <= line.end);
        let (zone, score) = match label {
            Some(_) => (Zone::Etiqueta, 100),
            None if phone => (page.zone, base + 55),
            None if around.other && whose(page, index) > 0 => (page.zone, OWN_ADDRESS),
            None if own || in_data => (page.zone, base + 20),
            None => (page.zone, base),
        };
        let rule = label.map_or_else(|| RuleId::new("correo escrito"), |l| rules.lexicon.rule(l.hit.entry));
        ballot.add(Field::Correo, correo, Source::span(page, rule, zone, word.span.clone()), score);
    }
}

/// The sender's own address, if it is that of the person who the mail says needs the service.
pub(crate) fn sender(rules: &Rules, from: &Sender<'_>, ask: &Ask<'_>, ballot: &mut Ballot) {
    let correo = &ask.who.correo;
    let nombre = ballot.best(Field::Nombre).map(|c| c.value.as_str());
    if correo.is_empty() || !from.is_of(&rules.lexicon, nombre) {
        return;
    }
    let span = ask.sender.rfind(correo.as_str()).map_or(0..0, |at| at..at + correo.len());
    let source = Source { rule: RuleId::new("remitente"), zone: Zone::Remitente, span, words: correo };
    ballot.add(Field::Correo, correo.as_str(), source, 60);
}

/// An address in the mail that is made of the name of who needs the service goes before that of a sender of another name.
pub(crate) fn settle(sender: &str, ballot: &mut Ballot) {
    let Some(nombre) = ballot.best(Field::Nombre).map(|c| c.value.clone()) else { return };
    if is_made_of(sender, &nombre) {
        return;
    }
    let own = |c: &&mut Candidate| {
        c.field == Field::Correo && c.zone != Zone::Remitente && is_made_of(&c.value, &nombre) && c.score < OWN_ADDRESS
    };
    for candidate in ballot.list.iter_mut().filter(own) {
        candidate.score = OWN_ADDRESS;
    }
}
