//! Mails with orders: who may give them, what is done, and what is kept when nothing is.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::confirm;
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use crate::desk::follow;
use crate::desk::gate::{Gate, gate};
use crate::desk::orders;
use crate::desk::orders::bench::{Actor, Bench};
use crate::desk::orders::letters::{self, Done, transcript};
use crate::desk::wording;
use crate::office::people::Person;
use crate::reading::command::{Hand, Needs, Verb, take_apart};
use crate::seal::order::{Authority, Lack};
use crate::ticket::facts::{Event, Ticket};

/// Why a mail with orders changed nothing, as the ledger keeps it: a refused order is nobody's work on the case.
pub const REFUSED: &str = "no se cumplen las órdenes";
/// How the note begins that orders at the machine itself leave on a case: they come by no mail.
pub const TOLD: &str = "Órdenes de la administración: ";

/// A mail with commands in the thread of a ticket.
pub fn obey(case: Case<'_>, ticket: &Ticket) -> Decision {
    let Some(person) = case.named().filter(|_| !case.reading.commands.is_empty()) else {
        // Words that look like orders, from somebody who may give none.
        return follow::reply(case, ticket);
    };
    match case.situation.standing.authority(&case.office.people, &case.tickets(ticket)) {
        Err(lacks) => confirm::hold(case, ticket, person, &lacks),
        Ok(authority) => {
            let passed_on = authority.forwarded().map(|other| Event::Noted {
                texto: format!("Por reenvío: responde a una carta enviada a {}.", other.nombre),
            });
            let opening = [case.received_event()].into_iter().chain(passed_on).collect();
            carry_out(case, ticket, &authority, opening)
        }
    }
}

/// All orders of the mail, or none. `opening` goes on the ticket before them.
pub fn carry_out(case: Case<'_>, ticket: &Ticket, authority: &Authority<'_>, opening: Vec<Event>) -> Decision {
    let person = authority.person();
    if !may_command(case, person, ticket) && !all_own(case) {
        let who = case.in_charge(ticket).map_or("otra persona", |p| p.nombre.as_str());
        let why = format!("El caso está a cargo de {who}; pídale que se lo asigne, o pídalo a la coordinación.");
        return refuse(case, ticket, person, opening, "no está a su cargo", vec![why]);
    }
    let mut gates = case.reading.commands.iter().flatten().map(|command| gate(case, ticket, authority, command));
    if gates.any(|gate| gate == Gate::Confirm) {
        return confirm::hold(case, ticket, person, &[Lack::Sensitive]);
    }
    let bench = Bench { case, actor: Actor::of(authority) };
    let mut draft = Draft::of(ticket);
    opening.iter().for_each(|event| draft.add(event.clone()));
    match orders::carry_out(bench, draft, &case.reading.commands) {
        Err(lines) => refuse(case, ticket, person, opening, "una orden no se entiende o no procede", lines),
        Ok(carried) => done(bench, ticket, carried),
    }
}

/// The facts of a batch and its letters.
pub fn done(bench: Bench<'_>, before: &Ticket, carried: orders::Carried) -> Decision {
    let case = bench.case;
    let mut sheet = take_apart(&case.reading.texto_nuevo, Hand::Office);
    sheet.orders.clone_from(&case.reading.commands);
    let orders::Carried { draft, elsewhere, letters: single, away, lines } = carried;
    let after = draft.ticket.clone();
    let why = format!("{}: órdenes cumplidas", after.id);
    let mut decision = draft.decide(Disposition::Comando, Vec::new(), why);
    let events = decision.facts.iter().map(|(_, event)| event).collect();
    let told = letters::letters(bench, &Done { before, after: &after, events, sheet: &sheet }, lines);
    let silent = case.silence().is_some();
    let single = single.into_iter().filter(|letter| !silent || letter.answers.is_none());
    decision.letters = told.into_iter().chain(single).collect();
    decision.facts.extend(elsewhere);
    decision.away = away;
    decision
}

/// Commands of a colleague that belong to no ticket: those about himself are carried out; of others he is told.
pub fn without_ticket(case: Case<'_>, person: &Person) -> Decision {
    let why = "órdenes sin caso".to_owned();
    let mut decision =
        Decision { disposition: Disposition::Comando, facts: Vec::new(), letters: Vec::new(), away: Vec::new(), why };
    // No letter of ours is answered, so that nothing is proven but the sender: enough for what concerns him alone. In a name
    // that is not even that he is told once an hour.
    let is_vouched = case.situation.standing.is_vouched_for();
    if case.silence().is_some() || case.situation.asked && !is_vouched {
        return decision;
    }
    let bench = Bench { case, actor: Actor::himself(person) };
    let outcome = if is_vouched && all_own(case) { orders::own_orders(bench) } else { Err(Vec::new()) };
    let (motivo, detalle) = match outcome {
        Ok(carried) => {
            decision.letters = carried.letters;
            decision.away = carried.away;
            (None, carried.lines)
        }
        Err(lines) if lines.is_empty() => {
            // Those about himself need no case, but more proof than a name; an answer to any letter of the desk is that.
            let why = match all_own(case) {
                true => {
                    "No se hizo nada: no se sabe si este correo es suyo. Escriba la misma orden como respuesta a una carta de \
                     la mesa, la de cualquier caso."
                }
                false => {
                    "Su correo trae órdenes, pero no se sabe de qué caso. Responda a la carta del caso, o escriba su \
                     número en el asunto, así: [TIC-2026-00017]. No se hizo nada."
                }
            };
            (Some(why.to_owned()), case.reading.commands.iter().flatten().map(wording::order).collect())
        }
        Err(lines) => (Some(NOTHING_WITHOUT.to_owned()), lines),
    };
    if motivo.is_some() || !detalle.is_empty() {
        decision.letters.push(about_nothing(case, person, motivo, detalle));
    }
    decision
}

const NOTHING_WITHOUT: &str = "No se aplicó ninguna orden de su correo. Corrija y envíela de nuevo.";

fn about_nothing(case: Case<'_>, person: &Person, motivo: Option<String>, detalle: Vec<String>) -> Letter {
    let blanks = Blanks {
        saludo: format!("Hola, {}:", person.nombre),
        asunto: wording::line(&wording::subject(&case.mail.subject), 120),
        motivo,
        detalle,
        ..Blanks::default()
    };
    Letter {
        form: Form::Ordenes,
        to: blanks::address(person),
        about: None,
        answers: case.mail.id.clone(),
        references: blanks::references(case.mail),
        blanks,
    }
}

/// Jefe and coordinator steer every ticket; a technician those in his charge and those in nobody's, or in that of somebody who
/// has left.
fn may_command(case: Case<'_>, person: &Person, ticket: &Ticket) -> bool {
    person.role.steers() || case.in_charge(ticket).is_none_or(|other| other.usuario == person.usuario)
}

/// Do all of the orders concern the writer and no case?
fn all_own(case: Case<'_>) -> bool {
    let is_own = |needs| match needs {
        Needs::Propia => true,
        Needs::Caso | Needs::Delicada => false,
    };
    case.reading
        .commands
        .iter()
        .all(|order| order.as_ref().ok().and_then(Verb::of).is_some_and(|verb| is_own(verb.needs)))
}

/// Nothing is done; the words are kept on the ticket, and who wrote them is told why.
fn refuse(
    case: Case<'_>,
    ticket: &Ticket,
    person: &Person,
    opening: Vec<Event>,
    why: &str,
    lines: Vec<String>,
) -> Decision {
    let mut draft = Draft::of(ticket);
    opening.into_iter().for_each(|event| draft.add(event));
    let motivo =
        "No se aplicó ninguna orden de su correo. Corrija y envíela de nuevo; lo que escribió quedó en el caso.";
    let letter = transcript(case, ticket, person, Some(motivo.to_owned()), lines);
    let letters = Some(letter).filter(|_| case.silence().is_none()).into_iter().collect();
    draft.decide(Disposition::Comando, letters, format!("{}: {REFUSED}: {why}", ticket.id))
}
