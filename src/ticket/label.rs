//! What a person of the office says a mail should have been read as: the lesson in a fact.
use crate::office::fields::Campo;
use crate::ticket::facts::Event;

/// The right value of one box, for the mail that opened the ticket and for no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub campo: Campo,
    /// Absent: the mail does not say it.
    pub valor: Option<String>,
    /// `usuario` of a technician, or «administrador».
    pub quien: String,
}

impl Label {
    /// The lesson of a fact, if a person's word stands behind it.
    pub fn of(event: &Event) -> Option<Label> {
        match event {
            Event::Ranked { prioridad, quien } => {
                let (campo, valor) = (Campo::Prioridad, Some(prioridad.word().to_owned()));
                quien.clone().map(|quien| Label { campo, valor, quien })
            }
            Event::Filed { categoria, quien } => {
                let (campo, valor) = (Campo::Categoria, Some(categoria.0.clone()));
                quien.clone().map(|quien| Label { campo, valor, quien })
            }
            Event::Corrected(data) => {
                Some(Label { campo: data.campo, valor: data.valor.clone(), quien: data.quien.clone() })
            }
            Event::Opened(_)
            | Event::Moved { .. }
            | Event::Assigned { .. }
            | Event::Booked(_)
            | Event::Pinned(_)
            | Event::Completed(_)
            | Event::Received { .. }
            | Event::Undelivered { .. }
            | Event::Noted { .. }
            | Event::Waiting { .. }
            | Event::Tagged { .. }
            | Event::Spent { .. }
            | Event::Approved { .. }
            | Event::Returned { .. }
            | Event::Merged { .. }
            | Event::Absorbed { .. }
            | Event::Split { .. }
            | Event::Said { .. }
            | Event::Unproven(_)
            | Event::Linked { .. }
            | Event::Rated { .. }
            | Event::Released { .. }
            | Event::Invited(_)
            | Event::Answered { .. }
            | Event::Confirmed { .. } => None,
        }
    }
}
