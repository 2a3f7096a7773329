//! What output looks like: headings, colours, tables that fit the terminal.

use std::fmt;
use std::io::{self, Write as _};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

/// Prints a line, as `println!` does; but whoever stops reading, such as `head`, ends the program without a word.
macro_rules! say {
    ($($part:tt)*) => {
        $crate::table::print_line(format_args!($($part)*))
    };
}
pub(crate) use say;

pub(crate) fn print_line(line: fmt::Arguments<'_>) {
    let mut out = anstream::stdout();
    if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
        std::process::exit(i32::from(error.kind() != io::ErrorKind::BrokenPipe));
    }
}

/// Prints a text as it is.
pub(crate) fn print_text(text: &[u8]) {
    let mut out = io::stdout();
    if let Err(error) = out.write_all(text).and_then(|()| out.flush()) {
        std::process::exit(i32::from(error.kind() != io::ErrorKind::BrokenPipe));
    }
}

/// A text of a board for a terminal, which shall not take it for commands. Lines stay lines.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The same for a place that has one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).replace('\n', "\u{fffd}")
}

/// Prints a remark beside the result, which is not part of it.
pub(crate) fn note(text: &str) {
    anstream::eprintln!("{}", dim(text));
}

/// Prints a paragraph that fits the terminal.
pub(crate) fn paragraph(text: &str) {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.add_row([text]);
    say!("");
    table
        .lines()
        .for_each(|line| say!("{}", line.trim_end().strip_prefix(' ').unwrap_or_else(|| line.trim_end())));
}

/// The escape sequences that `anstream` takes out where there is no terminal for them.
const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[31;1m";
const GREEN: &str = "\u{1b}[32;1m";
const YELLOW: &str = "\u{1b}[33;1m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

pub(crate) fn red(text: &str) -> String {
    format!("{RED}{text}{PLAIN}")
}

pub(crate) fn green(text: &str) -> String {
    format!("{GREEN}{text}{PLAIN}")
}

pub(crate) fn yellow(text: &str) -> String {
    format!("{YELLOW}{text}{PLAIN}")
}

pub(crate) fn dim(text: &str) -> String {
    format!("{DIM}{text}{PLAIN}")
}

/// The title of what follows.
pub(crate) fn heading(text: &str) {
    say!("\n{BOLD}{text}{PLAIN}");
}

/// Prints rows under a header. Columns whose title ends in `>` are aligned to the right.
pub(crate) fn print<const N: usize>(titles: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    print_rows(&titles, rows.into_iter().map(Vec::from));
}

/// Prints rows of as many cells as there are titles, as [`print()`] does.
pub(crate) fn print_rows(titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    // A terminal without a width has not told its width.
    if table.width() == Some(0) {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(titles.iter().map(|title| Cell::new(title.trim_end_matches('>'))));
    for (column, title) in table.column_iter_mut().zip(titles) {
        if title.ends_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in rows {
        table.add_row(row);
    }
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        if index == 0 { say!("{}", dim(line)) } else { say!("{line}") }
    }
}

/// Nanometres as millimetres, exactly.
pub(crate) fn mm(nm: i64) -> String {
    let sign = if nm < 0 { "-" } else { "" };
    let nm = nm.unsigned_abs();
    let text = format!("{sign}{}.{:06}", nm / 1_000_000, nm % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::mm;

    #[test]
    fn millimetres_are_exact() {
        for (nm, text) in [
            (0, "0"),
            (1_000_000, "1"),
            (-250_000, "-0.25"),
            (123_456_789, "123.456789"),
            (-1, "-0.000001"),
            (i64::MIN, "-9223372036854.775808"),
        ] {
            assert_eq!(mm(nm), text);
        }
    }
}
