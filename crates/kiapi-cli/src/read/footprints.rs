//! `kiapi footprints`.

use kiapi::items::FootprintMountingStyle;
use kiapi::{Footprint, Layer};
use serde_json::{Value, json};

use super::{is_one_of, whole_board};
use crate::columns::{Chosen, Column, column, mm, more, words};
use crate::output::Format;
use crate::target::Target;

/// List the footprints of the board
///
/// Places are KiCad's: x to the right and y down, in millimetres; angles anticlockwise, in degrees.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi footprints
  kiapi footprints 'C*' 'R1?'
  kiapi footprints --side back --columns reference,x_mm,y_mm,angle_deg
  kiapi footprints --value 100n --json")]
pub(crate) struct Args {
    /// References to list; `*` stands for any letters and `?` for one
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
    /// Only those with this value; `*` stands for any letters; may be given more than once
    #[arg(long = "value", value_name = "VALUE")]
    values: Vec<String>,
    /// Only those of this library entry, such as `Resistor_SMD:R_0603*`; may be given more than once
    #[arg(long = "library", value_name = "NAME")]
    libraries: Vec<String>,
    /// Only those on this side
    #[arg(long, value_name = "SIDE")]
    side: Option<Side>,
    /// Only those with a pad on this net; may be given more than once
    #[arg(long = "net", value_name = "NET")]
    nets: Vec<String>,
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

/// A side of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Side {
    Front,
    Back,
}

impl Side {
    fn of(footprint: &Footprint) -> Self {
        if footprint.layer() == Layer::B_CU { Self::Back } else { Self::Front }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }
}

/// The name of a footprint as KiCad shows it: library, colon, entry.
fn library(footprint: &Footprint) -> String {
    match (footprint.library(), footprint.library_entry()) {
        ("", entry) => entry.to_owned(),
        (library, entry) => format!("{library}:{entry}"),
    }
}

const COLUMNS: &[Column<Footprint>] = &[
    column("reference", "Reference", |it| json!(it.reference())),
    column("value", "Value", |it| json!(it.value())),
    column("x_mm", "x in mm>", |it| mm(it.position().x)),
    column("y_mm", "y in mm>", |it| mm(it.position().y)),
    column("angle_deg", "Angle>", |it| json!(it.orientation().degrees())),
    column("side", "Side", |it| json!(Side::of(it).name())),
    column("library", "From the library", |it| words(&library(it))),
    more("pads", "Pads>", |it| json!(it.pads().len())),
    more("locked", "Locked", |it| json!(it.locked())),
    more("mounting", "Mounting", |it| match it.mounting_style() {
        FootprintMountingStyle::SMD => json!("smd"),
        FootprintMountingStyle::THROUGH_HOLE => json!("through hole"),
        FootprintMountingStyle::UNSPECIFIED => json!("unspecified"),
        _ => Value::Null,
    }),
    more("not_populated", "Not fitted", |it| json!(it.is_not_populated())),
    more("not_in_bom", "Not in the BOM", |it| json!(it.is_excluded_from_bom())),
    more("not_in_position_files", "Not placed", |it| json!(it.is_excluded_from_position_files())),
    more("description", "Description", |it| words(it.description())),
    more("datasheet", "Datasheet", |it| words(it.datasheet())),
    more("sheet", "Sheet", |it| words(it.sheet_name())),
    more("fields", "Fields", |it| {
        let fields = it.fields().into_iter();
        Value::Object(fields.map(|field| (field.name().to_owned(), json!(field.text()))).collect())
    }),
    more("id", "Id", |it| json!(it.id().map(|id| id.to_string()))),
];

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.columns.check(COLUMNS)?;
    let mut footprints = whole_board(&args.target)?.footprints()?;
    footprints.retain(|footprint| {
        is_one_of(&args.references, footprint.reference())
            && is_one_of(&args.values, footprint.value())
            && is_one_of(&args.libraries, &library(footprint))
            && args.side.is_none_or(|side| side == Side::of(footprint))
            && (args.nets.is_empty()
                || footprint.pads().iter().any(|pad| pad.net().is_some_and(|net| is_one_of(&args.nets, net))))
    });
    footprints.sort_by(|a, b| natural(a.reference()).cmp(&natural(b.reference())));
    Ok(args.columns.print(COLUMNS, &footprints, format)?)
}

/// What sorts references as people count: `C2` before `C10`.
fn natural(reference: &str) -> (&str, u64, &str) {
    let letters = reference.trim_end_matches(|c: char| c.is_ascii_digit());
    (letters, reference[letters.len()..].parse().unwrap_or_default(), reference)
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn references_are_in_the_order_in_which_people_count() {
        let mut all = ["R10", "R2", "C1", "", "REF**", "R2A", "C99999999999999999999999"];
        all.sort_by(|a, b| natural(a).cmp(&natural(b)));
        assert_eq!(all, ["", "C99999999999999999999999", "C1", "R2", "R10", "R2A", "REF**"]);
    }
}
