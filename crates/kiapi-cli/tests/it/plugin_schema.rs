//! The rules of `kiapi plugin check` against the schemas of the KiCads that are installed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::plugin::Plugin;

/// How many KiCads the rules are for.
const KICADS: usize = 2;

/// The schemas of this name in all KiCads that are found here, which may be none.
fn schemas(name: &str) -> Vec<(PathBuf, jsonschema::Validator)> {
    let mut prefixes = vec![PathBuf::from("/usr")];
    for line in ["9.0", "10.0"] {
        let major = line.split('.').next().unwrap();
        let root = std::env::var_os(format!("KIAPI_KICAD_{major}")).map(PathBuf::from);
        prefixes.push(
            root.unwrap_or_else(|| Path::new("/var/cache/kiapi").join(format!("kicad-{line}"))).join("usr"),
        );
    }
    let files = prefixes.into_iter().map(|prefix| prefix.join("share/kicad/schemas").join(name));
    let mut found = Vec::new();
    for file in files.filter(|file| file.is_file()) {
        let schema: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        found.push((file, jsonschema::validator_for(&schema).unwrap()));
    }
    if found.is_empty() {
        eprintln!("no KiCad is installed here, so its {name} says nothing");
    }
    found
}

/// A change of a good file: where, and to what. None takes it away.
type Change = (&'static str, Option<Value>);

fn changed(good: &Value, (at, to): &Change) -> Value {
    let mut value = good.clone();
    let Some((parent, key)) = at.rsplit_once('/') else { return to.clone().unwrap() };
    let parent = value.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {at}"));
    match (parent, to) {
        (Value::Array(list), Some(to)) => list.push(to.clone()),
        (Value::Array(list), None) => {
            list.remove(key.parse().unwrap());
        }
        (parent, Some(to)) => parent[key] = to.clone(),
        (parent, None) => {
            parent.as_object_mut().unwrap().remove(key).unwrap_or_else(|| panic!("there is no {at}"));
        }
    }
    value
}

/// The KiCads and we must say the same of each file.
#[track_caller]
fn check(file: &str, schema: &str, changes: &[Change]) {
    let plugin = Plugin::new();
    let good = plugin.read(file);
    let schemas = schemas(schema);
    let (mut valid, mut invalid) = (0, 0);
    for change in [&("/$schema", Some(json!("x")))].into_iter().chain(changes) {
        let value = changed(&good, change);
        plugin.write(file, &value.to_string());
        let is_ours =
            !plugin.problems().iter().any(|(rule, place)| rule == "schema" && place.starts_with(file));
        if is_ours {
            valid += 1;
        } else {
            invalid += 1;
        }
        let refusing = schemas.iter().filter(|(_, schema)| !schema.is_valid(&value));
        let refusing: Vec<&PathBuf> = refusing.map(|(path, _)| path).collect();
        assert!(!is_ours || refusing.is_empty(), "{change:?} is fine for us, and not for {refusing:?}");
        // What one of the KiCads refuses is refused by us, so with one alone here nobody knows.
        if schemas.len() == KICADS {
            assert!(is_ours || !refusing.is_empty(), "{change:?} is refused by us alone");
        }
    }
    assert!(valid > 5 && invalid > 10, "{valid} are good and {invalid} bad; the table shows nothing");
}

#[expect(clippy::unnecessary_wraps, reason = "a change may take away too")]
fn long(length: usize) -> Option<Value> {
    Some("n".repeat(length).into())
}

#[test]
fn plugin_json_is_judged_as_by_the_schema() {
    check(
        "plugin.json",
        "api.v1.schema.json",
        &[
            ("", Some(json!([]))),
            ("/identifier", None),
            ("/identifier", Some(json!(3))),
            ("/identifier", Some(json!("a"))),
            ("/identifier", Some(json!("ab"))),
            ("/identifier", Some(json!("9a.b.c"))),
            ("/identifier", Some(json!("a.b.c_d"))),
            ("/identifier", Some(json!("a.b.c-"))),
            ("/identifier", Some(json!("a.b c"))),
            ("/identifier", Some(json!("a.ä.c"))),
            ("/identifier", long(100)),
            ("/identifier", long(101)),
            ("/name", None),
            ("/name", long(200)),
            ("/name", long(201)),
            ("/name", Some(json!("ä".repeat(200)))),
            ("/name", Some(json!(""))),
            ("/name", Some(json!(null))),
            ("/description", None),
            ("/description", long(500)),
            ("/description", long(501)),
            ("/runtime", None),
            ("/runtime", Some(json!("exec"))),
            ("/runtime", Some(json!({}))),
            ("/runtime/type", Some(json!("python"))),
            ("/runtime/type", Some(json!("native"))),
            ("/runtime/type", Some(json!("Exec"))),
            ("/runtime/min_version", Some(json!("3.9"))),
            ("/runtime/min_version", Some(json!(3.9))),
            ("/actions", None),
            ("/actions", Some(json!([]))),
            ("/actions", Some(json!({}))),
            ("/actions/1", Some(json!("x"))),
            ("/actions/1", Some(json!({}))),
            ("/actions/0/identifier", None),
            ("/actions/0/identifier", Some(json!("a_b.c-d"))),
            ("/actions/0/identifier", Some(json!("a"))),
            ("/actions/0/identifier", long(50)),
            ("/actions/0/identifier", long(51)),
            ("/actions/0/name", None),
            ("/actions/0/name", long(201)),
            ("/actions/0/description", None),
            ("/actions/0/description", long(501)),
            ("/actions/0/show-button", None),
            ("/actions/0/show-button", Some(json!("yes"))),
            ("/actions/0/scopes", None),
            ("/actions/0/scopes", Some(json!([]))),
            ("/actions/0/scopes", Some(json!("pcb"))),
            (
                "/actions/0/scopes",
                Some(json!(["pcb", "schematic", "footprint", "symbol", "project_manager"])),
            ),
            ("/actions/0/scopes", Some(json!(["pcb", "pcb"]))),
            ("/actions/0/scopes", Some(json!(["layout"]))),
            ("/actions/0/scopes", Some(json!([1]))),
            ("/actions/0/entrypoint", None),
            ("/actions/0/entrypoint", Some(json!(""))),
            ("/actions/0/entrypoint", Some(json!("/bin/true"))),
            ("/actions/0/entrypoint", Some(json!(["x"]))),
            ("/actions/0/icons-light", None),
            ("/actions/0/icons-light", Some(json!([]))),
            ("/actions/0/icons-light", Some(json!("a.png"))),
            ("/actions/0/icons-light", Some(json!(["a.jpg"]))),
            ("/actions/0/icons-light", Some(json!(["a.PNG"]))),
            ("/actions/0/icons-dark", Some(json!([".png"]))),
            ("/actions/0/icons-dark", Some(json!([7]))),
            ("/actions/0/args", Some(json!(7))),
            ("/unknown", Some(json!(1))),
        ],
    );
}

#[test]
fn metadata_json_is_judged_as_by_the_schema() {
    let contact = json!({ "name": "A", "contact": { "web": "x", "e-mail 2": "y" } });
    check(
        "metadata.json",
        "pcm.v1.schema.json",
        &[
            ("/name", None),
            ("/name", long(201)),
            ("/description", long(501)),
            ("/description_full", None),
            ("/description_full", long(5000)),
            ("/description_full", long(5001)),
            ("/identifier", Some(json!("a.b.c_d"))),
            ("/identifier", Some(json!("a.b.c-d"))),
            ("/identifier", long(101)),
            ("/type", Some(json!("library"))),
            ("/type", Some(json!("program"))),
            ("/type", Some(json!("fab"))),
            ("/type", None),
            ("/author", None),
            ("/author", Some(json!("me"))),
            ("/author", Some(contact.clone())),
            ("/author/contact", None),
            ("/author/contact", Some(json!({ "Web": "x" }))),
            ("/author/contact", Some(json!({ "w": "x" }))),
            ("/author/contact", Some(json!({ "web": 1 }))),
            ("/author/contact", Some(json!({ "web": "x".repeat(501) }))),
            ("/author/name", long(501)),
            ("/maintainer", Some(contact)),
            ("/maintainer", Some(json!({}))),
            ("/category", Some(json!("general"))),
            ("/category", Some(json!("x"))),
            ("/category", Some(json!(1))),
            ("/license", None),
            ("/license", Some(json!("GPL-3.0"))),
            ("/license", Some(json!("unrestricted"))),
            ("/license", Some(json!("MIT OR Apache-2.0"))),
            ("/license", Some(json!("mit"))),
            ("/resources", None),
            ("/resources", Some(json!({ "Home Page": "x" }))),
            ("/resources", Some(json!({ "home_page": "x" }))),
            ("/resources", Some(json!([]))),
            ("/tags", Some(json!(["pcb", "two-words"]))),
            ("/tags", Some(json!([]))),
            ("/tags", Some(json!(["Pcb"]))),
            ("/tags", Some(json!(["x1", "x1"]))),
            ("/keep_on_update", Some(json!(["a", "b"]))),
            ("/keep_on_update", Some(json!(["a", "a"]))),
            ("/keep_on_update", Some(json!("a"))),
            ("/versions", None),
            ("/versions", Some(json!([]))),
            ("/versions", Some(json!({}))),
            ("/versions/0/version", Some(json!("1"))),
            ("/versions/0/version", Some(json!("1.2.123456"))),
            ("/versions/0/version", Some(json!("1.2.3.4"))),
            ("/versions/0/version", Some(json!("1.2.3-rc1"))),
            ("/versions/0/version", Some(json!("12345"))),
            ("/versions/0/version", Some(json!(1.2))),
            ("/versions/0/version", None),
            ("/versions/0/status", None),
            ("/versions/0/status", Some(json!("beta"))),
            ("/versions/0/status", Some(json!("deprecated"))),
            ("/versions/0/kicad_version", None),
            ("/versions/0/kicad_version", Some(json!("9"))),
            ("/versions/0/kicad_version", Some(json!("9.0.100"))),
            ("/versions/0/kicad_version_max", Some(json!("10.99"))),
            ("/versions/0/kicad_version_max", Some(json!("v10"))),
            ("/versions/0/runtime", None),
            ("/versions/0/runtime", Some(json!("swig"))),
            ("/versions/0/runtime", Some(json!("exec"))),
            ("/versions/0/platforms", Some(json!(["linux", "macos", "windows"]))),
            ("/versions/0/platforms", Some(json!([]))),
            ("/versions/0/platforms", Some(json!(["bsd"]))),
            ("/versions/0/platforms", Some(json!(["linux", "linux"]))),
            ("/versions/0/version_epoch", Some(json!(1))),
            ("/versions/0/version_epoch", Some(json!(-1))),
            ("/versions/0/download_size", Some(json!(1.5))),
            ("/versions/0/download_size", Some(json!(2.0))),
            ("/versions/0/install_size", Some(json!("1"))),
            ("/versions/0/download_sha256", Some(json!("0".repeat(64)))),
            ("/versions/0/download_sha256", Some(json!("A".repeat(64)))),
            ("/versions/0/download_url", Some(json!("https://example.com/a.zip"))),
            ("/versions/0/download_url", Some(json!("file:///a.zip"))),
            ("/versions/0/download_url", Some(json!("ftp://example.com"))),
            ("/versions/0/download_url", Some(json!("https:///a"))),
            ("/versions/0/keep_on_update", Some(json!([1]))),
            ("/versions/1", Some(json!("x"))),
            (
                "/versions/1",
                Some(
                    json!({ "version": "0.1.0", "status": "testing", "kicad_version": "9.0", "runtime": "ipc" }),
                ),
            ),
            ("/unknown", Some(json!(1))),
        ],
    );
}
