//! `kiapi replay`.

use std::path::{Path, PathBuf};

use kiapi::api::board::commands::GetNets;
use kiapi::api::common::commands::{GetOpenDocuments, GetVersion, Ping};
use kiapi::api::common::types::DocumentType;
use kiapi::api::common::{ApiResponse, ApiResponseHeader, ApiStatusCode};
use kiapi::prost::Message as _;
use kiapi::{ConnectOptions, Item, KiCad, Layer, Track, mm};
use serde_json::Value;

use crate::raw::{ask, frame, session};
use crate::record::{lines, recorder};
use crate::run::{Served, kiapi, output};

const TOKEN: &str = "5bd2a1f3-7c64-4e0f-9b1e-d8a3c0f27e91";

fn frames() -> Vec<Vec<u8>> {
    let boards = GetOpenDocuments::new().with_type(DocumentType::PCB);
    [
        (0x8000_0001, ask(&GetVersion::new(), TOKEN)),
        (0x8000_0002, ask(&boards, TOKEN)),
        (0x8000_0003, ask(&Ping::new(), "")),
        (0x8000_0003, ask(&GetNets::new(), TOKEN)),
        (0x8000_0004, ask(&Ping::new(), TOKEN)),
    ]
    .map(|(id, body)| frame(id, &body))
    .to_vec()
}

/// A recording of [`frames`], and what was answered to them.
fn recording(folder: &Path, line: &str) -> (PathBuf, Vec<Vec<u8>>) {
    let kicad = Served::start(&["demo", "--as", line, "--token", TOKEN]);
    let file = folder.join(format!("{line}.jsonl"));
    let recorder = recorder(&kicad, &file);
    let answers = session(recorder.socket.path().unwrap(), &frames());
    assert_eq!(recorder.end(), 0);
    (file, answers)
}

#[test]
fn client_gets_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["9.0", "10.0"] {
        let (file, answers) = recording(folder.path(), line);
        let replayed = Served::run(kiapi(&["replay", "--token", TOKEN]).arg(&file));
        assert!(session(replayed.socket.path().unwrap(), &frames()) == answers, "{line}");
        assert_eq!(replayed.end(), 0);
        // With a token of another length nothing else changes.
        let replayed = Served::run(kiapi(&["replay", "--token", "short"]).arg(&file));
        let decode = |frame: &Vec<u8>| {
            let answer = ApiResponse::decode(&frame[13..]).unwrap();
            let token = answer.header.clone().unwrap().kicad_token;
            (token, answer.with_header(ApiResponseHeader::new()))
        };
        for (again, then) in session(replayed.socket.path().unwrap(), &frames()).iter().zip(&answers) {
            assert_eq!((decode(again).0.as_str(), decode(again).1), ("short", decode(then).1));
        }
        assert_eq!(replayed.end(), 0);
    }
}

#[test]
fn request_that_is_not_in_the_recording_is_refused_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = recording(folder.path(), "10.0");
    let said = folder.path().join("said");
    let replayed = Served::run(kiapi(&["replay"]).arg(&file).stderr(std::fs::File::create(&said).unwrap()));
    let mut asked = frames();
    // Once more than then, and something else.
    asked.push(frame(0x8000_0009, &ask(&Ping::new(), "")));
    asked.push(frame(0x8000_000a, &ask(&GetOpenDocuments::new(), "")));
    asked.push(frame(0x8000_000b, b"\xff"));
    let answers = session(replayed.socket.path().unwrap(), &asked);
    let status = |answer: &Vec<u8>| ApiResponse::decode(&answer[13..]).unwrap().status.unwrap();
    let statuses: Vec<_> = answers.iter().map(|answer| status(answer).status).collect();
    let (ok, bad, unhandled) = (ApiStatusCode::OK, ApiStatusCode::BAD_REQUEST, ApiStatusCode::UNHANDLED);
    // Of no board, as then.
    assert_eq!(statuses, [ok, ok, ok, bad, ok, unhandled, unhandled, bad]);
    assert_eq!(status(&answers[5]).error_message, "Ping is not in the recording that is replayed");
    assert_eq!(replayed.end(), 7);
    let said = std::fs::read_to_string(said).unwrap();
    assert!(said.contains("connection 1: GetOpenDocuments is not in the recording"), "{said}");
    assert!(
        said.contains("5 requests answered, 3 not in the recording, 0 of the recording not asked for"),
        "{said}"
    );
}

#[test]
fn replay_ends_with_the_client_that_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = recording(folder.path(), "10.0");
    for (script, code) in [("exit 0", 0), ("exit 9", 9)] {
        let output = kiapi(&["replay"]).arg(&file).args(["--", "sh", "-c", script]).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(String::from_utf8_lossy(&output.stderr).contains("5 of the recording not asked for"));
    }
}

#[test]
fn recording_whose_end_is_cut_off_is_replayed_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (file, answers) = recording(folder.path(), "10.0");
    let text = std::fs::read_to_string(&file).unwrap();
    // In the middle of the last answer.
    let last = text.rfind("\"event\":\"answer\"").unwrap();
    std::fs::write(&file, &text[..last + 100]).unwrap();
    let said = folder.path().join("said");
    let replayed = Served::run(
        kiapi(&["replay", "--token", TOKEN]).arg(&file).stderr(std::fs::File::create(&said).unwrap()),
    );
    assert!(session(replayed.socket.path().unwrap(), &frames()[..4]) == answers[..4]);
    assert_eq!(replayed.end(), 0);
    let said = std::fs::read_to_string(said).unwrap();
    assert!(said.contains("the line is cut off; the rest is used"), "{said}");
}

#[test]
fn what_is_no_recording_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = recording(folder.path(), "10.0");
    let text = std::fs::read_to_string(&file).unwrap();
    let broken = folder.path().join("broken");
    for (text, words) in [
        (String::new(), "is no recording: it is empty"),
        ("{}\n".to_owned(), "its first line has no `kiapi_recording`"),
        (text.replacen("\"event\":\"request\"", "\"event\":\"dance\"", 1), "broken:3"),
        (text.replacen("\"kiapi_recording\":1", "\"kiapi_recording\":2", 1), "a newer kiapi reads it"),
    ] {
        std::fs::write(&broken, text).unwrap();
        for command in ["replay", "trace"] {
            let output = kiapi(&[command]).arg(&broken).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(1) && said.contains(words), "{command}: {said}");
        }
    }
}

/// What `replay --against` says, as JSON, and its exit code.
fn against(file: &Path, kicad: &Served, args: &[&str]) -> (i32, Value) {
    let mut replay = kiapi(&["replay", "--against", "--json", "--socket", kicad.path()]);
    let output = replay.arg(file).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said} {output:?}"));
    (output.status.code().unwrap(), value)
}

fn counts(said: &Value) -> [u64; 3] {
    ["same", "different", "not_sent"].map(|key| said[key].as_u64().unwrap())
}

#[test]
fn recording_is_held_against_a_kicad() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = recording(folder.path(), "9.0");
    let (code, said) = against(&file, &Served::start(&["demo", "--as", "9.0"]), &[]);
    assert_eq!((code, counts(&said)), (0, [5, 0, 0]), "{said:#}");
    let (code, said) = against(&file, &Served::start(&["demo", "--as", "10.0"]), &[]);
    assert_eq!((code, counts(&said)[0]), (7, 4), "{said:#}");
    let request =
        said["requests"].as_array().unwrap().iter().find(|row| row["outcome"] == "different").unwrap();
    assert_eq!(request["command"], "GetVersion");
    let places: Vec<_> =
        request["differences"].as_array().unwrap().iter().map(|row| row["place"].clone()).collect();
    assert!(places.contains(&"message.version.major".into()), "{places:?}");
    let silent = Served::start(&["demo", "--as", "9.0", "--fault", "silent@Ping"]);
    let (code, said) = against(&file, &silent, &["--timeout", "0.3"]);
    // What comes after is not sent any more.
    assert_eq!((code, counts(&said)), (7, [2, 1, 2]), "{said:#}");
}

#[test]
fn changes_are_sent_when_they_are_asked_for_and_new_ids_stand_for_the_recorded_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let kicad = Served::start(&["demo"]);
    let recorder = recorder(&kicad, &file);
    let options = ConnectOptions::new().socket(recorder.socket.clone()).client_name("test");
    let board = KiCad::connect_with(options).unwrap().board().unwrap();
    let track = Track::new().with_start((mm(1), mm(2))).with_end((mm(3), mm(2)));
    let track = track.with_width(mm(0.25)).with_layer(Layer::F_CU);
    let made = board.commit("test", |edit| edit.create([Item::from(track)])).unwrap();
    let id = made[0].id().unwrap();
    assert!(board.items().unwrap().iter().any(|item| item.id() == Some(id)));
    board.commit("test", |edit| edit.delete([id])).unwrap();
    drop(board);
    assert_eq!(recorder.end(), 0);

    let (code, said) = against(&file, &Served::start(&["demo"]), &[]);
    assert!(code == 7 && counts(&said)[2] >= 6, "{said:#}");
    let (code, _) = against(&file, &Served::start(&["demo"]), &["--with-changes"]);
    assert_eq!(code, 7, "the track has another id");
    let (code, said) = against(&file, &Served::start(&["demo"]), &["--with-changes", "--ignore", "ids"]);
    assert_eq!((code, counts(&said)[2]), (0, 0), "{said:#}");
    let commands: Vec<_> = lines(&file).iter().map(|line| line["command"].clone()).collect();
    assert!(commands.contains(&"CreateItems".into()) && commands.contains(&"DeleteItems".into()));
}

#[test]
fn options_of_one_way_do_not_go_with_the_other() {
    for args in [
        &["--with-changes"][..],
        &["--ignore", "ids"],
        &["--against", "--like-kicad"],
        &["--against", "--token", "x"],
    ] {
        let output = output(&[&["replay", "file"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}
