//! `proto/sources.toml`: which trees there are, and where each came from.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::version::Version;

const HEADER: &str = "\
# Where each proto tree came from. Written by `cargo xtask proto import`; not meant to be edited.
#
#   source       wheel (kicad-python), installation (libkiapi), folder (of .proto files), descriptor set
#   name         the name of the file or folder that was read, and sha256 its digest
#   descriptors  the sha256 of the descriptors, normalised as xtask/src/proto/descriptors.rs says; the tree compiles to
#                exactly these
";

/// The trees, the oldest KiCad first.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    trees: Vec<TreeSource>,
}

/// Where one tree came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeSource {
    /// The name of its folder: `10.0`.
    pub(crate) dir: String,
    pub(crate) kicad: Version,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) descriptors: String,
    pub(crate) files: Vec<String>,
}

/// The file as it is written down. A tree that was written by hand has no source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    tree: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    dir: String,
    kicad: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    sha256: String,
    #[serde(default)]
    descriptors: String,
    #[serde(default)]
    files: Vec<String>,
}

impl Sources {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = super::read_if_there(path)?.with_context(|| format!("there is no {}", path.display()))?;
        Self::parse(&text)
    }

    /// Like [`load`](Self::load); a file that does not exist yet is an empty one.
    pub(crate) fn load_or_default(path: &Path) -> Result<Self> {
        let text = super::read_if_there(path)?.unwrap_or_default();
        Self::parse(&text).with_context(|| format!("cannot read {}", path.display()))
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let document: Document = toml::from_str(text)?;
        let mut sources = Self::default();
        for Entry { dir, kicad, source, name, sha256, descriptors, files } in document.tree {
            ensure!(is_dir_name(&dir), "`{dir}` is not the name of a folder");
            ensure!(sources.get(&dir).is_none(), "the tree {dir} is listed twice");
            let kicad = kicad.parse().map_err(anyhow::Error::msg)?;
            sources.insert(TreeSource { dir, kicad, kind: source, name, sha256, descriptors, files });
        }
        Ok(sources)
    }

    /// The text of the file.
    pub(crate) fn render(&self) -> String {
        let mut text = HEADER.to_owned();
        for tree in &self.trees {
            text.push_str("\n[[tree]]\n");
            let values = [
                ("dir", &tree.dir),
                ("kicad", &tree.kicad.to_string()),
                ("source", &tree.kind),
                ("name", &tree.name),
                ("sha256", &tree.sha256),
                ("descriptors", &tree.descriptors),
            ];
            for (key, value) in values {
                let _ = writeln!(text, "{key} = {}", toml::Value::from(value.as_str()));
            }
            let files: String = tree
                .files
                .iter()
                .map(|file| format!("    {},\n", toml::Value::from(file.as_str())))
                .collect();
            let _ = write!(text, "files = [\n{files}]\n");
        }
        text
    }

    /// Adds `tree`, in place of the one in the same folder.
    pub(crate) fn insert(&mut self, tree: TreeSource) {
        self.trees.retain(|other| other.dir != tree.dir);
        self.trees.push(tree);
        self.trees.sort_by(|a, b| (a.kicad, &a.dir).cmp(&(b.kicad, &b.dir)));
    }

    pub(crate) fn get(&self, dir: &str) -> Option<&TreeSource> {
        self.trees.iter().find(|tree| tree.dir == dir)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &TreeSource> {
        self.trees.iter()
    }

    /// The folder and the KiCad of each tree, the oldest KiCad first.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (&str, Version)> {
        self.trees.iter().map(|tree| (tree.dir.as_str(), tree.kicad))
    }
}

/// Whether `dir` is one plain name, so that nothing outside `proto/` can be meant.
pub(crate) fn is_dir_name(dir: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    dir.starts_with(|first: char| first.is_ascii_alphanumeric()) && dir.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(dir: &str, kicad: Version) -> TreeSource {
        let [kind, name] = ["installation", "libkiapi.so"].map(str::to_owned);
        let [sha256, descriptors] = ["12ab", "34cd"].map(str::to_owned);
        TreeSource {
            dir: dir.to_owned(),
            kicad,
            kind,
            name,
            sha256,
            descriptors,
            files: vec!["a.proto".to_owned()],
        }
    }

    #[test]
    fn what_is_written_is_read_back_oldest_first() {
        let mut sources = Sources::default();
        sources.insert(tree("10.0", Version::new(10, 0, 6)));
        sources.insert(tree("9.0", Version::new(9, 0, 7)));
        sources.insert(tree("9.0", Version::new(9, 0, 8)));
        assert_eq!(Sources::parse(&sources.render()).unwrap(), sources);
        let trees: Vec<_> = sources.trees().collect();
        assert_eq!(trees, [("9.0", Version::new(9, 0, 8)), ("10.0", Version::new(10, 0, 6))]);
    }

    #[test]
    fn tree_without_a_source_needs_its_folder_and_version() {
        let sources = Sources::parse("[[tree]]\ndir = \"1.0\"\nkicad = \"1.0.0\"\n").unwrap();
        assert_eq!(sources.trees().collect::<Vec<_>>(), [("1.0", Version::new(1, 0, 0))]);
    }

    #[test]
    fn folder_outside_is_refused() {
        for dir in ["", ".", "..", "../x", "a/b", "a\\b", "/", ".git", "-x"] {
            assert!(!is_dir_name(dir), "{dir}");
        }
        for dir in ["9.0", "10.99", "11.0-dev", "trunk"] {
            assert!(is_dir_name(dir), "{dir}");
        }
    }
}
