//! The files under `proto/` that people and tools write: read with positions, so that a mistake can be named.

pub(crate) mod commands;
pub(crate) mod docs;
pub(crate) mod history;
pub(crate) mod protos;
pub(crate) mod sources;
mod table;
pub(crate) mod version;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

/// What stands in a table where a person must decide. Codegen refuses it.
pub(crate) const BLANK: &str = "?";

/// The text of a table that a tool writes; none if there is no such file.
fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
