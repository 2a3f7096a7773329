//! The examples in the help of the commands that change, draw and compare boards do what they say.

use std::path::Path;
use std::process::Command;

use kiapi_emulator::Line;

use crate::kicad::Kicad;
use crate::run::output;

/// Runs the examples of a command, one after the other, on a board on which R1 is selected.
#[track_caller]
fn check(command: &[&str], count: usize) {
    let kicad = Kicad::start(Line::V10_0);
    kicad.json(&["select", "--ref", "R1"]);
    let folder = tempfile::tempdir().unwrap();
    kiapi::snapshot::save(&kicad.board.snapshot().unwrap(), folder.path().join("old.kiapi")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_kiapi")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let help = String::from_utf8(output(&[command, &["--help"]].concat()).stdout).unwrap();
    let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{command:?} has no examples"));
    let examples: Vec<&str> = examples.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    assert_eq!(examples.len(), count, "{command:?}");
    for example in examples {
        // What follows a gap is a remark.
        let line = example.split("   ").next().unwrap();
        assert!(line.starts_with("kiapi "), "{example}");
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env("KICAD_API_SOCKET", kicad.socket())
            .env_remove("KICAD_API_TOKEN")
            .output()
            .unwrap();
        assert!(output.status.success(), "`{line}` says {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn examples_of_the_commands_that_change_run() {
    check(&["move"], 4);
    check(&["rotate"], 3);
    check(&["flip"], 3);
    check(&["delete"], 3);
    check(&["add", "track"], 2);
    check(&["add", "via"], 3);
    check(&["add", "text"], 2);
    check(&["select"], 3);
    check(&["refill"], 2);
    check(&["drc", "inject"], 2);
    check(&["set", "title"], 2);
    check(&["set", "variables"], 3);
    check(&["set", "origin"], 2);
    check(&["set", "layers"], 3);
}

#[test]
fn examples_of_pictures_and_comparisons_run() {
    check(&["svg"], 4);
    check(&["diff"], 4);
}
