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
