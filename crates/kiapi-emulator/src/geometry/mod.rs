//! The geometry that KiCad computes: boxes, hits, the outlines of pads. Pure functions over items.
//!
//! Lengths are nanometres in 32 bits, and which way a fraction goes is KiCad's, found by trying: `cargo xtask conformance`
//! holds all of it against real KiCads.

pub(crate) mod arc;
pub(crate) mod bounds;
mod custom;
pub(crate) mod dimension;
pub(crate) mod flip;
pub(crate) mod fracture;
pub(crate) mod hit;
pub(crate) mod outline;
pub(crate) mod pad;

use kiapi_gen::board::types::{BoardLayer, Item, Via};
use kiapi_gen::common::types::Vector2;

use crate::document::{Document, items};
use crate::text::number::{Point, narrow};

/// A point as KiCad reads it; one that is not there is the origin.
pub(crate) fn point(vector: Option<&Vector2>) -> Point {
    vector.map_or(Point::default(), |vector| Point { x: narrow(vector.x_nm), y: narrow(vector.y_nm) })
}

fn add(a: Point, b: Point) -> Point {
    Point { x: a.x.wrapping_add(b.x), y: a.y.wrapping_add(b.y) }
}

fn sub(a: Point, b: Point) -> Point {
    Point { x: a.x.wrapping_sub(b.x), y: a.y.wrapping_sub(b.y) }
}

/// Whether something on a layer touches a via of its own net.
pub(crate) fn is_connected(document: &Document, via: &Via, layer: BoardLayer) -> bool {
    let name = via.net.as_ref().map_or("", |net| net.name.as_str());
    let at = point(via.position.as_ref());
    let radius = f64::from(bounds::diameter(via) / 2);
    let touches = |end: &Option<Vector2>| distance(point(end.as_ref()), at) <= radius;
    document.items.all().filter(|item| items::net(item) == Some(name)).any(|item| match item {
        Item::Track(it) => it.layer == layer && (touches(&it.start) || touches(&it.end)),
        Item::Arc(it) => it.layer == layer && (touches(&it.start) || touches(&it.end)),
        Item::Zone(zone) => {
            let filled = zone.filled_polygons.iter().filter(|filled| filled.layer == layer);
            let polygons = filled.flat_map(|filled| &filled.shapes).flat_map(|shapes| &shapes.polygons);
            let mut outlines = polygons.filter_map(|polygon| polygon.outline.as_ref());
            outlines.any(|outline| distance_to_polygon(at, &arc::poly_line(outline)) <= radius)
        }
        _ => false,
    })
}

/// How far apart two points are.
fn distance(a: Point, b: Point) -> f64 {
    let (x, y) = (f64::from(a.x) - f64::from(b.x), f64::from(a.y) - f64::from(b.y));
    x.hypot(y)
}

/// How far a point is from a line between two others.
fn distance_to_line(point: Point, from: Point, to: Point) -> f64 {
    let at = |p: Point| (f64::from(p.x), f64::from(p.y));
    let ((px, py), (ax, ay), (bx, by)) = (at(point), at(from), at(to));
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let share = if length == 0.0 { 0.0 } else { ((px - ax) * dx + (py - ay) * dy) / length };
    let share = share.clamp(0.0, 1.0);
    (px - ax - share * dx).hypot(py - ay - share * dy)
}

/// Whether a point is inside of a polygon.
fn is_inside(point: Point, polygon: &[Point]) -> bool {
    let (px, py) = (f64::from(point.x), f64::from(point.y));
    let mut inside = false;
    for (a, b) in edges(polygon) {
        let ((ax, ay), (bx, by)) = ((f64::from(a.x), f64::from(a.y)), (f64::from(b.x), f64::from(b.y)));
        // Which sides of a polygon belong to it is KiCad's choice.
        if (ay >= py) != (by >= py) && px - ax < (bx - ax) * (py - ay) / (by - ay) {
            inside = !inside;
        }
    }
    inside
}

/// The sides of a polygon.
fn edges(polygon: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    polygon.iter().copied().zip(polygon.iter().copied().cycle().skip(1))
}

/// How far a point is from a polygon, 0 inside.
fn distance_to_polygon(point: Point, polygon: &[Point]) -> f64 {
    if is_inside(point, polygon) {
        return 0.0;
    }
    edges(polygon).map(|(a, b)| distance_to_line(point, a, b)).fold(f64::INFINITY, f64::min)
}
