//! plugin.json and metadata.json.

pub mod check;
#[allow(dead_code, unused_imports)]
#[path = "../../../crates/kiapi-cli/src/plugin/project.rs"]
pub(crate) mod project;
