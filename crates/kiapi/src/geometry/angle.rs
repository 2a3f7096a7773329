//! Angles.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use kiapi_gen::common::types;

/// An angle in degrees, counted anticlockwise as KiCad counts them.
///
/// It may be any number of turns; [`normalized`](Self::normalized) and [`normalized_180`](Self::normalized_180) give
/// the one angle of the same direction that lies in a range.
///
/// # Examples
///
/// ```
/// use kiapi::{Angle, deg};
///
/// assert_eq!(deg(90) + deg(45), Angle::from_degrees(135.0));
/// assert_eq!(deg(-90).normalized(), deg(270));
/// assert_eq!(deg(180).cos(), -1.0);
/// assert_eq!("22.5°".parse(), Ok(deg(22.5)));
/// assert_eq!(deg(22.5).to_string(), "22.5°");
/// ```
#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Angle(f64);

/// An angle in degrees.
///
/// # Examples
///
/// ```
/// assert_eq!(kiapi::deg(30).degrees(), 30.0);
/// ```
pub fn deg(value: impl Into<f64>) -> Angle {
    Angle(value.into())
}

impl Angle {
    /// No angle.
    pub const ZERO: Self = Self(0.0);
    /// A quarter of a turn.
    pub const QUARTER: Self = Self(90.0);
    /// Half a turn.
    pub const HALF: Self = Self(180.0);
    /// A whole turn.
    pub const FULL: Self = Self(360.0);

    /// An angle from degrees.
    #[inline]
    pub const fn from_degrees(degrees: f64) -> Self {
        Self(degrees)
    }

    /// An angle from radians.
    ///
    /// ```
    /// use kiapi::{Angle, deg};
    ///
    /// assert_eq!(Angle::from_radians(std::f64::consts::PI), deg(180));
    /// ```
    #[inline]
    pub fn from_radians(radians: f64) -> Self {
        Self(radians / RADIANS)
    }

    /// An angle from tenths of a degree, the unit of older files.
    ///
    /// ```
    /// use kiapi::{Angle, deg};
    ///
    /// assert_eq!(Angle::from_tenths(450), deg(45));
    /// ```
    #[inline]
    pub fn from_tenths(tenths: i32) -> Self {
        Self(f64::from(tenths) / 10.0)
    }

    /// The angle in degrees.
    #[inline]
    pub const fn degrees(self) -> f64 {
        self.0
    }

    /// The angle in radians.
    ///
    /// ```
    /// assert_eq!(kiapi::deg(180).radians(), std::f64::consts::PI);
    /// ```
    #[inline]
    pub fn radians(self) -> f64 {
        self.0 * RADIANS
    }

    /// The angle in tenths of a degree, rounded, half away from zero.
    ///
    /// ```
    /// assert_eq!(kiapi::deg(22.56).tenths(), 226);
    /// ```
    #[allow(clippy::cast_possible_truncation)] // `as` stays at the end of the range
    #[inline]
    pub fn tenths(self) -> i32 {
        (self.0 * 10.0).round() as i32
    }

    /// The angle of the same direction from 0 up to, but not including, 360 degrees.
    ///
    /// ```
    /// use kiapi::deg;
    ///
    /// assert_eq!(deg(-30).normalized(), deg(330));
    /// assert_eq!(deg(720).normalized(), deg(0));
    /// ```
    #[must_use]
    #[inline]
    pub fn normalized(self) -> Self {
        let turned = self.0.rem_euclid(360.0);
        // What is a little below zero is a whole turn after rounding; and there is no negative zero among the results.
        Self(if turned >= 360.0 { 0.0 } else { turned + 0.0 })
    }

    /// The angle of the same direction above -180 and up to 180 degrees.
    ///
    /// ```
    /// use kiapi::deg;
    ///
    /// assert_eq!(deg(270).normalized_180(), deg(-90));
    /// assert_eq!(deg(-180).normalized_180(), deg(180));
    /// ```
    #[must_use]
    #[inline]
    pub fn normalized_180(self) -> Self {
        if self.0 > -180.0 && self.0 <= 180.0 {
            return Self(self.0 + 0.0);
        }
        let turned = self.normalized().0;
        Self(if turned > 180.0 { turned - 360.0 } else { turned })
    }

    /// How many quarters of a turn it is, from 0 to 3, if it is that exactly.
    ///
    /// ```
    /// use kiapi::deg;
    ///
    /// assert_eq!(deg(-90).quarters(), Some(3));
    /// assert_eq!(deg(45).quarters(), None);
    /// ```
    #[inline]
    pub fn quarters(self) -> Option<u8> {
        match self.normalized().0 {
            0.0 => Some(0),
            90.0 => Some(1),
            180.0 => Some(2),
            270.0 => Some(3),
            _ => None,
        }
    }

    /// The sine, exact at multiples of 90 degrees.
    ///
    /// ```
    /// assert_eq!(kiapi::deg(360).sin(), 0.0);
    /// ```
    #[inline]
    pub fn sin(self) -> f64 {
        self.sin_cos().0
    }

    /// The cosine, exact at multiples of 90 degrees.
    ///
    /// ```
    /// assert_eq!(kiapi::deg(90).cos(), 0.0);
    /// ```
    #[inline]
    pub fn cos(self) -> f64 {
        self.sin_cos().1
    }

    /// The sine and the cosine, exact at multiples of 90 degrees.
    ///
    /// ```
    /// assert_eq!(kiapi::deg(-90).sin_cos(), (-1.0, 0.0));
    /// ```
    #[inline]
    pub fn sin_cos(self) -> (f64, f64) {
        match self.quarters() {
            Some(0) => (0.0, 1.0),
            Some(1) => (1.0, 0.0),
            Some(2) => (0.0, -1.0),
            Some(_) => (-1.0, 0.0),
            None => self.radians().sin_cos(),
        }
    }

    /// The angle without its sign.
    ///
    /// ```
    /// use kiapi::deg;
    ///
    /// assert_eq!(deg(-45).abs(), deg(45));
    /// ```
    #[must_use]
    #[inline]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

/// How many radians a degree has.
const RADIANS: f64 = std::f64::consts::PI / 180.0;

impl Add for Angle {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Angle {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Angle {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<f64> for Angle {
    type Output = Self;

    #[inline]
    fn mul(self, factor: f64) -> Self {
        Self(self.0 * factor)
    }
}

impl Div<f64> for Angle {
    type Output = Self;

    #[inline]
    fn div(self, divisor: f64) -> Self {
        Self(self.0 / divisor)
    }
}

impl AddAssign for Angle {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Angle {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign<f64> for Angle {
    #[inline]
    fn mul_assign(&mut self, factor: f64) {
        *self = *self * factor;
    }
}

impl DivAssign<f64> for Angle {
    #[inline]
    fn div_assign(&mut self, divisor: f64) {
        *self = *self / divisor;
    }
}

impl Sum for Angle {
    fn sum<I: Iterator<Item = Self>>(angles: I) -> Self {
        angles.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Debug for Angle {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The shortest number of degrees that reads back as the same angle, or one with as many decimals as are asked for.
impl fmt::Display for Angle {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        let text = match f.precision() {
            Some(decimals) => format!("{magnitude:.decimals$}°"),
            None => format!("{magnitude}°"),
        };
        f.pad_integral(self.0 >= 0.0 || self.0.is_nan(), "", &text)
    }
}

/// Reads degrees: `45`, `22.5°`, `-90 deg`, or radians: `1.5 rad`. It must be a finite number.
impl FromStr for Angle {
    type Err = AngleError;

    #[inline]
    fn from_str(text: &str) -> Result<Self, AngleError> {
        let trimmed = text.trim();
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
        let end = trimmed.find(|c| !is_number(c)).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(end);
        let angle = number.parse().ok().filter(|value: &f64| value.is_finite());
        match (angle, unit.trim_start()) {
            (Some(value), "" | "°" | "deg" | "degrees") => Ok(Self(value)),
            (Some(value), "rad" | "radians") => Ok(Self::from_radians(value)),
            _ => Err(AngleError(text.to_owned())),
        }
    }
}

impl From<Angle> for types::Angle {
    #[inline]
    fn from(angle: Angle) -> Self {
        Self::new().with_value_degrees(angle.0)
    }
}

impl From<types::Angle> for Angle {
    #[inline]
    fn from(angle: types::Angle) -> Self {
        Self(angle.value_degrees)
    }
}

impl From<&types::Angle> for Angle {
    #[inline]
    fn from(angle: &types::Angle) -> Self {
        Self(angle.value_degrees)
    }
}

/// A text that is no angle.
///
/// # Examples
///
/// ```
/// use kiapi::Angle;
///
/// let error = "north".parse::<Angle>().unwrap_err();
/// assert_eq!(error.to_string(), "`north` is no angle; one looks like 45, 22.5° or 1.5rad");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AngleError(String);

impl fmt::Display for AngleError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no angle; one looks like 45, 22.5° or 1.5rad", self.0.trim())
    }
}

impl std::error::Error for AngleError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: f64) {
        assert_eq!(text.parse(), Ok(Angle(expected)), "{text}");
    }

    #[test]
    fn what_people_write_is_read() {
        check("45", 45.0);
        check(" -22.5 ° ", -22.5);
        check("+90deg", 90.0);
        check("0 rad", 0.0);
        for wrong in ["", "°", "45 grad", "1.2.3", "1e5", "inf", "nan", "--1", "4 5"] {
            assert!(wrong.parse::<Angle>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ends_of_the_ranges_are_where_they_are_said_to_be() {
        assert_eq!(deg(-1e-20).normalized(), deg(0));
        assert_eq!(deg(360).normalized(), deg(0));
        assert_eq!(deg(-180).normalized_180(), deg(180));
        assert_eq!(deg(180).normalized_180(), deg(180));
        assert_eq!(deg(540).normalized_180(), deg(180));
        assert!(deg(-0.0).normalized().degrees().is_sign_positive());
        assert!(deg(-360).normalized().degrees().is_sign_positive());
    }

    proptest! {
        #[test]
        fn normalizing_keeps_the_direction(degrees in -1e6..1e6_f64) {
            let angle = Angle(degrees);
            let (a, b) = (angle.normalized(), angle.normalized_180());
            prop_assert!((0.0..360.0).contains(&a.degrees()));
            prop_assert!(b.degrees() > -180.0 && b.degrees() <= 180.0);
            for other in [a, b] {
                prop_assert!((other.sin() - angle.sin()).abs() < 1e-9 && (other.cos() - angle.cos()).abs() < 1e-9);
            }
            prop_assert_eq!(a.normalized(), a);
            prop_assert_eq!(b.normalized_180(), b);
        }

        #[test]
        fn quarters_are_exact(turns in -100_000_i32..100_000) {
            let angle = Angle(f64::from(turns) * 90.0);
            let (sin, cos) = angle.sin_cos();
            prop_assert_eq!(angle.quarters().map(i32::from), Some(turns.rem_euclid(4)));
            let expected = [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)];
            prop_assert_eq!((sin, cos), expected[usize::from(angle.quarters().expect("it is some"))]);
        }

        #[test]
        fn what_is_written_reads_back(degrees in -1e9..1e9_f64) {
            prop_assert_eq!(Angle(degrees).to_string().parse(), Ok(Angle(degrees)));
        }

        #[test]
        fn tenths_lead_back(tenths in -1_000_000_i32..1_000_000) {
            prop_assert_eq!(Angle::from_tenths(tenths).tenths(), tenths);
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = text.parse::<Angle>();
        }
    }
}
