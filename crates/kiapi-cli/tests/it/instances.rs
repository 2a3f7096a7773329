//! `kiapi instances`.

use std::os::unix::net::UnixListener;

use serde_json::Value;

use crate::run::{Served, kiapi};

#[test]
fn sockets_are_listed_with_what_is_known_of_them_and_with_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let tmp = folder.path();
    let first = Served::run(kiapi(&["serve", "demo", "--as", "9.0", "--like-kicad"]).env("TMPDIR", tmp));
    let second = Served::run(kiapi(&["serve", "demo", "--like-kicad"]).env("TMPDIR", tmp));
    drop(UnixListener::bind(tmp.join("kicad/api-999999999.sock")).unwrap());
    let list = |args: &[&str]| -> Vec<Value> {
        let output = kiapi(&[&["instances", "--json"], args].concat()).env("TMPDIR", tmp).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        // There may be other KiCads on the machine.
        all.into_iter()
            .filter(|one| one["place"].as_str().unwrap().starts_with(tmp.to_str().unwrap()))
            .collect()
    };
    let listed = list(&[]);
    let states: Vec<_> = listed.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["alive", "alive", "stale"]);
    assert_eq!(listed[0]["address"], first.socket.to_string());
    assert_eq!(listed[1]["address"], second.socket.to_string());
    assert!(listed[0].get("probe").is_none());
    assert_eq!(listed[1]["program"], "kiapi");

    let probed = list(&["--probe"]);
    assert!(probed[0]["probe"]["version"].as_str().unwrap().starts_with("9.0"));
    assert!(probed[1]["probe"]["version"].as_str().unwrap().starts_with("10.0"));
    assert_eq!(probed[1]["probe"]["documents"][0]["kind"], "board");
    assert!(probed[2].get("probe").is_none(), "nobody is asked where nobody is");

    let output = kiapi(&["instances", "--probe"]).env("TMPDIR", tmp).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("board ") && text.contains("demo.kicad_pcb") && text.contains("stale"), "{text}");
}

#[test]
fn board_that_another_kicad_may_have_is_told_of_with_the_way_there() {
    let folder = tempfile::tempdir().unwrap();
    let tmp = folder.path();
    let start = || Served::run(kiapi(&["serve", "demo", "--like-kicad"]).env("TMPDIR", tmp));
    let run = |args: &[&str]| {
        let output = kiapi(args).env("TMPDIR", tmp).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let _first = start();
    let _second = start();
    let (code, text) = run(&["nets", "--board", "other.kicad_pcb"]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("kiapi instances --probe") && text.contains("--instance"), "{text}");
    assert!(text.contains("because") && text.contains("is not open"), "{text}");
    assert_eq!(run(&["nets", "--board", "demo.kicad_pcb"]).0, Some(0));
    let (code, text) = run(&["nets", "--instance", "999999999"]);
    assert!(code == Some(3) && text.contains("kiapi instances"), "{text}");
}
