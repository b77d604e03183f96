//! Whose mailbox a mail comes from: one person's own, or one that several people answer.
use crate::mail::message::Address;
use crate::office::people::Directory;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::name::same_person;
use crate::reading::page::Ask;
use crate::reading::rules::Rules;
use crate::reading::tag::{Person, Tag};
use crate::reading::words::{Gap, Words};
use crate::spanish::fold::fold;
use std::ops::Range;

/// Fewer letters of an address may be anybody's initials.
const SHORTEST_NAME: usize = 4;

/// What the display name of a sender names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Display {
    /// There is none, or it is the address again.
    Nothing,
    Person,
    /// «Osiris Villazón - Planeación Pivijay», «Gerencia ESE San Pedro - Dalgis Rocha».
    PersonOfArea,
    /// «Cartera Suministros del Caribe», «Personería Guamal».
    Area,
}

/// A sender: its display name and what it names.
pub(crate) struct Sender<'a> {
    who: &'a Address,
    listed: bool,
    pub(crate) display: Display,
    /// Where in the display name a person's name may stand.
    pub(crate) own: Range<usize>,
}

impl<'a> Sender<'a> {
    pub(crate) fn of(rules: &Rules, people: &Directory, ask: &'a Ask<'_>) -> Sender<'a> {
        let (display, own) = display(&rules.lexicon, &ask.who);
        Sender { who: &ask.who, listed: is_shared(rules, people, &ask.who.correo), display, own }
    }

    /// The part of the display name that may name a person.
    pub(crate) fn name(&self) -> &'a str {
        let nombre = self.who.nombre.as_deref().unwrap_or_default();
        match self.display {
            Display::Person | Display::PersonOfArea => nombre.get(self.own.clone()).unwrap_or_default(),
            Display::Nothing | Display::Area => "",
        }
    }

    /// Nobody's name stands on the mailbox: who writes is only known by the text.
    pub(crate) fn is_shared(&self) -> bool {
        self.listed || self.display == Display::Area
    }

    /// Is the address that of the person whom the mail names? A listed mailbox is nobody's; one that bears an area's name, or
    /// no name, is the person's when it is made of that name: «Hacienda San Ángel <tesoreria.walberto@…>».
    pub(crate) fn is_of(&self, lexicon: &Lexicon, nombre: Option<&str>) -> bool {
        let made_of_it = nombre.is_some_and(|nombre| is_made_of(&self.who.correo, nombre));
        if self.listed {
            return false;
        }
        match self.display {
            Display::Person => true,
            Display::Area => made_of_it,
            Display::PersonOfArea | Display::Nothing => made_of_it || !names_an_area(lexicon, &self.who.correo),
        }
    }
}

/// What a display name names, and the part of it in which a person's name may stand.
fn display(lexicon: &Lexicon, who: &Address) -> (Display, Range<usize>) {
    let nombre = who.nombre.as_deref().unwrap_or_default();
    if nombre.is_empty() || nombre.contains('@') {
        return (Display::Nothing, 0..nombre.len());
    }
    let words = Words::new(nombre);
    let mut areas = lexicon.find(&words);
    // «Salud Guerra» is a person, «Salud Pivijay <salud@…>» is not.
    let too: Vec<usize> = areas
        .iter()
        .filter(|hit| matches!(lexicon.tag(hit), Some(Tag::Person(Person::TambienNombre))) && words.len() > 1)
        .map(|hit| hit.first)
        .filter(|i| !fold(local(&who.correo)).starts_with(words.folded(*i)))
        .collect();
    areas.retain(|hit| hit.last > hit.first || !too.contains(&hit.first));
    areas.retain(|hit| !hit.typo && lexicon.tag(hit).is_some_and(is_area));
    let Some(first) = areas.iter().map(|hit| hit.first).min() else { return (Display::Person, 0..nombre.len()) };
    let starts = |index: usize| words.get(index).map_or(nombre.len(), |w| w.span.start);
    if first > 0 {
        return (Display::PersonOfArea, 0..starts(first));
    }
    // «Gerencia ESE San Pedro - Dalgis Rocha»: the name stands behind the mark.
    let area = |i: usize| areas.iter().any(|hit| hit.first <= i && i <= hit.last);
    let behind = (1..words.len()).rev().find(|i| words.get(*i).is_some_and(|w| w.gap != Gap::Space) && !area(*i));
    match behind {
        Some(index) if (index..words.len()).all(|i| !area(i)) => (Display::PersonOfArea, starts(index)..nombre.len()),
        Some(_) | None => (Display::Area, 0..0),
    }
}

/// A mailbox that no single person owns, by the address book or by its first part.
pub(crate) fn is_shared(rules: &Rules, people: &Directory, correo: &str) -> bool {
    if people.is_shared(correo) || rules.book.is_shared(correo) {
        return true;
    }
    let words = Words::new(local(correo));
    let whole = |first: usize, last: usize| first == 0 && last + 1 == words.len();
    let hits = rules.lexicon.find(&words);
    // «despacho.educacion@»: nothing but offices.
    let office = |i: usize| {
        let covers = |h: &Hit| h.first <= i && i <= h.last && !h.typo;
        let names = |h: &Hit| rules.lexicon.tag(h).is_some_and(|tag| matches!(tag, Tag::Shared) || is_area(tag));
        hits.iter().any(|h| covers(h) && names(h))
    };
    hits.iter().any(|h| whole(h.first, h.last) && matches!(rules.lexicon.tag(h), Some(Tag::Shared)))
        || words.len() > 1 && (0..words.len()).all(office)
}

fn local(correo: &str) -> &str {
    correo.split('@').next().unwrap_or_default()
}

/// Does the first part open with a word of an area or an institution: «referencia@», «planeacion.pivijay@»?
fn names_an_area(lexicon: &Lexicon, correo: &str) -> bool {
    let words = Words::new(local(correo));
    lexicon.find(&words).iter().any(|hit| hit.first == 0 && !hit.typo && lexicon.tag(hit).is_some_and(is_area))
}

/// A word of an area or an institution, and of no person.
fn is_area(tag: &Tag) -> bool {
    matches!(tag, Tag::Dependencia { .. } | Tag::Person(Person::Externa | Person::NoEsNombre))
}

/// Is the first part of the address made of the name: «mospino», «rosa.manjarres88», «mruizdiaz» of Miriam Ruidiaz?
pub(crate) fn is_made_of(correo: &str, nombre: &str) -> bool {
    let local = fold(local(correo));
    let words = Words::new(nombre);
    let parts = || local.split(|c: char| !c.is_alphabetic()).filter(|part| part.len() >= SHORTEST_NAME);
    let like =
        |part: &str, name: &str| part == name || name.len() > SHORTEST_NAME && strsim::osa_distance(part, name) <= 1;
    (0..words.len()).map(|i| words.folded(i)).filter(|name| name.len() > 2).any(|name| {
        parts().any(|part| {
            let tail = part.char_indices().nth(1).and_then(|(at, _)| part.get(at..)).unwrap_or_default();
            name.len() >= SHORTEST_NAME && part.contains(name) || like(part, name) || like(tail, name)
        })
    })
}

/// By what name somebody writes for another (`nombre`): the one of the account, if the address is made of it and not of the other's.
pub fn writes_for(from: &Address, nombre: &str) -> Option<String> {
    let own = from.nombre.as_ref().filter(|own| own.split_whitespace().count() > 1)?;
    let is_another = is_made_of(&from.correo, own) && !is_made_of(&from.correo, nombre) && !same_person(own, nombre);
    is_another.then(|| own.clone())
}

#[cfg(test)]
mod tests {
    use super::{is_made_of, writes_for};
    use crate::mail::message::Address;

    #[test]
    fn who_writes_for_another_is_known_by_his_account() {
        for (account, correo, nombre, expected) in [
            (Some("Paola Ruiz"), "pruiz@x.co", "Jorge Pérez", Some("Paola Ruiz")),
            (Some("Paola Ruiz"), "pruiz@x.co", "Paola Ruiz Daza", None),
            (Some("Secretaría de Hacienda"), "tesoreria3@x.co", "Jorge Pérez", None),
            (Some("Tesorería"), "tesoreria@x.co", "Jorge Pérez", None),
            (Some("Jorge Perez"), "jperez@x.co", "Jorge Pérez", None),
            (Some("Mac de Lucía"), "lucia.mora@x.co", "Lucía Mora", None),
            (None, "pruiz@x.co", "Jorge Pérez", None),
        ] {
            let from = Address { correo: correo.to_owned(), nombre: account.map(str::to_owned) };
            assert_eq!(writes_for(&from, nombre).as_deref(), expected, "{account:?} of {nombre}");
        }
    }

    #[test]
    fn addresses_made_of_names() {
        for (correo, nombre, made) in [
            ("mospino@x.co", "María Ospino", true),
            ("rosa.manjarres88@x.co", "Rosa Elvira Manjarrés", true),
            ("mruizdiaz@x.co", "Miriam Ruidiaz Castro", true),
            ("educacion.jmeza@x.co", "José Joaquín Meza Cabarcas", true),
            ("tesoreria.walberto@x.co", "WALBERTO ENRIQUE OSPINO", true),
            ("referencia@x.co", "Kelis Martínez Yance", false),
            ("personeriaguamal@x.co", "Hernán Darío Orellano", false),
            ("cartera@x.co", "Duván Esteban Peñaloza", false),
        ] {
            assert_eq!(is_made_of(correo, nombre), made, "{correo} of {nombre}");
        }
    }
}
