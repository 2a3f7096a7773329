//! What is wrong with the inputs: collected, so that one run reports all of it with file, line and fix.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong, where it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The file, relative to the workspace where it lies inside it.
    pub(crate) file: PathBuf,
    /// The line, counted from 1; none when the whole file is meant.
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
    pub(crate) help: String,
}

impl Problem {
    pub(crate) fn new(at: &Location, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: at.file.clone(), line: at.line, what: what.into(), help: help.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)?;
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Location {
    pub(crate) file: PathBuf,
    pub(crate) line: Option<usize>,
}

impl Location {
    pub(crate) fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), line: None }
    }

    /// The line that holds byte `offset` of `text`, which was read from `file`.
    pub(crate) fn at_offset(file: &Path, text: &str, offset: usize) -> Self {
        let before = &text.as_bytes()[..offset.min(text.len())];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Self { file: file.to_path_buf(), line: Some(line) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// All that was found wrong so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// The value of `outcome`, or none and its problems added to these.
    pub(crate) fn take<T>(&mut self, outcome: Result<T, Self>) -> Option<T> {
        outcome.map_err(|problems| self.0.extend(problems.0)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` if nothing is wrong, and otherwise everything that is.
    pub(crate) fn unless<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems = self.0.clone();
        problems.sort();
        problems.dedup();
        for problem in &problems {
            writeln!(f, "{problem}")?;
        }
        let count = problems.len();
        write!(f, "{count} {}", if count == 1 { "problem" } else { "problems" })
    }
}

impl std::error::Error for Problems {}
