//! Items of every type whose fields are drawn at random, each created, read, looked at, changed, turned over and deleted.

use kiapi_gen::Any;
use kiapi_gen::board::commands::{
    BoardFlipDirection, CheckPadstackPresenceOnLayers, FlipItems, GetPadShapeAsPolygon,
};
use kiapi_gen::board::types::{BoardLayer, Item, Pad, Via};
use kiapi_gen::common::commands::{
    BoundingBoxMode, CreateItems, DeleteItems, GetBoundingBox, GetItemsById, HitTest, UpdateItems,
};
use kiapi_gen::common::types::{Kiid, Vector2};

use super::make::{self, Cell};
use crate::board::id_of;
use crate::peer::Outcome;
use crate::run::Run;

/// How many of each type are made.
const EACH: usize = 4;

pub(super) fn run(run: &mut Run) -> Outcome {
    let each = if run.board.is_large() { 2 } else { EACH };
    let mut cell = Cell::default();
    for make in make::ALL {
        for _ in 0..each {
            let (item, other) = (make(run, cell), make(run, cell));
            one(run, cell, item, other)?;
            cell = cell.next();
        }
    }
    Ok(())
}

/// Takes an item through its life; `other` is of the same type and becomes what the item is changed to.
fn one(run: &mut Run, cell: Cell, item: Any, other: Any) -> Outcome {
    let header = run.board.header();
    let create = CreateItems::new().with_header(header.clone()).with_items([item]);
    let rows = run.call(&create)?.map(|answer| answer.created_items).unwrap_or_default();
    let Some(id) = rows.first().and_then(|row| row.item.as_ref()).and_then(id_of) else {
        return Ok(());
    };
    if id.value.is_empty() || id.value.starts_with("00000000") {
        // The nil id crashes KiCad 9.0.8.
        return Ok(());
    }
    look(run, cell, &id)?;
    pads(run, &id)?;
    if let Some(other) = with_id(&other, &id) {
        run.call(&UpdateItems::new().with_header(header.clone()).with_items([other]))?;
        look(run, cell, &id)?;
        pads(run, &id)?;
    }
    let flip = FlipItems::new().with_header(header.clone()).with_items([id.clone()]);
    let direction = 1 + i32::try_from(run.chance.below(2)).unwrap_or_default();
    run.call(&flip.with_direction(BoardFlipDirection::from(direction)))?;
    look(run, cell, &id)?;
    run.call(&DeleteItems::new().with_header(header).with_item_ids([id]))?;
    Ok(())
}

/// Asks for everything that KiCad shows or computes of an item.
fn look(run: &mut Run, cell: Cell, id: &Kiid) -> Outcome {
    let header = run.board.header();
    run.call(&GetItemsById::new().with_header(header.clone()).with_items([id.clone()]))?;
    for mode in [1, 2] {
        let command = GetBoundingBox::new().with_header(header.clone()).with_items([id.clone()]);
        run.call(&command.with_mode(BoundingBoxMode::from(mode)))?;
    }
    for _ in 0..4 {
        let Vector2 { x_nm, y_nm, .. } = cell.point(run);
        let tolerance = i32::try_from(run.chance.below(300_000)).unwrap_or_default();
        let position = Vector2::new().with_x_nm(x_nm).with_y_nm(y_nm);
        let command = HitTest::new().with_header(header.clone()).with_id(id.clone()).with_position(position);
        run.call(&command.with_tolerance(tolerance))?;
    }
    Ok(())
}

/// Asks for the copper of an item. Not after it was flipped: KiCad goes on with what it computed before.
fn pads(run: &mut Run, id: &Kiid) -> Outcome {
    let (document, header) = (run.board.document(), run.board.header());
    let found = run.call(&GetItemsById::new().with_header(header).with_items([id.clone()]))?;
    let found = found.and_then(|found| found.items.into_iter().next());
    let Some(found) = found.and_then(|any| Item::from_any(any).ok()) else {
        return Ok(());
    };
    let pads: Vec<Kiid> = match found {
        Item::Pad(Pad { id, .. }) | Item::Via(Via { id, .. }) => id.into_iter().collect(),
        Item::FootprintInstance(footprint) => {
            let items = footprint.definition.map(|definition| definition.items).unwrap_or_default();
            items.into_iter().filter_map(|any| any.unpack::<Pad>().ok()?.id).collect()
        }
        _ => Vec::new(),
    };
    if !pads.is_empty() {
        let layers = run.board.layers.clone();
        for layer in [BoardLayer::F_CU, BoardLayer::B_CU] {
            let command = GetPadShapeAsPolygon::new().with_board(document.clone()).with_pads(pads.clone());
            run.call(&command.with_layer(layer))?;
        }
        let command = CheckPadstackPresenceOnLayers::new().with_board(document).with_items(pads);
        run.call(&command.with_layers(layers))?;
    }
    Ok(())
}

/// The item with another id.
fn with_id(item: &Any, id: &Kiid) -> Option<Any> {
    let mut item = Item::from_any(item.clone()).ok()?;
    let place = match &mut item {
        Item::Track(item) => &mut item.id,
        Item::Arc(item) => &mut item.id,
        Item::Via(item) => &mut item.id,
        Item::Pad(item) => &mut item.id,
        Item::Zone(item) => &mut item.id,
        Item::BoardText(item) => &mut item.id,
        Item::BoardTextBox(item) => &mut item.id,
        Item::BoardGraphicShape(item) => &mut item.id,
        Item::Dimension(item) => &mut item.id,
        Item::Barcode(item) => &mut item.id,
        Item::FootprintInstance(item) => &mut item.id,
        _ => return None,
    };
    *place = Some(id.clone());
    Some(item.to_any())
}
