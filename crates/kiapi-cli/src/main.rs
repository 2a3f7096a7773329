//! The `kiapi` command.

mod board;
mod child;
mod demo;
mod doctor;
mod failure;
mod instances;
mod interrupt;
mod output;
mod owner;
mod place;
mod probe;
mod record;
mod recording;
mod replay;
mod serve;
mod snapshot;
mod table;
mod target;
mod trace;

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
    Doctor(doctor::Args),
    Instances(instances::Args),
    Record(record::Args),
    Replay(replay::Args),
    Serve(serve::Args),
    Snapshot(snapshot::Args),
    Trace(trace::Args),
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
        Command::Doctor(args) => doctor::run(args, format),
        Command::Instances(args) => instances::run(args, format),
        Command::Record(args) => record::run(args, format),
        Command::Replay(args) => replay::run(args, format),
        Command::Serve(args) => serve::run(args, format),
        Command::Snapshot(args) => snapshot::run(args, format),
        Command::Trace(args) => trace::run(args, format),
    }
}
