//! Whether a point hits an item, with a tolerance in nanometres.

use kiapi_gen::board::types::{BoardText, FootprintInstance, Item};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{Distance, GraphicShape, PolyLine};

use super::arc::{self, Arc};
use super::bounds::{self, Texts};
use super::{distance, distance_to_line, distance_to_polygon, edges, is_inside, pad, point};
use crate::Line;
use crate::document::Document;
use crate::text::board::{Parent, hits, hits_text_box};
use crate::text::number::{Point, narrow, round};

/// How near to the border of a zone is near enough in any case, in nanometres.
const ZONE: f64 = 100_000.0;

/// Whether a point hits an item; `footprint` is the one that it lies in.
pub(crate) fn test(
    document: &Document,
    line: Line,
    item: &Item,
    footprint: Option<&FootprintInstance>,
    at: Point,
    tolerance: i32,
) -> bool {
    // In 32 bits, of which too much becomes less than nothing.
    let reach = |more: i32| f64::from(tolerance.wrapping_add(more));
    let half =
        |distance: &Option<Distance>| distance.as_ref().map_or(0, |distance| narrow(distance.value_nm)) / 2;
    match item {
        Item::Track(track) => {
            let (start, end) = (point(track.start.as_ref()), point(track.end.as_ref()));
            distance_to_line(at, start, end) <= reach(half(&track.width))
        }
        Item::Arc(arc) => {
            let [start, mid, end] = [&arc.start, &arc.mid, &arc.end].map(|p| point(p.as_ref()));
            Arc::new(start, mid, end).distance_to(at) <= reach(half(&arc.width))
        }
        Item::Via(via) => {
            let radius = f64::from(bounds::diameter(via) / 2);
            distance(at, point(via.position.as_ref())) <= f64::from(tolerance) + radius
        }
        Item::Pad(pad) => pad::is_hit(pad, at, tolerance, document.max_error),
        Item::BoardGraphicShape(shape) => {
            shape.shape.as_ref().is_some_and(|shape| on_shape(shape, at, tolerance))
        }
        Item::BoardText(text) => {
            let parent = if footprint.is_some() { Parent::Footprint } else { Parent::Board };
            hits(&document.shown_text(text, footprint, line), parent, at, tolerance, line)
        }
        Item::BoardTextBox(text) => hits_text_box(text, at, tolerance),
        Item::Zone(zone) => {
            let reach = reach(0).max(ZONE);
            let outlines = zone.outline.iter().flat_map(|outline| &outline.polygons);
            let lines = outlines.flat_map(|polygon| polygon.outline.iter().chain(&polygon.holes));
            lines.map(arc::poly_line).any(|line| {
                line.iter().any(|corner| distance(*corner, at) <= reach * 2.0)
                    || edges(&line).any(|(a, b)| distance_to_line(at, a, b) <= reach)
            })
        }
        Item::Dimension(dimension) => {
            let text = super::dimension::shown_text(dimension);
            let text = BoardText::new().with_text(text).with_layer(dimension.layer);
            let reach = reach(half(&dimension.line_thickness));
            hits(&document.shown_text(&text, None, line), Parent::Board, at, 0, line)
                || super::dimension::segments(dimension)
                    .into_iter()
                    .any(|(from, to)| distance_to_line(at, from, to) <= reach)
        }
        Item::FootprintInstance(_) | Item::Barcode(_) | Item::ReferenceImage(_) => {
            bounds::of(document, line, item, footprint, Texts::Without)
                .is_some_and(|rect| rect.inflated(tolerance).contains(at))
        }
        // A group too: it is selected by what is in it.
        _ => false,
    }
}

fn on_shape(shape: &GraphicShape, at: Point, tolerance: i32) -> bool {
    let reach = f64::from(tolerance.wrapping_add(bounds::stroke_width(shape).max(0) / 2));
    let is_filled = bounds::is_filled(shape);
    let on_line = |line: &[Point], is_closed: bool| {
        let sides = line.windows(2).any(|side| distance_to_line(at, side[0], side[1]) <= reach);
        let last = line.last().zip(line.first()).filter(|_| is_closed);
        sides || last.is_some_and(|(a, b)| distance_to_line(at, *a, *b) <= reach)
    };
    match &shape.geometry {
        Some(Geometry::Segment(it)) => {
            distance_to_line(at, point(it.start.as_ref()), point(it.end.as_ref())) <= reach
        }
        Some(Geometry::Rectangle(it)) => {
            let (a, b) = (point(it.top_left.as_ref()), point(it.bottom_right.as_ref()));
            let corners = [a, Point { x: b.x, y: a.y }, b, Point { x: a.x, y: b.y }];
            on_line(&corners, true) || (is_filled && is_inside(at, &corners))
        }
        Some(Geometry::Arc(it)) => {
            let [start, mid, end] = [&it.start, &it.mid, &it.end].map(|p| point(p.as_ref()));
            let arc = Arc::new(start, mid, end);
            arc.distance_to(at) <= reach || (is_filled && arc.is_in_sector(at, reach))
        }
        Some(Geometry::Circle(it)) => {
            let center = point(it.center.as_ref());
            let radius = f64::from(round(distance(center, point(it.radius_point.as_ref()))));
            let from = distance(center, at);
            if is_filled { from <= radius + reach } else { (from - radius).abs() <= reach }
        }
        Some(Geometry::Polygon(set)) => {
            let lines: Vec<&PolyLine> =
                set.polygons.iter().filter_map(|polygon| polygon.outline.as_ref()).collect();
            lines
                .into_iter()
                .map(arc::poly_line)
                .any(|line| on_line(&line, true) || (is_filled && distance_to_polygon(at, &line) < reach))
        }
        Some(Geometry::Bezier(it)) => on_line(
            &arc::bezier([&it.start, &it.control1, &it.control2, &it.end].map(|p| point(p.as_ref()))),
            false,
        ),
        _ => false,
    }
}
