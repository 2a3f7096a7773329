//! Every kind of change, on invented files and on the project's trees.

use std::path::Path;

use expect_test::{Expect, expect};

use super::compare::{Change, What, compare};
use super::model::Model;
use super::render::{Format, Report};
use super::rules::Breaks;
use super::{Project, page, report};
use crate::inputs::commands::CommandTable;
use crate::inputs::history::History;
use crate::proto::compile::compile;
use crate::workspace;

/// The model of one file of the package `p`.
#[track_caller]
fn model(text: &str) -> Model {
    let text = format!("syntax = \"proto3\"; package p;\n{text}");
    Model::new(&compile(&[("a.proto".to_owned(), text)].into()).unwrap())
}

fn lines(changes: &[Change]) -> String {
    let line = |change: &Change| {
        let (what, kind, breaks) = (change.what.name(), change.kind.name(), change.breaks.name());
        format!("{what} {kind} {}: {breaks}, {:?}\n", change.name, change.rust)
    };
    changes.iter().map(line).collect()
}

#[track_caller]
fn check(before: &str, after: &str, expected: &Expect) {
    expected.assert_eq(&lines(&compare(&model(before), &model(after))));
}

#[test]
fn folder_that_says_no_version_is_that_of_the_kicad_with_the_same_names() {
    let project = Project::open(&workspace::proto()).unwrap();
    for line in workspace::lines().unwrap() {
        let (tree, folder) = (line.to_string(), tempfile::tempdir().unwrap());
        let from = workspace::proto().join(&tree);
        for name in workspace::files_below(&from).unwrap() {
            std::fs::create_dir_all(folder.path().join(&name).parent().unwrap()).unwrap();
            std::fs::copy(from.join(&name), folder.path().join(&name)).unwrap();
        }
        let same = project.side(folder.path().to_str().unwrap()).unwrap();
        assert!(same.label.contains(&format!(", as in KiCad {tree}.")), "{}", same.label);
        let before = project.side(&tree).unwrap();
        assert_eq!(lines(&compare(&before.model, &same.model)), "", "{tree}");
        assert_eq!(before.model.commands, same.model.commands);
    }
}

#[test]
fn same_number_with_another_name_is_renamed() {
    check(
        "message M { int32 a = 1; }",
        "message M { int32 b = 1; }",
        &expect![[r#"
            renamed field p.M.b: json, Breaking
        "#]],
    );
}

#[test]
fn same_name_with_another_number_is_renumbered() {
    check(
        "message M { int32 a = 1; }",
        "message M { int32 a = 2; }",
        &expect![[r#"
            renumbered field p.M.a: wire, Conflict
        "#]],
    );
    check(
        "message M { int32 a = 1; int32 b = 2; }",
        "message M { int32 b = 1; int32 a = 2; }",
        &expect![[r#"
            renumbered field p.M.a: json, Conflict
            renumbered field p.M.b: json, Conflict
        "#]],
    );
}

#[test]
fn removal_breaks_less_when_number_and_name_are_reserved() {
    let before = "message M { int32 a = 1; }";
    check(
        before,
        "message M {}",
        &expect![[r#"
            removed field p.M.a: wire, Same
        "#]],
    );
    check(
        before,
        "message M { reserved 1; reserved \"a\"; }",
        &expect![[r#"
            reserved message p.M: nothing, Same
            reserved message p.M: nothing, Same
            removed field p.M.a: source, Same
        "#]],
    );
}

#[test]
fn what_is_no_longer_reserved_may_come_back_with_another_meaning() {
    check(
        "message M { reserved 1 to 5; }",
        "message M { reserved 1 to 3; }",
        &expect![[r#"
            no longer reserved message p.M: wire, Same
        "#]],
    );
}

#[test]
fn move_into_a_oneof_breaks_the_wire() {
    check(
        "message M { int32 a = 1; }",
        "message M { oneof o { int32 a = 1; } }",
        &expect![[r#"
            presence field p.M.a: source, Breaking
            oneof field p.M.a: wire, Breaking
            added oneof p.M.o: nothing, Additive
        "#]],
    );
}

#[test]
fn types_break_what_cannot_read_them() {
    let check = |before: &str, after: &str, breaks: Breaks| {
        let field =
            |shape: &str| model(&format!("message N {{}} message O {{}} message M {{ {shape} a = 1; }}"));
        let changes = compare(&field(before), &field(after));
        assert_eq!(
            changes.iter().map(|change| change.breaks).collect::<Vec<_>>(),
            [breaks],
            "{before} to {after}"
        );
    };
    check("int32", "uint32", Breaks::Source);
    check("int32", "int64", Breaks::Json);
    check("string", "bytes", Breaks::Json);
    check("bytes", "string", Breaks::Wire);
    check("int32", "sint32", Breaks::Wire);
    check("int32", "repeated int32", Breaks::Wire);
    check("int32", "optional int32", Breaks::Source);
    check("N", "O", Breaks::Wire);
    check("map<string, int32>", "map<string, uint32>", Breaks::Source);
    check("map<string, int32>", "repeated string", Breaks::Wire);
}

#[test]
fn values_of_enums_come_go_and_change_names() {
    check(
        "enum E { A = 0; B = 1; C = 2; }",
        "enum E { A = 0; BB = 1; D = 3; }",
        &expect![[r#"
            renamed value p.E.BB: json, Additive
            removed value p.E.C: wire, Same
            added value p.E.D: nothing, Additive
        "#]],
    );
    check(
        "enum E { A = 0; B = 1; }",
        "enum E { option allow_alias = true; A = 0; B = 1; BEE = 1; }",
        &expect![[r#"
            added value p.E.BEE: nothing, Additive
        "#]],
    );
}

#[test]
fn thing_of_another_kind_breaks_everything() {
    check(
        "message M { int32 a = 1; }",
        "enum M { A = 0; }",
        &expect![[r#"
            retyped enum p.M: wire, Same
        "#]],
    );
}

#[test]
fn commands_are_what_the_table_says_is_answered() {
    let table = "[p]\nAsk = { response = \"p.Told\", effect = \"read\" }\n\
                 Late = { response = \"p.Told\", effect = \"read\", answered = \"2.0.0\" }\nTold = \"response\"\n";
    let history = "[[version]]\nkicad = \"1.0.0\"\nadded = [\"p.Ask\", \"p.Late\", \"p.Told\"]\n\
                   [[version]]\nkicad = \"2.0.0\"\nremoved = [\"p.Ask\"]\n";
    let table = CommandTable::parse(Path::new("commands.toml"), table).unwrap();
    let history = History::parse(history).unwrap();
    let side =
        |text: &str, version: &str| model(text).with_table(&table, &history, Some(version.parse().unwrap()));
    let before = side("message Ask {} message Late {} message Told {}", "1.0.0");
    let after = side("message Late {} message Told {}", "2.0.0");
    expect![[r#"
        removed command p.Ask: wire, Same
        removed message p.Ask: source, Same
        added command p.Late: nothing, Additive
    "#]]
    .assert_eq(&lines(&compare(&before, &after)));
}

#[test]
fn json_has_names_that_do_not_change() {
    let changes = compare(&model("message M {}"), &model("message M { int32 a = 1; }"));
    let (before, after, unclassified) = ("old".to_owned(), "new".to_owned(), Vec::new());
    let report = Report { format: 1, before, after, breaks: Breaks::Nothing, changes, unclassified };
    let json: serde_json::Value = serde_json::from_str(&report.render(Format::Json)).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "format": 1, "before": "old", "after": "new", "breaks": "nothing", "unclassified": [],
            "changes": [{
                "name": "p.M.a", "kind": "field", "what": "added", "after": "int32 = 1", "breaks": "nothing",
                "rules": [], "rust": "additive", "meaning": "the new method `p::M::with_a`",
            }],
        })
    );
}

#[test]
fn what_trees_add_is_removed_when_they_are_looked_at_from_behind() {
    let project = Project::open(&workspace::proto()).unwrap();
    for pair in workspace::lines().unwrap().windows(2) {
        let [old, new] = [pair[0], pair[1]].map(|line| line.to_string());
        let forth = report(&project, &old, &new).unwrap();
        let back = report(&project, &new, &old).unwrap();
        let names = |report: &Report, what: What| {
            let of = report.changes.iter().filter(|change| change.what == what);
            of.map(|change| (change.kind, change.name.clone())).collect::<Vec<_>>()
        };
        assert!(!names(&forth, What::Added).is_empty());
        assert_eq!(names(&forth, What::Added), names(&back, What::Removed));
        assert_eq!(names(&forth, What::Removed), names(&back, What::Added));
        assert!(report(&project, &new, &new).unwrap().changes.is_empty());
    }
}

/// A project of one tree, which git knows as it was and as it is.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet"]);
        let source = |kicad: &str| format!("[[tree]]\ndir = \"1.0\"\nkicad = \"{kicad}\"\n");
        repository.write("proto/sources.toml", &source("1.0.0"));
        repository.write(
            "proto/commands.toml",
            "[p.commands]\nAsk = { response = \"p.commands.Told\", effect = \"read\" }\nTold = \"response\"\n",
        );
        repository.write(
            "proto/history.toml",
            "[[version]]\nkicad = \"1.0.0\"\nadded = [\"p.commands.Ask\", \"p.commands.Told\"]\n",
        );
        repository.tree("message Ask {} message Told { int32 a = 1; }");
        repository.commit();
        repository.git(&["tag", "v1"]);
        repository.tree("message Ask {} message Told { int32 b = 1; }");
        repository.commit();
        repository
    }

    fn tree(&self, text: &str) {
        self.write(
            "proto/1.0/p/commands.proto",
            &format!("syntax = \"proto3\"; package p.commands;\n{text}\n"),
        );
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "--quiet",
            "--message",
            "x",
        ]);
    }

    #[track_caller]
    fn git(&self, args: &[&str]) {
        let status =
            std::process::Command::new("git").arg("-C").arg(self.0.path()).args(args).status().unwrap();
        assert!(status.success(), "git {args:?}");
    }

    /// What `before` and `after` are called, and what changed.
    fn told(&self, before: &str, after: &str) -> String {
        let project = Project::open(&self.0.path().join("proto")).unwrap();
        match report(&project, before, after) {
            Ok(report) => format!("{} to {}\n{}", report.before, report.after, lines(&report.changes)),
            Err(error) => format!("{error:#}\n"),
        }
    }
}

#[test]
fn tree_is_read_as_it_was_in_a_revision_of_git() {
    let repository = Repository::new();
    expect![[r#"
        proto/1.0 in v1 (KiCad 1.0.0) to proto/1.0 (KiCad 1.0.0)
        renamed field p.commands.Told.b: json, Breaking
    "#]]
    .assert_eq(&repository.told("v1:1.0", "1.0"));
    // With its path, from one commit to another, and from the future.
    expect![[r#"
        proto/1.0 in HEAD~1 (KiCad 1.0.0) to proto/1.0 in HEAD (KiCad 1.0.0)
        renamed field p.commands.Told.b: json, Breaking
    "#]]
    .assert_eq(&repository.told("HEAD~1:proto/1.0", "HEAD:1.0"));
    expect![[r#"
        proto/1.0 in HEAD (KiCad 1.0.0) to proto/1.0 in v1 (KiCad 1.0.0)
        renamed field p.commands.Told.a: json, Breaking
    "#]]
    .assert_eq(&repository.told("HEAD:1.0", "v1:1.0"));
    // What is not committed is no part of a revision.
    repository.tree("message Ask {}");
    expect![[r#"
        proto/1.0 in HEAD (KiCad 1.0.0) to proto/1.0 (KiCad 1.0.0)
        removed message p.commands.Told: source, Same
    "#]]
    .assert_eq(&repository.told("HEAD:1.0", "1.0"));
}

#[test]
fn revision_or_tree_that_is_not_there_is_named() {
    let repository = Repository::new();
    expect![[r#"
        cannot read `v1:2.0`: there is no proto file in `2.0` nor in `proto/2.0` at v1
    "#]]
    .assert_eq(&repository.told("v1:2.0", "1.0"));
    let told = repository.told("v2:1.0", "1.0");
    assert!(told.starts_with("cannot read `v2:1.0`: git ls-tree"), "{told}");
}

#[test]
fn side_that_is_nothing_says_what_could_be_compared() {
    let project = Project::open(&workspace::proto()).unwrap();
    let error = project.side("no such thing").unwrap_err().to_string();
    assert!(error.starts_with("`no such thing` is none of what can be compared: a tree ("), "{error}");
    let error = project.side("--output=x:9.0").unwrap_err();
    assert!(format!("{error:#}").contains("is no revision of git"), "{error:#}");
}

#[test]
fn page_of_changes_is_fresh() {
    page::write(&workspace::root(), true).unwrap();
}
