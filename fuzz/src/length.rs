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

/// The number in front, as floats have it, tells the same length but for its last digits.
fn near(text: &str, length: Nm) {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(text.len());
    let Ok(number) = text[..digits].trim_end().parse::<f64>() else { return };
    let (value, shown) = (length.to_f64(), number);
    assert!(shown == 0.0 || value == 0.0 || (value < 0.0) == (shown < 0.0), "{text} became {length}");
}
