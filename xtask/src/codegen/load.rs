//! The inputs of codegen: the proto trees, parsed, and the tables beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::source_code_info::Location as Span;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};

use crate::inputs::commands::CommandTable;
use crate::inputs::docs::Docs;
use crate::inputs::history::History;
use crate::inputs::protos::{self, Texts};
use crate::inputs::sources::Sources;
use crate::inputs::version::Version;
use crate::problems::{Location, Problem, Problems};

/// Everything that codegen reads.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// The trees, oldest KiCad first.
    pub(super) trees: Vec<Tree>,
    pub(super) commands: CommandTable,
    pub(super) docs: Docs,
    pub(super) history: History,
    /// The development tree was taken out: what only it needs is in the tables all the same.
    pub(super) partial: bool,
}

/// The proto files of one KiCad.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The folder's name: `10.0`.
    pub(super) name: String,
    pub(super) version: Version,
    /// Every file after those that it imports.
    pub(super) files: Vec<FileDescriptorProto>,
    /// Where each message, field, oneof, enum and value is defined, by full name.
    pub(super) locations: BTreeMap<String, Location>,
}

impl Inputs {
    /// Reads the folder `proto` below `root`.
    pub(super) fn load(root: &Path) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let shown = |name: &str| Path::new("proto").join(name);
        let path = |name: &str| root.join(shown(name));

        let commands = problems.take(CommandTable::load(&path("commands.toml"), &shown("commands.toml")));
        let docs = problems.take(Docs::load(&path("docs.toml"), &shown("docs.toml")));
        let history = problems.take(load_table(History::load(&path("history.toml")), &shown("history.toml")));
        let sources = problems.take(load_table(Sources::load(&path("sources.toml")), &shown("sources.toml")));

        let mut trees = Vec::new();
        for (name, version) in sources.iter().flat_map(Sources::trees) {
            trees.extend(problems.take(Tree::load(root, &shown(name), name, version)));
        }
        trees.sort_by_key(|tree| tree.version);
        if trees.is_empty() && problems.is_empty() {
            let help = "import one: cargo xtask proto import --kicad /usr";
            problems.add(Problem::new(
                &Location::file(shown("sources.toml")),
                "there is no proto tree",
                help,
            ));
        }
        match (commands, docs, history) {
            (Some(commands), Some(docs), Some(history)) => {
                problems.unless(Self { trees, commands, docs, history, partial: false })
            }
            _ => Err(problems),
        }
    }
}

/// The error of a table that is read elsewhere, as a problem of its file.
fn load_table<T, E: std::fmt::Display>(outcome: Result<T, E>, shown: &Path) -> Result<T, Problems> {
    outcome.map_err(|error| {
        let help = "the table is written by `cargo xtask proto import`; restore it from git";
        Problem::new(&Location::file(shown), format!("cannot be read: {error:#}"), help).into()
    })
}

impl Inputs {
    /// What there is without the development tree, and the feature that it goes behind; none if there is no such tree.
    pub(super) fn stable(&self) -> Result<Option<(Self, String)>, Problems> {
        let Some((tree, others)) = self.trees.split_last() else { return Ok(None) };
        let help = "there is one development tree at most, of the newest KiCad, and stable ones beside it; see sources.toml";
        if let Some(tree) = others.iter().find(|tree| tree.is_development()) {
            let at = Location::file(Path::new("proto").join(&tree.name));
            return Err(Problem::new(&at, "is a development tree, and is not the newest", help).into());
        }
        if !tree.is_development() {
            return Ok(None);
        }
        let at = Location::file(Path::new("proto").join(&tree.name));
        let Some(newest) = others.last() else {
            return Err(Problem::new(&at, "is a development tree, and the only one", help).into());
        };
        let major = tree.name.split('.').next().unwrap_or_default();
        let mut stable = self.clone();
        stable.history = stable.history.up_to(newest.version);
        stable.trees.pop();
        stable.partial = true;
        Ok(Some((stable, format!("unstable-kicad-{major}"))))
    }
}

impl Tree {
    /// Whether it is of a KiCad that is not released: `11.0-dev`.
    pub(super) fn is_development(&self) -> bool {
        self.name.ends_with("-dev")
    }

    /// Reads and parses every `.proto` file in the folder `shown` below `root`.
    fn load(root: &Path, shown: &Path, name: &str, version: Version) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut sources = Texts::new();
        collect(root, shown, shown, &mut sources, &mut problems);
        if sources.is_empty() && problems.is_empty() {
            let help =
                "import it again with `cargo xtask proto import`, or take it out of proto/sources.toml";
            problems.add(Problem::new(&Location::file(shown), "holds no .proto file", help));
        }
        problems.unless(())?;
        Self::parse(name, version, shown, &sources)
    }

    /// Parses `sources`, the text of each file by its path below the folder `shown`.
    pub(super) fn parse(
        name: &str,
        version: Version,
        shown: &Path,
        sources: &Texts,
    ) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut compiler = protos::compiler(sources);
        compiler.include_source_info(true);
        // What commands without a response are answered with; no file of KiCad imports it.
        let empty = "google/protobuf/empty.proto".to_owned();
        for file in sources.keys().chain([&empty]) {
            if let Err(error) = compiler.open_file(file) {
                problems.add(problem(&error, shown, file));
            }
        }
        problems.unless(())?;

        let set = compiler.encode_file_descriptor_set();
        let set = FileDescriptorSet::decode(set.as_slice()).expect("what protox encodes can be decoded");
        let mut tree = Self { name: name.to_owned(), version, files: set.file, locations: BTreeMap::new() };
        for file in &mut tree.files {
            let spans = file.source_code_info.take().unwrap_or_default().location;
            let spans = spans.iter().map(|span| (span.path.as_slice(), span)).collect();
            let at = Locations { file: shown.join(file.name()), spans };
            at.collect(file, &mut tree.locations);
        }
        Ok(tree)
    }
}

/// The `.proto` files below `folder`, by their path below `base`.
fn collect(root: &Path, base: &Path, folder: &Path, found: &mut Texts, problems: &mut Problems) {
    let mut failed = |path: &Path, error: &std::io::Error| {
        let help = "check that it exists and may be read";
        problems.add(Problem::new(&Location::file(path), format!("cannot be read: {error}"), help));
    };
    let entries = match fs::read_dir(root.join(folder)).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => return failed(folder, &error),
    };
    for entry in entries {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            collect(root, base, &path, found, problems);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            match fs::read_to_string(entry.path()) {
                Ok(text) => {
                    let name = path.strip_prefix(base).expect("the path is below the base");
                    let name = name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
                    found.insert(name, text);
                }
                Err(error) => {
                    let help = "check that it exists and may be read";
                    problems.add(Problem::new(
                        &Location::file(&path),
                        format!("cannot be read: {error}"),
                        help,
                    ));
                }
            }
        }
    }
}

/// What protox found wrong, in the file where it is.
fn problem(error: &protox::Error, shown: &Path, opened: &str) -> Problem {
    let file = error.file().unwrap_or(opened);
    let line = protos::place(error, file).map(|(line, _)| line);
    let help = "a tree is what KiCad has: import it again rather than mend it by hand";
    Problem::new(&Location { file: shown.join(file), line }, error.to_string(), help)
}

/// Finds the lines of what a file defines.
struct Locations<'a> {
    file: PathBuf,
    spans: BTreeMap<&'a [i32], &'a Span>,
}

impl Locations<'_> {
    fn collect(&self, file: &FileDescriptorProto, into: &mut BTreeMap<String, Location>) {
        for (index, message) in (0..).zip(&file.message_type) {
            self.message(message, file.package(), vec![4, index], into);
        }
        for (index, item) in (0..).zip(&file.enum_type) {
            self.enumeration(item, file.package(), vec![5, index], into);
        }
    }

    fn message(
        &self,
        message: &DescriptorProto,
        scope: &str,
        path: Vec<i32>,
        into: &mut BTreeMap<String, Location>,
    ) {
        let name = format!("{scope}.{}", message.name());
        let below = |kind: i32, index: i32| [path.as_slice(), &[kind, index]].concat();
        for (index, field) in (0..).zip(&message.field) {
            into.insert(format!("{name}.{}", field.name()), self.at(&below(2, index)));
        }
        for (index, nested) in (0..).zip(&message.nested_type) {
            self.message(nested, &name, below(3, index), into);
        }
        for (index, item) in (0..).zip(&message.enum_type) {
            self.enumeration(item, &name, below(4, index), into);
        }
        for (index, oneof) in (0..).zip(&message.oneof_decl) {
            into.insert(format!("{name}.{}", oneof.name()), self.at(&below(8, index)));
        }
        into.insert(name, self.at(&path));
    }

    fn enumeration(
        &self,
        item: &EnumDescriptorProto,
        scope: &str,
        path: Vec<i32>,
        into: &mut BTreeMap<String, Location>,
    ) {
        let name = format!("{scope}.{}", item.name());
        for (index, value) in (0..).zip(&item.value) {
            into.insert(
                format!("{name}.{}", value.name()),
                self.at(&[path.as_slice(), &[2, index]].concat()),
            );
        }
        into.insert(name, self.at(&path));
    }

    fn at(&self, path: &[i32]) -> Location {
        let line = self
            .spans
            .get(path)
            .and_then(|span| span.span.first())
            .and_then(|line| usize::try_from(*line).ok());
        Location { file: self.file.clone(), line: line.map(|line| line + 1) }
    }
}
