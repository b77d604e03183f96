//! What earlier cases of the same person tell: it fills what a mail leaves open, is marked as such, and yields to any word of theirs.
use crate::office::fields::{Origen, Requisito};
use crate::reading::note::Zone;
use crate::spanish::fold::fold;
use crate::ticket::facts::{Source, Ticket};
use std::sync::Arc;

/// Fields that a person keeps from one case to the next, by their name in [`Ticket::fuentes`].
const DEPENDENCIA: &str = "dependencia";
const LUGAR: &str = "ubicacion";
const EXTENSION: &str = "extension";

/// Fills dependencia, place and extension of a ticket that lacks them from the newest of the earlier cases that was told them.
///
/// Only somebody of the Gobernación who writes for himself is known so: a shared mailbox is many people, and what is known
/// of one person is not for another who names his address.
pub fn fill(ticket: &mut Ticket, earlier: &[Ticket]) {
    let for_himself = ticket.contacto.correo.as_deref() == Some(ticket.solicitante.as_str());
    if !for_himself || ticket.origen != Origen::Interna {
        return;
    }
    let earlier: Vec<&Ticket> = earlier.iter().filter(|case| is_of_the_same_person(ticket, case)).collect();
    for what in ticket.faltan.clone() {
        let filled = match what {
            Requisito::Dependencia => {
                told(&earlier, DEPENDENCIA, |case| case.dependencia.clone()).map(|(case, known)| {
                    note(ticket, case, DEPENDENCIA, &known.0);
                    ticket.dependencia = Some(known);
                })
            }
            Requisito::Ubicacion => told(&earlier, LUGAR, |case| case.ubicacion.texto.clone()).map(|(case, texto)| {
                note(ticket, case, LUGAR, &texto);
                ticket.ubicacion = case.ubicacion.clone();
            }),
            Requisito::Telefono => {
                told(&earlier, EXTENSION, |case| case.contacto.extension.clone()).map(|(case, known)| {
                    note(ticket, case, EXTENSION, &known);
                    ticket.contacto.extension = Some(known);
                })
            }
            Requisito::Nombre | Requisito::Correo => None,
        };
        if filled.is_some() {
            ticket.faltan.retain(|missing| *missing != what);
        }
    }
}

/// What a ticket holds only because an earlier case told it.
pub fn remembered(ticket: &Ticket) -> Vec<Requisito> {
    let fields =
        [(Requisito::Dependencia, DEPENDENCIA), (Requisito::Ubicacion, LUGAR), (Requisito::Telefono, EXTENSION)];
    fields.into_iter().filter(|(_, field)| is_remembered(ticket, field)).map(|(what, _)| what).collect()
}

/// What a ticket holds only because the office's address book tells it.
pub fn looked_up(ticket: &Ticket) -> Vec<Requisito> {
    let fields: [(Requisito, &[&str]); 5] = [
        (Requisito::Dependencia, &[DEPENDENCIA]),
        (Requisito::Ubicacion, &[LUGAR]),
        (Requisito::Nombre, &["nombre"]),
        (Requisito::Telefono, &[EXTENSION, "celular"]),
        (Requisito::Correo, &["correo"]),
    ];
    let is_from = |field: &&str| ticket.fuentes.get(*field).is_some_and(|s| s.zona == Zone::Directorio.word());
    fields.into_iter().filter(|(_, fields)| fields.iter().any(is_from)).map(|(what, _)| what).collect()
}

/// Is the value of this field only what an earlier case told?
pub fn is_remembered(ticket: &Ticket, field: &str) -> bool {
    ticket.fuentes.get(field).is_some_and(|source| source.zona == Zone::Historial.word())
}

/// The newest case in which the person told this himself, with what was told.
fn told<'a, T>(earlier: &[&'a Ticket], field: &str, value: impl Fn(&Ticket) -> Option<T>) -> Option<(&'a Ticket, T)> {
    let own_words = earlier.iter().filter(|case| !is_remembered(case, field));
    own_words.filter_map(|case| Some((*case, value(case)?))).next()
}

/// An address that two people use in turn tells nothing of either.
fn is_of_the_same_person(ticket: &Ticket, earlier: &Ticket) -> bool {
    let same_name = match (&ticket.contacto.nombre, &earlier.contacto.nombre) {
        (Some(now), Some(then)) => shares_a_word(now, then),
        (Some(_) | None, _) => true,
    };
    same_name && earlier.contacto.correo.as_ref() == Some(&ticket.solicitante)
}

fn shares_a_word(one: &str, other: &str) -> bool {
    let (one, other) = (fold(one), fold(other));
    one.split_whitespace().any(|word| other.split_whitespace().any(|o| o == word))
}

fn note(ticket: &mut Ticket, case: &Ticket, field: &str, words: &str) {
    let source = Source {
        regla: case.id.to_string(),
        zona: Zone::Historial.word().to_owned(),
        palabras: words.to_owned(),
        porque: Vec::new(),
    };
    Arc::make_mut(&mut ticket.fuentes).insert(field.to_owned(), source);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::office::fields::{Categoria, Contacto, Dependencia, Prioridad, Ubicacion};
    use crate::ticket::estado::Estado;
    use crate::ticket::id::TicketId;
    use crate::ticket::seguimiento::Seguimiento;

    const NUBIA: &str = "ncarrillo@magdalena.gov.co";

    /// A case of Nubia's that says all, or nothing of dependencia, place and telephone.
    fn case(number: u32, says_all: bool) -> Ticket {
        let said = |text: &str| says_all.then(|| text.to_owned());
        let faltan = [Requisito::Dependencia, Requisito::Ubicacion, Requisito::Telefono];
        Ticket {
            id: TicketId { year: 2026, number },
            estado: Estado::Nuevo,
            asunto: String::new(),
            problema: String::new(),
            origen: Origen::Interna,
            clase: "solicitud".to_owned(),
            dependencia: said("Archivo General").map(Dependencia),
            ubicacion: Ubicacion { texto: said(&format!("oficina {number}")), ..Ubicacion::default() },
            contacto: Contacto {
                nombre: Some("Nubia Carrillo".to_owned()),
                extension: said("331"),
                correo: Some(NUBIA.to_owned()),
                ..Contacto::default()
            },
            categoria: Categoria("correo".to_owned()),
            prioridad: Prioridad::Media,
            faltan: if says_all { Vec::new() } else { faltan.to_vec() },
            solicitante: NUBIA.to_owned(),
            tecnico: None,
            visita: None,
            abierto: "2026-11-25T14:00:00Z".parse().unwrap(),
            fuentes: Arc::default(),
            seguimiento: Seguimiento::default(),
        }
    }

    fn filled(mut ticket: Ticket, earlier: &[Ticket]) -> Ticket {
        fill(&mut ticket, earlier);
        ticket
    }

    #[test]
    fn the_newest_own_words_fill_and_are_marked() {
        let remembered = filled(case(3, false), &[case(2, true), case(1, true)]);
        assert_eq!(remembered.ubicacion.texto.as_deref(), Some("oficina 2"));
        assert_eq!(remembered.fuentes.get("ubicacion").unwrap().regla, "TIC-2026-00002");
        assert!(remembered.faltan.is_empty());
        assert_eq!(remembered.fuentes.len(), 3);
        let next = filled(case(4, false), &[remembered, case(2, true)]);
        assert_eq!(next.fuentes.get("ubicacion").unwrap().regla, "TIC-2026-00002", "what was remembered is no source");
    }

    #[test]
    fn the_words_of_the_mail_stand() {
        let mut ticket = case(3, false);
        ticket.ubicacion.piso = Some("3".to_owned());
        ticket.ubicacion.texto = Some("piso 3".to_owned());
        ticket.faltan.retain(|what| *what != Requisito::Ubicacion);
        let ticket = filled(ticket, &[case(2, true)]);
        assert_eq!(ticket.ubicacion.texto.as_deref(), Some("piso 3"));
        assert_eq!(remembered(&ticket), [Requisito::Dependencia, Requisito::Telefono]);
    }

    #[test]
    fn nobody_is_taken_for_somebody_else() {
        let earlier = [case(2, true)];
        let untouched = |change: fn(&mut Ticket)| {
            let mut ticket = case(3, false);
            change(&mut ticket);
            assert_eq!(filled(ticket.clone(), &earlier), ticket);
        };
        untouched(|t| t.contacto.nombre = Some("Álvaro Ruiz".to_owned()));
        untouched(|t| t.contacto.correo = None);
        untouched(|t| t.contacto.correo = Some("jefe@magdalena.gov.co".to_owned()));
        untouched(|t| t.origen = Origen::Externa);
        untouched(|t| t.solicitante = "secretaria@magdalena.gov.co".to_owned());
    }
}
