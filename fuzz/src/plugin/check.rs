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
    for (file, check) in
        [("plugin.json", manifest::check as fn(&str, &Value) -> Vec<_>), ("metadata.json", package::check)]
    {
        let found = check(file, &value);
        for problem in &found {
            told(problem, file, &value);
        }
        // It is what is written that counts, and not how: another space or line changes nothing.
        let pretty = serde_json::to_string_pretty(&value).expect("it was JSON");
        let again: Value = serde_json::from_str(&pretty).unwrap_or_else(|error| panic!("{error}: {pretty}"));
        assert_eq!(check(file, &again), found);
    }
}

fn told(problem: &problem::Problem, file: &str, whole: &Value) {
    assert_eq!(problem.file, file);
    assert!(!problem.what.is_empty() && !problem.fix.is_empty(), "{problem:?}");
    assert!(is_place(whole, &problem.at), "{problem:?} is nowhere in {whole}");
    let json = problem.json();
    assert_eq!(json["at"], problem.at.as_str());
}

/// Whether there is something at a place such as `actions[0].name`. A key may have dots and brackets itself.
fn is_place(value: &Value, at: &str) -> bool {
    if at.is_empty() {
        return true;
    }
    match value {
        Value::Object(members) => {
            let at = at.strip_prefix('.').unwrap_or(at);
            members
                .iter()
                .any(|(key, inner)| at.strip_prefix(key.as_str()).is_some_and(|rest| is_place(inner, rest)))
        }
        Value::Array(elements) => elements.iter().enumerate().any(|(index, inner)| {
            at.strip_prefix(&format!("[{index}]")).is_some_and(|rest| is_place(inner, rest))
        }),
        _ => false,
    }
}
