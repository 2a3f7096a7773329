//! The `kiapi` command.

mod board;
mod call;
mod change;
mod child;
mod choose;
mod columns;
mod completions;
mod demo;
mod describe;
mod diff;
mod doctor;
mod drc;
mod edit;
mod failure;
mod files;
mod groups;
mod instances;
mod interrupt;
mod layers;
mod list;
mod output;
mod ping;
mod place;
mod plugin;
mod probe;
mod progress;
mod quantity;
mod read;
mod record;
mod recording;
mod refill;
mod reflect;
mod refusal;
mod replay;
mod running;
mod select;
mod serve;
mod set;
mod snapshot;
mod svg;
mod table;
mod target;
mod trace;
mod version;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::output::Format;

/// KiCad's IPC API in a terminal, with or without KiCad.
#[derive(Debug, Parser)]
#[command(name = "kiapi", version, max_term_width = 100, after_help = failure::EXIT_CODES)]
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
    Call(call::Args),
    Classes(read::classes::Args),
    Completions(completions::Args),
    Delete(edit::delete::Args),
    Demo(demo::Args),
    Describe(describe::Args),
    Diff(diff::Args),
    Doctor(doctor::Args),
    Drc(drc::Args),
    Flip(edit::flip::Args),
    Footprints(read::footprints::Args),
    Instances(instances::Args),
    Items(read::items::Args),
    Layers(read::layers::Args),
    List(list::Args),
    Man(completions::ManArgs),
    Move(edit::moving::Args),
    Nets(read::nets::Args),
    Ping(ping::Args),
    Plugin(plugin::Args),
    Record(record::Args),
    Refill(refill::Args),
    Replay(replay::Args),
    Rotate(edit::rotate::Args),
    Select(select::Args),
    Selection(read::items::SelectionArgs),
    Serve(serve::Args),
    Set(set::Args),
    Snapshot(snapshot::Args),
    Stackup(read::stackup::Args),
    Svg(svg::Args),
    Title(read::title::Args),
    Trace(trace::Args),
    Variables(read::title::VariablesArgs),
    Version(version::Args),
    Watch(watch::Args),
}

impl Command {
    /// Whether it changes what is open in KiCad, by itself and not by what it is given.
    fn is_a_change(&self) -> bool {
        matches!(
            self,
            Self::Add(_)
                | Self::Delete(_)
                | Self::Drc(_)
                | Self::Flip(_)
                | Self::Move(_)
                | Self::Rotate(_)
                | Self::Select(_)
                | Self::Set(_)
        )
    }
}

fn main() -> ExitCode {
    let matches = groups::in_groups(Args::command()).get_matches();
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let format = if args.json { Format::Json } else { Format::Text };
    match run(&args.command, format) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error, format),
    }
}

fn run(command: &Command, format: Format) -> anyhow::Result<()> {
    interrupt::watch()?;
    if command.is_a_change() {
        interrupt::nothing_changed_yet();
    }
    match command {
        Command::Add(args) => edit::add::run(args, format),
        Command::Call(args) => call::run(args, format),
        Command::Classes(args) => read::classes::run(args, format),
        Command::Completions(args) => {
            completions::run(args);
            Ok(())
        }
        Command::Delete(args) => edit::delete::run(args, format),
        Command::Demo(args) => demo::run(args),
        Command::Describe(args) => describe::run(args, format),
        Command::Diff(args) => diff::run(args, format),
        Command::Doctor(args) => doctor::run(args, format),
        Command::Drc(args) => drc::run(args, format),
        Command::Flip(args) => edit::flip::run(args, format),
        Command::Footprints(args) => read::footprints::run(args, format),
        Command::Instances(args) => {
            instances::run(args, format);
            Ok(())
        }
        Command::Items(args) => read::items::run(args, format),
        Command::Layers(args) => read::layers::run(args, format),
        Command::List(args) => list::run(args, format),
        Command::Man(args) => completions::man(args, format),
        Command::Move(args) => edit::moving::run(args, format),
        Command::Nets(args) => read::nets::run(args, format),
        Command::Ping(args) => ping::run(args, format),
        Command::Plugin(args) => plugin::run(args, format),
        Command::Record(args) => record::run(args, format),
        Command::Refill(args) => refill::run(args, format),
        Command::Replay(args) => replay::run(args, format),
        Command::Rotate(args) => edit::rotate::run(args, format),
        Command::Select(args) => select::run(args, format),
        Command::Selection(args) => read::items::selection(args, format),
        Command::Serve(args) => serve::run(args, format),
        Command::Set(args) => set::run(args, format),
        Command::Snapshot(args) => snapshot::run(args, format),
        Command::Stackup(args) => read::stackup::run(args, format),
        Command::Svg(args) => svg::run(args, format),
        Command::Title(args) => read::title::run(args, format),
        Command::Trace(args) => trace::run(args, format),
        Command::Variables(args) => read::title::variables(args, format),
        Command::Version(args) => version::run(args, format),
        Command::Watch(args) => watch::run(args, format),
    }
}
