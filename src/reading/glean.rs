//! What no rule took of a request: labels, offices, places and words that the rules could learn. Pure, and linear in the mail.
use crate::mail::message::Mail;
use crate::reading::form::Form;
use crate::reading::note::Reading;
use crate::reading::page::{Ask, LONGEST_PHRASE, Page};
use crate::reading::problem;
use crate::reading::rules::Rules;
use crate::reading::tag::{Courtesy, Field, Person, Tag};
use crate::reading::words::{Gap, Shape, Words};
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

/// Which list of the rules could take some words. Of the names of offices, the surest kind first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missed {
    /// The value of a line «Dependencia: …».
    LabelledOffice,
    /// A line of the signature that begins as offices do.
    SignedOffice,
    /// «Grupo de …» in the text.
    Office,
    /// Any other line of the signature: a name of the office only if somebody says so.
    Signed,
    Building,
    Place,
    /// A label «…:» before a value, and the box that the value would fill.
    Label(Field),
    /// A word or a pair of words of the problem.
    Matter,
}

/// Some words of a mail, folded, with single blanks: as a rule would write them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gleaning {
    pub missed: Missed,
    pub words: String,
}

type Set = HashSet<&'static str>;

fn set(words: &'static str) -> Set {
    words.split(' ').collect()
}

/// What an office is called before its own name.
static OFFICES: LazyLock<Set> = LazyLock::new(|| {
    set("oficina secretaria area grupo direccion subdireccion subsecretaria unidad seccion despacho programa \
         coordinacion gerencia dependencia division departamento observatorio fondo")
});
/// What a spot is called before its own name; the second list are buildings.
static SPOTS: LazyLock<Set> = LazyLock::new(|| {
    set("sala salon bodega modulo aula auditorio taller cubiculo patio garita taquilla ventanilla pasillo \
         laboratorio cuarto archivo almacen deposito cafeteria porteria kiosco terraza")
});
static BUILDINGS: LazyLock<Set> =
    LazyLock::new(|| set("edificio sede torre bloque coliseo centro casa hospital estadio"));
/// Words that end a name in running text.
static ENDS: LazyLock<Set> = LazyLock::new(|| {
    set("en que para con por no se me nos es esta estan necesita necesitamos necesito requiere requerimos \
         solicita solicitamos tiene tenemos tengo desde hay ya pero donde cuando porque sin su sus mi mis \
         como o u a al muy quien hasta sobre le les ni ante segun")
});
/// Little words: part of a name, no name by themselves.
static LITTLE: LazyLock<Set> = LazyLock::new(|| set("de del la las los el y e un una lo"));
/// Words of every request, which tell nothing of its matter.
static USUAL: LazyLock<Set> = LazyLock::new(|| {
    set("buenos buenas dias tardes noches cordial saludo saludos gracias favor solicitud solicito solicitar \
         colaboracion apoyo ayuda ayudar revisar revision urgente quedo atento atenta desde hace esta este \
         esto estas estos para pero porque cuando como donde tambien todo todos toda todas otro otra otros \
         otras nuevo nueva mismo misma ayer manana puede pueden puedo podemos podria necesito necesitamos \
         requiero requerimos tengo tenemos tiene tienen hacer sido estoy estamos estan sale problema \
         problemas novedad inconveniente servicio equipo oficina dependencia senor senores ingeniero \
         ingenieros ingeniera doctora doctor correo asunto consulta agradezco agradecemos amablemente \
         presente medio parte caso momento sobre entre hasta muy mucho mucha algo nada cada solo siempre \
         nunca aqui alla hola grande grandes pequeno pequena viejo vieja escribo escribe pedir pido \
         informo informar solicita reporto reportar comunico quisiera quiero presenta presentan")
});
const SHORTEST_WORD: usize = 4;
/// Words of a label, of a name, of a spot, at most.
const LONGEST_LABEL: usize = 4;
const LONGEST_NAME: usize = 6;
const LONGEST_SPOT: usize = 4;

/// Everything in a request that no rule took, each once, in the order of kinds and of the alphabet.
pub fn glean(rules: &Rules, mail: &Mail, reading: &Reading) -> BTreeSet<Gleaning> {
    let ask = Ask::of(&rules.lexicon, mail);
    let mut found = BTreeSet::new();
    for page in &ask.texts {
        let form = Form::of(&rules.lexicon, page);
        labels(rules, page, &form, &mut found);
        in_form(rules, page, &form, &mut found);
        heads(rules, page, &OFFICES, Missed::Office, &mut found);
        spots(rules, page, &mut found);
    }
    for page in &ask.feet {
        labels(rules, page, &Form::of(&rules.lexicon, page), &mut found);
        signature(rules, page, &mut found);
        spots(rules, page, &mut found);
    }
    matter(rules, &reading.problema, &mut found);
    matter(rules, problem::without_prefixes(&mail.subject), &mut found);
    found
}

/// Is the word a part of a name and no name itself?
fn is_little(word: &str) -> bool {
    LITTLE.contains(&word)
}

/// Lines «Etiqueta: valor» whose label no rule knows.
fn labels(rules: &Rules, page: &Page<'_>, form: &Form, found: &mut BTreeSet<Gleaning>) {
    for first in (0..page.words.len()).filter(|i| page.words.line_start(*i, page.text)) {
        let line = page.line_of(first);
        let colon = |last: &usize| {
            let end = page.words.get(*last).map_or(0, |w| w.span.end);
            page.text.get(end..).is_some_and(|rest| rest.trim_start_matches([' ', '*']).starts_with(':'))
        };
        let Some(last) = (first..line.end.min(first + LONGEST_LABEL)).find(colon) else { continue };
        let start = page.words.span(first, last).start;
        let has_value = last + 1 < line.end;
        let is_known = form.line_at(start).is_some()
            || page.tagged_in(&rules.lexicon, first..first + 1, |tag| known_line(tag).then_some(())).next().is_some();
        if has_value
            && !is_known
            && let Some(words) = phrase(page, first..last + 1)
        {
            found.insert(Gleaning { missed: Missed::Label(kind_of(rules, page, last + 1..line.end)), words });
        }
    }
}

/// A courtesy or a known label opens the line: «Buenas tardes:», «Asunto:».
fn known_line(tag: &Tag) -> bool {
    matches!(tag, Tag::Courtesy(_) | Tag::Label(_) | Tag::Mark { .. })
}

/// The box that a value would fill, by what it looks like.
fn kind_of(rules: &Rules, page: &Page<'_>, words: Range<usize>) -> Field {
    let span = page.words.span(words.start, words.end.saturating_sub(1));
    let said = page.said(&span);
    let hit = |meant: fn(&Tag) -> bool| {
        page.tagged_in(&rules.lexicon, words.clone(), |t| meant(t).then_some(())).next().is_some()
    };
    let number = page.numbers.iter().find(|n| span.start <= n.span.start && n.span.end <= span.end);
    if said.contains('@') {
        return Field::Correo;
    }
    if let Some(number) = number {
        return match number.digits.len() {
            10 if number.digits.starts_with('3') => Field::Celular,
            7.. => Field::Telefono,
            _ => Field::Otro,
        };
    }
    if hit(|tag| matches!(tag, Tag::Dependencia { .. })) {
        return Field::Dependencia;
    }
    if hit(|tag| matches!(tag, Tag::Place { .. })) { Field::Lugar } else { Field::Otro }
}

/// Values of «Dependencia:» and «Ubicación:» that the catalogue does not have.
fn in_form(rules: &Rules, page: &Page<'_>, form: &Form, found: &mut BTreeSet<Gleaning>) {
    for (field, missed) in [(Field::Dependencia, Missed::LabelledOffice), (Field::Lugar, Missed::Place)] {
        for line in form.of_field(field) {
            let words = page.words.at(line.value.start)..page.words.at(line.value.end);
            let known = page.tagged_in(&rules.lexicon, words.clone(), |tag| takes(missed, tag).then_some(()));
            if known.count() == 0
                && words.len() <= LONGEST_NAME
                && let Some(words) = phrase(page, words)
            {
                found.insert(Gleaning { missed, words });
            }
        }
    }
}

/// Would a rule of this meaning have taken the words?
fn takes(missed: Missed, tag: &Tag) -> bool {
    match missed {
        Missed::LabelledOffice | Missed::SignedOffice | Missed::Office | Missed::Signed => {
            matches!(tag, Tag::Dependencia { .. })
        }
        Missed::Building | Missed::Place => matches!(tag, Tag::Place { .. } | Tag::Dependencia { .. }),
        Missed::Label(_) => matches!(tag, Tag::Label(_)),
        Missed::Matter => matches!(tag, Tag::Topic { .. }),
    }
}

/// Names that begin with one of these words, to the end of the sentence or to a word that ends a name.
fn heads(rules: &Rules, page: &Page<'_>, opens: &Set, missed: Missed, found: &mut BTreeSet<Gleaning>) {
    let longest = if missed == Missed::Office { LONGEST_NAME } else { LONGEST_SPOT };
    for first in (0..page.words.len()).filter(|i| opens.contains(&page.words.folded(*i))) {
        let goes_on = |i: &usize| {
            page.words.get(*i).is_some_and(|w| w.gap == Gap::Space) && !ENDS.contains(&page.words.folded(*i))
        };
        let end = (first + 1..first + longest).take_while(goes_on).last().map_or(first, |last| last) + 1;
        if !covered(rules, page, first..end, missed)
            && let Some(words) = phrase(page, first..end)
        {
            found.insert(Gleaning { missed, words });
        }
    }
}

fn spots(rules: &Rules, page: &Page<'_>, found: &mut BTreeSet<Gleaning>) {
    heads(rules, page, &SPOTS, Missed::Place, found);
    heads(rules, page, &BUILDINGS, Missed::Building, found);
}

/// Does a rule take any of these words for what they would be?
fn covered(rules: &Rules, page: &Page<'_>, words: Range<usize>, missed: Missed) -> bool {
    let reach = words.start.saturating_sub(LONGEST_PHRASE)..words.end;
    let mut hits = page.tagged_in(&rules.lexicon, reach, |tag| takes(missed, tag).then_some(()));
    hits.any(|(hit, ())| hit.last >= words.start)
}

/// «Grupo de Aves, piso 2»: the line as far as its place.
fn before_the_place(rules: &Rules, page: &Page<'_>, line: Range<usize>) -> Range<usize> {
    let is_place = |tag: &Tag| matches!(tag, Tag::Place { .. }).then_some(());
    let place = page.tagged_in(&rules.lexicon, line.clone(), is_place).next();
    line.start..place.map_or(line.end, |(hit, ())| hit.first)
}

/// A line of a signature that says what somebody is, or bids farewell.
fn no_office(tag: &Tag) -> bool {
    matches!(tag, Tag::Courtesy(Courtesy::Saludo | Courtesy::Cierre) | Tag::Person(Person::Cargo))
}

/// Lines of a signature that name no person, no office and no place that is known.
fn signature(rules: &Rules, page: &Page<'_>, found: &mut BTreeSet<Gleaning>) {
    for first in (0..page.words.len()).filter(|i| page.words.line_start(*i, page.text)) {
        let line = before_the_place(rules, page, page.line_of(first));
        let opens = OFFICES.contains(&page.words.folded(first));
        let missed = if opens { Missed::SignedOffice } else { Missed::Signed };
        let known =
            page.tagged_in(&rules.lexicon, line.clone(), |tag| (takes(missed, tag) || no_office(tag)).then_some(()));
        if line.len() <= LONGEST_NAME
            && known.count() == 0
            && let Some(words) = phrase(page, line)
        {
            found.insert(Gleaning { missed, words });
        }
    }
}

/// The words as a rule would write them, without little words at their end: at least one that is none, and no number, no
/// address and no letter alone, which might be somebody's.
fn phrase(page: &Page<'_>, words: Range<usize>) -> Option<String> {
    let mut list: Vec<&str> = words.clone().map(|i| page.words.folded(i)).collect();
    let shapes = words.clone().filter_map(|i| page.words.get(i));
    if shapes.into_iter().any(|w| matches!(w.shape, Shape::Digits | Shape::Address)) {
        return None;
    }
    while list.last().is_some_and(|word| is_little(word)) {
        list.pop();
    }
    let opener =
        list.first().is_some_and(|word| OFFICES.contains(*word) || SPOTS.contains(*word) || BUILDINGS.contains(*word));
    let own = list.iter().filter(|word| !is_little(word)).count();
    let says_more = own > usize::from(opener);
    let letters = list.iter().any(|word| word.len() == 1 && !matches!(*word, "y" | "e" | "o" | "u" | "a"));
    (says_more && !letters).then(|| list.join(" "))
}

/// Words of the problem that no categoría knows: each alone, and with the next one that counts.
fn matter(rules: &Rules, text: &str, found: &mut BTreeSet<Gleaning>) {
    let words = Words::new(text);
    let hits = rules.lexicon.find(&words);
    let mut is_known = vec![false; words.len()];
    for hit in hits.iter().filter(|hit| rules.lexicon.tag(hit).is_some_and(|tag| takes(Missed::Matter, tag))) {
        is_known.iter_mut().take(hit.last + 1).skip(hit.first).for_each(|known| *known = true);
    }
    let counts = |i: usize| {
        let word = words.folded(i);
        let plain = words.get(i).is_some_and(|w| !matches!(w.shape, Shape::Digits | Shape::Address));
        plain
            && word.len() >= SHORTEST_WORD
            && !is_known.get(i).copied().unwrap_or(true)
            && !USUAL.contains(&word)
            && !ENDS.contains(&word)
    };
    for first in (0..words.len()).filter(|i| counts(*i)) {
        found.insert(Gleaning { missed: Missed::Matter, words: words.folded(first).to_owned() });
        let next = if is_little(words.folded(first + 1)) { first + 2 } else { first + 1 };
        if counts(next) && words.joined(first, next) {
            let pair: Vec<&str> = (first..=next).map(|i| words.folded(i)).collect();
            found.insert(Gleaning { missed: Missed::Matter, words: pair.join(" ") });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::handbook::{Handbook, shipped};
    use crate::mail::{self, message::Address};
    use crate::reading;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let raw = format!("From: Jorge Polo <jpolo@magdalena.gov.co>\nSubject: RV: Novedad\n\n{text}\n");
        let desk = Address { correo: "mesa@magdalena.gov.co".to_owned(), nombre: None };
        let book = Handbook::load(&shipped(), &desk).unwrap_or_else(|faults| panic!("{faults:?}"));
        let mail = mail::parse(raw.as_bytes());
        let reading = reading::read(&book.rules, &book.office.people, &mail);
        let found = glean(&book.rules, &mail, &reading);
        let lines: Vec<String> = found.iter().map(|g| format!("{:?}: {}", g.missed, g.words)).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn names_of_offices() {
        check(
            "Buenos días, no tengo internet.\n\nCordialmente,\n\nJorge Polo\nGrupo de Caja Fuerte, piso 2\nCel. 3015550123",
            expect![[r#"
                SignedOffice: grupo de caja fuerte
                Signed: jorge polo"#]],
        );
        check("Dependencia: Caja Fuerte\nNo hay internet.", expect!["LabelledOffice: caja fuerte"]);
        check(
            "Escribo del observatorio de las aves para pedir un punto de red. Soy de la Secretaría de Hacienda.",
            expect![[r#"
                Office: observatorio de las aves
                Matter: aves
                Matter: observatorio"#]],
        );
    }

    #[test]
    fn labels_and_places() {
        check(
            "Célula de trabajo: Rentas\nNovedad: no hay internet\nAnexo: 31",
            expect!["Label(Dependencia): celula de trabajo"],
        );
        check(
            "No prende el equipo de la sala de monitoreo ni el del edificio de las palmas.",
            expect![[r#"
                Building: edificio de las palmas
                Place: sala de monitoreo
                Matter: edificio
                Matter: monitoreo
                Matter: palmas
                Matter: sala
                Matter: sala de monitoreo"#]],
        );
        check("Estoy en el piso 3, sala de juntas. Mi extensión es 204.", expect![[r#""#]]);
    }

    #[test]
    fn words_of_the_matter() {
        check(
            "Buenas tardes, la guillotina de papel no corta. Gracias, jpolo@magdalena.gov.co",
            expect![[r#"
            Matter: corta
            Matter: guillotina"#]],
        );
    }
}
