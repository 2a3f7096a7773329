//! What output looks like: headings, colours, tables that fit the terminal.

use std::fmt;
use std::io::{self, Write as _};

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

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
        end(&error);
    }
}

/// Prints a text as it is.
pub(crate) fn print_text(text: &[u8]) {
    let mut out = io::stdout();
    if let Err(error) = out.write_all(text).and_then(|()| out.flush()) {
        end(&error);
    }
}

/// Ends the program when stdout takes no more: without a word if nobody reads it, and with one if a disk is full.
fn end(error: &io::Error) -> ! {
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    anstream::eprintln!("{}: cannot write to stdout", red("error"));
    anstream::eprintln!("  because {error}");
    std::process::exit(1);
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

/// On a narrow terminal no column is made narrower than this: lines that go over the edge can be read, letters below each
/// other cannot.
const NARROWEST: u16 = 6;

/// Prints rows of as many cells as there are titles, as [`print()`] does.
pub(crate) fn print_rows(titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    for (index, line) in laid_out(Table::new(), titles, rows).iter().enumerate() {
        let line = line.trim_end();
        if index == 0 { say!("{}", dim(line)) } else { say!("{line}") }
    }
}

fn laid_out(mut table: Table, titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
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
    let widths = table.column_max_content_widths();
    for (column, width) in table.column_iter_mut().zip(widths) {
        // What is around the content counts too.
        let least = width.min(NARROWEST).saturating_add(2);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    table.lines().collect()
}

/// As much of an id as tells items apart, for a person. Boards of old times have ids that all begin with zeros.
pub(crate) fn short_id(id: Option<kiapi::Id>) -> String {
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    match id.get(..8) {
        None | Some("00000000") => id,
        Some(short) => short.to_owned(),
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
    use super::{Table, laid_out, mm, short_id};

    #[test]
    fn columns_of_a_narrow_terminal_can_be_read() {
        let row = ["C1", "100 µF", "Capacitor_THT:CP_Radial_D8.0mm"].map(str::to_owned);
        let lines = |width| {
            let mut table = Table::new();
            table.set_width(width);
            laid_out(table, &["Reference", "Value", "From the library"], [Vec::from(row.clone())])
        };
        assert_eq!(lines(80).len(), 2);
        for width in [1, 10, 20] {
            let words: Vec<String> = lines(width)
                .iter()
                .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                .collect();
            for word in ["C1", "Value", "library"] {
                assert!(
                    words.iter().any(|it| it.starts_with(&word[..word.len().min(6)])),
                    "{width}: {words:?}"
                );
            }
        }
    }

    #[test]
    fn ids_are_short_unless_all_begin_alike() {
        for (id, text) in [
            ("234aa39b-64ad-4fb9-b7a9-cdc8cbfb4541", "234aa39b"),
            ("00000000-0000-0000-0000-00005a2f3c10", "00000000-0000-0000-0000-00005a2f3c10"),
        ] {
            assert_eq!(short_id(id.parse().ok()), text);
        }
        assert_eq!(short_id(None), "");
    }

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
