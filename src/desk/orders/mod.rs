//! The orders of one mail are one batch: all of them are carried out, or none is and each line says why.
pub mod bench;
pub mod clash;
pub mod contact;
pub mod effect;
pub mod joining;
pub mod letters;
pub mod own;
pub mod visit;
pub mod waiting;
use crate::desk::case::Draft;
use crate::desk::decision::{Away, Letter};
use crate::desk::gate::{Gate, gate};
use crate::desk::orders::bench::{Bench, Effect};
use crate::desk::wording;
use crate::reading::command::{Command, Complaint};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;

/// Orders of one mail; more are somebody's mistake.
pub const MOST: usize = 20;
/// Lines of a transcript.
const LINES: usize = 25;

/// A batch carried out; not a word of it is on file yet.
pub struct Carried {
    pub draft: Draft,
    pub elsewhere: Vec<(TicketId, Event)>,
    /// Letters that single orders want written.
    pub letters: Vec<Letter>,
    pub away: Vec<Away>,
    /// What is worth telling who ordered it.
    pub lines: Vec<String>,
}

/// One order as it was written.
type Order = Result<Command, Complaint>;

/// All of the orders, on a draft of their ticket; or a line for each, with what is wrong.
pub fn carry_out(bench: Bench<'_>, draft: Draft, orders: &[Order]) -> Result<Carried, Vec<String>> {
    not_too_many(orders)?;
    let before = draft.ticket.clone();
    let mut faults = clash::contradictions(orders);
    for (order, fault) in orders.iter().zip(&mut faults) {
        let wrong = match order {
            Err(complaint) => Some(complaint.why.clone()),
            Ok(command) => refused(bench, command, &before).or_else(|| clash::overtaken(bench, command, &before)),
        };
        *fault = wrong.or(fault.take());
    }
    let mut carried =
        Carried { draft, elsewhere: Vec::new(), letters: Vec::new(), away: Vec::new(), lines: Vec::new() };
    for (order, fault) in in_turn(orders, &mut faults) {
        if fault.is_none() {
            match effect::effect(bench, order, &carried.draft.ticket) {
                Ok(done) => carried.take(order, done),
                Err(why) => *fault = Some(why),
            }
        }
    }
    if faults.iter().all(Option::is_none) {
        rebook(bench, &before, orders, &mut carried.draft);
        return Ok(carried);
    }
    Err(transcript(orders, &faults))
}

fn not_too_many(orders: &[Order]) -> Result<(), Vec<String>> {
    let count = orders.len();
    let refusal = format!("Su correo trae {count} órdenes; se cumplen hasta {MOST} por correo. Envíelas en varios.");
    if count > MOST { Err(vec![refusal]) } else { Ok(()) }
}

/// Orders about their writer and no case.
pub fn own_orders(bench: Bench<'_>) -> Result<Own, Vec<String>> {
    let orders = &bench.case.reading.commands;
    let mut done = Own::default();
    not_too_many(orders)?;
    let mut faults = vec![None; orders.len()];
    for (order, fault) in orders.iter().zip(&mut faults) {
        match order.as_ref().map_err(|complaint| complaint.why.clone()).and_then(|command| {
            let Effect { letters, away, line, .. } = effect::own(bench, command)?;
            done.letters.extend(letters);
            done.away.extend(away);
            done.lines.extend(line.map(|line| format!("{}: {line}", wording::order(command))));
            Ok(())
        }) {
            Ok(()) => {}
            Err(why) => *fault = Some(why),
        }
    }
    if faults.iter().all(Option::is_none) { Ok(done) } else { Err(transcript(orders, &faults)) }
}

/// What orders about their writer come to.
#[derive(Default)]
pub struct Own {
    pub letters: Vec<Letter>,
    pub away: Vec<Away>,
    pub lines: Vec<String>,
}

impl Carried {
    fn take(&mut self, order: &Command, effect: Effect) {
        let Effect { events, elsewhere, letters, away, line } = effect;
        events.into_iter().for_each(|event| self.draft.add(event));
        self.elsewhere.extend(elsewhere);
        self.letters.extend(letters);
        self.away.extend(away);
        self.lines.extend(line.map(|line| format!("{}: {line}", wording::order(order))));
    }
}

/// An order that is not his to give, confirmed or not.
fn refused(bench: Bench<'_>, command: &Command, ticket: &Ticket) -> Option<String> {
    match gate(bench.case, ticket, bench.actor.authority?, command) {
        Gate::Closed(why) => Some(why.to_owned()),
        Gate::Open | Gate::Confirm => None,
    }
}

/// The understood orders in the order in which they take effect: what opens the case again, then whose it is and what it
/// is about, then the visit, then the rest. A visit is with who has the case at the end of the mail.
fn in_turn<'a>(
    orders: &'a [Order],
    faults: &'a mut [Option<String>],
) -> impl Iterator<Item = (&'a Command, &'a mut Option<String>)> {
    let mut understood: Vec<_> =
        orders.iter().zip(faults).filter_map(|(order, fault)| Some((order.as_ref().ok()?, fault))).collect();
    understood.sort_by_key(|(command, _)| match command {
        Command::Estado(Estado::Reabierto) => 0,
        Command::Asignar(_) | Command::Prioridad(_) | Command::Categoria(_) => 1,
        Command::Programar(_) => 2,
        Command::Estado(_)
        | Command::Nota(_)
        | Command::Cerrar(_)
        | Command::Resuelto(_)
        | Command::Equipo(_)
        | Command::Tiempo(_)
        | Command::Aprobar
        | Command::Devolver(_)
        | Command::Dependencia(_)
        | Command::Ubicacion(_)
        | Command::Contacto(_)
        | Command::Separar
        | Command::Espera(_)
        | Command::Plantilla(_)
        | Command::Ausente(_)
        | Command::Agenda
        | Command::Ver
        | Command::Ayuda => 3,
        // What joins another case is closed by it: the rest of the mail comes first.
        Command::Fusionar(_) => 4,
    });
    understood.into_iter()
}

/// A line for each order in the order in which they were written: what is wrong, or that it was right and not applied.
fn transcript(orders: &[Order], faults: &[Option<String>]) -> Vec<String> {
    let line = |(order, fault): (&Order, &Option<String>)| {
        let said = match order {
            Ok(command) => wording::order(command),
            Err(complaint) => wording::line(&complaint.line, 120),
        };
        let said = said.trim_end_matches(['.', ':']);
        match fault {
            Some(why) => format!("{said}: {why}"),
            None => format!("{said}: está bien escrita, pero no se aplicó"),
        }
    };
    orders.iter().zip(faults).map(line).take(LINES).collect()
}

/// Open again, in other hands, or more pressing: a new hour, once all orders of the mail are carried out, unless one of them
/// says the hour. A visit that is due or past is the technician's business, unless he opens the case again.
fn rebook(bench: Bench<'_>, before: &Ticket, orders: &[Order], draft: &mut Draft) {
    let case = bench.case;
    let after = &draft.ticket;
    let handed = before.tecnico != after.tecnico;
    let coming = before.visita.as_ref().is_some_and(|v| v.start > case.now);
    let pressing = after.prioridad < before.prioridad && coming;
    let reopened = !before.estado.is_open();
    let said = orders.iter().flatten().any(|command| matches!(command, Command::Programar(_)));
    if said || !after.estado.is_open() || !(handed || pressing || reopened) {
        return;
    }
    let others = case.others(after);
    let slot = case.in_charge(after).and_then(|person| case.request(after, &others).slot(person));
    let sooner =
        slot.filter(|new| handed || reopened || before.visita.as_ref().is_none_or(|old| new.start < old.start));
    if let Some(visit) = sooner {
        draft.add(Event::Booked(visit));
    }
}
