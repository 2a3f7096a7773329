//! Footprints.

mod children;

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::common::types::SheetPath;

use super::describe::Turned;
use super::{Field, FootprintMountingStyle, ZoneConnectionStyle};
use crate::{Id, Layer, Vector2};

wrapper! {
    /// A footprint on a board, with its fields, its pads and whatever else lies in it.
    ///
    /// What lies in a footprint has its place on the board, not within the footprint: moving the position alone moves
    /// nothing else. [`Item::move_by`](crate::Item::move_by) moves all of it.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. An update replaces the footprint by what is sent: what is left out is gone. KiCad adds the four
    /// fields that every footprint has, and gives new ids to the children of one that is created. A footprint that is
    /// sent back loses what the API does not carry: teardrops and properties of its pads, embedded files, and in KiCad
    /// 9.0.8 its groups.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape, PadType};
    /// use kiapi::{Footprint, Layer, Pad, mm};
    ///
    /// let pad = |number: &str, x: f64| {
    ///     Pad::new()
    ///         .with_number(number)
    ///         .with_pad_type(PadType::SMD)
    ///         .with_position((mm(x), mm(20)))
    ///         .with_pad_stack(PadStack::surface(Layer::F_CU, PadStackShape::RECTANGLE, (mm(0.8), mm(0.9))))
    /// };
    /// let mut footprint = Footprint::new()
    ///     .with_position((mm(10), mm(20)))
    ///     .with_reference("C3")
    ///     .with_value("100nF");
    /// footprint.add_child(pad("1", 9.25));
    /// footprint.add_child(pad("2", 10.75));
    /// footprint.edit_pads(|pad| {
    ///     if pad.number() == "2" {
    ///         pad.set_net("GND");
    ///     }
    /// });
    /// assert_eq!(footprint.to_string(), "footprint C3 100nF on F.Cu at (10 mm, 20 mm)");
    /// assert_eq!(footprint.pads()[1].net(), Some("GND"));
    /// ```
    Footprint boxed types::FootprintInstance
}
identity! { Footprint }
short_debug! { Footprint }

impl Footprint {
    /// An empty footprint on the front.
    #[inline]
    pub fn new() -> Self {
        Self::from(
            types::FootprintInstance::new().with_layer(Layer::F_CU).with_definition(types::Footprint::new()),
        )
    }

    #[inline]
    fn whole_mut(&mut self) -> &mut types::FootprintInstance {
        &mut self.0
    }

    /// What the footprint is made of: its definition, with all children.
    #[inline]
    pub fn definition(&self) -> Option<&types::Footprint> {
        self.0.definition.as_ref()
    }

    /// The ids of the sheets that lead to the symbol, and the symbol's own at the end.
    #[inline]
    pub fn symbol_path(&self) -> impl Iterator<Item = Id> + '_ {
        let path = self.0.symbol_path.iter().flat_map(|path| &path.path);
        path.filter_map(|id| super::read_id(Some(id)))
    }

    /// Sets the ids of the sheets that lead to the symbol, and the symbol's own at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Footprint, Id};
    ///
    /// let symbol = Id::random();
    /// let mut footprint = Footprint::new();
    /// footprint.set_symbol_path([symbol]);
    /// assert!(footprint.symbol_path().eq([symbol]));
    /// ```
    pub fn set_symbol_path(&mut self, path: impl IntoIterator<Item = Id>) -> &mut Self {
        let place: &mut SheetPath = self.0.symbol_path.get_or_insert_default();
        place.path = path.into_iter().map(Into::into).collect();
        self
    }
}

impl Default for Footprint {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// The text of one of the four fields that every footprint has.
macro_rules! text_of_field {
    ($base:literal, $get:ident $set:ident $with:ident, $example:literal, $what:literal, $field:ident $name:literal, $layer:path, $visible:literal) => {
        property! {
            [$base $example $example]
            [concat!("The ", $what, ", which a field holds."),
             concat!("Sets the ", $what, ". A field that is not there yet begins at the position that the footprint has now.")]
            $get -> &str: [$field text text] |message| message.text.as_str();
            $set $with (impl Into<String>): [@ whole whole_mut] |message, value| {
                if message.$field.is_none() {
                    message.$field = Some(new_field(message, $name, $layer, $visible));
                }
                let text = message.$field.get_or_insert_default().text.get_or_insert_default();
                text.text.get_or_insert_default().text = value.into();
            }
        }
    };
}

accessors! { Footprint, "Footprint::new()";
    point { position set_position with_position, "(mm(1), mm(2))", "place of the footprint's origin, which moves nothing that lies in it", [] position }
    angle { orientation set_orientation with_orientation, "deg(90)", "rotation, which turns nothing that lies in the footprint", [] orientation }
    value { layer set_layer with_layer: Layer, "Layer::B_CU", "side of the board, front or back copper", [] layer }
    lock {}
    text_of_field { reference set_reference with_reference, "\"C3\"", "reference", reference_field "Reference", Layer::F_SILKS, true }
    text_of_field { value set_value with_value, "\"100nF\"", "value", value_field "Value", Layer::F_FAB, true }
    text_of_field { datasheet set_datasheet with_datasheet, "\"https://www.kicad.org\"", "address of the datasheet", datasheet_field "Datasheet", Layer::F_FAB, false }
    text_of_field { description set_description with_description, "\"a capacitor\"", "description", description_field "Description", Layer::F_FAB, false }
    part { reference_field set_reference_field with_reference_field edit_reference_field: Field, "Field::new(\"Reference\", \"C3\")", "field of the reference", [] reference_field }
    part { value_field set_value_field with_value_field edit_value_field: Field, "Field::new(\"Value\", \"100nF\")", "field of the value", [] value_field }
    name { library set_library with_library, "\"Capacitor_SMD\"", "nickname of the library that the footprint is from", [definition id] library_nickname }
    name { library_entry set_library_entry with_library_entry, "\"C_0603_1608Metric\"", "name of the footprint in its library", [definition id] entry_name }
    name { library_description set_library_description with_library_description, "\"capacitor, 0603\"", "description that the library gives", [definition attributes] description }
    name { keywords set_keywords with_keywords, "\"cap 0603\"", "words by which the footprint is found in its library", [definition attributes] keywords }
    flag { is_not_populated set_not_populated with_not_populated, "the component is not fitted", [attributes] do_not_populate }
    flag { is_excluded_from_bom set_excluded_from_bom with_excluded_from_bom, "the component is left out of the bill of materials", [attributes] exclude_from_bill_of_materials }
    flag { is_excluded_from_position_files set_excluded_from_position_files with_excluded_from_position_files, "the component is left out of placement files", [attributes] exclude_from_position_files }
    flag { is_not_in_schematic set_not_in_schematic with_not_in_schematic, "the footprint has no symbol", [attributes] not_in_schematic }
    flag { is_exempt_from_courtyard set_exempt_from_courtyard with_exempt_from_courtyard, "the footprint needs no courtyard", [attributes] exempt_from_courtyard_requirement }
    flag { allows_mask_bridges set_allows_mask_bridges with_allows_mask_bridges, "openings of the solder mask may join pads of different nets", [attributes] allow_soldermask_bridges }
    value { mounting_style set_mounting_style with_mounting_style: FootprintMountingStyle, "FootprintMountingStyle::SMD", "way in which the component is mounted", [attributes] mounting_style }
    optional_length { clearance_override set_clearance_override with_clearance_override, "mm(0.3)", "clearance of the pads to other copper, in place of the board's", [overrides] copper_clearance }
    optional_length { mask_margin set_mask_margin with_mask_margin, "mm(0.05)", "distance from the pads to the mask, in place of the board's", [overrides solder_mask] solder_mask_margin }
    optional_length { paste_margin set_paste_margin with_paste_margin, "mm(-0.05)", "distance from the pads to the paste, in place of the board's", [overrides solder_paste] solder_paste_margin }
    optional_ratio { paste_margin_ratio set_paste_margin_ratio with_paste_margin_ratio, "-0.1", "distance from the pads to the paste as a ratio of their size, in place of the board's", [overrides solder_paste] solder_paste_margin_ratio }
    value { zone_connection set_zone_connection with_zone_connection: ZoneConnectionStyle, "ZoneConnectionStyle::FULL", "connection of the pads to zones", [overrides] zone_connection }
    name { sheet_name set_sheet_name with_sheet_name, "\"/power/\"", "name of the sheet that the symbol is on", [] symbol_sheet_name }
    name { sheet_file set_sheet_file with_sheet_file, "\"power.kicad_sch\"", "file of the sheet that the symbol is on", [] symbol_sheet_filename }
    name { footprint_filters set_footprint_filters with_footprint_filters, "\"C_*\"", "patterns of the footprints that the symbol goes with", [] symbol_footprint_filters }
}

/// A field without a text, where the footprint is and on its side of the board.
#[inline]
fn new_field(footprint: &types::FootprintInstance, name: &str, front: Layer, visible: bool) -> types::Field {
    let is_back = footprint.layer == Layer::B_CU;
    let layer = match front {
        Layer::F_SILKS if is_back => Layer::B_SILKS,
        Layer::F_FAB if is_back => Layer::B_FAB,
        front => front,
    };
    let place = footprint.position.as_ref().map(Vector2::from).unwrap_or_default();
    let mut field = Field::new(name, "").with_position(place).with_layer(layer).with_visible(visible);
    field.edit_board_text(|text| {
        text.set_mirrored(is_back);
    });
    field.into_proto()
}

impl fmt::Display for Footprint {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("footprint")?;
        for word in [self.reference(), self.value()].into_iter().filter(|word| !word.is_empty()) {
            write!(f, " {word}")?;
        }
        write!(f, " on {} at {}{}", self.layer(), self.position(), Turned(self.orientation()))
    }
}
