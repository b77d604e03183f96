//! A technician's week drawn: days across, hours down, so that it can be read from eighty columns.
use crate::cli::terminal::{BOLD, DIM, RED, YELLOW, paint, plain, table, wrap};
use crate::cli::week::{Day, Row, Week, hour};
use crate::desk::wording;
use crate::office::fields::Prioridad;
use crate::spanish::number::counted;
use crate::spanish::when::{day_of, instant, say_day, say_weekday, time_of};
use crate::ticket::facts::Ticket;
use crate::ticket::visit::Visit;
use jiff::civil::{Time, time};

/// Below this many columns there is a list and no grid.
const GRID: u16 = 80;
/// Columns of the hour, and between two days.
const HOUR: u16 = 7;
const GAP: u16 = 2;
/// A day of the grid is no wider than this.
const WIDEST: u16 = 20;
/// What stands where nobody works.
const CLOSED: &str = "·";
/// What stands where nothing is known.
const SAYS_NOTHING: &str = "—";
/// What stands where a visit goes on.
const GOES_ON: &str = "│";

/// The whole week: its name, what is odd about its days, and each technician.
pub(crate) fn draw(week: &Week<'_>, width: u16) -> String {
    let title = wrap(&title(week), usize::from(width)).join("\n");
    let mut parts = vec![paint(BOLD, &title)];
    parts.extend(Some(notices(week)).filter(|notices| !notices.is_empty()));
    for row in &week.rows {
        parts.push(technician(week, row, width));
    }
    parts.join("\n\n")
}

/// «Semana 2026-W48, del lunes 23 de noviembre al domingo 29 de noviembre de 2026»
fn title(week: &Week<'_>) -> String {
    let Some((first, last)) = week.days.first().zip(week.days.last()) else { return week.name.clone() };
    let year = format!(" de {}", last.date.year());
    let from = say_day(first.date);
    let from = from.strip_suffix(&year).unwrap_or(&from);
    format!("Semana {}, del {from} al {}", week.name, say_day(last.date))
}

fn notices(week: &Week<'_>) -> String {
    let mut lines = Vec::new();
    for day in &week.days {
        let holiday = day.festivo.iter().map(|name| format!("festivo, {name}"));
        for notice in holiday.chain(day.avisos.iter().cloned()) {
            lines.push(paint(YELLOW, &format!("{}: {notice}", short(day))));
        }
    }
    lines.join("\n")
}

/// «lun 23»
fn short(day: &Day) -> String {
    let weekday: String = say_weekday(day.date).chars().take(3).collect();
    format!("{weekday} {}", day.date.day())
}

fn technician(week: &Week<'_>, row: &Row<'_>, width: u16) -> String {
    let minutes: i64 = row.visits.iter().map(|(_, visit)| visit.start.duration_until(visit.end).as_mins()).sum();
    let count = match row.visits.len() {
        0 => "sin visitas".to_owned(),
        n => format!("{}, {}", counted(n, "visita", "visitas"), duration(minutes)),
    };
    let name = paint(BOLD, &format!("{} ({})", row.person.nombre, row.person.usuario));
    let mut parts = vec![format!("{name}: {count}")];
    if width >= GRID {
        parts.push(grid(week, row, width));
    } else {
        let absent = week.days.iter().zip(&row.ausente).filter(|(_, away)| **away).map(|(day, _)| short(day));
        let absent = absent.collect::<Vec<_>>().join(", ");
        parts.extend(Some(absent).filter(|days| !days.is_empty()).map(|days| format!("Ausente: {days}")));
    }
    if !row.visits.is_empty() {
        let mut head = vec!["Caso", "Cuándo", "Dónde", "Quién", "Respuesta"];
        let mut rows: Vec<Vec<String>> = row.visits.iter().map(|(ticket, visit)| detail(ticket, visit)).collect();
        if rows.iter().all(|row| row.last().is_some_and(|answer| answer == SAYS_NOTHING)) {
            head.pop();
            rows.iter_mut().for_each(|row| drop(row.pop()));
        }
        parts.push(format!("\n{}", plain(&table(width, &head, &rows))));
    }
    parts.join("\n")
}

/// «2 h 30 min»
fn duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn detail(ticket: &Ticket, visit: &Visit) -> Vec<String> {
    let day = day_of(visit.start);
    let weekday: String = say_weekday(day).chars().take(3).collect();
    let when = format!("{weekday} {} {}-{}", day.day(), hour(time_of(visit.start)), hour(time_of(visit.end)));
    let place = wording::lugar(&ticket.ubicacion).or_else(|| ticket.dependencia.as_ref().map(|d| d.0.clone()));
    let who = ticket.contacto.nombre.clone().unwrap_or_else(|| ticket.solicitante.clone());
    let who = ticket.contacto.extension.as_ref().map_or(who.clone(), |ext| format!("{who}, ext. {ext}"));
    vec![ticket.id.to_string(), when, place.unwrap_or_else(|| SAYS_NOTHING.to_owned()), who, answer(ticket)]
}

/// What the calendar of who asked has answered to the hour that stands.
fn answer(ticket: &Ticket) -> String {
    let cita = ticket.seguimiento.cita.as_ref();
    let said = cita.and_then(|cita| {
        let last = cita.respuestas.get(&ticket.solicitante)?;
        (last.secuencia == cita.invited.secuencia).then(|| last.respuesta.to_string())
    });
    said.unwrap_or_else(|| SAYS_NOTHING.to_owned())
}

/// Days on which there is nothing to do and never is are left out.
fn columns<'a>(week: &'a Week<'_>, row: &Row<'_>) -> Vec<(usize, &'a Day)> {
    let busy = |day: &Day| row.visits.iter().any(|(_, visit)| day_of(visit.start) == day.date);
    let usual = |at: usize, day: &Day| at < 5 || !day.horas.is_empty() || busy(day);
    week.days.iter().enumerate().filter(|(at, day)| usual(*at, day)).collect()
}

fn grid(week: &Week<'_>, row: &Row<'_>, width: u16) -> String {
    let columns = columns(week, row);
    let count = u16::try_from(columns.len()).unwrap_or(7).max(1);
    let room = usize::from(((width - HOUR) / count).saturating_sub(GAP).clamp(6, WIDEST));
    let head: Vec<String> = std::iter::once("Hora".to_owned())
        .chain(columns.iter().map(|(at, day)| {
            let away = row.ausente.get(*at).copied().unwrap_or(false);
            let why = match (&day.festivo, away, day.horas.is_empty()) {
                (Some(_), _, _) => "\nfestivo",
                (None, true, _) => "\nausente",
                (None, false, true) => "\ncerrado",
                (None, false, false) => "",
            };
            format!("{}{why}", short(day))
        }))
        .collect();
    let line = |at: i8| {
        let cells: Vec<String> = columns.iter().map(|(day, date)| cell(row, *day, date, at, room)).collect();
        // An hour in which nobody works and nothing happens is left out: the midday break, the night before a late visit.
        let says = cells.iter().any(|cell| cell != CLOSED);
        says.then(|| std::iter::once(hour(time(at, 0, 0, 0))).chain(cells).collect())
    };
    let rows: Vec<Vec<String>> = hours(row).filter_map(line).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    colour(&plain(&table(width, &head, &rows)))
}

/// From the first hour that anything of the week touches to the last.
fn hours(row: &Row<'_>) -> std::ops::Range<i8> {
    let worked = row.horas.iter().flatten().flat_map(|(from, to)| [from.hour(), last_hour(*to)]);
    let visited = row.visits.iter().flat_map(|(_, visit)| {
        let same_day = day_of(visit.start) == day_of(visit.end);
        let end = if same_day { last_hour(time_of(visit.end)) } else { 23 };
        [time_of(visit.start).hour(), end]
    });
    let all: Vec<i8> = worked.chain(visited).collect();
    let (first, last) = (all.iter().min().copied().unwrap_or(8), all.iter().max().copied().unwrap_or(7));
    first..last + 1
}

/// The hour in which a time ends: 10:00 ends in that of 9.
fn last_hour(end: Time) -> i8 {
    if end.minute() == 0 && end.hour() > 0 { end.hour() - 1 } else { end.hour() }
}

fn cell(row: &Row<'_>, day: usize, date: &Day, at: i8, room: usize) -> String {
    let start = instant(date.date, time(at, 0, 0, 0));
    let end = instant(date.date, time(at, 59, 59, 0));
    let (Some(start), Some(end)) = (start, end) else { return String::new() };
    let here = row.visits.iter().filter(|(_, visit)| visit.start <= end && start < visit.end);
    let lines: Vec<String> =
        here.flat_map(|(ticket, visit)| lines(ticket, visit, visit.start >= start, room)).collect();
    if !lines.is_empty() {
        return lines.join("\n");
    }
    let open = row
        .horas
        .get(day)
        .into_iter()
        .flatten()
        .any(|(from, to)| from.hour() <= at && (to.hour() > at || to.hour() == at && to.minute() > 0));
    if open { String::new() } else { CLOSED.to_owned() }
}

/// «9:30 17» and where; a mark for the hours in which it goes on.
fn lines(ticket: &Ticket, visit: &Visit, begins: bool, room: usize) -> Vec<String> {
    if !begins {
        return vec![GOES_ON.to_owned()];
    }
    let urgent = if ticket.prioridad == Prioridad::Critica { "!" } else { "" };
    let first = format!("{}{urgent} {}", hour(time_of(visit.start)), ticket.id.number);
    let place = wording::lugar(&ticket.ubicacion).or_else(|| ticket.dependencia.as_ref().map(|d| d.0.clone()));
    std::iter::once(cut(&first, room)).chain(place.map(|place| cut(&place, room))).collect()
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let short: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", short.trim_end())
}

/// Colour last: the table counts columns, and a terminal's codes are none.
fn colour(grid: &str) -> String {
    let grid = grid.replace(CLOSED, &paint(DIM, CLOSED)).replace('!', &paint(RED, "!"));
    ["festivo", "ausente", "cerrado"].iter().fold(grid, |grid, word| grid.replace(word, &paint(YELLOW, word)))
}
