//! A visit that cannot hold any more is moved: its technician will be away, a decree closed the office, something critical
//! took its hour. Each is allotted anew by the same rules, no sooner than it was, and everybody hears of it once.
use crate::desk::blanks;
use crate::desk::decision::{Away, Blanks, Decision, Disposition, Form, Letter, Office};
use crate::desk::diary::is_away;
use crate::desk::displace;
use crate::desk::manners;
use crate::desk::notice;
use crate::desk::vigil::{Timely, Watched};
use crate::desk::visits::Request;
use crate::office::fields::Prioridad;
use crate::office::people::Person;
use crate::reading::note::Kind;
use crate::spanish::when::{day_of, say_short, say_span};
use crate::ticket::agenda::Agenda;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use crate::ticket::visit::{Booked, Place, Visit};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Why a visit cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its technician is away that day, by the roster or by his own word.
    Away,
    /// He is not on the roster any more.
    Left,
    /// A decree or a circular closes the office then; its words.
    Closed(String),
    /// What cannot wait took its hour, and which case that is.
    Displaced(TicketId),
}

/// The coming visits that cannot hold, the most pressing first. One that somebody insisted on stands.
pub fn broken<'a>(office: &Office, now: Timestamp, agenda: &'a Agenda, away: &[Away]) -> Vec<(&'a Booked, Why)> {
    let critical: Vec<&Booked> = agenda.iter().filter(|booked| booked.prioridad == Prioridad::Critica).collect();
    let coming = agenda.iter().filter(|booked| booked.visit.end > now && !booked.pinned);
    let mut broken: Vec<(&Booked, Why)> =
        coming.filter_map(|booked| Some((booked, why(office, now, &critical, away, booked)?))).collect();
    broken.sort_by_key(|(booked, _)| (booked.prioridad, booked.visit.start, booked.caso));
    broken
}

fn why(office: &Office, now: Timestamp, critical: &[&Booked], away: &[Away], booked: &Booked) -> Option<Why> {
    let visit = &booked.visit;
    let Some(person) = office.people.by_usuario(&visit.tecnico).filter(|person| person.active) else {
        return Some(Why::Left);
    };
    // What has begun is in hand; what is critical keeps no hours, and gives way to nobody.
    let coming = visit.start > now;
    if coming && is_away(away, person, day_of(visit.start)) {
        return Some(Why::Away);
    }
    if booked.prioridad == Prioridad::Critica {
        return None;
    }
    let edificio = booked.place.edificio.as_deref().filter(|_| !office.is_remote(&booked.categoria));
    match office.hours.closure(visit.start, visit.end, edificio).filter(|_| coming) {
        Some(closure) => Some(Why::Closed(closure.reason.clone())),
        None => critical.iter().find(|other| other.visit.crosses(visit)).map(|other| Why::Displaced(other.caso)),
    }
}

/// The visits that cannot hold, allotted anew; each case is one thing done, under the key of the visit it had.
pub fn due(office: &Office, now: Timestamp, cases: &[Watched], away: &[Away]) -> Vec<Timely> {
    let open = || cases.iter().filter(|case| case.ticket.estado.is_open());
    let agenda: Agenda = open().filter_map(|case| Booked::of(&case.ticket)).collect();
    if broken(office, now, &agenda, away).is_empty() {
        return Vec::new();
    }
    let mut load: BTreeMap<String, u32> = BTreeMap::new();
    for usuario in open().filter_map(|case| case.ticket.tecnico.clone()) {
        *load.entry(usuario).or_default() += 1;
    }
    let cases = open().map(|case| (case.ticket.id, case)).collect();
    let mut plan = Plan { office, now, away, cases, load, agenda, timely: Vec::new() };
    // What is critical may take hours that others have: those are looked for when it has its own.
    plan.renew(|booked| booked.prioridad == Prioridad::Critica);
    plan.renew(|_| true);
    plan.timely
}

/// The agenda while it is put right.
struct Plan<'a> {
    office: &'a Office,
    now: Timestamp,
    away: &'a [Away],
    cases: BTreeMap<TicketId, &'a Watched>,
    /// Open cases by technician.
    load: BTreeMap<String, u32>,
    agenda: Agenda,
    timely: Vec<Timely>,
}

impl Plan<'_> {
    /// Takes the broken visits of this sort out of the agenda, and allots them anew one after the other.
    fn renew(&mut self, sort: impl Fn(&Booked) -> bool) {
        let Plan { office, now, away, .. } = *self;
        let broken = broken(office, now, &self.agenda, away).into_iter().filter(|(booked, _)| sort(booked));
        let broken: Vec<(Booked, Why)> = broken.map(|(booked, why)| (booked.clone(), why)).collect();
        for (booked, _) in &broken {
            self.agenda.remove(booked.caso);
        }
        for (booked, why) in broken {
            let Some(case) = self.cases.get(&booked.caso) else { continue };
            let request = Request {
                office,
                now,
                from: booked.visit.start.max(now),
                categoria: &booked.categoria,
                prioridad: booked.prioridad,
                place: Place::of(&case.ticket.ubicacion),
                agenda: &self.agenda,
                load: &self.load,
                away,
            };
            let visit = again(&request, &booked, &why);
            let mut one = moved(office, now, case, &booked, &why, visit.clone());
            if let Some(visit) = visit.as_ref().filter(|_| booked.prioridad == Prioridad::Critica) {
                let gone = displace::displaced(&self.agenda, now, booked.caso, visit);
                let Decision { facts, letters, .. } = &mut one.decision;
                let after = Ticket { tecnico: Some(visit.tecnico.clone()), ..case.ticket.clone() };
                displace::tell(office, &after, &gone, facts, letters);
            }
            self.timely.push(one);
            if let Some(visit) = visit {
                self.agenda.put(Booked { visit, ..booked });
            }
        }
    }
}

/// With the same technician where only the hour must move.
fn again(request: &Request<'_>, booked: &Booked, why: &Why) -> Option<Visit> {
    let same = request.office.people.by_usuario(&booked.visit.tecnico);
    match why {
        Why::Away | Why::Left => request.allot(),
        Why::Closed(_) | Why::Displaced(_) => same.and_then(|person| request.slot(person)).or_else(|| request.allot()),
    }
}

fn moved(office: &Office, now: Timestamp, case: &Watched, booked: &Booked, why: &Why, visit: Option<Visit>) -> Timely {
    // A visit that comes back to an hour that it had to leave before was booked anew.
    let since = case.booked.map(|at| format!(" {at}")).unwrap_or_default();
    let keys = vec![format!("mover {} {}{since}", booked.caso, booked.visit.start)];
    let before = &case.ticket;
    let Some(visit) = visit else {
        let lines = vec![format!("{}: {}", before.id, say_span(booked.visit.start, booked.visit.end))];
        let what = "Esta visita no se puede cumplir y no hay otra hora libre";
        let heads = office.people.coordination();
        let letters = heads.map(|head| notice::notice(&blanks::address(head), what, lines.clone())).collect();
        return timely(keys, Vec::new(), letters, format!("{}: sin hora", before.id));
    };
    let mut facts = Vec::new();
    if before.tecnico.as_ref() != Some(&visit.tecnico) {
        facts.push(Event::Assigned { tecnico: visit.tecnico.clone() });
    }
    facts.push(Event::Booked(visit));
    if let Why::Displaced(other) = why {
        facts.push(Event::Noted { texto: format!("Cedió su hora al caso crítico {other}.") });
    }
    let after = facts.iter().fold(before.clone(), Ticket::apply);
    let letters =
        requester(office, now, case, &after, why).into_iter().chain(technicians(office, now, case, &after, why));
    let why = format!("{}: otra hora", after.id);
    timely(keys, facts.into_iter().map(|fact| (after.id, fact)).collect(), letters.collect(), why)
}

fn timely(keys: Vec<String>, facts: Vec<(TicketId, Event)>, letters: Vec<Letter>, why: String) -> Timely {
    let decision = Decision { disposition: Disposition::Propio, facts, letters, away: Vec::new(), why };
    Timely { keys, decision }
}

/// What the person who asked reads of it. Whose absence it is, and why, is the technician's own affair.
fn reason(why: &Why) -> String {
    match why {
        Why::Away | Why::Left => "La persona que iba a atenderlo no estará ese día.".to_owned(),
        Why::Closed(reason) => {
            format!("Ese día o a esa hora la oficina no atiende ({}).", reason.trim_end_matches('.'))
        }
        Why::Displaced(_) => {
            "A esa hora tenemos que atender una emergencia. Le pedimos disculpas por el cambio.".to_owned()
        }
    }
}

fn requester(office: &Office, now: Timestamp, case: &Watched, after: &Ticket, why: &Why) -> Option<Letter> {
    let to = after.requester();
    let reachable = manners::is_readable(office, &to.correo) && after.clase != Kind::Alarma.word();
    let saludo = blanks::greeting(office, after, &to);
    let estado = "con otra hora".to_owned();
    let blanks = Blanks { saludo, estado, motivo: Some(reason(why)), ..blanks::of(office, after, now) };
    reachable.then(|| blanks::tell(Form::Estado, after, to, &case.thread, blanks))
}

/// Who goes now, and who does not have to any more.
fn technicians(office: &Office, now: Timestamp, case: &Watched, after: &Ticket, why: &Why) -> Vec<Letter> {
    let person = |usuario: Option<&String>| usuario.and_then(|u| office.people.by_usuario(u)).filter(|p| p.active);
    let (old, new) = (person(case.ticket.tecnico.as_ref()), person(after.tecnico.as_ref()));
    let was = case.ticket.visita.as_ref().map(|v| say_short(v.start)).unwrap_or_default();
    let news = |person: &Person, said: String| {
        blanks::news(office, after, person, &case.thread, now, (String::new(), said), &[])
    };
    if case.ticket.tecnico == after.tecnico {
        let said = format!("La visita del {was} cambió de hora. {}", reason(why));
        return new.map(|person| news(person, said)).into_iter().collect();
    }
    let whose = new.map_or("otra persona de la oficina", |p| p.nombre.as_str());
    let said = format!("La visita del {was} la hará {whose}, a cargo de quien queda el caso.");
    let given = new.map(|person| blanks::assignment(office, after, person, &case.thread, now));
    let taken = old.map(|person| {
        let mut letter = news(person, said);
        letter.blanks.cuando = None;
        letter
    });
    given.into_iter().chain(taken).collect()
}
