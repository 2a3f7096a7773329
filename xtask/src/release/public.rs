//! Which foreign crates show in our public API: a new version of theirs that breaks is one of ours that breaks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::packages::Package;
use crate::steps::{cargo_in, output};

/// What each crate may show. One that is not shown any more is an error.
const ALLOWED: [(&str, &[&str]); 5] = [
    // Messages are prost's `Message`; with the feature `serde` they are serde's, whose traits lie in `serde_core`.
    // `bytes` is in the methods of prost's trait, and comes with prost: its version is none of ours.
    ("kiapi-gen", &["bytes", "prost", "serde_core"]),
    ("kiapi-transport", &[]),
    ("kiapi-server", &[]),
    ("kiapi-emulator", &[]),
    ("kiapi", &["prost"]),
];

/// What the standard library is made of.
const STANDARD: [&str; 5] = ["alloc", "core", "proc_macro", "std", "test"];

/// Tells what the public API of each package shows, or what it may not.
pub(super) fn check(root: &Path, packages: &[Package], has_nng: bool) -> Result<String> {
    let (mut told, mut wrong) = (String::new(), Vec::new());
    for package in packages.iter().filter(|package| package.has_library) {
        let mut shown = shown(root, package, has_nng)?;
        // Ours have one version, and are published together.
        shown.retain(|name| !packages.iter().any(|ours| ours.name.replace('-', "_") == *name));
        let allowed = ALLOWED.iter().find(|(name, _)| *name == package.name).map(|(_, allowed)| *allowed);
        let allowed = allowed.with_context(|| format!("nothing says what {} may show", package.name))?;
        wrong.extend(compare(&package.name, &shown, allowed));
        let shown: Vec<_> = shown.iter().map(String::as_str).collect();
        let shown = if shown.is_empty() { "no crate of others".to_owned() } else { shown.join(", ") };
        told.push_str(&format!("{} shows {shown}\n", package.name));
    }
    if !wrong.is_empty() {
        bail!("see ALLOWED in xtask/src/release/public.rs:\n  {}", wrong.join("\n  "));
    }
    Ok(told)
}

fn compare(name: &str, shown: &BTreeSet<String>, allowed: &[&str]) -> Vec<String> {
    let new = shown.iter().filter(|shown| !allowed.contains(&shown.as_str()));
    let new = new.map(|shown| format!("the public API of {name} shows {shown}, which is not allowed"));
    let gone = allowed.iter().filter(|allowed| !shown.contains(**allowed));
    new.chain(gone.map(|gone| format!("{name} may show {gone}, and does not any more"))).collect()
}

/// The foreign crates in what rustdoc tells of a package as JSON, with all features that can be built.
fn shown(root: &Path, package: &Package, has_nng: bool) -> Result<BTreeSet<String>> {
    let target = root.join("target/release-check");
    let features: Vec<_> =
        package.features.iter().filter(|name| has_nng || *name != "nng").map(String::as_str).collect();
    let mut command = cargo_in(root, "rustdoc --quiet --lib --package");
    command.arg(&package.name).arg("--features").arg(features.join(","));
    command.args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]);
    // What rustdoc tells as JSON is not stable yet; what is read of it here did not change for long.
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &target).env_remove("RUSTDOCFLAGS");
    output(&mut command)?;
    let path = target.join(format!("doc/{}.json", package.name.replace('-', "_")));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    foreign(&serde_json::from_str(&text)?).with_context(|| format!("cannot understand {}", path.display()))
}

/// The crates that the items in rustdoc's JSON name, beside their own and the standard library.
fn foreign(rustdoc: &Value) -> Result<BTreeSet<String>> {
    let object = |name: &str| rustdoc[name].as_object().with_context(|| format!("there is no `{name}`"));
    let (items, paths, crates) = (object("index")?, object("paths")?, object("external_crates")?);
    let mut ids = BTreeSet::new();
    for item in items.values() {
        // Index holds also items of other crates, such as methods of their traits; they are theirs.
        let is_ours = item["crate_id"].as_u64() == Some(0);
        let inner = &item["inner"];
        // What holds for every type, and was not written here.
        let is_general = !inner["impl"]["blanket_impl"].is_null() || inner["impl"]["is_synthetic"] == true;
        if is_ours && !is_general {
            named(inner, &mut ids);
        }
    }
    let mut names = BTreeSet::new();
    for id in ids {
        // What is in no table of paths is an item of this crate.
        let Some(number) = paths.get(&id).and_then(|path| path["crate_id"].as_u64()) else { continue };
        if number == 0 {
            continue;
        }
        let name = crates.get(&number.to_string()).and_then(|found| found["name"].as_str());
        names.insert(name.with_context(|| format!("there is no crate {number}"))?.to_owned());
    }
    names.retain(|name| !STANDARD.contains(&name.as_str()));
    Ok(names)
}

/// Every `id` of a path in what rustdoc says of an item.
fn named(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            match fields.get("id") {
                Some(Value::Number(id)) => drop(ids.insert(id.to_string())),
                Some(Value::String(id)) => drop(ids.insert(id.clone())),
                _ => {}
            }
            fields.values().for_each(|field| named(field, ids));
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, ids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn crates_are_found_in_fields_and_traits_and_not_in_what_holds_for_all() {
        let field = |id: u32, crate_id: u32| json!({ "crate_id": crate_id, "inner": { "struct_field": { "resolved_path": { "path": "X", "id": id } } } });
        let rustdoc = json!({
            "index": {
                "1": field(10, 0), "2": field(11, 0), "3": field(12, 5), "4": field(1, 0),
                "5": { "crate_id": 0, "inner": { "impl": { "trait": { "path": "T", "id": 13 }, "blanket_impl": null, "is_synthetic": false } } },
                "6": { "crate_id": 0, "inner": { "impl": { "trait": { "path": "T", "id": 14 }, "blanket_impl": { "generic": "T" }, "is_synthetic": false } } },
            },
            "paths": {
                "1": { "crate_id": 0 }, "10": { "crate_id": 1 }, "11": { "crate_id": 2 }, "12": { "crate_id": 3 },
                "13": { "crate_id": 3 }, "14": { "crate_id": 4 },
            },
            "external_crates": {
                "1": { "name": "core" }, "2": { "name": "prost" }, "3": { "name": "serde" }, "4": { "name": "other" },
            },
        });
        assert_eq!(foreign(&rustdoc).unwrap(), ["prost", "serde"].map(str::to_owned).into());
        assert!(foreign(&json!({})).is_err());
    }

    #[test]
    fn crate_that_is_not_allowed_or_not_shown_is_named() {
        let shown = ["prost".to_owned(), "tokio".to_owned()].into();
        assert_eq!(
            compare("x", &shown, &["prost", "serde"]),
            [
                "the public API of x shows tokio, which is not allowed",
                "x may show serde, and does not any more"
            ]
        );
    }
}
