//! The drill on a copy of this project that does not know its newest KiCad yet: what comes of it is the project as it is,
//! and nothing was edited by hand but lines with a proposal in the two tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::fill::Pairs;
use super::{Prepared, prepare};
use crate::codegen;
use crate::inputs::PROPOSED;
use crate::inputs::commands::{Class, CommandTable};
use crate::inputs::version::Version;
use crate::proto::{Choice, Import, Source};
use crate::workspace;

const COMMANDS: &str = "proto/commands.toml";
const DOCS: &str = "proto/docs.toml";

/// A copy of what codegen reads and writes, without the newest tree and all that is known of it alone.
struct Copy {
    /// The project without developments, which nobody releases: what is to come of the copy.
    project: tempfile::TempDir,
    root: tempfile::TempDir,
    /// The newest tree that is not of a development.
    dir: String,
    version: Version,
}

impl Copy {
    fn new() -> Self {
        let [project, root] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        copy_proto(&workspace::root(), project.path());
        let sources: toml::Table =
            fs::read_to_string(project.path().join("proto/sources.toml")).unwrap().parse().unwrap();
        let trees: Vec<(&str, Version)> = sources["tree"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tree| (tree["dir"].as_str().unwrap(), tree["kicad"].as_str().unwrap().parse().unwrap()))
            .collect();
        for (dir, version) in trees.iter().filter(|(dir, _)| dir.ends_with("-dev")) {
            forget(project.path(), dir, *version);
        }
        let dir = workspace::lines().unwrap().last().unwrap().to_string();
        let (_, version) = *trees.iter().find(|(name, _)| *name == dir).unwrap();
        copy_proto(project.path(), root.path());
        forget(root.path(), &dir, version);
        Self { project, root, dir, version }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn drill(&self) -> Prepared {
        let import = Import {
            source: Source::Path(workspace::proto().join(&self.dir)),
            version: Some(self.version),
            dir: None,
            choice: Choice::default(),
        };
        let table = CommandTable::load(&self.project.path().join(COMMANDS), Path::new(COMMANDS)).unwrap();
        let pairs: Pairs = table
            .entries
            .into_iter()
            .filter_map(|(name, entry)| match entry.class {
                Class::Command { response, .. } => Some((name, response)),
                _ => None,
            })
            .collect();
        prepare(self.root.path(), &import, self.version, &|_| {
            Ok(Some((pairs.clone(), "the test".to_owned())))
        })
        .unwrap()
    }

    /// What is proposed of commands is what people found, but that a mutation may be harmless.
    fn proposals_are_as_decided_or_on_the_safe_side(&self) {
        let decided = said(&fs::read_to_string(self.project.path().join(COMMANDS)).unwrap());
        let mut count = 0;
        for line in lines(&self.read(COMMANDS)).into_iter().filter(|line| line.text.contains(PROPOSED)) {
            let Some(name) = line.name else { continue };
            let (_, proposed) = without_reason(&line.text).split_once(" = ").unwrap();
            let decided = decided[&name].as_str();
            // What was defined before is known to be answered since this KiCad, and not before.
            let [proposed, decided] =
                [proposed, decided].map(|text| match text.split_once(", answered = ") {
                    Some((before, _)) => format!("{before} }}"),
                    None => text.to_owned(),
                });
            let harmless = ["read", "idempotent"].map(|effect| decided.replace(effect, "mutation"));
            assert!(
                proposed == decided || harmless.contains(&proposed),
                "{name}: {proposed} is proposed, and {decided} is right"
            );
            count += 1;
        }
        assert!(count > 5, "only {count} commands are proposed");
    }

    /// What a person would do: each line with a blank becomes as it is in the project.
    fn fill(&self) -> usize {
        let mut filled = 0;
        for name in [COMMANDS, DOCS] {
            let project = fs::read_to_string(self.project.path().join(name)).unwrap();
            let decided: BTreeMap<_, _> =
                lines(&project).into_iter().filter_map(|line| Some((line.name?, line.text))).collect();
            let text = lines(&self.read(name)).into_iter().map(|line| {
                let is_blank = line.text.contains(PROPOSED) && !line.text.starts_with('#');
                let decided = line.name.filter(|_| is_blank).and_then(|name| decided.get(&name));
                filled += usize::from(decided.is_some());
                format!("{}\n", decided.unwrap_or(&line.text))
            });
            let text: String = text.collect();
            fs::write(self.path(name), text).unwrap();
        }
        filled
    }
}

/// Copies the trees and the tables.
fn copy_proto(from: &Path, to: &Path) {
    let from = from.join("proto");
    for name in workspace::files_below(&from).unwrap() {
        let into = to.join("proto").join(&name);
        fs::create_dir_all(into.parent().unwrap()).unwrap();
        fs::copy(from.join(&name), into).unwrap();
    }
}

/// Takes a KiCad out of the project at `root`: the newest one that is there.
fn forget(root: &Path, dir: &str, version: Version) {
    fs::remove_dir_all(root.join("proto").join(dir)).unwrap();
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let without = |name: &str, list: &str, key: &str, value: &str| {
        let mut document: DocumentMut = read(name).parse().unwrap();
        document[list].as_array_of_tables_mut().unwrap().retain(|table| table[key].as_str() != Some(value));
        fs::write(root.join(name), document.to_string()).unwrap();
    };
    without("proto/sources.toml", "tree", "dir", dir);
    without("proto/history.toml", "version", "kicad", &version.to_string());
    let known: BTreeSet<String> =
        codegen::needs(root).unwrap().things().into_iter().map(|thing| thing.name).collect();
    let newest = format!("answered = \"{}.{}.", version.major, version.minor);
    for name in [COMMANDS, DOCS] {
        let kept = lines(&read(name)).into_iter().filter_map(|line| match &line.name {
            Some(name) if !known.contains(name) => None,
            // Only the newest KiCad answers it.
            Some(_) if line.text.contains(&newest) => {
                let key = line.text.split(" = ").next().unwrap();
                Some(format!("{key} = {{ answered = \"never\" }}\n"))
            }
            // What is decided where the newest tree disagrees.
            None if line.header == "override" && line.text.contains('=') => None,
            _ => Some(format!("{}\n", line.text)),
        });
        let kept: String = kept.collect();
        fs::write(root.join(name), kept).unwrap();
    }
}

/// A line of a table without why it is proposed.
fn without_reason(text: &str) -> &str {
    text.split(PROPOSED).next().unwrap().trim_end()
}

/// A line of a table.
struct Line {
    header: String,
    /// The full name that it tells of; for a header that of its table, if it is that of a type.
    name: Option<String>,
    text: String,
}

fn lines(text: &str) -> Vec<Line> {
    let mut header = String::new();
    let lines = text.lines().map(|text| {
        let mut name = None;
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inner.clone_into(&mut header);
        } else if !text.starts_with('#') && header != "override" {
            name = text.split_once(" = ").map(|(key, _)| match key.trim_matches('"') {
                "_" => header.clone(),
                key => format!("{header}.{key}"),
            });
        }
        Line { header: header.clone(), name, text: text.to_owned() }
    });
    lines.collect()
}

/// The names that a table tells of, in no order, with what it says; empty headers say nothing.
fn said(text: &str) -> BTreeMap<String, String> {
    let said = lines(text).into_iter().filter_map(|line| {
        let value = line.text.split_once(" = ").map(|(_, value)| value.to_owned());
        Some((line.name?, value?))
    });
    said.collect()
}

#[test]
fn newest_kicad_comes_in_without_a_line_of_rust() {
    let copy = Copy::new();
    let project = copy.project.path();
    let first = copy.drill();
    assert_eq!(first.blanks, Vec::<String>::new(), "the programs tell all but what is proposed");
    assert!(first.proposals.len() > 50, "{}", first.told);
    copy.proposals_are_as_decided_or_on_the_safe_side();
    assert_eq!(copy.fill(), first.proposals.len(), "each proposal is one line");
    let second = copy.drill();
    assert_eq!((second.blanks, second.proposals), (Vec::new(), Vec::new()));

    // The tables tell of the same things. What was filled in without a person is what a person wrote, or could be bettered.
    let read = |name: &str| said(&fs::read_to_string(project.join(name)).unwrap());
    assert_eq!(said(&copy.read(COMMANDS)), read(COMMANDS));
    let (ours, docs) = (said(&copy.read(DOCS)), read(DOCS));
    assert_eq!(ours.keys().collect::<Vec<_>>(), docs.keys().collect::<Vec<_>>());
    for (name, sentence) in ours.iter().filter(|(name, sentence)| docs[*name] != **sentence) {
        assert_eq!(sentence, "\"Not set.\"", "{name}");
    }

    fs::copy(project.join(DOCS), copy.path(DOCS)).unwrap();
    codegen::write(project).unwrap();
    codegen::write(copy.root.path()).unwrap();
    let generated =
        ["crates", "docs"].map(|folder| (folder, workspace::files_below(&copy.path(folder)).unwrap()));
    let mut count = 0;
    for (folder, name) in
        generated.iter().flat_map(|(folder, names)| names.iter().map(move |name| (folder, name)))
    {
        let name = Path::new(folder).join(name);
        let (ours, theirs) = (fs::read(copy.root.path().join(&name)), fs::read(project.join(&name)));
        assert!(ours.unwrap() == theirs.unwrap(), "{} is otherwise than in the project", name.display());
        count += 1;
    }
    assert!(count > 10, "only {count} files were generated");
}
