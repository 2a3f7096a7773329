//! Arcs of circles.

use std::f64::consts::TAU;

use kiapi_gen::common::types::{ArcStartMidEnd, GraphicArcAttributes};

use super::{Angle, Box2, FlipDirection, Vector2};
use crate::Nm;

/// The most segments that an arc or a curve becomes, whatever error is asked for.
pub(super) const MAX_SEGMENTS: u32 = 1 << 17;

/// An arc of a circle, through three points as KiCad gives it.
///
/// - An arc that ends where it starts is a whole circle, with the point in the middle opposite. It turns anticlockwise.
/// - Three points on a line, or two of them in one place, are no part of a circle: this arc
///   [is straight](Self::is_straight), has no centre, and runs from the start to the middle to the end.
///
/// # Examples
///
/// ```
/// use kiapi::geometry::Arc;
/// use kiapi::{Vector2, deg, mm};
///
/// // From the right over the top to the left.
/// let arc = Arc::new(Vector2::new(mm(1), mm(0)), Vector2::new(mm(0), mm(-1)), Vector2::new(mm(-1), mm(0)));
/// assert_eq!(arc.center(), Some(Vector2::ZERO));
/// assert_eq!(arc.radius(), Some(mm(1)));
/// assert_eq!((arc.start_angle(), arc.end_angle(), arc.sweep()), (deg(0), deg(180), deg(180)));
/// assert_eq!(arc.bounding_box().height(), mm(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Arc {
    /// Where it begins.
    pub start: Vector2,
    /// A point between, usually half way.
    pub mid: Vector2,
    /// Where it ends.
    pub end: Vector2,
}

/// The circle of an arc, relative to where the arc begins, so that nothing is lost far from the origin.
#[derive(Clone, Copy, Debug)]
struct Circle {
    x: f64,
    y: f64,
    radius: f64,
}

impl Arc {
    /// An arc through three points.
    #[inline]
    pub const fn new(start: Vector2, mid: Vector2, end: Vector2) -> Self {
        Self { start, mid, end }
    }

    /// An arc around a centre, from a point on; it turns by `sweep`, anticlockwise if that is above zero. A whole turn
    /// or more is a circle.
    ///
    /// The point in the middle is rounded to the nanometre, and so the centre that follows from the three points may be
    /// off by a few.
    ///
    /// ```
    /// use kiapi::geometry::Arc;
    /// use kiapi::{Vector2, deg, mm};
    ///
    /// let half = Arc::from_center(Vector2::ZERO, Vector2::new(mm(10), mm(0)), deg(-180));
    /// assert_eq!((half.mid, half.end), (Vector2::new(mm(0), mm(10)), Vector2::new(mm(-10), mm(0))));
    /// assert_eq!(half.center(), Some(Vector2::ZERO));
    /// ```
    #[inline]
    pub fn from_center(center: Vector2, start: Vector2, sweep: Angle) -> Self {
        let sweep = if sweep.abs() < Angle::FULL { sweep } else { Angle::FULL };
        Self::new(start, start.rotated_about(center, sweep / 2.0), start.rotated_about(center, sweep))
    }

    /// Whether it is a whole circle.
    #[inline]
    pub fn is_circle(&self) -> bool {
        self.start == self.end && self.start != self.mid
    }

    /// Whether the three points lie on a line, so that there is no circle through them.
    ///
    /// ```
    /// use kiapi::geometry::Arc;
    /// use kiapi::{Nm, Vector2};
    ///
    /// let [a, b, c] = [0, 1, 5].map(|x| Vector2::new(Nm(x), Nm(x)));
    /// let straight = Arc::new(a, b, c);
    /// assert!(straight.is_straight());
    /// assert_eq!((straight.center(), straight.length()), (None, Nm(7)));
    /// ```
    #[inline]
    pub fn is_straight(&self) -> bool {
        self.circle().is_none()
    }

    /// The centre of the circle, rounded to the nanometre; none if it is straight.
    #[inline]
    pub fn center(&self) -> Option<Vector2> {
        self.circle().map(|circle| self.start + Vector2::new(Nm::round(circle.x), Nm::round(circle.y)))
    }

    /// The radius, rounded to the nanometre; none if it is straight.
    #[inline]
    pub fn radius(&self) -> Option<Nm> {
        self.circle().map(|circle| Nm::round(circle.radius))
    }

    /// The direction from the centre to the start, from 0 up to 360 degrees; 0 if it is straight.
    #[inline]
    pub fn start_angle(&self) -> Angle {
        self.circle().map_or(Angle::ZERO, |circle| circle.angle_to(Vector2::ZERO))
    }

    /// The direction from the centre to the end, from 0 up to 360 degrees; 0 if it is straight.
    #[inline]
    pub fn end_angle(&self) -> Angle {
        self.circle().map_or(Angle::ZERO, |circle| circle.angle_to(self.end - self.start))
    }

    /// By how much it turns: above zero if it turns anticlockwise as it is seen, 360 degrees for a circle, 0 if it is
    /// straight.
    #[inline]
    pub fn sweep(&self) -> Angle {
        self.circle().map_or(Angle::ZERO, |circle| self.sweep_on(circle))
    }

    /// The length along the arc, rounded to the nanometre.
    ///
    /// ```
    /// use kiapi::geometry::Arc;
    /// use kiapi::{Nm, Vector2, deg, mm};
    ///
    /// let circle = Arc::from_center(Vector2::ZERO, Vector2::new(mm(1), mm(0)), deg(360));
    /// assert_eq!(circle.length(), Nm(6_283_185));
    /// ```
    #[inline]
    pub fn length(&self) -> Nm {
        Nm::round(self.length_f64())
    }

    #[inline]
    pub(super) fn length_f64(&self) -> f64 {
        match self.circle() {
            Some(circle) => circle.radius * self.sweep_on(circle).abs().radians(),
            None => (self.mid - self.start).length_f64() + (self.end - self.mid).length_f64(),
        }
    }

    /// The smallest box around it, to the nanometre.
    #[inline]
    pub fn bounding_box(&self) -> Box2 {
        let ends = Box2::new(self.start, self.end).union(Box2::new(self.mid, self.mid));
        let Some(circle) = self.circle() else {
            return ends;
        };
        let (start, sweep) = (circle.angle_to(Vector2::ZERO), self.sweep_on(circle));
        let extremes = [0.0, 90.0, 180.0, 270.0].map(Angle::from_degrees).into_iter().filter(|angle| {
            let turn = if sweep > Angle::ZERO { *angle - start } else { start - *angle };
            turn.normalized() < sweep.abs()
        });
        extremes.fold(ends, |around, angle| {
            let point = self.start + circle.point(angle);
            around.union(Box2::new(point, point))
        })
    }

    /// The point after a share of the way, from 0 to 1, rounded to the nanometre.
    ///
    /// ```
    /// use kiapi::geometry::Arc;
    /// use kiapi::{Nm, Vector2, deg};
    ///
    /// let arc = Arc::from_center(Vector2::ZERO, Vector2::new(Nm(100), Nm(0)), deg(180));
    /// assert_eq!(arc.point_at(0.5), Vector2::new(Nm(0), Nm(-100)));
    /// ```
    #[inline]
    pub fn point_at(&self, share: f64) -> Vector2 {
        if share <= 0.0 {
            return self.start;
        }
        if share >= 1.0 {
            return self.end;
        }
        let Some(circle) = self.circle() else {
            let way = share * self.length_f64();
            let first = (self.mid - self.start).length_f64();
            let second = (self.end - self.mid).length_f64();
            return if way <= first {
                self.start + (self.mid - self.start).scaled(way / first.max(1.0))
            } else {
                self.mid + (self.end - self.mid).scaled((way - first) / second.max(1.0))
            };
        };
        self.start + circle.point(circle.angle_to(Vector2::ZERO) + self.sweep_on(circle) * share)
    }

    /// The arc as a line of straight segments, ends included, that is nowhere farther from it than `max_error` and the
    /// rounding to nanometres. An error below a nanometre is taken for one. There are at most 131 072 segments: an arc whose
    /// radius is tens of metres, which no board has, may be farther from them than a few nanometres.
    ///
    /// ```
    /// use kiapi::geometry::Arc;
    /// use kiapi::{Nm, Vector2, deg, mm};
    ///
    /// let arc = Arc::from_center(Vector2::ZERO, Vector2::new(mm(1), mm(0)), deg(90));
    /// let points = arc.flattened(Nm(5_000));
    /// assert_eq!((points.first(), points.last()), (Some(&arc.start), Some(&arc.end)));
    /// assert_eq!(points.len(), 9);
    /// ```
    #[inline]
    pub fn flattened(&self, max_error: Nm) -> Vec<Vector2> {
        let Some(circle) = self.circle() else {
            let mut points = vec![self.start, self.mid, self.end];
            points.dedup();
            return points;
        };
        let (from, sweep) = (circle.angle_to(Vector2::ZERO), self.sweep_on(circle));
        let count = circle.segments(sweep, max_error);
        let inner = (1..count)
            .map(|step| self.start + circle.point(from + sweep * (f64::from(step) / f64::from(count))));
        std::iter::once(self.start).chain(inner).chain(std::iter::once(self.end)).collect()
    }

    /// The same arc from its end to its start. A circle still turns anticlockwise.
    #[must_use]
    #[inline]
    pub const fn reversed(&self) -> Self {
        Self::new(self.end, self.mid, self.start)
    }

    /// The arc somewhere else.
    #[must_use]
    #[inline]
    pub fn translated(&self, by: Vector2) -> Self {
        self.map(|point| point + by)
    }

    /// The arc turned about a point, anticlockwise.
    #[must_use]
    #[inline]
    pub fn rotated_about(&self, center: Vector2, angle: Angle) -> Self {
        self.map(|point| point.rotated_about(center, angle))
    }

    /// The arc on the other side of the axis through a point. It turns the other way then.
    #[must_use]
    #[inline]
    pub fn mirrored(&self, center: Vector2, direction: FlipDirection) -> Self {
        self.map(|point| point.mirrored(center, direction))
    }

    fn map(&self, change: impl Fn(Vector2) -> Vector2) -> Self {
        Self::new(change(self.start), change(self.mid), change(self.end))
    }

    /// Twice the area between the arc and its chord, with the sign of the way it turns: above zero if anticlockwise.
    #[inline]
    pub(super) fn twice_segment_area(&self) -> f64 {
        let Some(circle) = self.circle() else {
            // The triangle has no area: all three lie on a line.
            return 0.0;
        };
        let sweep = self.sweep_on(circle);
        circle.radius * circle.radius * (sweep.radians() - sweep.sin())
    }

    #[allow(clippy::cast_precision_loss)] // what is rounded here is far below a nanometre
    #[inline]
    fn circle(&self) -> Option<Circle> {
        let (mid, end) = (self.mid - self.start, self.end - self.start);
        if self.is_circle() {
            let (x, y) = (mid.x.to_f64() / 2.0, mid.y.to_f64() / 2.0);
            return Some(Circle { x, y, radius: x.hypot(y) });
        }
        let area = mid.cross(end);
        if area == 0 {
            return None;
        }
        let (mid_square, end_square) = (mid.dot(mid) as f64, end.dot(end) as f64);
        let twice = 2.0 * area as f64;
        // With 32 bits a coordinate, these products are exact as integers; beyond, they are as good as can be.
        let numerator = |mid: Nm, end: Nm| {
            let exact = i128::from(end.0)
                .checked_mul(self.square(self.mid))
                .zip(i128::from(mid.0).checked_mul(self.square(self.end)))
                .and_then(|(a, b)| a.checked_sub(b));
            exact.map_or(end.to_f64() * mid_square - mid.to_f64() * end_square, |exact| exact as f64)
        };
        let (x, y) = (numerator(mid.y, end.y) / twice, -numerator(mid.x, end.x) / twice);
        Some(Circle { x, y, radius: x.hypot(y) })
    }

    /// The square of the distance from the start.
    #[inline]
    fn square(&self, point: Vector2) -> i128 {
        (point - self.start).dot(point - self.start)
    }

    #[inline]
    fn sweep_on(&self, circle: Circle) -> Angle {
        if self.is_circle() {
            return Angle::FULL;
        }
        let (start, end) = (circle.angle_to(Vector2::ZERO), circle.angle_to(self.end - self.start));
        // Which way it turns is told by the three points exactly, and by angles only nearly.
        let is_clockwise = (self.mid - self.start).cross(self.end - self.start) > 0;
        let sweep = if is_clockwise { (start - end).normalized() } else { (end - start).normalized() };
        if is_clockwise { -sweep } else { sweep }
    }
}

impl Circle {
    #[inline]
    fn angle_to(self, point: Vector2) -> Angle {
        let (x, y) = (point.x.to_f64() - self.x, point.y.to_f64() - self.y);
        // Down is where y grows.
        let angle = if x == 0.0 || y == 0.0 {
            let quarter = if y < 0.0 { 90.0 } else { 270.0 };
            Angle::from_degrees(if y == 0.0 { if x < 0.0 { 180.0 } else { 0.0 } } else { quarter })
        } else {
            Angle::from_radians((-y).atan2(x))
        };
        angle.normalized()
    }

    #[inline]
    fn point(self, angle: Angle) -> Vector2 {
        let (sin, cos) = angle.sin_cos();
        Vector2::new(Nm::round(self.x + self.radius * cos), Nm::round(self.y - self.radius * sin))
    }

    #[inline]
    fn segments(self, sweep: Angle, max_error: Nm) -> u32 {
        let error = max_error.max(Nm(1)).to_f64();
        // A chord over this angle is that far from its arc; over half a turn, it is a diameter.
        let step = if error >= self.radius { TAU / 3.0 } else { 2.0 * (1.0 - error / self.radius).acos() };
        count_of(sweep.abs().radians() / step.min(TAU / 3.0))
    }
}

/// A number of segments, at least one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is in range then
#[inline]
pub(super) fn count_of(exact: f64) -> u32 {
    exact.ceil().clamp(1.0, f64::from(MAX_SEGMENTS)) as u32
}

/// What is not set is the origin.
impl From<&ArcStartMidEnd> for Arc {
    #[inline]
    fn from(arc: &ArcStartMidEnd) -> Self {
        let [start, mid, end] =
            [&arc.start, &arc.mid, &arc.end].map(|p| p.as_ref().map(Vector2::from).unwrap_or_default());
        Self::new(start, mid, end)
    }
}

impl From<Arc> for ArcStartMidEnd {
    #[inline]
    fn from(arc: Arc) -> Self {
        Self::new().with_start(arc.start).with_mid(arc.mid).with_end(arc.end)
    }
}

/// What is not set is the origin.
impl From<&GraphicArcAttributes> for Arc {
    #[inline]
    fn from(arc: &GraphicArcAttributes) -> Self {
        let [start, mid, end] =
            [&arc.start, &arc.mid, &arc.end].map(|p| p.as_ref().map(Vector2::from).unwrap_or_default());
        Self::new(start, mid, end)
    }
}

impl From<Arc> for GraphicArcAttributes {
    #[inline]
    fn from(arc: Arc) -> Self {
        Self::new().with_start(arc.start).with_mid(arc.mid).with_end(arc.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deg;

    fn point(x: i64, y: i64) -> Vector2 {
        Vector2::new(Nm(x), Nm(y))
    }

    fn any_point(range: i64) -> impl Strategy<Value = Vector2> {
        (-range..range, -range..range).prop_map(|(x, y)| point(x, y))
    }

    /// An arc that is made from its centre: the centre, and how much it turns.
    fn any_made_arc() -> impl Strategy<Value = (Vector2, Angle, Arc)> {
        (any_point(500_000_000), 50_000_i64..500_000_000, -180.0..180.0_f64, -358.0..358.0_f64)
            .prop_filter("it turns", |(.., sweep)| sweep.abs() > 2.0)
            .prop_map(|(center, radius, from, sweep)| {
                let start = center + Vector2::polar(Nm(radius), deg(from));
                (center, deg(sweep), Arc::from_center(center, start, deg(sweep)))
            })
    }

    proptest! {
        #[test]
        fn an_arc_is_what_it_was_made_from((center, sweep, arc) in any_made_arc()) {
            let radius = (arc.start - center).length_f64();
            // Nanometres on an arc that turns little weigh more.
            let lever = 20.0 / (1.0 - (sweep.radians() / 2.0).cos()).min(1.0);
            let off = (arc.center().expect("it turns") - center).length_f64();
            prop_assert!(off <= lever, "{off} of {lever}");
            prop_assert!((arc.radius().expect("it turns").to_f64() - radius).abs() <= lever);
            prop_assert!((arc.sweep() - sweep).degrees().abs() * radius <= 100.0 * lever);
            prop_assert!((arc.length_f64() - radius * sweep.abs().radians()).abs() <= 10.0 * lever);
        }

        #[test]
        fn the_box_is_the_box_of_its_points((_, _, arc) in any_made_arc()) {
            let around = arc.bounding_box();
            let points: Vec<_> = (0..=2000).map(|step| arc.point_at(f64::from(step) / 2000.0)).collect();
            prop_assert!(points.iter().all(|point| around.inflated(Nm(2)).contains(*point)));
            let of_points = Box2::from_points(points).expect("there are points");
            // Two thousand steps of 500 mm leave out this much of what is farthest.
            prop_assert!(of_points.inflated(Nm(700)).contains_box(&around), "{of_points:?} {around:?}");
        }

        #[test]
        fn flattened_is_as_near_as_was_asked((center, _, arc) in any_made_arc(), error in 100_i64..100_000) {
            let points = arc.flattened(Nm(error));
            let radius = (arc.start - center).length_f64();
            prop_assert_eq!((points[0], points[points.len() - 1]), (arc.start, arc.end));
            for pair in points.windows(2) {
                let from_center = (pair[0].midpoint(pair[1]) - center).length_f64();
                prop_assert!((radius - from_center).abs() <= Nm(error).to_f64() + 60.0, "{}", radius - from_center);
            }
        }

        #[test]
        fn reversing_and_mirroring_turn_the_other_way((center, _, arc) in any_made_arc()) {
            let back = arc.reversed();
            prop_assert!((arc.sweep() + back.sweep()).degrees().abs() < 1e-9);
            prop_assert!((arc.sweep() + arc.mirrored(center, FlipDirection::TopBottom).sweep()).degrees().abs() < 1e-9);
            prop_assert_eq!(arc.bounding_box(), back.bounding_box());
        }

        #[test]
        fn no_three_points_make_it_panic(start in any_point(20), mid in any_point(20), end in any_point(20), share: f64) {
            let arc = Arc::new(start, mid, end);
            let around = arc.bounding_box();
            prop_assert!([start, mid, end].iter().all(|point| around.contains(*point)));
            prop_assert_eq!(arc.center().is_none(), arc.sweep() == Angle::ZERO);
            prop_assert!(arc.sweep().abs() <= Angle::FULL);
            let points = arc.flattened(Nm::ZERO);
            prop_assert_eq!((points.first(), points.last()), (Some(&start), Some(&end)));
            prop_assert!(around.inflated(Nm(1)).contains(arc.point_at(share)));
            prop_assert!(arc.length().to_f64() + 1.0 >= (end - start).length_f64());
        }

        #[test]
        fn no_coordinates_make_it_panic(a: (i64, i64), b: (i64, i64), c: (i64, i64)) {
            let arc = Arc::new(point(a.0, a.1), point(b.0, b.1), point(c.0, c.1));
            let _ = (arc.bounding_box(), arc.center(), arc.length(), arc.sweep(), arc.point_at(0.3));
            // KiCad's range is an arc's range; beyond, it takes a great error to be done soon.
            prop_assert!(arc.flattened(Nm(1 << 40)).len() <= MAX_SEGMENTS as usize + 1);
        }
    }

    #[test]
    fn degenerate_arcs_are_as_documented() {
        let (a, b) = (point(0, 0), point(10, 0));
        let circle = Arc::new(a, b, a);
        assert!(circle.is_circle() && !circle.is_straight());
        assert_eq!((circle.center(), circle.radius()), (Some(point(5, 0)), Some(Nm(5))));
        assert_eq!(
            (circle.sweep(), circle.start_angle(), circle.end_angle()),
            (deg(360), deg(180), deg(180))
        );
        assert_eq!(circle.bounding_box(), Box2::new(point(0, -5), point(10, 5)));
        assert_eq!(circle.length(), Nm(31));
        assert_eq!(circle.flattened(Nm(1)).len(), 6);

        let spot = Arc::new(a, a, a);
        assert!(spot.is_straight() && !spot.is_circle());
        assert_eq!((spot.length(), spot.flattened(Nm(1))), (Nm(0), vec![a]));

        for straight in [Arc::new(a, a, b), Arc::new(a, b, b), Arc::new(a, point(4, 0), b)] {
            assert!(straight.is_straight());
            assert_eq!((straight.length(), straight.center()), (Nm(10), None));
            assert_eq!(straight.point_at(0.5), point(5, 0));
        }
        // The point between lies beyond the end: it goes there and back.
        let beyond = Arc::new(a, point(20, 0), b);
        assert_eq!((beyond.length(), beyond.bounding_box().width()), (Nm(30), Nm(20)));
    }

    #[test]
    fn arcs_of_quarters_end_where_they_should() {
        let center = point(100_000_000, -70_000_000);
        let start = center + point(3_000_000, 0);
        for (sweep, end) in [(90, (0, -3)), (180, (-3, 0)), (270, (0, 3)), (-90, (0, 3)), (-270, (0, -3))] {
            let arc = Arc::from_center(center, start, deg(sweep));
            assert_eq!(arc.end, center + point(end.0 * 1_000_000, end.1 * 1_000_000));
            // The point in the middle is rounded, and so is what follows from it.
            assert!((arc.center().expect("it turns") - center).length() <= Nm(2));
            assert!((arc.radius().expect("it turns") - Nm(3_000_000)).abs() <= Nm(1));
            assert!((arc.sweep() - deg(sweep)).degrees().abs() < 1e-4, "{sweep}: {}", arc.sweep());
        }
    }
}
