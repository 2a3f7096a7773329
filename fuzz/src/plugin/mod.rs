//! plugin.json and metadata.json.

pub(crate) mod check;
#[path = "../../../crates/kiapi-cli/src/plugin/project.rs"]
pub(crate) mod project;
