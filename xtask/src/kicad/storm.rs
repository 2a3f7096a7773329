//! `cargo xtask storm`: clients that edit, give up and vanish, against an emulator with faults or a KiCad that is killed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::install::{Install, Line};
use super::{interrupt, os, poll, state};
use crate::workspace;

/// So much longer than it was told to the storm may take: for its last round, and a KiCad that starts.
const MORE: Duration = Duration::from_secs(300);

/// Let many clients edit while everything fails, and hold a ledger of every edit against the board
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many minutes it lasts
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// What the actors decide by
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rage against a real KiCad, which is killed now and then: the line of its version [default: the emulator]
    #[arg(long, value_name = "LINE")]
    kicad: Option<Line>,
    /// The board that the KiCad opens [default: the emulator's demo]
    #[arg(long, value_name = "FILE", requires = "kicad")]
    board: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let mut command = Command::new(workspace::cargo());
    command
        .current_dir(workspace::root())
        .args(["test", "--package", "kiapi", "--features", "tokio", "--test", "storm"])
        .stdin(Stdio::null());
    let mut build = Command::new(workspace::cargo());
    build.current_dir(workspace::root()).args(command.get_args()).arg("--no-run");
    if !build.status().context("cannot run cargo")?.success() {
        bail!("the storm does not build");
    }
    let time = Duration::from_secs(args.minutes * 60);
    command
        .env("KIAPI_STORM_SEED", args.seed.to_string())
        .env("KIAPI_STORM_SECONDS", time.as_secs().to_string())
        .env_remove("KIAPI_STORM_KICAD")
        .stdout(Stdio::piped());
    let mut left = None;
    if let Some(line) = args.kicad {
        Install::lines(&[line])?;
        let state = state::base()?.join(format!("st{}", std::process::id()));
        let own = std::env::current_exe().context("this program does not know where it is")?;
        let demo = workspace::root().join("crates/kiapi-emulator/demo/demo.kicad_pcb");
        let board = args.board.clone().unwrap_or(demo);
        command
            .env("KIAPI_STORM_KICAD", line.to_string())
            .env("KIAPI_STORM_XTASK", own)
            .env("KIAPI_STORM_BOARD", std::path::absolute(board)?)
            .env("KIAPI_STORM_STATE", &state);
        left = Some(state);
    }
    let outcome = wait(command, time + MORE);
    // A storm that was interrupted leaves its KiCad.
    if let Some(state) = left.filter(|state| state.exists()) {
        super::stop_one(&state, state::State::read(&state))?;
    }
    outcome.with_context(|| format!("the seed was {}", args.seed))
}

fn wait(mut command: Command, limit: Duration) -> Result<()> {
    // Ctrl-C must reach this command alone, which then ends the storm and KiCad.
    os::own_group(&mut command);
    let mut program =
        super::program::Program::start(command, |line| line.strip_prefix("storm: ").map(str::to_owned))?;
    let ended = poll(limit, || match interrupt::check() {
        Err(error) => Some(Err(anyhow::Error::from(error))),
        Ok(()) => program.ended().map(Ok),
    });
    let status = ended.with_context(|| format!("it did not end within {} s", limit.as_secs()))??;
    match status {
        Some(status) if status.success() => Ok(()),
        _ => bail!("{}", program.summary().unwrap_or_else(|| "it did not come to an end".to_owned())),
    }
}
