//! The items of a board: thin wrappers over KiCad's messages.
//!
//! Every wrapper holds the message that KiCad sent, and edits it where it lies. What an accessor does not touch stays,
//! also what this build does not know: a field, a value or a type that a newer KiCad has added is sent back as it came.
//! `as_proto` and `proto_mut` reach what has no accessor.
//!
//! Each property has three methods: `width()` reads, `set_width(…)` changes the item, and `with_width(…)` changes it and
//! gives it back. Lengths are in nanometres, made by [`mm`](crate::mm), [`mil`](crate::mil) and [`inch`](crate::inch).
//!
//! What the message of an item has beside that is told by `kiapi describe kiapi.board.types.Track`, and so on. An item goes
//! into a file and back with [`Item::to_any`] and [`Item::from_any`]; with the feature `serde`, an [`Any`](crate::Any) can be
//! written as JSON.
//!
//! # Examples
//!
//! ```
//! use kiapi::{Item, Layer, Track, Via, mm};
//!
//! let track = Track::new()
//!     .with_start((mm(10), mm(20)))
//!     .with_end((mm(12), mm(20)))
//!     .with_width(mm(0.25))
//!     .with_layer(Layer::F_CU)
//!     .with_net("GND");
//! assert_eq!(track.to_string(), "track 0.25 mm on F.Cu, GND, (10 mm, 20 mm) to (12 mm, 20 mm)");
//!
//! let via = Via::new().with_position(track.end()).with_diameter(mm(0.6)).with_drill(mm(0.3)).with_net("GND");
//! let items = [Item::from(track), Item::from(via)];
//! assert_eq!(items[1].position(), Some((mm(12), mm(20)).into()));
//! ```

#[macro_use]
mod macros;
mod barcode;
mod copy;
mod describe;
mod dimension;
mod drill;
mod field;
mod footprint;
mod group;
mod image;
mod item;
mod pad;
mod pad_stack;
mod read;
mod shape;
mod text;
mod track;
mod via;
mod zone;

use kiapi_gen::board::types::Net;
use kiapi_gen::common::types::{self, Kiid};

use crate::{Id, Vector2};

pub use barcode::Barcode;
pub use copy::copy;
pub use dimension::{Dimension, DimensionKind};
pub use drill::{Drill, PostMachining};
pub use field::Field;
pub use footprint::Footprint;
pub use group::Group;
pub use image::ReferenceImage;
pub use item::Item;
/// The values of properties.
pub use kiapi_gen::board::types::{
    BarcodeErrorCorrection, BarcodeKind, DimensionArrowDirection, DimensionPrecision,
    DimensionTextBorderStyle, DimensionTextPosition, DimensionUnit, DimensionUnitFormat, DrillShape,
    FootprintMountingStyle, IslandRemovalMode, PadStackShape, PadStackType, PadType, PlacementRuleSourceType,
    SolderMaskMode, SolderPasteMode, TeardropType, UnconnectedLayerRemoval, ViaCoveringMode,
    ViaDrillCappingMode, ViaDrillFillingMode, ViaDrillPostMachiningMode, ViaPluggingMode, ViaType,
    ZoneBorderStyle, ZoneConnectionStyle, ZoneFillMode, ZoneHatchFillBorderMode, ZoneType,
};
/// The types of items.
pub use kiapi_gen::common::types::KiCadObjectType as ObjectType;
/// The values of properties.
pub use kiapi_gen::common::types::{
    AxisAlignment, ElectricalPinType, HorizontalAlignment, StrokeLineStyle, VerticalAlignment,
};
pub use pad::Pad;
pub use pad_stack::{OuterLayer, PadStack, PadStackLayer, ZoneConnection};
pub use read::{ReadError, decode_all, read_and_free, read_response};
pub(crate) use read::{ReadItem, read_as};
pub use shape::{Geometry, Shape};
pub use text::{Text, TextBox};
pub use track::{Arc, Track};
pub use via::Via;
pub use zone::Zone;

/// An id as it was sent; none if there is none, if it is nil, or if it is not an id.
#[inline]
fn read_id(id: Option<&Kiid>) -> Option<Id> {
    id.and_then(|id| Id::try_from(id).ok()).filter(|id| !id.is_nil())
}

/// Sets a point where it lies.
#[inline]
fn put_point(place: &mut Option<types::Vector2>, point: Vector2) {
    let place = place.get_or_insert_default();
    (place.x_nm, place.y_nm) = (point.x.0, point.y.0);
}

/// Sets the name of a net. A number that belongs to another name must not stay beside it.
#[inline]
fn put_net(place: &mut Option<Net>, name: String) {
    let net = place.get_or_insert_default();
    if net.name != name {
        net.code = None;
        net.name = name;
    }
}
