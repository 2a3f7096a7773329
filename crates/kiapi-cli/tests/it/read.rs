//! The commands that read a board.

#[cfg(unix)]
use std::os::fd::OwnedFd;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::call::json_of;
#[cfg(unix)]
use crate::run::kiapi;
use crate::run::{Served, output};

fn rows(served: &Served, args: &[&str]) -> Vec<Value> {
    let list = json_of(&[args, &["--json", "--socket", served.path()]].concat());
    list.as_array().unwrap_or_else(|| panic!("{args:?} is no list")).clone()
}

/// One column of a list.
fn column(served: &Served, args: &[&str], name: &str) -> Vec<String> {
    let text = |row: &Value| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
    rows(served, args).iter().map(text).collect()
}

#[track_caller]
fn table(args: &[&str], expected: &Expect) {
    let served = Served::start(&["demo"]);
    let output = output(&[args, &["--socket", served.path()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Without the margin of tables, which an expectation would take for its own.
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    expected.assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn tables_are_for_people() {
    table(
        &["nets", "G*", "/L*"],
        &expect![[r#"
             Net   Class    Track in mm  Clearance in mm
             /LED  Default         0.25              0.2
             GND   Power            0.5              0.2
        "#]],
    );
    table(
        &["layers", "--copper"],
        &expect![[r#"
             Layer  Name   What it is  Visible  Active
             F.Cu   Front  copper      yes      yes
             B.Cu   Back   copper      yes
        "#]],
    );
    table(
        &["stackup"],
        &expect![[r#"
            Layer    Name          What it is    Thickness in mm  Material       Epsilon r  Loss tangent
            F.SilkS  F.Silkscreen  silkscreen                  0  Not specified
            F.Paste  F.Paste       solder paste                0
            F.Mask   F.Mask        solder mask              0.01  Not specified        3.3             0
            F.Cu     Front         copper                  0.035  copper
                                   core                     1.51  FR4                  4.5          0.02
            B.Cu     Back          copper                  0.035  copper
            B.Mask   B.Mask        solder mask              0.01  Not specified        3.3             0
            B.Paste  B.Paste       solder paste                0
            B.SilkS  B.Silkscreen  silkscreen                  0  Not specified

            1.6 mm thick, finish ENIG
        "#]],
    );
    table(
        &["footprints", "C?", "--columns", "reference,value,angle_deg,pads"],
        &expect![[r#"
             Reference  Value  Angle  Pads
             C1         100n       0     2
             C2         1u        45     2
             C3         10u        0     2
        "#]],
    );
    table(
        &["items", "--type", "via", "--columns", "type,net,layers,width_mm,drill_mm"],
        &expect![[r#"
             Type  Net   Layers     Width in mm  Drill in mm
             via   GND   F.Cu B.Cu          0.7          0.3
             via   GND   F.Cu B.Cu          0.7          0.3
             via   GND   F.Cu B.Cu          0.7          0.3
             via   GND   F.Cu B.Cu          0.7          0.3
             via   GND   F.Cu B.Cu          0.7          0.3
             via   VCC   F.Cu B.Cu          0.7          0.3
             via   VCC   F.Cu B.Cu          0.7          0.3
             via   VCC   F.Cu B.Cu          0.7          0.3
             via   /OUT  F.Cu B.Cu          0.7          0.3
             via   /OSC  F.Cu B.Cu          0.7          0.3
             via   /OSC  F.Cu B.Cu          0.7          0.3
             via   /RST  F.Cu B.Cu          0.7          0.3
             via   /RST  F.Cu B.Cu          0.7          0.3
        "#]],
    );
    table(
        &["title"],
        &expect![[r#"
             Field     Text
             title     Blinker
             date      2026-11-24
             revision  B
             company   kiapi
             comment1  The demo board of the emulator
             comment2  Drawn for it, and for nothing else
        "#]],
    );
    table(
        &["variables"],
        &expect![[r#"
             Variable  Value
             AUTHOR    the kiapi developers
             BATCH     7
        "#]],
    );
    table(
        &["variables", "--expand", "${TITLE} by ${AUTHOR}", "--expand", "plain"],
        &expect![[r#"
        Blinker by the kiapi developers
        plain
    "#]],
    );
    table(
        &["classes"],
        &expect![[r#"
             Class      Priority  Clearance in mm  Track in mm  Via in mm  Its drill in mm
             Default  2147483647              0.2         0.25        0.7              0.3
             Power             0              0.2          0.5        0.7              0.3
        "#]],
    );
    table(
        &["selection"],
        &expect![[r#"
             Type  Name  Net  Layers  x in mm  y in mm  Id
        "#]],
    );
}

#[test]
fn objects_are_flat_and_their_keys_stable() {
    let served = Served::start(&["demo"]);
    for (command, keys) in [
        ("nets", "name class classes track_width_mm clearance_mm diff_pair_gap_mm diff_pair_width_mm"),
        ("layers", "layer name purpose visible active copper proto_name number"),
        (
            "footprints",
            "reference value x_mm y_mm angle_deg side library pads locked mounting not_populated not_in_bom \
             not_in_position_files description datasheet sheet fields id",
        ),
        (
            "items",
            "type name net layers x_mm y_mm end_x_mm end_y_mm angle_deg width_mm drill_mm length_mm locked text \
             parent about id",
        ),
        ("variables", "name value"),
        (
            "classes",
            "name priority type clearance_mm track_width_mm via_diameter_mm via_drill_mm microvia_diameter_mm \
             microvia_drill_mm diff_pair_width_mm diff_pair_gap_mm diff_pair_via_gap_mm tuning_profile wire_width_mm \
             bus_width_mm classes",
        ),
        ("list", "name full_name effect since until response answered kicad about"),
    ] {
        for row in rows(&served, &[command]) {
            let found: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(found.join(" "), keys, "{command}");
        }
        // The page that people read tells of each.
        let page = crate::book::section(command);
        for key in keys.split(' ') {
            assert!(page.contains(&format!("`{key}`")), "the section of {command} does not tell of `{key}`");
        }
    }
}

#[test]
fn both_lines_show_the_same_board() {
    let [old, new] = ["9.0", "10.0"].map(|line| Served::start(&["demo", "--as", line]));
    for command in [
        &["nets"] as &[&str],
        &["layers"],
        &["classes", "--columns", "name,clearance_mm,track_width_mm"],
        &["footprints", "--columns", "reference,value,x_mm,y_mm,side"],
        &["variables"],
        &["items", "--net", "GND", "--type", "track,via", "--columns", "type,net,x_mm,y_mm,length_mm,layers"],
    ] {
        let sorted = |served| {
            let mut rows: Vec<String> = rows(served, command).iter().map(Value::to_string).collect();
            rows.sort();
            rows
        };
        let (old, new) = (sorted(&old), sorted(&new));
        assert!(!old.is_empty());
        assert_eq!(old, new, "{command:?}");
    }
}

#[test]
fn items_are_those_for_which_all_conditions_hold() {
    for line in ["9.0", "10.0"] {
        let served = Served::start(&["demo", "--as", line]);
        let count = |args: &[&str]| rows(&served, &[&["items"], args].concat()).len();
        let all = rows(&served, &["items"]);
        let own = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|row| test(row)).count();
        let is = |row: &Value, of: &str| row["type"] == of;
        let on = |row: &Value, net: &str| row["net"] == net;

        assert_eq!(count(&["--type", "via"]), own(&|row| is(row, "via")));
        assert_eq!(count(&["--type", "track,arc"]), own(&|row| is(row, "track") || is(row, "arc")));
        assert_eq!(count(&["--net", "GND"]), own(&|row| on(row, "GND")), "{line}");
        assert_eq!(
            count(&["--net", "/*"]),
            own(&|row| row["net"].as_str().is_some_and(|net| net.starts_with('/')))
        );
        assert_eq!(count(&["--net", "GND", "--type", "zone"]), own(&|row| on(row, "GND") && is(row, "zone")));
        assert_eq!(count(&["--class", "Power"]), own(&|row| on(row, "GND") || on(row, "VCC")), "{line}");
        assert_eq!(count(&["--class", "Power", "--net", "VCC"]), own(&|row| on(row, "VCC")));
        assert_eq!(
            count(&["--class", "Power", "--type", "via"]),
            own(&|row| is(row, "via") && (on(row, "GND") || on(row, "VCC")))
        );
        assert_eq!(count(&["--net", "GND", "--type", "text"]), 0, "a list may be empty");
        let silk = |row: &Value| row["layers"].as_array().unwrap().contains(&json!("F.SilkS"));
        assert_eq!(count(&["--layer", "F.SilkS"]), own(&silk));
        assert!(own(&silk) > 0 && own(&|row| is(row, "via")) > 0 && own(&|row| on(row, "VCC")) > 0);
        let id = all[3]["id"].as_str().unwrap();
        assert_eq!(rows(&served, &["items", id]), [all[3].clone()]);
        let fronts = own(&|row| row["layers"].as_array().unwrap().contains(&json!("F.Cu")));
        assert!(count(&["--layer", "F.Cu"]) >= fronts && fronts > 0);
    }
}

#[test]
fn selection_is_what_was_selected() {
    for line in ["9.0", "10.0"] {
        let served = Served::start(&["demo", "--as", line]);
        let via = column(&served, &["items", "--type", "via"], "id").remove(0);
        // Nothing is a list too.
        for args in
            [&["selection"] as &[&str], &["items", "--selection"], &["items", "--selection", "--net", "GND"]]
        {
            assert_eq!(column(&served, args, "id").len(), 0, "{args:?}");
        }
        assert_eq!(column(&served, &["items", "--selection", &via], "id"), [via.as_str()]);
        let select = json!({ "items": [{ "value": via }] }).to_string();
        let output = output(&["call", "AddToSelection", &select, "--socket", served.path()]);
        assert!(output.status.success());
        for args in [&["selection"] as &[&str], &["items", "--selection"], &["items", "--selection", &via]] {
            assert_eq!(column(&served, args, "id"), [via.as_str()], "{args:?}");
        }
        assert_eq!(column(&served, &["items", "--selection", "--type", "track"], "id").len(), 0);
    }
}

#[test]
fn footprints_are_chosen_by_what_they_are() {
    let served = Served::start(&["demo"]);
    let names = |args: &[&str]| column(&served, &[&["footprints"], args].concat(), "reference");
    assert_eq!(names(&["C*"]), ["C1", "C2", "C3"]);
    assert_eq!(names(&["--side", "back"]), ["C3"]);
    assert_eq!(names(&["--value", "1*k", "R?"]), ["R1"]);
    assert_eq!(names(&["--library", "kiapi:SOIC*"]), ["U1"]);
    assert!(names(&["--net", "GND"]).contains(&"C1".to_owned()));
    assert_eq!(names(&["nothing"]), [] as [&str; 0]);
}

#[test]
fn stackup_and_title_are_objects() {
    let served = Served::start(&["demo", "--as", "9.0"]);
    let stackup = json_of(&["stackup", "--json", "--socket", served.path()]);
    // KiCad 9 does not say which layers are there.
    assert_eq!((&stackup["thickness_mm"], &stackup["layers"][3]["enabled"]), (&json!(1.6), &Value::Null));
    let served = Served::start(&["demo"]);
    let stackup = json_of(&["stackup", "--json", "--socket", served.path()]);
    assert_eq!((&stackup["thickness_mm"], &stackup["finish"]), (&json!(1.6), &json!("ENIG")));
    assert_eq!(stackup["layers"][3]["layer"], "F.Cu");
    assert_eq!(stackup["layers"][4]["type"], "core");
    let title = json_of(&["title", "--json", "--socket", served.path()]);
    assert_eq!((&title["title"], &title["comment9"]), (&json!("Blinker"), &json!("")));
}

#[test]
fn version_and_ping_tell_of_the_kicad_that_is_reached() {
    let served = Served::start(&["demo", "--as", "9.0"]);
    let version = json_of(&["version", "--json", "--socket", served.path()]);
    assert!(version["version"].as_str().unwrap().starts_with("9.0."));
    assert_eq!(version["is_newer"], false);
    let ping = json_of(&["ping", "--count", "5", "--interval", "0", "--json", "--socket", served.path()]);
    assert_eq!(ping["all_ms"].as_array().unwrap().len(), 5);
    let figures =
        ["min_ms", "q1_ms", "median_ms", "q3_ms", "max_ms"].map(|name| ping[name].as_f64().unwrap());
    assert!(figures.is_sorted() && figures[0] > 0.0, "{figures:?}");
}

#[track_caller]
fn refused(args: &[&str], words: &str) {
    let output = output(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(words), "{args:?} says\n{text}");
}

#[test]
fn what_is_asked_for_wrongly_is_told_before_kicad_is_asked() {
    refused(&["nets", "--columns", "nmae"], "did you mean `name`?; there are name, class");
    refused(&["items", "--type", "tracks"], "'track'");
    refused(&["items", "--proto", "--columns", "id"], "cannot be used with");
    refused(&["ping", "--interval", "-1"], "");
    refused(&["ping", "--count", "0"], "");
    let served = Served::start(&["demo"]);
    let unknown = "11111111-2222-4333-8444-555555555555";
    refused(&["items", unknown, "--socket", served.path()], "the board has no item with the id");
    refused(&["items", "--net", "no such net", "--socket", served.path()], "the board has no net");
    refused(&["items", "--class", "Powder", "--socket", served.path()], "the project has no net class");
    refused(&["items", "--layer", "F_Cu", "--socket", served.path()], "the board has no layer `F_Cu`");
}

/// A full disk is an error; that nobody reads on is none.
#[cfg(unix)] // what has no reader is made by hand
#[test]
fn output_that_nobody_can_take_is_told() {
    let served = Served::start(&["demo"]);
    for args in [&["items"][..], &["items", "--json"], &["list", "--offline"]] {
        let args = match args[0] {
            "list" => args.to_vec(),
            _ => [args, &["--socket", served.path()]].concat(),
        };
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        // Only Linux has a disk that is always full.
        if let Ok(full) = full {
            let output = kiapi(&args).stdout(full).stderr(std::process::Stdio::piped()).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to stdout"), "{args:?}");
        }
        let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(reader);
        let output =
            kiapi(&args).stdout(OwnedFd::from(writer)).stderr(std::process::Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{args:?}");
    }
}
