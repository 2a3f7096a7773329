//! The `kiapi` command.

mod board;
mod demo;
mod serve;
mod snapshot;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// KiCad's IPC API in a terminal, with or without KiCad.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Snapshot(snapshot::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match &args.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Snapshot(args) => snapshot::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut causes = error.chain();
            if let Some(what) = causes.next() {
                anstream::eprintln!("{}: {what}", table::red("error"));
            }
            for cause in causes {
                anstream::eprintln!("  because {cause}");
            }
            ExitCode::FAILURE
        }
    }
}
