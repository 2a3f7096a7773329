//! A table of all generated messages, from the list that codegen writes for the tests of kiapi-gen.

use std::{env, fs, path::Path};

const LIST: &str = "../crates/kiapi-gen/tests/it/every_message.rs";

fn main() {
    println!("cargo::rerun-if-changed={LIST}");
    let list = fs::read_to_string(LIST).expect("codegen writes the list of messages");
    let types: Vec<&str> =
        list.lines().filter_map(|line| line.trim().strip_prefix("check::<")?.strip_suffix(">();")).collect();
    assert!(types.len() > 100, "the list of messages looks different; it had {} of them", types.len());
    let rows: String = types.iter().map(|name| format!("    check::<{name}>,\n")).collect();
    let table = format!("/// What checks each message.\npub const EVERY: &[fn(&[u8])] = &[\n{rows}];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("every.rs"), table).expect("cargo makes the folder");
}
