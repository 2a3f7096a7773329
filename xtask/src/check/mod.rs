//! `cargo xtask check`: whether the crates build in the ways that others build them.

mod minimal;

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::kicad::setup;
use crate::release::packages::{Package, packages};
use crate::steps::{Done, Steps, cargo_in, output, run as run_command};
use crate::test::has_nng;
use crate::test::need::{Need, Tool};
use crate::workspace;

/// Check that the crates build as others build them: each feature alone, the oldest Rust, the oldest dependencies, no other ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
KIAPI_REQUIRE names what must not be skipped: oldest-rust,nng,cargo-machete")]
pub(crate) struct Args {
    /// What to check
    #[arg(value_enum)]
    what: What,
    /// Install first what is lacking for it
    #[arg(long)]
    setup: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Everything builds, with its tests, where they may not all run
    Build,
    /// Each crate with no feature, each single one, and all
    Features,
    /// The oldest Rust that is promised to do builds and tests everything
    OldestRust,
    /// The oldest dependencies that the manifests allow do
    MinimalVersions,
    /// No manifest has a dependency that nothing uses
    Unused,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root();
    let mut steps = Steps::new()?;
    match args.what {
        What::Build => steps.step("everything builds", || {
            run_command(&mut cargo_in(&root, "check --workspace --all-targets"))?;
            Ok(Done::quietly())
        }),
        What::Features => features(&root, &mut steps)?,
        What::OldestRust => {
            if args.setup {
                setup::install_oldest_rust()?;
            }
            oldest_rust(&root, &mut steps)?;
        }
        What::MinimalVersions => minimal::check(&root, &mut steps)?,
        What::Unused => {
            if args.setup {
                setup::install_tools(&[Tool::Machete])?;
            }
            steps.step("every dependency is used", || {
                if !Tool::Machete.is_there() {
                    return Ok(Done::Skipped(Need::Tool(Tool::Machete)));
                }
                run_command(&mut cargo_in(&root, "machete --skip-target-dir"))?;
                Ok(Done::quietly())
            });
        }
    }
    steps.finish()
}

/// Each crate with no feature, with each single one, and with all.
fn features(root: &Path, steps: &mut Steps) -> Result<()> {
    for package in packages(root)? {
        for features in combinations(&package) {
            let shown = if features.is_empty() { "no feature".to_owned() } else { features.join(", ") };
            steps.step(&format!("{} with {shown}", package.name), || {
                if features.contains(&"nng") && !has_nng() {
                    return Ok(Done::Skipped(Need::Nng));
                }
                let mut command = cargo_in(root, "check --quiet --no-default-features --package");
                command.arg(&package.name).arg("--features").arg(features.join(","));
                run_command(command.env("RUSTFLAGS", "-D warnings"))?;
                Ok(Done::quietly())
            });
        }
    }
    Ok(())
}

/// The sets of features that are tried.
fn combinations(package: &Package) -> Vec<Vec<&str>> {
    let all: Vec<&str> = package.features.iter().map(String::as_str).collect();
    let mut sets = vec![Vec::new()];
    sets.extend(all.iter().map(|&feature| vec![feature]));
    if all.len() > 1 {
        sets.push(all);
    }
    sets
}

/// What can be known without that Rust, and what it says itself.
fn oldest_rust(root: &Path, steps: &mut Steps) -> Result<()> {
    let version = workspace::oldest_rust()?;
    let packages = packages(root)?;
    steps.step(&format!("nothing asks for more than Rust {version}"), || {
        let metadata = output(&mut cargo_in(root, "metadata --format-version 1 --locked"))?;
        let asked = asking_for_more(&serde_json::from_str(&metadata)?, &packages, &version)?;
        if !asked.is_empty() {
            bail!("these do:\n  {}", asked.join("\n  "));
        }
        Ok(Done::quietly())
    });
    let words = "test --workspace --features kiapi/serde,kiapi/tokio,kiapi/tracing";
    with_rust(root, steps, &version, words);
    Ok(())
}

/// Runs cargo with another Rust, if that is there.
fn with_rust(root: &Path, steps: &mut Steps, version: &str, words: &str) {
    steps.step(&format!("{words}, with Rust {version}"), || {
        if !setup::is_rust_there(version) {
            return Ok(Done::Skipped(Need::OldestRust));
        }
        let mut command = std::process::Command::new("rustup");
        command.args(["run", version, "cargo"]).args(words.split(' ')).current_dir(root);
        // What this toolchain's cargo says of itself is not for that one.
        command.env_remove("CARGO").env("CARGO_TARGET_DIR", root.join("target/oldest-rust"));
        command.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
        run_command(&mut command)?;
        Ok(Done::quietly())
    });
}

/// Everything that the packages are built on, on any system, and that says it needs a newer Rust.
fn asking_for_more(metadata: &Value, ours: &[Package], version: &str) -> Result<Vec<String>> {
    let nodes = metadata["resolve"]["nodes"].as_array().context("cargo tells no dependencies")?;
    let found = metadata["packages"].as_array().context("cargo tells no packages")?;
    let named = |id: &str| found.iter().find(|package| package["id"] == id);
    let is_ours = |package: &&Value| ours.iter().any(|ours| package["name"] == ours.name.as_str());
    let mut left: Vec<&str> =
        found.iter().filter(is_ours).filter_map(|package| package["id"].as_str()).collect();
    ensure!(left.len() == ours.len(), "cargo does not tell of all the crates that are published");
    let (mut seen, mut asked) = (std::collections::BTreeSet::new(), Vec::new());
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        let package = named(id).with_context(|| format!("cargo tells nothing of {id}"))?;
        if let Some(rust) = package["rust_version"].as_str().filter(|rust| numbers(rust) > numbers(version)) {
            let (name, version) = (package["name"].as_str(), package["version"].as_str());
            asked.push(format!("{} {}: Rust {rust}", name.unwrap_or_default(), version.unwrap_or_default()));
        }
        let node = nodes.iter().find(|node| node["id"] == id);
        let dependencies = node.and_then(|node| node["deps"].as_array()).into_iter().flatten();
        left.extend(
            dependencies.filter(|dependency| is_built_on(dependency)).filter_map(|d| d["pkg"].as_str()),
        );
    }
    asked.sort();
    Ok(asked)
}

/// Whether more than tests need the dependency.
fn is_built_on(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array();
    kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
}

/// A version of Rust, part by part: `1.85` is `1.85.0`.
fn numbers(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_feature_is_tried_alone_and_with_all() {
        let mut package = packages(&workspace::root()).unwrap().remove(0);
        package.features = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(combinations(&package), [vec![], vec!["a"], vec!["b"], vec!["a", "b"]]);
        package.features.truncate(1);
        assert_eq!(combinations(&package), [vec![], vec!["a"]]);
        package.features.clear();
        assert_eq!(combinations(&package), [Vec::<&str>::new()]);
    }

    #[test]
    fn dependency_that_asks_for_a_newer_rust_is_found_unless_it_is_for_tests() {
        let ours = vec![packages(&workspace::root()).unwrap().remove(0)];
        let package = |name: &str, rust: &str| json!({ "id": name, "name": name, "version": "1.0.0", "rust_version": rust });
        let on = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let name = ours[0].name.as_str();
        let metadata = json!({
            "packages": [package(name, "1.85"), package("old", "1.85.0"), package("new", "1.86"), package("test", "1.90")],
            "resolve": { "nodes": [
                { "id": name, "deps": [on("old", json!(null)), on("test", json!("dev"))] },
                { "id": "old", "deps": [on("new", json!("build"))] },
                { "id": "new", "deps": [] },
            ] },
        });
        assert_eq!(asking_for_more(&metadata, &ours, "1.85").unwrap(), ["new 1.0.0: Rust 1.86"]);
        assert_eq!(asking_for_more(&metadata, &ours, "1.86").unwrap(), Vec::<String>::new());
        assert!(asking_for_more(&json!({}), &ours, "1.85").is_err());
    }
}
