//! `kiapi serve`: a KiCad without KiCad.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use kiapi_emulator::{Emulator, Fill, Habit, Habits, Injection, Line, Place, Snapshot, Tokens};
use serde_json::json;

use crate::interrupt;
use crate::output::Format;
use crate::quantity;

/// Serve a snapshot of a board as KiCad does, without KiCad
///
/// Prints the environment for a client and serves until it is ended with Ctrl-C.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Faults are written as fault[@Command][+calls to let pass][*times or /time]:
  --fault busy*3                 the next three calls are answered AS_BUSY
  --fault drop-within@GetItems   the connection breaks within the next answer to GetItems
  --fault slow=250ms/10s         for ten seconds every answer is late
  --fault not-ready/2s           it takes two seconds to start

The faults: not-ready, busy, slow=TIME, silent, drop-before, drop-unanswered, drop-within, drop-after,
doubled, wrong-id, wrong-type, out-of-step, garbage, refuse-rows, restart, take-over.

Examples:
  kiapi serve demo
  kiapi serve board.kiapi --as 9.0 --socket /tmp/kicad-test.sock")]
pub(crate) struct Args {
    /// The snapshot to serve, or `demo` for the demo board
    snapshot: PathBuf,
    /// The line of KiCad to answer as [default: the one that the snapshot is from]
    #[arg(long = "as", value_name = "LINE")]
    line: Option<Line>,
    /// The socket to listen at [default: one in a new folder]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Listen where KiCad would: `kicad/api.sock` below the folder for temporary files
    #[arg(long, conflicts_with = "socket")]
    like_kicad: bool,
    /// The token [default: a new one]
    #[arg(long)]
    token: Option<String>,
    /// Make a fault happen; may be given more than once
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Injection>,
    /// A folder to save to: the board, and the copies that a client wants there [default: nothing is written]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// How many milliseconds the filling of zones takes
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = quantity::whole::<u64>)]
    fill: u64,
    /// Say that it is busy while zones are filled, as KiCad's documentation says, and not nothing at all, as KiCad does
    #[arg(long)]
    busy_fill: bool,
    /// Leave out KiCad's bugs
    #[arg(long)]
    no_bugs: bool,
    /// Leave out one of KiCad's bugs, such as `empty-delete-items`; may be given more than once
    #[arg(long, value_name = "BUG", conflicts_with = "no_bugs")]
    without: Vec<Habit>,
    /// Refuse clients that send no token, which KiCad accepts
    #[arg(long)]
    require_token: bool,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let emulator = if args.snapshot.as_os_str() == "demo" {
        Emulator::demo_of(args.line.unwrap_or(Line::V10_0))
    } else {
        Emulator::new(Snapshot::load(&args.snapshot)?)
    };
    let emulator = args.faults.iter().fold(emulator, |emulator, fault| emulator.fault(fault.clone()));
    let emulator = match args.line {
        Some(line) => emulator.line(line),
        None => emulator,
    };
    let emulator = match (&args.socket, args.like_kicad) {
        (Some(path), _) => emulator.place(Place::socket(path)?),
        (None, true) => emulator.place(Place::kicad()),
        (None, false) => emulator,
    };
    let emulator = match &args.token {
        Some(token) => emulator.token(token),
        None => emulator,
    };
    let emulator = if args.no_bugs { emulator.habits(Habits::none()) } else { emulator };
    let emulator = args.without.iter().fold(emulator, |emulator, habit| emulator.without(*habit));
    let emulator = if args.require_token { emulator.accepted_tokens(Tokens::Right) } else { emulator };
    let emulator = match &args.folder {
        Some(folder) => emulator.folder(folder),
        None => emulator,
    };
    let time = Duration::from_millis(args.fill);
    let emulator = emulator.fill(if args.busy_fill { Fill::Busy(time) } else { Fill::Silent(time) });

    let end = interrupt::awaited();
    let kicad = emulator.start()?;
    // It goes on if nobody reads that any more.
    let mut out = std::io::stdout();
    let (socket, token) = (kicad.socket().to_string(), kicad.token());
    let _ = match format {
        Format::Text => writeln!(out, "KICAD_API_SOCKET={socket}\nKICAD_API_TOKEN={token}"),
        Format::Json => writeln!(out, "{}", json!({ "KICAD_API_SOCKET": socket, "KICAD_API_TOKEN": token })),
    };
    let _ = out.flush();
    let _ = end.recv();
    kicad.stop();
    Ok(())
}
