//! Working hours: the week, the midday break, the holidays of Colombia and the closures that a decree orders.
use crate::office::holidays::{holidays, is_holiday};
use crate::office::rulefile::{Entry, RuleError, RuleFile, Text};
use crate::spanish::fold::fold;
use crate::spanish::when::{day_of, instant};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::borrow::Cow;
use std::sync::OnceLock;

const WEEKDAYS: [&str; 7] = ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"];
/// Days that are searched for an open hour: longer than any closure and any backlog, short enough to end.
const HORIZON: i32 = 800;

/// Two hours of one day, the first before the second.
pub type Stretch = (Time, Time);

/// Open stretches of each weekday, Monday first; empty means closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(pub [Vec<Stretch>; 7]);

/// Hours that a decree closes, or opens on a day that would be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    pub first: Date,
    pub last: Date,
    /// The hours it concerns; `None` is the whole day.
    pub hours: Option<Stretch>,
    pub open: bool,
    pub suspends_terms: bool,
    /// The buildings that it closes, as people name them; none: it concerns the whole office.
    pub edificios: Vec<String>,
    pub reason: String,
}

impl Exception {
    /// Does it concern who is in this building, folded as in a place? One for the whole office concerns everybody.
    pub fn concerns(&self, edificio: Option<&str>) -> bool {
        let names = |edificio: &str| {
            let edificio = format!(" {edificio} ");
            self.edificios.iter().any(|named| edificio.contains(&format!(" {} ", fold(named))))
        };
        self.is_for_all() || edificio.is_some_and(names)
    }

    pub fn is_for_all(&self) -> bool {
        self.edificios.is_empty()
    }
}

/// The years that the calendar knows; in any other the office is closed. The first is that of Ley 51 de 1983.
const FIRST_YEAR: i16 = 1983;
const YEARS: usize = 217;

/// Hours of one day without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    pub day: Date,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Open {
    /// What lies before, and what lies after.
    fn without(self, closed: Open) -> impl Iterator<Item = Open> {
        let before = Open { until: self.until.min(closed.from), ..self };
        let after = Open { from: self.from.max(closed.until), ..self };
        [before, after].into_iter().filter(|open| open.from < open.until)
    }
}

/// The open hours of one day on which there are any, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day<'a> {
    pub date: Date,
    pub open: Cow<'a, [Open]>,
}

impl Day<'_> {
    pub fn length(&self) -> SignedDuration {
        SignedDuration::from_secs(self.open.iter().map(|open| open.until.as_second() - open.from.as_second()).sum())
    }
}

/// The office's calendar, from `rules/horario.toml`. Days are decided in America/Bogota.
#[derive(Clone, Debug)]
pub struct Hours {
    week: Week,
    exceptions: Vec<Exception>,
    /// The open hours of each year, worked out when somebody first asks: an agenda asks for them by the thousand.
    years: Vec<OnceLock<Vec<Open>>>,
}

impl Default for Hours {
    /// Closed.
    fn default() -> Hours {
        Hours::new(Week::default(), Vec::new())
    }
}

impl Week {
    /// Reads `lunes = ["08:00-12:00", "14:00-18:00"]` and its kin; a day that is not named is closed.
    pub fn read(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Week {
        Week(WEEKDAYS.map(|day| {
            let texts = entry.texts(file, day);
            let mut stretches: Vec<Stretch> = texts.iter().filter_map(|text| stretch(file, text)).collect();
            stretches.sort();
            if let Some(text) = texts.first()
                && stretches.windows(2).any(|pair| matches!(pair, [a, b] if a.1 > b.0))
            {
                file.error(&text.span, format!("las franjas de «{day}» se cruzan; escriba cada hora una sola vez"));
            }
            stretches
        }))
    }

    pub fn on(&self, day: Date) -> &[Stretch] {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.0.get(weekday).map(Vec::as_slice).unwrap_or_default()
    }

    /// The longest time open without a break, in minutes.
    pub fn longest(&self) -> i64 {
        self.0.iter().flatten().map(|(from, to)| from.duration_until(*to).as_mins()).max().unwrap_or(0)
    }
}

impl Hours {
    pub fn new(week: Week, exceptions: Vec<Exception>) -> Hours {
        Hours { week, exceptions, years: (0..YEARS).map(|_| OnceLock::new()).collect() }
    }

    /// The same calendar, with one more closure or opening; it has the last word.
    pub fn with(&self, exception: Exception) -> Hours {
        Hours::new(self.week.clone(), self.exceptions.iter().cloned().chain([exception]).collect())
    }

    pub fn week(&self) -> &Week {
        &self.week
    }

    /// What decrees and circulars say of one day, in their order.
    pub fn exceptions_on(&self, day: Date) -> impl DoubleEndedIterator<Item = &Exception> {
        self.exceptions.iter().filter(move |e| e.first <= day && day <= e.last)
    }

    pub fn load(name: &str, text: &str, errors: &mut Vec<RuleError>) -> Hours {
        RuleFile::read(name, text, errors, |file, entry| {
            let span = entry.span.clone();
            let week = entry.table(file, "semana", Week::read).unwrap_or_default();
            if week.longest() == 0 {
                file.error(&span, "la oficina no abre nunca; escriba [semana] con lunes = [\"08:00-12:00\", …]");
            }
            let exceptions = entry.tables(file, "excepcion", |file, entry| exception(&week, file, entry));
            Hours::new(week, exceptions.into_iter().flatten().collect())
        })
    }

    /// Is the office open at this instant?
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.stretches(None, at).next().is_some_and(|(start, end)| start <= at && at < end)
    }

    /// The open hours of one day: the week's, unless it is a holiday, less and plus what decrees say, in their order.
    pub fn on(&self, day: Date) -> Vec<Stretch> {
        self.unless_holiday(day, is_holiday(day))
    }

    /// The last day before this one on which the office opened, within two years.
    pub fn opened_before(&self, day: Date) -> Option<Date> {
        let mut days = std::iter::successors(day.yesterday().ok(), |day| day.yesterday().ok());
        let first = day.saturating_sub(HORIZON.days());
        days.find(|day| *day < first || !self.on(*day).is_empty()).filter(|day| *day >= first)
    }

    /// The decree or circular that closes some of these hours of one day, and after which no other opens them.
    /// That of the whole office, or of the building when one is given.
    pub fn closure(&self, from: Timestamp, to: Timestamp, edificio: Option<&str>) -> Option<&Exception> {
        let day = day_of(from);
        let crosses = |exception: &&Exception| match exception.hours {
            None => true,
            Some((start, end)) => {
                let bounds = (instant(day, start), instant(day, end));
                matches!(bounds, (Some(start), Some(end)) if start < to && from < end)
            }
        };
        let said = self.exceptions_on(day).filter(|e| e.concerns(edificio)).rfind(crosses);
        said.filter(|exception| !exception.open)
    }

    fn unless_holiday(&self, day: Date, is_holiday: bool) -> Vec<Stretch> {
        let mut open = if is_holiday { Vec::new() } else { self.week.on(day).to_vec() };
        for exception in self.exceptions_on(day).filter(|e| e.is_for_all()) {
            open = match (exception.open, exception.hours) {
                (false, None) => Vec::new(),
                (false, Some(hours)) => subtract(&open, hours),
                (true, None) => self.week.on(day).to_vec(),
                (true, Some(hours)) => unite(subtract(&open, hours), hours),
            };
        }
        open
    }

    /// Open stretches from an instant on, the running one cut to begin there; with somebody's own week, only the hours
    /// that are in both. Ends after two years.
    pub fn stretches<'a>(
        &'a self,
        own: Option<&'a Week>,
        from: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
        self.open_from(own, from).map(|open| (open.from, open.until))
    }

    /// As [`Hours::stretches`], with the day of each.
    pub fn open_from<'a>(&'a self, own: Option<&'a Week>, from: Timestamp) -> impl Iterator<Item = Open> + 'a {
        let open = self.days_from(own, from).flat_map(|day| day.open.into_owned());
        open.filter(move |open| open.until > from).map(move |open| Open { from: open.from.max(from), ..open })
    }

    /// The days from that of an instant on, each whole; with somebody's own week, only the hours that are in both. Ends after two
    /// years.
    pub fn days_from<'a>(&'a self, own: Option<&'a Week>, from: Timestamp) -> impl Iterator<Item = Day<'a>> {
        let first = day_of(from);
        let last = first.saturating_add(HORIZON.days());
        let years = (first.year()..=last.year()).map(|year| self.year(year));
        years
            .flat_map(move |year| {
                year.get(year.partition_point(|open| open.day < first)..).unwrap_or_default().chunk_by(same_day)
            })
            .filter_map(move |open| {
                let date = open.first()?.day;
                let both = own.map(|own| open.iter().flat_map(|open| within(*open, Some(own))).collect());
                Some(Day { date, open: both.map_or(Cow::Borrowed(open), Cow::Owned) })
            })
            .take_while(move |day| day.date < last)
            .filter(|day| !day.open.is_empty())
    }

    /// What is left of open hours for who must go to this building: without those in which a decree closes it.
    pub fn open_in(&self, open: Open, edificio: Option<&str>) -> Vec<Open> {
        let Some(edificio) = edificio else { return vec![open] };
        let closures = self.exceptions_on(open.day).filter(|e| !e.is_for_all() && e.concerns(Some(edificio)));
        closures.fold(vec![open], |left, closure| {
            let (from, until) = closure.hours.unwrap_or((Time::MIN, Time::MAX));
            let closed = at(open.day, (from, until));
            closed.map_or(Vec::new(), |closed| left.into_iter().flat_map(|open| open.without(closed)).collect())
        })
    }

    /// The working time of one day; with somebody's own week, only what is in both.
    pub fn length(&self, own: Option<&Week>, day: Date) -> SignedDuration {
        let year = self.year(day.year());
        let today = year.get(year.partition_point(|open| open.day < day)..).unwrap_or_default();
        let today = today.iter().take_while(|open| open.day == day).flat_map(|open| within(*open, own));
        today.map(|open| open.from.duration_until(open.until)).sum()
    }

    fn year(&self, year: i16) -> &[Open] {
        let known = usize::try_from(year - FIRST_YEAR).ok().and_then(|at| self.years.get(at));
        known.map(|hours| hours.get_or_init(|| self.work_out(year)).as_slice()).unwrap_or_default()
    }

    fn work_out(&self, year: i16) -> Vec<Open> {
        let holidays: Vec<Date> = holidays(year).into_iter().map(|(day, _)| day).collect();
        let new_year = Date::new(year, 1, 1).ok();
        let days = std::iter::successors(new_year, |day| day.tomorrow().ok()).take_while(|day| day.year() == year);
        days.flat_map(|day| {
            let open = self.unless_holiday(day, holidays.contains(&day));
            open.into_iter().filter_map(move |hours| at(day, hours))
        })
        .collect()
    }

    /// Working time between two instants, however far apart; none when they are out of order.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let open = self.known_from(from).take_while(|(start, _)| *start < to);
        open.map(|(start, end)| start.duration_until(end.min(to)))
            .fold(SignedDuration::ZERO, SignedDuration::saturating_add)
    }

    /// Open stretches from an instant on, to the end of the years that the calendar knows: a wait of years is counted whole.
    fn known_from(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let years = (day_of(from).year()..).take(YEARS).map(|year| self.year(year));
        let open =
            years.flat_map(move |year| year.get(year.partition_point(|open| open.until <= from)..).unwrap_or_default());
        open.map(move |open| (open.from.max(from), open.until))
    }

    /// The instant at which so much working time has passed since `from`.
    pub fn after(&self, from: Timestamp, work: SignedDuration) -> Option<Timestamp> {
        let mut left = work;
        for (start, end) in self.known_from(from) {
            let open = start.duration_until(end);
            if left <= open {
                return start.checked_add(left).ok();
            }
            left -= open;
        }
        None
    }
}

fn same_day(one: &Open, other: &Open) -> bool {
    one.day == other.day
}

fn at(day: Date, (from, until): Stretch) -> Option<Open> {
    Some(Open { day, from: instant(day, from)?, until: instant(day, until)? })
}

/// What somebody's own week leaves of these hours.
fn within(open: Open, own: Option<&Week>) -> impl Iterator<Item = Open> {
    let whole = own.is_none().then_some(open);
    let parts = own.map(|week| week.on(open.day)).unwrap_or_default();
    let both = parts.iter().filter_map(move |hours| at(open.day, *hours)).map(move |own| Open {
        from: own.from.max(open.from),
        until: own.until.min(open.until),
        ..open
    });
    whole.into_iter().chain(both.filter(|open| open.from < open.until))
}

fn exception(week: &Week, file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Exception> {
    let first = entry.text(file, "desde");
    let last = entry.optional_text(file, "hasta");
    let hours = entry.optional_text(file, "horas");
    let open = entry.flag(file, "abierto").unwrap_or(false);
    let suspends_terms = entry.flag(file, "suspende_terminos").unwrap_or(false);
    let edificios: Vec<String> = entry.texts(file, "edificios").into_iter().map(|text| text.value).collect();
    let reason = entry.text(file, "motivo")?.value;
    let first = first?;
    if !edificios.is_empty() && (open || suspends_terms) {
        file.error(&first.span, "«edificios» solo sirve para cerrar: quite «abierto» y «suspende_terminos»");
        return None;
    }
    let (from, to) = days(file, &first, last.as_ref())?;
    let hours = match &hours {
        Some(text) => Some(stretch(file, text)?),
        None => None,
    };
    if open && hours.is_none() && week.on(from).is_empty() {
        file.error(&first.span, "ese día la oficina no abre de ordinario; escriba también horas = \"08:00-12:00\"");
    }
    Some(Exception { first: from, last: to, hours, open, suspends_terms, edificios, reason })
}

/// The first and the last day, the same when there is only one; a fault when they are no dates or out of order.
pub fn days(file: &mut RuleFile<'_>, first: &Text, last: Option<&Text>) -> Option<(Date, Date)> {
    let from = date(file, first);
    let to = last.map_or(from, |last| date(file, last));
    let (from, to) = (from?, to?);
    if to < from {
        file.error(&first.span, format!("«desde» ({from}) es posterior a «hasta» ({to})"));
        return None;
    }
    Some((from, to))
}

/// A day as the rule files write it; a fault when it is none.
pub(crate) fn date(file: &mut RuleFile<'_>, text: &Text) -> Option<Date> {
    let day = text.value.trim().parse::<Date>().ok();
    if day.is_none() {
        file.error(&text.span, format!("«{}» no es una fecha; escríbala así: \"2026-12-24\"", text.value));
    }
    day
}

fn stretch(file: &mut RuleFile<'_>, text: &Text) -> Option<Stretch> {
    let hour = |part: &str| Time::strptime("%H:%M", part.trim()).ok();
    let hours = text.value.split_once('-').and_then(|(from, to)| Some((hour(from)?, hour(to)?)));
    match hours {
        Some((from, to)) if from < to => return Some((from, to)),
        Some(_) => file.error(&text.span, format!("en «{}» el comienzo no es anterior al final", text.value)),
        None => file.error(&text.span, format!("«{}» no es una franja; escríbala así: \"08:00-12:00\"", text.value)),
    }
    None
}

fn subtract(open: &[Stretch], closed: Stretch) -> Vec<Stretch> {
    let before = |s: &Stretch| (s.0, s.1.min(closed.0));
    let after = |s: &Stretch| (s.0.max(closed.1), s.1);
    open.iter().flat_map(|s| [before(s), after(s)]).filter(|(from, to)| from < to).collect()
}

/// Adds hours that touch none of the open ones but at their ends, and joins what touches.
fn unite(mut open: Vec<Stretch>, more: Stretch) -> Vec<Stretch> {
    open.push(more);
    open.sort();
    open.dedup_by(|later, earlier| {
        let touches = earlier.1 >= later.0;
        if touches {
            earlier.1 = earlier.1.max(later.1);
        }
        touches
    });
    open
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::spanish::when::say_span;
    use expect_test::{Expect, expect};
    use jiff::civil::time;

    const OFFICE: &str = r#"
[semana]
lunes = ["08:00-12:00", "14:00-18:00"]
martes = ["08:00-12:00", "14:00-18:00"]
miercoles = ["08:00-12:00", "14:00-18:00"]
jueves = ["08:00-12:00", "14:00-18:00"]
viernes = ["08:00-12:00", "14:00-17:00"]

[[excepcion]]
desde = "2026-12-24"
horas = "12:00-18:00"
motivo = "Circular 12"

[[excepcion]]
desde = "2026-12-28"
hasta = "2026-12-29"
suspende_terminos = true
motivo = "Decreto 900"

[[excepcion]]
desde = "2026-12-19"
horas = "08:00-13:00"
abierto = true
motivo = "Se compensa el 28"
"#;

    fn office() -> Hours {
        let mut errors = Vec::new();
        let hours = Hours::load("horario.toml", OFFICE, &mut errors);
        assert_eq!(errors, []);
        hours
    }

    fn at(text: &str) -> Timestamp {
        let civil: jiff::civil::DateTime = text.parse().unwrap();
        instant(civil.date(), civil.time()).unwrap()
    }

    fn check(from: &str, count: usize, expected: Expect) {
        let hours = office();
        let found: Vec<_> = hours.stretches(None, at(from)).take(count).map(|(a, b)| say_span(a, b)).collect();
        expected.assert_eq(&found.join("\n"));
    }

    #[test]
    fn the_weekend_the_break_and_the_holiday_are_closed() {
        check(
            "2026-12-04 16:30",
            3,
            expect![[r#"
                viernes 4 de diciembre de 2026, de 4:30 p. m. a 5:00 p. m.
                lunes 7 de diciembre de 2026, de 8:00 a. m. a 12:00 m.
                lunes 7 de diciembre de 2026, de 2:00 p. m. a 6:00 p. m."#]],
        );
        check("2026-12-07 18:00", 1, expect!["miércoles 9 de diciembre de 2026, de 8:00 a. m. a 12:00 m."]);
    }

    #[test]
    fn decrees_close_and_open() {
        check(
            "2026-12-18 18:00",
            2,
            expect![[r#"
                sábado 19 de diciembre de 2026, de 8:00 a. m. a 1:00 p. m.
                lunes 21 de diciembre de 2026, de 8:00 a. m. a 12:00 m."#]],
        );
        check(
            "2026-12-24 08:00",
            2,
            expect![[r#"
                jueves 24 de diciembre de 2026, de 8:00 a. m. a 12:00 m.
                miércoles 30 de diciembre de 2026, de 8:00 a. m. a 12:00 m."#]],
        );
    }

    #[test]
    fn working_time_passes_only_while_open() {
        let hours = office();
        let after = |from: &str, minutes: i64| hours.after(at(from), SignedDuration::from_mins(minutes)).unwrap();
        assert_eq!(after("2026-11-25 11:30", 60), at("2026-11-25 14:30"));
        assert_eq!(after("2026-11-25 13:00", 0), at("2026-11-25 14:00"));
        assert_eq!(after("2026-12-04 16:00", 8 * 60), at("2026-12-07 17:00"));
        assert!(hours.is_open(at("2026-11-25 11:59")) && !hours.is_open(at("2026-11-25 12:00")));
        assert_eq!(after("2026-11-28 09:00", 0), at("2026-11-30 08:00"));
    }

    #[test]
    fn every_fault_is_told() {
        let mut errors = Vec::new();
        let text = "[semana]\nlunes = [\"8-12\", \"14:00-13:00\"]\nmartes = [\"08:00-12:00\", \"11:00-13:00\"]\n\
                    [[excepcion]]\ndesde = \"24/12/2026\"\nmotivo = \"x\"\n[[excepcion]]\ndesde = \"2026-12-26\"\n\
                    abierto = true\nmotivo = \"sábado\"\n";
        Hours::load("horario.toml", text, &mut errors);
        let told: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.line, e.what)).collect();
        expect![[r#"
            2: «8-12» no es una franja; escríbala así: "08:00-12:00"
            2: en «14:00-13:00» el comienzo no es anterior al final
            3: las franjas de «martes» se cruzan; escriba cada hora una sola vez
            5: «24/12/2026» no es una fecha; escríbala así: "2026-12-24"
            8: ese día la oficina no abre de ordinario; escriba también horas = "08:00-12:00""#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn a_circular_may_close_one_building() {
        let text = OFFICE.to_owned()
            + "[[excepcion]]\ndesde = \"2026-12-01\"\nhoras = \"10:00-15:00\"\nedificios = [\"Palacio\"]\nmotivo = \"Fumigación\"\n";
        let mut errors = Vec::new();
        let hours = Hours::load("horario.toml", &text, &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        let day = "2026-12-01".parse().unwrap();
        let (from, to) = (instant(day, time(11, 0, 0, 0)).unwrap(), instant(day, time(11, 30, 0, 0)).unwrap());
        assert!(hours.is_open(from), "the office goes on");
        assert_eq!(hours.closure(from, to, None), None);
        assert_eq!(hours.closure(from, to, Some("4-24")), None);
        assert!(hours.closure(from, to, Some("palacio tayrona")).is_some());
        let left = |edificio| {
            let open = hours.open_from(None, instant(day, Time::MIN).unwrap()).take_while(|open| open.day == day);
            open.flat_map(|open| hours.open_in(open, edificio)).map(|o| say_span(o.from, o.until)).collect::<Vec<_>>()
        };
        assert_eq!(left(Some("palacio")).len(), 2);
        assert!(
            left(Some("palacio")).iter().any(|span| span.ends_with("de 8:00 a. m. a 10:00 a. m.")),
            "{:?}",
            left(Some("palacio"))
        );
        assert!(left(Some("palacio")).iter().any(|span| span.ends_with("de 3:00 p. m. a 6:00 p. m.")));
        assert_eq!(left(Some("4-24")), left(None));
        let wrong = text.replace("motivo = \"Fumigación\"", "motivo = \"x\"\nabierto = true");
        Hours::load("horario.toml", &wrong, &mut errors);
        assert!(errors.iter().any(|e| e.to_string().contains("«edificios» solo sirve para cerrar")), "{errors:?}");
    }
}
