//! `kiapi title` and `kiapi variables`: the words that stand for the whole board.

use kiapi::api::common::types::TitleBlockInfo;
use serde_json::{Map, Value, json};

use super::{is_one_of, whole_board};
use crate::columns::{Chosen, Column, column};
use crate::output::{self, Format};
use crate::table;
use crate::target::Target;

/// Show the title block of the board
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi title
  kiapi title --json")]
pub(crate) struct Args {
    #[command(flatten)]
    target: Target,
}

/// What a title block says, by what JSON calls it.
fn words(title: &TitleBlockInfo) -> [(&'static str, &str); 13] {
    [
        ("title", &title.title),
        ("date", &title.date),
        ("revision", &title.revision),
        ("company", &title.company),
        ("comment1", &title.comment1),
        ("comment2", &title.comment2),
        ("comment3", &title.comment3),
        ("comment4", &title.comment4),
        ("comment5", &title.comment5),
        ("comment6", &title.comment6),
        ("comment7", &title.comment7),
        ("comment8", &title.comment8),
        ("comment9", &title.comment9),
    ]
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let title = whole_board(&args.target)?.title_block()?;
    let words = words(&title);
    match format {
        Format::Json => {
            let entries = words.iter().map(|(name, text)| ((*name).to_owned(), json!(text)));
            output::json(&Value::Object(entries.collect::<Map<_, _>>()));
        }
        Format::Text => {
            let said = words.iter().filter(|(_, text)| !text.is_empty());
            table::print(
                ["Field", "Text"],
                said.map(|(name, text)| [(*name).to_owned(), table::harmless(text)]),
            );
        }
    }
    Ok(())
}

/// List the text variables of the project
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi variables
  kiapi variables 'REV*' --columns value
  kiapi variables --expand 'by ${COMPANY}, ${TITLE}'
  kiapi variables --json")]
pub(crate) struct VariablesArgs {
    /// Names to list; `*` stands for any letters
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print this text as KiCad shows it on the board, and no list; may be given more than once
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["names", "columns"])]
    expand: Vec<String>,
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

const COLUMNS: &[Column<(String, String)>] =
    &[column("name", "Variable", |it| json!(it.0)), column("value", "Value", |it| json!(it.1))];

pub(crate) fn variables(args: &VariablesArgs, format: Format) -> anyhow::Result<()> {
    args.columns.check(COLUMNS)?;
    let board = whole_board(&args.target)?;
    if !args.expand.is_empty() {
        let texts = board.expand_text_variables(&args.expand)?;
        match format {
            Format::Json => output::json(&json!(texts)),
            Format::Text => texts.iter().for_each(|text| table::say!("{}", table::harmless(text))),
        }
        return Ok(());
    }
    let mut variables: Vec<(String, String)> = board.text_variables()?.into_iter().collect();
    variables.retain(|(name, _)| is_one_of(&args.names, name));
    Ok(args.columns.print(COLUMNS, &variables, format)?)
}
