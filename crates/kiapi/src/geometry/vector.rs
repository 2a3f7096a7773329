//! Points and distances in the plane.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use kiapi_gen::board::commands::BoardFlipDirection;
use kiapi_gen::common::types;

use super::Angle;
use crate::Nm;
use crate::units::narrow;

/// A point or a distance on a board, in nanometres. `x` grows to the right, `y` downwards.
///
/// # Examples
///
/// ```
/// use kiapi::{Vector2, deg, mm};
///
/// let corner = Vector2::new(mm(10), mm(20));
/// assert_eq!(corner + Vector2::from((mm(1), mm(0))), Vector2::new(mm(11), mm(20)));
///
/// // Anticlockwise, so what lies to the right of the centre comes to lie above it.
/// let above = Vector2::new(mm(11), mm(20)).rotated_about(corner, deg(90));
/// assert_eq!(above, Vector2::new(mm(10), mm(19)));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vector2 {
    /// To the right.
    pub x: Nm,
    /// Downwards.
    pub y: Nm,
}

/// How an item is turned over.
///
/// # Examples
///
/// ```
/// use kiapi::geometry::FlipDirection;
/// use kiapi::{Vector2, mm};
///
/// let point = Vector2::new(mm(3), mm(1));
/// let flipped = point.mirrored(Vector2::ZERO, FlipDirection::LeftRight);
/// assert_eq!(flipped, Vector2::new(mm(-3), mm(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlipDirection {
    /// Left and right change places, as when a page is turned.
    LeftRight,
    /// Top and bottom change places.
    TopBottom,
}

impl From<FlipDirection> for BoardFlipDirection {
    #[inline]
    fn from(direction: FlipDirection) -> Self {
        match direction {
            FlipDirection::LeftRight => Self::LEFT_RIGHT,
            FlipDirection::TopBottom => Self::TOP_BOTTOM,
        }
    }
}

impl Vector2 {
    /// The origin, or no distance at all.
    pub const ZERO: Self = Self::new(Nm(0), Nm(0));

    /// A point from its coordinates.
    #[inline]
    pub const fn new(x: Nm, y: Nm) -> Self {
        Self { x, y }
    }

    /// The vector of a length in a direction, rounded to the nanometre; 0 degrees is to the right, 90 is up.
    ///
    /// ```
    /// use kiapi::{Vector2, deg, mm};
    ///
    /// assert_eq!(Vector2::polar(mm(5), deg(90)), Vector2::new(mm(0), mm(-5)));
    /// ```
    #[inline]
    pub fn polar(length: Nm, angle: Angle) -> Self {
        Self::new(length, Nm::ZERO).rotated(angle)
    }

    /// The length, rounded to the nanometre.
    ///
    /// ```
    /// use kiapi::{Vector2, mm};
    ///
    /// assert_eq!(Vector2::new(mm(3), mm(-4)).length(), mm(5));
    /// ```
    #[inline]
    pub fn length(self) -> Nm {
        Nm::round(self.length_f64())
    }

    /// The length in nanometres, not rounded.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2};
    ///
    /// assert_eq!(Vector2::new(Nm(1), Nm(1)).length_f64(), 2_f64.sqrt());
    /// ```
    #[inline]
    pub fn length_f64(self) -> f64 {
        self.x.to_f64().hypot(self.y.to_f64())
    }

    /// How far apart two points are, rounded to the nanometre.
    ///
    /// ```
    /// use kiapi::{Vector2, mm};
    ///
    /// assert_eq!(Vector2::new(mm(1), mm(1)).distance_to(Vector2::new(mm(4), mm(5))), mm(5));
    /// ```
    #[inline]
    pub fn distance_to(self, other: Self) -> Nm {
        (self - other).length()
    }

    /// The scalar product, in square nanometres. It is exact as long as the coordinates are KiCad's.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2};
    ///
    /// assert_eq!(Vector2::new(Nm(2), Nm(3)).dot(Vector2::new(Nm(4), Nm(5))), 23);
    /// ```
    #[inline]
    pub fn dot(self, other: Self) -> i128 {
        let (x, y) = (product(self.x, other.x), product(self.y, other.y));
        x.saturating_add(y)
    }

    /// The vector product, in square nanometres: above zero if `other` lies clockwise of this one as it is seen.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2};
    ///
    /// let (right, down) = (Vector2::new(Nm(1), Nm(0)), Vector2::new(Nm(0), Nm(1)));
    /// assert_eq!(right.cross(down), 1);
    /// ```
    #[inline]
    pub fn cross(self, other: Self) -> i128 {
        product(self.x, other.y).saturating_sub(product(self.y, other.x))
    }

    /// The direction in which it points, above -180 and up to 180 degrees: 0 is to the right, 90 is up. No distance
    /// points to the right.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2, deg};
    ///
    /// assert_eq!(Vector2::new(Nm(0), Nm(-7)).angle(), deg(90));
    /// assert_eq!(Vector2::new(Nm(7), Nm(7)).angle(), deg(-45));
    /// ```
    #[inline]
    pub fn angle(self) -> Angle {
        let (x, y) = (i128::from(self.x.0), i128::from(self.y.0));
        let quarter = |positive| if positive { 90.0 } else { -90.0 };
        Angle::from_degrees(match (x, y) {
            (0.., 0) => 0.0,
            (_, 0) => 180.0,
            (0, _) => quarter(y < 0),
            _ if x.abs() == y.abs() => quarter(y < 0) * if x > 0 { 0.5 } else { 1.5 },
            _ => return Angle::from_radians((-self.y.to_f64()).atan2(self.x.to_f64())),
        })
    }

    /// The point turned about the origin, anticlockwise, and rounded to the nanometre, half away from zero.
    ///
    /// It is exact at multiples of 90 degrees. At other angles, turning and turning back gives a point that is off by
    /// one nanometre at most in each coordinate.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2, deg};
    ///
    /// assert_eq!(Vector2::new(Nm(10), Nm(0)).rotated(deg(30)), Vector2::new(Nm(9), Nm(-5)));
    /// ```
    #[must_use]
    #[inline]
    pub fn rotated(self, angle: Angle) -> Self {
        match angle.quarters() {
            Some(0) => self,
            Some(1) => Self::new(self.y, -self.x),
            Some(2) => -self,
            Some(_) => Self::new(-self.y, self.x),
            None => {
                let (sin, cos) = angle.normalized().sin_cos();
                let (x, y) = (self.x.to_f64(), self.y.to_f64());
                Self::new(Nm::round(y * sin + x * cos), Nm::round(y * cos - x * sin))
            }
        }
    }

    /// The point turned about another one, as [`rotated`](Self::rotated) turns it about the origin.
    ///
    /// ```
    /// use kiapi::{Vector2, deg, mm};
    ///
    /// let about = Vector2::new(mm(5), mm(5));
    /// assert_eq!(Vector2::ZERO.rotated_about(about, deg(180)), Vector2::new(mm(10), mm(10)));
    /// ```
    #[must_use]
    #[inline]
    pub fn rotated_about(self, center: Self, angle: Angle) -> Self {
        if angle.quarters() == Some(0) { self } else { center + (self - center).rotated(angle) }
    }

    /// The point on the other side of the axis through `center`.
    ///
    /// ```
    /// use kiapi::geometry::FlipDirection;
    /// use kiapi::{Vector2, mm};
    ///
    /// let axis = Vector2::new(mm(10), mm(10));
    /// let point = Vector2::new(mm(12), mm(3));
    /// assert_eq!(point.mirrored(axis, FlipDirection::LeftRight), Vector2::new(mm(8), mm(3)));
    /// assert_eq!(point.mirrored(axis, FlipDirection::TopBottom), Vector2::new(mm(12), mm(17)));
    /// ```
    #[must_use]
    #[inline]
    pub fn mirrored(self, center: Self, direction: FlipDirection) -> Self {
        let mirror = |value: Nm, axis: Nm| Nm(narrow(2 * i128::from(axis.0) - i128::from(value.0)));
        match direction {
            FlipDirection::LeftRight => Self::new(mirror(self.x, center.x), self.y),
            FlipDirection::TopBottom => Self::new(self.x, mirror(self.y, center.y)),
        }
    }

    /// The vector times a factor, rounded to the nanometre, half away from zero.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2};
    ///
    /// assert_eq!(Vector2::new(Nm(3), Nm(-3)).scaled(0.5), Vector2::new(Nm(2), Nm(-2)));
    /// ```
    #[must_use]
    #[inline]
    pub fn scaled(self, factor: f64) -> Self {
        Self::new(self.x.scaled(factor), self.y.scaled(factor))
    }

    /// The vector in the same direction with another length, rounded to the nanometre; no distance stays as it is.
    ///
    /// ```
    /// use kiapi::{Vector2, mm};
    ///
    /// assert_eq!(Vector2::new(mm(3), mm(4)).resized(mm(10)), Vector2::new(mm(6), mm(8)));
    /// ```
    #[must_use]
    #[inline]
    pub fn resized(self, length: Nm) -> Self {
        let now = self.length_f64();
        if now == 0.0 { self } else { self.scaled(length.to_f64() / now) }
    }

    /// The point half way between two, rounded to the nanometre, half away from zero.
    ///
    /// ```
    /// use kiapi::{Nm, Vector2};
    ///
    /// assert_eq!(Vector2::ZERO.midpoint(Vector2::new(Nm(5), Nm(-5))), Vector2::new(Nm(3), Nm(-3)));
    /// ```
    #[must_use]
    #[inline]
    pub fn midpoint(self, other: Self) -> Self {
        let half = |a: Nm, b: Nm| {
            let sum = i128::from(a.0) + i128::from(b.0);
            Nm(narrow(sum / 2 + sum % 2))
        };
        Self::new(half(self.x, other.x), half(self.y, other.y))
    }

    /// The nearest point of a grid through the origin.
    ///
    /// ```
    /// use kiapi::{Vector2, mm};
    ///
    /// let point = Vector2::new(mm(1.4), mm(-0.6));
    /// assert_eq!(point.snapped(mm(0.5)), Vector2::new(mm(1.5), mm(-0.5)));
    /// ```
    #[must_use]
    #[inline]
    pub fn snapped(self, grid: Nm) -> Self {
        Self::new(self.x.snapped(grid), self.y.snapped(grid))
    }
}

#[inline]
fn product(a: Nm, b: Nm) -> i128 {
    i128::from(a.0) * i128::from(b.0)
}

impl fmt::Debug for Vector2 {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} nm, {} nm)", self.x.0, self.y.0)
    }
}

/// Both coordinates as [`Nm`] writes them; a precision counts for each.
impl fmt::Display for Vector2 {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.precision() {
            Some(decimals) => write!(f, "({:.decimals$}, {:.decimals$})", self.x, self.y),
            None => write!(f, "({}, {})", self.x, self.y),
        }
    }
}

impl From<(Nm, Nm)> for Vector2 {
    #[inline]
    fn from((x, y): (Nm, Nm)) -> Self {
        Self { x, y }
    }
}

impl From<Vector2> for types::Vector2 {
    #[inline]
    fn from(point: Vector2) -> Self {
        Self::new().with_x_nm(point.x.0).with_y_nm(point.y.0)
    }
}

impl From<types::Vector2> for Vector2 {
    #[inline]
    fn from(point: types::Vector2) -> Self {
        Self::from(&point)
    }
}

impl From<&types::Vector2> for Vector2 {
    #[inline]
    fn from(point: &types::Vector2) -> Self {
        Self::new(Nm(point.x_nm), Nm(point.y_nm))
    }
}

impl Add for Vector2 {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Vector2 {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Neg for Vector2 {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

impl Mul<i64> for Vector2 {
    type Output = Self;

    #[inline]
    fn mul(self, factor: i64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

/// Cuts off what is below a nanometre, and panics at zero, as integers do. [`Vector2::scaled`] rounds.
impl Div<i64> for Vector2 {
    type Output = Self;

    #[inline]
    fn div(self, divisor: i64) -> Self {
        Self::new(self.x / divisor, self.y / divisor)
    }
}

impl AddAssign for Vector2 {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Vector2 {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Vector2 {
    fn sum<I: Iterator<Item = Self>>(vectors: I) -> Self {
        vectors.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deg;

    fn any_point() -> impl Strategy<Value = Vector2> {
        let coordinate = -2_000_000_000_i64..2_000_000_000;
        (coordinate.clone(), coordinate).prop_map(|(x, y)| Vector2::new(Nm(x), Nm(y)))
    }

    proptest! {
        #[test]
        fn turning_by_quarters_is_exact(point in any_point(), center in any_point(), quarters in -8_i32..8) {
            let angle = deg(90 * quarters);
            let turned = point.rotated_about(center, angle);
            prop_assert_eq!(turned.rotated_about(center, -angle), point);
            prop_assert_eq!((turned - center).dot(turned - center), (point - center).dot(point - center));
        }

        #[test]
        fn turning_back_is_off_by_a_nanometre_at_most(point in any_point(), center in any_point(), degrees in -720.0..720.0_f64) {
            let back = point.rotated_about(center, deg(degrees)).rotated_about(center, deg(-degrees));
            let off = back - point;
            prop_assert!(off.x.abs() <= Nm(1) && off.y.abs() <= Nm(1), "{off:?}");
        }

        #[test]
        fn turning_keeps_the_distance(point in any_point(), center in any_point(), degrees in -720.0..720.0_f64) {
            let before = (point - center).length_f64();
            let after = (point.rotated_about(center, deg(degrees)) - center).length_f64();
            prop_assert!((before - after).abs() <= 1.0);
        }

        #[test]
        fn turning_adds_to_the_angle(point in any_point(), degrees in -180.0..180.0_f64) {
            prop_assume!(point.length_f64() > 1e6);
            let turned = point.rotated(deg(degrees)).angle() - point.angle();
            prop_assert!((turned - deg(degrees)).normalized_180().degrees().abs() < 1e-3);
        }

        #[test]
        fn mirroring_twice_leads_back(point in any_point(), center in any_point()) {
            for direction in [FlipDirection::LeftRight, FlipDirection::TopBottom] {
                prop_assert_eq!(point.mirrored(center, direction).mirrored(center, direction), point);
            }
            let both = point.mirrored(center, FlipDirection::LeftRight).mirrored(center, FlipDirection::TopBottom);
            prop_assert_eq!(both, point.rotated_about(center, deg(180)));
        }

        #[test]
        fn products_agree_with_angles(a in any_point(), b in any_point()) {
            prop_assert_eq!(a.cross(b), -b.cross(a));
            prop_assert_eq!(a.dot(b), b.dot(a));
            prop_assert_eq!(a.cross(a), 0);
            prop_assert_eq!(a.rotated(deg(-90)).dot(b), a.cross(b));
        }

        #[test]
        fn the_midpoint_is_as_far_from_both(a in any_point(), b in any_point()) {
            let mid = a.midpoint(b);
            prop_assert_eq!(mid, b.midpoint(a));
            prop_assert!(((mid - a) - (b - mid)).x.abs() <= Nm(1) && ((mid - a) - (b - mid)).y.abs() <= Nm(1));
        }

        #[test]
        fn nothing_panics_at_the_ends_of_the_range(ax: i64, ay: i64, bx: i64, by: i64, degrees: f64, factor: f64) {
            let (a, b) = (Vector2::new(Nm(ax), Nm(ay)), Vector2::new(Nm(bx), Nm(by)));
            let _ = (a + b, a - b, -a, a.dot(b), a.cross(b), a.angle(), a.length(), a.midpoint(b));
            let _ = (a.rotated_about(b, deg(degrees)), a.scaled(factor), a.mirrored(b, FlipDirection::TopBottom));
            let _ = (a.snapped(b.x), a.resized(b.y), a.distance_to(b));
        }
    }

    #[test]
    fn eight_directions_are_exact() {
        let directions = [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)];
        for ((x, y), degrees) in directions.into_iter().zip([0, 45, 90, 135, 180, -135, -90, -45]) {
            assert_eq!(Vector2::new(Nm(x), Nm(y)).angle(), deg(degrees), "({x}, {y})");
        }
        assert_eq!(Vector2::ZERO.angle(), Angle::ZERO);
    }

    #[test]
    fn points_are_written_in_millimetres() {
        let point = Vector2::new(Nm(1_500_000), Nm(-1));
        assert_eq!(point.to_string(), "(1.5 mm, -0.000001 mm)");
        assert_eq!(format!("{point:.2}"), "(1.50 mm, 0.00 mm)");
        assert_eq!(format!("{point:?}"), "(1500000 nm, -1 nm)");
    }
}
