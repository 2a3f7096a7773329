//! Boxes with sides along the axes.

use std::fmt;

use kiapi_gen::common::types;

use super::Vector2;
use crate::Nm;

/// A box with sides along the axes, in nanometres. It may have no width or height; it is never inside out.
///
/// # Examples
///
/// ```
/// use kiapi::{Box2, Vector2, mm};
///
/// let board = Box2::new(Vector2::new(mm(0), mm(0)), Vector2::new(mm(100), mm(80)));
/// assert_eq!(board.center(), Vector2::new(mm(50), mm(40)));
/// assert!(board.inflated(mm(1)).contains(Vector2::new(mm(-1), mm(81))));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Box2 {
    min: Vector2,
    max: Vector2,
}

impl Box2 {
    /// The box between two corners, whichever they are.
    ///
    /// ```
    /// use kiapi::{Box2, Nm, Vector2};
    ///
    /// let (a, b) = (Vector2::new(Nm(5), Nm(0)), Vector2::new(Nm(0), Nm(7)));
    /// assert_eq!(Box2::new(a, b).max(), Vector2::new(Nm(5), Nm(7)));
    /// ```
    #[inline]
    pub fn new(a: Vector2, b: Vector2) -> Self {
        let min = Vector2::new(a.x.min(b.x), a.y.min(b.y));
        let max = Vector2::new(a.x.max(b.x), a.y.max(b.y));
        Self { min, max }
    }

    /// The box from a corner and a size, which may be negative.
    ///
    /// ```
    /// use kiapi::{Box2, Nm, Vector2};
    ///
    /// let left = Box2::from_size(Vector2::ZERO, Vector2::new(Nm(-5), Nm(5)));
    /// assert_eq!(left.min(), Vector2::new(Nm(-5), Nm(0)));
    /// ```
    #[inline]
    pub fn from_size(position: Vector2, size: Vector2) -> Self {
        Self::new(position, position + size)
    }

    /// The box of a size around a centre; of an odd size, the left and upper half is the smaller one.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let around = Box2::from_center(Vector2::ZERO, Vector2::new(mm(2), mm(4)));
    /// assert_eq!(around.min(), Vector2::new(mm(-1), mm(-2)));
    /// ```
    #[inline]
    pub fn from_center(center: Vector2, size: Vector2) -> Self {
        let size = Vector2::new(size.x.abs(), size.y.abs());
        Self::from_size(center - size / 2, size)
    }

    /// The smallest box around points; none if there are none.
    ///
    /// ```
    /// use kiapi::{Box2, Nm, Vector2};
    ///
    /// let points = [(3, 1), (-2, 5), (0, 0)].map(|(x, y)| Vector2::new(Nm(x), Nm(y)));
    /// let around = Box2::from_points(points).expect("there are points");
    /// assert_eq!((around.width(), around.height()), (Nm(5), Nm(5)));
    /// assert_eq!(Box2::from_points([]), None);
    /// ```
    pub fn from_points(points: impl IntoIterator<Item = Vector2>) -> Option<Self> {
        points.into_iter().map(|point| Self::new(point, point)).reduce(Self::union)
    }

    /// The upper left corner.
    #[inline]
    pub const fn min(&self) -> Vector2 {
        self.min
    }

    /// The lower right corner.
    #[inline]
    pub const fn max(&self) -> Vector2 {
        self.max
    }

    /// The width and the height.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let size = Vector2::new(mm(3), mm(2));
    /// assert_eq!(Box2::from_size(Vector2::new(mm(1), mm(1)), size).size(), size);
    /// ```
    #[inline]
    pub fn size(&self) -> Vector2 {
        self.max - self.min
    }

    /// The width.
    #[inline]
    pub fn width(&self) -> Nm {
        self.size().x
    }

    /// The height.
    #[inline]
    pub fn height(&self) -> Nm {
        self.size().y
    }

    /// The point in the middle, rounded half away from zero.
    #[inline]
    pub fn center(&self) -> Vector2 {
        self.min.midpoint(self.max)
    }

    /// The corners, clockwise as they are seen, from the upper left one on.
    ///
    /// ```
    /// use kiapi::{Box2, Nm, Vector2};
    ///
    /// let corners = Box2::new(Vector2::ZERO, Vector2::new(Nm(2), Nm(1))).corners();
    /// assert_eq!(corners.map(|corner| (corner.x.0, corner.y.0)), [(0, 0), (2, 0), (2, 1), (0, 1)]);
    /// ```
    #[inline]
    pub const fn corners(&self) -> [Vector2; 4] {
        let (min, max) = (self.min, self.max);
        [min, Vector2::new(max.x, min.y), max, Vector2::new(min.x, max.y)]
    }

    /// Whether a point is inside or on the edge.
    #[inline]
    pub fn contains(&self, point: Vector2) -> bool {
        (self.min.x..=self.max.x).contains(&point.x) && (self.min.y..=self.max.y).contains(&point.y)
    }

    /// Whether another box is inside, edges included.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let large = Box2::from_center(Vector2::ZERO, Vector2::new(mm(4), mm(4)));
    /// assert!(large.contains_box(&large.inflated(mm(-1))) && large.contains_box(&large));
    /// ```
    #[inline]
    pub fn contains_box(&self, other: &Self) -> bool {
        self.contains(other.min) && self.contains(other.max)
    }

    /// Whether the boxes have a point in common; touching is enough.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let left = Box2::from_size(Vector2::ZERO, Vector2::new(mm(1), mm(1)));
    /// assert!(left.intersects(&left.translated(Vector2::new(mm(1), mm(0)))));
    /// assert!(!left.intersects(&left.translated(Vector2::new(mm(1.1), mm(0)))));
    /// ```
    #[inline]
    pub fn intersects(&self, other: &Self) -> bool {
        self.intersection(other).is_some()
    }

    /// What the boxes have in common.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let a = Box2::new(Vector2::ZERO, Vector2::new(mm(2), mm(2)));
    /// let b = a.translated(Vector2::new(mm(1), mm(1)));
    /// assert_eq!(a.intersection(&b), Some(Box2::new(b.min(), a.max())));
    /// ```
    #[inline]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let min = Vector2::new(self.min.x.max(other.min.x), self.min.y.max(other.min.y));
        let max = Vector2::new(self.max.x.min(other.max.x), self.max.y.min(other.max.y));
        (min.x <= max.x && min.y <= max.y).then_some(Self { min, max })
    }

    /// The smallest box around both.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let a = Box2::new(Vector2::ZERO, Vector2::new(mm(1), mm(1)));
    /// let b = a.translated(Vector2::new(mm(5), mm(0)));
    /// assert_eq!(a.union(b), Box2::new(Vector2::ZERO, Vector2::new(mm(6), mm(1))));
    /// ```
    #[must_use]
    #[inline]
    pub fn union(self, other: Self) -> Self {
        let min = Vector2::new(self.min.x.min(other.min.x), self.min.y.min(other.min.y));
        let max = Vector2::new(self.max.x.max(other.max.x), self.max.y.max(other.max.y));
        Self { min, max }
    }

    /// The box with each side moved outwards by a distance, or inwards by a negative one, but not past the centre.
    ///
    /// ```
    /// use kiapi::{Box2, Vector2, mm};
    ///
    /// let small = Box2::from_center(Vector2::ZERO, Vector2::new(mm(2), mm(4)));
    /// assert_eq!(small.inflated(mm(1)).size(), Vector2::new(mm(4), mm(6)));
    /// assert_eq!(small.inflated(mm(-1.5)).size(), Vector2::new(mm(0), mm(1)));
    /// ```
    #[must_use]
    #[inline]
    pub fn inflated(&self, by: Nm) -> Self {
        let center = self.center();
        let grow = |min: Nm, max: Nm, center: Nm| {
            let (low, high) = (min - by, max + by);
            if low <= high { (low, high) } else { (center, center) }
        };
        let (left, right) = grow(self.min.x, self.max.x, center.x);
        let (top, bottom) = grow(self.min.y, self.max.y, center.y);
        Self { min: Vector2::new(left, top), max: Vector2::new(right, bottom) }
    }

    /// The box somewhere else.
    #[must_use]
    #[inline]
    pub fn translated(&self, by: Vector2) -> Self {
        Self::new(self.min + by, self.max + by)
    }
}

impl fmt::Debug for Box2 {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}..{:?}", self.min, self.max)
    }
}

impl From<Box2> for types::Box2 {
    #[inline]
    fn from(value: Box2) -> Self {
        Self::new().with_position(value.min).with_size(value.size())
    }
}

/// What is not set is zero; a negative size is turned around.
impl From<&types::Box2> for Box2 {
    #[inline]
    fn from(value: &types::Box2) -> Self {
        let vector = |vector: &Option<types::Vector2>| vector.as_ref().map(Vector2::from).unwrap_or_default();
        Self::from_size(vector(&value.position), vector(&value.size))
    }
}

impl From<types::Box2> for Box2 {
    #[inline]
    fn from(value: types::Box2) -> Self {
        Self::from(&value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_point() -> impl Strategy<Value = Vector2> {
        let coordinate = -2_000_000_000_i64..2_000_000_000;
        (coordinate.clone(), coordinate).prop_map(|(x, y)| Vector2::new(Nm(x), Nm(y)))
    }

    fn any_box() -> impl Strategy<Value = Box2> {
        (any_point(), any_point()).prop_map(|(a, b)| Box2::new(a, b))
    }

    proptest! {
        #[test]
        fn messages_lead_back(value in any_box()) {
            prop_assert_eq!(Box2::from(&types::Box2::from(value)), value);
            // The same box from each of its corners.
            for corner in value.corners() {
                let opposite = value.min + value.max - corner;
                prop_assert_eq!(Box2::from_size(corner, opposite - corner), value);
            }
        }

        #[test]
        fn unions_contain_both_and_intersections_are_in_both(a in any_box(), b in any_box(), point in any_point()) {
            prop_assert!(a.union(b).contains_box(&a) && a.union(b).contains_box(&b));
            prop_assert_eq!(a.union(b), b.union(a));
            let common = a.intersection(&b);
            prop_assert_eq!(common, b.intersection(&a));
            let in_both = a.contains(point) && b.contains(point);
            prop_assert_eq!(common.is_some_and(|common| common.contains(point)), in_both);
            if let Some(common) = common {
                prop_assert!(a.contains_box(&common) && b.contains_box(&common));
            }
        }

        #[test]
        fn inflating_is_symmetric(value in any_box(), by in -3_000_000_000_i64..3_000_000_000) {
            let other = value.inflated(Nm(by));
            prop_assert_eq!(other.center(), value.center());
            prop_assert_eq!(other.width(), (value.width() + Nm(2 * by)).max(Nm(0)));
            prop_assert_eq!(other.height(), (value.height() + Nm(2 * by)).max(Nm(0)));
            if by >= 0 {
                prop_assert_eq!(other.inflated(Nm(-by)), value);
            }
        }

        #[test]
        fn the_box_of_points_is_the_smallest(points in prop::collection::vec(any_point(), 1..20)) {
            let around = Box2::from_points(points.iter().copied()).expect("there are points");
            prop_assert!(points.iter().all(|point| around.contains(*point)));
            for edge in [around.min.x, around.max.x] {
                prop_assert!(points.iter().any(|point| point.x == edge));
            }
            for edge in [around.min.y, around.max.y] {
                prop_assert!(points.iter().any(|point| point.y == edge));
            }
        }
    }

    #[test]
    fn a_message_with_nothing_set_is_a_point() {
        assert_eq!(Box2::from(&types::Box2::new()), Box2::default());
    }
}
