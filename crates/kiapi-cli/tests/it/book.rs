//! What people read of the command is true: the help, the page of the book, completions and manual pages.

use std::path::Path;
#[cfg(unix)]
use std::process::Command;

#[cfg(unix)]
use crate::run::Served;
use crate::run::output;

/// Commands whose examples are not run here: they do not end by themselves, or their own tests run them.
#[cfg(unix)]
const ELSEWHERE: [&str; 3] = ["demo", "serve", "snapshot"];

/// The commands that this build has.
fn commands() -> Vec<String> {
    let help = String::from_utf8(output(&["--help"]).stdout).unwrap();
    let list = help.split("\nOptions:\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/command_line.md");
    std::fs::read_to_string(path).unwrap()
}

/// What the page says of a command.
pub(crate) fn section(command: &str) -> String {
    let page = page();
    let sections = page.split("\n## ").skip(1);
    let mut of =
        sections.filter(|section| section.lines().next().unwrap().contains(&format!("`kiapi {command}`")));
    of.next().unwrap_or_else(|| panic!("the page has no section for `kiapi {command}`")).to_owned()
}

#[test]
fn the_page_tells_of_every_command() {
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        assert!(section(&command).len() > 60, "{command}");
    }
}

#[test]
fn the_page_has_the_exit_codes_of_the_help() {
    let help = String::from_utf8(output(&["--help"]).stdout).unwrap();
    let codes = help.split("Exit codes:\n").nth(1).unwrap();
    let page = page();
    for line in codes.lines().filter(|line| !line.trim().is_empty()) {
        let (code, words) = line.trim().split_once(' ').unwrap();
        assert!(page.contains(&format!("| {code} | {} |", words.trim())), "the page lacks {line}");
    }
}

#[cfg(unix)] // they are written for its shells
#[test]
fn examples_of_the_help_run() {
    let served = Served::start(&["demo"]);
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_kiapi")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut count = 0;
    for command in commands() {
        let help = String::from_utf8(output(&[&command, "--help"]).stdout).unwrap();
        let Some(examples) = help.split("Examples:\n").nth(1) else { continue };
        if ELSEWHERE.contains(&command.as_str()) || !OURS.contains(&command.as_str()) {
            continue;
        }
        for example in examples.lines().map(str::trim).take_while(|line| !line.is_empty()) {
            assert!(example.starts_with("kiapi "), "`{example}` of {command}");
            let output = Command::new("sh")
                .args(["-c", example])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env("KICAD_API_SOCKET", served.socket.to_string())
                .env_remove("KICAD_API_TOKEN")
                .output()
                .unwrap();
            assert!(output.status.success(), "`{example}` says {}", String::from_utf8_lossy(&output.stderr));
            count += 1;
        }
    }
    assert!(count >= 40, "only {count} examples were found");
}

/// The commands whose examples run on the demo board without more.
#[cfg(unix)]
const OURS: [&str; 16] = [
    "call",
    "classes",
    "completions",
    "describe",
    "footprints",
    "items",
    "layers",
    "list",
    "man",
    "nets",
    "ping",
    "selection",
    "stackup",
    "title",
    "variables",
    "version",
];

#[test]
fn shells_and_manuals_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = String::from_utf8(output(&["completions", shell]).stdout).unwrap();
        for command in commands() {
            assert!(text.contains(&command), "{shell} does not know {command}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert!(output(&["man", "--folder", pages.to_str().unwrap()]).status.success());
    for command in commands() {
        assert!(pages.join(format!("kiapi-{command}.1")).exists(), "{command} has no page");
    }
    let page = String::from_utf8(output(&["man"]).stdout).unwrap();
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{page}");
}
