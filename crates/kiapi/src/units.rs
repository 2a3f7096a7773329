//! Lengths.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use kiapi_gen::common::types::Distance;

/// A length in nanometres, KiCad's unit for everything on a board.
///
/// # Examples
///
/// ```
/// use kiapi::{Nm, mil, mm};
///
/// assert_eq!(mm(0.25), Nm(250_000));
/// assert_eq!(mil(10), mm(0.254));
/// assert_eq!(mm(1) + mm(0.5) * 2, mm(2));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nm(pub i64);

/// A length in millimetres, rounded to the nanometre, half away from zero.
pub fn mm(value: impl Into<f64>) -> Nm {
    Nm::round(value.into() * 1e6)
}

/// A length in thousandths of an inch, rounded to the nanometre, half away from zero.
pub fn mil(value: impl Into<f64>) -> Nm {
    Nm::round(value.into() * 25_400.0)
}

/// A length in inches, rounded to the nanometre, half away from zero.
pub fn inch(value: impl Into<f64>) -> Nm {
    Nm::round(value.into() * 25_400_000.0)
}

impl Nm {
    /// No length.
    pub const ZERO: Self = Self(0);

    /// The nearest length, half away from zero. What is beyond the range stays at its end; no number is zero.
    #[allow(clippy::cast_possible_truncation)] // `as` does just what is said above
    pub fn round(nanometres: f64) -> Self {
        Self(nanometres.round() as i64)
    }

    /// The length in millimetres.
    #[allow(clippy::cast_precision_loss)] // below 9 metres there is none
    pub fn to_mm(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The length without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Add for Nm {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Nm {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Nm {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul<i64> for Nm {
    type Output = Self;

    fn mul(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Div<i64> for Nm {
    type Output = Self;

    fn div(self, divisor: i64) -> Self {
        Self(self.0 / divisor)
    }
}

impl AddAssign for Nm {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Nm {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Nm {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Debug for Nm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nm", self.0)
    }
}

impl From<Nm> for Distance {
    fn from(length: Nm) -> Self {
        Self::new().with_value_nm(length.0)
    }
}

impl From<&Distance> for Nm {
    fn from(distance: &Distance) -> Self {
        Self(distance.value_nm)
    }
}
