//! `cargo xtask proto import`: writes the tree of one KiCad, or checks it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::descriptors::{Files, digest};
use super::inventory::Inventory;
use super::source::{Choice, Descriptors, Source};
use super::{print, tree};
use crate::inputs::history::History;
use crate::inputs::sources::{Sources, TreeSource, is_dir_name};
use crate::inputs::version::Version;

/// What to import, and how.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) source: Source,
    pub(crate) version: Option<Version>,
    /// The name of the tree, in place of the line of the version.
    pub(crate) dir: Option<String>,
    pub(crate) choice: Choice,
}

/// The folder `proto`, with the tables that an import reads and writes.
pub(crate) struct Store {
    folder: PathBuf,
    pub(crate) sources: Sources,
    pub(crate) history: History,
}

impl Store {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let sources = Sources::load_or_default(&folder.join("sources.toml"))?;
        let history = History::load_or_default(&folder.join("history.toml"))?;
        Ok(Self { folder: folder.to_path_buf(), sources, history })
    }

    /// A store that is nowhere.
    #[cfg(test)]
    pub(crate) fn of(sources: Sources, history: History) -> Self {
        Self { folder: PathBuf::new(), sources, history }
    }

    /// Writes the tables.
    pub(crate) fn save(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot create {}", self.folder.display()))?;
        for (name, text) in [("sources.toml", self.sources.render()), ("history.toml", self.history.render())]
        {
            let path = self.folder.join(name);
            if !fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
                fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// What the tree in the folder `dir` compiles to.
    pub(crate) fn tree(&self, dir: &str) -> Result<Option<Files>> {
        tree::read(&self.folder.join(dir))
    }

    /// What all trees define together.
    pub(crate) fn messages(&self) -> Result<BTreeSet<String>> {
        let mut messages = BTreeSet::new();
        for (dir, _) in self.sources.trees() {
            let files =
                self.tree(dir)?.with_context(|| format!("there is no tree {dir}; import it again"))?;
            messages.extend(Inventory::new(&files).messages().map(str::to_owned));
        }
        Ok(messages)
    }
}

/// What `descriptors` are, where they are from, and what was left out.
pub(crate) fn describe(descriptors: &Descriptors) -> String {
    let Descriptors { kind, name, version, files, left_out, .. } = descriptors;
    let count = files.len();
    let mut text = format!(
        "{} {name}: KiCad {version}, {count} file{}\n",
        kind.name(),
        if count == 1 { "" } else { "s" }
    );
    for left in left_out {
        let _ = writeln!(text, "  left out {}: {}", left.file, left.why);
    }
    text
}

/// Imports into the folder `proto`, and tells what was done.
pub(crate) fn import(proto: &Path, import: &Import) -> Result<String> {
    let mut store = Store::open(proto)?;
    let descriptors = Descriptors::read(&import.source, import.version, &import.choice, &store.sources)?;
    let dir = import.dir.clone().unwrap_or_else(|| descriptors.version.tree());
    ensure!(is_dir_name(&dir), "`{dir}` cannot be the name of a tree; it is one like 10.0 or 11.0-dev");
    let version = descriptors.version;
    // The name says which feature it goes behind.
    ensure!(
        !version.is_development() || dir == version.tree(),
        "KiCad {version} is of a development, and its tree is {}, not {dir}",
        version.tree()
    );
    let first_line =
        format!("Printed by `cargo xtask proto import` from the descriptors of KiCad {version}.");
    let texts = print::print(&descriptors.files, &first_line)?;

    let mut told = describe(&descriptors);
    // A tree that does not compile any more is replaced like any other.
    let before = store.tree(&dir).unwrap_or_default();
    let was = store.sources.get(&dir).map(|tree| tree.kicad);
    tree::write(&proto.join(&dir), &texts)?;

    let inventory = Inventory::new(&descriptors.files);
    let known = store.history.names(version).cloned();
    store.history.insert(version, inventory.names());
    store.sources.insert(TreeSource {
        dir: dir.clone(),
        kicad: version,
        kind: descriptors.kind.name().to_owned(),
        name: descriptors.name,
        sha256: descriptors.sha256,
        descriptors: digest(&descriptors.files),
        files: descriptors.files.keys().cloned().collect(),
    });
    store.save()?;

    if let Some(was) = was.filter(|was| *was > version) {
        let _ = writeln!(told, "note: proto/{dir} was of KiCad {was}, which is newer");
    }
    if known.is_some_and(|known| known != inventory.names()) {
        let _ = writeln!(told, "note: proto/history.toml knew KiCad {version} otherwise, and was corrected");
    }
    let _ = match before {
        None => writeln!(told, "proto/{dir} is new"),
        Some(before) if before == descriptors.files => writeln!(told, "proto/{dir} is as it was"),
        Some(before) => {
            let changes = inventory.changes_since(&Inventory::new(&before));
            let was = was.map(|was| format!(" since KiCad {was}")).unwrap_or_default();
            match changes.is_empty() {
                true => writeln!(told, "proto/{dir} has changed{was}, though not in what it defines"),
                false => write!(told, "proto/{dir} has changed{was}:\n{changes}"),
            }
        }
    };
    Ok(told)
}

/// Holds the tree under the folder `proto` against a source, and changes nothing. It is an error if the tree is wrong;
/// that the source is of another patch of the line is told, and is none.
pub(crate) fn check(proto: &Path, import: &Import) -> Result<String> {
    let store = Store::open(proto)?;
    let descriptors = Descriptors::read(&import.source, import.version, &import.choice, &store.sources)?;
    let version = descriptors.version;
    let dir = import.dir.clone().unwrap_or_else(|| version.tree());
    let mut told = describe(&descriptors);
    let (Some(tree), Some(files)) = (store.sources.get(&dir), store.tree(&dir)?) else {
        let newer = store.sources.iter().all(|tree| tree.kicad < version);
        let newer = if newer { format!("KiCad {version} is newer than every tree; ") } else { String::new() };
        bail!("{newer}there is no tree proto/{dir} to hold it against; `cargo xtask proto import` writes it");
    };
    let ours = tree.kicad;
    if files == descriptors.files {
        let _ = match ours == version {
            true => writeln!(told, "proto/{dir} agrees"),
            false => writeln!(told, "proto/{dir} is of KiCad {ours}, and KiCad {version} has the same files"),
        };
        return Ok(told);
    }
    let changes = Inventory::new(&descriptors.files).changes_since(&Inventory::new(&files));
    let changes = if changes.is_empty() {
        "  only what defines nothing: options, order or imports\n".to_owned()
    } else {
        changes.to_string()
    };
    if ours == version {
        bail!(
            "proto/{dir} is wrong about KiCad {version}; what KiCad has that it has not (+), or otherwise (~):\n{changes}"
        );
    }
    let how = if ours < version { "newer" } else { "older" };
    let _ = write!(
        told,
        "NOTE: this KiCad is {how} than our tree: proto/{dir} is of KiCad {ours}, and KiCad {version} differs. That is no \
         mistake of the tree. What KiCad {version} has that the tree has not (+), or otherwise (~):\n{changes}"
    );
    Ok(told)
}
