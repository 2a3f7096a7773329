//! TOML with positions: what the readers of the tables share.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{PROPOSED, Proposal};
use crate::problems::{Location, Problem, Problems};

/// A TOML file that is being read, with what was found wrong in it so far.
pub(super) struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    pub(super) problems: Problems,
}

impl<'a> Reader<'a> {
    /// Begins to read `text`, which came from `file`; a file that is no TOML is a problem of its own.
    pub(super) fn new(file: &'a Path, text: &'a str) -> (Self, DeTable<'a>) {
        let mut reader = Self { file, text, problems: Problems::default() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let location = error.span().map_or_else(|| Location::file(file), |span| reader.at(&span));
            reader.problems.add(Problem::new(
                &location,
                error.message(),
                "see https://toml.io for the format",
            ));
        }
        (reader, table.into_inner())
    }

    pub(super) fn at(&self, span: &Range<usize>) -> Location {
        Location::at_offset(self.file, self.text, span.start)
    }

    pub(super) fn problem(&mut self, span: &Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        let location = self.at(span);
        self.problems.add(Problem::new(&location, what, help));
    }

    /// The text that `value` holds; a problem if it is none.
    pub(super) fn string(&mut self, value: &Spanned<DeValue<'_>>, of: &str) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        self.problem(&value.span(), format!("{of} is not a string"), "write it in quotes");
        None
    }

    /// Why `value` is proposed, if nobody looked at it yet: the comment behind it says so.
    pub(super) fn proposal(&self, key: &Range<usize>, value: &Range<usize>) -> Option<Proposal> {
        let behind = self.text.get(value.end..)?.lines().next()?;
        let reason = behind.trim_start().strip_prefix(PROPOSED)?;
        Some(Proposal { location: self.at(key), reason: reason.trim_end().to_owned() })
    }

    /// Calls `leaf` for every value whose path satisfies `is_leaf`, with the names that lead to it.
    pub(super) fn leaves(
        &mut self,
        table: &DeTable<'_>,
        path: &mut Vec<String>,
        is_leaf: &dyn Fn(&DeValue<'_>) -> bool,
        leaf: &mut Leaf<'_, Self>,
    ) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            match value.get_ref() {
                DeValue::Table(inner) if !is_leaf(value.get_ref()) => self.leaves(inner, path, is_leaf, leaf),
                _ => leaf(self, path, key.span(), value),
            }
            path.pop();
        }
    }
}

/// What is called for a value: with the names that lead to it, the place of its key, and the value.
type Leaf<'a, T> = dyn FnMut(&mut T, &[String], Range<usize>, &Spanned<DeValue<'_>>) + 'a;

/// Reads a table from `proto/`; a file that is missing or no UTF-8 is a problem like any other.
pub(super) fn read(path: &Path, shown: &Path) -> Result<String, Problems> {
    std::fs::read_to_string(path).map_err(|error| {
        let mut problems = Problems::default();
        let help = "the table must exist and be readable UTF-8; restore it from git";
        problems.add(Problem::new(&Location::file(shown), format!("cannot be read: {error}"), help));
        problems
    })
}
