//! Angles.

use std::ops::{Add, Neg, Sub};

use kiapi_gen::common::types;

/// An angle in degrees, counted anticlockwise as KiCad counts them.
///
/// # Examples
///
/// ```
/// use kiapi::{Angle, deg};
///
/// assert_eq!(deg(90) + deg(45), Angle::from_degrees(135.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Angle(f64);

/// An angle in degrees.
pub fn deg(value: impl Into<f64>) -> Angle {
    Angle(value.into())
}

impl Angle {
    /// No angle.
    pub const ZERO: Self = Self(0.0);

    /// An angle from degrees.
    pub const fn from_degrees(degrees: f64) -> Self {
        Self(degrees)
    }

    /// The angle in degrees.
    pub const fn degrees(self) -> f64 {
        self.0
    }
}

impl Add for Angle {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Angle {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Angle {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl From<Angle> for types::Angle {
    fn from(angle: Angle) -> Self {
        Self::new().with_value_degrees(angle.0)
    }
}

impl From<&types::Angle> for Angle {
    fn from(angle: &types::Angle) -> Self {
        Self(angle.value_degrees)
    }
}
