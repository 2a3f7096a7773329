//! `kiapi record`.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use base64::Engine as _;
use kiapi::api::board::commands::GetNets;
use kiapi::api::common::commands::{GetVersion, Ping};
use kiapi::api::{Request, Response};
use kiapi_emulator::transport::{CallOptions, Client, ConnectOptions, Transport as _};
use serde_json::Value;

use crate::raw::{Raw, ask, frame, session};
use crate::run::{Served, TMPDIR, end as end_of, kiapi};

const TOKEN: &str = "5bd2a1f3-7c64-4e0f-9b1e-d8a3c0f27e91";

/// A recorder in front of a KiCad, until it is ended.
pub(crate) fn recorder(kicad: &Served, file: &Path) -> Served {
    Served::run(kiapi(&["record", "--socket", kicad.path()]).arg(file))
}

/// The lines of a recording.
pub(crate) fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events of a recording, each in a few words.
fn events(file: &Path) -> Vec<String> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let words = |line: &Value| {
        let what = match line["event"].as_str().unwrap() {
            "request" => format!("{} asks {}", line["request"], text(line, "command")),
            "answer" => format!("{} {}", line["request"], text(line, "status")),
            "ended" => {
                format!("ended by {} {}", text(line, "by"), line.get("unanswered").unwrap_or(&Value::Null))
            }
            other => other.to_owned(),
        };
        format!("{}: {what}", line["connection"])
    };
    lines(file).iter().skip(1).map(words).collect()
}

/// Waits until the recorder has seen so many connections end, and ends it.
fn end_after(recorder: Served, file: &Path, connections: usize) {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    let ended = || std::fs::read_to_string(file).unwrap().matches("\"event\":\"ended\"").count();
    while ended() < connections {
        assert!(std::time::Instant::now() < end, "connections do not end");
        std::thread::yield_now();
    }
    assert_eq!(recorder.end(), 0);
}

fn without_token(file: &Path) {
    let text = std::fs::read(file).unwrap();
    for part in TOKEN.as_bytes().windows(6) {
        assert!(!text.windows(6).any(|window| window == part), "a part of the token is in the recording");
    }
    // Neither in what is encoded.
    for line in lines(file) {
        let Some(bytes) = line["bytes"].as_str() else { continue };
        let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).unwrap();
        for part in TOKEN.as_bytes().windows(6) {
            assert!(!bytes.windows(6).any(|window| window == part), "{line}");
        }
    }
}

#[track_caller]
fn record(kicad: &Served, file: &Path, command: &[&str]) -> Output {
    let mut record = kiapi(&["record", "--force", "--socket", kicad.path()]);
    record.arg(file).arg("--").args(command).output().unwrap()
}

#[test]
fn client_that_is_run_is_recorded_without_the_token() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["9.0", "10.0"] {
        let kicad = Served::start(&["demo", "--as", line, "--token", TOKEN]);
        let file = folder.path().join("demo.jsonl");
        let picture = folder.path().join("demo.svg");
        let kiapi = env!("CARGO_BIN_EXE_kiapi");
        let output = record(&kicad, &file, &[kiapi, "demo", "--live", "--svg", picture.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("Footprints:"));
        assert!(String::from_utf8_lossy(&output.stderr).contains("on 1 connections, 0 of them broken"));
        let written = lines(&file);
        assert_eq!(written[0]["kiapi_recording"], 1);
        assert!(written[0]["kicad"].as_str().unwrap().starts_with(line));
        let items = written.iter().find(|line| line["command"] == "GetItems").unwrap();
        assert_eq!(items["envelope"]["header"]["kicadToken"], "removed-removed-removed-removed-remo");
        assert!(items["envelope"]["message"]["types"].is_array(), "{items}");
        assert_eq!(items["token"], 1);
        without_token(&file);
    }
}

#[test]
fn exit_code_is_that_of_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Served::start(&["demo"]);
    let file = folder.path().join("file");
    for (script, code) in [("exit 0", 0), ("exit 42", 42), ("kill -9 $$", 137)] {
        let output = record(&kicad, &file, &["sh", "-c", script]);
        assert_eq!(output.status.code(), Some(code), "{script}");
    }
    let script = "test \"$KICAD_API_TOKEN\" = \"$1\" && test -S \"${KICAD_API_SOCKET#ipc://}\"";
    assert_eq!(record(&kicad, &file, &["sh", "-c", script, "sh", &kicad.token]).status.code(), Some(0));
    let output = record(&kicad, &file, &["no-such-program"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot run no-such-program"));
}

#[test]
fn kicad_is_found_where_it_is_and_the_recorder_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let tmp = folder.path();
    let kicad = Served::run(kiapi(&["serve", "demo", "--like-kicad", "--token", TOKEN]).env(TMPDIR, tmp));
    let file = tmp.join("file");
    let recorder = Served::run(kiapi(&["record", "--like-kicad"]).arg(&file).env(TMPDIR, tmp));
    if recorder.token != TOKEN {
        // One of the machine's own comes first where it is the only one that is known to be alive.
        eprintln!("not tested: another KiCad runs at {}", recorder.socket);
        return;
    }
    let name = recorder.socket.path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("api-") && kicad.path().ends_with("/kicad/api.sock"), "{name}");
    assert_eq!(lines(&file)[0]["socket"], kicad.socket.to_string());
    assert_eq!(session(recorder.socket.path().unwrap(), &[frame(1 << 31, &ask(&Ping::new(), ""))]).len(), 1);
    assert_eq!(recorder.end(), 0);
}

#[test]
fn client_ends_with_the_recorder() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Served::start(&["demo"]);
    let (file, runs) = (folder.path().join("file"), folder.path().join("runs"));
    let mut record = kiapi(&["record", "--socket", kicad.path()]);
    let script = "touch \"$1\"; exec sleep 3600";
    let mut record = record.arg(&file).args(["--", "sh", "-c", script, "sh"]).arg(&runs).spawn().unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while !runs.exists() {
        assert!(std::time::Instant::now() < end, "the client does not start");
        std::thread::yield_now();
    }
    // As a shell has it: 128 and the signal.
    assert_eq!(end_of(&mut record), 143);
    assert_eq!(lines(&file).len(), 1);
}

/// Frames that a person would not think of: the same id twice, one without its top bit, none and unknown messages.
fn odd_frames(token: &str) -> Vec<Vec<u8>> {
    let unknown = Request::packed(&kiapi::Any::from_parts("x/of.tomorrow", [1, 2, 3])).token(token).encode();
    [
        (0x8000_0001, ask(&GetVersion::new(), token)),
        (0x8000_0001, ask(&Ping::new(), "")),
        (u32::MAX, ask(&Ping::new(), "a wrong one")),
        (0xabcd_ef01, unknown),
        (0x8000_0002, ask(&GetNets::new(), token)),
    ]
    .map(|(id, body)| frame(id, &body))
    .to_vec()
}

#[test]
fn bytes_on_the_wire_are_the_same_with_and_without_the_recorder() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["9.0", "10.0"] {
        let kicad = Served::start(&["demo", "--as", line, "--token", TOKEN]);
        let file = folder.path().join(line);
        let recorder = recorder(&kicad, &file);
        assert_eq!(recorder.token, TOKEN);
        let frames = odd_frames(TOKEN);
        let direct = session(kicad.socket.path().unwrap(), &frames);
        assert_eq!(direct.len(), frames.len());
        assert!(session(recorder.socket.path().unwrap(), &frames) == direct, "{line}");
        assert_eq!(recorder.end(), 0);
        without_token(&file);
        let unknown = &lines(&file)[5];
        assert!(unknown["undecoded"].as_str().unwrap().contains("of.tomorrow"), "{unknown}");
        let tokens: Vec<_> = lines(&file)
            .iter()
            .filter(|line| line["event"] == "request")
            .map(|line| line["token"].clone())
            .collect();
        assert_eq!(tokens, [1.into(), Value::Null, 2.into(), 1.into(), 1.into()]);
    }
}

#[test]
fn connections_and_requests_that_come_together_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Served::start(&["demo"]);
    let file = folder.path().join("file");
    let recorder = recorder(&kicad, &file);
    let socket = recorder.socket.path().unwrap().to_owned();
    let mut first = Raw::connect(&socket);
    first.send(&frame(0x8000_0001, &ask(&Ping::new(), "")));
    first.next().unwrap();
    let frames = [1, 2, 3].map(|id| frame(0x8000_0000 + id, &ask(&GetVersion::new(), "")));
    assert_eq!(session(&socket, &frames).len(), 3);
    first.send(&frame(0x8000_0002, &ask(&Ping::new(), "")));
    first.next().unwrap();
    drop(first);
    end_after(recorder, &file, 2);
    let events = events(&file);
    let of = |connection: char| {
        events.iter().filter(|event| event.starts_with(connection)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        of('1'),
        ["1: connected", "1: 1 asks Ping", "1: 1 OK", "1: 5 asks Ping", "1: 5 OK", "1: ended by client null"]
    );
    let second = of('2');
    assert_eq!(second.iter().filter(|event| event.ends_with("asks GetVersion")).count(), 3);
    let answers: Vec<_> = second.iter().filter(|event| event.ends_with(" OK")).collect();
    assert_eq!(answers, ["2: 2 OK", "2: 3 OK", "2: 4 OK"]);
}

#[test]
fn what_goes_wrong_is_recorded_too() {
    let folder = tempfile::tempdir().unwrap();
    for (fault, expected) in [
        ("drop-unanswered", "1: ended by kicad [1]"),
        ("drop-within", "1: ended by kicad [1]"),
        ("silent", "1: ended by client [1]"),
    ] {
        let kicad = Served::start(&["demo", "--fault", &format!("{fault}@Ping")]);
        let file = folder.path().join(fault);
        let recorder = recorder(&kicad, &file);
        let client = Client::connect(&recorder.socket, &ConnectOptions::new()).unwrap();
        let options = CallOptions::new().timeout(Duration::from_millis(300));
        client.call(&ask(&Ping::new(), ""), &options).unwrap_err();
        drop(client);
        end_after(recorder, &file, 1);
        assert_eq!(events(&file), ["1: connected", "1: 1 asks Ping", expected], "{fault}");
    }
    let kicad = Served::start(&["demo"]);
    let file = folder.path().join("refused");
    let recorder = recorder(&kicad, &file);
    assert_eq!(kicad.end(), 0);
    assert!(Raw::connect(recorder.socket.path().unwrap()).next().is_none());
    assert_eq!(recorder.end(), 0);
    assert_eq!(events(&file), ["1: refused"]);
    assert!(lines(&file)[1]["error"].as_str().unwrap().contains("nothing listens at"));
}

#[test]
fn recorder_goes_on_when_kicad_is_started_again_and_hides_the_new_token() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Served::start(&["demo", "--fault", "restart@Ping"]);
    let file = folder.path().join("file");
    let recorder = recorder(&kicad, &file);
    assert!(session(recorder.socket.path().unwrap(), &[frame(1 << 31, &ask(&Ping::new(), ""))]).is_empty());
    let end = std::time::Instant::now() + Duration::from_secs(20);
    let token = loop {
        assert!(std::time::Instant::now() < end, "it does not come back");
        let answers =
            session(recorder.socket.path().unwrap(), &[frame(1 << 31, &ask(&GetVersion::new(), ""))]);
        let Some(answer) = answers.first() else { continue };
        let token = Response::decode(&answer[13..]).unwrap().token().unwrap().to_owned();
        // The old one may answer for a moment more.
        if token != kicad.token {
            break token;
        }
    };
    assert_eq!(recorder.end(), 0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&token) && !text.contains(&kicad.token));
    let last = lines(&file).into_iter().rfind(|line| line["event"] == "answer").unwrap();
    assert_eq!(last["token"], 2);
}

#[test]
fn kicad_that_is_not_there_yet_is_no_reason_not_to_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kicad.sock");
    let (socket, file) = (path.to_str().unwrap(), folder.path().join("file"));
    let recorder = Served::run(kiapi(&["record", "--socket", socket]).arg(&file));
    assert_eq!(recorder.token, "");
    let _kicad = Served::start(&["demo", "--socket", socket, "--token", TOKEN]);
    let answers = session(recorder.socket.path().unwrap(), &[frame(1 << 31, &ask(&GetVersion::new(), ""))]);
    assert_eq!(answers.len(), 1);
    end_after(recorder, &file, 1);
    without_token(&file);
    assert_eq!(events(&file), ["1: connected", "1: 1 asks GetVersion", "1: 1 OK", "1: ended by client null"]);
}

#[test]
fn what_cannot_be_recorded_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Served::start(&["demo"]);
    let file: PathBuf = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let (file, nowhere) = (file.to_str().unwrap(), folder.path().join("none/file"));
    let socket = kicad.path();
    for (args, code, words) in [
        (vec!["--socket", socket, file], 2, "exists; --force replaces it"),
        (vec!["--socket", socket, nowhere.to_str().unwrap()], 1, "cannot write"),
        (vec!["--socket", socket, "--at", socket, "x"], 2, "is where KiCad listens"),
        (vec!["--socket", "tcp://x:1", "x"], 2, "is not a local socket"),
        (vec!["--instance", "999999999", "x"], 3, "kiapi instances"),
    ] {
        let output = kiapi(&["record"]).args(&args).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(code) && text.contains(words),
            "{args:?}: {:?}\n{text}",
            output.status
        );
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    let mut record = kiapi(&["record"]);
    record.arg(folder.path().join("x")).env("KICAD_API_SOCKET", "nonsense://");
    let output = record.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn bytes_only_leaves_the_json_out() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Served::start(&["demo"]);
    let file = folder.path().join("file");
    let recorder = Served::run(kiapi(&["record", "--bytes-only", "--socket", kicad.path()]).arg(&file));
    session(recorder.socket.path().unwrap(), &[frame(1 << 31, &ask(&GetVersion::new(), ""))]);
    assert_eq!(recorder.end(), 0);
    let written = lines(&file);
    assert!(written.iter().all(|line| line.get("envelope").is_none()));
    assert_eq!(written[2]["command"], "GetVersion");
}
