//! Sets of layers, listed as KiCad lists them.
//!
//! KiCad lists layers by numbers of its own, which the API does not show.

use kiapi_gen::OpenEnum as _;
use kiapi_gen::board::types::{BoardLayer, Item, ViaType};

/// How many layers KiCad has room for.
const COUNT: u8 = 128;
/// The layers that a board always has beside copper.
const ALWAYS: [BoardLayer; 4] =
    [BoardLayer::EDGE_CUTS, BoardLayer::MARGIN, BoardLayer::F_CRTYD, BoardLayer::B_CRTYD];
/// A set of layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerSet(u128);

impl LayerSet {
    /// The layers of a list. What is no layer is left out.
    pub(crate) fn of(layers: &[BoardLayer]) -> Self {
        layers.iter().filter_map(|layer| layer.file_number()).fold(Self::default(), Self::with)
    }

    /// The set that KiCad listed: each `UNKNOWN` stands for a layer that the API has no number for, at its place.
    pub(crate) fn of_listing(layers: &[BoardLayer]) -> Self {
        let mut next = 0;
        let mut set = Self::default();
        for &layer in layers {
            let Some(number) = layer
                .file_number()
                .or_else(|| (next..COUNT).find(|&number| BoardLayer::from_file_number(number).is_none()))
            else {
                continue;
            };
            set = set.with(number);
            next = number.saturating_add(1);
        }
        set
    }

    /// The copper of a board with that many copper layers.
    pub(crate) fn copper(count: u32) -> Self {
        let inner = (1..=30).take(count.saturating_sub(2) as usize).map(|inner| 2 + 2 * inner);
        [0, 2].into_iter().chain(inner).fold(Self::default(), Self::with)
    }

    /// The layers that a board has if it is asked to have these, and that much copper.
    pub(crate) fn enabled(asked: &[BoardLayer], copper: u32) -> Self {
        let others = Self::of(asked).without(Self::copper(32));
        others.union(Self::of(&ALWAYS)).union(Self::copper(copper))
    }

    /// The copper from one layer to another, both included; the API's numbers go from the front to the back.
    pub(crate) fn between(self, start: BoardLayer, end: BoardLayer) -> Self {
        let ends = start.0.min(end.0)..=start.0.max(end.0);
        let outside: Vec<_> = self.layers().into_iter().filter(|layer| !ends.contains(&layer.0)).collect();
        self.without(Self::of(&outside))
    }

    pub(crate) fn has(self, layer: BoardLayer) -> bool {
        layer.file_number().is_some_and(|number| self.0 & bit(number) != 0)
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in one of the two only.
    pub(crate) fn difference(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    /// The layers in KiCad's order, with `UNKNOWN` for each that the API has no number for.
    pub(crate) fn layers(self) -> Vec<BoardLayer> {
        let numbers = (0..COUNT).filter(|&number| self.0 & bit(number) != 0);
        numbers.map(|number| BoardLayer::from_file_number(number).unwrap_or(BoardLayer::UNKNOWN)).collect()
    }

    fn with(self, number: u8) -> Self {
        Self(self.0 | bit(number))
    }
}

fn bit(number: u8) -> u128 {
    1_u128.checked_shl(u32::from(number)).unwrap_or_default()
}

/// What a layer is called in KiCad's source, which is what its errors say.
pub(crate) fn name_in_errors(layer: BoardLayer) -> &'static str {
    match (layer, layer.file_number()) {
        (BoardLayer::UNSELECTED, _) => "UNSELECTED_LAYER",
        (_, None) => "UNDEFINED_LAYER",
        (_, Some(_)) => layer.proto_name().map_or("UNDEFINED_LAYER", |name| name.trim_start_matches("BL_")),
    }
}

/// What a layer is called in files.
pub(crate) fn name_on_file(layer: BoardLayer) -> &'static str {
    layer.canonical_name().unwrap_or("undefined")
}

/// What a layer is called where its board gives it no name.
pub(crate) fn shown_name(layer: BoardLayer) -> &'static str {
    layer.default_name().unwrap_or("undefined")
}

/// The layers in KiCad's order.
pub(crate) fn all() -> impl Iterator<Item = BoardLayer> {
    (0..COUNT).filter_map(BoardLayer::from_file_number)
}

/// What is left of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It is as it was.
    Whole,
    /// It is on fewer layers.
    Part,
    /// All its layers were removed.
    Nothing,
}

/// Takes an item off layers that its board has no more; `enabled` are those that it has.
///
/// Footprints and what is in them stay as they are. So do vias through the board, but for the layers that they list.
pub(crate) fn take_off(item: &mut Item, removed: LayerSet, enabled: LayerSet) -> Left {
    let single = match item {
        Item::Track(track) => track.layer,
        Item::Arc(arc) => arc.layer,
        Item::BoardGraphicShape(shape) => shape.layer,
        Item::BoardText(text) => text.layer,
        Item::BoardTextBox(text) => text.layer,
        Item::Dimension(dimension) => dimension.layer,
        Item::ReferenceImage(image) => image.layer,
        Item::Barcode(barcode) => barcode.layer,
        Item::Zone(zone) => {
            let before = zone.layers.len();
            zone.layers.retain(|layer| !removed.has(*layer));
            return match zone.layers.len() {
                0 => Left::Nothing,
                left if left == before => Left::Whole,
                _ => Left::Part,
            };
        }
        Item::Via(via) if via.r#type == ViaType::THROUGH => {
            if let Some(stack) = &mut via.pad_stack {
                stack.layers = LayerSet::of(&stack.layers)
                    .without(LayerSet::copper(32))
                    .union(enabled.intersection(LayerSet::copper(32)))
                    .layers();
            }
            return Left::Whole;
        }
        Item::Via(via) => {
            let drill = via.pad_stack.as_ref().and_then(|stack| stack.drill.as_ref());
            let gone =
                drill.is_some_and(|drill| removed.has(drill.start_layer) || removed.has(drill.end_layer));
            return if gone { Left::Nothing } else { Left::Whole };
        }
        _ => return Left::Whole,
    };
    if removed.has(single) { Left::Nothing } else { Left::Whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_listed_in_kicads_order() {
        let layers: Vec<_> = LayerSet(!0).layers().iter().map(|layer| layer.0).collect();
        assert_eq!(layers[..10], [3, 42, 34, 41, 4, 40, 5, 39, 6, 36]);
        assert_eq!(layers[34..42], [19, 52, 20, 62, 21, 53, 22, 54]);
        assert_eq!(layers[60..68], [32, 65, 33, 66, 0, 67, 0, 68]);
        assert_eq!(layers[126..], [0, 98]);
    }

    #[test]
    fn a_listing_with_unknown_layers_is_the_set_that_it_was() {
        for set in [LayerSet(!0), LayerSet(0), LayerSet(0b1011), LayerSet(!0 >> 57), LayerSet(!0 >> 63)] {
            assert_eq!(LayerSet::of_listing(&set.layers()), set);
        }
    }

    #[track_caller]
    fn check_names(layer: i32, in_errors: &str, shown: &str) {
        assert_eq!(name_in_errors(BoardLayer(layer)), in_errors);
        assert_eq!(shown_name(BoardLayer(layer)), shown);
    }

    #[test]
    fn layers_are_named_as_in_kicad() {
        check_names(0, "UNDEFINED_LAYER", "undefined");
        check_names(2, "UNSELECTED_LAYER", "undefined");
        check_names(3, "F_Cu", "F.Cu");
        check_names(33, "In30_Cu", "In30.Cu");
        check_names(40, "F_SilkS", "F.Silkscreen");
        check_names(44, "Cmts_User", "User.Comments");
        check_names(47, "Edge_Cuts", "Edge.Cuts");
        check_names(62, "Rescue", "Rescue");
        check_names(98, "User_45", "User.45");
        check_names(99, "UNDEFINED_LAYER", "undefined");
    }

    #[test]
    fn a_board_has_its_copper_and_four_more_layers() {
        let layers = LayerSet::enabled(&[BoardLayer(99), BoardLayer::IN5_CU], 4).layers();
        let names: Vec<_> = layers.into_iter().map(name_in_errors).collect();
        assert_eq!(names, ["F_Cu", "B_Cu", "In1_Cu", "In2_Cu", "Edge_Cuts", "Margin", "B_CrtYd", "F_CrtYd"]);
    }
}
