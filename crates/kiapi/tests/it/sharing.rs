//! Several threads with one client, ends of commits that nobody hears of, and answers out of step.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use kiapi::{Board, CallOptions, ConnectOptions, ErrorKind, KiCad, Layer, Notice, Outcome, Track, mm};
use kiapi_emulator::{Emulator, Fault, Injection, Running};

use crate::together::Together;

/// A client whose calls take no longer than `timeout`.
fn connect(emulator: &Running, timeout: Duration) -> Board {
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name("test");
    let options = options.call_options(CallOptions::new().timeout(timeout));
    KiCad::connect_with(options).unwrap().board().unwrap()
}

fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
}

#[test]
fn each_of_eight_threads_gets_its_own_answers() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_secs(30));
    let layers = board.enabled_layers().unwrap();
    let names: Vec<_> = layers.iter().map(|layer| board.layer_name(*layer).unwrap()).collect();
    let tracks = board.tracks().unwrap();
    let barrier = Barrier::new(8);
    let together = Together::new();
    std::thread::scope(|scope| {
        for thread in 0..8_usize {
            let (board, barrier, layers, names, tracks) = (board.clone(), &barrier, &layers, &names, &tracks);
            let together = together.clone();
            scope.spawn(move || {
                let _together = together;
                barrier.wait();
                for round in 0..25 {
                    let at = (thread * 25 + round) % layers.len();
                    assert_eq!(board.layer_name(layers[at]).unwrap(), names[at]);
                    assert_eq!(&board.tracks().unwrap(), tracks);
                }
            });
        }
        drop(together);
    });
    assert_eq!(board.kicad().take_notices(), []);
}

#[test]
fn who_waits_in_the_queue_has_its_whole_time_afterwards() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_secs(30));
    emulator.faults().inject(Injection::new(Fault::Slow(Duration::from_millis(1200))).on("GetNets"));
    let together = Together::new();
    std::thread::scope(|scope| {
        let slow = scope.spawn({
            let (board, together) = (&board, together.clone());
            move || {
                let _together = together;
                board.nets()
            }
        });
        while emulator.faults().pending() > 0 {
            std::thread::yield_now();
        }
        // Less than the other takes: the queue does not count.
        let short = CallOptions::new().timeout(Duration::from_millis(600));
        board.with_options(short).tracks().unwrap();
        drop(together);
        assert!(slow.join().unwrap().is_ok());
    });
}

#[test]
fn end_that_is_answered_too_late_is_settled_as_applied() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_millis(500));
    let before = board.tracks().unwrap().len();
    emulator.faults().inject(Injection::new(Fault::Slow(Duration::from_millis(700))).on("EndCommit"));
    board.commit("settled", |edit| edit.create([track()])).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
    assert_eq!(board.kicad().take_notices(), [Notice::CommitSettled]);
    board.commit("next", |edit| edit.create([track()])).unwrap();
    assert_eq!(emulator.undo_steps(), 2);
}

#[test]
fn end_whose_answer_is_lost_is_settled_on_another_connection() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_secs(2));
    let before = board.tracks().unwrap().len();
    emulator.faults().inject(Injection::new(Fault::Silent).on("EndCommit"));
    board.commit("settled", |edit| edit.create([track()])).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
    assert_eq!(board.kicad().take_notices(), [Notice::AnswerLost, Notice::CommitSettled]);
}

/// One request of ours and one ping beside it are all that is sent to a KiCad that says nothing: a third request would be
/// answered here.
#[test]
fn kicad_that_hangs_is_not_flooded() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_millis(500));
    emulator.faults().inject(Injection::new(Fault::Silent).times(2));
    assert_eq!(board.nets().unwrap_err().outcome(), Outcome::Unknown);
    for _ in 0..4 {
        let error = board.create([track()]).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
    }
    assert_eq!(emulator.faults().pending(), 0);
}

#[test]
fn end_that_cannot_be_settled_is_told_to_be_unknown() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_millis(300));
    let before = board.tracks().unwrap().len();
    let commit = board.begin_commit().unwrap();
    commit.create([track()]).unwrap();
    emulator.faults().inject(Injection::new(Fault::Silent).on("EndCommit"));
    emulator.faults().inject(Injection::new(Fault::Silent).on("Ping"));
    let error = commit.push("lost").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert_eq!(error.to_string(), "EndCommit failed; whether KiCad runs it is not known");
    // It was applied, and nobody could know. A client of the same name finds none that is open.
    let next = connect(&emulator, Duration::from_secs(10));
    next.commit("next", |edit| edit.create([track()])).unwrap();
    assert_eq!((next.tracks().unwrap().len(), emulator.undo_steps()), (before + 2, 2));
    assert_eq!(next.kicad().take_notices(), []);
}

#[test]
fn out_of_step_every_kind_of_call_gets_its_own_answer() {
    type Call = (&'static str, fn(&Board) -> String);
    let calls: [Call; 8] = [
        ("nets", |board| format!("{:?}", board.nets().unwrap())),
        ("tracks", |board| format!("{:?}", board.tracks().unwrap())),
        ("layers", |board| format!("{:?}", board.enabled_layers().unwrap())),
        ("layer's name", |board| board.layer_name(Layer::B_CU).unwrap()),
        ("ping, whose answer is empty", |board| board.kicad().ping().map(|_| String::new()).unwrap()),
        ("selection", |board| format!("{:?}", board.selection().unwrap())),
        ("refusal", |board| format!("{:?}", board.kicad().run_action("none").unwrap_err().kind())),
        ("whole board", |board| board.to_text().unwrap()),
    ];
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, Duration::from_secs(10));
    let expected: Vec<_> = calls.iter().map(|(_, call)| call(&board)).collect();
    for first in 0..calls.len() {
        // Each is the one that the fault meets.
        let emulator = Emulator::demo().start().unwrap();
        let board = connect(&emulator, Duration::from_secs(10));
        emulator.faults().inject(Fault::OutOfStep);
        for at in (first..calls.len()).chain(0..first) {
            let (name, call) = calls[at];
            assert_eq!(call(&board), expected[at], "{name}, begun with {}", calls[first].0);
        }
        assert!(board.kicad().take_notices().contains(&Notice::OutOfStep), "begun with {}", calls[first].0);
        let error = board.kicad().run_action("none").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest);
    }
}

/// Creates a track while answers are out of step and something happens to one of the requests: it is there once at most.
#[track_caller]
fn check_created_once(fault: Fault) {
    for point in 0..6 {
        let emulator = Emulator::demo().start().unwrap();
        let board = connect(&emulator, Duration::from_secs(5));
        let before = board.tracks().unwrap().len();
        emulator.faults().inject(Injection::new(Fault::OutOfStep).on("GetNets"));
        board.nets().unwrap();
        emulator.faults().inject(Injection::new(fault).after(point));
        let made = board.create([track()]);
        emulator.faults().clear();
        // What was answered to others comes first.
        let end = Instant::now() + Duration::from_secs(10);
        let there = loop {
            match board.tracks() {
                Ok(tracks) => break tracks.len() - before,
                Err(error) => assert!(Instant::now() < end, "{fault} at {point}: {error}"),
            }
        };
        assert!(there <= 1, "{fault} at {point}: created {there} times, {made:?}");
        match made {
            Ok(_) => assert_eq!(there, 1, "{fault} at {point}"),
            Err(error) if error.outcome() == Outcome::NotSent => assert_eq!(there, 0, "{fault} at {point}"),
            Err(_) => {}
        }
    }
}

#[test]
fn refusal_of_a_canary_is_not_taken_for_that_of_the_edit_before_it() {
    check_created_once(Fault::NotReady);
    check_created_once(Fault::Busy);
}

#[test]
fn canary_that_cannot_be_sent_does_not_send_the_edit_again() {
    check_created_once(Fault::DropAfter);
    check_created_once(Fault::DropBefore);
}
