//! `kiapi plugin`: plugins for KiCad, from an empty folder to a package.

mod check;
mod icon;
mod install;
mod new;
mod pack;
mod places;
mod project;

use std::path::PathBuf;

use clap::Subcommand;

use crate::output::Format;

/// Make a plugin for KiCad: begin, check, install, pack
#[derive(Debug, clap::Args)]
#[command(after_help = "Example, from nothing to a button in KiCad's PCB editor:
  kiapi plugin new my-plugin
  cd my-plugin
  cargo test
  kiapi plugin install
and start KiCad again.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Check(check::Args),
    Install(install::Args),
    Uninstall(install::UninstallArgs),
    Pack(pack::Args),
}

/// The folder of the plugin, for commands that work on one.
#[derive(Debug, clap::Args)]
struct Folder {
    /// The folder with the plugin.json
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    match &args.command {
        Command::New(args) => new::run(args, format),
        Command::Check(args) => check::run(args, format),
        Command::Install(args) => install::run(args, format),
        Command::Uninstall(args) => install::uninstall(args, format),
        Command::Pack(args) => pack::run(args, format),
    }
}
