//! A week of the office as the agenda shows it: its days, its technicians, and what each has to do when.
use crate::cli::setting::WrongUse;
use crate::desk::decision::{Away, Office};
use crate::desk::diary::is_away;
use crate::office::holidays::holidays;
use crate::office::hours::Stretch;
use crate::office::people::{Person, Role};
use crate::spanish::when::{day_of, instant};
use crate::ticket::facts::Ticket;
use crate::ticket::visit::Visit;
use anyhow::Result;
use jiff::civil::{Date, ISOWeekDate, Time, Weekday};
use jiff::{Timestamp, ToSpan};

const DAYS: usize = 7;

/// A day, and why it is not like the others.
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) festivo: Option<String>,
    /// What decrees and circulars say of it.
    pub(crate) avisos: Vec<String>,
    /// When the office is open.
    pub(crate) horas: Vec<Stretch>,
}

/// A technician's week.
pub(crate) struct Row<'a> {
    pub(crate) person: &'a Person,
    /// For each day of the week, when he works; nothing on a day on which he is away.
    pub(crate) horas: Vec<Vec<Stretch>>,
    pub(crate) ausente: Vec<bool>,
    pub(crate) visits: Vec<(&'a Ticket, &'a Visit)>,
}

pub(crate) struct Week<'a> {
    pub(crate) name: String,
    pub(crate) days: Vec<Day>,
    pub(crate) rows: Vec<Row<'a>>,
}

/// «2026-W49», as ISO 8601 numbers them; without a word the week of today. The Monday.
pub(crate) fn monday(word: Option<&str>, now: Timestamp) -> Result<Date> {
    let today = day_of(now);
    let Some(word) = word else { return Ok(first_day(today.iso_week_date())) };
    let parts = word.split_once(['W', 'w']).and_then(|(year, week)| {
        let year = year.trim_end_matches('-').parse().ok()?;
        Some((year, week.parse().ok()?))
    });
    let week = parts.and_then(|(year, week)| ISOWeekDate::new(year, week, Weekday::Monday).ok());
    let this = name(today);
    let wrong = || WrongUse(format!("«{word}» no es una semana; se escribe con año y número, como esta: {this}"));
    Ok(first_day(week.ok_or_else(wrong)?))
}

fn first_day(week: ISOWeekDate) -> Date {
    ISOWeekDate::new(week.year(), week.week(), Weekday::Monday).map_or_else(|_| week.date(), ISOWeekDate::date)
}

/// «2026-W49»
pub(crate) fn name(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}

/// Midnight of the Monday, and of the next; `None` at the calendar's end.
pub(crate) fn bounds(monday: Date) -> Option<(Timestamp, Timestamp)> {
    let next = monday.checked_add(7.days()).ok()?;
    Some((instant(monday, Time::midnight())?, instant(next, Time::midnight())?))
}

/// A visit that is still to be made, or was: one that a case did not need any more is neither.
pub(crate) fn is_real(ticket: &Ticket, now: Timestamp) -> bool {
    let dropped = ticket.seguimiento.cita.as_ref().is_some_and(|cita| cita.invited.visita.is_none());
    let begun = ticket.visita.as_ref().is_some_and(|visit| visit.start <= now);
    ticket.estado.is_open() || begun && !dropped
}

impl<'a> Week<'a> {
    /// `tickets` are those with a visit in the week; `only` the technician who is asked about.
    pub(crate) fn new(
        office: &'a Office,
        monday: Date,
        tickets: &'a [Ticket],
        away: &[Away],
        only: Option<&Person>,
    ) -> Week<'a> {
        let dates = std::iter::successors(Some(monday), |day| day.tomorrow().ok()).take(DAYS);
        let days: Vec<Day> = dates.map(|date| day(office, date)).collect();
        let visits_of = |person: &Person| -> Vec<(&Ticket, &Visit)> {
            let visits = tickets.iter().filter_map(|ticket| Some((ticket, ticket.visita.as_ref()?)));
            visits.filter(|(_, visit)| visit.tecnico == person.usuario).collect()
        };
        let mut rows = Vec::new();
        for person in &office.people.people {
            let visits = visits_of(person);
            let shown = match only {
                Some(only) => only.usuario == person.usuario,
                None => !visits.is_empty() || person.active && person.role == Role::Tecnico,
            };
            if shown {
                let ausente: Vec<bool> = days.iter().map(|day| is_away(away, person, day.date)).collect();
                let horas = days.iter().zip(&ausente).map(|(day, away)| own_hours(person, day, *away)).collect();
                rows.push(Row { person, horas, ausente, visits });
            }
        }
        Week { name: name(monday), days, rows }
    }
}

fn day(office: &Office, date: Date) -> Day {
    let festivo = holidays(date.year()).into_iter().find(|(day, _)| *day == date).map(|(_, name)| name);
    let said = office.hours.exceptions_on(date);
    let avisos = said.map(|exception| {
        let verb = if exception.open { "se atiende" } else { "no se atiende" };
        let hours = exception.hours.map(|(from, to)| format!(" de {} a {}", hour(from), hour(to))).unwrap_or_default();
        let where_to = match exception.edificios.as_slice() {
            [] => String::new(),
            edificios => format!(" en {}", edificios.join(", ")),
        };
        format!("{verb}{where_to}{hours}: {}", exception.reason)
    });
    Day { date, festivo, avisos: avisos.collect(), horas: office.hours.on(date) }
}

/// The office's hours of a day that are his as well.
fn own_hours(person: &Person, day: &Day, away: bool) -> Vec<Stretch> {
    let Some(week) = person.horario.as_ref().filter(|_| !away) else {
        return if away { Vec::new() } else { day.horas.clone() };
    };
    let both = day.horas.iter().flat_map(|a| week.on(day.date).iter().map(|b| (a.0.max(b.0), a.1.min(b.1))));
    both.filter(|(from, to)| from < to).collect()
}

/// «8:00», as a table has it.
pub(crate) fn hour(time: Time) -> String {
    format!("{}:{:02}", time.hour(), time.minute())
}
