//! Cases that become one, and one that becomes two.
use crate::desk::blanks;
use crate::desk::case::Case;
use crate::desk::decision::{Form, Situation};
use crate::desk::open;
use crate::desk::orders::bench::{Bench, Effect};
use crate::desk::wording;
use crate::mail::message::Mail;
use crate::spanish::when;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;

/// This case goes on in another one.
pub fn merge(bench: Bench<'_>, ticket: &Ticket, id: TicketId) -> Result<Effect, String> {
    if id == ticket.id {
        return Err("un caso no se une consigo mismo".to_owned());
    }
    let Some(other) = bench.case.situation.papers.cases.iter().find(|case| case.id == id) else {
        return Err(format!("no existe el caso {id}; escriba el número completo, así: #fusionar TIC-2026-00017"));
    };
    if let Some(further) = other.seguimiento.fusionado {
        return Err(format!("el {id} ya se unió al {further}; únalo a ese"));
    }
    if !other.estado.is_open() {
        return Err(format!("el {id} está «{}»; primero reábralo", other.estado));
    }
    // Who came with a case that was joined to this one comes along.
    let people = std::iter::once(&ticket.solicitante).chain(&ticket.seguimiento.tambien);
    let absorbed = people.map(|asked| (id, Event::Absorbed { caso: ticket.id, solicitante: asked.clone() }));
    let told = bench.case.in_charge(other).filter(|person| !bench.actor.is(person));
    let letter = told.map(|person| {
        let said =
            format!("El caso {} se unió a este. Sus respuestas llegarán aquí.\n\n{}", ticket.id, ticket.problema);
        blanks::news(bench.case.office, other, person, &[], bench.case.now, (bench.actor.nombre.to_owned(), said), &[])
    });
    Ok(Effect {
        events: vec![Event::Merged { en: id }],
        elsewhere: absorbed.collect(),
        letters: letter.into_iter().collect(),
        line: Some(format!("este caso se cierra y sigue en el {id}")),
        ..Effect::default()
    })
}

/// The last mail of the person who asked becomes a case of its own, read and allotted like any other.
pub fn split(bench: Bench<'_>, ticket: &Ticket) -> Result<Effect, String> {
    let Case { office, now, received, situation, .. } = bench.case;
    let Some(reply) = situation.papers.reply.as_deref() else {
        return Err("en este caso no hay un correo posterior de otra persona, o ya se separó".to_owned());
    };
    let reading = &reply.reading;
    // The subject is that of the letter that was answered: the new case is called by its own words.
    let mail = &Mail { subject: wording::line(&reading.texto_nuevo, 80), ..reply.mail.clone() };
    let same = ticket.contacto.correo.as_deref() == Some(mail.from.correo.as_str());
    let earlier = if same { vec![ticket.clone()] } else { Vec::new() };
    let alone = Situation { ticket: None, thread: Vec::new(), earlier, ..situation.clone() };
    let decision = open::open(Case { office, now, received, written: received, mail, reading, situation: &alone });
    let id = alone.next;
    let linked = decision.facts.into_iter().map(|(id, event)| match event {
        Event::Opened(mut new) => {
            new.seguimiento.sale_de = Some(ticket.id);
            (id, Event::Opened(new))
        }
        other => (id, other),
    });
    let mut letters = decision.letters;
    for letter in &mut letters {
        // It came when its author sent it, not when it was taken out.
        letter.blanks.recibido = Some(when::say(reply.received));
        if letter.form == Form::Asignacion || is_party(ticket, &mail.from.correo) {
            letter.blanks.relacionado = Some(ticket.id.to_string());
        }
    }
    Ok(Effect {
        events: vec![Event::Split { en: id }],
        elsewhere: linked.collect(),
        letters,
        line: Some(format!("lo último que escribió {} es ahora el caso {id}", mail.from.correo)),
        ..Effect::default()
    })
}

/// May he hear of which case it was?
fn is_party(ticket: &Ticket, correo: &str) -> bool {
    let known = [Some(&ticket.solicitante), ticket.contacto.correo.as_ref()];
    known.into_iter().flatten().chain(&ticket.seguimiento.tambien).any(|other| other == correo)
}
