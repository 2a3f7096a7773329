//! Each fault, as a client sees it.

use std::time::{Duration, Instant};

use kiapi_emulator::transport::{CallOptions, ErrorKind, Outcome, Transport as _};
use kiapi_emulator::{Emulator, Fault, Injection};
use kiapi_gen::board::commands::GetNets;
use kiapi_gen::board::types::Track;
use kiapi_gen::common::commands::{CreateItems, GetVersion, ItemStatusCode, Ping};
use kiapi_gen::{Any, Request, Response};

use crate::Asker;

/// What a call with a fault gives: the error's kind and outcome, or the status and the type of the answer.
fn outcome(fault: Fault) -> String {
    let kicad = Emulator::demo().fault(Injection::new(fault).on("GetVersion")).start().unwrap();
    let asker = Asker::new(&kicad, "a");
    asker.ping();
    let options = CallOptions::new().timeout(Duration::from_millis(200));
    match asker.client.call(&Request::new(&GetVersion::new()).encode(), &options) {
        Err(error) => format!("{:?} {:?}", error.kind(), error.outcome()),
        Ok(answer) => match Response::decode(&answer) {
            Ok(answer) => {
                let kind = answer.message_type().map(str::to_owned).unwrap_or_default();
                format!("{:?} {}", answer.status(), kind.rsplit('.').next().unwrap_or_default())
            }
            Err(_) => "not an envelope".to_owned(),
        },
    }
}

#[test]
fn faults_are_what_they_are_called() {
    for (fault, expected) in [
        (Fault::NotReady, "NOT_READY "),
        (Fault::Busy, "BUSY "),
        (Fault::Silent, "Timeout Unknown"),
        (Fault::DropBefore, "Disconnected Unknown"),
        (Fault::DropUnanswered, "Disconnected Unknown"),
        (Fault::DropWithin, "Disconnected Unknown"),
        (Fault::DropAfter, "OK GetVersionResponse"),
        (Fault::Doubled, "OK GetVersionResponse"),
        (Fault::WrongId, "Timeout Unknown"),
        (Fault::WrongType, "OK Empty"),
        (Fault::OutOfStep, "OK Empty"),
        (Fault::Garbage, "not an envelope"),
        (Fault::Slow(Duration::from_millis(1)), "OK GetVersionResponse"),
        (Fault::Restart, "Disconnected Unknown"),
        (Fault::TakeOver, "OK GetVersionResponse"),
    ] {
        assert_eq!(outcome(fault), expected, "{fault}");
    }
}

#[test]
fn connection_that_is_dropped_after_the_answer_is_gone_for_the_next_call() {
    let kicad = Emulator::demo().fault(Injection::new(Fault::DropAfter).on("Ping")).start().unwrap();
    let asker = Asker::new(&kicad, "a");
    asker.ping();
    let error = asker.client.call(&Request::new(&Ping::new()).encode(), &CallOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert_ne!(error.outcome(), Outcome::Answered);
}

#[test]
fn answers_stay_out_of_step() {
    let kicad = Emulator::demo().fault(Fault::OutOfStep).start().unwrap();
    let asker = Asker::new(&kicad, "a");
    let types = |asker: &Asker| {
        let version = asker.ask(&GetVersion::new());
        let nets = asker.ask(&GetNets::new().with_board(kiapi_gen::common::types::DocumentSpecifier::new()));
        (version.message_type().map(str::to_owned), nets.message_type().is_some())
    };
    asker.ask(&Ping::new());
    // The answer to the ping comes with the question for the version, and that one with the question for nets.
    let empty = Some("google.protobuf.Empty".to_owned());
    assert_eq!(types(&asker), (empty, true));
}

#[test]
fn refused_rows_leave_the_board_alone() {
    let kicad = Emulator::demo().start().unwrap();
    let asker = Asker::new(&kicad, "a");
    let before = kicad.snapshot().unwrap();
    kicad.faults().inject(Fault::RefuseRows);
    let items = [Any::pack(&Track::new()), Any::pack(&Track::new())];
    let rows = asker.get(&CreateItems::new().with_header(asker.header()).with_items(items)).created_items;
    // The question for the board took the fault, which refuses rows only where there are any.
    assert_eq!((kicad.faults().pending(), rows.len()), (0, 2));
    kicad.faults().inject(Injection::new(Fault::RefuseRows).on("CreateItems"));
    let items = [Any::pack(&Track::new())];
    let rows = asker.get(&CreateItems::new().with_header(asker.header()).with_items(items)).created_items;
    assert_eq!(rows[0].status.as_ref().unwrap().code, ItemStatusCode::INVALID_DATA);
    assert_eq!(kicad.snapshot().unwrap(), before);
}

#[test]
fn faults_last_as_long_as_they_are_told_to() {
    let kicad = Emulator::demo().start().unwrap();
    let asker = Asker::new(&kicad, "a");
    kicad.faults().inject(Injection::new(Fault::Busy).lasting(Duration::from_millis(50)));
    let end = Instant::now() + Duration::from_secs(10);
    let mut busy = 0;
    while asker.refusal(&Ping::new()).starts_with("BUSY") {
        busy += 1;
        assert!(Instant::now() < end);
    }
    assert!(busy > 0);
    kicad.faults().inject(Injection::new(Fault::Busy).times(1000));
    kicad.faults().clear();
    asker.ping();
}

#[test]
fn garbage_is_answered_twice_as_kicad_does_unless_that_is_switched_off() {
    use kiapi_emulator::{Habit, Habits, Line};
    for (habits, expected) in [
        (Habits::of(Line::V10_0), "BAD_REQUEST"),
        (Habits::of(Line::V10_0).without(Habit::DoubleAnswers), "OK"),
    ] {
        let kicad = Emulator::demo().habits(habits).start().unwrap();
        let asker = Asker::new(&kicad, "a");
        asker.client.call(&[0xff; 20], &CallOptions::new()).unwrap();
        assert_eq!(format!("{:?}", asker.ask(&Ping::new()).status()), expected);
    }
}
