//! `kiapi watch`, and pictures of boards.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use kiapi::{Item, mm};
use kiapi_emulator::Line;
use serde_json::Value;

use crate::kicad::{Kicad, LINES, Ran};
use crate::run::{Served, end, kiapi, output};

#[test]
fn changes_are_told_as_they_happen_until_enough_were() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let mut child =
            kicad.command(&["watch", "--every", "0.05", "--for", "60", "--count", "3"]).spawn().unwrap();
        // It says when it has begun.
        let mut begun = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut begun).unwrap();
        assert!(begun.contains("watching"), "{begun}");
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || out.next().unwrap().unwrap();
        let via = kicad.board.vias().unwrap()[0].clone();
        kicad.board.delete(via.id()).unwrap();
        line();
        let removed = line();
        assert!(removed.starts_with("- via") && removed.contains(&via.position().to_string()), "{removed}");
        let made = kicad.board.create([via.with_id(kiapi::Id::random())]).unwrap();
        line();
        assert!(line().starts_with("+ via"));
        let mut moved = made[0].clone();
        moved.move_by((mm(1), mm(0))).unwrap();
        kicad.board.update([moved]).unwrap();
        line();
        assert!(line().starts_with("~ via"));
        let field = line();
        assert!(field.contains("position") && field.contains('→'), "{field}");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn changes_are_lines_of_json_and_time_ends_it() {
    let kicad = Kicad::start(Line::V10_0);
    let quiet = kicad.run(&["watch", "--every", "0.05", "--for", "0.2", "--json"]);
    assert_eq!((quiet.code, quiet.out.as_str()), (0, ""), "{quiet:?}");

    let mut child = kicad.command(&["watch", "--every", "0.05", "--json"]).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    let start = std::time::Instant::now();
    // It does not say when it has begun, so something changes until it is told of.
    let lines = std::thread::spawn(move || {
        let mut lines = BufReader::new(out).lines();
        (lines.next().unwrap().unwrap(), lines)
    });
    let mut track = kicad.board.tracks().unwrap().remove(0);
    while !lines.is_finished() {
        assert!(start.elapsed().as_secs() < 30, "nothing is told");
        track.set_width(track.width() + mm(0.01));
        kicad.board.update([Item::from(track.clone())]).unwrap();
    }
    // Whoever closes what it writes to ends it too.
    let (line, _rest) = lines.join().unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["change"], "changed");
    assert_eq!(told["fields"][0]["field"], "width");
    assert!(told["time"].as_f64().unwrap() > 1.7e9);
    let code = end(&mut child);
    assert!(cfg!(windows) || code == 130, "{code}");
}

#[test]
fn watching_goes_on_with_the_kicad_that_is_started_anew() {
    for line in ["9.0", "10.0"] {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("api.sock");
        let socket = socket.to_str().unwrap();
        let start = || Served::start(&["demo", "--as", line, "--socket", socket]);
        let kicad = start();
        // What is not saved is lost with the KiCad that has it.
        assert!(output(&["delete", "--type", "via", "--socket", socket]).status.success());
        let mut watching =
            kiapi(&["watch", "--every", "0.05", "--for", "60", "--count", "1", "--socket", socket]);
        let mut child = watching.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = || told.next().unwrap().unwrap();
        assert!(told().contains("watching"));
        kicad.kill();
        assert!(told().contains("KiCad is gone"));
        let _kicad = start();
        let mut notes = String::new();
        while !notes.contains("another KiCad answers") {
            notes += &told();
        }
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(out.by_ref().any(|line| line.starts_with("+ via")), "the vias are there again");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn picture_has_the_layers_the_area_and_the_colours_that_were_asked_for() {
    for line in LINES {
        let kicad = Kicad::start(line);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("board.svg");
        let file = file.to_str().unwrap();
        for (args, has, has_not) in [
            (&[][..], "id=\"F.SilkS\"", "scale(-1 1)\" stroke"),
            (&["--layers", "F.Cu,Edge.Cuts"], "id=\"F.Cu\"", "id=\"B.Cu\""),
            (&["--layers", "*.cu"], "id=\"B.Cu\"", "id=\"F.SilkS\""),
            (&["--side", "back"], "scale(-1 1)", "viewBox=\"0 0"),
            (&["--area", "0,0,50mm,1in"], "viewBox=\"0 0 50 25.4\"", "scale(-1 1)\" stroke"),
            (&["--theme", "light"], "class=\"background\"", "#001023"),
        ] {
            let ran = kicad.run(&[&["svg", file][..], args].concat());
            assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
            let svg = std::fs::read_to_string(file).unwrap();
            assert!(svg.contains(has) && !svg.contains(has_not), "{args:?}");
        }
        assert!(kicad.run(&["svg", "-"]).out.starts_with("<svg"));
        for args in [&["svg", file, "--layers", "No.Layer"][..], &["svg", file, "--area", "0,0,0,0"]] {
            assert_eq!(kicad.run(args).code, 2);
        }
        assert_eq!(kicad.run(&["svg", "/no/such/folder/x.svg"]).code, 1);
    }
}

#[test]
fn snapshot_is_drawn_without_kicad_as_the_board_is() {
    let kicad = Kicad::start(Line::V10_0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.kiapi");
    kiapi::snapshot::save(&kicad.board.snapshot().unwrap(), &file).unwrap();
    let live = kicad.run(&["svg", "-"]).out;
    let ran = Ran::new(kiapi(&["svg", "-", "--snapshot", file.to_str().unwrap()]).output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    // A snapshot has the items in another order.
    let body = |svg: &str| {
        let mut lines: Vec<String> =
            svg.lines().filter(|line| !line.starts_with("<title>")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert!(body(&live) == body(&ran.out), "the pictures differ");
}
