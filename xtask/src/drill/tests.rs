//! The drill on a copy of the generator's sample, which gets a third version.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;

use super::fill::Pairs;
use super::tables::{Of, Table};
use super::{Prepared, changelog, prepare};
use crate::codegen;
use crate::inputs::version::Version;
use crate::proto::diff::{Project, page};
use crate::proto::{Choice, Import, Source};
use crate::workspace;

const VERSION: Version = Version::new(3, 0, 0);

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) =
            (from.join(entry.as_ref().unwrap().file_name()), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// A workspace with the sample, and the proto files of a version that it does not have yet.
struct Sample {
    root: tempfile::TempDir,
    new: tempfile::TempDir,
}

impl Sample {
    fn new() -> Self {
        let [root, new] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let sample = workspace::root().join("xtask/testdata/sample/proto");
        copy(&sample, &root.path().join("proto"));
        copy(&sample.join("2.0"), new.path());
        let sample = Self { root, new };
        let path = sample.new.path().join("sample/commands/commands.proto");
        let text = fs::read_to_string(&path).unwrap();
        let more = "message Measure { Span span = 1; }\nmessage MeasureResponse { int64 length = 1; }\n\
                    message Span { int64 width = 1; }\nmessage Odd {}\n";
        fs::write(path, text + more).unwrap();
        sample
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn drill(&self, pairs: &[(&str, &str)]) -> Prepared {
        let source = Source::Path(self.new.path().to_path_buf());
        let import = Import { source, version: Some(VERSION), dir: None, choice: Choice::default() };
        let pairs: Pairs = pairs
            .iter()
            .map(|(request, response)| {
                (format!("sample.commands.{request}"), format!("sample.commands.{response}"))
            })
            .collect();
        let found = (!pairs.is_empty()).then(|| (pairs, "the test".to_owned()));
        prepare(self.root.path(), &import, VERSION, &|_| Ok(found.clone())).unwrap()
    }

    fn edit(&self, name: &str, edit: impl Fn(&str) -> String) {
        let path = self.path(name);
        fs::write(&path, edit(&fs::read_to_string(&path).unwrap())).unwrap();
    }
}

const PAIRS: [(&str, &str); 3] =
    [("GetNames", "NamesResponse"), ("Later", "NamesResponse"), ("Measure", "MeasureResponse")];

#[test]
fn blanks_stop_the_drill_until_they_are_filled() {
    let sample = Sample::new();
    let first = sample.drill(&PAIRS);
    expect![[r#"
        proto/commands.toml:5: sample.commands.Later (Later is answered with sample.commands.NamesResponse: does it read, is it idempotent, or a mutation?)
        proto/commands.toml:7: sample.commands.Measure (Measure is answered with sample.commands.MeasureResponse: does it read, is it idempotent, or a mutation?)
        proto/commands.toml:9: sample.commands.Odd (registered by nothing, and part of nothing: { answered = "never" } if it asks for something)"#]]
    .assert_eq(&first.blanks.iter().filter(|blank| blank.contains("commands.toml")).cloned().collect::<Vec<_>>().join("\n"));
    // What binaries tell is written down.
    let commands = fs::read_to_string(sample.path("proto/commands.toml")).unwrap();
    assert!(commands.contains("MeasureResponse = \"response\"\n"), "{commands}");
    assert!(commands.contains("Span = \"part\"\n"), "{commands}");
    assert!(commands.contains("answered = \"3.0.0\" }"), "{commands}");
    let docs = fs::read_to_string(sample.path("proto/docs.toml")).unwrap();
    assert!(
        docs.contains("[sample.commands.MeasureResponse]\n_ = \"Answer to `Measure`.\"\nlength = \"?\"\n"),
        "{docs}"
    );

    // Codegen refuses each of them, with its line.
    let refused = codegen::write(sample.root.path()).unwrap_err().to_string();
    for blank in &first.blanks {
        let place = blank.split(": ").next().unwrap();
        assert!(refused.contains(&format!("{place}: ")), "{place} is not in {refused}");
    }
    assert!(refused.contains("proto/commands.toml:9: sample.commands.Odd is a blank"), "{refused}");

    // Run again, it says the same and changes nothing.
    let again = sample.drill(&PAIRS);
    assert_eq!(again.blanks.len(), first.blanks.len());
    assert_eq!(fs::read_to_string(sample.path("proto/commands.toml")).unwrap(), commands);
    assert_eq!(fs::read_to_string(sample.path("proto/docs.toml")).unwrap(), docs);

    // Filled, it goes on.
    sample.edit("proto/commands.toml", |text| {
        text.replace("Odd = \"?\"", "Odd = { answered = \"never\" }")
            .replace("effect = \"?\"", "effect = \"read\"")
    });
    sample.edit("proto/docs.toml", |text| text.replace("\"?\"", "\"A sentence.\""));
    assert_eq!(sample.drill(&PAIRS).blanks, Vec::<String>::new());
    codegen::write(sample.root.path()).unwrap();
    let generated = sample.path("crates/kiapi-gen/src/generated/sample/commands.rs");
    assert!(fs::read_to_string(generated).unwrap().contains("impl crate::Command for Measure"));
}

#[test]
fn without_binaries_nothing_is_guessed() {
    let sample = Sample::new();
    let blanks = sample.drill(&[]).blanks;
    let commands: Vec<_> = blanks.iter().filter(|blank| blank.contains("commands.toml")).collect();
    assert_eq!(commands.len(), 4, "{commands:#?}");
    assert!(blanks.iter().any(|blank| {
        blank.contains("perhaps a command that is answered with sample.commands.MeasureResponse")
    }));
}

#[test]
fn conflict_becomes_a_blank_under_override() {
    let sample = Sample::new();
    let path = sample.new.path().join("sample/union.proto");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("int32 kept = 1", "string kept = 1")).unwrap();
    let blanks = sample.drill(&PAIRS).blanks;
    let conflicts: Vec<_> = blanks.iter().filter(|blank| blank.contains("sample.union.Layer.kept")).collect();
    assert!(
        conflicts.len() == 1 && conflicts[0].contains("is `string kept` in 3.0 and `int32 kept` in 2.0"),
        "{conflicts:?}"
    );
    let table = fs::read_to_string(sample.path("proto/commands.toml")).unwrap();
    assert!(
        table.ends_with("[override]\n\"sample.union.Layer.kept\" = { take = \"?\", why = \"?\" }\n"),
        "{table}"
    );
}

#[test]
fn lines_go_where_a_person_would_put_them() {
    let mut table =
        Table::parse("# Head.\n[a]\nB = \"part\"\nD = \"part\"\n\n[b]\nX = 'x'\n", Of::Commands).unwrap();
    table.add("a", "C", "\"?\"");
    table.add("a", "E", "1");
    table.add("c", "M.N", "2");
    let text =
        "# Head.\n[a]\nB = \"part\"\nC = \"?\"\nD = \"part\"\nE = 1\n\n[b]\nX = 'x'\n\n[c]\n\"M.N\" = 2\n";
    assert_eq!(table.text(), text);
    assert_eq!(table.blanks(), [(4, "a.C".to_owned())]);
    assert!(table.has("a.C") && table.has("c.M.N") && !table.has("a.X"));
    let mut docs = Table::parse("[m]\nresponse = \"A field.\"\n", Of::Docs).unwrap();
    assert!(docs.has("m.response"));
    docs.add("m", "_", "\"?\"");
    assert_eq!(docs.text(), "[m]\n_ = \"?\"\nresponse = \"A field.\"\n");
}

#[test]
fn changelog_has_one_entry_for_each_kicad() {
    let sample = Sample::new();
    sample.drill(&PAIRS);
    let project = Project::open(&sample.path("proto")).unwrap();
    let changes = page::of(&project, VERSION).unwrap();
    let text = changelog::with_entry("", VERSION, &changes);
    assert!(text.starts_with("# Changelog\n"), "{text}");
    assert!(text.contains("\n## Unreleased\n\n- KiCad 3.0.0: 1 new command, 4 new messages.\n"), "{text}");
    assert_eq!(changelog::with_entry(&text, VERSION, &changes), text);
    let released = text.replace("## Unreleased", "## 0.1.0");
    let next = changelog::with_entry(&released, Version::new(3, 0, 1), &[]);
    assert!(next.contains("## Unreleased\n\n- KiCad 3.0.1: nothing new in the API.\n\n## 0.1.0\n"), "{next}");
}
