//! What guards look at in the items that a command carries.

use std::any::Any as Dynamic;

use kiapi_gen::board::types::{BoardLayer, BoardTextBox, Item};
use kiapi_gen::common::commands::{CreateItems, UpdateItems};
use kiapi_gen::common::types::{self, Kiid};
use kiapi_gen::{Any, OpenEnum};

use super::table::of;
use crate::{Vector2, geometry, items};

/// The id that stands for no item.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// The items that a command carries.
#[inline]
pub(super) fn carried(command: &dyn Dynamic) -> &[Any] {
    match (of::<CreateItems>(command), of::<UpdateItems>(command)) {
        (Some(CreateItems { items, .. }), _) | (_, Some(UpdateItems { items, .. })) => items,
        _ => &[],
    }
}

/// Whether no guard can mind an item, by a look that costs little: for what boards have thousands of.
#[inline]
pub(super) fn is_plain(item: &items::Item) -> bool {
    let is_near = |nm: i64| nm.unsigned_abs() < u64::from(u32::MAX / 4);
    let is_near_point = |point: &Option<types::Vector2>| {
        point.as_ref().is_none_or(|point| is_near(point.x_nm) && is_near(point.y_nm))
    };
    let has_id = |id: &Option<Kiid>| id.as_ref().is_none_or(|id| !is_nil(id));
    match item {
        items::Item::Track(item) => {
            let item = item.as_proto();
            is_near_point(&item.start)
                && is_near_point(&item.end)
                && item.width.as_ref().is_none_or(|width| is_near(width.value_nm))
                && has_id(&item.id)
                && is_layer(item.layer)
        }
        _ => false,
    }
}

#[inline]
pub(super) fn is_nil(id: &Kiid) -> bool {
    id.value.as_bytes() == NIL.as_bytes()
}

/// Whether an item has a coordinate that does not fit into 32 bits, which is what KiCad keeps.
#[inline]
pub(super) fn is_beyond(item: &Item) -> bool {
    let is_beyond = |point: Vector2| [point.x, point.y].iter().any(|nm| i32::try_from(nm.0).is_err());
    geometry::bounds(item).is_some_and(|bounds| is_beyond(bounds.min()) || is_beyond(bounds.max()))
        || geometry::position(item).is_some_and(is_beyond)
}

/// Whether an item is a text box that is turned by anything but right angles, or a footprint with one.
#[inline]
pub(super) fn has_turned_text_box(item: &Item) -> bool {
    match item {
        Item::BoardTextBox(item) => {
            let attributes = item.textbox.as_ref().and_then(|text| text.attributes.as_ref());
            let angle = attributes.and_then(|attributes| attributes.angle.as_ref());
            angle.is_some_and(|angle| angle.value_degrees % 90.0 != 0.0)
        }
        Item::FootprintInstance(item) => {
            let children = item.definition.iter().flat_map(|definition| &definition.items);
            let mut boxes = children.filter(|any| any.is::<BoardTextBox>());
            boxes.any(|any| Item::from_any(any.clone()).is_ok_and(|item| has_turned_text_box(&item)))
        }
        _ => false,
    }
}

#[inline]
pub(super) fn is_layer(layer: BoardLayer) -> bool {
    layer.is_known()
        && layer != BoardLayer::UNKNOWN
        && layer != BoardLayer::UNDEFINED
        && layer != BoardLayer::UNSELECTED
}

/// The layer that an item says it is on.
#[inline]
pub(super) fn layer_of(item: &Item) -> Option<BoardLayer> {
    Some(match item {
        Item::Track(item) => item.layer,
        Item::Arc(item) => item.layer,
        Item::BoardGraphicShape(item) => item.layer,
        Item::BoardText(item) => item.layer,
        Item::BoardTextBox(item) => item.layer,
        Item::Dimension(item) => item.layer,
        Item::FootprintInstance(item) => item.layer,
        Item::Barcode(item) => item.layer,
        Item::ReferenceImage(item) => item.layer,
        Item::Zone(item) => return item.layers.iter().copied().find(|layer| !is_layer(*layer)),
        _ => return None,
    })
}
