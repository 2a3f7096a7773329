//! What KiCad makes of an item that it is sent: defaults for what is not set, and nothing of what it does not keep.
//!
//! KiCad reads a message into an item of its own, and shows that item later. So what comes back is not what was sent, and
//! how it differs is known for each type from trying it.

mod dimension;
pub(crate) mod footprint;
mod pad_stack;
mod shape;
mod text;
mod zone;

pub(crate) use dimension::put_text;
pub(crate) use footprint::upright;
use kiapi_gen::board::types::{Barcode, BarcodeErrorCorrection, BarcodeKind, BoardLayer, Item, Net, ViaType};
use kiapi_gen::common::types::{Angle, Distance, Kiid, LockedState, Ratio, Vector2};

use crate::Line;

/// What is known when an item is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maker<'a> {
    pub(crate) line: Line,
    /// The id of the board.
    pub(crate) board: &'a str,
    /// The copper layers of the board.
    pub(crate) copper_layers: u32,
}

/// Why no item is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The row of the item says so: `ISC_INVALID_TYPE`.
    Type(String),
    /// The whole request fails with this text.
    Request(String),
}

/// The item that KiCad makes of a message, with the id that it has or a new one.
pub(crate) fn make(item: Item, maker: &Maker<'_>) -> Result<Item, Failure> {
    let unpackable = |what: &str| Failure::Request(format!("could not unpack {what} from request"));
    let before_10 = maker.line < Line::V10_0;
    let mut item = match item {
        Item::Track(mut track) => {
            points([&mut track.start, &mut track.end]);
            distance(&mut track.width);
            lock(&mut track.locked);
            net(&mut track.net);
            Item::Track(track)
        }
        Item::Arc(mut arc) => {
            points([&mut arc.start, &mut arc.mid, &mut arc.end]);
            distance(&mut arc.width);
            lock(&mut arc.locked);
            net(&mut arc.net);
            Item::Arc(arc)
        }
        Item::Via(mut via) => {
            points([&mut via.position]);
            via.pad_stack = Some(pad_stack::of_via(via.pad_stack.take().unwrap_or_default(), maker));
            lock(&mut via.locked);
            net(&mut via.net);
            via.r#type = match via.r#type {
                known @ (ViaType::BLIND_BURIED | ViaType::MICRO) if before_10 => known,
                ViaType::MICRO => ViaType::MICRO,
                ViaType::BLIND | ViaType::BLIND_BURIED if !before_10 => ViaType::BLIND,
                ViaType::BURIED if !before_10 => ViaType::BURIED,
                _ => ViaType::THROUGH,
            };
            if let Some(stack) = &mut via.pad_stack {
                pad_stack::put_via_layers(stack, via.r#type, maker.copper_layers);
            }
            Item::Via(via)
        }
        Item::BoardGraphicShape(shape) => Item::BoardGraphicShape(shape::make(shape, maker.line)),
        Item::BoardText(text) => Item::BoardText(text::make(text, false)),
        Item::BoardTextBox(text) => Item::BoardTextBox(text::make_box(text)),
        Item::Zone(zone) => zone::make(zone).map(Item::Zone).ok_or_else(|| unpackable("ZONE"))?,
        Item::Dimension(dimension) => Item::Dimension(dimension::make(dimension, maker.line)?),
        Item::FootprintInstance(footprint) => {
            Item::FootprintInstance(footprint::make_instance(footprint, maker)?)
        }
        Item::Pad(_) => {
            return Err(Failure::Type(
                "Tried to create a pad in UNDEFINED, which is not a footprint".to_owned(),
            ));
        }
        Item::Group(_) if before_10 => return Err(unpackable("PCB_GROUP")),
        Item::ReferenceImage(_) if before_10 => return Err(unpackable("PCB_REFERENCE_IMAGE")),
        Item::Group(group) => Item::Group(group),
        Item::Barcode(barcode) if !before_10 => Item::Barcode(self::barcode(barcode)),
        Item::ReferenceImage(mut image) => {
            points([&mut image.position, &mut image.transform_origin_offset]);
            image.image_scale = image.image_scale.filter(|scale| scale.value != 0.0);
            image.image_scale.get_or_insert_with(|| Ratio::new().with_value(1.0));
            lock(&mut image.locked);
            Item::ReferenceImage(image)
        }
        other => {
            let any = other.to_any();
            let text = match any.full_name() {
                "kiapi.board.types.Field" => {
                    "Tried to create an item of type PCB_FIELD_T, which is unhandled".to_owned()
                }
                _ => format!("Could not decode a valid type from {}", any.type_url),
            };
            return Err(Failure::Type(text));
        }
    };
    give_id(&mut item);
    set_parent(&mut item, if before_10 { None } else { Some(maker.board) });
    Ok(item)
}

/// The item's own id if it is one, in KiCad's spelling; a new one otherwise.
pub(crate) fn give_id(item: &mut Item) {
    if let Some(place) = item.id_mut() {
        *place = Some(own_or_new(place.as_ref()));
    }
}

/// An id as KiCad reads it; what is none becomes a new one.
pub(crate) fn own_or_new(id: Option<&Kiid>) -> Kiid {
    let given = id.and_then(|id| uuid::Uuid::try_parse(&id.value).ok()).filter(|_| {
        // The parser reads more spellings than KiCad does.
        id.is_some_and(|id| id.value.len() == 36)
    });
    Kiid::new().with_value(given.unwrap_or_else(uuid::Uuid::new_v4).to_string())
}

/// Says in an item what it lies in.
pub(crate) fn set_parent(item: &mut Item, parent: Option<&str>) {
    let parent = parent.map(|parent| Kiid::new().with_value(parent));
    match item {
        Item::Track(it) => it.parent = parent,
        Item::Arc(it) => it.parent = parent,
        Item::Via(it) => it.parent = parent,
        Item::Pad(it) => it.parent = parent,
        Item::Zone(it) => it.parent = parent,
        Item::BoardGraphicShape(it) => it.parent = parent,
        Item::BoardText(it) => it.parent = parent,
        Item::BoardTextBox(it) => it.parent = parent,
        Item::Dimension(it) => it.parent = parent,
        Item::FootprintInstance(it) => it.parent = parent,
        Item::Group(it) => it.parent = parent,
        Item::Barcode(it) => it.parent = parent,
        Item::ReferenceImage(it) => it.parent = parent,
        _ => {}
    }
}

/// The layers that an item lies on; `None` for what is not bound to layers.
pub(crate) fn layers_of(item: &Item) -> Option<Vec<BoardLayer>> {
    Some(match item {
        Item::Track(it) => vec![it.layer],
        Item::Arc(it) => vec![it.layer],
        Item::BoardGraphicShape(it) => vec![it.layer],
        Item::BoardText(it) => vec![it.layer],
        Item::BoardTextBox(it) => vec![it.layer],
        Item::Dimension(it) => vec![it.layer],
        Item::Barcode(it) => vec![it.layer],
        Item::ReferenceImage(it) => vec![it.layer],
        Item::Zone(it) => it.layers.clone(),
        _ => return None,
    })
}

fn barcode(mut barcode: Barcode) -> Barcode {
    const LEAST: i64 = 10_000;
    points([&mut barcode.position, &mut barcode.knockout_margin]);
    barcode.orientation.get_or_insert_with(Angle::new);
    for side in [&mut barcode.width, &mut barcode.height] {
        let side = side.get_or_insert_default();
        // Both ways from the middle.
        side.value_nm = int(side.value_nm).max(LEAST) / 2 * 2;
    }
    if barcode.text_height.as_ref().is_none_or(|height| height.value_nm == 0) {
        barcode.text_height = Some(Distance::new().with_value_nm(1_270_000));
    }
    if barcode.kind == BarcodeKind::UNKNOWN {
        barcode.kind = BarcodeKind::QR_CODE;
    }
    if barcode.error_correction == BarcodeErrorCorrection::UNKNOWN {
        barcode.error_correction = BarcodeErrorCorrection::L;
    }
    // The small code has no room for more.
    if barcode.kind == BarcodeKind::MICRO_QR_CODE && barcode.error_correction == BarcodeErrorCorrection::H {
        barcode.error_correction = BarcodeErrorCorrection::Q;
    }
    lock(&mut barcode.locked);
    barcode
}

/// A coordinate as KiCad keeps it: in 32 bits, the rest is cut off.
#[expect(clippy::cast_possible_truncation, reason = "that is what KiCad does")]
pub(super) fn int(nm: i64) -> i64 {
    i64::from(nm as i32)
}

/// Points that are always shown.
pub(super) fn points<const N: usize>(points: [&mut Option<Vector2>; N]) {
    for place in points {
        let point = place.get_or_insert_default();
        point.x_nm = int(point.x_nm);
        point.y_nm = int(point.y_nm);
    }
}

/// A distance that is always shown.
pub(super) fn distance(place: &mut Option<Distance>) {
    let distance = place.get_or_insert_default();
    distance.value_nm = int(distance.value_nm);
}

/// Anything that is not locked is unlocked.
pub(super) fn lock(locked: &mut LockedState) {
    if *locked != LockedState::LOCKED {
        *locked = LockedState::UNLOCKED;
    }
}

/// A net is its name.
pub(super) fn net(net: &mut Option<Net>) {
    net.get_or_insert_default().code = None;
}
