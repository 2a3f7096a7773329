//! `kiapi move`: items to another place.

use anyhow::Context as _;
use kiapi::Vector2;

use super::{Edit, How, ungrouped};
use crate::choose::{Choice, Pads};
use crate::failure::Usage;
use crate::output::Format;
use crate::quantity;
use crate::target::Target;

/// Move items
///
/// All of them by the same distance, in one step of undo. A footprint takes everything along that belongs to it, a group
/// its members.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("where").required(true).args(["by", "to"])),
    after_help = "Lengths have units: 10mm, 25mil, 0.1in, 250um. x goes to the right, y downwards.

Examples:
  kiapi move --ref R1 --by 10mm,0            ten millimetres to the right
  kiapi move --ref 'C*' --by 0,-25mil --dry-run
  kiapi move e883 --to 50mm,42.5mm           the item whose id begins with e883
  kiapi move --selection --by 1mm,1mm -m 'make room'"
)]
pub(crate) struct Args {
    /// How far: X,Y
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    by: Option<Vector2>,
    /// Where one item is to be: X,Y of what KiCad calls its position
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    to: Option<Vector2>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?;
    let items =
        ungrouped(&board, args.choice.items(&board.with_options(args.target.patient()), Pads::OnlyByName)?)?;
    let by = match (args.by, args.to, items.as_slice()) {
        (Some(by), ..) => by,
        (None, Some(to), [item]) => {
            let at = item.position().with_context(|| format!("it is not known where {item} is"))?;
            to - at
        }
        (None, _, items) => {
            let text = format!("--to is for one item, and {} are chosen; --by moves them all", items.len());
            return Err(Usage(text).into());
        }
    };
    let edit = Edit { board: &board, how: &args.how, format, verb: "move" };
    edit.update(items, |item| item.move_by(by).map(drop))
}
