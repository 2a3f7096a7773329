//! Boxes around items.

use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{
    BoardGraphicShape, Dimension, FootprintInstance, Item, Pad, PadStack, PadStackShape,
};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{AxisAlignment, Distance, PolySet};

use super::position::of;
use super::{Angle, Arc, Bezier, Box2, PolyLine, Vector2};
use crate::Nm;

/// The smallest box around an item, with the width of its lines; none if the message does not tell.
///
/// Texts are left out, as their size follows from a font: a text alone has no box here, a dimension has that of its
/// lines, and a footprint that of its pads, drawings, zones and text boxes. KiCad's `GetBoundingBox` knows texts too.
/// A reference image and a group have none either.
///
/// A via and a pad count with the largest of their faces, and turned pads with shapes of round ends may be given a
/// little more room than they take.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Track};
/// use kiapi::geometry::bounds;
/// use kiapi::{Box2, Vector2, mm};
///
/// let (a, b) = (Vector2::new(mm(0), mm(0)), Vector2::new(mm(10), mm(0)));
/// let track = Track::new().with_start(a).with_end(b).with_width(mm(0.5));
/// assert_eq!(bounds(&Item::from(track)), Some(Box2::new(a, b).inflated(mm(0.25))));
/// ```
#[inline]
pub fn bounds(item: &Item) -> Option<Box2> {
    match item {
        Item::Track(it) => Some(Box2::new(of(&it.start), of(&it.end)).inflated(half(&it.width))),
        Item::Arc(it) => {
            let arc = Arc::new(of(&it.start), of(&it.mid), of(&it.end));
            Some(arc.bounding_box().inflated(half(&it.width)))
        }
        Item::Via(it) => stack(it.pad_stack.as_ref()?, of(&it.position)),
        Item::Pad(it) => pad(it),
        Item::BoardGraphicShape(it) => shape(it),
        Item::BoardTextBox(it) => {
            let text = it.textbox.as_ref()?;
            let angle = text
                .attributes
                .as_ref()
                .and_then(|it| it.angle.as_ref())
                .map(Angle::from)
                .unwrap_or_default();
            // At other angles the message has the corners from before it was turned.
            angle.quarters().map(|_| Box2::new(of(&text.top_left), of(&text.bottom_right)))
        }
        Item::Barcode(it) => {
            let size = Vector2::new(length(&it.width), length(&it.height));
            let angle = it.orientation.as_ref().map(Angle::from).unwrap_or_default();
            turned(Box2::from_center(Vector2::ZERO, size), angle, of(&it.position))
        }
        Item::Dimension(it) => dimension(it),
        Item::Zone(it) => polygons(it.outline.as_ref()?),
        Item::FootprintInstance(it) => footprint(it),
        _ => None,
    }
}

#[inline]
fn length(distance: &Option<Distance>) -> Nm {
    distance.as_ref().map(Nm::from).unwrap_or_default()
}

/// Half of a width, rounded up.
#[inline]
fn half(width: &Option<Distance>) -> Nm {
    Nm((length(width).0.max(0) + 1) / 2)
}

#[inline]
fn polygons(set: &PolySet) -> Option<Box2> {
    let outlines = set.polygons.iter().filter_map(|polygon| polygon.outline.as_ref());
    outlines.filter_map(|line| PolyLine::from(line).bounding_box()).reduce(Box2::union)
}

#[inline]
fn shape(item: &BoardGraphicShape) -> Option<Box2> {
    let shape = item.shape.as_ref()?;
    let around = match shape.geometry.as_ref()? {
        Geometry::Segment(it) => Box2::new(of(&it.start), of(&it.end)),
        Geometry::Rectangle(it) => Box2::new(of(&it.top_left), of(&it.bottom_right)),
        Geometry::Arc(it) => Arc::from(it).bounding_box(),
        Geometry::Circle(it) => {
            let center = of(&it.center);
            Box2::new(center, center).inflated(center.distance_to(of(&it.radius_point)))
        }
        Geometry::Polygon(set) => polygons(set)?,
        Geometry::Bezier(it) => Bezier::from(it).bounding_box(),
        _ => return None,
    };
    let stroke = shape.attributes.as_ref().and_then(|it| it.stroke.as_ref());
    Some(around.inflated(stroke.map(|it| half(&it.width)).unwrap_or_default()))
}

/// A box around the origin that is turned and then lies elsewhere.
#[inline]
fn turned(around: Box2, angle: Angle, position: Vector2) -> Option<Box2> {
    Box2::from_points(around.corners().map(|corner| position + corner.rotated(angle)))
}

#[inline]
fn pad(pad: &Pad) -> Option<Box2> {
    stack(pad.pad_stack.as_ref()?, of(&pad.position))
}

#[inline]
fn stack(stack: &PadStack, position: Vector2) -> Option<Box2> {
    let angle = stack.angle.as_ref().map(Angle::from).unwrap_or_default();
    let faces = stack.copper_layers.iter().filter_map(|face| {
        let (size, delta) = (of(&face.size), of(&face.trapezoid_delta));
        let size = size + Vector2::new(delta.y.abs(), delta.x.abs());
        let center = of(&face.offset);
        let is_round = face.shape == PadStackShape::CIRCLE;
        let around = if is_round {
            // Its height says nothing.
            let center = center.rotated(angle);
            Some(Box2::from_center(position + center, Vector2::new(size.x, size.x)))
        } else {
            turned(Box2::from_center(center, size), angle, position)
        };
        let custom = face.custom_shapes.iter().filter_map(shape);
        let custom = custom.filter_map(|around| turned(around.translated(center), angle, position));
        around.into_iter().chain(custom).reduce(Box2::union)
    });
    let hole = stack.drill.as_ref().and_then(|drill| {
        let size = of(&drill.diameter);
        turned(Box2::from_center(Vector2::ZERO, size), angle, position)
    });
    faces.chain(hole).reduce(Box2::union)
}

#[inline]
fn dimension(item: &Dimension) -> Option<Box2> {
    let points = match item.dimension_style.as_ref()? {
        DimensionStyle::Aligned(it) => {
            let (start, end) = (of(&it.start), of(&it.end));
            let across = (end - start).rotated(-Angle::QUARTER).resized(length(&it.height));
            vec![start, end, start + across, end + across]
        }
        DimensionStyle::Orthogonal(it) => {
            let (start, end, height) = (of(&it.start), of(&it.end), length(&it.height));
            if it.alignment == AxisAlignment::Y_AXIS {
                let x = start.x + height;
                vec![start, end, Vector2::new(x, start.y), Vector2::new(x, end.y)]
            } else {
                let y = start.y + height;
                vec![start, end, Vector2::new(start.x, y), Vector2::new(end.x, y)]
            }
        }
        DimensionStyle::Radial(it) => vec![of(&it.center), of(&it.radius_point)],
        DimensionStyle::Leader(it) => vec![of(&it.start), of(&it.end)],
        DimensionStyle::Center(it) => {
            let (center, arm) = (of(&it.center), of(&it.end) - of(&it.center));
            (0..4)
                .map(|quarter| center + arm.rotated(Angle::from_degrees(90.0 * f64::from(quarter))))
                .collect()
        }
        _ => return None,
    };
    Some(Box2::from_points(points)?.inflated(half(&item.line_thickness)))
}

#[inline]
fn footprint(item: &FootprintInstance) -> Option<Box2> {
    let children = item.definition.iter().flat_map(|definition| &definition.items);
    let items = children.filter_map(|any| Item::from_any(any.clone()).ok());
    items.filter_map(|child| bounds(&child)).reduce(Box2::union)
}

#[cfg(test)]
mod tests {
    use kiapi_gen::board::types::{PadStackLayer, Track, Via};
    use kiapi_gen::common::types::GraphicShape;

    use super::*;
    use crate::{deg, mm};

    fn face(shape: PadStackShape, x: f64, y: f64) -> PadStack {
        let face = PadStackLayer::new().with_shape(shape).with_size(Vector2::new(mm(x), mm(y)));
        PadStack::new().with_copper_layers([face])
    }

    #[test]
    fn pads_are_turned() {
        let pad = Pad::new().with_position(Vector2::new(mm(5), mm(5)));
        let turned = |degrees: f64| {
            let stack = face(PadStackShape::RECTANGLE, 2.0, 1.0).with_angle(deg(degrees));
            bounds(&Item::from(pad.clone().with_pad_stack(stack))).expect("it has a face")
        };
        assert_eq!(turned(0.0), Box2::from_center(Vector2::new(mm(5), mm(5)), Vector2::new(mm(2), mm(1))));
        assert_eq!(turned(90.0).size(), Vector2::new(mm(1), mm(2)));
        assert_eq!(turned(45.0).width(), turned(45.0).height());
    }

    #[test]
    fn a_footprint_is_as_large_as_its_children() {
        let definition = kiapi_gen::board::types::Footprint::new().with_items([
            kiapi_gen::Any::pack(&Pad::new().with_pad_stack(face(PadStackShape::CIRCLE, 2.0, 9.0))),
            kiapi_gen::Any::pack(&Track::new().with_end(Vector2::new(mm(4), mm(0)))),
        ]);
        let item = Item::from(FootprintInstance::new().with_definition(definition));
        let expected = Box2::new(Vector2::new(mm(-1), mm(-1)), Vector2::new(mm(4), mm(1)));
        assert_eq!(bounds(&item), Some(expected));
    }

    #[test]
    fn what_is_not_told_has_no_box() {
        let check = |item: Item| assert_eq!(bounds(&item), None, "{item:?}");
        check(Item::from(Via::new()));
        check(Item::from(kiapi_gen::board::types::BoardText::new()));
        check(Item::from(kiapi_gen::board::types::Group::new()));
        check(Item::from(BoardGraphicShape::new().with_shape(GraphicShape::new())));
        check(Item::from(FootprintInstance::new()));
    }

    #[test]
    fn curves_are_as_large_as_they_are_drawn() {
        let arc = kiapi_gen::common::types::GraphicArcAttributes::from(Arc::from_center(
            Vector2::ZERO,
            Vector2::new(mm(2), mm(0)),
            deg(180),
        ));
        let item = Item::from(BoardGraphicShape::new().with_shape(GraphicShape::new().with_arc(arc)));
        let expected = Box2::new(Vector2::new(mm(-2), mm(-2)), Vector2::new(mm(2), mm(0)));
        assert_eq!(bounds(&item), Some(expected));
    }
}
