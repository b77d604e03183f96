//! A `Mail` becomes a `Reading`: what a careful clerk would write down. Pure: no clock, no disk, no history.
pub mod alarm;
mod answer;
mod belongs;
mod book;
mod boxes;
mod candidate;
mod catalog;
pub mod command;
mod contact;
mod doubt;
mod due;
mod farewell;
mod fast;
mod focus;
mod form;
pub mod glean;
mod greeting;
mod invitation;
mod kind;
mod lexicon;
mod marks;
pub mod mailbox;
mod name;
mod named;
mod neighbour;
pub mod note;
mod page;
mod person;
mod phrase;
mod pieces;
mod place;
mod priority;
mod problem;
pub mod rules;
mod slips;
mod street;
mod table;
pub mod tag;
mod topic;
mod wish;
mod words;
use crate::mail::message::Mail;
use crate::office::fields::{Categoria, Dependencia, Origen};
use crate::office::people::Directory;
use crate::reading::candidate::Ballot;
pub(crate) use crate::reading::candidate::ENOUGH;
use crate::reading::command::Hand;
use crate::reading::contact::Around;
use crate::reading::form::Form;
use crate::reading::kind::Case;
use crate::reading::mailbox::Sender;
use crate::reading::named::Names;
use crate::reading::note::{Candidate, Extraction, Found, Kind, Reading, Said};
use crate::reading::page::Ask;
use crate::reading::pieces::{Piece, Sorter};
use crate::reading::place::Role;
use crate::reading::priority::Weighed;
use crate::reading::rules::Rules;
use crate::reading::tag::Field;
use crate::reading::words::Words;
use crate::spanish::when;

/// Reads one mail by the rules of the office.
pub fn read(rules: &Rules, people: &Directory, mail: &Mail) -> Reading {
    read_with_candidates(rules, people, mail).0
}

/// Reads one mail and keeps every value that was considered, chosen or not, in the order in which it was found.
pub fn read_with_candidates(rules: &Rules, people: &Directory, mail: &Mail) -> (Reading, Vec<Candidate>) {
    let ask = Ask::of(&rules.lexicon, mail);
    let mut texto_nuevo = mail.body.new_text();
    let commands = command::parse(&texto_nuevo, hand(people, mail));
    let kind = Case { rules, people, mail, ask: &ask, commands: &commands }.kind();
    if kind.value == Kind::Calendario {
        texto_nuevo = invitation::note(&texto_nuevo);
        // Some calendars put the note only where calendars look.
        let comment = mail.reply().and_then(|reply| reply.comment.as_deref());
        if let Some(comment) = comment.filter(|_| texto_nuevo.trim().is_empty()) {
            comment.trim().clone_into(&mut texto_nuevo);
        }
    }
    let forms: Vec<Form> = ask.texts.iter().map(|page| Form::of(&rules.lexicon, page)).collect();
    let name = name_words(&ask);
    let pieces: Vec<Vec<Piece>> = ask
        .texts
        .iter()
        .zip(&forms)
        .map(|(page, form)| Sorter::new(&rules.lexicon, page, form, &name).pieces())
        .collect();
    let mut ballot = Ballot::default();
    vote(rules, people, &ask, &forms, &pieces, &mut ballot);
    // A reply or an order only says what it says; the address book completes what opens a case.
    if matches!(kind.value, Kind::Solicitud | Kind::ConceptoTecnico) {
        book::fill(rules, &ask.who.correo, &mut ballot);
    }
    let origen = belongs::origen(rules, people, &ask, &ballot);
    let mut story = problem::tell(&ask, &pieces);
    if kind.value == Kind::Alarma {
        story.problema = problem::of_alarm(&texto_nuevo).to_owned();
    }
    let matter = focus::matter(&rules.lexicon, &ask, &story, kind.value);
    let (mut categoria, mut topic) = topic::categoria(rules, &matter, &mut ballot.list);
    if kind.value == Kind::ConceptoTecnico
        && let Some(index) = rules.categorias.iter().position(|t| t.nombre.0 == kind.value.word())
    {
        topic = index;
        let because = kind.clone();
        let value = Categoria(kind.value.word().to_owned());
        categoria = Found { value, rule: because.rule, zone: because.zone, span: because.span, words: because.words };
    }
    let written = mail.date.map(when::day_of);
    let about = Weighed { rules, kind: kind.value, origen, topic, written };
    let (prioridad, weighing) = priority::prioridad(&about, &matter, &focus::partings(&ask, &story));
    let fields = chosen(&ballot, origen);
    // Only who answers says how his case goes.
    let in_a_thread = !mail.refs.is_empty() || kind.value != Kind::Solicitud || kind::has_ticket(&mail.subject);
    let dice = if in_a_thread { answer::hear(&rules.answers, &texto_nuevo, written) } else { Said::default() };
    let problema = story.problema;
    let reading =
        Reading { kind, origen, fields, problema, categoria, prioridad, weighing, dice, texto_nuevo, commands };
    (reading, ballot.list)
}

/// How much the writer's word is worth as an order.
fn hand(people: &Directory, mail: &Mail) -> Hand {
    match people.who(&mail.from.correo) {
        Some(_) => Hand::Office,
        None if people.is_institutional(&mail.from.correo) && kind::has_ticket(&mail.subject) => Hand::House,
        None => Hand::Stranger,
    }
}

/// Every page of the request is asked for every field.
fn vote(rules: &Rules, people: &Directory, ask: &Ask<'_>, forms: &[Form], pieces: &[Vec<Piece>], ballot: &mut Ballot) {
    let from = Sender::of(rules, people, ask);
    let sender = from.name();
    let none = Form::default();
    for ((page, form), pieces) in ask.texts.iter().zip(forms).zip(pieces) {
        for line in form.of_field(Field::Lugar) {
            place::labelled(rules, page, &line.value, 100, ballot);
        }
        boxes::place(rules, page, form, ballot);
        place::look(rules, page, Role::Text, place::addressee(page, pieces), ballot);
        let names = Names::of(rules, page);
        names.labelled(form, ballot);
        names.on_behalf(sender, form, ballot);
        names.introduced(sender, &ask.who.correo, ballot);
        names.signed(sender, false, ballot);
        names.alone(pieces, ballot);
        if from.is_shared() {
            names.with_number(ballot);
        }
        belongs::in_text(rules, page, form, pieces, sender, ballot);
    }
    let named = ballot.best(Field::Nombre);
    let other = named.is_some_and(|c| (person::OTHER..100).contains(&c.score));
    let whom = named.map_or(sender, |c| c.value.as_str()).to_owned();
    for ((page, form), pieces) in ask.texts.iter().zip(forms).zip(pieces) {
        let around = Around { form, pieces, other, whom: &whom };
        contact::numbers(rules, page, &around, 55, ballot);
        contact::addresses(rules, people, page, &around, 20, ballot);
    }
    let for_another = other && ballot.best(Field::Extension).or(ballot.best(Field::Celular)).is_some();
    for page in &ask.feet {
        let form = Form::of(&rules.lexicon, page);
        place::look(rules, page, Role::Foot, 0, ballot);
        belongs::in_foot(rules, page, 82, ballot);
        // The numbers of who writes for somebody else are not that person's.
        let around = Around { form: &form, pieces: &[], other, whom: &whom };
        contact::numbers(rules, page, &around, if for_another { 10 } else { 80 }, ballot);
        contact::addresses(rules, people, page, &around, 85, ballot);
        let names = Names::of(rules, page);
        names.labelled(&form, ballot);
        names.introduced(sender, &ask.who.correo, ballot);
        names.signed(sender, true, ballot);
    }
    // A subject with the number of a case is our own letter's: it says nothing new, and «TIC» names nobody's dependencia.
    if !kind::has_ticket(ask.subject.text) {
        place::look(rules, &ask.subject, Role::Subject, 0, ballot);
        belongs::in_subject(rules, &ask.subject, ballot);
        contact::numbers(rules, &ask.subject, &Around { form: &none, pieces: &[], other, whom: &whom }, 45, ballot);
    }
    belongs::in_sender(rules, ask, ballot);
    for page in &ask.passers {
        belongs::in_foot(rules, page, 35, ballot);
    }
    person::in_sender(rules, ask, &from, ballot);
    person::settle(ballot);
    contact::sender(rules, &from, ask, ballot);
    contact::settle(&ask.who.correo, ballot);
    place::settle(ballot);
}

/// Folded words of the sender's name, by which a sentence is known to give only data.
fn name_words(ask: &Ask<'_>) -> Vec<String> {
    let words = Words::new(ask.who.nombre.as_deref().unwrap_or_default());
    (0..words.len()).map(|i| words.folded(i).to_owned()).collect()
}

fn chosen(ballot: &Ballot, origen: Origen) -> Extraction {
    let place = ballot.best(Field::Lugar).map(|c| (c.span.clone(), c.zone));
    let part = |field| {
        let (span, zone) = place.clone()?;
        let inside =
            |c: &&Candidate| c.field == field && c.zone == zone && c.span.start >= span.start && c.span.end <= span.end;
        let candidate = ballot.list.iter().find(inside)?;
        Some(found(candidate))
    };
    let dependencia = ballot.found(Field::Dependencia).filter(|_| origen == Origen::Interna);
    Extraction {
        dependencia: dependencia.map(|f| Found {
            value: Dependencia(f.value),
            rule: f.rule,
            zone: f.zone,
            span: f.span,
            words: f.words,
        }),
        lugar: ballot.found(Field::Lugar),
        edificio: part(Field::Edificio),
        piso: part(Field::Piso),
        oficina: part(Field::Oficina),
        nombre: ballot.found(Field::Nombre),
        telefono: ballot.found(Field::Telefono),
        extension: ballot.found(Field::Extension),
        celular: ballot.found(Field::Celular),
        correo: ballot.found(Field::Correo),
    }
}

fn found(c: &Candidate) -> Found<String> {
    Found { value: c.value.clone(), rule: c.rule.clone(), zone: c.zone, span: c.span.clone(), words: c.words.clone() }
}
