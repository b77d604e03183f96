//! Word that time runs out: of a case that nobody takes, of the office's own term, of the law's. To who steers the office, and
//! to who has the case; each thing once, and all of one moment in one letter.
use crate::desk::decision::{Letter, Office, Seccion};
use crate::desk::digest::{self, LISTED};
use crate::desk::terms::{self, Stage};
use crate::desk::vigil::{Timely, Watched, told};
use crate::office::fields::Prioridad;
use crate::office::people::Person;
use crate::spanish::when::{day_of, say, say_day};
use crate::ticket::estado::Estado;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What is told of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Law(Stage),
    Untaken,
    Late,
    Ending,
}

/// The parts of the letter, in their order.
const PARTS: [What; 7] = [
    What::Law(Stage::Overdue),
    What::Law(Stage::Eve),
    What::Law(Stage::FourFifths),
    What::Law(Stage::Half),
    What::Untaken,
    What::Late,
    What::Ending,
];

impl What {
    fn title(self) -> &'static str {
        match self {
            What::Law(Stage::Half) => "Término de ley: va la mitad",
            What::Law(Stage::FourFifths) => "Término de ley: va el 80 %",
            What::Law(Stage::Eve) => "Término de ley: está por vencer",
            What::Law(Stage::Overdue) => "Término de ley vencido",
            What::Untaken => "Nadie los ha tomado",
            What::Late => "Plazo de la oficina vencido",
            What::Ending => "Cerca de vencer el plazo de la oficina",
        }
    }
}

struct Warning<'a> {
    what: What,
    case: &'a Watched,
    /// Its own key first, then those of what it makes needless.
    keys: Vec<String>,
    due: String,
}

/// One letter to each whom something new concerns.
pub fn due(office: &Office, now: Timestamp, cases: &[Watched], done: &BTreeSet<String>) -> Option<Timely> {
    let all = cases.iter().flat_map(|case| {
        [untaken(office, now, case), running_out(office, now, case), by_law(office, now, case)].into_iter().flatten()
    });
    let new: Vec<Warning<'_>> = all.filter(|w| w.keys.first().is_some_and(|key| !done.contains(key))).collect();
    if new.is_empty() {
        return None;
    }
    let keys = new.iter().flat_map(|warning| warning.keys.iter().cloned()).collect();
    let heads = office.people.heads().map(|person| {
        let text = "Estos casos se están demorando. Hable con quien los tiene a su cargo.";
        let all: Vec<&Warning<'_>> = new.iter().collect();
        letter(office, now, person, text, &all)
    });
    let others = office.people.people.iter().filter(|person| person.active && !person.role.steers());
    let others = others.filter_map(|person| {
        let is_his = |w: &&Warning<'_>| {
            w.what != What::Untaken && w.case.ticket.tecnico.as_deref() == Some(person.usuario.as_str())
        };
        let his: Vec<&Warning<'_>> = new.iter().filter(is_his).collect();
        let text = "A estos casos suyos se les acaba el tiempo. Si uno depende de otra persona, póngalo en espera y diga de \
                    quién; el término de ley no se detiene por eso.";
        (!his.is_empty()).then(|| letter(office, now, person, text, &his))
    });
    Some(told(keys, heads.chain(others).collect(), "casos que se demoran"))
}

fn letter(office: &Office, now: Timestamp, person: &Person, text: &str, warnings: &[&Warning<'_>]) -> Letter {
    let part = |what: What| {
        let own: Vec<&&Warning<'_>> = warnings.iter().filter(|w| w.what == what).collect();
        let line =
            |w: &&&Warning<'_>| format!("{}{}", digest::line(office, now, &w.case.ticket).trim_end_matches('.'), w.due);
        let mut lineas: Vec<String> = own.iter().take(LISTED).map(line).collect();
        if own.len() > LISTED {
            lineas.push(format!("y {} más", own.len() - LISTED));
        }
        (!own.is_empty()).then(|| Seccion { titulo: format!("{} ({})", what.title(), own.len()), lineas })
    };
    let what = "Casos que necesitan su atención".to_owned();
    digest::letter(person, what, text, PARTS.into_iter().filter_map(part).collect())
}

/// What can wait is told when the office is open.
fn is_loud(office: &Office, now: Timestamp, case: &Watched) -> bool {
    case.ticket.prioridad == Prioridad::Critica || office.hours.is_open(now)
}

/// Nobody has taken it in the time for that.
fn untaken<'a>(office: &Office, now: Timestamp, case: &'a Watched) -> Option<Warning<'a>> {
    let ticket = &case.ticket;
    let is_waiting = matches!(ticket.estado, Estado::Nuevo | Estado::Asignado | Estado::Reabierto);
    // Orders from before it was opened again are not about what it is now.
    let idle = is_waiting && case.ordered.is_none_or(|at| at < case.since);
    let late = || terms::answer(office, ticket, case.since).due.is_some_and(|limit| limit <= now);
    let keys = vec![format!("sin tomar {} {}", ticket.id, case.since)];
    let is_due = idle && late() && is_loud(office, now, case);
    is_due.then(|| Warning { what: What::Untaken, case, keys, due: String::new() })
}

/// The office's own term is at its end, or over.
fn running_out<'a>(office: &Office, now: Timestamp, case: &'a Watched) -> Option<Warning<'a>> {
    let ticket = &case.ticket;
    if !terms::runs(ticket) || !is_loud(office, now, case) {
        return None;
    }
    let term = terms::solution(office, ticket, &case.waits, now);
    let passed = |limit: Option<Timestamp>| limit.is_some_and(|limit| limit <= now);
    let ending = format!("plazo {}", ticket.id);
    let (what, keys) = match (passed(term.due), passed(term.worry)) {
        (true, _) => (What::Late, vec![format!("vencido {}", ticket.id), ending]),
        (false, true) => (What::Ending, vec![ending]),
        (false, false) => return None,
    };
    let (verb, due) = (if what == What::Late { "Venció" } else { "Vence" }, term.due?);
    Some(Warning { what, case, keys, due: format!(". {verb}: {}", say(due)) })
}

/// Four fifths of the office's own term are gone, or all of it.
pub(crate) fn is_ending(office: &Office, now: Timestamp, case: &Watched) -> bool {
    let worry = || terms::solution(office, &case.ticket, &case.waits, now).worry;
    terms::runs(&case.ticket) && worry().is_some_and(|limit| limit <= now)
}

/// A stage of the law's term has begun. Waiting for somebody does not stop it; the answer does.
fn by_law<'a>(office: &Office, now: Timestamp, case: &'a Watched) -> Option<Warning<'a>> {
    let ticket = &case.ticket;
    if !ticket.estado.is_open() || !office.hours.is_open(now) {
        return None;
    }
    let term = terms::legal(office, ticket)?;
    let stage = term.stage(day_of(now))?;
    let until = Stage::ALL.into_iter().filter(|earlier| *earlier <= stage).rev();
    let keys = until.map(|stage| format!("ley {} {}", ticket.id, word(stage))).collect();
    let verb = if stage == Stage::Overdue { "Venció" } else { "Vence" };
    Some(Warning { what: What::Law(stage), case, keys, due: format!(". {verb}: {}", say_day(term.last)) })
}

/// As keys have it; never renamed.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Half => "50",
        Stage::FourFifths => "80",
        Stage::Eve => "vispera",
        Stage::Overdue => "vencido",
    }
}
