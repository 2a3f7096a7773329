//! Arithmetic as KiCad does it: coordinates are 32 bits wide, and which way a fraction goes is part of the answer.

/// A point or a size, in nanometres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// Cuts the fraction off. What does not fit becomes the least number, as on the machines that KiCad runs on.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn trunc(value: f64) -> i32 {
    let whole = value.trunc();
    if whole >= f64::from(i32::MIN) && whole <= f64::from(i32::MAX) { whole as i32 } else { i32::MIN }
}

/// Rounds to the nearest number, halves away from zero. What does not fit becomes the nearest that does.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked by clamp, and NaN becomes 0")]
pub(crate) fn round(value: f64) -> i32 {
    let moved = if value < 0.0 { value - 0.5 } else { value + 0.5 };
    moved.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32
}

/// The lower 32 bits of a number on the wire: what KiCad keeps of a coordinate.
#[allow(clippy::cast_possible_truncation, reason = "KiCad cuts off the rest as well")]
pub(crate) fn narrow(value: i64) -> i32 {
    value as i32
}

/// An angle in degrees, with the sine and cosine that KiCad uses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    degrees: f64,
    sin: f64,
    cos: f64,
}

impl Rotation {
    pub(crate) fn new(degrees: f64) -> Self {
        let degrees = if degrees.is_finite() { degrees.rem_euclid(360.0) } else { 0.0 };
        // Compared exactly, as KiCad does.
        let table = [(0.0, 0.0, 1.0), (90.0, 1.0, 0.0), (180.0, 0.0, -1.0), (270.0, -1.0, 0.0)];
        #[allow(clippy::float_cmp, reason = "only the exact angles are special")]
        let known = table.into_iter().find(|(angle, ..)| *angle == degrees);
        let (sin, cos) = match known {
            Some((_, sin, cos)) => (sin, cos),
            None => (degrees * std::f64::consts::PI / 180.0).sin_cos(),
        };
        Self { degrees, sin, cos }
    }

    /// The angle that turns back.
    pub(crate) fn inverse(self) -> Self {
        Self::new(-self.degrees)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.degrees == 0.0
    }

    /// Turns a point counterclockwise (as it is seen: y points down) around the origin.
    pub(crate) fn turn(self, (x, y): (f64, f64)) -> (f64, f64) {
        (y * self.sin + x * self.cos, y * self.cos - x * self.sin)
    }

    /// Turns a point around another, and rounds it.
    pub(crate) fn turn_around(self, point: Point, center: Point) -> Point {
        let (x, y) = (f64::from(point.x.wrapping_sub(center.x)), f64::from(point.y.wrapping_sub(center.y)));
        let (x, y) = self.turn((x, y));
        Point { x: round(x).wrapping_add(center.x), y: round(y).wrapping_add(center.y) }
    }
}
