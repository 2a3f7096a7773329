//! `kiapi set`: the title block, text variables, origins and layers of a board.

mod on_layers;
mod title;
mod variables;

use kiapi::{Origin, Vector2};
use serde_json::{Value, json};

use crate::change::{self, Difference, between_values};
use crate::interrupt;
use crate::output::{self, Format};
use crate::quantity;
use crate::table::say;
use crate::target::Target;

/// Set the title block, text variables, origins or layers
///
/// These are no edits of items: KiCad does not undo them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Layers(on_layers::Args),
    Origin(OriginArgs),
    Title(title::Args),
    Variables(variables::Args),
}

/// Move the origin of the grid, or that of drill and placement files
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi set origin grid 10mm,-20mm
  kiapi set origin drill 0,0 --dry-run")]
struct OriginArgs {
    /// Which
    #[arg(value_enum)]
    origin: Which,
    /// Where it is to be: X,Y
    #[arg(value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    at: Vector2,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Grid,
    Drill,
}

/// What all of these have.
#[derive(Debug, clap::Args)]
struct Common {
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    match &args.what {
        What::Layers(args) => on_layers::run(args, format),
        What::Origin(args) => origin(args, format),
        What::Title(args) => title::run(args, format),
        What::Variables(args) => variables::run(args, format),
    }
}

fn origin(args: &OriginArgs, format: Format) -> anyhow::Result<()> {
    let board = args.common.target.board()?;
    let origin = match args.origin {
        Which::Grid => Origin::Grid,
        Which::Drill => Origin::Drill,
    };
    let value =
        |point: Vector2| json!({ "origin": { "xNm": point.x.0.to_string(), "yNm": point.y.0.to_string() } });
    let before = value(board.origin(origin)?);
    if args.common.dry_run {
        args.common.tell(&before, &value(args.at), format);
        return Ok(());
    }
    interrupt::uninterrupted(|| Ok(board.set_origin(origin, args.at)?))?;
    args.common.tell(&before, &value(board.origin(origin)?), format);
    Ok(())
}

impl Common {
    /// Tells what changed, or would.
    fn tell(&self, before: &Value, after: &Value, format: Format) {
        let fields = between_values(before, after);
        match format {
            Format::Json => output::json(&json!({
                "dry_run": self.dry_run,
                "fields": fields.iter().map(Difference::json).collect::<Vec<_>>(),
            })),
            Format::Text => {
                change::print_fields(&fields, "");
                match (fields.is_empty(), self.dry_run) {
                    (true, _) => say!("nothing changed: it is so already"),
                    (false, true) => say!("this would change; nothing was done"),
                    (false, false) => {}
                }
            }
        }
    }
}
