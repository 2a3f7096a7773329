//! `kiapi layers`.

use kiapi::Layer;
use serde_json::json;

use super::whole_board;
use crate::board;
use crate::columns::{Chosen, Column, column, layer, more};
use crate::output::Format;
use crate::target::Target;

/// List the layers of the board
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi layers
  kiapi layers --copper
  kiapi layers --visible --columns layer
  kiapi layers --json")]
pub(crate) struct Args {
    /// Only layers of copper
    #[arg(long)]
    copper: bool,
    /// Only layers that are shown in the editor
    #[arg(long)]
    visible: bool,
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

struct Row {
    layer: Layer,
    name: String,
    is_visible: bool,
    is_active: bool,
}

const COLUMNS: &[Column<Row>] = &[
    column("layer", "Layer", |row| layer(row.layer)),
    column("name", "Name", |row| json!(row.name)),
    column("purpose", "What it is", |row| json!(board::kind(row.layer))),
    column("visible", "Visible", |row| json!(row.is_visible)),
    column("active", "Active", |row| json!(row.is_active)),
    more("copper", "Copper", |row| json!(row.layer.is_copper())),
    more("proto_name", "In the API", |row| json!(kiapi::OpenEnum::proto_name(row.layer))),
    more("number", "Number>", |row| json!(row.layer.0)),
];

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.columns.check(COLUMNS)?;
    let board = whole_board(&args.target)?;
    let visible = board.visible_layers()?;
    let active = board.active_layer()?;
    let mut rows = Vec::new();
    for layer in board.enabled_layers()? {
        let is_visible = visible.contains(&layer);
        if (args.copper && !layer.is_copper()) || (args.visible && !is_visible) {
            continue;
        }
        rows.push(Row { layer, name: board.layer_name(layer)?, is_visible, is_active: layer == active });
    }
    Ok(args.columns.print(COLUMNS, &rows, format)?)
}
