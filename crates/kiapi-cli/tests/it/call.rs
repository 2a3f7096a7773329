//! `kiapi list`, `kiapi describe` and `kiapi call`: the API by name and as JSON.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Output, Stdio};

use expect_test::{Expect, expect};
use kiapi::Any;
use kiapi::api::common::commands::GetVersionResponse;
use kiapi::api::common::types::KiCadVersion;
use kiapi::api::common::{ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi::prost::Message as _;
use kiapi_emulator::transport::{Address, Deadline, Listener as _, Server, ServerOptions};
use serde_json::{Value, json};

use crate::run::{Served, TMPDIR, kiapi, output};

/// The JSON that a command prints.
#[track_caller]
pub(crate) fn json_of(args: &[&str]) -> Value {
    let output = output(args);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{args:?} says\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?} prints no JSON: {error}\n{text}"))
}

fn call(socket: &str, name: &str, request: &str, more: &[&str]) -> Output {
    let mut command = kiapi(&["call", name, "-", "--socket", socket, "--json"]);
    let mut child = command
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What is refused before it is read is told by the exit code.
    let _ = child.stdin.take().unwrap().write_all(request.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn answer(socket: &str, name: &str, request: &Value) -> Value {
    let output = call(socket, name, &request.to_string(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What comes of calling every command that a line answers with the JSON of its own template, in a word each: `done`, or
/// what KiCad refused. Commands with the same word stand together.
#[track_caller]
fn every_template(line: &str, expected: &Expect) {
    let served = Served::start(&["demo", "--as", line]);
    let socket = served.path();
    let commands = json_of(&["list", "--socket", socket, "--json"]);
    let mut outcomes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for command in commands.as_array().unwrap().iter().filter(|command| command["answered"] == true) {
        count += 1;
        let name = command["name"].as_str().unwrap();
        let template = json_of(&["describe", name, "--template"]);
        let output = call(socket, name, &template.to_string(), &[]);
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let outcome = match output.status.code() {
            Some(0) => "done".to_owned(),
            Some(6) => "done, but not all items taken".to_owned(),
            // Everything is right about the request but what KiCad, or a guard, thinks of it.
            Some(4) => format!("{}: {}", printed["error"]["kind"].as_str().unwrap(), refusal(&printed)),
            code => panic!("{name} ends with {code:?}: {printed}"),
        };
        outcomes.entry(outcome).or_default().push(name.to_owned());
    }
    let done = outcomes.remove("done").unwrap().len();
    let lines = outcomes.iter().map(|(outcome, names)| format!("{}: {outcome}\n", names.join(", ")));
    expected.assert_eq(&format!("{count} commands, {done} done\n{}", lines.collect::<String>()));
}

/// KiCad's own words, without those that differ from run to run.
fn refusal(printed: &Value) -> String {
    let message = printed["error"]["message"].as_str().unwrap();
    let words = message.rsplit_once("BAD_REQUEST: ").map_or(message, |(_, words)| words);
    words.split(|c: char| c.is_ascii_digit()).next().unwrap().trim().to_owned()
}

#[test]
fn every_command_of_10_0_goes_through_call_with_its_template() {
    every_template(
        "10.0",
        &expect![[r#"
        59 commands, 51 done
        InteractiveMoveItems: BadRequest: None of the given items exist on the board
        GetItemsById: BadRequest: none of the requested IDs were found or valid
        GetConnectedItems: BadRequest: none of the requested IDs were found or valid connected items
        SaveCopyOfDocument: BadRequest: save path '/home/user/demo/' must have a kicad_pcb extension
        EndCommit: BadRequest: the client kiapi
        HitTest: BadRequest: the requested item ID is not present in the given document
        ParseAndCreateItemsFromString: Guarded: ParseAndCreateItemsFromString was not sent: ParseAndCreateItemsFromString does nothing, and says that it was done (
        UpdateItems: done, but not all items taken
    "#]],
    );
}

#[test]
fn every_command_of_9_0_goes_through_call_with_its_template() {
    every_template(
        "9.0",
        &expect![[r#"
        51 commands, 44 done
        InteractiveMoveItems: BadRequest: None of the given items exist on the board
        GetPluginSettingsPath: BadRequest: plugin identifier is invalid
        SaveCopyOfDocument: BadRequest: save path '/home/user/demo/' must have a kicad_pcb extension
        EndCommit: BadRequest: the client kiapi
        HitTest: BadRequest: the requested item ID is not present in the given document
        ParseAndCreateItemsFromString: Guarded: ParseAndCreateItemsFromString was not sent: ParseAndCreateItemsFromString does nothing, and says that it was done (
        UpdateItems: done, but not all items taken
    "#]],
    );
}

#[test]
fn items_go_out_and_in_again_as_json() {
    for line in ["9.0", "10.0"] {
        let served = Served::start(&["demo", "--as", line]);
        let socket = served.path();
        let read =
            || json_of(&["items", "--type", "track,via,footprint,zone", "--proto", "--socket", socket]);
        let before = read();
        assert!(before.as_array().unwrap().len() > 20);
        let mut tracks: Vec<Value> = before.as_array().unwrap().clone();
        tracks.retain(|item| item["@type"] == "type.googleapis.com/kiapi.board.types.Track");
        for track in &mut tracks {
            track["width"]["valueNm"] = json!(333_000);
        }
        let updated = answer(socket, "UpdateItems", &json!({ "items": tracks }));
        assert_eq!(updated["updatedItems"].as_array().unwrap().len(), tracks.len());
        let after = read();
        for (before, after) in before.as_array().unwrap().iter().zip(after.as_array().unwrap()) {
            let mut expected = before.clone();
            if before["@type"] == "type.googleapis.com/kiapi.board.types.Track" {
                expected["width"]["valueNm"] = json!("333000");
            }
            assert_eq!(*after, expected);
        }
    }
}

#[test]
fn document_is_filled_in_where_it_is_left_out_and_nowhere_else() {
    let served = Served::start(&["demo"]);
    let socket = served.path();
    let request = |name: &str, json: &str, more: &[&str]| {
        let output = call(socket, name, json, &[&["--dry-run"], more].concat());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let board = request("GetNets", "{}", &[])["board"].clone();
    assert_eq!((&board["type"], &board["boardFilename"]), (&json!("DOCTYPE_PCB"), &json!("demo.kicad_pcb")));
    assert_eq!(request("GetItems", "{}", &[]), json!({ "header": { "document": board } }));
    let container = json!({ "container": { "value": "11111111-2222-4333-8444-555555555555" } });
    let filled = request("GetItems", &json!({ "header": container }).to_string(), &[]);
    assert_eq!(filled["header"]["document"], board, "beside what the header has");
    assert_eq!(filled["header"]["container"], container["container"]);
    // A document for variables is the project's.
    assert_eq!(request("GetTextVariables", "{}", &[])["document"]["type"], "DOCTYPE_PROJECT");
    assert_eq!(request("GetTextVariables", "{}", &[])["document"]["project"], board["project"]);
    // Nothing is put where something is.
    let own = json!({ "board": { "boardFilename": "other.kicad_pcb" } });
    assert_eq!(request("GetNets", &own.to_string(), &[]), own);
    assert_eq!(request("GetNets", "{}", &["--no-document"]), json!({}));
    assert_eq!(request("Ping", "{}", &[]), json!({}));
}

#[test]
fn dry_run_without_a_document_needs_no_kicad() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["call", "RunAction", r#"{"action": "x"}"#, "--dry-run"];
    let output = kiapi(&args).env(TMPDIR, folder.path()).output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), json!({ "action": "x" }));
}

#[test]
fn binary_is_what_goes_over_the_wire() {
    use kiapi::prost::Message as _;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.binpb");
    let served = Served::start(&["demo"]);
    let output = call(served.path(), "GetVersion", "", &["--binary", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "an empty text is no JSON");
    let output = call(served.path(), "GetVersion", "{}", &["--binary", file.to_str().unwrap()]);
    assert!(output.status.success());
    let bytes = std::fs::read(&file).unwrap();
    let answer = GetVersionResponse::decode(bytes.as_slice()).unwrap();
    assert_eq!(answer.version.unwrap().major, 10);
}

#[test]
fn commit_is_begun_and_ended_by_calls_of_the_same_name() {
    let served = Served::start(&["demo"]);
    let socket = served.path();
    let name = ["--client-name", "a script"];
    let begun: Value = serde_json::from_slice(&call(socket, "BeginCommit", "{}", &name).stdout).unwrap();
    let end = json!({ "id": begun["id"], "action": "CMA_COMMIT", "message": "by hand" }).to_string();
    assert_eq!(call(socket, "EndCommit", &end, &[]).status.code(), Some(4), "of another client");
    assert!(call(socket, "EndCommit", &end, &name).status.success());
}

#[test]
fn items_that_are_not_taken_have_an_exit_code() {
    let served = Served::start(&["demo"]);
    let nowhere = json!({ "items": [{ "@type": "type.googleapis.com/kiapi.board.types.Track", "layer": "BL_In5_Cu" }] });
    let output = call(served.path(), "CreateItems", &nowhere.to_string(), &[]);
    assert_eq!(output.status.code(), Some(6));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["createdItems"][0]["status"]["code"], "ISC_INVALID_DATA");
    assert!(String::from_utf8_lossy(&output.stderr).contains("did not take 1"));
}

#[test]
fn guards_refuse_and_unchecked_sends_all_the_same() {
    let served = Served::start(&["demo"]);
    let socket = served.path();
    let parse =
        |more: &[&str]| call(socket, "ParseAndCreateItemsFromString", r#"{"contents": "(kicad_pcb)"}"#, more);
    let refused: Value = serde_json::from_slice(&parse(&[]).stdout).unwrap();
    assert_eq!((&refused["error"]["code"], &refused["error"]["kind"]), (&json!(4), &json!("Guarded")));
    assert!(parse(&["--unchecked"]).status.success());
    // A command that is newer than this KiCad.
    let served = Served::start(&["demo", "--as", "9.0"]);
    let newer: Value =
        serde_json::from_slice(&call(served.path(), "GetItemsById", "{}", &[]).stdout).unwrap();
    assert_eq!(newer["error"]["kind"], "Unsupported");
    let sent: Value =
        serde_json::from_slice(&call(served.path(), "GetItemsById", "{}", &["--unchecked"]).stdout).unwrap();
    assert_eq!(sent["error"]["kind"], "Unhandled");
}

#[test]
fn refusals_are_waited_out_as_asked() {
    for (fault, retry, code) in [
        ("busy*2", "busy", 0),
        ("busy*2", "not-ready", 5),
        ("not-ready*2+2", "not-ready", 0),
        ("not-ready@GetNetClasses", "never", 5),
        ("silent@GetNetClasses", "busy", 5),
    ] {
        let fault = if fault.contains('@') {
            fault.to_owned()
        } else {
            fault.replacen('*', "@GetNetClasses*", 1).replace("+2", "")
        };
        let served = Served::start(&["demo", "--fault", &fault]);
        let output = call(served.path(), "GetNetClasses", "{}", &["--retry", retry, "--timeout", "1"]);
        assert_eq!(output.status.code(), Some(code), "{fault} with --retry {retry}");
    }
}

#[track_caller]
fn refused(args: &[&str], expected: &Expect) {
    let output = output(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty());
    expected.assert_eq(&String::from_utf8(output.stderr).unwrap());
}

#[test]
fn wrong_names_and_wrong_json_are_errors_that_help() {
    refused(
        &["call", "GetNetz"],
        &expect![[r#"
            error: no command is called `GetNetz`; did you mean `GetNets`, `GetNetClasses` or `GetNetClassForNets`?
        "#]],
    );
    refused(
        &["call", "Track"],
        &expect![[r#"
        error: kiapi.board.types.Track is a message, but no command that a KiCad answers; `kiapi list` has those
    "#]],
    );
    refused(
        &["call", "GetNets", "{'a': 1}"],
        &expect![[r#"
        error: the request: it is no JSON: key must be a string at line 1 column 2
    "#]],
    );
    // Each system has words of its own for it.
    let missing = output(&["call", "GetNets", "@no/such/file"]);
    let why = std::fs::read("no/such/file").unwrap_err();
    let said = format!("error: cannot read the file `no/such/file`: {why}\n");
    assert_eq!((missing.status.code(), String::from_utf8(missing.stderr).unwrap()), (Some(2), said));
    refused(
        &["call", "SetActiveLayer", "{\n  \"layer\": \"F.Cu\"\n}"],
        &expect![[r#"
        error: the request: line 2, column 12, at `layer`: a kiapi.board.types.BoardLayer has no value `F.Cu`; did you mean `BL_F_Cu`?
    "#]],
    );
    refused(
        &["describe", "Tracks"],
        &expect![[r#"
        error: no command, message or enum is called `Tracks`; did you mean `Track`?
    "#]],
    );
    refused(
        &["describe", "BoardLayer", "--template"],
        &expect![[r#"
        error: kiapi.board.types.BoardLayer is an enum, and has no fields
    "#]],
    );
}

#[test]
fn describe_shows_fields_with_types_units_and_the_answer() {
    let output = output(&["describe", "GetBoundingBox"]);
    expect![[r#"
        kiapi.common.commands.GetBoundingBox
        A command (read), answered with GetBoundingBoxResponse since KiCad 9.0.0

        Computes the bounding boxes of items. A nil id (all zeros) crashes 9.0.8.

        Fields
         Name    Type             What it is
         header  ItemHeader       Names the document the items belong to.
         items   repeated KIID    Ids of the items to measure.
         mode    BoundingBoxMode  Whether the texts that belong to an item count.

        The answer, kiapi.common.commands.GetBoundingBoxResponse
         Name   Type           What it is
         items  repeated KIID  Ids of the items measured.
         boxes  repeated Box2  The bounding boxes in nanometres, in the order of `items`.
    "#]]
    .assert_eq(&String::from_utf8(output.stdout).unwrap());
}

#[test]
fn describe_shows_choices_and_values() {
    let output_of = |name| String::from_utf8(output(&["describe", name]).stdout).unwrap();
    expect![[r#"
        kiapi.common.commands.TextOrTextBox
        A message, since KiCad 9.0.0

        Either a plain text or a text box.

        Fields
         Name     Type     What it is
         text     Text     A text without a frame. One of the choice `inner`.
         textbox  TextBox  A text laid out inside a rectangle. One of the choice `inner`.

        Choice `inner` of text, textbox: Which of the two it is.
    "#]]
    .assert_eq(&output_of("TextOrTextBox"));
    expect![[r#"
        kiapi.common.types.LockedState
        An enum, since KiCad 9.0.0

        Whether an item is protected against accidental edits by the user; over the API locked items can still be deleted.

        Values
         Name         Number  What it is
         LS_UNKNOWN        0  Not set.
         LS_UNLOCKED       1  The item is free to be moved and edited.
         LS_LOCKED         2  The item is locked in the editor.
    "#]].assert_eq(&output_of("LockedState"));
}

#[test]
fn described_json_has_a_sentence_for_everything() {
    let commands = json_of(&["list", "--offline", "--json"]);
    for command in commands.as_array().unwrap() {
        let described = json_of(&["describe", command["full_name"].as_str().unwrap(), "--json"]);
        assert_eq!(described["kind"], "command");
        assert_eq!(described["effect"], command["effect"]);
        assert_eq!(described["answered_since"], command["since"]);
        assert!(described["about"].is_string());
        for field in described["fields"].as_array().unwrap() {
            assert!(field["about"].is_string() && field["since"].is_string(), "{field}");
        }
    }
    let layers = json_of(&["describe", "BoardLayer", "--json"]);
    let front = layers["values"].as_array().unwrap().iter().find(|value| value["name"] == "BL_F_Cu").unwrap();
    assert_eq!(front["number"], 3);
    assert!(front["about"].is_string());
}

#[test]
fn list_tells_what_the_kicad_that_is_reached_answers() {
    let names = |args: &[&str]| -> Vec<String> {
        let list = json_of(args);
        let answered = list.as_array().unwrap().iter().filter(|command| command["answered"] != false);
        answered.map(|command| command["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = names(&["list", "--offline", "--json"]);
    assert!(all.contains(&"FlipItems".to_owned()) && all.len() >= 59);
    let served = Served::start(&["demo", "--as", "9.0"]);
    let old = names(&["list", "--socket", served.path(), "--json"]);
    assert!(old.contains(&"GetNets".to_owned()) && !old.contains(&"FlipItems".to_owned()));
    assert_eq!(names(&["list", "*origin", "--offline", "--json"]), ["GetBoardOrigin", "SetBoardOrigin"]);
    assert_eq!(names(&["list", "--effect", "mutation", "Flip*", "--offline", "--json"]), ["FlipItems"]);
    // None is there, and none was asked for by name.
    let folder = tempfile::tempdir().unwrap();
    let output = kiapi(&["list"]).env(TMPDIR, folder.path()).output().unwrap();
    assert!(output.status.success());
    let nowhere = folder.path().join("none.sock");
    let output = kiapi(&["list", "--socket", nowhere.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}

/// A KiCad that is newer than this build knows, and says more of its version.
#[test]
fn what_this_build_does_not_know_of_an_answer_is_told_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::from_path(folder.path().join("api.sock")).unwrap();
    let server = Server::bind(&address, &ServerOptions::new()).unwrap();
    let version = KiCadVersion::new().with_major(10).with_patch(6).with_full_version("10.0.6");
    let mut message = Any::pack(&GetVersionResponse::new().with_version(version));
    // Field 1000, a number.
    message.value.extend([0xc0, 0x3e, 0x01]);
    let answer = ApiResponse::new()
        .with_header(ApiResponseHeader::new().with_kicad_token("token"))
        .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
        .with_message(message)
        .encode_to_vec();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while let Ok(request) = server.recv(Deadline::NEVER) {
                let _ = request.reply(answer.clone());
            }
        });
        let socket = address.to_string();
        let args = ["call", "GetVersion", "--socket", &socket];
        let machine = output(&[&args[..], &["--json"]].concat());
        let person = output(&args);
        server.close();
        let told: Value = serde_json::from_slice(&machine.stderr).unwrap();
        let field = "field 1000 of the message, a kiapi.common.commands.GetVersionResponse";
        assert_eq!(told, json!({ "not_shown": [field] }));
        let shown: Value = serde_json::from_slice(&machine.stdout).unwrap();
        assert_eq!(shown["version"]["major"], 10);
        assert_eq!(machine.stdout, person.stdout);
        assert!(String::from_utf8(person.stderr).unwrap().contains(field));
    });
}
