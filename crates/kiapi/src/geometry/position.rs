//! Where items lie.

use kiapi_gen::board::types::Item;
use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{self, PolySet, poly_line_node};

use super::{Arc, Box2, Vector2};

/// The point that KiCad calls the position of an item, about which its `FlipItems` flips it.
///
/// It is where a track begins, the centre of an arc or a circle, the first corner of a zone or a polygon, the corner of
/// a text box at which its text begins. A group, and an item of a type that this build does not know, has none. The
/// centre of an arc may be off by some nanometres from KiCad's, which rounds it to what looks like a round number.
///
/// A person who selects one item turns and flips it about this point too, but for drawn shapes, which KiCad then turns
/// about their middle.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Track};
/// use kiapi::geometry::{position, rotate};
/// use kiapi::{Vector2, deg, mm};
///
/// let start = Vector2::new(mm(1), mm(1));
/// let mut item = Item::from(Track::new().with_start(start).with_end(Vector2::new(mm(2), mm(1))));
/// assert_eq!(position(&item), Some(start));
/// rotate(&mut item, start, deg(45))?;
/// assert_eq!(position(&item), Some(start));
/// # Ok::<_, kiapi::geometry::TransformError>(())
/// ```
#[inline]
pub fn position(item: &Item) -> Option<Vector2> {
    Some(match item {
        Item::Track(it) => of(&it.start),
        Item::Arc(it) => center(&it.start, &it.mid, &it.end),
        Item::Via(it) => of(&it.position),
        Item::Pad(it) => of(&it.position),
        Item::BoardText(it) => of(&it.text.as_ref()?.position),
        Item::BoardTextBox(it) => {
            let text = it.textbox.as_ref()?;
            let degrees =
                text.attributes.as_ref().and_then(|it| it.angle.as_ref()).map_or(0.0, |it| it.value_degrees);
            let around = Box2::new(of(&text.top_left), of(&text.bottom_right));
            let [top_left, top_right, bottom_right, bottom_left] = around.corners();
            match super::deg(degrees).quarters() {
                Some(1) => bottom_left,
                Some(2) => bottom_right,
                Some(3) => top_right,
                _ => top_left,
            }
        }
        Item::Barcode(it) => of(&it.position),
        Item::ReferenceImage(it) => of(&it.position),
        Item::FootprintInstance(it) => of(&it.position),
        Item::Zone(it) => first_point(it.outline.as_ref()?)?,
        Item::Dimension(it) => match it.dimension_style.as_ref()? {
            DimensionStyle::Aligned(style) => of(&style.start),
            DimensionStyle::Orthogonal(style) => of(&style.start),
            DimensionStyle::Radial(style) => of(&style.center),
            DimensionStyle::Leader(style) => of(&style.start),
            DimensionStyle::Center(style) => of(&style.center),
            _ => return None,
        },
        Item::BoardGraphicShape(it) => match it.shape.as_ref()?.geometry.as_ref()? {
            Geometry::Segment(shape) => of(&shape.start),
            Geometry::Rectangle(shape) => of(&shape.top_left),
            Geometry::Arc(shape) => center(&shape.start, &shape.mid, &shape.end),
            Geometry::Circle(shape) => of(&shape.center),
            Geometry::Polygon(set) => first_point(set)?,
            Geometry::Bezier(shape) => of(&shape.start),
            _ => return None,
        },
        _ => return None,
    })
}

/// A point that is not set is the origin.
#[inline]
pub(super) fn of(point: &Option<types::Vector2>) -> Vector2 {
    point.as_ref().map(Vector2::from).unwrap_or_default()
}

#[inline]
fn center(
    start: &Option<types::Vector2>,
    mid: &Option<types::Vector2>,
    end: &Option<types::Vector2>,
) -> Vector2 {
    let arc = Arc::new(of(start), of(mid), of(end));
    arc.center().unwrap_or(arc.start)
}

#[inline]
fn first_point(set: &PolySet) -> Option<Vector2> {
    let line = set.polygons.first()?.outline.as_ref()?;
    line.nodes.iter().find_map(|node| match node.geometry.as_ref()? {
        poly_line_node::Geometry::Point(point) => Some(point.into()),
        poly_line_node::Geometry::Arc(arc) => Some(of(&arc.start)),
        _ => None,
    })
}
