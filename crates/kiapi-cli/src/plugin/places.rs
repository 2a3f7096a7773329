//! Where KiCad looks for plugins.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};

/// A line of KiCad's versions, each of which has its own folder for plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KiCadLine {
    V9_0,
    V10_0,
}

impl KiCadLine {
    pub(super) const ALL: [Self; 2] = [Self::V9_0, Self::V10_0];
}

impl fmt::Display for KiCadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V9_0 => "9.0",
            Self::V10_0 => "10.0",
        })
    }
}

impl FromStr for KiCadLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|line| line.to_string() == text);
        known.ok_or_else(|| {
            format!("`{text}` is no line of KiCad with plugins that is known; there are 9.0 and 10.0")
        })
    }
}

/// The folder with the documents of a KiCad, in which `plugins` and `3rdparty` lie.
pub(super) fn documents(line: KiCadLine) -> anyhow::Result<PathBuf> {
    Ok(base(&|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))?
        .join(line.to_string()))
}

/// The folder above those of each version.
fn base(var: &dyn Fn(&str) -> Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(documents) = var("KICAD_DOCUMENTS_HOME") {
        // Tried on Linux, where the folder in it is written small as below.
        return Ok(documents.join(if cfg!(any(windows, target_os = "macos")) { "KiCad" } else { "kicad" }));
    }
    let home = || {
        var(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
            .context("nobody says where the home folder is; give the folder with --to")
    };
    if cfg!(any(windows, target_os = "macos")) {
        return Ok(home()?.join("Documents").join("KiCad"));
    }
    let data = match var("XDG_DATA_HOME").filter(|folder| folder.is_absolute()) {
        Some(data) => data,
        None => home()?.join(".local/share"),
    };
    Ok(data.join("kicad"))
}

/// The folders for plugins that a command works on: the one that is named, or those of the KiCads.
pub(super) fn plugin_folders(to: Option<&Path>, lines: &[KiCadLine]) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(to) = to {
        return Ok(vec![std::path::absolute(to).with_context(|| format!("cannot find {}", to.display()))?]);
    }
    if !lines.is_empty() {
        return lines.iter().map(|line| Ok(documents(*line)?.join("plugins"))).collect();
    }
    let mut looked = Vec::new();
    let mut found = Vec::new();
    for line in KiCadLine::ALL {
        let folder = documents(line)?;
        if folder.is_dir() {
            found.push(folder.join("plugins"));
        }
        looked.push(folder.display().to_string());
    }
    if found.is_empty() {
        bail!(
            "no KiCad was ever started here: there is none of {}; say which with --kicad 9.0 or --kicad 10.0, or name \
             the folder with --to",
            looked.join(", ")
        );
    }
    Ok(found)
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    /// KiCad 9.0.8 and 10.0.6 were seen to look in just these folders, with `plugins` in the folder of their version.
    #[test]
    fn folders_are_where_kicad_looks() {
        for (vars, expected) in [
            (vec![("HOME", "/h")], "/h/.local/share/kicad"),
            (vec![("HOME", "/h"), ("XDG_DATA_HOME", "/x")], "/x/kicad"),
            (vec![("HOME", "/h"), ("XDG_DATA_HOME", "x")], "/h/.local/share/kicad"),
            (vec![("HOME", "/h"), ("XDG_DATA_HOME", "/x"), ("KICAD_DOCUMENTS_HOME", "/d")], "/d/kicad"),
        ] {
            let var =
                |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, it)| PathBuf::from(it));
            assert_eq!(base(&var).unwrap(), PathBuf::from(expected), "{vars:?}");
        }
        assert!(base(&|_| None).is_err());
    }
}
