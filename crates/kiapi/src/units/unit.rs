//! Units of length, and lengths written in them.

use std::fmt;

use super::Nm;

/// A unit of length that people write.
///
/// # Examples
///
/// ```
/// use kiapi::Unit;
///
/// assert_eq!(Unit::Mil.nanometres(), 25_400);
/// assert_eq!(Unit::from_symbol("thou"), Some(Unit::Mil));
/// assert_eq!(Unit::Um.to_string(), "µm");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Nanometres.
    Nm,
    /// Micrometres.
    Um,
    /// Millimetres.
    Mm,
    /// Centimetres.
    Cm,
    /// Metres.
    M,
    /// Thousandths of an inch.
    Mil,
    /// Inches.
    Inch,
}

impl Unit {
    /// How many nanometres it is long.
    #[inline]
    pub const fn nanometres(self) -> i64 {
        match self {
            Self::Nm => 1,
            Self::Um => 1_000,
            Self::Mm => 1_000_000,
            Self::Cm => 10_000_000,
            Self::M => 1_000_000_000,
            Self::Mil => 25_400,
            Self::Inch => 25_400_000,
        }
    }

    /// How it is written behind a number.
    #[inline]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Nm => "nm",
            Self::Um => "µm",
            Self::Mm => "mm",
            Self::Cm => "cm",
            Self::M => "m",
            Self::Mil => "mil",
            Self::Inch => "in",
        }
    }

    /// The unit that is meant by a text, in any of the spellings that people use: `um`, `thou`, `inches`, `"`.
    #[inline]
    pub fn from_symbol(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "nm" => Self::Nm,
            // There are two letters for it: the sign for micro, and the Greek one.
            "um" | "\u{b5}m" | "\u{3bc}m" => Self::Um,
            "mm" => Self::Mm,
            "cm" => Self::Cm,
            "m" => Self::M,
            "mil" | "mils" | "th" | "thou" => Self::Mil,
            "in" | "inch" | "inches" | "\"" | "\u{2033}" => Self::Inch,
            _ => return None,
        })
    }

    /// How many decimals it takes to tell any two nanometres apart.
    #[inline]
    const fn decimals(self) -> usize {
        match self {
            Self::Nm => 0,
            Self::Um => 3,
            Self::Mm => 6,
            Self::Cm => 7,
            Self::M => 9,
            Self::Mil => 5,
            Self::Inch => 8,
        }
    }
}

impl fmt::Display for Unit {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}

/// A length in a unit, ready to be written; made by [`Nm::display`].
///
/// # Examples
///
/// ```
/// use kiapi::{Unit, mm};
///
/// let width = mm(-1.27).display(Unit::Mil);
/// assert_eq!(width.to_string(), "-50 mil");
/// assert_eq!(width.number(), "-50");
/// assert_eq!(format!("{width:>10.1}"), " -50.0 mil");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisplayIn {
    length: Nm,
    unit: Unit,
}

impl DisplayIn {
    #[inline]
    pub(super) fn new(length: Nm, unit: Unit) -> Self {
        Self { length, unit }
    }

    /// The number alone, without the unit.
    #[inline]
    pub fn number(&self) -> String {
        let magnitude = self.shortest();
        if self.length.0 < 0 { format!("-{magnitude}") } else { magnitude }
    }

    /// The shortest decimal number that reads back as the length, without the sign.
    #[inline]
    fn shortest(&self) -> String {
        let unit = i128::from(self.unit.nanometres());
        let length = i128::from(self.length.0).abs();
        let reads_back = |decimals: usize| {
            let scale = ten_to(decimals);
            let read = (2 * self.scaled(decimals) * unit + scale) / (2 * scale);
            read == length
        };
        let most = self.unit.decimals();
        let decimals = (0..most).find(|&decimals| reads_back(decimals)).unwrap_or(most);
        self.with_decimals(decimals)
    }

    /// The length times a power of ten in the unit, rounded half up, without the sign.
    #[inline]
    fn scaled(&self, decimals: usize) -> i128 {
        let unit = i128::from(self.unit.nanometres());
        (2 * i128::from(self.length.0).abs() * ten_to(decimals) + unit) / (2 * unit)
    }

    #[inline]
    fn with_decimals(&self, decimals: usize) -> String {
        // More digits than these are zeros, in units of the metre, or no one's business.
        let kept = decimals.min(15);
        let scaled = self.scaled(kept);
        let (whole, fraction) = (scaled / ten_to(kept), scaled % ten_to(kept));
        if decimals == 0 {
            return whole.to_string();
        }
        let zeros = decimals - kept;
        format!("{whole}.{fraction:0kept$}{:0<zeros$}", "")
    }
}

/// A power of ten; the exponent is small.
#[inline]
fn ten_to(exponent: usize) -> i128 {
    (0..exponent).fold(1, |power, _| power * 10)
}

impl fmt::Display for DisplayIn {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = f.precision().map_or_else(|| self.shortest(), |decimals| self.with_decimals(decimals));
        // Rounded to nothing, it has no sign.
        let is_zero = number.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        f.pad_integral(self.length.0 >= 0 || is_zero, "", &format!("{number} {}", self.unit))
    }
}
