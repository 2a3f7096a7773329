//! `kiapi set variables`: the text variables of the board's project.

use std::collections::BTreeMap;

use kiapi::Merge;
use serde_json::json;

use super::Common;
use crate::failure::Usage;
use crate::interrupt;
use crate::output::Format;

/// Set text variables of the board's project
///
/// Those that are not named stay, unless --replace is said.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi set variables BATCH=7 'MADE_BY=A & B'
  kiapi set variables --remove BATCH
  kiapi set variables --replace ONLY=this")]
pub(super) struct Args {
    /// A variable and what it stands for
    #[arg(value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Take a variable away; may be given more than once
    #[arg(long, value_name = "NAME", conflicts_with = "replace")]
    remove: Vec<String>,
    /// Take all others away
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    common: Common,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("a variable is written NAME=VALUE, such as `BATCH=7`".to_owned()),
    }
}

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    if args.variables.is_empty() && args.remove.is_empty() && !args.replace {
        return Err(Usage(
            "nothing is said that is to be set; write NAME=VALUE, or --remove NAME".to_owned(),
        )
        .into());
    }
    let board = args.common.target.board()?;
    let before = board.text_variables()?;
    if let Some(name) = args.remove.iter().find(|name| !before.contains_key(*name)) {
        return Err(Usage(format!("there is no text variable `{name}` to be removed")).into());
    }
    let mut after = if args.replace { BTreeMap::new() } else { before.clone() };
    after.retain(|name, _| !args.remove.contains(name));
    after.extend(args.variables.iter().cloned());
    if args.common.dry_run {
        args.common.tell(&json!(before), &json!(after), format);
        return Ok(());
    }
    if args.replace || !args.remove.is_empty() {
        interrupt::uninterrupted(|| Ok(board.set_text_variables(after, Merge::Replace)?))?;
    } else {
        interrupt::uninterrupted(|| {
            Ok(board.set_text_variables(args.variables.iter().cloned(), Merge::Merge)?)
        })?;
    }
    args.common.tell(&json!(before), &json!(board.text_variables()?), format);
    Ok(())
}
