//! What the desk knows, and what it has decided.
use crate::ical::entry::Invitation;
use crate::mail::message::{Address, Mail, MessageId};
use crate::office::fields::{Categoria, Dependencia, Requisito, words};
use crate::office::hours::Hours;
use crate::office::people::Directory;
use crate::office::service::Service;
use crate::reading::note::Reading;
use crate::seal::order::Standing;
use crate::ticket::agenda::Agenda;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The office's standing arrangements, by which the desk decides.
#[derive(Clone, Debug)]
pub struct Office {
    pub hours: Hours,
    pub people: Directory,
    /// Its periods: by when a case is taken, solved, closed.
    pub service: Service,
    /// Length of a visit and who answers for the categoría.
    pub work: BTreeMap<Categoria, Work>,
    /// What a correction may name: the catalogue, and the floors that have a word of their own («sotano»).
    pub dependencias: Vec<Named>,
    pub pisos: Vec<String>,
    /// Names of the ready answers of `rules/cartas/plantillas/`.
    pub plantillas: Vec<String>,
    /// The desk's own address, in lower case: what letters come from.
    pub mailbox: String,
}

/// A dependencia and the other names it goes by, as `rules/dependencias.toml` spells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub nombre: Dependencia,
    pub alias: Vec<String>,
}

/// What a categoría means for the agenda, from `rules/categorias.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// As a letter says it: «red e internet».
    pub titulo: String,
    pub minutes: i64,
    /// `usuario` of who takes it when nobody with the skill is free; must be on the roster.
    pub responsable: Option<String>,
    /// It is done from a distance: the technician calls, and no way is counted.
    pub remote: bool,
}

impl Office {
    /// Is this done from a distance?
    pub fn is_remote(&self, categoria: &Categoria) -> bool {
        self.work.get(categoria).is_some_and(|work| work.remote)
    }
}

/// What the cabinet knows that bears on one mail.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The ticket whose thread this mail answers.
    pub ticket: Option<Ticket>,
    /// Cases that were joined into this one and through which the mail came: their letters hold for it too.
    pub through: Vec<TicketId>,
    /// The address of the letter of ours that this delivery report is about.
    pub returned: Option<String>,
    /// When the ticket came to the estado it is in.
    pub since: Option<Timestamp>,
    /// Message-ID of our letter or of the mail it answers, for `In-Reply-To`'s sake.
    pub thread: Vec<MessageId>,
    /// The next free number of the year of `now`.
    pub next: TicketId,
    /// The last cases that concerned the sender, newest first: what they tell fills what he leaves open.
    pub earlier: Vec<Ticket>,
    /// Visits from today on of every technician, by start. Shared, because there may be thousands and each mail asks.
    pub agenda: Arc<Agenda>,
    /// Open tickets by technician.
    pub load: BTreeMap<String, u32>,
    /// The privacy notice has gone to this address before.
    pub notified: bool,
    /// Automatic letters to this address in the last 24 hours, and to anybody in the last hour.
    pub answers_today: u32,
    pub answers_this_hour: u32,
    /// Cases that this address opened in the last hour, newest first; more than a few are not looked for.
    pub opened: Vec<Ticket>,
    /// Alarms that came from this address and are not closed, newest first.
    pub alarms: Vec<Ticket>,
    /// This address received a letter of ours, or is a party to a ticket: no stranger.
    pub known_sender: bool,
    /// Only the beginning of the mail was brought: it is over the size limit.
    pub truncated: bool,
    /// Who said that he is away, beside the roster, from today on.
    pub away: Vec<Away>,
    /// What only orders look at; empty for a mail without any.
    pub papers: Papers,
    /// What the mail has proven.
    pub standing: Standing,
    /// The order that this mail may confirm: it answers the letter that asked about it.
    pub held: Option<Held>,
    /// The person of the roster whom the sender names was asked to confirm something in the last hour.
    pub asked: bool,
    /// When something last happened to the ticket.
    pub last_fact: Option<Timestamp>,
}

/// An order that waits for a word of the person in whose name it came.
#[derive(Clone, Debug)]
pub struct Held {
    pub received: Timestamp,
    pub reading: Reading,
    /// Cases with other orders in the same name that nobody was asked about, for one letter an hour is enough.
    pub besides: Vec<TicketId>,
}

/// Days on which somebody of the office is away, both included, as he said it himself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    pub tecnico: String,
    pub first: Date,
    pub last: Date,
    pub reason: String,
}

/// What orders look at beside the ticket.
#[derive(Clone, Debug, Default)]
pub struct Papers {
    /// The last facts of the ticket, oldest first.
    pub recent: Vec<Happened>,
    /// How many facts it had when the letter was written that this mail answers; absent when it answers none.
    pub seen: Option<i64>,
    /// The other tickets that the orders name.
    pub cases: Vec<Ticket>,
    /// Open tickets with a coming visit of who writes, by start.
    pub visits: Vec<Ticket>,
    /// The last mail of somebody who is not of the office, beside the one that opened the ticket.
    pub reply: Option<Arc<Reply>>,
}

impl Papers {
    /// The row of the last mail that somebody who is not of the office wrote on the ticket, unless it was made a case of its
    /// own already or is the one that opened the ticket.
    pub fn last_reply(&self, people: &Directory) -> Option<i64> {
        let newest_first = self.recent.iter().rev();
        let fresh = newest_first.take_while(|fact| !matches!(fact.evento, Event::Split { .. } | Event::Opened(_)));
        let outside =
            fresh.filter(
                |fact| {
                    if let Event::Received { de, .. } = &fact.evento { people.who(de).is_none() } else { false }
                },
            );
        outside.filter_map(|fact| fact.correo).next()
    }
}

/// A fact on file.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// 1, 2, 3 … within the ticket.
    pub orden: i64,
    pub cuando: Timestamp,
    /// The row of the mail that brought it about; absent when none did.
    pub correo: Option<i64>,
    /// Address of who wrote the mail that brought it about; absent when none did.
    pub de: Option<String>,
    pub evento: Event,
}

/// A mail of the ticket, read again.
#[derive(Clone, Debug)]
pub struct Reply {
    /// When the server took it in.
    pub received: Timestamp,
    pub mail: Mail,
    pub reading: Reading,
}

words! {
    /// How a mail ended. Every UID has exactly one.
    Disposition {
        Ticket = "ticket",
        Respuesta = "respuesta",
        Comando = "comando",
        Alarma = "alarma",
        Automatico = "automatico",
        Rebote = "rebote",
        Calendario = "calendario",
        Ajeno = "ajeno",
        /// Our own letter came back.
        Propio = "propio",
        /// The same mail by another road.
        Duplicado = "duplicado",
        Cuarentena = "cuarentena",
        /// It was on the server before the starting point of the config.
        Anterior = "anterior",
        /// Another client removed it before it could be brought.
        Desaparecido = "desaparecido",
    }
}

/// All that one mail, or the passing of time, causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub disposition: Disposition,
    pub facts: Vec<(TicketId, Event)>,
    pub letters: Vec<Letter>,
    /// Absences that somebody of the office announced.
    pub away: Vec<Away>,
    /// Why, in a few words, for the history and the log.
    pub why: String,
}

/// A letter that the desk wants written.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    pub form: Form,
    pub to: Address,
    pub about: Option<TicketId>,
    /// An answer to a mail (`auto-replied`) or a notice of our own (`auto-generated`): RFC 3834 section 5.
    pub answers: Option<MessageId>,
    /// Oldest first; the letter's References.
    pub references: Vec<MessageId>,
    pub blanks: Blanks,
}

/// Cases under one heading, line by line.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Seccion {
    pub titulo: String,
    pub lineas: Vec<String>,
}

/// What the letter says, blank by blank; the templates name them so.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Blanks {
    pub numero: String,
    pub asunto: String,
    pub problema: String,
    /// «Cordial saludo, María Ospino:»
    pub saludo: String,
    pub dependencia: Option<String>,
    pub lugar: Option<String>,
    pub nombre: Option<String>,
    /// «ext. 204, cel. 301 555 8812»
    pub telefono: Option<String>,
    pub correo: Option<String>,
    /// Addresses of the case at which our letters do not arrive.
    pub no_llega: Vec<String>,
    pub categoria: String,
    pub prioridad: String,
    /// The estado in words; «con otra hora» when only the visit has changed.
    pub estado: String,
    pub motivo: Option<String>,
    pub tecnico: Option<String>,
    /// «jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m.»; «hoy, » or «mañana, » before it where it holds.
    pub cuando: Option<String>,
    /// When the mail came in: «miércoles 25 de noviembre de 2026, 3:40 p. m.» (Ley 1437 de 2011, article 61).
    pub recibido: Option<String>,
    /// «martes 22 de diciembre de 2026 (15 días hábiles, Ley 1755 de 2015)»: of who is not of the house.
    pub vence: Option<String>,
    /// The earlier case that this one goes with.
    pub relacionado: Option<String>,
    /// Who wrote what a Novedad tells, and the words.
    pub quien: Option<String>,
    pub texto: Option<String>,
    /// It is done from a distance: at that hour the technician calls.
    pub remota: bool,
    /// The technician is on the way: nothing is waited for.
    pub urgente: bool,
    pub externa: bool,
    pub faltan: Vec<Requisito>,
    /// Which of these nobody said this time: they are from an earlier case of the same person.
    pub de_antes: Vec<Requisito>,
    /// Which of these are from the office's address book.
    pub del_directorio: Vec<Requisito>,
    /// Files that came with the mail: «foto.jpg (240 KB)».
    pub anexos: Vec<String>,
    /// Line by line: what an Aviso or a transcript of orders has to tell.
    pub detalle: Vec<String>,
    /// Visits that give their hour to this one.
    pub desplaza: Vec<String>,
    /// Earlier cases of the same person and at the same place, a line each, for who attends this one.
    pub antes_persona: Vec<String>,
    pub antes_lugar: Vec<String>,
    /// Orders that can be given now, as they are written.
    pub ordenes: Vec<String>,
    /// The parts of a Resumen.
    pub secciones: Vec<Seccion>,
    /// The privacy notice goes with this letter.
    pub aviso: bool,
    /// What goes with it into the reader's calendar; no word of the letter.
    #[serde(skip)]
    pub calendario: Option<Invitation>,
    /// The ready answer that stands in it, by its name in `plantillas/`.
    pub plantilla: Option<String>,
}

words! {
    /// The letters of `rules/cartas/*.txt`, by the name of their file.
    Form {
        /// To the requester: received, understood so, with day and hour.
        Acuse = "acuse",
        /// To the requester: his answer was put on the case; what is still missing.
        Completado = "completado",
        /// To the requester: the case has moved.
        Estado = "estado",
        /// To the requester, who asked how his case goes.
        Consulta = "consulta",
        /// To the technician: a case is yours.
        Asignacion = "asignacion",
        /// To the technician: somebody wrote on your case.
        Novedad = "novedad",
        /// To the technician: what became of the orders of his mail, where it is not what he may expect.
        Ordenes = "ordenes",
        /// To a person of the office: orders came in his name without proof; are they his?
        Confirmacion = "confirmacion",
        /// To whom of the office asked for it: the case, complete.
        Caso = "caso",
        /// To a guest of a visit whose calendar has to learn what no other letter tells him.
        Cita = "cita",
        /// To the requester: he cannot come at that hour; these are free.
        Horas = "horas",
        /// To the requester, the business day before: tomorrow is his visit, or the call.
        Recordatorio = "recordatorio",
        /// To the technician, some time after the hour: did it take place?
        Realizada = "realizada",
        /// To whom of the office asked for it: his visits.
        Agenda = "agenda",
        /// To whom of the office asked for it: the orders there are.
        Ayuda = "ayuda",
        /// To the sender: the mail is over the size limit.
        MuyGrande = "muy_grande",
        /// To a technician or the jefe, each morning: what there is to do.
        Resumen = "resumen",
        /// To the administrator: something of the desk needs a hand.
        Aviso = "aviso",
    }
}
