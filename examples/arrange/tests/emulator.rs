//! The plugin on an emulated KiCad.

use kiapi::{Board, Box2, ConnectOptions, Footprint, KiCad};
use kiapi_emulator::{Emulator, Line, Running};

fn board(emulator: &Running) -> Board {
    let options = ConnectOptions::new().socket(emulator.socket().clone());
    KiCad::connect_with(options).unwrap().board().unwrap()
}

fn select_all(board: &Board) -> Vec<Footprint> {
    let footprints = board.footprints().unwrap();
    board.add_to_selection(footprints.iter().filter_map(Footprint::id)).unwrap();
    footprints
}

fn boxes(board: &Board) -> Vec<Box2> {
    let ids = board.footprints().unwrap().iter().filter_map(Footprint::id).collect::<Vec<_>>();
    board.bounding_boxes(ids).unwrap().into_iter().flatten().collect()
}

fn run(board: &Board, arguments: &[&str]) -> Result<String, arrange_footprints::Error> {
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    arrange_footprints::run(board, &arguments)
}

#[test]
fn selected_footprints_stand_apart_afterwards() {
    for line in [Line::V9_0, Line::V10_0] {
        for arguments in [vec!["grid", "gap=2mm"], vec!["circle", "gap=2mm"], vec!["circle", "turn=outwards"]]
        {
            let emulator = Emulator::demo_of(line).start().unwrap();
            let board = board(&emulator);
            let count = select_all(&board).iter().filter(|it| !it.locked()).count();
            assert!(count > 1, "the demo board has footprints");
            let said = run(&board, &arguments).unwrap();
            assert!(said.starts_with(&format!("{count} footprints")) || arguments[0] == "grid", "{said}");
            let boxes = boxes(&board);
            for (index, one) in boxes.iter().enumerate() {
                for other in &boxes[..index] {
                    assert!(!one.intersects(other), "{line} {arguments:?}: {one:?} and {other:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_arranged_already_stays() {
    let emulator = Emulator::demo().start().unwrap();
    let board = board(&emulator);
    select_all(&board);
    let first = run(&board, &["grid"]).unwrap();
    assert!(first.ends_with("footprints moved") && !first.starts_with("0 "), "{first}");
    assert_eq!(run(&board, &["grid"]).unwrap(), "0 footprints moved");
}

#[test]
fn nothing_selected_is_said() {
    let emulator = Emulator::demo().start().unwrap();
    let board = board(&emulator);
    assert_eq!(run(&board, &["grid"]).unwrap(), "no footprint is selected");
    assert!(run(&board, &["spiral"]).unwrap_err().to_string().contains("`spiral`"));
}
