//! The placement file: where a machine puts each component.

use kiapi::{Nm, Vector2};

use crate::part::{Part, natural};

/// The unit of the coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Millimetres, with six decimals: exact.
    #[default]
    Mm,
    /// Inches, with six decimals: to 13 nanometres.
    Inch,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Mm => "mm",
            Self::Inch => "in",
        }
    }

    fn write(self, length: Nm) -> String {
        let value = match self {
            Self::Mm => length.to_mm(),
            Self::Inch => length.to_inch(),
        };
        // There is no negative zero in a file.
        format!("{:.6}", value + 0.0)
    }
}

/// The rows of the file, the first of them the titles.
///
/// The y axis points up, as machines have it and KiCad's own files do. What is not fitted has no row.
pub fn rows(parts: &[Part], origin: Vector2, unit: Unit) -> Vec<Vec<String>> {
    let mut placed: Vec<&Part> =
        parts.iter().filter(|part| !part.is_off_placement && !part.is_left_out).collect();
    placed.sort_by_key(|part| natural(&part.reference));
    let titles =
        ["Reference", "Value", "Footprint", "X", "Y", "Rotation", "Side", "Mounting"].map(
            |title| match title {
                "X" | "Y" => format!("{title} ({})", unit.word()),
                other => other.to_owned(),
            },
        );
    let row = |part: &Part| {
        let at = part.position - origin;
        vec![
            part.reference.clone(),
            part.value.clone(),
            part.package.clone(),
            unit.write(at.x),
            unit.write(-at.y),
            format!("{:.6}", part.orientation.normalized_180().degrees()),
            part.side.word().to_owned(),
            part.mounting.to_owned(),
        ]
    };
    [titles.to_vec()].into_iter().chain(placed.into_iter().map(row)).collect()
}

#[cfg(test)]
mod tests {
    use kiapi::{deg, mm};

    use super::*;
    use crate::part::{Side, part};

    #[test]
    fn places_are_relative_with_y_up() {
        let mut parts =
            vec![part("U1", "x", "SO-8"), part("C1", "y", "C"), part("C2", "y", "C"), part("H1", "", "")];
        parts[0].position = Vector2::new(mm(30), mm(60));
        parts[0].orientation = deg(270);
        parts[0].side = Side::Bottom;
        parts[1].position = Vector2::new(mm(10), mm(50));
        parts[2].is_left_out = true;
        parts[3].is_off_placement = true;
        // The bill has nothing to do with placement.
        parts[1].is_off_bom = true;
        let rows = rows(&parts, Vector2::new(mm(10), mm(50)), Unit::Mm);
        let lines: Vec<String> = rows.iter().map(|row| row.join("|")).collect();
        assert_eq!(
            lines,
            [
                "Reference|Value|Footprint|X (mm)|Y (mm)|Rotation|Side|Mounting",
                "C1|y|C|0.000000|0.000000|0.000000|top|smd",
                "U1|x|SO-8|20.000000|-10.000000|-90.000000|bottom|smd",
            ]
        );
    }

    #[test]
    fn inches_are_inches() {
        let mut parts = vec![part("U1", "x", "SO-8")];
        parts[0].position = Vector2::new(mm(25.4), mm(-12.7));
        let rows = rows(&parts, Vector2::ZERO, Unit::Inch);
        assert_eq!(rows[1][3..5], ["1.000000", "0.500000"]);
        assert_eq!(rows[0][3], "X (in)");
    }
}
