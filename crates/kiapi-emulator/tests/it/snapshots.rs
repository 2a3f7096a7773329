//! Snapshots in both forms, and what is wrong with those that are none.

use kiapi_emulator::{Emulator, Exchange, Line, Snapshot};
use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::common::commands::GetVersion;
use kiapi_gen::{Any, DESCRIPTORS};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

#[test]
fn demo_snapshots_are_the_same_in_both_forms() {
    for line in Line::ALL {
        let snapshot = Snapshot::demo(line);
        assert_eq!(Snapshot::from_bytes(&snapshot.to_bytes()).unwrap(), snapshot);
        let json = snapshot.to_json().unwrap();
        // The order of a map's entries is nobody's, so messages are compared, and not their bytes.
        let again = Snapshot::from_bytes(json.as_bytes()).unwrap();
        let parsed = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        let again = again.to_json().unwrap();
        assert!(parsed(&again) == parsed(&json), "{line}: JSON and back is something else");
    }
}

/// An emulator shows what it was given, so a snapshot of it is the snapshot that it was started from.
#[test]
fn snapshot_of_an_emulator_is_the_one_that_it_has() {
    for line in Line::ALL {
        let snapshot = Snapshot::demo(line);
        let taken = Emulator::new(snapshot.clone()).start().unwrap().snapshot().unwrap();
        let asked = |snapshot: &Snapshot| -> Vec<Option<Any>> {
            snapshot.exchanges.iter().map(|exchange| exchange.request.clone()).collect()
        };
        // What a recorder of today asks beyond that of the file is none of the file's business.
        let common = taken.exchanges.iter().filter(|exchange| asked(&snapshot).contains(&exchange.request));
        for exchange in common {
            let name = exchange.request.as_ref().unwrap().full_name().to_owned();
            // The clock goes on.
            if !name.ends_with("ExpandTextVariables") {
                let known =
                    snapshot.exchanges.iter().find(|known| known.request == exchange.request).unwrap();
                assert!(shown(exchange) == shown(known), "{line}: {name} is answered differently");
            }
        }
    }
}

/// An exchange as JSON, in which the order of a map's entries does not matter.
fn shown(exchange: &Exchange) -> serde_json::Value {
    let mut snapshot = Snapshot::default();
    snapshot.exchanges.push(exchange.clone());
    serde_json::from_str(&snapshot.to_json().unwrap()).unwrap()
}

/// The snapshot's own messages, which are written by hand, are those of `snapshot.proto`.
#[test]
fn json_is_that_of_the_proto_file() {
    let union = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let mut resolver = protox::file::ChainFileResolver::new();
    resolver.add(protox::file::IncludeFileResolver::new(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../kiapi-gen").into(),
    ));
    resolver.add(protox::file::GoogleFileResolver::new());
    resolver.add(protox::file::DescriptorSetFileResolver::new(
        prost_types::FileDescriptorSet::decode(DESCRIPTORS).unwrap(),
    ));
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file("snapshot.proto").unwrap();
    let mut pool = DescriptorPool::from_file_descriptor_set(compiler.file_descriptor_set()).unwrap();
    for file in union.file_descriptor_protos() {
        if pool.get_file_by_name(file.name()).is_none() {
            pool.add_file_descriptor_proto(file.clone()).unwrap();
        }
    }
    let descriptor = pool.get_message_by_name("kiapi_rs.Snapshot").unwrap();
    let snapshot = Snapshot::demo(Line::V10_0);
    let message = DynamicMessage::decode(descriptor, snapshot.to_bytes().as_slice()).unwrap();
    let expected = serde_json::to_value(&message).unwrap();
    let ours: serde_json::Value = serde_json::from_str(&snapshot.to_json().unwrap()).unwrap();
    assert!(ours == expected);
}

#[track_caller]
fn check_error(bytes: &[u8], expected: &str) {
    let error = Snapshot::from_bytes(bytes).unwrap_err();
    let source = std::error::Error::source(&error).map(|source| format!(" <- {source}")).unwrap_or_default();
    assert!(format!("{error}{source}").starts_with(expected), "{error}{source}");
}

#[test]
fn what_is_no_snapshot_is_an_error_that_says_why() {
    check_error(b"", "this is no snapshot: it does not say its format");
    check_error(b"\xff\xff\xff", "this is no snapshot <- ");
    check_error(b"{", "this is no JSON <- EOF while parsing");
    check_error(b"{}", "this is no snapshot: it does not say its format");
    check_error(br#"{"format": 2}"#, "the snapshot has format 2, this is for 1; a newer kiapi reads it");
    check_error(
        br#"{"format": "x"}"#,
        "this is no snapshot in JSON <- invalid digit found in string at line 1",
    );
    check_error(
        br#"{"format": 1, "colour": 1}"#,
        "this is no snapshot in JSON <- unrecognized field name 'colour'",
    );
    check_error(
        br#"{"format": 1, "exchanges": 1}"#,
        "this is no snapshot in JSON <- invalid type: integer `1`",
    );
    check_error(
        br#"{"format": 1, "exchanges": [{"request": {"@type": "type.googleapis.com/no.Such"}}]}"#,
        "this is no snapshot in JSON <- message 'no.Such' not found at line 1",
    );
}

#[test]
fn snapshot_without_a_board_does_not_start_and_says_what_is_missing() {
    let mut snapshot = Snapshot::demo(Line::V10_0);
    snapshot.exchanges.retain(|exchange| {
        !exchange.request.as_ref().is_some_and(|request| request.full_name().ends_with(".GetNets"))
    });
    let error = Emulator::new(snapshot).start().unwrap_err();
    assert_eq!(error.to_string(), "the snapshot holds no answer to kiapi.board.commands.GetNets");
    let error = Emulator::new(Snapshot::default()).start().unwrap_err();
    assert_eq!(error.to_string(), "the snapshot does not say which KiCad it is of");
}

#[test]
fn what_json_cannot_show_is_not_lost_without_a_word() {
    let mut snapshot = Snapshot::demo(Line::V10_0);
    let status = kiapi_gen::common::ApiResponseStatus::new().with_status(ApiStatusCode::OK);
    let response = Any::from_parts("type.googleapis.com/future.Answer", [8, 1]);
    let strange = Exchange::new(Any::pack(&GetVersion::new()), status, Some(response));
    snapshot.exchanges.push(strange);
    assert_eq!(Snapshot::from_bytes(&snapshot.to_bytes()).unwrap(), snapshot);
    let error = snapshot.to_json().unwrap_err();
    assert_eq!(error.to_string(), "cannot show the snapshot as JSON; save it as protobuf");
}
