//! Lines into `commands.toml` and `docs.toml`, where a person would put them; everything else stays as it was.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// What stands where a person must decide.
pub(crate) use crate::inputs::BLANK;
use crate::inputs::PROPOSED;

/// Which of the two tables it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Commands,
    Docs,
}

/// A table that is being added to.
pub(super) struct Table {
    lines: Vec<String>,
    /// The full names that it has.
    names: BTreeSet<String>,
}

impl Table {
    pub(super) fn parse(text: &str, of: Of) -> Result<Self> {
        let root: toml::Table = text.parse().context("it is no TOML")?;
        let mut names = BTreeSet::new();
        collect(&root, "", of, &mut names);
        Ok(Self { lines: text.lines().map(str::to_owned).collect(), names })
    }

    pub(super) fn read(path: &Path, of: Of) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text, of).with_context(|| format!("cannot read {}", path.display()))
    }

    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Adds `key = value` under `[header]`, in the order of the keys if they are in one.
    pub(super) fn add(&mut self, header: &str, key: &str, value: &str) {
        let is_bare = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let shown = if is_bare { key.to_owned() } else { format!("\"{key}\"") };
        let line = format!("{shown} = {value}");
        self.names.insert(if header.is_empty() { key.to_owned() } else { format!("{header}.{key}") });
        let Some(start) = self.lines.iter().position(|line| line.trim() == format!("[{header}]")) else {
            while self.lines.last().is_some_and(|line| line.trim().is_empty()) {
                self.lines.pop();
            }
            self.lines.extend([String::new(), format!("[{header}]"), line]);
            return;
        };
        let end = self.lines[start + 1..].iter().position(|line| line.trim_start().starts_with('['));
        let mut end = end.map_or(self.lines.len(), |end| start + 1 + end);
        while end > start + 1 && self.lines[end - 1].trim().is_empty() {
            end -= 1;
        }
        let keys: Vec<(usize, String)> = (start + 1..end)
            .filter_map(|at| Some((at, key_of(&self.lines[at])?)))
            .filter(|(_, key)| key != "_")
            .collect();
        let is_sorted = keys.windows(2).all(|pair| pair[0].1 <= pair[1].1);
        let before = keys.iter().find(|(_, other)| is_sorted && other.as_str() > key).map(|(at, _)| *at);
        // What a type is stands before what is inside it.
        let before = if key == "_" { Some(start + 1) } else { before };
        self.lines.insert(before.unwrap_or(end), line);
    }

    /// Puts `value` in place of what `line` (counted from 1) says of `key`.
    pub(super) fn replace(&mut self, line: usize, key: &str, value: &str) -> Result<()> {
        let at = self.lines.get_mut(line.wrapping_sub(1)).context("the line is not there")?;
        ensure!(key_of(at).as_deref() == Some(key), "line {line} is not about {key}, but says `{at}`");
        *at = format!("{key} = {value}");
        Ok(())
    }

    /// Takes what is proposed as decided; how many lines that are.
    pub(super) fn accept(&mut self) -> usize {
        let mut count = 0;
        for line in &mut self.lines {
            if let (said, Some(_)) = split(line) {
                *line = said.to_owned();
                count += 1;
            }
        }
        count
    }

    /// The lines (counted from 1) with a blank.
    pub(super) fn blanks(&self) -> Vec<(usize, String)> {
        let blank = format!("\"{BLANK}\"");
        let is_blank =
            |line: &str| split(line).0.split_once('=').is_some_and(|(_, value)| value.contains(&blank));
        self.find(|line| is_blank(line).then_some(())).map(|(line, name, ())| (line, name)).collect()
    }

    /// The lines (counted from 1) that are only proposed, each with the reason.
    pub(super) fn proposals(&self) -> Vec<(usize, String, String)> {
        self.find(|line| split(line).1.map(str::to_owned)).collect()
    }

    /// The lines (counted from 1) of which `of` says something, each with the full name that it is about.
    fn find<T>(&self, of: impl Fn(&str) -> Option<T>) -> impl Iterator<Item = (usize, String, T)> {
        let mut header = String::new();
        let mut found = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                name.clone_into(&mut header);
            } else if let Some(told) = of(line) {
                let key = key_of(line).unwrap_or_default();
                let name = match key.as_str() {
                    "_" => header.clone(),
                    _ if header == "override" => key,
                    _ => format!("{header}.{key}"),
                };
                found.push((index + 1, name, told));
            }
        }
        found.into_iter()
    }
}

/// What `line` says, and why if it is only proposed.
fn split(line: &str) -> (&str, Option<&str>) {
    // A sentence may hold the mark too: what counts is a comment.
    let is_comment = |at: usize| {
        let value = line[..at].parse::<toml_edit::DocumentMut>();
        value.is_ok_and(|value| !value.is_empty())
    };
    let found = line.match_indices(PROPOSED).map(|(at, _)| at).find(|&at| is_comment(at));
    match found {
        Some(at) => (line[..at].trim_end(), Some(line[at + PROPOSED.len()..].trim_end())),
        None => (line, None),
    }
}

fn key_of(line: &str) -> Option<String> {
    let line = line.trim_start();
    if line.starts_with(['#', '[']) {
        return None;
    }
    Some(line.split_once('=')?.0.trim().trim_matches('"').to_owned())
}

fn collect(table: &toml::Table, scope: &str, of: Of, into: &mut BTreeSet<String>) {
    let is_line = |inner: &toml::Table| {
        // What a line of commands.toml says of a message is a table too.
        of == Of::Commands && ["response", "answered", "take"].iter().any(|key| inner.contains_key(*key))
    };
    for (key, value) in table {
        let name = if scope.is_empty() { key.clone() } else { format!("{scope}.{key}") };
        match value {
            toml::Value::Table(inner) if !is_line(inner) => collect(inner, &name, of, into),
            _ => drop(into.insert(name)),
        }
    }
}
