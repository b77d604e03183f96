//! What the verbs say: data to stdout, talk to stderr, tables to the width of the terminal, colour only where somebody watches.
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};
use serde::Serialize;
use std::env;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();

/// Columns of the terminal; 100 when stdout is none.
pub(crate) fn width() -> u16 {
    terminal_size::terminal_size().map_or(100, |(terminal_size::Width(columns), _)| columns.max(40))
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

/// A table with these headings and rows, wrapped to `width` columns.
pub(crate) fn table(width: u16, head: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    table.set_header(head.iter().copied());
    table.add_rows(rows.iter().cloned());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        column.set_cell_alignment(CellAlignment::Left);
    }
    table.to_string()
}

/// Writes data to stdout. A reader that has gone away (`| head`) is no failure.
pub(crate) fn say(text: &str) {
    let mut out = stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    if let Err(error) = written.and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        complain(&format!("error: no se pudo escribir la salida: {error}"));
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
