//! Outlines of round things: how many segments an arc has, and where they end.

use std::f64::consts::PI;

use super::{add, distance, sub};
use crate::text::number::{Point, Rotation, round};

/// How far an outline may be from a true arc, in nanometres, if a board does not say otherwise.
pub(crate) const MAX_ERROR: f64 = 5_000.0;

/// How many segments a full circle has at most as far from the true one as that; at least eight.
fn segments(radius: i32, error: f64) -> f64 {
    let share = error / f64::from(radius.max(1));
    let step = (1.0 - share).acos() * 2.0 * 180.0 / PI;
    // Of a very small circle there is no such step.
    let step = if step.is_nan() { 45.0 } else { step.min(45.0) };
    (360.0 / step).round()
}

/// Circles and the ends of ovals are cut into a multiple of eight, and at least sixteen.
pub(super) fn round_segments(radius: i32, error: f64) -> f64 {
    ((segments(radius, error) / 8.0).ceil() * 8.0).max(16.0)
}

fn turned(point: Point, degrees: f64) -> Point {
    Rotation::new(degrees).turn_around(point, Point::default())
}

/// A circle; the first point is there twice.
pub(super) fn circle(center: Point, radius: i32, error: f64) -> Vec<Point> {
    let step = 360.0 / round_segments(radius, error);
    let mut points = Vec::new();
    let mut angle = step / 2.0;
    while angle < 360.0 {
        points.push(add(center, turned(Point { x: radius, y: 0 }, angle)));
        angle += step;
    }
    points.push(points[0]);
    points
}

/// A thick line with round ends.
pub(super) fn oval(from: Point, to: Point, width: i32, error: f64) -> Vec<Point> {
    let radius = width / 2;
    let step = 360.0 / round_segments(radius, error);
    // It is made lying to the right, then turned.
    let (start, end) = if to.x < from.x { (to, from) } else { (from, to) };
    let length = round(distance(start, end));
    let mut points = Vec::new();
    for (x, first) in [(length, -radius), (0, radius)] {
        let mut angle = step / 2.0;
        while angle < 180.0 {
            points.push(add(Point { x, y: 0 }, turned(Point { x: 0, y: first }, -angle)));
            angle += step;
        }
        // Where the round end meets the straight side, and that side's other end.
        points.push(Point { x, y: -first });
        points.push(Point { x: length - x, y: -first });
    }
    let (dx, dy) = (f64::from(end.x) - f64::from(start.x), f64::from(end.y) - f64::from(start.y));
    let direction = Rotation::new(-dy.atan2(dx).to_degrees());
    points.into_iter().map(|point| add(start, direction.turn_around(point, Point::default()))).collect()
}

/// A polygon whose corners are rounded, each by its own radius.
pub(super) fn rounded(corners: &[(Point, i32)], error: f64) -> Vec<Point> {
    let mut points = Vec::new();
    let count = corners.len();
    for (index, &(corner, radius)) in corners.iter().enumerate() {
        if radius == 0 {
            points.push(corner);
            continue;
        }
        let (before, after) = (corners[(index + count - 1) % count].0, corners[(index + 1) % count].0);
        let (incoming, outgoing) = (sub(corner, before), sub(after, corner));
        let angle = angle_between(incoming, outgoing);
        let reach = f64::from(radius) / ((180.0 - angle).to_radians() / 2.0).tan();
        let start = sub(corner, resized(incoming, round(reach)));
        // KiCad's perpendicular: a quarter turn.
        let center = add(start, resized(Point { x: -incoming.y, y: incoming.x }, radius));
        let end = add(corner, resized(outgoing, round(reach)));
        let step = 360.0 / segments(radius, error).max(16.0);
        let mut last = angle;
        while last > step {
            last -= step;
        }
        // The first and the last segment are of the same length.
        let mut turn = if last == 0.0 { step } else { f64::midpoint(step, last) };
        points.push(start);
        let spoke = sub(start, center);
        while turn < angle {
            points.push(add(turned(spoke, -turn), center));
            turn += step;
        }
        points.push(end);
    }
    points
}

fn angle_between(a: Point, b: Point) -> f64 {
    if (a.x == 0 && b.y == 0) || (a.y == 0 && b.x == 0) {
        return 90.0;
    }
    let (ax, ay, bx, by) = (f64::from(a.x), f64::from(a.y), f64::from(b.x), f64::from(b.y));
    ((ax * bx + ay * by) / (ax.hypot(ay) * bx.hypot(by))).clamp(-1.0, 1.0).acos().to_degrees()
}

/// A vector of the same direction and another length.
fn resized(vector: Point, length: i32) -> Point {
    let (x, y) = (f64::from(vector.x), f64::from(vector.y));
    let now = x.hypot(y);
    if now == 0.0 {
        return Point::default();
    }
    let scale = f64::from(length) / now;
    Point { x: round(x * scale), y: round(y * scale) }
}
