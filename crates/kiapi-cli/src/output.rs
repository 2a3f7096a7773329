//! Results for a person or for a machine.

use crate::table::say;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Tables and sentences.
    Text,
    /// One JSON value, and nothing else.
    Json,
}

/// Prints a JSON value, indented.
pub(crate) fn json(value: &serde_json::Value) {
    say!("{value:#}");
}

/// Prints a JSON value on a line of its own, for results that come one after the other.
pub(crate) fn json_line(value: &serde_json::Value) {
    say!("{value}");
}
