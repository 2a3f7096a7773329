//! The trees under `proto/`: read, written and tidied.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::compile::{compile, read_folder};
use super::descriptors::Files;
use crate::inputs::protos::Texts;

/// Compiles the tree in `folder`; none if there is no such folder.
pub(crate) fn read(folder: &Path) -> Result<Option<Files>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    compile(&read_folder(folder)?)
        .with_context(|| format!("the tree {} does not compile", folder.display()))
        .map(Some)
}

/// Makes the `.proto` files in `folder` exactly `texts`, and leaves no empty folder; other files are left alone.
pub(crate) fn write(folder: &Path, texts: &Texts) -> Result<()> {
    for (name, text) in texts {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            continue;
        }
        let parent = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    remove_others(folder, "", &texts.keys().map(String::as_str).collect())
}

fn remove_others(folder: &Path, prefix: &str, names: &BTreeSet<&str>) -> Result<()> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
        let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
        let removed =
            if entry.file_type().with_context(|| format!("cannot read {}", path.display()))?.is_dir() {
                remove_others(&path, &format!("{name}/"), names)?;
                let is_empty = fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none());
                if is_empty { fs::remove_dir(&path) } else { Ok(()) }
            } else if name.ends_with(".proto") && !names.contains(name.as_str()) {
                fs::remove_file(&path)
            } else {
                Ok(())
            };
        removed.with_context(|| format!("cannot remove {}, which no longer belongs here", path.display()))?;
    }
    Ok(())
}
