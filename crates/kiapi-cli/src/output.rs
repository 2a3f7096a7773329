//! Results for a person or for a machine.

use serde::Serialize;

use crate::table::{print_text, say};

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
    json_text(&pretty(value).expect("a value of JSON is JSON"));
}

/// Anything as JSON, indented and with a line break at its end. Boards are large: it goes to its text without a detour.
pub(crate) fn pretty(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Prints what [`pretty`] made.
pub(crate) fn json_text(text: &[u8]) {
    print_text(text);
}

/// Prints a JSON value on a line of its own, for results that come one after the other.
pub(crate) fn json_line(value: &serde_json::Value) {
    say!("{value}");
}
