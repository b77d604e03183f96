//! Delivery reports: a letter of ours that did not arrive marks its address on the case, and the technician hears of it once.
//!
//! A report is believed only when it is about a letter that we wrote, and about the address that we wrote it to: the ids of our
//! letters cannot be guessed, and who holds one can take nothing but his own address out of reach.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::decision::{Decision, Disposition};
use crate::desk::follow::{filed, noted};
use crate::desk::manners;
use crate::desk::wording;
use crate::mail::message::Bounce;
use crate::ticket::facts::Event;

pub fn bounced(case: Case<'_>) -> Decision {
    let (Some(ticket), Some(to)) = (&case.situation.ticket, &case.situation.returned) else {
        return filed(Disposition::Rebote, "aviso de entrega de un correo que no es de ningún caso");
    };
    let Some(Bounce { recipient, status, failed, .. }) = &case.mail.bounce else {
        return filed(Disposition::Rebote, "aviso de entrega que no dice nada");
    };
    if recipient.as_ref().is_some_and(|recipient| !recipient.eq_ignore_ascii_case(to)) {
        return filed(Disposition::Rebote, "aviso de entrega que no concuerda con la carta de la que habla");
    }
    if !failed {
        return noted(case, Disposition::Rebote, "aviso de entrega, no es una falla", |case| {
            format!("Aviso de entrega: {}", wording::line(&case.mail.subject, 200))
        });
    }
    let motivo = status.clone().unwrap_or_else(|| wording::line(&case.mail.subject, 200));
    let known = ticket.seguimiento.no_llega.contains(to);
    let mut draft = Draft::of(ticket);
    draft.add(Event::Undelivered { a: to.clone(), motivo: motivo.clone(), marca: true });
    let told = case.in_charge(ticket).filter(|p| p.correo != *to && !known && !manners::is_flooded(case.situation));
    let letter = told.map(|person| {
        let said = format!("No se pudo entregar una carta de este caso a {to} ({motivo}). Avísele por otro medio.");
        let thread = &case.situation.thread;
        blanks::news(case.office, ticket, person, thread, case.now, (String::new(), said), &[])
    });
    draft.decide(Disposition::Rebote, letter.into_iter().collect(), format!("{}: carta sin entregar", ticket.id))
}
