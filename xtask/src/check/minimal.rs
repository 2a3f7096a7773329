//! Whether the oldest dependencies that the manifests allow do: what a manifest asks for must be enough.
//!
//! Cargo picks them only with an option that is not stable, which this toolchain takes when it is told to. It is done in a
//! copy of the published crates alone, since tools and tests promise nothing to anybody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use toml_edit::DocumentMut;

use crate::release::packages::{Package, packages};
use crate::steps::{Done, Steps, cargo_in, output, run as run_command};
use crate::test::has_nng;

pub(super) fn check(root: &Path, steps: &mut Steps) -> Result<()> {
    let packages = packages(root)?;
    let target = root.join("target/minimal-versions");
    let copy = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut is_resolved = false;
    steps.step("the oldest dependencies that are allowed", || {
        copy_to(root, &packages, copy.path())?;
        let mut update = cargo_in(copy.path(), "update --quiet -Z direct-minimal-versions");
        output(update.env("RUSTC_BOOTSTRAP", "1"))?;
        is_resolved = true;
        Ok(Done::Passed(direct(copy.path())?))
    });
    if !is_resolved {
        return Ok(());
    }
    for package in &packages {
        steps.step(&format!("{} on them", package.name), || {
            let features = package.features.iter().map(String::as_str);
            let features: Vec<_> = features.filter(|&name| name != "nng" || has_nng()).collect();
            let mut command = cargo_in(copy.path(), "check --quiet --locked --package");
            command.arg(&package.name).arg("--features").arg(features.join(","));
            run_command(command.env("CARGO_TARGET_DIR", &target))?;
            Ok(Done::quietly())
        });
    }
    Ok(())
}

/// The published crates as git knows them, without what their tests need, as a workspace of their own.
fn copy_to(root: &Path, packages: &[Package], to: &Path) -> Result<()> {
    let root = root.canonicalize()?;
    for package in packages {
        let mut list = Command::new("git");
        list.arg("-C").arg(&root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ]);
        let list = output(list.arg(&package.folder))?;
        for name in list.split('\0').filter(|name| !name.is_empty()) {
            let into = to.join(name);
            fs::create_dir_all(into.parent().expect("it lies in a folder"))?;
            let from = root.join(name);
            if from.is_file() {
                fs::copy(&from, &into).with_context(|| format!("cannot copy {name}"))?;
            }
        }
        let folder = package.folder.canonicalize()?;
        let path = to.join(folder.strip_prefix(&root)?).join("Cargo.toml");
        fs::write(&path, without_tests(&fs::read_to_string(&path)?)?)?;
    }
    let mut manifest: DocumentMut = fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    manifest["workspace"]["members"] = toml_edit::value(toml_edit::Array::from_iter(["crates/*"]));
    fs::write(to.join("Cargo.toml"), manifest.to_string())?;
    Ok(())
}

/// A manifest without what only tests need.
fn without_tests(manifest: &str) -> Result<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    for key in ["dev-dependencies", "test", "example", "bench"] {
        manifest.remove(key);
    }
    if let Some(targets) = manifest.get_mut("target").and_then(toml_edit::Item::as_table_mut) {
        for (_, target) in targets.iter_mut() {
            if let Some(target) = target.as_table_mut() {
                target.remove("dev-dependencies");
            }
        }
    }
    Ok(manifest.to_string())
}

/// What the crates depend on by themselves, with the versions that were picked.
fn direct(copy: &Path) -> Result<String> {
    let lock: toml::Table = fs::read_to_string(copy.join(PathBuf::from("Cargo.lock")))?.parse()?;
    let locked =
        lock.get("package").and_then(toml::Value::as_array).context("the lock file has no packages")?;
    let ours = locked.iter().filter(|package| package.get("source").is_none());
    let names = ours.filter_map(|package| package.get("dependencies")?.as_array()).flatten();
    let names: std::collections::BTreeSet<&str> = names.filter_map(toml::Value::as_str).collect();
    let picked = names.into_iter().filter_map(|name| {
        // With its version, where there is more than one.
        let name = name.split(' ').next()?;
        let found = locked.iter().find(|package| package["name"].as_str() == Some(name))?;
        found.get("source")?;
        Some(format!("{name} {}", found["version"].as_str()?))
    });
    Ok(picked.collect::<Vec<_>>().join(", ") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_keeps_all_but_what_tests_need() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n\n[dev-dependencies]\nc = \"1\"\n\n\
                        [[test]]\nname = \"it\"\n\n[target.'cfg(unix)'.dependencies]\nd = \"1\"\n\n\
                        [target.'cfg(unix)'.dev-dependencies]\ne = \"1\"\n";
        assert_eq!(
            without_tests(manifest).unwrap(),
            "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n\n[target.'cfg(unix)'.dependencies]\nd = \"1\"\n"
        );
    }
}
