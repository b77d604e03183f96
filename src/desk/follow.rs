//! A mail in the thread of a ticket: it goes on the file, fills what was missing, reopens what was not solved after all.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use crate::desk::enlace;
use crate::desk::history;
use crate::desk::invited::Outcome;
use crate::desk::linked;
use crate::desk::manners;
use crate::desk::open;
use crate::desk::wish;
use crate::desk::wording;
use crate::office::fields::{Contacto, Requisito, Ubicacion};
use crate::reading::note::Verdict;
use crate::seal::order::Level;
use crate::spanish::when;
use crate::ticket::estado::Estado;
use crate::ticket::facts::{Completed, Event, Ticket};

/// Somebody's reply.
pub fn reply(case: Case<'_>, ticket: &Ticket) -> Decision {
    let goes_on = linked::goes_on(case, ticket);
    if let Some(decision) = linked::open(case, ticket).filter(|_| goes_on.is_none()) {
        return decision;
    }
    let ticket = goes_on.unwrap_or(ticket);
    let mut draft = Draft::of(ticket);
    draft.add(case.received_event());
    if case.speaks_for(ticket) { of_requester(case, draft) } else { of_another(case, draft) }
}

/// One new mail too many of a stranger: its words are kept on his last case, and no letter goes out for it.
pub fn piled(case: Case<'_>, ticket: &Ticket) -> Decision {
    let mut draft = Draft::of(ticket);
    draft.add(case.received_event());
    let why = format!("{}: su autor abrió muchos casos en una hora; se guarda en el último", ticket.id);
    draft.decide(Disposition::Respuesta, Vec::new(), why)
}

/// Said to the technician of a mail over the size limit.
const CUT: &str = "El mensaje es muy grande: solo se leyó el comienzo, y el resto sigue en el buzón.";

/// What an answer of who asked has changed.
enum Change {
    Reopened,
    Confirmed,
    Cancelled,
    /// He wants to know how it goes.
    Asked,
    /// Another hour, given or offered: the letter, and what the technician hears of it.
    Hour(Box<Outcome>),
    /// Data, line by line.
    Completed(Vec<String>),
    Rated,
    Nothing,
}

impl Change {
    /// For the history.
    fn why(&self) -> &'static str {
        match self {
            Change::Reopened => "reabierto, sigue sin resolverse",
            Change::Confirmed => "confirman que quedó bien",
            Change::Cancelled => "ya no se necesita",
            Change::Asked => "pregunta cómo va",
            Change::Hour(_) => "quiere otra hora",
            Change::Completed(_) => "completa datos que faltaban",
            Change::Rated => "califica el servicio",
            Change::Nothing => "respuesta del solicitante",
        }
    }

    /// For the technician.
    fn told(&self) -> Option<&str> {
        match self {
            Change::Reopened => Some("El caso quedó reabierto."),
            Change::Confirmed => Some("Confirman que quedó bien. El caso quedó cerrado."),
            Change::Cancelled => Some("Ya no se necesita. El caso quedó cerrado: no tiene que ir."),
            Change::Asked => Some("Se le contestó cómo va el caso."),
            Change::Hour(outcome) => outcome.detail.as_deref(),
            Change::Completed(_) | Change::Rated | Change::Nothing => None,
        }
    }

    /// For who asked, when another did it for him.
    fn in_his_name(&self) -> Option<&'static str> {
        match self {
            Change::Reopened => Some("avisó que el problema continúa"),
            Change::Confirmed => Some("confirmó que quedó bien"),
            Change::Cancelled => Some("avisó que ya no se necesita"),
            Change::Hour(_) => Some("pidió otra hora para la visita"),
            Change::Asked | Change::Completed(_) | Change::Rated | Change::Nothing => None,
        }
    }
}

/// One letter back at most: when the answer changed what he must know, asked something, or was not read to its end.
fn of_requester(case: Case<'_>, mut draft: Draft) -> Decision {
    let filled = complete(case, &mut draft);
    let rated = rate(case, &mut draft);
    let change = match changed(case, &mut draft).or_else(|| another_hour(case, &mut draft)) {
        Some(change) => change,
        None if !filled.is_empty() => Change::Completed(filled),
        None if rated => Change::Rated,
        None => Change::Nothing,
    };
    let ticket = &draft.ticket;
    let mut why = format!("{}: {}", ticket.id, change.why());
    let answer = |form, blanks| blanks::answer(form, ticket, case.mail, blanks);
    let letter = match &change {
        _ if case.situation.truncated => {
            why = format!("{}: respuesta muy grande, leída solo al comienzo", ticket.id);
            let blanks = Blanks { recibido: Some(when::say(case.received)), ..said(case, ticket) };
            Some(answer(Form::MuyGrande, blanks))
        }
        // A case that closes tells so: who was misunderstood can say it.
        Change::Reopened | Change::Cancelled => Some(answer(Form::Estado, said(case, ticket))),
        Change::Asked => Some(answer(Form::Consulta, said(case, ticket))),
        Change::Hour(outcome) => outcome.letter.clone(),
        Change::Completed(lines) => {
            Some(answer(Form::Completado, Blanks { detalle: lines.clone(), ..said(case, ticket) }))
        }
        // Who acted knows what he did.
        Change::Confirmed | Change::Rated | Change::Nothing => None,
    };
    let silence = case.silence().filter(|_| letter.is_some());
    if let Some(reason) = silence {
        why.push_str(&format!(", sin respuesta automática: {reason}"));
    }
    let detail: Vec<&str> = enlace::said(case, ticket).into_iter().chain(change.told()).collect();
    let news = news(case, ticket, &detail);
    let asked = change.in_his_name().and_then(|done| enlace::tell(case, ticket, done));
    let letter = letter.filter(|_| silence.is_none());
    draft.decide(Disposition::Respuesta, letter.into_iter().chain(news).chain(asked).collect(), why)
}

/// What his words say of the case, where the case is such that they can be meant. A mail that lay too long, or of which
/// only the beginning was read, says nothing.
fn changed(case: Case<'_>, draft: &mut Draft) -> Option<Change> {
    if manners::is_stale(case.now, case.received) || case.situation.truncated {
        return None;
    }
    let open = draft.ticket.estado.is_open();
    let texto = wording::line(&case.reading.texto_nuevo, 200);
    let who = enlace::who(case, &draft.ticket);
    let close = |draft: &mut Draft, why: &str| {
        let motivo = Some(format!("{why} por {who}: «{texto}»"));
        draft.add(Event::Moved { estado: Estado::Cerrado, motivo });
    };
    match case.reading.dice.verdict {
        Some(Verdict::Sigue) => reopen(case, draft).then_some(Change::Reopened),
        Some(Verdict::Confirma) if draft.ticket.estado == Estado::Resuelto => {
            close(draft, "confirmado");
            Some(Change::Confirmed)
        }
        Some(Verdict::Cancela) if open => {
            close(draft, "cancelado");
            Some(Change::Cancelled)
        }
        Some(Verdict::Pregunta) => Some(Change::Asked),
        Some(Verdict::Confirma | Verdict::Cancela) | None => None,
    }
}

/// What he says of the hour of his visit, where nothing else is meant.
fn another_hour(case: Case<'_>, draft: &mut Draft) -> Option<Change> {
    if manners::is_stale(case.now, case.received) || case.situation.truncated {
        return None;
    }
    wish::granted(case, draft).map(|outcome| Change::Hour(Box::new(outcome)))
}

/// The mark that the letter about a solved case asks for.
fn rate(case: Case<'_>, draft: &mut Draft) -> bool {
    let asked = !draft.ticket.estado.is_open();
    let Some(rating) = case.reading.dice.rating.as_ref().filter(|_| asked) else { return false };
    draft.add(Event::Rated { nota: rating.nota, palabras: rating.palabras.clone() });
    true
}

/// Changes nothing: the technician reads it and decides.
fn of_another(case: Case<'_>, draft: Draft) -> Decision {
    let known = case.situation.standing.level() > Level::Nothing;
    let (why, doubt) = match case.named() {
        Some(_) if known => ("escribe alguien de la oficina", None),
        Some(_) => (
            "escribe alguien a nombre de la oficina",
            Some("Quien escribe dice ser de la oficina, pero el correo no lo prueba: verifique antes de hacerle caso."),
        ),
        None => (
            "escribe alguien que no figura en el caso",
            Some("Quien escribe no figura en el caso: verifique antes de responderle."),
        ),
    };
    let why = format!("{}: {why}", draft.ticket.id);
    let news = news(case, &draft.ticket, doubt.as_slice());
    draft.decide(Disposition::Respuesta, news.into_iter().collect(), why)
}

fn said(case: Case<'_>, ticket: &Ticket) -> Blanks {
    let saludo = blanks::greeting(case.office, ticket, &case.mail.from);
    Blanks { saludo, ..blanks::of(case.office, ticket, case.now) }
}

/// Tells the technician in charge, unless he wrote it himself.
fn news(case: Case<'_>, ticket: &Ticket, detail: &[&str]) -> Option<Letter> {
    let person = case.in_charge(ticket).filter(|p| p.correo != case.mail.from.correo)?;
    let texto = [case.reading.texto_nuevo.trim(), case.mail.subject.trim()].into_iter().find(|text| !text.is_empty());
    let said = (case.writer(), texto.unwrap_or_default().to_owned());
    let thread = &case.situation.thread;
    let detail: Vec<&str> = detail.iter().copied().chain(case.situation.truncated.then_some(CUT)).collect();
    let mut letter = blanks::news(case.office, ticket, person, thread, case.now, said, &detail);
    letter.blanks.anexos = case.files();
    Some(letter).filter(|_| !manners::is_flooded(case.situation))
}

/// Fills what was missing and replaces what was only remembered, nothing else. The lines for the letter.
fn complete(case: Case<'_>, draft: &mut Draft) -> Vec<String> {
    let fields = &enlace::said_of(case, &draft.ticket);
    let (said, place) = (fields.contacto(), fields.ubicacion());
    let mut contact = draft.ticket.contacto.clone();
    let mut data = Completed::default();
    let mut lines = Vec::new();
    let remembered = history::remembered(&draft.ticket);
    for what in draft.ticket.faltan.iter().chain(&remembered) {
        let is_known = remembered.contains(what);
        let line = match what {
            Requisito::Dependencia => fields.dependencia.as_ref().map(|found| {
                data.dependencia = Some(found.value.clone());
                format!("Dependencia: {}", found.value.0)
            }),
            Requisito::Ubicacion => fields.lugar.as_ref().and_then(|_| {
                let known = if is_known { Ubicacion::default() } else { draft.ticket.ubicacion.clone() };
                data.ubicacion = Some(fill_place(&known, &place));
                wording::lugar(&place).map(|lugar| format!("Lugar: {lugar}"))
            }),
            Requisito::Nombre => fill(&mut contact.nombre, &said.nombre).map(|name| format!("Nombre: {name}")),
            Requisito::Correo => fill(&mut contact.correo, &said.correo).map(|correo| format!("Correo: {correo}")),
            Requisito::Telefono => {
                // The person's own word comes in the place of what was remembered.
                contact.extension = contact.extension.filter(|_| !is_known || said.extension.is_none());
                fill_phone(&mut contact, &said).map(|phone| format!("Teléfono: {phone}"))
            }
        };
        // A landline alone is taken down, but an extension or a mobile is still asked for.
        let settled = line.is_some()
            && (*what != Requisito::Telefono || contact.extension.is_some() || contact.celular.is_some());
        if !settled && !is_known {
            data.faltan.push(*what);
        }
        lines.extend(line);
    }
    if lines.is_empty() {
        return lines;
    }
    data.contacto = (contact != draft.ticket.contacto).then_some(contact);
    data.fuentes = open::sources(case.reading);
    let ticket = &draft.ticket;
    data.fuentes.retain(|field, _| !ticket.fuentes.contains_key(field) || history::is_remembered(ticket, field));
    draft.add(Event::Completed(Box::new(data)));
    lines
}

fn fill(empty: &mut Option<String>, said: &Option<String>) -> Option<String> {
    if empty.is_none() {
        empty.clone_from(said);
        return empty.clone();
    }
    None
}

fn fill_phone(contact: &mut Contacto, said: &Contacto) -> Option<String> {
    let new = Contacto {
        extension: fill(&mut contact.extension, &said.extension),
        celular: fill(&mut contact.celular, &said.celular),
        telefono: fill(&mut contact.telefono, &said.telefono),
        ..Contacto::default()
    };
    wording::telefono(&new)
}

fn fill_place(known: &Ubicacion, said: &Ubicacion) -> Ubicacion {
    let mut place = known.clone();
    fill(&mut place.texto, &said.texto);
    fill(&mut place.edificio, &said.edificio);
    fill(&mut place.piso, &said.piso);
    fill(&mut place.oficina, &said.oficina);
    place
}

/// «Sigue igual» about a solved case: open again, with a new hour.
fn reopen(case: Case<'_>, draft: &mut Draft) -> bool {
    let texto = &case.reading.texto_nuevo;
    if draft.ticket.estado.is_open() {
        return false;
    }
    draft.add(Event::Moved { estado: Estado::Reabierto, motivo: Some(wording::line(texto, 200)) });
    let others = case.others(&draft.ticket);
    let request = case.request(&draft.ticket, &others);
    let slot = case.in_charge(&draft.ticket).and_then(|person| request.slot(person));
    let visit = slot.or_else(|| request.allot());
    if let Some(visit) = visit {
        if draft.ticket.tecnico.as_ref() != Some(&visit.tecnico) {
            draft.add(Event::Assigned { tecnico: visit.tecnico.clone() });
        }
        draft.add(Event::Booked(visit));
    }
    true
}

/// A machine's answer: on the file of its ticket, and nothing else.
pub fn automatic(case: Case<'_>) -> Decision {
    noted(case, Disposition::Automatico, "respuesta automática", |case| {
        format!("Respuesta automática de {}: {}", case.mail.from.correo, wording::line(&case.mail.subject, 200))
    })
}

pub fn noted(case: Case<'_>, disposition: Disposition, why: &str, texto: impl Fn(Case<'_>) -> String) -> Decision {
    let Some(ticket) = &case.situation.ticket else { return filed(disposition, why) };
    let mut draft = Draft::of(ticket);
    draft.add(Event::Noted { texto: texto(case) });
    draft.decide(disposition, Vec::new(), format!("{}: {why}", ticket.id))
}

/// On file, and nothing follows.
pub fn filed(disposition: Disposition, why: &str) -> Decision {
    Decision { disposition, facts: Vec::new(), letters: Vec::new(), away: Vec::new(), why: why.to_owned() }
}
