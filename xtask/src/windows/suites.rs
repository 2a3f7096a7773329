//! Tests that are built: each suite is run by itself, has to end in time, and is counted.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// How long one suite may take. Tests have deadlines of their own; what takes longer than this hangs.
const AT_MOST: Duration = Duration::from_secs(20 * 60);
/// How long a suite that was ended may hold its output open.
const GRACE: Duration = Duration::from_secs(5);

/// A program with tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suite {
    /// The package, and what of it is tested.
    pub(super) name: String,
    /// The folder of the package.
    pub(super) folder: PathBuf,
    pub(super) program: Program,
}

/// What a suite is run by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Program {
    Built(PathBuf),
    /// The examples of the documentation, which cargo builds when it runs them.
    Examples,
}

/// What libtest says at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    ignored: usize,
    filtered: usize,
}

/// How a suite ended.
enum Outcome {
    /// By itself; without counts if it is no libtest.
    Ended { well: bool, counts: Option<Counts> },
    /// Not in time.
    Hung,
}

/// Builds the tests, and tells which programs came of it. Of cargo is asked what it makes; all else it says is shown.
pub(super) fn build(cargo: &mut Command) -> Result<Vec<Suite>> {
    cargo.args(["--no-run", "--message-format=json-render-diagnostics"]).stdout(Stdio::piped());
    let mut child = cargo.spawn().context("cannot run cargo")?;
    let mut told = String::new();
    child
        .stdout
        .take()
        .context("it is piped")?
        .read_to_string(&mut told)
        .context("cannot read what cargo says")?;
    let status = child.wait()?;
    ensure!(status.success(), "the tests cannot be built ({status})");
    let suites = suites(&told)?;
    ensure!(!suites.is_empty(), "cargo built no tests");
    Ok(suites)
}

/// The tests among what cargo says that it has built.
fn suites(told: &str) -> Result<Vec<Suite>> {
    let mut suites = Vec::new();
    for line in told.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).context("cargo does not speak JSON")?;
        let program = message["executable"].as_str();
        let (Some(program), Some(true)) = (program, message["profile"]["test"].as_bool()) else { continue };
        let manifest = PathBuf::from(message["manifest_path"].as_str().context("it has no manifest")?);
        let folder = manifest.parent().context("a manifest lies in a folder")?.to_path_buf();
        let package = folder.file_name().context("a folder has a name")?.to_string_lossy();
        let (kind, target) = (&message["target"]["kind"][0], &message["target"]["name"]);
        let what = match kind.as_str() {
            Some("lib") => "beside the code",
            _ => target.as_str().context("it has no name")?,
        };
        suites.push(Suite {
            name: format!("{package}: {what}"),
            folder,
            program: Program::Built(program.into()),
        });
    }
    suites.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(suites)
}

/// Runs them one after the other, whatever comes of each, and prints how many tests each has.
pub(super) fn run(
    suites: &[Suite],
    args: &[&str],
    command: impl Fn(&Suite) -> Result<Command>,
) -> Result<()> {
    let (mut table, mut bad) = (String::new(), Vec::new());
    let mut total = Counts::default();
    for suite in suites {
        println!("\n=== {}", suite.name);
        let start = Instant::now();
        let outcome = watch(command(suite)?.args(args))
            .with_context(|| format!("cannot run the tests of {}", suite.name))?;
        let (is_well, words) = match outcome {
            Outcome::Ended { well, counts: Some(counts) } => {
                total = total + counts;
                (well && counts.failed == 0, counts.to_string())
            }
            Outcome::Ended { well, counts: None } => (well, "ended well, and counts nothing".to_owned()),
            Outcome::Hung => (false, format!("did not end within {} minutes", AT_MOST.as_secs() / 60)),
        };
        let words = if is_well { words } else { format!("{words} - FAILED") };
        let _ = writeln!(table, "  {:32} {words}, {:.0} s", suite.name, start.elapsed().as_secs_f64());
        if !is_well {
            bad.push(suite.name.as_str());
        }
    }
    println!("\nRun:\n{table}  {:32} {total}", "all");
    if !bad.is_empty() {
        bail!("failed: {}", bad.join("; "));
    }
    ensure!(total.passed > 0, "no test has run");
    Ok(())
}

/// Runs a suite to its end, or until it has had time enough.
fn watch(command: &mut Command) -> Result<Outcome> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("it is piped")?;
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let (mut out, mut line, mut counts) = (BufReader::new(out), Vec::new(), None::<Counts>);
        while matches!(out.read_until(b'\n', &mut line), Ok(1..)) {
            let _ = std::io::stdout().write_all(&line);
            // Examples of several packages are several results.
            if let Some(more) = Counts::read(&String::from_utf8_lossy(&line)) {
                counts = Some(counts.unwrap_or_default() + more);
            }
            line.clear();
        }
        // Nobody waits any more if that took too long.
        let _ = sender.send(counts);
    });
    match ended.recv_timeout(AT_MOST) {
        Ok(counts) => Ok(Outcome::Ended { well: child.wait()?.success(), counts }),
        Err(RecvTimeoutError::Disconnected) => bail!("what it says cannot be read"),
        Err(RecvTimeoutError::Timeout) => {
            child.kill().context("cannot end what hangs")?;
            child.wait()?;
            let _ = ended.recv_timeout(GRACE);
            Ok(Outcome::Hung)
        }
    }
}

impl Counts {
    /// Reads the line with the result: `test result: ok. 25 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; …`.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let mut found = Self::default();
        for part in counts.split("; ") {
            let Some((number, what)) = part.split_once(' ') else { continue };
            let Ok(number) = number.parse() else { continue };
            match what {
                "passed" => found.passed = number,
                "failed" => found.failed = number,
                "ignored" => found.ignored = number,
                "filtered out" => found.filtered = number,
                _ => {}
            }
        }
        Some(found)
    }
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
            filtered: self.filtered + other.filtered,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed", self.passed)?;
        for (number, what) in
            [(self.failed, "failed"), (self.ignored, "ignored"), (self.filtered, "not asked for")]
        {
            if number > 0 {
                write!(f, ", {number} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_of_a_suite_is_read() {
        let line = "test result: FAILED. 92 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 28.02s\r\n";
        let counts = Counts::read(line).unwrap();
        assert_eq!(counts, Counts { passed: 92, failed: 1, ignored: 2, filtered: 3 });
        assert_eq!(counts.to_string(), "92 passed, 1 failed, 2 ignored, 3 not asked for");
        assert_eq!((counts + counts).passed, 184);
        for line in ["", "running 93 tests", "test result: nonsense", "test a ... ok"] {
            assert_eq!(Counts::read(line), None, "{line}");
        }
    }

    #[test]
    fn only_tests_among_what_cargo_built_are_suites() {
        let told = r#"{"reason":"compiler-artifact","manifest_path":"/w/crates/one/Cargo.toml","target":{"kind":["test"],"name":"it"},"profile":{"test":true},"executable":"/w/target/it.exe"}
{"reason":"compiler-artifact","manifest_path":"/w/crates/one/Cargo.toml","target":{"kind":["lib"],"name":"one"},"profile":{"test":true},"executable":"/w/target/one.exe"}
{"reason":"compiler-artifact","manifest_path":"/w/crates/one/Cargo.toml","target":{"kind":["lib"],"name":"one"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/crates/one/Cargo.toml","target":{"kind":["example"],"name":"demo"},"profile":{"test":false},"executable":"/w/target/demo.exe"}
{"reason":"build-finished","success":true}
"#;
        let named = |name: &str, program: &str| Suite {
            name: name.to_owned(),
            folder: "/w/crates/one".into(),
            program: Program::Built(program.into()),
        };
        let expected =
            [named("one: beside the code", "/w/target/one.exe"), named("one: it", "/w/target/it.exe")];
        assert_eq!(suites(told).unwrap(), expected);
        assert!(suites("{").is_err());
    }
}
