//! `cargo xtask release --publish`: the tagged version goes to the registry, each crate after those that it needs.
//!
//! It may be run again after it broke off: what is there already is left alone.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};

use super::packages::packages;
use crate::steps::{cargo_in, run as run_command};

pub(super) fn run(root: &Path, is_dry: bool) -> Result<()> {
    let packages = packages(root)?;
    let version = &packages.first().context("no crate is published")?.version;
    if is_dry {
        println!("these would be published, one after the other, if this commit were tagged v{version}:");
        packages.iter().for_each(|package| println!("  {} {}", package.name, package.version));
        return Ok(());
    }
    super::check_tag(root, version)?;
    for package in &packages {
        if is_published(root, &package.name, version)? {
            println!("{} {version} is there already", package.name);
            continue;
        }
        // Cargo waits until the registry has it. That it builds was seen before the tag was made.
        run_command(cargo_in(root, "publish --locked --no-verify --package").arg(&package.name))?;
    }
    Ok(())
}

/// Whether the registry has this version of the crate.
fn is_published(root: &Path, name: &str, version: &str) -> Result<bool> {
    let mut command = cargo_in(root, "info --quiet --registry crates-io");
    command.arg(format!("{name}@{version}")).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.status().context("cannot run cargo")?.success())
}
