//! What a watcher tells when the board is loaded again.

use kiapi::{ConnectOptions, KiCad, mm};
use kiapi_emulator::{Emulator, Line};

#[track_caller]
fn check(line: Line) {
    let emulator = Emulator::demo_of(line).start().unwrap();
    let options = ConnectOptions::new().socket(emulator.socket().clone());
    let board = KiCad::connect_with(options).unwrap().board().unwrap();
    let parent = || board.tracks().unwrap()[0].parent();
    let mut watcher = board.watch().unwrap();
    let before = parent();
    board.revert().unwrap();
    // The board has another id now, where KiCad tells it; nothing else is different.
    assert_eq!(parent() != before, line >= Line::V10_0);
    assert!(watcher.changes().unwrap().is_empty());
    // The next KiCad has what the last one had.
    emulator.restart().unwrap();
    assert!(watcher.changes().unwrap().is_empty());
    let track = board.tracks().unwrap().remove(0);
    board.kicad().take_notices();
    board.update([track.clone().with_width(mm(0.7))]).unwrap();
    let changes = watcher.changes().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes.changed[0].id(), track.id());
}

#[test]
fn board_that_is_loaded_again_has_not_changed() {
    check(Line::V9_0);
    check(Line::V10_0);
}
