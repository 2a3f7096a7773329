//! Graphic shapes.

use kiapi_gen::board::types::BoardGraphicShape;
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::poly_line_node;
use kiapi_gen::common::types::{
    Distance, GraphicFillType, GraphicRectangleAttributes, GraphicSegmentAttributes, PolyLine, PolySet,
    StrokeLineStyle,
};

use super::{distance, int, lock, net, points};
use crate::Line;
use crate::geometry::{arc, fracture};

pub(super) fn make(mut item: BoardGraphicShape, line: Line) -> BoardGraphicShape {
    let shape = item.shape.get_or_insert_default();
    let attributes = shape.attributes.get_or_insert_default();
    let stroke = attributes.stroke.get_or_insert_default();
    distance(&mut stroke.width);
    if !(StrokeLineStyle::SOLID.0..=StrokeLineStyle::DASHDOTDOT.0).contains(&stroke.style.0) {
        stroke.style = StrokeLineStyle::SOLID;
    }
    stroke.color = None;
    let fill = attributes.fill.get_or_insert_default();
    if fill.fill_type != GraphicFillType::FILLED {
        fill.fill_type = GraphicFillType::UNFILLED;
    }
    fill.color = None;
    let geometry = shape.geometry.get_or_insert(Geometry::Segment(GraphicSegmentAttributes::new()));
    match geometry {
        Geometry::Segment(it) => points([&mut it.start, &mut it.end]),
        Geometry::Rectangle(it) => {
            points([&mut it.top_left, &mut it.bottom_right]);
            it.corner_radius = (line >= Line::V10_0).then(|| corner_radius(it));
        }
        Geometry::Arc(it) => {
            points([&mut it.start, &mut it.mid, &mut it.end]);
            arc::wind(it);
        }
        Geometry::Circle(it) => points([&mut it.center, &mut it.radius_point]),
        Geometry::Polygon(set) => {
            polygons(set);
            set.polygons.iter_mut().for_each(fracture::fracture);
        }
        Geometry::Bezier(it) => {
            points([&mut it.start, &mut it.control1, &mut it.control2, &mut it.end]);
        }
        _ => {}
    }
    lock(&mut item.locked);
    net(&mut item.net);
    item
}

/// No more than half of the shorter side.
fn corner_radius(rectangle: &GraphicRectangleAttributes) -> Distance {
    let radius = rectangle.corner_radius.as_ref().map_or(0, |radius| int(radius.value_nm));
    let (Some(from), Some(to)) = (&rectangle.top_left, &rectangle.bottom_right) else {
        return Distance::new();
    };
    let shorter = (to.x_nm - from.x_nm).abs().min((to.y_nm - from.y_nm).abs());
    Distance::new().with_value_nm(radius.clamp(0, shorter / 2))
}

/// Polygons; of an outline that is not closed KiCad loses the last point.
pub(super) fn polygons(set: &mut PolySet) {
    for polygon in &mut set.polygons {
        for line in polygon.outline.iter_mut().chain(&mut polygon.holes) {
            poly_line(line);
            if !line.closed {
                line.nodes.pop();
            }
        }
    }
}

pub(super) fn poly_line(line: &mut PolyLine) {
    for node in &mut line.nodes {
        match &mut node.geometry {
            Some(poly_line_node::Geometry::Point(point)) => {
                point.x_nm = int(point.x_nm);
                point.y_nm = int(point.y_nm);
            }
            Some(poly_line_node::Geometry::Arc(arc)) => points([&mut arc.start, &mut arc.mid, &mut arc.end]),
            _ => {}
        }
    }
}
