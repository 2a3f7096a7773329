//! `kiapi items` and `kiapi selection`.

use anyhow::Context as _;
use kiapi::{Any, Item, Layer, Nm, Vector2};
use serde_json::json;

use super::whole_board;
use crate::choose::{Choice, Pads, type_name};
use crate::columns::{self, Chosen, Column, column, mm, more, words};
use crate::failure::Usage;
use crate::output::{self, Format};
use crate::target::Target;

/// List the items of the board
///
/// Without a choice, all of them. Pads are listed beside the footprints that they lie in. Places are KiCad's: x to the right
/// and y down, in millimetres. KiCad 9 does not give dimensions, groups, barcodes and images.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi items --type track,via --net GND
  kiapi items --class Default --columns type,net,length_mm
  kiapi items --ref 'C*' --columns name,text,layers
  kiapi items --layer F.SilkS --json
  kiapi items --type zone --proto")]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    target: Target,
}

/// List what is selected in the editor
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi selection
  kiapi selection --columns id
  kiapi selection --proto")]
pub(crate) struct SelectionArgs {
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    target: Target,
}

/// What is shown of items.
#[derive(Debug, clap::Args)]
struct Shape {
    #[command(flatten)]
    columns: Chosen,
    /// Print all that KiCad says of each item, as canonical protobuf JSON
    #[arg(long, conflicts_with = "columns", help_heading = "What is shown")]
    proto: bool,
}

/// The layers that an item is on.
fn layers(item: &Item) -> Vec<Layer> {
    match item {
        Item::Via(via) => {
            let (from, to) = via.span();
            vec![from, to]
        }
        Item::Pad(pad) => {
            pad.as_proto().pad_stack.as_ref().map(|stack| stack.layers.clone()).unwrap_or_default()
        }
        Item::Zone(zone) => zone.as_proto().layers.clone(),
        _ => item.layer().into_iter().collect(),
    }
}

/// Where an item ends that goes from one place to another.
fn end(item: &Item) -> Option<Vector2> {
    match item {
        Item::Track(track) => Some(track.end()),
        Item::Arc(arc) => Some(arc.end()),
        _ => None,
    }
}

fn width(item: &Item) -> Option<Nm> {
    match item {
        Item::Track(track) => Some(track.width()),
        Item::Arc(arc) => Some(arc.width()),
        Item::Via(via) => Some(via.diameter()),
        Item::Shape(shape) => Some(shape.stroke_width()),
        _ => None,
    }
}

fn drill(item: &Item) -> Option<Nm> {
    match item {
        Item::Via(via) => Some(via.drill()),
        Item::Pad(pad) => {
            let drill = pad.as_proto().pad_stack.as_ref()?.drill.as_ref()?.diameter.as_ref()?;
            (drill.x_nm != 0).then_some(Nm(drill.x_nm))
        }
        _ => None,
    }
}

fn length(item: &Item) -> Option<Nm> {
    match item {
        Item::Track(track) => Some(track.length()),
        Item::Arc(arc) => Some(arc.length()),
        _ => None,
    }
}

fn angle(item: &Item) -> Option<f64> {
    match item {
        Item::Footprint(footprint) => Some(footprint.orientation().degrees()),
        Item::Text(text) => Some(text.angle().degrees()),
        Item::TextBox(text) => Some(text.angle().degrees()),
        Item::Barcode(barcode) => Some(barcode.orientation().degrees()),
        _ => None,
    }
}

/// What people call an item: a reference, a number, a name.
fn name(item: &Item) -> &str {
    match item {
        Item::Footprint(footprint) => footprint.reference(),
        Item::Pad(pad) => pad.number(),
        Item::Zone(zone) => zone.name(),
        Item::Group(group) => group.name(),
        Item::Field(field) => field.name(),
        _ => "",
    }
}

/// What can be read on an item.
fn text(item: &Item) -> &str {
    match item {
        Item::Footprint(footprint) => footprint.value(),
        Item::Text(text) => text.text(),
        Item::TextBox(text) => text.text(),
        Item::Dimension(dimension) => dimension.text(),
        Item::Barcode(barcode) => barcode.text(),
        Item::Field(field) => field.text(),
        _ => "",
    }
}

const COLUMNS: &[Column<Item>] = &[
    column("type", "Type", |it| json!(type_name(it))),
    column("name", "Name", |it| words(name(it))),
    column("net", "Net", |it| words(it.net().unwrap_or_default())),
    column("layers", "Layers", |it| layers(it).into_iter().map(columns::layer).collect()),
    column("x_mm", "x in mm>", |it| mm(it.position().map(|place| place.x))),
    column("y_mm", "y in mm>", |it| mm(it.position().map(|place| place.y))),
    more("end_x_mm", "To x in mm>", |it| mm(end(it).map(|place| place.x))),
    more("end_y_mm", "To y in mm>", |it| mm(end(it).map(|place| place.y))),
    more("angle_deg", "Angle>", |it| json!(angle(it))),
    more("width_mm", "Width in mm>", |it| mm(width(it))),
    more("drill_mm", "Drill in mm>", |it| mm(drill(it))),
    more("length_mm", "Length in mm>", |it| mm(length(it))),
    more("locked", "Locked", |it| json!(it.locked())),
    more("text", "Text", |it| words(text(it))),
    more("parent", "Lies in", |it| json!(it.parent().map(|id| id.to_string()))),
    more("about", "In words", |it| json!(it.to_string())),
    column("id", "Id", |it| json!(it.id().map(|id| id.to_string()))),
];

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.shape.check()?;
    let items = args.choice.matching(&whole_board(&args.target)?, Pads::Included)?;
    args.shape.print(&items, format)
}

pub(crate) fn selection(args: &SelectionArgs, format: Format) -> anyhow::Result<()> {
    args.shape.check()?;
    let items = whole_board(&args.target)?.selection()?;
    args.shape.print(&items, format)
}

impl Shape {
    fn check(&self) -> Result<(), Usage> {
        self.columns.check(COLUMNS)
    }

    fn print(&self, items: &[Item], format: Format) -> anyhow::Result<()> {
        if !self.proto {
            return Ok(self.columns.print(COLUMNS, items, format)?);
        }
        let items: Vec<Any> = items.iter().map(Item::to_any).collect();
        output::json_text(&output::pretty(&items).context("an item cannot be shown as JSON")?);
        Ok(())
    }
}
