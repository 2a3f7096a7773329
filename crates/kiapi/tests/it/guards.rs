//! What is refused before it is sent.

use kiapi::{
    Board, ConnectOptions, ErrorKind, Id, Item, KiCad, Layer, Outcome, Track, Via, items::ViaType, mm,
};
use kiapi_emulator::{Emulator, Line, Running};

fn board(line: Line) -> (Running, Board) {
    let emulator = Emulator::demo_of(line).start().unwrap();
    let board = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone())).unwrap();
    (emulator, board.board().unwrap())
}

#[track_caller]
fn check(line: Line, items: impl IntoIterator<Item = Item>, kind: ErrorKind, text: &str) {
    let (emulator, board) = board(line);
    let error = board.create(items).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent), "{error}");
    assert!(error.to_string().contains(text), "{error}");
    assert_eq!(emulator.undo_steps(), 0);
}

fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
}

#[test]
fn coordinate_that_kicad_would_cut_off_is_not_sent() {
    let far = track().with_end((mm(2147.484), mm(0)));
    check(Line::V10_0, [far.clone().into()], ErrorKind::Guarded, "`coordinate-range`");
    check(Line::V9_0, [far.into()], ErrorKind::Guarded, "`coordinate-range`");
    // The copper of a track reaches further than its end does.
    let (_emulator, board) = board(Line::V10_0);
    board.create([track().with_end((mm(2147.3), mm(0)))]).unwrap();
}

#[test]
fn two_items_with_one_id_are_not_sent() {
    let mut track = track();
    track.set_id(Id::random());
    check(
        Line::V10_0,
        [track.clone().into(), track.into()],
        ErrorKind::Configuration,
        "has the id of another",
    );
}

#[test]
fn item_that_an_older_kicad_would_make_something_else_of_is_not_sent() {
    let via = Via::new().with_position((mm(1), mm(1))).with_diameter(mm(0.6)).with_drill(mm(0.3));
    let blind = via.with_via_type(ViaType::BLIND);
    check(
        Line::V9_0,
        [blind.into()],
        ErrorKind::Unsupported,
        "needs KiCad 10.0.0 to be created, and this is 9.0.8",
    );
}
