//! `kiapi plugin`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::run::kiapi;

/// The checkout that is tested.
fn checkout() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

/// A new plugin in a folder that goes with the value.
pub(crate) struct Plugin {
    folder: tempfile::TempDir,
}

impl Plugin {
    pub(crate) fn new() -> Self {
        let plugin = Self { folder: tempfile::tempdir().unwrap() };
        let checkout = checkout();
        let output = kiapi(&["plugin", "new", "my-plugin", "--author", "Ann \"A\" B", "--kiapi-path"])
            .arg(&checkout)
            .current_dir(plugin.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        plugin
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("my-plugin")
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path().join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path().join(name)).unwrap()).unwrap()
    }

    /// What cargo would have built.
    fn pretend_built(&self) {
        let program = self.path().join("target/release/my-plugin");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, "#!/bin/sh\n").unwrap();
        make_executable(&program);
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = kiapi(&["plugin"]);
        command.args(args).current_dir(self.path()).env("HOME", self.folder.path());
        for name in ["XDG_DATA_HOME", "KICAD_DOCUMENTS_HOME", "CARGO_TARGET_DIR"] {
            command.env_remove(name);
        }
        command.output().unwrap()
    }

    /// Runs it with `--json`, and gives the exit code and what it printed.
    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        let output = self.run(&[args, &["--json"]].concat());
        let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!(
                "{args:?}: {error}\n{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
        });
        (output.status.code().unwrap(), value)
    }

    /// The problems of `plugin check`: rule, file and place.
    pub(crate) fn problems(&self) -> Vec<(String, String)> {
        let (code, value) = self.json(&["check"]);
        let problems: Vec<_> =
            value["problems"].as_array().unwrap_or_else(|| panic!("{value}")).iter().collect();
        assert_eq!(code, if problems.is_empty() { 0 } else { 7 });
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let place = |it: &Value| format!("{} {}", text(&it["file"]), text(&it["at"])).trim_end().to_owned();
        problems.iter().map(|it| (text(&it["rule"]), place(it))).collect()
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// It builds with the crates of this checkout, in a folder that stays, since that takes minutes.
#[test]
fn new_plugin_builds_passes_its_tests_and_has_no_problems() {
    let plugin = Plugin::new();
    let output = Command::new(env!("CARGO"))
        .args(["test", "--quiet"])
        .current_dir(plugin.path())
        .env("CARGO_TARGET_DIR", checkout().join("target/plugin-new"))
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("2 passed"), "{out}");
    assert!(!err.contains("warning"), "{err}");
    assert_eq!(plugin.problems(), []);
}

#[test]
fn new_refuses_names_folders_and_identifiers_that_do_not_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("taken")).unwrap();
    fs::write(folder.path().join("taken/file"), "").unwrap();
    for (args, code, words) in [
        (vec!["My Plugin"], 2, "small letter"),
        (vec!["test"], 2, "taken by Rust"),
        (vec!["taken"], 1, "not empty"),
        (vec!["x1", "--identifier", "org.my_plugin.x"], 2, "KiCad 10.0 refuses"),
        (vec!["x1", "--identifier", "org.my-firm.x"], 2, "KiCad 9.0 refuses"),
        (vec!["x1", "--identifier", "x"], 2, "no identifier"),
        (vec!["x1", "--kiapi-path", "/nowhere"], 1, "checkout"),
    ] {
        let output = kiapi(&["plugin", "new"]).args(&args).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && text.contains(words), "{args:?}: {text}");
        assert!(!folder.path().join("x1").exists(), "{args:?} leave something behind");
    }
}

/// Each change of a good plugin.json, with the rule that it breaks and where that is said.
#[test]
fn check_names_what_the_kicads_do_not() {
    let plugin = Plugin::new();
    let good = plugin.read("plugin.json");
    for (at, value, rule, place) in [
        ("/identifier", json!("com.example.my_plugin"), "kicad", "identifier"),
        ("/identifier", json!("com.my-firm.plugin"), "kicad", "identifier"),
        ("/name", json!("n".repeat(201)), "schema", "name"),
        ("/runtime/type", json!("native"), "schema", "runtime.type"),
        ("/actions", json!([]), "advice", "actions"),
        ("/actions/0/scopes", json!([]), "kicad", "actions[0]"),
        ("/actions/0/scopes", json!(["schematic"]), "kicad", "actions[0]"),
        ("/actions/0/show-button", json!(false), "advice", "actions[0]"),
        ("/actions/0/entrypoint", json!("other"), "kicad", "actions[0].entrypoint"),
        ("/actions/0/entrypoint", json!("bin/my-plugin"), "kicad", "actions[0].entrypoint"),
        ("/actions/0/entrypoint", json!("/bin/true"), "kicad", "actions[0].entrypoint"),
        ("/actions/0/entrypoint", json!("../my-plugin"), "kicad", "actions[0].entrypoint"),
        ("/actions/0/entrypoint", json!(""), "kicad", "actions[0].entrypoint"),
        ("/actions/0/icons-light", json!(["icons/no.png"]), "kicad", "actions[0].icons-light[0]"),
        ("/actions/0/icons-light", json!(["../x.png"]), "kicad", "actions[0].icons-light[0]"),
        ("/actions/0/icons-light", json!([]), "kicad", "actions[0].icons-light"),
        ("/actions/0/icons-light", json!(["icons/light-24.png"]), "advice", "actions[0].icons-light"),
        ("/actions/0/icons-light", json!(["resources/icon.png"]), "kicad", "actions[0].icons-light[0]"),
        ("/actions/0/icons-light", json!(["plugin.json"]), "schema", "actions[0].icons-light[0]"),
        ("/actions/0/args", json!("circle"), "kicad", "actions[0].args"),
        ("/actions/0/show_button", json!(true), "advice", "actions[0]"),
        ("/more", json!(1), "advice", ""),
    ] {
        let mut manifest = good.clone();
        match manifest.pointer_mut(at) {
            Some(place) => *place = value.clone(),
            None => {
                let (parent, key) = at.rsplit_once('/').unwrap();
                manifest.pointer_mut(parent).unwrap()[key] = value.clone();
            }
        }
        plugin.write("plugin.json", &manifest.to_string());
        let expected = (rule.to_owned(), format!("plugin.json {place}").trim_end().to_owned());
        let found = plugin.problems();
        assert!(found.contains(&expected), "{at} = {value}: {found:?}");
    }
    let mut twice = good.clone();
    twice["actions"] = json!([good["actions"][0], good["actions"][0]]);
    plugin.write("plugin.json", &twice.to_string());
    assert_eq!(plugin.problems(), [("kicad".to_owned(), "plugin.json actions[1].identifier".to_owned())]);
    plugin.write("plugin.json", "{ \"identifier\": ");
    assert_eq!(plugin.problems(), [("schema".to_owned(), "plugin.json".to_owned())]);
}

#[test]
fn check_looks_at_the_program_the_versions_and_the_icon_of_the_package() {
    let plugin = Plugin::new();
    plugin.pretend_built();
    assert_eq!(plugin.problems(), []);
    let program = plugin.path().join("target/release/my-plugin");
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(plugin.problems(), [("kicad".to_owned(), "plugin.json actions[0].entrypoint".to_owned())]);
    make_executable(&program);

    let mut metadata = plugin.read("metadata.json");
    metadata["versions"][0]["version"] = json!("0.2.0");
    metadata["identifier"] = json!("com.example.other");
    plugin.write("metadata.json", &metadata.to_string());
    fs::copy(plugin.path().join("icons/light-48.png"), plugin.path().join("resources/icon.png")).unwrap();
    assert_eq!(
        plugin.problems(),
        [
            ("advice", "metadata.json identifier"),
            ("kicad", "metadata.json versions"),
            ("kicad", "resources/icon.png")
        ]
        .map(|(rule, place)| (rule.to_owned(), place.to_owned()))
    );
    fs::remove_file(plugin.path().join("resources/icon.png")).unwrap();
    assert!(plugin.problems().contains(&("advice".to_owned(), "resources/icon.png".to_owned())));
}

#[test]
fn install_puts_whole_plugins_where_each_kicad_looks() {
    let plugin = Plugin::new();
    plugin.pretend_built();
    let data = plugin.folder.path().join(".local/share/kicad");
    let (code, value) = plugin.json(&["install", "--no-build"]);
    assert_eq!(code, 1, "no KiCad was ever started: {value}");
    fs::create_dir_all(data.join("10.0")).unwrap();
    let (code, value) = plugin.json(&["install", "--no-build"]);
    let installed = data.join("10.0/plugins/my-plugin");
    assert_eq!((code, &value["folders"]), (0, &json!([installed])));
    assert_eq!(mode(&installed.join("my-plugin")), 0o755);
    assert_eq!(mode(&installed.join("plugin.json")), 0o644);
    assert!(installed.join("icons/dark-48.png").is_file());
    assert!(!data.join("9.0").exists());

    // Again, over what is there; and then for the other KiCad, and as links.
    fs::write(installed.join("old"), "").unwrap();
    assert_eq!(plugin.json(&["install", "--no-build"]).0, 0);
    assert!(!installed.join("old").exists());
    assert_eq!(plugin.json(&["install", "--no-build", "--link", "--kicad", "9.0"]).0, 0);
    let linked = data.join("9.0/plugins/my-plugin/my-plugin");
    assert!(linked.is_symlink() && linked.is_file());
    let (code, value) = plugin.json(&["check", installed.to_str().unwrap()]);
    assert_eq!((code, value), (0, json!({ "problems": [] })));

    let (code, value) = plugin.json(&["uninstall"]);
    assert_eq!((code, value["removed"].as_array().unwrap().len()), (0, 2));
    assert!(!installed.exists() && !linked.exists());
    assert!(plugin.path().join("target/release/my-plugin").is_file(), "what links lead to stays");
    assert_eq!(plugin.json(&["uninstall"]).0, 1);
}

#[test]
fn install_writes_over_nothing_else_and_tells_of_twins() {
    let plugin = Plugin::new();
    plugin.pretend_built();
    let plugins = plugin.folder.path().join("documents/plugins");
    let to = plugins.to_str().unwrap();
    let taken = plugins.join("my-plugin");
    fs::create_dir_all(&taken).unwrap();
    fs::write(taken.join("notes"), "mine").unwrap();
    assert_eq!(plugin.json(&["install", "--no-build", "--to", to]).0, 1);
    assert_eq!(fs::read_to_string(taken.join("notes")).unwrap(), "mine");
    fs::remove_file(taken.join("notes")).unwrap();
    fs::write(taken.join("plugin.json"), r#"{ "identifier": "com.example.other" }"#).unwrap();
    let (code, value) = plugin.json(&["install", "--no-build", "--to", to]);
    assert!(code == 1 && value.to_string().contains("com.example.other"), "{value}");
    fs::remove_dir_all(&taken).unwrap();

    let managed = plugin.folder.path().join("documents/3rdparty/plugins/com_example_my-plugin");
    fs::create_dir_all(&managed).unwrap();
    fs::copy(plugin.path().join("plugin.json"), managed.join("plugin.json")).unwrap();
    let (code, value) = plugin.json(&["install", "--no-build", "--to", to]);
    assert_eq!((code, &value["twins"]), (0, &json!([managed])));
    let names: BTreeSet<_> =
        fs::read_dir(&plugins).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, BTreeSet::from(["my-plugin".into()]), "nothing is left behind");
}

#[test]
fn pack_gives_the_same_bytes_for_the_same_files() {
    let plugin = Plugin::new();
    plugin.pretend_built();
    let url = "https://example.com/v{version}/{file}";
    let pack = || plugin.json(&["pack", "--no-build", "--download-url", url]).1["packages"][0].clone();
    let first = pack();
    // Other times, and another order in the folder.
    for name in ["plugin.json", "icons/light-24.png"] {
        let content = fs::read(plugin.path().join(name)).unwrap();
        fs::remove_file(plugin.path().join(name)).unwrap();
        fs::write(plugin.path().join(name), content).unwrap();
    }
    assert_eq!(first, pack());

    let file = fs::File::open(first["file"].as_str().unwrap()).unwrap();
    assert_eq!(file.metadata().unwrap().len(), first["download_size"].as_u64().unwrap());
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let (mut names, mut size) = (Vec::new(), 0);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).unwrap();
        size += entry.size();
        names.push(format!("{:o} {}", entry.unix_mode().unwrap() & 0o777, entry.name()));
    }
    assert_eq!(size, first["install_size"].as_u64().unwrap());
    assert_eq!(
        names,
        [
            "644 metadata.json",
            "644 plugins/icons/dark-24.png",
            "644 plugins/icons/dark-48.png",
            "644 plugins/icons/light-24.png",
            "644 plugins/icons/light-48.png",
            "755 plugins/my-plugin",
            "644 plugins/plugin.json",
            "644 resources/icon.png",
        ]
    );
    let mut text = String::new();
    archive.by_name("metadata.json").unwrap().read_to_string(&mut text).unwrap();
    let inner: Value = serde_json::from_str(&text).unwrap();
    assert!(inner["versions"][0].get("download_sha256").is_none());
    let outer = plugin.read("dist/metadata.json");
    let entry = &outer["versions"][0];
    assert_eq!(entry["download_sha256"], first["sha256"]);
    let name = Path::new(first["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
    assert_eq!(entry["download_url"], format!("https://example.com/v0.1.0/{name}"));
}

#[test]
fn pack_refuses_what_kicad_cannot_tell_apart() {
    let plugin = Plugin::new();
    plugin.pretend_built();
    let two = [
        "pack",
        "--no-build",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--target",
        "aarch64-unknown-linux-gnu",
    ];
    for (args, code, words) in [
        (&two[..], 2, "both are linux"),
        (&["pack", "--no-build", "--target", "wasm32-unknown-unknown"], 2, "no KiCad"),
        (&["pack", "--no-build", "--target", "x86_64-pc-windows-gnu"], 1, "missing"),
    ] {
        let (found, value) = plugin.json(args);
        assert!(found == code && value.to_string().contains(words), "{args:?}: {value}");
    }
    let mut metadata = plugin.read("metadata.json");
    metadata["versions"][0]["version"] = json!("9.9.9");
    plugin.write("metadata.json", &metadata.to_string());
    let (code, value) = plugin.json(&["pack", "--no-build"]);
    assert!(code == 1 && value.to_string().contains("no version 0.1.0"), "{value}");
}
