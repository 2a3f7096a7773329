//! What only Windows has: the command over named pipes, also where it records.

use std::path::Path;
use std::process::Output;

use crate::run::{Served, TMPDIR, kiapi, output};

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat()
}

#[test]
fn served_pipe_is_named_as_kicads_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::run(kiapi(&["serve", "demo", "--like-kicad"]).env(TMPDIR, folder.path()));
    assert!(
        served.path().starts_with(r"\\.\pipe\") && served.path().ends_with(r"\kicad\api.sock"),
        "{}",
        served.path()
    );
    // By the name, by what KiCad gives to plugins, and by the variable.
    let name = served.path().to_owned();
    for place in [name.clone(), served.socket.to_string()] {
        let ping = output(&["ping", "--socket", &place]);
        assert!(ping.status.success(), "{place}: {}", said(&ping));
    }
    let ping = kiapi(&["ping"]).env("KICAD_API_SOCKET", served.socket.to_string()).output().unwrap();
    assert!(ping.status.success(), "{}", said(&ping));
    let items = output(&["items", "--type", "footprint", "--socket", &name]);
    assert!(items.status.success() && said(&items).contains("U1"), "{}", said(&items));
}

#[test]
fn pipe_that_is_not_there_is_told() {
    let ping = output(&["ping", "--socket", r"\\.\pipe\kiapi-nobody"]);
    assert_eq!(ping.status.code(), Some(3), "{}", said(&ping));
    assert!(said(&ping).contains("nothing listens at"), "{}", said(&ping));
}

#[test]
fn second_server_at_a_pipe_is_refused() {
    let served = Served::start(&["demo"]);
    let second = output(&["serve", "demo", "--socket", served.path()]);
    assert!(
        !second.status.success() && said(&second).contains("somebody else listens there"),
        "{}",
        said(&second)
    );
    assert!(output(&["ping", "--socket", served.path()]).status.success());
}

#[test]
fn client_that_is_run_is_recorded_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["9.0", "10.0"] {
        let file = folder.path().join(format!("{line}.jsonl"));
        let picture = folder.path().join("demo.svg");
        let token = "5bd2a1f3-7c64-4e0f-9b1e-d8a3c0f27e91";
        let kicad = Served::start(&["demo", "--as", line, "--token", token]);
        let client = |command: &mut std::process::Command, picture: &Path| {
            let client = [env!("CARGO_BIN_EXE_kiapi"), "demo", "--live", "--svg", picture.to_str().unwrap()];
            command.arg("--").args(client).output().unwrap()
        };
        let recorded = client(kiapi(&["record", "--socket", kicad.path()]).arg(&file), &picture);
        assert!(recorded.status.success(), "{}", said(&recorded));
        assert!(said(&recorded).contains("on 1 connections, 0 of them broken"), "{}", said(&recorded));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("GetItems") && !text.contains(token));
        drop(kicad);
        let trace = kiapi(&["trace"]).arg(&file).output().unwrap();
        assert!(trace.status.success() && said(&trace).contains("GetItems"), "{}", said(&trace));
        // Ids of what is created are new each time, so a replayed demo that edits may end early; that it ran is enough.
        let replayed = kiapi(&["replay"])
            .arg(&file)
            .args(["--", env!("CARGO_BIN_EXE_kiapi"), "version"])
            .output()
            .unwrap();
        assert!(replayed.status.success() && said(&replayed).contains(line), "{}", said(&replayed));
    }
}
