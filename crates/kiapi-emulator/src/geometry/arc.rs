//! Arcs through three points, curves, and lines made of both.

use std::f64::consts::TAU;

use kiapi_gen::common::types::{GraphicArcAttributes, PolyLine, Vector2, poly_line_node};

use super::point;
use crate::text::number::{Point, Rotation, round};

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

    /// The center as KiCad has it. It knows the three points only to half a nanometre, and so the center even less: it
    /// takes a multiple of 100 or 10 nanometres if one is as likely.
    pub(super) fn center(&self) -> Option<Point> {
        let (x, y, _) = self.circle?;
        let plain = Point { x: round(x), y: round(y) };
        if self.start == self.end {
            return Some(plain);
        }
        let Some((x, y)) = estimate(self.start, self.mid, self.end) else { return Some(plain) };
        for grid in [100.0, 10.0] {
            let near = |value: f64| ((value + grid / 2.0) / grid).floor() * grid;
            let is_likely = |it: Estimate| (near(it.value) - it.value).abs() < it.error;
            if is_likely(x) && is_likely(y) {
                return Some(Point { x: round(near(x.value)), y: round(near(y.value)) });
            }
        }
        Some(Point { x: round(x.value), y: round(y.value) })
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

    /// Whether a point is in the piece of the pie that the arc cuts out of its circle, or so near to it.
    pub(super) fn is_in_sector(&self, at: Point, reach: f64) -> bool {
        self.circle.is_some_and(|circle| {
            let (x, y, radius) = circle;
            let (dx, dy) = (f64::from(at.x) - x, f64::from(at.y) - y);
            let (start, sweep) = self.sweep(circle);
            let angle = dy.atan2(dx);
            let turn =
                if sweep >= 0.0 { (angle - start).rem_euclid(TAU) } else { (start - angle).rem_euclid(TAU) };
            dx.hypot(dy) <= radius + reach && turn <= sweep.abs()
        })
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

/// A number and how far it may be off.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    value: f64,
    error: f64,
}

impl Estimate {
    fn new(value: f64, error: f64) -> Self {
        Self { value, error }
    }

    /// The error as a share of the value.
    fn share(self) -> f64 {
        self.error / self.value
    }

    /// A value computed from others by multiplying and dividing. The error of a negative value is negative, which is why
    /// KiCad rounds no center at negative x.
    fn of_factors(value: f64, factors: &[Self]) -> Self {
        Self::new(value, value * factors.iter().map(|it| it.share().powi(2)).sum::<f64>().sqrt())
    }
}

/// Where the perpendiculars of an arc's two chords meet; none where KiCad takes another way to the center.
fn estimate(start: Point, mid: Point, end: Point) -> Option<(Estimate, Estimate)> {
    // Of a coordinate, and of the sum of two.
    const ONE: f64 = 0.5;
    const TWO: f64 = std::f64::consts::FRAC_1_SQRT_2;
    let at = |p: Point| (f64::from(p.x), f64::from(p.y));
    let ((ax, ay), (bx, by), (cx, cy)) = (at(start), at(mid), at(end));
    let (mut first, mut second) = ((bx - ax, by - ay), (cx - bx, cy - by));
    if (first.0 == 0.0 && second.1 == 0.0) || (first.1 == 0.0 && second.0 == 0.0) {
        return None;
    }
    if first.0 == 0.0 {
        first.0 = f64::EPSILON;
    }
    if second.0 == 0.0 {
        second.0 = -f64::EPSILON;
    }
    let slope = |(dx, dy): (f64, f64)| Estimate::new(dy / dx, dy / dx * (ONE / dy).hypot(ONE / dx));
    let (mut first, mut second) = (slope(first), slope(second));
    if first.value == 0.0 {
        first.value = f64::EPSILON;
    }
    if second.value == 0.0 {
        second.value = -f64::EPSILON;
    }
    let rise = Estimate::new(ay - cy, TWO);
    let (before, after) = (Estimate::new(ax + bx, TWO), Estimate::new(bx + cx, TWO));
    let parts = [
        Estimate::of_factors(first.value * second.value * rise.value, &[first, second, rise]),
        Estimate::of_factors(second.value * before.value, &[second, before]),
        Estimate::of_factors(first.value * after.value, &[first, after]),
    ];
    let error = parts.iter().map(|part| part.error.powi(2)).sum::<f64>().sqrt();
    let above = Estimate::new(parts[0].value + parts[1].value - parts[2].value, error);
    let below = Estimate::new(2.0 * (second.value - first.value), 2.0 * second.error.hypot(first.error));
    let x = Estimate::of_factors(above.value / below.value, &[above, below]);
    let across = Estimate::new(f64::midpoint(ax, bx) - x.value, (0.125 + x.error.powi(2)).sqrt());
    let up = Estimate::of_factors(across.value / first.value, &[across, first]);
    let y = Estimate::new(up.value + f64::midpoint(ay, by), (up.error.powi(2) + 0.125).sqrt());
    (x.value.is_finite() && y.value.is_finite()).then_some((x, y))
}

/// Puts the middle of a drawn arc half way between its ends, which run clockwise as it is seen.
pub(crate) fn put_middle(shape: &mut GraphicArcAttributes) {
    let [start, mid, end] = [&shape.start, &shape.mid, &shape.end].map(|p| point(p.as_ref()));
    if let Some(center) = Arc::new(start, mid, end).center() {
        let Point { x, y } = middle(start, end, center);
        shape.mid = Some(Vector2::new().with_x_nm(x.into()).with_y_nm(y.into()));
    }
}

/// Lets a drawn arc run clockwise as it is seen, which is the only way that KiCad keeps one.
pub(crate) fn wind(shape: &mut GraphicArcAttributes) {
    let [start, mid, end] = [&shape.start, &shape.mid, &shape.end].map(|p| point(p.as_ref()));
    let Some(center) = Arc::new(start, mid, end).center() else { return };
    let middle = middle(start, end, center);
    if super::distance(middle, mid) > super::distance(middle, center) {
        std::mem::swap(&mut shape.start, &mut shape.end);
        put_middle(shape);
    }
}

/// The point half way on the arc that runs clockwise as it is seen, from one end around a center to the other.
fn middle(start: Point, end: Point, center: Point) -> Point {
    let angle = |p: Point| {
        (f64::from(p.y) - f64::from(center.y)).atan2(f64::from(p.x) - f64::from(center.x)).to_degrees()
    };
    let turn = (angle(end) - angle(start)).rem_euclid(360.0);
    let turn = if turn == 0.0 { 360.0 } else { turn };
    Rotation::new(-turn / 2.0).turn_around(start, center)
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
