//! Changes as text for people, as Markdown, and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::compare::{Change, Kind, What};
use super::rules::Breaks;
use super::rust::Rust;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    Text,
    Markdown,
    Json,
}

/// A whole comparison.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Raised when something that is here changes its meaning or goes away.
    pub(crate) format: u32,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) breaks: Breaks,
    pub(crate) changes: Vec<Change>,
    /// Messages that may be commands, for all that is known.
    pub(crate) unclassified: Vec<String>,
}

impl Report {
    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Json => {
                serde_json::to_string_pretty(self).expect("a report is made of texts and numbers") + "\n"
            }
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{} -> {}\n", self.before, self.after);
        if self.changes.is_empty() {
            text.push_str("nothing changed\n");
        }
        for change in self.changes.iter().filter(|change| !change.inside) {
            let _ = writeln!(
                text,
                "{} {} {}{}",
                change.what.name(),
                change.kind.name(),
                change.name,
                detail(change)
            );
            let rules = change.rules.join(", ");
            let because = if rules.is_empty() { String::new() } else { format!(" ({rules})") };
            let _ = writeln!(text, "    breaks {}{because}", change.breaks.name());
            if change.meaning != "nothing" {
                let _ = writeln!(text, "    Rust: {}", meaning(change));
            }
        }
        if !self.unclassified.is_empty() {
            let _ = writeln!(
                text,
                "in no line of proto/commands.toml, so that nobody knows which of them are commands:"
            );
            text.extend(self.unclassified.iter().map(|name| format!("    {name}\n")));
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("# From {} to {}\n\n{}\n", self.before, self.after, self.summary());
        text.push_str(&table(&self.changes, "##"));
        if !self.unclassified.is_empty() {
            text.push_str("\n## Not classified yet\n\nNobody knows yet which of these are commands.\n\n");
            text.extend(self.unclassified.iter().map(|name| format!("- `{name}`\n")));
        }
        text
    }

    /// How many changes there are, and what they break.
    pub(crate) fn summary(&self) -> String {
        summary(&self.changes)
    }
}

/// `12 changes: 2 break the wire, 10 nothing`
pub(crate) fn summary(changes: &[Change]) -> String {
    let told = || changes.iter().filter(|change| !change.inside);
    let count = told().count();
    let mut text = format!("{count} change{}", if count == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    for (breaks, says) in [
        (Breaks::Wire, "the wire"),
        (Breaks::Json, "names in JSON"),
        (Breaks::Source, "generated code"),
        (Breaks::Nothing, "nothing"),
    ] {
        let count = told().filter(|change| change.breaks == breaks).count();
        if count > 0 {
            parts.push(format!("{count} break{} {says}", if count == 1 { "s" } else { "" }));
        }
    }
    if !parts.is_empty() {
        let _ = write!(text, ": {}", parts.join(", "));
    }
    text
}

type Belongs = fn(&Change) -> bool;

/// Tables for what was added, what was removed and what changed.
pub(super) fn table(changes: &[Change], heading: &str) -> String {
    let mut text = String::new();
    let groups: [(&str, Belongs); 4] = [
        ("Commands", |change| change.kind == Kind::Command),
        ("Added", |change| change.kind != Kind::Command && change.what == What::Added),
        ("Changed", |change| {
            change.kind != Kind::Command && !matches!(change.what, What::Added | What::Removed)
        }),
        ("Removed", |change| change.kind != Kind::Command && change.what == What::Removed),
    ];
    for (title, belongs) in groups {
        let rows: Vec<&Change> = changes.iter().filter(|change| !change.inside && belongs(change)).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{heading} {title}\n\n| | what | breaks | in Rust |\n|---|---|---|---|\n");
        for change in rows {
            let _ = writeln!(
                text,
                "| `{}` | {} {}{} | {} | {} |",
                change.name,
                change.kind.name(),
                change.what.name(),
                detail(change).replace('|', "\\|"),
                change.breaks.name(),
                meaning(change),
            );
        }
    }
    text
}

fn detail(change: &Change) -> String {
    match (&change.before, &change.after) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(": {one}"),
        (Some(before), Some(after)) => format!(": {before} → {after}"),
    }
}

fn meaning(change: &Change) -> String {
    let kind = match change.rust {
        Rust::Same => return change.meaning.clone(),
        Rust::Additive => "additive",
        Rust::Breaking => "breaking",
        Rust::Conflict => "conflict",
    };
    format!("{kind}: {}", change.meaning)
}
