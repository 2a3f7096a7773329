//! `kiapi demo`.

use crate::run::{TMPDIR, kiapi};

#[test]
fn demo_shows_the_board_and_what_it_changed() {
    for line in ["9.0", "10.0"] {
        let folder = tempfile::tempdir().unwrap();
        let output = kiapi(&["demo", "--as", line]).env(TMPDIR, folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        for words in
            [format!("KiCad {line}"), "demo.kicad_pcb".to_owned(), "GND".to_owned(), "moved C".to_owned()]
        {
            assert!(text.contains(&words), "{words} is missing in\n{text}");
        }
        let changed = text.split("What changed").nth(1).unwrap();
        assert!(changed.contains("added") && changed.contains("changed"), "{changed}");
    }
}

#[test]
fn demo_with_a_kicad_that_is_not_there_fails_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let output = kiapi(&["demo", "--live"]).env(TMPDIR, folder.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("error:"));
}
