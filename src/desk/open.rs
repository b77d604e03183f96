//! A new ticket: its number, its fields with their sources, the technician and the hour, and one letter back.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use crate::desk::history;
use crate::desk::manners;
use crate::desk::wording;
use crate::office::fields::{Contacto, Origen, Requisito};
use crate::office::people::Person;
use crate::reading::mailbox::writes_for;
use crate::reading::note::{Found, Kind, Reading, Weighing};
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Source, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::seguimiento::Seguimiento;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Opens a ticket for this mail.
pub fn open(case: Case<'_>) -> Decision {
    open_beside(case, ticket(case), None)
}

/// Opens a ticket for a mail out of another ticket's thread; each tells of the other.
pub fn open_linked(case: Case<'_>, old: &Ticket) -> Decision {
    let mut ticket = ticket(case);
    if !TicketId::in_text(&case.mail.subject).is_empty() {
        // It is the subject of a letter of ours: «Su caso está cerrado».
        ticket.asunto.clone_from(&old.asunto);
    }
    open_beside(case, ticket, Some(old.id))
}

fn open_beside(case: Case<'_>, mut ticket: Ticket, old: Option<TicketId>) -> Decision {
    if !case.mail.silence.doubtful_sender {
        history::fill(&mut ticket, &case.situation.earlier);
    }
    let mut draft = Draft::opening(ticket);
    if let Some(con) = old {
        draft.add(Event::Linked { con });
    }
    let (tecnico, visit) = {
        let request = case.request(&draft.ticket, &case.situation.agenda);
        let visit = request.allot();
        let booked = visit.as_ref().map(|v| v.tecnico.clone());
        (booked.or_else(|| request.candidates().first().map(|p| p.usuario.clone())), visit)
    };
    if let Some(tecnico) = tecnico {
        draft.add(Event::Assigned { tecnico });
    }
    if let Some(visit) = visit {
        draft.add(Event::Booked(visit));
    }
    draft.add(Event::Moved { estado: Estado::Asignado, motivo: None });
    let is_alarm = is_alarm(case.reading);
    let silence = if is_alarm { Some("es una alarma") } else { case.silence() };
    let disposition = if is_alarm { Disposition::Alarma } else { Disposition::Ticket };
    let beside = old.map(|id| format!(", relacionado con el {id}")).unwrap_or_default();
    let why = match silence {
        None => format!("caso {} abierto{beside}", draft.ticket.id),
        Some(reason) => format!("caso {} abierto{beside}, sin respuesta automática: {reason}", draft.ticket.id),
    };
    let receipt = silence.is_none().then(|| receipt(case, &draft.ticket));
    let is_storm = is_alarm && manners::is_flooded(case.situation);
    let person = case.in_charge(&draft.ticket).filter(|_| !is_storm);
    let order = person.map(|person| assignment(case, &draft.ticket, person, silence));
    let id = draft.ticket.id;
    let mut decision = draft.decide(disposition, receipt.into_iter().chain(order).collect(), why);
    decision.facts.extend(old.map(|old| (old, Event::Linked { con: id })));
    decision
}

fn ticket(case: Case<'_>) -> Ticket {
    let Case { reading, mail, .. } = case;
    let fields = &reading.fields;
    let subject = wording::subject(&mail.subject);
    let said = [reading.problema.trim(), reading.texto_nuevo.trim(), subject.as_str()];
    let problema = wording::kept(said.iter().find(|text| !text.is_empty()).unwrap_or(&"(sin texto)"));
    Ticket {
        id: case.situation.next,
        estado: Estado::Nuevo,
        asunto: if subject.is_empty() { wording::line(&problema, 80) } else { subject },
        problema,
        origen: reading.origen,
        clase: clase(reading.kind.value).word().to_owned(),
        dependencia: fields.dependencia.as_ref().map(|found| found.value.clone()),
        ubicacion: fields.ubicacion(),
        contacto: if is_alarm(reading) { Contacto::default() } else { fields.contacto() },
        categoria: reading.categoria.value.clone(),
        prioridad: reading.prioridad.value,
        faltan: asked(reading),
        solicitante: mail.from.correo.clone(),
        tecnico: None,
        visita: None,
        abierto: case.now,
        fuentes: Arc::new(sources(reading)),
        seguimiento: Seguimiento {
            escribe: fields.nombre.as_ref().and_then(|nombre| writes_for(&mail.from, &nombre.value)),
            recibido: came_before(case),
            ..Seguimiento::default()
        },
    }
}

/// When the mail came in, if on an earlier day than this: the desk stood still, or the mail was brought late.
fn came_before(case: Case<'_>) -> Option<Timestamp> {
    Some(case.received).filter(|received| when::day_of(*received) < when::day_of(case.now))
}

/// A machine speaks: it is no person that could be called or asked.
fn is_alarm(reading: &Reading) -> bool {
    reading.kind.value == Kind::Alarma
}

/// A case is a request, an alarm or a concepto técnico; a reply that fits no thread is a request.
fn clase(kind: Kind) -> Kind {
    match kind {
        Kind::Alarma | Kind::ConceptoTecnico => kind,
        Kind::Solicitud
        | Kind::Respuesta
        | Kind::Comando
        | Kind::Automatico
        | Kind::Rebote
        | Kind::Calendario
        | Kind::Ajeno => Kind::Solicitud,
    }
}

/// What the desk will ask for: nothing of a machine, and no dependencia or floor of somebody from outside, who has none.
fn asked(reading: &Reading) -> Vec<Requisito> {
    let applies = |what: &Requisito| match what {
        Requisito::Dependencia | Requisito::Ubicacion => reading.origen == Origen::Interna,
        Requisito::Nombre | Requisito::Telefono | Requisito::Correo => true,
    };
    if is_alarm(reading) {
        return Vec::new();
    }
    reading.fields.missing().into_iter().filter(applies).collect()
}

/// Why each field is believed, by the field's name.
pub fn sources(reading: &Reading) -> BTreeMap<String, Source> {
    let fields = &reading.fields;
    let mut sources = BTreeMap::new();
    note(&mut sources, "dependencia", fields.dependencia.as_ref());
    note(&mut sources, "ubicacion", fields.lugar.as_ref());
    note(&mut sources, "edificio", fields.edificio.as_ref());
    note(&mut sources, "piso", fields.piso.as_ref());
    note(&mut sources, "oficina", fields.oficina.as_ref());
    note(&mut sources, "nombre", fields.nombre.as_ref());
    note(&mut sources, "telefono", fields.telefono.as_ref());
    note(&mut sources, "extension", fields.extension.as_ref());
    note(&mut sources, "celular", fields.celular.as_ref());
    note(&mut sources, "correo", fields.correo.as_ref());
    note(&mut sources, "categoria", Some(&reading.categoria));
    note(&mut sources, "prioridad", Some(&reading.prioridad));
    note(&mut sources, "clase", Some(&reading.kind));
    if let Some(source) = sources.get_mut("prioridad") {
        source.porque = weighed(&reading.weighing);
    }
    sources
}

/// The cell of the matrix, then each phrase that decided and what it says.
fn weighed(weighing: &Weighing) -> Vec<String> {
    let cell = weighing.cell.iter().map(ToString::to_string);
    let decided = weighing.reasons.iter().filter(|reason| reason.decided).map(|reason| {
        let found = &reason.found;
        format!("{}: «{}» ({})", found.value, wording::line(&found.words, 200), found.rule)
    });
    cell.chain(decided).collect()
}

fn note<T>(sources: &mut BTreeMap<String, Source>, field: &str, found: Option<&Found<T>>) {
    if let Some(found) = found {
        let source = Source {
            regla: found.rule.to_string(),
            zona: found.zone.word().to_owned(),
            palabras: wording::line(&found.words, 200),
            porque: Vec::new(),
        };
        sources.insert(field.to_owned(), source);
    }
}

/// The one letter back: number, what was understood, day and hour, what is missing.
fn receipt(case: Case<'_>, ticket: &Ticket) -> Letter {
    let Case { office, now, received, mail, situation, .. } = case;
    let form = if situation.truncated { Form::MuyGrande } else { Form::Acuse };
    let blanks = Blanks {
        saludo: blanks::greeting(office, ticket, &mail.from),
        recibido: Some(when::say(received)),
        anexos: case.files(),
        aviso: !situation.notified,
        ..blanks::of(office, ticket, now)
    };
    let is_stranger = ticket.origen == Origen::Externa && !situation.known_sender;
    let blanks = if is_stranger { reserved(blanks) } else { blanks };
    blanks::answer(form, ticket, mail, blanks)
}

/// What a stranger wrote, short and without links: his address may be somebody else's, who never wrote to us.
fn reserved(blanks: Blanks) -> Blanks {
    Blanks {
        asunto: wording::line(&wording::without_links(&blanks.asunto), 60),
        problema: wording::line(&wording::without_links(&blanks.problema), 200),
        lugar: blanks.lugar.map(|lugar| wording::line(&wording::without_links(&lugar), 80)),
        ..blanks
    }
}

/// The case, to who has it, with what came in the mail.
fn assignment(case: Case<'_>, ticket: &Ticket, person: &Person, silence: Option<&str>) -> Letter {
    let thread: Vec<_> = case.mail.id.iter().cloned().collect();
    let mut letter = blanks::assignment(case.office, ticket, person, &thread, case.now);
    letter.blanks.recibido = Some(when::say(case.received));
    letter.blanks.quien = Some(case.writer());
    letter.blanks.anexos = case.files();
    let told = |reason| format!("Quien escribió no recibió respuesta automática: {reason}.");
    letter.blanks.detalle = silence.map(told).into_iter().collect();
    letter
}
