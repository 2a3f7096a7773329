//! Emulators start, run side by side, start anew, and end.

use std::time::Duration;

use kiapi_emulator::transport::{Address, CallOptions, Client, ConnectOptions, Transport as _};
use kiapi_emulator::{Emulator, Fill, Line, Place, Readiness, Tokens};
use kiapi_gen::board::commands::RefillZones;
use kiapi_gen::common::commands::{GetVersion, Ping};
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, ItemHeader};
use kiapi_gen::common::{ApiRequest, ApiStatusCode};
use kiapi_gen::{Any, ApiVersion, COMMANDS, Request, Response};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, Value};

use crate::Asker;

#[test]
fn emulators_answer_as_the_version_that_was_asked_for() {
    for line in Line::ALL {
        let kicad = Emulator::demo_of(line).start().unwrap();
        let version = Asker::new(&kicad, "a").get(&GetVersion::new()).version.unwrap();
        let of_snapshot = ApiVersion::from(&version);
        assert_eq!(of_snapshot, line.api_version(), "{line}: make its snapshot anew, see demo/README.md");
    }
}

/// Every command that either version has, sent with the document that is open and otherwise empty: exactly those that a
/// version does not have are said to be unknown.
#[test]
fn exactly_the_commands_of_a_version_are_answered() {
    let pool = DescriptorPool::decode(kiapi_gen::DESCRIPTORS).unwrap();
    for (line, count) in [(Line::V9_0, 51), (Line::V10_0, 59)] {
        let kicad = Emulator::demo_of(line).start().unwrap();
        let asker = Asker::new(&kicad, "a");
        let board = asker.board();
        let project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
        let project = project.with_project(board.project.clone().unwrap());
        let mut answered = 0;
        for message in pool.all_messages().filter(is_of_a_commands_package) {
            let name = message.full_name();
            let unknown = format!("no handler available for request of type {name}");
            let is_unknown = [&board, &project].into_iter().all(|document| {
                let request = about(&message, document).encode_to_vec();
                let any = Any::from_parts(format!("type.googleapis.com/{name}"), request);
                let answer = asker.send(&ApiRequest::new().with_message(any));
                kicad.end_interactive_move();
                answer.status() == ApiStatusCode::UNHANDLED && answer.error_message() == unknown
            });
            let command = COMMANDS.iter().find(|command| command.full_name() == name);
            let is_known = command.is_some_and(|command| command.is_answered_by(line.api_version()));
            assert_eq!(!is_unknown, is_known, "{line}: {name}");
            answered += usize::from(!is_unknown);
        }
        assert_eq!(answered, count, "{line}: how many commands it answers, which is stated above");
    }
}

/// A message in which every field that names a document names this one.
fn about(message: &MessageDescriptor, document: &DocumentSpecifier) -> DynamicMessage {
    let header = ItemHeader::new().with_document(document.clone()).encode_to_vec();
    let document = document.encode_to_vec();
    let mut request = DynamicMessage::new(message.clone());
    for field in message.fields() {
        let value = match (field.name(), field.kind()) {
            ("header", Kind::Message(kind)) => DynamicMessage::decode(kind, header.as_slice()),
            ("board" | "document", Kind::Message(kind)) => DynamicMessage::decode(kind, document.as_slice()),
            ("type", Kind::Enum(kind)) if kind.name() == "DocumentType" => {
                request.set_field(&field, Value::EnumNumber(DocumentType::PCB.into()));
                continue;
            }
            _ => continue,
        };
        request.set_field(&field, Value::Message(value.unwrap()));
    }
    request
}

fn is_of_a_commands_package(message: &MessageDescriptor) -> bool {
    message.package_name().ends_with(".commands") && message.parent_message().is_none()
}

#[cfg(unix)] // a pipe is no file
#[test]
fn socket_goes_away_with_its_emulator() {
    let kicad = Emulator::demo().start().unwrap();
    let path = kicad.socket().path().unwrap().to_owned();
    assert!(path.exists());
    kicad.stop();
    assert!(!path.exists() && !path.parent().unwrap().exists());
}

#[test]
fn emulator_listens_where_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = Emulator::demo().place(Place::temp_dir(folder.path())).start().unwrap();
    let expected = Address::from_path(folder.path().join("kicad").join("api.sock")).unwrap();
    assert_eq!(*kicad.socket(), expected);
}

#[test]
fn token_is_not_shown() {
    let emulator = Emulator::demo().token("very secret");
    assert!(!format!("{emulator:?} {:?}", emulator.clone().start().unwrap()).contains("very secret"));
}

#[test]
fn restart_has_another_token_and_the_board_as_it_was() {
    let kicad = Emulator::demo().start().unwrap();
    let (token, asker) = (kicad.token(), Asker::new(&kicad, "a"));
    asker.ping();
    kicad.restart().unwrap();
    assert_ne!(kicad.token(), token);
    let request = Request::new(&Ping::new()).encode();
    assert!(asker.client.call(&request, &CallOptions::new()).is_err(), "the old connection is gone");
    let late = Asker::new(&kicad, "a").with_token(token);
    let answer = late.ask(&Ping::new());
    assert!(late.refusal(&Ping::new()).starts_with("TOKEN_MISMATCH"));
    assert_eq!(answer.token(), Some(kicad.token().as_str()), "the right token comes with the refusal");
}

// A pipe cannot be listened at anew while somebody is connected to it.
#[cfg(unix)]
#[test]
fn taking_over_the_socket_leaves_open_connections_where_they_are() {
    let kicad = Emulator::demo().start().unwrap();
    let (token, old) = (kicad.token(), Asker::new(&kicad, "old"));
    kicad.take_over().unwrap();
    let new = Asker::new(&kicad, "new");
    let token_of = |asker: &Asker| asker.ask(&Ping::new()).token().unwrap().to_owned();
    assert_eq!(token_of(&old), token);
    assert_eq!(token_of(&new), kicad.token());
    assert_ne!(kicad.token(), token);
}

#[test]
fn emulator_that_is_not_ready_says_so_without_a_header() {
    let kicad = Emulator::demo().start().unwrap();
    let asker = Asker::new(&kicad, "a");
    kicad.set_readiness(Readiness::NotReady);
    let answer = asker.ask(&Ping::new());
    assert_eq!(answer.token(), None);
    assert_eq!(asker.refusal(&Ping::new()), "NOT_READY KiCad is not ready to reply");
    kicad.set_readiness(Readiness::Ready);
    asker.ping();
}

#[test]
fn token_can_be_required() {
    let kicad = Emulator::demo().token("secret").accepted_tokens(Tokens::Right).start().unwrap();
    assert!(Asker::new(&kicad, "a").refusal(&Ping::new()).starts_with("TOKEN_MISMATCH"));
    Asker::new(&kicad, "a").with_token("secret".to_owned()).ping();
}

#[test]
fn nothing_is_answered_while_zones_are_filled() {
    let kicad = Emulator::demo().fill(Fill::Silent(Duration::from_secs(3600))).start().unwrap();
    let asker = Asker::new(&kicad, "a");
    asker.get(&RefillZones::new().with_board(asker.board()));
    let request = Request::new(&Ping::new()).encode();
    let short = CallOptions::new().timeout(Duration::from_millis(50));
    assert!(asker.client.call(&request, &short).unwrap_err().is_timeout());
    // It ends all the same.
    kicad.stop();
}

#[test]
fn busy_is_said_while_zones_are_filled_if_that_is_wanted() {
    let kicad = Emulator::demo().fill(Fill::Busy(Duration::from_secs(3600))).start().unwrap();
    let asker = Asker::new(&kicad, "a");
    asker.get(&RefillZones::new().with_board(asker.board()));
    let busy = "BUSY KiCad is busy and cannot respond to API requests right now";
    assert_eq!(asker.refusal(&Ping::new()), busy);
}

#[test]
fn connections_are_counted() {
    let kicad = Emulator::demo().start().unwrap();
    let clients: Vec<_> =
        (0..5).map(|_| Client::connect(kicad.socket(), &ConnectOptions::new()).unwrap()).collect();
    // An answered call shows that the connections before it were welcomed.
    let answer = clients[4].call(&Request::new(&Ping::new()).encode(), &CallOptions::new()).unwrap();
    assert!(Response::decode(&answer).is_ok());
    assert_eq!(kicad.connections(), 5);
}
