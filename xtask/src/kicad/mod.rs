//! Real KiCads without a screen: installs them, starts and stops them, runs the live tests against them.

mod actions;
mod board;
mod config;
pub(crate) mod conformance;
mod display;
pub(crate) mod install;
pub(crate) mod instance;
pub(crate) mod interop;
pub(crate) mod interrupt;
pub(crate) mod live;
mod os;
mod ping;
pub(crate) mod plugin;
mod process;
mod program;
mod readiness;
pub(crate) mod setup;
mod state;
pub(crate) mod storm;
mod xwd;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use install::Line;
use instance::{Instance, Options};
use interrupt::Interrupted;
use state::State;

use crate::workspace;

/// Start and stop a real KiCad without a screen.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a KiCad on a copy of a board, wait until it answers, print its socket, and leave it running
    Start(StartArgs),
    /// End a KiCad that was started, and remove its files
    Stop(StopArgs),
    /// List the KiCads that were started and not stopped
    List,
    /// Run every action that a KiCad has, each by its name, and tell which open a dialog, wait for the mouse or end it
    Actions(actions::Args),
    /// Save everything that the API shows of a running KiCad's board, for the emulator
    Snapshot {
        /// The KiCad's socket [default: where KiCad says, or usually is]
        #[arg(long, value_name = "PATH")]
        socket: Option<String>,
        /// The file to write: protobuf, or JSON if its name ends in `.json`
        file: PathBuf,
    },
    /// Write what is on the display of a KiCad to a PNG file
    Screenshot {
        /// The KiCad's state folder, as `start` and `list` print it
        dir: PathBuf,
        /// The file to write
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct StartArgs {
    /// Which KiCad: the line of its version, such as 9.0
    #[arg(long, value_name = "LINE")]
    version: Line,
    /// The board to open [default: one of that KiCad's demos]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct StopArgs {
    /// The KiCad's state folder, as `start` and `list` print it
    dir: Option<PathBuf>,
    /// All KiCads that this user started
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Start(args) => start(args),
        Command::Stop(args) => stop(args),
        Command::List => list(),
        Command::Actions(args) => actions::run(args),
        Command::Snapshot { socket, file } => snapshot(socket.as_deref(), file),
        Command::Screenshot { dir, file } => {
            let dir = fs::canonicalize(dir).with_context(|| format!("there is no {}", dir.display()))?;
            display::screenshot(&dir, file)
        }
    }
}

/// Has the `kiapi` command take a snapshot: xtask itself knows no KiCad API.
fn snapshot(socket: Option<&str>, file: &Path) -> Result<()> {
    let file = std::path::absolute(file).with_context(|| format!("cannot find {}", file.display()))?;
    let mut cargo = std::process::Command::new(workspace::cargo());
    cargo.current_dir(workspace::root()).args(["run", "--quiet", "--package", "kiapi-cli", "--", "snapshot"]);
    cargo.args(socket.into_iter().flat_map(|socket| ["--socket", socket])).arg(&file);
    let status = cargo.status().context("cannot run cargo")?;
    if !status.success() {
        bail!("no snapshot was taken");
    }
    Ok(())
}

/// What the command exits with when it fails with `error`.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(<dyn std::error::Error>::is::<setup::Outside>) {
        ExitCode::from(setup::Outside::EXIT_CODE)
    } else if error.chain().any(<dyn std::error::Error>::is::<Interrupted>) {
        ExitCode::from(130)
    } else {
        ExitCode::FAILURE
    }
}

fn start(args: &StartArgs) -> Result<()> {
    interrupt::listen()?;
    let instance = Instance::start(args.version, args.board.as_deref(), &args.options)?;
    println!("KICAD_API_SOCKET={}", instance.url());
    println!("STATE_DIR={}", instance.dir().display());
    eprintln!(
        "KiCad {} runs (pid {}); end it with `cargo xtask kicad stop {}`",
        instance.version(),
        instance.pid(),
        instance.dir().display()
    );
    instance.leave_running();
    Ok(())
}

fn stop(args: &StopArgs) -> Result<()> {
    if let Some(dir) = &args.dir {
        let dir = fs::canonicalize(dir).with_context(|| format!("there is no {}", dir.display()))?;
        return stop_one(&dir, State::read(&dir));
    }
    let mut failures = Vec::new();
    for (dir, state) in state::all()? {
        if let Err(error) = stop_one(&dir, state) {
            failures.push(format!("{error:#}"));
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

fn stop_one(dir: &Path, state: Result<State>) -> Result<()> {
    // Without its state nothing is known about the folder, so nothing in it is touched.
    let state = state?;
    state.stop()?;
    state::remove(dir)?;
    eprintln!("stopped KiCad {} in {}", state.version.unwrap_or(state.line), dir.display());
    Ok(())
}

fn list() -> Result<()> {
    for (dir, state) in state::all()? {
        match state {
            Ok(state) => {
                let life = if state.is_alive() { "running" } else { "dead" };
                let version = state.version.as_deref().unwrap_or("not ready");
                let (line, pid) =
                    (&state.line, state.kicad.map_or_else(String::new, |kicad| kicad.pid.to_string()));
                let (dir, socket, board) = (dir.display(), state.socket.display(), state.board.display());
                println!("{dir}\t{line}\t{version}\t{life}\t{pid}\tipc://{socket}\t{board}");
            }
            Err(error) => println!("{}\t{error:#}", dir.display()),
        }
    }
    Ok(())
}

/// Looks again and again until `look` has a value, for `patience` at most.
fn poll<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        // Whether time is up is asked before the last look: one that was late is still a look.
        let late = start.elapsed() >= patience;
        if let Some(value) = look() {
            return Some(value);
        }
        if late {
            return None;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The last lines of a log file, each indented.
fn tail(log: &Path) -> String {
    const LINES: usize = 20;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(LINES)).map(|line| format!("    {line}"));
    let last: Vec<String> = last.collect();
    if last.is_empty() { "    (the log is empty)".to_owned() } else { last.join("\n") }
}
