//! The periods that the office has given itself, from `rules/servicio.toml`: what the passing of time alone brings about.
use crate::office::fields::Prioridad;
use crate::office::legal::Legal;
use crate::office::rulefile::{Entry, RuleError, RuleFile};
use jiff::SignedDuration;
use jiff::civil::{Time, time};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Longest period that a file may name, in its own unit.
const LONGEST: i64 = 100_000;
/// Most letters to one address in a day that a file may name.
const MOST: i64 = 10_000;

/// Clases of a case that may have periods of their own.
const CLASES: [&str; 2] = ["alarma", "concepto_tecnico"];

/// Business minutes until a case is taken, and business hours until it is solved.
#[derive(Clone, Debug, Default)]
pub struct Periods {
    pub take: BTreeMap<Prioridad, i64>,
    pub solve: BTreeMap<Prioridad, i64>,
}

#[derive(Clone, Debug)]
pub struct Service {
    /// When the morning's digest goes out, on business days.
    pub digest: Time,
    /// From the evening's hour to the morning's no letter goes that can wait; absent: at any hour.
    pub quiet: Option<(Time, Time)>,
    /// Letters to one address in 24 hours, and to one of the office.
    pub letters: u32,
    pub letters_office: u32,
    /// Business days in which a solved case can be confirmed or denied.
    pub confirm_days: i64,
    /// Days after its end in which an answer belongs to a closed case; later it opens another one.
    pub reopen_days: i64,
    /// Business minutes until somebody must have taken a case.
    pub take: BTreeMap<Prioridad, i64>,
    /// Business hours until a case must be solved.
    pub solve: BTreeMap<Prioridad, i64>,
    /// The same two of a clase that has its own: «concepto_tecnico», «alarma».
    pub own: BTreeMap<String, Periods>,
    /// What the law gives who is not of the house.
    pub legal: Legal,
    /// Minutes from one building to another.
    pub travel: i64,
    /// Of each technician's day, in per cent: what stays free for what cannot wait.
    pub reserve: i64,
    /// When the visits of the next business day are called to mind.
    pub remind: Time,
    /// Business minutes after a visit until its technician is asked whether it took place.
    pub ask: i64,
}

impl Default for Service {
    /// What holds where the file says nothing.
    fn default() -> Service {
        let by = |values: [i64; 4]| Prioridad::ALL.iter().copied().zip(values).collect();
        Service {
            digest: time(7, 30, 0, 0),
            quiet: Some((time(19, 0, 0, 0), time(7, 0, 0, 0))),
            letters: 40,
            letters_office: 200,
            confirm_days: 3,
            reopen_days: 30,
            take: by([30, 60, 240, 480]),
            solve: by([4, 8, 24, 40]),
            own: BTreeMap::new(),
            legal: Legal::default(),
            travel: 15,
            reserve: 20,
            remind: time(15, 0, 0, 0),
            ask: 60,
        }
    }
}

impl Service {
    pub fn load(name: &str, text: &str, errors: &mut Vec<RuleError>) -> Service {
        RuleFile::read(name, text, errors, |file, entry| {
            let usual = Service::default();
            let digest = hour(file, entry, "resumen");
            let quiet = entry.table(file, "silencio", quiet).flatten();
            let letters = entry.table(file, "cartas", |file, entry| {
                (
                    within(file, entry, "por_persona", 1..=MOST),
                    within(file, entry, "por_persona_de_la_oficina", 1..=MOST),
                )
            });
            let (letters, letters_office) = letters.unwrap_or_default();
            let count = |read: Option<i64>, usual| read.and_then(|n| u32::try_from(n).ok()).unwrap_or(usual);
            let visits = entry.table(file, "visitas", |file, entry| {
                let (travel, reserve) =
                    (within(file, entry, "traslado", 0..=240), within(file, entry, "reserva", 0..=90));
                (travel, reserve, hour(file, entry, "recordatorio"), number(file, entry, "preguntar"))
            });
            let (travel, reserve, remind, ask) = visits.unwrap_or_default();
            let own = CLASES.iter().filter_map(|clase| Some(((*clase).to_owned(), entry.table(file, clase, own)?)));
            let own = own.collect();
            Service {
                digest: digest.unwrap_or(usual.digest),
                quiet: quiet.map_or(usual.quiet, |(from, to)| (from != to).then_some((from, to))),
                letters: count(letters, usual.letters),
                letters_office: count(letters_office, usual.letters_office),
                confirm_days: number(file, entry, "dias_para_confirmar").unwrap_or(usual.confirm_days),
                reopen_days: number(file, entry, "dias_para_reabrir").unwrap_or(usual.reopen_days),
                take: entry.table(file, "tomar", |f, e| periods(f, e, &usual.take)).unwrap_or(usual.take.clone()),
                solve: entry.table(file, "resolver", |f, e| periods(f, e, &usual.solve)).unwrap_or(usual.solve.clone()),
                own,
                legal: entry.table(file, "ley", Legal::read).unwrap_or(usual.legal),
                travel: travel.unwrap_or(usual.travel),
                reserve: reserve.unwrap_or(usual.reserve),
                remind: remind.unwrap_or(usual.remind),
                ask: ask.unwrap_or(usual.ask),
            }
        })
    }

    /// Working time in which a case must be solved, whatever its clase.
    pub fn to_solve(&self, prioridad: Prioridad) -> SignedDuration {
        SignedDuration::from_hours(self.solve.get(&prioridad).copied().unwrap_or(LONGEST))
    }

    /// The same, of a clase that may have its own.
    pub fn to_solve_a(&self, clase: &str, prioridad: Prioridad) -> SignedDuration {
        let own = self.own.get(clase).and_then(|own| own.solve.get(&prioridad));
        own.map_or_else(|| self.to_solve(prioridad), |hours| SignedDuration::from_hours(*hours))
    }

    /// Working time in which somebody must have taken a case of this clase.
    pub fn to_take(&self, clase: &str, prioridad: Prioridad) -> SignedDuration {
        let own = self.own.get(clase).and_then(|own| own.take.get(&prioridad));
        let minutes = own.or_else(|| self.take.get(&prioridad)).copied();
        SignedDuration::from_mins(minutes.unwrap_or(LONGEST))
    }
}

/// `[concepto_tecnico.tomar]` and `[concepto_tecnico.resolver]`.
fn own(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Periods {
    let none = BTreeMap::new();
    let take = entry.table(file, "tomar", |file, entry| periods(file, entry, &none)).unwrap_or_default();
    let solve = entry.table(file, "resolver", |file, entry| periods(file, entry, &none)).unwrap_or_default();
    Periods { take, solve }
}

fn hour(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, key: &str) -> Option<Time> {
    let text = entry.optional_text(file, key)?;
    let hour = Time::strptime("%H:%M", text.value.trim()).ok();
    if hour.is_none() {
        file.error(&text.span, format!("«{}» no es una hora; escríbala así: \"07:30\"", text.value));
    }
    hour
}

/// The evening's hour, then the morning's; the same twice: no quiet hours.
fn quiet(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<(Time, Time)> {
    let span = entry.span.clone();
    let hours = hour(file, entry, "desde").zip(hour(file, entry, "hasta"));
    if hours.is_some_and(|(from, to)| from < to) {
        file.error(
            &span,
            "«desde» es la hora de la noche y «hasta» la de la mañana: desde = \"19:00\", hasta = \"07:00\"",
        );
        return None;
    }
    hours
}

fn periods(
    file: &mut RuleFile<'_>,
    entry: &mut Entry<'_>,
    usual: &BTreeMap<Prioridad, i64>,
) -> BTreeMap<Prioridad, i64> {
    let mut periods = usual.clone();
    for prioridad in Prioridad::ALL {
        if let Some(value) = number(file, entry, prioridad.word()) {
            periods.insert(*prioridad, value);
        }
    }
    periods
}

fn number(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, key: &str) -> Option<i64> {
    within(file, entry, key, 1..=LONGEST)
}

fn within(file: &mut RuleFile<'_>, entry: &mut Entry<'_>, key: &str, fits: RangeInclusive<i64>) -> Option<i64> {
    let (value, span) = entry.integer(file, key)?;
    if fits.contains(&value) {
        return Some(value);
    }
    file.error(&span, format!("{key} = {value}: escriba un número de {} a {}", fits.start(), fits.end()));
    None
}
