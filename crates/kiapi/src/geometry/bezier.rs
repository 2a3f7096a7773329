//! Cubic Bézier curves.

use kiapi_gen::common::types::GraphicBezierAttributes;

use super::arc::count_of;
use super::{Box2, Vector2};
use crate::Nm;

/// A cubic Bézier curve, as KiCad draws them.
///
/// # Examples
///
/// ```
/// use kiapi::geometry::Bezier;
/// use kiapi::{Nm, Vector2, mm};
///
/// let [start, control1, control2, end] =
///     [(0, 0), (0, 4), (6, 4), (6, 0)].map(|(x, y)| Vector2::new(mm(x), mm(y)));
/// let curve = Bezier { start, control1, control2, end };
/// assert_eq!(curve.point_at(0.5), Vector2::new(mm(3), mm(3)));
/// assert_eq!(curve.bounding_box().height(), mm(3));
/// assert!(curve.flattened(Nm(1_000)).len() < 100);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bezier {
    /// Where it begins.
    pub start: Vector2,
    /// What it heads for at first.
    pub control1: Vector2,
    /// What it comes from at last.
    pub control2: Vector2,
    /// Where it ends.
    pub end: Vector2,
}

impl Bezier {
    /// The point at a value of its parameter, from 0 to 1, rounded to the nanometre.
    #[inline]
    pub fn point_at(&self, parameter: f64) -> Vector2 {
        if parameter <= 0.0 {
            return self.start;
        }
        if parameter >= 1.0 {
            return self.end;
        }
        let rest = 1.0 - parameter;
        let weights = [
            rest * rest * rest,
            3.0 * rest * rest * parameter,
            3.0 * rest * parameter * parameter,
            parameter * parameter * parameter,
        ];
        let along = |axis: fn(Vector2) -> Nm| {
            Nm::round(
                self.points().iter().zip(weights).map(|(point, weight)| axis(*point).to_f64() * weight).sum(),
            )
        };
        Vector2::new(along(|point| point.x), along(|point| point.y))
    }

    /// The curve as a line of straight segments, ends included, that is nowhere farther from it than `max_error` and
    /// the rounding to nanometres. An error below a nanometre is taken for one.
    #[inline]
    pub fn flattened(&self, max_error: Nm) -> Vec<Vector2> {
        let [a, b, c, d] = self.points();
        let bend = |a: Vector2, b: Vector2, c: Vector2| {
            let second =
                |axis: fn(Vector2) -> Nm| axis(a).to_f64() - 2.0 * axis(b).to_f64() + axis(c).to_f64();
            second(|point| point.x).hypot(second(|point| point.y))
        };
        // A chord is off by an eighth of the second derivative at most, which is at most six times this.
        let bend = bend(a, b, c).max(bend(b, c, d));
        let count = count_of((0.75 * bend / max_error.max(Nm(1)).to_f64()).sqrt());
        (0..=count).map(|step| self.point_at(f64::from(step) / f64::from(count))).collect()
    }

    /// The smallest box around the curve, to the nanometre. The control points may lie outside.
    #[inline]
    pub fn bounding_box(&self) -> Box2 {
        let ends = Box2::new(self.start, self.end);
        let turns = [self.turns(|point| point.x), self.turns(|point| point.y)].concat();
        turns
            .into_iter()
            .map(|at| self.point_at(at))
            .fold(ends, |around, point| around.union(Box2::new(point, point)))
    }

    /// The length along the curve, off by less than a thousandth or a nanometre.
    #[inline]
    pub fn length(&self) -> Nm {
        let points = self.flattened(Nm(10));
        Nm::round(points.windows(2).map(|pair| (pair[1] - pair[0]).length_f64()).sum())
    }

    /// The same curve from its end to its start.
    #[must_use]
    #[inline]
    pub const fn reversed(&self) -> Self {
        Self { start: self.end, control1: self.control2, control2: self.control1, end: self.start }
    }

    #[inline]
    const fn points(&self) -> [Vector2; 4] {
        [self.start, self.control1, self.control2, self.end]
    }

    /// Where the curve turns back along an axis.
    #[inline]
    fn turns(&self, axis: fn(Vector2) -> Nm) -> Vec<f64> {
        let [start, first, second, end] = self.points().map(|point| axis(point).to_f64());
        // The derivative is a parabola.
        let square = end - 3.0 * second + 3.0 * first - start;
        let linear = 2.0 * (second - 2.0 * first + start);
        let constant = first - start;
        let roots = if square == 0.0 {
            vec![-constant / linear]
        } else {
            let root = (linear * linear - 4.0 * square * constant).sqrt();
            vec![(-linear + root) / (2.0 * square), (-linear - root) / (2.0 * square)]
        };
        // What is no number lies nowhere between.
        roots.into_iter().filter(|root| (0.0..=1.0).contains(root)).collect()
    }
}

/// What is not set is the origin.
impl From<&GraphicBezierAttributes> for Bezier {
    #[inline]
    fn from(curve: &GraphicBezierAttributes) -> Self {
        let [start, control1, control2, end] = [&curve.start, &curve.control1, &curve.control2, &curve.end]
            .map(|point| point.as_ref().map(Vector2::from).unwrap_or_default());
        Self { start, control1, control2, end }
    }
}

impl From<Bezier> for GraphicBezierAttributes {
    #[inline]
    fn from(curve: Bezier) -> Self {
        Self::new()
            .with_start(curve.start)
            .with_control1(curve.control1)
            .with_control2(curve.control2)
            .with_end(curve.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_point() -> impl Strategy<Value = Vector2> {
        (-100_000_000_i64..100_000_000, -100_000_000_i64..100_000_000)
            .prop_map(|(x, y)| Vector2::new(Nm(x), Nm(y)))
    }

    fn any_curve() -> impl Strategy<Value = Bezier> {
        [any_point(), any_point(), any_point(), any_point()]
            .prop_map(|[start, control1, control2, end]| Bezier { start, control1, control2, end })
    }

    proptest! {
        #[test]
        fn the_box_is_the_box_of_its_points(curve in any_curve()) {
            let around = curve.bounding_box();
            let points: Vec<_> = (0..=1000).map(|step| curve.point_at(f64::from(step) / 1000.0)).collect();
            prop_assert!(points.iter().all(|point| around.inflated(Nm(1)).contains(*point)));
            let of_points = Box2::from_points(points).expect("there are points");
            prop_assert!(of_points.inflated(Nm(500)).contains_box(&around));
        }

        #[test]
        fn flattened_is_as_near_as_was_asked(curve in any_curve(), error in 100_i64..1_000_000) {
            let points = curve.flattened(Nm(error));
            prop_assert_eq!((points[0], points[points.len() - 1]), (curve.start, curve.end));
            let count = u32::try_from(points.len() - 1).expect("they are few");
            for (step, pair) in (0..count).zip(points.windows(2)) {
                let on_curve = curve.point_at((f64::from(step) + 0.5) / f64::from(count));
                let on_chord = pair[0].midpoint(pair[1]);
                prop_assert!((on_curve - on_chord).length() <= Nm(error + 3));
            }
        }

        #[test]
        fn reversed_is_the_same_line(curve in any_curve(), parameter in 0.0..1.0_f64) {
            let off = curve.point_at(parameter) - curve.reversed().point_at(1.0 - parameter);
            prop_assert!(off.length() <= Nm(2));
            prop_assert!((curve.length() - curve.reversed().length()).abs() <= Nm(10));
            prop_assert_eq!(Bezier::from(&GraphicBezierAttributes::from(curve)), curve);
        }
    }

    #[test]
    fn a_straight_curve_is_as_long_as_its_line() {
        let [start, control1, control2, end] = [0, 1, 2, 3].map(|x| Vector2::new(Nm(x * 1_000), Nm(0)));
        let line = Bezier { start, control1, control2, end };
        assert_eq!((line.length(), line.flattened(Nm(1)).len()), (Nm(3_000), 2));
        let spot = Bezier::default();
        assert_eq!((spot.length(), spot.bounding_box()), (Nm(0), Box2::default()));
    }
}
