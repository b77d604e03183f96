//! What each command does. A mail's commands are one batch: all of them are carried out, or none is and each is explained.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::confirm;
use crate::desk::correct;
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use crate::desk::follow;
use crate::desk::gate::{Gate, gate};
use crate::desk::manners;
use crate::desk::wording;
use crate::mail::message::Address;
use crate::office::fields::Campo;
use crate::office::people::{Person, Role};
use crate::reading::command::Command;
use crate::reading::note::Kind;
use crate::seal::order::{Authority, Lack};
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::visit::Visit;

/// What became of one command.
enum Effect {
    Done(Vec<Event>),
    /// Kept on the ticket as it was written, for somebody to see to; the line says so.
    Kept(Event, &'static str),
}

/// A mail with commands in the thread of a ticket.
pub fn obey(case: Case<'_>, ticket: &Ticket) -> Decision {
    let Some(person) = case.named().filter(|_| !case.reading.commands.is_empty()) else {
        // Words that look like orders, from somebody who may give none.
        return follow::reply(case, ticket);
    };
    match case.situation.standing.authority(&case.office.people, ticket.id) {
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
    if !may_command(person, ticket) {
        let who = case.in_charge(ticket).map_or("otra persona", |p| p.nombre.as_str());
        let why = format!("El caso está a cargo de {who}; pídale que se lo asigne, o pídalo a la coordinación.");
        return refuse(case, ticket, person, opening, "no está a su cargo", vec![why]);
    }
    let gates = case.reading.commands.iter().flatten().map(|command| gate(case, ticket, authority, command));
    if gates.into_iter().any(|gate| gate == Gate::Confirm) {
        return confirm::hold(case, ticket, person, &[Lack::Sensitive]);
    }
    let mut draft = Draft::of(ticket);
    opening.iter().for_each(|event| draft.add(event.clone()));
    let mut faults = Vec::new();
    let mut kept = Vec::new();
    for order in &case.reading.commands {
        match order {
            Err(complaint) => faults.push(format!("{}: {}", wording::line(&complaint.line, 120), complaint.why)),
            Ok(command) => match permitted(case, authority, command, &draft.ticket) {
                Err(why) => faults.push(format!("{}: {why}", spelt(command))),
                Ok(Effect::Done(events)) => events.into_iter().for_each(|event| draft.add(event)),
                Ok(Effect::Kept(event, why)) => {
                    draft.add(event);
                    kept.push(format!("{}: {why}", spelt(command)));
                }
            },
        }
    }
    if !faults.is_empty() {
        return refuse(case, ticket, person, opening, "una orden no se entiende o no procede", faults);
    }
    rebook(case, ticket, &mut draft);
    let letters = letters(case, person, ticket, &draft.ticket, kept);
    draft.decide(Disposition::Comando, letters, format!("{}: órdenes cumplidas", ticket.id))
}

/// Commands of a colleague that belong to no ticket: he is told, nothing else happens.
pub fn without_ticket(case: Case<'_>, person: &Person) -> Decision {
    let why = "Su correo trae órdenes, pero no se sabe de qué caso. Responda a la carta del caso, o escriba su número en \
               el asunto, así: [TIC-2026-00017]. No se hizo nada.";
    let blanks = Blanks {
        saludo: format!("Hola, {}:", person.nombre),
        asunto: wording::line(&wording::subject(&case.mail.subject), 120),
        motivo: Some(why.to_owned()),
        detalle: case.reading.commands.iter().flatten().map(spelt).collect(),
        ..Blanks::default()
    };
    let letter = Letter {
        form: Form::Ordenes,
        to: blanks::address(person),
        about: None,
        answers: case.mail.id.clone(),
        references: blanks::references(case.mail),
        blanks,
    };
    let told = case.silence().is_none() && !case.situation.asked;
    let letters = Some(letter).filter(|_| told).into_iter().collect();
    let why = "órdenes sin caso".to_owned();
    Decision { disposition: Disposition::Comando, facts: Vec::new(), letters, why }
}

/// Jefe and coordinator steer every ticket; a technician those in his charge and those in nobody's.
fn may_command(person: &Person, ticket: &Ticket) -> bool {
    match person.role {
        Role::Jefe | Role::Coordinador => true,
        Role::Tecnico => ticket.tecnico.as_ref().is_none_or(|usuario| usuario.eq_ignore_ascii_case(&person.usuario)),
    }
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
    draft.decide(Disposition::Comando, letters, format!("{}: no se cumplen las órdenes: {why}", ticket.id))
}

fn transcript(case: Case<'_>, ticket: &Ticket, person: &Person, motivo: Option<String>, lines: Vec<String>) -> Letter {
    let blanks = Blanks { motivo, detalle: lines, ..blanks::for_technician(case.office, ticket, person, case.now) };
    let letter = blanks::answer(Form::Ordenes, ticket, case.mail, blanks);
    Letter { to: blanks::address(person), ..letter }
}

/// «#estado en espera», as the desk spells it.
pub fn spelt(command: &Command) -> String {
    let (name, value) = command.label();
    let value = value.map(|value| format!(" {}", wording::line(&value, 80))).unwrap_or_default();
    format!("#{name}{value}")
}

fn permitted(case: Case<'_>, authority: &Authority<'_>, command: &Command, ticket: &Ticket) -> Result<Effect, String> {
    match gate(case, ticket, authority, command) {
        Gate::Closed(why) => Err(why.to_owned()),
        Gate::Open | Gate::Confirm => effect(case, authority.person(), command, ticket),
    }
}

fn effect(case: Case<'_>, person: &Person, command: &Command, ticket: &Ticket) -> Result<Effect, String> {
    let quien = person.usuario.as_str();
    let keep = |why| Ok(Effect::Kept(Event::Noted { texto: spelt(command) }, why));
    match command {
        Command::Estado(estado) => moved(ticket, *estado, None),
        Command::Resuelto(text) => moved(ticket, Estado::Resuelto, text.as_ref()),
        Command::Cerrar(reason) => moved(ticket, Estado::Cerrado, reason.as_ref()),
        Command::Nota(texto) => Ok(Effect::Done(vec![Event::Noted { texto: wording::kept(texto) }])),
        Command::Prioridad(prioridad) => {
            let valor = Some(prioridad.word());
            correct::correct(case.office, ticket, Campo::Prioridad, valor, quien).map(Effect::Done)
        }
        Command::Categoria(categoria) => {
            let valor = Some(categoria.0.as_str());
            correct::correct(case.office, ticket, Campo::Categoria, valor, quien).map(Effect::Done)
        }
        Command::Asignar(who) => assign(case, ticket, who).map(Effect::Done),
        // What was used and how long it took stand on the file as they were written.
        Command::Equipo(_) | Command::Tiempo(_) => Ok(Effect::Done(vec![Event::Noted { texto: spelt(command) }])),
        Command::Programar(_) => {
            keep("quedó anotado; la cita no cambia hasta que alguien la acuerde con quien la pidió")
        }
        Command::Fusionar(_) => keep("quedó anotado; los casos siguen por separado"),
        Command::Aprobar | Command::Devolver(_) => keep("quedó anotado; falta tramitarlo a mano"),
    }
}

fn moved(ticket: &Ticket, estado: Estado, motivo: Option<&String>) -> Result<Effect, String> {
    if ticket.estado == estado {
        let texto = motivo.map(|text| Event::Noted { texto: text.clone() });
        return Ok(Effect::Done(texto.into_iter().collect()));
    }
    if !ticket.estado.may_become(estado) {
        return Err(format!("el caso está «{}» y de ahí no puede pasar a «{estado}»", ticket.estado));
    }
    Ok(Effect::Done(vec![Event::Moved { estado, motivo: motivo.cloned() }]))
}

/// The ticket to somebody else.
fn assign(case: Case<'_>, ticket: &Ticket, who: &str) -> Result<Vec<Event>, String> {
    let who = who.trim().trim_start_matches('@');
    let person = case.office.people.by_usuario(who).filter(|p| p.active).or_else(|| case.office.people.who(who));
    let Some(person) = person else {
        let known = case.office.people.people.iter().filter(|p| p.active).map(|p| p.usuario.as_str());
        return Err(format!(
            "no es nadie de la oficina; escriba uno de estos: {}",
            known.collect::<Vec<_>>().join(", ")
        ));
    };
    if !ticket.estado.is_open() {
        return Err(format!("el caso está «{}»; primero reábralo con #estado reabierto", ticket.estado));
    }
    if ticket.tecnico.as_ref() == Some(&person.usuario) {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::Assigned { tecnico: person.usuario.clone() }];
    if ticket.estado == Estado::Nuevo {
        events.push(Event::Moved { estado: Estado::Asignado, motivo: None });
    }
    Ok(events)
}

/// Open again, in other hands, or more pressing: a new hour, once all orders of the mail are carried out. A visit that is
/// due or past is the technician's business, unless he opens the case again.
fn rebook(case: Case<'_>, before: &Ticket, draft: &mut Draft) {
    let after = &draft.ticket;
    let handed = before.tecnico != after.tecnico;
    let pressing = after.prioridad < before.prioridad && before.visita.as_ref().is_some_and(|v| v.start > case.now);
    let reopened = !before.estado.is_open();
    if !after.estado.is_open() || !(handed || pressing || reopened) {
        return;
    }
    let others = case.others(after);
    let slot = case.in_charge(after).and_then(|person| case.request(after, &others).slot(person));
    let sooner = |new: &Visit| before.visita.as_ref().is_none_or(|old| new.start < old.start);
    if let Some(visit) = slot.filter(|visit| handed || reopened || sooner(visit)) {
        draft.add(Event::Booked(visit));
    }
}

/// Who must know: the requester of a new estado or a new hour, both technicians of a change of hands, and the author of
/// orders that were only kept.
fn letters(case: Case<'_>, actor: &Person, before: &Ticket, after: &Ticket, kept: Vec<String>) -> Vec<Letter> {
    let mut letters = Vec::new();
    letters.extend(to_requester(case, actor, before, after));
    if before.tecnico != after.tecnico {
        let thread = &case.situation.thread;
        let new = case.in_charge(after).filter(|p| p.usuario != actor.usuario);
        letters.extend(new.map(|person| blanks::assignment(case.office, after, person, thread, case.now)));
        let old = case.in_charge(before).filter(|p| p.usuario != actor.usuario);
        letters.extend(old.map(|person| {
            let whose = case.in_charge(after).map_or("otra persona de la oficina", |p| p.nombre.as_str());
            let said = format!("El caso pasó a cargo de {whose}. Usted ya no tiene que atenderlo.");
            let mut letter = blanks::news(case.office, after, person, thread, case.now, (String::new(), said), &[]);
            letter.blanks.cuando = None;
            letter
        }));
    } else if let Some(person) = case.in_charge(after).filter(|p| p.usuario != actor.usuario) {
        let said = (actor.nombre.clone(), case.reading.texto_nuevo.clone());
        letters.push(blanks::news(case.office, after, person, &case.situation.thread, case.now, said, &[]));
    }
    if !kept.is_empty() && case.silence().is_none() {
        letters.push(transcript(case, after, actor, None, kept));
    }
    letters
}

/// One letter, however many changes: none to a machine, to nobody, or to who made them.
fn to_requester(case: Case<'_>, actor: &Person, before: &Ticket, after: &Ticket) -> Option<Letter> {
    let moved = before.estado != after.estado;
    let handed = before.tecnico != after.tecnico || before.visita != after.visita;
    let to = after.solicitante.as_str();
    let reachable = manners::is_readable(case.office, to) && to != actor.correo && after.clase != Kind::Alarma.word();
    if !(moved || handed) || !reachable {
        return None;
    }
    let own = after.contacto.correo.as_deref() == Some(to);
    let to = Address { correo: to.to_owned(), nombre: after.contacto.nombre.clone().filter(|_| own) };
    let blanks = blanks::of(case.office, after, case.now);
    let blanks = Blanks {
        saludo: blanks::greeting(case.office, after, &to),
        estado: if moved { blanks.estado } else { "con otra hora".to_owned() },
        motivo: reason(case),
        ..blanks
    };
    Some(blanks::tell(Form::Estado, after, to, &case.situation.thread, blanks))
}

/// What the requester reads of it: the text of `#resuelto` or `#cerrar`, else what stands above the first order. Never a
/// note: those begin with an order, and nothing after the first order is taken.
fn reason(case: Case<'_>) -> Option<String> {
    let given = case.reading.commands.iter().flatten().find_map(|command| match command {
        Command::Resuelto(text) | Command::Cerrar(text) => text.clone(),
        Command::Estado(_)
        | Command::Asignar(_)
        | Command::Prioridad(_)
        | Command::Categoria(_)
        | Command::Programar(_)
        | Command::Nota(_)
        | Command::Fusionar(_)
        | Command::Equipo(_)
        | Command::Tiempo(_)
        | Command::Aprobar
        | Command::Devolver(_) => None,
    });
    let above = || {
        let (text, _) = case.reading.texto_nuevo.split_once("\n#")?;
        Some(text.to_owned()).filter(|text| !text.trim_start().starts_with('#'))
    };
    given.or_else(above).map(|text| wording::block(&text, 2000)).filter(|text| !text.is_empty())
}
