//! The packaged crates, used as they would be from a registry without a network: a program outside of the workspace is
//! built on them and run, and the command is installed from its package.
//!
//! A registry in a folder has one folder for each crate. Those of others are what `cargo vendor` writes; ours are the
//! packed files, unpacked, under the checksum of the packed file. What the program was built on is then read from its
//! lock file: it must name exactly those checksums.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use super::contents;
use super::packages::Package;
use crate::steps::{cargo_in, output};

const MANIFEST: &str = include_str!("../../testdata/outside/Cargo.toml.in");
const PROGRAM: &str = include_str!("../../testdata/outside/src/main.rs");

/// Where `cargo package` puts the packed crate.
pub(super) fn archive(root: &Path, package: &Package) -> PathBuf {
    root.join(format!("target/package/{}-{}.crate", package.name, package.version))
}

/// A registry in a folder, with our crates and all that they need.
pub(super) struct Registry {
    folder: PathBuf,
    /// Each of our crates with the checksum of its packed file.
    checksums: Vec<(String, String)>,
}

impl Registry {
    /// Makes it anew from the packed crates.
    pub(super) fn new(root: &Path, packages: &[Package]) -> Result<Self> {
        let folder = root.join("target/release-check/registry");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        output(cargo_in(root, "vendor --quiet --locked --versioned-dirs").arg(&folder))?;
        let mut checksums = Vec::new();
        for package in packages {
            let archive = archive(root, package);
            let bytes = fs::read(&archive).with_context(|| format!("cannot read {}", archive.display()))?;
            let checksum = hex(&Sha256::digest(&bytes));
            let into = folder.join(format!("{}-{}", package.name, package.version));
            let mut files = serde_json::Map::new();
            for (path, bytes) in contents::unpack(&archive)? {
                let name = path.to_string_lossy().replace('\\', "/");
                files.insert(name, hex(&Sha256::digest(&bytes)).into());
                let path = into.join(path);
                fs::create_dir_all(path.parent().expect("it lies in the package"))?;
                fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
            }
            let sums = serde_json::json!({ "files": files, "package": checksum });
            fs::write(into.join(".cargo-checksum.json"), sums.to_string())?;
            checksums.push((package.name.clone(), checksum));
        }
        Ok(Self { folder, checksums })
    }

    /// Makes everything in `folder` use this in place of a registry.
    fn use_in(&self, folder: &Path) -> Result<()> {
        let source = serde_json::json!({ "source": {
            "crates-io": { "replace-with": "packaged" },
            "packaged": { "directory": self.folder },
        } });
        fs::create_dir_all(folder.join(".cargo"))?;
        fs::write(folder.join(".cargo/config.toml"), toml::to_string(&source)?)?;
        Ok(())
    }

    /// Fails if the lock file in `folder` has one of our crates from elsewhere, or lacks one of `needed`.
    fn is_what_was_used(&self, folder: &Path, needed: &[&str]) -> Result<()> {
        let text = fs::read_to_string(folder.join("Cargo.lock")).context("there is no lock file")?;
        locked(&text, &self.checksums, needed)
    }
}

fn locked(lock: &str, checksums: &[(String, String)], needed: &[&str]) -> Result<()> {
    let lock: toml::Table = lock.parse().context("the lock file is wrong")?;
    let locked =
        lock.get("package").and_then(toml::Value::as_array).context("the lock file has no packages")?;
    for (name, checksum) in checksums {
        let found = locked.iter().find(|package| package["name"].as_str() == Some(name));
        match found {
            Some(found) => {
                let used = found.get("checksum").and_then(toml::Value::as_str);
                ensure!(
                    used == Some(checksum),
                    "{name} was not taken from its package, {checksum}, but from {used:?}"
                );
            }
            None => ensure!(!needed.contains(&name.as_str()), "{name} was not used"),
        }
    }
    Ok(())
}

/// Builds and runs the program outside, and tells what it said.
pub(super) fn program(root: &Path, registry: &Registry, version: &str) -> Result<String> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = dir.path();
    registry.use_in(folder)?;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/main.rs"), PROGRAM)?;
    fs::write(folder.join("Cargo.toml"), MANIFEST.replace("{{version}}", version))?;
    let mut command = cargo_in(folder, "run --quiet --offline");
    let told = output(command.env("CARGO_TARGET_DIR", root.join("target/release-check/outside")))?;
    registry.is_what_was_used(
        folder,
        &["kiapi", "kiapi-emulator", "kiapi-gen", "kiapi-server", "kiapi-transport"],
    )?;
    Ok(told)
}

/// Installs the command from its package, with the lock file that is in there, and lets it show its demo.
pub(super) fn command(root: &Path, registry: &Registry, version: &str) -> Result<String> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = dir.path();
    registry.use_in(folder)?;
    let mut install =
        cargo_in(folder, "install --quiet --offline --locked --debug --no-track kiapi-cli --version");
    // Installing takes no note of what is configured in a folder, unless it is told to.
    install
        .arg(format!("={version}"))
        .arg("--root")
        .arg(folder)
        .arg("--config")
        .arg(folder.join(".cargo/config.toml"));
    output(install.env("CARGO_TARGET_DIR", root.join("target/release-check/outside")))?;
    let program = folder.join("bin").join(format!("kiapi{}", std::env::consts::EXE_SUFFIX));
    let said = output(std::process::Command::new(&program).arg("--version"))?;
    ensure!(said.contains(version), "the installed command says it is {}", said.trim());
    let demo = output(std::process::Command::new(&program).arg("demo").env_remove("KICAD_API_SOCKET"))?;
    Ok(format!(
        "{}: its demo writes {} lines\n",
        said.lines().next().unwrap_or_default(),
        demo.lines().count()
    ))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crate_from_elsewhere_is_found_in_the_lock_file() {
        let lock =
            |line: &str| format!("[[package]]\nname = \"kiapi\"\n{line}\n[[package]]\nname = \"other\"\n");
        let sums = [("kiapi".to_owned(), "12ab".to_owned()), ("kiapi-gen".to_owned(), "34cd".to_owned())];
        assert!(locked(&lock("checksum = \"12ab\""), &sums, &["kiapi"]).is_ok());
        // By a path, or from another registry.
        assert!(locked(&lock(""), &sums, &[]).is_err());
        assert!(locked(&lock("checksum = \"99ff\""), &sums, &[]).is_err());
        let error = locked(&lock("checksum = \"12ab\""), &sums, &["kiapi-gen"]).unwrap_err();
        assert_eq!(error.to_string(), "kiapi-gen was not used");
    }
}
