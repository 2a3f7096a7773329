//! The trees under `proto/` against what is written down of them, and imports from each kind of source.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use prost::Message as _;
use prost_types::FileDescriptorSet;

use super::compile::{compile, read_folder};
use super::descriptors::{Files, digest};
use super::import::{Import, Store, check, import};
use super::inventory::Inventory;
use super::print::print;
use super::source::{Choice, Source};
use crate::inputs::protos::Texts;
use crate::inputs::version::Version;
use crate::workspace;

const VERSION: Version = Version::new(7, 0, 1);

/// The store in the project, with the folder, the source and the files of each tree.
fn trees() -> (Store, Vec<(String, String, Files)>) {
    let store = Store::open(&workspace::proto()).unwrap();
    let trees = store.sources.iter().map(|tree| {
        let files = store.tree(&tree.dir).unwrap().expect("a tree that is listed is there");
        assert_eq!(files.keys().collect::<Vec<_>>(), tree.files.iter().collect::<Vec<_>>(), "{}", tree.dir);
        (tree.dir.clone(), tree.descriptors.clone(), files)
    });
    let trees = trees.collect();
    (store, trees)
}

#[test]
fn trees_compile_to_the_descriptors_that_they_were_printed_from() {
    let (_, trees) = trees();
    assert!(!trees.is_empty());
    for (dir, descriptors, files) in trees {
        assert_eq!(digest(&files), descriptors, "proto/{dir}");
    }
}

#[test]
fn trees_are_what_the_printer_prints() {
    let (store, trees) = trees();
    for (dir, _, files) in trees {
        let kicad = store.sources.get(&dir).unwrap().kicad;
        let first_line =
            format!("Printed by `cargo xtask proto import` from the descriptors of KiCad {kicad}.");
        let texts = read_folder(&workspace::proto().join(&dir)).unwrap();
        assert_eq!(print(&files, &first_line).unwrap(), texts, "proto/{dir}");
    }
}

#[test]
fn history_knows_what_each_tree_has() {
    let (store, trees) = trees();
    for (dir, _, files) in trees {
        let kicad = store.sources.get(&dir).unwrap().kicad;
        assert_eq!(store.history.names(kicad), Some(&Inventory::new(&files).names()), "proto/{dir}");
    }
}

fn texts(files: &[(&str, &str)]) -> Texts {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[track_caller]
fn check_printed(source: &str, expected: &Expect) {
    let files = compile(&texts(&[("a.proto", source)])).unwrap();
    // `print` itself fails if what it prints compiles to anything else.
    expected.assert_eq(&print(&files, "First.").unwrap()["a.proto"]);
}

#[test]
fn every_construct_is_printed() {
    check_printed(
        r#"syntax = "proto3"; package p.q;
import "google/protobuf/any.proto";
option cc_enable_arenas = true; option java_package = "a\"b";
message M { option deprecated = true;
  enum E { option allow_alias = true; ZERO = 0; ONE = 1 [deprecated = true]; EINS = 1; reserved 5, 7 to max; reserved "X"; }
  message Inner { message Deep {} Deep deep = 1; }
  map<string, Inner> marks = 1; optional int32 maybe = 2;
  oneof choice { string text = 3; google.protobuf.Any any = 4; }
  repeated double many = 5 [packed = false]; E e = 6 [json_name = "Else"]; bytes after = 536870911;
  message Late {} reserved 10 to 12, 20; reserved "gone"; }
message Empty {}
enum Top { TOP = 0; }"#,
        &expect![[r#"
            // First.

            syntax = "proto3";

            package p.q;

            import "google/protobuf/any.proto";

            option java_package = "a\"b";
            option cc_enable_arenas = true;

            enum Top {
              TOP = 0;
            }

            message M {
              option deprecated = true;

              enum E {
                option allow_alias = true;
                ZERO = 0;
                ONE = 1 [deprecated = true];
                EINS = 1;
                reserved 5, 7 to max;
                reserved "X";
              }

              message Inner {
                message Deep {}

                Deep deep = 1;
              }

              map<string, Inner> marks = 1;

              message Late {}

              optional int32 maybe = 2;

              oneof choice {
                string text = 3;
                google.protobuf.Any any = 4;
              }

              repeated double many = 5 [packed = false];
              E e = 6 [json_name = "Else"];
              bytes after = 536870911;
              reserved 10 to 12, 20;
              reserved "gone";
            }

            message Empty {}
        "#]],
    );
}

#[test]
fn type_is_named_so_that_it_cannot_be_mistaken() {
    check_printed(
        r#"syntax = "proto3"; package p;
message Net { string name = 1; }
message Board { message Net { int32 code = 1; } .p.Net outer = 1; .p.Board.Net inner = 2; }
message p { .p.Net net = 1; }"#,
        &expect![[r#"
            // First.

            syntax = "proto3";

            package p;

            message Net {
              string name = 1;
            }

            message Board {
              message Net {
                int32 code = 1;
              }

              .p.Net outer = 1;
              Net inner = 2;
            }

            message p {
              Net net = 1;
            }
        "#]],
    );
}

#[track_caller]
fn check_not_printed(source: &str, expected: &Expect) {
    let files = compile(&texts(&[("a.proto", source)])).unwrap();
    expected.assert_eq(&format!("{:#}", print(&files, "First.").unwrap_err()));
}

#[test]
fn what_the_printer_does_not_know_is_refused() {
    check_not_printed(
        r#"syntax = "proto2"; message M { required int32 a = 1; }"#,
        &expect!["cannot print a.proto: only proto3 is supported, and its syntax is `proto2`"],
    );
    check_not_printed(
        r#"syntax = "proto3"; message M {} service S { rpc Do(M) returns (M); }"#,
        &expect!["cannot print a.proto: services are not supported, and it has some"],
    );
}

/// A folder `proto`, and places for sources beside it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn proto(&self) -> PathBuf {
        self.0.path().join("proto")
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn folder(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        for (file, text) in files {
            self.write(&format!("{name}/{file}"), text.as_bytes());
        }
        self.0.path().join(name)
    }
}

fn from(path: &Path) -> Import {
    Import {
        source: Source::Path(path.to_path_buf()),
        version: Some(VERSION),
        dir: None,
        choice: Choice::default(),
    }
}

#[track_caller]
fn check_told(told: anyhow::Result<String>, expected: &Expect) {
    expected.assert_eq(&told.unwrap_or_else(|error| format!("error: {error:#}\n")));
}

const NET: &str = "syntax = \"proto3\";\npackage p;\n// Theirs.\nmessage Net { string name = 1; }\n";

#[test]
fn import_tells_what_changed() {
    let place = Place::new();
    let folder = place.folder("source", &[("board/net.proto", NET), ("readme.txt", "")]);
    check_told(
        import(&place.proto(), &from(&folder)),
        &expect![[r"
            folder source: KiCad 7.0.1, 1 file
            proto/7.0 is new
        "]],
    );
    expect![[r#"
        // Printed by `cargo xtask proto import` from the descriptors of KiCad 7.0.1.

        syntax = "proto3";

        package p;

        message Net {
          string name = 1;
        }
    "#]]
    .assert_eq(&fs::read_to_string(place.proto().join("7.0/board/net.proto")).unwrap());
    check_told(
        import(&place.proto(), &from(&folder)),
        &expect![[r"
            folder source: KiCad 7.0.1, 1 file
            proto/7.0 is as it was
        "]],
    );

    fs::remove_file(folder.join("board/net.proto")).unwrap();
    let changed =
        "syntax = \"proto3\"; package p; message Net { int32 name = 1; } message Via { Net net = 1; }";
    place.folder("source", &[("via.proto", changed)]);
    let newer = Import { version: Some(Version::new(7, 0, 2)), ..from(&folder) };
    check_told(
        check(&place.proto(), &newer),
        &expect![[r#"
            folder source: KiCad 7.0.2, 1 file
            NOTE: this KiCad is newer than our tree: proto/7.0 is of KiCad 7.0.1, and KiCad 7.0.2 differs. That is no mistake of the tree. What KiCad 7.0.2 has that the tree has not (+), or otherwise (~):
              via.proto
                ~ field p.Net.name: int32 = 1, was string = 1
                ~ message p.Net: moved here from board/net.proto
                + message p.Via (1 field)
        "#]],
    );
    check_told(
        import(&place.proto(), &newer),
        &expect![[r#"
            folder source: KiCad 7.0.2, 1 file
            proto/7.0 has changed since KiCad 7.0.1:
              via.proto
                ~ field p.Net.name: int32 = 1, was string = 1
                ~ message p.Net: moved here from board/net.proto
                + message p.Via (1 field)
        "#]],
    );
    assert!(!place.proto().join("7.0/board").exists(), "files that no longer belong are removed");
}

#[test]
fn check_fails_for_a_tree_that_is_wrong_about_its_own_kicad() {
    let place = Place::new();
    let folder = place.folder("source", &[("net.proto", NET)]);
    check_told(
        check(&place.proto(), &from(&folder)),
        &expect![[r"
            error: KiCad 7.0.1 is newer than every tree; there is no tree proto/7.0 to hold it against; `cargo xtask proto import` writes it
        "]],
    );
    import(&place.proto(), &from(&folder)).unwrap();
    check_told(
        check(&place.proto(), &from(&folder)),
        &expect![[r"
            folder source: KiCad 7.0.1, 1 file
            proto/7.0 agrees
        "]],
    );
    let net = place.proto().join("7.0/net.proto");
    let text = fs::read_to_string(&net).unwrap();
    fs::write(&net, text.replace("name = 1", "name = 2")).unwrap();
    check_told(
        check(&place.proto(), &from(&folder)),
        &expect![[r"
            error: proto/7.0 is wrong about KiCad 7.0.1; what KiCad has that it has not (+), or otherwise (~):
              net.proto
                ~ field p.Net.name: string = 1, was string = 2

        "]],
    );
}

#[test]
fn folder_of_a_checkout_tells_its_version() {
    let place = Place::new();
    let folder = place.folder("source/api/proto", &[("net.proto", NET)]);
    let source = Import { version: None, ..from(&folder) };
    check_told(
        import(&place.proto(), &source),
        &expect![[r"
            error: proto does not say which KiCad it is of; say it with --kicad-version, for example 10.0.6
        "]],
    );
    let cmake = "set( KICAD_SEMANTIC_VERSION \"11.0.0\" )\n";
    place.write("source/cmake/KiCadVersion.cmake", cmake.as_bytes());
    check_told(
        import(&place.proto(), &source),
        &expect![[r"
            folder proto: KiCad 11.0.0, 1 file
            proto/11.0 is new
        "]],
    );
}

#[test]
fn sources_that_cannot_be_imported_are_named_with_the_way_out() {
    let place = Place::new();
    let mut told = String::new();
    for path in [
        place.0.path().join("nowhere"),
        place.write("text.txt", b"no descriptors"),
        place.write("empty.whl", b"PK\x03\x04"),
        place.folder("none", &[("readme.txt", "")]),
        place.folder("broken", &[("a.proto", "syntax = \"proto3\";\nmessage A { B b = 1; }\n")]),
    ] {
        let error = import(&place.proto(), &from(&path)).unwrap_err();
        told.push_str(&format!("{error:#}\n").replace(&place.0.path().display().to_string(), "…"));
    }
    expect![[r#"
        cannot read …/nowhere: No such file or directory (os error 2)
        …/text.txt is none of what can be imported: no folder, no wheel (a zip file), no descriptor set: this is no FileDescriptorSet: failed to decode Protobuf message: invalid wire type value: 6
        cannot import the wheel …/empty.whl: it is no zip file: invalid Zip archive: Could not find EOCD
        cannot import the folder …/none: there is no .proto file in it
        cannot import the folder …/broken: its files do not compile; is it the folder that imports start from?: a.proto:2:13: name 'B' is not defined
    "#]].assert_eq(&told);
    assert!(!place.proto().exists(), "nothing is written");
}

#[test]
fn descriptor_set_gives_the_tree_of_the_folder_that_it_was_made_of() {
    let place = Place::new();
    let files = compile(&texts(&[("net.proto", NET)])).unwrap();
    let set = FileDescriptorSet { file: files.values().cloned().collect() };
    let path = place.write("set.binpb", &set.encode_to_vec());
    import(&place.proto(), &from(&path)).unwrap();
    assert_eq!(Store::open(&place.proto()).unwrap().tree("7.0").unwrap(), Some(files));
}

/// A wheel whose files were written `minutes` after the hour.
fn wheel(files: &[(&str, &[u8], u8)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes, minutes) in files {
        let time = zip::DateTime::from_date_and_time(2026, 3, 1, 12, *minutes, 0).unwrap();
        let options = zip::write::SimpleFileOptions::default().last_modified_time(time);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A file as protoc generates it for Python.
fn pb2(name: &str, text: &str) -> Vec<u8> {
    let file = compile(&texts(&[(name, text)])).unwrap().remove(name).unwrap();
    let escaped: String = file.encode_to_vec().iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("DESCRIPTOR = pool.Default().AddSerializedFile(b'{escaped}')\n").into_bytes()
}

#[test]
fn leftovers_of_an_earlier_build_stay_out_of_a_wheel() {
    let place = Place::new();
    let net = pb2("net.proto", NET);
    let jobs = pb2("jobs.proto", "syntax = \"proto3\"; package p; message Job {}");
    let stamp = b"KICAD_API_VERSION = \"7.0.1-0-gabcdef\"\n";
    let files: [(&str, &[u8], u8); 4] = [
        ("kipy/proto/net_pb2.py", &net, 30),
        ("kipy/proto/jobs_pb2.py", &jobs, 10),
        ("kipy/kicad_api_version.py", stamp, 30),
        ("kipy/board.py", b"", 5),
    ];
    let path = place.write("a.whl", &wheel(&files));
    let source = Import { version: None, ..from(&path) };
    check_told(
        import(&place.proto(), &source),
        &expect![[r"
            wheel a.whl: KiCad 7.0.1, 1 file
              left out jobs.proto: it was generated 20 minutes before those for KiCad 7.0.1, and so not with them
            proto/7.0 is new
        "]],
    );
    let choice = Choice { include: vec!["jobs.proto".to_owned()], exclude: Vec::new() };
    let told = import(&place.proto(), &Import { choice, ..source });
    check_told(
        told,
        &expect![[r#"
        wheel a.whl: KiCad 7.0.1, 2 files
        note: proto/history.toml knew KiCad 7.0.1 otherwise, and was corrected
        proto/7.0 has changed since KiCad 7.0.1:
          jobs.proto
            + message p.Job
    "#]],
    );
}

#[test]
fn wheel_whose_times_say_nothing_leaves_it_to_a_person() {
    let place = Place::new();
    let net = pb2("net.proto", NET);
    let stamp = b"KICAD_API_VERSION = \"7.0.1\"\n";
    let files: [(&str, &[u8], u8); 3] = [
        ("kipy/proto/net_pb2.py", &net, 0),
        ("kipy/kicad_api_version.py", stamp, 0),
        ("kipy/board.py", b"", 0),
    ];
    let path = place.write("a.whl", &wheel(&files));
    let source = Import { version: None, ..from(&path) };
    check_told(
        import(&place.proto(), &source),
        &expect![[r#"
        error: a.whl does not tell whether it was generated as a whole, for its times say nothing; no tree under proto/ has net.proto. Say which of them KiCad 7.0.1 has (its libkiapi tells: `cargo xtask proto import --kicad PREFIX`), by --include net.proto or --exclude net.proto
    "#]],
    );
}
