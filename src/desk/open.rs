//! A new ticket: its number, its fields with their sources, the technician and the hour, and one letter back.
use crate::desk::blanks;
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter, Office, Situation};
use crate::desk::manners;
use crate::desk::visits::Request;
use crate::desk::wording;
use crate::mail::message::Mail;
use crate::office::fields::{Origen, Requisito};
use crate::office::people::Person;
use crate::reading::note::{Found, Kind, Reading};
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Event, Source, Ticket};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is known of one mail when it comes to the desk.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub office: &'a Office,
    pub now: Timestamp,
    pub received: Timestamp,
    pub mail: &'a Mail,
    pub reading: &'a Reading,
    pub situation: &'a Situation,
}

/// Opens a ticket for this mail.
pub fn open(case: Case<'_>) -> Decision {
    let Case { office, now, situation, .. } = case;
    let mut ticket = ticket(case);
    let id = ticket.id;
    let mut facts = vec![(id, Event::Opened(Box::new(ticket.clone())))];
    let request = Request {
        office,
        now,
        categoria: &ticket.categoria,
        prioridad: ticket.prioridad,
        agenda: &situation.agenda,
        load: &situation.load,
    };
    let visit = request.allot();
    let tecnico = visit.as_ref().map(|v| v.tecnico.clone());
    let tecnico = tecnico.or_else(|| request.candidates().first().map(|p| p.usuario.clone()));
    if let Some(tecnico) = tecnico {
        facts.push((id, Event::Assigned { tecnico }));
    }
    facts.extend(visit.map(|visit| (id, Event::Booked(visit))));
    facts.push((id, Event::Moved { estado: Estado::Asignado, motivo: None }));
    for (_, event) in facts.iter().skip(1) {
        ticket = ticket.apply(event);
    }
    let is_alarm = case.reading.kind.value == Kind::Alarma;
    let silence = if is_alarm { Some("es una alarma") } else { quiet(case) };
    let receipt = silence.is_none().then(|| receipt(case, &ticket));
    let (disposition, opened) = match is_alarm {
        true => (Disposition::Alarma, "alarma"),
        false => (Disposition::Ticket, "caso"),
    };
    let why = match silence {
        None => format!("{opened} {id} abierto"),
        Some(reason) => format!("{opened} {id} abierto, sin respuesta automática: {reason}"),
    };
    let is_storm = is_alarm && manners::is_flooded(situation);
    let order = ticket.tecnico.as_ref().and_then(|t| office.people.by_usuario(t)).filter(|_| !is_storm);
    let order = order.map(|person| assignment(case, &ticket, person));
    Decision { disposition, facts, letters: receipt.into_iter().chain(order).collect(), why }
}

fn quiet(case: Case<'_>) -> Option<&'static str> {
    manners::silence(case.office, case.now, case.received, case.mail, case.situation)
}

fn ticket(case: Case<'_>) -> Ticket {
    let Case { reading, mail, situation, .. } = case;
    let fields = &reading.fields;
    let subject = wording::subject(&mail.subject);
    let said = [reading.problema.trim(), reading.texto_nuevo.trim(), subject.as_str()];
    let problema = said.iter().find(|text| !text.is_empty()).copied().unwrap_or("(sin texto)").to_owned();
    Ticket {
        id: situation.next,
        estado: Estado::Nuevo,
        asunto: if subject.is_empty() { wording::line(&problema, 80) } else { subject },
        problema,
        origen: reading.origen,
        clase: clase(reading.kind.value).word().to_owned(),
        dependencia: fields.dependencia.as_ref().map(|found| found.value.clone()),
        ubicacion: fields.ubicacion(),
        contacto: fields.contacto(),
        categoria: reading.categoria.value.clone(),
        prioridad: reading.prioridad.value,
        faltan: asked(reading),
        solicitante: mail.from.correo.clone(),
        tecnico: None,
        visita: None,
        abierto: case.now,
        fuentes: sources(reading),
    }
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
    if reading.kind.value == Kind::Alarma {
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
    sources
}

fn note<T>(sources: &mut BTreeMap<String, Source>, field: &str, found: Option<&Found<T>>) {
    if let Some(found) = found {
        let source = Source {
            regla: found.rule.0.clone(),
            zona: found.zone.word().to_owned(),
            palabras: wording::line(&found.words, 200),
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
        anexos: mail.attachments.iter().filter(|a| !a.inline).map(|a| wording::line(&a.name, 80)).take(20).collect(),
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

/// The case, to who has it.
pub fn assignment(case: Case<'_>, ticket: &Ticket, person: &Person) -> Letter {
    let files = case.mail.attachments.iter().filter(|a| !a.inline);
    let blanks = Blanks {
        recibido: Some(when::say(case.received)),
        quien: Some(writer(case.mail)),
        anexos: files.map(|a| wording::line(&a.name, 80)).take(20).collect(),
        ..blanks::for_technician(case.office, ticket, person, case.now)
    };
    let thread: Vec<_> = case.mail.id.iter().cloned().collect();
    blanks::tell(Form::Asignacion, ticket, blanks::address(person), &thread, blanks)
}

/// «Maria Ospino <mospino@magdalena.gov.co>»
pub fn writer(mail: &Mail) -> String {
    match &mail.from.nombre {
        Some(name) => format!("{} <{}>", wording::line(name, 80), mail.from.correo),
        None => mail.from.correo.clone(),
    }
}
