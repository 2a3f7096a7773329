//! The files under `proto/` that people and tools write: read with positions, so that a mistake can be named.

pub(crate) mod commands;
pub(crate) mod docs;
pub(crate) mod history;
pub(crate) mod sources;
mod table;
pub(crate) mod version;
