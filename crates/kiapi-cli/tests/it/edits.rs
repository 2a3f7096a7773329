//! `kiapi move`, `rotate`, `flip`, `delete` and `add`.

#[cfg(unix)]
use std::process::Command;
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use kiapi::{ConnectOptions, KiCad, Notice};
use kiapi::{Item, Layer, Nm, Vector2, deg, mm};
use kiapi_emulator::{Fault, Injection, Line};
use serde_json::json;

#[cfg(unix)]
use crate::kicad::Ran;
use crate::kicad::{Kicad, LINES};

#[test]
fn items_are_moved_and_turned_exactly() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let before = kicad.footprint("C1");
        let told = kicad.json(&["move", "--ref", "C1", "--by", "0.1in,-25mil"]);
        let after = kicad.footprint("C1");
        let by = Vector2::new(Nm(2_540_000), Nm(-635_000));
        assert_eq!(after.position(), before.position() + by, "{line:?}");
        let mut expected = Item::from(before.clone());
        expected.move_by(by).unwrap();
        assert_eq!(Item::from(after), expected, "the parts of the footprint go along");
        let [change] = told["changes"].as_array().unwrap().as_slice() else { panic!("{told:#}") };
        assert_eq!(change["change"], "changed");
        assert_eq!(change["type"], "footprint");
        assert_eq!(change["id"], before.id().unwrap().to_string());
        let point = |at: Vector2| json!({ "xNm": at.x.0.to_string(), "yNm": at.y.0.to_string() });
        let (from, to) = (point(before.position()), point(before.position() + by));
        assert_eq!(change["fields"], json!([{ "field": "position", "before": from, "after": to }]));

        kicad.json(&["move", "--ref", "C1", "--to", "50mm,2in"]);
        assert_eq!(kicad.footprint("C1").position(), Vector2::new(mm(50), mm(50.8)));
        kicad.json(&["rotate", "--ref", "C1", "--by", "-17.3deg"]);
        let turned = kicad.footprint("C1");
        assert_eq!(turned.orientation().normalized(), deg(-17.3).normalized());
        assert_eq!(turned.position(), Vector2::new(mm(50), mm(50.8)));
        kicad.json(&["rotate", "--ref", "C1", "--by", "90", "--about", "0,0"]);
        assert_eq!(kicad.footprint("C1").position(), Vector2::new(mm(50.8), mm(-50)));
    }
}

#[test]
fn several_turn_about_their_middle_or_each_about_its_own() {
    let kicad = Kicad::start(Line::V10_0);
    let places = || ["R1", "R2", "R3"].map(|reference| kicad.footprint(reference).position());
    let before = places();
    kicad.json(&["rotate", "--ref", "R?", "--by", "180", "--each"]);
    assert_eq!(places(), before);
    kicad.json(&["rotate", "--ref", "R1,R2", "--ref", "R3", "--by", "180"]);
    let after = places();
    assert!(after != before);
    let middle = |index: usize| before[index] + after[index];
    assert_eq!(middle(0), middle(1));
    assert_eq!(middle(1), middle(2));
}

#[test]
fn kicad_10_flips_and_kicad_9_says_that_it_cannot() {
    let kicad = Kicad::start(Line::V10_0);
    kicad.json(&["flip", "--ref", "R1"]);
    let flipped = kicad.footprint("R1");
    assert_eq!(flipped.layer(), Layer::B_CU);

    let kicad = Kicad::start(Line::V9_0);
    let before = kicad.footprint("R1");
    let ran = kicad.run(&["flip", "--ref", "R1"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("--by-update") && ran.err.contains("9.0.8"), "{ran:?}");
    assert_eq!(kicad.footprint("R1"), before);
    kicad.json(&["flip", "--ref", "R1", "--by-update"]);
    let ours = kicad.footprint("R1");
    assert_eq!((ours.layer(), ours.position()), (Layer::B_CU, flipped.position()));
    assert_eq!(ours.orientation(), flipped.orientation());
}

#[test]
fn dry_run_tells_the_same_and_changes_nothing() {
    for args in [
        &["move", "--ref", "C*", "--by", "1mm,0"][..],
        &["rotate", "--ref", "R*", "--by", "45"],
        &["flip", "--ref", "U1"],
        &["delete", "--type", "via", "--net", "GND"],
        &["add", "via", "--at", "40mm,50mm", "--net", "GND"],
    ] {
        let kicad = Kicad::start(Line::V10_0);
        let before = kicad.board.snapshot().unwrap();
        let dry = kicad.json(&[args, &["--dry-run"]].concat());
        assert!(kicad.board.snapshot().unwrap() == before, "{args:?}");
        let done = kicad.json(args);
        assert_eq!((&dry["dry_run"], &done["dry_run"]), (&json!(true), &json!(false)));
        let told = |value: &serde_json::Value| {
            let changes = value["changes"].as_array().unwrap().iter();
            changes.map(|change| (change["change"].clone(), change["about"].clone())).collect::<Vec<_>>()
        };
        assert!(!told(&done).is_empty());
        assert_eq!(told(&dry), told(&done), "{args:?}");
        assert!(kicad.board.snapshot().unwrap() != before, "{args:?}");
    }
}

#[test]
fn items_are_deleted_and_others_stay() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let ids =
            |items: Vec<Item>| items.iter().filter_map(Item::id).collect::<std::collections::BTreeSet<_>>();
        let before = ids(kicad.board.items().unwrap());
        let vias = kicad.board.vias().unwrap().into_iter().filter(|via| via.net() == Some("GND"));
        let vias = ids(vias.map(Item::from).collect());
        let told = kicad.json(&["delete", "--type", "via", "--net", "GND"]);
        assert_eq!(told["changes"].as_array().unwrap().len(), vias.len());
        let after = ids(kicad.board.items().unwrap());
        assert_eq!(before.difference(&after).copied().collect::<std::collections::BTreeSet<_>>(), vias);
    }
}

#[test]
fn new_items_are_as_they_were_asked_for_or_as_their_net_class_says() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let args =
            ["--from", "-1mm,2mm", "--to", "5mm,2mm", "--to", "5mm,7mm", "--layer", "b.cu", "--net", "GND"];
        let told = kicad.json(&[&["add", "track"][..], &args].concat());
        assert_eq!(told["changes"].as_array().unwrap().len(), 2);
        let tracks = kicad.board.tracks().unwrap();
        let new: Vec<_> = tracks.iter().filter(|track| track.end() == (mm(5), mm(7)).into()).collect();
        let [track] = new.as_slice() else { panic!("{new:?}") };
        let class = kicad.board.net_class_of(["GND"]).unwrap().remove("GND").unwrap().board.unwrap();
        assert_eq!(track.width(), Nm::from(class.track_width.unwrap()));
        assert_eq!((track.layer(), track.net()), (Layer::B_CU, Some("GND")));
        assert_eq!(track.start(), (mm(5), mm(2)).into());

        kicad.json(&["add", "via", "--at", "1mm,1mm", "--diameter", "0.6mm", "--drill", "10mil"]);
        let via = kicad.board.vias().unwrap().into_iter().find(|via| via.position() == (mm(1), mm(1)).into());
        let via = via.unwrap();
        assert_eq!((via.diameter(), via.drill(), via.net()), (mm(0.6), kiapi::mil(10), None));

        kicad.json(&["set", "layers", "--copper", "4"]);
        kicad.json(&["add", "via", "--at", "2mm,2mm", "--span", "F.Cu,In1.Cu"]);
        let vias = kicad.board.vias().unwrap();
        let via = vias.iter().find(|via| via.position() == (mm(2), mm(2)).into()).unwrap();
        assert_eq!(via.span(), (Layer::F_CU, Layer::IN1_CU), "{via:?}");

        kicad.json(&["add", "text", "hello", "--at", "3mm,4mm", "--layer", "B.SilkS", "--angle", "90"]);
        let texts = kicad.board.texts().unwrap();
        let text = texts.iter().find(|text| text.text() == "hello").unwrap();
        assert!(text.is_mirrored() && text.angle() == deg(90) && text.layer() == Layer::B_SILKS, "{text:?}");
    }
}

/// Arguments that mean nothing change nothing, and say what is wrong with them.
#[test]
fn arguments_that_mean_nothing_are_usage_errors() {
    for (args, words) in [
        (&["delete"][..], "nothing is chosen"),
        (&["delete", "--dry-run"], "nothing is chosen"),
        (&["move", "--by", "1mm,0"], "nothing is chosen"),
        (&["move", "--ref", "R1"], "--by"),
        (&["move", "--ref", "R1", "--by", "1,0"], "has no unit"),
        (&["move", "--ref", "R1,R2", "--to", "1mm,0"], "--to is for one item"),
        (&["move", "--ref", "R99", "--by", "1mm,0"], "no footprint has the reference `R99`"),
        (&["delete", "--ref", ""], "an empty name"),
        (&["delete", "--ref", "R1,"], "an empty name"),
        (&["delete", "--net", ""], "an empty name"),
        (&["delete", "--ref", "r1"], "no footprint has the reference `r1`"),
        (&["delete", "--net", "NO_SUCH"], "no net `NO_SUCH`"),
        (&["delete", "--class", "NO_SUCH"], "no net class `NO_SUCH`"),
        (&["delete", "--class", ""], "an empty name"),
        (&["delete", "--type", "via", "--layer", "In5.Cu"], "no layer `In5.Cu`"),
        (&["delete", "--type", "resistor"], "resistor"),
        (&["delete", "R1"], "--ref"),
        (&["delete", "--selection"], "nothing is selected"),
        (&["delete", "--all", "--ref", "R1"], "cannot be used with"),
        (&["delete", "00000000-0000-4000-8000-000000000000"], "no item with the id"),
        (&["delete", "--type", "arc", "--net", "VCC"], "no item of the board"),
        (&["rotate", "--ref", "R1", "--by", "right"], "angle"),
        (&["rotate", "--ref", "R1", "--by", "1", "--each", "--about", "0,0"], "cannot be used with"),
        (&["add", "track", "--from", "0,0", "--to", "0,0"], "begins and ends"),
        (&["add", "track", "--from", "0,0", "--to", "1mm,0", "--net", "NEW"], "--new-net"),
        (&["add", "track", "--from", "0,0", "--to", "1mm,0", "--layer", "F.SilkS"], "no layer of copper"),
        (&["add", "track", "--from", "0,0", "--to", "3m,0"], "more than KiCad can hold"),
        (&["add", "via", "--at", "0,0", "--diameter", "0.3mm", "--drill", "0.3mm"], "no copper"),
        (&["add", "via", "--at", "0,0", "--span", "F.Cu"], "no two layers"),
        (&["add", "via", "--at", "0,0", "--span", "F.Cu,In1.Cu"], "no layer `In1.Cu`"),
        (&["add", "text", " ", "--at", "0,0"], "without letters"),
    ] {
        let kicad = Kicad::start(Line::V10_0);
        let before = kicad.board.snapshot().unwrap();
        let ran = kicad.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.err.contains(words), "{args:?}: {ran:?}");
        assert_eq!(ran.out, "", "{args:?}");
        assert!(kicad.board.snapshot().unwrap() == before, "{args:?}");
    }
}

#[test]
fn items_are_chosen_by_the_class_of_their_net() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let is_power = |item: &Item| matches!(item.net(), Some("GND" | "VCC"));
        let is_meant = |item: &Item| is_power(item) && !matches!(item, Item::Pad(_));
        let meant = kicad.items().into_values().filter(is_meant).count();
        let told = kicad.json(&["delete", "--class", "Power", "--locked"]);
        assert!(meant > 0 && told["changes"].as_array().unwrap().len() == meant, "{line:?}: {told}");
        assert_eq!(kicad.items().into_values().filter(is_meant).count(), 0);
        assert!(kicad.items().into_values().any(|item| is_power(&item)), "pads stay with their footprints");
    }
}

#[test]
fn items_are_chosen_by_the_beginning_of_their_ids() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let id = kicad.footprint("U1").id().unwrap().to_string();
        for begin in [&id[..8], &id[..], &id.to_uppercase()[..12]] {
            let told = kicad.json(&["move", begin, "--by", "1mm,0", "--dry-run"]);
            assert_eq!(told["changes"][0]["id"], id, "{begin}");
        }
        let ran = kicad.run(&["delete", ""]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}

#[test]
fn items_that_are_refused_are_listed_and_nothing_is_changed() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let mut locked = kicad.footprint("R1");
        locked.set_locked(true);
        kicad.board.update([locked.clone()]).unwrap();
        for args in [&["move", "--by", "1mm,0"][..], &["delete"], &["rotate", "--by", "90"]] {
            let before = kicad.items();
            let ran = kicad.run(&[args, &["--ref", "R*"]].concat());
            assert_eq!(ran.code, 6, "{args:?}: {ran:?}");
            assert!(ran.err.contains("1 of 3 items was refused") || ran.err.contains("1 of 3"), "{ran:?}");
            assert!(ran.err.contains("R1") && ran.err.contains("--locked"), "{ran:?}");
            let ran = kicad.run(&[args, &["--ref", "R*", "--json"]].concat());
            assert_eq!(ran.json()["error"]["items"][0]["type"], "footprint", "{ran:?}");
            assert!(kicad.items() == before, "{args:?}");
        }
        let ran = kicad.run(&["move", "--by", "1mm,0", "--ref", "R*", "--keep-going", "--json"]);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert_eq!(ran.json()["changes"].as_array().unwrap().len(), 2);
        assert_eq!(ran.json()["refused"].as_array().unwrap().len(), 1);
        assert_eq!(kicad.footprint("R1").position(), locked.position());
        kicad.json(&["move", "--by", "1mm,0", "--ref", "R1", "--locked"]);
        assert_eq!(kicad.footprint("R1").position(), locked.position() + (mm(1), mm(0)).into());
    }
}

/// What KiCad itself refuses, in the middle of a commit.
#[test]
fn commit_of_which_kicad_refuses_an_item_is_dropped() {
    for line in LINES {
        for (command, args) in [
            ("UpdateItems", &["move", "--ref", "R*", "--by", "1mm,0"][..]),
            ("CreateItems", &["add", "via", "--at", "1mm,1mm"]),
        ] {
            let kicad = Kicad::start(line);
            let before = kicad.items();
            kicad.emulator.faults().inject(Injection::new(Fault::RefuseRows).on(command));
            let ran = kicad.run(args);
            assert_eq!(ran.code, 6, "{command}: {ran:?}");
            assert!(ran.err.contains("refused, as the emulator was told to"), "{ran:?}");
            assert!(kicad.items() == before);
            assert_eq!(kicad.emulator.faults().pending(), 0);
        }
    }
}

/// Whoever is told that nothing was changed can rely on it.
#[test]
fn commit_that_cannot_be_dropped_is_told() {
    let kicad = Kicad::start(Line::V10_0);
    kicad.emulator.faults().inject(Injection::new(Fault::RefuseRows).on("UpdateItems"));
    kicad.emulator.faults().inject(Injection::new(Fault::Silent).on("EndCommit"));
    let ran = kicad.run(&["move", "--ref", "R*", "--by", "1mm,0", "--timeout", "1"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("could not be taken back"), "{ran:?}");
    assert!(ran.err.contains("refused, as the emulator was told to"), "{ran:?}");
}

/// Ctrl-C while KiCad works on the items: they are changed already, and are put back.
#[cfg(unix)] // Windows has no safe way to press it from outside
#[test]
fn ctrl_c_in_mid_commit_takes_everything_back() {
    for line in LINES {
        for (command, args) in [
            ("UpdateItems", &["move", "--ref", "R*", "--by", "1mm,0"][..]),
            ("DeleteItems", &["delete", "--ref", "R*"]),
            ("CreateItems", &["add", "via", "--at", "1mm,1mm"]),
            ("FlipItems", &["flip", "--ref", "R*"]),
        ] {
            if line == Line::V9_0 && command == "FlipItems" {
                continue;
            }
            let kicad = Kicad::start(line);
            let before = kicad.items();
            let slow = Fault::Slow(Duration::from_millis(1500));
            kicad.emulator.faults().inject(Injection::new(slow).on(command));
            let child = kicad.command(args).spawn().unwrap();
            let pid = child.id();
            let deadline = Instant::now() + Duration::from_secs(20);
            // Once it is taken, KiCad has done the edit, and does not answer yet.
            while kicad.emulator.faults().pending() > 0 {
                assert!(Instant::now() < deadline, "{command} never came");
                std::thread::yield_now();
            }
            let killed = Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap();
            assert!(killed.success());
            let ran = Ran::new(child.wait_with_output().unwrap());
            assert_eq!(ran.code, 130, "{command}: {ran:?}");
            assert!(ran.err.contains("nothing was changed"), "{ran:?}");
            assert!(kicad.items() == before, "{line:?} {command}");
            // And its commit is not open any more.
            let options = ConnectOptions::new().socket(kicad.emulator.socket().clone());
            let heir = KiCad::connect_with(options.client_name(format!("kiapi {pid}"))).unwrap();
            heir.board().unwrap().begin_commit().unwrap().drop().unwrap();
            assert!(!heir.take_notices().contains(&Notice::OrphanDropped), "{command}");
        }
    }
}

#[test]
fn parts_of_footprints_are_not_changed_alone() {
    let kicad = Kicad::start(Line::V10_0);
    let ran = kicad.run(&["move", "--type", "pad", "--net", "GND", "--by", "1mm,0"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("a part of its footprint"), "{ran:?}");
    // A drawn line of a footprint, by its id: KiCad would take it for one of the board.
    let footprint = kicad.footprint("U1");
    let line = footprint.children().find(|child| matches!(child, Item::Shape(_))).unwrap();
    let before = kicad.items();
    for args in [&["move", "--by", "1mm,0"][..], &["delete"], &["flip"]] {
        let ran = kicad.run(&[args, &[&line.id().unwrap().to_string()]].concat());
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.err.contains("a part of its footprint"), "{ran:?}");
        assert!(kicad.items() == before);
    }
    // But a net is moved without its pads.
    let told = kicad.json(&["move", "--net", "GND", "--by", "1mm,0", "--dry-run"]);
    let types: Vec<_> =
        told["changes"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"track") && !types.contains(&"pad"), "{types:?}");
}

#[test]
fn group_is_moved_by_its_members() {
    let kicad = Kicad::start(Line::V10_0);
    let group = kicad.board.groups().unwrap().remove(0);
    let places = || kicad.board.group_members(&group).unwrap().iter().map(Item::position).collect::<Vec<_>>();
    let before = places();
    let told = kicad.json(&["move", "--type", "group", "--by", "1mm,0"]);
    assert_eq!(told["changes"].as_array().unwrap().len(), before.len());
    assert!(before.len() > 1 && places() != before);
}

#[test]
fn item_that_would_leave_what_kicad_can_hold_stays() {
    let kicad = Kicad::start(Line::V10_0);
    let ran = kicad.run(&["move", "--ref", "R1", "--by", "2147mm,0"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("no coordinates"), "{ran:?}");
}
