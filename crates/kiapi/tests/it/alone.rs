//! Edits outside of commits, while others who share the client have one open: each that is told done is there, whatever
//! becomes of the commits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kiapi::api::common::commands::{BeginCommit, CommitAction, CreateItems, EndCommit};
use kiapi::api::common::types::ItemHeader;
use kiapi::{
    Board, CallOptions, ConnectOptions, Error, ErrorKind, FlipDirection, Id, KiCad, Layer, Nm, Outcome,
    Severity, Track, mm,
};
use kiapi_emulator::{Emulator, Fault, Injection, Line, Running};

use crate::together::Together;

pub(crate) fn options(emulator: &Running) -> ConnectOptions {
    let call = CallOptions::new().timeout(Duration::from_secs(30));
    ConnectOptions::new().socket(emulator.socket().clone()).call_options(call)
}

fn connect(emulator: &Running) -> Board {
    KiCad::connect_with(options(emulator)).unwrap().board().unwrap()
}

fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
}

/// Tracks of widths that nobody else has, and what must be there of them.
#[derive(Default)]
pub(crate) struct Ledger {
    last: AtomicU32,
    expected: Mutex<BTreeMap<Nm, bool>>,
    pub(crate) done: AtomicU32,
    pub(crate) refused: AtomicU32,
}

impl Ledger {
    const FIRST: i64 = 50_000_000;

    pub(crate) fn track(&self) -> Track {
        track().with_width(Nm(Self::FIRST + i64::from(self.last.fetch_add(1, Ordering::SeqCst))))
    }

    pub(crate) fn expect(&self, track: &Track, is_there: bool) {
        self.expected.lock().unwrap().insert(track.width(), is_there);
    }

    /// What an edit outside of commits was told.
    pub(crate) fn told<T>(&self, track: &Track, result: &kiapi::Result<T>) {
        match result {
            Ok(_) => self.done.fetch_add(1, Ordering::SeqCst),
            Err(error) => {
                assert_eq!(
                    (error.kind(), error.outcome()),
                    (ErrorKind::CommitOpen, Outcome::NotSent),
                    "{error}"
                );
                self.refused.fetch_add(1, Ordering::SeqCst)
            }
        };
        self.expect(track, result.is_ok());
    }

    /// Whether both happened often enough to have met.
    pub(crate) fn is_rich(&self) -> bool {
        self.done.load(Ordering::SeqCst) >= 60 && self.refused.load(Ordering::SeqCst) >= 60
    }

    #[track_caller]
    pub(crate) fn check(&self, tracks: &[Track]) {
        let mut found: BTreeMap<Nm, usize> = BTreeMap::new();
        for track in tracks.iter().filter(|track| track.width() >= Nm(Self::FIRST)) {
            *found.entry(track.width()).or_default() += 1;
        }
        let expected = self.expected.lock().unwrap();
        let wrong: Vec<String> = expected
            .iter()
            .filter(|(width, there)| found.get(*width).copied().unwrap_or(0) != usize::from(**there))
            .map(|(width, there)| format!("{}: {:?}, expected {there}", width.0, found.get(width)))
            .collect();
        assert!(wrong.is_empty(), "of {} tracks: {wrong:?}", expected.len());
        assert!(found.keys().all(|width| expected.contains_key(width)), "a track that nobody asked for");
    }
}

/// Every way to edit a board without a commit.
fn edits(board: &Board) -> Vec<(&'static str, Error)> {
    let tracks = board.tracks().unwrap();
    let one = tracks[0].clone();
    let id = one.id().unwrap();
    let mut refused = vec![
        ("create", board.create([track()]).unwrap_err()),
        ("try_create", board.try_create([track()]).unwrap_err()),
        ("update", board.update([one.clone().with_width(mm(3))]).unwrap_err()),
        ("try_update", board.try_update([one.with_width(mm(3))]).unwrap_err()),
        ("delete", board.delete([id]).unwrap_err()),
    ];
    if board.kicad().version().major >= 10 {
        refused.push(("flip", board.flip([id], FlipDirection::LeftRight).unwrap_err()));
        let marker = board.inject_drc_error(Severity::Info, "a marker", (mm(1), mm(1)), []);
        refused.push(("inject_drc_error", marker.unwrap_err()));
    }
    refused
}

#[test]
fn every_edit_outside_of_an_open_commit_is_refused_unsent() {
    for line in [Line::V9_0, Line::V10_0] {
        let emulator = Emulator::demo_of(line).start().unwrap();
        let board = connect(&emulator);
        let before = board.tracks().unwrap();
        let commit = board.begin_commit().unwrap();
        // The board of the commit is the same client's too.
        for on in [&board, commit.board(), &board.kicad().clone().board().unwrap()] {
            for (name, error) in edits(on) {
                let known = (error.kind(), error.outcome(), error.is_retryable());
                assert_eq!(known, (ErrorKind::CommitOpen, Outcome::NotSent, true), "{name}: {error}");
                let text = error.to_string();
                assert!(text.contains(" was not sent: a commit of the client "), "{name}: {text}");
                assert!(text.ends_with("wait until it ends, or connect once more"), "{name}: {text}");
            }
        }
        assert_eq!((board.tracks().unwrap(), emulator.undo_steps()), (before.clone(), 0));
        // A client of its own is not kept waiting.
        connect(&emulator).create([track()]).unwrap();
        commit.create([track()]).unwrap();
        commit.push("one").unwrap();
        board.create([track()]).unwrap();
        assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before.len() + 3, 3));
    }
}

#[test]
fn settings_are_no_edits_and_outlive_a_commit_that_is_dropped() {
    let emulator = Emulator::demo_of(Line::V10_0).start().unwrap();
    let board = connect(&emulator);
    let commit = board.begin_commit().unwrap();
    board.set_title_block(board.title_block().unwrap().with_revision("7")).unwrap();
    board.set_text_variables([("BATCH", "7")], kiapi::Merge::Merge).unwrap();
    board.set_origin(kiapi::Origin::Grid, (mm(7), mm(7))).unwrap();
    commit.drop().unwrap();
    assert_eq!(board.title_block().unwrap().revision, "7");
    assert_eq!(board.text_variables().unwrap()["BATCH"], "7");
    assert_eq!(board.origin(kiapi::Origin::Grid).unwrap(), (mm(7), mm(7)).into());
}

#[test]
fn bare_messages_go_into_the_commit_that_is_open() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    let before = board.tracks().unwrap().len();
    let commit = board.begin_commit().unwrap();
    let header = ItemHeader::new().with_document(board.document().clone());
    let item = kiapi::Item::from(track().with_id(Id::random())).to_any();
    board.kicad().call(&CreateItems::new().with_header(header).with_items([item])).unwrap();
    commit.push("with a bare message").unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
}

#[test]
fn commit_that_is_forgotten_keeps_its_client_from_editing() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    std::mem::forget(board.begin_commit().unwrap());
    assert_eq!(board.create([track()]).unwrap_err().kind(), ErrorKind::CommitOpen);
    assert_eq!(board.begin_commit().unwrap_err().kind(), ErrorKind::CommitOpen);
    connect(&emulator).create([track()]).unwrap();
}

#[test]
fn edit_waits_for_a_commit_that_is_being_dropped() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    let before = board.tracks().unwrap().len();
    for _ in 0..20 {
        let commit = board.begin_commit().unwrap();
        commit.create([track()]).unwrap();
        emulator.faults().inject(Injection::new(Fault::Slow(Duration::from_millis(5))).on("EndCommit"));
        let together = Together::new();
        std::thread::scope(|scope| {
            scope.spawn({
                let together = together.clone();
                move || {
                    let _together = together;
                    drop(commit);
                }
            });
            while emulator.faults().pending() > 0 {
                std::thread::yield_now();
            }
            board.create([track()]).unwrap();
            drop(together);
        });
    }
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 20, 20));
}

#[test]
fn threads_that_share_a_client_lose_no_edit_to_each_others_commits() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    let (ledger, stop) = (Ledger::default(), AtomicBool::new(false));
    let together = Together::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (board, ledger, stop, together) = (&board, &ledger, &stop, together.clone());
            scope.spawn(move || {
                let _together = together;
                while !stop.load(Ordering::SeqCst) {
                    let track = ledger.track();
                    let made = board.create([track.clone()]);
                    ledger.told(&track, &made);
                    let Some(id) = made.ok().and_then(|made| made[0].id()) else { continue };
                    if track.width().0 % 3 == 0 {
                        match board.delete([id]) {
                            Ok(()) => ledger.expect(&track, false),
                            Err(error) => assert_eq!(error.kind(), ErrorKind::CommitOpen, "{error}"),
                        }
                    }
                }
            });
        }
        for number in 0..2 {
            let (board, ledger, stop) = (board.clone(), &ledger, &stop);
            let together = together.clone();
            scope.spawn(move || {
                let _together = together;
                for round in number.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let commit = match board.begin_commit() {
                        Ok(commit) => commit,
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::CommitOpen, "{error}");
                            continue;
                        }
                    };
                    let track = ledger.track();
                    commit.create([track.clone()]).unwrap();
                    ledger.expect(&track, round % 3 == 0);
                    match round % 3 {
                        0 => commit.push("kept").unwrap(),
                        1 => commit.drop().unwrap(),
                        _ => drop(commit),
                    }
                }
            });
        }
        let end = Instant::now() + Duration::from_secs(60);
        while !ledger.is_rich() && Instant::now() < end {
            std::thread::yield_now();
        }
        stop.store(true, Ordering::SeqCst);
        drop(together);
    });
    assert!(ledger.is_rich(), "they did not meet: {:?} done, {:?} refused", ledger.done, ledger.refused);
    ledger.check(&connect(&emulator).tracks().unwrap());
}

#[test]
fn edit_that_leaves_a_commit_open_takes_no_other_with_it() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    let ledger = Ledger::default();
    let together = Together::new();
    std::thread::scope(|scope| {
        let (board, ledger) = (&board, &ledger);
        let editing = Arc::new(());
        // KiCad begins a commit for a marker and forgets it.
        let (markers, edited) = (together.clone(), Arc::downgrade(&editing));
        scope.spawn(move || {
            let _together = markers;
            while edited.strong_count() > 0 {
                board.inject_drc_error(Severity::Info, "a marker", (mm(1), mm(1)), []).unwrap();
            }
        });
        for _ in 0..3 {
            // The first of a pair is dropped first.
            let editor = (Arc::clone(&editing), together.clone());
            scope.spawn(move || {
                let _editor = editor;
                for _ in 0..50 {
                    let track = ledger.track();
                    ledger.told(&track, &board.create([track.clone()]));
                }
            });
        }
        drop(editing);
        drop(together);
    });
    assert_eq!(ledger.refused.load(Ordering::SeqCst), 0);
    board.begin_commit().unwrap().drop().unwrap();
    ledger.check(&connect(&emulator).tracks().unwrap());
}

#[test]
fn commit_that_went_with_its_kicad_does_nothing_to_the_next_one() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    let before = board.tracks().unwrap().len();
    let begin = || {
        let commit = board.begin_commit().unwrap();
        emulator.restart().unwrap();
        board.tracks().unwrap();
        commit
    };
    let (old, older) = (begin(), begin());
    let gone = |error: Error| {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::TokenMismatch, Outcome::NotSent), "{error}");
        let text = error.to_string();
        assert!(
            text.ends_with("KiCad was restarted since the commit began, which is gone with the one before")
        );
    };
    gone(old.create([track()]).unwrap_err());
    gone(old.delete(board.vias().unwrap()[0].id()).unwrap_err());
    // Neither do they end the commit that is open now.
    let commit = board.begin_commit().unwrap();
    commit.create([track()]).unwrap();
    gone(old.push("gone").unwrap_err());
    older.drop().unwrap();
    commit.push("there").unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before + 1, 1));
}

#[test]
fn who_ends_commits_by_bare_messages_may_edit_between() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator);
    let before = board.tracks().unwrap().len();
    let id = board.kicad().call(&BeginCommit::new()).unwrap().id.unwrap();
    board.create([track()]).unwrap();
    let end = EndCommit::new().with_id(id).with_action(CommitAction::DROP);
    board.kicad().call(&end).unwrap();
    assert_eq!((board.tracks().unwrap().len(), emulator.undo_steps()), (before, 0));
}
