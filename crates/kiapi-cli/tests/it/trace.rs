//! `kiapi trace`.

use std::path::{Path, PathBuf};
use std::process::Output;

use kiapi::api::board::commands::GetNets;
use kiapi::api::common::commands::{GetVersion, Ping};
use serde_json::Value;

use crate::raw::{ask, frame, session};
use crate::record::recorder;
use crate::run::{Served, kiapi};

/// A recording with a slow answer, a refused one, and one that did not come.
fn recording(folder: &Path) -> PathBuf {
    // The recorder asks for the version first.
    let faults = ["--fault", "slow=120ms@GetVersion+1", "--fault", "drop-unanswered@Ping+1"];
    let kicad = Served::start(&[&["demo"][..], &faults].concat());
    let file = folder.join("file");
    let recorder = recorder(&kicad, &file);
    let frames = [
        ask(&GetVersion::new(), ""),
        ask(&Ping::new(), ""),
        // Of no board.
        ask(&GetNets::new(), ""),
        ask(&Ping::new(), ""),
    ];
    let frames: Vec<_> = (1..).zip(frames).map(|(id, body)| frame(0x8000_0000 | id, &body)).collect();
    let answered = session(recorder.socket.path().unwrap(), &frames).len();
    assert_eq!(recorder.end(), 0);
    assert_eq!(answered, 3);
    file
}

fn trace(file: &Path, args: &[&str]) -> Output {
    kiapi(&["trace"]).arg(file).args(args).output().unwrap()
}

/// The commands and statuses that are printed.
fn rows(file: &Path, args: &[&str]) -> Vec<String> {
    let output = trace(file, &[args, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        format!("{} {}", row["command"].as_str().unwrap(), row["status"].as_str().unwrap())
    };
    text.lines().map(row).collect()
}

#[test]
fn requests_are_told_with_their_answers_and_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let file = recording(folder.path());
    let all = rows(&file, &[]);
    let [version, ping, nets, lost, end] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((version.as_str(), ping.as_str()), ("GetVersion OK", "Ping OK"));
    assert!(nets.starts_with("GetNets ") && !nets.ends_with(" OK"), "{nets}");
    assert_eq!((lost.as_str(), end.as_str()), ("Ping no answer", "(end) ended by kicad"));
    assert_eq!(rows(&file, &["--errors"]), all[2..]);
    assert_eq!(rows(&file, &["--command", "get*"]), [version.clone(), nets.clone()]);
    assert_eq!(rows(&file, &["--command", "Ping", "--command", "GetNets", "--errors"]), all[2..4]);
    assert_eq!(rows(&file, &["--slow", "100ms"]), all[..1]);
    assert_eq!(rows(&file, &["--connection", "2"]), [""; 0]);
}

#[test]
fn table_is_for_a_person_and_full_shows_messages() {
    let folder = tempfile::tempdir().unwrap();
    let file = recording(folder.path());
    let text = String::from_utf8(trace(&file, &[]).stdout).unwrap();
    assert!(text.contains("4 of 4 requests, to KiCad 10.0.6"), "{text}");
    assert!(
        text.contains("GetVersion") && text.contains("no answer") && text.contains("without an answer to 4"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "there are colours where there is no terminal");
    let text = String::from_utf8(trace(&file, &["--full", "--command", "GetVersion"]).stdout).unwrap();
    assert!(
        text.contains("\"@type\": \"type.googleapis.com/kiapi.common.commands.GetVersionResponse\""),
        "{text}"
    );
}

#[test]
fn time_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(trace(&folder.path().join("file"), &["--slow", "soon"]).status.code(), Some(2));
    assert_eq!(trace(&folder.path().join("file"), &[]).status.code(), Some(1));
}
