//! `kiapi items` and `kiapi selection`.

use std::collections::BTreeSet;

use anyhow::Context as _;
use kiapi::items::ObjectType;
use kiapi::{Board, Id, Item, Layer, Nm, Vector2};
use serde_json::{Value, json};

use super::{is_one_of, whole_board};
use crate::columns::{self, Chosen, Column, column, mm, more, words};
use crate::failure::Usage;
use crate::output::{self, Format};
use crate::reflect::did_you_mean;
use crate::target::Target;

/// The types of items, as they are called here.
const TYPES: [(ObjectType, &str); 13] = [
    (ObjectType::PCB_TRACE, "track"),
    (ObjectType::PCB_ARC, "arc"),
    (ObjectType::PCB_VIA, "via"),
    (ObjectType::PCB_PAD, "pad"),
    (ObjectType::PCB_ZONE, "zone"),
    (ObjectType::PCB_FOOTPRINT, "footprint"),
    (ObjectType::PCB_SHAPE, "shape"),
    (ObjectType::PCB_TEXT, "text"),
    (ObjectType::PCB_TEXTBOX, "textbox"),
    (ObjectType::PCB_DIMENSION, "dimension"),
    (ObjectType::PCB_GROUP, "group"),
    (ObjectType::PCB_BARCODE, "barcode"),
    (ObjectType::PCB_REFERENCE_IMAGE, "image"),
];

/// List the items of the board
///
/// All conditions must hold. Pads are listed beside the footprints that they lie in. Places are KiCad's: x to the right and
/// y down, in millimetres. KiCad 9 does not give dimensions, groups, barcodes and images.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The types: track, arc, via, pad, zone, footprint, shape, text, textbox, dimension, group, barcode, image.

Examples:
  kiapi items --type track,via --net GND
  kiapi items --class Default --columns type,net,length_mm
  kiapi items --layer F.SilkS --json
  kiapi items --type zone --proto"
)]
pub(crate) struct Args {
    /// Only items of these types
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',', value_parser = object_type)]
    types: Vec<ObjectType>,
    /// Only items on this net; `*` stands for any letters; may be given more than once
    #[arg(long = "net", value_name = "NET")]
    nets: Vec<String>,
    /// Only items on nets of this class; may be given more than once
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Only items that are on this layer, such as `F.Cu`; may be given more than once
    #[arg(long = "layer", value_name = "LAYER", value_parser = layer)]
    layers: Vec<Layer>,
    /// Only items with these ids
    #[arg(long = "id", value_name = "IDS", value_delimiter = ',')]
    ids: Vec<Id>,
    /// Only items that are selected in the editor
    #[arg(long)]
    selected: bool,
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
    #[arg(long, conflicts_with = "columns")]
    proto: bool,
}

fn object_type(text: &str) -> Result<ObjectType, String> {
    let known = TYPES.iter().find(|(_, name)| *name == text);
    known.map(|(of, _)| *of).ok_or_else(|| {
        let names: Vec<&str> = TYPES.iter().map(|(_, name)| *name).collect();
        format!("it is no type{}; there are {}", did_you_mean(text, names.iter().copied()), names.join(", "))
    })
}

fn layer(text: &str) -> Result<Layer, String> {
    Layer::from_canonical_name(text).ok_or_else(|| {
        let names = Layer::all().filter_map(Layer::canonical_name);
        format!("it is no layer such as `F.Cu`{}", did_you_mean(text, names))
    })
}

/// What a type is called here.
fn type_name(item: &Item) -> String {
    let known = TYPES.iter().find(|(of, _)| *of == item.kind());
    match (known, item) {
        (Some((_, name)), _) => (*name).to_owned(),
        (None, Item::Field(_)) => "field".to_owned(),
        (None, Item::Unknown(any)) => any.full_name().to_owned(),
        (None, _) => format!("{:?}", item.kind()).to_lowercase(),
    }
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

/// Whether an item is on a layer; a via is on all copper between its ends.
fn is_on(item: &Item, layer: Layer) -> bool {
    match item {
        Item::Via(via) => {
            let (from, to) = via.span();
            layer.is_copper() && (from.0.min(to.0)..=from.0.max(to.0)).contains(&layer.0)
        }
        _ => layers(item).contains(&layer),
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
        Item::Track(track) => Some((track.end() - track.start()).length()),
        Item::Arc(arc) => Some(kiapi::geometry::Arc::new(arc.start(), arc.mid(), arc.end()).length()),
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

/// What an item lies in, as far as KiCad says it.
fn parent(item: &Item) -> Option<Id> {
    match item {
        Item::Track(it) => it.parent(),
        Item::Arc(it) => it.parent(),
        Item::Via(it) => it.parent(),
        Item::Pad(it) => it.parent(),
        Item::Zone(it) => it.parent(),
        Item::Text(it) => it.parent(),
        Item::TextBox(it) => it.parent(),
        Item::Dimension(it) => it.parent(),
        Item::Group(it) => it.parent(),
        Item::Barcode(it) => it.parent(),
        Item::ReferenceImage(it) => it.parent(),
        Item::Shape(it) => it.parent(),
        Item::Footprint(it) => it.parent(),
        _ => None,
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
    more("parent", "Lies in", |it| json!(parent(it).map(|id| id.to_string()))),
    more("about", "In words", |it| json!(it.to_string())),
    column("id", "Id", |it| json!(it.id().map(|id| id.to_string()))),
];

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.shape.check()?;
    let items = read(&whole_board(&args.target)?, args)?;
    args.shape.print(&items, format)
}

pub(crate) fn selection(args: &SelectionArgs, format: Format) -> anyhow::Result<()> {
    args.shape.check()?;
    let items = whole_board(&args.target)?.selection()?;
    args.shape.print(&items, format)
}

/// The items for which all conditions hold. KiCad looks for what it can look for, and the rest is done here.
fn read(board: &Board, args: &Args) -> anyhow::Result<Vec<Item>> {
    let has_pattern = args.nets.iter().any(|net| net.contains(['*', '?']));
    let mut items: Vec<Item> = if !args.ids.is_empty() {
        let found = board.items_by_id(args.ids.iter().copied())?;
        let lost = args.ids.iter().zip(&found).find(|(_, item)| item.is_none());
        if let Some((id, _)) = lost {
            return Err(Usage(format!("no item of this board has the id {id}")).into());
        }
        found.into_iter().flatten().collect()
    } else if args.selected {
        board.selection()?
    } else if !args.nets.is_empty() && !has_pattern {
        board.items_by_net(&args.nets)?
    } else if !args.classes.is_empty() {
        board.items_by_net_class(&args.classes)?
    } else if !args.types.is_empty() {
        board.items_of(args.types.iter().copied())?
    } else {
        board.items()?
    };
    if args.selected && !args.ids.is_empty() {
        let selected: BTreeSet<Id> = board.selection()?.iter().filter_map(Item::id).collect();
        items.retain(|item| item.id().is_some_and(|id| selected.contains(&id)));
    }
    if !args.classes.is_empty() {
        let nets: BTreeSet<String> =
            board.nets_of_classes(&args.classes)?.into_iter().map(|net| net.name).collect();
        items.retain(|item| item.net().is_some_and(|net| nets.contains(net)));
    }
    items.retain(|item| {
        (args.types.is_empty() || args.types.contains(&item.kind()))
            && (args.nets.is_empty() || item.net().is_some_and(|net| is_one_of(&args.nets, net)))
            && (args.layers.is_empty() || args.layers.iter().any(|layer| is_on(item, *layer)))
    });
    Ok(items)
}

impl Shape {
    fn check(&self) -> Result<(), Usage> {
        self.columns.check(COLUMNS)
    }

    fn print(&self, items: &[Item], format: Format) -> anyhow::Result<()> {
        if !self.proto {
            return Ok(self.columns.print(COLUMNS, items, format)?);
        }
        let json: Result<Vec<Value>, _> =
            items.iter().map(|item| serde_json::to_value(item.to_any())).collect();
        output::json(&Value::Array(json.context("an item cannot be shown as JSON")?));
        Ok(())
    }
}
