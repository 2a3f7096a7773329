//! `kiapi set`, `select`, `refill` and `drc`.

use kiapi::{Item, Layer, Origin, mm};
use kiapi_emulator::Line;
use serde_json::json;

use crate::kicad::{Kicad, LINES};
use crate::run::since_it_is_known;

#[test]
fn selection_is_replaced_added_to_and_taken_from() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let selected = || {
            let items = kicad.board.selection().unwrap().into_iter();
            let mut names: Vec<String> = items
                .filter_map(|item| match item {
                    Item::Footprint(footprint) => Some(footprint.reference().to_owned()),
                    _ => None,
                })
                .collect();
            names.sort();
            names.join(" ")
        };
        kicad.json(&["select", "--ref", "R1,R2"]);
        assert_eq!(selected(), "R1 R2");
        let told = kicad.json(&["select", "--ref", "C*", "--dry-run"]);
        assert_eq!(told["chosen"].as_array().unwrap().len(), 3);
        assert_eq!(selected(), "R1 R2");
        kicad.json(&["select", "--ref", "C1", "--add"]);
        assert_eq!(selected(), "C1 R1 R2");
        kicad.json(&["select", "--ref", "R*", "--remove"]);
        assert_eq!(selected(), "C1");
        let told = kicad.json(&["move", "--selection", "--by", "1mm,0"]);
        assert_eq!(told["changes"].as_array().unwrap().len(), 1);
        kicad.json(&["select", "--clear"]);
        assert_eq!(selected(), "");
        assert_eq!(kicad.run(&["select"]).code, 2);
        assert_eq!(kicad.run(&["select", "--clear", "--ref", "R1"]).code, 2);
    }
}

#[test]
fn zones_are_filled_and_waited_for() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let told = kicad.json(&["refill", "--wait"]);
        assert_eq!(told["filled"], true);
        assert!(told["seconds"].as_f64().is_some());
        assert_eq!(kicad.json(&["refill"])["filled"], false);
        assert_eq!(kicad.run(&["refill", "--wait=0"]).code, 2);
    }
}

#[test]
fn marker_leaves_no_commit_open() {
    let kicad = Kicad::start(Line::V10_0);
    let told = kicad.json(&["drc", "inject", "too close", "--at", "1mm,-2mm", "--severity", "warning"]);
    assert_eq!(told["marker"].as_str().unwrap().len(), 36);
    assert_eq!(kicad.json(&["drc", "inject", "x", "--at", "0,0", "--dry-run"])["marker"], json!(null));

    let kicad = Kicad::start(Line::V9_0);
    let ran = kicad.run(&["drc", "inject", "too close", "--at", "1mm,1mm"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!(since_it_is_known(&ran.err), "error: InjectDrcError needs KiCad {since}, and this is 9.0.8\n");
}

#[test]
fn parts_of_the_title_block_are_set_and_others_stay() {
    let kicad = Kicad::start(Line::V10_0);
    let before = kicad.board.title_block().unwrap();
    let args = ["set", "title", "--revision", "Q", "--comment", "2=a=b", "--comment", "9="];
    let dry = kicad.json(&[&args[..], &["--dry-run"]].concat());
    assert_eq!(kicad.board.title_block().unwrap(), before);
    let told = kicad.json(&args);
    assert_eq!(dry["fields"], told["fields"]);
    let expected = before.clone().with_revision("Q").with_comment2("a=b").with_comment9("");
    assert_eq!(kicad.board.title_block().unwrap(), expected);
    assert_eq!(kicad.run(&["set", "title"]).code, 2);
    assert_eq!(kicad.run(&["set", "title", "--comment", "10=x"]).code, 2);
    let ran = Kicad::start(Line::V9_0).run(&args);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("SetTitleBlockInfo needs KiCad 10"), "{ran:?}");
}

#[test]
fn text_variables_are_set_removed_and_replaced() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let before = kicad.board.text_variables().unwrap();
        kicad.json(&["set", "variables", "A=1", "B=x=y"]);
        let after = kicad.board.text_variables().unwrap();
        assert_eq!(after.len(), before.len() + 2);
        assert_eq!(after["B"], "x=y");
        kicad.json(&["set", "variables", "C=3", "--remove", "A"]);
        let after = kicad.board.text_variables().unwrap();
        assert!(after.len() == before.len() + 2 && !after.contains_key("A") && after["C"] == "3");
        kicad.json(&["set", "variables", "--replace", "ONLY=this"]);
        assert_eq!(
            kicad.board.text_variables().unwrap().into_iter().collect::<Vec<_>>(),
            [("ONLY".into(), "this".into())]
        );
        for (args, words) in [
            (&["set", "variables"][..], "nothing is said"),
            (&["set", "variables", "novalue"], "NAME=VALUE"),
            (&["set", "variables", "=1"], "NAME=VALUE"),
            (&["set", "variables", "--remove", "NONE"], "no text variable `NONE`"),
        ] {
            let ran = kicad.run(args);
            assert!(ran.code == 2 && ran.err.contains(words), "{ran:?}");
        }
    }
}

#[test]
fn origins_are_moved() {
    for line in LINES {
        let kicad = Kicad::start(line);
        kicad.json(&["set", "origin", "grid", "-10mm,0.5in"]);
        assert_eq!(kicad.board.origin(Origin::Grid).unwrap(), (mm(-10), mm(12.7)).into());
        let drill = kicad.board.origin(Origin::Drill).unwrap();
        kicad.json(&["set", "origin", "drill", "1mm,1mm", "--dry-run"]);
        assert_eq!(kicad.board.origin(Origin::Drill).unwrap(), drill);
    }
}

#[test]
fn layers_are_set_and_none_goes_with_items_on_it() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let before = kicad.board.enabled_layers().unwrap();
        kicad.json(&["set", "layers", "--copper", "4", "--dry-run"]);
        assert_eq!(kicad.board.enabled_layers().unwrap(), before);
        kicad.json(&["set", "layers", "--copper", "4", "--enable", "User.7"]);
        let after = kicad.board.enabled_layers().unwrap();
        assert_eq!(after.len(), before.len() + 3);
        assert!([Layer::IN1_CU, Layer::IN2_CU, Layer::USER_7].iter().all(|layer| after.contains(layer)));
        kicad.json(&["set", "layers", "--disable", "User.7", "--active", "B.Cu", "--show", "*.Cu"]);
        assert!(!kicad.board.enabled_layers().unwrap().contains(&Layer::USER_7));
        assert_eq!(kicad.board.active_layer().unwrap(), Layer::B_CU);
        assert!(kicad.board.visible_layers().unwrap().iter().all(|layer| layer.is_copper()));
        for (args, words) in [
            (&["--disable", "F.SilkS"][..], "would be deleted beyond undo"),
            (&["--copper", "3"], "in pairs"),
            (&["--copper", "0"], "in pairs"),
            (&["--disable", "F.Cu"], "is of copper"),
            (&["--enable", "User.99"], "User.99"),
            (&["--active", "*.Cu"], "must be one"),
            (&[], "required"),
        ] {
            let before = kicad.board.snapshot().unwrap();
            let ran = kicad.run(&[&["set", "layers"][..], args].concat());
            assert!(ran.code == 2 && ran.err.contains(words), "{args:?}: {ran:?}");
            assert!(kicad.board.snapshot().unwrap() == before);
        }
        let ran = kicad.run(&["set", "layers", "--enable", "User.8", "--active", "User.9"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("but this was: the layers that the board has"), "{ran:?}");
        assert!(kicad.board.enabled_layers().unwrap().contains(&Layer::USER_8));
    }
}
