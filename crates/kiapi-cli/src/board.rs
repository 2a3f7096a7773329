//! What the command shows of a board.

use kiapi::items::ObjectType;
use kiapi::{Board, Footprint, Item, Layer};

use crate::table::{self, mm};

/// The layers, in KiCad's order.
pub(crate) fn show_layers(board: &Board) -> kiapi::Result<()> {
    let layers = board.enabled_layers()?;
    let mut rows = Vec::new();
    for &layer in &layers {
        rows.push([board.layer_name(layer)?, kind(layer).to_owned()]);
    }
    let copper = layers.iter().filter(|layer| layer.is_copper()).count();
    table::heading(&format!("Layers: {}, {copper} of copper", rows.len()));
    table::print(["Name", "What it is"], rows);
    Ok(())
}

/// What a layer is for, in a word or two.
pub(crate) fn kind(layer: Layer) -> &'static str {
    match layer {
        _ if layer.is_copper() => "copper",
        Layer::F_SILKS | Layer::B_SILKS => "silkscreen",
        Layer::F_MASK | Layer::B_MASK => "solder mask",
        Layer::F_PASTE | Layer::B_PASTE => "solder paste",
        Layer::F_ADHES | Layer::B_ADHES => "adhesive",
        Layer::F_CRTYD | Layer::B_CRTYD => "courtyard",
        Layer::F_FAB | Layer::B_FAB => "fabrication",
        Layer::EDGE_CUTS => "the board's outline",
        Layer::MARGIN => "margin",
        _ => "drawings",
    }
}

/// The nets with their classes.
pub(crate) fn show_nets(board: &Board) -> kiapi::Result<()> {
    let nets: Vec<String> =
        board.nets()?.into_iter().map(|net| net.name).filter(|name| !name.is_empty()).collect();
    let classes = board.net_class_of(&nets)?;
    table::heading(&format!("Nets: {}", nets.len()));
    let rows = nets.iter().map(|net| {
        let class = classes.get(net).map(|class| class.name.clone()).unwrap_or_default();
        let settings = classes.get(net).and_then(|class| class.board.as_ref());
        let width = settings.and_then(|settings| settings.track_width.as_ref());
        let width = width.map(|width| format!("{} mm", mm(width.value_nm))).unwrap_or_default();
        [net.clone(), class, width]
    });
    table::print(["Name", "Class", "Track width>"], rows);
    Ok(())
}

/// The footprints, and where they are.
pub(crate) fn show_footprints(footprints: &[Footprint]) {
    table::heading(&format!("Footprints: {}", footprints.len()));
    let rows = footprints.iter().map(|footprint| {
        let place = footprint.position();
        let side = if footprint.layer() == Layer::B_CU { "back" } else { "front" };
        [
            footprint.reference().to_owned(),
            footprint.value().to_owned(),
            mm(place.x.0),
            mm(place.y.0),
            format!("{}°", footprint.orientation().degrees()),
            side.to_owned(),
        ]
    });
    table::print(["Reference", "Value", "x in mm>", "y in mm>", "Angle>", "Side"], rows);
}

/// How many items of each type there are. Pads are their footprints'.
pub(crate) fn show_counts(items: &[Item]) {
    let mut counts: Vec<(ObjectType, usize)> = Vec::new();
    for kind in items.iter().map(Item::kind).filter(|kind| *kind != ObjectType::PCB_PAD) {
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    table::heading("Items");
    let name = |kind| format!("{kind:?}").trim_start_matches("PCB_").to_lowercase().replace('_', " ");
    table::print(
        ["Type", "How many>"],
        counts.into_iter().map(|(kind, count)| [name(kind), count.to_string()]),
    );
}
