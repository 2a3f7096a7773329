//! The project's own sources, read as text: which methods and tests there are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The text of all Rust files in a folder of the workspace, by their path in it.
pub(crate) fn rust_files(folder: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The names of the variants of an enum, in order.
pub(crate) fn variants(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("pub enum {name} {{")).map_or("", |(_, rest)| rest);
    let body = body.split_once("\n}").map_or("", |(body, _)| body);
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with('#'));
    lines.filter_map(|line| line.strip_suffix(',')).map(str::to_owned).collect()
}

/// The documentation of the public function `name` of the type `of` in a source, without the slashes: of one that is written
/// out, or of a line `name: KIND => Type` of a macro.
pub(crate) fn documentation(source: &str, of: &str, name: &str) -> Option<String> {
    let starts =
        [format!("    pub fn {name}("), format!("    pub fn {name}<"), format!("    pub async fn {name}<")];
    let found = starts.iter().flat_map(|start| source.match_indices(start.as_str()).map(|(at, _)| at));
    if let Some(at) = found.into_iter().find(|at| belongs_to(source, *at, of)) {
        return Some(doc_above(source, at));
    }
    let at = source.find(&format!("    {name}: PCB_")).filter(|at| belongs_to(source, *at, of))?;
    let line = source[at..].split_once(';').map_or("", |(line, _)| line);
    // The macro makes an example of the literal.
    let example = if line.contains('"') { "```\n```\n" } else { "" };
    Some(format!("{}\n{example}", doc_above(source, at)))
}

/// The names of the public methods of the type `of` in a source: of those that are written out, and of lines
/// `name: KIND => Type` of a macro, which writes them for boards.
pub(crate) fn methods<'a>(source: &'a str, of: &str) -> Vec<&'a str> {
    let mut is_within = false;
    let mut found = Vec::new();
    for line in source.lines() {
        if line.starts_with("impl") {
            is_within = line.contains(&format!(" {of}<"));
        } else if line.starts_with("typed! {") {
            is_within = of == "Board";
        } else if line.starts_with('}') {
            is_within = false;
        }
        let Some(line) = line.strip_prefix("    ").filter(|_| is_within) else { continue };
        let written = line.strip_prefix("pub ").and_then(|line| line.split_once("fn "));
        let written = written.and_then(|(_, rest)| rest.split(['(', '<']).next());
        let of_macro = line.split_once(": PCB_").map(|(name, _)| name);
        found.extend(written.or(of_macro));
    }
    found
}

/// Whether what stands at a place is in an `impl` of a type, or in a macro that writes one.
fn belongs_to(source: &str, at: usize, of: &str) -> bool {
    let before = &source[..at];
    let lines = before.lines().rev();
    let start = lines.into_iter().find(|line| line.starts_with("impl") || line.starts_with("typed! {"));
    start.is_some_and(|line| line.starts_with("typed!") || line.contains(&format!(" {of}<")))
}

/// The lines of documentation right above a place, past attributes.
fn doc_above(source: &str, at: usize) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in source[..at].lines().rev().map(str::trim) {
        match line.strip_prefix("///") {
            Some(line) => lines.push(line.strip_prefix(' ').unwrap_or(line)),
            None if line.starts_with("#[") => {}
            None => break,
        }
    }
    lines.reverse();
    lines.join("\n")
}

/// Whether a text of documentation has an example that runs.
pub(crate) fn has_example(doc: &str) -> bool {
    let fences = doc.lines().filter(|line| line.starts_with("```"));
    fences.step_by(2).any(|fence| fence == "```" || fence == "```rust")
}

/// Whether a folder's files have a test, or a check of the live tests, with this name.
pub(crate) fn has_test(files: &BTreeMap<String, String>, name: &str) -> bool {
    files.values().any(|text| text.contains(&format!("fn {name}(")) || text.contains(&format!("\"{name}\"")))
}
