//! `kiapi select`: what is selected in the editor.

use kiapi::{Id, Item};
use serde_json::json;

use crate::change::item_json;
use crate::choose::{Choice, Pads};
use crate::failure::{SHOWN, Usage};
use crate::interrupt;
use crate::output::{self, Format};
use crate::table::{dim, one_line, say, short_id};
use crate::target::Target;

/// Select items in KiCad's editor
///
/// They take the place of what was selected, unless --add or --remove says otherwise.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Examples:
  kiapi select --ref 'R*'
  kiapi select --net GND --type track,via --add
  kiapi select --clear")]
pub(crate) struct Args {
    /// Select them beside what is selected
    #[arg(long, conflicts_with_all = ["remove", "clear"])]
    add: bool,
    /// Select them no more
    #[arg(long, conflicts_with = "clear")]
    remove: bool,
    /// Select nothing
    #[arg(long)]
    clear: bool,
    /// Show what would be selected, and select nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    if args.clear && !args.choice.is_empty() {
        return Err(Usage("--clear selects nothing, so nothing can be chosen with it".to_owned()).into());
    }
    let board = args.target.board()?;
    let chosen = if args.clear {
        Vec::new()
    } else {
        args.choice.items(&board.with_options(args.target.patient()), Pads::Included)?
    };
    let ids: Vec<Id> = chosen.iter().filter_map(Item::id).collect();
    if args.dry_run {
        tell(args, &chosen, format);
        return Ok(());
    }
    // Ctrl-C leaves neither half of it undone nor what was done untold.
    let selected = interrupt::uninterrupted(|| {
        if args.remove {
            return Ok(board.remove_from_selection(ids)?);
        }
        if !args.add {
            board.clear_selection()?;
        }
        Ok(if ids.is_empty() { Vec::new() } else { board.add_to_selection(ids)? })
    })?;
    tell(args, &selected, format);
    Ok(())
}

fn tell(args: &Args, items: &[Item], format: Format) {
    match format {
        Format::Json => output::json(&json!({
            "dry_run": args.dry_run,
            if args.dry_run { "chosen" } else { "selection" }: items.iter().map(item_json).collect::<Vec<_>>(),
        })),
        Format::Text => {
            for item in items.iter().take(SHOWN) {
                say!("{}  {}", one_line(&item.to_string()), dim(&short_id(item.id())));
            }
            if items.len() > SHOWN {
                say!("… and {} more; --json has them all", items.len() - SHOWN);
            }
            let word = if items.len() == 1 { "item" } else { "items" };
            match args.dry_run {
                true => say!("{} {word} chosen; nothing was done", items.len()),
                false => say!("{} {word} selected now", items.len()),
            }
        }
    }
}
