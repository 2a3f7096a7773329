//! `kiapi classes`: the net classes of the project.

use kiapi::Nm;
use kiapi::api::board::types::PadStack;
use kiapi::api::common::project::{NetClass, NetClassBoardSettings, NetClassType};
use kiapi::api::common::types::Distance;
use serde_json::{Value, json};

use super::{is_one_of, whole_board};
use crate::columns::{Chosen, Column, column, distance, mm, more, words};
use crate::output::Format;
use crate::target::Target;

/// List the net classes of the project
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A value that a class does not set comes from the classes below it, and is empty here.

Examples:
  kiapi classes
  kiapi classes Default --columns all
  kiapi classes --json"
)]
pub(crate) struct Args {
    /// Names to list; `*` stands for any letters
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

const COLUMNS: &[Column<NetClass>] = &[
    column("name", "Class", |class| json!(class.name)),
    column("priority", "Priority>", |class| json!(class.priority)),
    more("type", "Type", |class| match class.r#type {
        NetClassType::EXPLICIT => json!("explicit"),
        NetClassType::IMPLICIT => json!("implicit"),
        NetClassType::UNKNOWN => Value::Null,
        other => json!(i32::from(other)),
    }),
    column("clearance_mm", "Clearance in mm>", |class| length(class, |it| it.clearance.as_ref())),
    column("track_width_mm", "Track in mm>", |class| length(class, |it| it.track_width.as_ref())),
    column("via_diameter_mm", "Via in mm>", |class| via(class).0),
    column("via_drill_mm", "Its drill in mm>", |class| via(class).1),
    more("microvia_diameter_mm", "Microvia in mm>", |class| microvia(class).0),
    more("microvia_drill_mm", "Its drill in mm>", |class| microvia(class).1),
    more("diff_pair_width_mm", "Width of pairs in mm>", |class| {
        length(class, |it| it.diff_pair_track_width.as_ref())
    }),
    more("diff_pair_gap_mm", "Gap of pairs in mm>", |class| length(class, |it| it.diff_pair_gap.as_ref())),
    more("diff_pair_via_gap_mm", "Gap of their vias in mm>", |class| {
        length(class, |it| it.diff_pair_via_gap.as_ref())
    }),
    more("tuning_profile", "Tuning", |class| {
        words(class.board.as_ref().and_then(|board| board.tuning_profile.as_deref()).unwrap_or_default())
    }),
    more("wire_width_mm", "Wire in mm>", |class| {
        distance(class.schematic.as_ref().and_then(|schematic| schematic.wire_width.as_ref()))
    }),
    more("bus_width_mm", "Bus in mm>", |class| {
        distance(class.schematic.as_ref().and_then(|schematic| schematic.bus_width.as_ref()))
    }),
    more("classes", "Made of", |class| json!(class.constituents)),
];

fn length(class: &NetClass, of: fn(&NetClassBoardSettings) -> Option<&Distance>) -> Value {
    distance(class.board.as_ref().and_then(of))
}

fn via(class: &NetClass) -> (Value, Value) {
    hole(class.board.as_ref().and_then(|board| board.via_stack.as_ref()))
}

fn microvia(class: &NetClass) -> (Value, Value) {
    hole(class.board.as_ref().and_then(|board| board.microvia_stack.as_ref()))
}

/// The diameters of the copper and of the hole.
fn hole(stack: Option<&PadStack>) -> (Value, Value) {
    let copper = stack.and_then(|stack| stack.copper_layers.first()?.size.as_ref());
    let drill = stack.and_then(|stack| stack.drill.as_ref()?.diameter.as_ref());
    (mm(copper.map(|size| Nm(size.x_nm))), mm(drill.map(|size| Nm(size.x_nm))))
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.columns.check(COLUMNS)?;
    let mut classes = whole_board(&args.target)?.net_classes()?;
    classes.retain(|class| is_one_of(&args.names, &class.name));
    Ok(args.columns.print(COLUMNS, &classes, format)?)
}
