//! Everything that can happen to a connection, at each point of each operation: nothing is done twice, nothing that is
//! reported done is missing, nothing hangs, and the client works afterwards.

use std::time::{Duration, Instant};

use kiapi::{Board, CallOptions, ConnectOptions, ErrorKind, KiCad, Layer, Nm, Outcome, Result, Track, mm};
use kiapi_emulator::{Emulator, Fault, Injection, Running};

/// What marks the items that a test makes.
const MARK: Nm = Nm(123_457);
/// How long a call of an operation that meets a fault may take.
const TIMEOUT: Duration = Duration::from_millis(250);
/// How long any other call may take, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often an operation may be sent before it is clear that the fault never happens.
const MAX_POINTS: u32 = 24;

const FAULTS: [Fault; 14] = [
    Fault::NotReady,
    Fault::Busy,
    Fault::Slow(Duration::from_millis(30)),
    Fault::Silent,
    Fault::DropBefore,
    Fault::DropUnanswered,
    Fault::DropWithin,
    Fault::DropAfter,
    Fault::Doubled,
    Fault::WrongId,
    Fault::WrongType,
    Fault::OutOfStep,
    Fault::Garbage,
    Fault::Restart,
];

fn marked() -> Track {
    Track::new().with_start((mm(1), mm(1))).with_end((mm(2), mm(1))).with_width(MARK).with_layer(Layer::F_CU)
}

fn connect(emulator: &Running, name: &str) -> KiCad {
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name(name);
    let options = options.call_options(CallOptions::new().timeout(PATIENCE));
    eventually(|| KiCad::connect_with(options.clone()))
}

/// Tries again while nothing was sent, as while a KiCad starts anew, or an answer may be lost: when the question that tells was
/// not answered in time itself, it is asked again only after ten seconds.
#[track_caller]
fn eventually<T>(work: impl Fn() -> Result<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match work() {
            Err(error) if error.outcome() == Outcome::NotSent && Instant::now() < end => {
                std::thread::yield_now();
            }
            // It is told once that it is another KiCad.
            Err(error) if error.kind() == ErrorKind::TokenMismatch => {}
            other => return other.unwrap(),
        }
    }
}

/// How many marked items there are, as another client sees it.
fn count(emulator: &Running) -> usize {
    let kicad = connect(emulator, "witness");
    kicad.board().unwrap().tracks().unwrap().iter().filter(|track| track.width() == MARK).count()
}

/// Runs an operation that makes one marked item with each fault at each of its points.
#[track_caller]
fn check(operation: impl Fn(&Board) -> Result<()> + Sync) {
    // Most of the time is spent waiting.
    std::thread::scope(|scope| {
        let operation = &operation;
        for fault in FAULTS {
            scope.spawn(move || check_fault(fault, operation));
        }
    });
}

fn check_fault(fault: Fault, operation: &(impl Fn(&Board) -> Result<()> + Sync)) {
    let mut points = 0;
    loop {
        let emulator = Emulator::demo().start().unwrap();
        let kicad = connect(&emulator, "actor");
        let board = kicad.board().unwrap();
        emulator.faults().inject(Injection::new(fault).after(points));
        let start = Instant::now();
        let token = emulator.token();
        let result = operation(&board.clone().with_options(CallOptions::new().timeout(TIMEOUT)));
        let took = start.elapsed();
        let happened = emulator.faults().pending() == 0;
        // The old one may answer for a moment more.
        while fault == Fault::Restart && happened && [token.as_str(), ""].contains(&emulator.token().as_str())
        {
            assert!(start.elapsed() < Duration::from_secs(10), "it does not start anew");
            std::thread::yield_now();
        }
        emulator.faults().clear();

        let what = format!("{fault:?} at point {points}: {result:?} after {took:?}");
        assert!(took < TIMEOUT * 12, "it hung: {what}");
        let made = count(&emulator);
        assert!(made <= 1, "done {made} times: {what}");
        match &result {
            // A KiCad that ends after it answered takes everything with it.
            Ok(()) if fault != Fault::Restart => {
                assert_eq!(made, 1, "reported done, and is not there: {what}");
            }
            Err(error) if error.outcome() == Outcome::NotSent => {
                assert_eq!(made, 0, "reported not sent, and is there: {what}");
            }
            Ok(()) | Err(_) => {}
        }
        // Whatever happened, the client goes on, once it was told of a restart; and what it does then is not lost in a commit that
        // is thought not to be open.
        eventually(|| board.create([marked()]));
        eventually(|| board.commit("afterwards", |edit| edit.create([marked()]).map(drop)));
        assert_eq!(count(&emulator), made + 2, "{what}");
        if !happened {
            break;
        }
        points += 1;
        assert!(points < MAX_POINTS, "the fault never stops to happen: {what}");
    }
    assert!(points > 0, "{fault:?} never happened");
}

#[test]
fn commit_survives_everything() {
    check(|board| board.commit("mark", |edit| edit.create([marked()]).map(drop)));
}

#[test]
fn commit_by_hand_survives_everything() {
    check(|board| {
        let commit = board.begin_commit()?;
        commit.create([marked()])?;
        commit.push("mark")
    });
}

#[test]
fn creation_survives_everything() {
    check(|board| board.create([marked()]).map(drop));
}

#[test]
fn reading_survives_everything() {
    check(|board| {
        // What only reads may fail, but must never be wrong.
        let nets = board.nets().map(|nets| assert!(nets.iter().any(|net| net.name == "GND")));
        let tracks = board.tracks().map(|tracks| assert!(!tracks.is_empty()));
        nets.and(tracks)?;
        board.commit("mark", |edit| edit.create([marked()]).map(drop))
    });
}
