//! Which order needs what: most are carried out, some are confirmed first, two are the office's head's alone.
use crate::desk::case::Case;
use crate::office::people::Role;
use crate::reading::command::{Command, Needs, Verb};
use crate::seal::order::{Authority, Level};
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use jiff::SignedDuration;

/// A solved case that rested so long is opened again only by a confirmed order.
const AT_REST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What stands between an order and its being carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// Its author is asked first.
    Confirm,
    /// He may not, confirmed or not; why.
    Closed(&'static str),
}

pub fn gate(case: Case<'_>, ticket: &Ticket, authority: &Authority<'_>, command: &Command) -> Gate {
    let needed = needs(case, ticket, command);
    match (command, authority.person().role) {
        (Command::Aprobar | Command::Devolver(_), Role::Tecnico) => {
            Gate::Closed("solo lo puede hacer la jefatura o la coordinación")
        }
        (_, _) if needed <= authority.level() => Gate::Open,
        (_, _) => Gate::Confirm,
    }
}

/// The level that a command needs on this case: what the table of orders says, and more for a case long at rest.
fn needs(case: Case<'_>, ticket: &Ticket, command: &Command) -> Level {
    let rested = || case.situation.last_fact.is_some_and(|last| last.duration_until(case.now) > AT_REST);
    let reopens = matches!(command, Command::Estado(Estado::Reabierto)) && !ticket.estado.is_open() && rested();
    match Verb::of(command).map(|verb| verb.needs) {
        // No row of the table: nobody has said who may.
        None | Some(Needs::Delicada) => Level::Sensitive,
        Some(Needs::Caso | Needs::Propia) if reopens => Level::Sensitive,
        Some(Needs::Caso | Needs::Propia) => Level::Order,
    }
}
