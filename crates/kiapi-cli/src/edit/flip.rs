//! `kiapi flip`: items on the other side of the board.

use anyhow::Context as _;
use kiapi::api::board::commands::FlipItems;
use kiapi::{Command as _, FlipDirection, Id, Item};

use super::{Edit, How, ungrouped};
use crate::choose::{Choice, Pads};
use crate::output::Format;
use crate::refusal::{Refusal, Refused};
use crate::target::Target;

/// Flip items to the other side of the board
///
/// Each about its own position, in one step of undo. KiCad flips them since 10.0.6; with an older one, --by-update has
/// kiapi flip them, as KiCad would, and send them as changed items.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi flip --ref U1
  kiapi flip --selection --top-bottom
  kiapi flip --ref 'C*' --by-update        with KiCad 9.0")]
pub(crate) struct Args {
    /// Let top and bottom change places, and not left and right
    #[arg(long)]
    top_bottom: bool,
    /// Flip the items here and send them to KiCad as changed, which every KiCad takes
    #[arg(long)]
    by_update: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?;
    let direction = if args.top_bottom { FlipDirection::TopBottom } else { FlipDirection::LeftRight };
    let version = board.kicad().version();
    if !args.by_update && version < FlipItems::SINCE {
        // Nothing is read for a command that cannot be; kiapi's own error says why.
        board
            .flip([Id::random()], direction)
            .context("this KiCad does not flip items through its API; --by-update does it all the same")?;
    }
    let items =
        ungrouped(&board, args.choice.items(&board.with_options(args.target.patient()), Pads::OnlyByName)?)?;
    let edit = Edit { board: &board, how: &args.how, format, verb: "flip" };
    if args.by_update || args.how.dry_run {
        // KiCad 9 flips every board as if it had two layers of copper.
        let copper = if version < FlipItems::SINCE { 2 } else { board.copper_layer_count()? };
        let about = |item: &Item| item.position().unwrap_or_default();
        return edit.update(items, |item| item.flip(about(item), direction, copper).map(drop));
    }
    let total = items.len();
    let (items, refused) = edit.changeable(items)?;
    edit.stop_if_refused(&refused, total)?;
    if items.is_empty() {
        return edit.report().update(Vec::new(), refused);
    }
    let flipped = edit.commit(items.len(), |commit| {
        let mut flipped = Vec::new();
        edit.in_chunks(&items, |chunk| {
            let ids: Vec<Id> = chunk.iter().filter_map(Item::id).collect();
            match commit.flip(ids, direction) {
                Ok(items) => flipped.extend(items),
                Err(error) if !error.items().is_empty() => {
                    return Err(Refused { items: Refusal::of_error(&error, chunk), total }.into());
                }
                Err(error) => return Err(error.into()),
            }
            Ok(())
        })?;
        Ok(flipped)
    })?;
    edit.report().update(items.into_iter().zip(flipped).collect(), refused)
}
