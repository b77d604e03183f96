//! What the verbs say: data to stdout, talk to stderr, tables to the width of the terminal, colour only where somebody watches.
use crate::spanish::refusal;
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, TableComponent, presets};
use serde::Serialize;
use std::env;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();

/// Below this many columns a table of more than three is unreadable.
const NARROW: u16 = 80;
/// A column of cells no longer than this is not wrapped.
const IN_ONE_PIECE: u16 = 15;
/// A column of sentences that is narrower breaks words in two.
const SENTENCE: u16 = 10;

/// Columns of the terminal; where there is none, those of `$COLUMNS`, else 100.
pub(crate) fn width() -> u16 {
    let told = || env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| columns);
    terminal.or_else(told).unwrap_or(100).clamp(40, 200)
}

/// The text in a style, or as it is when stdout is no terminal or `NO_COLOR` is set.
pub(crate) fn paint(style: Style, text: &str) -> String {
    styled(style, text, stdout().is_terminal())
}

/// As [`paint`], for stderr.
pub(crate) fn paint_err(style: Style, text: &str) -> String {
    styled(style, text, stderr().is_terminal())
}

fn styled(style: Style, text: &str, watched: bool) -> String {
    let plain = !watched || env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    if plain { text.to_owned() } else { format!("{style}{text}{style:#}") }
}

/// A table with these headings and rows, wrapped to `width` columns; on a narrow screen, a card for each row.
pub(crate) fn table(width: u16, head: &[&str], rows: &[Vec<String>]) -> String {
    if width < NARROW && head.len() > 3 {
        return cards(width, head, rows);
    }
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    table.set_header(head.iter().copied());
    table.add_rows(rows.iter().cloned());
    let widths = table.column_max_content_widths();
    let least = |content: &u16| 2 + if *content <= IN_ONE_PIECE { *content } else { SENTENCE };
    if widths.iter().map(least).sum::<u16>() > width + 2 {
        return cards(width, head, rows);
    }
    for (column, content) in table.column_iter_mut().zip(widths) {
        column.set_padding((0, 2));
        column.set_cell_alignment(CellAlignment::Left);
        // Numbers, words and names of users stay in one piece; sentences give way.
        if content <= IN_ONE_PIECE {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt()
}

fn cards(width: u16, head: &[&str], rows: &[Vec<String>]) -> String {
    let longest = head.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let room = usize::from(width).saturating_sub(longest + 2).max(10);
    let indent = format!("\n{:longest$}  ", "");
    let line = |(name, value): (&&str, &String)| format!("{name:<longest$}  {}", wrap(value, room).join(&indent));
    let card = |row: &Vec<String>| head.iter().zip(row).map(line).collect::<Vec<_>>().join("\n");
    rows.iter().map(card).collect::<Vec<_>>().join("\n\n")
}

/// Breaks a line between words so that none is longer than `columns` characters, where words allow.
pub(crate) fn wrap(line: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last_mut();
        match last {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if last.chars().count() + 1 + word.chars().count() <= columns => {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Letters that would turn the reading direction of what follows them: U+202A–E and U+2066–9.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with nothing in it that drives a terminal: a stranger's bytes are only shown.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' || turns(c) { '·' } else { c }).collect()
}

/// Was something lost of what was to be said? On a full disk a file would hold half of it.
static CUT_SHORT: AtomicBool = AtomicBool::new(false);

pub(crate) fn is_cut_short() -> bool {
    CUT_SHORT.load(Ordering::Relaxed)
}

/// Writes data to stdout. A reader that has gone away (`| head`) is no failure.
pub(crate) fn say(text: &str) {
    let mut out = stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    if let Err(error) = written.and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        CUT_SHORT.store(true, Ordering::Relaxed);
        complain(&format!("error: la salida quedó incompleta: {}", refusal::say(&error)));
    }
}

/// Writes talk to stderr.
pub(crate) fn complain(text: &str) {
    // When stderr is closed there is nobody left to tell.
    drop(writeln!(stderr().lock(), "{text}"));
}

/// Writes a value as JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Result<()> {
    say(&serde_json::to_string_pretty(value)?);
    Ok(())
}
