//! Arcs through three points, curves, and lines made of both.

use std::f64::consts::TAU;

use kiapi_gen::common::types::{PolyLine, poly_line_node};

use super::point;
use crate::text::number::{Point, round};

/// An arc through three points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    start: Point,
    mid: Point,
    end: Point,
    /// The center and the radius; none if the three lie on a line.
    circle: Option<(f64, f64, f64)>,
}

impl Arc {
    pub(super) fn new(start: Point, mid: Point, end: Point) -> Self {
        let at = |p: Point| (f64::from(p.x), f64::from(p.y));
        let ((ax, ay), (bx, by), (cx, cy)) = (at(start), at(mid), at(end));
        let area = 2.0 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by));
        let circle = if start == end && start != mid {
            // A whole circle: the point in the middle is opposite.
            let (x, y) = (f64::midpoint(ax, bx), f64::midpoint(ay, by));
            Some((x, y, (ax - x).hypot(ay - y)))
        } else if area == 0.0 {
            None
        } else {
            let squares = [ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy];
            let x = (squares[0] * (by - cy) + squares[1] * (cy - ay) + squares[2] * (ay - by)) / area;
            let y = (squares[0] * (cx - bx) + squares[1] * (ax - cx) + squares[2] * (bx - ax)) / area;
            Some((x, y, (ax - x).hypot(ay - y)))
        };
        Self { start, mid, end, circle }
    }

    pub(super) fn center(&self) -> Option<Point> {
        self.circle.map(|(x, y, _)| Point { x: round(x), y: round(y) })
    }

    /// The angle at which it begins and by how much it turns, in radians; clockwise as it is seen is positive.
    fn sweep(&self, (x, y, _): (f64, f64, f64)) -> (f64, f64) {
        let angle = |p: Point| (f64::from(p.y) - y).atan2(f64::from(p.x) - x);
        let start = angle(self.start);
        let turn = |to: f64| (to - start).rem_euclid(TAU);
        let (mid, end) = (turn(angle(self.mid)), turn(angle(self.end)));
        let end = if end == 0.0 { TAU } else { end };
        (start, if mid <= end { end } else { end - TAU })
    }

    /// The points that its box goes around: its ends, and where it turns back in x or y.
    pub(super) fn extremes(&self) -> Vec<Point> {
        let mut points = vec![self.start, self.mid, self.end];
        let Some(circle) = self.circle else { return points };
        let (x, y, radius) = circle;
        let (start, sweep) = self.sweep(circle);
        for quarter in 0..4 {
            let angle = f64::from(quarter) * TAU / 4.0;
            let turn = if sweep >= 0.0 {
                (angle - start).rem_euclid(TAU)
            } else {
                -((start - angle).rem_euclid(TAU))
            };
            if turn.abs() < sweep.abs() {
                points.push(Point { x: round(x + radius * angle.cos()), y: round(y + radius * angle.sin()) });
            }
        }
        points
    }

    /// The arc as a line of segments.
    pub(super) fn line(&self) -> Vec<Point> {
        let Some(circle) = self.circle else { return vec![self.start, self.end] };
        let (x, y, radius) = circle;
        let (start, sweep) = self.sweep(circle);
        let error = |count: u32| radius * (1.0 - (sweep.abs() / f64::from(count) / 2.0).cos());
        let count = (3..10).map(|power| 1 << power).find(|&count| error(count) < 2_000.0).unwrap_or(1024);
        let mut points = vec![self.start];
        for step in 1..count {
            let angle = start + sweep * f64::from(step) / f64::from(count);
            points.push(Point { x: round(x + radius * angle.cos()), y: round(y + radius * angle.sin()) });
        }
        points.push(self.end);
        points
    }

    /// How far a point is from the arc's line.
    pub(super) fn distance_to(&self, from: Point) -> f64 {
        let Some(circle) = self.circle else {
            return super::distance_to_line(from, self.start, self.end);
        };
        let (x, y, radius) = circle;
        let (start, sweep) = self.sweep(circle);
        let angle = (f64::from(from.y) - y).atan2(f64::from(from.x) - x);
        let turn =
            if sweep >= 0.0 { (angle - start).rem_euclid(TAU) } else { (start - angle).rem_euclid(TAU) };
        if turn <= sweep.abs() {
            return ((f64::from(from.x) - x).hypot(f64::from(from.y) - y) - radius).abs();
        }
        super::distance(from, self.start).min(super::distance(from, self.end))
    }
}

/// A cubic curve as a line of segments.
pub(super) fn bezier(points: [Point; 4]) -> Vec<Point> {
    const COUNT: u32 = 64;
    let along = |get: fn(&Point) -> i32, share: f64| {
        let rest = 1.0 - share;
        let weights = [rest.powi(3), 3.0 * rest * rest * share, 3.0 * rest * share * share, share.powi(3)];
        weights.iter().zip(&points).map(|(weight, point)| weight * f64::from(get(point))).sum()
    };
    (0..=COUNT)
        .map(|step| {
            let share = f64::from(step) / f64::from(COUNT);
            Point { x: round(along(|p| p.x, share)), y: round(along(|p| p.y, share)) }
        })
        .collect()
}

/// The points of a line, its arcs cut into segments.
pub(super) fn poly_line(line: &PolyLine) -> Vec<Point> {
    let mut points = Vec::new();
    for node in &line.nodes {
        match &node.geometry {
            Some(poly_line_node::Geometry::Point(vector)) => points.push(point(Some(vector))),
            Some(poly_line_node::Geometry::Arc(arc)) => {
                let [start, mid, end] = [&arc.start, &arc.mid, &arc.end].map(|p| point(p.as_ref()));
                points.extend(Arc::new(start, mid, end).line());
            }
            _ => {}
        }
    }
    points
}

/// The points that a line's box goes around.
pub(super) fn extremes(line: &PolyLine) -> Vec<Point> {
    let mut points = Vec::new();
    for node in &line.nodes {
        match &node.geometry {
            Some(poly_line_node::Geometry::Point(vector)) => points.push(point(Some(vector))),
            Some(poly_line_node::Geometry::Arc(arc)) => {
                let [start, mid, end] = [&arc.start, &arc.mid, &arc.end].map(|p| point(p.as_ref()));
                points.extend(Arc::new(start, mid, end).extremes());
            }
            _ => {}
        }
    }
    points
}
