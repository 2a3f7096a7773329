//! The drill on a copy of the generator's sample, which gets a third version.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;

use super::fill::{Pairs, accept};
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
fn proposals_stop_the_drill_until_they_are_accepted() {
    let sample = Sample::new();
    let first = sample.drill(&PAIRS);
    expect![[r#"
        proto/commands.toml:5: sample.commands.Later (nothing tells the effect of Later, and what is not known must not be sent twice)
        proto/commands.toml:7: sample.commands.Measure (nothing tells the effect of Measure, and what is not known must not be sent twice)
        proto/commands.toml:9: sample.commands.Odd (registered by nothing, and part of nothing)
        proto/docs.toml:125: sample.commands.Measure (put off: message)
        proto/docs.toml:126: sample.commands.Measure.span (put off: field sample.commands.Span = 1)
        proto/docs.toml:130: sample.commands.MeasureResponse.length (put off: field int64 = 1)
        proto/docs.toml:133: sample.commands.Odd (put off: message)
        proto/docs.toml:136: sample.commands.Span (put off: message)
        proto/docs.toml:137: sample.commands.Span.width (put off: field int64 = 1)"#]].assert_eq(&first.proposals.join("\n"));
    assert_eq!(first.blanks, Vec::<String>::new());
    // What binaries tell is written down.
    let commands = fs::read_to_string(sample.path("proto/commands.toml")).unwrap();
    assert!(commands.contains("MeasureResponse = \"response\"\n"), "{commands}");
    assert!(commands.contains("Span = \"part\"\n"), "{commands}");
    assert!(commands.contains("answered = \"3.0.0\" }"), "{commands}");
    let docs = fs::read_to_string(sample.path("proto/docs.toml")).unwrap();
    assert!(
        docs.contains(
            "[sample.commands.MeasureResponse]\n_ = \"Answer to `Measure`.\"\nlength = \"Not described yet.\" # proposed: "
        ),
        "{docs}"
    );

    // Codegen refuses each of them, with its line.
    let refused = codegen::write(sample.root.path()).unwrap_err().to_string();
    for proposal in &first.proposals {
        let place = proposal.split(": ").next().unwrap();
        assert!(refused.contains(&format!("{place}: ")), "{place} is not in {refused}");
    }
    assert!(
        refused.contains("proto/commands.toml:9: sample.commands.Odd is only proposed (registered by"),
        "{refused}"
    );

    // Run again, it says the same and changes nothing.
    assert_eq!(sample.drill(&PAIRS).proposals, first.proposals);
    assert_eq!(fs::read_to_string(sample.path("proto/commands.toml")).unwrap(), commands);
    assert_eq!(fs::read_to_string(sample.path("proto/docs.toml")).unwrap(), docs);

    // One is mended, whose comment may stay, and the rest accepted: then it goes on.
    sample.edit("proto/commands.toml", |text| {
        let measure = text.lines().find(|line| line.starts_with("Measure = ")).unwrap().to_owned();
        text.replace(&measure, &measure.replace("\"mutation\"", "\"read\""))
    });
    assert_eq!(accept(sample.root.path()).unwrap(), first.proposals.len());
    let second = sample.drill(&PAIRS);
    assert_eq!((second.blanks, second.proposals), (Vec::new(), Vec::new()));
    codegen::write(sample.root.path()).unwrap();
    let generated = sample.path("crates/kiapi-gen/src/generated/sample/commands.rs");
    let generated = fs::read_to_string(generated).unwrap();
    let (_, measure) = generated.split_once("impl crate::Command for Measure {").unwrap();
    assert!(measure.split('}').next().unwrap().contains("Effect::Read"), "{measure}");
    // What was put off is a sentence that a release asks for.
    let undescribed = codegen::undescribed(sample.root.path()).unwrap();
    assert!(undescribed.contains(&"sample.commands.Span.width".to_owned()), "{undescribed:?}");
}

#[test]
fn without_binaries_names_propose_and_what_they_do_not_tell_is_a_blank() {
    let sample = Sample::new();
    let Prepared { blanks, proposals, .. } = sample.drill(&[]);
    let of_commands = |lines: &[String]| {
        let lines: Vec<_> = lines.iter().filter(|line| line.contains("commands.toml")).cloned().collect();
        lines.join("\n")
    };
    expect!["proto/commands.toml:9: sample.commands.Odd (a command, a response or a part; no binaries or sources were given to tell)"].assert_eq(&of_commands(&blanks));
    expect![[r#"
        proto/commands.toml:7: sample.commands.Measure (by the names alone, since no binaries or sources tell; nothing tells the effect of Measure, and what is not known must not be sent twice)
        proto/commands.toml:8: sample.commands.MeasureResponse (by its name alone, since no binaries or sources tell)
        proto/commands.toml:10: sample.commands.Span (other messages hold it, and no binaries or sources tell more)"#]].assert_eq(&of_commands(&proposals));
    let docs = fs::read_to_string(sample.path("proto/docs.toml")).unwrap();
    assert!(docs.contains("_ = \"Answer to `Measure`.\" # proposed: by the names alone"), "{docs}");
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
    table.add("a", "Z", "\"says # proposed: not this\" # proposed: that, with \"?\"");
    assert_eq!(table.blanks().len(), 1);
    assert_eq!(table.proposals(), [(7, "a.Z".to_owned(), "that, with \"?\"".to_owned())]);
    assert_eq!((table.accept(), table.accept()), (1, 0));
    let text = text.replace("E = 1\n", "E = 1\nZ = \"says # proposed: not this\"\n");
    assert_eq!(table.text(), text);
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
    assert!(text.contains("\n## Unreleased\n\n- KiCad 3.0.0: 3 new commands, 4 new messages.\n"), "{text}");
    assert_eq!(changelog::with_entry(&text, VERSION, &changes), text);
    let released = text.replace("## Unreleased", "## 0.1.0");
    let next = changelog::with_entry(&released, Version::new(3, 0, 1), &[]);
    assert!(next.contains("## Unreleased\n\n- KiCad 3.0.1: nothing new in the API.\n\n## 0.1.0\n"), "{next}");
}

#[test]
fn source_that_is_of_another_kicad_changes_nothing() {
    let sample = Sample::new();
    let before = fs::read_to_string(sample.path("proto/history.toml")).ok();
    let prefix = tempfile::tempdir().unwrap();
    fs::create_dir(prefix.path().join("lib")).unwrap();
    fs::write(prefix.path().join("lib/libkiapi.so.2.9.9"), "").unwrap();
    let source = Source::Installed(prefix.path().to_path_buf());
    let import = Import { source, version: Some(VERSION), dir: None, choice: Choice::default() };
    let error = prepare(sample.root.path(), &import, VERSION, &|_| Ok(None)).err().unwrap().to_string();
    let expected =
        "libkiapi.so.2.9.9 is of KiCad 2.9.9, not of KiCad 3.0.0; name that version, or another source";
    assert!(error.ends_with(expected), "{error}");
    assert_eq!(fs::read_to_string(sample.path("proto/history.toml")).ok(), before);
}
