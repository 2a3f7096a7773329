//! The plugin on an emulated KiCad.

use kiapi::{Board, ConnectOptions, KiCad, Via, Zone, mm};
use kiapi_emulator::{Emulator, Line, Running};

fn board(emulator: &Running) -> Board {
    let options = ConnectOptions::new().socket(emulator.socket().clone());
    KiCad::connect_with(options).unwrap().board().unwrap()
}

fn run(board: &Board, arguments: &[&str]) -> Result<String, stitch_vias::Error> {
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    stitch_vias::run(board, &arguments)
}

fn new_vias(board: &Board, before: &[Via]) -> Vec<Via> {
    let known: Vec<_> = before.iter().map(Via::id).collect();
    board.vias().unwrap().into_iter().filter(|via| !known.contains(&via.id())).collect()
}

/// The net of a zone on the demo board.
fn net(board: &Board) -> String {
    let zones = board.zones().unwrap();
    let zone = zones.iter().find(|zone| !zone.is_rule_area() && zone.net().is_some()).unwrap();
    zone.net().unwrap().to_owned()
}

#[test]
fn vias_lie_in_the_zone_and_clear_of_other_nets() {
    for line in [Line::V9_0, Line::V10_0] {
        let emulator = Emulator::demo_of(line).start().unwrap();
        let board = board(&emulator);
        let net = net(&board);
        let before = board.vias().unwrap();
        let argument = format!("net={net}");
        let arguments = [&*argument, "spacing=2mm", "diameter=0.6mm", "drill=0.3mm"];
        let said = run(&board, &arguments).unwrap();
        let vias = new_vias(&board, &before);
        assert!(!vias.is_empty(), "{said}");
        assert!(said.starts_with(&format!("{} vias along {net}", vias.len())), "{said}");
        let zones = board.zones().unwrap();
        let zones: Vec<&Zone> = zones.iter().filter(|zone| zone.net() == Some(&net)).collect();
        for via in &vias {
            let at = via.position();
            assert_eq!((via.net(), via.diameter(), via.drill()), (Some(&*net), mm(0.6), mm(0.3)));
            assert!(zones.iter().any(|zone| zone.polygons().iter().any(|it| it.contains(at))), "{via}");
            for track in board.tracks().unwrap().iter().filter(|track| track.net() != Some(&net)) {
                let gap = stitch_vias::obstacle::to_segment(at, track.start(), track.end())
                    - (track.width() + via.diameter()).scaled(0.5).to_f64();
                assert!(gap > 249_998.0, "{via} is {gap} nm from {track}");
            }
        }
        let said = run(&board, &arguments).unwrap();
        assert!(said.starts_with(&format!("0 vias along {net}")), "{said}");
    }
}

#[test]
fn selected_zones_alone_are_stitched() {
    let emulator = Emulator::demo().start().unwrap();
    let board = board(&emulator);
    let zone =
        board.zones().unwrap().into_iter().find(|zone| !zone.is_rule_area() && zone.net().is_some()).unwrap();
    board.add_to_selection(zone.id()).unwrap();
    let said = run(&board, &["net=nothing", "spacing=2mm"]).unwrap();
    assert!(said.contains(&format!("vias along {}", zone.net().unwrap())), "{said}");
}

#[test]
fn nets_without_zones_are_named() {
    let emulator = Emulator::demo().start().unwrap();
    let board = board(&emulator);
    let error = run(&board, &["net=nothing"]).unwrap_err().to_string();
    assert!(error.contains("nothing"), "{error}");
}
