//! The plugin on an emulated KiCad.

use std::collections::BTreeSet;

use kiapi::{ConnectOptions, Footprint, KiCad};
use kiapi_emulator::{Emulator, Line};

#[test]
fn both_files_have_what_the_board_has() {
    for line in [Line::V9_0, Line::V10_0] {
        let emulator = Emulator::demo_of(line).start().unwrap();
        let options = ConnectOptions::new().socket(emulator.socket().clone());
        let board = KiCad::connect_with(options).unwrap().board().unwrap();
        let is_plain = |it: &Footprint| {
            !it.is_not_populated() && !it.is_excluded_from_bom() && !it.is_excluded_from_position_files()
        };
        let mut footprints: Vec<Footprint> =
            board.footprints().unwrap().into_iter().filter(is_plain).collect();
        assert!(footprints.len() > 3);
        // One of each attribute.
        let changes: [fn(Footprint) -> Footprint; 3] = [
            |it| it.with_not_populated(true),
            |it| it.with_excluded_from_bom(true),
            |it| it.with_excluded_from_position_files(true),
        ];
        let changed: Vec<Footprint> =
            footprints.drain(..3).zip(changes).map(|(it, change)| change(it)).collect();
        let names: Vec<String> = changed.iter().map(|it| it.reference().to_owned()).collect();
        board.update(changed).unwrap();

        let folder = tempfile::tempdir().unwrap();
        let argument = format!("folder={}", folder.path().display());
        bom_and_placement::run(&board, &[argument, "unit=in".to_owned()]).unwrap();
        let read = |name: &str| {
            let mut reader = csv::Reader::from_path(folder.path().join(name)).unwrap();
            reader.records().map(Result::unwrap).collect::<Vec<_>>()
        };
        let bill = read("demo-bom.csv");
        let listed: BTreeSet<&str> = bill.iter().flat_map(|row| row[0].split(", ")).collect();
        let total: usize = bill.iter().map(|row| row[1].parse::<usize>().unwrap()).sum();
        assert!(listed.contains(&*names[0]) && !listed.contains(&*names[1]) && listed.contains(&*names[2]));
        assert!(total >= listed.len());
        assert!(bill.iter().any(|row| &row[4] == "DNP" && row[0] == names[0]), "{bill:?}");

        let places = read("demo-positions.csv");
        let placed: BTreeSet<&str> = places.iter().map(|row| row.get(0).unwrap()).collect();
        assert!(!placed.contains(&*names[0]) && placed.contains(&*names[1]) && !placed.contains(&*names[2]));
        let first = board.footprints().unwrap().into_iter().find(|it| it.reference() == names[1]).unwrap();
        let row = places.iter().find(|row| row[0] == names[1]).unwrap();
        let x: f64 = row[3].parse().unwrap();
        assert!((x - first.position().x.to_inch()).abs() < 1e-6);
    }
}

#[test]
fn folders_that_are_not_there_are_named() {
    let emulator = Emulator::demo().start().unwrap();
    let options = ConnectOptions::new().socket(emulator.socket().clone());
    let board = KiCad::connect_with(options).unwrap().board().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let argument = format!("folder={}/nowhere", folder.path().display());
    let error = bom_and_placement::run(&board, &[argument]).unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}
