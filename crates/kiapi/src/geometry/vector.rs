//! Points and distances in the plane.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use kiapi_gen::common::types;

use crate::Nm;

/// A point or a distance on a board, in nanometres. `x` grows to the right, `y` downwards.
///
/// # Examples
///
/// ```
/// use kiapi::{Vector2, mm};
///
/// let corner = Vector2::new(mm(10), mm(20));
/// assert_eq!(corner + Vector2::from((mm(1), mm(0))), Vector2::new(mm(11), mm(20)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vector2 {
    /// To the right.
    pub x: Nm,
    /// Downwards.
    pub y: Nm,
}

impl Vector2 {
    /// The origin, or no distance at all.
    pub const ZERO: Self = Self::new(Nm(0), Nm(0));

    /// A point from its coordinates.
    pub const fn new(x: Nm, y: Nm) -> Self {
        Self { x, y }
    }
}

impl From<(Nm, Nm)> for Vector2 {
    fn from((x, y): (Nm, Nm)) -> Self {
        Self { x, y }
    }
}

impl From<Vector2> for types::Vector2 {
    fn from(point: Vector2) -> Self {
        Self::new().with_x_nm(point.x.0).with_y_nm(point.y.0)
    }
}

impl From<&types::Vector2> for Vector2 {
    fn from(point: &types::Vector2) -> Self {
        Self::new(Nm(point.x_nm), Nm(point.y_nm))
    }
}

impl Add for Vector2 {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Vector2 {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Neg for Vector2 {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

impl AddAssign for Vector2 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Vector2 {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
