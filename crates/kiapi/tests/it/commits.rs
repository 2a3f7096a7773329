//! Commits on the emulator: one step of undo, or nothing at all.

use std::time::{Duration, Instant};

use kiapi::api::common::commands::{BeginCommit, CommitAction, EndCommit};
use kiapi::{Board, CallOptions, ConnectOptions, ErrorKind, Id, KiCad, Layer, Notice, Outcome, Track, mm};
use kiapi_emulator::{Emulator, Fault, Injection, Running};

fn connect(emulator: &Running) -> Board {
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name("test");
    let options = options.call_options(CallOptions::new().timeout(Duration::from_secs(1)));
    KiCad::connect_with(options).unwrap().board().unwrap()
}

fn start() -> (Running, Board) {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    (emulator, board)
}

fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
}

#[test]
fn what_is_done_in_a_commit_is_one_step_of_undo() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap().len();
    let made = board.commit("two", |edit| {
        edit.create([track()])?;
        edit.create([track()])
    });
    assert_eq!(made.unwrap().len(), 1);
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 2, 1));
}

#[test]
fn error_takes_back_what_was_done() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap();
    let error: Result<(), Box<dyn std::error::Error>> = board.commit("none", |edit| {
        edit.create([track()])?;
        edit.update([before[0].clone().with_width(mm(3))])?;
        Err("on purpose".into())
    });
    assert_eq!(error.unwrap_err().to_string(), "on purpose");
    assert_eq!((board.tracks().unwrap(), emulator.undo_steps()), (before, 0));
    // And nothing is left open.
    board.commit("next", |edit| edit.create([track()])).unwrap();
}

#[test]
fn panic_takes_back_what_was_done() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        board.commit("none", |edit| -> kiapi::Result<()> {
            edit.create([track()])?;
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((board.tracks().unwrap(), emulator.undo_steps()), (before, 0));
    board.begin_commit().unwrap().drop().unwrap();
}

/// Fails in a commit while KiCad takes a time to take it back, and tells how long that took the caller.
fn fail(board: &Board) -> Duration {
    let start = Instant::now();
    let failed: Result<(), Box<dyn std::error::Error>> = board.commit("none", |edit| {
        edit.create([track()])?;
        Err("on purpose".into())
    });
    assert_eq!(failed.unwrap_err().to_string(), "on purpose");
    start.elapsed()
}

#[test]
fn taking_back_may_last_as_long_as_a_call_may() {
    const SLOW: Duration = Duration::from_millis(2500);
    let (emulator, board) = start();
    let before = board.tracks().unwrap();
    let patient = board.with_options(CallOptions::new().timeout(Duration::from_secs(60)));
    emulator.faults().inject(Injection::new(Fault::Slow(SLOW)).on("EndCommit").times(1));
    assert!(fail(&patient) >= SLOW, "it did not wait for KiCad");
    // It is over, and nothing waits for it.
    assert_eq!((patient.tracks().unwrap(), emulator.undo_steps()), (before, 0));
    patient.begin_commit().unwrap().drop().unwrap();
}

#[test]
fn taking_back_that_lasts_longer_is_finished_by_the_next_call() {
    const SLOW: Duration = Duration::from_secs(8);
    let (emulator, board) = start();
    let before = board.tracks().unwrap();
    let impatient = board.clone().with_options(CallOptions::new().timeout(Duration::from_millis(300)));
    emulator.faults().inject(Injection::new(Fault::Slow(SLOW)).on("EndCommit").times(1));
    assert!(fail(&impatient) < SLOW / 2, "it waited for KiCad longer than it may");
    let patient = board.with_options(CallOptions::new().timeout(SLOW * 3));
    assert_eq!((patient.tracks().unwrap(), emulator.undo_steps()), (before, 0));
    patient.begin_commit().unwrap().drop().unwrap();
}

#[test]
fn edit_is_not_lost_in_a_commit_of_an_earlier_run() {
    let (emulator, earlier) = start();
    let commit = earlier.begin_commit().unwrap();
    commit.create([track()]).unwrap();
    std::mem::forget(commit);

    // Whoever has another name, or reads, leaves it alone.
    let unnamed = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone())).unwrap();
    unnamed.board().unwrap().create([track()]).unwrap();
    let board = connect(&emulator);
    let before = board.tracks().unwrap().len();
    assert_eq!((unnamed.take_notices(), board.kicad().take_notices()), (vec![], vec![]));

    let kept = board.create([track()]).unwrap()[0].id();
    assert_eq!(board.kicad().take_notices(), [Notice::OrphanDropped]);
    let next = connect(&emulator);
    next.commit("next", |edit| edit.create([track()])).unwrap();
    assert_eq!(next.kicad().take_notices(), []);
    let tracks = next.tracks().unwrap();
    assert_eq!(tracks.len(), before + 2);
    assert!(tracks.iter().any(|track| track.id() == kept));
}

#[test]
fn commit_that_is_begun_by_a_bare_message_is_left_to_its_caller() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap().len();
    let id = board.kicad().call(&BeginCommit::new()).unwrap().id.unwrap();
    board.create([track()]).unwrap();
    let end = EndCommit::new().with_id(id).with_action(CommitAction::COMMIT);
    board.kicad().call(&end).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
}

#[test]
fn connections_of_one_program_have_names_of_their_own() {
    let emulator = Emulator::demo().start().unwrap();
    let connect = || KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone())).unwrap();
    let (first, second) = (connect(), connect());
    assert_ne!(first.client_name(), second.client_name());
    let commits = [first, second].map(|kicad| kicad.board().unwrap().begin_commit().unwrap());
    for commit in commits {
        commit.push("one of two").unwrap();
    }
}

#[test]
fn commit_of_an_earlier_run_is_dropped_and_told() {
    let (emulator, earlier) = start();
    let commit = earlier.begin_commit().unwrap();
    commit.create([track()]).unwrap();
    // It ends without a word.
    std::mem::forget(commit);
    let board = connect(&emulator);
    let before = board.tracks().unwrap().len();
    board.commit("next", |edit| edit.create([track()])).unwrap();
    assert_eq!(board.kicad().take_notices(), [Notice::OrphanDropped]);
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
}

#[test]
fn second_commit_of_a_client_is_refused_without_being_sent() {
    let (_emulator, board) = start();
    let first = board.begin_commit().unwrap();
    let error = board.begin_commit().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::CommitOpen, Outcome::NotSent));
    first.push("first").unwrap();
    board.begin_commit().unwrap().drop().unwrap();
}

#[test]
fn end_that_was_carried_out_unanswered_is_found_out() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap().len();
    emulator.faults().inject(Injection::new(Fault::DropUnanswered).on("EndCommit"));
    board.commit("settled", |edit| edit.create([track()])).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
    assert!(board.kicad().take_notices().contains(&Notice::CommitSettled));
}

#[test]
fn end_that_never_arrived_is_sent_again() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap().len();
    emulator.faults().inject(Injection::new(Fault::DropBefore).on("EndCommit"));
    board.commit("settled", |edit| edit.create([track()])).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
    assert!(!board.kicad().take_notices().contains(&Notice::CommitSettled));
}

#[test]
fn items_that_are_refused_are_named() {
    let (emulator, board) = start();
    let before = board.tracks().unwrap().len();
    let bad = track().with_layer(Layer::IN29_CU);
    let error = board.commit("some", |edit| edit.create([track(), bad.clone()])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Items);
    assert_eq!(error.items().iter().map(|item| item.index).collect::<Vec<_>>(), [1]);
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before, 0));
    let rows = board.try_create([track(), bad]).unwrap();
    assert_eq!(rows.iter().map(kiapi::ItemResult::is_ok).collect::<Vec<_>>(), [true, false]);
    assert_eq!(board.tracks().unwrap().len(), before + 1);
}

#[test]
fn what_is_not_there_is_not_deleted_and_neither_is_the_rest() {
    let (emulator, board) = start();
    let tracks = board.tracks().unwrap();
    let there = tracks[0].id().unwrap();
    let error = board.delete([there, Id::random()]).unwrap_err();
    assert_eq!((error.kind(), error.items()[0].index), (ErrorKind::Items, 1));
    assert_eq!(board.tracks().unwrap().len(), tracks.len());
    board.commit("delete", |edit| edit.delete([there])).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (tracks.len() - 1, 1));
}

#[test]
fn deletion_that_cannot_be_looked_at_is_not_told_as_not_done() {
    let (emulator, board) = start();
    let tracks = board.tracks().unwrap();
    let [one, other] = [0, 1].map(|index| tracks[index].id().unwrap());
    // KiCad answers the deletion alike whether it does it or not, so it is asked for the items before and after.
    let busy_after =
        || emulator.faults().inject(Injection::new(Fault::Busy).on("GetItemsById").after(1).times(1));
    busy_after();
    let deleted = board.delete([one]).unwrap_err();
    busy_after();
    let pushed = board.commit("delete", |edit| edit.delete([other])).unwrap_err();
    for error in [deleted, pushed] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Busy, Outcome::Unknown), "{error}");
        assert!(!error.is_retryable(), "{error}");
        assert!(error.to_string().starts_with("KiCad said that it deleted the items, but"), "{error}");
        assert!(format!("{error:?}").contains("because KiCad refused GetItemsById with BUSY"), "{error:?}");
    }
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (tracks.len() - 2, 2));
}

#[test]
fn answers_out_of_step_reach_their_calls() {
    let (emulator, board) = start();
    let names = [Layer::F_CU, Layer::B_CU].map(|layer| board.layer_name(layer).unwrap());
    assert_ne!(names[0], names[1]);
    emulator.faults().inject(Fault::OutOfStep);
    let before = board.tracks().unwrap().len();
    assert!(board.nets().unwrap().iter().any(|net| net.name == "GND"));
    assert_eq!([Layer::F_CU, Layer::B_CU].map(|layer| board.layer_name(layer).unwrap()), names);
    // A refusal finds its call too.
    assert_eq!(board.kicad().run_action("none").unwrap_err().kind(), ErrorKind::BadRequest);
    board.commit("in step", |edit| edit.create([track()])).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
    assert!(board.kicad().take_notices().contains(&Notice::OutOfStep));
}

#[test]
fn threads_that_share_a_client_wait_no_longer_in_the_queue_than_they_want_to() {
    let (emulator, board) = start();
    emulator.faults().inject(Injection::new(Fault::Slow(Duration::from_millis(300))).on("GetNets"));
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| board.nets());
        while emulator.faults().pending() > 0 {
            std::thread::yield_now();
        }
        let hasty = CallOptions::new().queue_timeout(Duration::from_millis(20));
        let error = board.with_options(hasty).tracks().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
        assert!(slow.join().unwrap().is_ok());
    });
}
