//! Bytes as the files that describe a plugin: whatever is in them, there is a list of problems with places and fixes.

#[allow(dead_code, unused_imports)]
#[path = "../../../crates/kiapi-cli/src/plugin/check/manifest.rs"]
mod manifest;
#[allow(dead_code, unused_imports)]
#[path = "../../../crates/kiapi-cli/src/plugin/check/package.rs"]
mod package;
#[allow(dead_code, unused_imports)]
#[path = "../../../crates/kiapi-cli/src/plugin/check/problem.rs"]
mod problem;

use serde_json::Value;

pub fn run(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    for problem in manifest::check("plugin.json", &value) {
        told(&problem, "plugin.json");
    }
    for problem in package::check("metadata.json", &value) {
        told(&problem, "metadata.json");
    }
}

fn told(problem: &problem::Problem, file: &str) {
    assert_eq!(problem.file, file);
    assert!(!problem.what.is_empty() && !problem.fix.is_empty(), "{problem:?}");
    let _ = problem.json().to_string();
}
