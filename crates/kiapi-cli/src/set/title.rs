//! `kiapi set title`: the title block.

use super::Common;
use crate::failure::Usage;
use crate::interrupt;
use crate::output::Format;

/// Set parts of the title block
///
/// What is not said stays. It needs KiCad 10.0.1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi set title --revision B --date 2026-11-26
  kiapi set title --comment '1=checked by A.' --comment 2=")]
pub(super) struct Args {
    /// The title
    #[arg(long)]
    title: Option<String>,
    /// The date
    #[arg(long)]
    date: Option<String>,
    /// The revision
    #[arg(long)]
    revision: Option<String>,
    /// The company
    #[arg(long)]
    company: Option<String>,
    /// One of the comments, which are numbered from 1 to 9; may be given more than once
    #[arg(long = "comment", value_name = "N=TEXT", value_parser = comment)]
    comments: Vec<(u8, String)>,
    #[command(flatten)]
    common: Common,
}

fn comment(text: &str) -> Result<(u8, String), String> {
    let (number, text) = text.split_once('=').ok_or("a comment is written N=TEXT, such as `1=checked`")?;
    match number.parse() {
        Ok(number @ 1..=9) => Ok((number, text.to_owned())),
        _ => Err(format!("`{number}` is no number of a comment; they go from 1 to 9")),
    }
}

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let parts = [&args.title, &args.date, &args.revision, &args.company];
    if parts.iter().all(|part| part.is_none()) && args.comments.is_empty() {
        let text =
            "nothing is said that is to be set; say --title, --date, --revision, --company or --comment";
        return Err(Usage(text.to_owned()).into());
    }
    let board = args.common.target.board()?;
    let before = board.title_block()?;
    let mut title = before.clone();
    let put = |place: &mut String, text: &Option<String>| text.iter().for_each(|text| place.clone_from(text));
    put(&mut title.title, &args.title);
    put(&mut title.date, &args.date);
    put(&mut title.revision, &args.revision);
    put(&mut title.company, &args.company);
    for (number, text) in &args.comments {
        let place = match number {
            1 => &mut title.comment1,
            2 => &mut title.comment2,
            3 => &mut title.comment3,
            4 => &mut title.comment4,
            5 => &mut title.comment5,
            6 => &mut title.comment6,
            7 => &mut title.comment7,
            8 => &mut title.comment8,
            _ => &mut title.comment9,
        };
        place.clone_from(text);
    }
    let before = serde_json::to_value(&before)?;
    if args.common.dry_run {
        args.common.tell(&before, &serde_json::to_value(&title)?, format);
        return Ok(());
    }
    interrupt::uninterrupted(|| Ok(board.set_title_block(title)?))?;
    args.common.tell(&before, &serde_json::to_value(board.title_block()?)?, format);
    Ok(())
}
