//! `kiapi drc`: markers of design rule checks.

use clap::builder::NonEmptyStringValueParser;
use kiapi::{Id, Severity, Vector2};
use serde_json::json;

use crate::interrupt;
use crate::output::{self, Format};
use crate::quantity;
use crate::table::{green, say};
use crate::target::Target;

/// Put markers of a design rule check on the board
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Inject(InjectArgs),
}

/// Put a marker on the board, as a design rule check does
///
/// It needs KiCad 10.0.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi drc inject 'too close to the edge' --at 12mm,3mm
  kiapi drc inject look --severity info --at 0,1in --item e883a1d4-5de0-4997-84b5-a81842d87208")]
struct InjectArgs {
    /// What the marker says
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    message: String,
    /// Where it is: X,Y
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    at: Vector2,
    /// How bad it is
    #[arg(long, value_enum, default_value_t = Level::Error)]
    severity: Level,
    /// The whole id of an item that it is about; may be given more than once
    #[arg(long = "item", value_name = "ID")]
    items: Vec<Id>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    Error,
    Warning,
    Exclusion,
    Ignore,
    Info,
    Action,
    Debug,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Exclusion => Self::Exclusion,
            Level::Ignore => Self::Ignore,
            Level::Info => Self::Info,
            Level::Action => Self::Action,
            Level::Debug => Self::Debug,
        }
    }
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let What::Inject(args) = &args.what;
    let board = args.target.board()?;
    let severity = Severity::from(args.severity);
    let id = if args.dry_run {
        None
    } else {
        let items = args.items.iter().copied();
        let id = interrupt::uninterrupted(|| {
            let id = board.inject_drc_error(severity, &args.message, args.at, items)?;
            // KiCad began a commit for it and forgot that; the next call ends it.
            board.kicad().ping()?;
            Ok(id)
        })?;
        Some(id)
    };
    match (format, id) {
        (Format::Json, id) => output::json(&json!({
            "dry_run": args.dry_run, "marker": id.map(|id| id.to_string()),
        })),
        (Format::Text, Some(id)) => say!("{} {severity:?} at {}: {id}", green("marker"), args.at),
        (Format::Text, None) => say!("a marker would be put at {}; nothing was done", args.at),
    }
    Ok(())
}
