//! `cargo xtask live`: runs the live tests against real KiCads, each on a copy of a demo board.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum as _;

use super::config::Editing;
use super::install::{Install, Line};
use super::instance::{Instance, Options, READY};
use super::program::Program;
use super::{interrupt, os, poll};
use crate::workspace;

/// How long tests may go on after KiCad died, to find out for themselves.
const AFTER_DEATH: Duration = Duration::from_secs(60);

/// Run the live tests against real KiCads.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which KiCad: the line of its version; may be given more than once [default: all that are found]
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<Line>,
    /// The board to run on, a copy of it [default: one of that KiCad's demos]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// How many seconds the tests may take with one KiCad
    #[arg(long, value_name = "SECONDS", default_value_t = 1200)]
    timeout: u64,
    /// How many seconds each KiCad may take until it answers
    #[arg(long, value_name = "SECONDS", default_value_t = READY)]
    ready: u64,
    #[command(flatten)]
    editing: Editing,
    /// What the test program gets, such as a part of the names of tests; `--list` lists them
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    // All that can be known before is known before a KiCad is started.
    let lines = Install::lines(&args.lines)?;
    if !cargo_test(&["--no-run"]).status().context("cannot run cargo")?.success() {
        bail!("the live tests do not build");
    }
    let mut outcomes = Vec::new();
    for line in lines {
        let start = Instant::now();
        let (version, result) = run_one(line, args);
        interrupt::check()?;
        if let Outcome::Failed(why) = &result {
            eprintln!("error: KiCad {version}: {why}");
        }
        outcomes.push((version, result, start.elapsed()));
    }
    println!();
    for (version, outcome, time) in &outcomes {
        println!("KiCad {version}: {outcome} ({:.1} s)", time.as_secs_f64());
    }
    let failed = outcomes.iter().filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_))).count();
    if failed > 0 {
        bail!("live tests failed with {failed} of {} KiCads", outcomes.len());
    }
    // One of several may have none: it is not asked what it does not answer.
    if outcomes.iter().all(|(_, outcome, _)| outcome.is_of_nothing()) {
        bail!(
            "no live test was run: for these KiCads none is called so, or it is ignored; `-- --list` lists them"
        );
    }
    Ok(())
}

/// What came of the tests with one KiCad.
enum Outcome {
    /// With the line in which the test program sums up.
    Passed(String),
    /// With the reason, of which the first line is the gist.
    Failed(String),
}

impl Outcome {
    /// Whether there was no test to run, as when a name is misspelt.
    fn is_of_nothing(&self) -> bool {
        matches!(self, Self::Passed(summary) if summary == "0 passed, 0 failed")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(summary) => write!(f, "passed, {summary}"),
            Self::Failed(why) => write!(f, "FAILED, {}", why.lines().next().unwrap_or_default()),
        }
    }
}

/// Runs the tests with the KiCad of one line; also returns its version, as far as it is known.
fn run_one(line: Line, args: &Args) -> (String, Outcome) {
    let options = Options { editing: args.editing, timeout: args.ready, ..Options::default() };
    let mut kicad = match Instance::start(line, args.board.as_deref(), &options) {
        Ok(kicad) => kicad,
        Err(error) => return (line.to_string(), Outcome::Failed(format!("{error:#}"))),
    };
    println!("==> live tests with KiCad {} (pid {}) at {}", kicad.version(), kicad.pid(), kicad.url());
    let result = test(&mut kicad, line, args).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
    (kicad.version().to_owned(), result)
}

fn test(kicad: &mut Instance, line: Line, args: &Args) -> Result<Outcome> {
    let mut command = cargo_test(&["--"]);
    let flip = args.editing.flip.to_possible_value().expect("no value is skipped");
    command
        .args(&args.args)
        .env("KICAD_API_SOCKET", kicad.url())
        .env_remove("KICAD_API_TOKEN")
        .env("KIAPI_LIVE_KICAD", line.to_string())
        .env("KIAPI_LIVE_BOARD", kicad.board())
        .env("KIAPI_LIVE_PID", kicad.pid().to_string())
        .env("KIAPI_LIVE_ROTATION", args.editing.rotation_step.to_string())
        .env("KIAPI_LIVE_FLIP", flip.get_name())
        .stdout(Stdio::piped());
    // Some tests need a KiCad of their own.
    let own = std::env::current_exe().context("this program does not know where it is")?;
    command.env("KIAPI_LIVE_XTASK", own).env("KIAPI_LIVE_STATE", kicad.dir());
    if let Some(display) = kicad.display() {
        command.env("KIAPI_LIVE_DISPLAY", display);
    }
    // Ctrl-C must reach this command alone, which then ends the tests and KiCad.
    os::own_group(&mut command);
    let mut tests = Program::start(command, read_summary)?;
    let start = Instant::now();
    let limit = Duration::from_secs(args.timeout);
    let mut died = None;
    let status = poll(Duration::MAX, || {
        if let Err(error) = interrupt::check() {
            return Some(Err(error.into()));
        }
        if let Some(status) = tests.ended() {
            return Some(Ok(status));
        }
        if !kicad.is_alive() {
            let died: &Instant = died.get_or_insert_with(Instant::now);
            if died.elapsed() >= AFTER_DEATH {
                return Some(Ok(None));
            }
        }
        let late = start.elapsed() >= limit;
        late.then(|| bail!("the tests did not end within {} s", limit.as_secs()))
    })
    .expect("it polls for ever")?;
    let summary = tests.summary();
    drop(tests);
    // When its last client goes, KiCad may be about to die of what that client did.
    let alive =
        kicad.is_alive() && poll(Duration::from_millis(300), || (!kicad.is_alive()).then_some(())).is_none();
    if !alive {
        let end = kicad.end();
        let summary = summary.unwrap_or_else(|| "the tests did not end".to_owned());
        return Ok(Outcome::Failed(format!(
            "KiCad died in the middle ({end}); {summary}\nits log ends with\n{}",
            kicad.tail()
        )));
    }
    Ok(match status {
        Some(status) if status.success() => {
            Outcome::Passed(summary.unwrap_or_else(|| "without a summary".to_owned()))
        }
        Some(status) => Outcome::Failed(summary.unwrap_or_else(|| status.to_string())),
        None => unreachable!("tests are given up only after KiCad died"),
    })
}

fn cargo_test(args: &[&str]) -> Command {
    let mut command = Command::new(workspace::cargo());
    command
        .current_dir(workspace::root())
        .args(["test", "--package", "kiapi", "--features", "tokio", "--test", "live"])
        .args(args);
    command.stdin(Stdio::null());
    command
}

/// What comes behind the colon in `test result: ok. 51 passed; 0 failed; …`.
fn read_summary(line: &str) -> Option<String> {
    let counts = line.trim().strip_prefix("test result: ")?;
    let (_, counts) = counts.split_once(". ")?;
    let told = counts.split("; ").filter(|count| count.contains("passed") || count.contains("failed"));
    Some(told.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_short() {
        let line =
            "test result: ok. 51 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 4.2s";
        assert_eq!(read_summary(line).as_deref(), Some("51 passed, 0 failed"));
        let line = "test result: FAILED. 50 passed; 1 failed; 0 ignored";
        assert_eq!(read_summary(line).as_deref(), Some("50 passed, 1 failed"));
        assert_eq!(read_summary("test GetNets ... ok"), None);
    }

    #[test]
    fn name_that_no_test_has_is_seen() {
        let none =
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 155 filtered out; finished in 0.00s";
        assert!(Outcome::Passed(read_summary(none).unwrap()).is_of_nothing());
        let one =
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 154 filtered out; finished in 0.23s";
        assert!(!Outcome::Passed(read_summary(one).unwrap()).is_of_nothing());
    }
}
