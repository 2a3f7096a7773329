//! Polygons with holes as one line each: KiCad cuts drawn ones open, from every hole to the outline on its left.

use kiapi_gen::common::types::{PolyLine, PolyLineNode, PolygonWithHoles, Vector2};

use super::arc;
use crate::text::number::{Point, round};

/// Joins the holes of a polygon with its outline; one without holes stays as it is.
pub(crate) fn fracture(polygon: &mut PolygonWithHoles) {
    if polygon.holes.is_empty() {
        return;
    }
    let mut ring = polygon.outline.as_ref().map(arc::poly_line).unwrap_or_default();
    wind(&mut ring, Turn::Clockwise);
    // Joining begins with a pass that lets the outline begin at the bottom right.
    if let Some(first) = (0..ring.len()).max_by_key(|&at| (ring[at].y, ring[at].x)) {
        ring.rotate_left(first);
    }
    let mut holes: Vec<Vec<Point>> = polygon.holes.iter().map(arc::poly_line).collect();
    for hole in &mut holes {
        wind(hole, Turn::Counterclockwise);
        if let Some(first) = (0..hole.len()).min_by_key(|&at| (hole[at].x, -i64::from(hole[at].y))) {
            hole.rotate_left(first);
        }
    }
    holes.retain(|hole| !hole.is_empty());
    holes.sort_by_key(|hole| hole[0].x);
    for hole in holes {
        let start = hole[0];
        if let Some((edge, at)) = edge_on_the_left(&ring, start) {
            let rest = ring.split_off(edge + 1);
            ring.extend([at].into_iter().chain(hole).chain([start, at]).chain(rest));
        }
    }
    let node = |point: &Point| {
        PolyLineNode::new().with_point(Vector2::new().with_x_nm(point.x.into()).with_y_nm(point.y.into()))
    };
    polygon.outline = Some(PolyLine::new().with_nodes(ring.iter().map(node)).with_closed(true));
    polygon.holes.clear();
}

/// Which way round a line runs, as it is seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Clockwise,
    Counterclockwise,
}

/// Lets a ring run one way round.
fn wind(ring: &mut [Point], turn: Turn) {
    let cross = |(a, b): (Point, Point)| f64::from(a.x) * f64::from(b.y) - f64::from(b.x) * f64::from(a.y);
    let area: f64 = super::edges(ring).map(cross).sum();
    if (area > 0.0) != (turn == Turn::Clockwise) {
        ring.reverse();
    }
}

/// The edge that is nearest to the left of a point, and where a level line from the point meets it.
fn edge_on_the_left(ring: &[Point], from: Point) -> Option<(usize, Point)> {
    let mut nearest: Option<(usize, Point)> = None;
    for (index, (a, b)) in super::edges(ring).enumerate() {
        if a.y == b.y || !(a.y.min(b.y)..=a.y.max(b.y)).contains(&from.y) {
            continue;
        }
        let share = (f64::from(from.y) - f64::from(a.y)) / (f64::from(b.y) - f64::from(a.y));
        let x = round(f64::from(a.x) + share * (f64::from(b.x) - f64::from(a.x)));
        if x <= from.x && nearest.is_none_or(|(_, known)| x > known.x) {
            nearest = Some((index, Point { x, y: from.y }));
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(i64, i64)]) -> PolyLine {
        let nodes = points
            .iter()
            .map(|(x, y)| PolyLineNode::new().with_point(Vector2::new().with_x_nm(*x).with_y_nm(*y)));
        PolyLine::new().with_nodes(nodes).with_closed(true)
    }

    #[track_caller]
    fn check(holes: &[&[(i64, i64)]], expected: &[(i32, i32)]) {
        let mut polygon = PolygonWithHoles::new()
            .with_outline(line(&[(1, 1), (11, 1), (11, 9), (1, 9)]))
            .with_holes(holes.iter().map(|hole| line(hole)));
        fracture(&mut polygon);
        assert!(polygon.holes.is_empty());
        let points = arc::poly_line(polygon.outline.as_ref().unwrap());
        assert_eq!(points.iter().map(|point| (point.x, point.y)).collect::<Vec<_>>(), expected);
    }

    /// As KiCad 10.0.6 cuts them.
    #[test]
    fn holes_are_cut_open_to_the_left() {
        let (first, second): (&[_], &[_]) = (&[(3, 3), (3, 6), (7, 6)], &[(8, 4), (9, 5), (8, 7)]);
        check(&[first], &[(11, 9), (1, 9), (1, 6), (3, 6), (7, 6), (3, 3), (3, 6), (1, 6), (1, 1), (11, 1)]);
        check(
            &[first, second],
            &[
                (11, 9),
                (1, 9),
                (1, 7),
                (8, 7),
                (9, 5),
                (8, 4),
                (8, 7),
                (1, 7),
                (1, 6),
                (3, 6),
                (7, 6),
                (3, 3),
                (3, 6),
                (1, 6),
                (1, 1),
                (11, 1),
            ],
        );
    }
}
