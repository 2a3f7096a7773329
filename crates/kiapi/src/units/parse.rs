//! Lengths read from text, with integers alone.

use std::fmt;
use std::str::FromStr;

use super::{Nm, Unit};

/// Reads a decimal number with a unit behind it: `10mm`, `-0.5 in`, `25mil`, `250µm`, `0.1"`, `5nm`, `1cm`.
///
/// The value is exact, and what is below a nanometre is rounded, half away from zero. There may be blanks around the
/// number, and units may be written in capitals.
///
/// # Errors
///
/// A number needs a unit, as there is none that everybody means, and the length must fit into 64 bits.
impl FromStr for Nm {
    type Err = LengthError;

    #[inline]
    fn from_str(text: &str) -> Result<Self, LengthError> {
        let error = |problem| LengthError { text: text.to_owned(), problem };
        let trimmed = text.trim();
        let (is_negative, rest) = match trimmed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let rest = rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, unit) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(error(Problem::Number));
        }
        let unit = match unit.trim_start() {
            "" => return Err(error(Problem::NoUnit)),
            unit => Unit::from_symbol(unit).ok_or_else(|| error(Problem::Unit(unit.to_owned())))?,
        };
        let magnitude =
            magnitude(whole, fraction, unit.nanometres()).ok_or_else(|| error(Problem::TooLong))?;
        let signed = if is_negative { -magnitude } else { magnitude };
        i64::try_from(signed).map(Self).map_err(|_| error(Problem::TooLong))
    }
}

/// A decimal number times a unit, rounded half up; none if it is beyond any length.
#[inline]
fn magnitude(whole: &str, fraction: &str, unit: i64) -> Option<i128> {
    let unit = i128::from(unit);
    let mut value: i128 = 0;
    for digit in whole.bytes().map(|byte| i128::from(byte - b'0')) {
        value = value * 10 + digit;
        if value > i128::from(u64::MAX) {
            return None;
        }
    }
    // Twice the fraction, from the last digit to the first, so that all of them count however many there are: cutting
    // off what is below one at each step does not change the whole part of the sum.
    let twice = fraction
        .bytes()
        .rev()
        .map(|byte| i128::from(byte - b'0'))
        .fold(0, |rest, digit| (digit * 2 * unit + rest) / 10);
    Some(value * unit + (twice + 1) / 2)
}

/// A text that is no length.
///
/// # Examples
///
/// ```
/// use kiapi::Nm;
///
/// let error = "10".parse::<Nm>().unwrap_err();
/// assert_eq!(error.to_string(), "`10` has no unit; write 10mm, 10mil or 10in");
/// assert!(error.is_missing_unit());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LengthError {
    text: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Number,
    NoUnit,
    Unit(String),
    TooLong,
}

impl LengthError {
    /// Whether it is a number, and all that is missing is the unit.
    #[inline]
    pub fn is_missing_unit(&self) -> bool {
        self.problem == Problem::NoUnit
    }

    /// Whether it is a length that does not fit into 64 bits of nanometres.
    #[inline]
    pub fn is_overflow(&self) -> bool {
        self.problem == Problem::TooLong
    }
}

impl fmt::Display for LengthError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.trim();
        match &self.problem {
            Problem::Number if text.is_empty() => {
                f.write_str("an empty text is no length; one looks like 0.25mm")
            }
            Problem::Number => write!(f, "`{text}` is no length; one looks like 0.25mm"),
            Problem::NoUnit => write!(f, "`{text}` has no unit; write {text}mm, {text}mil or {text}in"),
            Problem::Unit(unit) => {
                write!(f, "`{unit}` in `{text}` is no unit of length; use nm, um, mm, cm, m, mil or in")
            }
            Problem::TooLong => write!(f, "`{text}` is too long; a length fits into 64 bits of nanometres"),
        }
    }
}

impl std::error::Error for LengthError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNITS: [Unit; 7] = [Unit::Nm, Unit::Um, Unit::Mm, Unit::Cm, Unit::M, Unit::Mil, Unit::Inch];

    #[track_caller]
    fn check(text: &str, expected: i64) {
        assert_eq!(text.parse(), Ok(Nm(expected)), "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        assert_eq!(text.parse::<Nm>().map_err(|error| error.to_string()), Err(expected.to_owned()));
    }

    #[test]
    fn what_people_write_is_read_exactly() {
        check("10mm", 10_000_000);
        check("1.001mm", 1_001_000);
        check("25mil", 635_000);
        check("25 mils", 635_000);
        check("8thou", 203_200);
        check("0.1in", 2_540_000);
        check("0.1\"", 2_540_000);
        check("0.1 inches", 2_540_000);
        check("250um", 250_000);
        check("250µm", 250_000);
        check("250μm", 250_000);
        check("5nm", 5);
        check("1cm", 10_000_000);
        check("1m", 1_000_000_000);
        check("  - 0.5 MM ", -500_000);
        check("\u{2212}3nm", -3);
        check("+.5mm", 500_000);
        check("5.mm", 5_000_000);
        check("-0mm", 0);
        check("9223372036854775807nm", i64::MAX);
        check("-9223372036854775808nm", i64::MIN);
        check("9223372036854.775807mm", i64::MAX);
    }

    #[test]
    fn what_is_below_a_nanometre_is_rounded_half_away_from_zero() {
        check("0.5nm", 1);
        check("-0.5nm", -1);
        check("0.49999999999999999999999999999999999999999999999999nm", 0);
        check("0.0000005mm", 1);
        check("0.00000049999999999999999999999999999999999999999999999999mm", 0);
        check("0.00001mil", 0);
        check("0.00002mil", 1);
        // Half a nanometre in mil has no end: 0.0000196850393700787…
        check("0.00001968503937007874mil", 0);
        check("0.00001968503937007875mil", 1);
    }

    #[test]
    fn what_is_no_length_is_told_with_the_way_out() {
        check_error("10", "`10` has no unit; write 10mm, 10mil or 10in");
        check_error(" -1.5 ", "`-1.5` has no unit; write -1.5mm, -1.5mil or -1.5in");
        check_error("", "an empty text is no length; one looks like 0.25mm");
        check_error("mm", "`mm` is no length; one looks like 0.25mm");
        check_error(".mm", "`.mm` is no length; one looks like 0.25mm");
        check_error("1.2.3mm", "`1.2.3mm` is no length; one looks like 0.25mm");
        check_error("--1mm", "`--1mm` is no length; one looks like 0.25mm");
        check_error("1,5mm", "`,5mm` in `1,5mm` is no unit of length; use nm, um, mm, cm, m, mil or in");
        check_error("1e3mm", "`e3mm` in `1e3mm` is no unit of length; use nm, um, mm, cm, m, mil or in");
        check_error("3km", "`km` in `3km` is no unit of length; use nm, um, mm, cm, m, mil or in");
        let long = "is too long; a length fits into 64 bits of nanometres";
        check_error("9223372036854775808nm", &format!("`9223372036854775808nm` {long}"));
        check_error("9223372036854775807.5nm", &format!("`9223372036854775807.5nm` {long}"));
        let digits = "9".repeat(400);
        check_error(&format!("{digits}mm"), &format!("`{digits}mm` {long}"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(length: i64, unit in prop::sample::select(&UNITS)) {
            let text = Nm(length).display(unit).to_string();
            prop_assert_eq!(text.parse(), Ok(Nm(length)), "{}", text);
            prop_assert_eq!(Nm(length).to_string().parse(), Ok(Nm(length)));
        }

        #[test]
        fn what_is_written_is_the_shortest(length in -3_000_000_000_i64..3_000_000_000, unit in prop::sample::select(&UNITS)) {
            let number = Nm(length).display(unit).number();
            let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            if decimals > 0 {
                let shorter = format!("{:.*}", decimals - 1, Nm(length).display(unit));
                prop_assert_ne!(shorter.parse(), Ok(Nm(length)), "{}", number);
            }
        }

        #[test]
        fn reading_agrees_with_fractions(whole in 0_u32..1_000_000, fraction in 0_u64..1_000_000_000_000, unit in prop::sample::select(&UNITS)) {
            // Twelve decimals times a unit fit into 128 bits, where half away from zero is easy.
            let scale = 1_000_000_000_000_i128;
            let exact = (i128::from(whole) * scale + i128::from(fraction)) * i128::from(unit.nanometres());
            let expected = (2 * exact + scale) / (2 * scale);
            let text = format!("{whole}.{fraction:012}{unit}");
            prop_assert_eq!(text.parse::<Nm>().map(|length| i128::from(length.0)), Ok(expected));
            let negative = format!("-{text}");
            prop_assert_eq!(negative.parse::<Nm>().map(|length| i128::from(length.0)), Ok(-expected));
        }

        #[test]
        fn no_text_makes_it_panic(text: String, blanks in "[-+. 0-9a-z\"µ]{0,40}") {
            let _ = text.parse::<Nm>();
            let _ = blanks.parse::<Nm>();
        }

        #[test]
        fn arithmetic_never_panics(a: i64, b: i64) {
            let (x, y) = (Nm(a), Nm(b));
            prop_assert_eq!(x + y, Nm(a.saturating_add(b)));
            prop_assert_eq!(x - y, Nm(a.saturating_sub(b)));
            prop_assert_eq!(x * b, b * x);
            prop_assert_eq!(-(-x), Nm(a.max(-i64::MAX)));
            if b != 0 {
                prop_assert_eq!(x % y, Nm(a.wrapping_rem(b)));
                prop_assert_eq!((x / b).0, a.saturating_div(b));
            }
        }

        #[test]
        fn snapping_gives_the_nearest_multiple(length in -1_000_000_000_i64..1_000_000_000, step in 1_i64..3_000_000) {
            let snapped = Nm(length).snapped(Nm(step));
            prop_assert_eq!(snapped % Nm(step), Nm::ZERO);
            prop_assert!((snapped - Nm(length)).abs().0 * 2 <= step);
            prop_assert_eq!(Nm(-length).snapped(Nm(step)), -snapped);
        }
    }

    #[test]
    fn snapping_to_nothing_changes_nothing() {
        assert_eq!(Nm(7).snapped(Nm::ZERO), Nm(7));
        assert_eq!(Nm(i64::MAX).snapped(Nm(1_000)), Nm(i64::MAX));
    }

    #[test]
    fn formats_are_honoured() {
        assert_eq!(format!("{}", Nm(0)), "0 mm");
        assert_eq!(format!("{:?}", Nm(1)), "1 nm");
        assert_eq!(format!("{}", Nm(i64::MIN)), "-9223372036854.775808 mm");
        assert_eq!(format!("[{:>12}]", Nm(250_000)), "[     0.25 mm]");
        assert_eq!(format!("[{:<12}]", Nm(250_000)), "[0.25 mm     ]");
        assert_eq!(format!("{:+}", Nm(250_000)), "+0.25 mm");
        assert_eq!(format!("{:.3}", Nm(-1_499)), "-0.001 mm");
        assert_eq!(format!("{:.2}", Nm(-1_499)), "0.00 mm");
        assert_eq!(format!("{:.20}", Nm(1)), "0.00000100000000000000 mm");
        assert_eq!(format!("{:.0}", Nm(500_000)), "1 mm");
    }
}
