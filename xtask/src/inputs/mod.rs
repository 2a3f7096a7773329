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

use crate::problems::Location;

/// What stands in a table where a person must decide. Codegen refuses it.
pub(crate) const BLANK: &str = "?";

/// What a line ends with that a tool proposes, before the reason; it holds once a person took that away. Codegen refuses it.
pub(crate) const PROPOSED: &str = "# proposed: ";

/// The sentence of what has none yet. Codegen takes it; a release refuses it for what a released KiCad has.
pub(crate) const UNDESCRIBED: &str = "Not described yet.";

/// What nobody has looked at yet: where it stands, and why it is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) location: Location,
    pub(crate) reason: String,
}

/// The text of a table that a tool writes; none if there is no such file.
fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
