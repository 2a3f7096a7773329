//! `cargo xtask bench`: runs the measurements of the workspace `bench`.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::kicad::install::{Install, on_path};
use crate::kicad::instance::{Instance, Options};
use crate::kicad::interrupt;
use crate::workspace;

/// What the environment says of a KiCad that runs.
const SOCKET: &str = "KICAD_API_SOCKET";
/// A board with many tracks, among KiCad's demos.
const BOARD: &str = "share/kicad/demos/video/video.kicad_pcb";

/// Measure, side by side in one run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which bench, and its arguments; `help` lists them
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "BENCH",
        default_value = "table"
    )]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let manifest = workspace::root().join("bench/Cargo.toml");
    let mut command = Command::new(workspace::cargo());
    command.args(["run", "--quiet", "--release", "--manifest-path"]).arg(manifest);
    if on_path("cmake").is_some() {
        command.args(["--features", "nng"]);
    } else {
        println!("without libnng, which needs cmake");
    }
    let wants_kicad = matches!(args.args.first().map(String::as_str), Some("real" | "table"));
    // It ends when this does.
    let kicad = if wants_kicad && std::env::var_os(SOCKET).is_none() { start_kicad()? } else { None };
    command.envs(kicad.as_ref().map(|kicad| (SOCKET, kicad.url())));
    let status = command.arg("--").args(&args.args).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("the bench failed ({status})");
    }
    Ok(())
}

/// The newest KiCad that is installed, if there is one.
fn start_kicad() -> Result<Option<Instance>> {
    let lines = workspace::lines()?;
    let Some(install) = lines.into_iter().rev().find_map(Install::find) else { return Ok(None) };
    interrupt::listen()?;
    let board = install.prefix.join(BOARD);
    let kicad = Instance::start(install.line(), Some(&board), &Options::default());
    kicad.map(Some).context("no KiCad to measure with (its demos are the package kicad-demos in Debian)")
}
