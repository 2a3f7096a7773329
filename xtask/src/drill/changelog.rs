//! The line about a KiCad in `CHANGELOG.md`.

use crate::inputs::version::Version;
use crate::proto::diff::{Change, Kind, What};

const HEAD: &str = "\
# Changelog

What changed for those who use the crates, the newest first. What each KiCad changed is in
[docs/kicad-changes.md](docs/kicad-changes.md).
";
const UNRELEASED: &str = "## Unreleased";

/// `text` with an entry for KiCad `version`, in place of the one that it has.
pub(super) fn with_entry(text: &str, version: Version, changes: &[Change]) -> String {
    let text = if text.trim().is_empty() { HEAD } else { text };
    let start = format!("- KiCad {version}:");
    let entry = format!("{start} {}", summary(changes));
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some(at) = lines.iter().position(|line| line.starts_with(&start)) {
        lines[at] = &entry;
    } else if let Some(at) = lines.iter().position(|line| line.trim() == UNRELEASED) {
        let at = if lines.get(at + 1).is_some_and(|line| line.trim().is_empty()) { at + 2 } else { at + 1 };
        lines.insert(at, &entry);
    } else {
        // Above the newest release.
        let at = lines.iter().position(|line| line.starts_with("## ")).unwrap_or(lines.len());
        let blank_before = at > 0 && !lines[at - 1].trim().is_empty();
        let mut block = vec![UNRELEASED, "", &entry];
        if blank_before {
            block.insert(0, "");
        }
        if at < lines.len() {
            block.push("");
        }
        lines.splice(at..at, block);
    }
    lines.join("\n") + "\n"
}

/// What came and what went, counted, and everything that breaks those who use the crates by name.
fn summary(changes: &[Change]) -> String {
    let count = |kind: Kind, what: What| {
        changes.iter().filter(|c| c.kind == kind && c.what == what && !c.inside).count()
    };
    let mut parts = Vec::new();
    for (what, says) in [(What::Added, "new"), (What::Removed, "gone")] {
        for (kind, one, many) in [
            (Kind::Command, "command", "commands"),
            (Kind::Message, "message", "messages"),
            (Kind::Field, "field of an older message", "fields of older messages"),
            (Kind::Enum, "enum", "enums"),
            (Kind::Value, "value of an older enum", "values of older enums"),
        ] {
            match count(kind, what) {
                0 => {}
                1 => parts.push(format!("1 {says} {one}")),
                n => parts.push(format!("{n} {says} {many}")),
            }
        }
    }
    if parts.is_empty() {
        parts.push("nothing new in the API".to_owned());
    }
    let breaking = changes.iter().filter(|change| change.breaks_rust() && !change.inside);
    let breaking: Vec<String> =
        breaking.map(|change| format!("`{}` ({})", change.name, change.meaning)).collect();
    let breaking =
        if breaking.is_empty() { String::new() } else { format!(" **Breaking:** {}.", breaking.join("; ")) };
    format!("{}.{breaking}", parts.join(", "))
}
