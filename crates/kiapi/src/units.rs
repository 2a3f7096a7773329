//! Lengths.

mod parse;
mod unit;

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

use kiapi_gen::common::types::Distance;

pub use parse::LengthError;
pub use unit::{DisplayIn, Unit};

/// A length in nanometres, KiCad's unit for everything on a board.
///
/// It reads and writes texts exactly: [`FromStr`](std::str::FromStr) takes what people write, and `Display` gives the
/// shortest text in millimetres that reads back as the same length. With a precision it rounds to that many decimals.
///
/// Sums and products that do not fit stay at the end of the range, which is 9 million kilometres away. KiCad's own
/// coordinates have 32 bits and end after [2.1 metres](Self::KICAD_MAX).
///
/// # Examples
///
/// ```
/// use kiapi::{Nm, mil, mm};
///
/// assert_eq!(mm(0.25), Nm(250_000));
/// assert_eq!(mil(10), mm(0.254));
/// assert_eq!(mm(1) + mm(0.5) * 2, mm(2));
/// assert_eq!(mm(10) / mm(4), 2.5);
///
/// let width: Nm = "1.001mm".parse()?;
/// assert_eq!(width, Nm(1_001_000));
/// assert_eq!(width.to_string(), "1.001 mm");
/// assert_eq!(format!("{width:.1}"), "1.0 mm");
/// # Ok::<_, kiapi::LengthError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nm(pub i64);

/// A length in millimetres, rounded to the nanometre, half away from zero.
///
/// # Examples
///
/// ```
/// use kiapi::{Nm, mm};
///
/// assert_eq!(mm(2), Nm(2_000_000));
/// assert_eq!(mm(-0.15), Nm(-150_000));
/// ```
pub fn mm(value: impl Into<f64>) -> Nm {
    Nm::round(value.into() * 1e6)
}

/// A length in thousandths of an inch, rounded to the nanometre, half away from zero.
///
/// # Examples
///
/// ```
/// use kiapi::{Nm, mil};
///
/// assert_eq!(mil(6), Nm(152_400));
/// ```
pub fn mil(value: impl Into<f64>) -> Nm {
    Nm::round(value.into() * 25_400.0)
}

/// A length in inches, rounded to the nanometre, half away from zero.
///
/// # Examples
///
/// ```
/// use kiapi::{inch, mil};
///
/// assert_eq!(inch(0.1), mil(100));
/// ```
pub fn inch(value: impl Into<f64>) -> Nm {
    Nm::round(value.into() * 25_400_000.0)
}

impl Nm {
    /// No length.
    pub const ZERO: Self = Self(0);

    /// The greatest coordinate that KiCad can hold, 2.147483647 m. It cuts off what is beyond, without a word.
    ///
    /// ```
    /// use kiapi::{Nm, mm};
    ///
    /// assert!(mm(2147) < Nm::KICAD_MAX && Nm::KICAD_MAX < mm(2148));
    /// ```
    pub const KICAD_MAX: Self = Self(i32::MAX as i64);

    /// The nearest length, half away from zero. What is beyond the range stays at its end; no number is zero.
    ///
    /// ```
    /// use kiapi::Nm;
    ///
    /// assert_eq!(Nm::round(-2.5), Nm(-3));
    /// assert_eq!(Nm::round(f64::NAN), Nm(0));
    /// ```
    #[allow(clippy::cast_possible_truncation)] // `as` does just what is said above
    #[inline]
    pub fn round(nanometres: f64) -> Self {
        Self(nanometres.round() as i64)
    }

    /// The length in nanometres as a floating point number, for trigonometry and the like.
    ///
    /// ```
    /// assert_eq!(kiapi::mm(1).to_f64(), 1e6);
    /// ```
    #[allow(clippy::cast_precision_loss)] // below 9000 kilometres there is none
    #[inline]
    pub fn to_f64(self) -> f64 {
        self.0 as f64
    }

    /// The length in millimetres.
    ///
    /// ```
    /// assert_eq!(kiapi::Nm(250_000).to_mm(), 0.25);
    /// ```
    #[inline]
    pub fn to_mm(self) -> f64 {
        self.to_f64() / 1e6
    }

    /// The length in thousandths of an inch.
    ///
    /// ```
    /// assert_eq!(kiapi::Nm(254_000).to_mil(), 10.0);
    /// ```
    #[inline]
    pub fn to_mil(self) -> f64 {
        self.to_f64() / 25_400.0
    }

    /// The length in inches.
    ///
    /// ```
    /// assert_eq!(kiapi::Nm(12_700_000).to_inch(), 0.5);
    /// ```
    #[inline]
    pub fn to_inch(self) -> f64 {
        self.to_f64() / 25_400_000.0
    }

    /// The length in a unit, ready to be written.
    ///
    /// It is the shortest text that reads back as the same length; in units of the metre that is the exact value. With
    /// a precision it rounds to that many decimals, half away from zero.
    ///
    /// ```
    /// use kiapi::{Nm, Unit, mm};
    ///
    /// assert_eq!(mm(0.254).display(Unit::Mil).to_string(), "10 mil");
    /// assert_eq!(mm(1).display(Unit::Inch).to_string(), "0.03937008 in");
    /// assert_eq!(format!("{:.2}", mm(1).display(Unit::Mil)), "39.37 mil");
    /// assert_eq!(Nm(1_500).display(Unit::Um).to_string(), "1.5 µm");
    /// ```
    #[inline]
    pub fn display(self, unit: Unit) -> DisplayIn {
        DisplayIn::new(self, unit)
    }

    /// The length without its sign.
    ///
    /// ```
    /// use kiapi::mm;
    ///
    /// assert_eq!((mm(1) - mm(3)).abs(), mm(2));
    /// ```
    #[must_use]
    #[inline]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// -1, 0 or 1, as the length is below zero, zero or above.
    ///
    /// ```
    /// assert_eq!(kiapi::Nm(-7).signum(), -1);
    /// ```
    #[inline]
    pub const fn signum(self) -> i64 {
        self.0.signum()
    }

    /// The length times a factor, rounded to the nanometre, half away from zero.
    ///
    /// ```
    /// use kiapi::Nm;
    ///
    /// assert_eq!(Nm(5).scaled(0.5), Nm(3));
    /// assert_eq!(Nm(-5).scaled(0.5), Nm(-3));
    /// ```
    #[must_use]
    #[inline]
    pub fn scaled(self, factor: f64) -> Self {
        Self::round(self.to_f64() * factor)
    }

    /// The nearest multiple of a step, half away from zero; a step of zero changes nothing.
    ///
    /// ```
    /// use kiapi::mm;
    ///
    /// assert_eq!(mm(1.3).snapped(mm(0.5)), mm(1.5));
    /// assert_eq!(mm(-1.25).snapped(mm(0.5)), mm(-1.5));
    /// ```
    #[must_use]
    #[inline]
    pub fn snapped(self, step: Self) -> Self {
        let step = i128::from(step.0).abs();
        if step == 0 {
            return self;
        }
        let value = i128::from(self.0);
        let multiples = (2 * value.abs() + step) / (2 * step);
        Self(narrow(value.signum() * multiples * step))
    }

    /// The sum, unless it does not fit.
    ///
    /// ```
    /// use kiapi::Nm;
    ///
    /// assert_eq!(Nm(i64::MAX).checked_add(Nm(1)), None);
    /// ```
    #[inline]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, unless it does not fit.
    ///
    /// ```
    /// use kiapi::Nm;
    ///
    /// assert_eq!(Nm(3).checked_sub(Nm(1)), Some(Nm(2)));
    /// ```
    #[inline]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The product, unless it does not fit.
    ///
    /// ```
    /// use kiapi::Nm;
    ///
    /// assert_eq!(Nm(1 << 62).checked_mul(2), None);
    /// ```
    #[inline]
    pub const fn checked_mul(self, factor: i64) -> Option<Self> {
        match self.0.checked_mul(factor) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }
}

/// The nearest value that fits.
#[inline]
pub(crate) fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl Add for Nm {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Nm {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Nm {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul<i64> for Nm {
    type Output = Self;

    #[inline]
    fn mul(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Mul<Nm> for i64 {
    type Output = Nm;

    #[inline]
    fn mul(self, length: Nm) -> Nm {
        length * self
    }
}

/// Cuts off what is below a nanometre, and panics at zero, as integers do. [`Nm::scaled`] rounds.
impl Div<i64> for Nm {
    type Output = Self;

    #[inline]
    fn div(self, divisor: i64) -> Self {
        Self(self.0.saturating_div(divisor))
    }
}

/// How often one length fits into the other.
impl Div for Nm {
    type Output = f64;

    #[inline]
    fn div(self, other: Self) -> f64 {
        self.to_f64() / other.to_f64()
    }
}

/// What is left after whole multiples, with the sign of the first. Panics at zero, as integers do.
impl Rem for Nm {
    type Output = Self;

    #[inline]
    fn rem(self, other: Self) -> Self {
        Self(self.0.checked_rem(other.0).unwrap_or_else(|| {
            assert!(other.0 != 0, "a length has no remainder by zero");
            0
        }))
    }
}

impl AddAssign for Nm {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Nm {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign<i64> for Nm {
    #[inline]
    fn mul_assign(&mut self, factor: i64) {
        *self = *self * factor;
    }
}

impl DivAssign<i64> for Nm {
    #[inline]
    fn div_assign(&mut self, divisor: i64) {
        *self = *self / divisor;
    }
}

impl RemAssign for Nm {
    #[inline]
    fn rem_assign(&mut self, other: Self) {
        *self = *self % other;
    }
}

impl Sum for Nm {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Self> for Nm {
    fn sum<I: Iterator<Item = &'a Self>>(lengths: I) -> Self {
        lengths.copied().sum()
    }
}

impl fmt::Debug for Nm {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nm", self.0)
    }
}

impl fmt::Display for Nm {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.display(Unit::Mm).fmt(f)
    }
}

impl From<Nm> for Distance {
    #[inline]
    fn from(length: Nm) -> Self {
        Self::new().with_value_nm(length.0)
    }
}

impl From<Distance> for Nm {
    #[inline]
    fn from(distance: Distance) -> Self {
        Self(distance.value_nm)
    }
}

impl From<&Distance> for Nm {
    #[inline]
    fn from(distance: &Distance) -> Self {
        Self(distance.value_nm)
    }
}
