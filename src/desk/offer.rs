//! The orders that make sense on a case as it stands, for the letters about it: rows of the table of orders, no list of its own.
use crate::office::people::Person;
use crate::reading::command::{Command, Needs, VERBS, Verb};
use crate::reading::note::Kind;
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use crate::ticket::seguimiento::Causa;

/// What stands between the values of a usage.
const OR: &str = " | ";

/// How each order is written that this person may give and that can be carried out now, in the order of the table.
pub fn offered(ticket: &Ticket, person: &Person) -> Vec<String> {
    let rows = VERBS.iter().filter(|verb| verb.offered.contains(&ticket.estado) && may(verb.needs, ticket, person));
    rows.filter_map(|verb| usage(verb, ticket.estado)).collect()
}

fn may(needs: Needs, ticket: &Ticket, person: &Person) -> bool {
    match needs {
        Needs::Caso | Needs::Propia => true,
        Needs::Delicada => person.role.steers() && asks_for_approval(ticket),
    }
}

fn asks_for_approval(ticket: &Ticket) -> bool {
    let waits = ticket.seguimiento.espera.as_ref().is_some_and(|espera| espera.causa == Causa::Aprobacion);
    waits || ticket.clase == Kind::ConceptoTecnico.word()
}

/// The usage of the row, of the estados only those that may follow; `None` when none may.
fn usage(verb: &Verb, estado: Estado) -> Option<String> {
    let Some((word, values)) = verb.usage.split_once(' ') else { return Some(verb.usage.to_owned()) };
    let fits = |value: &&str| match (verb.parse)(value) {
        Ok(Command::Estado(next)) => estado.may_become(next),
        Ok(_) | Err(_) => true,
    };
    let values: Vec<&str> = values.split(OR).filter(fits).collect();
    (!values.is_empty()).then(|| format!("{word} {}", values.join(OR)))
}
