//! Who may know whom: the arrows between crates, held against the manifests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::workspace;

/// Each crate, and the only dependencies that it may have (`?`: behind a feature; `on windows`: there alone), or the ones that it must not (`!`).
const ALLOWED: [(&str, &[&str]); 11] = [
    ("crates/kiapi-gen", &["prost", "prost-reflect?", "serde?", "serde_json?"]),
    ("crates/kiapi-transport", &["nng?", "rustix", "tokio on windows", "tokio?"]),
    ("crates/kiapi", &["kiapi-gen", "kiapi-transport", "rustix", "tokio?", "tracing?", "uuid"]),
    ("crates/kiapi-server", &["kiapi-gen", "kiapi-transport", "subtle", "uuid"]),
    ("crates/kiapi-cli", &["!kiapi-gen", "!kiapi-server", "!kiapi-transport"]),
    ("examples/arrange", &["kiapi"]),
    ("examples/bom", &["csv", "kiapi"]),
    ("examples/stitch", &["kiapi"]),
    ("docs/kiapi-book", &["!kiapi-cli", "!kiapi-gen", "!kiapi-server", "!kiapi-transport"]),
    // Code shared with the client would hide mistakes that are made twice.
    ("crates/kiapi-emulator", &["!kiapi", "!kiapi-cli"]),
    // The generator must build when its output does not.
    (
        "xtask",
        &["!kiapi", "!kiapi-cli", "!kiapi-emulator", "!kiapi-gen", "!kiapi-server", "!kiapi-transport"],
    ),
];

/// The dependencies of the manifest in `folder`; an optional one ends in `?`.
fn dependencies(folder: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let mut tables = vec![(manifest.get("dependencies"), "")];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.iter().map(|(target, table)| {
            (table.get("dependencies"), if target == "cfg(windows)" { " on windows" } else { "" })
        }));
    }
    let tables = tables.into_iter().filter_map(|(table, place)| Some((table?.as_table()?, place)));
    let named = tables.flat_map(|(table, place)| {
        table.iter().map(move |(name, value)| {
            let is_optional = value.get("optional").and_then(toml::Value::as_bool) == Some(true);
            format!("{name}{place}{}", if is_optional { "?" } else { "" })
        })
    });
    named.collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let mut wrong = Vec::new();
    for (folder, allowed) in ALLOWED {
        for dependency in dependencies(&workspace::root().join(folder)) {
            let is_allowed = if allowed.iter().all(|name| name.starts_with('!')) {
                !allowed.contains(&format!("!{}", dependency.trim_end_matches('?')).as_str())
            } else {
                allowed.contains(&dependency.as_str())
            };
            if !is_allowed {
                wrong.push(format!("{folder} depends on {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "see ARCHITECTURE.md, \"Who may know whom\":\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_has_its_arrows_stated() {
    let mut folders: BTreeSet<String> = ["crates", "examples"]
        .into_iter()
        .flat_map(|above| {
            let entries = fs::read_dir(workspace::root().join(above)).unwrap();
            entries.map(move |entry| format!("{above}/{}", entry.unwrap().file_name().to_string_lossy()))
        })
        .collect();
    folders.extend(["docs/kiapi-book".to_owned(), "xtask".to_owned()]);
    assert_eq!(folders, ALLOWED.iter().map(|(folder, _)| (*folder).to_owned()).collect());
}

/// All that rustix has takes four seconds to build
/// (`docs/decisions/0021-functions-are-compiled-where-they-are-used.md`).
#[test]
fn of_rustix_only_sockets_are_built_on_linux() {
    let found: Vec<String> =
        ["crates/kiapi-transport", "crates/kiapi"].into_iter().flat_map(of_rustix).collect();
    let elsewhere = "cfg(all(unix, not(any(target_os = \"linux\", target_os = \"android\"))))";
    let expected = [
        format!("crates/kiapi-transport, {elsewhere}: [\"process\"]"),
        "crates/kiapi-transport, cfg(unix): [\"net\"]".to_owned(),
        format!("crates/kiapi, {elsewhere}: [\"process\"]"),
    ];
    assert_eq!(found, expected);
}

/// What a crate has of rustix, and where.
fn of_rustix(folder: &str) -> Vec<String> {
    let text = fs::read_to_string(workspace::root().join(folder).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let features = |(target, table): (&String, &toml::Value)| {
        let features = table.get("dependencies")?.get("rustix")?.get("features")?.clone();
        Some(format!("{folder}, {target}: {features}"))
    };
    manifest["target"].as_table().unwrap().iter().filter_map(features).collect()
}
