//! Steps that a command goes through to the end, whatever fails, with a list of what failed and what was skipped.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::test::need::Need;
use crate::workspace;

/// How a step ended that did not fail.
pub(crate) enum Done {
    /// With what there is to tell, if anything.
    Passed(String),
    /// Nothing could be tried, for want of something.
    Skipped(Need),
}

impl Done {
    pub(crate) fn quietly() -> Self {
        Self::Passed(String::new())
    }
}

/// The steps so far.
pub(crate) struct Steps {
    required: BTreeSet<Need>,
    /// The beginnings of the names of those that are gone through; all, if there are none.
    only: Vec<String>,
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Steps {
    /// None yet; `KIAPI_REQUIRE` says which of them may not be skipped.
    pub(crate) fn new() -> Result<Self> {
        let required = Need::required()?;
        Ok(Self { required, only: Vec::new(), passed: 0, failed: Vec::new(), skipped: Vec::new() })
    }

    /// Goes through nothing but the steps whose names begin with one of these.
    pub(crate) fn only(mut self, names: &[String]) -> Self {
        self.only.extend_from_slice(names);
        self
    }

    /// Runs a step, and tells how it went and how long it took.
    pub(crate) fn step(&mut self, name: &str, run: impl FnOnce() -> Result<Done>) {
        if !self.only.is_empty() && !self.only.iter().any(|only| name.starts_with(only)) {
            return;
        }
        println!("==> {name}");
        let start = Instant::now();
        let outcome = run();
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(Done::Passed(told)) => {
                told.lines().for_each(|line| println!("    {line}"));
                println!("    passed ({seconds:.1} s)");
                self.passed += 1;
            }
            Ok(Done::Skipped(need)) if self.required.contains(&need) => {
                println!("    FAILED: {need} is required");
                self.failed.push(format!("{name}: required, and {}", need.how()));
            }
            Ok(Done::Skipped(need)) => {
                println!("    SKIPPED: {}", need.how());
                self.skipped.push(format!("{name}: {}", need.how()));
            }
            Err(error) => {
                println!("    FAILED ({seconds:.1} s): {error:#}");
                let first = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
                self.failed.push(format!("{name}: {first}"));
            }
        }
    }

    /// Sums up; fails if a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        for (what, lines) in [("skipped", &self.skipped), ("failed", &self.failed)] {
            if !lines.is_empty() {
                println!("\n{what}:");
                lines.iter().for_each(|line| println!("  {line}"));
            }
        }
        println!("\n{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped.len());
        if !self.failed.is_empty() {
            bail!("not everything passed");
        }
        ensure!(self.passed + self.skipped.len() > 0, "no step begins with {}", self.only.join(" or "));
        Ok(())
    }
}

/// The cargo that runs this, in `folder`.
pub(crate) fn cargo_in(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(workspace::cargo());
    command.args(words.split_whitespace()).current_dir(folder);
    // A KiCad in which somebody works is none of the tests' business.
    command.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
    command
}

/// Runs a command whose output people may see.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("    {}", shown(command));
    let status = command.status().with_context(|| format!("cannot run {}", shown(command)))?;
    ensure!(status.success(), "{} failed ({status})", shown(command));
    Ok(())
}

/// Runs a command for what it writes; what it complains about is told if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot run {}", shown(command)))?;
    ensure!(
        output.status.success(),
        "{} failed ({}):\n{}",
        shown(command),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    String::from_utf8(output.stdout).with_context(|| format!("{} wrote what is no UTF-8", shown(command)))
}

/// The command as a person would type it, without what quoting would add.
fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(program).chain(args).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn steps_go_on_after_a_failure_and_fail_at_the_end() {
        let required = BTreeSet::from([Need::Npm]);
        let mut steps = Steps { required, only: vec![], passed: 0, failed: vec![], skipped: vec![] };
        steps.step("first", || Ok(Done::quietly()));
        assert!(steps.failed.is_empty());
        steps.step("second", || Err(anyhow!("broken\nin two lines")));
        steps.step("third", || Ok(Done::Skipped(Need::Nng)));
        steps.step("fourth", || Ok(Done::Skipped(Need::Npm)));
        assert_eq!((steps.passed, steps.skipped.len()), (1, 1));
        assert_eq!(steps.failed[0], "second: broken");
        assert!(steps.failed[1].starts_with("fourth: required, and npm is not found"), "{:?}", steps.failed);
        assert!(steps.finish().is_err());
    }

    #[test]
    fn only_the_steps_that_are_named_are_gone_through() {
        let steps =
            || Steps { required: BTreeSet::new(), only: vec![], passed: 0, failed: vec![], skipped: vec![] };
        let mut some = steps().only(&["sem".to_owned()]);
        some.step("packages", || Err(anyhow!("it is not asked for")));
        some.step("semver", || Ok(Done::quietly()));
        assert_eq!((some.passed, some.failed.len()), (1, 0));
        some.finish().unwrap();
        let mut none = steps().only(&["sever".to_owned()]);
        none.step("semver", || Ok(Done::quietly()));
        assert_eq!(none.finish().unwrap_err().to_string(), "no step begins with sever");
    }
}
