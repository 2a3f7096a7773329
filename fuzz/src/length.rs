//! Lengths as people write them: what is read is what was written, exactly.

use kiapi::{Nm, Unit};

const UNITS: [Unit; 7] = [Unit::Nm, Unit::Um, Unit::Mm, Unit::Cm, Unit::M, Unit::Mil, Unit::Inch];

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<Nm>() {
        Ok(length) => {
            assert_eq!(length.to_string().parse(), Ok(length), "{text}");
            for unit in UNITS {
                let shown = length.display(unit).to_string();
                assert_eq!(shown.parse(), Ok(length), "{text} is shown as {shown}");
            }
            let _ = (length.abs(), length.snapped(Nm(length.0 ^ 0x55)), length.scaled(-1.5));
            near(text, length);
        }
        Err(error) => {
            let _ = (error.to_string(), error.is_missing_unit(), error.is_overflow());
        }
    }
}

/// The number in front, as floats have it, times its unit is the length but for its last digits.
fn near(text: &str, length: Nm) {
    let text = text.trim();
    let start = text.trim_start_matches(['+', '-', '\u{2212}']).trim_start();
    let end = start.find(|c: char| !(c.is_ascii_digit() || c == '.')).expect("it has a unit");
    let (digits, unit) = start.split_at(end);
    let number: f64 = digits.parse().expect("it is a decimal number");
    let unit = Unit::from_symbol(unit.trim()).expect("it is a unit").nanometres() as f64;
    let number = if text.starts_with(['-', '\u{2212}']) { -number } else { number };
    let (value, expected) = (length.to_f64(), number * unit);
    let off = (value - expected).abs();
    assert!(off <= 0.500_001 + expected.abs() * 1e-14, "{text} became {length}, and is {expected} nm");
}
