//! `kiapi nets`.

use std::collections::BTreeMap;

use kiapi::api::common::project::{NetClass, NetClassBoardSettings};
use serde_json::json;

use super::{is_one_of, whole_board};
use crate::columns::{Chosen, Column, column, distance, more};
use crate::output::Format;
use crate::target::Target;

/// List the nets of the board, with what their classes say
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi nets
  kiapi nets 'GND' '*SDA*'
  kiapi nets --class Default --columns name,clearance_mm
  kiapi nets --json")]
pub(crate) struct Args {
    /// Names to list; `*` stands for any letters
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only nets of this class; may be given more than once
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

struct Row {
    name: String,
    class: Option<NetClass>,
}

impl Row {
    fn settings(&self) -> Option<&NetClassBoardSettings> {
        self.class.as_ref()?.board.as_ref()
    }
}

const COLUMNS: &[Column<Row>] = &[
    column("name", "Net", |row| json!(row.name)),
    column("class", "Class", |row| json!(row.class.as_ref().map(|class| &class.name))),
    more("classes", "Made of", |row| json!(row.class.as_ref().map(|class| &class.constituents))),
    column("track_width_mm", "Track in mm>", |row| {
        distance(row.settings().and_then(|settings| settings.track_width.as_ref()))
    }),
    column("clearance_mm", "Clearance in mm>", |row| {
        distance(row.settings().and_then(|settings| settings.clearance.as_ref()))
    }),
    more("diff_pair_gap_mm", "Gap of pairs in mm>", |row| {
        distance(row.settings().and_then(|settings| settings.diff_pair_gap.as_ref()))
    }),
    more("diff_pair_width_mm", "Width of pairs in mm>", |row| {
        distance(row.settings().and_then(|settings| settings.diff_pair_track_width.as_ref()))
    }),
];

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.columns.check(COLUMNS)?;
    let board = whole_board(&args.target)?;
    // KiCad gives the net that stands for no net, too.
    let nets = board.nets_of_classes(&args.classes)?.into_iter().map(|net| net.name);
    let names: Vec<String> = nets.filter(|name| !name.is_empty() && is_one_of(&args.names, name)).collect();
    let mut classes = if names.is_empty() { BTreeMap::new() } else { board.net_class_of(&names)? };
    let rows: Vec<Row> = names.into_iter().map(|name| Row { class: classes.remove(&name), name }).collect();
    Ok(args.columns.print(COLUMNS, &rows, format)?)
}
