//! `mesa-tic backtest`: the mails that came, read with today's rules and with those of another folder. Changes nothing.
use crate::cli::args::Common;
use crate::cli::board::{Board, Changed, called};
use crate::cli::score;
use crate::cli::setting::{self, WrongUse};
use crate::cli::terminal::{DIM, GREEN, RED, YELLOW, complain, paint, paint_err, say, say_json, table, width};
use crate::cli::weigh::{Change, Form, Judgement, Paper, form, gold};
use crate::config::Config;
use crate::exam::paper::{self, EXAMPLES, Example};
use crate::handbook;
use crate::handbook::Handbook;
use crate::mail;
use crate::mail::message::Address;
use crate::reading;
use crate::spanish::when;
use crate::store::db::Store;
use crate::store::labels::Stored;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Labelled mails of a folder that are read at a time.
const HANDFUL: usize = 256;
/// Characters of a value that the table shows.
const SHOWN: usize = 90;

/// What the command line asks for.
pub(crate) struct Ask<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) since: Option<&'a str>,
    pub(crate) labelled: &'a [PathBuf],
    /// Changed mails to show; 0 for all.
    pub(crate) worst: usize,
    pub(crate) json: bool,
}

pub(crate) fn run(common: &Common, ask: &Ask<'_>) -> Result<ExitCode> {
    let since = ask.since.map(day).transpose()?;
    let config = (common.config.is_some() || setting::path(common).is_file()).then(|| setting::config(common));
    let config = config.transpose()?;
    if config.is_none() && ask.labelled.is_empty() {
        let path = setting::path(common);
        let what = "sin configuración no hay correos guardados; indíquela con --config ARCHIVO, o una carpeta etiquetada \
                    con --labelled CARPETA";
        return Err(WrongUse(format!("no existe {}: {what}", path.display())).into());
    }
    let today = match &config {
        Some(config) => setting::handbook(common, config)?,
        None => setting::handbook_without_config(common)?,
    };
    let other = other(ask.dir, config.as_ref())?;
    let store = config.as_ref().map(|_| setting::store(common)).transpose()?;
    let labelled = labelled(common, config.as_ref(), ask)?;
    let stored = store.as_ref().map(|store| store.count_stored(since)).transpose()?.unwrap_or_default();
    let bar = bar(stored + labelled.len() as u64);
    let read = |bytes: &[u8]| {
        let mail = mail::parse(bytes);
        [&today, &other].map(|book| form(&reading::read(&book.rules, &book.office.people, &mail)))
    };
    let mut board = Board::default();
    if let Some(store) = &store {
        board = over_the_store(store, since, board, &bar, &read)?;
    }
    for papers in labelled.chunks(HANDFUL) {
        board = board.weighing(papers, read);
        bar.inc(papers.len() as u64);
    }
    bar.finish_and_clear();
    board.sort();
    if ask.json {
        say_json(&board.object())?;
    } else {
        tell(&board, ask.worst);
    }
    Ok(if board.fallen().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first moment of a day in Colombia.
pub(crate) fn day(text: &str) -> Result<Timestamp> {
    let day: Option<Date> = text.parse().ok();
    day.and_then(|day| when::instant(day, Time::midnight()))
        .ok_or_else(|| WrongUse(format!("«{text}» no es una fecha; escríbala así: --since 2026-11-01")).into())
}

/// The handbook of the folder that is on trial; or all its faults.
fn other(dir: &Path, config: Option<&Config>) -> Result<Handbook> {
    let files = handbook::from_dir(dir).map_err(WrongUse)?;
    let nobody = Address { correo: "mesa@localhost".to_owned(), nombre: None };
    let desk = config.map_or(&nobody, |config| &config.desk);
    let loaded = Handbook::load(&files, desk);
    loaded.map_err(|faults| setting::listing(&format!("las reglas ({})", dir.display()), &faults).into())
}

/// The labelled folders that were named, and the examples beside the rules: those on trial, else today's.
fn labelled(common: &Common, config: Option<&Config>, ask: &Ask<'_>) -> Result<Vec<Paper>> {
    let rules = common.rules.as_deref().or(config.and_then(|config| config.rules.as_deref()));
    let beside = [Some(ask.dir), rules].into_iter().flatten().find(|dir| dir.join(EXAMPLES).is_dir());
    let mut examples = Vec::new();
    for dir in ask.labelled {
        examples.extend(score::labelled(dir)?);
    }
    if let Some(dir) = beside.filter(|dir| !ask.labelled.contains(&dir.join(EXAMPLES))) {
        examples.extend(paper::beside(dir).map_err(|faults| setting::listing("los ejemplos", &faults))?);
    }
    let paper = |example: Example| {
        let labels = gold(&example.gold);
        Paper { name: example.file, row: None, bytes: example.bytes, labels }
    };
    Ok(examples.into_iter().map(paper).collect())
}

fn over_the_store(
    store: &Store,
    since: Option<Timestamp>,
    mut board: Board,
    bar: &ProgressBar,
    read: &(impl Fn(&[u8]) -> [Form; 2] + Sync),
) -> Result<Board> {
    let mut after = 0;
    loop {
        let mails = store.stored(since, after)?;
        let Some(last) = mails.last() else { return Ok(board) };
        after = last.row;
        let papers: Vec<Paper> = mails.into_iter().map(stored).collect();
        board = board.weighing(&papers, read);
        bar.inc(papers.len() as u64);
    }
}

fn stored(mail: Stored) -> Paper {
    let Stored { row, caso, bytes, labels } = mail;
    let name = caso.map_or_else(|| "sin caso".to_owned(), |id| id.to_string());
    Paper { name, row: Some(row), bytes, labels }
}

/// On a terminal, and only there, how far it has come.
fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} de {len} correos, faltan {eta}");
    let bar = ProgressBar::new(length);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// The summary, the changed mails, and what falls.
fn tell(board: &Board, worst: usize) {
    say(&format!(
        "{} correos leídos dos veces, {} con etiquetas; cambian {}.",
        board.read,
        board.labelled,
        board.changed.len()
    ));
    let rows = summary(board);
    if !rows.is_empty() {
        let head = ["campo", "cambian", "mejor", "peor", "F1 hoy", "F1 con las otras"];
        say(&format!("\n{}", table(width(), &head, &rows)));
    }
    let shown = if worst == 0 { board.changed.len() } else { worst };
    let rows: Vec<Vec<String>> = board.changed.iter().take(shown).flat_map(mail_rows).collect();
    if !rows.is_empty() {
        say(&format!("\n{}", table(width(), &["correo", "campo", "hoy", "con las otras", "regla", "juicio"], &rows)));
    }
    let hidden = board.changed.len().saturating_sub(shown);
    if hidden > 0 {
        complain(&format!("Cambian {hidden} correos más; con --worst 0 se ven todos."));
    }
    for name in &board.unreadable {
        say(&paint(YELLOW, &format!("No se pudo leer {name}: hace fallar al programa; los demás se leyeron.")));
    }
    let fallen = board.fallen();
    for (what, before, after) in &fallen {
        say(&paint(RED, &format!("Baja: {what}, de {before:.3} a {after:.3}.")));
    }
    if fallen.is_empty() && board.labelled > 0 {
        say(&paint(GREEN, "Ninguna cifra etiquetada baja."));
    }
    if board.labelled == 0 {
        complain(&paint_err(DIM, "No hay etiquetas ni correcciones: se ve qué cambia, no si es para bien."));
    }
}

/// The boxes that change or are labelled, then the labelled mails as wholes.
fn summary(board: &Board) -> Vec<Vec<String>> {
    let number = |n: usize| if n == 0 { String::new() } else { n.to_string() };
    let row = |what: String, counts: [usize; 3], f1: Option<(f64, f64)>| {
        let f1 = f1.map_or_else(Default::default, |(before, after)| [before, after].map(|f1| format!("{f1:.3}")));
        [vec![what], counts.map(number).to_vec(), f1.to_vec()].concat()
    };
    let boxes = board.boxes.iter().map(|(campo, f)| row(campo.to_string(), [f.changed, f.better, f.worse], f.f1()));
    let whole = (board.labelled > 0).then(|| row("todo bien".to_owned(), [0; 3], Some(board.whole())));
    boxes.chain(whole).collect()
}

fn mail_rows(changed: &Changed) -> Vec<Vec<String>> {
    let called = called(&changed.name, changed.row);
    let names = std::iter::once(called).chain(std::iter::repeat(String::new()));
    let rows = names.zip(&changed.changes).map(|(name, change)| {
        let Change { campo, antes, despues, regla, juicio } = change;
        let judgement = juicio.map(judgement).unwrap_or_default();
        vec![name, campo.to_string(), shown(antes), shown(despues), regla.clone().unwrap_or_default(), judgement]
    });
    rows.collect()
}

fn judgement(juicio: Judgement) -> String {
    match juicio {
        Judgement::Mejor => "mejor".to_owned(),
        Judgement::Peor => "PEOR".to_owned(),
        Judgement::Igual => "igual de mal".to_owned(),
    }
}

/// A value on one line; a dash for a box that stays empty.
fn shown(valor: &Option<String>) -> String {
    let Some(valor) = valor else { return "—".to_owned() };
    let line = valor.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN { line } else { line.chars().take(SHOWN).chain(['…']).collect() }
}
