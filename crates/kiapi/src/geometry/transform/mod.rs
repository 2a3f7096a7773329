//! Moving, turning and flipping whole items, as KiCad does it.

mod dimension;
mod footprint;
mod pad;
mod shape;
mod text;

use std::fmt;

use kiapi_gen::AnyError;
use kiapi_gen::board::types::{BoardLayer, Item};
use kiapi_gen::common::types;

use super::{Angle, FlipDirection, Vector2};

/// Moves an item by a distance; a footprint with everything that belongs to it.
///
/// Coordinates that would overflow stay at the end of their range. A [`Group`](kiapi_gen::board::types::Group) has no
/// place of its own and stays as it is: move its members.
///
/// # Errors
///
/// When it is not known where the item, or a child of a footprint, lies: it is of a type that this build does not know,
/// or cannot be read. Nothing was moved then.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Via};
/// use kiapi::geometry::translate;
/// use kiapi::{Vector2, mm};
///
/// let mut item = Item::from(Via::new().with_position(Vector2::new(mm(1), mm(0))));
/// translate(&mut item, Vector2::new(mm(0.5), mm(-1)))?;
/// assert_eq!(item, Item::from(Via::new().with_position(Vector2::new(mm(1.5), mm(-1)))));
/// # Ok::<_, kiapi::geometry::TransformError>(())
/// ```
pub fn translate(item: &mut Item, by: impl Into<Vector2>) -> Result<(), TransformError> {
    Transform::Translate(by.into()).item(item)
}

/// Turns an item about a point, anticlockwise as it is seen; a footprint with everything that belongs to it.
///
/// It does to the item what KiCad does when a person turns it, to the nanometre:
///
/// - Points are rounded half away from zero. At multiples of 90 degrees nothing has to be rounded, and turning back
///   leads back exactly. At other angles each coordinate is off by one nanometre at most after turning back, and so it
///   is in KiCad, which also turns all children of a footprint where they lie on the board.
/// - A rectangle that is turned by another angle than a multiple of 90 degrees becomes a polygon, and stays one.
/// - Texts of a footprint that want to be upright are.
/// - A dimension along an axis stays one, along the nearer axis.
///
/// A [`Group`](kiapi_gen::board::types::Group) has no place of its own and stays as it is: turn its members.
///
/// # Errors
///
/// When it is not known where the item, or a child of a footprint, lies: it is of a type that this build does not know,
/// or cannot be read. Also for a text box at an angle that is no multiple of 90 degrees, since KiCad's message has no
/// place for its corners, and for a reference image that would have to be drawn anew. Nothing was turned then.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Track};
/// use kiapi::geometry::rotate;
/// use kiapi::{Vector2, deg, mm};
///
/// let (a, b) = (Vector2::new(mm(0), mm(0)), Vector2::new(mm(3), mm(0)));
/// let mut item = Item::from(Track::new().with_start(a).with_end(b));
/// rotate(&mut item, a, deg(90))?;
/// assert_eq!(item, Item::from(Track::new().with_start(a).with_end(Vector2::new(mm(0), mm(-3)))));
/// # Ok::<_, kiapi::geometry::TransformError>(())
/// ```
pub fn rotate(item: &mut Item, about: impl Into<Vector2>, angle: Angle) -> Result<(), TransformError> {
    if angle.quarters() == Some(0) {
        return Transform::Translate(Vector2::ZERO).item(item);
    }
    Transform::Rotate { about: about.into(), angle }.item(item)
}

/// Flips an item to the other side of a board with so many layers of copper, around an axis through a point; a
/// footprint with everything that belongs to it.
///
/// It does to the item what KiCad does when a person flips it. Layers change as
/// [`Layer::flipped`](kiapi_gen::board::types::BoardLayer::flipped) says; KiCad 9 flips every board as if it had two
/// layers of copper. Flipping twice leads back, but for a text of a footprint that stood on its head although it is to
/// be upright.
///
/// The fill of a zone goes along, while KiCad marks the zone as not filled. Copper that a pad lists and the board does
/// not have stays listed, while KiCad 10 takes it off the list on boards of more than two layers.
///
/// A [`Group`](kiapi_gen::board::types::Group) has no place of its own and stays as it is: flip its members.
///
/// # Errors
///
/// When it is not known where the item, or a child of a footprint, lies: it is of a type that this build does not know,
/// or cannot be read, or is a text box at an angle that is no multiple of 90 degrees. Nothing was flipped then.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Track};
/// use kiapi::geometry::{FlipDirection, flip};
/// use kiapi::{Layer, Vector2, mm};
///
/// let (a, b) = (Vector2::new(mm(0), mm(0)), Vector2::new(mm(3), mm(1)));
/// let mut item = Item::from(Track::new().with_start(a).with_end(b).with_layer(Layer::F_CU));
/// flip(&mut item, a, FlipDirection::LeftRight, 2)?;
/// let flipped = Track::new().with_start(a).with_end(Vector2::new(mm(-3), mm(1))).with_layer(Layer::B_CU);
/// assert_eq!(item, Item::from(flipped));
/// # Ok::<_, kiapi::geometry::TransformError>(())
/// ```
pub fn flip(
    item: &mut Item,
    about: impl Into<Vector2>,
    direction: FlipDirection,
    copper_layers: u32,
) -> Result<(), TransformError> {
    Transform::Flip { about: about.into(), direction, copper_layers }.item(item)
}

/// Why an item could not be moved, turned or flipped; nothing was changed.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Footprint, FootprintInstance, Item};
/// use kiapi::geometry::translate;
/// use kiapi::{Any, Vector2};
///
/// let child = Any::from_parts("type.googleapis.com/kiapi.board.types.Sticker", b"".as_slice());
/// let footprint = FootprintInstance::new().with_definition(Footprint::new().with_items([child]));
/// let error = translate(&mut Item::from(footprint), Vector2::ZERO).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot tell where a kiapi.board.types.Sticker of a footprint lies; this build does not know the type"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TransformError(Problem);

#[derive(Clone, Debug, PartialEq)]
enum Problem {
    Unknown { name: String, is_child: bool },
    Unreadable { name: String, source: AnyError },
    TextBox,
    Image,
}

impl TransformError {
    /// Whether the item, or a child of it, is of a type that this build does not know.
    #[inline]
    pub fn is_unknown_type(&self) -> bool {
        matches!(self.0, Problem::Unknown { .. })
    }
}

impl fmt::Display for TransformError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::Unknown { name, is_child } => {
                let of = if *is_child { " of a footprint" } else { "" };
                write!(f, "cannot tell where a {name}{of} lies; this build does not know the type")
            }
            Problem::Unreadable { name, .. } => write!(f, "cannot read a {name} of a footprint"),
            Problem::TextBox => {
                f.write_str(
                    "cannot turn or flip a text box at other than multiples of 90 degrees; KiCad's API does not tell where it is",
                )
            }
            Problem::Image => {
                f.write_str("cannot turn the picture of a reference image; only KiCad itself draws it anew")
            }
        }
    }
}

impl std::error::Error for TransformError {
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Problem::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What is done to an item.
#[derive(Clone, Copy, Debug)]
enum Transform {
    Translate(Vector2),
    Rotate { about: Vector2, angle: Angle },
    Flip { about: Vector2, direction: FlipDirection, copper_layers: u32 },
}

/// What becomes of the corners of a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Corners {
    /// The first stays the upper left one, as on a board.
    Named,
    /// Each goes where it goes. So KiCad does it to what belongs to a footprint, and it sends such corners.
    Kept,
}

impl Transform {
    #[inline]
    fn item(self, item: &mut Item) -> Result<(), TransformError> {
        match item {
            Item::Track(track) => {
                self.points([&mut track.start, &mut track.end]);
                self.layer(&mut track.layer);
            }
            Item::Arc(arc) => {
                self.points([&mut arc.start, &mut arc.mid, &mut arc.end]);
                self.layer(&mut arc.layer);
            }
            Item::Via(via) => self.via(via),
            Item::Pad(pad) => self.pad(pad),
            Item::BoardGraphicShape(shape) => self.board_shape(shape, Corners::Named),
            Item::BoardText(text) => self.board_text(text),
            Item::BoardTextBox(text) => self.text_box(text, Corners::Named)?,
            Item::Barcode(barcode) => {
                self.points([&mut barcode.position]);
                match self {
                    // The one angle that KiCad lets grow.
                    Self::Rotate { angle, .. } => turn(&mut barcode.orientation, |before| before + angle),
                    Self::Flip { direction: FlipDirection::TopBottom, .. } => {
                        turn(&mut barcode.orientation, |before| {
                            if before.normalized() < Angle::HALF {
                                before + Angle::HALF
                            } else {
                                before - Angle::HALF
                            }
                        });
                    }
                    _ => {}
                }
                self.layer(&mut barcode.layer);
            }
            Item::ReferenceImage(image) => {
                // KiCad draws the picture anew in the nearest quarter of a turn.
                if let Self::Rotate { angle, .. } = self
                    && angle.normalized_180().abs() > Angle::from_degrees(45.0)
                {
                    return Err(TransformError(Problem::Image));
                }
                self.points([&mut image.position]);
                self.layer(&mut image.layer);
            }
            Item::Dimension(dimension) => self.dimension(dimension),
            Item::Zone(zone) => self.zone(zone),
            Item::FootprintInstance(footprint) => self.footprint(footprint)?,
            Item::Group(_) => {}
            Item::Unknown(any) => {
                let name = any.full_name().to_owned();
                return Err(TransformError(Problem::Unknown { name, is_child: false }));
            }
            other => {
                let name = other.to_any().full_name().to_owned();
                return Err(TransformError(Problem::Unknown { name, is_child: false }));
            }
        }
        Ok(())
    }

    #[inline]
    fn point(self, point: Vector2) -> Vector2 {
        match self {
            Self::Translate(by) => point + by,
            Self::Rotate { about, angle } => point.rotated_about(about, angle),
            Self::Flip { about, direction, .. } => point.mirrored(about, direction),
        }
    }

    #[inline]
    fn message(self, point: &mut types::Vector2) {
        let moved = self.point(Vector2::from(&*point));
        (point.x_nm, point.y_nm) = (moved.x.0, moved.y.0);
    }

    /// Moves points. One that is not set is at the origin.
    fn points<const N: usize>(self, points: [&mut Option<types::Vector2>; N]) {
        for point in points {
            self.message(point.get_or_insert_default());
        }
    }

    /// Flips the layers of a list, which stays in KiCad's order if it was in it.
    fn layers<T>(self, list: &mut [T], of: impl Fn(&T) -> BoardLayer, set: impl Fn(&mut T, BoardLayer)) {
        let number = |it: &T| of(it).file_number();
        let is_in_order = list.iter().all(|it| number(it).is_some()) && list.is_sorted_by_key(number);
        for it in list.iter_mut() {
            let mut layer = of(it);
            if self.layer(&mut layer) {
                set(it, layer);
            }
        }
        if is_in_order {
            // There are few, and a sort of std is much code for each type.
            for at in 1..list.len() {
                let place = list[..at].partition_point(|it| number(it) <= number(&list[at]));
                list[place..=at].rotate_right(1);
            }
        }
    }

    /// Flips a layer, and says whether it became another one.
    #[inline]
    fn layer(self, layer: &mut BoardLayer) -> bool {
        let before = *layer;
        if let Self::Flip { copper_layers, .. } = self {
            *layer = before.flipped(copper_layers);
        }
        *layer != before
    }
}

/// Changes an angle. One that is not set is zero.
fn turn(angle: &mut Option<types::Angle>, change: impl FnOnce(Angle) -> Angle) {
    let angle = angle.get_or_insert_default();
    angle.value_degrees = change(Angle::from(&*angle)).degrees();
}
