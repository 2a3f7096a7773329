//! The `kiapi` command.

mod board;
mod demo;
mod failure;
mod interrupt;
mod output;
mod plugin;
mod serve;
mod snapshot;
mod table;
mod target;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::output::Format;

/// KiCad's IPC API in a terminal, with or without KiCad.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = failure::EXIT_CODES)]
struct Args {
    /// Print JSON for machines, and nothing else
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Plugin(plugin::Args),
    Serve(serve::Args),
    Snapshot(snapshot::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let format = if args.json { Format::Json } else { Format::Text };
    match run(&args.command, format) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error, format),
    }
}

fn run(command: &Command, format: Format) -> anyhow::Result<()> {
    interrupt::watch()?;
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Plugin(args) => plugin::run(args, format),
        Command::Serve(args) => serve::run(args, format),
        Command::Snapshot(args) => snapshot::run(args, format),
    }
}
