//! `cargo xtask conformance`: holds the emulator against a real KiCad that has the same board open.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::install::{Install, Line};
use super::instance::{Instance, Options};
use super::program::Program;
use super::{interrupt, os, poll, state};
use crate::workspace;

/// How long the program may go on after KiCad died, to say which request it was.
const AFTER_DEATH: Duration = Duration::from_secs(20);

/// Hold the emulator against a real KiCad that has the same board open.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which KiCad: the line of its version; may be given more than once [default: all that are found]
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<Line>,
    /// The board, of which copies are opened [default: one of that KiCad's demos]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// What the random requests are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many random requests are sent
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// Only the areas whose name contains this; the stated level is not looked at then
    #[arg(long, value_name = "AREA")]
    only: Option<String>,
    /// Raise the stated level to what is reached
    #[arg(long)]
    update: bool,
    /// Hold KiCad against another KiCad instead, which shows whether the comparison is right
    #[arg(long)]
    against_itself: bool,
    /// How many seconds it may take with one KiCad
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    timeout: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let lines = Install::lines(&args.lines)?;
    if !cargo_test(&["--no-run"]).status().context("cannot run cargo")?.success() {
        bail!("the conformance test does not build");
    }
    let mut outcomes = Vec::new();
    for line in lines {
        let start = Instant::now();
        let outcome = run_one(line, args);
        interrupt::check()?;
        outcomes.push((line, outcome, start.elapsed()));
    }
    println!();
    let mut failed = 0;
    for (line, outcome, time) in &outcomes {
        let seconds = time.as_secs_f64();
        match outcome {
            Ok(summary) => println!("KiCad {line}: passed, {summary} ({seconds:.1} s)"),
            Err(error) => {
                println!("KiCad {line}: FAILED, {error:#} ({seconds:.1} s)");
                failed += 1;
            }
        }
    }
    if failed > 0 {
        bail!("conformance failed with {failed} of {} KiCads", outcomes.len());
    }
    Ok(())
}

/// Compares with the KiCad of one line; gives back the line in which the program sums up.
fn run_one(line: Line, args: &Args) -> Result<String> {
    // Folders whose names have the same length: requests carry paths, and must have the same size for both.
    let base = state::base()?.join(format!("cf{}-{line}", std::process::id()));
    let start = |name: &str| {
        let options = Options { state: Some(base.join(name)), ..Options::default() };
        os::create_private_dir(&base)?;
        Instance::start(line, args.board.as_deref(), &options)
    };
    let outcome = start("1").and_then(|mut kicad| {
        let second = if args.against_itself { Some(start("2")?) } else { None };
        compare(&mut kicad, second.as_ref(), line, args)
    });
    let _ = std::fs::remove_dir(&base);
    outcome
}

fn compare(kicad: &mut Instance, second: Option<&Instance>, line: Line, args: &Args) -> Result<String> {
    println!("==> conformance with KiCad {} (pid {}) at {}", kicad.version(), kicad.pid(), kicad.url());
    let mut command = cargo_test(&["--"]);
    command
        .env("KICAD_API_SOCKET", kicad.url())
        .env_remove("KICAD_API_TOKEN")
        .env("KIAPI_CONFORMANCE_KICAD", line.to_string())
        .env("KIAPI_CONFORMANCE_BOARD", kicad.board())
        .env("KIAPI_CONFORMANCE_SEED", args.seed.to_string())
        .env("KIAPI_CONFORMANCE_COUNT", args.count.to_string())
        .env("KIAPI_CONFORMANCE_REPORT", report(line, kicad.board())?)
        .stdout(Stdio::piped());
    if let Some(second) = second {
        command
            .env("KIAPI_CONFORMANCE_SECOND_SOCKET", second.url())
            .env("KIAPI_CONFORMANCE_SECOND_BOARD", second.board());
    }
    if let Some(display) = kicad.display() {
        command.env("KIAPI_CONFORMANCE_DISPLAY", display);
    }
    if let Some(only) = &args.only {
        command.env("KIAPI_CONFORMANCE_ONLY", only);
    }
    if args.update {
        command.env("KIAPI_CONFORMANCE_UPDATE", "1");
    }
    // Ctrl-C must reach this command alone, which then ends the program and KiCad.
    os::own_group(&mut command);
    let mut program = Program::start(command, read_summary)?;
    let (start, limit) = (Instant::now(), Duration::from_secs(args.timeout));
    let mut died = None;
    let status = poll(Duration::MAX, || {
        if let Err(error) = interrupt::check() {
            return Some(Err(error.into()));
        }
        if let Some(status) = program.ended() {
            return Some(Ok(status));
        }
        if !kicad.is_alive() && died.get_or_insert_with(Instant::now).elapsed() >= AFTER_DEATH {
            return Some(Ok(None));
        }
        let late = start.elapsed() >= limit;
        late.then(|| bail!("it did not end within {} s", limit.as_secs()))
    })
    .expect("it polls for ever")?;
    let summary = program.summary();
    drop(program);
    let summary = summary.unwrap_or_else(|| "it did not come to an end".to_owned());
    if !kicad.is_alive() {
        let end = kicad.end();
        bail!("KiCad died in the middle ({end}); {summary}\nits log ends with\n{}", kicad.tail());
    }
    match status {
        Some(status) if status.success() => Ok(summary),
        _ => bail!("{summary}"),
    }
}

/// The file that lists what differs.
fn report(line: Line, board: &Path) -> Result<PathBuf> {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
    let folder = target.join("conformance");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let board = board.file_stem().unwrap_or_default().to_string_lossy();
    Ok(std::path::absolute(folder)?.join(format!("{line}-{board}.md")))
}

fn cargo_test(args: &[&str]) -> Command {
    let mut command = Command::new(workspace::cargo());
    command
        .current_dir(workspace::root())
        .args(["test", "--package", "kiapi-emulator", "--test", "conformance"])
        .args(args)
        .stdin(Stdio::null());
    command
}

/// What comes behind the colon in `conformance: 97.1 % of 3000 answers (…)`.
fn read_summary(line: &str) -> Option<String> {
    line.strip_prefix("conformance: ").map(ToOwned::to_owned)
}
