//! What the board tells of a component.

use std::collections::BTreeMap;

use kiapi::items::FootprintMountingStyle;
use kiapi::{Angle, Footprint, Layer, Vector2};

/// The fields that have columns of their own.
const OWN: [&str; 5] = ["Reference", "Value", "Datasheet", "Description", "Footprint"];

/// The side of the board that a component is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The front.
    Top,
    /// The back.
    Bottom,
}

impl Side {
    /// The word for it in a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Bottom => "bottom",
        }
    }
}

/// A component of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its reference: `C3`.
    pub reference: String,
    /// Its value: `100nF`.
    pub value: String,
    /// The name of its footprint, without the library.
    pub package: String,
    /// The address of its datasheet.
    pub datasheet: String,
    /// What it is, in words.
    pub description: String,
    /// All other fields that say something, such as the part number of a manufacturer.
    pub fields: BTreeMap<String, String>,
    /// How it is mounted: `smd`, `through hole`, or nothing.
    pub mounting: &'static str,
    /// It is not fitted.
    pub is_left_out: bool,
    /// It has no line in the bill of materials.
    pub is_off_bom: bool,
    /// It has no line in the placement file.
    pub is_off_placement: bool,
    /// Where its origin is.
    pub position: Vector2,
    /// How it is turned.
    pub orientation: Angle,
    /// On which side it is.
    pub side: Side,
}

impl Part {
    /// Reads a footprint.
    pub fn of(footprint: &Footprint) -> Self {
        let mut texts: BTreeMap<String, String> = footprint
            .fields()
            .into_iter()
            .map(|field| (field.name().to_owned(), field.text().to_owned()))
            .filter(|(name, text)| !name.is_empty() && !text.is_empty())
            .collect();
        let mut own = OWN.map(|name| texts.remove(name).unwrap_or_default());
        let mounting = match footprint.mounting_style() {
            FootprintMountingStyle::SMD => "smd",
            FootprintMountingStyle::THROUGH_HOLE => "through hole",
            _ => "",
        };
        Self {
            reference: footprint.reference().to_owned(),
            value: footprint.value().to_owned(),
            package: footprint.library_entry().to_owned(),
            datasheet: std::mem::take(&mut own[2]),
            description: std::mem::take(&mut own[3]),
            fields: texts,
            mounting,
            is_left_out: footprint.is_not_populated(),
            is_off_bom: footprint.is_excluded_from_bom(),
            is_off_placement: footprint.is_excluded_from_position_files(),
            position: footprint.position(),
            orientation: footprint.orientation(),
            side: if footprint.layer() == Layer::B_CU { Side::Bottom } else { Side::Top },
        }
    }
}

/// The key by which R2 comes before R10.
pub fn natural(reference: &str) -> (String, u64, String) {
    let digits = reference.find(|c: char| c.is_ascii_digit()).unwrap_or(reference.len());
    let (letters, rest) = reference.split_at(digits);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    (letters.to_owned(), number.parse().unwrap_or(u64::MAX), rest.to_owned())
}

#[cfg(test)]
pub(crate) fn part(reference: &str, value: &str, package: &str) -> Part {
    Part {
        reference: reference.to_owned(),
        value: value.to_owned(),
        package: package.to_owned(),
        datasheet: String::new(),
        description: String::new(),
        fields: BTreeMap::new(),
        mounting: "smd",
        is_left_out: false,
        is_off_bom: false,
        is_off_placement: false,
        position: Vector2::ZERO,
        orientation: Angle::ZERO,
        side: Side::Top,
    }
}
