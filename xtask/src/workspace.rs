//! Where things lie in the workspace.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::kicad::install::Line;

/// The root of the workspace that this xtask was built in.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}

/// The folder of the proto trees and the tables beside them.
pub(crate) fn proto() -> PathBuf {
    root().join("proto")
}

/// The lines of KiCad that the project supports, the oldest first: those that have a tree.
pub(crate) fn lines() -> Result<Vec<Line>> {
    let dir = proto();
    let entries = fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let names = entries.flatten().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name());
    let mut lines: Vec<Line> = names.filter_map(|name| name.to_str()?.parse().ok()).collect();
    lines.sort_unstable();
    Ok(lines)
}

/// The cargo that runs this xtask.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The oldest Rust that is promised to do, as rustup names it.
pub(crate) fn oldest_rust() -> Result<String> {
    let manifest = manifest(&root().join("Cargo.toml"))?;
    let version =
        manifest["workspace"].get("package").and_then(|package| package.get("rust-version")?.as_str());
    Ok(version.context("Cargo.toml has no workspace.package.rust-version")?.to_owned())
}

fn manifest(path: &Path) -> Result<toml::Table> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("{} is wrong", path.display()))
}

/// The files below `folder`, as paths below it, but for what was built and what is hidden. It does without git, which
/// refuses in a container to tell of a folder that belongs to somebody else.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut left) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = left.pop() {
        let dir = folder.join(&below);
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), below.join(entry.file_name()));
            match entry.file_type()? {
                kind if kind.is_file() => files.push(path),
                kind if kind.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') => {
                    left.push(path);
                }
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}
