//! The generator as a whole: on the sample in xtask/testdata, on the sample with a mistake in it, and on KiCad's trees.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect};

use super::load::Inputs;
use super::{Apis, Outputs, emit, generate, lower, page, print, stale};
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
    let mut files = Apis { all: api.clone(), stable: None }.render().unwrap();
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
    check_compiles(&page::sample().join("generated"), &[&[]]);
}

/// What is generated with a development tree, without its feature and with it.
#[test]
fn development_tree_compiles_behind_its_feature() {
    let root = with_development_tree(false, "");
    let outputs = generate(root.path()).unwrap();
    print::apply(root.path(), &outputs, &print::compare(root.path(), &outputs).unwrap()).unwrap();
    let generated = root.path().join("crates/kiapi-gen/src/generated");
    check_compiles(&generated, &[&[], &["--features", "unstable-kicad-3"]]);
}

/// The folder `generated` is Rust with each of these sets of arguments for cargo.
#[track_caller]
fn check_compiles(generated: &Path, arguments: &[&[&str]]) {
    let root = workspace::root();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("src");
    copy(generated, &source.join("generated"));
    copy(&root.join("crates/kiapi-gen/src/wire"), &source.join("wire"));
    let mut modules = String::from("//! The goldens.\n#![deny(warnings, missing_docs)]\n");
    for (module, exported) in [
        ("any", "Any, AnyError, AnyRef, AnyRefs"),
        ("command", "Command, CommandInfo, CommandVisitor, Effect"),
        ("debug", ""),
        ("id_text", "IdText"),
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
    let manifest = "[package]\nname = \"goldens\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[features]\nreflect = []\nserde = []\nunstable-kicad-3 = []\n\n[dependencies]\n\
                    prost = { version = \"0.14\", default-features = false, features = [\"std\"] }\n\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for arguments in arguments {
        let mut check = Command::new(&cargo);
        check
            .args(["check", "--quiet", "--offline", "--manifest-path"])
            .arg(folder.path().join("Cargo.toml"));
        check.args(*arguments).env("CARGO_TARGET_DIR", folder.path().join("target"));
        let output = check.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The sample with a tree that is not released: a new command with its response, a field, a value and a choice more, a
/// command that is gone, and a package of its own.
fn with_development_tree(conflict: bool, decision: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    copy(&page::sample(), root.path());
    let proto = root.path().join("proto");
    copy(&proto.join("2.0"), &proto.join("3.0-dev"));
    let edit = |file: &str, from: &str, to: &str| {
        let path = proto.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not contain {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    };
    let dev = "3.0-dev/sample";
    edit(
        &format!("{dev}/commands/commands.proto"),
        "message Forget {\n}\n",
        "message Weigh {}\nmessage WeighResponse { int64 grams = 1; }\n",
    );
    edit(&format!("{dev}/union.proto"), "string title = 2;", "string title = 2;\n  int64 weight = 9;");
    edit(&format!("{dev}/union.proto"), "string colour = 5;", "string colour = 5;\n    string pattern = 10;");
    edit(&format!("{dev}/enums.proto"), "L_5 = 5;", "L_5 = 5;\n  HIDDEN = 6;");
    fs::write(
        proto.join(dev).join("future.proto"),
        "syntax = \"proto3\"; package sample.future; message Far { int64 off = 1; }\n",
    )
    .unwrap();
    if conflict {
        edit(&format!("{dev}/union.proto"), "int32 kept = 1", "string kept = 1");
    }
    edit(
        "commands.toml",
        "Later =",
        "Weigh = { response = \"sample.commands.WeighResponse\", effect = \"read\" }\nWeighResponse = \"response\"\nLater =",
    );
    fs::write(
        proto.join("commands.toml"),
        fs::read_to_string(proto.join("commands.toml")).unwrap() + decision,
    )
    .unwrap();
    edit(
        "sources.toml",
        "[[tree]]\ndir = \"2.0\"",
        "[[tree]]\ndir = \"3.0-dev\"\nkicad = \"2.99.0\"\n\n[[tree]]\ndir = \"2.0\"",
    );
    let files = crate::proto::read_tree(&proto.join("3.0-dev"));
    let mut history = crate::inputs::history::History::load(&proto.join("history.toml")).unwrap();
    history.insert(crate::inputs::version::Version::new(2, 99, 0), files);
    fs::write(proto.join("history.toml"), history.render()).unwrap();
    let docs = "\n[sample.commands.Weigh]\n_ = \"Weighs.\"\n\n[sample.commands.WeighResponse]\n_ = \"Answer.\"\ngrams = \"In grams.\"\n\n\
                [sample.future.Far]\n_ = \"Far.\"\noff = \"In nanometres.\"\n";
    let path = proto.join("docs.toml");
    let mut text = fs::read_to_string(&path).unwrap() + docs;
    for (header, lines) in [
        ("[sample.union.Layer]\n", "weight = \"In grams.\"\npattern = \"A pattern.\"\n"),
        ("[sample.enums.Layer]\n", "HIDDEN = \"None to see.\"\n"),
    ] {
        assert!(text.contains(header), "{header}");
        text = text.replacen(header, &format!("{header}{lines}"), 1);
    }
    fs::write(path, text).unwrap();
    root
}

/// Without what is behind the feature, and without the marks of what is not.
fn without_feature(text: &str) -> String {
    struct Off;
    fn is(attribute: &syn::Attribute, condition: &str) -> bool {
        attribute.path().is_ident("cfg")
            && quote::ToTokens::to_token_stream(attribute).to_string().replace(' ', "")
                == format!("#[cfg({condition})]")
    }
    fn stays(attributes: &mut Vec<syn::Attribute>) -> bool {
        let is_on = attributes.iter().any(|attribute| is(attribute, "feature=\"unstable-kicad-3\""));
        attributes.retain(|attribute| !is(attribute, "not(feature=\"unstable-kicad-3\")"));
        !is_on
    }
    fn attributes(item: &mut syn::Item) -> Option<&mut Vec<syn::Attribute>> {
        Some(match item {
            syn::Item::Struct(item) => &mut item.attrs,
            syn::Item::Enum(item) => &mut item.attrs,
            syn::Item::Mod(item) => &mut item.attrs,
            syn::Item::Fn(item) => &mut item.attrs,
            syn::Item::Const(item) => &mut item.attrs,
            syn::Item::Impl(item) => &mut item.attrs,
            syn::Item::Macro(item) => &mut item.attrs,
            _ => return None,
        })
    }
    impl Off {
        fn items(items: &mut Vec<syn::Item>) {
            items.retain_mut(|item| attributes(item).is_none_or(stays));
            for item in items {
                match item {
                    syn::Item::Mod(item) => {
                        if let Some((_, items)) = &mut item.content {
                            Self::items(items);
                        }
                    }
                    syn::Item::Struct(item) => {
                        if let syn::Fields::Named(fields) = &mut item.fields {
                            fields.named = std::mem::take(&mut fields.named)
                                .into_iter()
                                .filter_map(|mut field| stays(&mut field.attrs).then_some(field))
                                .collect();
                        }
                    }
                    syn::Item::Enum(item) => {
                        item.variants = std::mem::take(&mut item.variants)
                            .into_iter()
                            .filter_map(|mut variant| stays(&mut variant.attrs).then_some(variant))
                            .collect();
                    }
                    syn::Item::Impl(item) => item.items.retain_mut(|item| match item {
                        syn::ImplItem::Fn(item) => stays(&mut item.attrs),
                        syn::ImplItem::Const(item) => stays(&mut item.attrs),
                        syn::ImplItem::Type(item) => stays(&mut item.attrs),
                        _ => true,
                    }),
                    syn::Item::Trait(item) => item.items.retain_mut(|item| match item {
                        syn::TraitItem::Fn(item) => stays(&mut item.attrs),
                        _ => true,
                    }),
                    _ => {}
                }
            }
        }
    }
    let mut file = syn::parse_file(text).unwrap();
    Off::items(&mut file.items);
    prettyplease::unparse(&file)
}

#[test]
fn development_tree_adds_and_changes_nothing_that_is_stable() {
    let root = with_development_tree(false, "");
    let with = generate(root.path()).unwrap();
    let stable = tempfile::tempdir().unwrap();
    copy(&page::sample(), stable.path());
    let without = generate(stable.path()).unwrap();
    for (path, bytes) in &without.files {
        let Some(now) = with.files.get(path) else { panic!("{} is gone", path.display()) };
        if path.extension().is_some_and(|extension| extension == "rs") {
            let [now, before] = [now, bytes].map(|bytes| std::str::from_utf8(bytes).unwrap());
            assert_eq!(
                without_feature(now),
                prettyplease::unparse(&syn::parse_file(before).unwrap()),
                "{}",
                path.display()
            );
        } else {
            assert_eq!(now, bytes, "{}", path.display());
        }
    }
    let text = |path: &str| String::from_utf8(with.files[Path::new(path)].clone()).unwrap();
    let gated = "#[cfg(feature = \"unstable-kicad-3\")]\n";
    let union = text("crates/kiapi-gen/src/generated/sample/union.rs");
    assert!(union.contains(&format!("{gated}    /// In grams.")), "{union}");
    assert!(
        union.contains(&format!("{gated}    pub fn with_weight")) || union.contains("with_weight"),
        "{union}"
    );
    let enums = text("crates/kiapi-gen/src/generated/sample/enums.rs");
    assert!(enums.contains("pub const F_CU: Self") && enums.contains("pub const HIDDEN: Self"), "{enums}");
    let commands = text("crates/kiapi-gen/src/generated/sample/commands.rs");
    assert!(commands.contains(&format!("{gated}impl crate::Command for Weigh")), "{commands}");
    let modules = text("crates/kiapi-gen/src/generated/sample.rs");
    assert!(modules.contains(&format!("{gated}pub mod future;")), "{modules}");
    let handler = text("crates/kiapi-server/src/generated/handler.rs");
    assert!(handler.contains("fn weigh(") && handler.contains("fn forget("), "{handler}");
}

#[test]
fn development_tree_that_disagrees_is_decided_for_what_is_stable() {
    let root = with_development_tree(true, "");
    let problems = generate(root.path()).unwrap_err().to_string();
    assert!(
        problems
            .contains("field 1 of sample.union.Layer is `int32 kept` in 2.0 and `string kept` in 3.0-dev"),
        "{problems}"
    );
    let decision = |take: &str| {
        format!("\n[override]\n\"sample.union.Layer.kept\" = {{ take = \"{take}\", why = \"Tried.\" }}\n")
    };
    generate(with_development_tree(true, &decision("2.0")).path()).unwrap();
    let problems =
        generate(with_development_tree(true, &decision("3.0-dev")).path()).unwrap_err().to_string();
    assert!(problems.contains("would change or go with the development tree"), "{problems}");
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
