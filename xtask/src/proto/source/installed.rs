//! An installed KiCad: where its parts lie below a prefix, and the descriptors inside its libkiapi.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::{Found, FoundFile, Generated, Kind, embedded, read_file};
use crate::inputs::version::Version;
use crate::proto::descriptors::{decode_file, sha256};

/// Where programs and libraries lie below a prefix, on any system.
const FOLDERS: [&str; 6] =
    ["lib", "lib64", "bin", "Contents/Frameworks", "Contents/PlugIns", "Contents/MacOS"];

/// An installed KiCad.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    prefix: PathBuf,
    /// The library that holds the descriptors.
    pub(crate) libkiapi: PathBuf,
}

impl Installation {
    /// The KiCad below `prefix`.
    pub(crate) fn find(prefix: &Path) -> Result<Self> {
        ensure!(prefix.is_dir(), "there is no folder {}, so no KiCad is installed there", prefix.display());
        let mut found = files(prefix, is_libkiapi);
        found.sort();
        let mut found = found.into_iter();
        let Some(libkiapi) = found.next() else {
            let tried: Vec<_> = folders(prefix).iter().map(|folder| folder.display().to_string()).collect();
            bail!(
                "there is no KiCad below {}: no libkiapi in any of {}",
                prefix.display(),
                if tried.is_empty() { FOLDERS.join(", ") } else { tried.join(", ") }
            );
        };
        if let Some(other) = found.next() {
            bail!(
                "there are two KiCads below {}: {} and {}",
                prefix.display(),
                libkiapi.display(),
                other.display()
            );
        }
        Ok(Self { prefix: prefix.to_path_buf(), libkiapi })
    }

    /// What the name of its libkiapi says: `libkiapi.so.9.0.8`.
    pub(crate) fn version(&self) -> Option<Version> {
        version_in(&file_name(&self.libkiapi))
    }

    /// The programs and libraries that register handlers of commands.
    pub(crate) fn programs(&self) -> Vec<PathBuf> {
        let mut programs = files(&self.prefix, |name| {
            let stem = name.strip_suffix(".exe").unwrap_or(name);
            name.ends_with(".kiface")
                || matches!(stem, "kicad" | "pcbnew" | "eeschema" | "kicad-cli")
                || stem.trim_start_matches("lib").starts_with("kicommon")
        });
        programs.push(self.libkiapi.clone());
        programs.sort();
        programs
    }
}

pub(super) fn read(installation: &Installation) -> Result<Found> {
    let path = &installation.libkiapi;
    let bytes = read_file(path)?;
    let files = embedded::scan(&bytes).with_context(|| format!("cannot import {}", path.display()))?;
    ensure!(!files.is_empty(), "{} embeds no descriptor of a proto file", path.display());
    let files =
        files.values().map(|bytes| Ok(FoundFile::new(decode_file(bytes)?, None))).collect::<Result<_>>()?;
    let (name, version) = (file_name(path), installation.version());
    let generated = Generated::AtOnce;
    Ok(Found { kind: Kind::Installation, name, sha256: sha256(&bytes), version, files, generated })
}

fn is_libkiapi(name: &str) -> bool {
    let stem = name.trim_start_matches("lib");
    ["kiapi.so", "kiapi.dylib", "kiapi.dll"].iter().any(|start| stem.starts_with(start))
        || (stem.starts_with("kiapi.") && stem.ends_with(".dylib"))
}

/// The version in `libkiapi.so.9.0.8` or `libkiapi.9.0.8.dylib`.
fn version_in(name: &str) -> Option<Version> {
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    name[digits..].trim_end_matches(".dylib").parse().ok()
}

/// The folders below `prefix` that may hold programs and libraries: those that are there, and one level below.
fn folders(prefix: &Path) -> Vec<PathBuf> {
    let mut result = Vec::new();
    for folder in FOLDERS.map(|name| prefix.join(name)).into_iter().filter(|folder| folder.is_dir()) {
        let below = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let below: Vec<_> = below.filter(|path| path.is_dir()).collect();
        result.push(folder);
        result.extend(below);
    }
    result
}

/// The files whose names are as wanted, each once, whatever links lead to it.
fn files(prefix: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut result: Vec<PathBuf> = Vec::new();
    for folder in folders(prefix) {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if !entry.file_name().to_str().is_some_and(&is_wanted) {
                continue;
            }
            let path = entry.path().canonicalize().unwrap_or_else(|_| entry.path());
            if path.is_file() && !result.contains(&path) {
                result.push(path);
            }
        }
    }
    result
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libkiapi_is_known_by_its_name() {
        for (name, version) in [
            ("libkiapi.so", None),
            ("libkiapi.so.9.0.8", Some(Version::new(9, 0, 8))),
            ("libkiapi.so.10.99.0", Some(Version::new(10, 99, 0))),
            ("libkiapi.10.0.6.dylib", Some(Version::new(10, 0, 6))),
            ("libkiapi.dylib", None),
            ("kiapi.dll", None),
        ] {
            assert!(is_libkiapi(name), "{name}");
            assert_eq!(version_in(name), version, "{name}");
        }
        for name in ["libkicommon.so.9.0.8", "kiapi", "libkiapix.so", "kiapi.py"] {
            assert!(!is_libkiapi(name), "{name}");
        }
    }

    #[test]
    fn library_is_found_through_links_and_once() {
        let prefix = tempfile::tempdir().unwrap();
        let folder = prefix.path().join("lib/x86_64-linux-gnu");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("libkiapi.so.9.0.8"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("libkiapi.so.9.0.8", folder.join("libkiapi.so")).unwrap();
        let found = Installation::find(prefix.path()).unwrap();
        assert_eq!(found.version(), Some(Version::new(9, 0, 8)));

        fs::write(prefix.path().join("lib/libkiapi.so.10.0.1"), "").unwrap();
        let error = Installation::find(prefix.path()).unwrap_err().to_string();
        assert!(error.starts_with("there are two KiCads below"), "{error}");
    }

    #[test]
    fn prefix_without_kicad_is_an_error_that_says_where_was_looked() {
        let prefix = tempfile::tempdir().unwrap();
        fs::create_dir_all(prefix.path().join("lib64")).unwrap();
        let error = Installation::find(prefix.path()).unwrap_err().to_string();
        assert!(error.contains("no libkiapi in any of") && error.contains("lib64"), "{error}");
        assert!(Installation::find(&prefix.path().join("gone")).is_err());
    }
}
