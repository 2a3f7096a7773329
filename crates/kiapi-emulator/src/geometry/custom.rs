//! Custom pads: an anchor and shapes of any kind, as one outline.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::Overlay;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use kiapi_gen::board::types::{PadStackLayer, PadStackShape};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{GraphicFillType, GraphicShape};

use super::arc::{self, Arc};
use super::{bounds, distance, outline, point};
use crate::text::number::{Point, round};

/// The outline of a custom pad before it is turned and put in its place: the largest piece if there are several.
///
/// KiCad joins the shapes with another library, so that the points may lie some micrometres elsewhere on curves.
pub(super) fn outline(face: &PadStackLayer, size: Point, error: f64) -> Vec<Point> {
    let mut pieces = vec![anchor(face, size, error)];
    for shape in &face.custom_shapes {
        if let Some(shape) = &shape.shape {
            pieces.extend(stroked(shape, error));
        }
    }
    let contours: Vec<Vec<IntPoint>> = pieces
        .iter()
        .map(|piece| {
            let mut contour: Vec<_> = piece.iter().map(|p| IntPoint::new(p.x, p.y)).collect();
            // What was drawn the other way round would cut out what it covers.
            if signed_area(&contour) < 0 {
                contour.reverse();
            }
            contour
        })
        .collect();
    let joined = Overlay::with_contours(&contours, &[]).overlay(OverlayRule::Subject, FillRule::NonZero);
    let outer = joined.into_iter().filter_map(|shape| shape.into_iter().next());
    let largest = outer.max_by_key(|contour| area(contour));
    largest.unwrap_or_default().into_iter().map(|p| Point { x: p.x, y: p.y }).collect()
}

/// Twice the area.
fn area(contour: &[IntPoint]) -> i64 {
    signed_area(contour).wrapping_abs()
}

/// Twice the area, less than zero for what turns the other way.
fn signed_area(contour: &[IntPoint]) -> i64 {
    let next = contour.iter().cycle().skip(1);
    contour
        .iter()
        .zip(next)
        .map(|(a, b)| i64::from(a.x) * i64::from(b.y) - i64::from(b.x) * i64::from(a.y))
        .fold(0, i64::wrapping_add)
}

/// The points that the box of a custom pad goes around, and how far its shapes reach beyond them.
pub(super) fn corners(face: &PadStackLayer) -> Vec<(Vec<Point>, i64)> {
    let shapes = face.custom_shapes.iter().filter_map(|shape| shape.shape.as_ref());
    shapes
        .map(|shape| {
            let reach = i64::from(bounds::stroke_width(shape).max(0) / 2);
            let points = match &shape.geometry {
                Some(Geometry::Segment(it)) => vec![point(it.start.as_ref()), point(it.end.as_ref())],
                Some(Geometry::Rectangle(it)) => {
                    rectangle(point(it.top_left.as_ref()), point(it.bottom_right.as_ref()))
                }
                Some(Geometry::Arc(it)) => {
                    let [start, mid, end] = [&it.start, &it.mid, &it.end].map(|p| point(p.as_ref()));
                    Arc::new(start, mid, end).extremes()
                }
                Some(Geometry::Circle(it)) => {
                    let center = point(it.center.as_ref());
                    let radius = round(distance(center, point(it.radius_point.as_ref())));
                    return (vec![center], reach + i64::from(radius));
                }
                Some(Geometry::Polygon(set)) => {
                    let lines = set.polygons.iter().filter_map(|polygon| polygon.outline.as_ref());
                    lines.flat_map(arc::extremes).collect()
                }
                Some(Geometry::Bezier(it)) => {
                    arc::bezier([&it.start, &it.control1, &it.control2, &it.end].map(|p| point(p.as_ref())))
                }
                _ => Vec::new(),
            };
            (points, reach)
        })
        .filter(|(points, _)| !points.is_empty())
        .collect()
}

pub(super) fn anchor(face: &PadStackLayer, size: Point, error: f64) -> Vec<Point> {
    if face.custom_anchor_shape == PadStackShape::RECTANGLE {
        let half = Point { x: size.x / 2, y: size.y / 2 };
        return rectangle(Point { x: -half.x, y: -half.y }, half);
    }
    outline::circle(Point::default(), size.x / 2, error)
}

fn rectangle(from: Point, to: Point) -> Vec<Point> {
    vec![from, Point { x: to.x, y: from.y }, to, Point { x: from.x, y: to.y }]
}

/// What a shape covers: its inside if it is filled, and its stroke.
fn stroked(shape: &GraphicShape, error: f64) -> Vec<Vec<Point>> {
    let attributes = shape.attributes.as_ref();
    let stroke = attributes.and_then(|attributes| attributes.stroke.as_ref());
    let width = stroke.and_then(|stroke| stroke.width.as_ref()).map_or(0, |width| width.value_nm);
    let width = i32::try_from(width.max(0)).unwrap_or(0);
    let fill = attributes.and_then(|attributes| attributes.fill.as_ref());
    let is_filled = fill.is_some_and(|fill| fill.fill_type == GraphicFillType::FILLED);
    let (line, is_closed) = match &shape.geometry {
        Some(Geometry::Segment(it)) => (vec![point(it.start.as_ref()), point(it.end.as_ref())], false),
        Some(Geometry::Rectangle(it)) => {
            (rectangle(point(it.top_left.as_ref()), point(it.bottom_right.as_ref())), true)
        }
        Some(Geometry::Arc(it)) => {
            (Arc::new(point(it.start.as_ref()), point(it.mid.as_ref()), point(it.end.as_ref())).line(), false)
        }
        Some(Geometry::Circle(it)) => {
            let center = point(it.center.as_ref());
            (outline::circle(center, round(distance(center, point(it.radius_point.as_ref()))), error), true)
        }
        Some(Geometry::Polygon(set)) => {
            let lines = set.polygons.iter().filter_map(|polygon| polygon.outline.as_ref());
            return lines
                .map(arc::poly_line)
                .flat_map(|line| thick(line, true, width, true, error))
                .collect();
        }
        Some(Geometry::Bezier(it)) => {
            let points = [&it.start, &it.control1, &it.control2, &it.end].map(|p| point(p.as_ref()));
            (arc::bezier(points), false)
        }
        _ => return Vec::new(),
    };
    thick(line, is_closed, width, is_filled, error)
}

fn thick(line: Vec<Point>, is_closed: bool, width: i32, is_filled: bool, error: f64) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    if width > 0 {
        let sides = line.windows(2).map(|side| (side[0], side[1]));
        let last = line.last().copied().zip(line.first().copied()).filter(|_| is_closed);
        pieces.extend(sides.chain(last).map(|(from, to)| outline::oval(from, to, width, error)));
    }
    if is_filled && is_closed {
        pieces.push(line);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use kiapi_gen::common::types::{
        GraphicAttributes, GraphicFillAttributes, PolyLine, PolyLineNode, PolySet, PolygonWithHoles, Vector2,
    };

    use super::*;

    fn face(points: &[(i64, i64)]) -> PadStackLayer {
        let node =
            |&(x, y): &(i64, i64)| PolyLineNode::new().with_point(Vector2::new().with_x_nm(x).with_y_nm(y));
        let line = PolyLine::new().with_nodes(points.iter().map(node)).with_closed(true);
        let set = PolySet::new().with_polygons([PolygonWithHoles::new().with_outline(line)]);
        let fill = GraphicFillAttributes::new().with_fill_type(GraphicFillType::FILLED);
        let shape =
            GraphicShape::new().with_polygon(set).with_attributes(GraphicAttributes::new().with_fill(fill));
        let shape = kiapi_gen::board::types::BoardGraphicShape::new().with_shape(shape);
        PadStackLayer::new().with_custom_anchor_shape(PadStackShape::RECTANGLE).with_custom_shapes([shape])
    }

    /// As in a solder jumper: the anchor lies within the polygon and touches its notch.
    #[test]
    fn anchor_is_part_of_the_pad_whichever_way_the_polygon_was_drawn() {
        let mut points = [
            (500_000, 750_000),
            (-650_000, 750_000),
            (-150_000, 0),
            (-650_000, -750_000),
            (500_000, -750_000),
        ];
        let size = Point { x: 300_000, y: 300_000 };
        for _ in 0..2 {
            let mut found: Vec<_> = outline(&face(&points), size, 5_000.0)
                .iter()
                .map(|point| (i64::from(point.x), i64::from(point.y)))
                .collect();
            found.sort_unstable();
            let mut expected = points.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected);
            points.reverse();
        }
    }
}
