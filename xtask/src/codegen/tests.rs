//! The generator as a whole: on the sample in xtask/testdata, on the sample with a mistake in it, and on KiCad's trees.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect};

use super::load::Inputs;
use super::{Outputs, emit, generate, lower, page, print, render, stale};
use crate::workspace;

/// Copies the folder `from` to `to`.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The sample with `edits` (file below `proto`, what to replace, by what) says `expected`.
#[track_caller]
fn check(edits: &[(&str, &str, &str)], expected: Expect) {
    let root = tempfile::tempdir().unwrap();
    copy(&page::sample(), root.path());
    for (file, from, to) in edits {
        let path = root.path().join("proto").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not contain {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    expected.assert_eq(&outcome(root.path()));
}

/// What lowering the workspace at `root` says.
fn outcome(root: &Path) -> String {
    match Inputs::load(root).and_then(|inputs| lower::lower(&inputs)) {
        Ok(_) => "generated\n".to_owned(),
        Err(problems) => format!("{problems}\n"),
    }
}

#[test]
fn sample_is_generated() {
    check(&[], expect![["generated\n"]]);
}

#[test]
fn unclassified_message_is_a_problem() {
    check(
        &[("commands.toml", "NamesResponse = \"response\"\n", "")],
        expect![[r#"
        proto/2.0/sample/commands/commands.proto:8: sample.commands.NamesResponse is not classified
          help: add it to proto/commands.toml as a command, a response or a part
        1 problem
    "#]],
    );
}

#[test]
fn entry_that_no_longer_exists_is_a_problem() {
    check(
        &[("commands.toml", "Later =", "Bygone = \"part\"\nLater =")],
        expect![[r#"
        proto/commands.toml:5: sample.commands.Bygone is in no proto tree
          help: remove the entry, or mend its name
        1 problem
    "#]],
    );
}

#[test]
fn response_that_does_not_exist_is_a_problem() {
    check(
        &[("commands.toml", "sample.commands.NamesResponse", "sample.commands.NameResponse")],
        expect![[r#"
        proto/commands.toml:2: sample.commands.GetNames is answered with sample.commands.NameResponse, which does not exist
          help: the response is the full name of a message, or google.protobuf.Empty; `cargo xtask proto commands` tells what KiCad registers
        proto/commands.toml:3: sample.commands.NamesResponse is listed as a response, but no command is answered with it
          help: list it as a part, or name it in the command that it answers
        2 problems
    "#]],
    );
}

#[test]
fn number_with_two_types_is_a_conflict() {
    check(
        &[("1.0/sample/union.proto", "int32 kept", "string kept")],
        expect![[r#"
        proto/1.0/sample/union.proto:5: field 1 of sample.union.Layer is `int32 kept` in 2.0 and `string kept` in 1.0
          help: decide in proto/commands.toml, under [override]: "sample.union.Layer.kept" = { take = "2.0", why = "…" }
        1 problem
    "#]],
    );
}

#[test]
fn name_with_two_numbers_is_a_conflict() {
    check(
        &[("1.0/sample/union.proto", "int32 kept = 1", "int32 kept = 9")],
        expect![[r#"
        proto/1.0/sample/union.proto:5: `kept` of sample.union.Layer is field 1 in 2.0 and field 9 in 1.0
          help: decide in proto/commands.toml, under [override]: "sample.union.Layer.kept" = { take = "2.0", why = "…" }
        1 problem
    "#]],
    );
}

#[test]
fn enum_value_with_two_numbers_is_a_conflict() {
    check(
        &[("2.0/sample/union.proto", "M_SPELLING = 1", "M_UNKOWN_SPELLING = 3")],
        expect![[r#"
        proto/1.0/sample/union.proto:20: sample.union.Mode.M_UNKOWN_SPELLING is 3 in 2.0 and 1 in 1.0
          help: decide in proto/commands.toml, under [override]: "sample.union.Mode.M_UNKOWN_SPELLING" = { take = "2.0", why = "…" }
        1 problem
    "#]],
    );
}

#[test]
fn conflict_is_decided_by_an_override() {
    let decision =
        "[override]\n\"sample.union.Layer.kept\" = { take = \"2.0\", why = \"KiCad 1 never sent it\" }\n";
    check(
        &[
            ("1.0/sample/union.proto", "int32 kept", "string kept"),
            ("commands.toml", "[sample.commands]", &format!("{decision}[sample.commands]")),
        ],
        expect![["generated\n"]],
    );
}

#[test]
fn override_that_decides_nothing_is_a_problem() {
    let decision =
        "[override]\n\"sample.union.Layer.kept\" = { take = \"2.0\", why = \"KiCad 1 never sent it\" }\n";
    check(
        &[("commands.toml", "[sample.commands]", &format!("{decision}[sample.commands]"))],
        expect![[r#"
        proto/commands.toml:2: the override of sample.union.Layer.kept is no longer needed: the trees agree
          help: remove it
        1 problem
    "#]],
    );
}

#[test]
fn override_without_a_reason_is_a_problem() {
    let decision = "[override]\n\"sample.union.Layer.kept\" = { take = \"2.0\" }\n";
    check(
        &[
            ("1.0/sample/union.proto", "int32 kept", "string kept"),
            ("commands.toml", "[sample.commands]", &format!("{decision}[sample.commands]")),
        ],
        expect![[r#"
            proto/commands.toml:2: the override of sample.union.Layer.kept lacks `take` or `why`
              help: write `[override]` with lines `"full.Name" = { take = "10.0", why = "…" }`
            1 problem
        "#]],
    );
}

#[test]
fn missing_documentation_is_a_problem() {
    check(
        &[
            ("docs.toml", "x_nm = \"To the right, in nanometres.\"\n", ""),
            ("docs.toml", "_ = \"A circle.\"\n", ""),
            ("docs.toml", "K_OAK = \"An oak.\"\n", ""),
        ],
        expect![[r#"
            proto/2.0/sample/fields.proto:8: sample.fields.Point.x_nm is not documented
              help: add to proto/docs.toml, under [sample.fields.Point]: x_nm = "…"
            proto/2.0/sample/nesting.proto:15: sample.nesting.Tree.Kind.K_OAK is not documented
              help: add to proto/docs.toml, under [sample.nesting.Tree.Kind]: K_OAK = "…"
            proto/2.0/sample/oneofs.proto:17: sample.oneofs.Circle is not documented
              help: add to proto/docs.toml, under [sample.oneofs.Circle]: _ = "…"
            3 problems
        "#]],
    );
}

#[test]
fn documentation_of_what_no_longer_exists_is_a_problem() {
    check(
        &[("docs.toml", "x_nm =", "z_nm = \"Up.\"\nx_nm =")],
        expect![[r#"
        proto/docs.toml:3: sample.fields.Point.z_nm is documented, but is in no proto tree
          help: remove the sentence, or mend its name
        1 problem
    "#]],
    );
}

#[test]
fn syntax_error_is_named_with_its_line() {
    check(
        &[("2.0/sample/fields.proto", "  int64 y_nm = 2;", "  int64 y_nm 2;")],
        expect![[r#"
        proto/2.0/sample/fields.proto:9: expected '=', but found '2'
          help: a tree is what KiCad has: import it again rather than mend it by hand
        1 problem
    "#]],
    );
}

#[test]
fn unknown_type_is_named_with_its_line() {
    check(
        &[("2.0/sample/fields.proto", "  Point start", "  Pint start")],
        expect![[r#"
        proto/2.0/sample/fields.proto:14: name 'Pint' is not defined
          help: a tree is what KiCad has: import it again rather than mend it by hand
        1 problem
    "#]],
    );
}

#[test]
fn proto2_is_refused() {
    check(
        &[
            ("2.0/sample/nesting.proto", "syntax = \"proto3\";", "syntax = \"proto2\";"),
            ("2.0/sample/nesting.proto", "Tree parent", "optional Tree parent"),
            ("2.0/sample/nesting.proto", "Kind kind", "optional Kind kind"),
            ("2.0/sample/nesting.proto", "string name", "optional string name"),
        ],
        expect![[r#"
        proto/2.0/sample/nesting.proto: is proto2, not proto3
          help: only proto3 is supported; KiCad has nothing else
        1 problem
    "#]],
    );
}

#[test]
fn tables_that_are_wrong_are_named_with_their_lines() {
    check(
        &[
            ("commands.toml", "effect = \"read\"", "effect = \"reed\""),
            ("commands.toml", "NamesResponse = \"response\"", "NamesResponse = \"reply\""),
            ("commands.toml", "answered = \"never\"", "answered = \"never\", effect = \"read\""),
            ("docs.toml", "_ = \"A leaf.\"", "_ = 7"),
            ("docs.toml", "K_OAK = \"An oak.\"", "K_OAK = \"\""),
        ],
        expect![[r#"
            proto/commands.toml:2: sample.commands.GetNames has the unknown effect `reed`
              help: the effects are `read`, `idempotent` and `mutation`
            proto/commands.toml:3: sample.commands.NamesResponse is neither a command, a response nor a part
              help: write `{ response = "full.Name", effect = "read" }`, `{ answered = "never" }`, `"response"` or `"part"`
            proto/commands.toml:5: sample.commands.Later is never answered, and yet has a response or an effect
              help: remove `response` and `effect`: what no KiCad answers has no known response
            proto/docs.toml:59: the documentation of sample.nesting.Tree.Leaf is not a string
              help: write it in quotes
            proto/docs.toml:65: sample.nesting.Tree.Kind.K_OAK has an empty documentation
              help: say in a sentence what it is
            5 problems
        "#]],
    );
}

#[test]
fn table_that_is_no_toml_is_named_with_its_line() {
    check(
        &[("commands.toml", "[sample.commands]", "[sample.commands")],
        expect![[r#"
        proto/commands.toml:1: unclosed table, expected `]`
          help: see https://toml.io for the format
        1 problem
    "#]],
    );
}

#[test]
fn tree_that_is_not_there_is_a_problem() {
    let root = tempfile::tempdir().unwrap();
    copy(&page::sample(), root.path());
    fs::remove_dir_all(root.path().join("proto/1.0")).unwrap();
    expect![[r#"
        proto/1.0: cannot be read: No such file or directory (os error 2)
          help: check that it exists and may be read
        1 problem
    "#]]
    .assert_eq(&outcome(root.path()));
}

#[test]
fn file_that_is_no_text_is_a_problem() {
    let root = tempfile::tempdir().unwrap();
    copy(&page::sample(), root.path());
    fs::write(root.path().join("proto/2.0/sample/enums.proto"), b"\xff\xfe").unwrap();
    expect![[r#"
        proto/2.0/sample/enums.proto: cannot be read: stream did not contain valid UTF-8
          help: check that it exists and may be read
        1 problem
    "#]]
    .assert_eq(&outcome(root.path()));
}

#[test]
fn every_problem_is_reported_at_once() {
    check(
        &[
            ("commands.toml", "NamesResponse = \"response\"\n", "Bygone = \"part\"\n"),
            ("docs.toml", "K_OAK = \"An oak.\"\n", ""),
            ("docs.toml", "x_nm =", "z_nm = \"Up.\"\nx_nm ="),
        ],
        expect![[r#"
            proto/2.0/sample/commands/commands.proto:8: sample.commands.NamesResponse is not classified
              help: add it to proto/commands.toml as a command, a response or a part
            proto/2.0/sample/nesting.proto:15: sample.nesting.Tree.Kind.K_OAK is not documented
              help: add to proto/docs.toml, under [sample.nesting.Tree.Kind]: K_OAK = "…"
            proto/commands.toml:3: sample.commands.Bygone is in no proto tree
              help: remove the entry, or mend its name
            proto/docs.toml:3: sample.fields.Point.z_nm is documented, but is in no proto tree
              help: remove the sentence, or mend its name
            4 problems
        "#]],
    );
}

/// With `UPDATE_EXPECT=1` the goldens are written; git shows what changed.
#[test]
fn sample_gives_the_goldens() {
    let api = lower::lower(&Inputs::load(&page::sample()).unwrap()).unwrap();
    let mut files = render(&api).unwrap();
    files.retain(|path, _| path.extension().is_some_and(|extension| extension == "rs"));
    let mut files: BTreeMap<_, _> =
        files.into_iter().map(|(path, bytes)| (Path::new("generated").join(path), bytes)).collect();
    files.insert(page::SERVER.into(), print::rust(&emit::handler::emit(&api)).into_bytes());
    let outputs = Outputs { files, owned: vec!["generated".into()] };
    let changes = print::compare(&page::sample(), &outputs).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        print::apply(&page::sample(), &outputs, &changes).unwrap();
    } else {
        assert_eq!(
            changes.to_string(),
            "",
            "see what changed: UPDATE_EXPECT=1 cargo test -p xtask, and git diff"
        );
    }
}

/// The goldens, in a crate with the hand-written parts of kiapi-gen that generated code stands on.
#[test]
fn goldens_compile() {
    let root = workspace::root();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("src");
    copy(&page::sample().join("generated"), &source.join("generated"));
    let mut modules = String::from("//! The goldens.\n#![deny(warnings, missing_docs)]\n");
    for (module, exported) in [
        ("any", "Any, AnyError, AnyRef, AnyRefs"),
        ("command", "Command, CommandInfo, CommandVisitor, Effect"),
        ("debug", ""),
        ("json", ""),
        ("open_enum", "OpenEnum"),
        ("unknown", "UnknownFields"),
        ("version", "ApiVersion"),
        ("wire", ""),
    ] {
        let path = Path::new("crates/kiapi-gen/src").join(module).with_extension("rs");
        let text = fs::read_to_string(root.join(path)).unwrap();
        // The one thing that stands on KiCad's own messages.
        let text = text.split("impl From<&crate::common::types::KiCadVersion>").collect::<Vec<_>>();
        let rest = text.get(1).map_or("", |rest| rest.split_once("\n}\n").unwrap().1);
        fs::write(source.join(module).with_extension("rs"), format!("{}{rest}", text[0])).unwrap();
        // What stands on KiCad's own messages, such as the envelope, uses more of it.
        modules.push_str(&format!("#[allow(dead_code)]\nmod {module};\n"));
        if !exported.is_empty() {
            modules.push_str(&format!("pub use {module}::{{{exported}}};\n"));
        }
    }
    modules.push_str("#[allow(unused_qualifications)]\nmod generated;\npub use generated::*;\n");
    fs::write(source.join("lib.rs"), modules).unwrap();
    let manifest = "[package]\nname = \"goldens\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[features]\nserde = []\n\n[dependencies]\n\
                    prost = { version = \"0.14\", default-features = false, features = [\"std\"] }\n\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut check = Command::new(cargo);
    check.args(["check", "--quiet", "--offline", "--manifest-path"]).arg(folder.path().join("Cargo.toml"));
    let output = check.env("CARGO_TARGET_DIR", folder.path().join("target")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn generated_files_are_fresh() {
    assert_eq!(stale(&workspace::root()).unwrap(), "", "run `cargo xtask codegen`");
}

#[test]
fn running_twice_gives_the_same_bytes() {
    assert_eq!(generate(&workspace::root()).unwrap(), generate(&workspace::root()).unwrap());
}

#[test]
fn files_that_no_longer_belong_are_deleted() {
    let root = tempfile::tempdir().unwrap();
    let outputs = Outputs {
        files: [(PathBuf::from("owned/kept/new.rs"), b"new".to_vec())].into(),
        owned: vec!["owned".into()],
    };
    fs::create_dir_all(root.path().join("owned/gone")).unwrap();
    fs::write(root.path().join("owned/gone/old.rs"), "old").unwrap();
    let changes = print::compare(root.path(), &outputs).unwrap();
    assert_eq!(changes.to_string(), "  new: owned/kept/new.rs\n  no longer belongs: owned/gone/old.rs\n");
    print::apply(root.path(), &outputs, &changes).unwrap();
    assert!(print::compare(root.path(), &outputs).unwrap().is_empty());
    assert!(!root.path().join("owned/gone").exists());
}
