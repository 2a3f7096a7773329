//! `kiapi replay`: a recording, served to a client or held against a KiCad.

mod against;
mod changes;
mod differences;
mod script;
mod serving;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Usage;
use crate::output::Format;
use crate::place::Where;
use crate::recording::{self, Ending, Event, Header};
use crate::target::seconds;

/// Serve a recording to a client, or hold it against a KiCad
///
/// Without `--against`, each request is answered as it was in the recording: it is looked for by its content among those of
/// its connection, in order, and tokens and client names do not matter. One that is not there is refused as `UNHANDLED`, and
/// told. With `--against`, the recorded requests are sent to a KiCad, and its answers are compared with those recorded.
///
/// The exit code is 7 if a request was not in the recording, or an answer is different.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi replay session.jsonl -- python3 my_tool.py
  kiapi replay session.jsonl --at /tmp/replayed.sock
  kiapi replay session.jsonl --against
  kiapi replay session.jsonl --against --with-changes --ignore ids")]
pub(crate) struct Args {
    /// The recording
    file: PathBuf,
    #[command(flatten)]
    place: Where,
    /// The token to answer with [default: a new one]
    #[arg(long, conflicts_with = "against", help_heading = "Where to listen")]
    token: Option<String>,
    /// Send the recorded requests to a KiCad, and compare its answers; only those that change nothing
    #[arg(long, conflicts_with_all = ["at", "like_kicad", "command"], help_heading = "Holding it against a KiCad")]
    against: bool,
    /// Send also what changes the board
    #[arg(long, requires = "against", help_heading = "Holding it against a KiCad")]
    with_changes: bool,
    /// What may differ; may be given more than once
    #[arg(long, value_name = "WHAT", requires = "against", help_heading = "Holding it against a KiCad")]
    ignore: Vec<against::Ignored>,
    /// The socket of KiCad: a path, or `ipc://` and a path [default: `KICAD_API_SOCKET`, or the KiCad that runs]
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with = "instance",
        requires = "against",
        help_heading = "Which KiCad"
    )]
    socket: Option<String>,
    /// The KiCad with this process id, of those that `kiapi instances` lists
    #[arg(long, value_name = "PID", requires = "against", help_heading = "Which KiCad")]
    instance: Option<u32>,
    /// How many seconds KiCad may take for one answer
    #[arg(
        long, value_name = "SECONDS", value_parser = seconds, requires = "against", default_value = "30",
        help_heading = "Which KiCad"
    )]
    timeout: Duration,
    /// The client to run, with `KICAD_API_SOCKET` and `KICAD_API_TOKEN` set
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let (header, events) = read(args)?;
    if args.against {
        against::run(args, &header, events, format)
    } else {
        serving::run(args, events, format)
    }
}

fn read(args: &Args) -> anyhow::Result<(Header, Vec<Event>)> {
    let mut events = Vec::new();
    let (header, ending) = recording::read(&args.file, |event| {
        events.push(event);
        Ok(())
    })?;
    if let Ending::CutOff(line) = ending {
        anstream::eprintln!("warning: {}:{line}: the line is cut off; the rest is used", args.file.display());
    }
    if events.is_empty() {
        return Err(Usage(format!("{} has nothing in it but its first line", args.file.display())).into());
    }
    Ok((header, events))
}
