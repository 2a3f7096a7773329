//! `cargo xtask bench`: runs the measurements of the workspace `bench`.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::kicad::install::on_path;
use crate::workspace;

/// Measure, side by side in one run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which bench, and its arguments; `help` lists them
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "BENCH")]
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
    let status = command.arg("--").args(&args.args).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("the bench failed ({status})");
    }
    Ok(())
}
