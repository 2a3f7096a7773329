//! How far a point is from a line or a polygon.

use super::{PolyLine, PolygonWithHoles, Vector2};
use crate::Nm;

/// How far from its arcs a line may be when it is asked how far a point is from it.
const MAX_ERROR: Nm = Nm(100);

impl PolyLine {
    /// How far a point is from the line itself, rounded to the nanometre; none if there is nothing of the line. What a
    /// closed line goes around is not part of it. Near an arc it may be off by 100 nm.
    ///
    /// ```
    /// use kiapi::geometry::PolyLine;
    /// use kiapi::{Vector2, mm};
    ///
    /// let [a, b, c] = [(0, 0), (4, 0), (4, 4)].map(|(x, y)| Vector2::new(mm(x), mm(y)));
    /// let point = Vector2::new(mm(1), mm(2));
    /// assert_eq!(PolyLine::open([a, b, c]).distance_to(point), Some(mm(2)));
    /// assert_eq!(PolyLine::open([a, b]).distance_to(c), Some(mm(4)));
    /// ```
    #[inline]
    pub fn distance_to(&self, point: Vector2) -> Option<Nm> {
        let corners = self.flattened(MAX_ERROR);
        let (first, last) = (*corners.first()?, *corners.last()?);
        let back = if self.is_closed { to_segment(point, last, first) } else { f64::INFINITY };
        let sides = corners.windows(2).map(|side| to_segment(point, side[0], side[1]));
        // A line of one point has no side.
        let nearest = sides.fold(back.min((point - first).length_f64()), f64::min);
        Some(Nm::round(nearest))
    }
}

impl PolygonWithHoles {
    /// How far a point is from the polygon, rounded to the nanometre: nothing if it is inside, and out of a hole as far as
    /// its edge is; none if the polygon has no outline. Near an arc it may be off by 100 nm.
    ///
    /// ```
    /// use kiapi::geometry::{PolyLine, PolygonWithHoles};
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let outer = Box2::from_center(Vector2::ZERO, Vector2::new(mm(6), mm(6)));
    /// let frame = PolygonWithHoles {
    ///     outline: PolyLine::closed(outer.corners()),
    ///     holes: vec![PolyLine::closed(outer.inflated(mm(-1)).corners())],
    /// };
    /// assert_eq!(frame.distance_to(Vector2::new(mm(8), mm(0))), Some(mm(5)));
    /// assert_eq!(frame.distance_to(Vector2::new(mm(2.5), mm(0))), Some(mm(0)));
    /// assert_eq!(frame.distance_to(Vector2::ZERO), Some(mm(2)));
    /// ```
    #[inline]
    pub fn distance_to(&self, point: Vector2) -> Option<Nm> {
        let to_outline = self.outline.distance_to(point)?;
        if self.contains(point) {
            return Some(Nm::ZERO);
        }
        let to_holes = self.holes.iter().filter_map(|hole| hole.distance_to(point));
        Some(to_holes.fold(to_outline, Nm::min))
    }
}

/// How far a point is from a straight line between two others, in nanometres.
#[inline]
fn to_segment(point: Vector2, start: Vector2, end: Vector2) -> f64 {
    let [along, to_point] = [end - start, point - start].map(|vector| (vector.x.to_f64(), vector.y.to_f64()));
    let square = along.0 * along.0 + along.1 * along.1;
    let share = if square > 0.0 { (to_point.0 * along.0 + to_point.1 * along.1) / square } else { 0.0 };
    let share = share.clamp(0.0, 1.0);
    (to_point.0 - along.0 * share).hypot(to_point.1 - along.1 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Arc;
    use crate::{deg, mm};

    fn point(x: i64, y: i64) -> Vector2 {
        Vector2::new(Nm(x), Nm(y))
    }

    #[track_caller]
    fn check(line: &PolyLine, at: (i64, i64), expected: Option<i64>) {
        assert_eq!(line.distance_to(point(at.0, at.1)), expected.map(Nm));
    }

    #[test]
    fn distance_is_that_of_the_nearest_side() {
        let corners = [point(0, 0), point(10, 0), point(10, 10)];
        check(&PolyLine::open(corners), (5, -7), Some(7));
        check(&PolyLine::open(corners), (-3, -4), Some(5));
        check(&PolyLine::open(corners), (0, 10), Some(10));
        // From the last corner it goes back to the first.
        check(&PolyLine::closed(corners), (0, 10), Some(7));
        check(&PolyLine::closed(corners), (8, 3), Some(2));
        check(&PolyLine::closed([point(3, 4)]), (0, 0), Some(5));
        check(&PolyLine::open([point(3, 4), point(3, 4)]), (3, 4), Some(0));
        check(&PolyLine::default(), (0, 0), None);
        assert_eq!(PolygonWithHoles::default().distance_to(Vector2::ZERO), None);
    }

    #[test]
    fn arcs_are_as_far_as_their_curve() {
        let circle =
            PolyLine::closed([Arc::from_center(Vector2::ZERO, Vector2::new(mm(1), mm(0)), deg(360))]);
        for angle in 0..36 {
            let at = Vector2::polar(mm(3), deg(angle * 10));
            let off = circle.distance_to(at).unwrap() - mm(2);
            assert!(off.abs() <= MAX_ERROR, "{off} at {angle}");
        }
        let disc = PolygonWithHoles { outline: circle, holes: Vec::new() };
        assert_eq!(disc.distance_to(Vector2::ZERO), Some(Nm::ZERO));
    }
}
