//! Snapshots: read, written, drawn, and served by the emulator.

use arbitrary::Unstructured;
use kiapi::picture::Contents;
use kiapi_emulator::transport::{CallOptions, Client, ConnectOptions, Transport as _};
use kiapi_emulator::{Emulator, Habit, Running};
use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::snapshot::Snapshot;
use kiapi_gen::{Any, COMMANDS, CommandInfo, Request, Response};
use prost_reflect::DynamicMessage;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use crate::made;

pub fn run(data: &[u8]) {
    let Ok(snapshot) = Snapshot::from_bytes(data) else { return };
    let bytes = snapshot.to_bytes();
    let again = Snapshot::from_bytes(&bytes).expect("what was written can be read");
    assert_eq!(again.to_bytes(), bytes);
    if let Ok(json) = snapshot.to_json() {
        let read = Snapshot::from_bytes(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
        // Not the same bytes: of a field that is there twice in a message, JSON has only the one that counts.
        assert_eq!(read.to_json().expect("it came from JSON"), json);
    }
    let _ = (snapshot.version(), Contents::from_snapshot(&snapshot).texts());
    // The emulator takes it, or says why not. What it took it tells again, and that it takes for the same.
    let Ok(running) = Emulator::new(snapshot.into()).start() else { return };
    let Ok(told) = running.snapshot() else { return };
    drop(running);
    let bytes = told.to_bytes();
    let running = Emulator::new(told).start().expect("it is a snapshot of ours");
    let again = running.snapshot().expect("the one before could be told");
    assert!(again.to_bytes() == bytes, "what is told of what was told is something else");
}

/// The emulator that gets commands, kept from one input to the next.
static DEMO: LazyLock<Mutex<Option<(Running, Client)>>> = LazyLock::new(Mutex::default);

/// An answer is of the command's type, or says why there is none.
fn judged(command: &CommandInfo, answer: &Response) {
    let name = command.name();
    if answer.status() == ApiStatusCode::OK {
        assert_eq!(answer.message_type(), Some(command.response().as_str()), "{name}");
        let of = made::descriptor(&command.response()).expect("the answers of commands are described");
        DynamicMessage::decode(of, answer.message_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    } else {
        assert_eq!(answer.message_type(), None, "{name}");
    }
}

/// Made-up commands to the emulator: each is answered, and the emulator lives on.
pub fn emulator(data: &[u8]) {
    let mut kept = DEMO.lock().unwrap_or_else(PoisonError::into_inner);
    let (running, client) = kept.get_or_insert_with(|| {
        let running = Emulator::demo().without(Habit::DoubleAnswers).start().expect("the demo starts");
        let client = Client::connect(running.socket(), &ConnectOptions::new()).expect("it listens");
        (running, client)
    });
    let options = CallOptions::new().timeout(Duration::from_secs(10));
    let mut bytes = Unstructured::new(data);
    for _ in 0..8 {
        if bytes.is_empty() {
            break;
        }
        let Ok(command) = bytes.choose(COMMANDS) else { break };
        let Some(value) = made::message(&command.full_name(), &mut bytes) else { break };
        let packed = Any::from_parts(format!("type.googleapis.com/{}", command.full_name()), value);
        let request = Request::packed(&packed).client_name("fuzz");
        // A KiCad would not live on, and so does the emulator of it: its connections are closed.
        match client.call(request.as_bytes(), &options) {
            Ok(answer) => {
                let answer = Response::decode(&answer).expect("the emulator answers with an envelope");
                judged(command, &answer);
            }
            Err(error) => {
                let died = error.kind() == kiapi_emulator::transport::ErrorKind::Disconnected;
                assert!(died, "{}: {error}", command.full_name());
                *client = Client::connect(running.socket(), &ConnectOptions::new())
                    .unwrap_or_else(|error| panic!("{} ended it: {error}", command.full_name()));
            }
        }
    }
}
