//! `kiapi diff`.

use kiapi_emulator::Line;
use serde_json::json;

use crate::kicad::{Kicad, LINES, Ran};
use crate::run::kiapi;

#[test]
fn same_boards_have_no_differences() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        kiapi::snapshot::save(&kicad.board.snapshot().unwrap(), &file).unwrap();
        let file = file.to_str().unwrap();
        for other in ["live", "-", file] {
            let ran = kicad.run(&["diff", file, other]);
            assert_eq!((ran.code, ran.out.as_str()), (0, "no differences\n"), "{ran:?}");
            assert_eq!(kicad.json(&["diff", other, file])["same"], true);
        }
        // KiCad 10 gives the board another id when it loads it again.
        kicad.board.revert().unwrap();
        assert_eq!(kicad.json(&["diff", file, "live"])["same"], true);
    }
}

#[test]
fn differences_are_told_field_by_field_and_drawn() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let folder = tempfile::tempdir().unwrap();
        let [before, picture] = ["before.kiapi", "changes.svg"].map(|name| folder.path().join(name));
        kiapi::snapshot::save(&kicad.board.snapshot().unwrap(), &before).unwrap();
        let [before, picture] = [&before, &picture].map(|path| path.to_str().unwrap());
        let via = kicad.board.vias().unwrap()[0].id().unwrap().to_string();
        let moved = kicad.footprint("C1").id().unwrap().to_string();
        let added = kicad.json(&["add", "track", "--from", "0,0", "--to", "1mm,0", "--net", "GND"]);
        let added = added["changes"][0]["id"].clone();
        kicad.json(&["delete", &via]);
        kicad.json(&["move", "--ref", "C1", "--by", "1mm,0"]);
        kicad.json(&["set", "variables", "NEW=1"]);
        kicad.json(&["set", "origin", "grid", "1mm,1mm"]);

        let ran = kicad.run(&["diff", before, "live", "--json", "--svg", picture]);
        assert_eq!(ran.code, 7, "{ran:?}");
        let told = ran.json();
        assert_eq!(told["same"], false);
        assert_eq!(told["after"]["from"], "live");
        let ids = |what: &str| {
            let list = told["items"][what].as_array().unwrap().iter();
            list.map(|change| change["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids("added"), std::slice::from_ref(&added));
        assert_eq!(ids("removed"), [json!(via)]);
        assert_eq!(ids("changed"), [json!(moved)]);
        assert_eq!(told["items"]["changed"][0]["fields"][0]["field"], "position");
        assert_eq!(told["items"]["changed"][0]["fields"].as_array().unwrap().len(), 1);
        let new = json!([{ "field": "variables.NEW", "before": null, "after": "1" }]);
        assert_eq!(told["settings"]["variables"], new);
        assert_eq!(told["settings"]["origins"][0]["field"], "grid");

        // The other way round, what was added is removed.
        let ran = kicad.run(&["diff", "live", before]);
        assert_eq!(ran.code, 7, "{ran:?}");
        assert!(ran.out.contains("1 added, 1 removed, 1 changed"), "{ran:?}");
        assert!(
            ran.out.contains("- track") && ran.out.contains("+ via") && ran.out.contains("~ footprint C1"),
            "{ran:?}"
        );

        let svg = std::fs::read_to_string(picture).unwrap();
        let group = |color: &str| {
            let begin = svg
                .find(&format!("<g class=\"highlight\" fill=\"{color}\""))
                .unwrap_or_else(|| panic!("no {color}"));
            let end = svg[begin..].find("\n</g>").unwrap();
            svg[begin..begin + end].to_owned()
        };
        assert!(group("#40dc60").contains(added.as_str().unwrap()));
        assert!(group("#ff4848").contains(&via));
        let (old, new) = (group("#e08020"), group("#ffe040"));
        assert!(old.contains("class=\"pad\"") && new.contains("class=\"pad\""));
    }
}

#[test]
fn types_that_one_of_two_kicads_does_not_give_are_not_gone() {
    let folder = tempfile::tempdir().unwrap();
    let files = LINES.map(|line| {
        let file = folder.path().join(format!("{line}.kiapi"));
        kiapi::snapshot::save(&Kicad::start(line).board.snapshot().unwrap(), &file).unwrap();
        file.to_str().unwrap().to_owned()
    });
    let ran = Ran::new(kiapi(&["diff", &files[0], &files[1], "--json"]).output().unwrap());
    let told = ran.json();
    assert_eq!(told["items"]["added"], json!([]), "{ran:?}");
    assert_eq!(told["items"]["removed"], json!([]));
    assert!(told["notes"][0].as_str().unwrap().contains("dimension, group"), "{}", told["notes"]);
}

#[test]
fn files_that_cannot_be_read_are_errors_before_kicad_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.kiapi");
    std::fs::write(&file, "no snapshot").unwrap();
    let kicad = Kicad::start(Line::V10_0);
    for file in [file.to_str().unwrap(), "no_such_file.kiapi"] {
        let ran = kicad.run(&["diff", file, "live"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains(file), "{ran:?}");
    }
}
