//! A guest's calendar answers: it is noted, and who cannot come at that hour gets another, or the free ones to choose from.
//!
//! Only a guest moves anything: who answers from his own address, for himself, an invitation that nobody else can name, and
//! the newest of them (RFC 5546 section 2.1.5). Whatever else comes is kept on the case, and its technician reads it.
use crate::desk::blanks;
use crate::desk::case::{Case, Draft};
use crate::desk::decision::{Blanks, Decision, Disposition, Form, Letter};
use crate::desk::diary::Obstacle;
use crate::desk::follow;
use crate::desk::manners;
use crate::desk::visits::Request;
use crate::desk::wish;
use crate::desk::wording;
use crate::ical::reply::{Answer, Moment, Reply};
use crate::office::people::Person;
use crate::reading::note::Wish;
use crate::spanish::when::{day_of, instant, say, say_day, say_span};
use crate::ticket::cita::{Cita, Respuesta};
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::visit::Visit;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};

/// How far ahead of its arrival an answer may say that it was written: clocks differ, but not by years.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How far off an hour may be that a guest proposes.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 120);
/// Hours that are offered, and free ones that they are chosen from.
const OFFERED: usize = 3;
const LOOKED_AT: usize = 80;

/// A calendar's answer to an invitation.
pub fn invited(case: Case<'_>) -> Decision {
    let Some(ticket) = &case.situation.ticket else {
        return follow::filed(Disposition::Calendario, "respuesta a una cita que no es de ningún caso");
    };
    let Some(reply) = case.mail.reply() else {
        let subject = wording::line(&case.mail.subject, 200);
        return kept(case, ticket, &format!("Aviso del calendario de {}: {subject}", case.mail.from.correo), None);
    };
    let said = said(case, reply);
    match (weigh(case, ticket, reply), guest(case, ticket, reply)) {
        (_, Guest::Nobody) => {
            kept(case, ticket, &said, Some("Quien contesta no es un invitado de la cita: no se cambió nada."))
        }
        (Weight::Other, _) => {
            kept(case, ticket, &said, Some("No es la cita que el caso tiene ahora: no se cambió nada."))
        }
        (Weight::Old, _) => {
            kept(case, ticket, &said, Some("Contesta a la hora que la cita tenía antes: no se cambió nada."))
        }
        (Weight::Late, _) => kept(
            case,
            ticket,
            &said,
            Some("Es anterior a otra respuesta suya que ya está en el caso: no se cambió nada."),
        ),
        (Weight::Over, _) => kept(case, ticket, &said, Some("La cita ya no está por cumplirse: no se cambió nada.")),
        (Weight::Current(visit), Guest::Requester) => of_requester(case, ticket, reply, visit, said),
        (Weight::Current(_), Guest::Technician(person)) => of_technician(case, ticket, reply, person, &said),
    }
}

enum Guest<'a> {
    Requester,
    Technician(&'a Person),
    Nobody,
}

/// Whose answer it is, by the sender and by the answer itself: nobody answers for another.
fn guest<'a>(case: Case<'a>, ticket: &Ticket, reply: &Reply) -> Guest<'a> {
    let from = case.mail.from.correo.as_str();
    let own = [Some(ticket.solicitante.as_str()), ticket.contacto.correo.as_deref(), Some(from)];
    if !case.mail.plain_from {
        return Guest::Nobody;
    }
    if case.is_from_requester(ticket) && own.contains(&Some(reply.guest.as_str())) {
        return Guest::Requester;
    }
    match case.in_charge(ticket).filter(|person| person.correo == from && reply.guest == from) {
        Some(person) => Guest::Technician(person),
        None => Guest::Nobody,
    }
}

enum Weight<'a> {
    /// It answers the invitation that stands.
    Current(&'a Visit),
    /// An hour that the visit has no more.
    Old,
    /// A newer answer of the same guest is known.
    Late,
    /// The visit has begun, was called off or is past, or the mail lay too long.
    Over,
    /// Another appointment.
    Other,
}

fn weigh<'a>(case: Case<'_>, ticket: &'a Ticket, reply: &Reply) -> Weight<'a> {
    let Some(Cita { invited, respuestas }) = ticket.seguimiento.cita.as_ref() else { return Weight::Other };
    if !invited.uid.eq_ignore_ascii_case(&reply.uid) {
        return Weight::Other;
    }
    let coming = invited.visita.as_ref().filter(|visit| visit.start > case.now && ticket.estado.is_open());
    let Some(visit) = coming.filter(|_| !manners::is_stale(case.now, case.received)) else { return Weight::Over };
    let is_current = match reply.sequence {
        Some(sequence) => sequence == invited.secuencia,
        // Some calendars leave it out (RFC 5545 section 3.8.7.4: it is 0 then): the hour tells.
        None => reply.counter || invited.secuencia == 0 || reply.start == Some(Moment::At(visit.start)),
    };
    if !is_current {
        return Weight::Old;
    }
    let newer = respuestas.get(&case.mail.from.correo).filter(|last| last.secuencia == invited.secuencia);
    if newer.is_some_and(|last| last.sello > stamp(case, reply)) { Weight::Late } else { Weight::Current(visit) }
}

/// When it was written. A clock that runs far ahead is not believed: its answer would outweigh all that come after.
fn stamp(case: Case<'_>, reply: &Reply) -> Timestamp {
    let latest = case.received.checked_add(AHEAD).unwrap_or(case.received);
    reply.stamp.filter(|stamp| *stamp <= latest).unwrap_or(case.received)
}

fn answered(case: Case<'_>, ticket: &Ticket, reply: &Reply) -> Event {
    let respuesta = match (reply.counter, reply.answer) {
        (true, _) => Respuesta::OtraHora,
        (false, Answer::Accepted) => Respuesta::Aceptada,
        (false, Answer::Declined) => Respuesta::Rechazada,
        (false, Answer::Tentative) => Respuesta::Provisional,
    };
    let secuencia = ticket.seguimiento.cita.as_ref().map_or(0, |cita| cita.invited.secuencia);
    Event::Answered { de: case.mail.from.correo.clone(), respuesta, secuencia, sello: stamp(case, reply) }
}

/// «Ana Polo <apolo@…> rechazó la cita: No puedo»
fn said(case: Case<'_>, reply: &Reply) -> String {
    let did = match (reply.counter, reply.answer) {
        (true, _) => match reply.start {
            Some(Moment::At(at)) => format!("propone otra hora, {}", say(at)),
            Some(Moment::Day(day)) => format!("propone otro día, {}", say_day(day)),
            None => "propone otra hora".to_owned(),
        },
        (false, Answer::Accepted) => "aceptó la cita".to_owned(),
        (false, Answer::Declined) => "rechazó la cita".to_owned(),
        (false, Answer::Tentative) => "aceptó la cita provisionalmente".to_owned(),
    };
    let words = words(case, reply).map(|words| format!(": {words}")).unwrap_or_default();
    let own = reply.guest == case.mail.from.correo;
    let whom = if own { String::new() } else { format!(" (por {})", reply.guest) };
    format!("{}{whom} {did}{words}", case.writer())
}

/// What the guest added in his own words.
fn words(case: Case<'_>, reply: &Reply) -> Option<String> {
    let said = [reply.comment.as_deref().unwrap_or_default(), case.reading.texto_nuevo.as_str()];
    said.into_iter().map(str::trim).find(|text| !text.is_empty()).map(|text| wording::block(text, 1000))
}

/// On file, and nothing moves. The technician reads it, unless it says no more than that somebody comes.
fn kept(case: Case<'_>, ticket: &Ticket, said: &str, doubt: Option<&str>) -> Decision {
    let mut draft = Draft::of(ticket);
    draft.add(Event::Noted { texto: said.to_owned() });
    let quiet = case.mail.reply().is_some_and(|reply| {
        !reply.counter
            && reply.answer == Answer::Accepted
            && words(case, reply).is_none()
            && case.is_from_requester(ticket)
    });
    let told = if quiet { None } else { news(case, ticket, said, doubt) };
    let why = match doubt {
        Some(_) => format!("{}: respuesta a la cita, sin efecto", ticket.id),
        None => format!("{}: respuesta a la cita", ticket.id),
    };
    draft.decide(Disposition::Calendario, told.into_iter().collect(), why)
}

/// Word to the technician in charge, unless he wrote it himself.
fn news(case: Case<'_>, ticket: &Ticket, said: &str, detail: Option<&str>) -> Option<Letter> {
    let person = case.in_charge(ticket).filter(|person| person.correo != case.mail.from.correo)?;
    (!manners::is_flooded(case.situation)).then(|| tell(case, ticket, person, said, detail))
}

fn tell(case: Case<'_>, ticket: &Ticket, person: &Person, said: &str, detail: Option<&str>) -> Letter {
    let (thread, detail): (_, Vec<&str>) = (&case.situation.thread, detail.into_iter().collect());
    blanks::news(case.office, ticket, person, thread, case.now, (String::new(), said.to_owned()), &detail)
}

fn of_requester(case: Case<'_>, ticket: &Ticket, reply: &Reply, visit: &Visit, said: String) -> Decision {
    let mut draft = Draft::of(ticket);
    draft.add(answered(case, ticket, reply));
    if let Some(texto) = words(case, reply) {
        draft.add(Event::Noted { texto: format!("Con su respuesta a la cita: {texto}") });
    }
    let outcome = match (reply.counter, reply.answer) {
        (true, _) => proposed(case, &mut draft, reply.start),
        (false, Answer::Declined) => elsewhen(case, &mut draft, visit),
        (false, Answer::Accepted) => Outcome { quiet: words(case, reply).is_none(), ..Outcome::default() },
        (false, Answer::Tentative) => Outcome::default(),
    };
    let Outcome { letter, detail, quiet } = outcome;
    let ticket = &draft.ticket;
    let silence = case.silence().filter(|_| letter.is_some());
    let offered = letter.as_ref().filter(|letter| letter.form == Form::Horas && silence.is_none());
    let answer = match (silence, offered) {
        (Some(why), _) => Some(format!("No se le contestó: {why}. Avísele por otro medio.")),
        (None, Some(letter)) if letter.blanks.detalle.is_empty() => Some("Se le preguntó cuándo puede.".to_owned()),
        (None, Some(_)) => Some("Se le ofrecieron horas libres.".to_owned()),
        (None, None) => None,
    };
    let detail = [detail, answer].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let told = if quiet { None } else { news(case, ticket, &said, Some(detail.as_str()).filter(|d| !d.is_empty())) };
    let letter = letter.filter(|_| silence.is_none());
    let why = format!("{}: respuesta a la cita", ticket.id);
    draft.decide(Disposition::Calendario, letter.into_iter().chain(told).collect(), why)
}

/// What an answer of who asked comes to.
#[derive(Default)]
pub struct Outcome {
    pub letter: Option<Letter>,
    /// For the technician.
    pub detail: Option<String>,
    /// The technician need not hear of it.
    pub quiet: bool,
}

/// The hour that he names beside his refusal, where it is free; else he chooses another, from the day that he named on.
fn elsewhen(case: Case<'_>, draft: &mut Draft, visit: &Visit) -> Outcome {
    let granted = wish::granted(case, draft);
    match granted.filter(|_| draft.ticket.visita.as_ref() != Some(visit)) {
        Some(outcome) => outcome,
        None => {
            let day = match case.reading.dice.wish {
                Some(Wish::Then { day, .. }) => day,
                Some(Wish::NotThen { .. }) | None => None,
            };
            let near = day.and_then(|day| instant(day, Time::midnight())).filter(|near| *near <= farthest(case.now));
            declined(case, draft, visit, near.unwrap_or(case.now).max(case.now))
        }
    }
}

/// The hour is his no more, and he chooses another.
pub fn declined(case: Case<'_>, draft: &mut Draft, visit: &Visit, from: Timestamp) -> Outcome {
    draft.add(Event::Released { motivo: "quien lo pidió no puede a esa hora".to_owned() });
    let ticket = &draft.ticket;
    let hours = offer(case, ticket, from, Some(visit));
    let letter = hours_letter(case, ticket, &hours, None);
    let detail = "La cita quedó sin efecto.".to_owned();
    Outcome { letter: Some(letter), detail: Some(detail), quiet: false }
}

/// Taken where it is free and the office is open, else three that are; the visit stands meanwhile.
fn proposed(case: Case<'_>, draft: &mut Draft, start: Option<Moment>) -> Outcome {
    let ticket = draft.ticket.clone();
    let others = case.others(&ticket);
    let request = case.request(&ticket, &others);
    let refused = match (case.in_charge(&ticket), start) {
        (None, _) => None,
        (Some(_), None | Some(Moment::Day(_))) => None,
        (Some(person), Some(Moment::At(at))) => match free(&request, person, at) {
            Err(why) => Some(why),
            Ok(visit) => {
                draft.add(Event::Booked(visit));
                return agreed(case, &draft.ticket);
            }
        },
    };
    let near = match start {
        Some(Moment::At(at)) => instant(day_of(at), Time::midnight()),
        Some(Moment::Day(day)) => instant(day, Time::midnight()),
        None => None,
    };
    let near = near.filter(|near| *near <= farthest(case.now)).unwrap_or(case.now).max(case.now);
    let hours = offer(case, &ticket, near, ticket.visita.as_ref());
    let letter = hours_letter(case, &ticket, &hours, refused);
    let detail = "La cita sigue a la misma hora.".to_owned();
    Outcome { letter: Some(letter), detail: Some(detail), quiet: false }
}

pub fn agreed(case: Case<'_>, ticket: &Ticket) -> Outcome {
    let blanks = Blanks {
        saludo: blanks::greeting(case.office, ticket, &case.mail.from),
        estado: "con otra hora".to_owned(),
        ..blanks::of(case.office, ticket, case.now)
    };
    let letter = blanks::answer(Form::Estado, ticket, case.mail, blanks);
    Outcome { letter: Some(letter), detail: Some("La cita pasó a la hora que propone.".to_owned()), quiet: false }
}

pub fn farthest(now: Timestamp) -> Timestamp {
    now.checked_add(FARTHEST).unwrap_or(now)
}

/// The visit at that hour, or why not, for who proposed it.
pub fn free(request: &Request<'_>, person: &Person, at: Timestamp) -> Result<Visit, &'static str> {
    if at <= request.now {
        return Err("esa hora ya pasó");
    }
    let visit = request.visit_at(person, at).filter(|_| at <= farthest(request.now));
    let visit = visit.ok_or("esa fecha está muy lejos")?;
    match request.obstacle(person, &visit) {
        None => Ok(visit),
        Some(Obstacle::Closed) => {
            Err("la oficina no atiende entonces, o el servicio no alcanza a terminar antes de cerrar")
        }
        Some(Obstacle::Away) => Err("quien lo atiende no está ese día"),
        Some(Obstacle::Busy(_)) => Err("quien lo atiende tiene otro servicio entonces"),
    }
}

/// Free hours of who has the case from then on, each of another half of a day, so that there is something to choose from.
pub fn offer(case: Case<'_>, ticket: &Ticket, from: Timestamp, not: Option<&Visit>) -> Vec<Visit> {
    let others = case.others(ticket);
    let request = Request { from, ..case.request(ticket, &others) };
    let Some(person) = case.in_charge(ticket) else { return Vec::new() };
    let Some(first) = request.slot(person) else { return Vec::new() };
    let half = |visit: &Visit| {
        instant(day_of(visit.start), Time::constant(12, 0, 0, 0)).map(|noon| (noon, visit.start < noon))
    };
    let mut chosen: Vec<Visit> = Vec::new();
    for visit in request.free_from(person, first.start.max(from), LOOKED_AT) {
        let is_other = chosen.last().is_none_or(|last| half(last) != half(&visit));
        if chosen.len() < OFFERED && is_other && not.is_none_or(|not| !not.crosses(&visit)) {
            chosen.push(visit);
        }
    }
    chosen
}

pub fn hours_letter(case: Case<'_>, ticket: &Ticket, hours: &[Visit], refused: Option<&str>) -> Letter {
    let blanks = Blanks {
        saludo: blanks::greeting(case.office, ticket, &case.mail.from),
        motivo: refused.map(str::to_owned),
        detalle: hours.iter().map(|visit| say_span(visit.start, visit.end)).collect(),
        ..blanks::of(case.office, ticket, case.now)
    };
    blanks::answer(Form::Horas, ticket, case.mail, blanks)
}

/// A technician's calendar gives no orders: he is told which to give, and who steers hears that he does not come.
fn of_technician(case: Case<'_>, ticket: &Ticket, reply: &Reply, person: &Person, said: &str) -> Decision {
    let mut draft = Draft::of(ticket);
    draft.add(answered(case, ticket, reply));
    let ticket = &draft.ticket;
    let refuses = reply.counter || reply.answer == Answer::Declined;
    let heads = case.office.people.coordination().filter(|head| head.correo != person.correo);
    let mut letters: Vec<Letter> =
        heads.filter(|_| refuses).map(|head| tell(case, ticket, head, said, Some(STANDS))).collect();
    if refuses && case.silence().is_none() {
        letters.push(tell(
            case,
            ticket,
            person,
            "Su calendario contestó a la cita, y la cita sigue igual.",
            Some(ORDER),
        ));
    }
    letters.retain(|_| !manners::is_flooded(case.situation));
    let why = format!("{}: respuesta del técnico a la cita", ticket.id);
    draft.decide(Disposition::Calendario, letters, why)
}

const STANDS: &str = "La cita sigue igual: pásela a otra persona o a otra hora, o acuérdelo con quien la tiene.";
const ORDER: &str = "Para moverla responda a la carta del caso con #programar y la hora, por ejemplo #programar jueves 10 am; para \
                     pasar el caso, con #asignar usuario.";
