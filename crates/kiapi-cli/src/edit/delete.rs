//! `kiapi delete`: items that go.

use super::{Edit, How};
use crate::choose::{Choice, Pads};
use crate::output::Format;
use crate::target::Target;

/// Delete items
///
/// In one step of undo. A group goes alone, and its members stay. Locked items stay, and are told of, unless --locked is said: KiCad's API itself would delete them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi delete --type track,arc,via --net GND --dry-run
  kiapi delete --type via --net '/O*'
  kiapi delete 04d2be09 3e9b               items whose ids begin so")]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?;
    let items = args.choice.items(&board.with_options(args.target.patient()), Pads::OnlyByName)?;
    Edit { board: &board, how: &args.how, format, verb: "delete" }.delete(items)
}
