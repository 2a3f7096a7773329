//! The `kiapi` command.

mod board;
mod change;
mod choose;
mod demo;
mod diff;
mod drc;
mod edit;
mod failure;
mod interrupt;
mod layers;
mod output;
mod progress;
mod quantity;
mod refill;
mod refusal;
mod select;
mod serve;
mod set;
mod snapshot;
mod svg;
mod table;
mod target;
mod watch;

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
    Add(edit::add::Args),
    Delete(edit::delete::Args),
    Demo(demo::Args),
    Diff(diff::Args),
    Drc(drc::Args),
    Flip(edit::flip::Args),
    Move(edit::moving::Args),
    Refill(refill::Args),
    Rotate(edit::rotate::Args),
    Select(select::Args),
    Serve(serve::Args),
    Set(set::Args),
    Snapshot(snapshot::Args),
    Svg(svg::Args),
    Watch(watch::Args),
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
        Command::Add(args) => edit::add::run(args, format),
        Command::Delete(args) => edit::delete::run(args, format),
        Command::Demo(args) => demo::run(args),
        Command::Diff(args) => diff::run(args, format),
        Command::Drc(args) => drc::run(args, format),
        Command::Flip(args) => edit::flip::run(args, format),
        Command::Move(args) => edit::moving::run(args, format),
        Command::Refill(args) => refill::run(args, format),
        Command::Rotate(args) => edit::rotate::run(args, format),
        Command::Select(args) => select::run(args, format),
        Command::Serve(args) => serve::run(args, format),
        Command::Set(args) => set::run(args, format),
        Command::Snapshot(args) => snapshot::run(args, format),
        Command::Svg(args) => svg::run(args, format),
        Command::Watch(args) => watch::run(args, format),
    }
}
