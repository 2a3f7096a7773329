//! `kiapi serve`, and `kiapi snapshot` of what it serves.

#[cfg(unix)]
use std::io::{BufRead as _, BufReader};
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::Stdio;
use std::time::Duration;

use kiapi::api::board::types::Track;
use kiapi::api::common::commands::{
    CreateItems, DeleteItems, GetOpenDocuments, GetPluginSettingsPath, GetVersion, Ping,
};
use kiapi::api::common::types::{DocumentType, ItemHeader, Kiid};
use kiapi::api::{Any, Command as Api, Request, Response};
use kiapi_emulator::transport::{Address, CallOptions, Client, ConnectOptions, Transport as _};

use crate::run::{Served, kiapi, output};
#[cfg(unix)]
use crate::run::{TMPDIR, end};

/// The answer to a call in a few words: the status and the type, or the kind of the error.
fn call<C: Api>(client: &Client, command: &C) -> String {
    let options = CallOptions::new().timeout(Duration::from_secs(2));
    match client.call(&Request::new(command).encode(), &options) {
        Err(error) => format!("{:?}", error.kind()),
        Ok(answer) => match Response::decode(&answer) {
            Err(_) => "garbage".to_owned(),
            Ok(answer) => {
                let kind = answer.message_type().unwrap_or_default();
                format!("{:?} {}", answer.status(), kind.rsplit('.').next().unwrap_or_default())
                    .trim_end()
                    .to_owned()
            }
        },
    }
}

fn get<C: Api>(client: &Client, command: &C) -> C::Response {
    let answer = client.call(&Request::new(command).encode(), &CallOptions::new()).unwrap();
    Response::decode(&answer).unwrap().into_result::<C>().unwrap()
}

fn header(client: &Client) -> ItemHeader {
    let open = get(client, &GetOpenDocuments::new().with_type(DocumentType::PCB));
    ItemHeader::new().with_document(open.documents[0].clone())
}

/// Every fault by its word, and what the call that it happens to sees, and the call after that.
#[test]
fn faults_can_be_asked_for_on_the_command_line() {
    const OK: &str = "OK GetVersionResponse";
    for (fault, first, second) in [
        ("not-ready", "NOT_READY", OK),
        ("busy", "BUSY", OK),
        ("busy*2", "BUSY", "BUSY"),
        ("busy@GetVersion+1", OK, "BUSY"),
        ("not-ready/1h", "", ""),
        ("not-ready/3600s", "NOT_READY", "NOT_READY"),
        ("slow=10ms", OK, OK),
        ("slow=3600s", "Timeout", ""),
        ("silent", "Timeout", ""),
        ("drop-before", "Disconnected", ""),
        ("drop-unanswered", "Disconnected", ""),
        ("drop-within", "Disconnected", ""),
        ("drop-after", OK, "Disconnected"),
        ("doubled", OK, OK),
        ("wrong-id", "Timeout", ""),
        ("wrong-type", "OK Empty", OK),
        ("out-of-step", "OK Empty", OK),
        ("garbage", "garbage", OK),
        ("refuse-rows", OK, OK),
        ("restart", "Disconnected", ""),
        // A pipe that has a client is not taken over.
        if cfg!(windows) { ("take-over", "", "") } else { ("take-over", OK, OK) },
    ] {
        if first.is_empty() {
            let output = output(&["serve", "demo", "--fault", fault]);
            assert_eq!(output.status.code(), Some(2), "{fault}");
            continue;
        }
        let served = Served::start(&["demo", "--fault", fault]);
        let client = served.client();
        assert_eq!(call(&client, &GetVersion::new()), first, "{fault}");
        if !second.is_empty() {
            assert_eq!(call(&client, &GetVersion::new()), second, "the call after {fault}");
        }
    }
}

#[test]
fn rows_can_be_refused_from_the_command_line() {
    let served = Served::start(&["demo", "--fault", "refuse-rows@CreateItems"]);
    let client = served.client();
    let create = CreateItems::new().with_header(header(&client)).with_items([Any::pack(&Track::new())]);
    let rows = get(&client, &create).created_items;
    assert_eq!(rows[0].status.as_ref().unwrap().error_message, "refused, as the emulator was told to");
}

#[test]
fn restart_and_take_over_bring_another_token() {
    let faults = if cfg!(windows) { &["restart"][..] } else { &["restart", "take-over"] };
    for fault in faults {
        let served = Served::start(&["demo", "--fault", fault]);
        let old = served.client();
        call(&old, &Ping::new());
        let end = std::time::Instant::now() + Duration::from_secs(20);
        // It takes a moment until the new one has the socket.
        loop {
            assert!(std::time::Instant::now() < end, "{fault}: the token is the same");
            let Ok(client) = Client::connect(&served.socket, &ConnectOptions::new()) else { continue };
            let request = Request::new(&Ping::new()).token(served.token.clone());
            let Ok(answer) = client.call(&request.encode(), &CallOptions::new()) else { continue };
            if Response::decode(&answer).unwrap().token().is_some_and(|token| token != served.token) {
                break;
            }
        }
    }
}

#[test]
fn bugs_and_tokens_are_options() {
    let served = Served::start(&["demo", "--without", "empty-delete-items", "--token", "secret"]);
    let client = served.client();
    assert_eq!(served.token, "secret");
    let unknown = Kiid::new().with_value("11111111-2222-4333-8444-555555555555");
    let delete = DeleteItems::new().with_header(header(&client)).with_item_ids([unknown]);
    assert_eq!(get(&client, &delete).deleted_items.len(), 1);

    let served = Served::start(&["demo", "--as", "9.0", "--no-bugs"]);
    let path = GetPluginSettingsPath::new().with_identifier("com.example.plugin");
    assert_eq!(call(&served.client(), &path), "OK StringResponse");

    let served = Served::start(&["demo", "--require-token"]);
    assert_eq!(call(&served.client(), &Ping::new()), "TOKEN_MISMATCH");
}

#[test]
fn snapshot_of_what_is_served_is_served_as_another_version() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&["demo"]);
    let socket = served.path();
    for name in ["board.kiapi", "board.json"] {
        let file = folder.path().join(name);
        let file = file.to_str().unwrap();
        assert!(output(&["snapshot", "--socket", socket, file]).status.success());
        let at = folder.path().join("s.sock");
        let again = Served::start(&[file, "--as", "9.0", "--socket", at.to_str().unwrap()]);
        assert_eq!(again.socket, Address::from_path(&at).unwrap());
        let version = get(&again.client(), &GetVersion::new()).version.unwrap();
        assert_eq!((version.major, version.minor), (9, 0));
        #[cfg(unix)]
        assert_eq!(again.end(), 0);
        assert!(!at.exists(), "the socket is left behind");
    }
}

#[cfg(unix)] // folders and locks; a pipe has neither
#[test]
fn server_lies_where_kicads_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = kiapi(&["serve", "demo", "--like-kicad"])
        .env(TMPDIR, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let locked = Path::new(folder.path()).join("kicad/api.lock").exists();
    assert_eq!(end(&mut child), 0);
    assert!(line.trim_end().ends_with("/kicad/api.sock"), "{line}");
    assert!(locked);
}

#[test]
fn what_cannot_be_served_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing.kiapi");
    let empty = folder.path().join("empty.kiapi");
    std::fs::write(&empty, "").unwrap();
    for (args, words) in [
        (vec![nothing.to_str().unwrap()], "nothing.kiapi"),
        (vec![empty.to_str().unwrap()], "this is no snapshot"),
        (vec!["demo", "--as", "8.0"], "is no line of KiCad that is emulated"),
        (vec!["demo", "--fault", "slowly"], "`slowly` is no fault"),
        (vec!["demo", "--without", "sense"], "`sense` is no habit"),
    ] {
        let output = kiapi(&["serve"]).args(&args).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(words), "{args:?} say\n{text}");
    }
}
