//! One side of a comparison, however it was named: a tree, a git revision of one, a wheel, an installed KiCad, a folder,
//! a descriptor set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::model::Model;
use crate::inputs::commands::CommandTable;
use crate::inputs::protos::Texts;
use crate::inputs::version::Version;
use crate::proto::commands;
use crate::proto::compile::compile;
use crate::proto::import::Store;
use crate::proto::inventory::Inventory;
use crate::proto::source::{Descriptors, Installation, Source};

/// A side that was read.
#[derive(Debug)]
pub(crate) struct Side {
    /// What it is, for people.
    pub(crate) label: String,
    pub(crate) model: Model,
}

/// Where the project is, which sides may be told in words of.
pub(crate) struct Project {
    proto: PathBuf,
    store: Store,
    table: CommandTable,
}

impl Project {
    pub(crate) fn open(proto: &Path) -> Result<Self> {
        let store = Store::open(proto)?;
        let table = CommandTable::load(&proto.join("commands.toml"), Path::new("proto/commands.toml"))?;
        Ok(Self { proto: proto.to_path_buf(), store, table })
    }

    pub(crate) fn table(&self) -> &CommandTable {
        &self.table
    }

    /// The messages of all trees.
    pub(crate) fn messages(&self) -> Result<BTreeSet<String>> {
        self.store.messages()
    }

    /// Reads the side that `named` names.
    pub(crate) fn side(&self, named: &str) -> Result<Side> {
        let path = Path::new(named);
        if let Some((revision, of)) = named.split_once(':').filter(|_| !path.exists()) {
            return self.revision(revision, of).with_context(|| format!("cannot read `{named}`"));
        }
        if let Some(tree) = self.store.sources.get(named) {
            let files =
                self.store.tree(named)?.with_context(|| format!("there is no folder proto/{named}"))?;
            let model = self.told_by_table(Model::new(&files), Some(tree.kicad));
            return Ok(Side { label: format!("proto/{named} (KiCad {})", tree.kicad), model });
        }
        if !path.exists() {
            let trees: Vec<_> = self.store.sources.trees().map(|(dir, _)| dir).collect();
            bail!(
                "`{named}` is none of what can be compared: a tree ({}), REVISION:TREE, a wheel, the prefix of an \
                 installed KiCad, a folder of .proto files, a descriptor set",
                trees.join(", ")
            );
        }
        if let Some(installation) = path.is_dir().then(|| Installation::find(path).ok()).flatten() {
            return self.installed(path, &installation);
        }
        let (descriptors, version) =
            Descriptors::read_as_found(&Source::Path(path.into()), &self.store.sources)?;
        let kicad = version.map(|version| format!(", KiCad {version}"));
        // What does not say its version may have just what some KiCad has.
        let version = version.or_else(|| self.version_with(&Inventory::new(&descriptors.files).names()));
        let like = || version.map(|version| format!(", as in KiCad {version}"));
        let kicad = kicad.or_else(like).unwrap_or_default();
        let label = format!("{} ({}{kicad})", descriptors.name, descriptors.kind.name());
        let model = self.told_by_table(Model::new(&descriptors.files), version);
        Ok(Side { label, model })
    }

    /// The newest KiCad that has a tree.
    #[cfg(test)]
    pub(crate) fn newest(&self) -> Version {
        self.store.sources.trees().last().expect("there is a tree").1
    }

    /// The newest KiCad that has these names and no others.
    fn version_with(&self, names: &BTreeSet<String>) -> Option<Version> {
        let history = &self.store.history;
        history.versions().rev().find(|&version| history.names(version) == Some(names))
    }

    /// The version of the KiCad in `source` and the tree that is nearest to it, if the history does not know this API.
    pub(crate) fn unknown_version(&self, source: &Path) -> Result<Option<(Version, String)>> {
        let (descriptors, version) =
            Descriptors::read_as_found(&Source::Path(source.into()), &self.store.sources)?;
        let version =
            version.with_context(|| format!("{} does not say which KiCad it is of", source.display()))?;
        let names = Inventory::new(&descriptors.files).names();
        let history = &self.store.history;
        let mut of_line = history.versions().filter(|known| known.line() == version.line());
        if of_line.any(|known| history.names(known) == Some(&names)) {
            return Ok(None);
        }
        let trees: Vec<_> = self.store.sources.trees().collect();
        let nearest = trees.iter().find(|(_, known)| known.line() == version.line()).or(trees.last());
        let (dir, _) = nearest.context("there is no tree")?;
        Ok(Some((version, (*dir).to_owned())))
    }

    /// An installed KiCad, whose programs tell the commands.
    fn installed(&self, prefix: &Path, installation: &Installation) -> Result<Side> {
        let source = Source::Installed(prefix.to_path_buf());
        let (descriptors, version) = Descriptors::read_as_found(&source, &self.store.sources)?;
        let mut model = Model::new(&descriptors.files);
        for (request, responses) in commands::of_programs(installation)?.handlers {
            let responses: Vec<String> = responses.into_keys().collect();
            model.commands.insert(request, responses.join(" or "));
        }
        let kicad = version.map(|version| format!(" {version}")).unwrap_or_default();
        Ok(Side { label: format!("the installed KiCad{kicad}"), model })
    }

    /// `of` as it was in a revision of git, with the table of commands of that time.
    fn revision(&self, revision: &str, of: &str) -> Result<Side> {
        ensure!(!revision.starts_with('-') && !revision.is_empty(), "`{revision}` is no revision of git");
        let folders = [format!("proto/{of}"), of.trim_matches('/').to_owned()];
        for folder in folders {
            let list =
                self.git(&["ls-tree", "-r", "-z", "--name-only", revision, "--", &format!(":/{folder}")])?;
            let paths: Vec<&str> = list.split('\0').filter(|path| path.ends_with(".proto")).collect();
            if paths.is_empty() {
                continue;
            }
            let mut texts = Texts::new();
            for path in paths {
                let name = path.split_once(&format!("{folder}/")).map_or(path, |(_, name)| name);
                texts.insert(name.to_owned(), self.git(&["show", &format!("{revision}:{path}")])?);
            }
            let files = compile(&texts)?;
            let at =
                |name: &str| self.git(&["show", &format!("{revision}:proto/{name}")]).unwrap_or_default();
            let table = CommandTable::parse(Path::new("commands.toml"), &at("commands.toml"))?;
            let sources = crate::inputs::sources::Sources::parse(&at("sources.toml"))?;
            let history = crate::inputs::history::History::parse(&at("history.toml"))?;
            let dir = of.trim_matches('/');
            let version = sources.get(dir.strip_prefix("proto/").unwrap_or(dir)).map(|tree| tree.kicad);
            let kicad = version.map(|version| format!(" (KiCad {version})")).unwrap_or_default();
            let model = Model::new(&files).with_table(&table, &history, version);
            return Ok(Side { label: format!("{folder} in {revision}{kicad}"), model });
        }
        bail!("there is no proto file in `{of}` nor in `proto/{of}` at {revision}")
    }

    fn git(&self, args: &[&str]) -> Result<String> {
        // From the top, so that all paths are below it.
        let root = self.proto.parent().context("the folder proto lies in a project")?;
        let output = Command::new("git").arg("-C").arg(root).args(args).output().context("cannot run git")?;
        ensure!(
            output.status.success(),
            "git {} failed: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        String::from_utf8(output.stdout).context("git wrote what is no UTF-8")
    }

    fn told_by_table(&self, model: Model, version: Option<Version>) -> Model {
        model.with_table(&self.table, &self.store.history, version)
    }

    /// What is known of each version in the history, the oldest first: the names it has, with what a tree tells of them.
    pub(super) fn versions(&self) -> Result<Vec<(Version, Model)>> {
        let mut trees = Vec::new();
        for (dir, version) in self.store.sources.trees() {
            let files = self.store.tree(dir)?.with_context(|| format!("there is no tree {dir}"))?;
            trees.push((version, files));
        }
        let history = &self.store.history;
        let mut result = Vec::new();
        for version in history.versions() {
            let names = history.names(version).context("the history has what it lists")?;
            let of_line = trees.iter().find(|(tree, _)| tree.line() == version.line());
            let (_, files) = of_line.or(trees.last()).context("there is no tree")?;
            let others = trees.iter().rev().map(|(_, files)| Model::new(files));
            let model = others.fold(Model::new(files), Model::or);
            result.push((version, self.told_by_table(model, Some(version)).restricted(names)));
        }
        Ok(result)
    }
}
